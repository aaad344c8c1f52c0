/* The outcome and record tables: names, blame, what counts.
 * SPDX-License-Identifier: MIT
 */
#include "observe/outcome.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "observe/record.h"
#include "observe/stats.h"

static const struct {
	const char *why;
	enum outcome outcome;
	const char *name;
	bool failure, counted;
} cases[] = {
	{ "a running leg says nothing", OUTCOME_OPEN, "open", false, false },
	{ "success", OUTCOME_DONE, "done", false, true },
	{ "a websocket", OUTCOME_TUNNELLED, "tunnelled", false, true },
	{ "5xx is the version's", OUTCOME_UPSTREAM_5XX, "upstream_5xx", true, true },
	{ "so is no connection", OUTCOME_CONNECT_FAILED, "connect_failed", true,
	    true },
	{ "so is a hanging shadow", OUTCOME_SHADOW_TIMEOUT, "shadow_timeout", true,
	    true },
	{ "a client that left", OUTCOME_CLIENT_GONE, "client_gone", false, false },
	{ "our own limit", OUTCOME_SHED, "shed", false, false },
	{ "our own end", OUTCOME_DRAINED, "drained", false, false },
};

Test(outcome, says_what_each_means)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum outcome o = cases[i].outcome;

		cr_expect_str_eq(outcome_info(o)->name, cases[i].name, "%s",
		    cases[i].why);
		cr_expect_eq(outcome_is_failure(o), cases[i].failure, "%s",
		    cases[i].why);
		cr_expect_eq(outcome_is_counted(o), cases[i].counted, "%s",
		    cases[i].why);
	}
}

/* Names are labels of metrics and values in SQL. */
static bool
is_label(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) &&
		    *c != '_')
			return false;
	return *name != '\0';
}

Test(outcome, has_a_label_and_a_text_in_every_row)
{
	for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
		cr_expect(is_label(outcome_info(o)->name), "row %u", o);
		cr_expect(strlen(outcome_info(o)->text) > 0, "row %u", o);
	}
}

Test(outcome, falls_back_only_from_failures_of_the_version)
{
	for (unsigned o = 0; o < OUTCOME_COUNT; o++)
		if (outcome_info(o)->fallback != 0)
			cr_expect(outcome_is_failure(o), "%s",
			    outcome_info(o)->name);
}

Test(record, names_verdicts_and_kinds)
{
	cr_expect_str_eq(verdict_name(VERDICT_SAME), "same");
	cr_expect_str_eq(verdict_name(VERDICT_INCOMPARABLE), "incomparable");
	cr_expect_str_eq(diff_kind_name(DIFF_MISSING), "missing");
	cr_expect_str_eq(diff_kind_name(DIFF_LENGTH), "length");
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		cr_expect(is_label(verdict_name(v)), "row %u", v);
	for (unsigned k = 0; k < DIFF_KIND_COUNT; k++)
		cr_expect(is_label(diff_kind_name(k)), "row %u", k);
}

Test(metric, has_a_name_a_type_and_a_help_in_every_row)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++) {
		const struct metric_row *row = metric_info(m);
		bool total = strlen(row->name) > 6 &&
		    strcmp(row->name + strlen(row->name) - 6, "_total") == 0;

		cr_expect(is_label(row->name), "row %u", m);
		cr_expect_eq(total, strcmp(row->type, "counter") == 0,
		    "%s: counters end in _total, gauges do not", row->name);
		cr_expect(strlen(row->help) > 0, "row %u", m);
	}
}
