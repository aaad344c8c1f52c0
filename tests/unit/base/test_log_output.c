/* A log whose reader has stopped reading: nobody waits for it.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_output.h"
#include "base/text.h"

static int reader; /* the other end of standard error; does not wait */

static void
make_stderr(int ends[2])
{
	fflush(stderr);
	cr_assert_neq(dup2(ends[1], STDERR_FILENO), -1);
	close(ends[1]);
	reader = ends[0];
	fcntl(reader, F_SETFL, O_NONBLOCK);
}

static void
pipe_stderr(void)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	make_stderr(ends);
}

static void
socket_stderr(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	make_stderr(ends);
}

/* Until it takes nothing more; its own flags are as before. */
static void
fill(void)
{
	static const char blanks[512] = "";
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	while (write(STDERR_FILENO, blanks, sizeof blanks) > 0)
		continue;
	fcntl(STDERR_FILENO, F_SETFL, flags);
}

/* What is there, without the blanks. */
static void
read_some(struct buf *out)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(reader, bytes, sizeof bytes)) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (bytes[i] != '\0')
				buf_add(out, &bytes[i], 1);
}

static void
say(unsigned from, unsigned count)
{
	for (unsigned i = from; i < from + count; i++)
		log_event(LOG_INFO, "n", "%06u", i);
}

/* Lines of say(), from `from` on; the rest is given back. */
static const char *
expect_said(const char *text, unsigned from, unsigned count)
{
	for (unsigned i = from; i < from + count; i++) {
		const char *end = strchr(text, '\n');
		char msg[32];

		cr_assert_not_null(end, "line %u is missing", i);
		snprintf(msg, sizeof msg, "\"msg\":\"%06u\"}\n", i);
		cr_assert_eq(memcmp(end + 1 - strlen(msg), msg, strlen(msg)), 0,
		    "%.*s is not line %u", (int)(end - text), text, i);
		text = end + 1;
	}
	return text;
}

/* Everything that was said while the reader stood still, in its order, and
 * that what came later is behind it. */
static void
check_kept(void)
{
	struct buf out = { 0 };

	fill();
	log_unblock();
	say(0, 50);
	log_flush(0);
	read_some(&out);
	cr_expect_eq(out.len, 0u, "only blanks had found room");
	say(50, 1);
	log_flush(0);
	read_some(&out);
	buf_puts(&out, "");
	cr_expect_str_eq(expect_said(out.bytes, 0, 51), "");
	buf_fini(&out);
}

Test(log_output, waits_for_no_pipe, .timeout = 20)
{
	pipe_stderr();
	check_kept();
}

Test(log_output, waits_for_no_socket, .timeout = 20)
{
	socket_stderr();
	check_kept();
}

Test(log_output, waits_for_no_pipe_that_it_cannot_open_again, .timeout = 20)
{
	struct rlimit before, none;

	pipe_stderr();
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	fill();
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	log_unblock();
	setrlimit(RLIMIT_NOFILE, &before);
	check_kept();
}

/* And the one that is next. */
enum { KEPT = LOG_OUTPUT_LINES + 1 };

Test(log_output, counts_what_is_lost, .timeout = 20)
{
	struct buf out = { 0 };
	const char *rest;

	pipe_stderr();
	fill();
	log_unblock();
	say(0, KEPT + 7);
	do {
		read_some(&out);
		log_flush(0);
	} while (out.len == 0 || strstr(out.bytes, "lost") == NULL);
	rest = expect_said(out.bytes, 0, KEPT);
	cr_expect(strstr(rest, ": 7 lines were lost\"}\n") != NULL, "%s", rest);
	cr_expect_eq(log_output_take_lost(), 0ul);
	buf_fini(&out);
}

Test(log_output, a_line_that_left_in_part_goes_on, .timeout = 20)
{
	char extra[9000];
	struct buf out = { 0 };

	pipe_stderr();
	log_unblock();
	memset(extra, 'x', sizeof extra);
	memcpy(extra, "\"a\":\"", 5);
	memcpy(extra + sizeof extra - 2, "\"", 2);
	/* Pages: the last of them takes the beginning of a line. */
	for (int i = 0; i < 20; i++)
		log_event_with(LOG_INFO, "long", extra, "%d", i);
	for (int i = 0; i < 20; i++) {
		read_some(&out);
		log_flush(0);
	}
	buf_puts(&out, "");
	for (const char *at = out.bytes, *end; *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		cr_assert_not_null(end);
		cr_expect_eq((size_t)(end - at) / 100, sizeof extra / 100);
		cr_expect_eq(memcmp(at, "{\"ts\"", 5), 0);
	}
	buf_fini(&out);
}

