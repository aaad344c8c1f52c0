/* pid_file -- a file that says which process serves.
 * SPDX-License-Identifier: MIT
 */
#ifndef APP_PID_FILE_H
#define APP_PID_FILE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"

/* Write our number, whole or not at all; path NULL is fine, here and below. */
bool pid_file_write(const char *path, struct err *err) MUST_CHECK;
/* Remove it, unless a successor has written its own. */
void pid_file_remove(const char *path);

#endif
