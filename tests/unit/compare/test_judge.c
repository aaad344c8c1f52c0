/* One sample to one verdict: the steps in their order.
 * SPDX-License-Identifier: MIT
 */
#include "compare/judge.h"

#include <criterion/criterion.h>
#include <zlib.h>

#include "support.h"

#define JSON_TYPE "application/json; charset=utf-8"
#define SSE "text/event-stream"
#define TEXT "text/plain"
#define SAID(text) "data: {\"choices\":[{\"index\":0,\"delta\":" \
	"{\"content\":\"" text "\"}}]}\n\n"
#define DONE "data: [DONE]\n\n"
#define PARIS "The capital of France is Paris, a city on the river Seine"
#define LYON "The capital of France is Lyons, a city on the river Seine"

struct side {
	enum outcome outcome; /* OUTCOME_OPEN stands for done */
	unsigned status;
	const char *type, *encoding, *body;
	bool truncated;
};

static const struct {
	const char *why;
	struct side legacy, enhanced;
	struct test_rules rules;
	enum verdict verdict;
	const char *want; /* list of differences, or the reason */
} cases[] = {
	{ "equal bytes, whatever they are", { 0, 200, JSON_TYPE, "", "{broken", 0 },
	    { 0, 200, JSON_TYPE, "", "{broken", 0 }, NO_RULES, VERDICT_SAME, "" },
	{ "no bodies", { 0, 204, "", "", NULL, 0 }, { 0, 204, "", "", NULL, 0 },
	    NO_RULES, VERDICT_SAME, "" },
	{ "equal in a coding we do not know", { 0, 200, TEXT, "dcb", "xyz", 0 },
	    { 0, 200, TEXT, "dcb", "xyz", 0 }, NO_RULES, VERDICT_SAME, "" },

	{ "status", { 0, 200, JSON_TYPE, "", "{}", 0 },
	    { 0, 404, JSON_TYPE, "", "{}", 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "value status" },
	{ "5xx on one side", { 0, 200, TEXT, "", "a", 0 },
	    { OUTCOME_UPSTREAM_5XX, 503, TEXT, "", "a", 0 }, NO_RULES,
	    VERDICT_DIFFERENT, "value status" },
	{ "the same 5xx on both", { OUTCOME_UPSTREAM_5XX, 500, TEXT, "", "a", 0 },
	    { OUTCOME_UPSTREAM_5XX, 500, TEXT, "", "a", 0 }, NO_RULES,
	    VERDICT_SAME, "" },
	{ "no connection on one side", { 0, 200, TEXT, "", "a", 0 },
	    { OUTCOME_CONNECT_FAILED, 0, "", "", NULL, 0 }, NO_RULES,
	    VERDICT_DIFFERENT, "value outcome" },
	{ "legacy hung", { OUTCOME_FIRST_BYTE_TIMEOUT, 0, "", "", NULL, 0 },
	    { 0, 200, TEXT, "", "a", 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "value outcome" },
	{ "an answer cut short", { 0, 200, TEXT, "", "abc", 0 },
	    { OUTCOME_UPSTREAM_CUT, 200, TEXT, "", "a", 0 }, NO_RULES,
	    VERDICT_DIFFERENT, "value outcome" },
	{ "a failure beats a large body", { 0, 200, TEXT, "", "a", true },
	    { OUTCOME_SHADOW_TIMEOUT, 0, "", "", NULL, 0 }, NO_RULES,
	    VERDICT_DIFFERENT, "value outcome" },
	{ "both failed", { OUTCOME_CONNECT_FAILED, 0, "", "", NULL, 0 },
	    { OUTCOME_UPSTREAM_IDLE, 200, "", "", NULL, 0 }, NO_RULES,
	    VERDICT_INCOMPARABLE, "both failed: connect_failed upstream_idle" },
	{ "the client left", { OUTCOME_CLIENT_GONE, 200, TEXT, "", "a", 0 },
	    { 0, 200, TEXT, "", "ab", 0 }, NO_RULES, VERDICT_INCOMPARABLE,
	    "legacy: no whole answer, client_gone" },
	{ "never answered", { 0, 200, TEXT, "", "a", 0 },
	    { OUTCOME_DRAINED, 0, "", "", NULL, 0 }, NO_RULES,
	    VERDICT_INCOMPARABLE, "enhanced: no whole answer, drained" },
	{ "over the capture", { 0, 200, TEXT, "", "a", 0 },
	    { 0, 200, TEXT, "", "a", true }, NO_RULES, VERDICT_INCOMPARABLE,
	    "enhanced: body over limits.capture" },

	{ "unknown coding", { 0, 200, TEXT, "dcb", "a", 0 },
	    { 0, 200, TEXT, "dcb", "b", 0 }, NO_RULES, VERDICT_INCOMPARABLE,
	    "legacy: dcb is not one we decode" },
	{ "damaged coding", { 0, 200, TEXT, "", "a", 0 },
	    { 0, 200, TEXT, "gzip", "nonsense", 0 }, NO_RULES,
	    VERDICT_INCOMPARABLE, "enhanced: gzip is damaged" },
	{ "the same in another coding", { 0, 200, TEXT, "", "hello", 0 },
	    { 0, 200, TEXT, "gzip", "@hello", 0 }, NO_RULES, VERDICT_SAME, "" },
	{ "JSON in two codings", { 0, 200, JSON_TYPE, "gzip", "@{\"a\":1}", 0 },
	    { 0, 200, JSON_TYPE, "deflate", "@{\"a\":2}", 0 }, NO_RULES,
	    VERDICT_DIFFERENT, "value /a" },

	{ "JSON", { 0, 200, JSON_TYPE, "", "{\"a\":1,\"id\":1}", 0 },
	    { 0, 200, JSON_TYPE, "", "{\"id\":2,\"a\":1}", 0 },
	    { .ignore = { "/id" } }, VERDICT_SAME, "" },
	{ "JSON by its looks", { 0, 200, TEXT, "", " {\"a\":1}", 0 },
	    { 0, 200, "", "", "\n{\"a\":2}", 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "value /a" },
	{ "JSON with a mark", { 0, 200, JSON_TYPE, "", "\xef\xbb\xbf{\"a\":1}", 0 },
	    { 0, 200, "application/problem+json", "", "{\"a\": 1}", 0 }, NO_RULES,
	    VERDICT_SAME, "" },
	{ "a JSON number", { 0, 200, JSON_TYPE, "", "1", 0 },
	    { 0, 200, JSON_TYPE, "", "1.0", 0 }, NO_RULES, VERDICT_SAME, "" },
	{ "broken JSON", { 0, 200, JSON_TYPE, "", "{\"a\":1}", 0 },
	    { 0, 200, JSON_TYPE, "", "{\"a\":1", 0 }, NO_RULES,
	    VERDICT_DIFFERENT, "type body" },
	{ "both broken", { 0, 200, JSON_TYPE, "", "{\"a\":1", 0 },
	    { 0, 200, JSON_TYPE, "", "{\"a\":2", 0 }, NO_RULES,
	    VERDICT_DIFFERENT, "value text" },
	{ "another form", { 0, 200, JSON_TYPE, "", "{\"a\":1}", 0 },
	    { 0, 200, "text/html", "", "<p>", 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "type body" },
	{ "an empty answer", { 0, 200, JSON_TYPE, "", "{\"a\":1}", 0 },
	    { 0, 200, JSON_TYPE, "", NULL, 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "missing body" },
	{ "an answer where there was none", { 0, 200, TEXT, "", "", 0 },
	    { 0, 200, TEXT, "", "x", 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "extra body" },

	{ "streams cut otherwise", { 0, 200, SSE, "", SAID("ab") SAID("c") DONE, 0 },
	    { 0, 200, SSE, "", ": hi\n\n" SAID("a") SAID("bc") DONE, 0 }, NO_RULES,
	    VERDICT_SAME, "" },
	{ "streams that say something else", { 0, 200, SSE, "", SAID("ab") DONE, 0 },
	    { 0, 200, SSE, "", SAID("ac") DONE, 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "value /choices/*/message/content" },
	{ "streams alike enough", { 0, 200, SSE, "", SAID(PARIS) DONE, 0 },
	    { 0, 200, SSE "; charset=utf-8", "", SAID(LYON) DONE, 0 },
	    { .text_similarity = 0.8 }, VERDICT_SAME, "" },
	{ "a stream without its end", { 0, 200, SSE, "", SAID("a") DONE, 0 },
	    { 0, 200, SSE, "", SAID("a"), 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "missing /done" },
	{ "an error in the stream", { 0, 200, SSE, "", SAID("a") DONE, 0 },
	    { 0, 200, SSE, "", SAID("a") "data: {\"error\":{\"code\":1}}\n\n" DONE, 0 },
	    NO_RULES, VERDICT_DIFFERENT, "extra /error" },
	{ "streams without events", { 0, 200, SSE, "", "abc", 0 },
	    { 0, 200, SSE, "", "abd", 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "value text" },
	{ "a stream and a document", { 0, 200, SSE, "", SAID("a"), 0 },
	    { 0, 200, JSON_TYPE, "", "{}", 0 }, NO_RULES, VERDICT_DIFFERENT,
	    "type body" },

	{ "text", { 0, 200, TEXT, "", "one", 0 }, { 0, 200, TEXT, "", "two", 0 },
	    NO_RULES, VERDICT_DIFFERENT, "value text" },
	{ "text alike enough", { 0, 200, TEXT, "", PARIS, 0 },
	    { 0, 200, TEXT, "", LYON, 0 }, { .text_similarity = 0.8 },
	    VERDICT_SAME, "" },
	{ "not alike enough", { 0, 200, TEXT, "", PARIS, 0 },
	    { 0, 200, TEXT, "", LYON, 0 }, { .text_similarity = 0.95 },
	    VERDICT_DIFFERENT, "value text" },
	{ "other bytes", { 0, 200, "image/png", "", "\x89PNG1", 0 },
	    { 0, 200, "image/png", "", "\x89PNG2", 0 },
	    { .text_similarity = 0.1 }, VERDICT_DIFFERENT, "value body" },
};

/* A body that begins with "@" is packed in the answer's coding. */
static size_t
pack(const char *text, bool gzip, unsigned char *out, size_t space)
{
	z_stream z = { 0 };

	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, gzip ? 31 : 15, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(void *)(size_t)text;
	z.avail_in = (unsigned)strlen(text);
	z.next_out = out;
	z.avail_out = (unsigned)space;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return space - z.avail_out;
}

static void
fill(struct answer *a, const struct side *s)
{
	unsigned char packed[500];
	size_t len = s->body == NULL ? 0 : strlen(s->body);
	const char *body = s->body;

	if (len > 0 && body[0] == '@') {
		len = pack(body + 1, strcmp(s->encoding, "gzip") == 0, packed,
		    sizeof packed);
		body = (char *)packed;
	}
	support_answer(a, s->status, s->type, body, len);
	snprintf(a->content_encoding, sizeof a->content_encoding, "%s",
	    s->encoding);
	if (s->outcome != OUTCOME_OPEN)
		a->outcome = s->outcome;
	a->truncated = s->truncated;
}

static void
judge(const struct side *l, const struct side *e, struct test_rules *rules,
    struct comparison_record *out)
{
	struct config *config = support_config(rules);
	struct sample *s = sample_new(config);
	struct finding f;
	struct arena a;

	fill(&s->answers[VERSION_LEGACY], l);
	fill(&s->answers[VERSION_ENHANCED], e);
	arena_init(&a, JUDGE_SCRATCH_MAX);
	judge_sample(s, NULL, &a, &f);
	judge_record(s, NULL, &f, out);
	arena_fini(&a);
	sample_free(&s);
	free(config);
}

Test(judge, decides_each_case)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct test_rules t = cases[i].rules;
		struct comparison_record r;
		char list[2000];

		judge(&cases[i].legacy, &cases[i].enhanced, &t, &r);
		cr_expect_eq(r.verdict, cases[i].verdict, "%s: %s",
		    cases[i].why, verdict_name(r.verdict));
		support_list(r.differences, r.kept, list, sizeof list);
		cr_expect_str_eq(r.verdict == VERDICT_INCOMPARABLE ? r.reason :
		    list, cases[i].want, "%s: %s%s", cases[i].why, list,
		    r.reason);
		cr_expect_eq(r.verdict == VERDICT_DIFFERENT,
		    r.difference_count > 0, "%s", cases[i].why);
		cr_expect_eq(r.verdict == VERDICT_INCOMPARABLE,
		    r.reason[0] != '\0', "%s", cases[i].why);
	}
}

/* Whoever is which: the verdict is the same. */
Test(judge, is_symmetric)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct test_rules t = cases[i].rules;
		struct comparison_record there, back;

		judge(&cases[i].legacy, &cases[i].enhanced, &t, &there);
		judge(&cases[i].enhanced, &cases[i].legacy, &t, &back);
		cr_expect_eq(there.verdict, back.verdict, "%s", cases[i].why);
		cr_expect_eq(there.difference_count, back.difference_count);
		cr_expect_eq(there.similarity, back.similarity);
	}
}

Test(judge, copies_what_the_sample_says_of_itself)
{
	struct test_rules t = { 0 };
	struct config *config = support_config(&t);
	struct sample *s = sample_new(config);
	struct comparison_record r;
	struct finding f;
	struct arena a;

	s->ts_us = 77;
	s->epoch = 5;
	strcpy(s->pair, "p");
	strcpy(s->stage, "shadow");
	strcpy(s->method, "POST");
	strcpy(s->path, "/v1/chat");
	strcpy(s->route, "/v1/*");
	support_answer(&s->answers[0], 200, TEXT, "a", 1);
	support_answer(&s->answers[1], 201, TEXT, "a", 1);
	s->answers[0].latency_us = 10;
	s->answers[1].latency_us = 20;
	arena_init(&a, 0);
	judge_sample(s, NULL, &a, &f);
	judge_record(s, NULL, &f, &r);
	cr_expect_eq(r.ts_us, 77);
	cr_expect_eq(r.epoch, 5);
	cr_expect_str_eq(r.pair, "p");
	cr_expect_str_eq(r.stage, "shadow");
	cr_expect_str_eq(r.method, "POST");
	cr_expect_str_eq(r.path, "/v1/chat");
	cr_expect_str_eq(r.route, "/v1/*");
	cr_expect_eq(r.legacy_status, 200);
	cr_expect_eq(r.enhanced_status, 201);
	cr_expect_eq(r.legacy_latency_us, 10);
	cr_expect_eq(r.enhanced_latency_us, 20);
	cr_expect_eq(r.similarity, -1);
	arena_fini(&a);
	sample_free(&s);
	free(config);
}

/* A finding holds more places than a record, and says when it is full. */
Test(judge, finds_more_than_it_records)
{
	static const struct {
		unsigned members, entries, kept;
		bool crowded;
	} sizes[] = {
		{ 1, 1, 1, false },
		{ RECORD_DIFFS_MAX, RECORD_DIFFS_MAX, RECORD_DIFFS_MAX, false },
		{ DIFF_SET_MAX, DIFF_SET_MAX, RECORD_DIFFS_MAX, false },
		{ DIFF_SET_MAX + 1, DIFF_SET_MAX, RECORD_DIFFS_MAX, true },
	};

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct test_rules t = { 0 };
		struct config *config = support_config(&t);
		struct sample *s = sample_new(config);
		char bodies[VERSION_COUNT][2000];
		struct comparison_record r;
		struct finding f;
		struct arena a;

		for (int v = 0; v < VERSION_COUNT; v++) {
			char *b = bodies[v];
			size_t n = 0;

			for (unsigned m = 0; m < sizes[i].members; m++)
				n += (size_t)snprintf(b + n, sizeof bodies[v] - n,
				    "%c\"m%u\":%d",
				    m == 0 ? '{' : ',', m, v);
			strcpy(b + n, "}");
			support_answer(&s->answers[v], 200, JSON_TYPE, b, n + 1);
		}
		arena_init(&a, 0);
		judge_answers(&s->answers[0], &s->answers[1],
		    &config->rules.compare, NULL, &a, &f);
		cr_expect_eq(f.verdict, VERDICT_DIFFERENT);
		cr_expect_eq(f.diffs.found, sizes[i].members);
		cr_expect_eq(f.diffs.count, sizes[i].entries);
		cr_expect_eq(f.diffs.crowded, sizes[i].crowded);
		judge_record(s, NULL, &f, &r);
		cr_expect_eq(r.difference_count, sizes[i].members);
		cr_expect_eq(r.kept, sizes[i].kept);
		arena_fini(&a);
		sample_free(&s);
		free(config);
	}
}

#define PROSE_A "the weather is calm until the evening, then rain may come"
#define PROSE_B "the weather is calm until the evening, then snow may come"

/* Is a difference one of two texts, and is all that differs among them? */
Test(judge, says_what_is_a_text_and_whether_all_was_compared)
{
	static const struct {
		const char *why, *type, *legacy, *enhanced;
		bool is_whole;
		unsigned entries, texts, notes;
	} rows[] = {
		{ "equal", TEXT, "a", "a", true, 0, 0, 0 },
		{ "texts", TEXT, PROSE_A, PROSE_B, true, 1, 1, 1 },
		{ "half a document", JSON_TYPE, "{\"a\":1", "{\"a\":2", true, 1, 0,
		    1 },
		{ "strings of a document", JSON_TYPE,
		    "{\"a\":\"" PROSE_A "\",\"b\":\"x\"}",
		    "{\"a\":\"" PROSE_B "\",\"b\":\"y\"}", true, 2, 1, 1 },
		{ "both at one path", JSON_TYPE,
		    "[\"" PROSE_A "\",\"x\"]", "[\"" PROSE_B "\",\"y\"]",
		    true, 2, 1, 1 },
		{ "another form", JSON_TYPE, "{\"a\":1}", "", false, 1, 0, 0 },
		{ "other bytes", "image/png", "\xff\x01", "\xff\x02", true, 1,
		    0, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct test_rules t = NO_RULES;
		struct config *config = support_config(&t);
		struct answer l = { 0 }, e = { 0 };
		struct finding f;
		unsigned texts = 0;
		struct arena a;

		support_answer(&l, 200, rows[i].type, rows[i].legacy,
		    strlen(rows[i].legacy));
		support_answer(&e, 200, rows[i].type, rows[i].enhanced,
		    strlen(rows[i].enhanced));
		arena_init(&a, 0);
		judge_answers(&l, &e, &config->rules.compare, NULL, &a, &f);
		for (unsigned k = 0; k < f.diffs.count; k++)
			texts += f.diffs.entries[k].is_text;
		cr_expect_eq(f.is_whole, rows[i].is_whole, "%s", rows[i].why);
		cr_expect_eq(f.diffs.count, rows[i].entries, "%s", rows[i].why);
		cr_expect_eq(texts, rows[i].texts, "%s", rows[i].why);
		cr_expect_eq(f.diffs.text_count, rows[i].notes, "%s: %u",
		    rows[i].why, f.diffs.text_count);
		arena_fini(&a);
		blob_unref(&l.body);
		blob_unref(&e.body);
		free(config);
	}
}

/* Over the scratch memory's cap nothing is called the same. */
Test(judge, is_incomparable_when_too_large)
{
	struct test_rules t = { 0 };
	size_t len = 200000;
	char *l = malloc(len), *e = malloc(len);

	memset(l, '1', len);
	l[0] = '[';
	for (size_t i = 2; i < len; i += 2)
		l[i] = ',';
	l[len - 1] = ']';
	l[len - 2] = '1';
	memcpy(e, l, len);
	e[len - 2] = '2';
	for (size_t cap = 4096; cap < 4000000; cap *= 2) {
		struct config *config = support_config(&t);
		struct sample *s = sample_new(config);
		struct finding f;
		struct arena a;

		support_answer(&s->answers[0], 200, JSON_TYPE, l, len);
		support_answer(&s->answers[1], 200, JSON_TYPE, e, len);
		arena_init(&a, cap);
		judge_sample(s, NULL, &a, &f);
		cr_expect_eq(f.verdict, VERDICT_INCOMPARABLE, "%zu", cap);
		cr_expect(!f.is_whole);
		cr_expect_str_eq(f.reason, "legacy: too large to compare");
		arena_fini(&a);
		sample_free(&s);
		free(config);
	}
	free(l);
	free(e);
}
