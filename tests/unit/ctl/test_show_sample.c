/* test_show_sample -- pages of one pair: in two columns, as a patch, in time.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show_sample.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "ctl/fields.h"

/* With ' for ". */
static json_t *
document(const char *text)
{
	struct buf b = { 0 };
	json_t *o;

	for (; *text != '\0'; text++)
		buf_add(&b, *text == '\'' ? "\"" : text, 1);
	o = json_loadb(b.bytes, b.len, 0, NULL);
	cr_assert_not_null(o, "%s", b.bytes);
	buf_fini(&b);
	return o;
}

/* Two answers of that form. */
static json_t *
pair(const char *form, const char *legacy, const char *enhanced)
{
	json_t *o = document("{'pair':'0123abc','time':"
	    "'2026-01-31T12:34:56.123456Z','verdict':'different','method':'POST',"
	    "'path':'/chat','route':'/chat','stage':'canary','differences':["
	    "{'path':'/price','kind':'value'}],'answers':{'legacy':{'status':200,"
	    "'outcome':'done','content_type':'application/json','body_bytes':1234,"
	    "'headers':{'x-model':'a'},'latency_us':100000,'first_byte_us':20000,"
	    "'first_content_us':50000,'longest_gap_us':4200},'enhanced':{"
	    "'status':404,'outcome':'done','content_type':'text/plain',"
	    "'body_bytes':7,'headers':{'x-more':'b'},'latency_us':50000,"
	    "'first_byte_us':null,'longest_gap_us':null}}}");
	json_t *answers = json_object_get(o, "answers");
	json_t *l = json_object_get(answers, "legacy");
	json_t *e = json_object_get(answers, "enhanced");

	json_object_set_new(l, "form", json_string(form));
	json_object_set_new(e, "form", json_string(form));
	json_object_set_new(l, "body", json_string(legacy));
	json_object_set_new(e, "body", json_string(enhanced));
	return o;
}

static void
expect_narrow(const char *text, size_t width)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char line[1024];

		snprintf(line, sizeof line, "%.*s", (int)len, text);
		cr_expect_leq(text_columns(line), width, "%s", line);
		cr_expect(len == 0 || text[len - 1] != ' ', "blank end: %s", line);
		text += len + (text[len] == '\n');
	}
}

static void
expect_page(const char *want, struct buf *out)
{
	cr_expect_str_eq(out->bytes, want, "%s", out->bytes);
	buf_fini(out);
}

Test(show_sample, a_head)
{
	static const char *const wants[] = {
		"0123abc  2026-01-31 12:34:56  different\n",
		"POST /chat  on /chat  in stage canary\n", "  value at /price\n",
		"status        200               404\n",
		"bytes         1,234             7\n",
		"x-model       a                 (absent)\n",
		"x-more        (absent)          b\n",
	};
	const struct show s = { .colour = false };
	json_t *o = pair("json", "{}", "[]");
	struct buf out = { 0 };

	show_sample_head(&s, o, 80, &out);
	for (size_t i = 0; i < COUNT_OF(wants); i++)
		cr_expect_not_null(strstr(out.bytes, wants[i]),
		    "no \"%s\" in\n%s", wants[i], out.bytes);
	expect_narrow(out.bytes, 80);
	buf_fini(&out);
	json_decref(o);
}

Test(show_sample, what_is_not_kept_says_why)
{
	const struct show s = { .colour = false };
	json_t *o = pair("json", "{}", "[]");
	json_t *answers = json_object_get(o, "answers");
	struct buf out = { 0 };

	json_object_set_new(json_object_get(answers, "legacy"), "left_out",
	    json_string("over limits"));
	json_object_set_new(json_object_get(answers, "enhanced"), "cut",
	    json_true());
	json_object_set(answers, "control", json_object_get(answers, "legacy"));
	show_sample_head(&s, o, 120, &out);
	cr_expect_not_null(strstr(out.bytes, "1,234, not kept: over limits"), "%s",
	    out.bytes);
	cr_expect_not_null(strstr(out.bytes, "7, cut"), "%s", out.bytes);
	cr_expect_not_null(strstr(out.bytes, "control\n"), "%s", out.bytes);
	buf_fini(&out);
	json_decref(o);
}

