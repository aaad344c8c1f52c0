/* replay -- see replay.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/change.h"
#include "control/watch.h"
#include "observe/record.h"
#include "observe/sessions.h"
#include "observe/weights.h"
#include "policy/streak.h"

#define LIVE_TICK_MS 20
#define IDLE_MS 1000
#define PLAN_MS 250
/* Virtual clocks begin late enough for "0 = never". */
#define FIRST_NS NS_PER_S

struct replay {
	struct replay_options options;
	const struct config *config;
	struct watch watch;
	struct rollout_state state;
	struct weights weights;
	struct seen_buckets seen;
	struct session_table *sessions; /* owns; NULL: nobody asks for them */
	int64_t now_us;          /* wall clock */
	uint64_t tick_ns;        /* look at this moment */
	uint64_t plan_ns;
	struct streak streak;
	struct repeats repeats;
	bool is_idle;            /* nothing since the last look */
};

static uint64_t
clock_of(const struct replay *r, int64_t at_us)
{
	return FIRST_NS + (uint64_t)(at_us - r->options.start_us) * NS_PER_US;
}

static int64_t
wall_of(const struct replay *r, uint64_t ns)
{
	return r->options.start_us + (int64_t)((ns - FIRST_NS) / NS_PER_US);
}

/* --- changes ---------------------------------------------------------------- */

static void
tell(struct replay *r, const char *kind, const char *name, const char *text)
{
	const struct replay_event e = { r->now_us, kind, name, text };

	if (r->options.on_event != NULL)
		r->options.on_event(r->options.arg, &e);
}

static void
begin_stage(struct replay *r)
{
	watch_cut(&r->watch);
	weights_clear(&r->weights);
	seen_clear(&r->seen);
}

static void
take(struct replay *r, const struct change *c)
{
	bool afresh = change_starts_afresh(&r->state, &c->next);
	bool shares = change_moves_shares(&r->state, &c->next);

	r->state = c->next;
	if (afresh) {
		begin_stage(r);
	} else if (shares) {
		watch_recount(&r->watch, true);
		weights_clear(&r->weights);
		seen_clear(&r->seen);
	}
}

static void
trip(struct replay *r, const char *name, const char *text)
{
	const struct change_origin by = { "guard", text, r->now_us };
	struct change c;

	change_latch(&r->state, "trip", &by, "", &c);
	take(r, &c);
	tell(r, "trip", name, text);
}

static void
step(struct replay *r, enum deed deed, const char *name, const char *text)
{
	const struct change_origin by = { "guard", text, r->now_us };
	struct change c;

	if (deed == DEED_BACK)
		change_back(&r->config->rules, &r->state, &by, "", &c);
	else
		change_pause(&r->state, true, &by, "", &c);
	if (c.differs)
		take(r, &c);
	tell(r, deed == DEED_BACK ? "back" : "pause", name, text);
}

/* --- looking ---------------------------------------------------------------- */

static void
explain_resolved(const struct guard_rule *rule, struct buf *out)
{
	buf_printf(out, "%s: ", rule->name);
	guard_explain_number(&rule->when, out);
	buf_puts(out, " has been fine for a whole window");
}

static void
do_deed(struct replay *r, size_t i, enum deed deed)
{
	static const char *const kinds[] = { [DEED_ALERT] = "alert",
		[DEED_RESOLVED] = "resolved", [DEED_HELD] = "held",
		[DEED_OBSERVED] = "observed" };
	const struct guard_rule *rule = &r->config->rules.guards[i];
	struct buf sentence = { 0 };

	if (deed == DEED_OBSERVED)
		buf_printf(&sentence, "would %s: ", guard_action_name(rule->action));
	if (deed == DEED_RESOLVED)
		explain_resolved(rule, &sentence);
	else
		guard_explain(rule, &r->watch.readings[i], &sentence, NULL);
	switch (deed) {
	case DEED_NONE:
		break;
	case DEED_ALERT:
	case DEED_RESOLVED:
	case DEED_HELD:
	case DEED_OBSERVED:
		tell(r, kinds[deed], rule->name, sentence.bytes);
		break;
	case DEED_PAUSE:
	case DEED_BACK:
		step(r, deed, rule->name, sentence.bytes);
		break;
	case DEED_ROLLBACK:
		trip(r, rule->name, sentence.bytes);
		break;
	}
	buf_fini(&sentence);
}

