/* The documented views (docs/sql.md) give the same answers in both kinds.
 * SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/deliver.h"
#include "store/records.h"
#include "store/schema.h"
#include "store/spool.h"
#include "support.h"

TestSuite(views, .init = support_start, .fini = support_stop);

/* Each is true of exactly one row of its view. */
static const struct {
	const char *why, *view, *where;
} answers[] = {
	{ "legacy: 100 requests of 1 to 100 ms, five of them errors",
	    "v_requests_by_version", "version = 'legacy' AND requests = 100"
	    " AND errors = 5 AND error_rate = 0.05 AND primary_requests = 100"
	    " AND shadow_requests = 0 AND avg_latency_ms = 50.5"
	    " AND p95_latency_ms = 95" },
	{ "what the client broke off does not count", "v_requests_by_version",
	    "version = 'enhanced' AND requests = 21 AND shadow_requests = 21"
	    " AND errors = 1 AND error_rate = 0.047619" },
	{ "legs without an answer have no latency", "v_requests_by_stage",
	    "stage = 'dead' AND requests = 1 AND errors = 1"
	    " AND avg_latency_ms IS NULL AND p95_latency_ms IS NULL" },
	{ "by stage", "v_requests_by_stage",
	    "stage = 'shadow' AND version = 'legacy' AND requests = 100" },
	{ "by hour", "v_requests_by_hour", "hour = '2026-01-01T00:00:00Z'"
	    " AND version = 'legacy' AND requests = 100" },
	{ "by rollout", "v_requests_by_rollout", "rollout = 'search' AND"
	    " version = 'legacy' AND requests = 10 AND errors = 1"
	    " AND error_rate = 0.1 AND avg_latency_ms = 49"
	    " AND p95_latency_ms = 94" },
	{ "the rest of it", "v_requests_by_rollout", "rollout = 'chat' AND"
	    " version = 'legacy' AND requests = 80 AND errors = 4" },
	{ "of no rollout", "v_requests_by_rollout", "rollout IS NULL AND"
	    " version = 'legacy' AND requests = 10 AND errors = 0" },
	{ "yesterday's are recent", "v_recent_requests_by_version",
	    "version = 'enhanced' AND requests = 1" },
	{ "errors by version", "v_errors_by_version", "version = 'legacy' AND"
	    " leg = 'primary' AND outcome = 'upstream_5xx' AND status = 503"
	    " AND errors = 5" },
	{ "errors of control legs are apart", "v_errors_by_version",
	    "leg = 'control' AND version = 'legacy' AND errors = 1" },
	{ "recent errors by version", "v_recent_errors_by_version",
	    "outcome = 'connect_failed' AND errors = 1" },
	{ "top errors", "v_top_errors", "outcome = 'upstream_5xx'"
	    " AND error = 'status 503' AND route = '/api/v1/*' AND errors = 5" },
	{ "recent top errors", "v_recent_top_errors",
	    "error IS NULL AND errors = 1" },
	{ "a session of two users", "v_sessions_shared", "version = 'enhanced'"
	    " AND session_hash = 'contaminated' AND users = 2"
	    " AND requests = 30" },
	{ "sessions by version", "v_sessions_by_version",
	    "version = 'enhanced' AND sessions = 3 AND shared = 1" },
	{ "a session of one user on each version", "v_sessions_shared_overall",
	    "session_hash = 'mixed' AND users = 2 AND versions = 2"
	    " AND requests = 2" },
	{ "one of two users on the same", "v_sessions_shared_overall",
	    "session_hash = 'contaminated' AND users = 2 AND versions = 1" },
	{ "one of its users", "v_sessions_shared_users",
	    "user_hash = 'user-1' AND requests = 15" },
	{ "streams", "v_streams_by_version", "version = 'legacy' AND"
	    " streams = 10 AND avg_first_byte_ms = 0.5 AND"
	    " avg_first_content_ms = 1 AND avg_longest_gap_ms = 1.45 AND"
	    " max_gap_ms = 1.9 AND events_per_second = 689.655" },
	{ "slow sessions", "v_slow_sessions", "session_hash = 'session-0' AND"
	    " avg_latency_ms = 50.5 AND max_latency_ms = 100" },
	{ "verdicts", "v_comparisons_by_verdict",
	    "verdict = 'different' AND pairs = 3 AND share = 1" },
	{ "fields, with the newest example", "v_differences_by_field",
	    "route = '/api/v1/*' AND field = '/choices/*/field0'"
	    " AND kind = 'value' AND pairs = 3"
	    " AND pair = '00000000000000000000000000000002'" },
};
static const char *const empty[] = { "v_recent_sessions_shared",
	"v_recent_differences_by_field" };

