/* postgres -- see postgres.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/postgres.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* How often a wait looks at give_up_ns. */
#define SLICE_MS 50
/* libpq copies what we give it: keep its copy small. */
#define COPY_CHUNK_BYTES 65536

struct pg {
	PGconn *conn;                       /* owns */
	uint64_t answer_ns;                 /* allowed for one statement */
	const _Atomic uint64_t *give_up_ns; /* borrows; may be NULL */
	uint64_t deadline_ns;               /* of the statement that runs */
	bool lost;
	char sqlstate[6];
};

/* --- failures ----------------------------------------------------------- */

/* One line of libpq's message, which may have several: one for each host
 * tried, and hints for beginners behind a tab. */
static bool
fault(struct err *err, const char *tried, const char *message)
{
	char line[512] = "";
	size_t used = 0;

	while (*message != '\0') {
		size_t len = strcspn(message, "\n");

		if (message[0] != '\t' && len + 3 < sizeof line - used)
			used += (size_t)snprintf(line + used,
			    sizeof line - used, "%s%.*s",
			    used > 0 ? "; " : "", (int)len, message);
		message += len + (message[len] == '\n');
	}
	return err_set(err, "postgresql: %s: %s", tried,
	    used > 0 ? line : "no reason given");
}

static bool
lose(struct pg *p, struct err *err, const char *tried, const char *message)
{
	p->lost = true;
	p->sqlstate[0] = '\0';
	return fault(err, tried, message);
}

static bool
refuse(struct pg *p, struct err *err, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	p->sqlstate[0] = '\0';
	if (state != NULL)
		text_copy(p->sqlstate, sizeof p->sqlstate, state, strlen(state));
	if (PQstatus(p->conn) != CONNECTION_OK || state == NULL)
		p->lost = true;
	return fault(err, state != NULL ? state : "write",
	    text != NULL ? text : PQresultErrorMessage(res));
}

bool
pg_is_lost(const struct pg *p)
{
	return p->lost || PQstatus(p->conn) != CONNECTION_OK;
}

const char *
pg_sqlstate(const struct pg *p)
{
	return p->sqlstate;
}

bool
pg_refused_data(const struct pg *p)
{
	return !p->lost && (strncmp(p->sqlstate, "22", 2) == 0 ||
	    strncmp(p->sqlstate, "23", 2) == 0 ||
	    strncmp(p->sqlstate, "54", 2) == 0);
}

/* --- waiting ------------------------------------------------------------ */

static bool
has_given_up(const struct pg *p, uint64_t now_ns)
{
	uint64_t at = p->give_up_ns != NULL ? atomic_load(p->give_up_ns) : 0;

	return now_ns >= p->deadline_ns || (at != 0 && now_ns >= at);
}

/* Wait for the socket.  *can_read_out says whether something came. */
static bool
wait_socket(struct pg *p, short events, bool *can_read_out)
{
	struct pollfd fd = { .fd = PQsocket(p->conn), .events = events };
	int ready;

	for (;;) {
		if (fd.fd < 0 || has_given_up(p, clock_ns()))
			return false;
		fd.revents = 0;
		ready = poll(&fd, 1, SLICE_MS);
		if (ready == -1 && errno != EINTR)
			return false;
		if (ready > 0) {
			*can_read_out = (fd.revents & ~POLLOUT) != 0;
			return true;
		}
	}
}

/* Send what libpq has buffered; reads meanwhile, or both sides could wait
 * for the other to read. */
static bool
flush(struct pg *p, struct err *err)
{
	bool can_read = false;
	int left;

	while ((left = PQflush(p->conn)) == 1) {
		if (!wait_socket(p, POLLIN | POLLOUT, &can_read))
			return lose(p, err, "send", "timed out");
		if (can_read && !PQconsumeInput(p->conn))
			return lose(p, err, "send", PQerrorMessage(p->conn));
	}
	if (left == 0)
		return true;
	return lose(p, err, "send", PQerrorMessage(p->conn));
}

/* The next result; *out NULL when there is none left. */
static bool
next_result(struct pg *p, PGresult **out, struct err *err)
{
	bool can_read = false;

	while (PQisBusy(p->conn)) {
		if (!wait_socket(p, POLLIN, &can_read))
			return lose(p, err, "wait for an answer", "timed out");
		if (!PQconsumeInput(p->conn))
			return lose(p, err, "receive",
			    PQerrorMessage(p->conn));
	}
	*out = PQgetResult(p->conn);
	return true;
}

static bool
is_failure(const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE ||
	    status == PGRES_NONFATAL_ERROR;
}

/* Read results up to the last, or up to COPY's invitation.  NULL when the
 * server refused one of them. */
