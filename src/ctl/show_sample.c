/* show_sample -- see show_sample.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show_sample.h"

#include <string.h>

#include "base/compiler.h"
#include "ctl/body_lines.h"
#include "ctl/fields.h"
#include "ctl/line_diff.h"
#include "ctl/style.h"
#include "ctl/table.h"

#define CONTEXT 3

static const char *const sides[] = { "legacy", "enhanced", "control" };

static const json_t *
answer_of(const json_t *sample, size_t side)
{
	return field(field(sample, "answers"), sides[side]);
}

/* --- what is known ------------------------------------------------------------ */

static void
add_title(const struct show *s, const json_t *sample, struct buf *out)
{
	const char *time = field_text(sample, "time");

	style_begin(out, s->colour, STYLE_BOLD);
	add_plain(out, field_text(sample, "pair"), 0);
	style_end(out, s->colour);
	buf_printf(out, "  %.10s %.8s  ", time, strlen(time) > 11 ? time + 11 : "");
	add_plain(out, field_text(sample, "verdict"), 0);
	buf_puts(out, "\n");
	add_plain(out, field_text(sample, "method"), 0);
	buf_puts(out, " ");
	add_plain(out, field_text(sample, "path"), 0);
	if (field_text(sample, "route")[0] != '\0') {
		buf_puts(out, "  on ");
		add_plain(out, field_text(sample, "route"), 0);
	}
	buf_puts(out, "  in stage ");
	add_plain(out, field_text(sample, "stage"), 0);
	buf_puts(out, "\n");
}

static void
add_places(const json_t *sample, struct buf *out)
{
	const json_t *list = field(sample, "differences");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *d = json_array_get(list, i);

		buf_puts(out, "  ");
		add_plain(out, field_text(d, "kind"), 0);
		buf_puts(out, " at ");
		add_plain(out, field_text(d, "path"), 0);
		buf_puts(out, "\n");
	}
}

/* What stands in the place of a body that is not there as a whole. */
static void
add_extent(struct buf *cell, const json_t *a)
{
	add_count(cell, field_number(a, "body_bytes"));
	if (field_text(a, "left_out")[0] != '\0')
		buf_printf(cell, ", not kept: %s", field_text(a, "left_out"));
	else if (field_true(a, "cut"))
		buf_puts(cell, ", cut");
}

static void
add_cell(struct buf *cell, const json_t *a, const char *what)
{
	if (strcmp(what, "status") == 0)
		buf_printf(cell, "%.0f", field_number(a, what));
	else if (strcmp(what, "bytes") == 0)
		add_extent(cell, a);
	else
		buf_puts(cell, field_text(a, what));
}

static void
add_row(struct table *t, const json_t *sample, const char *what, size_t width)
{
	struct buf cell = { 0 }, plain = { 0 };

	table_cell(t, "%s", what);
	for (size_t side = 0; side < t->column_count - 1; side++) {
		buf_clear(&plain);
		buf_clear(&cell);
		buf_puts(&cell, "");
		add_cell(&cell, answer_of(sample, side), what);
		add_plain(&plain, cell.bytes, width);
		table_take(t, &plain);
	}
	buf_fini(&cell);
	buf_fini(&plain);
}

/* Headers that either has, in the order of the first that has them. */
static void
add_headers(struct table *t, const json_t *sample, size_t side, size_t width)
{
	const json_t *mine = field(answer_of(sample, side), "headers");
	struct buf cell = { 0 };
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)mine, name, value) {
		if (side > 0 && json_object_get(field(answer_of(sample, 0),
		    "headers"), name) != NULL)
			continue;
		table_cell(t, "%s", name);
		for (size_t i = 0; i < t->column_count - 1; i++) {
			const char *text = json_string_value(json_object_get(
			    field(answer_of(sample, i), "headers"), name));

			buf_clear(&cell);
			add_plain(&cell, text != NULL ? text : "(absent)", width);
			table_take(t, &cell);
		}
	}
	buf_fini(&cell);
}

