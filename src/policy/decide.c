/* decide -- which version serves a request; contract in decide.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/decide.h"

#include <assert.h>
#include <string.h>

#include "policy/bucket.h"
#include "policy/criteria.h"

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

const struct route *
route_match(const struct rules *rules, const struct request_view *r)
{
	for (size_t i = 0; i < rules->route_count; i++) {
		const struct route *route = &rules->routes[i];

		if (method_matches(route->methods, r->head) &&
		    path_matches(route->path, r->target->path,
		    r->target->path_len))
			return route;
	}
	return NULL;
}

/* --- overrides ----------------------------------------------------------- */

/* Who is asking, and what is known of him. */
struct subject {
	const struct snapshot *snapshot;
	int64_t now_us;
	const char *mirror_id;              /* NULL = none */
	struct asker asker;
};

static bool
is_over(int64_t until_us, int64_t now_us)
{
	return until_us != 0 && now_us >= until_us;
}

static bool
override_matches(const struct override *o, struct subject *s)
{
	return !is_over(o->expires_us, s->now_us) &&
	    criterion_holds(&o->when, &s->asker) == TRUTH_YES;
}

/* What an operator set for this user. */
static bool
is_set_for_user(const struct subject *s, enum version *out)
{
	const struct asker *a = &s->asker;
	int64_t until_us;

	return a->id != NULL && user_overrides_get(s->snapshot->users, a->id,
	    a->id_len, out, &until_us) && !is_over(until_us, s->now_us);
}

static bool
is_named(struct subject *s, struct decision *out)
{
	const struct user_overrides *o = s->snapshot->users;

	for (size_t i = 0; o != NULL && i < o->named_count; i++) {
		if (!override_matches(&o->named[i]->override, s))
			continue;
		out->version = o->named[i]->override.version;
		out->by = DECIDED_BY_NAME;
		out->named = o->named[i];
		return true;
	}
	return false;
}

/* What an operator set for this user goes before the file: an unchanged file
 * never undoes a runtime action. */
static bool
is_ruled(struct subject *s, bool is_set, struct decision *out)
{
	const struct rules *rules = &s->snapshot->config->rules;

	for (size_t i = 0; i < rules->override_count; i++) {
		const struct override *o = &rules->overrides[i];

		if ((is_set && o->when.kind == CRITERION_USERS) ||
		    !override_matches(o, s))
			continue;
		out->version = o->version;
		out->by = DECIDED_BY_RULE;
		out->rule = i;
		return true;
	}
	return false;
}

static bool
is_overridden(struct subject *s, struct decision *out)
{
	enum version version = VERSION_LEGACY;
	bool is_set = is_set_for_user(s, &version);

	if (is_named(s, out) || is_ruled(s, is_set, out))
		return true;
	if (!is_set)
		return false;
	out->version = version;
	out->by = DECIDED_BY_USER;
	return true;
}

bool
decide_needs_body(const struct snapshot *s)
{
	const struct rules *rules = &s->config->rules;
	unsigned uses = rules->override_uses |
	    (s->users != NULL ? s->users->uses : 0);

	return (uses & CRITERION_USES_BODY) != 0 ||
	    (rules->sticky == STICKY_SESSION && rules->session.needs_body) ||
	    ((uses & CRITERION_USES_TENANT) != 0 && rules->tenant.needs_body);
}

/* --- the decision -------------------------------------------------------- */

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
	const char *own = s->asker.id, *id = own != NULL ? own : s->mirror_id;
	size_t len;

	if (state->shadow == 0 || id == NULL)
		return false;
	len = own != NULL ? s->asker.id_len : strlen(id);
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
decide_by_bucket(const struct subject *s, struct decision *out)
{
	const struct request_view *r = s->asker.request;

	out->why = WHY_BUCKET;
	out->version = out->bucket < s->snapshot->state.percent ?
	    VERSION_ENHANCED : VERSION_LEGACY;
	if (s->snapshot->config->rules.sticky == STICKY_OFF || r == NULL ||
	    !r->is_kept || r->kept == out->version)
		return;
	out->why = WHY_STICKY;
	out->version = r->kept;
}

static void
decide_version(struct subject *s, struct decision *out)
{
	if (out->route != NULL && !out->route->rollout) {
		out->why = WHY_ROUTE;
	} else if (is_overridden(s, out)) {
		out->why = WHY_OVERRIDE;
	} else if (s->snapshot->complete != NULL) {
		out->why = WHY_COMPLETE;
		out->version = VERSION_ENHANCED;
	} else if (s->asker.id == NULL) {
		out->why = WHY_NO_IDENTITY;
	} else {
		decide_by_bucket(s, out);
	}
}

static void
decide_routed(struct subject *s, bool latched, struct decision *out)
{
	const struct rules *rules = &s->snapshot->config->rules;
	const struct asker *a = &s->asker;
	bool has_routes = a->request != NULL && rules->route_count > 0;

	*out = (struct decision){ .version = VERSION_LEGACY,
		.bucket = BUCKET_NONE };
	if (a->id != NULL)
		out->bucket = bucket_of(rules->salt, BUCKET_DOMAIN_ROLLOUT, a->id,
		    a->id_len);
	if (has_routes)
		out->route = route_match(rules, a->request);
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

/* Whatever it was that gave legacy: it has no such route. */
static void
decide_subject(struct subject *s, bool latched, struct decision *out)
{
	decide_routed(s, latched, out);
	if (out->version == VERSION_LEGACY && out->route != NULL &&
	    out->route->only_enhanced)
		out->refusal = out->route->otherwise;
}

void
decide(const struct snapshot *s, const struct request_view *r,
    const struct identity *who, bool latched, const char *mirror_id,
    struct decision *out)
{
	struct body_tree body; /* large, and touched only for a JSON body */
	struct subject subject = { .snapshot = s, .now_us = r->now_us,
		.mirror_id = mirror_id, .asker = { .request = r,
		.id = who->found ? who->id : NULL, .id_len = who->len,
		.tenants = &s->config->rules.tenant, .body = &body } };

	body_tree_init(&body);
	decide_subject(&subject, latched, out);
	body_tree_fini(&body);
}

void
decide_user(const struct snapshot *s, const char *user, size_t len,
    bool latched, int64_t now_us, struct decision *out)
{
	struct subject subject = { .snapshot = s, .now_us = now_us,
		.asker = { .id = len > 0 ? user : NULL, .id_len = len } };

	decide_subject(&subject, latched, out);
}
