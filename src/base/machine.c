/* machine -- see machine.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SPACE 4096

/* The first line of a file, without its end. */
static bool
read_line(const char *path, const char *prefix, char *line, size_t space)
{
	FILE *f = fopen(path, "re");
	size_t skip = strlen(prefix);
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && fgets(line, (int)space, f) != NULL)
		found = strncmp(line, prefix, skip) == 0;
	fclose(f);
	if (found) {
		memmove(line, line + skip, strlen(line + skip) + 1);
		line[strcspn(line, "\n")] = '\0';
	}
	return found;
}

/* "max" is no limit. */
static uint64_t
limited_by(const char *path, uint64_t bytes)
{
	char line[64], *end;
	unsigned long long limit;

	if (!read_line(path, "", line, sizeof line))
		return bytes;
	limit = strtoull(line, &end, 10);
	return end != line && *end == '\0' && (bytes == 0 || limit < bytes) ?
	    limit : bytes;
}

uint64_t
machine_memory_below(const char *root, uint64_t physical_bytes)
{
	char path[2 * PATH_SPACE], group[PATH_SPACE], *slash;
	uint64_t bytes = physical_bytes;

	snprintf(path, sizeof path,
	    "%ssys/fs/cgroup/memory/memory.limit_in_bytes", root);
	bytes = limited_by(path, bytes);
	snprintf(path, sizeof path, "%sproc/self/cgroup", root);
	if (!read_line(path, "0::", group, sizeof group))
		return bytes;
	/* Our group and every one above it. */
	for (;;) {
		snprintf(path, sizeof path, "%ssys/fs/cgroup%s/memory.max",
		    root, group);
		bytes = limited_by(path, bytes);
		slash = strrchr(group, '/');
		if (slash == NULL)
			return bytes;
		*slash = '\0';
	}
}

uint64_t
machine_memory_bytes(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return machine_memory_below("/", pages <= 0 || size <= 0 ? 0 :
	    (uint64_t)pages * (uint64_t)size);
}
