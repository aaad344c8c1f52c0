/* Documents, streams and differences without what must not be kept.
 * SPDX-License-Identifier: MIT
 */
#include "compare/redact.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/fold.h"
#include "config/compare_rules.h"

#include "support.h"

#define LIST_MAX 5
#define M REDACTED
#define MAIL "[\\w.+-]+@[\\w-]+\\.[\\w.]+"

struct wanted {
	const char *pointers[LIST_MAX], *patterns[LIST_MAX];
};

/* Rules, and who applies them. */
struct bench {
	struct redact_rules rules;
	struct redactor redactor;
	struct arena places, arena;
};

static void
bench_init(struct bench *b, const struct wanted *w)
{
	struct compare_rules pointers = { .ignore_count = 0 };
	char why[REGEX_WHY_MAX];
	size_t offset;

	memset(b, 0, sizeof *b);
	arena_init(&b->places, 0);
	arena_init(&b->arena, (size_t)64 << 20);
	b->rules.pointers = (char **)(uintptr_t)w->pointers;
	while (b->rules.pointer_count < LIST_MAX &&
	    w->pointers[b->rules.pointer_count] != NULL)
		b->rules.pointer_count++;
	pointers.ignore = b->rules.pointers;
	pointers.ignore_count = b->rules.pointer_count;
	b->rules.places = place_rules_make(&pointers, &b->places);
	b->rules.patterns = arena_zalloc(&b->places,
	    LIST_MAX * sizeof b->rules.patterns[0]);
	for (size_t i = 0; i < LIST_MAX && w->patterns[i] != NULL; i++) {
		b->rules.patterns[i] = regex_new(w->patterns[i],
		    strlen(w->patterns[i]), REGEX_ANYWHERE, why, &offset);
		cr_assert_not_null(b->rules.patterns[i], "%s", w->patterns[i]);
		b->rules.pattern_count++;
	}
	b->redactor.rules = &b->rules;
}

static void
bench_fini(struct bench *b)
{
	redactor_fini(&b->redactor);
	redact_rules_fini(&b->rules);
	arena_fini(&b->places);
	arena_fini(&b->arena);
}

/* --- documents ------------------------------------------------------------- */

