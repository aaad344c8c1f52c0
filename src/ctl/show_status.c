/* show_status -- the parts of a status document.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/show.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/style.h"

#define LABEL_WIDTH 10

static void
label(const struct show *s, struct buf *out, const char *name)
{
	style_begin(out, s->colour, STYLE_DIM);
	buf_printf(out, "%-*s", LABEL_WIDTH, name);
	style_end(out, s->colour);
}

/* Words wrapped behind the label, the next lines indented like the first. */
static void
add_wrapped(struct buf *out, const char *text)
{
	struct buf plain = { 0 };
	size_t column = LABEL_WIDTH;
	char *word, *rest;

	add_plain(&plain, text, 0);
	for (word = plain.len > 0 ? strtok_r(plain.bytes, " ", &rest) : NULL;
	    word != NULL; word = strtok_r(NULL, " ", &rest)) {
		size_t len = text_columns(word);

		if (column > LABEL_WIDTH && column + 1 + len > SHOW_WIDTH) {
			buf_printf(out, "\n%*s", LABEL_WIDTH, "");
			column = LABEL_WIDTH;
		} else if (column > LABEL_WIDTH) {
			buf_puts(out, " ");
			column++;
		}
		buf_puts(out, word);
		column += len;
	}
	buf_puts(out, "\n");
	buf_fini(&plain);
}

/* "2026-01-31T12:34:56.123456Z" -> "12:34:56" */
static void
add_time_of_day(struct buf *out, const char *time)
{
	if (strlen(time) >= 19)
		buf_add(out, time + 11, 8);
}

void
show_head(const struct show *s, const json_t *status, const char *server,
    struct buf *out)
{
	struct buf left = { 0 };
	size_t used;

	buf_puts(&left, "understudy ");
	add_plain(&left, field_text(status, "version"), 12);
	buf_puts(&left, " at ");
	add_plain(&left, server, 34);
	buf_puts(&left, ", up ");
	add_duration(&left, field_number(status, "uptime_ms"));
	used = text_columns(left.bytes);
	style_text(out, s->colour, STYLE_BOLD, left.bytes);
	buf_printf(out, "%*s", used < SHOW_WIDTH - 12 ?
	    (int)(SHOW_WIDTH - 12 - used) : 2, "");
	add_time_of_day(out, field_text(status, "time"));
	buf_puts(out, " UTC\n");
	if (!field_true(status, "ready"))
		style_text(out, s->colour, STYLE_WARN,
		    "not ready: the workers are starting or draining\n");
	buf_fini(&left);
}

static void
add_state(const struct show *s, const json_t *rollout, bool env_disabled,
    struct buf *out)
{
	if (env_disabled)
		style_text(out, s->colour, STYLE_BAD, "all on legacy: "
		    "UNDERSTUDY_ENABLED=false in the environment\n");
	else if (field_true(rollout, "waiting_for_store"))
		style_text(out, s->colour, STYLE_BAD, "all on legacy until "
		    "PostgreSQL has answered\n");
	else if (field_true(rollout, "latched"))
		style_text(out, s->colour, STYLE_BAD, "LATCHED: all on legacy "
		    "until rearmed\n");
	else if (!field_true(rollout, "enabled"))
		style_text(out, s->colour, STYLE_WARN, "switched off: all on "
		    "legacy\n");
	else
		style_text(out, s->colour, STYLE_GOOD, "in force\n");
}

void
show_rollout(const struct show *s, const json_t *rollout, bool env_disabled,
    struct buf *out)
{
	struct buf reason = { 0 };

	if (field_text(rollout, "name")[0] != '\0') {
		label(s, out, "rollout");
		add_plain(out, field_text(rollout, "name"), 40);
		buf_puts(out, "\n");
	}
	label(s, out, "stage");
	style_begin(out, s->colour, STYLE_BOLD);
	add_plain(out, field_text(rollout, "stage"), 30);
	style_end(out, s->colour);
	buf_puts(out, ": ");
	add_percent(out, field_number(rollout, "percent"));
	buf_puts(out, " of users on enhanced, ");
	add_percent(out, field_number(rollout, "shadow"));
	buf_puts(out, " mirrored\n");
	label(s, out, "state");
	add_state(s, rollout, env_disabled, out);
	if (field_true(rollout, "paused")) {
		label(s, out, "paused");
		style_text(out, s->colour, STYLE_WARN, "no stage opens by itself "
		    "until resumed\n");
	}
	label(s, out, "reason");
	buf_printf(&reason, "%s (%s, epoch %.0f)", field_text(rollout, "reason"),
	    field_text(rollout, "actor"), field_number(rollout, "epoch"));
	add_wrapped(out, reason.bytes);
	buf_fini(&reason);
	if (field_text(rollout, "unsaved")[0] == '\0')
		return;
	label(s, out, "warning");
	style_begin(out, s->colour, STYLE_BAD);
	buf_puts(&reason, "not on disk yet: ");
	buf_puts(&reason, field_text(rollout, "unsaved"));
	add_wrapped(out, reason.bytes);
	style_end(out, s->colour);
	buf_fini(&reason);
}

