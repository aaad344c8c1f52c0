/* successor -- see successor.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/successor.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/inherited.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* From "end yourself" to the end by force: nobody is served by it yet. */
#define END_S 5
#define DELETED " (deleted)"

extern char **environ;

struct successor {
	struct successor_ports ports;
	char **argv;           /* borrows */
	char *program;         /* owns */
	pid_t pid;             /* 0 = none */
	int channel;           /* owns; -1 = none, or given up */
	bool is_taking_over;   /* it was told "yours" */
	struct event *message; /* owns; on the channel */
	struct event *child;   /* owns; SIGCHLD */
	struct event *timer;   /* owns; patience, then the end by force */
};

/* --- what to start ------------------------------------------------------------- */

/* A path is taken as it was given: behind a symbolic link there may be
 * another version by then.  Without one the kernel knows which it was. */
static char *
find_program(const char *name)
{
	char path[PATH_MAX], *at;
	ssize_t len;

	if (name != NULL && strchr(name, '/') != NULL) {
		char *here = name[0] == '/' ? NULL : getcwd(NULL, 0);

		at = here == NULL ? mem_strdup(name) :
		    mem_printf("%s/%s", here, name);
		free(here);
		return at;
	}
	len = readlink("/proc/self/exe", path, sizeof path - 1);
	if (len <= 0)
		return mem_strdup(name != NULL ? name : "understudy");
	path[len] = '\0';
	at = strstr(path, DELETED);
	if (at != NULL && at[strlen(DELETED)] == '\0')
		*at = '\0';
	return mem_strdup(path);
}

static bool
is_ours_to_set(const char *variable)
{
	return strncmp(variable, INHERITED_VARIABLE "=",
	    strlen(INHERITED_VARIABLE "=")) == 0;
}

/* The list's end is NULL; its last member is `added`. */
static char **
environment(char *added)
{
	size_t count = 0, kept = 0;
	char **list;

	while (environ[count] != NULL)
		count++;
	list = mem_alloc((count + 2) * sizeof *list);
	for (size_t i = 0; i < count; i++)
		if (!is_ours_to_set(environ[i]))
			list[kept++] = environ[i];
	list[kept++] = added;
	list[kept] = NULL;
	return list;
}

/* dup2() onto itself is how posix_spawn() is told to leave a descriptor open
 * in the child. */
static bool
inherit(posix_spawn_file_actions_t *actions, const struct sockets *sockets,
    int channel)
{
	size_t count = 0;
	int *fds;
	bool ok = posix_spawn_file_actions_adddup2(actions, channel,
	    channel) == 0;

	fds = sockets_list(sockets, &count);
	for (size_t i = 0; ok && i < count; i++)
		ok = posix_spawn_file_actions_adddup2(actions, fds[i],
		    fds[i]) == 0;
	free(fds);
	return ok;
}

/* Signals are blocked or handled here; the new program begins afresh.  But
 * what is sent to all of this name (`pkill -HUP`) must not end it before it can
 * handle that: it unblocks them itself. */
static bool
set_signals(posix_spawnattr_t *attr)
{
	sigset_t later, all;

	sigemptyset(&later);
	sigaddset(&later, SIGHUP);
	sigaddset(&later, SIGUSR1);
	sigaddset(&later, SIGUSR2);
	sigfillset(&all);
	return posix_spawnattr_setsigmask(attr, &later) == 0 &&
	    posix_spawnattr_setsigdefault(attr, &all) == 0 &&
	    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF) == 0;
}

static bool
spawn(struct successor *s, int channel, struct err *err)
{
	struct buf lines = { 0 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **env;
	int error = ENOMEM;

	buf_printf(&lines, INHERITED_VARIABLE "=channel %d %d\n", channel,
	    (int)getpid());
	sockets_describe(s->ports.sockets, &lines);
	env = environment(lines.bytes);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	if (inherit(&actions, s->ports.sockets, channel) && set_signals(&attr))
		error = posix_spawn(&s->pid, s->program, &actions, &attr,
		    s->argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	free(env);
	buf_fini(&lines);
	if (error == 0)
		return true;
	s->pid = 0;
	return err_set(err, "%s: %s", s->program, strerror(error));
}

/* --- its end --------------------------------------------------------------------- */

static void
hang_up(struct successor *s)
{
	if (s->message != NULL)
		event_free(s->message);
	s->message = NULL;
	if (s->channel != -1)
		close(s->channel);
	s->channel = -1;
}

static void
wait_ms(struct successor *s, uint64_t ms)
{
	const struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000) * 1000 };

	event_add(s->timer, &tv);
}

static void
forget(struct successor *s)
{
	hang_up(s);
	event_del(s->timer);
	event_del(s->child);
	s->pid = 0;
}

/* Not yet over: on_child() hears of its end. */
static void
give_up(struct successor *s, const char *why)
{
	log_event(LOG_ERROR, "upgrade", "process %d is ended and this one goes "
	    "on: %s", (int)s->pid, why);
	hang_up(s);
	kill(s->pid, SIGTERM);
	wait_ms(s, END_S * 1000);
}

