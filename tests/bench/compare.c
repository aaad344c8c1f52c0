/* compare -- what the judgement of a pair of answers costs.
 * SPDX-License-Identifier: MIT
 *
 *   tests/bench/compare [--quick] [CONFIG]
 *
 * Pairs of 1 KiB to 1 MiB, JSON documents and event streams, equal, slightly
 * and wholly different, judged one after the other on one core; under no rules
 * or those of CONFIG (an understudy.json).  Prints a table for
 * docs/performance.md: CPU time a pair (median of rounds) and what that makes
 * a second.  It judges nothing: a test only shows that it runs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "compare/fold.h"
#include "compare/judge.h"
#include "config/config.h"

#define ROUNDS 7

enum shape { SHAPE_JSON = 0, SHAPE_STREAM };
enum unlike { UNLIKE_EQUAL = 0, UNLIKE_SLIGHTLY, UNLIKE_WHOLLY };

static double round_seconds = 0.2;

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- answers ------------------------------------------------------------------- */

static const char *const words[] = { "the", "answer", "is", "a", "train", "leaves",
	"platform", "today", "with", "room", "for", "every", "guest", "and", "two",
	"bicycles", "before", "noon", "please", "ask" };

static void
add_sentence(struct buf *b, unsigned seed)
{
	for (unsigned i = 0; i < 8; i++)
		buf_printf(b, "%s%s", i > 0 ? " " : "",
		    words[(seed * 7 + i * 13 + seed / 3) % COUNT_OF(words)]);
}

static void
add_item(struct buf *b, unsigned i, unsigned seed)
{
	buf_printf(b, "%s{\"id\":\"item-%u\",\"price\":%u.%02u,\"in_stock\":%s,"
	    "\"text\":\"", i > 0 ? "," : "", i, 10 + seed % 90, seed % 100,
	    seed % 2 ? "true" : "false");
	add_sentence(b, seed);
	buf_puts(b, "\"}");
}

/* other: another value in one item (slightly) or in all (wholly). */
static void
make_json(struct buf *b, size_t bytes, enum unlike unlike, bool other)
{
	unsigned i = 0;

	buf_puts(b, "{\"object\":\"list\",\"data\":[");
	for (; b->len + 120 < bytes; i++)
		add_item(b, i, i + (other && (unlike == UNLIKE_WHOLLY ||
		    (unlike == UNLIKE_SLIGHTLY && i == 1)) ? 1000 : 0));
	buf_puts(b, "],\"has_more\":false}");
}

static void
make_stream(struct buf *b, size_t bytes, enum unlike unlike, bool other)
{
	for (unsigned i = 0; b->len + 200 < bytes; i++) {
		bool differs = other && (unlike == UNLIKE_WHOLLY ||
		    (unlike == UNLIKE_SLIGHTLY && i == 1));

		buf_puts(b, "data: {\"id\":\"c1\",\"object\":"
		    "\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
		    "\"delta\":{\"content\":\"");
		buf_printf(b, "%s ", words[(i * 7 + (differs ? 3 : 0)) %
		    COUNT_OF(words)]);
		buf_puts(b, "\"}}]}\n\n");
	}
	buf_puts(b, "data: [DONE]\n\n");
}

static void
make_answer(struct answer *a, enum shape shape, size_t bytes,
    enum unlike unlike, bool other)
{
	struct buf b = { 0 };

	memset(a, 0, sizeof *a);
	a->outcome = OUTCOME_DONE;
	a->status = 200;
	strcpy(a->content_type, shape == SHAPE_JSON ? "application/json" :
	    "text/event-stream");
	if (shape == SHAPE_JSON)
		make_json(&b, bytes, unlike, other);
	else
		make_stream(&b, bytes, unlike, other);
	a->body = blob_new(b.len + 1);
	if (!blob_append(&a->body, b.bytes, b.len, b.len + 1))
		abort();
	buf_fini(&b);
}

/* --- timing --------------------------------------------------------------------- */

