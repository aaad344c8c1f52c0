/* change -- the next state and its event, for every kind of wish.
 * SPDX-License-Identifier: MIT
 */
#include "control/change.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void
copy(char *out, size_t space, const char *text)
{
	text_copy(out, space, text, strlen(text));
}

/* "canary-5 at 5%", "canary-5 at 5%, latched, paused" */
static void
describe(const struct rollout_state *s, char *out, size_t space)
{
	char share[32];

	text_format_share(s->percent, share);
	snprintf(out, space, "%.50s at %s%s%s%s", s->stage, share,
	    s->enabled ? "" : ", off", s->latched ? ", latched" : "",
	    s->paused ? ", paused" : "");
}

static void
event_fill(struct log_entry *e, const char *kind, uint64_t epoch,
    const struct change_origin *by)
{
	*e = (struct log_entry){ .ts_us = by->now_us, .epoch = epoch };
	copy(e->kind, sizeof e->kind, kind);
	copy(e->actor, sizeof e->actor, by->actor);
	copy(e->reason, sizeof e->reason, by->reason);
}

/* Every change begins with a copy of what is and the next epoch. */
static void
change_begin(struct change *c, const struct rollout_state *now,
    const char *kind, const struct change_origin *by)
{
	*c = (struct change){ .differs = true, .next = *now };
	c->next.epoch = now->epoch + 1;
	c->next.changed_us = by->now_us;
	copy(c->next.actor, sizeof c->next.actor, by->actor);
	copy(c->next.reason, sizeof c->next.reason, by->reason);
	event_fill(&c->event, kind, c->next.epoch, by);
}

/* While all is on legacy, why it is must stay readable. */
static void
keep_reason(struct change *c, const struct rollout_state *now)
{
	if (!now->latched)
		return;
	copy(c->next.reason, sizeof c->next.reason, now->reason);
	copy(c->next.actor, sizeof c->next.actor, now->actor);
}

/* A stage that begins, or is given other users, begins its time. */
static void
event_from_to(struct change *c, const struct rollout_state *now)
{
	if (strcmp(now->stage, c->next.stage) != 0 ||
	    now->percent != c->next.percent)
		c->next.stage_us = c->next.changed_us;
	describe(now, c->event.from, sizeof c->event.from);
	describe(&c->next, c->event.to, sizeof c->event.to);
}

static const struct stage *
find_stage(const struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->stage_count; i++)
		if (strcmp(rules->stages[i].name, name) == 0)
			return &rules->stages[i];
	return NULL;
}

static void
take_stage(struct rollout_state *s, const struct stage *stage)
{
	copy(s->stage, sizeof s->stage, stage->name);
	s->percent = stage->percent;
	s->shadow = stage->shadow;
}

/* What the config asks for. */
static void
take_config(struct rollout_state *s, const struct rules *rules)
{
	take_stage(s, &rules->stages[rules->stage]);
	if (rules->percent_given)
		s->percent = rules->percent;
	s->enabled = rules->enabled;
}

void
change_first(const struct config *config, int64_t now_us, struct change *out)
{
	const struct change_origin by = { "config",
		"first start: as the configuration asks", now_us };
	const struct rollout_state nothing = { .epoch = 0 };

	change_begin(out, &nothing, "start", &by);
	take_config(&out->next, &config->rules);
	out->next.config_mark = config_rollout_mark(config);
	out->next.stage_us = now_us;
	describe(&out->next, out->event.to, sizeof out->event.to);
}

/* There is no way to set the mirrored share at run time, so the config's
 * share of the stage in force always holds. */
static bool
follow_shadow(struct rollout_state *s, const struct rules *rules)
{
	const struct stage *stage = find_stage(rules, s->stage);

	if (stage == NULL || stage->shadow == s->shadow)
		return false;
	s->shadow = stage->shadow;
	return true;
}

static bool
is_same_traffic(const struct rollout_state *a, const struct rollout_state *b)
{
	return strcmp(a->stage, b->stage) == 0 && a->percent == b->percent &&
	    a->shadow == b->shadow && a->enabled == b->enabled &&
	    a->latched == b->latched;
}

static const char *
config_kind(const struct rollout_state *was, const struct rollout_state *next)
{
	if (strcmp(was->stage, next->stage) != 0)
		return "stage";
	if (was->percent != next->percent)
		return "percent";
	if (was->enabled != next->enabled)
		return "enabled";
	return "reload";
}

static void
switch_words(struct change *c, const struct rollout_state *now)
{
	copy(c->event.from, sizeof c->event.from, now->enabled ? "on" : "off");
	copy(c->event.to, sizeof c->event.to, c->next.enabled ? "on" : "off");
}

