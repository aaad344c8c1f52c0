/* successor -- the process that takes over from this one, without a gap.
 * SPDX-License-Identifier: MIT
 *
 * SIGUSR2 starts the program of this process again (as it was started: a new
 * file under the same path is the new version), with every listening socket
 * inherited.  The two then speak over a channel, one message each:
 *
 *   old    spawns the new one, goes on as if nothing had happened
 *   new    reads the configuration, opens the store, accepts;
 *          says "serving FD FD ...": the sockets that it has taken
 *   old    decides for the last time, writes down what is not written yet,
 *          stops its guard, its admin listener and its deliveries; says "yours"
 *   new    reads the state again and begins to decide      (predecessor.h)
 *   old    accepts no more, finishes what runs, exits 0
 *
 * No listening socket is closed before another process accepts from it, so
 * no connection is refused or reset.  Until "yours" is said any failure (the
 * new one ends, does not serve in time, is no understudy at all) ends in a
 * log line, and the old one goes on.  Control thread.
 */
#ifndef APP_SUCCESSOR_H
#define APP_SUCCESSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/sockets.h"
#include "base/compiler.h"
#include "base/err.h"

struct event_base;

#define HANDOVER_SERVING "serving"
#define HANDOVER_YOURS "yours"
#define HANDOVER_MESSAGE_MAX 65536

/* What it has taken. */
struct succession {
	pid_t pid;
	uint64_t addresses; /* bit i = it accepts on settings.listen[i] */
	bool has_admin;     /* and on the admin listener */
};

struct successor_ports {
	struct event_base *base;
	const struct sockets *sockets;
	/* It serves: decide no more, write what is left. */
	void (*retire)(void *arg);
	/* It has been told to go on alone: finish what runs. */
	void (*succeeded)(void *arg, const struct succession *what);
	/* It came to nothing, perhaps after retire(); why was logged. */
	void (*failed)(void *arg);
	void *arg;
};

struct successor;

/* At start, before the working directory or PATH could change: remember what
 * to start again.  argv outlives it. */
struct successor *successor_new(char **argv,
    const struct successor_ports *ports);
/* Abandons one that does not serve yet. */
void successor_free(struct successor **s);

/* Start it; patience_ms until it must serve.  false: there is one already,
 * or it could not be started. */
bool successor_start(struct successor *s, uint32_t patience_ms,
    struct err *err) MUST_CHECK;
/* This process stops: one that it has begun and not handed over to is told to
 * end, and is not listened to any more. */
void successor_abandon(struct successor *s);

#endif
