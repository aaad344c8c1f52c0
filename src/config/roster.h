/* roster -- the endpoints as they are now: addresses, and how each fares.
 * SPDX-License-Identifier: MIT
 *
 * The config says which URLs serve a backend; a roster says which addresses
 * that means at this moment.  It is immutable, counted by reference, and part
 * of the snapshot, so an exchange is chosen for by one list from beginning to
 * end.  A new one is made for a new config or when a name has got other
 * addresses (control thread), and it takes over the replicas that stay: what
 * is known of an endpoint outlives reloads.
 *
 * A replica is one address of one URL.  What is in it is shared by threads
 * without locks: each field below says who writes it.
 */
#ifndef CONFIG_ROSTER_H
#define CONFIG_ROSTER_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/location.h"

/* Of one backend; more addresses are left out (and said). */
#define ROSTER_MAX 256

enum check { CHECK_UNKNOWN = 0, CHECK_UP, CHECK_DOWN };

/* Written by one worker, on a cache line of its own. */
struct replica_slot {
	alignas(64) _Atomic uint32_t outstanding; /* exchanges now */
	_Atomic uint32_t connections;   /* open now, idle ones included */
	_Atomic uint64_t exchanges;     /* given to it so far */
	_Atomic uint64_t failures;      /* of these, by hold.on */
	_Atomic uint64_t holds;         /* begun or lengthened */
};

struct replica {
	_Atomic unsigned refs;
	enum backend_id backend;
	char *url;                      /* owns: as in the config */
	char address[LOCATION_TEXT_MAX];
	struct location location;

	/* read by every worker, seldom written */
	alignas(64) _Atomic uint64_t hold; /* all workers: policy/hold.h */
	_Atomic uint32_t checked;       /* the prober: enum check */
	_Atomic bool aside;             /* control: an operator holds it */

	/* the last failure (any worker) and the last check (the prober) */
	alignas(64) _Atomic uint64_t failure; /* outcome << 32 | errno; 0 = none */
	_Atomic int64_t failure_us;     /* wall clock */
	_Atomic uint64_t check;         /* error << 16 | status; control/prober.h */
	_Atomic int64_t check_us;

	/* control thread only, for status and log */
	int shown;                      /* the state that was said last; -1 none */
	int64_t shown_since_us;
	char aside_why[200];            /* who set it aside or took it back, why */

	size_t slot_count;
	struct replica_slot slots[];     /* by worker */
};

struct roster_row {
	const struct endpoint *endpoint; /* borrows from the config */
	struct replica *replica;           /* owns a reference */
};

struct roster {
	_Atomic unsigned refs;
	struct {
		struct roster_row *rows; /* owns; at least one, but of control */
		size_t count;
		size_t left_out;         /* over ROSTER_MAX */
	} backends[BACKEND_COUNT];
};

/* What a name stands for now; false: not known, the config's answer holds.
 * out has room for LOCATIONS_MAX. */
typedef bool roster_lookup(void *arg, const char *host, struct location *out,
    size_t *count_out);

/* The endpoints of config, with replicas of before (may be NULL) that are of
 * the same backend, URL and address.  lookup may be NULL.  One reference,
 * the caller's; it must not outlive config. */
struct roster *roster_new(const struct config *config, roster_lookup *lookup,
    void *arg, const struct roster *before) MUST_CHECK;
struct roster *roster_ref(struct roster *r);
void roster_unref(struct roster **r);
/* The same replicas in the same order? */
bool roster_is_same(const struct roster *a, const struct roster *b);

struct replica *replica_ref(struct replica *m);
void replica_unref(struct replica **m);

/* Sums over the workers. */
uint64_t replica_outstanding(const struct replica *m);
uint64_t replica_connections(const struct replica *m);
uint64_t replica_exchanges(const struct replica *m);
uint64_t replica_failures(const struct replica *m);
uint64_t replica_holds(const struct replica *m);

#endif
