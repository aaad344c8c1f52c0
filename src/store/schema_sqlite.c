/* schema_sqlite -- migrations of the records in a SQLite file, and applying all.
 * SPDX-License-Identifier: MIT
 *
 * Times are ISO 8601 in UTC with microseconds ("2026-01-31T12:34:56.123456Z"),
 * which sort as text; booleans are 0 and 1; "none" is NULL.
 */
#include "store/schema.h"

#include "base/clock.h"

/* --- records ------------------------------------------------------------ */

static const char *const record_tables[] = {
	"CREATE TABLE exchanges ("
	" ts TEXT NOT NULL,"
	" pair TEXT NOT NULL,"
	" leg TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" stage TEXT NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" decision TEXT NOT NULL,"
	" bucket INTEGER,"
	" method TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" route TEXT,"
	" status INTEGER NOT NULL,"
	" outcome TEXT NOT NULL,"
	" blame TEXT NOT NULL,"
	" failure INTEGER NOT NULL,"
	" streamed INTEGER NOT NULL,"
	" error TEXT,"
	" latency_us INTEGER NOT NULL,"
	" first_byte_us INTEGER,"
	" first_content_us INTEGER,"
	" request_bytes INTEGER NOT NULL,"
	" response_bytes INTEGER NOT NULL,"
	" user_hash TEXT,"
	" session_hash TEXT)",
	"CREATE INDEX exchanges_ts ON exchanges (ts)",
	"CREATE INDEX exchanges_version_ts ON exchanges (version, ts)",

	"CREATE TABLE comparisons ("
	" ts TEXT NOT NULL,"
	" pair TEXT NOT NULL,"
	" verdict TEXT NOT NULL,"
	" reason TEXT,"
	" stage TEXT NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" method TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" route TEXT,"
	" legacy_status INTEGER NOT NULL,"
	" enhanced_status INTEGER NOT NULL,"
	" legacy_latency_us INTEGER NOT NULL,"
	" enhanced_latency_us INTEGER NOT NULL,"
	" similarity REAL,"
	" differences INTEGER NOT NULL)",
	"CREATE INDEX comparisons_ts ON comparisons (ts)",

	"CREATE TABLE differences ("
	" ts TEXT NOT NULL,"
	" pair TEXT NOT NULL,"
	" stage TEXT NOT NULL,"
	" route TEXT,"
	" field TEXT NOT NULL,"
	" kind TEXT NOT NULL,"
	" legacy TEXT NOT NULL,"
	" enhanced TEXT NOT NULL)",
	"CREATE INDEX differences_ts ON differences (ts)",

	/* A batch of the recorder and its rows are one transaction here too;
	 * the last number of each instance is kept, for people. */
	"CREATE TABLE batches ("
	" instance TEXT NOT NULL,"
	" batch INTEGER NOT NULL,"
	" row_count INTEGER NOT NULL,"
	" written TEXT NOT NULL,"
	" PRIMARY KEY (instance, batch)) WITHOUT ROWID",
	NULL
};

/* Legs the versions are judged by: ended well, or by their own fault.  Not
 * those that a client broke off or that we refused ourselves. */
#define COUNTED "blame IN ('nobody', 'upstream')"
#define ANY_TIME "1"
#define LAST_DAY "ts >= strftime('%Y-%m-%dT%H:%M:%S', 'now', '-1 day')"

/* SQLite has no percentile: number the answered legs of a group by latency
 * and take the first at or over 95 % of their count (nearest rank). */
#define REQUESTS_VIEW(name, when, select_keys, keys) \
	"CREATE VIEW " name " AS WITH legs AS (" \
	"SELECT " select_keys ", leg, failure, status > 0 AS answered," \
	"  latency_us FROM exchanges WHERE " COUNTED " AND " when \
	"), ranked AS (SELECT *," \
	"  row_number() OVER (PARTITION BY " keys ", answered" \
	"   ORDER BY latency_us) AS position," \
	"  count(*) OVER (PARTITION BY " keys ", answered) AS answers" \
	" FROM legs)" \
	" SELECT " keys ", count(*) AS requests, sum(failure) AS errors," \
	"  round(1.0 * sum(failure) / count(*), 6) AS error_rate," \
	"  sum(leg = 'primary') AS primary_requests," \
	"  sum(leg = 'shadow') AS shadow_requests," \
	"  round(avg(CASE WHEN answered THEN latency_us END) / 1000.0, 3)" \
	"   AS avg_latency_ms," \
	"  min(CASE WHEN answered AND position * 100 >= answers * 95" \
	"   THEN latency_us END) / 1000.0 AS p95_latency_ms" \
	" FROM ranked GROUP BY " keys " ORDER BY " keys

