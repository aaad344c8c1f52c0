/* isolation_keys -- the keys of "isolation": what must not be mixed up.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include "config/isolation_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "base/pointer_tree.h"
#include "config/pattern.h"
#include "config/read.h"
#include "config/rules.h"
#include "config/words.h"

#define HEADER_MAX_BYTES 256

/* --- types ------------------------------------------------------------------- */

static bool
kind_is_ok(struct reader *r, const struct json *item)
{
	char shown[SHOWN_MAX];

	if (item->kind == JSON_STRING &&
	    word_index(isolation_words, item->text, item->len) >= 0)
		return true;
	return read_fault(r, item, "%s is nothing that is looked for; write "
	    "\"two_users\", \"foreign_answer\" or \"flip\"",
	    read_shown(item, shown));
}

static bool
read_kinds(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	unsigned bits = 0;
	char **names;

	if (!read_text_list(r, key, value, &names, kind_is_ok))
		return false;
	for (; *names != NULL; names++)
		bits |= 1u << word_index(isolation_words, *names, strlen(*names));
	memcpy(key_field(key, target), &bits, sizeof bits);
	return true;
}

static void
schema_kinds(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"array\", \"minItems\": 1, \"items\": "
	    "{\"enum\": [\"two_users\", \"foreign_answer\", \"flip\"]}");
}

