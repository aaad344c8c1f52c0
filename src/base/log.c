/* log -- see log.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log_output.h"
#include "base/text.h"

static const char *const level_names[] = { "error", "warn", "info", "debug" };
static _Atomic int max_level = LOG_INFO;

void
log_set_level(enum log_level level)
{
	atomic_store(&max_level, (int)level);
}

bool
log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < COUNT_OF(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* The inside of a JSON string, as much as fits; a message that was cut ends
 * in three points. */
static size_t
put_message(char *out, size_t space, const char *msg, size_t len)
{
	static const char points[] = "...";
	const size_t points_len = sizeof points - 1;
	size_t made = 0, used, cut = 0;

	while (len > 0) {
		char step[TEXT_JSON_STEP_MAX];
		size_t n = text_json_step(msg, len, step, &used);

		if (made + n > space) {
			memcpy(out + cut, points, points_len);
			return cut + points_len;
		}
		memcpy(out + made, step, n);
		made += n;
		msg += used;
		len -= used;
		if (made + points_len <= space)
			cut = made;
	}
	return made;
}

static const char line_end[] = "\"}\n";
/* A message is not cut shorter than this for the sake of its line. */
#define MESSAGE_ROOM 512

/* A line of any length: only when extra_json is longer than it ever should
 * be, for then another thread may tear it. */
static void
write_long(const char *head, const char *extra_json, const char *msg, size_t len)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s,%s,\"msg\":", head, extra_json);
	buf_json_string(&line, msg, len);
	buf_puts(&line, "}\n");
	log_output_line(line.bytes, line.len);
	buf_fini(&line);
}

/* On the stack: a burst of lines must not become a burst of allocations.  Not
 * over PIPE_BUF: that much a pipe takes in one piece, whoever else writes. */
static PRINTF_LIKE(4, 0) void
log_args(enum log_level level, const char *event, const char *extra_json,
    const char *fmt, va_list args)
{
	const bool has_extra = extra_json != NULL && extra_json[0] != '\0';
	char msg[PIPE_BUF], line[PIPE_BUF], head[128], ts[CLOCK_TEXT_MAX];
	int saved = errno, msg_len, len;
	size_t at;

	if ((int)level > atomic_load_explicit(&max_level, memory_order_relaxed))
		return;
	msg_len = vsnprintf(msg, sizeof msg, fmt, args);
	if (msg_len < 0)
		msg_len = 0;
	if ((size_t)msg_len >= sizeof msg)
		msg_len = (int)sizeof msg - 1; /* cut shorter below */
	clock_format(clock_wall_us(), ts);
	snprintf(head, sizeof head,
	    "{\"ts\":\"%s\",\"level\":\"%s\",\"event\":\"%.32s\"", ts,
	    level_names[level], event);
	len = snprintf(line, sizeof line, "%s%s%s,\"msg\":\"", head,
	    has_extra ? "," : "", has_extra ? extra_json : "");
	if (len < 0 || (size_t)len > sizeof line - MESSAGE_ROOM) {
		write_long(head, has_extra ? extra_json : "", msg,
		    (size_t)msg_len);
	} else {
		at = (size_t)len;
		at += put_message(line + at, sizeof line - at -
		    (sizeof line_end - 1), msg, (size_t)msg_len);
		memcpy(line + at, line_end, sizeof line_end - 1);
		log_output_line(line, at + sizeof line_end - 1);
	}
	errno = saved;
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_args(level, event, NULL, fmt, args);
	va_end(args);
}

void
log_event_with(enum log_level level, const char *event,
    const char *extra_json, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_args(level, event, extra_json, fmt, args);
	va_end(args);
}

void
log_unblock(void)
{
	log_output_unblock();
}

void
log_flush(unsigned patience_ms)
{
	unsigned long lost;

	if (!log_output_flush(patience_ms))
		return;
	lost = log_output_take_lost();
	if (lost > 0)
		log_event(LOG_WARN, "log", "standard error took nothing for a "
		    "while: %lu lines were lost", lost);
}

bool
log_limit_pass(struct log_limit *limit, unsigned long *suppressed_out)
{
	uint64_t now = clock_ns();
	uint64_t next = atomic_load(&limit->next_ns);

	if (now < next || !atomic_compare_exchange_strong(&limit->next_ns,
	    &next, now + NS_PER_S)) {
		atomic_fetch_add(&limit->suppressed, 1);
		return false;
	}
	*suppressed_out = atomic_exchange(&limit->suppressed, 0);
	return true;
}