static const struct {
	const char *why;
	struct wanted rules;
	const char *text, *want; /* ' for " */
	bool changed;
} documents[] = {
	{ "no rules", { .pointers = { NULL } }, "{'a':[1,true,null,'x']}",
	    "{'a':[1,true,null,'x']}", false },
	{ "numbers stay as they are written", { .patterns = { "x" } },
	    "[1.0,1e5,123456789012345678901234567890]",
	    "[1.0,1e5,123456789012345678901234567890]", false },
	{ "a place", { .pointers = { "/a/b" } }, "{'a':{'b':1,'c':2}}",
	    "{'a':{'b':'" M "','c':2}}", true },
	{ "a place and all under it", { .pointers = { "/a" } },
	    "{'a':{'b':{'c':[1]}}}", "{'a':'" M "'}", true },
	{ "a place in each item", { .pointers = { "/u/*/mail" } },
	    "{'u':[{'mail':'x'},{'n':1},{'mail':'y'}]}",
	    "{'u':[{'mail':'" M "'},{'n':1},{'mail':'" M "'}]}", true },
	{ "one item", { .pointers = { "/1" } }, "[1,2,3]", "[1,'" M "',3]",
	    true },
	{ "null is hidden too", { .pointers = { "/a" } }, "{'a':null}",
	    "{'a':'" M "'}", true },
	{ "the whole", { .pointers = { "" } }, "{'a':1}", "'" M "'", true },
	{ "both of a name that comes twice", { .pointers = { "/a" } },
	    "{'a':1,'a':2}", "{'a':'" M "','a':'" M "'}", true },
	{ "a name with a slash", { .pointers = { "/a~1b" } }, "{'a/b':1}",
	    "{'a/b':'" M "'}", true },
	{ "hidden before: no change", { .pointers = { "/a" } },
	    "{'a':'" M "'}", "{'a':'" M "'}", false },

	{ "a pattern in a string", { .patterns = { MAIL } },
	    "{'a':'to a@b.ch now'}", "{'a':'to " M " now'}", true },
	{ "written with escapes", { .patterns = { MAIL } },
	    "{'a':'a\\u0040b.ch'}", "{'a':'" M "'}", true },
	{ "in a name", { .patterns = { MAIL } }, "{'a@b.ch':1}",
	    "{'" M "':1}", true },
	{ "in a number", { .patterns = { "\\d{16}" } },
	    "{'card':4111111111111111}", "{'card':'" M "'}", true },
	{ "across values", { .patterns = { "\"pin\":\"\\d+\"" } },
	    "{'pin':'17','a':1}", "{" M ",'a':1}", true },

	{ "JSON in a string, its place", { .pointers = { "/args/pw" } },
	    "{'args':'{\\\"pw\\\":\\\"x\\\",\\\"a\\\":1}'}",
	    "{'args':'{\\\"pw\\\":\\\"" M "\\\",\\\"a\\\":1}'}", true },
	{ "JSON in a string, its escapes", { .patterns = { MAIL } },
	    "{'args':'{\\\"m\\\":\\\"a\\\\u0040b.ch\\\"}'}",
	    "{'args':'{\\\"m\\\":\\\"" M "\\\"}'}", true },
	{ "JSON in a string, untouched keeps its spaces",
	    { .pointers = { "/args/pw" } }, "{'args':'{ \\\"a\\\" : 1 }'}",
	    "{'args':'{ \\\"a\\\" : 1 }'}", false },
	{ "no JSON where a rule goes into it", { .pointers = { "/args/pw" } },
	    "{'args':'{\\\"pw\\\":\\\"x'}", "{'args':'" M "'}", true },
	{ "no JSON where none does", { .pointers = { "/other" } },
	    "{'args':'{\\\"pw\\\":\\\"x'}", "{'args':'{\\\"pw\\\":\\\"x'}", false },
	{ "in JSON in JSON", { .patterns = { "s3c" } },
	    "['[\\\"[\\\\\\\"s3c\\\\\\\"]\\\"]']",
	    "['[\\\"[\\\\\\\"" M "\\\\\\\"]\\\"]']", true },
};

