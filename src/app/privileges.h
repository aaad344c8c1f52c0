/* privileges -- what the process may do, given up when it is not needed.
 * SPDX-License-Identifier: MIT
 *
 * After the sockets are bound nothing needs root: user and group are
 * changed for good, no program started from here can gain a privilege
 * (no_new_privs), and the memory, which holds tokens and people's words, is
 * neither dumped to a core file nor readable by others of the same user.
 * Control thread; giving up, before there are other threads.
 */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

/* Give up what is not needed any more; a process that stays root says so. */
bool privileges_drop(const struct settings *settings, struct err *err)
    MUST_CHECK;
/* As many open files as may be; a limit too low for the caps is said.  At the
 * start, and again when a reload may have raised the caps. */
void privileges_raise_files(const struct settings *settings);

#endif
