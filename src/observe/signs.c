/* signs -- see signs.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/signs.h"

#include <string.h>

#include "base/text.h"

void
signs_init(struct signs *s, const struct dialects *dialects)
{
	s->dialects = dialects;
	memset(s->tokens_in, 0xff, sizeof s->tokens_in);
	memset(s->tokens_out, 0xff, sizeof s->tokens_out);
}

void
signs_begin(struct signs *s, uint16_t asked)
{
	s->asked = asked;
	s->kinds = 0;
	s->state = JSON_SCAN_MORE;
	memset(s->seen, 0, s->dialects->count * sizeof s->seen[0]);
	json_scan_init(&s->scan, s->dialects->places);
}

/* --- what stands in the document ------------------------------------------------ */

static bool
says_something(const struct json_found *f)
{
	return f->kind != JSON_NULL && f->kind != JSON_FALSE && !f->empty &&
	    !(f->kind == JSON_NUMBER && f->len == 1 && f->text[0] == '0');
}

static bool
passes(const struct json_found *f, const struct dialect_test *t)
{
	if (t->words == NULL)
		return says_something(f);
	return f->kind == JSON_STRING && !f->cut &&
	    dialect_word_is(t->words, f->text, f->len);
}

static void
take_tokens(const struct json_found *f, uint32_t *out)
{
	char digits[12];
	uint64_t n;

	if (f->kind == JSON_NUMBER &&
	    text_copy(digits, sizeof digits, f->text, f->len) &&
	    text_u64(digits, &n) && n < UINT32_MAX)
		*out = (uint32_t)n;
}

/* Tests of the dialect that want one of these words. */
static uint32_t
tests_of_word(const struct dialect *d, unsigned what, const char *text,
    size_t len)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < d->test_count; i++)
		if (d->tests[i].what == what &&
		    dialect_word_is(d->tests[i].words, text, len))
			seen |= UINT32_C(1) << i;
	return seen;
}

static void
on_found(void *arg, const struct json_found *f)
{
	struct signs *s = arg;
	const struct dialect_use *use = &s->dialects->uses[f->mark];
	const struct dialect *d = &s->dialects->list[use->dialect];

	if ((s->asked >> use->dialect & 1) == 0)
		return;
	switch (use->what) {
	case USE_TEST:
		if (passes(f, &d->tests[use->test]))
			s->seen[use->dialect] |= UINT32_C(1) << use->test;
		break;
	case USE_KIND:
		if (f->kind != JSON_STRING || f->cut)
			break;
		s->kinds |= (uint16_t)(1u << use->dialect);
		s->seen[use->dialect] |= tests_of_word(d, TEST_KIND, f->text,
		    f->len);
		break;
	case USE_TOKENS_IN:
		take_tokens(f, &s->tokens_in[use->dialect]);
		break;
	case USE_TOKENS_OUT:
		take_tokens(f, &s->tokens_out[use->dialect]);
		break;
	}
}

void
signs_feed(struct signs *s, const char *bytes, size_t len)
{
	s->state = json_scan_feed(&s->scan, bytes, len, on_found, s);
}

/* --- what it says --------------------------------------------------------------- */

static bool
is_said(const struct sign_list *l, uint32_t seen)
{
	/* Most dialects are not the answer's. */
	if ((l->needs & seen) == 0)
		return l->always;
	for (size_t i = 0; i < l->count; i++)
		if ((l->signs[i].needs & ~seen) == 0)
			return true;
	return false;
}

static void
ask(const struct dialect *d, uint32_t seen, uint16_t bit, struct said *out)
{
	if (is_said(&d->known_by, seen))
		out->known |= bit;
	if (is_said(&d->failed_by, seen))
		out->failed |= bit;
	if (is_said(&d->ended_by, seen))
		out->ended |= bit;
	if (is_said(&d->content, seen))
		out->content |= bit;
}

enum json_scan_state
signs_end(struct signs *s, const char *event, const char *data, size_t len,
    struct said *out)
{
	bool is_json;

	s->state = json_scan_finish(&s->scan, on_found, s);
	is_json = s->state == JSON_SCAN_END;
	*out = (struct said){ 0 };
	for (size_t i = 0; i < s->dialects->count; i++) {
		const struct dialect *d = &s->dialects->list[i];
		uint16_t bit = (uint16_t)(1u << i);
		uint32_t seen = is_json ? s->seen[i] : 0;

		if ((s->asked & bit) == 0)
			continue;
		if (event != NULL && !(is_json && (s->kinds & bit) != 0))
			seen |= tests_of_word(d, TEST_KIND, event, strlen(event));
		if (event != NULL)
			seen |= tests_of_word(d, TEST_DATA, data, len);
		ask(d, seen, bit, out);
	}
	return s->state;
}
