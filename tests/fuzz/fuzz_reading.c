/* fuzz_reading -- an answer says the same of itself however it is cut.
 * SPDX-License-Identifier: MIT
 *
 * First byte: bit 0 whether it is a stream, the rest how long the pieces are.
 * Whole and in pieces the outcome, the events, the tokens and the signals must
 * agree, and what is recorded of the signals says what they said.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/pointer_tree.h"
#include "observe/signals.h"
#include "proxy/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct signal_rules *
signal_rules(void)
{
	static const char *const pointers[] = { "/error", "/choices/*/index",
		"/usage/total_tokens" };
	static struct signal_rule list[] = {
		{ .name = (char *)"a", .kind = SIGNAL_SHARE,
		    .absent = ABSENT_NO, .scale = 1 },
		{ .name = (char *)"b", .kind = SIGNAL_NUMBER, .scale = 1 },
		{ .name = (char *)"c", .kind = SIGNAL_NUMBER, .unit = SIGNAL_S,
		    .scale = 2 },
	};
	static struct signal_rules rules = { .list = list, .count = 3,
		.marks = { 0, 1, 2 } };
	static struct arena arena;

	if (rules.places == NULL) {
		arena_init(&arena, 0);
		rules.places = pointer_tree_make(pointers, 3, &arena);
	}
	return &rules;
}

/* Written down and read back. */
static void
expect_kept(const struct signal_values *v)
{
	char text[SIGNALS_TEXT_MAX];
	size_t len = signals_write(signal_rules(), v, text);
	struct signal_values back;
	struct arena a;

	if (len == 0)
		return;
	arena_init(&a, 0);
	if (!signals_read(signal_rules(), text, len, &a, &back) ||
	    back.has != v->has || (back.yes & back.has) != (v->yes & v->has))
		abort();
	for (size_t i = 1; i < 3; i++)
		if ((v->has >> i & 1) != 0 && back.numbers[i] != v->numbers[i])
			abort();
	arena_fini(&a);
}

static void
settle(struct reading *r)
{
	if (!r->is_stream)
		signal_scan_end(&r->signals);
	signal_scan_settle(&r->signals, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading whole, cut;
	const char *body = (const char *)data + 1;
	size_t step, len = size - 1;

	if (size < 1)
		return 0;
	step = 1 + (data[0] >> 1);
	reading_init(&whole, dialects_shipped(), data[0] & 1);
	reading_init(&cut, dialects_shipped(), data[0] & 1);
	reading_find(&whole, signal_rules(), true);
	reading_find(&cut, signal_rules(), true);
	reading_feed(&whole, body, len);
	for (size_t at = 0; at < len; at += step)
		reading_feed(&cut, body + at, len - at < step ? len - at : step);
	if (reading_judge(&whole) != reading_judge(&cut) ||
	    whole.events != cut.events ||
	    reading_tokens(&whole) != reading_tokens(&cut))
		abort();
	settle(&whole);
	settle(&cut);
	if (memcmp(&whole.signals.values, &cut.signals.values,
	    sizeof cut.signals.values) != 0)
		abort();
	expect_kept(&whole.signals.values);
	return 0;
}
