/* sample -- making and releasing a pair of answers.
 * SPDX-License-Identifier: MIT
 */
#include "observe/sample.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool
sample_budget_take(struct sample_budget *b, uint64_t bytes,
    uint64_t limit_bytes)
{
	uint64_t before = atomic_fetch_add_explicit(&b->used_bytes, bytes,
	    memory_order_relaxed);

	if (before + bytes <= limit_bytes)
		return true;
	sample_budget_give(b, bytes);
	return false;
}

void
sample_budget_give(struct sample_budget *b, uint64_t bytes)
{
	atomic_fetch_sub_explicit(&b->used_bytes, bytes, memory_order_relaxed);
}

bool
answer_header(const struct answer *a, const char *name,
    const char **value_out, size_t *len_out)
{
	size_t name_len = strlen(name);
	const char *line, *end, *feed;

	if (a->headers == NULL)
		return false;
	end = a->headers->bytes + a->headers->len;
	for (line = a->headers->bytes; line < end; line = feed + 1) {
		feed = memchr(line, '\n', (size_t)(end - line));
		if (feed == NULL)
			return false;
		if ((size_t)(feed - line) <= name_len || line[name_len] != ':' ||
		    memcmp(line, name, name_len) != 0)
			continue;
		*value_out = line + name_len + 1;
		*len_out = (size_t)(feed - *value_out);
		return true;
	}
	return false;
}

static void
answer_fini(struct answer *a)
{
	blob_unref(&a->body);
	blob_unref(&a->headers);
}

struct sample *
sample_new(struct config *config)
{
	struct sample *s = mem_zalloc(sizeof *s);

	s->config = config_ref(config);
	return s;
}

void
sample_free(struct sample **s)
{
	if (*s == NULL)
		return;
	for (int v = 0; v < VERSION_COUNT; v++)
		answer_fini(&(*s)->answers[v]);
	answer_fini(&(*s)->control);
	config_unref(&(*s)->config);
	route_counts_unref(&(*s)->counts);
	if ((*s)->budget != NULL)
		sample_budget_give((*s)->budget, (*s)->budget_bytes);
	free(*s);
	*s = NULL;
}