static PGresult *
last_result(struct pg *p, struct err *err)
{
	PGresult *last = NULL, *res = NULL;
	bool ok = true;

	for (;;) {
		if (!next_result(p, &res, err)) {
			ok = false;
			break;
		}
		if (res == NULL)
			break;
		if (ok && is_failure(res))
			ok = refuse(p, err, res);
		PQclear(last);
		last = res;
		if (PQresultStatus(last) == PGRES_COPY_IN || p->lost)
			break;
	}
	if (ok && last == NULL)
		ok = lose(p, err, "receive", PQerrorMessage(p->conn));
	if (ok)
		return last;
	PQclear(last);
	return NULL;
}

static void
begin_statement(struct pg *p)
{
	p->deadline_ns = clock_ns() + p->answer_ns;
	p->sqlstate[0] = '\0';
}

/* --- statements ----------------------------------------------------------- */

PGresult *
pg_query(struct pg *p, const char *sql, int param_count,
    const char *const *params, struct err *err)
{
	int sent;

	begin_statement(p);
	/* The simple protocol takes several statements; with parameters it
	 * is the unnamed statement, sent whole up to Sync, which PgBouncer
	 * keeps on one server connection. */
	sent = param_count == 0 ? PQsendQuery(p->conn, sql) :
	    PQsendQueryParams(p->conn, sql, param_count, NULL, params, NULL,
	    NULL, 0);
	if (!sent) {
		lose(p, err, "send", PQerrorMessage(p->conn));
		return NULL;
	}
	return flush(p, err) ? last_result(p, err) : NULL;
}

bool
pg_exec(struct pg *p, const char *sql, struct err *err)
{
	PGresult *res = pg_query(p, sql, 0, NULL, err);
	bool ok = res != NULL;

	PQclear(res);
	return ok;
}

bool
pg_commit(struct pg *p, struct err *err)
{
	PGresult *res = pg_query(p, "COMMIT", 0, NULL, err);
	bool ok = res != NULL && strcmp(PQcmdStatus(res), "COMMIT") == 0;

	/* COMMIT of a failed transaction succeeds, as a ROLLBACK. */
	if (res != NULL && !ok)
		fault(err, "commit", "the transaction was rolled back");
	PQclear(res);
	return ok;
}

void
pg_rollback(struct pg *p)
{
	if (!pg_is_lost(p) && !pg_exec(p, "ROLLBACK", NULL))
		p->lost = true;
}

static bool
put_lines(struct pg *p, const char *lines, size_t len, struct err *err)
{
	for (size_t at = 0; at < len;) {
		size_t chunk = len - at < COPY_CHUNK_BYTES ? len - at :
		    COPY_CHUNK_BYTES;
		int put = PQputCopyData(p->conn, lines + at, (int)chunk);

		if (put == -1)
			return lose(p, err, "send rows",
			    PQerrorMessage(p->conn));
		if (put == 1)
			at += chunk;
		if (!flush(p, err))
			return false;
	}
	return true;
}

static bool
end_copy(struct pg *p, struct err *err)
{
	int put;

	while ((put = PQputCopyEnd(p->conn, NULL)) == 0)
		if (!flush(p, err))
			return false;
	if (put == -1)
		return lose(p, err, "send rows", PQerrorMessage(p->conn));
	return flush(p, err);
}

bool
pg_copy(struct pg *p, const char *target, const char *lines, size_t len,
    struct err *err)
{
	char *sql = mem_printf("COPY %s FROM STDIN", target);
	PGresult *res = pg_query(p, sql, 0, NULL, err);
	bool ok = res != NULL;

	free(sql);
	assert(!ok || PQresultStatus(res) == PGRES_COPY_IN);
	PQclear(res);
	if (!ok || !put_lines(p, lines, len, err) || !end_copy(p, err))
		return false;
	res = last_result(p, err);
	ok = res != NULL;
	PQclear(res);
	return ok;
}

/* --- connecting ----------------------------------------------------------- */

#define PARAMS_MAX 64

/* Keyword and value arrays for libpq, with our defaults for what the
 * operator left out. */
struct params {
	const char *words[PARAMS_MAX];  /* borrows from options or static */
	const char *values[PARAMS_MAX];
	size_t count;
};

static const struct {
	const char *word, *value;
} defaults[] = {
	{ "fallback_application_name", "understudy" },
	/* Also for servers behind a resolver that lists several hosts. */
	{ "connect_timeout", "5" },
	/* A peer that vanished is noticed within 25 s even where our own
	 * deadline does not look, and unsent data for 15 s is a loss. */
	{ "keepalives_idle", "10" },
	{ "keepalives_interval", "5" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "15000" },
};

static void
params_add(struct params *p, const char *word, const char *value)
{
	assert(p->count + 1 < PARAMS_MAX);
	p->words[p->count] = word;
	p->values[p->count++] = value;
}

static const char *
params_get(const struct params *p, const char *word)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->words[i], word) == 0)
			return p->values[i];
	return NULL;
}

