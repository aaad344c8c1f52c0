/* access_log -- see access_log.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/thread.h"
#include "config/config_box.h"
#include "observe/redact.h"

#define RING_RECORDS 4096
#define BATCH_BYTES (64 * 1024) /* of lines, written at once */
#define REST_MS 10u   /* between two batches: producers need not wake us */
#define IDLE_MS 100u  /* how often an idle thread looks around */
#define PATIENCE_MS 1000 /* a pipe that takes nothing for so long is full */

struct access_log {
	struct worker_stats *stats;  /* borrows; this thread's */
	struct ring *ring;           /* owns; NULL until it was first on */
	pthread_t thread;
	char *path;                  /* owns; control's: what is open; NULL = off */

	pthread_mutex_t lock;        /* guards what follows */
	bool has_order;              /* write to order_fd from now on */
	int order_fd;                /* owns; -1 = nowhere */
	bool is_stopping;

	struct config_box configs;   /* from the control thread */

	/* the thread's own */
	struct config *config;       /* owns a reference: what may be written */
	struct redactor redactor;    /* owns; by those of the line at hand */
	int fd;                      /* owns; -1 = nowhere */
	bool is_pipe;                /* or another thing that may be full */
	bool is_failing;             /* the last write did not work */
	uint64_t lost;               /* lines, since it last worked */
	struct buf lines;            /* whole lines, perhaps behind half a one */
};

/* --- opening ---------------------------------------------------------------- */

static bool
is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* O_NONBLOCK: a FIFO that nobody reads must not stop us. */
static int
open_path(const char *path, struct err *err)
{
	int fd = is_stdout(path) ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) :
	    open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY, 0640);

	if (fd == -1)
		err_set(err, "access log %s: open: %s", path, strerror(errno));
	return fd;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* --- writing ---------------------------------------------------------------- */

static uint64_t
count_lines(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	uint64_t lines = 0;

	while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
		lines++;
		bytes++;
	}
	return lines;
}

/* A pipe takes PIPE_BUF bytes whole or says that it is full: so its pieces
 * end between lines. */
static size_t
piece_len(const struct access_log *a, size_t at)
{
	size_t left = a->lines.len - at;
	const char *bytes = a->lines.bytes + at, *end;

	if (!a->is_pipe || left <= PIPE_BUF)
		return left;
	end = memrchr(bytes, '\n', PIPE_BUF);
	return end != NULL ? (size_t)(end + 1 - bytes) : PIPE_BUF;
}

static bool
is_ready(const struct access_log *a)
{
	struct pollfd p = { .fd = a->fd, .events = POLLOUT };

	return !a->is_pipe || (poll(&p, 1, a->is_failing ? 0 : PATIENCE_MS) == 1 &&
	    (p.revents & POLLOUT) != 0);
}

