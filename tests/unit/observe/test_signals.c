/* test_signals -- what answers say of the signals, and how it is counted.
 * SPDX-License-Identifier: MIT
 */
#include "observe/signal_scan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pointer_tree.h"

/* One signal, of "/v" or of a header. */
static struct signal_rules rules;
static struct signal_rule rule;
static struct arena arena;

static void
start(void)
{
	static const char *const pointers[] = { "/v" };

	arena_init(&arena, 0);
	memset(&rules, 0, sizeof rules);
	memset(&rule, 0, sizeof rule);
	rule = (struct signal_rule){ .name = (char *)"s",
		.pointer = (char *)"/v", .scale = 1 };
	rules.list = &rule;
	rules.count = 1;
	rules.places = pointer_tree_make(pointers, 1, &arena);
}

static void
stop(void)
{
	arena_fini(&arena);
}

TestSuite(signals, .init = start, .fini = stop);

/* --- shares --------------------------------------------------------------------- */

#define TEXT(x) { VALUE_TEXT, (char *)(x), sizeof (x) - 1, 0 }
#define NUMBER(x) { VALUE_NUMBER, (char *)#x, sizeof #x - 1, x }
#define WORD(x) { .kind = VALUE_##x }
#define NONE { .number = -1 } /* no "equals" */

enum want { SAYS_NOTHING, SAYS_NO, SAYS_YES };

static const struct {
	const char *why, *standing; /* ' for " */
	bool is_header;
	struct signal_value equals;
	enum want want;
} shares[] = {
	{ "true is yes", "true", false, NONE, SAYS_YES },
	{ "false is no", "false", false, NONE, SAYS_NO },
	{ "a number is yes", "7", false, NONE, SAYS_YES },
	{ "zero is no", "0", false, NONE, SAYS_NO },
	{ "zero, however written", "0.0e5", false, NONE, SAYS_NO },
	{ "a text of true is yes", "'true'", false, NONE, SAYS_YES },
	{ "another text is no", "'HIT'", false, NONE, SAYS_NO },
	{ "a text with a number is a text", "'1'", false, NONE, SAYS_NO },
	{ "null is no", "null", false, NONE, SAYS_NO },
	{ "an object is no", "{'a':1}", false, NONE, SAYS_NO },
	{ "a header of true", "true", true, NONE, SAYS_YES },
	{ "a header with a number", "1", true, NONE, SAYS_YES },
	{ "a header with zero", "0", true, NONE, SAYS_NO },
	{ "a hit is not guessed", "HIT", true, NONE, SAYS_NO },
	{ "an empty header", "", true, NONE, SAYS_NO },
	{ "the text asked for", "'hit'", false, TEXT("hit"), SAYS_YES },
	{ "byte by byte", "'HIT'", false, TEXT("hit"), SAYS_NO },
	{ "no more of it", "'hits'", false, TEXT("hit"), SAYS_NO },
	{ "escapes are read", "'\\u0068it'", false, TEXT("hit"), SAYS_YES },
	{ "the header asked for", "hit", true, TEXT("hit"), SAYS_YES },
	{ "true is not asked for", "true", false, TEXT("hit"), SAYS_NO },
	{ "the number asked for", "2", false, NUMBER(2), SAYS_YES },
	{ "as a number", "2.0", false, NUMBER(2), SAYS_YES },
	{ "not as a text", "'2'", false, NUMBER(2), SAYS_NO },
	{ "but as a header", "2.0", true, NUMBER(2), SAYS_YES },
	{ "false asked for", "false", false, WORD(FALSE), SAYS_YES },
	{ "false in a header", "false", true, WORD(FALSE), SAYS_YES },
	{ "null asked for", "null", false, WORD(NULL), SAYS_YES },
	{ "zero is not null", "0", false, WORD(NULL), SAYS_NO },
};

