/* words -- the words of the configuration; contract in words.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/words.h"

#include <assert.h>

const char *const version_words[] = { "legacy", "enhanced", NULL };
const char *const trace_words[] = { "pass", "begin", "begin_sampled", NULL };
const char *const trailers_words[] = { "drop", "pass", NULL };
const char *const keep_bodies_words[] = { "none", "different", NULL };
const char *const keep_users_words[] = { "hashed", "plain", NULL };
const char *const log_level_words[] = { "error", "warn", "info", "debug",
	NULL };
const char *const client_verify_words[] = { "off", "optional", "required",
	NULL };
const char *const tls_minimum_words[] = { "1.2", "1.3", NULL };
const char *const balance_words[] = { "least", "power_of_two", "round_robin",
	NULL };
const char *const dns_family_words[] = { "ipv4", "ipv6", "all", NULL };
const char *const source_kind_words[] = { "header", "cookie", "query", "path",
	"jwt_claim", "body", "client", NULL };
const char *const fallback_words[] = { "connect", "timeout", "5xx", "invalid",
	NULL };
const char *const measure_words[] = { "error_rate", "latency_p50",
	"latency_p95", "latency_p99", "fallback_rate", "divergence_rate",
	"latency_mean", "requests", "isolation_violations", "first_byte_p95",
	"first_content_p50", "first_content_p95", "first_content_p99", NULL };
const char *const isolation_words[] = { "two_users", "foreign_answer", "flip",
	NULL };
const char *const condition_test_words[] = { "fixed", "sequential", NULL };
const char *const guard_action_words[] = { "alert", "pause", "back",
	"rollback", NULL };
const char *const guard_mode_words[] = { "act", "observe", NULL };
const char *const text_flag_words[] = { "language", "empty", "refusal",
	"number", "price", "date", "name", "cut",
	"negation", NULL };
const char *const sticky_words[] = { "off", "session", NULL };
const char *const advance_words[] = { "manual", "auto", NULL };
const char *const fold_how_words[] = { "last", "join", "guess", "skip", NULL };
const char *const string_words[] = { "auto", "exact", "case", "trimmed",
	"regex", "timestamp", "uuid", "url", "text", NULL };
const char *const query_words[] = { "ordered", "set", NULL };
const char *const array_words[] = { "position", "key", "set", NULL };
const char *const severity_words[] = { "info", "warning", "critical", NULL };
const char *const target_kind_words[] = { "slack", "pagerduty", "email",
	"webhook", NULL };
const char *const probe_per_words[] = { "none", "minute", "hour", "day", NULL };
const char *const starttls_words[] = { "required", "try", "off", NULL };
const char *const pin_words[] = { "noise", "real", NULL };
const char *const signal_kind_words[] = { "share", "number", NULL };
const char *const signal_absent_words[] = { "unknown", "no", NULL };
const char *const signal_unit_words[] = { "number", "us", "ms", "s", NULL };

const char *
measure_name(enum measure m)
{
	assert(m < MEASURE_COUNT);
	return measure_words[m];
}

const char *
guard_action_name(enum guard_action action)
{
	assert(action < GUARD_ACTION_COUNT);
	return guard_action_words[action];
}

const char *
severity_name(enum severity severity)
{
	assert(severity <= SEVERITY_CRITICAL);
	return severity_words[severity];
}

const char *
source_kind_name(enum source_kind kind)
{
	assert(kind < SOURCE_COUNT);
	return source_kind_words[kind];
}

enum measure_unit
measure_unit(enum measure m)
{
	switch (m) {
	case MEASURE_LATENCY_P50:
	case MEASURE_LATENCY_P95:
	case MEASURE_LATENCY_P99:
	case MEASURE_LATENCY_MEAN:
	case MEASURE_FIRST_BYTE_P95:
	case MEASURE_FIRST_CONTENT_P50:
	case MEASURE_FIRST_CONTENT_P95:
	case MEASURE_FIRST_CONTENT_P99:
		return UNIT_TIME;
	case MEASURE_REQUESTS:
	case MEASURE_ISOLATION:
		return UNIT_NUMBER;
	case MEASURE_ERROR_RATE:
	case MEASURE_FALLBACK_RATE:
	case MEASURE_DIVERGENCE_RATE:
	case MEASURE_COUNT:
		break;
	}
	return UNIT_SHARE;
}
