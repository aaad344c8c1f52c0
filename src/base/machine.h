/* machine -- how much memory there is for us.
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include <stdint.h>

/* The machine's, or less if a control group above this process has a limit
 * (version 2, or version 1's as a container sees it).  0 = not known.
 * Reads files; for start and reload. */
uint64_t machine_memory_bytes(void);
/* The same below another root; for tests.  Ends with "/". */
uint64_t machine_memory_below(const char *root, uint64_t physical_bytes);

#endif
