/* intern -- see intern.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/intern.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct entry {
	struct entry *next; /* owns */
	char text[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries; /* guarded by lock */

const char *
intern(const char *text)
{
	struct entry *e;

	pthread_mutex_lock(&lock);
	for (e = entries; e != NULL && strcmp(e->text, text) != 0;)
		e = e->next;
	if (e == NULL) {
		e = mem_alloc(sizeof *e + strlen(text) + 1);
		memcpy(e->text, text, strlen(text) + 1);
		e->next = entries;
		entries = e;
	}
	pthread_mutex_unlock(&lock);
	return e->text;
}
