/* fuzz_json_scan -- any bytes as a document that is read as it comes.
 * SPDX-License-Identifier: MIT
 *
 * A line of pointers with blanks between them, a line whose first byte says
 * how long the pieces are, then the document.  Must hold: cut any way, the
 * same is found and said; and if json.h reads the document, then so does
 * this, and what is found are the values of its tree.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

/* --- what is found, as lines ------------------------------------------------- */

static void
write_found(struct buf *out, const struct json_found *f)
{
	buf_printf(out, "%u %d %d %d ", f->mark, (int)f->kind, f->empty, f->cut);
	buf_add(out, f->text, f->len);
	buf_add(out, "\n", 1);
}

static void
on_found(void *arg, const struct json_found *f)
{
	require(f->len <= JSON_SCAN_TEXT_MAX);
	write_found(arg, f);
}

static enum json_scan_state
scan(const struct pointer_node *tree, const char *text, size_t len,
    size_t piece, struct buf *out)
{
	struct json_scan s;

	json_scan_init(&s, tree);
	for (size_t i = 0; i < len; i += piece) {
		size_t n = piece < len - i ? piece : len - i;
		/* In memory of its own: a byte too far is seen. */
		char *bytes = malloc(n);

		memcpy(bytes, text + i, n);
		(void)json_scan_feed(&s, bytes, n, on_found, out);
		free(bytes);
	}
	return json_scan_finish(&s, on_found, out);
}

/* --- the same of a tree ------------------------------------------------------- */

static void
found_of(const struct json *v, struct json_found *f)
{
	*f = (struct json_found){ .kind = v->kind, .text = "" };
	if (v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)
		f->empty = v->count == 0;
	if (v->kind != JSON_STRING && v->kind != JSON_NUMBER)
		return;
	f->text = v->text;
	f->len = v->len;
	f->empty = v->kind == JSON_STRING && v->len == 0;
	if (f->len > JSON_SCAN_TEXT_MAX) {
		f->len = JSON_SCAN_TEXT_MAX;
		f->cut = true;
	}
}

static void
walk(const struct json *v, const struct pointer_node *n, struct buf *out)
{
	struct json_found f;
	uint64_t index = 0;

	if (n == NULL)
		return;
	for (const struct json *c = v->first; c != NULL; c = c->next)
		walk(c, v->kind == JSON_ARRAY ? pointer_item(n, index++) :
		    pointer_child(n, c->key, c->key_len), out);
	found_of(v, &f);
	for (size_t i = 0; i < n->mark_count; i++) {
		f.mark = n->marks[i];
		write_found(out, &f);
	}
}

static void
check_same(const struct buf *a, const struct buf *b)
{
	require(a->len == b->len &&
	    (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0));
}

static void
check(const struct pointer_node *tree, const char *text, size_t len,
    size_t piece)
{
	struct buf whole = { 0 }, cut = { 0 }, bytes = { 0 }, walked = { 0 };
	enum json_scan_state state = scan(tree, text, len, len + 1, &whole);
	struct json_fault fault;
	struct json *document;
	struct arena a;

	arena_init(&a, 0);
	require(scan(tree, text, len, piece, &cut) == state);
	require(scan(tree, text, len, 1, &bytes) == state);
	check_same(&whole, &cut);
	check_same(&whole, &bytes);
	document = json_parse(&a, text, len, false, &fault);
	if (document != NULL) {
		require(state == JSON_SCAN_END);
		walk(document, tree, &walked);
		check_same(&whole, &walked);
	}
	arena_fini(&a);
	buf_fini(&whole);
	buf_fini(&cut);
	buf_fini(&bytes);
	buf_fini(&walked);
}

/* --- input --------------------------------------------------------------------- */

/* Up to the next of these two bytes; steps over it. */
static char *
take(struct arena *a, const char **text, size_t *len, char end, char or_end)
{
	size_t n = 0;
	char *word;

	while (n < *len && (*text)[n] != end && (*text)[n] != or_end)
		n++;
	word = arena_strndup(a, *text, n);
	n += n < *len;
	*text += n;
	*len -= n;
	return word;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *pointers[16], *piece;
	const struct pointer_node *tree;
	size_t count = 0;
	struct arena a;

	arena_init(&a, 0);
	do
		pointers[count++] = take(&a, &text, &size, ' ', '\n');
	while (count < 16 && size > 0 && text[-1] != '\n');
	piece = take(&a, &text, &size, '\n', '\n');
	tree = pointer_tree_make(pointers, count, &a);
	if (tree != NULL)
		check(tree, text, size, 1 + (unsigned char)piece[0] % 61);
	arena_fini(&a);
	return 0;
}
