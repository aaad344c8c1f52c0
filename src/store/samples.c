/* samples -- see samples.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/crypt.h"
#include "store/postgres.h"
#include "store/row.h"
#include "store/sqlite.h"
#include "store/store.h"

#define SQLITE_PREFIX "sqlite:"
#define ROWS_AT_ONCE 32 /* of PostgreSQL */

/* A column's value as text; bytes as they are. */
struct value {
	const char *text; /* borrows; NULL = NULL */
	size_t len;
};

struct samples {
	sqlite3 *db;             /* owns; or */
	struct pg *pg;           /* owns */
	sqlite3_stmt *stmt;      /* owns; of SQLite, once reading has begun */
	PGresult *rows;          /* owns; of PostgreSQL */
	int row;                 /* in it, the next */
	bool has_begun, is_over;
	struct buf where;        /* owns; " WHERE ..." or "" */
	const struct keep_key *keys;
	size_t key_count;
	struct buf bytes[2];     /* own; decoded of the row at hand */
	/* A row is read before it is known whether it is of the pair at hand. */
	struct kept_sample *pending; /* owns; its first answer */
};

/* --- opening ------------------------------------------------------------------ */

static void
add_quoted(struct buf *sql, const char *text)
{
	buf_puts(sql, "'");
	for (; *text != '\0'; text++)
		buf_printf(sql, *text == '\'' ? "''" : "%c", *text);
	buf_puts(sql, "'");
}

static void
add_condition(struct samples *s, const char *what, const char *value)
{
	buf_puts(&s->where, s->where.len == 0 ? " WHERE " : " AND ");
	buf_puts(&s->where, what);
	add_quoted(&s->where, value);
}

static void
add_conditions(struct samples *s, const struct samples_options *o)
{
	char ts[CLOCK_TEXT_MAX];

	buf_puts(&s->where, "");
	if (o->pair != NULL)
		add_condition(s, "pair = ", o->pair);
	if (o->route != NULL)
		add_condition(s, "route = ", o->route);
	if (o->since_us != 0) {
		clock_format(o->since_us, ts);
		add_condition(s, "ts >= ", ts);
	}
	if (o->until_us != 0) {
		clock_format(o->until_us, ts);
		add_condition(s, "ts < ", ts);
	}
}

static bool
open_store(struct samples *s, const struct samples_options *o,
    struct err *err)
{
	const struct pg_settings settings = { .conninfo = o->store,
		.give_up_ns = o->give_up_ns };
	enum store_kind kind;

	if (!store_parse(o->store, &kind, err))
		return false;
	switch (kind) {
	case STORE_SQLITE:
		return sqlite_open_to_read(o->store + strlen(SQLITE_PREFIX),
		    &s->db, err);
	case STORE_POSTGRES:
		return pg_open(&settings, &s->pg, err);
	case STORE_NONE:
		break;
	}
	return err_set(err, "\"none\" keeps nothing");
}

bool
samples_open(const struct samples_options *options, struct samples **out,
    struct err *err)
{
	struct samples *s = mem_zalloc(sizeof *s);

	s->keys = options->keys;
	s->key_count = options->key_count;
	add_conditions(s, options);
	if (!open_store(s, options, err)) {
		samples_close(&s);
		return false;
	}
	*out = s;
	return true;
}

void
samples_close(struct samples **slot)
{
	struct samples *s = *slot;

	if (s == NULL)
		return;
	sqlite_finalize(&s->stmt);
	sqlite_close(&s->db);
	PQclear(s->rows);
	pg_close(&s->pg);
	kept_sample_free(&s->pending);
	buf_fini(&s->where);
	buf_fini(&s->bytes[0]);
	buf_fini(&s->bytes[1]);
	free(s);
	*slot = NULL;
}

/* --- counting ------------------------------------------------------------------- */

bool
samples_count(struct samples *s, uint64_t *out, struct err *err)
{
	char *sql = mem_printf("SELECT count(DISTINCT pair) FROM samples%s",
	    s->where.bytes);
	int64_t number = 0;
	PGresult *res;
	bool ok;

	if (s->db != NULL) {
		ok = sqlite_number(s->db, sql, &number, err);
	} else {
		res = pg_query(s->pg, sql, 0, NULL, err);
		ok = res != NULL;
		if (ok)
			number = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
		PQclear(res);
	}
	free(sql);
	*out = (uint64_t)number;
	return ok;
}

