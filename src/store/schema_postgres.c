/* schema_postgres -- migrations of the PostgreSQL store, and applying them.
 * SPDX-License-Identifier: MIT
 *
 * Same names and columns as SQLite's, with PostgreSQL's types.  No column
 * has a CHECK on words: a newer instance may write a new outcome before an
 * older one has heard of it.
 */
#include "store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const tables[] = {
	"CREATE TABLE rollout_state ("
	" id integer PRIMARY KEY CHECK (id = 1),"
	" epoch bigint NOT NULL,"
	" stage text NOT NULL,"
	" percent numeric(6,3) NOT NULL,"
	" shadow numeric(6,3) NOT NULL,"
	" enabled boolean NOT NULL,"
	" latched boolean NOT NULL,"
	" reason text NOT NULL,"
	" actor text NOT NULL,"
	" changed timestamptz NOT NULL,"
	" config_mark bigint NOT NULL)",

	/* (instance, local_id) is the event's name in the local file of the
	 * instance that made it: a repeated event is recognised by it. */
	"CREATE TABLE rollout_events ("
	" id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
	" instance text NOT NULL,"
	" local_id bigint NOT NULL,"
	" ts timestamptz NOT NULL,"
	" epoch bigint NOT NULL,"
	" kind text NOT NULL,"
	" actor text NOT NULL,"
	" from_value text NOT NULL,"
	" to_value text NOT NULL,"
	" reason text NOT NULL,"
	" evidence text,"
	" user_id text,"
	" version text,"
	" UNIQUE (instance, local_id))",

	"CREATE TABLE overrides ("
	" user_id text PRIMARY KEY,"
	" version text NOT NULL,"
	" epoch bigint NOT NULL,"
	" ts timestamptz NOT NULL,"
	" actor text NOT NULL,"
	" reason text NOT NULL)",

	"CREATE TABLE exchanges ("
	" ts timestamptz NOT NULL,"
	" pair text NOT NULL,"
	" leg text NOT NULL,"
	" version text NOT NULL,"
	" stage text NOT NULL,"
	" epoch bigint NOT NULL,"
	" decision text NOT NULL,"
	" bucket integer,"
	" method text NOT NULL,"
	" path text NOT NULL,"
	" route text,"
	" status integer NOT NULL,"
	" outcome text NOT NULL,"
	" blame text NOT NULL,"
	" failure boolean NOT NULL,"
	" streamed boolean NOT NULL,"
	" error text,"
	" latency_us bigint NOT NULL,"
	" first_byte_us bigint,"
	" first_content_us bigint,"
	" request_bytes bigint NOT NULL,"
	" response_bytes bigint NOT NULL,"
	" user_hash text,"
	" session_hash text)",
	"CREATE INDEX exchanges_ts ON exchanges (ts)",
	"CREATE INDEX exchanges_version_ts ON exchanges (version, ts)",

	"CREATE TABLE comparisons ("
	" ts timestamptz NOT NULL,"
	" pair text NOT NULL,"
	" verdict text NOT NULL,"
	" reason text,"
	" stage text NOT NULL,"
	" epoch bigint NOT NULL,"
	" method text NOT NULL,"
	" path text NOT NULL,"
	" route text,"
	" legacy_status integer NOT NULL,"
	" enhanced_status integer NOT NULL,"
	" legacy_latency_us bigint NOT NULL,"
	" enhanced_latency_us bigint NOT NULL,"
	" similarity double precision,"
	" differences bigint NOT NULL)",
	"CREATE INDEX comparisons_ts ON comparisons (ts)",

	"CREATE TABLE differences ("
	" ts timestamptz NOT NULL,"
	" pair text NOT NULL,"
	" stage text NOT NULL,"
	" route text,"
	" field text NOT NULL,"
	" kind text NOT NULL,"
	" legacy text NOT NULL,"
	" enhanced text NOT NULL)",
	"CREATE INDEX differences_ts ON differences (ts)",

	/* What makes a batch arrive once: deliver.c. */
	"CREATE TABLE batches ("
	" instance text NOT NULL,"
	" batch bigint NOT NULL,"
	" row_count integer NOT NULL,"
	" written timestamptz NOT NULL DEFAULT now(),"
	" PRIMARY KEY (instance, batch))",

	/* One row: the key of user_hash and session_hash, so that all
	 * instances hash alike: hash.h. */
	"CREATE TABLE hash_keys ("
	" id integer PRIMARY KEY CHECK (id = 1),"
	" key text NOT NULL,"
	" made timestamptz NOT NULL DEFAULT now())",
	/* Who may read the hashes need not be able to recompute them. */
	"REVOKE ALL ON hash_keys FROM PUBLIC",
	NULL
};

