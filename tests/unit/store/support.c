/* support -- see support.h.
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define SHARED_DIR "UNDERSTUDY_TEST_CLUSTER" /* environment: where it is */
#define PATHS_MAX 16

static char dir[64];
static char *paths[PATHS_MAX];
static unsigned path_count;
static bool has_own_server;

static void
run(const char *fmt, const char *a, const char *b)
{
	char *command = mem_printf("%s '%s' '%s'", fmt, a, b);

	cr_assert_eq(system(command), 0, "%s", command);
	free(command);
}

void
support_start(void)
{
	text_copy(dir, sizeof dir, "/tmp/understudy-store-XXXXXX", 28);
	cr_assert_not_null(mkdtemp(dir));
	chmod(dir, 0755); /* user postgres has to get in */
}

void
support_stop(void)
{
	if (has_own_server)
		own_server("kill", NULL);
	run("rm -rf", dir, "");
	while (path_count > 0)
		free(paths[--path_count]);
}

const char *
in_dir(const char *name)
{
	cr_assert_lt(path_count, PATHS_MAX);
	paths[path_count] = mem_printf("%s/%s", dir, name);
	return paths[path_count++];
}

/* --- settings and records ------------------------------------------------- */

struct settings
sqlite_settings(void)
{
	struct settings s = { .spool_max_bytes = 1 << 30 };
	char *text = mem_printf("sqlite:%s/store.db", dir);

	s.store = text;
	s.spool = (char *)in_dir("unused.db");
	paths[path_count++] = text;
	return s;
}

struct settings
postgres_settings(const char *url)
{
	struct settings s = { .spool_max_bytes = 1 << 30 };

	s.store = (char *)url;
	s.spool = (char *)in_dir("spool.db");
	return s;
}

struct leg_record
make_leg(unsigned n)
{
	struct leg_record r = {
		.ts_us = INT64_C(1767225600123456) + n * 1000, /* 2026 */
		.leg = n % 2 == 0 ? LEG_PRIMARY : LEG_SHADOW,
		.version = n % 2 == 0 ? VERSION_LEGACY : VERSION_ENHANCED,
		.outcome = OUTCOME_DONE, .why = 6, .status = 200,
		.bucket = n % 100000, .epoch = 7, .latency_us = 1000 + n,
		.first_byte_us = 500, .response_bytes = 42,
		.stage = "shadow", .method = "POST", .path = "/api/v1/chat",
		.route = "/api/v1/*", .rollout = "chat",
	};

	snprintf(r.pair, sizeof r.pair, "%032x", n);
	snprintf(r.user, sizeof r.user, "user-%u", n % 10);
	snprintf(r.session, sizeof r.session, "session-%u", n % 20);
	return r;
}

struct comparison_record
make_comparison(unsigned n, unsigned kept)
{
	struct comparison_record c = {
		.ts_us = INT64_C(1767225600123456) + n * 1000,
		.verdict = kept > 0 ? VERDICT_DIFFERENT : VERDICT_SAME,
		.epoch = 7, .stage = "shadow", .method = "POST",
		.path = "/api/v1/chat", .route = "/api/v1/*",
		.rollout = "chat",
		.legacy_status = 200, .enhanced_status = 200,
		.legacy_latency_us = 1000, .enhanced_latency_us = 900,
		.similarity = -1, .difference_count = kept, .kept = (uint8_t)kept,
	};

	snprintf(c.pair, sizeof c.pair, "%032x", n);
	for (unsigned i = 0; i < kept; i++) {
		struct difference *d = &c.differences[i];

		snprintf(d->path, sizeof d->path, "/choices/*/field%u", i);
		d->kind = DIFF_VALUE;
		snprintf(d->legacy, sizeof d->legacy, "\"a\"");
		snprintf(d->enhanced, sizeof d->enhanced, "\"b\"");
	}
	return c;
}

struct batch *
make_batch(int64_t number, unsigned legs, unsigned comparisons)
{
	struct batch *b = mem_zalloc(sizeof *b);

	b->number = number;
	b->leg_count = legs;
	b->comparison_count = comparisons;
	for (unsigned i = 0; i < legs; i++)
		b->legs[i] = make_leg(i);
	for (unsigned i = 0; i < comparisons; i++)
		b->comparisons[i] = make_comparison(i, 2);
	return b;
}

static void
fill_kept(struct kept_answer *a, unsigned n, const char *version,
    unsigned bytes)
{
	a->there = true;
	a->outcome = OUTCOME_UPSTREAM_5XX;
	a->status = 500;
	snprintf(a->content_type, sizeof a->content_type, "text/plain");
	snprintf(a->form, sizeof a->form, "text");
	a->body_bytes = bytes + 7;
	a->cut = n % 2 == 1;
	a->latency_us = 1000 + n;
	a->first_byte_us = 17;
	buf_printf(&a->body, "body %u %s", n, version);
	while (a->body.len < bytes)
		buf_add(&a->body, a->body.len % 2 == 0 ? "\0" : "\\", 1);
	a->body.len = bytes;
}

struct kept_sample *
make_kept(unsigned n, unsigned bytes)
{
	struct kept_sample *k = kept_sample_new(NULL);

	k->ts_us = INT64_C(1767225600123456) + n * INT64_C(1000000);
	k->epoch = 7;
	k->rules_mark = UINT64_C(0xfedcba9876543210) + n;
	k->verdict = VERDICT_DIFFERENT;
	k->rollout = "chat";
	snprintf(k->pair, sizeof k->pair, "%032x", n);
	snprintf(k->stage, sizeof k->stage, "shadow");
	snprintf(k->method, sizeof k->method, "POST");
	snprintf(k->path, sizeof k->path, "/it's/%u", n);
	snprintf(k->route, sizeof k->route, "/it's/*");
	fill_kept(&k->answers[KEPT_LEGACY], n, "legacy", bytes);
	fill_kept(&k->answers[KEPT_ENHANCED], n, "enhanced", bytes);
	if (bytes != 1000) /* those are counted */
		buf_printf(&k->answers[KEPT_LEGACY].fields, "x-model: m%u\n", n);
	return k;
}

