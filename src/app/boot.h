/* boot -- the order in which understudy comes up, runs and goes down.
 * SPDX-License-Identifier: MIT
 *
 * One table of steps (boot.c), each with what undoes it; going down is the
 * same table backwards.  The control thread (main) runs all of this.
 */
#ifndef APP_BOOT_H
#define APP_BOOT_H

#include "config/config.h"

/* Serve until a signal ends it.  Takes the reference on config over.  argv is
 * how to start another process like this one, and outlives the call.  Returns
 * the exit status of the process. */
int boot_run(struct config *config, char **argv);

#endif
