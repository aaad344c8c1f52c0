/* test_rejudge -- what other rules say of what was kept, and what they cannot.
 * SPDX-License-Identifier: MIT
 */
#include "app/rejudge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../config/files.h"
#include "base/compiler.h"

#define UNKNOWN REJUDGED_UNKNOWN
#define IGNORE_ID "{'compare':{'ignore':['/id']}}"

static struct config *
load(const char *rules)
{
	struct memory_files files = { { "r.json", NULL }, { rules } };
	struct config_ports ports = files_ports(&files);
	static const char *const path = "r.json";
	struct buf faults = { 0 };
	struct config *c = config_load_rules(&ports, &path, 1,
	    RULES_FOR_JUDGING, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&faults);
	return c;
}

/* "kind path; kind path" */
static unsigned
read_recorded(const char *text, struct samples_difference *out)
{
	unsigned count = 0;

	while (*text != '\0') {
		size_t kind = strcspn(text, " "), len = strcspn(text, ";");
		struct samples_difference *d = &out[count++];

		memset(d, 0, sizeof *d);
		memcpy(d->kind, text, kind);
		memcpy(d->path, text + kind + 1, len - kind - 1);
		text += len;
		text += strspn(text, "; ");
	}
	return count;
}

static struct kept_sample *
kept_of(const char *form, const char *legacy, const char *enhanced)
{
	struct kept_sample *k = kept_sample_new(NULL);

	k->verdict = VERDICT_DIFFERENT;
	for (int v = 0; v < VERSION_COUNT; v++) {
		struct kept_answer *a = &k->answers[v];

		a->there = true;
		a->outcome = OUTCOME_DONE;
		a->status = 200;
		snprintf(a->form, sizeof a->form, "%s", form);
		snprintf(a->content_type, sizeof a->content_type, "%s",
		    strcmp(form, "json") == 0 ? "application/json" : "text/plain");
		buf_puts(&a->body, v == VERSION_LEGACY ? legacy : enhanced);
	}
	return k;
}

#define EIGHT "value /id; type /id; missing /id; extra /id; order /id; " \
	"length /id; limit /id; value /id/x"

static const struct {
	const char *why, *rules, *form, *legacy, *enhanced, *recorded;
	unsigned want;
} cases[] = {
	{ "as before", "{}", "json", "{\"id\":1}", "{\"id\":2}", "value /id",
	    VERDICT_DIFFERENT },
	{ "ignored now", IGNORE_ID, "json", "{\"id\":1}", "{\"id\":2}",
	    "value /id", VERDICT_SAME },
	{ "pinned now", "{'noise':{'pins':[{'path':'/id','as':'noise'}]}}", "json",
	    "{\"id\":1}", "{\"id\":2}", "value /id", VERDICT_NOISE },
	{ "another difference is left", IGNORE_ID, "json", "{\"id\":1,\"n\":1}",
	    "{\"id\":2,\"n\":2}", "value /id; value /n", VERDICT_DIFFERENT },
	{ "texts alike enough", "{'compare':{'text_similarity':0.5}}", "text",
	    "hello there my good friend", "hello there my dear friend", "value text",
	    VERDICT_SAME },
	{ "what is hidden is what differed", "{}", "json",
	    "{\"pin\":\"<redacted>\"}", "{\"pin\":\"<redacted>\"}", "value /pin",
	    UNKNOWN },
	{ "what is hidden is ignored now", "{'compare':{'ignore':['/pin']}}",
	    "json", "{\"pin\":\"<redacted>\"}", "{\"pin\":\"<redacted>\"}",
	    "value /pin", VERDICT_SAME },
	{ "or is below what is", "{'compare':{'ignore':['/a']}}", "json",
	    "{\"a\":{\"b\":[\"<redacted>\"]}}", "{\"a\":{\"b\":[\"<redacted>\"]}}",
	    "value /a/b/*", VERDICT_SAME },
	{ "but for what is looked at there all the same",
	    "{'compare':{'ignore':['/a'],'only':['','/a/b']}}", "json",
	    "{\"a\":{\"b\":\"<redacted>\"}}", "{\"a\":{\"b\":\"<redacted>\"}}",
	    "value /a/b", UNKNOWN },
	{ "only whether it is there", "{'compare':{'presence':['/pin']}}", "json",
	    "{\"pin\":\"<redacted>\"}", "{\"pin\":\"<redacted>\"}", "value /pin",
	    VERDICT_SAME },
	{ "where that was the difference", "{'compare':{'presence':['/pin']}}",
	    "json", "{\"pin\":\"<redacted>\"}", "{\"pin\":\"<redacted>\"}",
	    "missing /pin", UNKNOWN },
	{ "pinned, whatever it hides",
	    "{'noise':{'pins':[{'path':'/pin','as':'noise'}]}}", "json",
	    "{\"pin\":\"<redacted>\"}", "{\"pin\":\"<redacted>\"}", "value /pin",
	    VERDICT_SAME },
	{ "a place one item of which is ignored",
	    "{'compare':{'ignore':['/l/0']}}", "json", "{\"l\":[\"<redacted>\"]}",
	    "{\"l\":[\"<redacted>\"]}", "value /l/*", UNKNOWN },
	{ "a path that was cut", "{'compare':{'ignore':['/long']}}", "json",
	    "[\"<redacted>\"]", "[\"<redacted>\"]", "value /long\xe2\x80\xa6",
	    UNKNOWN },
	{ "a name with a slash", "{'compare':{'ignore':['/a~1b']}}", "json",
	    "{\"a/b\":\"<redacted>\"}", "{\"a/b\":\"<redacted>\"}", "value /a~1b",
	    VERDICT_SAME },
	{ "a header that is not looked at any more", "{}", "json", "[\"<redacted>\"]",
	    "[\"<redacted>\"]", "value header:x-a", VERDICT_SAME },
	{ "one that is", "{'compare':{'headers':[{'name':'x-a'}]}}", "json",
	    "[\"<redacted>\"]", "[\"<redacted>\"]", "value header:x-a", UNKNOWN },
	{ "as many as were recorded, there may be more", IGNORE_ID, "json",
	    "{\"id\":\"<redacted>\"}", "{\"id\":\"<redacted>\"}", EIGHT, UNKNOWN },
	{ "nothing is hidden, so all were seen", IGNORE_ID, "json", "{\"id\":1}",
	    "{\"id\":2}", EIGHT, VERDICT_SAME },
	{ "hidden, and different elsewhere", "{}", "json",
	    "{\"n\":1,\"pin\":\"<redacted>\"}", "{\"n\":2,\"pin\":\"<redacted>\"}",
	    "value /n; value /pin", VERDICT_DIFFERENT },
};

