/* What is kept of answers, and that it is judged again as it was.
 * SPDX-License-Identifier: MIT
 */
#include "compare/keep.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare/judge.h"
#include "support.h"

static struct kept_sample *got;
static bool is_full;

static bool
on_kept(void *arg, struct kept_sample *k)
{
	(void)arg;
	if (is_full)
		return false;
	cr_assert_null(got);
	got = k;
	return true;
}

static const struct record_sink sink = { .kept = on_kept };

struct scene {
	struct test_rules rules;
	struct config *config;
	struct sample *sample;
	struct redactor redactor;
	struct keep_rate rate;
	struct compare_stats stats;
	struct arena arena;
};

static void
scene_init(struct scene *s, const char *type, const char *legacy,
    const char *enhanced)
{
	memset(s, 0, sizeof *s);
	s->config = support_config(&s->rules);
	s->config->settings.keep = (struct keep_settings){
		.bodies = KEEP_DIFFERENT, .max_bytes = 4096, .per_hour = 2 };
	s->config->compare_mark = 77;
	s->sample = sample_new(s->config);
	s->redactor.rules = &s->config->rules.redact;
	support_answer(&s->sample->answers[0], 200, type, legacy,
	    strlen(legacy));
	support_answer(&s->sample->answers[1], 200, type, enhanced,
	    strlen(enhanced));
	arena_init(&s->arena, JUDGE_SCRATCH_MAX);
}

static void
scene_fini(struct scene *s)
{
	kept_sample_free(&got);
	sample_free(&s->sample);
	cr_expect_eq(s->config->refs, 1);
	free(s->config);
	redactor_fini(&s->redactor);
	arena_fini(&s->arena);
}

static void
keep(struct scene *s, enum verdict verdict)
{
	keep_pair(s->sample, verdict, &s->redactor, &s->arena, &s->rate, &sink,
	    &s->stats);
}

#define JSON_TYPE "application/json"
#define STREAM_TYPE "text/event-stream"
#define PARTS_TYPE "multipart/form-data; boundary=b"
#define PART(text) "--b\r\ncontent-disposition: form-data; name=a\r\n\r\n" text \
	"\r\n--b--\r\n"

static const struct {
	const char *why, *type, *legacy, *enhanced, *form, *body;
} forms[] = {
	{ "JSON", JSON_TYPE, "{ \"a\" : 1.0 }", "{\"a\":2}", "json",
	    "{\"a\":1.0}" },
	{ "JSON by its looks", "", "[1]", "[2]", "json", "[1]" },
	{ "lines", "application/x-ndjson", "{\"a\":1}\n[2]\n", "{\"a\":2}\n",
	    "json lines", "[{\"a\":1},[2]]" },
	{ "a form", "application/x-www-form-urlencoded", "a=1&a=2&b=%26",
	    "a=1", "form", "{\"a\":[\"1\",\"2\"],\"b\":\"&\"}" },
	{ "parts", PARTS_TYPE, PART("x"), PART("y"), "multipart",
	    "{\"a\":{\"body\":\"x\"}}" },
	{ "text", "text/plain", "hello you", "hello me", "text", "hello you" },
	{ "another character set", "text/plain; charset=iso-8859-1", "caf\xe9",
	    "tea", "text", "caf\xc3\xa9" },
	{ "bytes", "image/png", "\xff\xfe", "\xff\xfd", "binary", NULL },
	{ "nothing", JSON_TYPE, "", "{}", "nothing", "" },
	{ "a stream", STREAM_TYPE, "id: 1\ndata: {\"a\":\"x\"}\n\n",
	    "data: {\"a\":\"y\"}\n\n", "stream", "data: {\"a\":\"x\"}\n\n" },
	{ "broken JSON", JSON_TYPE, "{\"a\":", "{\"a\":1}", "text", "{\"a\":" },
};

Test(keep, forms)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct kept_answer *a;
		struct scene s;

		scene_init(&s, forms[i].type, forms[i].legacy,
		    forms[i].enhanced);
		keep(&s, VERDICT_DIFFERENT);
		cr_assert_not_null(got, "%s", forms[i].why);
		a = &got->answers[KEPT_LEGACY];
		cr_expect_str_eq(a->form, forms[i].form, "%s: %s", forms[i].why,
		    a->form);
		if (forms[i].body != NULL)
			cr_expect(a->body.len == strlen(forms[i].body) &&
			    (a->body.len == 0 || memcmp(a->body.bytes,
			    forms[i].body, a->body.len) == 0), "%s: %s",
			    forms[i].why, a->body.len > 0 ? a->body.bytes : "");
		cr_expect_str_eq(a->left_out, "", "%s", forms[i].why);
		cr_expect_not(a->cut);
		cr_expect_eq(got->rules_mark, 77);
		cr_expect(a->there && got->answers[KEPT_ENHANCED].there &&
		    !got->answers[KEPT_CONTROL].there);
		scene_fini(&s);
	}
}

