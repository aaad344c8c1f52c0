/* config -- the life of a struct config; contract in config.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/config.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "config/load.h"
#include "config/memory.h"

static struct config *
whole_of(struct config *c)
{
	return c->whole != NULL ? c->whole : c;
}

struct config *
config_ref(struct config *c)
{
	atomic_fetch_add_explicit(&whole_of(c)->refs, 1, memory_order_relaxed);
	return c;
}

const struct rules *
config_rules(const struct config *c, const char *rollout)
{
	const struct config *whole = config_whole(c);

	for (size_t i = 1; rollout != NULL && i < whole->rollout_count; i++)
		if (strcmp(whole->rollouts[i]->rules.name, rollout) == 0)
			return &whole->rollouts[i]->rules;
	return &whole->rules;
}

static void
drop_tls(struct config *c)
{
	const struct tls_ports *ports = config_memory(c)->tls;
	struct settings *s = &c->settings;

	if (ports == NULL)
		return;
	for (size_t i = 0; i < s->listen_count; i++)
		ports->drop_server(&s->listen[i].tls.server);
	ports->drop_server(&s->admin_tls.server);
	for (int b = 0; b < BACKEND_COUNT; b++)
		ports->drop_client(&s->backends[b].tls.client);
}

void
config_unref(struct config **c)
{
	struct config *gone = *c;

	*c = NULL;
	if (gone != NULL)
		gone = whole_of(gone);
	if (gone == NULL ||
	    atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	drop_tls(gone);
	for (size_t i = 0; i < gone->rollout_count; i++) {
		compare_rules_fini(&gone->rollouts[i]->rules.compare);
		redact_rules_fini(&gone->rollouts[i]->rules.redact);
	}
	arena_fini(&config_memory(gone)->arena);
	free(gone->memory);
	free(gone);
}

/* Stored with the rollout state, so it must be the same in every release:
 * the text below never changes. */
uint64_t
config_rollout_mark(const struct config *c)
{
	const struct rules *rules = &c->rules;
	const struct stage *stage = &rules->stages[rules->stage];
	struct buf text = { 0 };
	uint64_t mark;

	buf_printf(&text, "enabled=%d stage=%s percent=%u",
	    rules->enabled, stage->name,
	    (unsigned)(rules->percent_given ? rules->percent : stage->percent));
	mark = XXH3_64bits(text.bytes, text.len);
	buf_fini(&text);
	/* 0 is for "never applied one". */
	return mark != 0 ? mark : 1;
}