static void
on_timer(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct successor *s = arg;

	if (s->channel != -1)
		give_up(s, "it did not serve within timeouts.upgrade");
	else
		kill(s->pid, SIGKILL);
}

static void
log_end(const struct successor *s, int status)
{
	const char *last = s->channel != -1 ? " before it served; this one goes "
	    "on" : "";

	if (WIFSIGNALED(status))
		log_event(LOG_ERROR, "upgrade", "process %d was ended by signal "
		    "%d (%s)%s", (int)s->pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)), last);
	else
		log_event(LOG_ERROR, "upgrade", "process %d ended with status "
		    "%d%s", (int)s->pid, WEXITSTATUS(status), last);
}

static void
on_child(evutil_socket_t number UNUSED, short what UNUSED, void *arg)
{
	struct successor *s = arg;
	int status = 0;

	bool is_ours = !s->is_taking_over;

	if (s->pid == 0 || waitpid(s->pid, &status, WNOHANG) != s->pid)
		return;
	/* One that has taken over may have been stopped, or succeeded. */
	if (is_ours || status != 0)
		log_end(s, status);
	forget(s);
	if (is_ours)
		s->ports.failed(s->ports.arg);
}

/* --- the channel ------------------------------------------------------------------- */

/* "serving 5 6 7" */
static bool
read_serving(const struct successor *s, char *text, struct succession *out)
{
	char *rest = text, *word = strsep(&rest, " ");
	uint64_t fd;
	int place;

	if (strcmp(word, HANDOVER_SERVING) != 0)
		return false;
	*out = (struct succession){ .pid = s->pid };
	while ((word = strsep(&rest, " ")) != NULL) {
		if (!text_u64(word, &fd) || fd > INT_MAX)
			return false;
		place = sockets_place_of(s->ports.sockets, (int)fd);
		if (place != -1)
			out->addresses |= UINT64_C(1) << place;
		else if ((int)fd == s->ports.sockets->admin_fd)
			out->has_admin = true;
	}
	return true;
}

static void
take_over(struct successor *s, const struct succession *what)
{
	s->ports.retire(s->ports.arg);
	/* It may have lost its patience meanwhile, and then this fails. */
	if (send(s->channel, HANDOVER_YOURS, strlen(HANDOVER_YOURS),
	    MSG_NOSIGNAL) == -1) {
		give_up(s, "it serves, but does not listen to its channel");
		s->ports.failed(s->ports.arg);
		return;
	}
	s->is_taking_over = true;
	event_del(s->timer);
	hang_up(s);
	s->ports.succeeded(s->ports.arg, what);
}

static void
on_message(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct successor *s = arg;
	char *text = mem_alloc(HANDOVER_MESSAGE_MAX + 1);
	ssize_t len = recv(fd, text, HANDOVER_MESSAGE_MAX, MSG_DONTWAIT);
	struct succession taken;

	if (len > 0) {
		text[len] = '\0';
		if (read_serving(s, text, &taken))
			take_over(s, &taken);
		else
			give_up(s, "it says what this version does not "
			    "understand");
	} else if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
		/* Its end, most likely: on_child() says more.  A program that
		 * closed the channel and lives is ended when time is up. */
		event_del(s->message);
	}
	free(text);
}

/* --- from outside ---------------------------------------------------------------- */

struct successor *
successor_new(char **argv, const struct successor_ports *ports)
{
	struct successor *s = mem_zalloc(sizeof *s);

	s->ports = *ports;
	s->argv = argv;
	s->program = find_program(argv[0]);
	s->channel = -1;
	s->child = evsignal_new(ports->base, SIGCHLD, on_child, s);
	s->timer = evtimer_new(ports->base, on_timer, s);
	return s;
}

void
successor_free(struct successor **sp)
{
	struct successor *s = *sp;

	if (s == NULL)
		return;
	successor_abandon(s);
	event_free(s->timer);
	event_free(s->child);
	free(s->program);
	free(s);
	*sp = NULL;
}

void
successor_abandon(struct successor *s)
{
	hang_up(s);
	if (s->pid == 0 || s->is_taking_over)
		return;
	/* Whoever stops this process means the one it has begun as well. */
	kill(s->pid, SIGTERM);
	wait_ms(s, END_S * 1000);
}

bool
successor_start(struct successor *s, uint32_t patience_ms, struct err *err)
{
	int pair[2];

	if (s->pid != 0)
		return err_set(err, "process %d is on its way already",
		    (int)s->pid);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return err_set(err, "socketpair: %s", strerror(errno));
	event_add(s->child, NULL);
	if (!spawn(s, pair[1], err)) {
		event_del(s->child);
		close(pair[0]);
		close(pair[1]);
		return false;
	}
	close(pair[1]);
	s->channel = pair[0];
	s->message = event_new(s->ports.base, s->channel, EV_READ | EV_PERSIST,
	    on_message, s);
	event_add(s->message, NULL);
	wait_ms(s, patience_ms);
	log_event(LOG_INFO, "upgrade", "started %s as process %d", s->program,
	    (int)s->pid);
	return true;
}
