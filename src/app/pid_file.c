/* pid_file -- see pid_file.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

static bool
write_number(const char *path)
{
	char text[16];
	int len = snprintf(text, sizeof text, "%d\n", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	bool ok;

	if (fd == -1)
		return false;
	ok = write(fd, text, (size_t)len) == len;
	return close(fd) == 0 && ok;
}

bool
pid_file_write(const char *path, struct err *err)
{
	char *fresh;
	bool ok;

	if (path == NULL)
		return true;
	fresh = mem_printf("%s.new", path);
	ok = (write_number(fresh) && rename(fresh, path) == 0) ||
	    err_set(err, "pid_file: %s: %s", path, strerror(errno));
	free(fresh);
	return ok;
}

void
pid_file_remove(const char *path)
{
	char text[16] = "";
	uint64_t number;
	ssize_t len;
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return;
	len = read(fd, text, sizeof text - 1);
	close(fd);
	if (len <= 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (text_u64(text, &number) && number == (uint64_t)getpid())
		(void)unlink(path);
}
