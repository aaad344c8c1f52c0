/* file -- see file.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES 65536

bool
file_read_all(int fd, size_t max, struct buf *out, struct err *err)
{
	for (;;) {
		ssize_t n = read(fd, buf_room(out, PIECE_BYTES), PIECE_BYTES);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(err, "%s", strerror(errno));
		if (n == 0)
			return true;
		buf_grew(out, (size_t)n);
		if (out->len > max)
			return err_set(err, "larger than %zu bytes", max);
	}
}