static int
by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static double
median(double *values)
{
	qsort(values, ROUNDS, sizeof values[0], by_value);
	return values[ROUNDS / 2];
}

static double
seconds_a_pair(const struct answer *l, const struct answer *e,
    const struct compare_rules *rules, struct finding *f)
{
	double rounds[ROUNDS];
	struct arena a;

	arena_init(&a, JUDGE_SCRATCH_MAX);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double begin = cpu_seconds(), now;
		uint64_t count = 0;

		do {
			judge_answers(l, e, rules, NULL, &a, f);
			arena_reset(&a);
			count++;
			now = cpu_seconds();
		} while (now - begin < round_seconds);
		rounds[i] = (now - begin) / (double)count;
	}
	arena_fini(&a);
	return median(rounds);
}

static void
row(enum shape shape, size_t bytes, enum unlike unlike,
    const struct compare_rules *rules)
{
	static const char *const shapes[] = { "JSON", "stream" };
	static const char *const unlikes[] = { "equal", "slightly", "wholly" };
	struct answer l, e;
	struct finding f;
	double s;

	make_answer(&l, shape, bytes, unlike, false);
	make_answer(&e, shape, bytes, unlike, true);
	s = seconds_a_pair(&l, &e, rules, &f);
	printf("| %-6s | %4zu KiB | %-8s | %9.2f | %10.0f | %8.0f | %-9s |\n",
	    shapes[shape], bytes / 1024, unlikes[unlike], s * 1e6, 1 / s,
	    (double)(l.body->len + e.body->len) / s / 1e6,
	    verdict_name(f.verdict));
	blob_unref(&l.body);
	blob_unref(&e.body);
}

static void
fold_row(void)
{
	struct buf b = { 0 };
	double rounds[ROUNDS];
	uint64_t events = 0;

	for (unsigned i = 0; i < 1000; i++) {
		buf_printf(&b, "data: {\"id\":\"c1\",\"object\":"
		    "\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
		    "\"delta\":{\"content\":\"%s \"}}]}\n\n",
		    words[i % COUNT_OF(words)]);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		double begin = cpu_seconds(), now;
		uint64_t count = 0;

		do {
			struct arena a;

			arena_init(&a, 0);
			if (fold_stream(b.bytes, b.len, &a, dialects_shipped(),
			    &events) == NULL)
				abort();
			arena_fini(&a);
			count++;
			now = cpu_seconds();
		} while (now - begin < round_seconds);
		rounds[i] = (now - begin) / (double)count;
	}
	printf("\nA stream of %llu chunks is folded to its message in %.0f us.\n",
	    (unsigned long long)events, median(rounds) * 1e6);
	buf_fini(&b);
}

int
main(int argc, char **argv)
{
	static const size_t sizes[] = { 1024, 10240, 102400, 1048576 };
	struct compare_rules none = { .text_similarity = 1 };
	const struct compare_rules *rules = &none;
	struct config *config = NULL;
	struct buf faults = { 0 };

	if (argc > 1 && strcmp(argv[1], "--quick") == 0) {
		round_seconds = 0.002;
		argc--;
		argv++;
	}
	if (argc > 1) {
		config = config_load(argv[1], NULL, &faults);
		if (config == NULL) {
			fprintf(stderr, "compare: %s\n", faults.bytes);
			return 2;
		}
		rules = &config->rules.compare;
	}
	puts("| shape  |     size | unlike   | us a pair | pairs/s    | MB/s     "
	    "| verdict   |\n| ------ | -------: | -------- | --------: | "
	    "---------: | -------: | --------- |");
	for (enum shape s = SHAPE_JSON; s <= SHAPE_STREAM; s++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++)
			for (enum unlike u = UNLIKE_EQUAL; u <= UNLIKE_WHOLLY; u++)
				row(s, sizes[i], u, rules);
	fold_row();
	config_unref(&config);
	buf_fini(&faults);
	return 0;
}
