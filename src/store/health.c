/* health -- see health.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/health.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

void
health_init(struct health *h)
{
	memset(h, 0, sizeof *h);
	pthread_mutex_init(&h->lock, NULL);
}

void
health_fini(struct health *h)
{
	pthread_mutex_destroy(&h->lock);
}

static void
log_change(struct health *h, enum health_place place, const char *text)
{
	static const struct {
		const char *trouble, *well;
	} says[HEALTH_PLACE_COUNT] = {
		[HEALTH_FILE] = { "records wait in memory",
		    "the file can be written again" },
		[HEALTH_SERVER] = { "records wait in the spool",
		    "postgresql takes records again" },
	};

	if (text[0] != '\0')
		log_event(LOG_WARN, "store", "%s; %s", text,
		    says[place].trouble);
	else
		log_event(LOG_INFO, "store", "%s; %" PRIu64
		    " wait in the spool", says[place].well,
		    atomic_load(&h->spool_rows));
}

void
health_set(struct health *h, enum health_place place, const char *text)
{
	bool was_well, is_well = text[0] == '\0';

	pthread_mutex_lock(&h->lock);
	was_well = h->error[place][0] == '\0';
	text_copy(h->error[place], sizeof h->error[place], text, strlen(text));
	pthread_mutex_unlock(&h->lock);
	if (was_well != is_well)
		log_change(h, place, text);
}

bool
health_read(struct health *h, char out[256])
{
	bool is_well = true;

	out[0] = '\0';
	pthread_mutex_lock(&h->lock);
	for (int i = 0; is_well && i < HEALTH_PLACE_COUNT; i++) {
		is_well = h->error[i][0] == '\0';
		memcpy(out, h->error[i], sizeof h->error[i]);
	}
	pthread_mutex_unlock(&h->lock);
	return is_well;
}
