/* signals -- see signals.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/signals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "observe/stats.h"

_Static_assert(SIGNALS_TEXT_MAX > SIGNAL_RULES_MAX *
    (SIGNAL_NAME_MAX + 4 + 24) + 2, "all of them fit");

double
signal_number(const struct signal_rule *s, double value)
{
	return s->unit == SIGNAL_PLAIN ? value / 1e3 : value;
}

/* --- counting ------------------------------------------------------------------- */

void
signals_spread(struct signal_slots *slots, size_t spread, uint64_t value)
{
	_Atomic uint32_t *slot = &slots->spreads[spread][hist_slot(value)];

	atomic_store_explicit(slot, atomic_load_explicit(slot,
	    memory_order_relaxed) + 1, memory_order_relaxed);
}

void
signals_count(struct signal_slots *slots, const struct signal_rules *rules,
    const struct signal_values *v)
{
	for (size_t i = 0; i < rules->count; i++) {
		bool is_share = rules->list[i].kind == SIGNAL_SHARE;

		if ((v->has >> i & 1) == 0)
			continue;
		stat_add(&slots->signals[i].n, 1);
		stat_add(&slots->signals[i].sum, is_share ? v->yes >> i & 1u :
		    (uint64_t)v->numbers[i]);
	}
	for (size_t i = 0; i < rules->spread_count; i++) {
		const struct spread *s = &rules->spreads[i];

		if (s->of == SPREAD_SIGNAL && (v->has >> s->signal & 1) != 0)
			signals_spread(slots, i, v->numbers[s->signal] < 0 ? 0 :
			    (uint64_t)v->numbers[s->signal]);
	}
}

void
signals_add(struct tally *t, const struct signal_rules *rules,
    const struct signal_values *v)
{
	for (size_t i = 0; i < rules->count; i++) {
		bool is_share = rules->list[i].kind == SIGNAL_SHARE;

		if ((v->has >> i & 1) == 0)
			continue;
		t->signals[i].n++;
		t->signals[i].sum += is_share ? v->yes >> i & 1u :
		    (uint64_t)v->numbers[i];
	}
	for (size_t i = 0; i < rules->spread_count; i++) {
		const struct spread *s = &rules->spreads[i];

		if (s->of == SPREAD_SIGNAL && (v->has >> s->signal & 1) != 0)
			hist_add(&t->spreads[i], v->numbers[s->signal] < 0 ? 0 :
			    (uint64_t)v->numbers[s->signal]);
	}
}

static void
add_slots(struct tally *t, const struct signal_board *b,
    const struct signal_slots *s)
{
	for (size_t i = 0; i < b->signal_count; i++) {
		t->signals[i].n += stat_read(&s->signals[i].n);
		t->signals[i].sum += stat_read(&s->signals[i].sum);
	}
	for (size_t i = 0; i < b->spread_count; i++)
		hist_add_slots(&t->spreads[i], s->spreads[i]);
}

void
signals_tally(const struct signal_board *b, enum version v, struct tally *out)
{
	memset(out->signals, 0, sizeof out->signals);
	out->spread_count = b != NULL ? b->spread_count : 0;
	memset(out->spreads, 0, out->spread_count * sizeof out->spreads[0]);
	for (size_t w = 0; b != NULL && w < b->worker_count; w++)
		add_slots(out, b, signal_board_slots(b, w, v));
}

/* --- writing -------------------------------------------------------------------- */

size_t
signals_write(const struct signal_rules *rules, const struct signal_values *v,
    char out[SIGNALS_TEXT_MAX])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < rules->count; i++) {
		const struct signal_rule *rule = &rules->list[i];

		if ((v->has >> i & 1) == 0)
			continue;
		len += (size_t)snprintf(out + len, SIGNALS_TEXT_MAX - len,
		    "%c\"%s\":", len == 0 ? '{' : ',', rule->name);
		if (rule->kind == SIGNAL_SHARE)
			len += (size_t)snprintf(out + len, SIGNALS_TEXT_MAX - len,
			    "%s", (v->yes >> i & 1) != 0 ? "true" : "false");
		else
			len += (size_t)snprintf(out + len, SIGNALS_TEXT_MAX - len,
			    "%.15g", (double)v->numbers[i] / 1e3);
	}
	if (len > 0)
		len += (size_t)snprintf(out + len, SIGNALS_TEXT_MAX - len, "}");
	return len;
}

/* --- reading -------------------------------------------------------------------- */

static void
take_value(const struct signal_rules *rules, size_t i, const struct json *v,
    struct signal_values *out)
{
	bool is_share = rules->list[i].kind == SIGNAL_SHARE;
	double thousandths;

	if (is_share && (v->kind == JSON_TRUE || v->kind == JSON_FALSE)) {
		out->has |= (uint16_t)(1u << i);
		if (v->kind == JSON_TRUE)
			out->yes |= (uint16_t)(1u << i);
	} else if (!is_share && v->kind == JSON_NUMBER) {
		thousandths = json_number(v) * 1e3;
		if (!(fabs(thousandths) <= SIGNAL_COUNTED_MAX))
			return;
		out->has |= (uint16_t)(1u << i);
		out->numbers[i] = llround(thousandths);
	}
}

bool
signals_read(const struct signal_rules *rules, const char *text, size_t len,
    struct arena *a, struct signal_values *out)
{
	struct json_fault fault;
	const struct json *all = json_parse(a, text, len, false, &fault);
	const struct json *v;

	memset(out, 0, sizeof *out);
	if (all == NULL || all->kind != JSON_OBJECT)
		return false;
	for (size_t i = 0; i < rules->count; i++) {
		v = json_member(all, rules->list[i].name);
		if (v != NULL)
			take_value(rules, i, v, out);
	}
	return true;
}
