/* row -- see row.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/row.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct table_row tables[TABLE_COUNT] = {
	[TABLE_EXCHANGES] = { "exchanges",
	    "ts, pair, leg, version, stage, epoch, decision, bucket, method,"
	    " path, route, status, outcome, blame, failure, streamed, error,"
	    " latency_us, first_byte_us, first_content_us, request_bytes,"
	    " response_bytes, user_hash, session_hash, signals, longest_gap_us,"
	    " events, rollout", 28 },
	[TABLE_COMPARISONS] = { "comparisons",
	    "ts, pair, verdict, reason, stage, epoch, method, path, route,"
	    " legacy_status, enhanced_status, legacy_latency_us,"
	    " enhanced_latency_us, similarity, differences, rollout", 16 },
	[TABLE_DIFFERENCES] = { "differences",
	    "ts, pair, stage, route, field, kind, legacy, enhanced, rollout",
	    9 },
	/* What is large comes late: SQLite reads a row from its beginning. */
	[TABLE_SAMPLES] = { "samples",
	    "ts, pair, version, verdict, stage, epoch, route, method, path,"
	    " rules_mark, status, outcome, content_type, content_encoding, form,"
	    " left_out, cut, body_bytes, kept_bytes, latency_us, first_byte_us,"
	    " first_content_us, longest_gap_us, key_id, fields, body, rollout",
	    27 },
	[TABLE_WINDOWS] = { "windows",
	    "minute, instance, route, version, requests, failures, primary_legs,"
	    " shadow_legs, fallbacks, compared, different, answered,"
	    " latency_us_sum, p50_us, p95_us, p99_us, latency, rollout", 18 },
};

const struct table_row *
table_info(enum table t)
{
	assert((unsigned)t < TABLE_COUNT);
	return &tables[t];
}

static const char *
blame_name(enum blame blame)
{
	switch (blame) {
	case BLAME_NOBODY:
		return "nobody";
	case BLAME_CLIENT:
		return "client";
	case BLAME_UPSTREAM:
		return "upstream";
	case BLAME_SELF:
		return "self";
	}
	return "self";
}

/* --- text ----------------------------------------------------------------- */