static bool
read_answer_header(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *text;

	if (!read_is_text(r, value, HEADER_MAX_BYTES, key->type->expects))
		return false;
	if (!is_token(value->text, value->len))
		return read_fault(r, value, "%s is not the name of a header; use "
		    "letters, digits and \"-\"", read_shown(value, shown));
	text = read_copy(r, value->text, value->len);
	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static const struct key_type key_kinds = { "list of words",
	"a list like [\"two_users\", \"foreign_answer\"]", read_kinds, NULL,
	schema_kinds };
static const struct key_type key_answer_header = { "text",
	"a header's name in quotes", read_answer_header, NULL, key_schema_text };

/* --- tables ------------------------------------------------------------------ */

static const struct key place_keys[] = {
	{ "header", &key_answer_header, KEY_FIELD(struct answer_place, header),
	    .flags = KEY_ONE_OF, .help = "The value of this header field." },
	{ "json", &key_pointer, KEY_FIELD(struct answer_place, pointer),
	    .flags = KEY_ONE_OF,
	    .help = "The string or number at this JSON Pointer of the answer, or "
	    "of an event's data; `*` stands for any item or member." },
};

static const struct key_table place_table = {
	.about = "Where an answer names an id: exactly one of the keys.",
	.keys = place_keys, .count = COUNT_OF(place_keys),
};

static const struct key isolation_keys[] = {
	{ "on", &key_kinds, KEY_FIELD(struct isolation_rules, on),
	    .min = 1, .max = ISOLATION_KIND_COUNT,
	    .standard = "[\"two_users\", \"foreign_answer\"]",
	    .help = "What is looked for. `two_users`: a session comes with "
	    "another user than before. `foreign_answer`: an answer names another "
	    "user or session than its request's. `flip`: a user's bucket gives "
	    "another version than before within a session." },
	{ "answer_user", &key_object,
	    KEY_FIELD(struct isolation_rules, places[NAMED_USER]),
	    .table = &place_table, .flags = KEY_OPTIONAL,
	    .help = "Where an answer names the user it is for." },
	{ "answer_session", &key_object,
	    KEY_FIELD(struct isolation_rules, places[NAMED_SESSION]),
	    .table = &place_table, .flags = KEY_OPTIONAL,
	    .help = "Where it names the session. One that the request did not "
	    "have belongs to its user from then on." },
	{ "sessions", &key_count, KEY_FIELD(struct isolation_rules, sessions),
	    .min = 1000, .max = 16e6, .standard = "1000000",
	    .help = "So many sessions, the newest, are remembered exactly, in 34 "
	    "to 67 bytes each (a million: 48 MiB); another number takes "
	    "effect with a restart." },
	{ "severity", &key_choice, KEY_FIELD(struct isolation_rules, severity),
	    .words = severity_words, .standard = KEY_TEXT("warning"),
	    .help = "Of the alert that tells of a violation with its evidence; "
	    "what a guard rule makes of the number is told beside it." },
	{ "quiet", &key_duration, KEY_FIELD(struct isolation_rules, quiet_ms),
	    .min = 1000, .max = 7.0 * 86400 * 1000, .standard = KEY_TEXT("10m"),
	    .help = "That alert is over when there was no other violation of the "
	    "kind by that version for so long." },
};

static void
make_tree(struct reader *r, const struct json *object,
    struct isolation_rules *rules)
{
	const char *pointers[NAMED_COUNT];
	size_t count = 0;

	for (enum named n = 0; n < NAMED_COUNT; n++) {
		if (rules->places[n].pointer == NULL)
			continue;
		rules->marks[count] = (uint8_t)n;
		pointers[count++] = rules->places[n].pointer;
	}
	if (count == 0)
		return;
	rules->tree = pointer_tree_make(pointers, count, r->arena);
	if (rules->tree == NULL)
		read_fault(r, object, "has a JSON Pointer of more than %d segments, "
		    "or one longer than %d bytes; shorten it",
		    POINTER_SEGMENTS_MAX, POINTER_NAME_MAX);
}

static bool
names_anything(const struct isolation_rules *rules)
{
	for (enum named n = 0; n < NAMED_COUNT; n++)
		if (rules->places[n].header != NULL ||
		    rules->places[n].pointer != NULL)
			return true;
	return false;
}

static void
finish_isolation(struct reader *r, const struct json *object, void *target)
{
	struct isolation_rules *rules = target;
	const unsigned foreign = 1u << ISOLATION_FOREIGN_ANSWER;

	rules->is_on = true;
	make_tree(r, object, rules);
	if (names_anything(rules))
		return;
	if (json_member(object, "on") != NULL && (rules->on & foreign) != 0)
		read_fault_in(r, object, "on", "\"foreign_answer\" needs "
		    "\"answer_user\" or \"answer_session\"; add one");
	rules->on &= ~foreign;
}

const struct key_table isolation_table = {
	.about = "Users and sessions that are mixed up: counted per version, "
	"and to be had as the metric `isolation_violations` of guard rules and "
	"gates (docs/decisions.md).",
	.keys = isolation_keys, .count = COUNT_OF(isolation_keys),
	.finish = finish_isolation,
};

/* --- with the other rules ---------------------------------------------------- */

static bool
is_counted(const struct rules *rules)
{
	for (size_t i = 0; i < rules->guard_count; i++)
		if (rules->guards[i].when.measure == MEASURE_ISOLATION)
			return true;
	for (size_t i = 0; i < rules->stage_count; i++)
		for (size_t k = 0; k < rules->stages[i].gate_count; k++)
			if (rules->stages[i].gates[k].when.measure ==
			    MEASURE_ISOLATION)
				return true;
	return false;
}

void
check_isolation(struct reader *r, const struct json *object,
    const struct rules *rules)
{
	const struct isolation_rules *isolation = &rules->isolation;
	const unsigned of_sessions = 1u << ISOLATION_TWO_USERS |
	    1u << ISOLATION_FLIP;

	if (!isolation->is_on && is_counted(rules))
		read_fault_in(r, object, "isolation", "is missing, and a rule or "
		    "gate counts its violations; add it");
	if (!isolation->is_on)
		return;
	if ((isolation->on & of_sessions) != 0 && rules->session.count == 0)
		read_fault_in(r, object, "isolation", "needs \"session\": where is "
		    "the session id? Add it, or look for \"foreign_answer\" only");
	if (rules->identity.count == 0)
		read_fault_in(r, object, "isolation", "needs \"identity\": where is "
		    "the user id? Add it");
}
