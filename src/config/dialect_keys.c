/* dialect_keys -- the keys of "dialects": how answers of an API are read.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h; what they
 * mean together is in docs/comparison.md.
 */
#include "config/dialect_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "config/dialects.h"
#include "config/pattern.h"
#include "config/read.h"
#include "config/words.h"

#define TARGET_MAX_BYTES 1024
#define WORDS_MAX 100

/* --- types ------------------------------------------------------------------- */

static bool
word_is_ok(struct reader *r, const struct json *item)
{
	char shown[SHOWN_MAX];
	const char *star;

	if (!read_is_text(r, item, DIALECT_WORD_MAX, "a word in quotes"))
		return false;
	star = memchr(item->text, '*', item->len);
	if (star == NULL || memchr(star + 1, '*',
	    item->len - (size_t)(star + 1 - item->text)) == NULL)
		return true;
	return read_fault(r, item, "%s has more than one \"*\"; one is possible",
	    read_shown(item, shown));
}

static bool
read_words(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char **words;

	if (!read_text_list(r, key, value, &words, word_is_ok))
		return false;
	memcpy(key_field(key, target), &words, sizeof words);
	return true;
}

static void
schema_words(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": \"array\", \"minItems\": %.0f, "
	    "\"items\": {\"type\": \"string\", \"minLength\": 1, "
	    "\"maxLength\": %d}", key->min, DIALECT_WORD_MAX);
}

/* The pointer in braces, if the segment is one. */
static bool
braces_are_ok(struct reader *r, const char *segment, size_t len,
    const char **why)
{
	if (memchr(segment, '{', len) == NULL && memchr(segment, '}', len) == NULL)
		return true;
	if (segment[0] == '{' && segment[len - 1] == '}')
		return pointer_is_ok(read_copy(r, segment + 1, len - 2), why);
	*why = "has a brace within a segment; write {/POINTER} for all of it";
	return false;
}

static bool
target_is_ok(struct reader *r, const char *text, const char **why)
{
	if (text[0] == '\0')
		return true;
	if (!pointer_is_ok(text, why))
		return false;
	while (*text == '/') {
		size_t len = text[1] == '{' ? strcspn(text + 1, "}") : 0;

		len += strcspn(text + 1 + len, "/");
		if (len > 0 && !braces_are_ok(r, text + 1, len, why))
			return false;
		text += 1 + len;
	}
	return true;
}

static bool
read_target(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *text;
	const char *why;

	if (value->kind != JSON_STRING || value->len > 0)
		if (!read_is_text(r, value, TARGET_MAX_BYTES,
		    key->type->expects))
			return false;
	text = read_copy(r, value->text, value->len);
	if (!target_is_ok(r, text, &why))
		return read_fault(r, value, "%s %s", read_shown(value, shown), why);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static void
schema_target(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\", \"pattern\": \"^(/.*)?$\"");
}

static const struct key_type key_words = { "list of words",
	"a list of words in [ ]", read_words, NULL, schema_words };
static const struct key_type key_target = { "JSON Pointer with {/POINTER}",
	"a JSON Pointer like \"/content/{/index}\"", read_target, NULL,
	schema_target };

/* --- what rows cannot say ------------------------------------------------------ */

static void
check_sign(struct reader *r, const struct json *object, void *target)
{
	const struct sign *s = target;

	if (json_member(object, "at") == NULL &&
	    json_member(object, "on") == NULL &&
	    json_member(object, "data") == NULL)
		read_fault(r, object, "says nothing; add \"at\", \"on\" or \"data\"");
	if (s->is != NULL && json_member(object, "at") == NULL)
		read_fault_in(r, object, "is", "goes with \"at\"; add it");
}

static unsigned
stars_of(const char *pointer)
{
	unsigned n = 0;

	while ((pointer = strstr(pointer, "/*")) != NULL) {
		n += pointer[2] == '/' || pointer[2] == '\0';
		pointer += 2;
	}
	return n;
}

static void
check_take(struct reader *r, const struct json *object, void *target)
{
	const struct fold_take *t = target;

	if (t->from != NULL && t->to != NULL &&
	    stars_of(t->to) > stars_of(t->from))
		read_fault_in(r, object, "to", "has more \"*\" than \"from\", and "
		    "each stands for one of its own; write {/POINTER}");
}

static void
check_dialect(struct reader *r, const struct json *object, void *target)
{
	const struct dialect *d = target;
	bool plain = d->name != NULL && strcmp(d->name, "plain") == 0;

	if (plain && !dialect_is_plain(d))
		read_fault_in(r, object, "known_by", "does not go with the name "
		    "\"plain\", which is for whatever no other dialect knows; "
		    "remove it, or give another name");
	else if (d->name != NULL && !plain && dialect_is_plain(d))
		read_fault(r, object, "needs \"known_by\": by what is an answer "
		    "seen to be of this dialect?");
}

/* --- tables -------------------------------------------------------------------- */

static const struct key sign_keys[] = {
	{ "at", &key_pointer, KEY_FIELD(struct sign, at),
	    .help = "JSON Pointer of an answer, or of an event's data: something "
	    "is there, and not null, false, 0 or empty. `*` stands for any item "
	    "or member." },
	{ "is", &key_words, KEY_FIELD(struct sign, is), .min = 1,
	    .max = WORDS_MAX,
	    .help = "Of `at`: it is one of these texts. `*` in one stands for "
	    "any rest, once." },
	{ "on", &key_words, KEY_FIELD(struct sign, on), .min = 1,
	    .max = WORDS_MAX,
	    .help = "The event is of one of these kinds." },
	{ "data", &key_words, KEY_FIELD(struct sign, data), .min = 1,
	    .max = WORDS_MAX,
	    .help = "The event's data is one of these texts." },
};

