/* noise_watch -- see noise_watch.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/noise_watch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define SAVE_NS (10 * NS_PER_S)
/* At a time: some milliseconds of the control thread. */
#define SAVE_ROWS 200

static void
load(struct noise_watch *w)
{
	struct err err = { "" };

	if (!store_load_noise(w->store, w->board, &err))
		log_event(LOG_WARN, "noise", "what was learned of noise is not "
		    "known, learning anew: %s", err.text);
}

/* false: there is no more, or it could not be written. */
static bool
save_some(struct noise_watch *w)
{
	struct noise_row *rows = mem_alloc(SAVE_ROWS * sizeof rows[0]);
	size_t count = noise_take_changed(w->board, rows, SAVE_ROWS);
	struct err err = { "" };
	bool ok = count == 0 || store_save_noise(w->store, rows, count, &err);

	if (!ok) {
		noise_keep_again(w->board);
		log_event(LOG_WARN, "noise", "what was learned of noise is not "
		    "written down: %s", err.text);
	}
	free(rows);
	return ok && count == SAVE_ROWS;
}

void
noise_watch_start(struct noise_watch *w, struct noise_board *board,
    struct store *store)
{
	*w = (struct noise_watch){ .board = board, .store = store };
	load(w);
}

void
noise_watch_tick(struct noise_watch *w, uint64_t now_ns)
{
	if (w->is_held || now_ns < w->save_ns)
		return;
	/* While there is more, a part of it with each tick. */
	if (!save_some(w))
		w->save_ns = now_ns + SAVE_NS;
}

static void
save_all(struct noise_watch *w)
{
	while (save_some(w))
		;
}

void
noise_watch_hold(struct noise_watch *w, bool hold)
{
	if (hold && !w->is_held)
		save_all(w);
	w->is_held = hold;
}

void
noise_watch_catch_up(struct noise_watch *w)
{
	load(w);
}

void
noise_watch_stop(struct noise_watch *w)
{
	if (w->board != NULL && !w->is_held)
		save_all(w);
}
