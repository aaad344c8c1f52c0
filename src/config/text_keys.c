/* text_keys -- the keys of "compare.text": what texts must have in common.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h; the table
 * is compare_keys.c's, through compare_keys.h.
 */
#include <string.h>

#include "base/compiler.h"
#include "base/regex.h"
#include "config/compare_keys.h"
#include "config/compare_rules.h"
#include "config/read.h"
#include "config/words.h"

#define PHRASE_MAX_BYTES 200

static bool
is_list(struct reader *r, const struct key *key, const struct json *value)
{
	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	return (double)value->count <= key->max ||
	    read_fault(r, value, "has %zu items; list at most %.0f",
	    value->count, key->max);
}

/* --- flags ----------------------------------------------------------------- */

static bool
read_flag(struct reader *r, const struct json *item, unsigned *bits)
{
	char shown[SHOWN_MAX];
	int index = item->kind != JSON_STRING ? -1 :
	    word_index(text_flag_words, item->text, item->len);

	if (index < 0)
		return read_fault(r, item, "%s is nothing that texts are looked "
		    "through for; write \"language\", \"empty\", \"refusal\", "
		    "\"number\", \"price\", \"date\", \"name\", \"cut\" or \"negation\"",
		    read_shown(item, shown));
	*bits |= 1u << index;
	return true;
}

static bool
read_flags(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	unsigned bits = 0;
	bool ok = true;
	size_t i = 0;

	if (!is_list(r, key, value))
		return false;
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		size_t mark = read_enter_item(r, i++);

		ok = read_flag(r, v, &bits) && ok;
		read_leave(r, mark);
	}
	if (ok)
		memcpy(key_field(key, target), &bits, sizeof bits);
	return ok;
}

static void
schema_flags(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"array\", \"items\": {\"enum\": [");
	for (size_t i = 0; text_flag_words[i] != NULL; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "", text_flag_words[i]);
	buf_puts(out, "]}");
}

/* --- refusals -------------------------------------------------------------- */

static bool
read_phrases(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	bool ok = true;
	char **phrases;
	size_t i = 0;

	if (!is_list(r, key, value))
		return false;
	phrases = read_alloc(r, (value->count + 1) * sizeof *phrases);
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		ok = read_is_text(r, v, PHRASE_MAX_BYTES, "a phrase in quotes") &&
		    ok;
		if (ok)
			phrases[i] = read_copy(r, v->text, v->len);
		read_leave(r, mark);
	}
	if (ok)
		memcpy(key_field(key, target), &phrases, sizeof phrases);
	return ok;
}

/* The list is the rules' also when one is broken: what was compiled is freed
 * with them. */
static bool
read_patterns(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct regex **patterns;
	size_t i = 0, count = 0;

	if (!is_list(r, key, value))
		return false;
	patterns = read_alloc(r, (value->count + 1) * sizeof *patterns);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		size_t mark = read_enter_item(r, i++);

		patterns[count] = read_pattern_text(r, v, REGEX_ANYWHERE);
		count += patterns[count] != NULL;
		read_leave(r, mark);
	}
	memcpy(key_field(key, target), &patterns, sizeof patterns);
	return count == value->count;
}

static void
schema_texts(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": \"array\", \"maxItems\": %.0f, "
	    "\"items\": {\"type\": \"string\", \"minLength\": 1}", key->max);
}

static const struct key_type key_flags = { "list of words",
	"a list like [\"number\", \"refusal\"]", read_flags, NULL, schema_flags };
static const struct key_type key_phrases = { "list of phrases",
	"a list of phrases in [ ]", read_phrases, NULL, schema_texts };
static const struct key_type key_regexes = { "list of regular expressions",
	"a list of regular expressions in [ ]", read_patterns, NULL,
	schema_texts };

static const struct key text_keys[] = {
	{ "flags", &key_flags, KEY_FIELD(struct text_rules, flags),
	    .max = TEXT_FLAG_COUNT, .standard = "[\"language\", \"empty\", "
	    "\"refusal\", \"number\", \"price\", \"date\", \"name\", \"cut\", "
	    "\"negation\"]",
	    .help = "What makes two texts different however alike they are: "
	    "another language or script; one that says nothing, refuses or "
	    "breaks off; a number, price, date or name that only one has; a "
	    "sentence that one says and the other denies." },
	{ "refusals", &key_phrases, KEY_FIELD(struct text_rules, refusals),
	    .max = 200, .standard = "[]",
	    .help = "A text refuses if one of these phrases stands among its "
	    "first 60 words, whatever the case and punctuation." },
	{ "refusal_patterns", &key_regexes,
	    KEY_FIELD(struct text_rules, refusal_patterns),
	    .max = 50, .standard = "[]",
	    .help = "And if one of these regular expressions (PCRE2, UTF-8) "
	    "matches somewhere in its first 1000 bytes." },
};

const struct key_table text_table = {
	.about = "What texts are looked through for, wherever two are compared "
	"by likeness and are not equal (docs/comparison.md).",
	.keys = text_keys, .count = COUNT_OF(text_keys),
};