/* --- judged again ----------------------------------------------------------------- */

static void
find(const struct answer *l, const struct answer *e, const struct config *c,
    char list[2000])
{
	struct finding f;
	struct arena a;

	arena_init(&a, JUDGE_SCRATCH_MAX);
	judge_answers(l, e, &c->rules.compare, NULL, &a, &f);
	snprintf(list, 2000, "%s %s ", verdict_name(f.verdict), f.reason);
	support_list(f.diffs.entries, f.diffs.count, list + strlen(list),
	    2000 - strlen(list));
	for (unsigned i = 0; i < f.diffs.count; i++)
		snprintf(list + strlen(list), 2000 - strlen(list), " [%s|%s]",
		    f.diffs.entries[i].legacy, f.diffs.entries[i].enhanced);
	arena_fini(&a);
}

static void
expect_the_same_finding(struct scene *s, const char *why)
{
	char before[2000], after[2000];
	struct answer l, e;

	find(&s->sample->answers[0], &s->sample->answers[1], s->config, before);
	keep_restore(&got->answers[KEPT_LEGACY], &l);
	keep_restore(&got->answers[KEPT_ENHANCED], &e);
	find(&l, &e, s->config, after);
	cr_expect_str_eq(before, after, "%s: %s, then %s", why, before, after);
	blob_unref(&l.body);
	blob_unref(&e.body);
}

Test(keep, what_is_kept_is_judged_as_it_was)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct scene s;

		scene_init(&s, forms[i].type, forms[i].legacy,
		    forms[i].enhanced);
		keep(&s, VERDICT_DIFFERENT);
		expect_the_same_finding(&s, forms[i].why);
		scene_fini(&s);
	}
}

Test(keep, also_a_status_and_a_failure)
{
	struct scene s;

	scene_init(&s, JSON_TYPE, "{}", "{}");
	s.sample->answers[1].status = 500;
	s.sample->answers[1].outcome = OUTCOME_UPSTREAM_5XX;
	keep(&s, VERDICT_DIFFERENT);
	expect_the_same_finding(&s, "status");
	scene_fini(&s);
	scene_init(&s, JSON_TYPE, "{}", "");
	s.sample->answers[1].status = 0;
	s.sample->answers[1].outcome = OUTCOME_CONNECT_FAILED;
	keep(&s, VERDICT_DIFFERENT);
	expect_the_same_finding(&s, "failure");
	scene_fini(&s);
}

/* A stream that is kept as its message is still compared as a stream. */
Test(keep, a_stream_as_its_message)
{
	static char *pointers[] = { "/text", NULL };
	struct compare_rules places = { .ignore = pointers, .ignore_count = 1 };
	struct redact_rules *redact;
	struct arena lasting;
	struct answer l, e;
	struct scene s;
	char list[2000];

	arena_init(&lasting, 0);
	scene_init(&s, STREAM_TYPE, "data: one\n\ndata: [DONE]\n\n",
	    "data: two\n\n");
	redact = &s.config->rules.redact;
	redact->pointers = pointers;
	redact->pointer_count = 1;
	redact->places = place_rules_make(&places, &lasting);
	keep(&s, VERDICT_DIFFERENT);
	cr_expect_str_eq(got->answers[0].form, "message");
	cr_expect_str_eq(got->answers[0].body.bytes,
	    "{\"text\":\"<redacted>\",\"done\":true}");
	keep_restore(&got->answers[KEPT_LEGACY], &l);
	keep_restore(&got->answers[KEPT_ENHANCED], &e);
	find(&l, &e, s.config, list);
	cr_expect_str_eq(list, "different  missing /done [true|]", "%s", list);
	blob_unref(&l.body);
	blob_unref(&e.body);
	scene_fini(&s);
	arena_fini(&lasting);
}

Test(keep, what_is_cut_is_not_judged)
{
	char *text = malloc(6000);
	struct answer l, e;
	struct scene s;
	char list[2000];

	memset(text, 'x', 6000);
	text[0] = text[5998] = '"';
	text[5999] = '\0';
	scene_init(&s, JSON_TYPE, text, "\"x\"");
	keep(&s, VERDICT_DIFFERENT);
	cr_expect(got->answers[0].cut && !got->answers[1].cut);
	cr_expect_eq(got->answers[0].body.len, 4096);
	cr_expect_eq(got->answers[0].body_bytes, 5999);
	keep_restore(&got->answers[KEPT_LEGACY], &l);
	keep_restore(&got->answers[KEPT_ENHANCED], &e);
	find(&l, &e, s.config, list);
	cr_expect_str_eq(list, "incomparable legacy: kept only in part ", "%s",
	    list);
	blob_unref(&l.body);
	blob_unref(&e.body);
	scene_fini(&s);
	free(text);
}

