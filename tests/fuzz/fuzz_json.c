/* fuzz_json -- any bytes as a JSON document.
 * SPDX-License-Identifier: MIT
 *
 * Must hold: a refusal says where and why, within the text; a tree's places
 * lie within the text and its counts are true; strings are UTF-8; written
 * out again it reads as the same tree; without duplicates it is refused only
 * if there are some, or for memory.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CAP_BYTES (256 * 1024)

static void
check_places(const struct json *v, size_t size)
{
	size_t count = 0;

	assert(v->offset < size);
	assert(v->key == NULL || text_is_utf8(v->key, v->key_len));
	assert(v->key == NULL || v->key_offset < v->offset);
	assert(v->kind != JSON_STRING || text_is_utf8(v->text, v->len));
	for (const struct json *c = v->first; c != NULL; c = c->next) {
		assert((c->key != NULL) == (v->kind == JSON_OBJECT));
		assert(c->next == NULL || c->offset < c->next->offset);
		check_places(c, size);
		count++;
	}
	assert(count == v->count);
}

static void
write_out(struct buf *b, const struct json *v)
{
	if (v->key != NULL) {
		buf_json_string(b, v->key, v->key_len);
		buf_puts(b, ":");
	}
	if (v->kind == JSON_STRING) {
		buf_json_string(b, v->text, v->len);
		return;
	}
	if (v->kind != JSON_ARRAY && v->kind != JSON_OBJECT) {
		buf_add(b, v->text, v->len);
		return;
	}
	buf_puts(b, v->kind == JSON_ARRAY ? "[" : "{");
	for (const struct json *c = v->first; c != NULL; c = c->next) {
		write_out(b, c);
		if (c->next != NULL)
			buf_puts(b, ",");
	}
	buf_puts(b, v->kind == JSON_ARRAY ? "]" : "}");
}

static bool
has_duplicates(const struct json *v)
{
	for (const struct json *c = v->first; c != NULL; c = c->next) {
		if (has_duplicates(c))
			return true;
		for (const struct json *d = c->next;
		    c->key != NULL && d != NULL; d = d->next)
			if (d->key_len == c->key_len &&
			    memcmp(c->key, d->key, c->key_len) == 0)
				return true;
	}
	return false;
}

static void
check_written(const struct json *tree)
{
	struct buf first = { 0 }, second = { 0 };
	struct json_fault fault;
	struct json *again;
	struct arena a;

	arena_init(&a, 0);
	write_out(&first, tree);
	again = json_parse(&a, first.bytes, first.len, false, &fault);
	assert(again != NULL);
	write_out(&second, again);
	assert(first.len == second.len);
	assert(memcmp(first.bytes, second.bytes, first.len) == 0);
	buf_fini(&first);
	buf_fini(&second);
	arena_fini(&a);
}

static void
check_strict(const char *text, size_t size, bool duplicates)
{
	struct json_fault fault;
	struct arena a;

	arena_init(&a, 0);
	assert((json_parse(&a, text, size, true, &fault) == NULL) ==
	    duplicates);
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct json_fault fault;
	struct json *tree;
	struct arena a;

	arena_init(&a, CAP_BYTES);
	tree = json_parse(&a, text, size, false, &fault);
	assert(a.used_bytes <= CAP_BYTES);
	if (tree == NULL) {
		size_t line, column;

		assert(fault.message != NULL && fault.offset <= size);
		json_place(text, fault.offset, &line, &column);
		assert(line >= 1 && column >= 1);
	} else {
		check_places(tree, size);
		(void)json_at(tree, "/a/0/b~1c");
		(void)json_number(tree);
		check_written(tree);
		check_strict(text, size, has_duplicates(tree));
	}
	arena_fini(&a);
	return 0;
}
