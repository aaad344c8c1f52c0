/* rejudge_command -- `understudy rejudge`: new rules over kept answers.
 * SPDX-License-Identifier: MIT
 *
 * A process of its own beside the one that serves: it reads the store and
 * changes nothing, neither there nor in the rules in force.
 */
#ifndef APP_REJUDGE_COMMAND_H
#define APP_REJUDGE_COMMAND_H

/* argv[0] is "rejudge".  Its exit status: 0 done, whatever would change; 1 the
 * store could not be read; 2 the command line or a file is at fault. */
int rejudge_command(int argc, char **argv);

#endif
