/* The memory there is: the machine's, or what a control group leaves of it.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "base/machine.h"

static char root[64];

static void
start(void)
{
	snprintf(root, sizeof root, "/tmp/machine-XXXXXX");
	cr_assert_not_null(mkdtemp(root));
	strcat(root, "/"); /* NOLINT: there is room */
}

static void
stop(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", root);
	cr_expect_eq(system(command), 0);
}

TestSuite(machine, .init = start, .fini = stop);

/* Write a file, and the folders above it. */
static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s%s", root, name);
	for (char *c = path + strlen(root); *c != '\0'; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		(void)mkdir(path, 0755);
		*c = '/';
	}
	f = fopen(path, "w");
	cr_assert_not_null(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

Test(machine, is_all_there_is_without_groups)
{
	cr_expect_eq(machine_memory_below(root, 1000), 1000);
	cr_expect_gt(machine_memory_bytes(), 1 << 20);
}

Test(machine, takes_the_least_of_all_groups_above)
{
	put("proc/self/cgroup", "1:name=systemd:/x\n0::/a/b/c\n");
	put("sys/fs/cgroup/a/b/c/memory.max", "max\n");
	cr_expect_eq(machine_memory_below(root, 1000), 1000);
	put("sys/fs/cgroup/a/b/memory.max", "700\n");
	put("sys/fs/cgroup/a/memory.max", "900\n");
	cr_expect_eq(machine_memory_below(root, 1000), 700);
	cr_expect_eq(machine_memory_below(root, 500), 500);
	cr_expect_eq(machine_memory_below(root, 0), 700, "not known otherwise");
}

Test(machine, sees_a_container_from_inside)
{
	put("proc/self/cgroup", "0::/\n");
	put("sys/fs/cgroup/memory.max", "600\n");
	cr_expect_eq(machine_memory_below(root, 1000), 600);
}

Test(machine, knows_version_one)
{
	put("proc/self/cgroup", "4:memory:/docker/x\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "800\n");
	cr_expect_eq(machine_memory_below(root, 1000), 800);
	put("sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "9223372036854771712\n");
	cr_expect_eq(machine_memory_below(root, 1000), 1000);
}