/* --- versions ----------------------------------------------------------- */

/* Requests a second since the last look; of the last half minute if there
 * was none. */
static double
rate(const struct show *s, const json_t *status, const char *version)
{
	const json_t *now = field(status, "versions");
	char path[40];
	double ms, requests;

	snprintf(path, sizeof path, "%s.requests", version);
	if (s->before != NULL) {
		ms = field_number(status, "uptime_ms") -
		    field_number(s->before, "uptime_ms");
		requests = field_number(now, path) -
		    field_number(field(s->before, "versions"), path);
	} else {
		now = field(field(now, version), "recent");
		ms = field_number(now, "window_ms");
		requests = field_number(now, "requests");
	}
	return ms > 0 && requests > 0 ? requests * 1000 / ms : 0;
}

static void
pad(struct buf *out, struct buf *cell, int width)
{
	buf_printf(out, "%*s", width, cell->len > 0 ? cell->bytes : "");
	buf_clear(cell);
}

static void
add_latencies(const json_t *recent, struct buf *out)
{
	static const char *const names[] = { "latency_ms.p50",
		"latency_ms.p95", "latency_ms.p99" };
	struct buf cell = { 0 };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		add_latency(&cell, field_number(recent, names[i]));
		pad(out, &cell, 9);
	}
	buf_fini(&cell);
}

static void
add_version(const struct show *s, const json_t *status, const char *version,
    struct buf *out)
{
	const json_t *v = field(field(status, "versions"), version);
	const json_t *recent = field(v, "recent");
	bool is_failing = field_number(recent, "error_rate") >= 0.01;
	struct buf cell = { 0 };

	buf_printf(out, "%-10s", version);
	add_count(&cell, field_number(v, "requests"));
	pad(out, &cell, 12);
	buf_printf(&cell, "%.1f", rate(s, status, version));
	pad(out, &cell, 9);
	style_begin(out, s->colour && is_failing, STYLE_BAD);
	add_count(&cell, field_number(v, "failures"));
	pad(out, &cell, 10);
	if (field_number(recent, "requests") > 0)
		add_share(&cell, field_number(recent, "error_rate"));
	else
		buf_puts(&cell, "-");
	pad(out, &cell, 9);
	style_end(out, s->colour && is_failing);
	add_latencies(recent, out);
	buf_puts(out, "\n");
	buf_fini(&cell);
}

void
show_versions(const struct show *s, const json_t *status, struct buf *out)
{
	style_begin(out, s->colour, STYLE_BOLD);
	buf_printf(out, "%-10s%12s%9s%10s%9s%9s%9s%9s", "version", "requests",
	    "req/s", "errors", "rate", "p50", "p95", "p99");
	style_end(out, s->colour);
	buf_puts(out, "\n");
	add_version(s, status, "legacy", out);
	add_version(s, status, "enhanced", out);
	style_begin(out, s->colour, STYLE_DIM);
	buf_printf(out, "%77s", "rate, p50, p95, p99: last 30 seconds");
	style_end(out, s->colour);
	buf_puts(out, "\n");
}

/* --- mirrored, compared, fallbacks, store ------------------------------- */

static void
add_drops(const json_t *dropped, struct buf *out)
{
	const char *name;
	json_t *value;
	double total = 0;
	bool is_first = true;

	json_object_foreach((json_t *)dropped, name, value)
		total += json_number_value(value);
	if (total <= 0)
		return;
	buf_puts(out, ", dropped ");
	add_count(out, total);
	json_object_foreach((json_t *)dropped, name, value) {
		if (json_number_value(value) <= 0)
			continue;
		buf_puts(out, is_first ? " (" : ", ");
		add_plain(out, name, 20);
		buf_puts(out, " ");
		add_count(out, json_number_value(value));
		is_first = false;
	}
	buf_puts(out, ")");
}

static void
add_verdicts(const json_t *comparisons, struct buf *out)
{
	static const char *const names[] = { "same", "noise", "different",
		"incomparable" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		buf_printf(out, "%s%s ", i > 0 ? ", " : "", names[i]);
		add_count(out, field_number(comparisons, names[i]));
	}
}

