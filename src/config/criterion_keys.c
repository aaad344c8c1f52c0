/* criterion_keys -- the keys of overrides, and of the criteria they go by.
 * SPDX-License-Identifier: MIT
 *
 * A criterion may hold others, so its table is reached through types of its
 * own: a row that named the table would have no end.  The rows are in the order
 * of the reference.  Contract in keys.h.
 */
#include "config/criterion_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "config/criteria.h"
#include "config/pattern.h"
#include "config/plan_keys.h"
#include "config/read.h"
#include "config/rules.h"
#include "config/words.h"

#define ITEMS_MAX 100
#define NAME_MAX_BYTES 1024
#define ID_MAX_BYTES 128 /* IDENTITY_MAX: a longer id never comes up */

/* --- types ------------------------------------------------------------------- */

static bool
id_is_ok(struct reader *r, const struct json *item)
{
	return read_is_text(r, item, ID_MAX_BYTES, "an id in quotes");
}

static bool
read_ids(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct criterion *c = target;
	char **ids;

	if (!read_text_list(r, key, value, &ids, id_is_ok))
		return false;
	text_set_make(&c->ids, ids, r->arena);
	return true;
}

static void
schema_texts(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": \"array\", \"minItems\": %.0f, "
	    "\"items\": {\"type\": \"string\", \"minLength\": 1}", key->min);
}

/* tag says whose name it is. */
static bool
read_field_name(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct criterion *c = target;
	char shown[SHOWN_MAX];

	if (!read_is_text(r, value, NAME_MAX_BYTES, key->type->expects))
		return false;
	if (!is_token(value->text, value->len))
		return read_fault(r, value, "%s is not the name of a %s; use "
		    "letters, digits and \"-\"", read_shown(value, shown),
		    key->name);
	c->name = read_copy(r, value->text, value->len);
	for (char *p = c->name; key->tag == CRITERION_HEADER && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return true;
}

static bool
read_item(struct reader *r, const struct json *value, struct criterion *out)
{
	if (value->kind != JSON_OBJECT)
		return read_expected(r, value, "an object in { }");
	read_object(r, &criterion_table, value, out);
	return true;
}

static bool
read_items(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct criterion *c = target;
	bool ok = true;
	size_t i = 0;

	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	if (value->count < 1 || value->count > ITEMS_MAX)
		return read_fault(r, value, "has %zu items; list 1 to %d",
		    value->count, ITEMS_MAX);
	c->items = read_alloc(r, value->count * sizeof c->items[0]);
	c->item_count = value->count;
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		ok &= read_item(r, v, &c->items[i]);
		read_leave(r, mark);
	}
	return ok;
}

static bool
read_negated(struct reader *r, const struct key *key UNUSED,
    const struct json *value, void *target)
{
	struct criterion *c = target;

	c->items = read_alloc(r, sizeof c->items[0]);
	c->item_count = 1;
	return read_item(r, value, &c->items[0]);
}

static void
schema_items(const struct key *key UNUSED, struct buf *out)
{
	buf_printf(out, "\"type\": \"array\", \"minItems\": 1, \"maxItems\": %d, "
	    "\"items\": {\"type\": \"object\"}", ITEMS_MAX);
}

static void
schema_negated(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"object\"");
}

static const struct key_type key_ids = { "list of ids",
	"a list of ids in [ ]", read_ids, NULL, schema_texts };
static const struct key_type key_field_name = { "text", "a name in quotes",
	read_field_name, NULL, key_schema_text };
static const struct key_type key_items = { "list of criteria",
	"a list in [ ]", read_items, NULL, schema_items };
static const struct key_type key_negated = { "criterion",
	"an object in { }", read_negated, NULL, schema_negated };

/* --- tables ------------------------------------------------------------------ */

#define CRITERION(word, key_type, which, ...) \
	{ word, key_type, .tag = CRITERION_##which, .flags = KEY_ONE_OF, \
	    __VA_ARGS__ }
