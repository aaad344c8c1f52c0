/* scalars -- the plain types of configuration values.
 * SPDX-License-Identifier: MIT
 *
 * Booleans, counts, durations, sizes, shares, words and texts: read from
 * JSON, checked against the row's bounds, written with the field's width.
 * Contract in keys.h.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/keys.h"
#include "config/read.h"

#define TEXT_MAX 256
#define WHOLE_MAX 9007199254740992.0 /* 2^53: what a double counts exactly */

int
word_index(const char *const *words, const char *text, size_t len)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
			return i;
	return -1;
}

/* A short string as a C string; the tree's texts need not end with NUL. */
static bool
short_text(const struct json *value, char out[SHOWN_MAX])
{
	return value->kind == JSON_STRING &&
	    memchr(value->text, '\0', value->len) == NULL &&
	    text_copy(out, SHOWN_MAX, value->text, value->len);
}

/* Whole numbers go into fields of 4 or 8 bytes, by the row's width. */
static void
store_whole(const struct key *key, void *target, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;

	assert(key->width == sizeof value || value <= UINT32_MAX);
	if (key->width == sizeof value)
		memcpy(key_field(key, target), &value, sizeof value);
	else
		memcpy(key_field(key, target), &narrow, sizeof narrow);
}

static bool
is_in_range(struct reader *r, const struct key *key,
    const struct json *value, double number)
{
	char shown[SHOWN_MAX], low[32], high[32];

	if (number >= key->min && number <= key->max)
		return true;
	key->type->format(key->min, low);
	key->type->format(key->max, high);
	return read_fault(r, value, "%s is out of range; write %s to %s",
	    read_shown(value, shown), low, high);
}

/* --- booleans, numbers -------------------------------------------------- */

static bool
read_bool(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	bool yes = value->kind == JSON_TRUE;

	if (!yes && value->kind != JSON_FALSE)
		return read_expected(r, value, key->type->expects);
	memcpy(key_field(key, target), &yes, sizeof yes);
	return true;
}

static void
schema_bool(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"boolean\"");
}

static bool
is_whole(const struct json *value)
{
	return value->kind == JSON_NUMBER &&
	    strspn(value->text, "0123456789") >= value->len &&
	    json_number(value) <= WHOLE_MAX;
}

static bool
read_count(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	double number;

	if (value->kind != JSON_NUMBER)
		return read_expected(r, value, key->type->expects);
	number = json_number(value);
	if (!is_in_range(r, key, value, number))
		return false;
	if (!is_whole(value))
		return read_expected(r, value, key->type->expects);
	store_whole(key, target, (uint64_t)number);
	return true;
}

static void
format_count(double bound, char out[32])
{
	snprintf(out, 32, "%.0f", bound);
}

static void
schema_count(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": \"integer\", \"minimum\": %.0f, "
	    "\"maximum\": %.0f", key->min, key->max);
}

static bool
read_factor(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	double number;

	if (value->kind != JSON_NUMBER)
		return read_expected(r, value, key->type->expects);
	number = json_number(value);
	if (!is_in_range(r, key, value, number))
		return false;
	memcpy(key_field(key, target), &number, sizeof number);
	return true;
}

static void
format_factor(double bound, char out[32])
{
	snprintf(out, 32, "%g", bound);
}

static void
schema_factor(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": \"number\", \"minimum\": %g, "
	    "\"maximum\": %g", key->min, key->max);
}

/* --- durations, sizes --------------------------------------------------- */

static bool
read_duration(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], text[SHOWN_MAX];
	uint64_t us;

	if (value->kind == JSON_NUMBER)
		return read_fault(r, value, "%s has no unit; write %s",
		    read_shown(value, shown), key->type->expects);
	if (value->kind != JSON_STRING)
		return read_expected(r, value, key->type->expects);
	if (!short_text(value, text) || !text_duration_us(text, &us))
		return read_fault(r, value, "%s is not a duration; write a number "
		    "and one of the units us, ms, s, m, h, d, like \"250ms\"",
		    read_shown(value, shown));
	if (us % 1000 != 0)
		return read_fault(r, value, "%s is finer than a millisecond; "
		    "write whole milliseconds", read_shown(value, shown));
	if (!is_in_range(r, key, value, (double)(us / 1000)))
		return false;
	store_whole(key, target, us / 1000);
	return true;
}

