/* signal_scan -- see signal_scan.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/signal_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Eleven days, or a thousand million: more is taken for that much, so that no
 * sum of a window overflows. */

/* --- values --------------------------------------------------------------------- */

/* JSON's numbers, and of headers what looks like one. */
static bool
take_number(const char *text, size_t len, double *out)
{
	char copy[POINTER_NAME_MAX + 1], *end;

	if (len == 0 || !text_copy(copy, sizeof copy, text, len) ||
	    strspn(copy, "0123456789+-.eE") != len)
		return false;
	*out = strtod(copy, &end);
	return *end == '\0' && isfinite(*out);
}

static bool
is_same(double a, double b)
{
	return a >= b && a <= b;
}

static bool
is_text(const struct signal_value *v, const char *text, size_t len)
{
	return v->len == len && memcmp(v->text, text, len) == 0;
}

static bool
is_word(const char *word, const char *text, size_t len)
{
	return strlen(word) == len && memcmp(word, text, len) == 0;
}

/* What stands there, whatever it was written as. */
struct standing {
	enum json_kind kind;
	bool is_typed;     /* JSON: a text is no number */
	const char *text;
	size_t len;
};

static bool
is_equal(const struct signal_value *v, const struct standing *s)
{
	static const enum json_kind kinds[] = { [VALUE_TEXT] = JSON_STRING,
		[VALUE_NUMBER] = JSON_NUMBER, [VALUE_TRUE] = JSON_TRUE,
		[VALUE_FALSE] = JSON_FALSE, [VALUE_NULL] = JSON_NULL };
	static const char *const words[] = { [VALUE_TRUE] = "true",
		[VALUE_FALSE] = "false", [VALUE_NULL] = "null" };
	double number;

	if (s->is_typed && kinds[v->kind] != s->kind)
		return false;
	switch (v->kind) {
	case VALUE_TEXT:
		return is_text(v, s->text, s->len);
	case VALUE_NUMBER:
		return take_number(s->text, s->len, &number) &&
		    is_same(number, v->number);
	case VALUE_TRUE:
	case VALUE_FALSE:
	case VALUE_NULL:
		break;
	}
	return s->is_typed || is_word(words[v->kind], s->text, s->len);
}

static bool
is_yes(const struct signal_rule *rule, const struct standing *s)
{
	double number;

	for (size_t i = 0; i < rule->equals_count; i++)
		if (is_equal(&rule->equals[i], s))
			return true;
	if (rule->equals != NULL)
		return false;
	if (s->kind == JSON_TRUE)
		return true;
	if (s->kind == JSON_NUMBER || !s->is_typed)
		if (take_number(s->text, s->len, &number))
			return !is_same(number, 0);
	return s->kind == JSON_STRING && is_word("true", s->text, s->len);
}

/* In what is counted: microseconds or thousandths. */
static int64_t
counted(const struct signal_rule *rule, double number)
{
	static const double factors[] = { [SIGNAL_PLAIN] = 1e3, [SIGNAL_US] = 1,
		[SIGNAL_MS] = 1e3, [SIGNAL_S] = 1e6 };
	double value = number * rule->scale * factors[rule->unit];

	return llrint(fmax(-SIGNAL_COUNTED_MAX, fmin(SIGNAL_COUNTED_MAX, value)));
}

static void
take(struct signal_scan *r, size_t i, const struct standing *s)
{
	const struct signal_rule *rule = &r->rules->list[i];
	uint16_t bit = (uint16_t)(1u << i);
	double number;

	if (rule->kind == SIGNAL_SHARE) {
		r->values.has |= bit;
		r->values.yes &= (uint16_t)~bit;
		if (is_yes(rule, s))
			r->values.yes |= bit;
	} else if ((s->kind == JSON_NUMBER || s->kind == JSON_STRING) &&
	    take_number(s->text, s->len, &number)) {
		r->values.has |= bit;
		r->values.numbers[i] = counted(rule, number);
	}
}

/* --- reading -------------------------------------------------------------------- */

void
signal_scan_init(struct signal_scan *r, const struct signal_rules *rules)
{
	r->rules = rules;
	r->whole = false;
	memset(&r->values, 0, sizeof r->values);
}

void
signal_scan_header(struct signal_scan *r, size_t i, const char *value,
    size_t len)
{
	const struct standing s = { JSON_STRING, false, value, len };

	take(r, i, &s);
}

/* Of what is longer than is told only its beginning is known: it is something,
 * and nothing that a rule could name. */
static void
on_found(void *arg, const struct json_found *f)
{
	struct signal_scan *r = arg;
	const struct standing s = { f->cut ? JSON_OBJECT : f->kind, true, f->text,
		f->len };

	take(r, r->rules->marks[f->mark], &s);
}

void
signal_scan_begin(struct signal_scan *r)
{
	json_scan_init(&r->scan, r->rules->places);
}

void
signal_scan_feed(struct signal_scan *r, const char *bytes, size_t len)
{
	(void)json_scan_feed(&r->scan, bytes, len, on_found, r);
}

void
signal_scan_end(struct signal_scan *r)
{
	if (json_scan_finish(&r->scan, on_found, r) == JSON_SCAN_END)
		r->whole = true;
}

void
signal_scan_settle(struct signal_scan *r, bool has_answer)
{
	for (size_t i = 0; i < r->rules->count; i++) {
		const struct signal_rule *rule = &r->rules->list[i];
		bool is_known = rule->header != NULL ? has_answer : r->whole;

		if (rule->kind == SIGNAL_SHARE && rule->absent == ABSENT_NO &&
		    is_known)
			r->values.has |= (uint16_t)(1u << i);
	}
}
