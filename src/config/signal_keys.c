/* signal_keys -- the keys of "signals": numbers read from answers.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include "config/signal_keys.h"

#include <string.h>
#include <xxhash.h>

#include "base/compiler.h"
#include "base/pointer_tree.h"
#include "config/pattern.h"
#include "config/read.h"
#include "config/rules.h"
#include "config/words.h"

#define FIELD_NAME_MAX 256
/* As long as a text that json_scan.h tells. */
#define EQUALS_MAX_BYTES POINTER_NAME_MAX

/* --- types --------------------------------------------------------------------- */

static bool
read_header(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char shown[SHOWN_MAX], *name;

	if (!read_is_text(r, value, FIELD_NAME_MAX, key->type->expects))
		return false;
	if (!is_token(value->text, value->len))
		return read_fault(r, value, "%s is not the name of a header field; "
		    "use letters, digits and \"-\"", read_shown(value, shown));
	name = read_copy(r, value->text, value->len);
	for (char *p = name; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	memcpy(key_field(key, target), &name, sizeof name);
	return true;
}

static bool
take_value(struct reader *r, const struct json *value,
    struct signal_value *out)
{
	char shown[SHOWN_MAX];

	if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
		return read_expected(r, value, "a text, a number, true, false or "
		    "null");
	if (value->kind == JSON_STRING && value->len > EQUALS_MAX_BYTES)
		return read_fault(r, value, "%s is longer than what is read of an "
		    "answer; at most %d bytes", read_shown(value, shown),
		    EQUALS_MAX_BYTES);
	*out = (struct signal_value){ .kind =
	    value->kind == JSON_STRING ? VALUE_TEXT :
	    value->kind == JSON_NUMBER ? VALUE_NUMBER :
	    value->kind == JSON_TRUE ? VALUE_TRUE :
	    value->kind == JSON_FALSE ? VALUE_FALSE : VALUE_NULL };
	if (value->kind == JSON_NUMBER)
		out->number = json_number(value);
	if (value->kind == JSON_STRING || value->kind == JSON_NUMBER) {
		out->text = read_copy(r, value->text, value->len);
		out->len = value->len;
	}
	return true;
}

/* The table's struct is struct signal_rule. */
static bool
read_equals(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	bool is_list = value->kind == JSON_ARRAY, ok = true;
	struct signal_rule *s = target;
	size_t i = 0;

	if (value->kind == JSON_OBJECT || (is_list && (value->count == 0 ||
	    value->count > SIGNAL_EQUALS_MAX)))
		return read_expected(r, value, key->type->expects);
	s->equals_count = is_list ? value->count : 1;
	s->equals = read_alloc(r, s->equals_count * sizeof *s->equals);
	if (!is_list)
		return take_value(r, value, &s->equals[0]);
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		ok = take_value(r, v, &s->equals[i]) && ok;
		read_leave(r, mark);
	}
	return ok;
}

static void
schema_header(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"string\", \"minLength\": 1");
}

static void
schema_equals(const struct key *key UNUSED, struct buf *out)
{
	buf_printf(out, "\"type\": [\"string\", \"number\", \"boolean\", "
	    "\"null\", \"array\"], \"items\": {\"type\": [\"string\", "
	    "\"number\", \"boolean\", \"null\"]}, \"minItems\": 1, "
	    "\"maxItems\": %d", SIGNAL_EQUALS_MAX);
}

static const struct key_type key_signal_header = { "text",
	"the name of a header field", read_header, NULL, schema_header };
static const struct key_type key_signal_equals = { "JSON value or list",
	"a text, a number, true, false, null, or a list of 1 to 16 of them",
	read_equals, NULL, schema_equals };

/* --- a signal ------------------------------------------------------------------ */

