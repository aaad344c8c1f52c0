/* Verdict noise: by pins, by what was learned; and 100,000 pairs of a legacy
 * that differs from itself.
 * SPDX-License-Identifier: MIT
 */
#include "compare/nature.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain"

static struct config *config;
static struct test_rules no_rules;
static struct noise_board *board;
static struct arena scratch;
static struct noise_pin pins[4];

static void
start(void)
{
	config = support_config(&no_rules);
	config->rules.noise.pins = pins;
	board = noise_board_new();
	arena_init(&scratch, JUDGE_SCRATCH_MAX);
}

static void
stop(void)
{
	arena_fini(&scratch);
	noise_board_free(&board);
	cr_expect_eq(config->refs, 1);
	free(config);
}

TestSuite(nature, .init = start, .fini = stop, .timeout = 300);

static void
answer(struct answer *a, const char *type, const char *body)
{
	support_answer(a, 200, type, body, strlen(body));
}

/* Judge one pair, and learn from its control leg if there is one. */
static enum verdict
pair(const char *type, const char *legacy, const char *enhanced,
    const char *control, struct finding *f)
{
	struct sample *s = sample_new(config);

	answer(&s->answers[VERSION_LEGACY], type, legacy);
	answer(&s->answers[VERSION_ENHANCED], type, enhanced);
	if (control != NULL) {
		s->has_control = true;
		answer(&s->control, type, control);
	}
	judge_sample(s, NULL, &scratch, f);
	nature_settle(s, board, f);
	nature_learn(s, f, NULL, &scratch, board);
	arena_reset(&scratch);
	sample_free(&s);
	return f->verdict;
}

static enum verdict
json(const char *legacy, const char *enhanced, const char *control)
{
	struct finding f;

	return pair(JSON_TYPE, legacy, enhanced, control, &f);
}

static void
learn(const char *legacy, const char *enhanced, const char *control,
    unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		(void)json(legacy, enhanced, control);
}

/* --- pins --------------------------------------------------------------------- */

Test(nature, pins_decide_without_learning)
{
	static const struct {
		const char *why, *pin;
		enum pin as;
		const char *legacy, *enhanced;
		enum verdict want;
	} rows[] = {
		{ "none", "/b", PIN_NOISE, "{\"a\":1}", "{\"a\":2}",
		    VERDICT_DIFFERENT },
		{ "the path", "/a", PIN_NOISE, "{\"a\":1}", "{\"a\":2}",
		    VERDICT_NOISE },
		{ "above it", "/a", PIN_NOISE, "{\"a\":{\"b\":1}}",
		    "{\"a\":{\"b\":2}}", VERDICT_NOISE },
		{ "items", "/a/*/t", PIN_NOISE, "{\"a\":[{\"t\":1}]}",
		    "{\"a\":[{\"t\":2}]}", VERDICT_NOISE },
		{ "not every difference", "/a", PIN_NOISE,
		    "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":2}",
		    VERDICT_DIFFERENT },
		{ "missing is pinned too", "/a", PIN_NOISE, "{\"a\":1}", "{}",
		    VERDICT_NOISE },
		{ "equal", "/a", PIN_REAL, "{\"a\":1}", "{\"a\":1}",
		    VERDICT_SAME },
	};

	config->rules.noise.pin_count = 1;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		pins[0] = (struct noise_pin){ (char *)rows[i].pin, rows[i].as };
		cr_expect_eq(json(rows[i].legacy, rows[i].enhanced, NULL),
		    rows[i].want, "%s", rows[i].why);
	}
}

Test(nature, a_pin_goes_before_what_was_learned)
{
	const char *l = "{\"id\":1,\"x\":1}", *e = "{\"id\":2,\"x\":1}";

	learn(l, e, "{\"id\":3,\"x\":1}", 30);
	cr_expect_eq(json(l, e, NULL), VERDICT_NOISE);
	config->rules.noise.pin_count = 1;
	pins[0] = (struct noise_pin){ "/id", PIN_REAL };
	cr_expect_eq(json(l, e, NULL), VERDICT_DIFFERENT);
	learn(l, "{\"id\":1,\"x\":2}", l, 30);
	pins[0] = (struct noise_pin){ "/x", PIN_NOISE };
	cr_expect_eq(json(l, "{\"id\":1,\"x\":2}", NULL), VERDICT_NOISE);
}