Test(show_sample, side_by_side)
{
	const struct show s = { .colour = false };
	json_t *o = pair("json", "{\"a\":1,\"b\":2,\"c\":3}",
	    "{\"a\":1,\"b\":\"twenty-two and more\",\"d\":[]}");
	struct buf out = { 0 };

	show_sample_sides(&s, o, 43, &out);
	expect_page(
	    "{                      {\n"
	    "  \"a\": 1,                \"a\": 1,\n"
	    "  \"b\": 2,            |   \"b\": \"twenty-two a\n"
	    "                     | nd more\",\n"
	    "  \"c\": 3             |   \"d\": []\n"
	    "}                      }\n", &out);
	json_decref(o);
	o = pair("text", "one\n\nthree\n", "one\nthree\nfour");
	show_sample_sides(&s, o, 23, &out);
	expect_page(
	    "one          one\n"
	    "           <\n"
	    "three        three\n"
	    "           > four\n", &out);
	json_decref(o);
}

Test(show_sample, letters_are_not_torn)
{
	const struct show s = { .colour = false };
	json_t *o = pair("text", "\xc3\xa4\xc3\xb6\xc3\xbc\xe6\x97\xa5\xe6\x9c\xac",
	    "x");
	struct buf out = { 0 };

	show_sample_sides(&s, o, 11, &out);
	expect_page("\xc3\xa4\xc3\xb6\xc3\xbc\xe6\x97\xa5 | x\n"
	    "\xe6\x9c\xac    |\n", &out);
	json_decref(o);
}

Test(show_sample, as_a_patch)
{
	const struct show s = { .colour = false };
	json_t *o = pair("text", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n",
	    "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n");
	struct buf out = { 0 };

	show_sample_unified(&s, o, &out);
	expect_page("--- legacy  200  text\n+++ enhanced  404  text\n"
	    "@@ -2,9 +2,10 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n 10\n+11\n",
	    &out);
	json_decref(o);
	o = pair("text", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\n8\n");
	show_sample_unified(&s, o, &out);
	expect_page("--- legacy  200  text\n+++ enhanced  404  text\n"
	    "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+8\n", &out);
	json_decref(o);
}

Test(show_sample, in_time)
{
	static const char *const wants[] = {
		"legacy    ....------==========\n", "enhanced  ..........\n",
		"          first byte  first content  longest gap    end  bytes/s  "
		"events\n",
		"legacy          20ms           50ms        4.2ms  100ms   24,680  "
		"     2\n",
		"enhanced           -              -            -   50ms        -  "
		"     1\n",
		"    1  data: 1", "data: x\n", "    2  data: 2\n",
	};
	const struct show s = { .colour = false };
	json_t *o = pair("stream", "data: 1\n\ndata: 2\n\n", "data: x\n\n");
	struct buf out = { 0 };

	show_sample_timeline(&s, o, 30, &out);
	for (size_t i = 0; i < COUNT_OF(wants); i++)
		cr_expect_not_null(strstr(out.bytes, wants[i]),
		    "no \"%s\" in\n%s", wants[i], out.bytes);
	buf_fini(&out);
	json_decref(o);
}

Test(show_sample, of_an_empty_document_there_are_pages)
{
	const struct show s = { .colour = true };
	json_t *o = json_object();
	struct buf out = { 0 };

	show_sample_head(&s, o, 80, &out);
	show_sample_sides(&s, o, 80, &out);
	show_sample_unified(&s, o, &out);
	show_sample_timeline(&s, o, 80, &out);
	cr_expect_not_null(strstr(out.bytes, "no events are kept"));
	buf_fini(&out);
	json_decref(o);
}