static void
add_answers(const json_t *sample, size_t width, struct buf *out)
{
	static const struct column columns[] = {
		{ "", ALIGN_LEFT, 0 }, { "legacy", ALIGN_LEFT, 0 },
		{ "enhanced", ALIGN_LEFT, 0 }, { "control", ALIGN_LEFT, 0 },
	};
	static const char *const rows[] = { "status", "outcome", "content_type",
		"form", "bytes" };
	size_t shown = answer_of(sample, 2) != NULL ? 3 : 2;
	size_t room = (width - 16) / shown - 2;
	struct table t;

	table_init(&t, columns, 1 + shown);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		add_row(&t, sample, rows[i], room);
	for (size_t side = 0; side < 2; side++)
		add_headers(&t, sample, side, room);
	table_print(&t, out);
	table_fini(&t);
}

void
show_sample_head(const struct show *s, const json_t *sample, size_t width,
    struct buf *out)
{
	add_title(s, sample, out);
	add_places(sample, out);
	buf_puts(out, "\n");
	add_answers(sample, width, out);
}

/* --- bodies ------------------------------------------------------------------- */

static void
lines_of(const json_t *sample, size_t side, struct body_lines *out)
{
	const json_t *a = answer_of(sample, side);
	const json_t *body = field(a, "body");
	const char *text = json_string_value(body);

	body_lines_make(field_text(a, "form"), text != NULL ? text : "",
	    json_string_length(body), out);
}

/* As much of the line as fits into width columns, and blanks for the rest. */
static void
add_piece(struct buf *out, struct line *left, size_t width)
{
	size_t columns = 0, used = 0;

	while (used < left->len) {
		bool is_start = (left->text[used] & 0xc0) != 0x80;

		if (is_start && columns == width)
			break;
		columns += is_start;
		used++;
	}
	buf_add(out, left->text, used);
	buf_printf(out, "%*s", (int)(width - columns), "");
	left->text += used;
	left->len -= used;
}

static void
trim(struct buf *out)
{
	while (out->len > 0 && out->bytes[out->len - 1] == ' ')
		out->bytes[--out->len] = '\0';
	buf_puts(out, "\n");
}

/* One line of each side, either of which may be NULL, in as many rows as they
 * need. */
static void
add_sides(const struct show *s, const struct line *left,
    const struct line *right, const char *mark, size_t width, struct buf *out)
{
	struct line l = left != NULL ? *left : (struct line){ "", 0 };
	struct line r = right != NULL ? *right : (struct line){ "", 0 };
	bool colour = s->colour && mark[0] != ' ';

	do {
		size_t at;

		style_begin(out, colour && left != NULL, STYLE_BAD);
		add_piece(out, &l, width);
		style_end(out, colour && left != NULL);
		buf_printf(out, " %s ", mark);
		at = out->len;
		style_begin(out, colour && right != NULL, STYLE_GOOD);
		add_piece(out, &r, width);
		while (out->len > at && out->bytes[out->len - 1] == ' ')
			out->len--;
		style_end(out, colour && right != NULL);
		trim(out);
	} while (l.len > 0 || r.len > 0);
}

/* The run of changed lines that begins at step i: those of the left beside
 * those of the right.  Returns the step behind it. */
static size_t
add_run(const struct show *s, const struct body_lines both[2],
    const struct line_diff *d, size_t i, size_t width, struct buf *out)
{
	size_t left = 0, right = 0, n, from = d->steps[i].left;
	size_t to = d->steps[i].right;

	for (; i < d->count && d->steps[i].kind != LINE_SAME; i++)
		*(d->steps[i].kind == LINE_LEFT ? &left : &right) += 1;
	n = left > right ? left : right;
	for (size_t k = 0; k < n; k++)
		add_sides(s, k < left ? &both[0].lines[from + k] : NULL,
		    k < right ? &both[1].lines[to + k] : NULL, k >= right ? "<" :
		    k >= left ? ">" : "|", width, out);
	return i;
}