static char *
quoted(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

Test(redact, documents)
{
	for (size_t i = 0; i < COUNT_OF(documents); i++) {
		char *text = quoted(documents[i].text);
		char *want = quoted(documents[i].want);
		struct redact_result result;
		struct buf out = { 0 };
		struct bench b;

		bench_init(&b, &documents[i].rules);
		result = redact_tree(&b.redactor, support_parse(&b.arena, text,
		    strlen(text)), &b.arena, 4096, &out);
		cr_expect_str_eq(out.bytes, want, "%s: %s", documents[i].why,
		    out.bytes);
		cr_expect_eq(result.changed, documents[i].changed, "%s",
		    documents[i].why);
		cr_expect(!result.full && !result.cut);
		buf_fini(&out);
		bench_fini(&b);
		free(text);
		free(want);
	}
}

Test(redact, says_when_it_is_no_document_any_more)
{
	const struct wanted rules = { .patterns = { "\"a\":1" } };
	struct buf out = { 0 };
	struct bench b;

	bench_init(&b, &rules);
	cr_expect(redact_tree(&b.redactor, support_parse(&b.arena,
	    "{\"a\":1}", 7), &b.arena, 4096, &out).is_text);
	cr_expect_str_eq(out.bytes, "{" M "}");
	buf_fini(&out);
	bench_fini(&b);
}

/* The cut comes last: a secret over the border is gone before it. */
Test(redact, cuts_behind_what_was_taken_out)
{
	const struct wanted rules = { .patterns = { MAIL } };
	char text[] = "[\"to to to to to to to to alice@example.org\"]";
	struct bench b;

	for (size_t max = 1; max < sizeof text; max++) {
		struct buf out = { 0 };
		struct redact_result result;

		bench_init(&b, &rules);
		result = redact_tree(&b.redactor, support_parse(&b.arena, text,
		    strlen(text)), &b.arena, max, &out);
		cr_expect_leq(out.len, max);
		cr_expect_null(strstr(out.bytes, "alice"));
		cr_expect_null(strstr(out.bytes, "@"));
		cr_expect_eq(result.cut, max < strlen("[\"to to to to to to to "
		    "to " M "\"]"));
		buf_fini(&out);
		bench_fini(&b);
	}
}

/* Work and memory follow what is kept, not what came. */
Test(redact, stops_when_there_is_enough)
{
	const struct wanted rules = { .patterns = { "s3cret\\d" } };
	struct buf text = { 0 }, out = { 0 };
	struct redact_result result;
	struct bench b;

	buf_puts(&text, "[");
	for (int i = 0; i < 50000; i++)
		buf_printf(&text, "%s\"word %d s3cret1\"", i > 0 ? "," : "", i);
	buf_puts(&text, "]");
	bench_init(&b, &rules);
	result = redact_tree(&b.redactor, support_parse(&b.arena, text.bytes,
	    text.len), &b.arena, 1000, &out);
	cr_expect(result.cut);
	cr_expect_leq(out.len, 1000);
	cr_expect_lt(out.space, 200000);
	cr_expect_null(strstr(out.bytes, "s3cret"));
	buf_fini(&text);
	buf_fini(&out);
	bench_fini(&b);
}

Test(redact, goes_deep_without_harm)
{
	const struct wanted rules = { .pointers = { "/x/y" },
		.patterns = { "s3cret" } };
	struct buf text = { 0 }, out = { 0 };
	struct bench b;

	/* A document as deep as there are, with another one in a string. */
	for (int i = 0; i < 120; i++)
		buf_puts(&text, "[");
	buf_puts(&text, "\"");
	for (int i = 0; i < 120; i++)
		buf_puts(&text, "[");
	buf_puts(&text, "\\\"s3cret\\\"");
	for (int i = 0; i < 120; i++)
		buf_puts(&text, "]");
	buf_puts(&text, "\"");
	for (int i = 0; i < 120; i++)
		buf_puts(&text, "]");
	bench_init(&b, &rules);
	(void)redact_tree(&b.redactor, support_parse(&b.arena, text.bytes,
	    text.len), &b.arena, 4096, &out);
	cr_expect_null(strstr(out.bytes, "s3cret"));
	buf_fini(&text);
	buf_fini(&out);
	bench_fini(&b);
}

/* --- streams --------------------------------------------------------------- */

#define CHUNK(index, text) "data: {\"choices\":[{\"index\":" #index \
	",\"delta\":{\"content\":\"" text "\"}}]}\n\n"

static const struct {
	const char *why;
	struct wanted rules;
	const char *text;
	const char *want; /* NULL: not as a stream */
} streams[] = {
	{ "nothing to take out", { .patterns = { MAIL } },
	    CHUNK(0, "hello") CHUNK(0, " you") "data: [DONE]\n\n",
	    CHUNK(0, "hello") CHUNK(0, " you") "data: [DONE]\n\n" },
	{ "within an event", { .patterns = { MAIL } },
	    CHUNK(0, "to a@b.ch!") CHUNK(0, " ok"),
	    CHUNK(0, "to " M "!") CHUNK(0, " ok") },
	{ "cut by two events", { .patterns = { MAIL } },
	    CHUNK(0, "to alice@ex") CHUNK(0, "ample.org, ok"),
	    CHUNK(0, "to " M) CHUNK(0, ", ok") },
	{ "cut by many", { .patterns = { MAIL } },
	    CHUNK(0, "to al") CHUNK(0, "ice") CHUNK(0, "@") CHUNK(0, "ex")
	    CHUNK(0, "ample.or") CHUNK(0, "g ok"),
	    CHUNK(0, "to " M) CHUNK(0, "") CHUNK(0, "") CHUNK(0, "")
	    CHUNK(0, "") CHUNK(0, " ok") },
	{ "of two choices that take turns", { .patterns = { MAIL } },
	    CHUNK(0, "al") CHUNK(1, "bo") CHUNK(0, "ice@b.ch")
	    CHUNK(1, "b@c.ch"),
	    CHUNK(0, M) CHUNK(1, M) CHUNK(0, "") CHUNK(1, "") },
	{ "plain words", { .patterns = { "s3cret" } },
	    "data: a s3c\n\ndata: ret b\n\n",
	    "data: a " M "\n\ndata:  b\n\n" },
	{ "a name of an event stays, an id goes", { .patterns = { "s3cret" } },
	    "event: ping\nid: s3cret\ndata: {\"a\":1}\n\n",
	    "event: ping\ndata: {\"a\":1}\n\n" },
	{ "a comment goes", { .patterns = { "s3cret" } },
	    ": s3cret\ndata: x\n\n", "data: x\n\n" },
	{ "a secret as an event's name", { .patterns = { "s3cret" } },
	    "event: s3cret\ndata: x\n\n", NULL },
	{ "a place of the events", { .pointers = { "/usage" } },
	    "data: {\"choices\":[],\"usage\":{\"t\":1}}\n\n",
	    "data: {\"choices\":[],\"usage\":\"" M "\"}\n\n" },
	{ "a place that only the message has",
	    { .pointers = { "/choices/*/message/content" } },
	    CHUNK(0, "hello"), NULL },
	{ "over the cap", { .patterns = { "x" } },
	    CHUNK(0, "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"), NULL },
	{ "no event at all", { .patterns = { "x" } }, "data: x", NULL },
};

Test(redact, streams)
{
	for (size_t i = 0; i < COUNT_OF(streams); i++) {
		struct bytes text = { streams[i].text,
			strlen(streams[i].text) };
		struct buf out = { 0 };
		struct bench b;
		bool ok;

		bench_init(&b, &streams[i].rules);
		ok = redact_stream(&b.redactor, text, NULL, &b.arena, 512, &out);
		cr_expect_eq(ok, streams[i].want != NULL, "%s", streams[i].why);
		if (ok && streams[i].want != NULL)
			cr_expect_str_eq(out.bytes, streams[i].want, "%s: %s",
			    streams[i].why, out.bytes);
		buf_fini(&out);
		bench_fini(&b);
	}
}

/* A secret cut at every byte, over two events: gone, or not kept as events. */
Test(redact, secrets_over_two_events_wherever_they_are_cut)
{
	static const char secret[] = "please write to alice@example.org today";
	const struct wanted rules = { .patterns = { MAIL } };

	for (size_t cut = 0; cut < sizeof secret; cut++) {
		struct buf text = { 0 }, out = { 0 };
		struct bench b;

		buf_printf(&text, "data: {\"type\":\"delta\",\"index\":0,\"delta\":"
		    "{\"text\":\"%.*s\"}}\n\ndata: {\"type\":\"delta\",\"index\":0,"
		    "\"delta\":{\"text\":\"%s\"}}\n\n", (int)cut, secret,
		    secret + cut);
		bench_init(&b, &rules);
		cr_expect(redact_stream(&b.redactor, (struct bytes){ text.bytes,
		    text.len }, NULL, &b.arena, 4096, &out), "cut at %zu", cut);
		cr_expect_null(strstr(out.bytes, "alice"));
		cr_expect_null(strstr(out.bytes, "example"));
		cr_expect_not_null(strstr(out.bytes, M));
		buf_fini(&text);
		buf_fini(&out);
		bench_fini(&b);
	}
}

/* --- differences ------------------------------------------------------------- */

static const struct {
	const char *why;
	struct wanted rules;
	const char *path, *legacy, *enhanced;
	const char *want_path, *want_legacy, *want_enhanced;
} values[] = {
	{ "nothing", { .patterns = { MAIL } }, "/a", "x", "y", "/a", "x", "y" },
	{ "at a place", { .pointers = { "/a" } }, "/a", "x", "y", "/a", M, M },
	{ "under it", { .pointers = { "/a" } }, "/a/b", "x", "y", "/a/b", M, M },
	{ "an absent value stays absent", { .pointers = { "/a" } }, "/a", "",
	    "y", "/a", "", M },
	{ "an item", { .pointers = { "/a/*/b" } }, "/a/*/b", "x", "y",
	    "/a/*/b", M, M },
	{ "an item by number", { .pointers = { "/a/0" } }, "/a/*", "x", "y",
	    "/a/*", M, M },
	{ "a member is no item", { .pointers = { "/a/name" } }, "/a/*", "x",
	    "y", "/a/*", "x", "y" },
	{ "beside it", { .pointers = { "/a/b" } }, "/a/c", "x", "y", "/a/c",
	    "x", "y" },
	{ "above it: a count", { .pointers = { "/a/b" } }, "/a",
	    "{3 members}", "[2 items]", "/a", "{3 members}", "[2 items]" },
	{ "above it: a document in a string", { .pointers = { "/a/b" } }, "/a",
	    "{\"b\":\"x\"}", " {\"b\":\"x\"}", "/a", M, M },
	{ "above it: the same as another type", { .pointers = { "/a/b" } },
	    "/a", "string: {\"b\":1}", "object", "/a", M, "object" },
	{ "above it: other texts", { .pointers = { "/a/b" } }, "/a", "x",
	    "string: y", "/a", "x", "string: y" },
	{ "a path that was cut", { .pointers = { "/a/b/c" } },
	    "/a/\xe2\x80\xa6", "x", "y", "/a/\xe2\x80\xa6", M, M },
	{ "the whole document", { .pointers = { "" } }, "body", "x", "y",
	    "body", M, M },
	{ "but not its status", { .pointers = { "" } }, "status", "200", "201",
	    "status", "200", "201" },
	{ "patterns", { .patterns = { MAIL } }, "/a", "to a@b.ch", "to c@d.ch",
	    "/a", "to " M, "to " M },
	{ "names in paths", { .patterns = { MAIL } }, "/u/a@b.ch/x", "1", "2",
	    "/u/" M "/x", "1", "2" },
	{ "names with slashes", { .patterns = { "s3c/ret" } }, "/u/s3c~1ret",
	    "1", "2", "/u/" M, "1", "2" },
};

static void
add_difference(struct bench *b, const char *path, const char *legacy,
    const char *enhanced, struct diff_set *out)
{
	diff_set_init(out);
	difference_set_redactor(out, &b->redactor);
	difference_add(out, path, DIFF_VALUE,
	    (struct shown){ legacy, strlen(legacy) },
	    (struct shown){ enhanced, strlen(enhanced) });
}

Test(redact, differences)
{
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		struct diff_set set;
		struct bench b;

		bench_init(&b, &values[i].rules);
		add_difference(&b, values[i].path, values[i].legacy,
		    values[i].enhanced, &set);
		cr_expect_str_eq(set.entries[0].path, values[i].want_path, "%s",
		    values[i].why);
		cr_expect_str_eq(set.entries[0].legacy, values[i].want_legacy,
		    "%s", values[i].why);
		cr_expect_str_eq(set.entries[0].enhanced,
		    values[i].want_enhanced, "%s", values[i].why);
		bench_fini(&b);
	}
}

