/* health -- how writing goes, for the status page.
 * SPDX-License-Identifier: MIT
 *
 * Written by the recorder and the carrier, read by anyone.  Each place that
 * is written to (the local file, the server) is well or not; a change is
 * logged once, here, so an outage is two lines and not two a second.
 */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum health_place { HEALTH_FILE = 0, HEALTH_SERVER, HEALTH_PLACE_COUNT };

struct health {
	_Atomic uint64_t written;     /* records that are in the store */
	_Atomic uint64_t dropped;     /* records that are lost */
	_Atomic uint64_t trimmed;     /* kept answers that had to go */
	_Atomic uint64_t spool_rows;  /* records in the spool */
	_Atomic uint64_t spool_bytes; /* of their lines */
	pthread_mutex_t lock;         /* guards what follows */
	char error[HEALTH_PLACE_COUNT][256]; /* "" = well */
};

void health_init(struct health *h);
void health_fini(struct health *h);
/* text "" = well again. */
void health_set(struct health *h, enum health_place place, const char *text);
/* true = all well; out gets the first trouble, else "". */
bool health_read(struct health *h, char out[256]);

#endif