static void
add_store(const struct show *s, const json_t *store, struct buf *out)
{
	bool is_ok = field_true(store, "ok");

	add_plain(out, field_text(store, "kind"), 20);
	buf_puts(out, ", ");
	style_text(out, s->colour, is_ok ? STYLE_GOOD : STYLE_BAD,
	    is_ok ? "ok" : "failing");
	buf_puts(out, ": ");
	add_count(out, field_number(store, "written"));
	buf_puts(out, " rows written, ");
	add_count(out, field_number(store, "spooled"));
	buf_puts(out, " waiting, ");
	add_count(out, field_number(store, "dropped"));
	buf_puts(out, " dropped\n");
	if (!is_ok) {
		label(s, out, "");
		add_wrapped(out, field_text(store, "error"));
	}
}

/* Nothing where nobody is told. */
static void
add_alerts(const struct show *s, const json_t *targets, struct buf *out)
{
	double sent = 0, lost = 0;

	if (json_array_size(targets) == 0)
		return;
	for (size_t i = 0; i < json_array_size(targets); i++) {
		const json_t *t = json_array_get(targets, i);

		sent += field_number(t, "sent");
		lost += field_number(t, "failed") + field_number(t, "dropped");
	}
	label(s, out, "alerts");
	add_count(out, sent);
	buf_puts(out, " sent, ");
	add_count(out, lost);
	buf_puts(out, " not\n");
	for (size_t i = 0; i < json_array_size(targets); i++) {
		const json_t *t = json_array_get(targets, i);

		if (field_true(t, "ok"))
			continue;
		label(s, out, "");
		style_begin(out, s->colour, STYLE_BAD);
		add_plain(out, field_text(t, "name"), 20);
		buf_puts(out, ": ");
		add_plain(out, field_text(t, "last.answer"), 44);
		style_end(out, s->colour);
		buf_puts(out, "\n");
	}
}

static void
add_probe(const struct show *s, const json_t *probe, struct buf *out)
{
	const json_t *value = field(probe, "value");

	label(s, out, "probe");
	add_plain(out, field_text(probe, "name"), 20);
	buf_puts(out, ": ");
	if (json_is_number(value))
		buf_printf(out, "%.10g", json_number_value(value));
	if (!field_true(probe, "known")) {
		style_begin(out, s->colour, STYLE_WARN);
		buf_puts(out, json_is_number(value) ? ", too old: " :
		    "not known: ");
		add_plain(out, field_text(probe, "error"), 30);
		style_end(out, s->colour);
	}
	buf_puts(out, "\n");
}

static void
add_probes(const struct show *s, const json_t *probes, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(probes); i++)
		add_probe(s, json_array_get(probes, i), out);
}

static void
add_violations(const struct show *s, const json_t *isolation,
    const char *version, struct buf *out)
{
	static const char *const kinds[] = { "two_users", "foreign_answer",
		"flip" };
	const json_t *counts = field(isolation, version);
	double sum = 0;

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		sum += field_number(counts, kinds[i]);
	if (sum > 0)
		style_begin(out, s->colour, STYLE_BAD);
	add_count(out, sum);
	if (sum > 0)
		style_end(out, s->colour);
	buf_printf(out, " of %s", version);
}

/* Only where it is looked for. */
static void
add_isolation(const struct show *s, const json_t *isolation, struct buf *out)
{
	if (!field_true(isolation, "on"))
		return;
	label(s, out, "mixed up");
	add_violations(s, isolation, "legacy", out);
	buf_puts(out, ", ");
	add_violations(s, isolation, "enhanced", out);
	buf_puts(out, " (");
	add_count(out, field_number(isolation, "sessions"));
	buf_puts(out, " sessions watched)\n");
}

static void
add_sticky(const struct show *s, const json_t *sticky, struct buf *out)
{
	if (strcmp(field_text(sticky, "by"), "session") != 0)
		return;
	label(s, out, "sticky");
	add_count(out, field_number(sticky, "sessions"));
	buf_puts(out, " sessions, ");
	add_count(out, field_number(sticky, "requests"));
	buf_puts(out, " requests kept where they were\n");
}

void
show_traffic(const struct show *s, const json_t *status, struct buf *out)
{
	const json_t *shadow = field(status, "shadow");

	label(s, out, "mirrored");
	add_count(out, field_number(shadow, "sent"));
	buf_puts(out, " of ");
	add_count(out, field_number(shadow, "eligible"));
	add_drops(field(shadow, "dropped"), out);
	buf_puts(out, "\n");
	label(s, out, "compared");
	add_verdicts(field(status, "comparisons"), out);
	buf_puts(out, "\n");
	label(s, out, "fallback");
	add_count(out, field_number(status, "versions.enhanced.fallbacks"));
	buf_puts(out, " requests answered by legacy because enhanced failed\n");
	add_isolation(s, field(status, "isolation"), out);
	add_sticky(s, field(status, "sticky"), out);
	label(s, out, "store");
	add_store(s, field(status, "store"), out);
	add_alerts(s, field(status, "alerts"), out);
	add_probes(s, field(status, "probes"), out);
}

