/* past -- see past.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/past.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/cursor.h"
#include "store/store.h"

#define SQLITE_PREFIX "sqlite:"
/* A PostgreSQL without incremental sorting sorts it all before the first row,
 * and somebody at a terminal can wait, or not. */
#define ANSWER_MS 600000u

enum kind { LEGS = 0, PAIRS, EVENTS, KIND_COUNT };

/* The columns behind the time, and the order within one moment. */
static const struct {
	const char *table, *columns, *order, *cursor;
} kinds[] = {
	[LEGS] = { "exchanges", "pair, leg, version, outcome, decision, bucket,"
	    " status, latency_us, first_byte_us, first_content_us, user_hash,"
	    " session_hash, signals, route", "pair", "past_legs" },
	[PAIRS] = { "comparisons", "verdict, legacy_latency_us,"
	    " enhanced_latency_us, route", "pair", "past_pairs" },
	[EVENTS] = { "rollout_events", "kind, actor, to_value, reason", "epoch",
	    "past_events" },
};

struct past {
	sqlite3 *db;             /* owns; or */
	struct pg *pg;           /* owns */
	char *where[KIND_COUNT]; /* own; " WHERE ..." */
	struct cursor cursors[KIND_COUNT];
	bool has_begun[KIND_COUNT];
	char *rollout;           /* owns; NULL = all */
};

/* --- opening ------------------------------------------------------------------ */

/* Records have the name it was called by.  Events and states of the main rollout
 * have none; another has a state, whatever else there is of it. */
static void
add_rollout(struct buf *where, enum kind k, const char *rollout)
{
	char *name = sqlite3_mprintf("%Q", rollout);

	if (k != EVENTS)
		buf_printf(where, " AND rollout = %s", name);
	else
		buf_printf(where, " AND rollout = coalesce((SELECT rollout FROM"
		    " rollout_state WHERE rollout = %s), '')", name);
	sqlite3_free(name);
}

static char *
conditions(const struct past_options *o, enum kind k)
{
	struct buf where = { 0 };
	char ts[CLOCK_TEXT_MAX];

	buf_puts(&where, " WHERE 1 = 1");
	if (o->since_us != 0) {
		clock_format(o->since_us, ts);
		buf_printf(&where, " AND ts >= '%s'", ts);
	}
	if (o->until_us != 0) {
		clock_format(o->until_us, ts);
		buf_printf(&where, " AND ts < '%s'", ts);
	}
	if (o->rollout != NULL)
		add_rollout(&where, k, o->rollout);
	return where.bytes;
}

static bool
open_store(struct past *p, const char *store, struct err *err)
{
	const struct pg_settings settings = { .conninfo = store,
		.answer_ms = ANSWER_MS };
	enum store_kind kind;

	if (!store_parse(store, &kind, err))
		return false;
	switch (kind) {
	case STORE_SQLITE:
		return sqlite_open_to_read(store + strlen(SQLITE_PREFIX), &p->db,
		    err);
	case STORE_POSTGRES:
		return pg_open(&settings, &p->pg, err) &&
		    pg_exec(p->pg, "BEGIN READ ONLY", err);
	case STORE_NONE:
		break;
	}
	return err_set(err, "\"none\" keeps nothing");
}

bool
past_open(const struct past_options *options, struct past **out,
    struct err *err)
{
	struct past *p = mem_zalloc(sizeof *p);

	for (int k = 0; k < KIND_COUNT; k++)
		p->where[k] = conditions(options, (enum kind)k);
	if (options->rollout != NULL)
		p->rollout = mem_strdup(options->rollout);
	if (!open_store(p, options->store, err)) {
		past_close(&p);
		return false;
	}
	*out = p;
	return true;
}

void
past_close(struct past **slot)
{
	struct past *p = *slot;

	if (p == NULL)
		return;
	for (int k = 0; k < KIND_COUNT; k++) {
		cursor_end(&p->cursors[k]);
		free(p->where[k]);
	}
	sqlite_close(&p->db);
	pg_close(&p->pg);
	free(p->rollout);
	free(p);
	*slot = NULL;
}

/* --- rows ----------------------------------------------------------------------- */

static bool
begin(struct past *p, enum kind k, struct err *err)
{
	/* The moment as a whole number of microseconds. */
	const char *time = p->db != NULL ? SQLITE_TIME_US("ts") :
	    "(extract(epoch FROM ts) * 1000000)::bigint";
	char *sql = mem_printf("SELECT %s, %s FROM %s%s ORDER BY ts, %s", time,
	    kinds[k].columns, kinds[k].table, p->where[k], kinds[k].order);
	bool ok = cursor_begin(&p->cursors[k], p->db, p->pg, kinds[k].cursor, sql,
	    err);

	free(sql);
	p->has_begun[k] = ok;
	return ok;
}