#define CRITERION_KEYS \
	CRITERION("users", &key_ids, USERS, .max = 100000, \
	    .help = "These user ids."), \
	CRITERION("tenants", &key_ids, TENANTS, .max = 100000, \
	    .help = "These tenants: ids that `tenant` finds."), \
	CRITERION("header", &key_field_name, HEADER, \
	    .help = "Requests with this header field."), \
	CRITERION("cookie", &key_field_name, COOKIE, \
	    .help = "Requests with this cookie."), \
	CRITERION("json", &key_pointer, JSON, \
	    KEY_FIELD(struct criterion, name), \
	    .help = "Requests with something at this JSON Pointer of their body " \
	    "that is not null. They wait for their whole body, and one over " \
	    "`limits.capture` has nothing there."), \
	CRITERION("addresses", &key_networks, ADDRESSES, \
	    KEY_LIST_FIELD(struct criterion, networks, network_count), \
	    .min = 1, .max = 1000, \
	    .help = "Clients in one of these networks (`10.0.0.0/8`), by the " \
	    "connection, its PROXY header or, from `trusted_networks`, " \
	    "X-Forwarded-For."), \
	CRITERION("path", &key_pattern, PATH, \
	    KEY_FIELD(struct criterion, name), \
	    .help = "Paths of this pattern, as in `routes`."), \
	CRITERION("all", &key_items, ALL, \
	    .help = "Those that all of these criteria hold for; each is an " \
	    "object with one of the keys of this table."), \
	CRITERION("any", &key_items, ANY, \
	    .help = "Those that any of them holds for."), \
	CRITERION("not", &key_negated, NOT, \
	    .help = "Those that this criterion surely does not hold for."), \
	{ "equals", &key_text, KEY_FIELD(struct criterion, equals), \
	    .help = "Only if the header, the cookie or the string, number or " \
	    "boolean of the body has exactly this value. Absent: it only has to " \
	    "be there." }, \
	{ "methods", &key_methods, KEY_FIELD(struct criterion, methods), \
	    .min = 1, .max = 32, \
	    .help = "Of `path`: with one of these methods only." }

static const struct key criterion_keys[] = { CRITERION_KEYS };

static void
find_kind(const struct json *object, struct criterion *c)
{
	for (size_t i = 0; i < COUNT_OF(criterion_keys); i++)
		if ((criterion_keys[i].flags & KEY_ONE_OF) != 0 &&
		    json_member(object, criterion_keys[i].name) != NULL)
			c->kind = (enum criterion_kind)criterion_keys[i].tag;
}

static void
check_criterion(struct reader *r, const struct json *object, void *target)
{
	struct criterion *c = target;

	find_kind(object, c);
	if (json_member(object, "equals") != NULL && c->kind != CRITERION_HEADER &&
	    c->kind != CRITERION_COOKIE && c->kind != CRITERION_JSON)
		read_fault_in(r, object, "equals", "goes with \"header\", "
		    "\"cookie\" or \"json\"; remove it");
	if (json_member(object, "methods") != NULL && c->kind != CRITERION_PATH)
		read_fault_in(r, object, "methods", "goes with \"path\"; remove it");
	if (c->kind == CRITERION_JSON)
		c->uses |= CRITERION_USES_BODY;
	if (c->kind == CRITERION_TENANTS)
		c->uses |= CRITERION_USES_TENANT;
	for (size_t i = 0; i < c->item_count; i++)
		c->uses |= c->items[i].uses;
}

const struct key_table criterion_table = {
	.about = "A condition on a request: exactly one of the keys but "
	"`equals` and `methods`.",
	.keys = criterion_keys, .count = COUNT_OF(criterion_keys),
	.size = sizeof(struct criterion), .finish = check_criterion,
};

static const struct key override_keys[] = {
	CRITERION_KEYS,
	{ "version", &key_choice, KEY_FIELD(struct override, version),
	    .flags = KEY_REQUIRED, .words = version_words,
	    .help = "Who serves them." },
	{ "expires", &key_moment, KEY_FIELD(struct override, expires_us),
	    .help = "From then on it matches nobody." },
};

static void
check_override(struct reader *r, const struct json *object, void *target)
{
	struct override *o = target;

	check_criterion(r, object, &o->when);
}

const struct key_table override_table = {
	.about = "Exceptions from the percentage; the first that matches "
	"decides. Those set at run time by a criterion go before them, and one "
	"for a single user before `users` here (docs/decisions.md).",
	.keys = override_keys, .count = COUNT_OF(override_keys),
	.size = sizeof(struct override), .finish = check_override,
};

/* --- with the other rules ---------------------------------------------------- */

void
check_overrides(struct reader *r, const struct json *object,
    const struct rules *rules)
{
	if ((rules->override_uses & CRITERION_USES_TENANT) != 0 &&
	    rules->tenant.count == 0)
		read_fault_in(r, object, "tenant", "is missing, and an override "
		    "names tenants: where is the tenant's id? Add it");
}