/* Values are shortened to some 80 bytes; a secret over the border of that is
 * taken out before, wherever it stands. */
Test(redact, values_before_they_are_shortened)
{
	const struct wanted rules = { .patterns = { "s3cret-[a-z]+" } };

	for (size_t at = 0; at < 200; at++) {
		char legacy[400], enhanced[400];
		struct diff_set set;
		struct bench b;

		memset(legacy, '.', sizeof legacy);
		memcpy(legacy + at, "s3cret-legacy", 13);
		legacy[300] = '\0';
		memset(enhanced, '.', sizeof enhanced);
		memcpy(enhanced + at, "s3cret-enhanced", 15);
		enhanced[300] = '\0';
		bench_init(&b, &rules);
		add_difference(&b, "/a", legacy, enhanced, &set);
		cr_expect_null(strstr(set.entries[0].legacy, "s3c"), "%zu", at);
		cr_expect_null(strstr(set.entries[0].enhanced, "s3c"), "%zu",
		    at);
		cr_expect_null(strstr(set.entries[0].enhanced, "enh"), "%zu",
		    at);
		bench_fini(&b);
	}
}

/* A fact without the words around it that a pattern knows it by. */
Test(redact, parts_of_texts_that_are_not_kept)
{
	static const char text[] = "the pin is 4711, the room is 12";
	const struct wanted rules = { .patterns = { "pin is \\d+" } };
	struct shown whole = { text, sizeof text - 1 };
	struct diff_set set;
	struct bench b;

	bench_init(&b, &rules);
	diff_set_init(&set);
	difference_set_redactor(&set, &b.redactor);
	difference_set_wholes(&set, whole, whole);
	difference_add(&set, "text", DIFF_NUMBER, (struct shown){ "4711", 4 },
	    (struct shown){ "12", 2 });
	cr_expect_str_eq(set.entries[0].legacy, M);
	cr_expect_str_eq(set.entries[0].enhanced, "12");
	bench_fini(&b);
}

