/* config_box -- see config_box.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/config_box.h"

#include <stdatomic.h>

void
config_box_init(struct config_box *b)
{
	pthread_mutex_init(&b->lock, NULL);
	atomic_init(&b->is_new, false);
	b->next = NULL;
}

void
config_box_fini(struct config_box *b)
{
	config_unref(&b->next);
	pthread_mutex_destroy(&b->lock);
}

void
config_box_put(struct config_box *b, struct config *c)
{
	pthread_mutex_lock(&b->lock);
	config_unref(&b->next);
	b->next = config_ref(c);
	atomic_store(&b->is_new, true);
	pthread_mutex_unlock(&b->lock);
}

bool
config_box_take(struct config_box *b, struct config **mine)
{
	bool is_new;

	if (!atomic_load(&b->is_new)) /* the usual case, without the lock */
		return false;
	pthread_mutex_lock(&b->lock);
	is_new = atomic_exchange(&b->is_new, false);
	if (is_new) {
		config_unref(mine);
		*mine = b->next;
		b->next = NULL;
	}
	pthread_mutex_unlock(&b->lock);
	return is_new;
}
