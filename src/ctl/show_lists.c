/* show_lists -- differences, events, a user, and the answer to a change.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/style.h"
#include "ctl/table.h"

#define OVERRIDE_WIDTH 24

/* "2026-01-31T12:34:56.123456Z" -> "2026-01-31 12:34:56" */
static void
add_moment(struct buf *out, const char *time)
{
	if (strlen(time) < 19)
		return;
	buf_add(out, time, 10);
	buf_puts(out, " ");
	buf_add(out, time + 11, 8);
}

/* --- differences -------------------------------------------------------- */

/* Kind and place; what is not of JSON has no path worth showing twice. */
static void
difference_row(struct table *t, const json_t *d)
{
	struct buf cell = { 0 };

	add_count(&cell, field_number(d, "count"));
	table_take(t, &cell);
	add_share(&cell, field_number(d, "rate"));
	table_take(t, &cell);
	table_cell(t, "%s", field_text(d, "noise.state"));
	table_cell(t, "%s", field_text(d, "kind"));
	add_plain(&cell, field_text(d, "path"), 30);
	table_take(t, &cell);
	add_plain(&cell, field_text(d, "route"), 14);
	table_take(t, &cell);
	buf_fini(&cell);
}

void
show_top_differences(const struct show *s, const json_t *document, size_t max,
    struct buf *out)
{
	static const struct column columns[] = {
		{ "pairs", ALIGN_RIGHT, 6 }, { "share", ALIGN_RIGHT, 5 },
		{ "noise?", ALIGN_LEFT, 7 }, { "kind", ALIGN_LEFT, 7 },
		{ "where they differ", ALIGN_LEFT, 30 }, { "route", ALIGN_LEFT, 0 },
	};
	const json_t *rows = field(document, "differences");
	size_t count = json_array_size(rows);
	struct table t;

	style_text(out, s->colour, STYLE_BOLD, "top differences\n");
	if (count == 0) {
		buf_puts(out, "none so far\n");
		return;
	}
	table_init(&t, columns, COUNT_OF(columns));
	for (size_t i = 0; i < count && (max == 0 || i < max); i++)
		difference_row(&t, json_array_get(rows, i));
	table_print(&t, out);
	table_fini(&t);
}

static void
add_value(struct buf *out, const char *version, const char *value)
{
	buf_printf(out, "        %-9s ", version);
	if (value[0] == '\0')
		buf_puts(out, "(absent)");
	else
		add_plain(out, value, SHOW_WIDTH - 18);
	buf_puts(out, "\n");
}

static void
add_place(const struct show *s, const json_t *d, struct buf *out)
{
	style_begin(out, s->colour, STYLE_BOLD);
	add_plain(out, field_text(d, "path"), 0);
	style_end(out, s->colour);
	buf_puts(out, "  ");
	add_plain(out, field_text(d, "kind"), 0);
	if (field_text(d, "route")[0] != '\0') {
		buf_puts(out, "  on ");
		add_plain(out, field_text(d, "route"), 0);
	}
}

/* "12% of 1,234 pairs (11% to 13%)" */
static void
add_rate(struct buf *out, const json_t *of, const char *pairs)
{
	add_share(out, field_number(of, "rate"));
	buf_puts(out, " of ");
	add_count(out, field_number(of, pairs));
	buf_puts(out, " pairs (");
	add_share(out, field_number(of, "rate_low"));
	buf_puts(out, " to ");
	add_share(out, field_number(of, "rate_high"));
	buf_puts(out, ")");
}

/* And how often legacy differs from itself, if that was looked at. */
static void
add_noise(struct buf *out, const json_t *noise)
{
	if (field_number(noise, "pairs") > 0) {
		buf_printf(out, "        %-9s ", "by nature");
		if (json_is_number(field(noise, "floor")))
			buf_printf(out, "%.2f alike; less in ",
			    field_number(noise, "floor"));
		add_rate(out, noise, "pairs");
		buf_puts(out, "\n");
	}
	buf_printf(out, "        %-9s ", "noise?");
	add_plain(out, field_text(noise, "state"), 0);
	buf_puts(out, field_true(noise, "pinned") ? ", by a rule\n" : "\n");
}