/* --- properties ---------------------------------------------------------------- */

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

static void
make_document(struct buf *out, unsigned *seed, int depth)
{
	static const char *const strings[] = { "plain", "S3CRET17 in front",
		"behind S3CRET42", "\\u0053\\u0033CRET99",
		"{\\\"k\\\":\\\"S3CRET5\\\"}", "[\\\"\\\\u0053\\u0033CRET7\\\"",
		"x\\nS3CRET1\\ty" };
	unsigned kind = next_random(seed) % (depth > 0 ? 5 : 3);
	unsigned count = 1 + next_random(seed) % 4;

	if (kind == 0) {
		buf_printf(out, "%u", next_random(seed));
	} else if (kind < 3) {
		buf_printf(out, "\"%s\"", strings[next_random(seed) %
		    COUNT_OF(strings)]);
	} else {
		buf_puts(out, kind == 3 ? "[" : "{");
		for (unsigned i = 0; i < count; i++) {
			buf_puts(out, i > 0 ? "," : "");
			if (kind == 4)
				buf_printf(out, "\"%s%u\":", next_random(seed) %
				    3 == 0 ? "S3CRET" : "m", i);
			make_document(out, seed, depth - 1);
		}
		buf_puts(out, kind == 3 ? "]" : "}");
	}
}

