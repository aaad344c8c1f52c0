/* criteria -- see criteria.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/criteria.h"

#include <string.h>

#include "base/text.h"
#include "policy/cookie.h"

static enum truth
truth_of(bool holds)
{
	return holds ? TRUTH_YES : TRUTH_NO;
}

/* --- paths --------------------------------------------------------------- */

/* A "*" is a whole segment, or the last. */
bool
path_matches(const char *pattern, const char *path, size_t len)
{
	const char *end = path + len;

	for (; *pattern != '\0'; pattern++) {
		const char *start = path;

		if (*pattern != '*') {
			if (path == end || *path != *pattern)
				return false;
			path++;
			continue;
		}
		if (pattern[1] == '\0')
			return true;
		while (path < end && *path != '/')
			path++;
		if (path == start)
			return false;
	}
	return path == end;
}

bool
method_matches(char *const *methods, const struct head *head)
{
	if (methods == NULL)
		return true;
	while (*methods != NULL && !head_method_is(head, *methods))
		methods++;
	return *methods != NULL;
}

/* --- fields ---------------------------------------------------------------- */

static bool
value_matches(const struct criterion *c, const char *value, size_t len)
{
	return c->equals == NULL ||
	    (strlen(c->equals) == len && memcmp(c->equals, value, len) == 0);
}

/* Any of the fields of that name: clients and proxies may repeat one. */
static bool
header_matches(const struct criterion *c, const struct head *h)
{
	size_t len = strlen(c->name);

	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (text_equal_nocase(head_name(h, f), f->name_len, c->name, len) &&
		    value_matches(c, head_value(h, f), f->value_len))
			return true;
	}
	return false;
}

static bool
cookie_matches(const struct criterion *c, const struct head *h)
{
	const char *value;
	size_t len;

	return cookie_find(h, c->name, strlen(c->name), &value, &len) &&
	    value_matches(c, value, len);
}

static bool
json_matches(const struct criterion *c, const struct json *value)
{
	if (value == NULL || value->kind == JSON_NULL)
		return false;
	if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
		return c->equals == NULL;
	return value_matches(c, value->text, value->len);
}

/* No JSON is an answer; a body that is not there is none. */
static enum truth
body_matches(const struct criterion *c, struct asker *a)
{
	const struct json *root;

	if (a->request->body == NULL)
		return TRUTH_UNKNOWN;
	root = body_tree_root(a->body, a->request->body, a->request->body_len);
	return truth_of(root != NULL && json_matches(c, json_at(root, c->name)));
}

/* --- who ------------------------------------------------------------------- */

static enum truth
tenant_matches(const struct criterion *c, struct asker *a)
{
	if (!a->tenant_sought) {
		a->tenant_sought = true;
		(void)!identity_find(a->tenants, a->request, false, &a->tenant);
	}
	return truth_of(a->tenant.found &&
	    text_set_has(&c->ids, a->tenant.id, a->tenant.len));
}

static enum truth
address_matches(const struct criterion *c, const struct request_view *r)
{
	return r->client == NULL ? TRUTH_UNKNOWN :
	    truth_of(networks_have(c->networks, c->network_count, r->client));
}

/* --- all of it --------------------------------------------------------------- */

static enum truth
request_matches(const struct criterion *c, struct asker *a)
{
	const struct request_view *r = a->request;

	switch (c->kind) {
	case CRITERION_TENANTS:
		return tenant_matches(c, a);
	case CRITERION_HEADER:
		return truth_of(header_matches(c, r->head));
	case CRITERION_COOKIE:
		return truth_of(cookie_matches(c, r->head));
	case CRITERION_JSON:
		return body_matches(c, a);
	case CRITERION_ADDRESSES:
		return address_matches(c, r);
	case CRITERION_PATH:
		return truth_of(method_matches(c->methods, r->head) &&
		    path_matches(c->name, r->target->path, r->target->path_len));
	case CRITERION_USERS:
	case CRITERION_ALL:
	case CRITERION_ANY:
	case CRITERION_NOT:
		break;
	}
	return TRUTH_UNKNOWN;
}

/* decisive: what one item makes of the whole, whatever the others are. */
static enum truth
combine(const struct criterion *c, struct asker *a, enum truth decisive)
{
	enum truth sum = decisive == TRUTH_YES ? TRUTH_NO : TRUTH_YES;

	for (size_t i = 0; i < c->item_count; i++) {
		enum truth item = criterion_holds(&c->items[i], a);

		if (item == decisive)
			return decisive;
		if (item == TRUTH_UNKNOWN)
			sum = TRUTH_UNKNOWN;
	}
	return sum;
}

static enum truth
negate(enum truth t)
{
	return t == TRUTH_UNKNOWN ? t : truth_of(t == TRUTH_NO);
}

enum truth
criterion_holds(const struct criterion *c, struct asker *a)
{
	switch (c->kind) {
	case CRITERION_ALL:
		return combine(c, a, TRUTH_NO);
	case CRITERION_ANY:
		return combine(c, a, TRUTH_YES);
	case CRITERION_NOT:
		return negate(criterion_holds(&c->items[0], a));
	case CRITERION_USERS:
		return truth_of(a->id != NULL &&
		    text_set_has(&c->ids, a->id, a->id_len));
	case CRITERION_TENANTS:
	case CRITERION_HEADER:
	case CRITERION_COOKIE:
	case CRITERION_JSON:
	case CRITERION_ADDRESSES:
	case CRITERION_PATH:
		break;
	}
	return a->request == NULL ? TRUTH_UNKNOWN : request_matches(c, a);
}