const char *
test_why_word(unsigned why)
{
	return why == 6 ? "bucket" : "other";
}

/* --- looking into databases -------------------------------------------------- */

void
sqlite_text(const char *path, const char *sql, char *out, size_t space)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	const char *text = NULL;

	cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
	    SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK,
	    "%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(stmt, 0);
	snprintf(out, space, "%s", text != NULL ? text : "(null)");
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

int64_t
sqlite_count(const char *path, const char *sql)
{
	char text[64];

	sqlite_text(path, sql, text, sizeof text);
	return strtoll(text, NULL, 10);
}

struct pg *
pg_connect(const char *url)
{
	struct pg_settings settings = { .conninfo = url };
	struct pg *pg = NULL;
	struct err err = { "" };

	cr_assert(pg_open(&settings, &pg, &err), "%s", err.text);
	return pg;
}

void
pg_text(const char *url, const char *sql, char *out, size_t space)
{
	struct pg *pg = pg_connect(url);
	struct err err = { "" };
	PGresult *res = pg_query(pg, sql, 0, NULL, &err);

	cr_assert_not_null(res, "%s: %s", sql, err.text);
	snprintf(out, space, "%s", PQntuples(res) == 0 ||
	    PQgetisnull(res, 0, 0) ? "(null)" : PQgetvalue(res, 0, 0));
	PQclear(res);
	pg_close(&pg);
}

int64_t
pg_count(const char *url, const char *sql)
{
	char text[64];

	pg_text(url, sql, text, sizeof text);
	return strtoll(text, NULL, 10);
}

/* --- servers ------------------------------------------------------------------ */

/* The script of the system tests: from make check, or from the top of the
 * tree. */
static char *
script(void)
{
	const char *srcdir = getenv("srcdir");

	return mem_printf("%s/tests/system/pgcluster",
	    srcdir != NULL ? srcdir : ".");
}

static bool
try_first_line_of(const char *action, const char *where, char *out,
    size_t space)
{
	char *path = script();
	char *command = mem_printf("'%s' %s '%s'", path, action, where);
	FILE *f = popen(command, "r");

	if (f == NULL || fgets(out, (int)space, f) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	free(command);
	free(path);
	return f != NULL && pclose(f) == 0;
}

static void
first_line_of(const char *action, const char *where, char *out, size_t space)
{
	cr_assert(try_first_line_of(action, where, out, space), "%s %s",
	    action, where);
}

void
own_server(const char *action, char url[256])
{
	char where[96], line[256];

	snprintf(where, sizeof where, "%s/pg", dir);
	first_line_of(action, where, line, sizeof line);
	has_own_server = strcmp(action, "start") == 0;
	if (url != NULL && has_own_server)
		memcpy(url, line, sizeof line);
}

const char *
fresh_database(void)
{
	static unsigned count;
	char url[256], *sql, *mark;
	struct err err = { "" };
	char name[64];
	struct pg *pg;

	first_line_of("url", getenv(SHARED_DIR), url, sizeof url);
	snprintf(name, sizeof name, "t%d_%u", (int)getpid(), count++);
	pg = pg_connect(url);
	sql = mem_printf("CREATE DATABASE %s", name);
	cr_assert(pg_exec(pg, sql, &err), "%s", err.text);
	free(sql);
	pg_close(&pg);
	mark = strstr(url, "/understudy?");
	cr_assert_not_null(mark);
	*mark = '\0';
	cr_assert_lt(path_count, PATHS_MAX);
	paths[path_count] = mem_printf("%s/%s%s", url, name,
	    mark + strlen("/understudy"));
	return paths[path_count++];
}

int
mute_server(char conninfo[256])
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof addr;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
	cr_assert_eq(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&addr, &len);
	snprintf(conninfo, 256, "host=127.0.0.1 port=%d dbname=x user=x",
	    ntohs(addr.sin_port));
	return fd;
}

/* The shared server lives as long as a pipe from us to its keeper, a
 * process that takes it down whichever way we end. */
static int keeper_pipe[2];
static pid_t keeper;

static void
keep(const char *where)
{
	char *path = script(), byte;
	char *stop = mem_printf("'%s' stop '%s'; rm -rf '%s'", path, where,
	    where);

	close(keeper_pipe[1]);
	while (read(keeper_pipe[0], &byte, 1) > 0)
		continue;
	_exit(system(stop) == 0 ? 0 : 1);
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	static char where[] = "/tmp/understudy-store-pg-XXXXXX";
	char url[256];

	(void)tests;
	if (mkdtemp(where) == NULL || chmod(where, 0755) == -1 ||
	    pipe2(keeper_pipe, O_CLOEXEC) == -1)
		abort();
	keeper = fork();
	if (keeper == 0)
		keep(where);
	close(keeper_pipe[0]);
	setenv(SHARED_DIR, where, 1);
	/* Criterion waits for ever for an assertion outside of a test. */
	if (!try_first_line_of("start", where, url, sizeof url)) {
		fprintf(stderr, "cannot start PostgreSQL: is $srcdir the"
		    " source tree?\n");
		exit(1);
	}
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	(void)stats;
	close(keeper_pipe[1]);
	waitpid(keeper, NULL, 0);
}