static void
trip_breaker(struct replay *r, enum breaker_cause cause)
{
	struct buf sentence = { 0 };

	breaker_explain(&r->config->rules.breaker, &r->watch.breaker, cause,
	    &sentence, NULL);
	trip(r, "breaker", sentence.bytes);
	buf_fini(&sentence);
}

static void
look_at_rules(struct replay *r)
{
	const struct rules *rules = &r->config->rules;

	watch_state(&r->watch, &r->state);
	if (watch_breaker(&r->watch, r->state.percent > 0) &&
	    !r->state.latched && !r->watch.tells_only)
		trip_breaker(r, BREAKER_RATE);
	for (enum guard_action a = GUARD_ACTION_COUNT; a-- > GUARD_ALERT;)
		for (size_t i = 0; i < rules->guard_count; i++) {
			enum deed deed = DEED_NONE;

			if (rules->guards[i].action == a)
				deed = watch_rule(&r->watch, i, r->state.latched);
			if (deed != DEED_NONE)
				do_deed(r, i, deed);
		}
}

void
replay_plan(struct replay *r, struct plan_report *out)
{
	const struct stage *stage = plan_stage(&r->config->rules, &r->state);
	const struct seen_buckets *seen = &r->seen;
	struct condition_reading gates[PLAN_ROWS_MAX];
	const struct watch *w = &r->watch;
	const struct plan_view view = {
		.state = &r->state,
		.latched = r->state.latched,
		.now_us = r->now_us,
		.requests = w->all.tallies[VERSION_ENHANCED].requests -
		    w->all.begin[VERSION_ENHANCED].requests,
		.users = { seen_count(&seen, 1, VERSION_LEGACY),
		    seen_count(&seen, 1, VERSION_ENHANCED) },
		.critical = watch_critical(w),
		.smoke_is_taken = true,
		.gates = gates,
	};

	for (size_t i = 0; stage != NULL && i < stage->gate_count; i++)
		(void)condition_holds_surely(&stage->gates[i].when,
		    watch_look(&r->watch, &stage->gates[i].when), &gates[i]);
	plan_judge(&r->config->rules, &view, out);
}

/* A gate over a number that is not replayed: never known. */
static bool
is_beyond_us(const struct stage *stage, const struct plan_row *row)
{
	for (size_t i = 0; i < stage->gate_count; i++)
		if (stage->gates[i].when.kind != NUMBER_MEASURE &&
		    row->state == ROW_WAITING &&
		    strcmp(stage->gates[i].name, row->name) == 0)
			return true;
	return false;
}

static bool
is_approved(const struct replay *r, const struct stage *stage,
    const struct plan_row *row)
{
	return (r->options.approve && strcmp(row->name, "approval") == 0) ||
	    (r->options.traffic_only && is_beyond_us(stage, row));
}

static bool
is_open(const struct replay *r, const struct stage *stage,
    const struct plan_report *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->rows[i].state != ROW_DONE &&
		    !is_approved(r, stage, &plan->rows[i]))
			return false;
	return plan->next != NULL;
}

/* "dwell: 1m of 1m; errors: error_rate of enhanced is 0% (0 of 900), ..." */
static void
explain_advance(const struct plan_report *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->count; i++)
		buf_printf(out, "%s%s: %s", i > 0 ? "; " : "",
		    plan->rows[i].name, plan->rows[i].state == ROW_DONE ?
		    plan->rows[i].text : "given");
	if (plan->count == 0)
		buf_puts(out, "nothing is asked for");
}

/* Most of a stage is spent on these two rows, and without them all others need
 * not be judged. */
static bool
is_early(const struct replay *r, const struct stage *stage)
{
	const struct watch *w = &r->watch;

	return r->now_us - r->state.stage_us < (int64_t)stage->dwell_ms * 1000 ||
	    w->all.tallies[VERSION_ENHANCED].requests -
	    w->all.begin[VERSION_ENHANCED].requests < stage->min_requests;
}