/* {"v": STANDING}, ' as ". */
static size_t
document(char *out, size_t space, const char *standing)
{
	int len = snprintf(out, space, "{\"a\":1,\"v\":%s,\"z\":[]}", standing);

	for (char *p = out; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return (size_t)len;
}

static void
read_document(struct signal_scan *r, const char *bytes, size_t len,
    size_t step)
{
	signal_scan_begin(r);
	for (size_t at = 0; at < len; at += step)
		signal_scan_feed(r, bytes + at, len - at < step ? len - at : step);
	signal_scan_end(r);
}

static enum want
said(const struct signal_values *v)
{
	return (v->has & 1) == 0 ? SAYS_NOTHING :
	    (v->yes & 1) != 0 ? SAYS_YES : SAYS_NO;
}

Test(signals, shares_in_each_case)
{
	for (size_t i = 0; i < COUNT_OF(shares); i++) {
		struct signal_scan r;
		char text[128];
		size_t len = document(text, sizeof text, shares[i].standing);

		rule.equals = (struct signal_value *)&shares[i].equals;
		rule.equals_count = shares[i].equals.number >= 0;
		if (rule.equals_count == 0)
			rule.equals = NULL;
		for (size_t step = 1; step <= len; step++) {
			signal_scan_init(&r, &rules);
			if (shares[i].is_header)
				signal_scan_header(&r, 0, shares[i].standing,
				    strlen(shares[i].standing));
			else
				read_document(&r, text, len, step);
			cr_expect_eq(said(&r.values), shares[i].want,
			    "%s: %d, in pieces of %zu", shares[i].why,
			    (int)said(&r.values), step);
		}
	}
}

Test(signals, one_of_several)
{
	struct signal_value equals[] = { TEXT("hit"), TEXT("stale") };
	struct signal_scan r;

	rule.equals = equals;
	rule.equals_count = 2;
	signal_scan_init(&r, &rules);
	signal_scan_header(&r, 0, "stale", 5);
	cr_expect_eq(said(&r.values), SAYS_YES);
	signal_scan_header(&r, 0, "miss", 4);
	cr_expect_eq(said(&r.values), SAYS_NO, "the last counts");
}

Test(signals, a_text_longer_than_is_told_is_no_other)
{
	char text[400], name[POINTER_NAME_MAX + 1];
	struct signal_value equals = { VALUE_TEXT, name, POINTER_NAME_MAX, 0 };
	struct signal_scan r;

	memset(name, 'x', sizeof name);
	name[POINTER_NAME_MAX] = '\0';
	rule.equals = &equals;
	rule.equals_count = 1;
	for (size_t more = 0; more < 2; more++) {
		int len = snprintf(text, sizeof text, "{\"v\":\"%s%s\"}", name,
		    more > 0 ? "x" : "");

		signal_scan_init(&r, &rules);
		read_document(&r, text, (size_t)len, 7);
		cr_expect_eq(said(&r.values), more > 0 ? SAYS_NO : SAYS_YES);
	}
}

/* --- numbers -------------------------------------------------------------------- */

static const struct {
	const char *why, *standing;
	enum signal_unit unit;
	double scale;
	bool has;
	int64_t want;
} numbers[] = {
	{ "in thousandths", "1.5", SIGNAL_PLAIN, 1, true, 1500 },
	{ "below zero", "-2", SIGNAL_PLAIN, 1, true, -2000 },
	{ "milliseconds in microseconds", "12.5", SIGNAL_MS, 1, true, 12500 },
	{ "seconds", "0.25", SIGNAL_S, 1, true, 250000 },
	{ "microseconds, rounded", "7.6", SIGNAL_US, 1, true, 8 },
	{ "scaled", "3000000", SIGNAL_PLAIN, 1e-6, true, 3000 },
	{ "a text with a number", "'42'", SIGNAL_PLAIN, 1, true, 42000 },
	{ "another text", "'fast'", SIGNAL_PLAIN, 1, false, 0 },
	{ "half a number", "'42ms'", SIGNAL_PLAIN, 1, false, 0 },
	{ "no hex", "'0x10'", SIGNAL_PLAIN, 1, false, 0 },
	{ "no infinity", "1e999", SIGNAL_PLAIN, 1, false, 0 },
	{ "capped", "1e30", SIGNAL_PLAIN, 1, true, 1000000000000 },
	{ "capped below", "-1e30", SIGNAL_PLAIN, 1, true, -1000000000000 },
	{ "true is none", "true", SIGNAL_PLAIN, 1, false, 0 },
	{ "null is none", "null", SIGNAL_PLAIN, 1, false, 0 },
	{ "a list is none", "[1]", SIGNAL_PLAIN, 1, false, 0 },
};

Test(signals, numbers_in_each_case)
{
	rule.kind = SIGNAL_NUMBER;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct signal_scan r;
		char text[128];
		size_t len = document(text, sizeof text, numbers[i].standing);

		rule.unit = numbers[i].unit;
		rule.scale = numbers[i].scale;
		signal_scan_init(&r, &rules);
		read_document(&r, text, len, len);
		cr_expect_eq(r.values.has & 1, numbers[i].has, "%s",
		    numbers[i].why);
		cr_expect_eq(r.values.numbers[0], numbers[i].want, "%s: %ld",
		    numbers[i].why, r.values.numbers[0]);
	}
}

