/* compare_keys -- the keys of "compare": how two answers are compared.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include "config/compare_keys.h"

#include "base/compiler.h"
#include "config/compare_rules.h"
#include "config/words.h"

#define WHOLE 100000 /* thousandths of a percent */
#define DAY 86400e3

/* The rows of struct value_rules, in the struct of another table. */
#define VALUE_KEYS(type) \
	{ "string", &key_choice, KEY_FIELD(type, value.string), \
	    .words = string_words, .standard = KEY_TEXT("auto"), \
	    .help = "When two strings are the same: as without a rule " \
	    "(`auto`); of equal bytes; whatever the case; without white space " \
	    "at both ends; when both match `pattern` from end to end; at most " \
	    "`within` apart in time (numbers too); when both are UUIDs; when " \
	    "they are one URL normalised; as alike as `similarity`." }, \
	{ "pattern", &key_regex, KEY_FIELD(type, value.pattern), \
	    .help = "Regular expression (PCRE2, UTF-8) of `regex`." }, \
	{ "within", &key_duration, KEY_FIELD(type, value.within_ms), \
	    .max = 365 * DAY, .help = "How far two of `timestamp` may be apart." }, \
	{ "query", &key_choice, KEY_FIELD(type, value.query), \
	    .words = query_words, .standard = KEY_TEXT("ordered"), \
	    .help = "Whether the order of the query's parts counts in `url`." }, \
	{ "similarity", &key_factor, KEY_FIELD(type, value.similarity), \
	    .max = 1, .help = "How alike two of `text` must be." }, \
	TOLERANCE_KEYS(type, value.numbers.)

#define TOLERANCE_KEYS(type, of) \
	{ "absolute", &key_decimal, KEY_FIELD(type, of absolute), \
	    .help = "Numbers at most so far apart are the same, decided " \
	    "exactly. With `relative`: either is enough." }, \
	{ "relative", &key_share, KEY_FIELD(type, of relative), .max = WHOLE, \
	    .help = "Numbers apart by at most this share of the larger one " \
	    "are the same." }

static const struct key field_keys[] = {
	{ "path", &key_pointer, KEY_FIELD(struct field_rule, path),
	    .flags = KEY_REQUIRED,
	    .help = "JSON Pointer of the place; `*` stands for any item or "
	    "member." },
	{ "array", &key_choice, KEY_FIELD(struct field_rule, array),
	    .words = array_words, .standard = KEY_TEXT("position"),
	    .help = "How the items of an array there are matched: by position, "
	    "with the fewest edits; by the value at `key`; as a set, in any "
	    "order." },
	{ "key", &key_pointer, KEY_FIELD(struct field_rule, key),
	    .help = "JSON Pointer, within an item, of the string or number that "
	    "names it." },
	VALUE_KEYS(struct field_rule),
};

static const struct key_table field_table = {
	.about = "How the value at a place is compared. Of several that are "
	"about it the most specific one decides (docs/comparison.md).",
	.keys = field_keys, .count = COUNT_OF(field_keys),
	.size = sizeof(struct field_rule), .finish = check_field,
};

static const struct key header_keys[] = {
	{ "name", &key_header, KEY_FIELD(struct header_rule, name),
	    .flags = KEY_REQUIRED,
	    .help = "Name of the header, like `x-model`. Several fields of one "
	    "name are compared as one list. None that carries credentials." },
	VALUE_KEYS(struct header_rule),
};

static const struct key_table header_table = {
	.about = "A header of answers that is compared, and how. Others are not "
	"looked at.",
	.keys = header_keys, .count = COUNT_OF(header_keys),
	.size = sizeof(struct header_rule), .finish = check_header,
};

static const struct key number_keys[] = {
	TOLERANCE_KEYS(struct tolerance, ),
};

static const struct key_table number_table = {
	.about = "How far numbers may be apart, everywhere but where an item of "
	"`fields` says so itself. Absent: not at all.",
	.keys = number_keys, .count = COUNT_OF(number_keys),
};

static const struct key compare_keys[] = {
	{ "ignore", &key_pointers,
	    KEY_LIST_FIELD(struct compare_rules, ignore, ignore_count),
	    .max = 1000, .standard = "[]",
	    .help = "JSON Pointers of answers that may differ; `*` stands for "
	    "any item or member, `\"\"` for the whole answer." },
	{ "only", &key_pointers,
	    KEY_LIST_FIELD(struct compare_rules, only, only_count),
	    .max = 1000, .standard = "[]",
	    .help = "JSON Pointers of what is compared, with all that is under "
	    "it; nothing else is. Absent or empty: everything." },
	{ "presence", &key_pointers,
	    KEY_LIST_FIELD(struct compare_rules, presence, presence_count),
	    .max = 1000, .standard = "[]",
	    .help = "JSON Pointers of what must be in both answers or in none; "
	    "its value does not matter." },
	{ "fields", &key_list,
	    KEY_LIST_FIELD(struct compare_rules, fields, field_count),
	    .max = 1000, .table = &field_table, .standard = "[]",
	    .finish = check_fields,
	    .help = "How the values at some places are compared." },
	{ "headers", &key_list,
	    KEY_LIST_FIELD(struct compare_rules, headers, header_count),
	    .max = 32, .table = &header_table, .standard = "[]",
	    .finish = check_headers,
	    .help = "Headers that are compared." },
	{ "numbers", &key_object, KEY_FIELD(struct compare_rules, numbers),
	    .table = &number_table,
	    .help = "How far numbers may be apart." },
	{ "text_similarity", &key_factor,
	    KEY_FIELD(struct compare_rules, text_similarity),
	    .max = 1, .standard = "1",
	    .help = "Texts at least this much alike count as the same; 1 = "
	    "only equal ones." },
	{ "text", &key_object, KEY_FIELD(struct compare_rules, text),
	    .table = &text_table,
	    .help = "What texts must have in common however alike they are." },
};

const struct key_table compare_table = {
	.about = "How two answers are compared.",
	.keys = compare_keys, .count = COUNT_OF(compare_keys),
	.finish = check_compare,
};
