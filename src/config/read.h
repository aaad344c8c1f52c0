/* read -- walk a JSON tree by the key tables and fill the structs.
 * SPDX-License-Identifier: MIT
 *
 * The reader never stops at a fault: each is noted with file, line and
 * pointer, and the walk goes on, so that --check says everything at once.
 * Everything it hands out lives in the config's arena.  Control thread.
 */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/json.h"
#include "config/faults.h"
#include "config/keys.h"
#include "config/load.h"

struct rules;

struct reader {
	const struct config_ports *ports; /* borrows */
	struct arena *arena;              /* borrows: the config's */
	struct faults *faults;            /* borrows: the caller's */
	const struct text_file *file;     /* borrows: the one being read */
	const char *directory;            /* of understudy.json; "" = the current */
	struct rules *rules;              /* borrows: being filled, the signals first;
	                                   * NULL: not yet */
	struct buf pointer;               /* owns: JSON Pointer of the place */
};

/* Every known member of object goes into target; NULL object = absent, so
 * only the defaults are written. */
void read_object(struct reader *r, const struct key_table *table,
    const struct json *object, void *target);
/* One row; value NULL = absent.  object: what it is a member of, or NULL. */
void read_key(struct reader *r, const struct key *key,
    const struct json *object, const struct json *value, void *target);
/* Note unknown and repeated members of an object. */
void read_check_members(struct reader *r, const struct key_table *table,
    const struct json *object);

/* Note a fault at a value and return false. */
bool read_fault(struct reader *r, const struct json *at, const char *fmt,
    ...) PRINTF_LIKE(3, 4);
bool read_fault_at(struct reader *r, size_t offset, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* At a member of the object, there or not. */
bool read_fault_in(struct reader *r, const struct json *object,
    const char *name, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The fault "must be EXPECTED, not VALUE". */
bool read_expected(struct reader *r, const struct json *value,
    const char *expected);

/* Go into a member or an item and back out: mark = read_enter(...), then
 * read_leave(mark). */
size_t read_enter(struct reader *r, const char *name, size_t len);
size_t read_enter_item(struct reader *r, size_t index);
void read_leave(struct reader *r, size_t mark);

/* A value for a fault's text: its JSON, cut short, or "a list". */
#define SHOWN_MAX 64
const char *read_shown(const struct json *value, char out[SHOWN_MAX]);

/* Arena memory (never NULL: the config's arena has no cap). */
void *read_alloc(struct reader *r, size_t bytes) MUST_CHECK;
char *read_copy(struct reader *r, const char *text, size_t len) MUST_CHECK;
char *read_printf(struct reader *r, const char *fmt, ...)
    PRINTF_LIKE(2, 3) MUST_CHECK;
/* A path of the operator's, relative to understudy.json's directory. */
char *read_path(struct reader *r, const char *path) MUST_CHECK;

/* A string of 1 to max bytes without control characters?  Else the fault is
 * noted. */
bool read_is_text(struct reader *r, const struct json *value, size_t max,
    const char *expected);
/* A list of texts, each let in by item_is_ok, as a NULL-terminated array of
 * as many as the row allows. */
bool read_text_list(struct reader *r, const struct key *key,
    const struct json *value, char ***out,
    bool (*item_is_ok)(struct reader *r, const struct json *item));

#endif