Test(nature, a_status_is_noise_only_by_a_pin)
{
	struct sample *s = sample_new(config);
	struct finding f;

	answer(&s->answers[VERSION_LEGACY], JSON_TYPE, "{}");
	answer(&s->answers[VERSION_ENHANCED], JSON_TYPE, "{}");
	answer(&s->control, JSON_TYPE, "{}");
	s->answers[VERSION_ENHANCED].status = 500;
	s->control.status = 500;
	s->has_control = true;
	for (int i = 0; i < 100; i++) {
		judge_sample(s, NULL, &scratch, &f);
		nature_settle(s, board, &f);
		cr_assert_eq(f.verdict, VERDICT_DIFFERENT);
		nature_learn(s, &f, NULL, &scratch, board);
	}
	cr_expect_eq(noise_pairs(board), 0);
	config->rules.noise.pin_count = 1;
	pins[0] = (struct noise_pin){ "status", PIN_NOISE };
	nature_settle(s, board, &f);
	cr_expect_eq(f.verdict, VERDICT_NOISE);
	sample_free(&s);
}

/* --- learning ------------------------------------------------------------------ */

Test(nature, learns_who_differs_where)
{
	struct noise_row rows[8];

	(void)json("{\"a\":1,\"b\":1,\"c\":1,\"d\":1}",
	    "{\"a\":2,\"b\":2,\"c\":1,\"d\":1}",
	    "{\"a\":3,\"b\":1,\"c\":2,\"d\":1}");
	cr_assert_eq(noise_top(board, rows, 8), 3);
	cr_expect_str_eq(rows[0].place.path, "/a");
	cr_expect_eq(rows[0].seen.both, 1);
	cr_expect_str_eq(rows[1].place.path, "/b");
	cr_expect_eq(rows[1].seen.first_only, 1);
	cr_expect_str_eq(rows[2].place.path, "/c");
	cr_expect_eq(rows[2].seen.second_only, 1);
	cr_expect_eq(rows[0].pairs, 1);
}

/* What was not compared says nothing of what is in it. */
/* A header that changes with every answer, and one that must not. */
Test(nature, headers_are_learned_too)
{
	static struct test_rules with_headers = { .json =
	    "{'headers':[{'name':'x-id'},{'name':'x-model'}]}" };
	static const char *const ids[] = { "x-id:1\nx-model:a\n",
		"x-id:2\nx-model:a\n", "x-id:3\nx-model:a\n",
		"x-id:4\nx-model:b\n" };
	struct sample *s = sample_new(config);
	struct finding f;

	config->rules.compare = support_rules(&with_headers);
	answer(&s->answers[VERSION_LEGACY], JSON_TYPE, "{}");
	answer(&s->answers[VERSION_ENHANCED], JSON_TYPE, "{}");
	answer(&s->control, JSON_TYPE, "{}");
	s->has_control = true;
	for (int i = 0; i < 3; i++) {
		struct answer *a = i < 2 ? &s->answers[i] : &s->control;

		a->headers = blob_new(64);
		cr_assert(blob_append(&a->headers, ids[i], strlen(ids[i]), 64));
	}
	for (int i = 0; i < 30; i++) {
		judge_sample(s, NULL, &scratch, &f);
		nature_learn(s, &f, NULL, &scratch, board);
	}
	nature_settle(s, board, &f);
	cr_expect_eq(f.verdict, VERDICT_NOISE);
	blob_unref(&s->answers[VERSION_ENHANCED].headers);
	s->answers[VERSION_ENHANCED].headers = blob_new(64);
	cr_assert(blob_append(&s->answers[VERSION_ENHANCED].headers, ids[3],
	    strlen(ids[3]), 64));
	judge_sample(s, NULL, &scratch, &f);
	nature_settle(s, board, &f);
	cr_expect_eq(f.verdict, VERDICT_DIFFERENT);
	cr_expect_str_eq(f.diffs.entries[0].path, "header:x-model");
	sample_free(&s);
}

Test(nature, learns_only_from_whole_comparisons)
{
	struct buf wide = { 0 };

	(void)json("{\"a\":1}", "{\"a\":2}", "text now");
	(void)json("text", "{\"a\":2}", "text");
	cr_expect_eq(noise_pairs(board), 0);
	for (int i = 0; i <= DIFF_SET_MAX; i++)
		buf_printf(&wide, "%c\"m%d\":1", i == 0 ? '{' : ',', i);
	buf_puts(&wide, "}");
	(void)json(wide.bytes, "{}", wide.bytes);
	(void)json(wide.bytes, wide.bytes, "{}");
	cr_expect_eq(noise_pairs(board), 0);
	(void)json("{\"a\":1}", "{\"a\":1}", "{\"a\":1}");
	cr_expect_eq(noise_pairs(board), 1);
	buf_fini(&wide);
}

Test(nature, too_many_places_are_never_noise)
{
	struct buf l = { 0 }, e = { 0 };
	struct finding f;

	for (int i = 0; i <= DIFF_SET_MAX; i++) {
		buf_printf(&l, "%c\"m%d\":1", i == 0 ? '{' : ',', i);
		buf_printf(&e, "%c\"m%d\":2", i == 0 ? '{' : ',', i);
	}
	buf_puts(&l, "}");
	buf_puts(&e, "}");
	config->rules.noise.pin_count = 1;
	pins[0] = (struct noise_pin){ "/*", PIN_NOISE };
	cr_expect_eq(pair(JSON_TYPE, l.bytes, e.bytes, NULL, &f),
	    VERDICT_DIFFERENT);
	cr_expect(f.diffs.crowded);
	buf_fini(&l);
	buf_fini(&e);
}

