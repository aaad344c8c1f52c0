/* admin_feature -- the switch as other teams' tools know it, and who is there.
 * SPDX-License-Identifier: MIT
 *
 * /admin/config is a feature flag: its name is the rollout's, its value
 * whether the rollout is switched on.  The health document says of each
 * version whether a request could be served by it now.
 */
#include "control/admin_call.h"

#include <string.h>

#include "base/clock.h"
#include "config/roster.h"
#include "control/admin_body.h"
#include "control/endpoints.h"
#include "control/json_text.h"

/* --- the flag ---------------------------------------------------------------- */

static json_t *
feature(const struct admin_scene *s)
{
	const struct snapshot *now = rollout_snapshot(s->ports.rollout);
	const struct rollout_state *state = &now->state;

	return json_pack("{s:s, s:b, s:b, s:s, s:o, s:b}", "feature",
	    now->config->rules.name, "enabled", (int)(state->enabled &&
	    !now->config->env_disabled), "switched_on", (int)state->enabled,
	    "stage", state->stage, "percent", json_percent(state->percent),
	    "latched", (int)state->latched);
}

void
admin_get_feature(const struct admin_scene *s, struct admin_call *c)
{
	json_print(json_pack("{s:[o]}", "features", feature(s)), &c->reply);
}

enum { PATCH_FEATURE, PATCH_ENABLED, PATCH_REASON, PATCH_COUNT };

static void
patch(const struct admin_scene *s, struct admin_call *c,
    const struct member *members)
{
	const char *name = rollout_snapshot(s->ports.rollout)->config->rules.name;
	const char *asked = json_string_value(members[PATCH_FEATURE].value);
	const struct rollout_change wish = { .has_enabled = true,
		.enabled = json_is_true(members[PATCH_ENABLED].value) };
	uint64_t was = admin_epoch(s);
	struct err err = { "" };

	if (strcmp(asked, name) != 0) {
		admin_fail(c, 404, "feature: there is none of the name \"%.60s\"; "
		    "the rollout's is \"%s\"", asked, name);
		return;
	}
	if (!rollout_set(s->ports.rollout, &wish, c->actor,
	    json_string_value(members[PATCH_REASON].value), &err)) {
		admin_answer_change(s, c, false, was, &err);
		return;
	}
	json_print(json_pack("{s:b, s:o}", "changed", (int)(admin_epoch(s) != was),
	    "feature", feature(s)), &c->reply);
}

void
admin_patch_feature(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[PATCH_COUNT] = {
		[PATCH_FEATURE] = { "feature", MEMBER_TEXT, true, NULL },
		[PATCH_ENABLED] = { "enabled", MEMBER_BOOL, true, NULL },
		[PATCH_REASON] = { "reason", MEMBER_TEXT, true, NULL },
	};
	json_t *root = admin_read_body(c, members, PATCH_COUNT);

	if (root == NULL)
		return;
	patch(s, c, members);
	json_decref(root);
}

/* --- health ------------------------------------------------------------------ */

struct presence {
	size_t count, up;
};

static struct presence
presence_of(const struct snapshot *s, enum version v)
{
	const struct settings *settings = &s->config->settings;
	struct presence p = { 0, 0 };

	if (s->roster == NULL)
		return p;
	p.count = s->roster->backends[v].count;
	for (size_t i = 0; i < p.count; i++)
		p.up += endpoint_state(s->roster->backends[v].rows[i].replica,
		    settings->backends[v].health.path != NULL, clock_ns()) <=
		    ENDPOINT_UP;
	return p;
}

static json_t *
version_health(const struct presence *p)
{
	return json_pack("{s:b, s:o, s:o}", "available", (int)(p->up > 0),
	    "endpoints", json_count(p->count), "up", json_count(p->up));
}

/* Without legacy nobody can be sure to be served; of everything else the
 * clients notice nothing.  Where enhanced is alone it is the one that must be
 * there, and legacy may be gone. */
static bool
needs_legacy(const struct snapshot *s)
{
	return s->complete == NULL || s->state.latched || !s->state.enabled ||
	    s->config->env_disabled;
}

void
admin_get_health_document(const struct admin_scene *s, struct admin_call *c)
{
	const struct snapshot *now = rollout_snapshot(s->ports.rollout);
	struct presence legacy = presence_of(now, VERSION_LEGACY);
	struct presence enhanced = presence_of(now, VERSION_ENHANCED);
	struct recorder_status store;
	bool is_degraded, is_gone;

	recorder_status(s->ports.recorder, &store);
	is_degraded = enhanced.up == 0 || now->state.latched || !store.ok;
	is_gone = needs_legacy(now) ? legacy.up == 0 : enhanced.up == 0;
	if (is_gone)
		c->status = 503;
	json_print(json_pack("{s:s, s:{s:o, s:o}, s:{s:b, s:s}, s:o}", "status",
	    is_gone ? "unhealthy" : is_degraded ? "degraded" : "healthy",
	    "versions", version_name(VERSION_LEGACY), version_health(&legacy),
	    version_name(VERSION_ENHANCED), version_health(&enhanced),
	    "store", "ok", (int)store.ok, "error", store.error,
	    "rollout", feature(s)), &c->reply);
}
