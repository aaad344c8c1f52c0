/* fuzz_message -- a stream folded: the same message however it is cut.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says how long the pieces are; the rest is the stream.  Must
 * hold: whole and in pieces it folds to the same, and so it does when no event
 * is taken for one like the one before.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compare/fold.h"
#include "compare/json_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static const struct json *
fold_pieces(const char *stream, size_t len, size_t piece, struct arena *a,
    uint64_t *events)
{
	const struct json *message;
	struct fold f;

	fold_init(&f, a, NULL);
	for (size_t i = 0; i < len; i += piece)
		fold_feed(&f, stream + i, len - i < piece ? len - i : piece);
	message = fold_finish(&f, events);
	fold_fini(&f);
	return message;
}

static void
on_event(void *arg, const struct sse_event *event)
{
	struct message *m = arg;

	m->last.good = false;
	message_add(m, event->event, event->data, event->data_len);
}

static const struct json *
fold_slowly(const char *stream, size_t len, struct arena *a)
{
	const struct json *tree = NULL;
	struct sse_parser sse;
	struct message m;

	sse_init(&sse, FOLD_EVENT_MAX);
	message_init(&m, a, NULL);
	if (sse_feed(&sse, stream, len, on_event, &m))
		tree = message_finish(&m);
	message_fini(&m);
	sse_fini(&sse);
	return tree;
}

static void
check_same(const struct json *left, const struct json *right,
    struct arena *a)
{
	struct compare_rules rules = { .text_similarity = 1 };
	struct diff_set r;

	diff_set_init(&r);
	require(json_diff(left, right, &rules, a, &r));
	require(r.found == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *stream = (const char *)data + 1;
	const struct json *whole, *cut, *slow;
	uint64_t events, cut_events;
	struct arena a;

	if (size < 1)
		return 0;
	arena_init(&a, (size_t)16 << 20);
	whole = fold_stream(stream, size - 1, &a, NULL, &events);
	cut = fold_pieces(stream, size - 1, 1 + (size_t)data[0], &a,
	    &cut_events);
	slow = fold_slowly(stream, size - 1, &a);
	if (whole != NULL && cut != NULL && slow != NULL) {
		require(events == cut_events);
		check_same(whole, cut, &a);
		check_same(whole, slow, &a);
	}
	arena_fini(&a);
	return 0;
}