/* Length of the well-formed UTF-8 sequence at p (RFC 3629 section 4), or 0. */
static size_t
sequence_length(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len = 0;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	if (len == 0 || len > left)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (p[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (p[0] == 0xf4)
		high = 0x8f; /* over U+10FFFF */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

size_t
row_repair_text(const char *text, size_t len, char *out, size_t space)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		size_t good = sequence_length(from + i, len - i);
		bool bad = good == 0 || from[i] == '\0';
		size_t put = bad ? 3 : good;

		if (used + put + 1 > space)
			break;
		memcpy(out + used, bad ? "\xef\xbf\xbd" : text + i, put);
		used += put;
		i += bad ? 1 : good;
	}
	out[used] = '\0';
	return used;
}

/* --- cells ---------------------------------------------------------------- */

void
row_init(struct row *r)
{
	r->count = 0;
	r->scratch_used = 0;
	r->second = INT64_MIN;
	r->ts_text[0] = '\0';
}

static void
begin(struct row *r)
{
	r->count = 0;
	r->scratch_used = 0;
}

static struct cell *
add(struct row *r, enum cell_kind kind)
{
	struct cell *c = &r->cells[r->count++];

	assert(r->count <= ROW_CELLS_MAX);
	c->kind = kind;
	return c;
}

static void
add_integer(struct row *r, uint64_t value)
{
	add(r, CELL_INTEGER)->integer = value > INT64_MAX ? INT64_MAX :
	    (int64_t)value;
}

/* 0 means "never". */
static void
add_moment(struct row *r, uint64_t value)
{
	if (value == 0)
		add(r, CELL_NULL);
	else
		add_integer(r, value);
}

static void
add_boolean(struct row *r, bool value)
{
	add(r, CELL_BOOLEAN)->integer = value;
}

static void
add_made(struct row *r, enum cell_kind kind, const char *text)
{
	struct cell *c = add(r, kind);

	c->text = text;
	c->len = strlen(text);
}

/* A constant of the program. */
static void
add_word(struct row *r, const char *word)
{
	add_made(r, CELL_WORD, word);
}

/* The record's last column; interned, so it is as good as a constant. */
static void
add_rollout(struct row *r, const char *name)
{
	if (name == NULL || name[0] == '\0')
		add(r, CELL_NULL);
	else
		add_word(r, name);
}

/* A text of a record's field: bounded, but perhaps not UTF-8. */
static void
add_text(struct row *r, const char *text, size_t space)
{
	struct cell *c = add(r, CELL_TEXT);
	char *out = r->scratch + r->scratch_used;

	c->text = text;
	c->len = strnlen(text, space);
	if (text_is_utf8(text, c->len))
		return;
	c->text = out;
	c->len = row_repair_text(text, c->len, out,
	    ROW_SCRATCH_BYTES - r->scratch_used);
	r->scratch_used += c->len + 1;
	assert(r->scratch_used < ROW_SCRATCH_BYTES);
}

/* The same, but "" is NULL. */
static void
add_text_or_null(struct row *r, const char *text, size_t space)
{
	if (text[0] == '\0')
		add(r, CELL_NULL);
	else
		add_text(r, text, space);
}

/* None is NULL. */
static void
add_bytes(struct row *r, const struct buf *bytes)
{
	struct cell *c = add(r, bytes->len > 0 ? CELL_BYTES : CELL_NULL);

	c->text = bytes->bytes;
	c->len = bytes->len;
}

/* Rows come in order of time, many in a second: only its digits behind the
 * point are written anew. */
static void
add_time(struct row *r, int64_t wall_us)
{
	int64_t second = wall_us / 1000000 - (wall_us % 1000000 < 0);
	uint32_t us = (uint32_t)(wall_us - second * 1000000);

	if (second != r->second || r->ts_text[0] == '\0') {
		clock_format(second * 1000000, r->ts_text);
		r->second = second;
	}
	for (int at = 25; at >= 20; at--, us /= 10)
		r->ts_text[at] = (char)('0' + us % 10);
	add_made(r, CELL_TEXT, r->ts_text);
}

#define FIELD(record, name) (record)->name, sizeof (record)->name

/* --- records -------------------------------------------------------------- */

static void
add_decision(struct row *r, unsigned why, const char *(*why_word)(unsigned))
{
	char *number = r->scratch + r->scratch_used;

	if (why_word != NULL) {
		add_word(r, why_word(why));
		return;
	}
	r->scratch_used += (size_t)snprintf(number, 12, "%u", why) + 1;
	add_made(r, CELL_TEXT, number);
}

static void
add_outcome(struct row *r, const struct leg_record *leg)
{
	const struct outcome_row *outcome = outcome_info(leg->outcome);

	add_integer(r, leg->status);
	add_word(r, outcome->name);
	add_word(r, blame_name(outcome->blame));
	add_boolean(r, leg->failure);
	add_boolean(r, leg->streamed);
	add_text_or_null(r, FIELD(leg, error));
}

void
row_of_leg(struct row *r, const struct leg_record *leg,
    const char *(*why_word)(unsigned why))
{
	begin(r);
	add_time(r, leg->ts_us);
	add_text(r, FIELD(leg, pair));
	add_word(r, leg_name(leg->leg));
	add_word(r, version_name(leg->version));
	add_text(r, FIELD(leg, stage));
	add_integer(r, leg->epoch);
	add_decision(r, leg->why, why_word);
	if (leg->bucket > INT32_MAX) /* BUCKET_NONE: no identity */
		add(r, CELL_NULL);
	else
		add_integer(r, leg->bucket);
	add_text(r, FIELD(leg, method));
	add_text(r, FIELD(leg, path));
	add_text_or_null(r, FIELD(leg, route));
	add_outcome(r, leg);
	add_integer(r, leg->latency_us);
	add_moment(r, leg->first_byte_us);
	add_moment(r, leg->first_content_us);
	add_integer(r, leg->request_bytes);
	add_integer(r, leg->response_bytes);
	add_text_or_null(r, FIELD(leg, user));
	add_text_or_null(r, FIELD(leg, session));
	add_text_or_null(r, FIELD(leg, signals));
	add_moment(r, leg->longest_gap_us);
	add_moment(r, leg->events);
	add_rollout(r, leg->rollout);
	assert(r->count == tables[TABLE_EXCHANGES].column_count);
}

void
row_of_comparison(struct row *r, const struct comparison_record *c)
{
	begin(r);
	add_time(r, c->ts_us);
	add_text(r, FIELD(c, pair));
	add_word(r, verdict_name(c->verdict));
	add_text_or_null(r, FIELD(c, reason));
	add_text(r, FIELD(c, stage));
	add_integer(r, c->epoch);
	add_text(r, FIELD(c, method));
	add_text(r, FIELD(c, path));
	add_text_or_null(r, FIELD(c, route));
	add_integer(r, c->legacy_status);
	add_integer(r, c->enhanced_status);
	add_integer(r, c->legacy_latency_us);
	add_integer(r, c->enhanced_latency_us);
	if (c->similarity >= 0) /* false for a NaN too */
		add(r, CELL_REAL)->real = c->similarity;
	else
		add(r, CELL_NULL);
	add_integer(r, c->difference_count);
	add_rollout(r, c->rollout);
	assert(r->count == tables[TABLE_COMPARISONS].column_count);
}

void
row_of_difference(struct row *r, const struct comparison_record *c, unsigned i)
{
	const struct difference *d = &c->differences[i];

	assert(i < c->kept && i < RECORD_DIFFS_MAX);
	begin(r);
	add_time(r, c->ts_us);
	add_text(r, FIELD(c, pair));
	add_text(r, FIELD(c, stage));
	add_text_or_null(r, FIELD(c, route));
	add_text(r, FIELD(d, path));
	add_word(r, diff_kind_name(d->kind));
	add_text(r, FIELD(d, legacy));
	add_text(r, FIELD(d, enhanced));
	add_rollout(r, c->rollout);
	assert(r->count == tables[TABLE_DIFFERENCES].column_count);
}

static void
add_mark(struct row *r, uint64_t mark)
{
	char *text = r->scratch + r->scratch_used;

	r->scratch_used += (size_t)snprintf(text, 17, "%016" PRIx64, mark) + 1;
	add_made(r, CELL_TEXT, text);
}

static void
add_pair(struct row *r, const struct kept_sample *k, enum kept_side side)
{
	add_time(r, k->ts_us);
	add_text(r, FIELD(k, pair));
	add_word(r, kept_side_name(side));
	add_word(r, verdict_name(k->verdict));
	add_text(r, FIELD(k, stage));
	add_integer(r, k->epoch);
	add_text_or_null(r, FIELD(k, route));
	add_text(r, FIELD(k, method));
	add_text(r, FIELD(k, path));
	add_mark(r, k->rules_mark);
}

void
row_of_answer(struct row *r, const struct kept_sample *k, enum kept_side side)
{
	const struct kept_answer *a = &k->answers[side];

	assert(a->there);
	begin(r);
	add_pair(r, k, side);
	add_integer(r, a->status);
	add_word(r, outcome_info(a->outcome)->name);
	add_text(r, FIELD(a, content_type));
	add_text(r, FIELD(a, content_encoding));
	add_text(r, FIELD(a, form));
	add_text_or_null(r, FIELD(a, left_out));
	add_boolean(r, a->cut);
	add_integer(r, a->body_bytes);
	add_integer(r, a->fields.len + a->body.len);
	add_integer(r, a->latency_us);
	add_moment(r, a->first_byte_us);
	add_moment(r, a->first_content_us);
	add_moment(r, a->longest_gap_us);
	add_text_or_null(r, FIELD(a, key_id));
	add_bytes(r, &a->fields);
	add_bytes(r, &a->body);
	add_rollout(r, k->rollout);
	assert(r->count == tables[TABLE_SAMPLES].column_count);
}

void
row_of_minute(struct row *r, const struct minute_record *m)
{
	const uint64_t numbers[] = { m->requests, m->failures, m->primary,
		m->shadow, m->fallbacks, m->compared, m->different, m->answered,
		m->latency_us_sum, m->p50_us, m->p95_us, m->p99_us };
	size_t known = COUNT_OF(numbers) - (m->answered > 0 ? 0 : 3);

	begin(r);
	add_time(r, m->minute_us);
	add_text(r, FIELD(m, instance));
	add_text(r, FIELD(m, route));
	add_word(r, version_name((enum version)m->version));
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		add(r, i < known ? CELL_INTEGER : CELL_NULL)->integer =
		    (int64_t)numbers[i];
	add_made(r, CELL_TEXT, m->latency.bytes);
	add_rollout(r, m->rollout);
	assert(r->count == tables[TABLE_WINDOWS].column_count);
}

/* --- writing ---------------------------------------------------------------- */

static size_t
format_integer(int64_t value, char *out)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[20];
	size_t n = 0, len = 0;

	do {
		digits[n++] = (char)('0' + left % 10);
		left /= 10;
	} while (left != 0);
	if (value < 0)
		out[len++] = '-';
	while (n > 0)
		out[len++] = digits[--n];
	return len;
}