static void
add_difference(const struct show *s, const json_t *d, struct buf *out)
{
	struct buf n = { 0 };

	add_count(&n, field_number(d, "count"));
	buf_printf(out, "%6s  ", n.bytes);
	buf_fini(&n);
	add_place(s, d, out);
	buf_printf(out, "\n        %-9s ", "share");
	add_rate(out, d, "compared");
	buf_puts(out, "\n");
	add_noise(out, field(d, "noise"));
	add_value(out, "legacy", field_text(d, "legacy"));
	add_value(out, "enhanced", field_text(d, "enhanced"));
	add_value(out, "of pair", field_text(d, "pair"));
}

void
show_differences(const struct show *s, const json_t *document,
    struct buf *out)
{
	const json_t *rows = field(document, "differences");
	size_t count = json_array_size(rows);

	if (count == 0)
		buf_puts(out, "no differences so far\n");
	for (size_t i = 0; i < count; i++)
		add_difference(s, json_array_get(rows, i), out);
}

/* --- events ------------------------------------------------------------- */

static void
add_step(struct buf *out, const json_t *e)
{
	if (field_text(e, "from")[0] != '\0') {
		add_plain(out, field_text(e, "from"), 0);
		buf_puts(out, " -> ");
	}
	add_plain(out, field_text(e, "to"), 0);
}

static void
add_event(const struct show *s, const json_t *e, struct buf *out)
{
	const char *kind = field_text(e, "kind");
	bool is_bad = strcmp(kind, "trip") == 0 || strcmp(kind, "alert") == 0 ||
	    strcmp(kind, "rollback") == 0;
	struct buf word = { 0 };

	add_moment(out, field_text(e, "time"));
	buf_printf(out, "  %5.0f  ", field_number(e, "epoch"));
	add_plain(&word, kind, 9);
	style_begin(out, s->colour, is_bad ? STYLE_BAD : STYLE_BOLD);
	buf_printf(out, "%-9s", word.bytes);
	style_end(out, s->colour);
	buf_puts(out, "  ");
	add_step(out, e);
	buf_printf(out, "\n%28s", "");
	add_plain(out, field_text(e, "actor"), 0);
	buf_puts(out, ": ");
	add_plain(out, field_text(e, "reason"), 0);
	buf_puts(out, "\n");
	buf_fini(&word);
}

void
show_events(const struct show *s, const json_t *document, struct buf *out)
{
	const json_t *rows = field(document, "events");

	if (json_array_size(rows) == 0)
		buf_puts(out, "no events yet\n");
	for (size_t i = 0; i < json_array_size(rows); i++)
		add_event(s, json_array_get(rows, i), out);
}

/* --- overrides ---------------------------------------------------------- */

/* "  trial                 enhanced  until 2026-01-31 12:34:56" */
static void
add_override(const struct show *s, const json_t *row, const char *who,
    struct buf *out)
{
	bool is_over = !field_true(row, "in_force");
	const char *expires = field_text(row, "expires");
	struct buf name = { 0 };

	add_plain(&name, field_text(row, who), 0);
	buf_puts(out, "  ");
	buf_puts(out, name.bytes);
	for (size_t n = text_columns(name.bytes); n < OVERRIDE_WIDTH; n++)
		buf_puts(out, " ");
	buf_printf(out, "  %-8s  ", field_text(row, "version"));
	style_begin(out, s->colour, is_over ? STYLE_DIM : STYLE_BOLD);
	buf_puts(out, expires[0] == '\0' ? "for good" : is_over ?
	    "over since " : "until ");
	add_moment(out, expires);
	style_end(out, s->colour);
	buf_puts(out, "\n");
	buf_fini(&name);
}

static void
add_criterion(const json_t *when, struct buf *out)
{
	char *text = json_dumps(when, JSON_COMPACT);

	buf_puts(out, "      when ");
	add_plain(out, text != NULL ? text : "?", 0);
	buf_puts(out, "\n");
	free(text);
}