static void
params_fill(struct params *p, const PQconninfoOption *options)
{
	memset(p, 0, sizeof *p);
	for (; options->keyword != NULL; options++)
		if (options->val != NULL &&
		    strcmp(options->keyword, "client_encoding") != 0)
			params_add(p, options->keyword, options->val);
	params_add(p, "client_encoding", "UTF8"); /* what the rows are in */
	for (size_t i = 0; i < COUNT_OF(defaults); i++)
		if (params_get(p, defaults[i].word) == NULL)
			params_add(p, defaults[i].word, defaults[i].value);
}

static PQconninfoOption *
parse(const char *conninfo, struct err *err)
{
	char *reason = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &reason);

	if (options == NULL) {
		/* libpq's message may quote the string, password and all. */
		bool is_secret = strstr(conninfo, "password") != NULL ||
		    strchr(conninfo, '@') != NULL;

		fault(err, "connection string", is_secret || reason == NULL ?
		    "libpq cannot read it" : reason);
	}
	PQfreemem(reason);
	return options;
}

bool
pg_check_conninfo(const char *conninfo, struct err *err)
{
	PQconninfoOption *options = parse(conninfo, err);
	bool ok = options != NULL;

	PQconninfoFree(options);
	return ok;
}

static void
on_notice(void *arg, const PGresult *res)
{
	(void)arg; /* "relation exists, skipping" is no news, and would
	            * be a line on standard error that is not JSON */
	(void)res;
}

/* The peer took longer than it may, or the stop of the program does not wait. */
static bool
lose_connect(struct pg *p, uint64_t limit_ns, struct err *err)
{
	char why[64];

	snprintf(why, sizeof why, "no answer within %llu ms",
	    (unsigned long long)(limit_ns / NS_PER_MS));
	return lose(p, err, "connect", clock_ns() >= p->deadline_ns ? why :
	    "interrupted");
}

static bool
poll_connect(struct pg *p, uint64_t limit_ns, struct err *err)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	bool can_read = false;

	while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
		if (!wait_socket(p, next == PGRES_POLLING_READING ? POLLIN :
		    POLLOUT, &can_read))
			return lose_connect(p, limit_ns, err);
		next = PQconnectPoll(p->conn);
	}
	return true;
}

static uint64_t
connect_ns(const struct params *params, unsigned connect_ms)
{
	uint64_t seconds = 0;

	if (connect_ms == 0 &&
	    text_u64(params_get(params, "connect_timeout"), &seconds))
		connect_ms = (unsigned)(seconds > 3600 ? 3600 : seconds) * 1000;
	return NS_PER_MS * (connect_ms != 0 ? connect_ms : PG_CONNECT_MS);
}

static bool
start_connect(struct pg *p, const struct params *params, unsigned connect_ms,
    struct err *err)
{
	uint64_t limit_ns = connect_ns(params, connect_ms);

	p->deadline_ns = clock_ns() + limit_ns;
	p->conn = PQconnectStartParams(params->words, params->values, 0);
	PQsetNoticeReceiver(p->conn, on_notice, NULL);
	return p->conn == NULL || PQstatus(p->conn) == CONNECTION_BAD ||
	    poll_connect(p, limit_ns, err);
}

static bool
connect_server(struct pg *p, const struct params *params, unsigned connect_ms,
    struct err *err)
{
	const char *host = params_get(params, "host");

	/* With several hosts only libpq's own loop gives each its share of
	 * the time, so that a dead first host does not hide a live second.
	 * It is bounded by connect_timeout for each. */
	if (host != NULL && strchr(host, ',') != NULL)
		p->conn = PQconnectdbParams(params->words, params->values, 0);
	else if (!start_connect(p, params, connect_ms, err))
		return false;
	PQsetNoticeReceiver(p->conn, on_notice, NULL);
	if (PQstatus(p->conn) == CONNECTION_OK)
		return true;
	return lose(p, err, "connect", PQerrorMessage(p->conn));
}

bool
pg_open(const struct pg_settings *settings, struct pg **out, struct err *err)
{
	PQconninfoOption *options = parse(settings->conninfo, err);
	struct params params;
	struct pg *p;

	if (options == NULL)
		return false;
	p = mem_zalloc(sizeof *p);
	p->give_up_ns = settings->give_up_ns;
	p->answer_ns = NS_PER_MS * (settings->answer_ms != 0 ?
	    settings->answer_ms : PG_ANSWER_MS);
	params_fill(&params, options);
	if (!connect_server(p, &params, settings->connect_ms, err)) {
		pg_close(&p);
	} else {
		PQsetnonblocking(p->conn, 1);
		*out = p;
	}
	PQconninfoFree(options);
	return p != NULL;
}

void
pg_close(struct pg **p)
{
	if (*p == NULL)
		return;
	PQfinish((*p)->conn);
	free(*p);
	*p = NULL;
}
