/* fields -- see fields.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 64

const json_t *
field(const json_t *document, const char *path)
{
	while (document != NULL && *path != '\0') {
		char name[NAME_MAX_BYTES];
		size_t len = strcspn(path, ".");

		if (len >= sizeof name)
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		document = json_object_get(document, name);
		path += len + (path[len] == '.');
	}
	return document;
}

const char *
field_text(const json_t *document, const char *path)
{
	const char *text = json_string_value(field(document, path));

	return text != NULL ? text : "";
}

double
field_number(const json_t *document, const char *path)
{
	return json_number_value(field(document, path));
}

bool
field_true(const json_t *document, const char *path)
{
	return json_is_true(field(document, path));
}

void
add_count(struct buf *b, double n)
{
	char digits[32];
	size_t len;

	if (!(n >= 0 && n < 1e18))
		n = 0;
	len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, (uint64_t)n);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_puts(b, ",");
		buf_add(b, &digits[i], 1);
	}
}

void
add_share(struct buf *b, double share)
{
	buf_printf(b, share < 0.0995 ? "%.2f%%" : "%.1f%%", share * 100);
}

void
add_latency(struct buf *b, double ms)
{
	if (ms <= 0)
		buf_puts(b, "-");
	else if (ms < 9.95)
		buf_printf(b, "%.1fms", ms);
	else if (ms < 9999.5)
		buf_printf(b, "%.0fms", ms);
	else
		buf_printf(b, "%.1fs", ms / 1000);
}

void
add_duration(struct buf *b, double ms)
{
	uint64_t s = ms > 0 ? (uint64_t)(ms / 1000) : 0;

	if (s < 60)
		buf_printf(b, "%" PRIu64 "s", s);
	else if (s < 3600)
		buf_printf(b, "%" PRIu64 "m %" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		buf_printf(b, "%" PRIu64 "h %" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		buf_printf(b, "%" PRIu64 "d %" PRIu64 "h", s / 86400,
		    s / 3600 % 24);
}

void
add_percent(struct buf *b, double percent)
{
	buf_printf(b, "%.6g%%", percent);
}

static bool
is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
text_columns(const char *text)
{
	size_t columns = 0;

	for (; *text != '\0'; text++)
		columns += !is_continuation((unsigned char)*text);
	return columns;
}

/* C0, DEL, and C1 as UTF-8 (c2 80 .. c2 9f): some terminals obey the last
 * as well. */
static bool
is_control(const unsigned char *p)
{
	return *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0);
}

void
add_plain(struct buf *b, const char *text, size_t width)
{
	const unsigned char *p = (const unsigned char *)text;
	bool is_cut = width > 0 && text_columns(text) > width;
	size_t left = is_cut ? (width > 3 ? width - 3 : 0) : SIZE_MAX;

	while (*p != '\0' && left > 0) {
		size_t len = 1;

		while (is_continuation(p[len]))
			len++;
		if (is_control(p))
			buf_puts(b, " ");
		else
			buf_add(b, p, len);
		p += len;
		left--;
	}
	if (is_cut)
		buf_puts(b, "...");
}
