/* signal_board -- see signal_board.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/signal_board.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct signal_board *
signal_board_new(const struct signal_rules *rules, size_t workers)
{
	struct signal_board *b;

	if (rules->mark == 0)
		return NULL;
	b = mem_zalloc(sizeof *b);
	atomic_init(&b->refs, 1);
	b->mark = rules->mark;
	b->worker_count = workers;
	b->signal_count = rules->count;
	b->spread_count = rules->spread_count;
	memcpy(b->spreads, rules->spreads, sizeof b->spreads);
	b->slots = mem_zalloc((workers * VERSION_COUNT + 1) * sizeof *b->slots);
	for (size_t i = 0; i < workers * VERSION_COUNT; i++)
		b->slots[i] = mem_zalloc(sizeof **b->slots +
		    b->spread_count * sizeof b->slots[i]->spreads[0]);
	return b;
}

struct signal_board *
signal_board_ref(struct signal_board *b)
{
	if (b != NULL)
		atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void
signal_board_unref(struct signal_board **b)
{
	struct signal_board *gone = *b;

	*b = NULL;
	if (gone == NULL || atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < gone->worker_count * VERSION_COUNT; i++)
		free(gone->slots[i]);
	free(gone->slots);
	free(gone);
}