/* A control leg is legacy's second answer to a request, and no user's. */
#define USERS "leg <> 'control' AND "

#define ERRORS_VIEW(name, when, keys, order) \
	"CREATE VIEW " name " AS" \
	" SELECT " keys ", count(*) AS errors," \
	"  min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE failure AND " when \
	" GROUP BY " keys " ORDER BY " order

#define SESSIONS_SHARED_VIEW(name, when) \
	"CREATE VIEW " name " AS" \
	" SELECT version, session_hash, count(DISTINCT user_hash) AS users," \
	"  count(*) AS requests, min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE session_hash IS NOT NULL AND " when \
	" GROUP BY version, session_hash HAVING count(DISTINCT user_hash) > 1"

#define SESSIONS_SHARED_USERS_VIEW(which) \
	"CREATE VIEW v_sessions_shared_users AS" \
	" SELECT version, session_hash, user_hash, count(*) AS requests," \
	"  min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE " which "(version, session_hash) IN" \
	"  (SELECT version, session_hash FROM v_sessions_shared)" \
	" GROUP BY version, session_hash, user_hash"

#define SLOW_SESSIONS_VIEW(which) \
	"CREATE VIEW v_slow_sessions AS" \
	" SELECT version, session_hash, count(*) AS requests," \
	"  round(avg(latency_us) / 1000.0, 3) AS avg_latency_ms," \
	"  max(latency_us) / 1000.0 AS max_latency_ms" \
	" FROM exchanges WHERE " which "session_hash IS NOT NULL" \
	"  AND status > 0 AND " COUNTED \
	" GROUP BY version, session_hash ORDER BY avg_latency_ms DESC"

/* Of a group's bare columns SQLite gives those of the row with max(ts). */
#define DIFFERENCES_VIEW(name, when) \
	"CREATE VIEW " name " AS" \
	" SELECT route, field, kind, count(DISTINCT pair) AS pairs," \
	"  max(ts) AS last_seen, pair, legacy, enhanced" \
	" FROM differences WHERE " when \
	" GROUP BY route, field, kind ORDER BY pairs DESC, field"

static const char *const record_views[] = {
	REQUESTS_VIEW("v_requests_by_version", ANY_TIME, "version", "version"),
	REQUESTS_VIEW("v_recent_requests_by_version", LAST_DAY, "version",
	    "version"),
	REQUESTS_VIEW("v_requests_by_stage", ANY_TIME, "stage, version",
	    "stage, version"),
	REQUESTS_VIEW("v_requests_by_hour", ANY_TIME,
	    "substr(ts, 1, 13) || ':00:00Z' AS hour, version",
	    "hour, version"),
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
	" SELECT version, count(*) AS sessions, sum(users > 1) AS shared"
	" FROM (SELECT version, count(DISTINCT user_hash) AS users"
	"  FROM exchanges WHERE session_hash IS NOT NULL"
	"  GROUP BY version, session_hash) GROUP BY version ORDER BY version",
	SESSIONS_SHARED_USERS_VIEW(""),
	SLOW_SESSIONS_VIEW(""),
	"CREATE VIEW v_comparisons_by_verdict AS"
	" SELECT verdict, reason, count(*) AS pairs,"
	"  round(1.0 * count(*) / (SELECT count(*) FROM comparisons), 6)"
	"   AS share"
	" FROM comparisons GROUP BY verdict, reason ORDER BY pairs DESC",
	DIFFERENCES_VIEW("v_differences_by_field", ANY_TIME),
	DIFFERENCES_VIEW("v_recent_differences_by_field", LAST_DAY),
	NULL
};

/* Rows come in order of time and are asked for by time; a second index with
 * the version in front cost a fifth of every row and answered nothing that
 * the first does not. */
static const char *const record_indexes[] = {
	"DROP INDEX exchanges_version_ts",
	NULL
};

#define SESSIONS_SHARED_OVERALL_VIEW(which) \
	"CREATE VIEW v_sessions_shared_overall AS" \
	" SELECT session_hash, count(DISTINCT user_hash) AS users," \
	"  count(DISTINCT version) AS versions, count(*) AS requests," \
	"  min(ts) AS first_seen, max(ts) AS last_seen" \
	" FROM exchanges WHERE " which "session_hash IS NOT NULL" \
	" GROUP BY session_hash HAVING count(DISTINCT user_hash) > 1"

/* A session that one user had on legacy and another on enhanced is no less
 * mixed up: shared within no version, found here. */
static const char *const record_overall[] = {
	SESSIONS_SHARED_OVERALL_VIEW(""),
	NULL
};