Test(signals, the_last_event_that_has_it_counts)
{
	static const char *const events[] = { "{\"v\":1}", "{\"v\":2}",
		"{\"w\":9}", "[DONE]", "{\"v\":" };
	struct signal_scan r;

	rule.kind = SIGNAL_NUMBER;
	signal_scan_init(&r, &rules);
	for (size_t i = 0; i < COUNT_OF(events); i++)
		read_document(&r, events[i], strlen(events[i]), 3);
	cr_expect_eq(r.values.numbers[0], 2000);
	cr_expect(r.whole);
}

/* --- absence -------------------------------------------------------------------- */

static const struct {
	const char *why, *document;
	enum signal_absent absent;
	bool is_header, has_answer;
	enum want want;
} absences[] = {
	{ "says nothing by itself", "{}", ABSENT_UNKNOWN, false, true,
	    SAYS_NOTHING },
	{ "is a no where that is asked for", "{}", ABSENT_NO, false, true,
	    SAYS_NO },
	{ "not of half a document", "{\"a\":", ABSENT_NO, false, true,
	    SAYS_NOTHING },
	{ "nor of none", "", ABSENT_NO, false, true, SAYS_NOTHING },
	{ "what is there stays", "{\"v\":true}", ABSENT_NO, false, true,
	    SAYS_YES },
	{ "of a header", "", ABSENT_NO, true, true, SAYS_NO },
	{ "of no answer", "", ABSENT_NO, true, false, SAYS_NOTHING },
};

Test(signals, absence_in_each_case)
{
	for (size_t i = 0; i < COUNT_OF(absences); i++) {
		struct signal_scan r;

		rule.absent = absences[i].absent;
		rule.header = absences[i].is_header ? (char *)"x" : NULL;
		signal_scan_init(&r, &rules);
		if (absences[i].document[0] != '\0')
			read_document(&r, absences[i].document,
			    strlen(absences[i].document), 5);
		signal_scan_settle(&r, absences[i].has_answer);
		cr_expect_eq(said(&r.values), absences[i].want, "%s",
		    absences[i].why);
	}
}

/* --- counting -------------------------------------------------------------------- */

static struct signal_rule pair[] = {
	{ .name = (char *)"hit", .kind = SIGNAL_SHARE, .scale = 1 },
	{ .name = (char *)"took", .kind = SIGNAL_NUMBER, .unit = SIGNAL_MS,
	    .scale = 1 },
};

static void
two_signals(void)
{
	rules.list = pair;
	rules.count = 2;
	rules.spreads[0] = (struct spread){ SPREAD_FIRST_BYTE, 0 };
	rules.spreads[1] = (struct spread){ SPREAD_SIGNAL, 1 };
	rules.spread_count = 2;
	rules.mark = 7;
}