/* --- one row --------------------------------------------------------------------- */

/* "2026-01-31T12:34:56.123456Z" */
static int64_t
moment_of(const char *text)
{
	struct tm tm = { 0 };
	int us = 0;

	if (sscanf(text, "%d-%d-%dT%d:%d:%d.%6dZ", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &us) != 7)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000000 + us;
}

static uint64_t
number_of(struct value v)
{
	return v.text != NULL ? strtoull(v.text, NULL, 10) : 0;
}

static enum outcome
outcome_of(const char *name)
{
	for (int o = 0; o < OUTCOME_COUNT; o++)
		if (strcmp(outcome_info((enum outcome)o)->name, name) == 0)
			return (enum outcome)o;
	return OUTCOME_DONE; /* one that a newer program knows */
}

static uint8_t
verdict_of(const char *name)
{
	for (int v = 0; v < VERDICT_COUNT; v++)
		if (strcmp(verdict_name((enum verdict)v), name) == 0)
			return (uint8_t)v;
	return VERDICT_INCOMPARABLE;
}

#define COPY(to, v) text_copy((to), sizeof (to), \
	(v).text != NULL ? (v).text : "", (v).len)

enum { AT_TS = 0, AT_PAIR, AT_VERSION, AT_VERDICT, AT_STAGE, AT_EPOCH,
	AT_ROUTE, AT_METHOD, AT_PATH, AT_MARK, AT_STATUS, AT_OUTCOME, AT_TYPE,
	AT_ENCODING, AT_FORM, AT_LEFT_OUT, AT_CUT, AT_BODY_BYTES,
	AT_KEPT_BYTES, AT_LATENCY, AT_FIRST_BYTE, AT_FIRST_CONTENT, AT_GAP,
	AT_KEY_ID, AT_FIELDS, AT_BODY, AT_COUNT };

static void
take_pair(struct kept_sample *k, const struct value *v)
{
	k->ts_us = moment_of(v[AT_TS].text);
	COPY(k->pair, v[AT_PAIR]);
	k->verdict = verdict_of(v[AT_VERDICT].text);
	COPY(k->stage, v[AT_STAGE]);
	k->epoch = number_of(v[AT_EPOCH]);
	COPY(k->route, v[AT_ROUTE]);
	COPY(k->method, v[AT_METHOD]);
	COPY(k->path, v[AT_PATH]);
	k->rules_mark = strtoull(v[AT_MARK].text, NULL, 16);
}

static void
take_answer(struct kept_answer *a, const struct value *v)
{
	a->there = true;
	a->status = (uint16_t)number_of(v[AT_STATUS]);
	a->outcome = outcome_of(v[AT_OUTCOME].text);
	COPY(a->content_type, v[AT_TYPE]);
	COPY(a->content_encoding, v[AT_ENCODING]);
	COPY(a->form, v[AT_FORM]);
	COPY(a->left_out, v[AT_LEFT_OUT]);
	/* PostgreSQL says "t". */
	a->cut = v[AT_CUT].text[0] == '1' || v[AT_CUT].text[0] == 't';
	a->body_bytes = number_of(v[AT_BODY_BYTES]);
	a->latency_us = number_of(v[AT_LATENCY]);
	a->first_byte_us = number_of(v[AT_FIRST_BYTE]);
	a->first_content_us = number_of(v[AT_FIRST_CONTENT]);
	a->longest_gap_us = number_of(v[AT_GAP]);
	COPY(a->key_id, v[AT_KEY_ID]);
	buf_add(&a->fields, v[AT_FIELDS].text, v[AT_FIELDS].len);
	buf_add(&a->body, v[AT_BODY].text, v[AT_BODY].len);
}

