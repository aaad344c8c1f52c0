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
#include "control/admin_rollouts.h"
#include "control/endpoints.h"
#include "control/json_text.h"

/* --- the flag ---------------------------------------------------------------- */

static json_t *
feature(const struct admin_rollout *r)
{
	const struct snapshot *now = rollout_snapshot(r->rollout);
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
	json_t *all = json_array();

	for (size_t i = 0; i < s->ports.rollout_count; i++)
		json_array_append_new(all, feature(&s->ports.rollouts[i]));
	json_print(json_pack("{s:o}", "features", all), &c->reply);
}

enum { PATCH_FEATURE, PATCH_ENABLED, PATCH_REASON, PATCH_COUNT };

static void
patch(const struct admin_scene *scene, struct admin_call *c,
    const struct member *members)
{
	const char *asked = json_string_value(members[PATCH_FEATURE].value);
	const struct admin_rollout *r = admin_find_rollout(&scene->ports, asked);
	struct admin_scene chosen = *scene;
	const struct admin_scene *s = &chosen;
	const struct rollout_change wish = { .has_enabled = true,
		.enabled = json_is_true(members[PATCH_ENABLED].value) };
	struct err err = { "" };
	uint64_t was;

	if (r == NULL) {
		admin_fail_unknown(&scene->ports, c, "feature", asked);
		return;
	}
	chosen.ports.of = *r;
	was = admin_epoch(s);
	if (!rollout_set(s->ports.of.rollout, &wish, c->actor,
	    json_string_value(members[PATCH_REASON].value), &err)) {
		admin_answer_change(s, c, false, was, &err);
		return;
	}
	json_print(json_pack("{s:b, s:o}", "changed", (int)(admin_epoch(s) != was),
	    "feature", feature(r)), &c->reply);
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
	const struct snapshot *now = rollout_snapshot(s->ports.of.rollout);
	struct presence legacy = presence_of(now, VERSION_LEGACY);
	struct presence enhanced = presence_of(now, VERSION_ENHANCED);
	struct recorder_status store;
	bool is_degraded, is_gone, is_latched = false, needs = false;

	recorder_status(s->ports.recorder, &store);
	for (size_t i = 0; i < s->ports.rollout_count; i++) {
		const struct snapshot *one =
		    rollout_snapshot(s->ports.rollouts[i].rollout);

		is_latched = is_latched || one->state.latched;
		needs = needs || needs_legacy(one);
	}
	is_degraded = enhanced.up == 0 || is_latched || !store.ok;
	is_gone = needs ? legacy.up == 0 : enhanced.up == 0;
	if (is_gone)
		c->status = 503;
	json_print(json_pack("{s:s, s:{s:o, s:o}, s:{s:b, s:s}, s:o}", "status",
	    is_gone ? "unhealthy" : is_degraded ? "degraded" : "healthy",
	    "versions", version_name(VERSION_LEGACY), version_health(&legacy),
	    version_name(VERSION_ENHANCED), version_health(&enhanced),
	    "store", "ok", (int)store.ok, "error", store.error,
	    "rollout", feature(&s->ports.of)), &c->reply);
}
