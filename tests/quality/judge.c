/* judge -- verdicts of many pairs of answers, as the program would give them.
 * SPDX-License-Identifier: MIT
 *
 *   tests/quality/judge CONFIG <PAIRS >VERDICTS
 *
 * CONFIG is an understudy.json, whose rules apply.  Each line of PAIRS is
 * {"type": "application/json", "legacy": "BODY", "enhanced": "BODY"}; each line
 * of VERDICTS is a verdict, the similarity, and the differences as
 * "kind path", or the reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/json.h"
#include "compare/judge.h"
#include "config/config.h"

static void
die(const char *why)
{
	fprintf(stderr, "judge: %s\n", why);
	exit(2);
}

static const struct json *
member(const struct json *pair, const char *name)
{
	const struct json *value = json_member(pair, name);

	if (value == NULL || value->kind != JSON_STRING)
		die("a pair lacks a member");
	return value;
}

static void
fill(struct answer *a, const struct json *type, const struct json *body)
{
	memset(a, 0, sizeof *a);
	a->outcome = OUTCOME_DONE;
	a->status = 200;
	snprintf(a->content_type, sizeof a->content_type, "%.*s",
	    (int)type->len, type->text);
	a->body = blob_new(body->len + 1);
	if (!blob_append(&a->body, body->text, body->len, body->len + 1))
		die("a body does not fit");
}

static void
print(const struct finding *f)
{
	printf("%s\t%.3f", verdict_name(f->verdict), f->diffs.similarity);
	if (f->verdict == VERDICT_INCOMPARABLE)
		printf("\t%s", f->reason);
	for (unsigned i = 0; i < f->diffs.count; i++) {
		const struct difference *d = &f->diffs.entries[i];

		printf("\t%s %s (%s | %s)", diff_kind_name(d->kind), d->path,
		    d->legacy, d->enhanced);
	}
	putchar('\n');
}

static void
judge_line(const char *line, size_t len, const struct compare_rules *rules)
{
	struct answer legacy, enhanced;
	struct arena pair_arena, scratch;
	const struct json *pair;
	struct json_fault fault;
	struct finding found;

	arena_init(&pair_arena, 0);
	arena_init(&scratch, JUDGE_SCRATCH_MAX);
	pair = json_parse(&pair_arena, line, len, false, &fault);
	if (pair == NULL)
		die(fault.message);
	fill(&legacy, member(pair, "type"), member(pair, "legacy"));
	fill(&enhanced, member(pair, "type"), member(pair, "enhanced"));
	judge_answers(&legacy, &enhanced, rules, NULL, &scratch, &found);
	print(&found);
	blob_unref(&legacy.body);
	blob_unref(&enhanced.body);
	arena_fini(&scratch);
	arena_fini(&pair_arena);
}

int
main(int argc, char **argv)
{
	struct buf faults = { 0 };
	struct config *config;
	char *line = NULL;
	size_t space = 0;
	ssize_t len;

	if (argc != 2)
		die("usage: judge CONFIG <PAIRS");
	config = config_load(argv[1], NULL, &faults);
	if (config == NULL)
		die(faults.bytes);
	buf_fini(&faults);
	while ((len = getline(&line, &space, stdin)) > 0)
		judge_line(line, (size_t)len, &config->rules.compare);
	free(line);
	config_unref(&config);
	return 0;
}
