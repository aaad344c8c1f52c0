/* watch -- what the guard and the plan look at, and what is to be done.
 * SPDX-License-Identifier: MIT
 *
 * Tallies in, deeds out: windows over the past, the memories of rules, and
 * for each rule what is to be done about it now, once.  Who owns a watch fills
 * its tallies and does the deeds: the live rollout (rollout_watch.c), or a
 * replay under a virtual clock (replay.h), so that both decide the same.
 *
 * No I/O, no clock of its own, no globals; one thread.
 */
#ifndef CONTROL_WATCH_H
#define CONTROL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/rules.h"
#include "config/snapshot.h"
#include "control/guard.h"
#include "control/probe_track.h"
#include "observe/stage_start.h"
#include "observe/stats.h"
#include "observe/window.h"

/* What is counted of some requests: of all, or of those of a route. */
struct watch_scope {
	char *path;                     /* owns; NULL = of all */
	struct history *history;        /* owns */
	struct tally tallies[VERSION_COUNT]; /* all so far; the owner's to fill */
	struct tally begin[VERSION_COUNT];   /* as the stage began */
	struct tally shared[VERSION_COUNT];  /* as its shares became those of now */
	bool is_new;                    /* nothing is remembered yet */
};

struct watch {
	const struct rules *rules;      /* borrows: those in force */
	uint64_t now_ns;                /* of what follows */
	struct watch_scope all;
	struct watch_scope *routes;     /* owns; those that conditions name, in the
	                                 * order of the rules' counting */
	size_t route_count;
	struct guard_memory *memories;  /* owns; by index of the rules' guards */
	struct guard_reading *readings; /* owns; likewise */
	struct guard_reading breaker;
	struct probe_track *tracks;     /* owns; by index of the rules' probes */
	struct condition_view view;     /* of the condition that is looked at */
	struct stage_start starts[STAGE_STARTS_MAX]; /* as the stage began */
	size_t start_count;
	uint64_t began_ns;              /* the stage did; 0 = before this process */
	uint64_t spell;                 /* of users' weights, by its number */
	struct rate at_spell;           /* failures as it began: all, and weighed */
	bool tells_only;                /* what would take users back */
	bool has_late_start;            /* a probe's came after it; the owner clears */
};

/* What is to be done about a rule. */
enum deed {
	DEED_NONE = 0,
	DEED_ALERT,
	DEED_RESOLVED, /* an alert is over */
	DEED_HELD,     /* say that it would act, and that legacy is as bad */
	DEED_OBSERVED, /* say what it would do */
	DEED_PAUSE,
	DEED_BACK,
	DEED_ROLLBACK,
};

void watch_init(struct watch *w);
void watch_fini(struct watch *w);

/* Other rules; those before are still there.  A rule that stays as it is keeps
 * its memory, and a route that is still named its past; one that is named anew
 * begins with the next push. */
void watch_use(struct watch *w, const struct rules *rules);
/* The probe of that index has said a number; the same moment again changes
 * nothing. */
void watch_probe(struct watch *w, size_t i, uint64_t at_ns, double value);
/* The signals and distributions of the rules, from zero: the owner fills those
 * of the tallies and of begin. */
void watch_reshape(struct watch *w);
/* The tallies are those of now_ns: remember them. */
void watch_push(struct watch *w);
/* After a push.  true: a spell begins (fresh.h), and the owner lets every user
 * count again for it: weights_renew(). */
bool watch_renews(struct watch *w) MUST_CHECK;
/* A stage begins, or traffic was moved: windows start now, nothing is
 * remembered but what conditions of the stage's start are held against, which
 * is as it was in their windows until now.  The tallies are those of now_ns. */
void watch_cut(struct watch *w);
/* Users or mirrored requests are shared out otherwise from now on, in the same
 * stage: evidence begins anew, since numbers of different mixtures are no sample
 * of either; and, as the stage's time does when its shares are set, what is
 * counted of the whole of it.  Windows and memories stay. */
void watch_recount(struct watch *w, bool whole);

/* Those of the guard, then those of gates; NULL: there are no more. */
const struct condition *watch_condition(const struct rules *rules, size_t n);
/* What a condition's number is now, of that version. */
struct measured watch_number(struct watch *w, const struct condition *c,
    enum version v);

/* Before judging: the state that the numbers are of.  Where enhanced is alone
 * (complete, without "guard"), what would take users back to legacy only tells
 * of it; legacy is to be switched off. */
void watch_state(struct watch *w, const struct rollout_state *state);

/* What a version did in the last span (or since the cut, if later). */
void watch_window(const struct watch *w, enum version v, uint64_t span_ns,
    struct tally *out, uint64_t *covered_ns_out);
/* All that a condition looks at now; good until the next call. */
const struct condition_view *watch_look(struct watch *w,
    const struct condition *c);

/* Judge the breaker; exposed: users are served by enhanced, or were meant to.
 * The breaker protects users; a shadow that fails harms none, and latching
 * would only end what shadowing is for.  true = it trips. */
bool watch_breaker(struct watch *w, bool exposed);
/* Judge the rule of that index.  latched: nothing more can be taken back. */
enum deed watch_rule(struct watch *w, size_t i, bool latched);
/* Rules of severity "critical" that fire, but for those that only observe. */
unsigned watch_critical(const struct watch *w);

#endif
