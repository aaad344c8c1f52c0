/* Log lines as another program reads them: from a descriptor, as JSON.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"

static char written[65536];
static int real_stderr;

static void
capture_begin(void)
{
	FILE *f = tmpfile();

	cr_assert_not_null(f);
	fflush(stderr);
	real_stderr = dup(STDERR_FILENO);
	cr_assert_neq(real_stderr, -1);
	cr_assert_neq(dup2(fileno(f), STDERR_FILENO), -1);
	fclose(f);
}

static size_t
capture_end(void)
{
	ssize_t len = pread(STDERR_FILENO, written, sizeof written - 1, 0);

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	cr_assert_geq(len, 0);
	written[len] = '\0';
	return (size_t)len;
}

/* The one line that was written, as a tree. */
static struct json *
read_line(struct arena *a, size_t len)
{
	struct json_fault fault;
	struct json *line;

	cr_assert_gt(len, 0);
	cr_assert_eq(strchr(written, '\n'), written + len - 1);
	line = json_parse(a, written, len, true, &fault);
	cr_assert_not_null(line, "%s at %zu: %s", fault.message, fault.offset,
	    written);
	return line;
}

Test(log, writes_one_object_a_line)
{
	const struct json *line;
	struct arena a;

	arena_init(&a, 0);
	capture_begin();
	log_event_with(LOG_WARN, "trip", "\"epoch\":3,\"stage\":\"off\"",
	    "rule \"%s\"\ntripped \xff", "errors");
	line = read_line(&a, capture_end());
	cr_expect(json_text_is(json_member(line, "level"), "warn"));
	cr_expect(json_text_is(json_member(line, "event"), "trip"));
	cr_expect(json_text_is(json_member(line, "stage"), "off"));
	cr_expect_eq(json_number(json_member(line, "epoch")), 3);
	cr_expect(json_text_is(json_member(line, "msg"),
	    "rule \"errors\"\ntripped \xef\xbf\xbd"));
	cr_assert_not_null(json_member(line, "ts"));
	cr_expect_eq(json_member(line, "ts")->len, 27);
	arena_fini(&a);
}

Test(log, needs_no_further_members)
{
	struct arena a;

	arena_init(&a, 0);
	capture_begin();
	log_event_with(LOG_INFO, "a", NULL, "x");
	cr_expect_eq(read_line(&a, capture_end())->count, 4);
	capture_begin();
	log_event_with(LOG_INFO, "a", "", "x");
	cr_expect_eq(read_line(&a, capture_end())->count, 4);
	capture_begin();
	log_event(LOG_INFO, "a", "x");
	cr_expect_eq(read_line(&a, capture_end())->count, 4);
	arena_fini(&a);
}

Test(log, cuts_a_long_sentence_but_stays_json)
{
	char sentence[10000];
	struct arena a;

	arena_init(&a, 0);
	for (size_t i = 0; i + 1 < sizeof sentence; i += 2)
		memcpy(&sentence[i], "\xc3\xbc", 2);
	sentence[sizeof sentence - 2] = '\0';
	capture_begin();
	log_event(LOG_ERROR, "long", "x%s", sentence);
	cr_expect_not_null(read_line(&a, capture_end()));
	arena_fini(&a);
}

Test(log, writes_up_to_its_level)
{
	static const struct {
		enum log_level level, line;
		bool want;
	} rows[] = {
		{ LOG_ERROR, LOG_ERROR, true }, { LOG_ERROR, LOG_WARN, false },
		{ LOG_WARN, LOG_WARN, true }, { LOG_WARN, LOG_INFO, false },
		{ LOG_INFO, LOG_INFO, true }, { LOG_INFO, LOG_DEBUG, false },
		{ LOG_DEBUG, LOG_DEBUG, true },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		log_set_level(rows[i].level);
		capture_begin();
		log_event(rows[i].line, "a", "x");
		cr_expect_eq(capture_end() > 0, rows[i].want, "%zu", i);
	}
}

Test(log, knows_the_names_of_the_levels)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	enum log_level level = LOG_WARN;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		cr_expect(log_level_parse(names[i], &level));
		cr_expect_eq(level, (enum log_level)i);
	}
	cr_expect_not(log_level_parse("Error", &level));
	cr_expect_not(log_level_parse("", &level));
	cr_expect_eq(level, LOG_DEBUG);
}

Test(log, limits_lines_that_repeat)
{
	static struct log_limit limit;
	unsigned long suppressed = 99;

	cr_expect(log_limit_pass(&limit, &suppressed));
	cr_expect_eq(suppressed, 0);
	for (int i = 0; i < 5; i++)
		cr_expect_not(log_limit_pass(&limit, &suppressed));
	limit.next_ns = 0; /* the second is over */
	cr_expect(log_limit_pass(&limit, &suppressed));
	cr_expect_eq(suppressed, 5);
}

/* --- through a pipe, of any length --------------------------------------------- */

static int pipe_out;

/* From here on standard error is a pipe. */
static void
pipe_begin(void)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	real_stderr = dup(STDERR_FILENO);
	cr_assert_neq(dup2(ends[1], STDERR_FILENO), -1);
	close(ends[1]);
	pipe_out = ends[0];
}

static void
read_rest(struct buf *out)
{
	ssize_t n;

	while ((n = read(pipe_out, buf_room(out, 65536), 65536)) > 0)
		buf_grew(out, (size_t)n);
}

/* Gives standard error back; what was written is in *out. */
static void
pipe_end(struct buf *out)
{
	cr_assert_neq(dup2(real_stderr, STDERR_FILENO), -1);
	close(real_stderr);
	read_rest(out);
	close(pipe_out);
}

