/* fuzz_recorded -- any bytes as an answer that was written down.
 * SPDX-License-Identifier: MIT
 *
 * Must hold: what is read has a status, and a body no longer than the bytes;
 * what is refused has a reason; an answer that is whole is judged the same as
 * itself, or cannot be compared.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/recorded.h"
#include "compare/judge.h"
#include "config/load.h"

#define ARENA_MAX ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static const struct config *
no_rules(void)
{
	static struct config *config;
	struct config_ports ports;
	struct buf faults = { 0 };

	if (config == NULL) {
		config_ports_system(&ports);
		config = config_load_rules(&ports, NULL, 0,
		    RULES_FOR_JUDGING, &faults);
		require(config != NULL);
		/* As with a file: answers are looked into. */
		config->rules.given = true;
	}
	return config;
}

static void
judge_itself(const struct answer *a, const struct config *c)
{
	struct finding f;
	struct arena arena;

	arena_init(&arena, ARENA_MAX);
	judge_answers(a, a, &c->rules.compare, NULL, &arena, &f);
	require(f.verdict == VERDICT_SAME ||
	    (f.verdict == VERDICT_INCOMPARABLE && f.reason[0] != '\0'));
	arena_fini(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct config *c = no_rules();
	struct err err = { "" };
	struct answer a;

	if (recorded_read((const char *)data, size, NULL, &c->rules, &a, &err)) {
		require(a.status >= 100 && a.outcome != OUTCOME_OPEN);
		require(a.body == NULL || a.body->len <= size);
		judge_itself(&a, c);
	} else {
		require(err.text[0] != '\0');
	}
	blob_unref(&a.body);
	blob_unref(&a.headers);
	return 0;
}
