/* fuzz_json_diff -- two documents compared by any rules: bounded, symmetric,
 * sound.
 * SPDX-License-Identifier: MIT
 *
 * The input is up to three texts with NULs between them: "compare" of a rule
 * file, and two documents.  Without the rules some of ours hold; without the
 * second document the first is compared with itself.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "compare/json_diff.h"
#include "config/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAIN "{\"listen\":[{\"address\":\"127.0.0.1:1\"}],\"backends\":{" \
	"\"legacy\":{\"urls\":[\"http://127.0.0.1:1\"]}," \
	"\"enhanced\":{\"urls\":[\"http://127.0.0.1:2\"]}},\"rules\":[\"r\"]}"
#define OURS "{\"ignore\":[\"/id\",\"/a/*/b\",\"/*/c\"]," \
	"\"text_similarity\":0.8,\"fields\":[" \
	"{\"path\":\"/k\",\"array\":\"key\",\"key\":\"/id\"}," \
	"{\"path\":\"/s\",\"array\":\"set\"}]}"

struct text {
	const char *at;
	size_t len;
};

static void
require(bool truth)
{
	if (!truth)
		abort();
}

/* Everything up to a NUL, taken off; false at the end. */
static bool
take(struct text *rest, struct text *out)
{
	const char *nul;

	if (rest->at == NULL)
		return false;
	nul = rest->len > 0 ? memchr(rest->at, 0, rest->len) : NULL;
	*out = (struct text){ rest->at,
		nul == NULL ? rest->len : (size_t)(nul - rest->at) };
	rest->at = nul == NULL ? NULL : nul + 1;
	rest->len -= nul == NULL ? rest->len : out->len + 1;
	return true;
}

/* --- rules ------------------------------------------------------------------ */

static bool
read_file(void *arg, const char *path, struct buf *out, struct err *err)
{
	const struct text *compare = arg;

	(void)err;
	if (strcmp(path, "u.json") == 0) {
		buf_puts(out, MAIN);
		return true;
	}
	buf_puts(out, "{\"compare\":");
	buf_add(out, compare->at, compare->len);
	buf_puts(out, "}");
	return true;
}

/* NULL: they are no rules. */
static struct config *
load(struct text compare)
{
	struct config_ports ports = { .read_file = read_file, .arg = &compare,
		.processors = 1 };
	struct buf faults = { 0 };
	struct config *c = config_load_from(&ports, "u.json", &faults);

	buf_fini(&faults);
	return c;
}

/* --- differences --------------------------------------------------------------- */

static void
check_set(const struct diff_set *r)
{
	require(r->count <= DIFF_SET_MAX && r->count <= r->found);
	require((r->count == 0) == (r->found == 0));
	require(r->similarity == -1 ||
	    (r->similarity >= 0 && r->similarity <= 1));
	for (unsigned i = 0; i < r->count; i++) {
		const struct difference *d = &r->entries[i];

		require(text_is_utf8(d->path, strlen(d->path)));
		require(text_is_utf8(d->legacy, strlen(d->legacy)));
		require(text_is_utf8(d->enhanced, strlen(d->enhanced)));
		require(d->kind < DIFF_KIND_COUNT);
	}
}

static unsigned
mirrored(unsigned kind)
{
	return kind == DIFF_MISSING ? DIFF_EXTRA : kind == DIFF_EXTRA ?
	    DIFF_MISSING : kind;
}

static void
check_mirror(const struct diff_set *x, const struct diff_set *y)
{
	require(x->found == y->found && x->count == y->count);
	for (unsigned i = 0; i < x->count; i++) {
		require(strcmp(x->entries[i].path, y->entries[i].path) == 0);
		require(mirrored(x->entries[i].kind) == y->entries[i].kind);
		require(strcmp(x->entries[i].legacy,
		    y->entries[i].enhanced) == 0);
	}
}

static void
diff(const struct json *l, const struct json *e,
    const struct compare_rules *rules, struct arena *a, struct diff_set *out)
{
	diff_set_init(out);
	require(json_diff(l, e, rules, a, out));
	check_set(out);
}

static void
check(struct text legacy, const struct text *enhanced,
    const struct compare_rules *rules)
{
	const struct json *l, *e = NULL;
	struct diff_set there, back;
	struct json_fault fault;
	struct arena a;

	arena_init(&a, 0);
	l = json_parse(&a, legacy.at, legacy.len, false, &fault);
	if (l != NULL && enhanced != NULL)
		e = json_parse(&a, enhanced->at, enhanced->len, false, &fault);
	if (l != NULL) {
		diff(l, l, rules, &a, &there);
		require(there.found == 0);
	}
	if (e != NULL) {
		diff(l, e, rules, &a, &there);
		diff(e, l, rules, &a, &back);
		check_mirror(&there, &back);
	}
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = { (const char *)data, size }, texts[3];
	struct text ours = { OURS, sizeof OURS - 1 };
	unsigned count = 0;
	struct config *c;

	if (size == 0)
		return 0;
	while (count < COUNT_OF(texts) && take(&rest, &texts[count]))
		count++;
	c = load(count == 3 ? texts[0] : ours);
	if (c == NULL)
		return 0;
	if (count == 3)
		check(texts[1], &texts[2], &c->rules.compare);
	else
		check(texts[0], count == 2 ? &texts[1] : NULL,
		    &c->rules.compare);
	config_unref(&c);
	return 0;
}
