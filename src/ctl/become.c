/* become -- hands over to a command of the server's program.
 * SPDX-License-Identifier: MIT
 *
 * Judging needs the comparison or the guard, and reading what is kept needs the
 * store and its keys; understudyctl has none of them, and the server that serves
 * should not be made to do it (docs/choices.md).  The program beside this one is
 * taken, so that both are of one release; else the first one in PATH.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/commands.h"

#define PROGRAM "understudy"
#define PATH_SPACE 4096

/* NULL: there is none beside us; the caller frees. */
static char *
find_beside(void)
{
	char here[PATH_SPACE];
	ssize_t len = readlink("/proc/self/exe", here, sizeof here - 1);
	char *slash, *path;

	if (len <= 0)
		return NULL;
	here[len] = '\0';
	slash = strrchr(here, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	path = mem_printf("%s/" PROGRAM, here);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

enum ctl_exit
command_become(char **argv, struct err *err)
{
	size_t count = 0;
	char *path = find_beside();
	char **words;

	while (argv[count] != NULL)
		count++;
	words = mem_zalloc((count + 2) * sizeof *words);
	words[0] = path != NULL ? path : mem_strdup(PROGRAM);
	memcpy(words + 1, argv, count * sizeof *words);
	execvp(words[0], words);
	err_set(err, "%s: %s", words[0], strerror(errno));
	free(words[0]);
	free(words);
	return CTL_REFUSED;
}
