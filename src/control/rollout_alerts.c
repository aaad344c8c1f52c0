/* rollout_alerts -- what people are told of a rollout, and when that is over.
 * SPDX-License-Identifier: MIT
 *
 * What began is kept in a short list until its end: a rule that is fine again,
 * a latch that was cleared, a plan that goes on, a store that writes.  The end
 * is found by looking at the state, once every tick, and not told by whoever
 * brought it about: there are many ways to it (a reload takes the rule away, a
 * stage begins its numbers anew, another instance rearms).
 */
#include "control/rollout_core.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/words.h"

#define STORE_LOOK_NS NS_PER_S
/* A file that was locked for a moment wakes nobody. */
#define STORE_PATIENCE_NS (5 * NS_PER_S)
#define RECALL_EVENTS 200

static void
tell(struct rollout *r, struct alert *a, const char *name,
    const char *sentence, const char *evidence)
{
	if (r->ports.tell == NULL)
		return;
	a->at_us = clock_wall_us();
	text_copy(a->rollout, sizeof a->rollout, rollout_label(r),
	    strlen(rollout_label(r)));
	alert_fill(a, &r->state, name, sentence, evidence);
	r->ports.tell(r->ports.arg, a);
}

/* --- beginnings ------------------------------------------------------------------ */

/* One key has one end: what a rule has done takes the place of what it held. */
static bool
is_kept(struct rollout *r, const struct trouble *trouble)
{
	for (size_t i = 0; i < r->trouble_count; i++) {
		struct trouble *t = &r->troubles[i];

		if (t->epoch != trouble->epoch ||
		    strcmp(t->name, trouble->name) != 0)
			continue;
		if (t->end == ENDS_FINE)
			*t = *trouble;
		return true;
	}
	return false;
}

/* Full: the oldest is forgotten, and its end not told. */
void
rollout_alert_keep(struct rollout *r, const struct trouble *trouble)
{
	struct trouble *list = r->troubles;

	if (is_kept(r, trouble))
		return;
	if (r->trouble_count == TROUBLES_MAX)
		memmove(list, list + 1, --r->trouble_count * sizeof *list);
	list[r->trouble_count++] = *trouble;
}

void
rollout_alert(struct rollout *r, const struct trouble *trouble,
    const char *kind, const char *sentence, const char *evidence)
{
	struct alert a = { .phase = ALERT_BEGIN, .kind = kind,
		.severity = trouble->severity, .epoch = trouble->epoch };

	rollout_alert_keep(r, trouble);
	tell(r, &a, trouble->name, sentence, evidence);
}

/* --- notes ----------------------------------------------------------------------- */

/* Changes that are worth a line to whoever follows the rollout.  What the
 * guard did has a beginning and an end instead. */
static const char *
noted_kind(const struct change *c)
{
	static const char *const kinds[] = { "advance", "complete", "back", "pause",
		"resume", "stage", "percent", "enabled", "rearm" };

	if (strcmp(c->event.actor, "guard") == 0)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(c->event.kind, kinds[i]) == 0)
			return kinds[i];
	return NULL;
}

void
rollout_alert_change(struct rollout *r, const struct change *c)
{
	const char *kind = noted_kind(c);
	struct alert a = { .phase = ALERT_NOTE, .kind = kind,
		.severity = SEVERITY_INFO, .epoch = c->event.epoch };
	char *sentence;

	if (kind == NULL)
		return;
	sentence = mem_printf("%s: %s, by %s: %s", kind, c->event.to,
	    c->event.actor, c->event.reason);
	tell(r, &a, "rollout", sentence, c->event.evidence);
	free(sentence);
}

/* --- ends ------------------------------------------------------------------------ */

/* NULL: it still fires, or holds, or would have acted. */
static const char *
rule_end(const struct rollout *r, const char *name)
{
	const struct rules *rules = &r->config->rules;

	for (size_t i = 0; i < rules->guard_count; i++) {
		const struct guard_memory *m = &r->watch.memories[i];

		if (strcmp(rules->guards[i].name, name) != 0)
			continue;
		if (m->fired || m->told != 0)
			return NULL;
		return r->watch.readings[i].judgement == JUDGE_FINE ?
		    "it has been fine for a whole window" :
		    "its numbers begin anew";
	}
	return "there is no such rule any more";
}

