/* outcome -- the table of outcomes, and what each says of its version.
 * SPDX-License-Identifier: MIT
 */
#include "observe/outcome.h"

#include <assert.h>

#include "base/compiler.h"

static const struct outcome_row rows[] = {
#define OUTCOME(NAME, name, blame, status, fallback, text) \
	[OUTCOME_##NAME] = { name, BLAME_##blame, status, fallback, text },
	OUTCOME_TABLE(OUTCOME)
#undef OUTCOME
};

const struct outcome_row *
outcome_info(enum outcome o)
{
	assert((unsigned)o < COUNT_OF(rows));
	return &rows[o];
}

bool
outcome_is_failure(enum outcome o)
{
	return outcome_info(o)->blame == BLAME_UPSTREAM;
}

bool
outcome_is_counted(enum outcome o)
{
	return o == OUTCOME_DONE || o == OUTCOME_TUNNELLED ||
	    outcome_is_failure(o);
}
