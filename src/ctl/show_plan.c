/* show_plan -- the plan at a glance, and why things are as they are.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/style.h"
#include "ctl/table.h"

static void
add_dwell(struct table *t, const json_t *stage)
{
	struct buf b = { 0 };

	if (field_number(stage, "dwell_ms") > 0)
		add_duration(&b, field_number(stage, "dwell_ms"));
	else
		buf_puts(&b, "-");
	table_take(t, &b);
	buf_fini(&b);
}

static void
stage_row(struct table *t, const json_t *stage)
{
	struct buf b = { 0 };

	table_cell(t, "%s", strcmp(field_text(stage, "state"), "now") == 0 ? ">" :
	    strcmp(field_text(stage, "state"), "done") == 0 ? "x" : "");
	table_cell(t, "%s", field_text(stage, "name"));
	add_percent(&b, field_number(stage, "percent"));
	table_take(t, &b);
	add_percent(&b, field_number(stage, "shadow"));
	table_take(t, &b);
	add_dwell(t, stage);
	add_count(&b, field_number(stage, "min_requests"));
	table_take(t, &b);
	add_count(&b, field_number(stage, "gates"));
	table_take(t, &b);
	/* Behind it nothing opens. */
	table_cell(t, "%s", field_true(stage, "complete") ? "complete" :
	    field_text(stage, "advance"));
	buf_fini(&b);
}

static enum style
row_style(const char *state)
{
	return strcmp(state, "done") == 0 ? STYLE_GOOD :
	    strcmp(state, "failing") == 0 ? STYLE_BAD : STYLE_WARN;
}

static void
show_gates(const struct show *s, const json_t *plan, struct buf *out)
{
	const json_t *rows = field(plan, "gates");

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *state = field_text(row, "state");

		buf_puts(out, "  ");
		style_begin(out, s->colour, row_style(state));
		buf_printf(out, "%-7s", state);
		style_end(out, s->colour);
		buf_puts(out, "  ");
		add_plain(out, field_text(row, "name"), 0);
		buf_puts(out, ": ");
		add_plain(out, field_text(row, "text"), 0);
		if (field_number(row, "wait_ms") > 0) {
			buf_puts(out, " (");
			add_duration(out, field_number(row, "wait_ms"));
			buf_puts(out, " more)");
		}
		buf_puts(out, "\n");
	}
}

static void
add_next(const json_t *plan, struct buf *out)
{
	const char *next = field_text(plan, "next");

	if (next[0] == '\0') {
		buf_puts(out, "\"");
		add_plain(out, field_text(plan, "in_stage"), 0);
		buf_printf(out, "\" is the last stage of the plan%s\n",
		    field_true(plan, "complete") ? ", and complete: enhanced is "
		    "alone" : "");
		return;
	}
	buf_puts(out, "before \"");
	add_plain(out, next, 0);
	buf_printf(out, "\" opens%s\n", field_true(plan, "open") ?
	    ": nothing is waited for" : ":");
}

void
show_plan(const struct show *s, const json_t *plan, struct buf *out)
{
	static const struct column columns[] = {
		{ "", ALIGN_LEFT, 1 }, { "STAGE", ALIGN_LEFT, 12 },
		{ "USERS", ALIGN_RIGHT, 6 }, { "SHADOW", ALIGN_RIGHT, 6 },
		{ "DWELL", ALIGN_RIGHT, 6 }, { "REQUESTS", ALIGN_RIGHT, 8 },
		{ "GATES", ALIGN_RIGHT, 5 }, { "ADVANCE", ALIGN_LEFT, 7 },
	};
	const json_t *stages = field(plan, "stages");
	struct table t;

	table_init(&t, columns, COUNT_OF(columns));
	for (size_t i = 0; i < json_array_size(stages); i++)
		stage_row(&t, json_array_get(stages, i));
	table_print(&t, out);
	table_fini(&t);
	buf_puts(out, "\nin \"");
	add_plain(out, field_text(plan, "in_stage"), 0);
	buf_puts(out, "\" since ");
	add_plain(out, field_text(plan, "stage_since"), 0);
	buf_puts(out, "\n");
	add_next(plan, out);
	show_gates(s, plan, out);
}

/* --- why ---------------------------------------------------------------------- */

/* Events that say nothing of where the rollout stands. */
static bool
is_decision(const char *kind)
{
	static const char *const others[] = { "override", "reload", "budget",
		"smoke", "drain", "endpoint" };

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strcmp(kind, others[i]) == 0)
			return false;
	return true;
}

static const json_t *
newest_decision(const json_t *events)
{
	const json_t *rows = field(events, "events");

	for (size_t i = 0; i < json_array_size(rows); i++)
		if (is_decision(field_text(json_array_get(rows, i), "kind")))
			return json_array_get(rows, i);
	return NULL;
}

bool
show_has_decision(const json_t *events)
{
	return newest_decision(events) != NULL;
}

static void
add_evidence(const json_t *evidence, struct buf *out)
{
	const char *name;
	json_t *value;

	if (!json_is_object(evidence))
		return;
	json_object_foreach((json_t *)(uintptr_t)evidence, name, value) {
		char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
		    JSON_REAL_PRECISION(6));

		if (json_is_array(value) || text == NULL) {
			free(text);
			continue;
		}
		buf_printf(out, "    %-14s ", name);
		add_plain(out, json_is_string(value) ? json_string_value(value) :
		    text, 0);
		buf_puts(out, "\n");
		free(text);
	}
}

void
show_why(const struct show *s, const json_t *events, const json_t *plan,
    struct buf *out)
{
	const json_t *e = newest_decision(events);
	size_t count = json_array_size(field(events, "events"));

	if (e == NULL && count == 0) {
		buf_puts(out, "nothing has been decided yet\n");
	} else if (e == NULL) {
		buf_printf(out, "nothing was decided in the newest %zu entries of "
		    "the rollout log\n", count);
	} else {
		style_begin(out, s->colour, STYLE_BOLD);
		add_plain(out, field_text(e, "kind"), 0);
		style_end(out, s->colour);
		buf_puts(out, " by ");
		add_plain(out, field_text(e, "actor"), 0);
		buf_puts(out, ", ");
		add_plain(out, field_text(e, "time"), 0);
		buf_puts(out, "\n  ");
		add_plain(out, field_text(e, "reason"), 0);
		buf_puts(out, "\n");
		add_evidence(field(e, "evidence"), out);
		show_gates(s, field(e, "evidence"), out);
	}
	buf_puts(out, "\n");
	add_next(plan, out);
	show_gates(s, plan, out);
}
