/* notify -- see notify.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

static void
say(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len == 0 || !text_copy(to.sun_path, sizeof to.sun_path, path, len))
		return;
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* in the abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un,
	    sun_path) + len + (path[0] != '@'))) == -1)
		log_event(LOG_WARN, "notify", "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
}

void
notify_ready(void)
{
	say("READY=1\nSTATUS=serving\n");
}

void
notify_reloading(void)
{
	char text[80];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n",
	    clock_ns() / NS_PER_US);
	say(text);
}

void
notify_stopping(void)
{
	say("STOPPING=1\nSTATUS=finishing what runs\n");
}

void
notify_succeeded(pid_t pid)
{
	char text[80];

	snprintf(text, sizeof text, "MAINPID=%d\nREADY=1\nSTATUS=serving\n",
	    (int)pid);
	say(text);
}
