/* plan -- see plan.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/plan.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/evidence.h"
#include "base/text.h"
#include "config/words.h"
#include "control/guard.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_MINUTES 1440
/* That checks have passed says nothing of later. */
#define SMOKE_GOOD_MS 60000
/* Less likely than this it is no chance that users are so on the sides. */
#define MISMATCH_P 0.001

const char *
row_state_name(enum row_state s)
{
	static const char *const names[] = { "done", "waiting", "failing" };

	return names[s];
}

const struct stage *
plan_stage(const struct rules *rules, const struct rollout_state *state)
{
	for (size_t i = 0; i < rules->stage_count; i++)
		if (strcmp(rules->stages[i].name, state->stage) == 0)
			return &rules->stages[i];
	return NULL;
}

static struct plan_row *
add_row(struct plan_report *out, const char *name, enum row_state state)
{
	struct plan_row *row = &out->rows[out->count++];

	assert(out->count <= PLAN_ROWS_MAX);
	row->name = name;
	row->state = state;
	row->text[0] = '\0';
	row->wait_ms = 0;
	row->gate = NULL;
	return row;
}

static void
say(struct plan_row *row, const char *text)
{
	text_copy(row->text, sizeof row->text, text, strlen(text));
}

/* --- the calendar ----------------------------------------------------------------- */

static int64_t
floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool
is_within_hours(const struct hours *h, int64_t minute)
{
	int64_t day = floor_divide(minute, DAY_MINUTES);
	uint32_t of_day = (uint32_t)(minute - day * DAY_MINUTES);
	bool over_midnight = h->to < h->from;
	bool in_time = h->from == h->to ||
	    (over_midnight ? of_day >= h->from || of_day < h->to :
	    of_day >= h->from && of_day < h->to);

	/* The hours behind midnight belong to the day before. */
	if (over_midnight && of_day < h->to)
		day--;
	/* 1970-01-01 was a Thursday; bit 0 is Monday. */
	return in_time && (h->days == 0 ||
	    (h->days & 1u << ((day + 3) % 7 + 7) % 7) != 0);
}

static bool
is_open_at(const struct calendar *c, int64_t us, const char **why_out)
{
	int64_t minute = floor_divide(us, MINUTE_US) + c->hours.offset;

	for (size_t i = 0; i < c->freeze_count; i++)
		if (us >= c->freezes[i].from_us && us < c->freezes[i].to_us) {
			*why_out = c->freezes[i].why;
			return false;
		}
	*why_out = "outside of hours";
	return is_within_hours(&c->hours, minute);
}

uint64_t
plan_closed_ms(const struct calendar *calendar, int64_t now_us,
    const char **why_out)
{
	const char *later;
	int64_t us = now_us;

	if (is_open_at(calendar, now_us, why_out))
		return 0;
	/* Minute by minute through a week, freeze by freeze beyond. */
	for (unsigned tries = 0; tries < 8 * DAY_MINUTES; tries++) {
		us = (floor_divide(us, MINUTE_US) + 1) * MINUTE_US;
		for (size_t i = 0; i < calendar->freeze_count; i++)
			if (us >= calendar->freezes[i].from_us &&
			    us < calendar->freezes[i].to_us)
				us = calendar->freezes[i].to_us;
		if (is_open_at(calendar, us, &later))
			break;
	}
	return (uint64_t)(us - now_us) / 1000;
}

/* --- rows ------------------------------------------------------------------------- */

static void
duration(uint64_t ms, char out[32])
{
	/* People do not read the milliseconds of hours. */
	if (ms >= 60000)
		ms -= ms % 1000;
	text_format_duration(ms * 1000, out);
}

static void
add_dwell(struct plan_report *out, const struct plan_view *v)
{
	int64_t in_us = v->now_us - v->state->stage_us;
	uint64_t in_ms = in_us > 0 ? (uint64_t)in_us / 1000 : 0;
	uint64_t dwell_ms = out->stage->dwell_ms;
	struct plan_row *row;
	char done[32], all[32];

	if (dwell_ms == 0)
		return;
	row = add_row(out, "dwell", in_ms >= dwell_ms ? ROW_DONE : ROW_WAITING);
	duration(in_ms, done);
	duration(dwell_ms, all);
	snprintf(row->text, sizeof row->text, "%s of %s", done, all);
	if (row->state == ROW_WAITING)
		row->wait_ms = dwell_ms - in_ms;
}

