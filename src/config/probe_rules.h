/* probe_rules -- numbers that are asked for beside the traffic.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct rules; owned by the config and immutable with it.
 */
#ifndef CONFIG_PROBE_RULES_H
#define CONFIG_PROBE_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/prom_text.h"
#include "config/alert_settings.h"

#define PROBE_RULES_MAX 32

enum probe_kind {
	PROBE_JSON = 0,   /* what stands at a JSON Pointer of the answer */
	PROBE_METRIC,     /* a metric in Prometheus text */
	PROBE_PROMETHEUS, /* the result of a query */
	PROBE_HEALTH,     /* 1 if the answer has the right status, else 0 */
};

struct probe_rule {
	char *name;
	enum probe_kind kind;
	char *url;
	char *json;                     /* PROBE_JSON */
	char *metric;                   /* PROBE_METRIC, as written */
	struct prom_selector *selector; /* of it */
	char *query;                    /* PROBE_PROMETHEUS */
	uint16_t status_low, status_high; /* PROBE_HEALTH */
	char *authorization;            /* sent as the field of that name; secret */
	struct alert_tls tls;
	uint32_t interval_ms;
	uint32_t timeout_ms;
	uint64_t stale_ms;              /* an older number is unknown */
	uint64_t mark;                  /* of what is asked: another, if that changes */
};

struct probe_rules {
	struct probe_rule *list;
	size_t count;
};

#endif
