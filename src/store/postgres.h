/* postgres -- a connection to PostgreSQL that never waits without a bound.
 * SPDX-License-Identifier: MIT
 *
 * libpq's non-blocking calls under a deadline of our own: a server that
 * hangs (stopped, unplugged, behind a full link) is noticed by the clock,
 * not by the kernel.  Only what works through PgBouncer in transaction mode
 * is used: no session settings, no named statements, no LISTEN.
 *
 * After a failure ask pg_is_lost(): then the connection can only be closed.
 * Otherwise the server refused the statement (pg_refused_data() says whether
 * because of the data), and a transaction, if one was open, wants ROLLBACK.
 *
 * One thread at a time.  Errors never contain the connection string.
 */
#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define PG_CONNECT_MS 5000u   /* unless the connection string says otherwise */
#define PG_ANSWER_MS 30000u   /* one statement, all of a COPY */

struct pg;

struct pg_settings {
	const char *conninfo;  /* URI or keyword string; borrowed for the call */
	unsigned connect_ms;   /* 0 = connect_timeout of conninfo, else PG_CONNECT_MS */
	unsigned answer_ms;    /* 0 = PG_ANSWER_MS */
	/* If not NULL: give up at this clock_ns() once it is not 0; borrowed
	 * until pg_close(). */
	const _Atomic uint64_t *give_up_ns;
};

/* Is the text a connection string libpq can read? */
bool pg_check_conninfo(const char *conninfo, struct err *err) MUST_CHECK;

bool pg_open(const struct pg_settings *settings, struct pg **out,
    struct err *err) MUST_CHECK;
void pg_close(struct pg **p);

bool pg_is_lost(const struct pg *p);
/* The last failure was the server's refusal of the data (SQLSTATE classes
 * 22, 23, 54): sending the same again will fail the same way. */
bool pg_refused_data(const struct pg *p);
/* SQLSTATE of the last failure, "" if it did not come from the server. */
const char *pg_sqlstate(const struct pg *p);

/* One or several statements whose results do not matter. */
bool pg_exec(struct pg *p, const char *sql, struct err *err) MUST_CHECK;
/* The result of the last of the statements, or NULL.  With params (text,
 * NULL = NULL) there may be only one statement.  The caller clears it. */
PGresult *pg_query(struct pg *p, const char *sql, int param_count,
    const char *const *params, struct err *err) MUST_CHECK;
/* End a transaction; fails if the server rolled it back instead. */
bool pg_commit(struct pg *p, struct err *err) MUST_CHECK;
/* The other way; a failure of it means that the connection is lost. */
void pg_rollback(struct pg *p);
/* COPY target FROM STDIN: lines of the text format. */
bool pg_copy(struct pg *p, const char *target, const char *lines, size_t len,
    struct err *err) MUST_CHECK;

#endif
