/* admin_listen -- see admin_listen.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_listen.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static bool
is_unix(const struct address *address)
{
	return address->addr.ss_family == AF_UNIX;
}

static const char *
unix_path(const struct address *address)
{
	return ((const struct sockaddr_un *)&address->addr)->sun_path;
}

static bool
fail(const struct address *address, const char *what, struct err *err)
{
	return err_set(err, "%s: %s: %s", address->text, what,
	    strerror(errno));
}

static int
make_socket(const struct address *address)
{
	return socket(address->addr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* A process that was killed leaves its socket file behind, and bind() would
 * fail for ever; one that lives must keep it. */
static bool
clear_stale(const struct address *address, struct err *err)
{
	const char *path = unix_path(address);
	struct stat st;
	bool is_refused;
	int fd;

	if (lstat(path, &st) != 0)
		return errno == ENOENT || fail(address, "stat", err);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, "%s: there is a file of another kind in "
		    "the way", address->text);
	fd = make_socket(address);
	if (fd == -1)
		return fail(address, "socket", err);
	is_refused = connect(fd, (const struct sockaddr *)&address->addr,
	    address->addr_len) != 0 && errno == ECONNREFUSED;
	close(fd);
	if (!is_refused)
		return err_set(err, "%s: another process answers there",
		    address->text);
	return unlink(path) == 0 || fail(address, "unlink", err);
}

/* The mode must hold from the first moment, and fchmod() does nothing to a
 * socket's file: hence the umask around bind(). */
static bool
bind_socket(int fd, const struct address *address)
{
	mode_t mask = umask(S_IXUSR | S_IXGRP | S_IRWXO);
	bool ok = bind(fd, (const struct sockaddr *)&address->addr,
	    address->addr_len) == 0;
	int saved = errno;

	umask(mask);
	errno = saved;
	return ok;
}

bool
admin_listen(const struct address *address, int *fd_out, struct err *err)
{
	int on = 1, fd;

	if (is_unix(address) && !clear_stale(address, err))
		return false;
	fd = make_socket(address);
	if (fd == -1)
		return fail(address, "socket", err);
	if (!is_unix(address))
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind_socket(fd, address) && listen(fd, BACKLOG) == 0) {
		*fd_out = fd;
		return true;
	}
	fail(address, "bind", err);
	close(fd);
	return false;
}

bool
admin_listen_name(int fd, const struct address *address, struct buf *out,
    struct err *err)
{
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (is_unix(address)) {
		buf_puts(out, address->text);
		return true;
	}
	if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&bound, len, host, sizeof host, port,
	    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return fail(address, "getsockname", err);
	buf_printf(out, bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
	    port);
	return true;
}

void
admin_listen_clean(const struct address *address)
{
	if (is_unix(address))
		(void)unlink(unix_path(address));
}
