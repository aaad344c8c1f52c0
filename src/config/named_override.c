/* named_override -- see named_override.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/named_override.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/criterion_keys.h"
#include "config/faults.h"
#include "config/pattern.h"
#include "config/read.h"

/* The first fault is enough for who has sent one line. */
static bool
read_criterion(struct named_override *o, const struct json *root,
    const struct text_file *file, struct err *err)
{
	struct faults found = { 0 };
	struct reader r = { .arena = &o->arena, .faults = &found, .file = file };
	struct buf text = { 0 };
	bool ok;

	if (root->kind == JSON_OBJECT)
		read_object(&r, &criterion_table, root, &o->override.when);
	else
		(void)read_expected(&r, root, "an object in { }");
	ok = found.count == 0;
	if (!ok) {
		faults_write(&found, &text);
		err_set(err, "%.*s", (int)strcspn(text.bytes, "\n"), text.bytes);
	}
	buf_fini(&text);
	buf_fini(&r.pointer);
	faults_fini(&found);
	return ok;
}

static bool
parse(struct named_override *o, struct err *err)
{
	struct text_file file = { .name = "when", .text = o->criterion,
		.len = strlen(o->criterion) };
	struct json_fault why;

	if (file.len > NAMED_OVERRIDE_TEXT_MAX)
		return err_set(err, "when: is longer than %d bytes",
		    NAMED_OVERRIDE_TEXT_MAX);
	file.root = json_parse(&o->arena, file.text, file.len, false, &why);
	if (file.root == NULL)
		return err_set(err, "when: not JSON: %s", why.message);
	return read_criterion(o, file.root, &file, err);
}

struct named_override *
named_override_new(const char *name, const char *criterion,
    enum version version, int64_t expires_us, struct err *err)
{
	struct named_override *o;

	if (strlen(name) > NAMED_OVERRIDE_NAME_MAX ||
	    !is_name(name, strlen(name))) {
		err_set(err, "name: must be letters, digits, \"-\", \"_\" and \".\", "
		    "at most %d", NAMED_OVERRIDE_NAME_MAX);
		return NULL;
	}
	o = mem_zalloc(sizeof *o);
	atomic_init(&o->refs, 1);
	arena_init(&o->arena, 0);
	o->name = arena_strndup(&o->arena, name, strlen(name));
	o->criterion = arena_strndup(&o->arena, criterion, strlen(criterion));
	o->override.version = version;
	o->override.expires_us = expires_us;
	if (!parse(o, err))
		named_override_unref(&o);
	return o;
}

struct named_override *
named_override_ref(struct named_override *o)
{
	atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
	return o;
}

void
named_override_unref(struct named_override **o)
{
	struct named_override *gone = *o;

	*o = NULL;
	if (gone == NULL || atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	arena_fini(&gone->arena);
	free(gone);
}