/* Legs the versions are judged by: ended well, or by their own fault.  Not
 * those that a client broke off or that we refused ourselves. */
#define COUNTED "blame IN ('nobody', 'upstream')"
#define ANY_TIME "true"
#define LAST_DAY "ts >= now() - interval '24 hours'"

#define REQUESTS_VIEW(name, when, select_keys, keys) \
	"CREATE OR REPLACE VIEW " name " AS" \
	" SELECT " select_keys ", count(*) AS requests," \
	"  count(*) FILTER (WHERE failure) AS errors," \
	"  round(count(*) FILTER (WHERE failure)::numeric / count(*), 6)" \
	"   AS error_rate," \
	"  count(*) FILTER (WHERE leg = 'primary') AS primary_requests," \
	"  count(*) FILTER (WHERE leg = 'shadow') AS shadow_requests," \
	"  round(avg(latency_us) FILTER (WHERE status > 0) / 1000, 3)" \
	"   AS avg_latency_ms," \
	"  round(percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_us)" \
	"   FILTER (WHERE status > 0) / 1000.0, 3) AS p95_latency_ms" \
	" FROM exchanges WHERE " COUNTED " AND " when \
	" GROUP BY " keys " ORDER BY " keys

/* A control leg is legacy's second answer to a request, and no user's. */
#define USERS "leg <> 'control' AND "

#define ERRORS_VIEW(name, when, keys, order) \
	"CREATE OR REPLACE VIEW " name " AS" \
	" SELECT " keys ", count(*) AS errors," \
	"  min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE failure AND " when \
	" GROUP BY " keys " ORDER BY " order

#define SESSIONS_SHARED_VIEW(name, when) \
	"CREATE OR REPLACE VIEW " name " AS" \
	" SELECT version, session_hash, count(DISTINCT user_hash) AS users," \
	"  count(*) AS requests, min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE session_hash IS NOT NULL AND " when \
	" GROUP BY version, session_hash HAVING count(DISTINCT user_hash) > 1"

#define SESSIONS_SHARED_USERS_VIEW(which) \
	"CREATE OR REPLACE VIEW v_sessions_shared_users AS" \
	" SELECT version, session_hash, user_hash, count(*) AS requests," \
	"  min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE " which "(version, session_hash) IN" \
	"  (SELECT version, session_hash FROM v_sessions_shared)" \
	" GROUP BY version, session_hash, user_hash"

#define SLOW_SESSIONS_VIEW(which) \
	"CREATE OR REPLACE VIEW v_slow_sessions AS" \
	" SELECT version, session_hash, count(*) AS requests," \
	"  round(avg(latency_us) / 1000, 3) AS avg_latency_ms," \
	"  round(max(latency_us) / 1000.0, 3) AS max_latency_ms" \
	" FROM exchanges WHERE " which "session_hash IS NOT NULL" \
	"  AND status > 0 AND " COUNTED \
	" GROUP BY version, session_hash ORDER BY avg_latency_ms DESC"

#define NEWEST(column) \
	"(array_agg(" column " ORDER BY ts DESC))[1] AS " column
#define DIFFERENCES_VIEW(name, when) \
	"CREATE OR REPLACE VIEW " name " AS" \
	" SELECT route, field, kind, count(DISTINCT pair) AS pairs," \
	"  max(ts) AS last_seen, " NEWEST("pair") ", " NEWEST("legacy") ", " \
	NEWEST("enhanced") \
	" FROM differences WHERE " when \
	" GROUP BY route, field, kind ORDER BY pairs DESC, field"

