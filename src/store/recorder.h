/* recorder -- the thread that writes records down, exactly once.
 * SPDX-License-Identifier: MIT
 *
 * Producers copy records into bounded rings (full = dropped, counted).  The
 * thread drains them into batches of at most 1000 legs or 100 ms.  SQLite
 * store: one transaction a batch.  PostgreSQL: the batch goes to the spool
 * (local SQLite file, WAL) first; the carrier, a thread of the recorder's
 * own (carrier.h), sends it with its number by COPY in one transaction that
 * also inserts (instance, batch) into `batches`, and then deletes it from
 * the spool.  A crash or an outage at any point neither loses nor doubles a
 * row that reached the spool.  State, events and overrides of the local file
 * are carried to PostgreSQL the same way.  User and session ids are hashed
 * here, and what the rules redact is taken out of paths, before anything
 * touches a disk.
 *
 * While the file cannot be written (full, locked) a batch is tried again
 * until it can; the rings are the memory that is spent on it.
 */
#ifndef STORE_RECORDER_H
#define STORE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "observe/record.h"
#include "store/store.h"

struct recorder;

struct recorder_status {
	enum store_kind kind;
	bool ok;               /* the last write to the store worked */
	uint64_t written;      /* rows that are in the store */
	uint64_t spooled;      /* rows waiting in the ring or the spool; 0 = all
	                          that came before the question are written */
	uint64_t dropped;      /* rows lost: ring full, spool over its cap,
	                          refused by the database for their contents */
	uint64_t trimmed;      /* kept answers that went for keep.total or keep.for */
	char error[256];       /* of the last failure, "" when ok */
};

struct recorder_options {
	/* The word for leg_record.why, which is of a folder that store does
	 * not know ("bucket"); static text.  NULL: its number is written. */
	const char *(*why_word)(unsigned why);
	bool held;             /* begin as after recorder_hold() */
};

/* With "none" there is no recorder: *out is NULL, and every function here
 * takes that for one that has nothing to do; its sink is empty.
 *
 * Start the thread.  Creates the schema if it can be reached; an
 * unreachable PostgreSQL is not an error, rows wait in the spool.  options
 * may be NULL; nothing is borrowed after the return. */
bool recorder_start(const struct settings *settings,
    const struct recorder_options *options, struct recorder **out,
    struct err *err) MUST_CHECK;
/* Drain the ring, flush what can be flushed within timeout_ms (the rest
 * stays in the spool for the next start), stop the thread, free.  The
 * producers must have stopped. */
void recorder_stop(struct recorder **r, unsigned timeout_ms);

/* What may be written down, from now on; call it before anybody records.  A
 * reference is taken. */
void recorder_apply(struct recorder *r, struct config *config);

/* Another process with the same file delivers to PostgreSQL (or does not any
 * more): records go as far as the spool. */
void recorder_hold(struct recorder *r, bool hold);

/* Any thread; never blocks. */
struct record_sink recorder_sink(struct recorder *r);
void recorder_status(struct recorder *r, struct recorder_status *out);
/* The control thread saved state, an event or an override: carry it on. */
void recorder_poke(struct recorder *r);

/* PostgreSQL only: the newest state of the rollout (store_rollout()) seen there by
 * the recorder's poll, if its epoch is above `above`; for the control thread to
 * adopt. */
bool recorder_remote_state(struct recorder *r, const char *rollout,
    uint64_t above, struct rollout_state *out);
/* PostgreSQL only: have overrides of other instances come into the local file
 * since the last call?  Ask before the state that they belong to. */
bool recorder_took_overrides(struct recorder *r, const char *rollout);

#endif
