/* socket_io -- recv(2) and send(2) for a thread that nobody cancels.
 * SPDX-License-Identifier: MIT
 *
 * POSIX makes both cancellation points: in a program with threads glibc puts
 * two atomic operations around each of them, 50 ns a call
 * (docs/performance-notes.md).  The C library's are used where a sanitizer
 * looks into what they are given.
 */
#ifndef NET_SOCKET_IO_H
#define NET_SOCKET_IO_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(SYS_recvfrom) && defined(SYS_sendto) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SOCKET_IO_DIRECT 1
#else
#define SOCKET_IO_DIRECT 0
#endif

static inline ssize_t
socket_recv(int fd, void *space, size_t len)
{
#if SOCKET_IO_DIRECT
	return syscall(SYS_recvfrom, fd, space, len, 0, NULL, NULL);
#else
	return recv(fd, space, len, 0);
#endif
}

/* No SIGPIPE. */
static inline ssize_t
socket_send(int fd, const void *bytes, size_t len)
{
#if SOCKET_IO_DIRECT
	return syscall(SYS_sendto, fd, bytes, len, MSG_NOSIGNAL, NULL, 0);
#else
	return send(fd, bytes, len, MSG_NOSIGNAL);
#endif
}

#endif