static const struct key_table sign_table = {
	.about = "A sign is there when all that it asks for holds.",
	.keys = sign_keys, .count = COUNT_OF(sign_keys),
	.size = sizeof(struct sign), .finish = check_sign,
};

static const struct key token_keys[] = {
	{ "input", &key_pointers,
	    KEY_LIST_FIELD(struct dialect, tokens_in, tokens_in_count),
	    .max = 16, .standard = "[]",
	    .help = "Where the tokens of the request stand; the last number "
	    "counts." },
	{ "output", &key_pointers,
	    KEY_LIST_FIELD(struct dialect, tokens_out, tokens_out_count),
	    .max = 16, .standard = "[]", .help = "And those of the answer." },
};

static const struct key_table token_table = {
	.about = "Where an answer says what was used.",
	.keys = token_keys, .count = COUNT_OF(token_keys),
};

static const struct key take_keys[] = {
	{ "from", &key_pointer, KEY_FIELD(struct fold_take, from),
	    .flags = KEY_REQUIRED,
	    .help = "JSON Pointer of the event's data, `\"\"` for all of it. Of "
	    "several that hold, the most specific one." },
	{ "to", &key_target, KEY_FIELD(struct fold_take, to),
	    .help = "Where in the message it belongs: a JSON Pointer in which "
	    "`*` is the item of `from`'s, found by its `index` or else its "
	    "position, `{/POINTER}` the item with the number that the event has "
	    "there, and `-` a new item. Default: as `from`." },
	{ "how", &key_choice, KEY_FIELD(struct fold_take, how),
	    .words = fold_how_words, .standard = KEY_TEXT("last"),
	    .help = "`last`: what is not null replaces, objects member by "
	    "member; `join`: strings and arrays go on; `guess`: likewise, but a "
	    "string that every event repeats is there once; `skip`: not taken." },
};

static const struct key_table take_table = {
	.about = "What becomes of one part of an event.",
	.keys = take_keys, .count = COUNT_OF(take_keys),
	.size = sizeof(struct fold_take), .finish = check_take,
};

static const struct key group_keys[] = {
	{ "on", &key_words, KEY_FIELD(struct fold_group, on), .min = 1,
	    .max = WORDS_MAX,
	    .help = "Kinds of event; the first item that has the kind decides. "
	    "Absent: any." },
	{ "take", &key_list,
	    KEY_LIST_FIELD(struct fold_group, takes, take_count),
	    .max = 100, .table = &take_table, .standard = "[]",
	    .help = "What is taken of the event. Absent: nothing." },
};

static const struct key_table group_table = {
	.about = "How events of some kinds are folded. An event of a kind that no "
	"item has leaves `/other/KIND` in the message.",
	.keys = group_keys, .count = COUNT_OF(group_keys),
	.size = sizeof(struct fold_group),
};

#define SIGN_KEY(key, list, text) \
	{ key, &key_list, \
	    KEY_LIST_FIELD(struct dialect, list.signs, list.count), \
	    .max = DIALECT_TESTS_MAX, .table = &sign_table, .standard = "[]", \
	    .help = text }

static const struct key dialect_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct dialect, name),
	    .flags = KEY_REQUIRED,
	    .help = "What records call it. One of a name that is built in "
	    "replaces it." },
	{ "kind", &key_pointer, KEY_FIELD(struct dialect, kind),
	    .help = "JSON Pointer of an event's kind. Absent, or where an event "
	    "has none: the name of the event, which is `message` unless it is "
	    "given." },
	SIGN_KEY("known_by", known_by, "Any of these: the answer is of this "
	    "dialect. `plain` has none: it is for what no other knows."),
	SIGN_KEY("failed_by", failed_by, "Any of these: the version has failed, "
	    "whatever the status says (outcome `answer_error`)."),
	SIGN_KEY("ended_by", ended_by, "A stream without any of these was cut "
	    "(`answer_cut`). None: its last byte is its end."),
	SIGN_KEY("content", content, "An answer without any of these says "
	    "nothing (`answer_empty`), and with the first of them it begins to "
	    "say something. None: any byte will do."),
	{ "tokens", &key_object, .table = &token_table,
	    .help = "Where an answer says what was used." },
	{ "fold", &key_list, KEY_LIST_FIELD(struct dialect, fold, fold_count),
	    .max = 100, .table = &group_table, .standard = "[]",
	    .help = "How the events of a stream become one message." },
	{ "whole", &key_words, KEY_FIELD(struct dialect, whole),
	    .max = WORDS_MAX, .standard = "[]",
	    .help = "Members of these names do not go on where strings are "
	    "joined: the last one holds." },
	{ "once", &key_words, KEY_FIELD(struct dialect, once),
	    .max = WORDS_MAX, .standard = "[]",
	    .help = "And these go on, unless the same comes again." },
	{ "json", &key_pointers,
	    KEY_LIST_FIELD(struct dialect, json, json_count),
	    .max = 100, .standard = "[]",
	    .help = "JSON Pointers of the message, and of an answer that is not "
	    "streamed, where a string holds a JSON document: it is compared as "
	    "one." },
	{ "drop", &key_pointers,
	    KEY_LIST_FIELD(struct dialect, drop, drop_count),
	    .max = 100, .standard = "[]",
	    .help = "And where what is there says nothing." },
};

const struct key_table dialect_table = {
	.about = "How the answers of an API are read: one item for each dialect. "
	"Those of `rules/dialects.json` are built in and need not be named; "
	"what is here goes before them (docs/comparison.md).",
	.keys = dialect_keys, .count = COUNT_OF(dialect_keys),
	.size = sizeof(struct dialect), .finish = check_dialect,
};