/* --- guard -------------------------------------------------------------- */

static void
add_measure(struct buf *out, const json_t *rule, const char *member)
{
	const json_t *value = field(rule, member);

	if (!json_is_number(value))
		buf_puts(out, "?");
	else if (strcmp(field_text(rule, "unit"), "ms") == 0)
		add_latency(out, json_number_value(value));
	else if (strcmp(field_text(rule, "unit"), "number") == 0)
		buf_printf(out, "%.6g", json_number_value(value));
	else
		add_share(out, json_number_value(value));
}

static void
add_judgement(const struct show *s, const json_t *rule, struct buf *out)
{
	const char *word = field_text(rule, "judgement");
	enum style style = strcmp(word, "fine") == 0 ? STYLE_GOOD :
	    strcmp(word, "trip") == 0 ? STYLE_BAD :
	    strcmp(word, "pending") == 0 ? STYLE_WARN : STYLE_DIM;

	style_begin(out, s->colour, style);
	add_plain(out, word, 10);
	style_end(out, s->colour);
	if (strcmp(word, "pending") == 0) {
		buf_puts(out, ", ");
		add_duration(out, field_number(rule, "above_ms"));
		buf_puts(out, " of ");
		add_duration(out, field_number(rule, "for_ms"));
	} else if (strcmp(word, "unknown") == 0 &&
	    !json_is_null(field(rule, "version"))) {
		buf_printf(out, ", %.0f of %.0f",
		    field_number(rule, "n"), field_number(rule, "min_requests"));
	}
	if (json_is_string(field(rule, "route"))) {
		buf_puts(out, ", on ");
		add_plain(out, field_text(rule, "route"), 40);
	}
	buf_puts(out, "\n");
}

/* By characters, unlike printf, which counts bytes. */
static void
pad_right(struct buf *out, const char *text, size_t width)
{
	size_t used = text_columns(text);

	buf_puts(out, text);
	buf_printf(out, "%*s", used < width ? (int)(width - used) : 1, "");
}

static void
add_rule(const struct show *s, const json_t *rule, struct buf *out)
{
	struct buf cell = { 0 };

	add_plain(&cell, field_text(rule, "name"), 20);
	pad_right(out, cell.len > 0 ? cell.bytes : "", 22);
	pad_right(out, field_text(rule, "metric"), 17);
	buf_clear(&cell);
	add_measure(&cell, rule, "value");
	buf_puts(&cell, " / ");
	add_measure(&cell, rule, "limit");
	pad_right(out, cell.bytes, 18);
	add_judgement(s, rule, out);
	buf_fini(&cell);
}

void
show_rules(const struct show *s, const json_t *status, struct buf *out)
{
	const json_t *rules = field(status, "rules");

	if (json_array_size(rules) == 0)
		return;
	style_begin(out, s->colour, STYLE_BOLD);
	buf_printf(out, "%-39s%s", "guard", "now / limit");
	style_end(out, s->colour);
	buf_puts(out, "\n");
	for (size_t i = 0; i < json_array_size(rules); i++)
		add_rule(s, json_array_get(rules, i), out);
}

void
show_others(const struct show *s, const json_t *status, struct buf *out)
{
	const json_t *rollouts = field(status, "rollouts");
	const char *name = field_text(field(status, "rollout"), "name");

	for (size_t i = 0; i < json_array_size(rollouts); i++) {
		const json_t *one = json_array_get(rollouts, i);

		if (strcmp(field_text(one, "name"), name) == 0)
			continue;
		label(s, out, "beside it");
		add_plain(out, field_text(one, "name"), 30);
		buf_puts(out, ": ");
		add_plain(out, field_text(one, "stage"), 30);
		buf_puts(out, ", ");
		add_percent(out, field_number(one, "percent"));
		buf_puts(out, field_true(one, "latched") ? ", latched\n" :
		    field_true(one, "enabled") ? "\n" : ", switched off\n");
	}
}

void
show_stages(const struct show *s, const json_t *rollout, struct buf *out)
{
	const json_t *stages = field(rollout, "stages");
	struct buf line = { 0 };

	if (json_array_size(stages) == 0)
		return;
	for (size_t i = 0; i < json_array_size(stages); i++) {
		const json_t *stage = json_array_get(stages, i);
		bool is_now = strcmp(field_text(stage, "name"),
		    field_text(rollout, "stage")) == 0;

		buf_printf(&line, "%s%s%s%s", i > 0 ? " -> " : "",
		    is_now ? "[" : "", field_text(stage, "name"),
		    is_now ? "]" : "");
	}
	label(s, out, "plan");
	add_wrapped(out, line.bytes);
	buf_fini(&line);
}
