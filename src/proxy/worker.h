/* worker -- one thread of the data plane.
 * SPDX-License-Identifier: MIT
 *
 * A worker owns its loop, its listening sockets, its clients, its
 * connections to the backends and its counters; nothing of it is shared and
 * nothing is locked.  What crosses its border: the snapshots (put by the control
 * thread), the stop flag, the latches, what it gives to the sinks.
 */
#ifndef PROXY_WORKER_H
#define PROXY_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/ident.h"
#include "base/spare.h"
#include "config/snapshot.h"
#include "http/date.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "observe/access.h"
#include "net/tls_sessions.h"
#include "observe/budget.h"
#include "observe/record.h"
#include "observe/sample.h"
#include "observe/stats.h"
#include "policy/hold.h"
#include "proxy/course.h"
#include "proxy/greeting.h"
#include "proxy/pool.h"

#define WORKER_MAGIC 0x776f726b /* "work" */
/* What we may add to a peer's head when we write it afresh. */
#define WORKER_HEAD_ROOM (16 * 1024 + HEADER_EDITS_MAX_BYTES)

struct admission;
struct client;
struct exchange;

/* A listening socket, and which of settings.listen it is for. */
struct worker_socket {
	int fd;
	unsigned address;
};

struct worker_options {
	unsigned index, count;          /* this one, of so many: caps are divided */
	const struct worker_socket *sockets; /* one per address or more; become ours */
	size_t socket_count;
	const struct course_ports *courses; /* of each rollout, the main one first */
	size_t course_count;
	struct record_sink records;
	struct access_sink access;      /* asked only while settings.access_log is on */
	struct sample_sink samples;
	struct sample_budget *budget;   /* borrows: all that is captured */
	struct admission *admission;    /* borrows: the caps that are shared */
};

struct worker {
	uint32_t magic;
	unsigned index, count;
	pthread_t thread;
	bool started;                   /* the thread can be joined */
	struct loop loop;
	struct mailbox mailbox;
	struct listener *listeners;     /* owns */
	unsigned *addresses;            /* owns; of each listener: of settings.listen */
	size_t listener_count;

	struct course *courses;         /* owns; of each rollout, the main one first */
	size_t course_count;
	const struct snapshot *snapshot; /* of the main one: settings and roster in
	                                 * force */
	_Atomic bool stop;              /* set by control: drain, then end */
	_Atomic uint64_t succeeded;     /* before: bit i = another accepts on address i */
	_Atomic bool serving;           /* read by control */
	bool draining, done;
	struct wheel_entry drain_end;
	struct deferred drain_check;

	struct worker_stats *stats;     /* of the main one: what is of no rollout */
	struct record_sink records;
	struct access_sink access;
	struct sample_sink samples;
	struct sample_budget *budget;
	struct admission *admission;
	uint64_t jitter;                /* state of admission_retry_after() */
	struct ident_source idents;

	TAILQ_HEAD(, client) clients;
	struct greetings greetings;     /* connections that are no client yet */
	TAILQ_HEAD(, exchange) exchanges; /* not ended yet, shadows included */
	struct hold rests[VERSION_COUNT]; /* of mirroring to it, see shadow.h */

	struct pool pools[BACKEND_COUNT]; /* control legs have their own */
	struct tls_sessions sessions;   /* with backends, to be resumed */
	struct spare spare_requests, spare_exchanges, spare_readings; /* ended ones */
	uint32_t pool_generation;       /* grows when the backends may have changed */
	int64_t date_seconds;           /* of the text below */
	char date[DATE_TEXT_LEN + 1];
	char *scratch;                  /* owns, see worker_scratch() */
	size_t scratch_bytes;           /* limits.head and room; never shrinks */
};

/* Make it ready; on failure the listening sockets stay the caller's. */
bool worker_new(const struct worker_options *options, struct worker **out,
    struct err *err) MUST_CHECK;
/* Run its thread. */
bool worker_start(struct worker *w, struct err *err) MUST_CHECK;
/* Control thread: hand over the next snapshot of the rollout that its config is
 * of (takes its own reference). */
void worker_publish(struct worker *w, struct snapshot *s);
/* Likewise: stop accepting, finish what runs within drain_ms.  What
 * waits in a queue is still served, unless its address has a successor: bit i
 * of succeeded stands for settings.listen[i]. */
void worker_stop(struct worker *w, uint64_t succeeded);
/* Wait for the thread's end and free. */
void worker_join(struct worker **w);

/* --- for the rest of proxy/, on the worker's thread -------------------- */

/* Space of scratch_bytes for a head to be written from; what was gathered
 * before is sent or copied first, so the last content is no longer needed. */
char *worker_scratch(struct worker *w);
/* For an answer without a Date; good until the next call. */
const char *worker_date(struct worker *w);
const struct settings *worker_settings(const struct worker *w);
/* How long a client may rest between two requests; short while draining: who
 * asks again is told "Connection: close", which no request can cross. */
uint32_t worker_idle_ms(const struct worker *w);
void worker_check_drained(struct worker *w);

#endif