Test(nature, what_is_not_noise_comes_first)
{
	struct finding f;

	learn("{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}", "{\"a\":3,\"b\":1}", 30);
	cr_expect_eq(pair(JSON_TYPE, "{\"a\":1,\"b\":1,\"c\":1}",
	    "{\"a\":2,\"b\":2,\"c\":2}", NULL, &f), VERDICT_DIFFERENT);
	cr_assert_eq(f.diffs.count, 3);
	cr_expect_str_eq(f.diffs.entries[0].path, "/b");
	cr_expect_str_eq(f.diffs.entries[1].path, "/c");
	cr_expect_str_eq(f.diffs.entries[2].path, "/a");
}

Test(nature, another_kind_at_a_noisy_path_is_not_noise)
{
	learn("{\"a\":1}", "{\"a\":2}", "{\"a\":3}", 30);
	cr_expect_eq(json("{\"a\":1}", "{\"a\":2}", NULL), VERDICT_NOISE);
	cr_expect_eq(json("{\"a\":1}", "{}", NULL), VERDICT_DIFFERENT);
	cr_expect_eq(json("{\"a\":1}", "{\"a\":\"1\"}", NULL),
	    VERDICT_DIFFERENT);
}

/* A short answer at the path of long ones is compared as a value. */
Test(nature, a_short_string_is_no_noisy_text)
{
#define LONG "a rather long answer that speaks of the "
	static const char *const texts[] = {
		"{\"t\":\"" LONG "weather in the hills\"}",
		"{\"t\":\"" LONG "weather and of the sea\"}",
		"{\"t\":\"" LONG "sea and the weather there\"}",
	};

	for (unsigned i = 0; i < 200; i++)
		(void)json(texts[i % 3], texts[(i + 1) % 3], texts[(i + 2) % 3]);
	cr_expect_eq(json(texts[0], texts[1], NULL), VERDICT_NOISE);
	cr_expect_eq(json(texts[0], "{\"t\":\"no\"}", NULL), VERDICT_DIFFERENT);
	cr_expect_eq(json("{\"t\":\"yes\"}", "{\"t\":\"no\"}", NULL),
	    VERDICT_DIFFERENT);
}

/* --- a legacy that is never twice the same ------------------------------------- */