/* A row of a pair of its own; a version that is not known is left out. */
static struct kept_sample *
row_of(const struct value *v)
{
	struct kept_sample *k = kept_sample_new(NULL);
	enum kept_side side;

	take_pair(k, v);
	if (kept_side_parse(v[AT_VERSION].text, &side))
		take_answer(&k->answers[side], v);
	return k;
}

/* All but the last, the rollout: for people, and not in older files. */
static int
columns_len(const char *columns)
{
	return (int)(strrchr(columns, ',') - columns);
}

/* --- rows of SQLite ---------------------------------------------------------------- */

static bool
begin_sqlite(struct samples *s, struct err *err)
{
	const char *columns = table_info(TABLE_SAMPLES)->columns;
	char *sql = mem_printf("SELECT %.*s FROM samples%s ORDER BY ts, pair",
	    columns_len(columns), columns, s->where.bytes);
	bool ok = sqlite_prepare(s->db, sql, &s->stmt, err);

	free(sql);
	return ok;
}

static bool
row_sqlite(struct samples *s, struct kept_sample **out, struct err *err)
{
	struct value v[AT_COUNT];
	int rc = sqlite3_step(s->stmt);

	*out = NULL;
	if (rc == SQLITE_DONE)
		return true;
	if (rc != SQLITE_ROW)
		return sqlite_fault(s->db, "read samples", err);
	for (int i = 0; i < AT_COUNT; i++) {
		v[i].text = i < AT_FIELDS ?
		    (const char *)sqlite3_column_text(s->stmt, i) :
		    sqlite3_column_blob(s->stmt, i);
		v[i].len = (size_t)sqlite3_column_bytes(s->stmt, i);
	}
	*out = row_of(v);
	return true;
}

/* --- rows of PostgreSQL ------------------------------------------------------------- */

/* ts as SQLite has it, whatever the session's style. */
#define TS_TEXT "to_char(ts AT TIME ZONE 'UTC'," \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

static bool
begin_postgres(struct samples *s, struct err *err)
{
	/* Behind "ts". */
	const char *columns = table_info(TABLE_SAMPLES)->columns + 2;
	char *sql = mem_printf("BEGIN READ ONLY; DECLARE kept CURSOR FOR SELECT "
	    TS_TEXT "%.*s FROM samples%s ORDER BY ts, pair",
	    columns_len(columns), columns, s->where.bytes);
	bool ok = pg_exec(s->pg, sql, err);

	free(sql);
	return ok;
}

/* bytea: "\x0a1b". */
static bool
decode_bytes(struct value *v, struct buf *space, struct err *err)
{
	buf_clear(space);
	if (v->text == NULL)
		return true;
	if (v->len < 2 || memcmp(v->text, "\\x", 2) != 0 || v->len % 2 != 0)
		return err_set(err, "a column of bytes has another form than hex");
	for (size_t i = 2; i < v->len; i += 2) {
		char byte = (char)(text_hex_digit(v->text[i]) << 4 |
		    text_hex_digit(v->text[i + 1]));

		buf_add(space, &byte, 1);
	}
	*v = (struct value){ space->bytes, space->len };
	return true;
}

static bool
fetch(struct samples *s, struct err *err)
{
	char sql[40];

	snprintf(sql, sizeof sql, "FETCH %d FROM kept", ROWS_AT_ONCE);
	PQclear(s->rows);
	s->row = 0;
	s->rows = pg_query(s->pg, sql, 0, NULL, err);
	return s->rows != NULL;
}

static bool
row_postgres(struct samples *s, struct kept_sample **out, struct err *err)
{
	struct value v[AT_COUNT];

	*out = NULL;
	if ((s->rows == NULL || s->row == PQntuples(s->rows)) && !fetch(s, err))
		return false;
	if (PQntuples(s->rows) == 0)
		return true;
	for (int i = 0; i < AT_COUNT; i++) {
		v[i].text = PQgetisnull(s->rows, s->row, i) ? NULL :
		    PQgetvalue(s->rows, s->row, i);
		v[i].len = (size_t)PQgetlength(s->rows, s->row, i);
	}
	s->row++;
	if (!decode_bytes(&v[AT_FIELDS], &s->bytes[0], err) ||
	    !decode_bytes(&v[AT_BODY], &s->bytes[1], err))
		return false;
	*out = row_of(v);
	return true;
}