static const char *const views[] = {
	REQUESTS_VIEW("v_requests_by_version", ANY_TIME, "version", "version"),
	REQUESTS_VIEW("v_recent_requests_by_version", LAST_DAY, "version",
	    "version"),
	REQUESTS_VIEW("v_requests_by_stage", ANY_TIME, "stage, version",
	    "stage, version"),
	REQUESTS_VIEW("v_requests_by_hour", ANY_TIME,
	    "date_trunc('hour', ts) AS hour, version", "hour, version"),
	ERRORS_VIEW("v_errors_by_version", ANY_TIME,
	    "version, leg, outcome, status", "version, errors DESC"),
	ERRORS_VIEW("v_recent_errors_by_version", LAST_DAY,
	    "version, leg, outcome, status", "version, errors DESC"),
	ERRORS_VIEW("v_top_errors", ANY_TIME,
	    "version, outcome, status, error, route",
	    "errors DESC, version, outcome"),
	ERRORS_VIEW("v_recent_top_errors", LAST_DAY,
	    "version, outcome, status, error, route",
	    "errors DESC, version, outcome"),
	SESSIONS_SHARED_VIEW("v_sessions_shared", ANY_TIME),
	SESSIONS_SHARED_VIEW("v_recent_sessions_shared", LAST_DAY),
	"CREATE VIEW v_sessions_by_version AS"
	" SELECT version, count(*) AS sessions,"
	"  count(*) FILTER (WHERE users > 1) AS shared"
	" FROM (SELECT version, count(DISTINCT user_hash) AS users"
	"  FROM exchanges WHERE session_hash IS NOT NULL"
	"  GROUP BY version, session_hash) AS s"
	" GROUP BY version ORDER BY version",
	SESSIONS_SHARED_USERS_VIEW(""),
	SLOW_SESSIONS_VIEW(""),
	"CREATE VIEW v_comparisons_by_verdict AS"
	" SELECT verdict, reason, count(*) AS pairs,"
	"  round(count(*)::numeric / (SELECT count(*) FROM comparisons), 6)"
	"   AS share"
	" FROM comparisons GROUP BY verdict, reason ORDER BY pairs DESC",
	DIFFERENCES_VIEW("v_differences_by_field", ANY_TIME),
	DIFFERENCES_VIEW("v_recent_differences_by_field", LAST_DAY),
	NULL
};

#define SESSIONS_SHARED_OVERALL_VIEW(which) \
	"CREATE OR REPLACE VIEW v_sessions_shared_overall AS" \
	" SELECT session_hash, count(DISTINCT user_hash) AS users," \
	"  count(DISTINCT version) AS versions, count(*) AS requests," \
	"  min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE " which "session_hash IS NOT NULL" \
	" GROUP BY session_hash HAVING count(DISTINCT user_hash) > 1"

/* A session that one user had on legacy and another on enhanced is no less
 * mixed up: shared within no version, found here. */
static const char *const overall[] = {
	SESSIONS_SHARED_OVERALL_VIEW(""),
	NULL
};

/* Until now there was no third leg.  Replaced, not dropped: who was let read
 * a view may still. */
static const char *const views_of_users[] = {
	REQUESTS_VIEW("v_requests_by_version", USERS ANY_TIME, "version",
	    "version"),
	REQUESTS_VIEW("v_recent_requests_by_version", USERS LAST_DAY, "version",
	    "version"),
	REQUESTS_VIEW("v_requests_by_stage", USERS ANY_TIME, "stage, version",
	    "stage, version"),
	REQUESTS_VIEW("v_requests_by_hour", USERS ANY_TIME,
	    "date_trunc('hour', ts) AS hour, version", "hour, version"),
	ERRORS_VIEW("v_top_errors", USERS ANY_TIME,
	    "version, outcome, status, error, route",
	    "errors DESC, version, outcome"),
	ERRORS_VIEW("v_recent_top_errors", USERS LAST_DAY,
	    "version, outcome, status, error, route",
	    "errors DESC, version, outcome"),
	SESSIONS_SHARED_VIEW("v_sessions_shared", USERS ANY_TIME),
	SESSIONS_SHARED_VIEW("v_recent_sessions_shared", USERS LAST_DAY),
	SESSIONS_SHARED_USERS_VIEW(USERS),
	SLOW_SESSIONS_VIEW(USERS),
	SESSIONS_SHARED_OVERALL_VIEW(USERS),
	NULL
};

static const char *const plan[] = {
	"ALTER TABLE rollout_state ADD COLUMN paused boolean NOT NULL"
	" DEFAULT false",
	"ALTER TABLE rollout_state ADD COLUMN stage_since timestamptz",
	NULL
};