/* --- what is left out -------------------------------------------------------------- */

Test(keep, broken_documents_only_without_pointers)
{
	static char *pointers[] = { "/a", NULL };
	struct scene s;

	scene_init(&s, JSON_TYPE, "{\"a\":\"s3cret", "plain");
	s.config->rules.redact.pointers = pointers;
	s.config->rules.redact.pointer_count = 1;
	keep(&s, VERDICT_DIFFERENT);
	cr_expect_str_eq(got->answers[0].left_out, "not what its type says");
	cr_expect_eq(got->answers[0].body.len, 0);
	scene_fini(&s);
}

Test(keep, says_why_there_is_no_body)
{
	struct scene s;

	scene_init(&s, "text/plain", "x", "y");
	strcpy(s.sample->answers[0].content_encoding, "br");
	s.sample->answers[1].truncated = true;
	keep(&s, VERDICT_DIFFERENT);
	cr_expect_str_eq(got->answers[0].left_out, "br is cut short");
	cr_expect_str_eq(got->answers[1].left_out, "over limits.capture");
	scene_fini(&s);
}

Test(keep, headers)
{
	static char *hidden[] = { "x-key", NULL };
	static const char lines[] = "x-key:abc\nx-model:m1\nx-mail:to a@b.ch\n";
	struct scene s;
	char why[REGEX_WHY_MAX];
	size_t offset;
	struct regex *patterns[] = { regex_new("\\S+@\\S+", 7, REGEX_ANYWHERE,
	    why, &offset) };
	struct answer again;
	const char *value;
	size_t len;

	scene_init(&s, "text/plain", "x", "y");
	s.config->rules.redact.headers = hidden;
	s.config->rules.redact.header_count = 1;
	s.config->rules.redact.patterns = patterns;
	s.config->rules.redact.pattern_count = 1;
	s.sample->answers[0].headers = blob_new(sizeof lines);
	memcpy(s.sample->answers[0].headers->bytes, lines, sizeof lines - 1);
	s.sample->answers[0].headers->len = sizeof lines - 1;
	keep(&s, VERDICT_DIFFERENT);
	cr_expect_str_eq(got->answers[0].fields.bytes, "x-key:<redacted>\n"
	    "x-model:m1\nx-mail:to <redacted>\n");
	cr_expect_eq(got->answers[1].fields.len, 0);
	keep_restore(&got->answers[0], &again);
	cr_expect(answer_header(&again, "x-model", &value, &len) && len == 2);
	blob_unref(&again.body);
	blob_unref(&again.headers);
	redact_rules_fini(&s.config->rules.redact);
	scene_fini(&s);
}

Test(keep, three_answers_if_there_are)
{
	struct scene s;

	scene_init(&s, "text/plain", "x", "y");
	s.sample->has_control = true;
	support_answer(&s.sample->control, 200, "text/plain", "z", 1);
	keep(&s, VERDICT_DIFFERENT);
	cr_expect(got->answers[KEPT_CONTROL].there);
	cr_expect_str_eq(got->answers[KEPT_CONTROL].body.bytes, "z");
	scene_fini(&s);
}

/* --- which pairs -------------------------------------------------------------------- */

Test(keep, only_what_differs_and_only_on_request)
{
	struct scene s;

	scene_init(&s, "text/plain", "x", "y");
	for (int v = 0; v < VERDICT_COUNT; v++)
		if (v != VERDICT_DIFFERENT)
			keep(&s, (enum verdict)v);
	s.config->settings.keep.bodies = KEEP_NONE;
	keep(&s, VERDICT_DIFFERENT);
	cr_expect_null(got);
	for (int r = 0; r < KEEP_RESULT_COUNT; r++)
		cr_expect_eq(stat_read(&s.stats.kept[r]), 0);
	scene_fini(&s);
}

Test(keep, so_many_an_hour_and_what_the_queue_takes)
{
	struct scene s;

	scene_init(&s, "text/plain", "x", "y");
	keep(&s, VERDICT_DIFFERENT);
	kept_sample_free(&got);
	is_full = true;
	keep(&s, VERDICT_DIFFERENT);
	is_full = false;
	keep(&s, VERDICT_DIFFERENT);
	cr_expect_null(got);
	cr_expect_eq(stat_read(&s.stats.kept[KEEP_DONE]), 1);
	cr_expect_eq(stat_read(&s.stats.kept[KEEP_REFUSED]), 1);
	cr_expect_eq(stat_read(&s.stats.kept[KEEP_OVER_RATE]), 1);
	/* Another hour, whatever the clock of this machine began with. */
	s.rate.hour++;
	keep(&s, VERDICT_DIFFERENT);
	cr_expect_not_null(got);
	scene_fini(&s);
}