static const struct key signal_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct signal_rule, name),
	    .flags = KEY_REQUIRED,
	    .help = "What conditions, records and metrics call it; at most 32 "
	    "characters." },
	{ "header", &key_signal_header, KEY_FIELD(struct signal_rule, header),
	    .flags = KEY_ONE_OF, .help = "The value of this header field, the "
	    "first of its name." },
	{ "json", &key_pointer, KEY_FIELD(struct signal_rule, pointer),
	    .flags = KEY_ONE_OF,
	    .help = "What stands at this JSON Pointer of an answer that is JSON; "
	    "of an event stream, in the last event that has it. `*` is any name "
	    "or index, and the last that is found counts." },
	{ "kind", &key_choice, KEY_FIELD(struct signal_rule, kind),
	    .flags = KEY_REQUIRED, .words = signal_kind_words,
	    .help = "`share`: of the answers that have it, those where it is "
	    "what `equals` says. `number`: its mean, and its quantiles where a "
	    "condition asks for one." },
	{ "equals", &key_signal_equals,
	    .help = "Of a share: the value that counts, or several. Texts are "
	    "compared byte by byte, numbers as numbers. Absent: `true`, the text "
	    "`true`, and every number but 0, and nothing else: a header that says "
	    "`HIT` wants `\"equals\": \"HIT\"`." },
	{ "absent", &key_choice, KEY_FIELD(struct signal_rule, absent),
	    .words = signal_absent_words, .standard = KEY_TEXT("unknown"),
	    .help = "Of a share: an answer that does not have it says nothing "
	    "(`unknown`), or counts as one where it is not so (`no`)." },
	{ "unit", &key_choice, KEY_FIELD(struct signal_rule, unit),
	    .words = signal_unit_words, .standard = KEY_TEXT("number"),
	    .help = "Of a number: a plain one, or a time in `us`, `ms` or `s`, "
	    "whose limits are written as durations." },
	{ "scale", &key_factor, KEY_FIELD(struct signal_rule, scale),
	    .min = 1e-9, .max = 1e9, .standard = "1",
	    .help = "Of a number: multiplied by this first. Plain numbers are "
	    "counted in thousandths, and their quantiles reach up to 4294967." },
};

static void
check_signal(struct reader *r, const struct json *object, void *target)
{
	static const char *const of_shares[] = { "equals", "absent" };
	static const char *const of_numbers[] = { "unit", "scale" };
	const struct signal_rule *s = target;
	bool is_share = s->kind == SIGNAL_SHARE;
	const char *const *others = is_share ? of_numbers : of_shares;

	if (s->name != NULL && strlen(s->name) > SIGNAL_NAME_MAX)
		read_fault_in(r, object, "name", "is longer than %d characters",
		    SIGNAL_NAME_MAX);
	for (size_t i = 0; i < COUNT_OF(of_shares); i++)
		if (json_member(object, others[i]) != NULL)
			read_fault_in(r, object, others[i], "is of \"kind\": \"%s\"; "
			    "remove it", signal_kind_words[!is_share ? SIGNAL_SHARE :
			    SIGNAL_NUMBER]);
}

const struct key_table signal_table = {
	.about = "A number that answers say of themselves: whether a cache was "
	"hit, how long something took, how many tokens were used. It is read "
	"from the answers of either version as they pass, counted per version, "
	"recorded, shown, and judged by conditions (docs/decisions.md). Only of "
	"requests that take part; of answers with a content coding, and of those "
	"that legacy has replaced, the headers only.",
	.keys = signal_keys, .count = COUNT_OF(signal_keys),
	.size = sizeof(struct signal_rule), .finish = check_signal,
};

/* --- all of them --------------------------------------------------------------- */

void
check_signals(struct reader *r, const struct json *list, void *target)
{
	struct rules *rules = target;
	struct signal_rules *s = &rules->signals;
	const char *names[SIGNAL_RULES_MAX] = { NULL };
	const char *pointers[SIGNAL_RULES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		names[i] = s->list[i].name;
		s->has_header = s->has_header || s->list[i].header != NULL;
		if (s->list[i].pointer == NULL)
			continue;
		s->marks[count] = (uint8_t)i;
		pointers[count++] = s->list[i].pointer;
	}
	read_distinct_names(r, list, names, "signal");
	if (count == 0)
		return;
	s->places = pointer_tree_make(pointers, count, r->arena);
	if (s->places == NULL)
		read_fault(r, list, "these pointers are too deep or too many; at "
		    "most %d segments of %d bytes", POINTER_SEGMENTS_MAX,
		    POINTER_NAME_MAX);
}

static void
write_text(struct buf *b, const char *text)
{
	if (text != NULL)
		buf_json_string(b, text, strlen(text));
	buf_puts(b, ";");
}

static void
write_rule(struct buf *b, const struct signal_rule *s)
{
	write_text(b, s->name);
	write_text(b, s->header);
	write_text(b, s->pointer);
	buf_printf(b, "%d %d %d %.17g", (int)s->kind, (int)s->absent,
	    (int)s->unit, s->scale);
	for (size_t i = 0; i < s->equals_count; i++) {
		buf_printf(b, " %d", (int)s->equals[i].kind);
		write_text(b, s->equals[i].text);
	}
	buf_puts(b, "\n");
}

void
signal_rules_mark(struct signal_rules *s)
{
	struct buf b = { 0 };

	if (s->count == 0 && s->spread_count == 0)
		return;
	for (size_t i = 0; i < s->count; i++)
		write_rule(&b, &s->list[i]);
	for (size_t i = 0; i < s->spread_count; i++)
		buf_printf(&b, "%d %u\n", (int)s->spreads[i].of,
		    s->spreads[i].signal);
	s->mark = XXH3_64bits(b.bytes, b.len) | 1;
	buf_fini(&b);
}