void
change_by_config(const struct config *config, const struct rollout_state *now,
    const struct change_origin *by, struct change *out)
{
	const struct rules *rules = &config->rules;
	struct rollout_state next = *now;
	uint64_t mark = config_rollout_mark(config);
	const char *kind;

	if (mark != now->config_mark && !now->latched)
		take_config(&next, rules);
	else if (mark != now->config_mark)
		next.enabled = rules->enabled;
	next.config_mark = mark;
	*out = (struct change){ .differs = false };
	if (!follow_shadow(&next, rules) && mark == now->config_mark)
		return;
	kind = config_kind(now, &next);
	change_begin(out, &next, kind, by);
	keep_reason(out, now);
	if (strcmp(kind, "enabled") == 0)
		switch_words(out, now);
	else
		event_from_to(out, now);
}

/* Giving legacy up is not one more step. */
static bool
refuse_complete(const struct stage *stage, enum refusal *refusal_out,
    struct err *err)
{
	*refusal_out = REFUSAL_LATCHED;
	return err_set(err, "\"%s\" leaves enhanced alone; at 100%%, open it with "
	    "\"complete\"", stage->name);
}

static bool
set_stage(const struct rules *rules, const char *name, struct change *c,
    enum refusal *refusal_out, struct err *err)
{
	const struct stage *stage = find_stage(rules, name);
	const char **names;
	const char *near;

	if (stage != NULL && stage->complete && strcmp(c->next.stage, name) != 0)
		return refuse_complete(stage, refusal_out, err);
	if (stage != NULL) {
		take_stage(&c->next, stage);
		return true;
	}
	names = mem_alloc((rules->stage_count + 1) * sizeof *names);
	for (size_t i = 0; i < rules->stage_count; i++)
		names[i] = rules->stages[i].name;
	near = text_nearest(name, names, rules->stage_count);
	free(names);
	*refusal_out = REFUSAL_INVALID;
	if (near != NULL)
		return err_set(err, "stage: there is no stage \"%s\"; did you "
		    "mean \"%s\"?", name, near);
	return err_set(err, "stage: there is no stage \"%s\"", name);
}

static bool
refuse_latched(enum refusal *refusal_out, struct err *err)
{
	*refusal_out = REFUSAL_LATCHED;
	return err_set(err, "the rollout is latched on legacy; rearm it before "
	    "you change stage or percent");
}

bool
change_by_operator(const struct rules *rules, const struct rollout_state *now,
    const struct rollout_change *wish, const struct change_origin *by,
    struct change *out, enum refusal *refusal_out, struct err *err)
{
	*refusal_out = REFUSAL_NONE;
	if (!wish->has_enabled && now->latched)
		return refuse_latched(refusal_out, err);
	change_begin(out, now, wish->stage != NULL ? "stage" :
	    wish->has_percent ? "percent" : "enabled", by);
	if (wish->stage != NULL) {
		if (!set_stage(rules, wish->stage, out, refusal_out, err))
			return false;
	} else if (wish->has_percent) {
		out->next.percent = wish->percent;
	} else {
		assert(wish->has_enabled);
		out->next.enabled = wish->enabled;
		keep_reason(out, now);
	}
	if (wish->has_enabled)
		switch_words(out, now);
	else
		event_from_to(out, now);
	if (is_same_traffic(now, &out->next))
		*out = (struct change){ .differs = false };
	return true;
}

void
change_latch(const struct rollout_state *now, const char *kind,
    const struct change_origin *by, const char *evidence, struct change *out)
{
	change_begin(out, now, kind, by);
	out->next.latched = true;
	describe(now, out->event.from, sizeof out->event.from);
	copy(out->event.to, sizeof out->event.to, "legacy only, latched");
	if (strlen(evidence) < sizeof out->event.evidence)
		copy(out->event.evidence, sizeof out->event.evidence, evidence);
}

void
change_rearm(const struct rules *rules, const struct rollout_state *now,
    bool resume, const struct change_origin *by, struct change *out)
{
	change_begin(out, now, "rearm", by);
	out->next.latched = false;
	if (!resume) {
		take_stage(&out->next, &rules->stages[0]);
		out->next.percent = 0;
	}
	/* What it knew of the stage from before is not counted any more. */
	out->next.stage_us = out->next.changed_us;
	copy(out->event.from, sizeof out->event.from, "legacy only, latched");
	describe(&out->next, out->event.to, sizeof out->event.to);
}

/* Half a JSON object is worse than none. */
static void
take_evidence(struct change *c, const char *evidence)
{
	if (strlen(evidence) < sizeof c->event.evidence)
		copy(c->event.evidence, sizeof c->event.evidence, evidence);
}

void
change_pause(const struct rollout_state *now, bool pause,
    const struct change_origin *by, const char *evidence, struct change *out)
{
	if (now->paused == pause) {
		*out = (struct change){ .differs = false };
		return;
	}
	change_begin(out, now, pause ? "pause" : "resume", by);
	keep_reason(out, now);
	out->next.paused = pause;
	event_from_to(out, now);
	take_evidence(out, evidence);
}

