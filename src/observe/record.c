/* record -- the words that records are stored with.
 * SPDX-License-Identifier: MIT
 */
#include "observe/record.h"

#include <assert.h>

#include "base/compiler.h"

static const char *const verdict_names[] = {
#define VERDICT(NAME, name, text) [VERDICT_##NAME] = name,
	VERDICT_TABLE(VERDICT)
#undef VERDICT
};

static const char *const diff_kind_names[] = {
	[DIFF_MISSING] = "missing",
	[DIFF_EXTRA] = "extra",
	[DIFF_TYPE] = "type",
	[DIFF_VALUE] = "value",
	[DIFF_LENGTH] = "length",
	[DIFF_LANGUAGE] = "language",
	[DIFF_EMPTY] = "empty",
	[DIFF_REFUSAL] = "refusal",
	[DIFF_NUMBER] = "number",
	[DIFF_PRICE] = "price",
	[DIFF_DATE] = "date",
	[DIFF_NAME] = "name",
	[DIFF_ORDER] = "order",
	[DIFF_LIMIT] = "limit",
	[DIFF_CUT] = "cut",
	[DIFF_NEGATION] = "negation",
};

const char *
verdict_name(enum verdict v)
{
	assert((unsigned)v < COUNT_OF(verdict_names));
	return verdict_names[v];
}

const char *
diff_kind_name(enum diff_kind k)
{
	assert((unsigned)k < COUNT_OF(diff_kind_names));
	return diff_kind_names[k];
}