static void
look_at_plan(struct replay *r)
{
	const struct rules *rules = &r->config->rules;
	const struct stage *stage = plan_stage(rules, &r->state);
	const struct change_origin by = { "plan", "every gate is done",
		r->now_us };
	struct plan_report plan;
	enum refusal refusal;
	struct err err = { "" };
	struct buf numbers = { 0 };
	struct change c;

	if (stage == NULL || r->state.latched ||
	    (stage->advance != ADVANCE_AUTO && !r->options.approve))
		return;
	if (is_early(r, stage))
		return;
	replay_plan(r, &plan);
	if (!is_open(r, stage, &plan) || !change_advance(rules, &r->state,
	    r->options.approve, &by, "", &c, &refusal, &err))
		return;
	explain_advance(&plan, &numbers);
	take(r, &c);
	tell(r, "advance", r->state.stage, numbers.bytes);
	buf_fini(&numbers);
}

void
replay_look(struct replay *r)
{
	struct watch *w = &r->watch;

	w->now_ns = clock_of(r, r->now_us);
	if (r->sessions != NULL)
		session_table_turn(r->sessions);
	watch_push(w);
	if (watch_renews(w))
		weights_renew(&r->weights);
	look_at_rules(r);
	if (w->now_ns >= r->plan_ns) {
		r->plan_ns = w->now_ns + r->options.plan_ms * NS_PER_MS;
		look_at_plan(r);
	}
	r->tick_ns = w->now_ns + (r->is_idle ? r->options.idle_ms :
	    r->options.tick_ms) * NS_PER_MS;
	r->is_idle = true;
}

void
replay_until(struct replay *r, int64_t at_us)
{
	uint64_t until_ns = clock_of(r, at_us);

	if (at_us <= r->now_us)
		return;
	while (r->tick_ns <= until_ns) {
		r->now_us = wall_of(r, r->tick_ns);
		replay_look(r);
	}
	r->now_us = at_us;
	r->watch.now_ns = until_ns;
}

/* --- what happens ------------------------------------------------------------ */

static void
wake(struct replay *r)
{
	uint64_t soon = r->watch.now_ns + r->options.tick_ms * NS_PER_MS;

	r->is_idle = false;
	if (r->tick_ns > soon)
		r->tick_ns = soon;
}

/* As course_feed_breaker(). */
static void
feed_breaker(struct replay *r, uint32_t bucket, bool failed)
{
	enum streak_end end = streak_add(&r->streak, &r->config->rules.breaker,
	    bucket, failed);

	if (end == STREAK_GOES_ON || r->state.latched)
		return;
	streak_clear(&r->streak);
	if (!r->watch.tells_only)
		trip_breaker(r, end == STREAK_HALF ? BREAKER_HALF_ROW :
		    BREAKER_ROW);
}

/* What only some rules ask for. */
static void
add_signals(struct replay *r, struct tally *t, const struct replay_leg *leg)
{
	const struct signal_rules *rules = &r->config->rules.signals;

	signals_add(t, rules, &leg->signals);
	for (size_t i = 0; i < rules->spread_count; i++) {
		uint64_t us = rules->spreads[i].of == SPREAD_FIRST_BYTE ?
		    leg->first_byte_us : leg->first_content_us;

		if (rules->spreads[i].of != SPREAD_SIGNAL && us != 0)
			hist_add(&t->spreads[i], us);
	}
}

/* A record has so much of a path (leg_record.route). */
#define RECORDED_MAX (sizeof ((struct leg_record *)0)->route - 1)

unsigned
replay_route(const struct config *config, const char *path)
{
	const struct route_counting *c = &config->rules.counting;

	for (size_t i = 0; i < c->watched; i++)
		if (strncmp(c->paths[i], path, RECORDED_MAX) == 0)
			return (unsigned)i + 1;
	return 0;
}

/* NULL: no condition names it. */
static struct watch_scope *
scope_of_route(struct replay *r, unsigned route)
{
	return route == 0 ? NULL : &r->watch.routes[route - 1];
}

static void
add_leg(struct replay *r, struct tally *t, const struct replay_leg *leg,
    unsigned counts)
{
	t->requests++;
	t->failures += leg->failure;
	excess_tally_count(&t->excess, counts, leg->failure);
	if (leg->is_shadow)
		t->shadow_requests++;
	else
		t->primary_requests++;
	t->fallbacks += leg->falls_back;
	if (leg->answered) {
		t->latency_us_sum += leg->latency_us;
		hist_add(&t->latency, leg->latency_us);
		add_signals(r, t, leg);
	}
}

