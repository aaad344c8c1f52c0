/* dialects_shipped -- the dialects that are built in, and the rules' own.
 * SPDX-License-Identifier: MIT
 *
 * rules/dialects.json is part of the program and read by the same tables as
 * a rule file.  Contracts in dialects.h and dialect_keys.h.
 */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/dialect_keys.h"
#include "config/dialects.h"
#include "config/read.h"

static struct arena shipped_arena;
static const struct dialects *shipped;

/* The file's list as it is read, in the reader's arena. */
static void
read_shipped(struct reader *r, struct dialect **list, size_t *count)
{
	struct text_file file = { .name = "rules/dialects.json",
		.text = dialects_data, .len = dialects_data_len };
	const struct json *root, *item;
	struct reader inner = *r;
	struct json_fault fault;

	root = json_parse(r->arena, file.text, file.len, true, &fault);
	assert(root != NULL);
	root = json_member(root, "dialects");
	assert(root != NULL);
	*count = root->count;
	*list = read_alloc(r, root->count * sizeof **list);
	inner.file = &file;
	inner.pointer = (struct buf){ 0 };
	item = root->first;
	for (size_t i = 0; i < root->count; i++, item = item->next)
		read_object(&inner, &dialect_table, item, &(*list)[i]);
	buf_fini(&inner.pointer);
}

static void
make_shipped(void)
{
	struct faults faults = { 0 };
	struct reader r = { .arena = &shipped_arena, .faults = &faults };
	struct dialect *list;
	struct err err = { "" };
	size_t count;

	arena_init(&shipped_arena, 0);
	read_shipped(&r, &list, &count);
	assert(faults.count == 0);
	shipped = dialects_make(list, count, &shipped_arena, &err);
	assert(shipped != NULL);
}

const struct dialects *
dialects_shipped(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_shipped);
	return shipped;
}

/* --- with the rules' own --------------------------------------------------------- */

static const struct dialect *
find(const struct dialect *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

/* The rules' own in their order, then those that are built in and were not
 * replaced; "plain" last, whosever it is. */
static struct dialect *
merge(struct reader *r, const struct rules *rules, size_t *count_out)
{
	struct dialect *built, *all;
	size_t built_count, n = 0;
	const struct dialect *plain;

	read_shipped(r, &built, &built_count);
	all = read_alloc(r, (rules->dialect_count + built_count) * sizeof *all);
	for (size_t i = 0; i < rules->dialect_count; i++)
		if (!dialect_is_plain(&rules->dialects[i]))
			all[n++] = rules->dialects[i];
	for (size_t i = 0; i < built_count; i++)
		if (!dialect_is_plain(&built[i]) && find(rules->dialects,
		    rules->dialect_count, built[i].name) == NULL)
			all[n++] = built[i];
	plain = find(rules->dialects, rules->dialect_count, "plain");
	all[n++] = *(plain != NULL ? plain : &built[built_count - 1]);
	*count_out = n;
	return all;
}

static bool
names_are_ok(struct reader *r, const struct json *list,
    const struct rules *rules)
{
	const struct json *item = list->first;
	bool ok = true;

	for (size_t i = 0; i < rules->dialect_count; i++, item = item->next) {
		const char *name = rules->dialects[i].name;
		size_t mark = read_enter_item(r, i);

		if (name == NULL)
			ok = false;
		else if (find(rules->dialects, i, name) != NULL)
			ok = read_fault_in(r, item, "name", "\"%s\" is already the "
			    "name of another; give each its own", name);
		read_leave(r, mark);
		if (!ok)
			return false;
	}
	return true;
}

void
check_dialects(struct reader *r, const struct json *list, void *target)
{
	struct rules *rules = target;
	struct dialect *all;
	struct err err = { "" };
	size_t count;

	rules->reads = rules->compare.dialects = dialects_shipped();
	if (rules->dialect_count == 0 || r->faults->count > 0 ||
	    !names_are_ok(r, list, rules))
		return;
	all = merge(r, rules, &count);
	rules->reads = dialects_make(all, count, r->arena, &err);
	if (rules->reads == NULL)
		read_fault(r, list, "%s; make it less", err.text);
	rules->compare.dialects = rules->reads;
}
