/* json_text -- see json_text.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/json_text.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"

json_t *
json_text_of(const char *bytes, size_t len)
{
	json_t *value = json_stringn(bytes, len);
	struct buf quoted = { 0 };

	if (value != NULL)
		return value;
	buf_json_string(&quoted, bytes, len);
	value = json_loads(quoted.bytes, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	buf_fini(&quoted);
	assert(value != NULL);
	return value;
}

json_t *
json_text(const char *text)
{
	return json_text_of(text, strlen(text));
}

json_t *
json_text_or_null(const char *text)
{
	return text[0] != '\0' ? json_text(text) : json_null();
}

json_t *
json_time(int64_t wall_us)
{
	char text[CLOCK_TEXT_MAX];

	clock_format(wall_us, text);
	return json_string(text);
}

json_t *
json_percent(uint32_t milli)
{
	if (milli % 1000 == 0)
		return json_integer(milli / 1000);
	return json_real(milli / 1000.0);
}

json_t *
json_count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static int
append(const char *bytes, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, bytes, len);
	return 0;
}

void
json_print(json_t *document, struct buf *out)
{
	/* Twelve digits print a share as it was meant: 0.1, not
	 * 0.10000000000000001. */
	(void)json_dump_callback(document, append, out,
	    JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	buf_puts(out, "\n");
	json_decref(document);
}