/* Backslash escapes of COPY's text format; the letter to write behind the
 * backslash, or 0. */
static char
copy_escape(char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '\v':
		return 'v';
	}
	return '\0';
}

static size_t
write_text(const struct cell *c, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < c->len; i++) {
		char letter = copy_escape(c->text[i]);

		if (letter != '\0')
			out[len++] = '\\';
		out[len++] = letter != '\0' ? letter : c->text[i];
	}
	return len;
}

/* bytea in hex, whose backslash COPY wants doubled. */
static size_t
write_bytes(const struct cell *c, char *out)
{
	memcpy(out, "\\\\x", 3);
	text_hex(c->text, c->len, out + 3);
	return 3 + 2 * c->len;
}

static size_t
write_cell(const struct cell *c, char *out)
{
	switch (c->kind) {
	case CELL_NULL:
		memcpy(out, "\\N", 2);
		return 2;
	case CELL_INTEGER:
		return format_integer(c->integer, out);
	case CELL_BOOLEAN:
		out[0] = c->integer != 0 ? 't' : 'f';
		return 1;
	case CELL_REAL:
		return (size_t)snprintf(out, 32, "%.17g", c->real);
	case CELL_TEXT:
	case CELL_WORD:
		return write_text(c, out);
	case CELL_BYTES:
		return write_bytes(c, out);
	}
	return 0;
}

