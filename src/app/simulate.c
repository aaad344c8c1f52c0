/* simulate -- see simulate.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/simulate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "policy/decide.h"

/* Primary, shadow, control, and legacy in the place of enhanced. */
#define LEGS_OF_A_PAIR 8
/* A signal's text is at most RECORD_SIGNALS_MAX. */
#define SCRATCH_BYTES (64u << 10)
#define LOOK_ON_US 1000000

/* What is still to happen. */
struct happening {
	int64_t at_us;
	uint64_t order;            /* of two at one moment the first comes first */
	bool is_pair, is_different;
	unsigned route;            /* of a pair */
	struct replay_leg leg;
};

struct simulation {
	const struct config *config;
	struct simulate_options options;
	struct replay *replay;     /* owns; NULL: there was no row yet */
	struct simulate_counts counts;
	struct happening *heap;    /* owns: the next one to happen is its root */
	size_t heap_count, heap_space;
	uint64_t order;
	struct past_leg legs[LEGS_OF_A_PAIR]; /* of the pair at hand */
	size_t leg_count;
	struct simulate_stage *stages; /* owns */
	size_t stage_count;
	struct arena scratch;
};

/* --- begin and end ---------------------------------------------------- */

struct simulation *
simulation_new(const struct config *config,
    const struct simulate_options *options)
{
	struct simulation *s = mem_zalloc(sizeof *s);

	s->config = config;
	s->options = *options;
	arena_init(&s->scratch, SCRATCH_BYTES);
	return s;
}

void
simulation_free(struct simulation **slot)
{
	struct simulation *s = *slot;

	if (s == NULL)
		return;
	replay_free(&s->replay);
	arena_fini(&s->scratch);
	free(s->heap);
	free(s->stages);
	free(s);
	*slot = NULL;
}

static void
enter_stage(struct simulation *s, int64_t at_us)
{
	const struct stage *now = plan_stage(&s->config->rules,
	    replay_state(s->replay));
	struct simulate_stage *last = s->stage_count > 0 ?
	    &s->stages[s->stage_count - 1] : NULL;

	if (now == NULL || (last != NULL && last->stage == now))
		return;
	if (last != NULL)
		last->to_us = at_us;
	s->stages = mem_realloc(s->stages,
	    (s->stage_count + 1) * sizeof *s->stages);
	s->stages[s->stage_count++] = (struct simulate_stage){ now, at_us, at_us };
}

static void
on_event(void *arg, const struct replay_event *e)
{
	struct simulation *s = arg;

	if (s->counts.back_us == 0 && strcmp(e->kind, "trip") == 0)
		s->counts.back_us = e->at_us;
	enter_stage(s, e->at_us);
	if (s->options.on_event != NULL)
		s->options.on_event(s->options.arg, e);
}

static void
begin(struct simulation *s, int64_t at_us)
{
	const struct replay_options options = { .start_us = at_us,
		.approve = s->options.approve, .on_event = on_event, .arg = s };

	if (s->replay != NULL)
		return;
	s->replay = replay_new(s->config, &options);
	/* That there is one of the name, has been looked up. */
	if (s->options.stage != NULL)
		(void)!replay_set_stage(s->replay, s->options.stage);
	s->counts.first_us = s->counts.last_us = at_us;
	enter_stage(s, at_us);
}

/* --- in the order in which they ended --------------------------- */

