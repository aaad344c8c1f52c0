/* simulate_command -- `understudy simulate`: recorded traffic through rules.
 * SPDX-License-Identifier: MIT
 *
 * A process of its own beside the one that serves: it reads the store and
 * changes nothing.
 */
#ifndef APP_SIMULATE_COMMAND_H
#define APP_SIMULATE_COMMAND_H

/* argv[0] is "simulate".  Its exit status: 0 done, whatever would have been
 * decided; 1 the store could not be read; 2 the command line or a file is at
 * fault. */
int simulate_command(int argc, char **argv);

#endif
