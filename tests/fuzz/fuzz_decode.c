/* fuzz_decode -- any bytes as a body: codings, character set, form, parts.
 * SPDX-License-Identifier: MIT
 *
 * The input is an answer's Content-Encoding, a line feed, its Content-Type, a
 * line feed, and its body.  Must hold: memory stays within its cap; what
 * cannot be read has a reason; what can has the form that it says, and is not
 * different from itself.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "compare/content.h"
#include "compare/json_diff.h"

#define ARENA_MAX ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

/* One line of the input, in lower case as a sample has it. */
static void
take_line(const char **text, size_t *left, char *out, size_t space)
{
	const char *lf = *left == 0 ? NULL : memchr(*text, '\n', *left);
	size_t len = lf == NULL ? *left : (size_t)(lf - *text);

	(void)text_copy(out, space, *text, len);
	for (; *out != '\0'; out++)
		if (*out >= 'A' && *out <= 'Z')
			*out |= 0x20;
	*text += len + (lf != NULL);
	*left -= len + (lf != NULL);
}

static void
check_form(const struct content *c)
{
	bool is_text = c->form == CONTENT_TEXT;
	bool is_tree = c->form != CONTENT_TEXT && c->form != CONTENT_BINARY &&
	    c->form != CONTENT_NOTHING;

	require(c->why[0] == '\0');
	require(is_tree == (c->tree != NULL));
	require((c->form == CONTENT_NOTHING) == (c->bytes.len == 0));
	require(!is_text || text_is_utf8(c->bytes.at, c->bytes.len));
	require(!c->broken || !is_tree);
}

static void
check_same(const struct content *c, struct arena *a)
{
	struct compare_rules rules = { .text_similarity = 1 };
	struct diff_set diffs;
	bool whole;

	if (c->tree == NULL)
		return;
	diff_set_init(&diffs);
	whole = json_diff(c->tree, c->tree, &rules, a, &diffs);
	require(diffs.found == 0 && (whole || a->used_bytes > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct answer answer = { .outcome = OUTCOME_DONE, .status = 200 };
	struct content c;
	struct arena a;

	take_line(&text, &size, answer.content_encoding,
	    sizeof answer.content_encoding);
	take_line(&text, &size, answer.content_type,
	    sizeof answer.content_type);
	answer.body = blob_new(size + 1);
	require(blob_append(&answer.body, text, size, size + 1));
	arena_init(&a, ARENA_MAX);
	if (content_decode(&answer, &a, &c) && content_read(&answer, NULL, &a, &c)) {
		check_form(&c);
		check_same(&c, &a);
	} else {
		require(c.why[0] != '\0');
	}
	require(a.used_bytes <= ARENA_MAX);
	arena_fini(&a);
	blob_unref(&answer.body);
	return 0;
}
