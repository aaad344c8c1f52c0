/* fuzz_redact -- no secret survives, whatever it stands in.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says what the rest is taken for: a document, an event
 * stream, a text, the two values of a difference with a NUL between them, or
 * a path.  The secret is S3CRET.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/fold.h"
#include "compare/redact.h"
#include "config/compare_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEPT_MAX 2000

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
require_clean(const char *text, size_t len)
{
	require(len == 0 || memmem(text, len, "S3CRET", 6) == NULL);
}

static void
require_clean_tree(const struct json *value)
{
	if (value->key != NULL)
		require_clean(value->key, value->key_len);
	if (value->kind == JSON_STRING)
		require_clean(value->text, value->len);
	for (const struct json *v = value->first; v != NULL; v = v->next)
		require_clean_tree(v);
}

static void
document(struct redactor *r, struct arena *a, struct bytes text)
{
	struct redact_result result;
	struct buf out = { 0 };
	struct json_fault fault;
	const struct json *tree = json_parse(a, text.at, text.len, false,
	    &fault);

	if (tree == NULL)
		return;
	result = redact_tree(r, tree, a, KEPT_MAX, &out);
	require(out.len <= KEPT_MAX);
	require_clean(out.bytes, out.len);
	if (!result.cut && !result.is_text) {
		tree = json_parse(a, out.bytes, out.len, false, &fault);
		require(tree != NULL);
		require_clean_tree(tree);
	}
	buf_fini(&out);
}

static void
stream(struct redactor *r, struct arena *a, struct bytes text)
{
	struct buf out = { 0 };
	uint64_t events;

	if (redact_stream(r, text, NULL, a, KEPT_MAX, &out)) {
		const struct json *message = fold_stream(out.bytes, out.len, a,
		    NULL, &events);

		require(message != NULL && out.len <= KEPT_MAX);
		require_clean(out.bytes, out.len);
		require_clean_tree(message);
	}
	buf_fini(&out);
}

static void
plain(struct redactor *r, struct arena *a, struct bytes text)
{
	struct buf out = { 0 };

	(void)a;
	(void)redact_plain(r, text, KEPT_MAX, &out);
	require(out.len <= KEPT_MAX);
	require_clean(out.len > 0 ? out.bytes : "", out.len);
	buf_fini(&out);
}

static void
difference(struct redactor *r, struct arena *a, struct bytes text)
{
	const char *nul = text.len > 0 ? memchr(text.at, 0, text.len) : NULL;
	size_t first = nul != NULL ? (size_t)(nul - text.at) : text.len;
	struct shown legacy = { text.at, first };
	struct shown enhanced = { text.at, text.len };
	struct diff_set set;
	char path[160];

	(void)a;
	if (nul != NULL)
		enhanced = (struct shown){ nul + 1, text.len - first - 1 };
	snprintf(path, sizeof path, "/%.*s", (int)(first < 100 ? first : 100),
	    text.at);
	diff_set_init(&set);
	difference_set_redactor(&set, r);
	difference_set_wholes(&set, legacy, enhanced);
	difference_add(&set, path, DIFF_VALUE, legacy, enhanced);
	require_clean(set.entries[0].path, strlen(set.entries[0].path));
	require_clean(set.entries[0].legacy, strlen(set.entries[0].legacy));
	require_clean(set.entries[0].enhanced,
	    strlen(set.entries[0].enhanced));
}

static void
request_path(struct redactor *r, struct arena *a, struct bytes text)
{
	char path[RECORD_PATH_MAX];

	(void)a;
	snprintf(path, sizeof path, "%.*s", (int)text.len, text.at);
	redact_path(r, path, sizeof path);
	require_clean(path, strlen(path));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(struct redactor *, struct arena *,
	    struct bytes) = { document, stream, plain, difference,
		request_path };
	static char *pointers[] = { "/hidden", "/*/hidden/*", NULL };
	static const struct compare_rules places = { .ignore = pointers,
		.ignore_count = 2 };
	char why[REGEX_WHY_MAX];
	size_t offset;
	struct regex *patterns[] = { regex_new("S3CRET[0-9]*", 12,
	    REGEX_ANYWHERE, why, &offset) };
	struct redact_rules rules = { .pointers = pointers, .pointer_count = 2,
		.patterns = patterns, .pattern_count = 1 };
	struct redactor r = { .rules = &rules };
	struct arena a, lasting;

	arena_init(&lasting, 0);
	arena_init(&a, (size_t)64 << 20);
	rules.places = place_rules_make(&places, &lasting);
	if (size > 0)
		kinds[data[0] % COUNT_OF(kinds)](&r, &a,
		    (struct bytes){ (const char *)data + 1, size - 1 });
	redactor_fini(&r);
	redact_rules_fini(&rules);
	arena_fini(&a);
	arena_fini(&lasting);
	return 0;
}