static void
fill(struct batch *b)
{
	for (unsigned i = 0; i < 100; i++) { /* latencies 1..100 ms */
		struct leg_record *leg = &b->legs[i];

		*leg = make_leg(2 * i);
		leg->latency_us = (uint64_t)(i + 1) * 1000;
		strcpy(leg->session, "session-0");
		strcpy(leg->user, "user-0");
		if (i % 10 == 3)
			leg->rollout = "search";
		if (i % 10 == 7)
			leg->rollout = NULL;
		if (i >= 10 && i < 20) {
			leg->streamed = true;
			leg->first_content_us = 1000;
			leg->longest_gap_us = i * 100;
			leg->events = 10;
		}
		if (i >= 5)
			continue;
		leg->failure = true;
		leg->status = 503;
		leg->outcome = OUTCOME_UPSTREAM_5XX;
		strcpy(leg->error, "status 503");
	}
	for (unsigned i = 100; i < 130; i++) {
		struct leg_record *leg = &b->legs[i];

		*leg = make_leg(1);
		strcpy(leg->session, "contaminated");
		strcpy(leg->user, i % 2 == 0 ? "user-0" : "user-1");
		if (i >= 120)
			leg->outcome = OUTCOME_CLIENT_GONE;
	}
}

/* Within each version it is one user's. */
static void
add_mixed(struct batch *b)
{
	for (unsigned i = 130; i < 132; i++) {
		struct leg_record *leg = &b->legs[i];

		*leg = make_leg(i);
		leg->outcome = OUTCOME_CLIENT_GONE;
		strcpy(leg->session, "mixed");
		strcpy(leg->user, i % 2 == 0 ? "user-2" : "user-3");
	}
}

/* Legacy's second answer, bad and slow: in no number of users' requests. */
static void
add_control(struct batch *b)
{
	struct leg_record *leg = &b->legs[b->leg_count - 2];

	*leg = b->legs[0];
	leg->leg = LEG_CONTROL;
	leg->latency_us = 900000;
}

static void
add_recent(struct batch *b)
{
	struct leg_record *leg = &b->legs[b->leg_count - 1];

	*leg = make_leg(1);
	leg->ts_us = clock_wall_us() - INT64_C(23) * 3600 * 1000000;
	leg->outcome = OUTCOME_CONNECT_FAILED;
	leg->failure = true;
	leg->status = 0;
	strcpy(leg->stage, "dead");
}

static char *
counting(const char *view, const char *where)
{
	return mem_printf("SELECT count(*) FROM %s WHERE %s", view, where);
}

static void
expect_answers(int64_t (*count)(const char *where, const char *sql),
    const char *where)
{
	char *sql;

	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		sql = counting(answers[i].view, answers[i].where);
		cr_expect_eq(count(where, sql), 1, "%s", answers[i].why);
		free(sql);
	}
	for (size_t i = 0; i < COUNT_OF(empty); i++) {
		sql = counting(empty[i], "1 = 1");
		cr_expect_eq(count(where, sql), 0, "%s", empty[i]);
		free(sql);
	}
}

static struct batch *
make(void)
{
	struct batch *b = make_batch(1, 134, 3);

	fill(b);
	add_mixed(b);
	add_control(b);
	add_recent(b);
	return b;
}

Test(views, answer_in_sqlite)
{
	struct batch *b = make();
	const struct records_options options = { .instance = "me" };
	struct records *records = NULL;
	struct err err = { "" };
	unsigned refused;

	cr_assert(records_open(in_dir("r.db"), &options, &records, &err));
	cr_assert(records_write(records, b, &refused, &err), "%s", err.text);
	records_close(&records);
	expect_answers(sqlite_count, in_dir("r.db"));
	free(b);
}

Test(views, answer_in_postgres)
{
	const char *url = fresh_database();
	struct pg *pg = pg_connect(url);
	struct batch *b = make();
	struct spool *spool = NULL;
	struct spool_load load;
	struct delivery done;
	struct health health;
	struct err err = { "" };
	bool full;

	health_init(&health);
	cr_assert(schema_apply_postgres(pg, NULL, &err), "%s", err.text);
	cr_assert(spool_open(in_dir("s.db"), &health, &spool, &err) &&
	    spool_put(spool, b, NULL, NULL, UINT64_MAX / 2, &full, &err) &&
	    spool_peek(spool, INT64_MAX, 1, &load, &err), "%s", err.text);
	cr_assert(deliver(pg, "me", &load, &done, &err), "%s", err.text);
	expect_answers(pg_count, url);
	spool_load_fini(&load);
	spool_close(&spool);
	pg_close(&pg);
	free(b);
}