/* As much as it takes.  How many bytes that was; errno says why not all. */
static size_t
write_lines(struct access_log *a)
{
	size_t at = 0;

	while (at < a->lines.len) {
		ssize_t n;

		errno = EAGAIN;
		if (!is_ready(a))
			break;
		n = write(a->fd, a->lines.bytes + at, piece_len(a, at));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	return at;
}

static void
lose(struct access_log *a, uint64_t lines)
{
	a->lost += lines;
	metric_add(a->stats, METRIC_ACCESS_DROPPED, (int64_t)lines);
}

/* The first written bytes have left.  The rest of a line that was begun
 * stays, to be completed; whole lines are lost. */
static void
drop_unwritten(struct access_log *a, size_t written)
{
	char *rest = a->lines.bytes + written;
	size_t left = a->lines.len - written, keep = 0;

	if (written > 0 && rest[-1] != '\n')
		keep = (size_t)((char *)memchr(rest, '\n', left) + 1 - rest);
	lose(a, count_lines(rest + keep, left - keep));
	memmove(a->lines.bytes, rest, keep);
	a->lines.len = keep;
}

static void
say_failure(struct access_log *a, int error)
{
	static struct log_limit limit;
	unsigned long held;

	if (!a->is_failing && log_limit_pass(&limit, &held))
		log_event(LOG_ERROR, "access_log", "writing the access log: %s; "
		    "lines are lost and counted until it can be written again",
		    error == EAGAIN ? "its reader takes nothing" :
		    strerror(error));
	a->is_failing = true;
}

static void
say_recovery(struct access_log *a)
{
	static struct log_limit limit;
	unsigned long held;

	if (log_limit_pass(&limit, &held))
		log_event(LOG_WARN, "access_log", "the access log can be written "
		    "again; %" PRIu64 " lines were lost", a->lost);
	a->is_failing = false;
	a->lost = 0;
}

static void
flush(struct access_log *a)
{
	size_t written;
	int error;

	if (a->lines.len == 0)
		return;
	if (a->fd == -1) {
		/* Switched off while requests of before were still running. */
		lose(a, count_lines(a->lines.bytes, a->lines.len));
		buf_clear(&a->lines);
		return;
	}
	written = write_lines(a);
	error = errno;
	metric_add(a->stats, METRIC_ACCESS_LINES,
	    (int64_t)count_lines(a->lines.bytes, written));
	if (written < a->lines.len) {
		drop_unwritten(a, written);
		say_failure(a, error);
		return;
	}
	buf_clear(&a->lines);
	if (a->is_failing)
		say_recovery(a);
}

/* Everything that is in the ring by now, and not what comes meanwhile. */
static size_t
drain(struct access_log *a)
{
	size_t count = ring_count(a->ring), taken = 0;
	struct access_record rec;

	(void)config_box_take(&a->configs, &a->config);
	while (taken < count && ring_take(a->ring, &rec)) {
		taken++;
		if (a->config != NULL)
			a->redactor.rules = &config_rules(a->config,
			    rec.rollout)->redact;
		redact_access(&a->redactor, &rec);
		access_write_line(&rec, &a->lines);
		if (a->lines.len >= BATCH_BYTES)
			flush(a);
	}
	flush(a);
	return taken;
}

/* --- the thread ------------------------------------------------------------- */

static void
take_over(struct access_log *a, int fd)
{
	struct stat st;

	/* The end of a line that the old file could not take whole. */
	if (a->lines.len > 0)
		lose(a, 1);
	buf_clear(&a->lines);
	close_fd(&a->fd);
	a->fd = fd;
	a->is_pipe = fd != -1 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
}

/* false: stop. */
static bool
obey(struct access_log *a)
{
	bool has_order, stop;
	int fd;

	pthread_mutex_lock(&a->lock);
	has_order = a->has_order;
	fd = a->order_fd;
	stop = a->is_stopping;
	a->has_order = false;
	a->order_fd = -1;
	pthread_mutex_unlock(&a->lock);
	if (has_order) {
		/* What came before goes to the old file; but where there is
		 * none, the order may have come later than its first lines. */
		if (a->fd != -1)
			(void)drain(a);
		take_over(a, fd);
	}
	return !stop;
}

static void *
log_main(void *arg)
{
	struct access_log *a = arg;

	while (obey(a)) {
		if (drain(a) > 0)
			clock_nap(REST_MS * NS_PER_MS);
		else
			ring_wait(a->ring, IDLE_MS);
	}
	(void)drain(a);
	return NULL;
}

/* --- control ---------------------------------------------------------------- */

static void
order(struct access_log *a, int fd)
{
	pthread_mutex_lock(&a->lock);
	close_fd(&a->order_fd);
	a->order_fd = fd;
	a->has_order = true;
	pthread_mutex_unlock(&a->lock);
	ring_wake(a->ring);
}

struct access_log *
access_log_new(struct worker_stats *stats)
{
	struct access_log *a = mem_zalloc(sizeof *a);

	a->stats = stats;
	a->fd = a->order_fd = -1;
	pthread_mutex_init(&a->lock, NULL);
	config_box_init(&a->configs);
	return a;
}

static bool
start(struct access_log *a, struct err *err)
{
	if (a->ring != NULL)
		return true;
	a->ring = ring_new(RING_RECORDS, sizeof(struct access_record));
	if (thread_start(&a->thread, "access log", log_main, a, err))
		return true;
	ring_free(&a->ring);
	return false;
}

bool
access_log_apply(struct access_log *a, struct config *config,
    struct err *err)
{
	const char *path = config->settings.access_log.path;
	int fd = -1;

	if (path == NULL && a->path == NULL)
		return true;
	if (path != NULL && (fd = open_path(path, err)) == -1)
		return false;
	if (!start(a, err)) {
		close_fd(&fd);
		return false;
	}
	free(a->path);
	a->path = path == NULL ? NULL : mem_strdup(path);
	config_box_put(&a->configs, config);
	order(a, fd);
	return true;
}

void
access_log_reopen(struct access_log *a)
{
	struct err err = { "" };
	int fd;

	if (a->path == NULL)
		return;
	fd = open_path(a->path, &err);
	if (fd == -1) {
		log_event(LOG_ERROR, "access_log", "%s; going on with the file "
		    "that is open", err.text);
		return;
	}
	order(a, fd);
	log_event(LOG_INFO, "access_log", "%s was opened again", a->path);
}

static bool
put(void *arg, const struct access_record *r)
{
	struct access_log *a = arg;

	/* Made before the settings that make workers come here. */
	return ring_put(a->ring, r);
}

struct access_sink
access_log_sink(struct access_log *a)
{
	return (struct access_sink){ .put = put, .arg = a };
}

void
access_log_free(struct access_log **slot)
{
	struct access_log *a = *slot;

	if (a == NULL)
		return;
	*slot = NULL;
	if (a->ring != NULL) {
		pthread_mutex_lock(&a->lock);
		a->is_stopping = true;
		pthread_mutex_unlock(&a->lock);
		ring_wake(a->ring);
		pthread_join(a->thread, NULL);
	}
	ring_free(&a->ring);
	close_fd(&a->fd);
	close_fd(&a->order_fd);
	buf_fini(&a->lines);
	redactor_fini(&a->redactor);
	config_unref(&a->config);
	config_box_fini(&a->configs);
	pthread_mutex_destroy(&a->lock);
	free(a->path);
	free(a);
}
