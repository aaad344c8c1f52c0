/* post -- what waits for one target of alerts, in the order it happened.
 * SPDX-License-Identifier: MIT
 *
 * A line of letters.  The first one that is not held back is brought; nothing
 * overtakes it, so that an end never comes before its beginning.  The line has
 * an end, too: what finds it full is counted.
 *
 * The courier's thread; the row is for others to read, under the lock.
 */
#ifndef CONTROL_POST_H
#define CONTROL_POST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/alert_settings.h"
#include "control/alert.h"
#include "control/alert_book.h"
#include "control/delivery.h"

enum courier_test { COURIER_UNTESTED = 0, COURIER_TESTING, COURIER_REACHED,
    COURIER_MISSED };

/* A target, for people. */
struct courier_row {
	char name[ALERT_NAME_MAX + 1];
	enum target_kind kind;
	unsigned severities;
	uint64_t sent, failed, retried, dropped, held;
	uint64_t waiting;
	bool is_failing;                 /* its last try failed */
	int64_t last_us;                 /* of the last try; 0 = none yet */
	char last[DELIVERY_TEXT_MAX];    /* what came of it */
	unsigned test;                   /* number of the last test, 0 = none */
	enum courier_test tested;
	char answer[DELIVERY_TEXT_MAX];  /* to the test */
};
struct letter {
	struct letter *next; /* owns */
	struct alert alert;
	bool is_held;        /* by the book, until due_ns */
	uint64_t due_ns;     /* the next try */
	uint64_t expires_ns; /* no try after this one */
	unsigned tries;
};

struct post {
	const struct alert_target *target; /* borrows from the courier's config */
	struct letter *first;              /* owns */
	struct letter *current;            /* borrows from the line; under way */
	struct delivery *delivery;         /* owns; of current */
	struct alert_book book;
	pthread_mutex_t *lock;             /* borrows: the courier's, of the row */
	struct courier_row row;
};

struct post *post_new(pthread_mutex_t *lock) MUST_CHECK;
/* Its delivery has been freed. */
void post_free(struct post **p);
/* This is its target now.  The caller holds the lock. */
void post_aim(struct post *p, const struct alert_target *t);

/* An alert came: it may be for others, known already, or be held back. */
void post_take(struct post *p, const struct alert *a);
/* alert->epoch is the number of the test. */
void post_take_test(struct post *p, const struct alert *a);
/* A letter at the end of the line, a test at its beginning; NULL: it is full. */
struct letter *post_add(struct post *p, const struct alert *a,
    uint64_t due_ns);
void post_remove(struct post *p, struct letter *l);

/* The letter whose turn it is; NULL: none, or only later (then *wait_ns is
 * no longer than that). */
struct letter *post_find_due(const struct post *p, uint64_t now_ns,
    uint64_t *wait_ns);
/* It is tried now. */
void post_begin(struct post *p, struct letter *l, uint64_t now_ns);
/* What came of the try, for the row. */
void post_note(struct post *p, const struct letter *l, bool is_done,
    const char *text);
/* It was tried for the last time: count it, say so, take it out. */
void post_give_up(struct post *p, struct letter *l, const char *text);
/* What was under way is not any more: it waits again. */
void post_call_back(struct post *p);
/* Is there anything that could still be brought until then? */
bool post_has_work(const struct post *p, uint64_t until_ns);

#endif