/* --- pairs ------------------------------------------------------------------------- */

static bool
next_row(struct samples *s, struct kept_sample **out, struct err *err)
{
	return s->db != NULL ? row_sqlite(s, out, err) :
	    row_postgres(s, out, err);
}

/* More answers of the pair; the first row of another one waits. */
static bool
complete(struct samples *s, struct kept_sample *k, struct err *err)
{
	for (;;) {
		if (!next_row(s, &s->pending, err))
			return false;
		if (s->pending == NULL || strcmp(s->pending->pair, k->pair) != 0)
			return true;
		for (int i = 0; i < KEPT_SIDE_COUNT; i++)
			if (s->pending->answers[i].there && !k->answers[i].there) {
				k->answers[i] = s->pending->answers[i];
				s->pending->answers[i] =
				    (struct kept_answer){ .there = false };
			}
		kept_sample_free(&s->pending);
	}
}

bool
samples_next(struct samples *s, struct kept_sample **out, struct err *err)
{
	struct kept_sample *k;

	*out = NULL;
	if (!s->has_begun && !(s->db != NULL ? begin_sqlite(s, err) :
	    begin_postgres(s, err)))
		return false;
	if (!s->has_begun && !next_row(s, &s->pending, err))
		return false;
	s->has_begun = true;
	k = s->pending;
	s->pending = NULL;
	if (k == NULL)
		return true;
	if (!complete(s, k, err) ||
	    !crypt_open_sample(s->keys, s->key_count, k, err)) {
		kept_sample_free(&k);
		return false;
	}
	*out = k;
	return true;
}

/* --- differences -------------------------------------------------------------------- */

static void
take_difference(struct samples_difference *d, struct value path,
    struct value kind)
{
	COPY(d->path, path);
	COPY(d->kind, kind);
}

static bool
differences_sqlite(struct samples *s, const char *sql,
    struct samples_difference out[RECORD_DIFFS_MAX], unsigned *count_out,
    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (!sqlite_prepare(s->db, sql, &stmt, err))
		return false;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW &&
	    *count_out < RECORD_DIFFS_MAX) {
		struct value v[2];

		for (int i = 0; i < 2; i++) {
			v[i].text = (const char *)sqlite3_column_text(stmt, i);
			v[i].len = (size_t)sqlite3_column_bytes(stmt, i);
		}
		take_difference(&out[(*count_out)++], v[0], v[1]);
	}
	sqlite_finalize(&stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ||
	    sqlite_fault(s->db, "read differences", err);
}

static bool
differences_postgres(struct samples *s, const char *sql,
    struct samples_difference out[RECORD_DIFFS_MAX], unsigned *count_out,
    struct err *err)
{
	PGresult *res = pg_query(s->pg, sql, 0, NULL, err);

	if (res == NULL)
		return false;
	for (int row = 0; row < PQntuples(res) &&
	    *count_out < RECORD_DIFFS_MAX; row++) {
		struct value v[2];

		for (int i = 0; i < 2; i++) {
			v[i].text = PQgetvalue(res, row, i);
			v[i].len = (size_t)PQgetlength(res, row, i);
		}
		take_difference(&out[(*count_out)++], v[0], v[1]);
	}
	PQclear(res);
	return true;
}

bool
samples_differences(struct samples *s, const struct kept_sample *k,
    struct samples_difference out[RECORD_DIFFS_MAX], unsigned *count_out,
    struct err *err)
{
	struct buf sql = { 0 };
	char ts[CLOCK_TEXT_MAX];
	bool ok;

	*count_out = 0;
	/* By the time too, which has an index. */
	clock_format(k->ts_us, ts);
	buf_printf(&sql, "SELECT field, kind FROM differences WHERE ts = '%s'"
	    " AND pair = ", ts);
	add_quoted(&sql, k->pair);
	ok = s->db != NULL ?
	    differences_sqlite(s, sql.bytes, out, count_out, err) :
	    differences_postgres(s, sql.bytes, out, count_out, err);
	buf_fini(&sql);
	return ok;
}
