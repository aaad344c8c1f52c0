/* config_box -- how a configuration reaches a thread that takes its time.
 * SPDX-License-Identifier: MIT
 *
 * Workers get theirs with a snapshot.  A thread that only writes down what
 * others did looks into its box now and then: the newest one wins, and the
 * thread keeps a reference of its own until it takes the next.
 */
#ifndef CONFIG_CONFIG_BOX_H
#define CONFIG_CONFIG_BOX_H

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"

struct config_box {
	pthread_mutex_t lock;
	_Atomic bool is_new;
	struct config *next; /* owns a reference; guarded by lock */
};

void config_box_init(struct config_box *b);
void config_box_fini(struct config_box *b);
/* Any thread; takes a reference of its own. */
void config_box_put(struct config_box *b, struct config *c);
/* true = there was a new one: *mine is given up for it. */
bool config_box_take(struct config_box *b, struct config **mine);

#endif