void
show_overrides(const struct show *s, const json_t *document, struct buf *out)
{
	const json_t *criteria = field(document, "criteria");
	const json_t *users = field(document, "users");
	size_t shown = json_array_size(users);

	if (json_array_size(criteria) + shown == 0)
		buf_puts(out, "none was set at run time\n");
	for (size_t i = 0; i < json_array_size(criteria); i++) {
		const json_t *row = json_array_get(criteria, i);

		add_override(s, row, "name", out);
		add_criterion(field(row, "when"), out);
	}
	if (json_array_size(criteria) > 0 && shown > 0)
		buf_puts(out, "\n");
	for (size_t i = 0; i < shown; i++)
		add_override(s, json_array_get(users, i), "user", out);
	if (field_number(document, "user_count") <= (double)shown)
		return;
	buf_printf(out, "\n%zu of ", shown);
	add_count(out, field_number(document, "user_count"));
	buf_puts(out, " users\n");
}

/* --- a user ------------------------------------------------------------- */

static void
add_line(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%-10s", name);
	add_plain(out, value, 0);
	buf_puts(out, "\n");
}

/* Which of the overrides it was. */
static void
add_match(const json_t *match, struct buf *out)
{
	const char *in = field_text(match, "in");
	struct buf text = { 0 };

	if (in[0] == '\0')
		return;
	if (strcmp(in, "rules") == 0)
		buf_printf(&text, "rollout.overrides/%.0f of the rules",
		    field_number(match, "item"));
	else if (strcmp(in, "criteria") == 0)
		buf_printf(&text, "criterion %s, set at run time",
		    field_text(match, "name"));
	else
		buf_puts(&text, "set for this user at run time");
	add_line(out, "matched", text.bytes);
	buf_fini(&text);
}

void
show_user(const json_t *document, struct buf *out)
{
	const char *override = field_text(document, "override");
	double bucket = field_number(document, "bucket");
	struct buf text = { 0 };

	add_line(out, "user", field_text(document, "user"));
	add_line(out, "version", field_text(document, "version"));
	buf_printf(&text, "%s (%s)", field_text(document, "because"),
	    field_text(document, "why"));
	add_line(out, "because", text.bytes);
	buf_clear(&text);
	buf_printf(&text, "%.0f of 100000: on enhanced from ", bucket);
	add_percent(&text, (bucket + 1) / 1000);
	buf_puts(&text, " of users on");
	add_line(out, "bucket", text.bytes);
	add_line(out, "override", override[0] != '\0' ? override : "none");
	add_match(field(document, "match"), out);
	add_line(out, "mirrored", field_true(document, "mirror") ? "yes" : "no");
	buf_clear(&text);
	buf_printf(&text, "%s at ", field_text(document, "stage"));
	add_percent(&text, field_number(document, "percent"));
	buf_puts(&text, field_true(document, "latched") ?
	    ", latched: all on legacy" : "");
	add_line(out, "stage", text.bytes);
	buf_fini(&text);
}

/* --- the answer to a change --------------------------------------------- */

void
show_change(const json_t *document, struct buf *out)
{
	const json_t *r = field(document, "rollout");

	if (!field_true(document, "changed"))
		buf_puts(out, "nothing to change: ");
	buf_puts(out, "stage ");
	add_plain(out, field_text(r, "stage"), 0);
	buf_puts(out, ", ");
	add_percent(out, field_number(r, "percent"));
	buf_puts(out, " of users on enhanced, ");
	add_percent(out, field_number(r, "shadow"));
	buf_puts(out, " mirrored");
	if (field_true(r, "latched"))
		buf_puts(out, "; LATCHED: all on legacy until rearmed");
	else if (!field_true(r, "enabled"))
		buf_puts(out, "; switched off: all on legacy");
	else if (strcmp(field_text(r, "held_by"), "environment") == 0)
		buf_puts(out, "; UNDERSTUDY_ENABLED=false: all on legacy");
	if (field_true(r, "paused"))
		buf_puts(out, "; paused");
	buf_printf(out, " (epoch %.0f)\n", field_number(r, "epoch"));
	if (field_text(r, "unsaved")[0] != '\0') {
		buf_puts(out, "warning: not on disk yet: ");
		add_plain(out, field_text(r, "unsaved"), 0);
		buf_puts(out, "\n");
	}
}
