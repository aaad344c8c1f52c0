/* store -- where records, rollout state and events are kept.
 * SPDX-License-Identifier: MIT
 *
 * Three kinds, told apart by the text of "store":
 *   sqlite:PATH        everything in one SQLite file (WAL)
 *   postgresql://...   (or postgres://, or a keyword string "host=... dbname=...")
 *                      PostgreSQL, with a local SQLite file, the spool, in
 *                      front of it
 *   none               nothing: no records; the rollout's state is held in
 *                      memory and ends with the process, a latch too
 * In the first two cases a local SQLite file is there ("the local file"): rollout
 * state, events and overrides are written to it synchronously by the control
 * thread, so that a latch survives a restart without any database.
 *
 * Several rollouts lie side by side in the local file, each under its name:
 * a struct store is one of them.  The main one, "", is the only one or the first
 * of several, so it can be called otherwise and stays.  What was learned of noise
 * and the hash key belong to all.
 *
 * Threads: a struct store belongs to the control thread.  The recorder
 * (recorder.h) opens its own connections on its own thread.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "config/snapshot.h"
#include "observe/noise.h"
#include "observe/stage_start.h"
#include "observe/sticky.h"
#include "store/log_entry.h"

enum store_kind { STORE_SQLITE = 0, STORE_POSTGRES, STORE_NONE };

struct store;

/* "sqlite" / "postgresql" / "none" */
const char *store_kind_name(enum store_kind k);
/* What the text of "store" means; false: not of a known form. */
bool store_parse(const char *text, enum store_kind *kind_out,
    struct err *err) MUST_CHECK;

/* Open the local file, creating or migrating its schema.  With STORE_NONE
 * that is a database in memory, and the log is told what that means. */
bool store_open(const struct settings *settings, struct store **out,
    struct err *err) MUST_CHECK;
/* The same of another rollout than the main one: its state, events, overrides,
 * starts, sessions and numbers.  In memory it shares nothing with others.  false
 * also for a name that is too long or has control characters. */
bool store_open_rollout(const struct settings *settings, const char *rollout,
    struct store **out, struct err *err) MUST_CHECK;
/* As it was opened; "" = the main one. */
const char *store_rollout(const struct store *s);
void store_close(struct store **s);
/* How long each call below may wait for another process that has locked the
 * local file, from now on; until told otherwise that is seconds.  Returns
 * what it was. */
unsigned store_set_patience(struct store *s, unsigned ms);

/* Create or migrate the schema of the store (PostgreSQL included) and say
 * on out_text what was done, a line for each part.  For `understudy
 * --migrate`; any number of processes may do it at once. */
bool store_migrate(const struct settings *settings, struct buf *out_text,
    struct err *err) MUST_CHECK;

/* The state of the local file; *found_out false on a new one. */
bool store_load_state(struct store *s, struct rollout_state *out,
    bool *found_out, struct err *err) MUST_CHECK;
/* PostgreSQL only: the state there, waiting at most timeout_ms (a name
 * server that does not answer can make it longer).  true with *found_out
 * false when it is empty, or the store is SQLite.  A state brings the
 * overrides that stand beside it into the local file, whether or not it is
 * newer than ours: call store_load_overrides() afterwards. */
bool store_load_remote_state(struct store *s, unsigned timeout_ms,
    struct rollout_state *out, bool *found_out, struct err *err) MUST_CHECK;

/* State and its event in one transaction of the local file, synced to disk
 * before it returns.  state may be NULL (an event that changes nothing, an
 * alert).  Sets event->id. */
bool store_save(struct store *s, const struct rollout_state *state,
    struct log_entry *event, struct err *err) MUST_CHECK;

/* Overrides of the local file; what cannot be read of them is left out, and
 * logged. */
bool store_load_overrides(struct store *s, struct user_overrides *into,
    struct err *err) MUST_CHECK;
/* Put (remove false) or delete one, with its event and the state (NULL: it stays
 * as it is), in one transaction. */
bool store_save_override(struct store *s,
    const struct override_change *change, const struct rollout_state *state,
    struct log_entry *event, struct err *err) MUST_CHECK;

/* A user's or session's id as records have it (hash.h): "" stays "", and
 * becomes of everything while the local file cannot be read. */
#define STORE_HASH_MAX 33
void store_hash_id(struct store *s, bool is_session, const char *id,
    char out[STORE_HASH_MAX]);

/* Numbers kept by name in the local file; 0 if never set. */
bool store_number(struct store *s, const char *key, int64_t *out,
    struct err *err) MUST_CHECK;
bool store_set_number(struct store *s, const char *key, int64_t value,
    struct err *err) MUST_CHECK;

/* What was learned of noise, in the local file: some rows in one transaction;
 * all of it, onto the board. */
bool store_save_noise(struct store *s, const struct noise_row *rows,
    size_t count, struct err *err) MUST_CHECK;
bool store_load_noise(struct store *s, struct noise_board *board,
    struct err *err) MUST_CHECK;

/* The same beside a process that has the store open: nothing is changed.  With
 * "none" nothing is known. */
bool store_read_noise(const struct settings *settings,
    struct noise_board *board, struct err *err) MUST_CHECK;

/* The numbers at the start of the stage that began then, in the local file:
 * instead of those that are there; and those that are. */
bool store_save_starts(struct store *s, int64_t stage_us,
    const struct stage_start *rows, size_t count, struct err *err) MUST_CHECK;
bool store_load_starts(struct store *s, int64_t stage_us,
    struct stage_start rows[STAGE_STARTS_MAX], size_t *count_out,
    struct err *err) MUST_CHECK;

/* The versions that sessions keep, in the local file: some pages of the table in
 * one transaction; all of them, into it; none any more. */
bool store_save_sticky(struct store *s, const struct sticky *table,
    const size_t *pages, size_t count, struct err *err) MUST_CHECK;
bool store_load_sticky(struct store *s, struct sticky *table,
    struct err *err) MUST_CHECK;
bool store_forget_sticky(struct store *s, struct err *err) MUST_CHECK;

/* The newest events first, at most max; returns how many. */
size_t store_events(struct store *s, struct log_entry *events, size_t max);

#endif
