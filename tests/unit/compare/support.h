/* support -- what the comparison's tests share.
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_COMPARE_SUPPORT_H
#define TESTS_UNIT_COMPARE_SUPPORT_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config/files.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/json.h"
#include "compare/json_diff.h"
#include "observe/sample.h"

/* Rules with at most 8 ignore pointers, ended by NULL; or json, what stands in
 * "compare", with ' for ". */
#define NO_RULES { .text_similarity = 1 }
struct test_rules {
	double text_similarity;
	char *ignore[9];
	const char *json;
};

/* Read as an operator's file is.  They stay for as long as the test runs. */
static inline struct compare_rules
support_read_rules(const char *compare)
{
	static struct config *kept[2000];
	static size_t count;
	struct buf file = { 0 }, faults = { 0 };
	struct config *c;

	buf_printf(&file, "{'compare':%s}", compare);
	c = files_load(WITH_RULES, file.bytes, &faults);
	if (c == NULL || count == COUNT_OF(kept)) {
		fprintf(stderr, "%s\n%s\n", compare,
		    faults.bytes != NULL ? faults.bytes : "too many");
		abort();
	}
	buf_fini(&file);
	buf_fini(&faults);
	kept[count++] = c;
	return c->rules.compare;
}

/* What they are compiled to stays for as long as the test runs. */
static inline struct compare_rules
support_rules(struct test_rules *t)
{
	static struct arena places;
	struct compare_rules rules = { .ignore = t->ignore };

	if (t->json != NULL)
		return support_read_rules(t->json);
	rules.text_similarity = t->text_similarity == 0 ? 1 :
	    t->text_similarity;
	while (t->ignore[rules.ignore_count] != NULL)
		rules.ignore_count++;
	rules.places = place_rules_make(&rules, &places);
	return rules;
}

static inline const struct json *
support_parse(struct arena *a, const char *text, size_t len)
{
	struct json_fault fault;
	const struct json *tree = json_parse(a, text, len, false, &fault);

	if (tree == NULL) {
		fprintf(stderr, "not JSON: %s\n", text);
		abort();
	}
	return tree;
}

static inline void
support_diff_by(const char *legacy, const char *enhanced,
    const struct compare_rules *rules, struct diff_set *out)
{
	struct arena a;

	diff_set_init(out);
	arena_init(&a, 0);
	if (!json_diff(support_parse(&a, legacy, strlen(legacy)),
	    support_parse(&a, enhanced, strlen(enhanced)), rules, &a, out))
		abort();
	arena_fini(&a);
}

static inline void
support_diff(const char *legacy, const char *enhanced, struct test_rules *t,
    struct diff_set *out)
{
	struct compare_rules rules = support_rules(t);

	support_diff_by(legacy, enhanced, &rules, out);
}

/* "value /a; missing /b" */
static inline void
support_list(const struct difference *diffs, unsigned count, char *out,
    size_t space)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		n += (size_t)snprintf(out + n, space - n, "%s%s %s",
		    i > 0 ? "; " : "", diff_kind_name(diffs[i].kind),
		    diffs[i].path);
}

/* A config that only has rules; free() it. */
static inline struct config *
support_config(struct test_rules *t)
{
	struct config *c = calloc(1, sizeof *c);

	atomic_init(&c->refs, 1);
	c->rules.compare = support_rules(t);
	return c;
}

/* NULL bytes: no body. */
static inline void
support_answer(struct answer *a, unsigned status, const char *type,
    const char *bytes, size_t len)
{
	a->outcome = OUTCOME_DONE;
	a->status = (uint16_t)status;
	snprintf(a->content_type, sizeof a->content_type, "%s", type);
	if (bytes == NULL)
		return;
	a->body = blob_new(len + 1);
	if (!blob_append(&a->body, bytes, len, len + 1))
		abort();
}

#endif
