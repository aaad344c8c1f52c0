/* compare_files -- `understudy compare`: two files through the judge.
 * SPDX-License-Identifier: MIT
 *
 * The same judge and the same rules as for live pairs, so that a rule can be
 * tried before it is in force.  Nothing is redacted: the files are the
 * caller's own.
 */
#ifndef APP_COMPARE_FILES_H
#define APP_COMPARE_FILES_H

/* argv[0] is "compare".  Its exit status: 0 the same, or only noise; 1
 * different; 2 incomparable, or there was nothing to compare. */
int compare_files(int argc, char **argv);

#endif