static const char *const samples[] = {
	/* A row for each answer of a pair that was kept. */
	"CREATE TABLE samples ("
	" ts timestamptz NOT NULL,"
	" pair text NOT NULL,"
	" version text NOT NULL,"
	" verdict text NOT NULL,"
	" stage text NOT NULL,"
	" epoch bigint NOT NULL,"
	" route text,"
	" method text NOT NULL,"
	" path text NOT NULL,"
	" rules_mark text NOT NULL,"
	" status integer NOT NULL,"
	" outcome text NOT NULL,"
	" content_type text NOT NULL,"
	" content_encoding text NOT NULL,"
	" form text NOT NULL,"
	" left_out text,"
	" cut boolean NOT NULL,"
	" body_bytes bigint NOT NULL,"
	" kept_bytes bigint NOT NULL,"
	" latency_us bigint NOT NULL,"
	" first_byte_us bigint,"
	" first_content_us bigint,"
	" longest_gap_us bigint,"
	" key_id text,"
	" fields bytea,"
	" body bytea)",
	"CREATE INDEX samples_ts ON samples (ts, kept_bytes)",
	"CREATE INDEX samples_pair ON samples (pair)",
	NULL
};

static const char *const signals[] = {
	"ALTER TABLE exchanges ADD COLUMN signals jsonb",
	NULL
};

/* Of an override by a criterion: the criterion as JSON, and user_id is 0x1F and
 * its name.  expires: NULL = never. */
static const char *const criteria[] = {
	"ALTER TABLE overrides ADD COLUMN criterion text",
	"ALTER TABLE overrides ADD COLUMN expires timestamptz",
	"ALTER TABLE rollout_events ADD COLUMN criterion text",
	"ALTER TABLE rollout_events ADD COLUMN expires timestamptz",
	NULL
};

/* How the parts of streams come.  Those that nobody read have no events. */
static const char *const streams[] = {
	"ALTER TABLE exchanges ADD COLUMN longest_gap_us bigint",
	"ALTER TABLE exchanges ADD COLUMN events bigint",
	"CREATE VIEW v_streams_by_version AS"
	" SELECT version, count(*) AS streams,"
	"  round(avg(first_byte_us) / 1000.0, 3) AS avg_first_byte_ms,"
	"  round(avg(first_content_us) / 1000.0, 3) AS avg_first_content_ms,"
	"  round(avg(coalesce(longest_gap_us, 0)) / 1000.0, 3)"
	"   AS avg_longest_gap_ms,"
	"  round(max(longest_gap_us) / 1000.0, 3) AS max_gap_ms,"
	"  round(1e6 * sum(events) / nullif(sum(CASE WHEN events IS NOT NULL"
	"   THEN latency_us - first_content_us END), 0), 3) AS events_per_second"
	" FROM exchanges WHERE " USERS "streamed AND first_content_us > 0"
	" AND " COUNTED " GROUP BY version ORDER BY version",
	NULL
};

/* Whose rows these are; '' is the main rollout, which is the only one of most.
 * Its state stays the row with id 1, and in user_id the others have their name
 * and 0x1E in front: what older instances say to a connection they have still
 * is about the main one, and about it alone. */
static const char *const rollouts[] = {
	"ALTER TABLE rollout_state DROP CONSTRAINT rollout_state_id_check",
	"ALTER TABLE rollout_state ALTER id ADD GENERATED BY DEFAULT AS IDENTITY"
	" (START WITH 2)",
	"ALTER TABLE rollout_state ADD COLUMN rollout text NOT NULL DEFAULT ''"
	" UNIQUE",
	"ALTER TABLE rollout_events ADD COLUMN rollout text NOT NULL DEFAULT ''",
	"ALTER TABLE overrides ADD COLUMN rollout text NOT NULL DEFAULT ''",
	NULL
};

/* What the rollout was called; NULL: of none, or from before there were several. */
static const char *const records_of_rollouts[] = {
	"ALTER TABLE exchanges ADD COLUMN rollout text",
	"ALTER TABLE comparisons ADD COLUMN rollout text",
	"ALTER TABLE differences ADD COLUMN rollout text",
	"ALTER TABLE samples ADD COLUMN rollout text",
	REQUESTS_VIEW("v_requests_by_rollout", USERS ANY_TIME,
	    "rollout, version", "rollout, version"),
	NULL
};

/* What each version did on each route, minute by minute; route '': all requests.
 * latency: {"us of a slot's middle": how many}, to be merged by adding. */