static void
add_requests(struct plan_report *out, const struct plan_view *v)
{
	uint64_t wanted = out->stage->min_requests;
	struct plan_row *row;

	if (wanted == 0)
		return;
	row = add_row(out, "min_requests", v->requests >= wanted ? ROW_DONE :
	    ROW_WAITING);
	snprintf(row->text, sizeof row->text, "%" PRIu64 " of %" PRIu64
	    " requests", v->requests, wanted);
}

static void
add_gate(struct plan_report *out, const struct gate *gate,
    const struct condition_reading *reading)
{
	static const enum row_state states[] = {
		[HOLDING_UNKNOWN] = ROW_WAITING, [HOLDING_NO] = ROW_FAILING,
		[HOLDING_YES] = ROW_DONE,
	};
	struct plan_row *row = add_row(out, gate->name,
	    states[reading->holding]);
	struct buf text = { 0 };

	row->gate = gate;
	row->reading = *reading;
	guard_explain_gate(gate, reading, &text);
	/* The value looks well, and is not known well enough: more of the same
	 * will do. */
	if (row->state == ROW_FAILING && reading->has_bound &&
	    (gate->when.below ? reading->value < reading->limit :
	    reading->value > reading->limit))
		row->state = ROW_WAITING;
	say(row, text.bytes);
	buf_fini(&text);
}

/* Users are not where they were drawn to be: one side loses them. */
static void
add_sample_ratio(struct plan_report *out, const struct plan_view *v)
{
	uint64_t enhanced = v->users[VERSION_ENHANCED];
	uint64_t n = enhanced + v->users[VERSION_LEGACY];
	double share = v->state->percent / 100000.0;
	double expected = (double)n * (share < 0.5 ? share : 1 - share);
	double p = share_mismatch_p(enhanced, n, share);
	struct plan_row *row;

	/* Chi-square says nothing of fewer than five (Cochran's rule). */
	if (expected < 5 || p >= MISMATCH_P)
		return;
	row = add_row(out, "sample_ratio", ROW_FAILING);
	snprintf(row->text, sizeof row->text, "%" PRIu64 " of %" PRIu64
	    " users are on enhanced, where %.4g%% were drawn (p = %.2g)",
	    enhanced, n, share * 100, p);
}

static void
add_schedule(struct plan_report *out, const struct rules *rules,
    const struct plan_view *v)
{
	const char *why;
	uint64_t closed_ms = plan_closed_ms(&rules->calendar, v->now_us, &why);
	struct plan_row *row;

	if (closed_ms > 0) {
		row = add_row(out, "hours", ROW_WAITING);
		say(row, why);
		row->wait_ms = closed_ms;
	}
	if (out->next != NULL && v->now_us < out->next->not_before_us) {
		row = add_row(out, "not_before", ROW_WAITING);
		row->wait_ms = (uint64_t)(out->next->not_before_us - v->now_us) /
		    1000;
		say(row, "the next stage is scheduled for later");
	}
}

static uint64_t
smoke_lasts_ms(const struct rules *rules, const struct smoke_run *run)
{
	return run->state == SMOKE_PASSED &&
	    rules->smoke.again_ms < SMOKE_GOOD_MS ? SMOKE_GOOD_MS :
	    rules->smoke.again_ms;
}

static void
say_smoke(struct plan_row *row, const struct plan_view *v, bool is_old)
{
	const struct smoke_run *run = &v->smoke;
	char age[32];

	duration(v->smoke_age_ms - v->smoke_age_ms % 1000, age);
	switch (run->state) {
	case SMOKE_NOT_RUN:
		say(row, "run when all else is done");
		break;
	case SMOKE_RUNNING:
		snprintf(row->text, sizeof row->text, "running, %u of %u passed",
		    run->passed, run->count);
		break;
	case SMOKE_PASSED:
		row->state = is_old ? ROW_WAITING : ROW_DONE;
		snprintf(row->text, sizeof row->text, "%u of %u passed %s ago%s",
		    run->passed, run->count, age, is_old ? ", too long" : "");
		break;
	case SMOKE_FAILED:
		row->state = ROW_FAILING;
		say(row, run->why);
		break;
	}
}