static size_t
stage_index(const struct rules *rules, const struct rollout_state *s)
{
	const struct stage *stage = find_stage(rules, s->stage);

	return stage == NULL ? 0 : (size_t)(stage - rules->stages);
}

void
change_back(const struct rules *rules, const struct rollout_state *now,
    const struct change_origin *by, const char *evidence, struct change *out)
{
	size_t i = stage_index(rules, now);

	change_begin(out, now, "back", by);
	take_stage(&out->next, &rules->stages[i > 0 ? i - 1 : 0]);
	/* A percentage that somebody has lowered within the stage stays: what
	 * goes back never puts users on enhanced. */
	if (out->next.percent > now->percent)
		out->next.percent = now->percent;
	out->next.paused = true;
	event_from_to(out, now);
	take_evidence(out, evidence);
	if (is_same_traffic(now, &out->next) && now->paused)
		*out = (struct change){ .differs = false };
}

bool
change_advance(const struct rules *rules, const struct rollout_state *now,
    bool force, const struct change_origin *by, const char *evidence,
    struct change *out, enum refusal *refusal_out, struct err *err)
{
	const struct stage *stage = find_stage(rules, now->stage);

	*refusal_out = REFUSAL_NONE;
	if (now->latched)
		return refuse_latched(refusal_out, err);
	*refusal_out = REFUSAL_INVALID;
	if (stage == NULL)
		return err_set(err, "the plan has no stage \"%s\" any more; set the "
		    "one that should follow", now->stage);
	if (stage + 1 == rules->stages + rules->stage_count)
		return err_set(err, "\"%s\" is the last stage of the plan",
		    now->stage);
	if (now->paused && !force) {
		*refusal_out = REFUSAL_LATCHED;
		return err_set(err, "the rollout is paused; resume it first");
	}
	if (stage[1].complete)
		return refuse_complete(&stage[1], refusal_out, err);
	*refusal_out = REFUSAL_NONE;
	change_begin(out, now, "advance", by);
	take_stage(&out->next, stage + 1);
	event_from_to(out, now);
	take_evidence(out, evidence);
	return true;
}

bool
change_complete(const struct rules *rules, const struct rollout_state *now,
    const struct change_origin *by, struct change *out,
    enum refusal *refusal_out, struct err *err)
{
	const struct stage *last = &rules->stages[rules->stage_count - 1];
	char share[32];

	*out = (struct change){ .differs = false };
	if (now->latched)
		return refuse_latched(refusal_out, err);
	*refusal_out = REFUSAL_LATCHED;
	text_format_share(now->percent, share);
	if (!last->complete)
		return err_set(err, "the plan ends with \"%s\"; add a stage with "
		    "\"complete\": true behind it, and reload", last->name);
	if (now->percent != last->percent)
		return err_set(err, "the rollout stands at %s; advance it to 100%% "
		    "first", share);
	if (!now->enabled)
		return err_set(err, "the rollout is switched off; switch it on "
		    "first");
	*refusal_out = REFUSAL_NONE;
	if (strcmp(now->stage, last->name) == 0)
		return true;
	change_begin(out, now, "complete", by);
	take_stage(&out->next, last);
	event_from_to(out, now);
	return true;
}

void
change_override(const struct rollout_state *now, const char *user,
    const char *was, const char *wanted, const struct change_origin *by,
    struct change *out)
{
	change_begin(out, now, "override", by);
	/* An override is no reason why the rollout is where it is. */
	copy(out->next.reason, sizeof out->next.reason, now->reason);
	copy(out->next.actor, sizeof out->next.actor, now->actor);
	snprintf(out->event.from, sizeof out->event.from, "%s",
	    was != NULL ? was : "bucket");
	snprintf(out->event.to, sizeof out->event.to, "%s for %s",
	    wanted != NULL ? wanted : "bucket", user);
}

void
change_adopt(const struct rollout_state *now,
    const struct rollout_state *remote, int64_t now_us, struct change *out)
{
	struct change_origin by = { remote->actor, remote->reason, now_us };

	*out = (struct change){ .differs = true, .next = *remote };
	event_fill(&out->event, "adopt", remote->epoch, &by);
	event_from_to(out, now);
}

bool
change_starts_afresh(const struct rollout_state *was,
    const struct rollout_state *next)
{
	return strcmp(was->stage, next->stage) != 0 ||
	    (!was->enabled && next->enabled) || (was->latched && !next->latched);
}

bool
change_moves_shares(const struct rollout_state *was,
    const struct rollout_state *next)
{
	return was->percent != next->percent || was->shadow != next->shadow;
}

void
change_note(const struct rollout_state *now, const char *kind,
    const struct change_origin *by, const char *evidence, struct log_entry *out)
{
	event_fill(out, kind, now->epoch, by);
	if (strlen(evidence) < sizeof out->evidence)
		copy(out->evidence, sizeof out->evidence, evidence);
}
