/* post -- see post.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/post.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "control/alert_payload.h"

#define LETTERS_MAX 64

struct post *
post_new(pthread_mutex_t *lock)
{
	struct post *p = mem_zalloc(sizeof *p);

	p->lock = lock;
	return p;
}

void
post_free(struct post **slot)
{
	struct post *p = *slot;

	if (p == NULL)
		return;
	*slot = NULL;
	while (p->first != NULL) {
		struct letter *l = p->first;

		p->first = l->next;
		free(l);
	}
	free(p);
}

void
post_aim(struct post *p, const struct alert_target *t)
{
	p->target = t;
	text_copy(p->row.name, sizeof p->row.name, t->name, strlen(t->name));
	p->row.kind = t->kind;
	p->row.severities = t->severities;
}

/* --- the line --------------------------------------------------------------------- */

static void
count(struct post *p, uint64_t *slot)
{
	pthread_mutex_lock(p->lock);
	(*slot)++;
	pthread_mutex_unlock(p->lock);
}

void
post_remove(struct post *p, struct letter *l)
{
	struct letter **at = &p->first;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	free(l);
	pthread_mutex_lock(p->lock);
	p->row.waiting--;
	pthread_mutex_unlock(p->lock);
}

/* A test goes before what waits for a target that does not answer: it is to
 * show just that. */
struct letter *
post_add(struct post *p, const struct alert *a, uint64_t due_ns)
{
	struct letter **at = &p->first;
	struct letter *l;

	/* Only this thread writes the row. */
	if (p->row.waiting >= LETTERS_MAX) {
		count(p, &p->row.dropped);
		return NULL;
	}
	count(p, &p->row.waiting);
	l = mem_zalloc(sizeof *l);
	l->alert = *a;
	l->due_ns = due_ns;
	l->expires_ns = due_ns + p->target->retry_ms * NS_PER_MS;
	while (*at != NULL && a->phase != ALERT_TEST)
		at = &(*at)->next;
	l->next = *at;
	*at = l;
	return l;
}

static void
cancel_held(struct post *p, const struct alert *a)
{
	for (struct letter *l = p->first; l != NULL; l = l->next)
		if (l->is_held && l->alert.epoch == a->epoch &&
		    strcmp(l->alert.name, a->name) == 0) {
			post_remove(p, l);
			return;
		}
}

/* --- what comes in ------------------------------------------------------------------ */

void
post_take(struct post *p, const struct alert *a)
{
	uint64_t now_ns = clock_ns(), due_ns = now_ns;
	struct letter *l;

	if (!alert_is_for(p->target, a))
		return;
	switch (alert_book_ask(&p->book, a, p->target->repeat_ms * NS_PER_MS,
	    now_ns, &due_ns)) {
	case ALERT_SEND:
		/* It may be graver than one that is held back still. */
		cancel_held(p, a);
		(void)post_add(p, a, now_ns);
		break;
	case ALERT_HOLD:
		count(p, &p->row.held);
		l = post_add(p, a, due_ns);
		if (l != NULL)
			l->is_held = true;
		break;
	case ALERT_CANCEL:
		cancel_held(p, a);
		break;
	case ALERT_SKIP:
		break;
	}
}

void
post_take_test(struct post *p, const struct alert *a)
{
	static const char full[] = "too much waits for it";
	bool fits = post_add(p, a, clock_ns()) != NULL;

	pthread_mutex_lock(p->lock);
	p->row.test = (unsigned)a->epoch;
	p->row.tested = fits ? COURIER_TESTING : COURIER_MISSED;
	text_copy(p->row.answer, sizeof p->row.answer, full,
	    fits ? 0 : strlen(full));
	pthread_mutex_unlock(p->lock);
}

/* --- one after the other ------------------------------------------------------------ */

struct letter *
post_find_due(const struct post *p, uint64_t now_ns, uint64_t *wait_ns)
{
	for (struct letter *l = p->first; l != NULL; l = l->next) {
		if (l->due_ns <= now_ns)
			return l;
		if (l->due_ns - now_ns < *wait_ns)
			*wait_ns = l->due_ns - now_ns;
		if (!l->is_held)
			return NULL;
	}
	return NULL;
}

void
post_begin(struct post *p, struct letter *l, uint64_t now_ns)
{
	if (l->is_held) {
		l->is_held = false;
		l->expires_ns = now_ns + p->target->retry_ms * NS_PER_MS;
		alert_book_release(&p->book, &l->alert, now_ns);
	}
	if (l->tries++ > 0)
		count(p, &p->row.retried);
}

void
post_note(struct post *p, const struct letter *l, bool is_done,
    const char *text)
{
	struct courier_row *row = &p->row;

	pthread_mutex_lock(p->lock);
	row->is_failing = !is_done;
	row->last_us = clock_wall_us();
	text_copy(row->last, sizeof row->last, text, strlen(text));
	if (is_done)
		row->sent++;
	if (l->alert.phase == ALERT_TEST && l->alert.epoch == row->test) {
		row->tested = is_done ? COURIER_REACHED : COURIER_MISSED;
		text_copy(row->answer, sizeof row->answer, text, strlen(text));
	}
	pthread_mutex_unlock(p->lock);
}

void
post_give_up(struct post *p, struct letter *l, const char *text)
{
	count(p, &p->row.failed);
	log_event(LOG_ERROR, "alerts", "%s was not told of %s, after %u tries: %s",
	    p->row.name, l->alert.name, l->tries, text);
	post_remove(p, l);
}

void
post_call_back(struct post *p)
{
	if (p->current != NULL)
		p->current->due_ns = clock_ns();
	p->current = NULL;
}

bool
post_has_work(const struct post *p, uint64_t until_ns)
{
	if (p->current != NULL)
		return true;
	for (const struct letter *l = p->first; l != NULL; l = l->next)
		if (!l->is_held && l->due_ns <= until_ns)
			return true;
	return false;
}
