/* plan_keys -- the keys of stages, of their gates, and of the calendar.
 * SPDX-License-Identifier: MIT
 *
 * Times of the wall clock are written as in RFC 3339 ("2026-12-24T18:00:00Z",
 * "+01:00" for Z) or as a date, which is its beginning in UTC.  Contract in
 * keys.h.
 */
#include "config/plan_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "config/condition_keys.h"
#include "config/config.h"
#include "config/read.h"
#include "config/smoke_keys.h"
#include "config/wall_time.h"
#include "config/words.h"

#define SECOND 1000.0
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define WHOLE 100000 /* thousandths of a percent */

/* --- times --------------------------------------------------------------------- */

static bool
read_moment(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char shown[SHOWN_MAX];
	int64_t us;

	if (!read_is_text(r, value, 40, key->type->expects))
		return false;
	if (!wall_time_parse(read_copy(r, value->text, value->len), &us))
		return read_fault(r, value, "%s is no time; write it like "
		    "\"2026-12-24T18:00:00Z\" or \"2026-12-24\"",
		    read_shown(value, shown));
	memcpy(key_field(key, target), &us, sizeof us);
	return true;
}

static bool
read_clock(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char shown[SHOWN_MAX];
	uint32_t of_day;

	if (!read_is_text(r, value, 8, key->type->expects))
		return false;
	if (!wall_time_of_day(read_copy(r, value->text, value->len), &of_day))
		return read_fault(r, value, "%s is no time of day; write it like "
		    "\"09:30\"", read_shown(value, shown));
	memcpy(key_field(key, target), &of_day, sizeof of_day);
	return true;
}

static bool
read_offset(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char shown[SHOWN_MAX];
	int32_t minutes;

	if (!read_is_text(r, value, 8, key->type->expects))
		return false;
	if (!wall_time_offset(read_copy(r, value->text, value->len), &minutes))
		return read_fault(r, value, "%s is no offset from UTC; write \"Z\" "
		    "or one like \"+01:00\"", read_shown(value, shown));
	memcpy(key_field(key, target), &minutes, sizeof minutes);
	return true;
}

static const char *const day_words[] = { "mon", "tue", "wed", "thu", "fri",
	"sat", "sun", NULL };

static bool
read_days(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char shown[SHOWN_MAX];
	unsigned days = 0;

	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		int day = v->kind != JSON_STRING ? -1 :
		    word_index(day_words, v->text, v->len);

		if (day < 0)
			return read_fault(r, v, "%s is no day; write \"mon\", "
			    "\"tue\", \"wed\", \"thu\", \"fri\", \"sat\" or "
			    "\"sun\"", read_shown(v, shown));
		days |= 1u << day;
	}
	memcpy(key_field(key, target), &days, sizeof days);
	return true;
}

static void
schema_days(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"array\", \"items\": {\"enum\": [\"mon\", "
	    "\"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]}");
}

const struct key_type key_moment = { "time",
	"a time like \"2026-12-24T18:00:00Z\"", read_moment, NULL, key_schema_text };
static const struct key_type key_clock = { "time of day",
	"a time of day like \"09:30\"", read_clock, NULL, key_schema_text };
static const struct key_type key_offset = { "offset from UTC",
	"an offset like \"+01:00\"", read_offset, NULL, key_schema_text };
static const struct key_type key_days = { "list of days",
	"a list of days like [\"mon\", \"tue\"]", read_days, NULL, schema_days };

/* --- gates ------------------------------------------------------------------------ */

static const struct key gate_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct gate, name),
	    .flags = KEY_REQUIRED, .help = "What the plan calls it." },
	CONDITION_KEYS,
};

static void
check_gate(struct reader *r, const struct json *object, void *target)
{
	struct gate *gate = target;

	check_condition(r, object, &gate->when);
	if (json_member(object, "window") == NULL)
		gate->when.window_ms = 0;
	if (gate->when.test == TEST_SEQUENTIAL)
		read_fault_in(r, object, "test", "a gate wants to be sure that all "
		    "is well, which is another question; remove it");
}

static const struct key_table gate_table = {
	.about = "What must hold before the next stage opens, and surely: at the "
	"far end of its interval (docs/decisions.md). Without `window` or `last` "
	"it is judged over the whole stage.",
	.keys = gate_keys, .count = COUNT_OF(gate_keys),
	.size = sizeof(struct gate), .finish = check_gate,
};

/* --- stages ------------------------------------------------------------------------ */

