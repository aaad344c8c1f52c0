/* faults -- everything that is wrong with a configuration, in file order.
 * SPDX-License-Identifier: MIT
 *
 * The key tables are read in table order, but a person works through a
 * file from top to bottom; so faults are collected with their offsets and
 * sorted when written.  Control thread only.
 */
#ifndef CONFIG_FAULTS_H
#define CONFIG_FAULTS_H

#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/json.h"

/* More are only counted: a file that is wrong all over needs no list. */
#define FAULTS_MAX 200

/* One file of the configuration, as read. */
struct text_file {
	const char *name;  /* as shown to people; arena */
	const char *text;  /* arena; the tree borrows from it */
	size_t len;
	unsigned order;    /* 0 = understudy.json, then in the order of "rules" */
	struct json *root; /* NULL = not JSON (a fault says so) */
};

struct fault;

struct faults {
	struct fault *items; /* owns */
	size_t count;        /* may exceed FAULTS_MAX: those are not kept */
};

void faults_fini(struct faults *f);
/* Note one; pointer is the JSON Pointer of the place, "" for the root. */
void faults_add(struct faults *f, const struct text_file *file,
    size_t offset, const char *pointer, const char *fmt, va_list args)
    PRINTF_LIKE(5, 0);
/* One line each, sorted by file and place. */
void faults_write(struct faults *f, struct buf *out);

#endif
