/* guard_keys -- the keys of "guard" and "breaker".
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include "config/guard_keys.h"

#include "base/compiler.h"
#include "config/condition_keys.h"
#include "config/config.h"
#include "config/read.h"
#include "config/words.h"

#define SECOND 1000.0
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define WHOLE 100000 /* thousandths of a percent */

static const struct key guard_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct guard_rule, name),
	    .flags = KEY_REQUIRED, .help = "What events and alerts call it." },
	CONDITION_KEYS,
	{ "for", &key_duration, KEY_FIELD(struct guard_rule, for_ms),
	    .max = 7 * DAY, .standard = KEY_TEXT("0s"),
	    .help = "It must hold for this long; `0s`: it acts at once." },
	{ "action", &key_choice, KEY_FIELD(struct guard_rule, action),
	    .words = guard_action_words, .standard = KEY_TEXT("alert"),
	    .help = "`pause`: the stage does not advance until `resume`; `back`: "
	    "one stage back, and paused; `rollback`: all traffic to legacy until "
	    "`rearm`." },
	{ "severity", &key_choice, KEY_FIELD(struct guard_rule, severity),
	    .words = severity_words, .standard = KEY_TEXT("warning"),
	    .help = "For whoever is woken up." },
	{ "mode", &key_choice, KEY_FIELD(struct guard_rule, mode),
	    .words = guard_mode_words, .standard = KEY_TEXT("act"),
	    .help = "`observe`: an event says what would have been done, and "
	    "nothing is." },
	{ "blind", &key_bool, KEY_FIELD(struct guard_rule, blind),
	    .standard = "false",
	    .help = "true: act although legacy is as bad in the same window. "
	    "Otherwise that is held for a shared cause, which going back to "
	    "legacy does not cure; an event says so." },
};

static void
check_guard_rule(struct reader *r, const struct json *object, void *target)
{
	struct guard_rule *rule = target;

	check_condition(r, object, &rule->when);
	if (rule->when.version == VERSION_LEGACY && rule->action != GUARD_ALERT)
		read_fault_in(r, object, "version", "a %s because of legacy would "
		    "blame enhanced for it; use \"action\": \"alert\"",
		    guard_action_name(rule->action));
}

const struct key_table guard_table = {
	.about = "One threshold: a condition, with exactly one of the limits, and "
	"what is done when it holds.",
	.keys = guard_keys, .count = COUNT_OF(guard_keys),
	.size = sizeof(struct guard_rule), .finish = check_guard_rule,
};

void
check_guard_names(struct reader *r, const struct json *list, void *target)
{
	const struct rules *rules = target;
	const char *names[GUARDS_MAX];

	for (size_t i = 0; i < list->count; i++)
		names[i] = rules->guards[i].name;
	read_distinct_names(r, list, names, "rule");
}

static const struct key breaker_keys[] = {
	{ "enabled", &key_bool, KEY_FIELD(struct breaker, enabled),
	    .standard = "true", .help = "false: only the guard's rules watch." },
	{ "consecutive", &key_count, KEY_FIELD(struct breaker, consecutive),
	    .max = 1e6, .standard = "10",
	    .help = "Trips at so many failures of enhanced in a row, per "
	    "worker; of one user, asking again and again, the first counts. "
	    "Half as many are enough while legacy has answered 20 requests or "
	    "more since the first of them, and failed one of 20 at most. 0 = "
	    "off." },
	{ "failure_rate", &key_rate, KEY_FIELD(struct breaker, failure_rate),
	    .max = WHOLE, .standard = KEY_TEXT("20%"),
	    .help = "Trips when the failure rate is surely above this (lower "
	    "end of the Wilson interval, z = 3.29); of failures of one user "
	    "that follow each other, the first counts." },
	{ "window", &key_duration, KEY_FIELD(struct breaker, window_ms),
	    .min = 1 * SECOND, .max = 3 * HOUR, .standard = KEY_TEXT("10s"),
	    .help = "The failure rate is computed over this span." },
	{ "min_requests", &key_count, KEY_FIELD(struct breaker, min_requests),
	    .min = 1, .max = 1e9, .standard = "20",
	    .help = "Below it the failure rate says nothing." },
};

const struct key_table breaker_table = {
	.about = "The fast way back, ahead of the guard's rules.",
	.keys = breaker_keys, .count = COUNT_OF(breaker_keys),
};
