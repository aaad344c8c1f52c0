/* compare_checks -- what the rows of "compare" cannot say.
 * SPDX-License-Identifier: MIT
 *
 * Keys that belong to a word of another key, places that have two rules; and
 * what is made of the rules once they are read.  Contract in
 * compare_keys.h.
 */
#include <string.h>

#include "base/compiler.h"
#include "config/compare_keys.h"
#include "config/compare_rules.h"
#include "config/read.h"
#include "config/words.h"

/* --- keys that go together ---------------------------------------------- */

/* key says more about `of`: `word`. */
struct companion {
	const char *key, *of, *word;
	bool needed;
};

static const struct companion value_companions[] = {
	{ "pattern", "string", "regex", true },
	{ "within", "string", "timestamp", true },
	{ "query", "string", "url", false },
	{ "similarity", "string", "text", true },
};

static const struct companion array_companion = { "key", "array", "key",
	true };

static bool
has_word(const struct json *object, const struct companion *c)
{
	const struct json *value = json_member(object, c->of);

	return value != NULL && value->kind == JSON_STRING &&
	    json_text_is(value, c->word);
}

static void
check_companion(struct reader *r, const struct json *object,
    const struct companion *c)
{
	bool given = json_member(object, c->key) != NULL;
	bool wanted = has_word(object, c);

	if (given && !wanted)
		read_fault_in(r, object, c->key, "goes with \"%s\": \"%s\" only; "
		    "add that, or remove this", c->of, c->word);
	else if (wanted && !given && c->needed)
		read_fault_in(r, object, c->of, "\"%s\" needs \"%s\" beside it; "
		    "add it", c->word, c->key);
}

static void
check_value(struct reader *r, const struct json *object,
    struct value_rules *rules)
{
	for (size_t i = 0; i < COUNT_OF(value_companions); i++)
		check_companion(r, object, &value_companions[i]);
	rules->has_tolerance = json_member(object, "absolute") != NULL ||
	    json_member(object, "relative") != NULL;
}

/* --- fields ----------------------------------------------------------------- */

void
check_field(struct reader *r, const struct json *object, void *target)
{
	struct field_rule *f = target;

	check_companion(r, object, &array_companion);
	check_value(r, object, &f->value);
	if (json_member(object, "array") == NULL &&
	    json_member(object, "string") == NULL && !f->value.has_tolerance)
		read_fault(r, object, "does not say how the place is compared; add "
		    "\"array\", \"string\", \"absolute\" or \"relative\", or "
		    "remove it");
}

static size_t
earlier_field(const struct compare_rules *rules, size_t index)
{
	size_t i = 0;

	while (i < index && (rules->fields[i].path == NULL ||
	    strcmp(rules->fields[i].path, rules->fields[index].path) != 0))
		i++;
	return i;
}

void
check_fields(struct reader *r, const struct json *list, void *target)
{
	const struct compare_rules *rules = target;
	const struct json *item = list->first;

	for (size_t i = 0; i < list->count; i++, item = item->next) {
		size_t mark = read_enter_item(r, i), earlier = i;

		if (rules->fields[i].path != NULL)
			earlier = earlier_field(rules, i);
		if (earlier < i)
			read_fault_in(r, item, "path", "\"%s\" already has item %zu "
			    "of this list; say all of it in one",
			    rules->fields[i].path, earlier);
		read_leave(r, mark);
	}
}

/* --- headers ---------------------------------------------------------------- */

void
check_header(struct reader *r, const struct json *object, void *target)
{
	struct header_rule *h = target;

	check_value(r, object, &h->value);
}

void
check_headers(struct reader *r, const struct json *list, void *target)
{
	const struct compare_rules *rules = target;
	const struct header_rule *h = rules->headers;
	const struct json *item = list->first;

	for (size_t i = 0; i < list->count; i++, item = item->next) {
		size_t mark = read_enter_item(r, i), j = 0;

		while (j < i && (h[i].name == NULL || h[j].name == NULL ||
		    strcmp(h[i].name, h[j].name) != 0))
			j++;
		if (j < i)
			read_fault_in(r, item, "name", "\"%s\" already has item %zu "
			    "of this list; say all of it in one", h[i].name, j);
		read_leave(r, mark);
	}
}

/* --- all of it --------------------------------------------------------------- */

/* Items that are not compared by position have none that a pointer could
 * mean. */
static void
check_indexes(struct reader *r, const struct json *list,
    const struct compare_rules *rules, const struct place_node *n)
{
	if (n->field != NULL && n->field->array != ARRAY_POSITION &&
	    n->has_index) {
		size_t index = (size_t)(n->field - rules->fields), i = index;
		size_t outer = read_enter(r, "fields", 6);
		size_t mark = read_enter_item(r, index);
		const struct json *item = list->first;

		while (i-- > 0)
			item = item->next;
		read_fault_in(r, item, "array", "leaves the items without an order, "
		    "and another pointer names one of them by its index; write "
		    "\"*\" there");
		read_leave(r, mark);
		read_leave(r, outer);
	}
	for (size_t i = 0; i < n->name_count; i++)
		check_indexes(r, list, rules, n->names[i]);
	if (n->any != NULL)
		check_indexes(r, list, rules, n->any);
}

void
check_compare(struct reader *r, const struct json *object, void *target)
{
	const struct json *list = json_member(object, "fields");
	struct compare_rules *rules = target;

	rules->places = place_rules_make(rules, r->arena);
	if (rules->places != NULL && rules->field_count > 0)
		check_indexes(r, list, rules, &rules->places->root);
}

void
compare_rules_fini(struct compare_rules *rules)
{
	for (size_t i = 0; i < rules->field_count; i++)
		regex_free(&rules->fields[i].value.pattern);
	for (size_t i = 0; i < rules->header_count; i++)
		regex_free(&rules->headers[i].value.pattern);
	for (struct regex **p = rules->text.refusal_patterns;
	    p != NULL && *p != NULL; p++)
		regex_free(p);
}