void
replay_add_leg(struct replay *r, const struct replay_leg *leg)
{
	struct watch_scope *of_route = scope_of_route(r, leg->route);
	unsigned counts;

	wake(r);
	if (!leg->counts)
		return;
	counts = weights_take(&r->weights, leg->version, leg->bucket,
	    leg->failure) | repeats_take(&r->repeats, leg->version, leg->bucket,
	    leg->failure);
	add_leg(r, &r->watch.all.tallies[leg->version], leg, counts);
	if (of_route != NULL)
		add_leg(r, &of_route->tallies[leg->version], leg, counts);
	if (leg->version == VERSION_LEGACY)
		streak_add_legacy(&r->streak, leg->failure);
	if (leg->is_shadow)
		return;
	if (leg->by_bucket)
		seen_add(&r->seen, leg->version, leg->bucket);
	if (leg->version == VERSION_ENHANCED)
		feed_breaker(r, leg->bucket, leg->failure);
}

static void
add_pair(struct watch_scope *s, bool different)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		s->tallies[v].compared++;
		s->tallies[v].different += different;
	}
}

void
replay_add_pair(struct replay *r, unsigned route, bool different)
{
	struct watch_scope *of_route = scope_of_route(r, route);

	wake(r);
	add_pair(&r->watch.all, different);
	if (of_route != NULL)
		add_pair(of_route, different);
}

/* As isolating_request(). */
void
replay_add_request(struct replay *r, const struct replay_request *request)
{
	unsigned news, on = r->config->rules.isolation.on;
	enum isolation_kind kind;

	if (r->sessions == NULL)
		return;
	wake(r);
	news = session_table_see(r->sessions, request->session,
	    strlen(request->session), request->user, strlen(request->user),
	    request->by_bucket, request->version);
	kind = (news & SESSION_OTHER_USER) != 0 ? ISOLATION_TWO_USERS :
	    ISOLATION_FLIP;
	if (news != 0 && (news & SESSION_LOST) == 0 && (on >> kind & 1) != 0)
		r->watch.all.tallies[request->version].isolation++;
}

bool
replay_set_stage(struct replay *r, const char *stage)
{
	const struct change_origin by = { "operator", "replayed", r->now_us };
	const struct rollout_change wish = { .stage = stage };
	struct err err = { "" };
	enum refusal refusal;
	struct change c;

	if (!change_by_operator(&r->config->rules, &r->state, &wish, &by, &c,
	    &refusal, &err))
		return false;
	if (c.differs)
		take(r, &c);
	return true;
}

const struct rollout_state *
replay_state(const struct replay *r)
{
	return &r->state;
}

/* --- begin and end ----------------------------------------------------------- */

static void
watch_rules(struct replay *r)
{
	const struct rules *rules = &r->config->rules;
	const struct isolation_rules *isolation = &rules->isolation;

	watch_init(&r->watch);
	watch_use(&r->watch, rules);
	watch_reshape(&r->watch);
	if (isolation->is_on && (isolation->on & (1u << ISOLATION_TWO_USERS |
	    1u << ISOLATION_FLIP)) != 0)
		r->sessions = session_table_new(isolation->sessions);
}

struct replay *
replay_new(const struct config *config, const struct replay_options *options)
{
	struct replay *r = mem_zalloc(sizeof *r);
	struct change first;

	r->options = *options;
	streak_clear(&r->streak);
	repeats_clear(&r->repeats);
	if (r->options.tick_ms == 0)
		r->options.tick_ms = LIVE_TICK_MS;
	if (r->options.idle_ms == 0)
		r->options.idle_ms = IDLE_MS;
	if (r->options.plan_ms == 0)
		r->options.plan_ms = PLAN_MS;
	r->config = config;
	r->now_us = options->start_us;
	watch_rules(r);
	change_first(config, r->now_us, &first);
	r->state = first.next;
	r->watch.now_ns = r->tick_ns = r->plan_ns = FIRST_NS;
	begin_stage(r);
	return r;
}

void
replay_free(struct replay **r)
{
	if (*r == NULL)
		return;
	watch_fini(&(*r)->watch);
	session_table_free(&(*r)->sessions);
	free(*r);
	*r = NULL;
}
