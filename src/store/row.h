/* row -- a record as a row of its table, ready for either database.
 * SPDX-License-Identifier: MIT
 *
 * A record becomes a list of typed cells in the order of the table's
 * columns; the cells are then bound to a SQLite statement or written as a
 * line of PostgreSQL's COPY.  So a column is named in one place, and both
 * stores hold the same.  This is also where text is made harmless: what is
 * not UTF-8 (paths and ids come from clients) becomes U+FFFD, counts over
 * 2^63-1 become that.
 *
 * A struct row is large and meant to be reused.  Pure, one thread.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "observe/kept.h"
#include "observe/minute_record.h"
#include "observe/record.h"

enum table {
	TABLE_EXCHANGES = 0,
	TABLE_COMPARISONS,
	TABLE_DIFFERENCES,
	TABLE_SAMPLES,
	TABLE_WINDOWS,
	TABLE_COUNT
};

/* The columns' version, kept with each spooled batch: lines that wait in a
 * spool may be sent by a newer program than the one that wrote them.
 * 2: exchanges have signals, the last column.  3: and behind it longest_gap_us
 * and events.  4: the last column of every table is rollout. */
#define ROW_FORMAT 4

struct table_row {
	const char *name;
	const char *columns;  /* "ts, pair, ..." */
	unsigned column_count;
};
const struct table_row *table_info(enum table t);

enum cell_kind { CELL_NULL = 0, CELL_INTEGER, CELL_BOOLEAN, CELL_REAL,
	CELL_TEXT, CELL_WORD, CELL_BYTES };

struct cell {
	enum cell_kind kind;
	int64_t integer;      /* also of a boolean */
	double real;
	const char *text;     /* also bytes; borrows from the record or the row's
	                         scratch; a word's is a constant of the program */
	size_t len;           /* of text */
};

#define ROW_CELLS_MAX 32
#define ROW_SCRATCH_BYTES 4096

struct row {
	struct cell cells[ROW_CELLS_MAX];
	unsigned count;
	int64_t second;                   /* that ts_text shows */
	char ts_text[CLOCK_TEXT_MAX];
	size_t scratch_used;
	char scratch[ROW_SCRATCH_BYTES];  /* repaired texts */
};

void row_init(struct row *r);

/* The record must outlive the use of the row.  user and session must be
 * hashed already.  why_word may be NULL (the number is written). */
void row_of_leg(struct row *r, const struct leg_record *leg,
    const char *(*why_word)(unsigned why));
void row_of_comparison(struct row *r, const struct comparison_record *c);
/* i < c->kept */
void row_of_difference(struct row *r, const struct comparison_record *c,
    unsigned i);
/* One answer of a kept pair, which is there. */
void row_of_answer(struct row *r, const struct kept_sample *k,
    enum kept_side side);

void row_of_minute(struct row *r, const struct minute_record *m);

/* Append one line of COPY's text format. */
void row_write_copy(const struct row *r, struct buf *out);
/* What a parameter was bound to when its statement ran the last time; all
 * zero is what it is before that. */
struct bound {
	enum cell_kind kind;
	int64_t value;        /* of numbers; of words their address */
};
/* Bind the cells as the parameters behind `at`; texts are borrowed.  A
 * statement keeps its parameters, and half of a row is as it was in the row
 * before: with `were`, a place for each cell, only the rest is bound.  NULL:
 * all is.  Returns the last one, so that the next row follows. */
int row_bind(const struct row *r, sqlite3_stmt *stmt, int at,
    struct bound *were);

/* Text of at most space - 1 bytes that PostgreSQL takes as UTF-8: each
 * byte that is not part of a well-formed sequence becomes U+FFFD.  Returns
 * the length written. */
size_t row_repair_text(const char *text, size_t len, char *out, size_t space);

#endif
