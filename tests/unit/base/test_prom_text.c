/* test_prom_text -- selectors, and numbers out of a scrape.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/prom_text.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct {
	const char *text, *why; /* NULL: it is one */
} selectors[] = {
	{ "up", NULL },
	{ "process_resident_memory_bytes", NULL },
	{ "a:b:c", NULL },
	{ "up{}", NULL },
	{ "up{job=\"x\"}", NULL },
	{ "up{ job = \"x\" , a=\"\", }", NULL },
	{ "up{job=\"a\\\"b\\\\c\\nd\"}", NULL },
	{ "", "does not begin with the name of a metric" },
	{ "9up", "does not begin with the name of a metric" },
	{ "{job=\"x\"}", "does not begin with the name of a metric" },
	{ "up ", "has something behind its end" },
	{ "up{job=\"x\"} 5", "has something behind its end" },
	{ "up{job}", "needs labels like name=\"value\" in its braces" },
	{ "up{job=x}", "needs labels like name=\"value\" in its braces" },
	{ "up{job=~\"x\"}", "needs labels like name=\"value\" in its braces" },
	{ "up{job=\"x}", "has a value without its closing quote" },
	{ "up{job=\"x\\", "has a value without its closing quote" },
	{ "up{job=\"x\"", "has a brace that is not closed" },
	{ "up{job=\"x\" a=\"y\"}", "has a brace that is not closed" },
	{ "up{a=\"\",b=\"\",c=\"\",d=\"\",e=\"\",f=\"\",g=\"\",h=\"\",i=\"\","
	    "j=\"\",k=\"\",l=\"\",m=\"\",n=\"\",o=\"\",p=\"\",q=\"\"}",
	    "has more than 16 labels" },
};

Test(prom_text, selectors)
{
	struct prom_selector s;
	const char *why;

	for (size_t i = 0; i < COUNT(selectors); i++) {
		bool ok = prom_selector_parse(selectors[i].text,
		    strlen(selectors[i].text), &s, &why);

		cr_expect_eq(ok, selectors[i].why == NULL, "%s", selectors[i].text);
		if (selectors[i].why != NULL)
			cr_expect_str_eq(why, selectors[i].why, "%s: %s",
			    selectors[i].text, why);
	}
}

static const char scrape[] =
    "# HELP up whether it is\n"
    "# TYPE up gauge\n"
    "up 1\n"
    "up2 7\n"
    "memory{area=\"heap\"} 1.5e3\n"
    "memory{area=\"stack\",pool=\"a\"} 500\n"
    "memory{pool=\"a,}\\\"\",area=\"code\"} 3 1700000000000\n"
    "spaced \t 4\r\n"
    "  indented{ a = \"b\" , } 5\n"
    "exemplar_total{a=\"b\"} 6 # {trace=\"x\"} 0.5\n"
    "escaped{a=\"q\\\"s\\\\n\\n\"} 8\n"
    "nan NaN\n"
    "inf +Inf\n"
    "neg -2\n"
    "hist_bucket{le=\"+Inf\"} 9\n"
    "bad\n"
    "bad{\n"
    "bad{a=\"\n"
    "bad{a=\"b\"}\n"
    "bad{a=\"b\"x} 1\n"
    "bad 1x\n"
    "bad 1111111111111111111111111111111111111111111111111111111111111111\n"
    "twice{a=\"1\",a=\"2\"} 10\n"
    "last 11";

static const struct {
	const char *why, *selector;
	size_t count;
	double sum;
} sums[] = {
	{ "a name", "up", 1, 1 },
	{ "not the beginning of a name", "u", 0, 0 },
	{ "all series are summed", "memory", 3, 2003 },
	{ "one label", "memory{area=\"heap\"}", 1, 1500 },
	{ "labels in another order", "memory{pool=\"a\",area=\"stack\"}", 1, 500 },
	{ "a label that only some have", "memory{pool=\"a\"}", 1, 500 },
	{ "a comma, a brace and a quote in a value", "memory{pool=\"a,}\\\"\"}", 1,
	    3 },
	{ "no such value", "memory{area=\"hea\"}", 0, 0 },
	{ "nor a longer one", "memory{area=\"heaps\"}", 0, 0 },
	{ "labels are needed", "up{a=\"\"}", 0, 0 },
	{ "blanks and a CR", "spaced", 1, 4 },
	{ "blanks everywhere", "indented{a=\"b\"}", 1, 5 },
	{ "what stands behind", "exemplar_total", 1, 6 },
	{ "escapes", "escaped{a=\"q\\\"s\\\\n\\n\"}", 1, 8 },
	{ "no number", "nan", 1, NAN },
	{ "infinite", "inf", 1, INFINITY },
	{ "negative", "neg", 1, -2 },
	{ "a bucket", "hist_bucket{le=\"+Inf\"}", 1, 9 },
	{ "lines that are none", "bad", 0, 0 },
	{ "a label twice: either", "twice{a=\"2\"}", 1, 10 },
	{ "both at once cannot be", "twice{a=\"1\",a=\"2\"}", 0, 0 },
	{ "without a line end", "last", 1, 11 },
};

Test(prom_text, sums)
{
	for (size_t i = 0; i < COUNT(sums); i++) {
		struct prom_selector s;
		const char *why;
		double sum;
		size_t n;

		cr_assert(prom_selector_parse(sums[i].selector,
		    strlen(sums[i].selector), &s, &why), "%s", why);
		n = prom_text_sum(&s, scrape, strlen(scrape), &sum);
		cr_expect_eq(n, sums[i].count, "%s: %zu", sums[i].why, n);
		if (isnan(sums[i].sum))
			cr_expect(isnan(sum), "%s", sums[i].why);
		else
			cr_expect(!(sum < sums[i].sum) && !(sum > sums[i].sum),
			    "%s: %g", sums[i].why, sum);
	}
}

/* Cut anywhere, a scrape has a part of its series, or a number cut short. */
Test(prom_text, cut_anywhere)
{
	struct prom_selector s;
	const char *why;
	double sum;

	cr_assert(prom_selector_parse("memory", 6, &s, &why));
	for (size_t len = 0; len <= strlen(scrape); len++) {
		char *copy = malloc(len + 1);

		memcpy(copy, scrape, len);
		cr_expect_leq(prom_text_sum(&s, copy, len, &sum), 3);
		free(copy);
	}
}