/* NULL: it is not over; else why, in words that the caller frees. */
static char *
find_end(const struct rollout *r, const struct trouble *t)
{
	const struct rollout_state *s = &r->state;
	const char *why = NULL;

	switch (t->end) {
	case ENDS_FINE:
		why = rule_end(r, t->name);
		break;
	case ENDS_REARM:
		return s->latched ? NULL : mem_printf("%s is over: rearmed by %s: "
		    "%s", t->name, s->actor, s->reason);
	case ENDS_RESUME:
		if (s->paused)
			return NULL;
		/* While latched these two are of the latch. */
		if (s->latched)
			return mem_printf("%s is over: the plan is not paused any "
			    "more", t->name);
		return mem_printf("%s is over: the plan goes on, by %s: %s", t->name,
		    s->actor, s->reason);
	case ENDS_BREAKER:
		why = r->breaker_told ? NULL : "the failures are below its limit";
		break;
	case ENDS_STORE:
		why = r->store_bad_ns == 0 ? "it takes what there is" : NULL;
		break;
	case ENDS_QUIET:
		return rollout_isolation_end(r, t);
	}
	return why == NULL ? NULL : mem_printf("%s is over: %s", t->name, why);
}

static void
tell_ends(struct rollout *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->trouble_count; i++) {
		const struct trouble t = r->troubles[i];
		struct alert a = { .phase = ALERT_END, .kind = "resolved",
			.severity = t.severity, .epoch = t.epoch };
		char *sentence = find_end(r, &t);

		if (sentence == NULL)
			r->troubles[kept++] = t;
		else
			tell(r, &a, t.name, sentence, "");
		free(sentence);
	}
	r->trouble_count = kept;
}

/* --- the store ------------------------------------------------------------------- */

static void
tell_store(struct rollout *r, const char *error)
{
	struct trouble t = { .name = "store", .epoch = r->state.epoch,
		.severity = SEVERITY_WARNING, .end = ENDS_STORE };
	bool is_unsaved = r->unsaved_why[0] != '\0';
	char *sentence;

	for (size_t i = 0; i < r->trouble_count; i++)
		if (r->troubles[i].end == ENDS_STORE)
			return;
	/* A trip that a restart would not know of. */
	if (is_unsaved)
		t.severity = SEVERITY_CRITICAL;
	sentence = mem_printf("store: %s: %s", is_unsaved ? "what was decided "
	    "cannot be written down" : "it takes nothing, records wait", error);
	rollout_alert(r, &t, "store", sentence, "");
	free(sentence);
}

static void
look_at_store(struct rollout *r)
{
	struct recorder_status s;
	bool is_well;

	if (r->watch.now_ns < r->store_ns)
		return;
	r->store_ns = r->watch.now_ns + STORE_LOOK_NS;
	recorder_status(r->ports.recorder, &s);
	is_well = s.ok && r->unsaved_why[0] == '\0';
	if (is_well)
		r->store_bad_ns = 0;
	else if (r->store_bad_ns == 0)
		r->store_bad_ns = r->watch.now_ns;
	else if (r->watch.now_ns - r->store_bad_ns >= STORE_PATIENCE_NS)
		tell_store(r, r->unsaved_why[0] != '\0' ? r->unsaved_why : s.error);
}

void
rollout_alert_tick(struct rollout *r)
{
	look_at_store(r);
	tell_ends(r);
}

/* --- after a start ----------------------------------------------------------------- */

static enum severity
severity_of(const char *word)
{
	for (enum severity s = SEVERITY_INFO; s <= SEVERITY_CRITICAL; s++)
		if (word != NULL && strcmp(word, severity_name(s)) == 0)
			return s;
	return SEVERITY_CRITICAL;
}

static void
recall(struct rollout *r, const struct log_entry *e, enum trouble_end end)
{
	json_t *evidence = json_loads(e->evidence, 0, NULL);
	const char *rule = json_string_value(json_object_get(evidence, "rule"));
	struct trouble t = { .epoch = e->epoch, .end = end,
		.severity = SEVERITY_CRITICAL };

	if (end == ENDS_RESUME)
		t.severity = severity_of(json_string_value(
		    json_object_get(evidence, "severity")));
	if (rule == NULL)
		rule = e->kind;
	text_copy(t.name, sizeof t.name, rule, strlen(rule));
	rollout_alert_keep(r, &t);
	json_decref(evidence);
}

static bool
is_one_of(const char *kind, const char *a, const char *b)
{
	return strcmp(kind, a) == 0 || strcmp(kind, b) == 0;
}

void
rollout_alert_recall(struct rollout *r)
{
	struct log_entry *events;
	/* Every rule that has paused it, or gone back, since it was resumed. */
	bool latch = r->state.latched, pause = r->state.paused;
	size_t count;

	r->trouble_count = 0;
	events = mem_alloc(RECALL_EVENTS * sizeof *events);
	count = store_events(r->ports.store, events, RECALL_EVENTS);
	for (size_t i = 0; i < count; i++) {
		const struct log_entry *e = &events[i];

		if (latch && is_one_of(e->kind, "trip", "rollback")) {
			recall(r, e, ENDS_REARM);
			latch = false;
		}
		if (strcmp(e->kind, "resume") == 0)
			pause = false;
		if (pause && is_one_of(e->kind, "pause", "back") &&
		    strcmp(e->actor, "guard") == 0)
			recall(r, e, ENDS_RESUME);
	}
	rollout_isolation_recall(r, events, count);
	free(events);
}
