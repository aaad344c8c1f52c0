/* inherited -- see inherited.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/address.h"
#include "net/listener.h"

#define SYSTEMD_FIRST_FD 3
#define SOCKETS_MAX 65536

static void
name_socket(const struct sockaddr_storage *addr, char *out, size_t space)
{
	if (addr->ss_family == AF_UNIX)
		snprintf(out, space, "unix:%s",
		    ((const struct sockaddr_un *)(const void *)addr)->sun_path);
	else
		listener_format(addr, out, space);
}

/* --- reading the environment ---------------------------------------------- */

static bool
read_number(const char *text, uint64_t max, int *out)
{
	uint64_t number;

	if (!text_u64(text, &number) || number > max)
		return false;
	*out = (int)number;
	return true;
}

/* Ours from now on: not for our children, and never to wait on. */
static bool
adopt(int fd, struct sockaddr_storage *name, struct err *err)
{
	socklen_t len = sizeof *name, flag_len = sizeof(int);
	int flags = fcntl(fd, F_GETFL), listening = 0;

	if (flags == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return err_set(err, "descriptor %d: %s", fd, strerror(errno));
	/* Zeroed whole, as address_is_same() wants it. */
	memset(name, 0, sizeof *name);
	if (getsockname(fd, (struct sockaddr *)name, &len) == -1)
		return err_set(err, "descriptor %d: getsockname: %s", fd,
		    strerror(errno));
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
	    &flag_len) == -1 || listening == 0)
		return err_set(err, "descriptor %d is not a listening stream "
		    "socket", fd);
	return true;
}

static bool
add(struct inherited *in, int fd, enum inherited_kind kind, const char *text,
    size_t len, struct err *err)
{
	struct inherited_socket *s;

	in->sockets = mem_realloc(in->sockets,
	    (in->count + 1) * sizeof *in->sockets);
	s = &in->sockets[in->count];
	*s = (struct inherited_socket){ .fd = fd, .kind = kind };
	if (!adopt(fd, &s->name, err))
		return false;
	s->text = mem_strndup(text, len);
	in->count++;
	return true;
}

/* "listen 7 127.0.0.1:8080" */
static bool
read_line(struct inherited *in, char *line, struct err *err)
{
	char *rest = line, *kind = strsep(&rest, " ");
	char *number = strsep(&rest, " ");
	int fd = -1;

	if (rest == NULL || !read_number(number, SOCKETS_MAX, &fd))
		return err_set(err, "\"%s\" is not KIND FD TEXT", line);
	if (strcmp(kind, "listen") == 0)
		return add(in, fd, INHERITED_LISTEN, rest, strlen(rest), err);
	if (strcmp(kind, "admin") == 0)
		return add(in, fd, INHERITED_ADMIN, rest, strlen(rest), err);
	if (strcmp(kind, "channel") != 0 ||
	    !read_number(rest, INT32_MAX, &in->predecessor) ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return err_set(err, "\"%s %d %s\" is not known here", kind, fd,
		    rest);
	in->channel = fd;
	return true;
}

static bool
read_predecessor(struct inherited *in, const char *value, struct err *err)
{
	char *copy = mem_strdup(value), *rest = copy, *line;
	bool ok = true;

	while (ok && (line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0')
			ok = read_line(in, line, err);
	free(copy);
	return ok || err_wrap(err, INHERITED_VARIABLE);
}

/* Names are for messages only. */
static bool
read_systemd(struct inherited *in, const char *names, int count,
    struct err *err)
{
	for (int i = 0; i < count; i++) {
		size_t len = names != NULL ? strcspn(names, ":") : 0;

		if (!add(in, SYSTEMD_FIRST_FD + i, INHERITED_ANY,
		    names != NULL ? names : "", len, err))
			return err_wrap(err, "LISTEN_FDS");
		if (names != NULL)
			names = names[len] == ':' ? names + len + 1 : NULL;
	}
	return true;
}

bool
inherited_read(struct inherited *in, struct err *err)
{
	const char *lines = getenv(INHERITED_VARIABLE);
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int listen_pid = 0, count = 0;
	bool ok = true;

	*in = (struct inherited){ .channel = -1 };
	if (lines != NULL)
		ok = read_predecessor(in, lines, err);
	else if (pid != NULL && fds != NULL &&
	    read_number(pid, INT32_MAX, &listen_pid) && listen_pid == getpid())
		ok = read_number(fds, SOCKETS_MAX, &count) ?
		    read_systemd(in, getenv("LISTEN_FDNAMES"), count, err) :
		    err_set(err, "LISTEN_FDS: \"%s\" is not a number", fds);
	unsetenv(INHERITED_VARIABLE);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return ok;
}

void
inherited_fini(struct inherited *in)
{
	for (size_t i = 0; i < in->count; i++) {
		if (in->sockets[i].fd != -1)
			close(in->sockets[i].fd);
		free(in->sockets[i].text);
	}
	free(in->sockets);
	in->sockets = NULL;
	in->count = 0;
	if (in->channel != -1)
		close(in->channel);
	in->channel = -1;
}

/* --- claiming --------------------------------------------------------------- */

static bool
asks_for_any_port(const struct sockaddr_storage *addr)
{
	return (addr->ss_family == AF_INET && ((const struct sockaddr_in *)
	    (const void *)addr)->sin_port == 0) ||
	    (addr->ss_family == AF_INET6 && ((const struct sockaddr_in6 *)
	    (const void *)addr)->sin6_port == 0);
}

static bool
is_wanted(const struct inherited_socket *s, enum inherited_kind kind,
    const struct address *address)
{
	if (s->fd == -1)
		return false;
	/* The kernel tells only as many bytes of a path as there are. */
	if (address->addr.ss_family == AF_UNIX)
		return s->name.ss_family == AF_UNIX &&
		    strcmp(((const struct sockaddr_un *)(const void *)&s->name)
		    ->sun_path, ((const struct sockaddr_un *)(const void *)
		    &address->addr)->sun_path) == 0;
	if (asks_for_any_port(&address->addr))
		return s->kind == kind && strcmp(s->text, address->text) == 0;
	return address_is_same(&s->name, &address->addr);
}

int
inherited_claim(struct inherited *in, enum inherited_kind kind,
    const struct address *address)
{
	for (size_t i = 0; i < in->count; i++) {
		struct inherited_socket *s = &in->sockets[i];
		int fd = s->fd;

		if (!is_wanted(s, kind, address))
			continue;
		s->fd = -1;
		return fd;
	}
	return -1;
}

bool
inherited_settle(struct inherited *in, struct err *err)
{
	struct buf rest = { 0 };
	char name[128];
	bool ok;

	for (size_t i = 0; i < in->count; i++) {
		struct inherited_socket *s = &in->sockets[i];

		if (s->fd == -1)
			continue;
		close(s->fd);
		s->fd = -1;
		name_socket(&s->name, name, sizeof name);
		if (in->channel != -1)
			log_event(LOG_WARN, "upgrade", "nobody listens on %s any "
			    "more: it is not in the configuration", name);
		else
			buf_printf(&rest, "%s%s (%s)", rest.len > 0 ? ", " : "",
			    name, s->text[0] != '\0' ? s->text : "no name");
	}
	ok = rest.len == 0 || err_set(err, "systemd gave a socket for %s, which "
	    "is neither in \"listen\" nor \"admin\"; make ListenStream and the "
	    "configuration name the same addresses", rest.bytes);
	buf_fini(&rest);
	return ok;
}