Test(log_output, a_file_has_it_at_once)
{
	char path[] = "/tmp/understudy-log-XXXXXX", text[4096];
	int fd = mkstemp(path);
	ssize_t n;

	cr_assert_neq(fd, -1);
	dup2(fd, STDERR_FILENO);
	log_unblock();
	say(0, 3);
	n = pread(fd, text, sizeof text - 1, 0);
	unlink(path);
	cr_assert_gt(n, 0);
	text[n] = '\0';
	cr_expect_str_eq(expect_said(text, 0, 3), "");
}

Test(log_output, a_reader_that_is_gone_costs_nothing, .timeout = 20)
{
	pipe_stderr();
	signal(SIGPIPE, SIG_IGN);
	log_unblock();
	close(reader);
	say(0, 5000);
	cr_expect(log_output_flush(0));
	cr_expect_eq(log_output_take_lost(), 0ul, "there is nobody to tell");
}

/* --- an abort ------------------------------------------------------------------- */

static void
abort_with_lines_kept(int told, int tell)
{
	char byte = 'x';

	fill();
	log_unblock();
	say(0, 20);
	cr_assert_eq(write(tell, &byte, 1), 1);
	cr_assert_eq(read(told, &byte, 1), 1); /* the reader reads again */
	abort();
}

Test(log_output, an_abort_takes_nothing_along, .timeout = 20)
{
	int go[2], ready[2], status;
	struct buf out = { 0 };
	char byte;
	pid_t pid;

	pipe_stderr();
	cr_assert_eq(pipe(go), 0);
	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	cr_assert_neq(pid, -1);
	if (pid == 0)
		abort_with_lines_kept(go[0], ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	read_some(&out);
	cr_assert_eq(write(go[1], "x", 1), 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	read_some(&out);
	buf_puts(&out, "");
	cr_expect_str_eq(expect_said(out.bytes, 0, 20), "");
	buf_fini(&out);
}

/* --- many threads ----------------------------------------------------------------- */

enum { WRITERS = 4, LINES = 3000 };

static _Atomic int writing;

static void *
write_lines(void *arg)
{
	char msg[700];

	memset(msg, *(const char *)arg, sizeof msg);
	for (int i = 0; i < LINES; i++)
		log_event(LOG_INFO, "threads", "%.*s", i % 2 == 0 ? 10 :
		    (int)sizeof msg, msg);
	writing--;
	return NULL;
}

static size_t
count_good_lines(const struct buf *out)
{
	size_t lines = 0;

	for (const char *at = out->bytes, *end; *at != '\0'; at = end + 1) {
		const char *msg = strstr(at, "\"msg\":\"");

		end = strchr(at, '\n');
		cr_assert_not_null(end);
		cr_assert(msg != NULL && msg < end);
		msg += strlen("\"msg\":\"");
		cr_assert_eq(strspn(msg, (char[]){ msg[0], '\0' }),
		    (size_t)(end - msg) - 2, "%.*s", (int)(end - at), at);
		lines++;
	}
	return lines;
}

Test(log_output, threads_with_a_slow_reader, .timeout = 60)
{
	static const char letters[WRITERS] = "abcd";
	pthread_t threads[WRITERS];
	struct buf out = { 0 };
	unsigned long lost = 0;

	pipe_stderr();
	log_unblock();
	writing = WRITERS;
	for (int i = 0; i < WRITERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, write_lines,
		    (void *)(uintptr_t)&letters[i]), 0);
	while (writing > 0 || !log_output_flush(0)) {
		read_some(&out);
		lost += log_output_take_lost();
		clock_nap(NS_PER_MS);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	cr_assert(log_output_flush(0));
	read_some(&out);
	buf_puts(&out, "");
	lost += log_output_take_lost();
	cr_expect_eq(count_good_lines(&out) + lost, (size_t)(WRITERS * LINES));
	buf_fini(&out);
}
