/* decide -- which version serves a request; contract in decide.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/decide.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "policy/bucket.h"
#include "policy/cookie.h"

struct why_row {
	const char *word;
	const char *text;
};

static const struct why_row why_rows[WHY_COUNT] = {
#define WHY(name, word, text) [WHY_##name] = { word, text },
	DECIDE_WHY(WHY)
#undef WHY
};

const char *
why_word(enum why why)
{
	assert(why < WHY_COUNT);
	return why_rows[why].word;
}

const char *
why_text(enum why why)
{
	assert(why < WHY_COUNT);
	return why_rows[why].text;
}

/* --- routes -------------------------------------------------------------- */

/* The pattern has been checked: a "*" is a whole segment, or the last. */
static bool
pattern_matches(const char *pattern, const char *path, size_t len)
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

static bool
method_matches(const struct route *route, const struct head *head)
{
	char **method = route->methods;

	if (method == NULL)
		return true;
	while (*method != NULL && !head_method_is(head, *method))
		method++;
	return *method != NULL;
}

const struct route *
route_match(const struct rules *rules, const struct request_view *r)
{
	for (size_t i = 0; i < rules->route_count; i++) {
		const struct route *route = &rules->routes[i];

		if (method_matches(route, r->head) && pattern_matches(route->path,
		    r->target->path, r->target->path_len))
			return route;
	}
	return NULL;
}

/* --- overrides ----------------------------------------------------------- */

static bool
value_matches(const struct override *o, const char *value, size_t len)
{
	return o->equals == NULL ||
	    (strlen(o->equals) == len && memcmp(o->equals, value, len) == 0);
}

/* Any of the fields of that name: clients and proxies may repeat one. */
static bool
header_matches(const struct override *o, const struct head *h)
{
	size_t len = strlen(o->name);

	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (text_equal_nocase(head_name(h, f), f->name_len, o->name, len) &&
		    value_matches(o, head_value(h, f), f->value_len))
			return true;
	}
	return false;
}

static bool
cookie_matches(const struct override *o, const struct head *h)
{
	const char *value;
	size_t len;

	return cookie_find(h, o->name, strlen(o->name), &value, &len) &&
	    value_matches(o, value, len);
}

/* --- the decision -------------------------------------------------------- */

/* Who is asking, with or without a request. */
struct subject {
	const struct snapshot *snapshot;
	const struct request_view *request; /* NULL: a user id alone */
	const char *id;                     /* NULL = no identity */
	size_t id_len;
	const char *mirror_id;              /* NULL = none */
};

static bool
override_matches(const struct override *o, const struct subject *s,
    bool has_runtime)
{
	switch (o->kind) {
	case OVERRIDE_USERS:
		/* What an operator set for this user goes before the file: an
		 * unchanged file never undoes a runtime action. */
		return s->id != NULL && !has_runtime &&
		    map_get(o->users, s->id, s->id_len) != NULL;
	case OVERRIDE_HEADER:
		return s->request != NULL && header_matches(o, s->request->head);
	case OVERRIDE_COOKIE:
		return s->request != NULL && cookie_matches(o, s->request->head);
	}
	return false;
}

static bool
is_overridden(const struct subject *s, enum version *out)
{
	const struct rules *rules = &s->snapshot->config->rules;
	enum version runtime = VERSION_LEGACY;
	bool has_runtime = s->id != NULL &&
	    user_overrides_get(s->snapshot->users, s->id, s->id_len, &runtime);

	for (size_t i = 0; i < rules->override_count; i++) {
		if (override_matches(&rules->overrides[i], s, has_runtime)) {
			*out = rules->overrides[i].version;
			return true;
		}
	}
	*out = runtime;
	return has_runtime;
}

/* Is everything held on legacy, and why? */
static bool
is_held(const struct snapshot *s, bool latched, enum why *why)
{
	if (s->config->env_disabled)
		*why = WHY_ENV;
	else if (latched || s->state.latched)
		*why = WHY_LATCHED;
	else if (!s->state.enabled)
		*why = WHY_OFF;
	else
		return false;
	return true;
}

/* A user is mirrored or not as a whole, so that a conversation is compared
 * from its beginning; without an id each request is drawn for itself. */
static bool
is_mirrored(const struct subject *s)
{
	const struct rollout_state *state = &s->snapshot->state;
	const char *id = s->id != NULL ? s->id : s->mirror_id;
	size_t len;

	if (state->shadow == 0 || id == NULL)
		return false;
	len = s->id != NULL ? s->id_len : strlen(id);
	return bucket_of(s->snapshot->config->rules.salt,
	    BUCKET_DOMAIN_SHADOW, id, len) < state->shadow;
}

bool
control_is_drawn(const struct rules *rules, const char *pair)
{
	return rules->noise.sample > 0 && bucket_of(rules->salt,
	    BUCKET_DOMAIN_CONTROL, pair, strlen(pair)) < rules->noise.sample;
}

static void
decide_version(const struct subject *s, struct decision *out)
{
	if (out->route != NULL && !out->route->rollout) {
		out->why = WHY_ROUTE;
	} else if (is_overridden(s, &out->version)) {
		out->why = WHY_OVERRIDE;
	} else if (s->id == NULL) {
		out->why = WHY_NO_IDENTITY;
	} else {
		out->why = WHY_BUCKET;
		out->version = out->bucket < s->snapshot->state.percent ?
		    VERSION_ENHANCED : VERSION_LEGACY;
	}
}

static void
decide_subject(const struct subject *s, bool latched, struct decision *out)
{
	const struct rules *rules = &s->snapshot->config->rules;
	bool has_routes = s->request != NULL && rules->route_count > 0;

	*out = (struct decision){ .version = VERSION_LEGACY,
		.bucket = BUCKET_NONE };
	if (s->id != NULL)
		out->bucket = bucket_of(rules->salt, BUCKET_DOMAIN_ROLLOUT, s->id,
		    s->id_len);
	if (has_routes)
		out->route = route_match(rules, s->request);
	if (is_held(s->snapshot, latched, &out->why))
		return;
	if (has_routes && out->route == NULL) {
		out->why = WHY_ROUTE;
		return;
	}
	decide_version(s, out);
	out->mirror = (out->route == NULL || out->route->shadow) &&
	    is_mirrored(s);
}

void
decide(const struct snapshot *s, const struct request_view *r,
    const struct identity *who, bool latched, const char *mirror_id,
    struct decision *out)
{
	struct subject subject = { .snapshot = s, .request = r,
		.id = who->found ? who->id : NULL, .id_len = who->len,
		.mirror_id = mirror_id };

	decide_subject(&subject, latched, out);
}

void
decide_user(const struct snapshot *s, const char *user, size_t len,
    bool latched, struct decision *out)
{
	struct subject subject = { .snapshot = s,
		.id = len > 0 ? user : NULL, .id_len = len };

	decide_subject(&subject, latched, out);
}
