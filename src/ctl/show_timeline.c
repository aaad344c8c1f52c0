/* show_timeline -- when the parts of two answers came; see show_sample.h.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/compiler.h"
#include "ctl/body_lines.h"
#include "ctl/fields.h"
#include "ctl/show_sample.h"
#include "ctl/style.h"
#include "ctl/table.h"

#define NAME_WIDTH 10

static const char *const sides[] = { "legacy", "enhanced" };

static const json_t *
answer_of(const json_t *sample, size_t side)
{
	return field(field(sample, "answers"), sides[side]);
}

/* --- bars --------------------------------------------------------------------- */

static double
longest(const json_t *sample)
{
	double most = 0;

	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		double us = field_number(answer_of(sample, i), "latency_us");

		most = us > most ? us : most;
	}
	return most;
}

/* "." until the head is there, "-" until content, "=" until the end. */
static void
add_bar(const json_t *a, double most, size_t width, struct buf *out)
{
	double byte = field_number(a, "first_byte_us");
	double content = field_number(a, "first_content_us");
	double end = field_number(a, "latency_us");

	for (size_t i = 0; i < width; i++) {
		double us = most * ((double)i + 0.5) / (double)width;

		if (us > end && i > 0)
			break;
		buf_puts(out, byte == 0 || us < byte ? "." : content == 0 ||
		    us < content ? "-" : "=");
	}
}

static void
add_bars(const struct show *s, const json_t *sample, size_t width,
    struct buf *out)
{
	double most = longest(sample);

	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		buf_printf(out, "%-*s", NAME_WIDTH, sides[i]);
		style_begin(out, s->colour, i == 0 ? STYLE_GOOD : STYLE_WARN);
		add_bar(answer_of(sample, i), most, width - NAME_WIDTH, out);
		style_end(out, s->colour);
		buf_puts(out, "\n");
	}
	buf_puts(out, ". waiting  - head, no content yet  = content\n");
}

/* --- numbers ------------------------------------------------------------------ */

static void
add_moment(struct table *t, const json_t *a, const char *name)
{
	struct buf cell = { 0 };

	add_latency(&cell, field_number(a, name) / 1000);
	table_take(t, &cell);
	buf_fini(&cell);
}

/* Bytes a second of its content. */
static void
add_pace(struct table *t, const json_t *a)
{
	double us = field_number(a, "latency_us") -
	    field_number(a, "first_content_us");
	struct buf cell = { 0 };

	if (us > 0 && field_number(a, "first_content_us") > 0)
		add_count(&cell, field_number(a, "body_bytes") * 1e6 / us);
	else
		buf_puts(&cell, "-");
	table_take(t, &cell);
	buf_fini(&cell);
}

static bool
is_stream(const json_t *a)
{
	return strcmp(field_text(a, "form"), "stream") == 0;
}

static void
add_numbers(const json_t *sample, const struct body_lines events[2],
    struct buf *out)
{
	static const struct column columns[] = {
		{ "", ALIGN_LEFT, 0 }, { "first byte", ALIGN_RIGHT, 0 },
		{ "first content", ALIGN_RIGHT, 0 },
		{ "longest gap", ALIGN_RIGHT, 0 }, { "end", ALIGN_RIGHT, 0 },
		{ "bytes/s", ALIGN_RIGHT, 0 }, { "events", ALIGN_RIGHT, 0 },
	};
	struct table t;

	table_init(&t, columns, COUNT_OF(columns));
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		const json_t *a = answer_of(sample, i);

		table_cell(&t, "%s", sides[i]);
		add_moment(&t, a, "first_byte_us");
		add_moment(&t, a, "first_content_us");
		add_moment(&t, a, "longest_gap_us");
		add_moment(&t, a, "latency_us");
		add_pace(&t, a);
		if (is_stream(a))
			table_cell(&t, "%zu%s", events[i].count,
			    field_true(a, "cut") ? "+" : "");
		else
			table_cell(&t, "-");
	}
	table_print(&t, out);
	table_fini(&t);
}

/* --- events ------------------------------------------------------------------- */

static void
events_of(const json_t *a, struct body_lines *out)
{
	const json_t *body = field(a, "body");
	const char *text = json_string_value(body);

	body_events_make(text != NULL && is_stream(a) ? text : "",
	    is_stream(a) ? json_string_length(body) : 0, out);
}

static void
take_event(struct table *t, const struct body_lines *events, size_t i,
    size_t width)
{
	struct buf text = { 0 }, cell = { 0 };

	buf_puts(&text, "");
	if (i < events->count)
		buf_add(&text, events->lines[i].text, events->lines[i].len);
	add_plain(&cell, text.bytes, width);
	table_take(t, &cell);
	buf_fini(&text);
	buf_fini(&cell);
}

static void
add_events(const struct body_lines events[2], size_t width, struct buf *out)
{
	static const struct column columns[] = {
		{ "", ALIGN_RIGHT, 5 }, { "legacy", ALIGN_LEFT, 0 },
		{ "enhanced", ALIGN_LEFT, 0 },
	};
	size_t count = events[0].count > events[1].count ? events[0].count :
	    events[1].count;
	size_t half = (width - 10) / 2;
	struct table t;

	if (count == 0) {
		buf_puts(out, "no events are kept of either\n");
		return;
	}
	table_init(&t, columns, COUNT_OF(columns));
	for (size_t i = 0; i < count; i++) {
		table_cell(&t, "%zu", i + 1);
		take_event(&t, &events[0], i, half);
		take_event(&t, &events[1], i, half);
	}
	table_print(&t, out);
	table_fini(&t);
}

void
show_sample_timeline(const struct show *s, const json_t *sample, size_t width,
    struct buf *out)
{
	struct body_lines events[2];

	for (size_t i = 0; i < COUNT_OF(sides); i++)
		events_of(answer_of(sample, i), &events[i]);
	add_bars(s, sample, width, out);
	buf_puts(out, "\n");
	add_numbers(sample, events, out);
	buf_puts(out, "\n");
	add_events(events, width, out);
	for (size_t i = 0; i < COUNT_OF(sides); i++)
		body_lines_fini(&events[i]);
}