/* Until now there was no third leg. */
static const char *const record_views_of_users[] = {
	"DROP VIEW v_requests_by_version",
	REQUESTS_VIEW("v_requests_by_version", USERS ANY_TIME, "version",
	    "version"),
	"DROP VIEW v_recent_requests_by_version",
	REQUESTS_VIEW("v_recent_requests_by_version", USERS LAST_DAY, "version",
	    "version"),
	"DROP VIEW v_requests_by_stage",
	REQUESTS_VIEW("v_requests_by_stage", USERS ANY_TIME, "stage, version",
	    "stage, version"),
	"DROP VIEW v_requests_by_hour",
	REQUESTS_VIEW("v_requests_by_hour", USERS ANY_TIME,
	    "substr(ts, 1, 13) || ':00:00Z' AS hour, version",
	    "hour, version"),
	"DROP VIEW v_top_errors",
	ERRORS_VIEW("v_top_errors", USERS ANY_TIME,
	    "version, outcome, status, error, route",
	    "errors DESC, version, outcome"),
	"DROP VIEW v_recent_top_errors",
	ERRORS_VIEW("v_recent_top_errors", USERS LAST_DAY,
	    "version, outcome, status, error, route",
	    "errors DESC, version, outcome"),
	"DROP VIEW v_sessions_shared",
	SESSIONS_SHARED_VIEW("v_sessions_shared", USERS ANY_TIME),
	"DROP VIEW v_recent_sessions_shared",
	SESSIONS_SHARED_VIEW("v_recent_sessions_shared", USERS LAST_DAY),
	"DROP VIEW v_sessions_shared_users",
	SESSIONS_SHARED_USERS_VIEW(USERS),
	"DROP VIEW v_slow_sessions",
	SLOW_SESSIONS_VIEW(USERS),
	"DROP VIEW v_sessions_shared_overall",
	SESSIONS_SHARED_OVERALL_VIEW(USERS),
	NULL
};

static const char *const record_samples[] = {
	/* A row for each answer of a pair that was kept.  The large columns come
	 * last, as SQLite reads a row from its beginning. */
	"CREATE TABLE samples ("
	" ts TEXT NOT NULL,"
	" pair TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" verdict TEXT NOT NULL,"
	" stage TEXT NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" route TEXT,"
	" method TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" rules_mark TEXT NOT NULL,"
	" status INTEGER NOT NULL,"
	" outcome TEXT NOT NULL,"
	" content_type TEXT NOT NULL,"
	" content_encoding TEXT NOT NULL,"
	" form TEXT NOT NULL,"
	" left_out TEXT,"
	" cut INTEGER NOT NULL,"
	" body_bytes INTEGER NOT NULL,"
	" kept_bytes INTEGER NOT NULL,"
	" latency_us INTEGER NOT NULL,"
	" first_byte_us INTEGER,"
	" first_content_us INTEGER,"
	" longest_gap_us INTEGER,"
	" key_id TEXT,"
	" fields BLOB,"
	" body BLOB)",
	/* With the bytes in it, so that what is kept is summed up from it. */
	"CREATE INDEX samples_ts ON samples (ts, kept_bytes)",
	"CREATE INDEX samples_pair ON samples (pair)",
	NULL
};

/* A JSON object: "{\"cache_hit\":true}". */
static const char *const record_signals[] = {
	"ALTER TABLE exchanges ADD COLUMN signals TEXT",
	NULL
};

/* How the parts of streams come.  Those that nobody read have no events. */
static const char *const record_streams[] = {
	"ALTER TABLE exchanges ADD COLUMN longest_gap_us INTEGER",
	"ALTER TABLE exchanges ADD COLUMN events INTEGER",
	"CREATE VIEW v_streams_by_version AS"
	" SELECT version, count(*) AS streams,"
	"  round(avg(first_byte_us) / 1000.0, 3) AS avg_first_byte_ms,"
	"  round(avg(first_content_us) / 1000.0, 3) AS avg_first_content_ms,"
	"  round(avg(coalesce(longest_gap_us, 0)) / 1000.0, 3)"
	"   AS avg_longest_gap_ms,"
	"  max(longest_gap_us) / 1000.0 AS max_gap_ms,"
	"  round(1e6 * sum(events) / sum(CASE WHEN events IS NOT NULL THEN"
	"   latency_us - first_content_us END), 3) AS events_per_second"
	" FROM exchanges WHERE " USERS "streamed AND first_content_us > 0"
	" AND " COUNTED " GROUP BY version ORDER BY version",
	NULL
};

