/* mirror_watch -- see mirror_watch.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/mirror_watch.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/change.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define SAVE_NS (10 * NS_PER_S)

static const char *const kept_names[] = { "mirror_day", "mirror_requests",
	"mirror_tokens" };

static uint64_t
get(const _Atomic uint64_t *slot)
{
	return atomic_load_explicit(slot, memory_order_relaxed);
}

static uint64_t
spent(const struct mirror_watch *w)
{
	return get(&w->budget->requests) + get(&w->budget->tokens);
}

void
mirror_watch_start(struct mirror_watch *w, struct mirror_budget *budget,
    struct store *store, struct recorder *recorder, int64_t now_us)
{
	int64_t kept[COUNT_OF(kept_names)] = { 0 };
	struct err err = { "" };

	*w = (struct mirror_watch){ .budget = budget, .store = store,
		.recorder = recorder, .day = now_us / DAY_US };
	for (size_t i = 0; i < COUNT_OF(kept_names); i++)
		if (!store_number(store, kept_names[i], &kept[i], &err)) {
			log_event(LOG_WARN, "budget", "what mirroring has cost "
			    "today is not known, counting from 0: %s", err.text);
			return;
		}
	if (kept[0] == w->day) {
		atomic_store(&budget->requests, (uint64_t)kept[1]);
		atomic_store(&budget->tokens, (uint64_t)kept[2]);
	}
	w->saved = spent(w);
}

static void
save(struct mirror_watch *w)
{
	const int64_t now[COUNT_OF(kept_names)] = { w->day,
		(int64_t)get(&w->budget->requests),
		(int64_t)get(&w->budget->tokens) };
	struct err err = { "" };

	for (size_t i = 0; i < COUNT_OF(kept_names); i++)
		if (!store_set_number(w->store, kept_names[i], now[i], &err)) {
			log_event(LOG_WARN, "budget", "what mirroring has cost "
			    "today is not written down: %s", err.text);
			return;
		}
	w->saved = (uint64_t)(now[1] + now[2]);
}

static void
tell(struct mirror_watch *w, const struct snapshot *s, int64_t now_us)
{
	uint64_t requests = get(&w->budget->requests);
	uint64_t tokens = get(&w->budget->tokens);
	char *reason = mem_printf("mirroring stops until the next day (UTC): %"
	    PRIu64 " requests and %" PRIu64 " tokens are spent", requests, tokens);
	char *evidence = mem_printf("{\"requests\":%" PRIu64 ",\"tokens\":%"
	    PRIu64 "}", requests, tokens);
	const struct change_origin by = { "guard", reason, now_us };
	struct log_entry event;
	struct err err = { "" };

	log_event_with(LOG_WARN, "budget", NULL, "%s", reason);
	change_note(&s->state, "budget", &by, evidence, &event);
	if (!store_save(w->store, NULL, &event, &err))
		log_event(LOG_WARN, "store", "the end of the budget is not written "
		    "down: %s", err.text);
	else if (w->recorder != NULL)
		recorder_poke(w->recorder);
	free(evidence);
	free(reason);
}

static void
begin_day(struct mirror_watch *w, int64_t day)
{
	w->day = day;
	w->told = false;
	atomic_store(&w->budget->requests, 0);
	atomic_store(&w->budget->tokens, 0);
	atomic_store(&w->budget->refused, 0);
}

bool
mirror_watch_tick(struct mirror_watch *w, const struct snapshot *s,
    int64_t now_us, uint64_t now_ns)
{
	const struct mirror_rules *rules = &s->config->rules.mirror;
	bool is_spent, was_told = w->told;

	if (now_us / DAY_US != w->day)
		begin_day(w, now_us / DAY_US);
	is_spent = mirror_budget_is_spent(w->budget, rules);
	/* Only when a request had to go without: until then nothing stopped. */
	if (is_spent && !w->told && get(&w->budget->refused) > 0) {
		w->told = true;
		tell(w, s, now_us);
	} else if (!is_spent) {
		w->told = false;
	}
	if (now_ns >= w->save_ns) {
		w->save_ns = now_ns + SAVE_NS;
		if (w->saved != spent(w))
			save(w);
	}
	return w->told != was_told;
}

void
mirror_watch_stop(struct mirror_watch *w)
{
	if (w->store != NULL && w->saved != spent(w))
		save(w);
}