void
show_sample_sides(const struct show *s, const json_t *sample, size_t width,
    struct buf *out)
{
	size_t half = (width - 3) / 2;
	struct body_lines both[2];
	struct line_diff d;

	for (size_t side = 0; side < 2; side++)
		lines_of(sample, side, &both[side]);
	line_diff_make(&both[0], &both[1], &d);
	for (size_t i = 0; i < d.count;) {
		const struct line_step *step = &d.steps[i];

		if (step->kind != LINE_SAME) {
			i = add_run(s, both, &d, i, half, out);
			continue;
		}
		add_sides(s, &both[0].lines[step->left],
		    &both[1].lines[step->right], " ", half, out);
		i++;
	}
	line_diff_fini(&d);
	for (size_t side = 0; side < 2; side++)
		body_lines_fini(&both[side]);
}

/* --- unified ------------------------------------------------------------------ */

/* Is a change within CONTEXT steps? */
static bool
is_near(const struct line_diff *d, size_t i)
{
	size_t from = i < CONTEXT ? 0 : i - CONTEXT;

	for (size_t k = from; k < d->count && k <= i + CONTEXT; k++)
		if (d->steps[k].kind != LINE_SAME)
			return true;
	return false;
}

static void
add_hunk_title(const struct show *s, const struct line_diff *d, size_t i,
    struct buf *out)
{
	size_t counts[3] = { 0 };
	const struct line_step *first = &d->steps[i];
	struct buf text = { 0 };

	for (; i < d->count && is_near(d, i); i++)
		counts[d->steps[i].kind]++;
	buf_printf(&text, "@@ -%zu,%zu +%zu,%zu @@\n", first->left + 1,
	    counts[LINE_SAME] + counts[LINE_LEFT], first->right + 1,
	    counts[LINE_SAME] + counts[LINE_RIGHT]);
	style_text(out, s->colour, STYLE_DIM, text.bytes);
	buf_fini(&text);
}

static void
add_patch_line(const struct show *s, const struct body_lines both[2],
    const struct line_step *step, struct buf *out)
{
	static const char marks[] = { [LINE_SAME] = ' ', [LINE_LEFT] = '-',
		[LINE_RIGHT] = '+' };
	const struct line *l = step->kind == LINE_RIGHT ?
	    &both[1].lines[step->right] : &both[0].lines[step->left];
	bool colour = s->colour && step->kind != LINE_SAME;

	style_begin(out, colour, step->kind == LINE_LEFT ? STYLE_BAD :
	    STYLE_GOOD);
	buf_printf(out, "%c%.*s", marks[step->kind], (int)l->len, l->text);
	style_end(out, colour);
	buf_puts(out, "\n");
}

void
show_sample_unified(const struct show *s, const json_t *sample,
    struct buf *out)
{
	struct body_lines both[2];
	struct line_diff d;
	bool is_open = false;

	for (size_t side = 0; side < 2; side++) {
		lines_of(sample, side, &both[side]);
		buf_printf(out, "%s %s  %.0f  ", side == 0 ? "---" : "+++",
		    sides[side], field_number(answer_of(sample, side), "status"));
		add_plain(out, field_text(answer_of(sample, side), "form"), 0);
		buf_puts(out, "\n");
	}
	line_diff_make(&both[0], &both[1], &d);
	for (size_t i = 0; i < d.count; i++) {
		bool near = is_near(&d, i);

		if (near && !is_open)
			add_hunk_title(s, &d, i, out);
		if (near)
			add_patch_line(s, both, &d.steps[i], out);
		is_open = near;
	}
	line_diff_fini(&d);
	for (size_t side = 0; side < 2; side++)
		body_lines_fini(&both[side]);
}