Test(signals, counts_of_all_workers_are_summed)
{
	const struct signal_values yes = { 3, 1, { 0, 10000 } };
	const struct signal_values no = { 3, 0, { 0, -3000 } };
	const struct signal_values half = { 2, 0, { 0, 5000 } };
	struct signal_board *b;
	struct tally t;

	two_signals();
	b = signal_board_new(&rules, 2);
	signals_count(signal_board_slots(b, 0, VERSION_ENHANCED), &rules, &yes);
	signals_count(signal_board_slots(b, 1, VERSION_ENHANCED), &rules, &no);
	signals_count(signal_board_slots(b, 1, VERSION_ENHANCED), &rules, &half);
	signals_count(signal_board_slots(b, 1, VERSION_LEGACY), &rules, &yes);
	signals_spread(signal_board_slots(b, 0, VERSION_ENHANCED), 0, 700);
	signals_tally(b, VERSION_ENHANCED, &t);
	cr_expect_eq(t.signals[0].n, 2);
	cr_expect_eq(t.signals[0].sum, 1);
	cr_expect_eq(t.signals[1].n, 3);
	cr_expect_eq((int64_t)t.signals[1].sum, 12000);
	cr_expect_eq(t.spread_count, 2);
	cr_expect_eq(hist_total(&t.spreads[0]), 1);
	cr_expect_eq(hist_total(&t.spreads[1]), 3);
	cr_expect_eq(hist_ranked_us(&t.spreads[1], 1), 0, "below zero is zero");
	signals_tally(b, VERSION_LEGACY, &t);
	cr_expect_eq(t.signals[0].sum, 1);
	signals_tally(NULL, VERSION_LEGACY, &t);
	cr_expect_eq(t.spread_count + t.signals[0].n, 0);
	signal_board_unref(&b);
	cr_expect_null(b);
}

Test(signals, nothing_asked_is_no_board)
{
	rules.mark = 0;
	cr_expect_null(signal_board_new(&rules, 2));
}

Test(signals, subtracts_an_earlier_tally)
{
	static struct tally before, after, d;

	before.signals[1].sum = (uint64_t)-5000;
	before.signals[1].n = 1;
	after.signals[1].sum = (uint64_t)-7000;
	after.signals[1].n = 3;
	after.spread_count = before.spread_count = 1;
	hist_add(&before.spreads[0], 10);
	hist_add(&after.spreads[0], 10);
	hist_add(&after.spreads[0], 20);
	tally_subtract(&after, &before, TALLY_ALL, &d);
	cr_expect_eq(d.signals[1].n, 2);
	cr_expect_eq((int64_t)d.signals[1].sum, -2000);
	cr_expect_eq(hist_total(&d.spreads[0]), 1);
	cr_expect_eq(hist_ranked_us(&d.spreads[0], 1), 20);
}

Test(signals, subtracts_the_histograms_that_are_wanted)
{
	static struct tally before, after, d;

	after.spread_count = before.spread_count = 2;
	hist_add(&after.latency, 5);
	hist_add(&after.spreads[0], 6);
	hist_add(&after.spreads[1], 7);
	tally_subtract(&after, &before, TALLY_SPREAD(1), &d);
	cr_expect_eq(hist_total(&d.latency) + hist_total(&d.spreads[0]), 0);
	cr_expect_eq(hist_total(&d.spreads[1]), 1);
	tally_subtract(&after, &before, TALLY_LATENCY, &d);
	cr_expect_eq(hist_total(&d.latency), 1);
	cr_expect_eq(hist_total(&d.spreads[0]), 0);
	tally_subtract(&after, &before, TALLY_ALL, &d);
	cr_expect_eq(hist_total(&d.spreads[0]), 1);
}

/* --- writing --------------------------------------------------------------------- */

Test(signals, are_written_as_json)
{
	static const struct {
		struct signal_values v;
		const char *want;
	} cases[] = {
		{ { 3, 1, { 0, 12500 } }, "{\"hit\":true,\"took\":12.5}" },
		{ { 1, 0, { 0, 0 } }, "{\"hit\":false}" },
		{ { 2, 0, { 0, 3 } }, "{\"took\":0.003}" },
		{ { 0, 0, { 0, 0 } }, "" },
	};
	char text[SIGNALS_TEXT_MAX];

	two_signals();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t len = signals_write(&rules, &cases[i].v, text);

		cr_expect_str_eq(text, cases[i].want);
		cr_expect_eq(len, strlen(cases[i].want));
	}
}