static const struct json *
parse_line(struct arena *a, const char *line, size_t len)
{
	struct json_fault fault;
	const struct json *root = json_parse(a, line, len, true, &fault);

	cr_assert_not_null(root, "%s at %zu of %.*s", fault.message,
	    fault.offset, (int)len, line);
	return root;
}

static void
log_filled(char with, size_t len, struct buf *out)
{
	char *msg = malloc(len + 1);

	memset(msg, with, len);
	msg[len] = '\0';
	pipe_begin();
	log_event(LOG_INFO, "long", "%s", msg);
	pipe_end(out);
	free(msg);
}

/* At every length: one valid line of at most PIPE_BUF, the message whole or
 * its start and three points. */
Test(log, cuts_a_message_to_fit_its_line)
{
	static const char fills[] = "a\"\x01\xe2"; /* 1, 2, 6, 3 bytes each */
	bool cut = false, whole = false;

	for (size_t f = 0; f < 4; f++)
		for (size_t len = 1; len < 9000; len += len < 3950 ||
		    len > 4100 ? 97 : 1) {
			const struct json *msg;
			struct buf out = { 0 };
			struct arena a;

			log_filled(fills[f], len, &out);
			cr_assert_leq(out.len, (size_t)PIPE_BUF);
			arena_init(&a, 0);
			msg = json_member(parse_line(&a, out.bytes, out.len), "msg");
			if (msg->text[msg->len - 1] == '.') {
				cr_assert_geq(out.len, PIPE_BUF - 9u);
				cr_assert_eq(memcmp(msg->text + msg->len - 3,
				    "...", 3), 0);
				cut = true;
			} else {
				cr_assert_eq(msg->len, f == 3 ? 3 * len : len);
				whole = true;
			}
			arena_fini(&a);
			buf_fini(&out);
		}
	cr_expect(cut && whole);
}

Test(log, keeps_further_members_of_any_length)
{
	for (size_t len = 10; len < 12000; len += 331) {
		struct buf out = { 0 }, extra = { 0 };
		const struct json *root;
		struct arena a;

		buf_puts(&extra, "\"evidence\":\"");
		memset(buf_room(&extra, len), 'e', len);
		buf_grew(&extra, len);
		buf_puts(&extra, "\"");
		pipe_begin();
		log_event_with(LOG_WARN, "alert", extra.bytes, "%0600d", 1);
		pipe_end(&out);
		arena_init(&a, 0);
		root = parse_line(&a, out.bytes, out.len);
		cr_expect_eq(json_member(root, "evidence")->len, len);
		cr_expect_geq(json_member(root, "msg")->len, 400u);
		arena_fini(&a);
		buf_fini(&extra);
		buf_fini(&out);
	}
}

Test(log, leaves_errno_alone_and_survives_a_closed_stderr)
{
	int was = dup(STDERR_FILENO);

	close(STDERR_FILENO);
	errno = EXDEV;
	log_event(LOG_INFO, "e", "x");
	cr_expect_eq(errno, EXDEV);
	dup2(was, STDERR_FILENO);
	close(was);
}

enum { WRITERS = 4, LINES = 300 };

struct writer {
	pthread_t thread;
	char letter;
	struct log_limit *limit;
	unsigned passed;
};

static void *
write_lines(void *arg)
{
	struct writer *w = arg;
	static const char *const extra = "\"n\":1";
	char msg[3500];
	unsigned long held;

	memset(msg, w->letter, sizeof msg);
	for (int i = 0; i < LINES; i++) {
		log_event_with(LOG_INFO, "threads", extra, "%.*s",
		    i % 2 == 0 ? 10 : (int)sizeof msg, msg);
		w->passed += log_limit_pass(w->limit, &held);
	}
	return NULL;
}

static void *
read_all(void *arg)
{
	read_rest(arg);
	return NULL;
}

static void
check_lines(const struct buf *out)
{
	size_t lines = 0;
	struct arena a;

	arena_init(&a, 0);
	for (const char *at = out->bytes, *end; *at != '\0'; at = end + 1) {
		const struct json *msg;

		end = strchr(at, '\n');
		cr_assert_not_null(end);
		msg = json_member(parse_line(&a, at, (size_t)(end - at)), "msg");
		for (size_t i = 0; i < msg->len; i++)
			cr_assert_eq(msg->text[i], msg->text[0]);
		arena_reset(&a);
		lines++;
	}
	cr_expect_eq(lines, (size_t)(WRITERS * LINES));
	arena_fini(&a);
}

Test(log, lines_of_threads_do_not_mix)
{
	struct writer writers[WRITERS];
	struct log_limit limit = { 0 };
	struct buf out = { 0 };
	pthread_t reader;
	unsigned passed = 0;

	limit.next_ns = UINT64_MAX / 2;
	log_set_level(LOG_INFO);
	pipe_begin();
	cr_assert_eq(pthread_create(&reader, NULL, read_all, &out), 0);
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .letter = (char)('a' + i),
			.limit = &limit };
		cr_assert_eq(pthread_create(&writers[i].thread, NULL,
		    write_lines, &writers[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		passed += writers[i].passed;
	}
	/* The last writing end goes, and with it the reader. */
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	pthread_join(reader, NULL);
	close(pipe_out);
	check_lines(&out);
	cr_expect_eq(passed, 0u);
	cr_expect_eq((unsigned long)limit.suppressed, (unsigned long)WRITERS * LINES);
	buf_fini(&out);
}