/* Last: they are run when nothing else is waited for, but for the operator,
 * who wants to see them before he approves. */
static void
add_smoke(struct plan_report *out, const struct rules *rules,
    const struct plan_view *v)
{
	bool is_old = v->smoke_age_ms >= smoke_lasts_ms(rules, &v->smoke);
	bool is_due = v->smoke.state == SMOKE_NOT_RUN ||
	    (v->smoke.state != SMOKE_RUNNING && is_old);
	struct plan_row *row;

	if (out->next == NULL || out->next->smoke == 0)
		return;
	for (size_t i = 0; i < out->count; i++)
		if (out->rows[i].state != ROW_DONE)
			is_due = false;
	row = add_row(out, "smoke", v->smoke_is_taken ? ROW_DONE : ROW_WAITING);
	if (v->smoke_is_taken) {
		say(row, "taken as passed");
		return;
	}
	say_smoke(row, v, is_old);
	out->is_smoke_due = is_due;
}

/* What stands in the way whatever the numbers are. */
static void
add_state(struct plan_report *out, const struct plan_view *v)
{
	const struct rollout_state *s = v->state;

	if (v->latched)
		say(add_row(out, "latch", ROW_FAILING), "latched on legacy; "
		    "rearm it first");
	else if (!s->enabled)
		say(add_row(out, "enabled", ROW_FAILING), "switched off");
	else if (s->paused)
		say(add_row(out, "pause", ROW_WAITING), "paused; resume it first");
	if (v->critical > 0) {
		struct plan_row *row = add_row(out, "alerts", ROW_FAILING);

		snprintf(row->text, sizeof row->text, "%u critical rule%s firing",
		    v->critical, v->critical > 1 ? "s are" : " is");
	}
}

void
plan_judge(const struct rules *rules, const struct plan_view *v,
    struct plan_report *out)
{
	out->count = 0;
	out->is_open = out->is_smoke_due = false;
	out->next = NULL;
	out->stage = plan_stage(rules, v->state);
	if (out->stage == NULL)
		return;
	if (out->stage + 1 < rules->stages + rules->stage_count)
		out->next = out->stage + 1;
	add_state(out, v);
	add_dwell(out, v);
	add_requests(out, v);
	for (size_t i = 0; i < out->stage->gate_count; i++)
		add_gate(out, &out->stage->gates[i], &v->gates[i]);
	add_sample_ratio(out, v);
	add_schedule(out, rules, v);
	add_smoke(out, rules, v);
	if (out->next != NULL && out->next->complete)
		say(add_row(out, "approval", ROW_WAITING),
		    "an operator: understudyctl complete");
	else if (out->next != NULL && out->stage->advance == ADVANCE_MANUAL)
		say(add_row(out, "approval", ROW_WAITING),
		    "an operator: understudyctl advance");
	out->is_open = out->next != NULL;
	for (size_t i = 0; i < out->count; i++)
		if (out->rows[i].state != ROW_DONE)
			out->is_open = false;
}

/* --- JSON --------------------------------------------------------------------------- */

static void
write_row(const struct plan_row *row, struct buf *out)
{
	buf_puts(out, "{\"name\":");
	buf_json_string(out, row->name, strlen(row->name));
	buf_printf(out, ",\"state\":\"%s\",\"text\":",
	    row_state_name(row->state));
	buf_json_string(out, row->text, strlen(row->text));
	if (row->wait_ms > 0)
		buf_printf(out, ",\"wait_ms\":%" PRIu64, row->wait_ms);
	buf_puts(out, "}");
}

void
plan_write_json(const struct plan_report *r, struct buf *out)
{
	buf_puts(out, "{\"stage\":");
	if (r->stage != NULL)
		buf_json_string(out, r->stage->name, strlen(r->stage->name));
	else
		buf_puts(out, "null");
	buf_puts(out, ",\"next\":");
	if (r->next != NULL)
		buf_json_string(out, r->next->name, strlen(r->next->name));
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"advance\":\"%s\",\"open\":%s,\"gates\":[",
	    r->stage != NULL ? advance_words[r->stage->advance] : "manual",
	    r->is_open ? "true" : "false");
	for (size_t i = 0; i < r->count; i++) {
		buf_puts(out, i > 0 ? "," : "");
		write_row(&r->rows[i], out);
	}
	buf_puts(out, "]}");
}
