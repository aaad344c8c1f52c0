/* kept -- see kept.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/kept.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const side_names[KEPT_SIDE_COUNT] = {
	[KEPT_LEGACY] = "legacy",
	[KEPT_ENHANCED] = "enhanced",
	[KEPT_CONTROL] = "control",
};

const char *
kept_side_name(enum kept_side side)
{
	assert((unsigned)side < KEPT_SIDE_COUNT);
	return side_names[side];
}

bool
kept_side_parse(const char *name, enum kept_side *out)
{
	for (int i = 0; i < KEPT_SIDE_COUNT; i++)
		if (strcmp(side_names[i], name) == 0) {
			*out = (enum kept_side)i;
			return true;
		}
	return false;
}

struct kept_sample *
kept_sample_new(struct config *config)
{
	struct kept_sample *k = mem_zalloc(sizeof *k);

	if (config != NULL)
		k->config = config_ref(config);
	return k;
}

void
kept_sample_free(struct kept_sample **slot)
{
	struct kept_sample *k = *slot;

	if (k == NULL)
		return;
	for (int i = 0; i < KEPT_SIDE_COUNT; i++) {
		buf_fini(&k->answers[i].fields);
		buf_fini(&k->answers[i].body);
	}
	config_unref(&k->config);
	free(k);
	*slot = NULL;
}

size_t
kept_sample_bytes(const struct kept_sample *k)
{
	size_t bytes = sizeof *k;

	for (int i = 0; i < KEPT_SIDE_COUNT; i++)
		bytes += k->answers[i].fields.space + k->answers[i].body.space;
	return bytes;
}