bool
past_count(struct past *p, uint64_t *out, struct err *err)
{
	static const char *const names[] = { [LEGS] = "past_leg_count",
		[PAIRS] = "past_pair_count" };
	bool ok = true;

	*out = 0;
	for (int k = LEGS; ok && k <= PAIRS; k++) {
		char *sql = mem_printf("SELECT count(*) FROM %s%s",
		    kinds[k].table, p->where[k]);
		struct cursor c;
		bool found = false;

		ok = cursor_begin(&c, p->db, p->pg, names[k], sql, err) &&
		    cursor_next(&c, &found, err);
		if (found)
			*out += strtoull(c.values[0], NULL, 10);
		cursor_end(&c);
		free(sql);
	}
	return ok;
}

bool
past_knows_rollout(struct past *p, bool *out, struct err *err)
{
	char *name = sqlite3_mprintf("%Q", p->rollout), *sql;
	struct cursor c;
	bool ok;

	sql = mem_printf("SELECT 1 FROM rollout_state WHERE rollout = %s"
	    " UNION ALL SELECT 1 FROM exchanges WHERE rollout = %s LIMIT 1",
	    name, name);
	ok = cursor_begin(&c, p->db, p->pg, "past_rollout", sql, err) &&
	    cursor_next(&c, out, err);
	cursor_end(&c);
	free(sql);
	sqlite3_free(name);
	return ok;
}

/* Behind the time, the values are in the order of the columns. */
static bool
next(struct past *p, enum kind k, const char *const **values_out,
    bool *found_out, struct err *err)
{
	*found_out = false;
	*values_out = p->cursors[k].values;
	return (p->has_begun[k] || begin(p, k, err)) &&
	    cursor_next(&p->cursors[k], found_out, err);
}

static int64_t
time_of(const char *text)
{
	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static uint64_t
number_of(const char *text)
{
	return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static void
copy(char *out, size_t space, const char *text)
{
	text_copy(out, space, text != NULL ? text : "", text != NULL ?
	    strlen(text) : 0);
}
#define COPY(to, text) copy((to), sizeof (to), text)

/* The index of a word, or count. */
#define FIND(name_of, count, text) ({ \
	const char *found_word = (text) != NULL ? (text) : ""; \
	unsigned found_at = 0; \
	while (found_at < (count) && \
	    strcmp(name_of(found_at), found_word) != 0) \
		found_at++; \
	found_at; })

static const char *
outcome_word(unsigned o)
{
	return outcome_info((enum outcome)o)->name;
}

bool
past_next_leg(struct past *p, struct past_leg *out, bool *found_out,
    struct err *err)
{
	const char *const *v;

	if (!next(p, LEGS, &v, found_out, err))
		return false;
	if (!*found_out)
		return true;
	out->ts_us = time_of(v[0]);
	COPY(out->pair, v[1]);
	out->leg = FIND(leg_name, LEG_COUNT, v[2]);
	out->version = FIND(version_name, VERSION_COUNT, v[3]);
	out->outcome = FIND(outcome_word, OUTCOME_COUNT, v[4]);
	COPY(out->decision, v[5]);
	out->bucket = v[6] != NULL ? (uint32_t)number_of(v[6]) : UINT32_MAX;
	out->status = (uint16_t)number_of(v[7]);
	out->latency_us = number_of(v[8]);
	out->first_byte_us = number_of(v[9]);
	out->first_content_us = number_of(v[10]);
	COPY(out->user, v[11]);
	COPY(out->session, v[12]);
	COPY(out->signals, v[13]);
	COPY(out->route, v[14]);
	return true;
}

bool
past_next_pair(struct past *p, struct past_pair *out, bool *found_out,
    struct err *err)
{
	const char *const *v;
	uint64_t legacy, enhanced;

	if (!next(p, PAIRS, &v, found_out, err))
		return false;
	if (!*found_out)
		return true;
	legacy = number_of(v[2]);
	enhanced = number_of(v[3]);
	out->ts_us = time_of(v[0]);
	out->verdict = FIND(verdict_name, VERDICT_COUNT, v[1]);
	out->latency_us = legacy > enhanced ? legacy : enhanced;
	COPY(out->route, v[4]);
	return true;
}

bool
past_next_event(struct past *p, struct past_event *out, bool *found_out,
    struct err *err)
{
	const char *const *v;

	if (!next(p, EVENTS, &v, found_out, err))
		return false;
	if (!*found_out)
		return true;
	out->ts_us = time_of(v[0]);
	COPY(out->kind, v[1]);
	COPY(out->actor, v[2]);
	COPY(out->to, v[3]);
	COPY(out->reason, v[4]);
	return true;
}