void
row_write_copy(const struct row *r, struct buf *out)
{
	for (unsigned i = 0; i < r->count; i++) {
		const struct cell *c = &r->cells[i];
		/* Every byte may need two; 32 hold any number. */
		size_t most = 32 + (c->kind >= CELL_TEXT ? 2 * c->len : 0);
		char *at = buf_room(out, most + 1);
		size_t len = write_cell(c, at);

		at[len++] = i + 1 < r->count ? '\t' : '\n';
		buf_grew(out, len);
	}
}

static void
bind_cell(const struct cell *c, sqlite3_stmt *stmt, int at)
{
	switch (c->kind) {
	case CELL_NULL:
		sqlite3_bind_null(stmt, at);
		break;
	case CELL_INTEGER:
	case CELL_BOOLEAN:
		sqlite3_bind_int64(stmt, at, c->integer);
		break;
	case CELL_REAL:
		sqlite3_bind_double(stmt, at, c->real);
		break;
	case CELL_TEXT:
	case CELL_WORD:
		sqlite3_bind_text(stmt, at, c->text, (int)c->len, SQLITE_STATIC);
		break;
	case CELL_BYTES:
		sqlite3_bind_blob64(stmt, at, c->text, c->len, SQLITE_STATIC);
		break;
	}
}

/* The same is bound already; if not, it will be. */
static bool
was_bound(const struct cell *c, struct bound *was)
{
	struct bound now = { .kind = c->kind };
	bool same;

	switch (c->kind) {
	case CELL_REAL:
	case CELL_TEXT: /* the bytes at that address may be others now */
	case CELL_BYTES:
		*was = now;
		return false;
	case CELL_NULL:
		break;
	case CELL_INTEGER:
	case CELL_BOOLEAN:
		now.value = c->integer;
		break;
	case CELL_WORD:
		now.value = (intptr_t)c->text;
		break;
	}
	same = was->kind == now.kind && was->value == now.value;
	*was = now;
	return same;
}

int
row_bind(const struct row *r, sqlite3_stmt *stmt, int at, struct bound *were)
{
	for (unsigned i = 0; i < r->count; i++) {
		at++;
		if (were == NULL || !was_bound(&r->cells[i], &were[i]))
			bind_cell(&r->cells[i], stmt, at);
	}
	return at;
}
