/* sticky_watch -- see sticky_watch.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/sticky_watch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fingerprint.h"
#include "base/log.h"
#include "base/mem.h"

#define SAVE_NS (30 * NS_PER_S)
#define LOOK_NS NS_PER_S
/* At a time: half a megabyte. */
#define SAVE_PAGES 128

/* --- the file -------------------------------------------------------------- */

static void
warn(const char *what, const struct err *why)
{
	log_event(LOG_WARN, "sticky", "%s: %s", what, why->text);
}

/* 0 of an empty page, which needs no row. */
static uint64_t
sum_of(const struct sticky *s, size_t page)
{
	uint64_t words[STICKY_PAGE], all = 0;

	sticky_read_page(s, page, words);
	for (unsigned i = 0; i < STICKY_PAGE; i++)
		all |= words[i];
	return all == 0 ? 0 : fingerprint(1, words, sizeof words);
}

static bool
forget_rows(struct sticky_watch *w)
{
	unsigned now = sticky_forgotten(w->sticky);
	struct err err = { "" };

	if (!store_forget_sticky(w->store, &err)) {
		warn("versions of sessions that are forgotten still stand in the "
		    "local file", &err);
		return false;
	}
	w->forgotten = now;
	return true;
}

static void
load(struct sticky_watch *w)
{
	struct err err = { "" };

	if (!store_load_sticky(w->store, w->sticky, &err))
		warn("the versions that sessions had are not known, beginning "
		    "anew", &err);
}

static void
clear_sums(struct sticky_watch *w)
{
	for (size_t i = 0; i < sticky_pages(w->sticky); i++)
		w->sums[i] = 0;
	w->next = 0;
}

/* The key of the hashes, which must outlive the process.  0: it does not. */
static uint64_t
kept_seed(struct sticky_watch *w)
{
	struct err err = { "" };
	int64_t seed = 0;

	if (!store_number(w->store, "sticky_seed", &seed, &err)) {
		warn("the versions that sessions had are not known", &err);
		return 0;
	}
	if (seed != 0)
		return (uint64_t)seed;
	seed = (int64_t)(fingerprint_seed() >> 1);
	if (store_set_number(w->store, "sticky_seed", seed, &err))
		return (uint64_t)seed;
	warn("the versions of sessions will not be known after a restart", &err);
	return 0;
}

/* Of another size, what is in the file means nothing. */
static void
fit_rows(struct sticky_watch *w, uint32_t sessions)
{
	struct err err = { "" };
	int64_t kept = 0;

	if (!store_number(w->store, "sticky_sessions", &kept, &err) ||
	    (kept != (int64_t)sessions && (!forget_rows(w) ||
	    !store_set_number(w->store, "sticky_sessions", sessions, &err))))
		warn("the versions that sessions had are not known", &err);
}

/* --- the table ------------------------------------------------------------- */

void
sticky_watch_apply(struct sticky_watch *w, const struct config *config,
    bool latched)
{
	const struct rules *rules = &config->rules;
	uint64_t seed;

	if (rules->sticky == STICKY_OFF || sticky_pages(w->sticky) > 0)
		return;
	seed = kept_seed(w);
	fit_rows(w, rules->sticky_max);
	sticky_make_room(w->sticky, rules->sticky_max, seed != 0 ? seed :
	    fingerprint_seed());
	w->sums = mem_zalloc(sticky_pages(w->sticky) * sizeof w->sums[0]);
	sticky_watch_catch_up(w, latched);
	for (size_t i = 0; i < sticky_pages(w->sticky); i++)
		w->sums[i] = sum_of(w->sticky, i);
}

void
sticky_watch_start(struct sticky_watch *w, struct sticky *sticky,
    struct store *store, const struct config *config, bool latched)
{
	*w = (struct sticky_watch){ .sticky = sticky, .store = store,
		.forgotten = sticky_forgotten(sticky) };
	sticky_watch_apply(w, config, latched);
}

void
sticky_watch_catch_up(struct sticky_watch *w, bool latched)
{
	if (sticky_pages(w->sticky) == 0)
		return;
	/* What is here already need not be in the file. */
	clear_sums(w);
	if (latched)
		sticky_forget(w->sticky); /* and, with the next tick, the file */
	else
		load(w);
}

/* --- writing --------------------------------------------------------------- */

/* Pages that have changed, from next on; false: that was the last of them. */
static bool
find_changed(struct sticky_watch *w, size_t pages[SAVE_PAGES],
    size_t *count_out)
{
	size_t all = sticky_pages(w->sticky);

	*count_out = 0;
	for (; w->next < all && *count_out < SAVE_PAGES; w->next++)
		if (sum_of(w->sticky, w->next) != w->sums[w->next])
			pages[(*count_out)++] = w->next;
	if (w->next < all)
		return true;
	w->next = 0;
	return false;
}

/* true: there is more. */
static bool
save_some(struct sticky_watch *w)
{
	size_t pages[SAVE_PAGES], count;
	bool more = find_changed(w, pages, &count);
	uint64_t sums[SAVE_PAGES];
	struct err err = { "" };

	/* As they are before: what changes meanwhile is written next time. */
	for (size_t i = 0; i < count; i++)
		sums[i] = sum_of(w->sticky, pages[i]);
	if (count > 0 && !store_save_sticky(w->store, w->sticky, pages, count,
	    &err)) {
		warn("the versions of sessions are not written down", &err);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		w->sums[pages[i]] = sums[i];
	/* Of a round, not of its last part. */
	w->has_written = count > 0 || (w->has_written && w->is_amid);
	w->is_amid = more;
	return more;
}

static bool
carry_out(struct sticky_watch *w)
{
	if (w->forgotten == sticky_forgotten(w->sticky))
		return true;
	if (!forget_rows(w))
		return false;
	/* Whatever is in the table now is not in the file. */
	clear_sums(w);
	return true;
}

void
sticky_watch_tick(struct sticky_watch *w, uint64_t now_ns)
{
	bool is_forgotten = w->forgotten != sticky_forgotten(w->sticky);

	if (w->is_held || sticky_pages(w->sticky) == 0 ||
	    (!is_forgotten && now_ns < w->save_ns))
		return;
	if (!carry_out(w))
		w->save_ns = now_ns + LOOK_NS;
	else if (!save_some(w))
		/* The first change after a while is written soon. */
		w->save_ns = now_ns + (w->has_written ? SAVE_NS : LOOK_NS);
}

static void
save_all(struct sticky_watch *w)
{
	if (sticky_pages(w->sticky) == 0 || !carry_out(w))
		return;
	while (save_some(w))
		;
}

void
sticky_watch_hold(struct sticky_watch *w, bool hold)
{
	if (hold && !w->is_held)
		save_all(w);
	w->is_held = hold;
}

void
sticky_watch_stop(struct sticky_watch *w)
{
	if (w->sticky != NULL && !w->is_held)
		save_all(w);
	free(w->sums);
	w->sums = NULL;
}
