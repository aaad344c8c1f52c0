/* support -- files, records and a PostgreSQL server for the store's tests.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEST_STORE_SUPPORT_H
#define TEST_STORE_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "observe/record.h"
#include "store/batch.h"
#include "store/postgres.h"
#include "store/recorder.h"
#include "store/sqlite.h"
#include "store/store.h"

/* A directory of this test's own, removed by support_stop(). */
void support_start(void);
void support_stop(void);
/* DIR/name; good until support_stop(). */
const char *in_dir(const char *name);

/* Settings of a SQLite store DIR/store.db, or of PostgreSQL with the spool
 * DIR/spool.db. */
struct settings sqlite_settings(void);
struct settings postgres_settings(const char *url);

/* Records that differ by n. */
struct leg_record make_leg(unsigned n);
struct comparison_record make_comparison(unsigned n, unsigned kept);
/* A batch of that many of each; the caller frees it. */
struct batch *make_batch(int64_t number, unsigned legs, unsigned comparisons);
/* A pair with two answers whose bodies have so many bytes; a second later
 * than that of n - 1. */
struct kept_sample *make_kept(unsigned n, unsigned bytes);
const char *test_why_word(unsigned why);

/* The first column of the first row, on a connection of its own. */
int64_t sqlite_count(const char *path, const char *sql);
void sqlite_text(const char *path, const char *sql, char *out, size_t space);

/* An empty database in the server that all tests share. */
const char *fresh_database(void);
int64_t pg_count(const char *url, const char *sql);
void pg_text(const char *url, const char *sql, char *out, size_t space);
struct pg *pg_connect(const char *url);

/* A server of this test's own, to be killed: "start" (fills url), "stop" or
 * "kill". */
void own_server(const char *action, char url[256]);

/* A TCP server that accepts and says nothing, on the socket returned. */
int mute_server(char conninfo[256]);

/* Wait until the condition holds; false after 20 s. */
#define WAIT_FOR(condition) ({ \
	unsigned tries_left = 4000; \
	while (!(condition) && --tries_left > 0) \
		usleep(5000); \
	tries_left > 0; })

#endif