static bool
is_before(const struct happening *a, const struct happening *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void
swap(struct happening *a, struct happening *b)
{
	struct happening t = *a;

	*a = *b;
	*b = t;
}

static void
put(struct simulation *s, struct happening *h)
{
	size_t at = s->heap_count++;

	if (s->heap_count > s->heap_space) {
		s->heap_space = s->heap_space == 0 ? 64 : 2 * s->heap_space;
		s->heap = mem_realloc(s->heap, s->heap_space * sizeof *s->heap);
	}
	h->order = s->order++;
	s->heap[at] = *h;
	for (; at > 0 && is_before(&s->heap[at], &s->heap[(at - 1) / 2]);
	    at = (at - 1) / 2)
		swap(&s->heap[at], &s->heap[(at - 1) / 2]);
}

static struct happening
take(struct simulation *s)
{
	struct happening first = s->heap[0];
	size_t at = 0;

	s->heap[0] = s->heap[--s->heap_count];
	for (;;) {
		size_t least = at, child = 2 * at + 1;

		for (size_t i = child; i < child + 2 && i < s->heap_count; i++)
			if (is_before(&s->heap[i], &s->heap[least]))
				least = i;
		if (least == at)
			return first;
		swap(&s->heap[at], &s->heap[least]);
		at = least;
	}
}

/* All that ended until then; all there is with INT64_MAX. */
static void
happen_until(struct simulation *s, int64_t at_us)
{
	while (s->heap_count > 0 && s->heap[0].at_us <= at_us) {
		struct happening h = take(s);

		replay_until(s->replay, h.at_us);
		if (h.at_us > s->counts.last_us)
			s->counts.last_us = h.at_us;
		if (h.is_pair)
			replay_add_pair(s->replay, h.route, h.is_different);
		else
			replay_add_leg(s->replay, &h.leg);
	}
}

/* --- legs ---------------------------------------------------- */

static bool
is_fallback(const struct past_leg *leg)
{
	return strcmp(leg->decision, why_word(WHY_FALLBACK)) == 0;
}

/* Not one that moved the user on purpose (proxy/isolating.c). */
static bool
is_by_bucket(const struct past_leg *leg)
{
	return strcmp(leg->decision, why_word(WHY_BUCKET)) == 0 ||
	    strcmp(leg->decision, why_word(WHY_STICKY)) == 0;
}

static bool
is_fit(const struct past_leg *leg)
{
	return leg->leg < LEG_COUNT && leg->version < VERSION_COUNT &&
	    leg->outcome < OUTCOME_COUNT;
}

/* The other leg of a fallback, if this is one of it. */
static const struct past_leg *
partner(const struct simulation *s, const struct past_leg *leg)
{
	bool is_legacy = is_fallback(leg);

	for (size_t i = 0; i < s->leg_count; i++) {
		const struct past_leg *other = &s->legs[i];

		if (other->leg == LEG_PRIMARY && leg->leg == LEG_PRIMARY &&
		    is_fallback(other) != is_legacy &&
		    (is_legacy ? other : leg)->version == VERSION_ENHANCED)
			return other;
	}
	return NULL;
}

static void
make_leg(struct simulation *s, const struct past_leg *leg,
    struct happening *h)
{
	const struct past_leg *other = partner(s, leg);

	/* Users are on the sides that the live rollout put them on, whatever is
	 * decided here: their proportion says nothing (by_bucket is false). */
	h->leg = (struct replay_leg){ .version = leg->version,
		.is_shadow = leg->leg == LEG_SHADOW,
		.counts = outcome_is_counted(leg->outcome),
		.failure = outcome_is_failure(leg->outcome),
		.answered = leg->status != 0,
		.falls_back = other != NULL && !is_fallback(leg),
		.latency_us = leg->latency_us,
		.first_byte_us = leg->first_byte_us,
		.first_content_us = leg->first_content_us,
		.bucket = leg->bucket,
		.route = replay_route(s->config, leg->route) };
	h->at_us = leg->ts_us + (int64_t)leg->latency_us;
	if (is_fallback(leg) && other != NULL) /* it began when that one ended */
		h->at_us += (int64_t)other->latency_us;
	arena_reset(&s->scratch);
	if (leg->signals[0] != '\0' && signals_read(&s->config->rules.signals,
	    leg->signals, strlen(leg->signals), &s->scratch, &h->leg.signals))
		s->counts.said |= h->leg.signals.has;
}

/* The request itself: whose session, on which version. */
static void
note_request(struct simulation *s, const struct past_leg *leg)
{
	const struct replay_request request = { .session = leg->session,
		.user = leg->user, .version = leg->version,
		.by_bucket = is_by_bucket(leg) };

	if (leg->leg != LEG_PRIMARY || is_fallback(leg))
		return;
	if (s->counts.back_us != 0 && leg->version == VERSION_ENHANCED)
		s->counts.served_after++;
	if (leg->session[0] == '\0' || leg->user[0] == '\0')
		return;
	s->counts.has_sessions = true;
	replay_add_request(s->replay, &request);
}

static void
add_one(struct simulation *s, const struct past_leg *leg)
{
	struct happening h = { .is_pair = false };

	if (!is_fit(leg)) {
		s->counts.unfit++;
	} else if (leg->leg == LEG_CONTROL) {
		s->counts.controls++;
	} else {
		s->counts.legs++;
		note_request(s, leg);
		make_leg(s, leg, &h);
		put(s, &h);
	}
}

/* The pair at hand is whole. */
static void
finish_pair(struct simulation *s)
{
	if (s->leg_count == 0)
		return;
	happen_until(s, s->legs[0].ts_us);
	replay_until(s->replay, s->legs[0].ts_us);
	for (size_t i = 0; i < s->leg_count; i++)
		add_one(s, &s->legs[i]);
	s->leg_count = 0;
}

void
simulation_add_leg(struct simulation *s, const struct past_leg *leg)
{
	begin(s, leg->ts_us);
	if (s->leg_count == LEGS_OF_A_PAIR || (s->leg_count > 0 &&
	    strcmp(s->legs[0].pair, leg->pair) != 0))
		finish_pair(s);
	s->legs[s->leg_count++] = *leg;
}

void
simulation_add_pair(struct simulation *s, const struct past_pair *pair)
{
	struct happening h = { .is_pair = true,
		.at_us = pair->ts_us + (int64_t)pair->latency_us,
		.is_different = pair->verdict == VERDICT_DIFFERENT,
		.route = replay_route(s->config, pair->route) };

	begin(s, pair->ts_us);
	finish_pair(s);
	happen_until(s, pair->ts_us);
	s->counts.pairs++;
	/* What cannot be compared says nothing. */
	if (pair->verdict < VERDICT_COUNT &&
	    pair->verdict != VERDICT_INCOMPARABLE)
		put(s, &h);
}

void
simulation_end(struct simulation *s)
{
	struct simulate_stage *last;

	if (s->replay == NULL)
		return;
	finish_pair(s);
	happen_until(s, INT64_MAX);
	/* What came last is looked at, too. */
	replay_until(s->replay, s->counts.last_us + LOOK_ON_US);
	last = s->stage_count > 0 ? &s->stages[s->stage_count - 1] : NULL;
	if (last != NULL && s->counts.last_us > last->from_us)
		last->to_us = s->counts.last_us;
}

/* --- what came of it ---------------------------------------------------- */

const struct simulate_counts *
simulation_counts(const struct simulation *s)
{
	return &s->counts;
}

const struct simulate_stage *
simulation_stages(const struct simulation *s, size_t *count_out)
{
	*count_out = s->stage_count;
	return s->stages;
}

struct replay *
simulation_replay(struct simulation *s)
{
	return s->replay;
}