static const char *const windows[] = {
	"CREATE TABLE windows ("
	" minute timestamptz NOT NULL,"
	" instance text NOT NULL,"
	" route text NOT NULL,"
	" version text NOT NULL,"
	" requests bigint NOT NULL,"
	" failures bigint NOT NULL,"
	" primary_legs bigint NOT NULL,"
	" shadow_legs bigint NOT NULL,"
	" fallbacks bigint NOT NULL,"
	" compared bigint NOT NULL,"
	" different bigint NOT NULL,"
	" answered bigint NOT NULL,"
	" latency_us_sum bigint NOT NULL,"
	" p50_us bigint,"
	" p95_us bigint,"
	" p99_us bigint,"
	" latency jsonb NOT NULL,"
	" rollout text)",
	"CREATE INDEX windows_minute ON windows (minute)",
	NULL
};

static const struct migration migrations[] = {
	{ 1, "tables", tables },
	{ 2, "views", views },
	{ 3, "sessions over all versions", overall },
	{ 4, "views without control legs", views_of_users },
	{ 5, "pause, and the stage's beginning", plan },
	{ 6, "kept answers", samples },
	{ 7, "signals", signals },
	{ 8, "overrides by criteria", criteria },
	{ 9, "streams", streams },
	{ 10, "several rollouts", rollouts },
	{ 11, "records of rollouts", records_of_rollouts },
	{ 12, "windows", windows },
};
const struct schema schema_postgres = { "store", migrations,
	COUNT_OF(migrations) };

/* --- applying ----------------------------------------------------------- */

/* Any number will do, as long as it never changes. */
#define MIGRATION_LOCK "5649834215432671304"

static bool
query_number(struct pg *pg, const char *sql, uint64_t *out, struct err *err)
{
	PGresult *res = pg_query(pg, sql, 0, NULL, err);

	if (res == NULL)
		return false;
	*out = 0;
	if (PQntuples(res) == 1 && !PQgetisnull(res, 0, 0))
		*out = strtoull(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return true;
}

/* 0 = no schema yet. */
static bool
current_version(struct pg *pg, uint64_t *out, struct err *err)
{
	return query_number(pg, "SELECT count(*) FROM pg_class"
	    " WHERE oid = to_regclass('schema_version')", out, err) &&
	    (*out == 0 || query_number(pg, "SELECT max(version)"
	    " FROM schema_version WHERE part = 'store'", out, err));
}

static bool
migrate(struct pg *pg, const struct migration *m, struct err *err)
{
	char done[160];

	for (const char *const *sql = m->sql; *sql != NULL; sql++)
		if (!pg_exec(pg, *sql, err))
			return err_wrap(err, "schema version %u", m->version);
	snprintf(done, sizeof done, "INSERT INTO schema_version"
	    " (part, version) VALUES ('store', %u)", m->version);
	return pg_exec(pg, done, err);
}

/* Several instances come here at once on their first start: the lock makes
 * them wait, and those that come second find nothing to do. */
static bool
migrate_all(struct pg *pg, uint64_t *from_out, struct err *err)
{
	static const char *const open =
	    "BEGIN;"
	    "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ");"
	    "CREATE TABLE IF NOT EXISTS schema_version ("
	    " part text NOT NULL,"
	    " version integer NOT NULL,"
	    " applied timestamptz NOT NULL DEFAULT now(),"
	    " PRIMARY KEY (part, version))";

	if (!pg_exec(pg, open, err) || !current_version(pg, from_out, err))
		return false;
	for (size_t i = 0; i < schema_postgres.count; i++)
		if (migrations[i].version > *from_out &&
		    !migrate(pg, &migrations[i], err))
			return false;
	return pg_commit(pg, err);
}

bool
schema_apply_postgres(struct pg *pg, struct buf *said, struct err *err)
{
	uint64_t known = migrations[COUNT_OF(migrations) - 1].version;
	uint64_t from = 0;

	if (!current_version(pg, &from, err))
		return false;
	if (from > known)
		return err_set(err, "postgresql: the schema is version %" PRIu64
		    ", made by a newer understudy; this one knows up to %"
		    PRIu64, from, known);
	if (from < known && !migrate_all(pg, &from, err)) {
		pg_rollback(pg);
		return false;
	}
	if (said != NULL)
		buf_printf(said, "postgresql: schema: version %" PRIu64 " -> %"
		    PRIu64 "\n", from, known);
	return true;
}