static uint64_t
roll(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static bool
by_chance(uint64_t *seed, unsigned percent)
{
	return roll(seed) % 100 < percent;
}

/* What an answer may be besides legacy's. */
enum quirk { QUIRK_NONE = 0, QUIRK_MODEL, QUIRK_CACHED, QUIRK_OFF_TOPIC };

/* The same thoughts in words that are drawn anew. */
static void
add_words(struct buf *b, uint64_t question, uint64_t *seed, bool off_topic)
{
	static const char *const words[][3] = {
		{ "the", "this", "that" }, { "weather", "sky", "wind" },
		{ "in", "over", "around" }, { "harbour", "port", "bay" },
		{ "is", "seems", "looks" }, { "calm", "quiet", "still" },
		{ "until", "till", "before" }, { "evening", "dusk", "night" },
		{ "then", "later", "afterwards" }, { "rain", "showers", "drizzle" },
		{ "may", "could", "might" }, { "come", "follow", "arrive" },
		{ "from", "out of", "off" }, { "west", "coast", "hills" },
		{ "so", "hence", "therefore" }, { "take", "bring", "carry" },
		{ "a", "one", "some" }, { "coat", "jacket", "cape" },
	};

	for (size_t i = 0; i < 2 * COUNT_OF(words); i++) {
		uint64_t kept = question + i;
		size_t word = by_chance(seed, 85) ? roll(&kept) % 3 :
		    roll(seed) % 3;

		if (off_topic)
			buf_printf(b, "%squux%u", i > 0 ? " " : "",
			    (unsigned)(roll(seed) % 100));
		else
			buf_printf(b, "%s%s", i > 0 ? " " : "",
			    words[i % COUNT_OF(words)][word]);
	}
}

static const char *
say(struct buf *b, uint64_t question, uint64_t *seed, enum quirk quirk)
{
	static const char *const orders[] = { "\"a\",\"b\"", "\"b\",\"a\"" };

	buf_clear(b);
	buf_printf(b, "{\"id\":\"msg-%08x\",\"model\":\"%s\",",
	    (unsigned)roll(seed), quirk == QUIRK_MODEL ? "new" : "old");
	/* A clock: mostly the same second. */
	buf_printf(b, "\"created\":%u,", 1700000000 + by_chance(seed, 30));
	if (quirk == QUIRK_CACHED || by_chance(seed, 5))
		buf_puts(b, "\"cached\":true,");
	buf_printf(b, "\"tags\":[%s],\"usage\":%u,\"answer\":\"",
	    orders[by_chance(seed, 20)], 20 + (unsigned)(roll(seed) % 3));
	add_words(b, question, seed, quirk == QUIRK_OFF_TOPIC);
	buf_puts(b, "\"}");
	return b->bytes;
}

/* Pairs of a run, by verdict. */
struct run {
	uint64_t seed, question;
	enum quirk quirk;
	unsigned quirk_percent, control_percent;
	unsigned verdicts[VERDICT_COUNT];
	unsigned quirks, quirks_different; /* pairs that had it, and showed it */
};

static void
play(struct run *r, unsigned pairs)
{
	struct buf l = { 0 }, e = { 0 }, c = { 0 };
	struct finding f;

	memset(r->verdicts, 0, sizeof r->verdicts);
	r->quirks = r->quirks_different = 0;
	for (unsigned i = 0; i < pairs; i++) {
		uint64_t question = r->question++ % 1000;
		bool odd = by_chance(&r->seed, r->quirk_percent);
		bool asked = by_chance(&r->seed, r->control_percent);
		enum verdict v;

		(void)say(&l, question, &r->seed, QUIRK_NONE);
		(void)say(&e, question, &r->seed, odd ? r->quirk : QUIRK_NONE);
		if (asked)
			(void)say(&c, question, &r->seed, QUIRK_NONE);
		v = pair(JSON_TYPE, l.bytes, e.bytes, asked ? c.bytes : NULL, &f);
		r->verdicts[v]++;
		r->quirks += odd;
		r->quirks_different += odd && v == VERDICT_DIFFERENT;
	}
	buf_fini(&l);
	buf_fini(&e);
	buf_fini(&c);
}

#define LEARNING 8000
#define LONG_RUN 100000

Test(nature, noise_once_learned_is_never_different)
{
	struct run r = { .seed = 1, .control_percent = 100 };

	play(&r, 50);
	cr_expect_gt(r.verdicts[VERDICT_DIFFERENT], 40, "nothing is known yet");
	play(&r, LEARNING);
	r.control_percent = 5;
	play(&r, LONG_RUN);
	cr_expect_eq(r.verdicts[VERDICT_DIFFERENT], 0, "%u",
	    r.verdicts[VERDICT_DIFFERENT]);
	cr_expect_eq(r.verdicts[VERDICT_NOISE] + r.verdicts[VERDICT_SAME],
	    LONG_RUN);
	cr_expect_gt(r.verdicts[VERDICT_NOISE], LONG_RUN * 9 / 10);
}

Test(nature, a_difference_beside_the_noise_is_seen_each_time)
{
	struct run r = { .seed = 2, .control_percent = 100 };

	play(&r, LEARNING);
	r = (struct run){ .seed = 3, .control_percent = 5, .quirk_percent = 3,
		.quirk = QUIRK_MODEL };
	play(&r, 5000);
	cr_expect_gt(r.quirks, 100);
	cr_expect_eq(r.quirks_different, r.quirks);
	cr_expect_eq(r.verdicts[VERDICT_DIFFERENT], r.quirks);
}

/* Legacy has "cached" in one answer of twenty, so it is learned as noise;
 * then enhanced has it always. */
Test(nature, more_of_a_noisy_difference_is_found_out)
{
	struct run r = { .seed = 4, .control_percent = 100 };
	unsigned settled = 0;

	play(&r, LEARNING);
	r.quirk = QUIRK_CACHED;
	r.quirk_percent = 100;
	r.control_percent = 5;
	do {
		play(&r, 1000);
		settled += 1000;
	} while (r.quirks_different < r.quirks * 9 / 10 && settled < 20000);
	cr_expect_leq(settled, 6000, "after %u", settled);
	play(&r, 2000);
	/* Legacy has it too in a twentieth: those do not differ. */
	cr_expect_gt(r.quirks_different, 1850);
	cr_expect_eq(r.verdicts[VERDICT_DIFFERENT], r.quirks_different);
}

Test(nature, a_text_of_something_else_is_never_noise)
{
	struct run r = { .seed = 5, .control_percent = 100 };

	play(&r, LEARNING);
	r.quirk = QUIRK_OFF_TOPIC;
	r.quirk_percent = 2;
	r.control_percent = 5;
	play(&r, 5000);
	cr_expect_gt(r.quirks, 50);
	cr_expect_eq(r.quirks_different, r.quirks);
	cr_expect_eq(r.verdicts[VERDICT_DIFFERENT], r.quirks);
}