Test(rejudge, says_of_each_case)
{
	struct arena a;

	arena_init(&a, JUDGE_SCRATCH_MAX);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct samples_difference recorded[RECORD_DIFFS_MAX];
		unsigned count = read_recorded(cases[i].recorded, recorded), got;
		struct config *c = load(cases[i].rules);
		struct kept_sample *k = kept_of(cases[i].form, cases[i].legacy,
		    cases[i].enhanced);

		got = rejudge_pair(k, recorded, count, c, NULL, &a);
		cr_expect_eq(got, cases[i].want, "%s: %s", cases[i].why,
		    rejudged_name(got));
		kept_sample_free(&k);
		config_unref(&c);
	}
	arena_fini(&a);
}

Test(rejudge, of_a_part_nothing_good_is_known)
{
	struct config *c = load(IGNORE_ID);
	struct arena a;

	arena_init(&a, JUDGE_SCRATCH_MAX);
	for (int what = 0; what < 4; what++) {
		struct kept_sample *k = kept_of("json", "{\"id\":1}", "{\"id\":2}");
		struct kept_answer *e = &k->answers[VERSION_ENHANCED];

		e->cut = what == 0;
		if (what == 1)
			snprintf(e->left_out, sizeof e->left_out, "over limits");
		e->there = what != 2;
		if (what == 3) {
			e->cut = true;
			e->status = 500;
		}
		cr_expect_eq(rejudge_pair(k, NULL, 0, c, NULL, &a),
		    what == 3 ? VERDICT_DIFFERENT : UNKNOWN, "%d", what);
		kept_sample_free(&k);
	}
	arena_fini(&a);
	config_unref(&c);
}

Test(rejudge, what_was_learned_is_noise)
{
	struct kept_sample *k = kept_of("json", "{\"id\":1}", "{\"id\":2}");
	struct noise_board *board = noise_board_new();
	struct sighting s = { .place = { .path = "/id", .kind = DIFF_VALUE },
		.enhanced = true, .control = true };
	struct config *c = load("{}");
	struct arena a;

	for (int i = 0; i < 100; i++)
		noise_learn(board, "/r", &s, 1, 1);
	arena_init(&a, JUDGE_SCRATCH_MAX);
	cr_expect_eq(rejudge_pair(k, NULL, 0, c, board, &a), VERDICT_DIFFERENT);
	snprintf(k->route, sizeof k->route, "/r");
	cr_expect_eq(rejudge_pair(k, NULL, 0, c, board, &a), VERDICT_NOISE);
	arena_fini(&a);
	noise_board_free(&board);
	kept_sample_free(&k);
	config_unref(&c);
}

Test(rejudge, the_matrix)
{
	struct rejudge_tally t = { .counts = { [VERDICT_DIFFERENT] = {
		[VERDICT_SAME] = 3, [VERDICT_DIFFERENT] = 40, [UNKNOWN] = 5 } } };
	struct buf out = { 0 };

	cr_expect_eq(rejudge_pairs(&t), 48);
	cr_expect_eq(rejudge_changes(&t), 3);
	rejudge_write_text(&t, &out);
	cr_expect_str_eq(out.bytes,
	    "kept as                 same         noise     different  incomparable"
	    "       unknown\n"
	    "different                  3             0            40             0"
	    "             5\n", "%s", out.bytes);
	buf_clear(&out);
	rejudge_write_json(&t, &out);
	cr_expect_not_null(strstr(out.bytes, "\"pairs\": 48, \"changed\": 3, "),
	    "%s", out.bytes);
	cr_expect_not_null(strstr(out.bytes, "\"different\": {\"same\": 3, "
	    "\"noise\": 0, \"different\": 40, \"incomparable\": 0, \"unknown\": 5}"));
	buf_fini(&out);
}
