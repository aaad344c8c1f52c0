/* print -- the references that are generated from the program's tables.
 * SPDX-License-Identifier: MIT
 */
#ifndef APP_PRINT_H
#define APP_PRINT_H

/* Write the one of that name to standard output; the exit status. */
int print_reference(const char *name);

#endif