static void
format_duration(double bound, char out[32])
{
	text_format_duration((uint64_t)bound * 1000, out);
}

static void
schema_duration(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\", \"pattern\": "
	    "\"^[0-9]+(\\\\.[0-9]+)?(us|ms|s|m|h|d)$\"");
}

static bool
size_of_value(const struct json *value, uint64_t *out)
{
	char text[SHOWN_MAX];

	if (value->kind == JSON_STRING)
		return short_text(value, text) && text_size_bytes(text, out);
	if (!is_whole(value))
		return false;
	*out = (uint64_t)json_number(value);
	return true;
}

static bool
read_size(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char shown[SHOWN_MAX];
	uint64_t bytes;

	if (value->kind != JSON_STRING && value->kind != JSON_NUMBER)
		return read_expected(r, value, key->type->expects);
	if (!size_of_value(value, &bytes))
		return read_fault(r, value, "%s is not a size; write bytes, or a "
		    "number and one of the units B, KiB, MiB, GiB, like \"64KiB\"",
		    read_shown(value, shown));
	if (!is_in_range(r, key, value, (double)bytes))
		return false;
	store_whole(key, target, bytes);
	return true;
}

static void
format_size(double bound, char out[32])
{
	static const char *const units[] = { "", "KiB", "MiB", "GiB" };
	uint64_t n = (uint64_t)bound;
	size_t unit = 0;

	while (n != 0 && n % 1024 == 0 && unit + 1 < COUNT_OF(units)) {
		n /= 1024;
		unit++;
	}
	snprintf(out, 32, "%llu%s", (unsigned long long)n, units[unit]);
}

static void
schema_size(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": [\"string\", \"integer\"], \"pattern\": "
	    "\"^[0-9]+(\\\\.[0-9]+)?(B|KiB|MiB|GiB)?$\", \"minimum\": %.0f, "
	    "\"maximum\": %.0f", key->min, key->max);
}

/* --- shares --------------------------------------------------------------- */

/* The number of percent, whatever it is, so that a fault can say whether
 * the form, the range or the step is wrong.  "12.5%" or 12.5. */
static bool
percent_of_value(const struct json *value, double *out)
{
	char text[SHOWN_MAX], *end;

	if (value->kind == JSON_NUMBER) {
		*out = json_number(value);
		return true;
	}
	if (!short_text(value, text) ||
	    strspn(text, "-.0123456789") + 1 != value->len)
		return false;
	*out = strtod(text, &end);
	return end != text && strcmp(end, "%") == 0;
}

static bool
share_of_value(struct reader *r, const struct key *key,
    const struct json *value, uint32_t *milli_out)
{
	char shown[SHOWN_MAX];
	double percent, milli;

	if (value->kind != JSON_STRING && value->kind != JSON_NUMBER)
		return read_expected(r, value, key->type->expects);
	if (!percent_of_value(value, &percent))
		return read_fault(r, value, "%s is not a share; write a number of "
		    "percent like 5 or \"5%%\"", read_shown(value, shown));
	if (!is_in_range(r, key, value, percent * 1000))
		return false;
	milli = (double)(uint32_t)(percent * 1000 + 0.5);
	/* 1e-6 is far over the error of a double here and far under a step. */
	if (percent * 1000 - milli > 1e-6 || milli - percent * 1000 > 1e-6)
		return read_fault(r, value, "%s is finer than 0.001 percent; round "
		    "it to three decimals", read_shown(value, shown));
	*milli_out = (uint32_t)milli;
	return true;
}

static bool
read_share(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	uint32_t milli;

	if (!share_of_value(r, key, value, &milli))
		return false;
	store_whole(key, target, milli);
	return true;
}