static const struct key stage_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct stage, name),
	    .flags = KEY_REQUIRED, .help = "What people call it." },
	{ "percent", &key_share, KEY_FIELD(struct stage, percent),
	    .max = WHOLE, .standard = "0",
	    .help = "Users on enhanced, in steps of 0.001." },
	{ "shadow", &key_share, KEY_FIELD(struct stage, shadow),
	    .max = WHOLE, .standard = "0",
	    .help = "Requests that also go to the other version (by user; "
	    "without a user id, by request)." },
	{ "dwell", &key_duration, KEY_FIELD(struct stage, dwell_ms),
	    .max = 365 * DAY, .standard = KEY_TEXT("0s"),
	    .help = "It lasts at least this long before the next one opens by "
	    "itself." },
	{ "min_requests", &key_count, KEY_FIELD(struct stage, min_requests),
	    .max = 1e12, .standard = "0",
	    .help = "And enhanced has answered at least so many in it, as "
	    "primary or shadow, counted since the process started or the stage's "
	    "shares were changed." },
	{ "not_before", &key_moment, KEY_FIELD(struct stage, not_before_us),
	    .help = "It is opened by itself no earlier: a scheduled start." },
	{ "smoke", &key_smoke_names, KEY_FIELD(struct stage, smoke),
	    .flags = KEY_COMPUTED,
	    .help = "The rollout's `smoke` checks that must pass before it opens by "
	    "itself: `true` for all, `false` for none, or their names. Default: "
	    "all, if `percent` is more than 0." },
	{ "advance", &key_choice, KEY_FIELD(struct stage, advance),
	    .words = advance_words, .flags = KEY_COMPUTED,
	    .help = "Who opens the next stage: `auto`, when all gates are done, "
	    "or `manual`: `understudyctl advance`. Default: as the rollout's." },
	{ "gates", &key_list, KEY_LIST_FIELD(struct stage, gates, gate_count),
	    .max = 32, .table = &gate_table, .standard = "[]",
	    .help = "What must hold before the next stage opens." },
	{ "complete", &key_bool, KEY_FIELD(struct stage, complete),
	    .standard = "false",
	    .help = "Enhanced alone: whoever takes part is served by it, without "
	    "a user id too, and legacy answers for nothing that fails "
	    "(docs/decisions.md). Only of the last stage, with a `percent` of "
	    "100; `understudyctl complete` opens it." },
	{ "guard", &key_bool, KEY_FIELD(struct stage, guard),
	    .standard = "false",
	    .help = "Goes with `complete`: rules and the breaker may still take "
	    "users back. Otherwise they only alert." },
};

static void
check_complete(struct reader *r, const struct json *object,
    const struct stage *stage)
{
	if (stage->complete && stage->percent != WHOLE)
		read_fault_in(r, object, "percent", "must be 100 where \"complete\" "
		    "is true: nobody is left on legacy");
	if (stage->guard && !stage->complete)
		read_fault_in(r, object, "guard", "goes with \"complete\": in "
		    "other stages the guard acts; remove it");
}

static void
check_stage(struct reader *r, const struct json *object, void *target)
{
	const struct json *list = json_member(object, "gates");
	struct stage *stage = target;
	const char *names[32];

	check_complete(r, object, stage);
	if (json_member(object, "smoke") == NULL && stage->percent > 0)
		stage->smoke = smoke_all(r);
	if (list == NULL || list->kind != JSON_ARRAY ||
	    stage->gate_count != list->count || list->count > COUNT_OF(names))
		return;
	for (size_t i = 0; i < stage->gate_count; i++)
		names[i] = stage->gates[i].name;
	read_distinct_names(r, list, names, "gate");
}

const struct key_table stage_table = {
	.about = "One step of the rollout.",
	.keys = stage_keys, .count = COUNT_OF(stage_keys),
	.size = sizeof(struct stage), .finish = check_stage,
};

/* --- calendar ---------------------------------------------------------------- */

static const struct key hours_keys[] = {
	{ "days", &key_days, KEY_FIELD(struct hours, days),
	    .help = "On these days only. Absent: on all." },
	{ "from", &key_clock, KEY_FIELD(struct hours, from),
	    .help = "Not before this time of the day." },
	{ "to", &key_clock, KEY_FIELD(struct hours, to),
	    .help = "And before this one; earlier than `from` means over "
	    "midnight." },
	{ "offset", &key_offset, KEY_FIELD(struct hours, offset),
	    .standard = KEY_TEXT("Z"),
	    .help = "Of these times from UTC. Summer time is yours to change." },
};

const struct key_table hours_table = {
	.about = "When a stage may be opened by itself: while people are there.",
	.keys = hours_keys, .count = COUNT_OF(hours_keys),
};

static const struct key freeze_keys[] = {
	{ "from", &key_moment, KEY_FIELD(struct freeze, from_us),
	    .flags = KEY_REQUIRED, .help = "From then on." },
	{ "to", &key_moment, KEY_FIELD(struct freeze, to_us),
	    .flags = KEY_REQUIRED, .help = "Until then." },
	{ "why", &key_text, KEY_FIELD(struct freeze, why),
	    .standard = KEY_TEXT("frozen"), .help = "What the plan says of it." },
};

static void
check_freeze(struct reader *r, const struct json *object, void *target)
{
	const struct freeze *f = target;

	if (f->to_us <= f->from_us && f->to_us != 0)
		read_fault_in(r, object, "to", "must be later than \"from\"");
}

const struct key_table freeze_table = {
	.about = "A time in which no stage is opened by itself.",
	.keys = freeze_keys, .count = COUNT_OF(freeze_keys),
	.size = sizeof(struct freeze), .finish = check_freeze,
};