Test(signals, the_longest_fit)
{
	struct signal_rule many[SIGNAL_RULES_MAX];
	struct signal_values v = { .has = 0xffff };
	char name[SIGNAL_NAME_MAX + 1], text[SIGNALS_TEXT_MAX];

	memset(name, 'n', SIGNAL_NAME_MAX);
	name[SIGNAL_NAME_MAX] = '\0';
	for (size_t i = 0; i < SIGNAL_RULES_MAX; i++) {
		many[i] = (struct signal_rule){ .name = name,
			.kind = SIGNAL_NUMBER, .scale = 1 };
		v.numbers[i] = -999999999999;
	}
	rules.list = many;
	rules.count = SIGNAL_RULES_MAX;
	cr_expect_lt(signals_write(&rules, &v, text), sizeof text);
	cr_expect_eq(text[strlen(text) - 1], '}');
}

/* --- read back -------------------------------------------------------------------- */

static struct signal_rule kinds[] = {
	{ .name = (char *)"hit", .kind = SIGNAL_SHARE },
	{ .name = (char *)"ms", .kind = SIGNAL_NUMBER, .unit = SIGNAL_MS },
};

static const struct {
	const char *why, *text;
	bool is_read;
	unsigned has, yes;
	int64_t number;
} records[] = {
	{ "both", "{\"hit\":true,\"ms\":12.5}", true, 3, 1, 12500 },
	{ "with spaces", "{ \"ms\" : -3, \"hit\": false }", true, 3, 0, -3000 },
	{ "none", "{}", true, 0, 0, 0 },
	{ "others", "{\"a\":1,\"hit\":true}", true, 1, 1, 0 },
	{ "of another kind", "{\"hit\":1,\"ms\":true}", true, 0, 0, 0 },
	{ "more than is counted", "{\"ms\":1e300}", true, 0, 0, 0 },
	{ "a list", "[1]", false, 0, 0, 0 },
	{ "half", "{\"ms\":1", false, 0, 0, 0 },
	{ "nothing", "", false, 0, 0, 0 },
};

Test(signals, records_are_read_back)
{
	const struct signal_rules two = { .list = kinds, .count = 2 };

	for (size_t i = 0; i < COUNT_OF(records); i++) {
		struct signal_values v;

		arena_reset(&arena);
		cr_expect_eq(signals_read(&two, records[i].text,
		    strlen(records[i].text), &arena, &v), records[i].is_read,
		    "%s", records[i].why);
		cr_expect_eq(v.has, records[i].has, "%s", records[i].why);
		cr_expect_eq(v.yes, records[i].yes, "%s", records[i].why);
		cr_expect_eq(v.numbers[1], records[i].number, "%s",
		    records[i].why);
	}
}

/* As the slots of workers count. */
Test(signals, are_added_to_a_tally)
{
	struct signal_rules two = { .list = kinds, .count = 2,
		.spreads = { { SPREAD_SIGNAL, 1 } }, .spread_count = 1 };
	const struct signal_values v = { .has = 3, .yes = 1,
		.numbers = { 0, 12500 } };
	struct tally *t = calloc(1, sizeof *t);

	t->spread_count = 1;
	signals_add(t, &two, &v);
	signals_add(t, &two, &(struct signal_values){ .has = 3,
	    .numbers = { 0, -500 } });
	signals_add(t, &two, &(struct signal_values){ .has = 0 });
	cr_expect_eq(t->signals[0].n, 2);
	cr_expect_eq(t->signals[0].sum, 1);
	cr_expect_eq(t->signals[1].n, 2);
	cr_expect_eq(t->signals[1].sum, 12000);
	cr_expect_eq(t->spreads[0].slots[hist_slot(12500)], 1);
	cr_expect_eq(t->spreads[0].slots[hist_slot(0)], 1);
	free(t);
}
