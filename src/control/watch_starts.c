/* watch_starts -- see watch_starts.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/watch_starts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Of signals and probes a name may get another meaning with other rules. */
static uint64_t
meaning_of(const struct watch *w, const struct condition *c)
{
	switch (c->kind) {
	case NUMBER_SIGNAL:
		return w->rules->signals.mark;
	case NUMBER_PROBE:
		return w->rules->probes.list[c->index].mark;
	case NUMBER_MEASURE:
		break;
	}
	return 0;
}

/* The number, whatever rule or gate it stands in. */
static void
write_key(const struct watch *w, const struct condition *c,
    struct stage_start *out)
{
	char over[32];

	if (c->last > 0)
		snprintf(over, sizeof over, "last %" PRIu64, c->last);
	else
		snprintf(over, sizeof over, "%" PRIu64 "ms", c->window_ms);
	snprintf(out->key, sizeof out->key, "%s %s %s %" PRIx64,
	    condition_name(c), condition_whose(c), over, meaning_of(w, c));
	/* A path may be longer than a key. */
	if (c->route != NULL) {
		size_t len = strlen(out->key);

		snprintf(out->key + len, sizeof out->key - len, " route %016"
		    PRIx64, route_path_mark(c->route));
	}
}

const struct stage_start *
watch_starts_find(const struct watch *w, const struct condition *c)
{
	struct stage_start wanted;

	if (w->start_count == 0)
		return NULL;
	write_key(w, c, &wanted);
	for (size_t i = 0; i < w->start_count; i++)
		if (strcmp(w->starts[i].key, wanted.key) == 0)
			return &w->starts[i];
	return NULL;
}

/* What was in the window until now: of the same version, or of legacy where
 * enhanced had too little traffic to know.  What nobody knew stays unknown. */
static void
keep_start(struct watch *w, const struct condition *c)
{
	struct stage_start *s = &w->starts[w->start_count];
	enum version of = c->version;
	struct measured m;

	if (!condition_is_of_start(c) || w->start_count == STAGE_STARTS_MAX ||
	    watch_starts_find(w, c) != NULL)
		return;
	m = watch_number(w, c, of);
	if (!measure_is_known(c, &m) && condition_is_of_both(c)) {
		of = VERSION_LEGACY;
		m = watch_number(w, c, of);
	}
	if (!measure_is_known(c, &m))
		return;
	*s = (struct stage_start){ .of = of, .value = m.value, .n = m.n,
		.events = m.events };
	write_key(w, c, s);
	w->start_count++;
}

void
watch_starts_keep(struct watch *w)
{
	const struct condition *c;

	w->start_count = 0;
	for (size_t n = 0; (c = watch_condition(w->rules, n)) != NULL; n++)
		keep_start(w, c);
}

void
watch_starts_late(struct watch *w, size_t probe)
{
	uint64_t patience_ns = w->rules->probes.list[probe].stale_ms * NS_PER_MS;
	size_t before = w->start_count;
	const struct condition *c;

	if (w->began_ns == 0 || w->now_ns > w->began_ns + patience_ns)
		return;
	for (size_t n = 0; (c = watch_condition(w->rules, n)) != NULL; n++)
		if (c->kind == NUMBER_PROBE && c->index == probe)
			keep_start(w, c);
	w->has_late_start = w->has_late_start || w->start_count > before;
}
