/* noise_keys -- the keys of "noise": what legacy differs in from itself.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include "config/noise_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "config/noise_rules.h"
#include "config/pattern.h"
#include "config/read.h"
#include "config/rules.h"
#include "config/words.h"

#define PATH_MAX_BYTES 150 /* as much as a difference keeps of its path */
#define PINS_MAX 1000
#define WHOLE 100000 /* thousandths of a percent */

/* Differences that are in no document have a word for a path; those of
 * headers, the lower-case name. */
static bool
is_word(const char *text)
{
	static const char *const words[] = { "outcome", "status", "body", "text",
		NULL };
	static const char header[] = "header:";
	const char *name = text + sizeof header - 1;

	if (strncmp(text, header, sizeof header - 1) != 0)
		return word_index(words, text, strlen(text)) >= 0;
	return is_token(name, strlen(name)) && strpbrk(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL;
}

static bool
read_pin_path(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *text;
	const char *why;

	if (!read_is_text(r, value, PATH_MAX_BYTES, key->type->expects))
		return false;
	text = read_copy(r, value->text, value->len);
	if (!is_word(text) && !pointer_is_ok(text, &why))
		return read_fault(r, value, "%s %s; or one of \"outcome\", "
		    "\"status\", \"body\", \"text\", \"header:name\"",
		    read_shown(value, shown), why);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static void
schema_pin_path(const struct key *key UNUSED, struct buf *out)
{
	buf_printf(out, "\"type\": \"string\", \"minLength\": 1, "
	    "\"maxLength\": %d", PATH_MAX_BYTES);
}

static const struct key_type key_pin_path = { "path",
	"a JSON Pointer like \"/choices/*/id\"", read_pin_path, NULL,
	schema_pin_path };

static const struct key pin_keys[] = {
	{ "path", &key_pin_path, KEY_FIELD(struct noise_pin, path),
	    .flags = KEY_REQUIRED,
	    .help = "Where: a JSON Pointer as differences are listed, `*` for "
	    "any one segment (array items are listed as `*`); all below it is "
	    "meant too. Or `text`, `body`, `status`, `outcome`, "
	    "`header:NAME`." },
	{ "as", &key_choice, KEY_FIELD(struct noise_pin, as),
	    .flags = KEY_REQUIRED, .words = pin_words,
	    .help = "`noise`: differences there never count. `real`: they always "
	    "do, however legacy differs from itself." },
};

static const struct key_table pin_table = {
	.about = "What is known of a path without a second call to legacy.",
	.keys = pin_keys, .count = COUNT_OF(pin_keys),
	.size = sizeof(struct noise_pin),
};

static const struct key noise_keys[] = {
	{ "sample", &key_share, KEY_FIELD(struct noise_rules, sample),
	    .max = WHOLE, .standard = KEY_TEXT("0%"),
	    .help = "Of mirrored requests, those that legacy is asked a second "
	    "time, to see how it differs from itself. `backends.control` "
	    "gets these calls if it is there, else legacy: then what a "
	    "request does there happens twice." },
	{ "pins", &key_list, KEY_LIST_FIELD(struct noise_rules, pins, pin_count),
	    .max = PINS_MAX, .table = &pin_table, .standard = "[]",
	    .help = "Paths that are noise, or are not, whatever was learned. "
	    "The first that covers a path decides." },
};

const struct key_table noise_table = {
	.about = "What differs by nature: ids, clocks, the wording of a model. "
	"A pair whose every difference is noise has the verdict `noise`, and "
	"does not count as different.",
	.keys = noise_keys, .count = COUNT_OF(noise_keys),
};