/* What the rollout was called; NULL: of none, or from before there were several. */
static const char *const record_rollouts[] = {
	"ALTER TABLE exchanges ADD COLUMN rollout TEXT",
	"ALTER TABLE comparisons ADD COLUMN rollout TEXT",
	"ALTER TABLE differences ADD COLUMN rollout TEXT",
	"ALTER TABLE samples ADD COLUMN rollout TEXT",
	REQUESTS_VIEW("v_requests_by_rollout", USERS ANY_TIME,
	    "rollout, version", "rollout, version"),
	NULL
};

/* What each version did on each route, minute by minute; route '': all requests.
 * latency: {"us of a slot's middle": how many}, to be merged by adding. */
static const char *const record_windows[] = {
	"CREATE TABLE windows ("
	" minute TEXT NOT NULL,"
	" instance TEXT NOT NULL,"
	" route TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" requests INTEGER NOT NULL,"
	" failures INTEGER NOT NULL,"
	" primary_legs INTEGER NOT NULL,"
	" shadow_legs INTEGER NOT NULL,"
	" fallbacks INTEGER NOT NULL,"
	" compared INTEGER NOT NULL,"
	" different INTEGER NOT NULL,"
	" answered INTEGER NOT NULL,"
	" latency_us_sum INTEGER NOT NULL,"
	" p50_us INTEGER,"
	" p95_us INTEGER,"
	" p99_us INTEGER,"
	" latency TEXT NOT NULL,"
	" rollout TEXT)",
	"CREATE INDEX windows_minute ON windows (minute)",
	NULL
};

static const struct migration record_migrations[] = {
	{ 1, "tables", record_tables },
	{ 2, "views", record_views },
	{ 3, "one index fewer", record_indexes },
	{ 4, "sessions over all versions", record_overall },
	{ 5, "views without control legs", record_views_of_users },
	{ 6, "kept answers", record_samples },
	{ 7, "signals", record_signals },
	{ 8, "streams", record_streams },
	{ 9, "rollouts", record_rollouts },
	{ 10, "windows", record_windows },
};
const struct schema schema_records = { "records", record_migrations,
	COUNT_OF(record_migrations) };

/* --- applying ----------------------------------------------------------- */

static bool
part_version(sqlite3 *db, const struct schema *schema, int64_t *out,
    struct err *err)
{
	char sql[128];

	*out = 0;
	sqlite3_snprintf(sizeof sql, sql,
	    "SELECT max(version) FROM schema_version WHERE part = %Q",
	    schema->part);
	return sqlite_exec(db,
	    "CREATE TABLE IF NOT EXISTS schema_version ("
	    " part TEXT NOT NULL,"
	    " version INTEGER NOT NULL,"
	    " applied TEXT NOT NULL,"
	    " PRIMARY KEY (part, version)) WITHOUT ROWID", err) &&
	    sqlite_number(db, sql, out, err);
}

static bool
migrate(sqlite3 *db, const char *part, const struct migration *m,
    struct err *err)
{
	char now[CLOCK_TEXT_MAX];

	for (const char *const *sql = m->sql; *sql != NULL; sql++)
		if (!sqlite_exec(db, *sql, err))
			return false;
	clock_format(clock_wall_us(), now);
	return sqlite_run(db, err,
	    "INSERT INTO schema_version (part, version, applied)"
	    " VALUES (?, ?, ?)", "tit", part, (int64_t)m->version, now);
}

static bool
migrate_all(sqlite3 *db, const struct schema *schema, int64_t *from_out,
    struct err *err)
{
	int64_t known = schema->migrations[schema->count - 1].version;

	if (!part_version(db, schema, from_out, err))
		return false;
	if (*from_out > known)
		return err_set(err, "%s: schema %s is version %lld, made by a"
		    " newer understudy; this one knows up to %lld",
		    sqlite3_db_filename(db, "main"), schema->part,
		    (long long)*from_out, (long long)known);
	for (size_t i = 0; i < schema->count; i++)
		if (schema->migrations[i].version > *from_out &&
		    !migrate(db, schema->part, &schema->migrations[i], err))
			return false;
	return true;
}

bool
schema_apply_sqlite(sqlite3 *db, const struct schema *schema,
    struct buf *said, struct err *err)
{
	int64_t from = 0;

	if (!sqlite_begin(db, err))
		return false;
	if (!migrate_all(db, schema, &from, err)) {
		sqlite_rollback(db);
		return false;
	}
	if (!sqlite_commit(db, err))
		return false;
	if (said != NULL)
		buf_printf(said, "%s: schema %s: version %lld -> %u\n",
		    sqlite3_db_filename(db, "main"), schema->part,
		    (long long)from,
		    schema->migrations[schema->count - 1].version);
	return true;
}
