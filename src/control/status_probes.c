/* status_probes -- the probes of the status document.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/clock.h"
#include "control/json_text.h"
#include "control/poller.h"
#include "control/status.h"

static const struct probe_row *
find_row(const struct probe_row *rows, size_t count, uint64_t mark)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].mark == mark)
			return &rows[i];
	return NULL;
}

/* A number that is too old is shown, too; "known" says what it is worth. */
static json_t *
probe(const struct probe_rule *rule, const struct probe_row *row,
    uint64_t now_ns)
{
	bool has_value = row != NULL && row->has_value;
	uint64_t age_ms = !has_value || row->at_ns >= now_ns ? 0 :
	    (now_ns - row->at_ns) / NS_PER_MS;
	bool is_failing = row != NULL && row->is_failing;

	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "name", json_text(rule->name),
	    "known", (int)(has_value && age_ms <= rule->stale_ms),
	    "value", has_value ? json_real(row->value) : json_null(),
	    "age_ms", has_value ? json_count(age_ms) : json_null(),
	    "stale_ms", json_count(rule->stale_ms),
	    "error", json_text_or_null(is_failing ? row->why : ""),
	    "asked", json_count(row != NULL ? row->asked : 0),
	    "failed", json_count(row != NULL ? row->failed : 0));
}

json_t *
status_probes(const struct admin_ports *ports)
{
	const struct probe_rules *rules =
	    &rollout_snapshot(ports->of.rollout)->config->rules.probes;
	struct probe_row rows[PROBE_RULES_MAX];
	size_t count = poller_rows(ports->of.poller, rows);
	uint64_t now_ns = clock_ns();
	json_t *list = json_array();

	for (size_t i = 0; i < rules->count; i++)
		json_array_append_new(list, probe(&rules->list[i],
		    find_row(rows, count, rules->list[i].mark), now_ns));
	return list;
}