/* A share kept as 0..1, for arithmetic. */
static bool
read_rate(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	uint32_t milli;
	double rate;

	if (!share_of_value(r, key, value, &milli))
		return false;
	rate = milli / 100000.0;
	memcpy(key_field(key, target), &rate, sizeof rate);
	return true;
}

static void
format_share(double bound, char out[32])
{
	text_format_share((uint32_t)bound, out);
}

static void
schema_share(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": [\"number\", \"string\"], \"pattern\": "
	    "\"^[0-9]+(\\\\.[0-9]{1,3})?%%$\", \"minimum\": %g, "
	    "\"maximum\": %g", key->min / 1000, key->max / 1000);
}

/* --- words, texts --------------------------------------------------------- */

static void
fault_choice(struct reader *r, const struct key *key,
    const struct json *value)
{
	struct buf words = { 0 };
	char shown[SHOWN_MAX], typed[SHOWN_MAX];
	const char *near;
	size_t count = 0;

	for (; key->words[count] != NULL; count++)
		buf_printf(&words, "%s\"%s\"", count > 0 ? ", " : "",
		    key->words[count]);
	near = short_text(value, typed) ?
	    text_nearest(typed, key->words, count) : NULL;
	if (near != NULL)
		read_fault(r, value, "%s is not one of %s; did you mean \"%s\"?",
		    read_shown(value, shown), words.bytes, near);
	else
		read_fault(r, value, "%s is not one of %s; write one of them",
		    read_shown(value, shown), words.bytes);
	buf_fini(&words);
}

static bool
read_choice(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	int index;

	if (value->kind != JSON_STRING)
		return read_expected(r, value, key->type->expects);
	index = word_index(key->words, value->text, value->len);
	if (index < 0) {
		fault_choice(r, key, value);
		return false;
	}
	store_whole(key, target, (uint64_t)index);
	return true;
}

static void
schema_choice(const struct key *key, struct buf *out)
{
	buf_puts(out, "\"enum\": [");
	for (size_t i = 0; key->words[i] != NULL; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "", key->words[i]);
	buf_puts(out, "]");
}

static bool
read_text(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char *copy;

	if (!read_is_text(r, value, TEXT_MAX, key->type->expects))
		return false;
	copy = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &copy, sizeof copy);
	return true;
}

void
key_schema_text(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"string\", \"minLength\": 1");
}

static void
schema_text(const struct key *key, struct buf *out)
{
	(void)key;
	buf_printf(out, "\"type\": \"string\", \"minLength\": 1, "
	    "\"maxLength\": %d", TEXT_MAX);
}

/* "$schema": for the editor, nothing to us. */
static bool
read_ignored(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	(void)target;
	return read_is_text(r, value, 4096, key->type->expects);
}

static void
schema_ignored(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\"");
}

const struct key_type key_bool = { "boolean", "true or false", read_bool,
	NULL, schema_bool };
const struct key_type key_count = { "number", "a whole number", read_count,
	format_count, schema_count };
const struct key_type key_factor = { "number", "a number", read_factor,
	format_factor, schema_factor };
const struct key_type key_duration = { "duration",
	"a duration like \"250ms\", \"15m\" or \"48h\"", read_duration,
	format_duration, schema_duration };
const struct key_type key_size = { "size",
	"a number of bytes or a size like \"256KiB\"", read_size, format_size,
	schema_size };
const struct key_type key_share = { "share",
	"a number of percent like 5 or \"5%\"", read_share, format_share,
	schema_share };
const struct key_type key_rate = { "share",
	"a number of percent like 5 or \"5%\"", read_rate, format_share,
	schema_share };
const struct key_type key_choice = { "word", "a word in quotes", read_choice,
	NULL, schema_choice };
const struct key_type key_text = { "text", "a text in quotes", read_text,
	NULL, schema_text };
const struct key_type key_ignored = { "text", "the address of a JSON Schema",
	read_ignored, NULL, schema_ignored };