/* Is the secret in any string or name, however it is written? */
static bool
has_secret(const struct json *value)
{
	if (value->key != NULL && memmem(value->key, value->key_len, "S3CRET",
	    6) != NULL)
		return true;
	if (value->kind == JSON_STRING && memmem(value->text, value->len,
	    "S3CRET", 6) != NULL)
		return true;
	for (const struct json *v = value->first; v != NULL; v = v->next)
		if (has_secret(v))
			return true;
	return false;
}

Test(redact, no_secret_survives_in_any_document)
{
	const struct wanted rules = { .pointers = { "/m0", "/*/m1" },
		.patterns = { "S3CRET\\d*" } };
	unsigned seed = 7;

	for (int round = 0; round < 3000; round++) {
		struct buf text = { 0 }, out = { 0 }, again = { 0 };
		struct redact_result result;
		const struct json *tree;
		struct bench b;

		make_document(&text, &seed, 4);
		bench_init(&b, &rules);
		(void)redact_tree(&b.redactor, support_parse(&b.arena,
		    text.bytes, text.len), &b.arena, 1 << 20, &out);
		tree = support_parse(&b.arena, out.bytes, out.len);
		cr_assert(!has_secret(tree), "%s\n%s", text.bytes, out.bytes);
		/* What is clean is left as it is. */
		result = redact_tree(&b.redactor, tree, &b.arena, 1 << 20,
		    &again);
		cr_assert(!result.changed, "%s", out.bytes);
		cr_assert_str_eq(again.bytes, out.bytes);
		buf_fini(&text);
		buf_fini(&out);
		buf_fini(&again);
		bench_fini(&b);
	}
}
