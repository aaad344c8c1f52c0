/* condition_keys -- what the rows of a condition cannot say.
 * SPDX-License-Identifier: MIT
 *
 * What a limit means depends on the number that it is of, so it is read when
 * both are there.  Contract in condition_keys.h.
 */
#include "config/condition_keys.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "config/read.h"
#include "config/rules.h"
#include "config/words.h"

#define MIN_REQUESTS_FIXED 20

/* --- the limit ------------------------------------------------------------- */

/* tag: the relation, and in its last bit whether it is "below". */
static bool
read_limit(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct condition *c = target;

	if (value->kind != JSON_STRING && value->kind != JSON_NUMBER)
		return read_expected(r, value, key->type->expects);
	c->relation = (enum relation)(key->tag >> 1);
	c->below = (key->tag & 1) != 0;
	return true;
}

static void
schema_limit(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": [\"string\", \"number\"]");
}

const struct key_type key_measure_limit = { "share, duration or number",
	"a share like \"5%\", a duration like \"500ms\" or a number like 1.5",
	read_limit, NULL, schema_limit };

/* Bounds as in a row. */
static const struct key limit_as_rate = { .type = &key_rate,
	.width = sizeof(double), .max = 100000 };
static const struct key limit_as_time = { .type = &key_duration,
	.width = sizeof(uint64_t), .min = 0, .max = 3600e3 };
static const struct key limit_as_factor = { .type = &key_factor,
	.width = sizeof(double), .min = 0.001, .max = 1000 };
static const struct key limit_as_number = { .type = &key_factor,
	.width = sizeof(double), .min = -1e15, .max = 1e15 };

static bool
is_factor(enum relation relation)
{
	return relation == RELATION_LEGACY_TIMES ||
	    relation == RELATION_START_TIMES;
}

/* Some distance from another number may be one below it: "-10%". */
static bool
is_negative(const struct condition *c, const struct json *value)
{
	return !is_factor(c->relation) && c->relation != RELATION_VALUE &&
	    value->kind == JSON_STRING && value->len > 1 && value->text[0] == '-';
}

static void
take_positive(struct reader *r, const struct json *value, struct condition *c)
{
	uint64_t ms = 0;

	switch (condition_unit(c)) {
	case UNIT_SHARE:
		limit_as_rate.type->read(r, &limit_as_rate, value, &c->limit);
		break;
	case UNIT_TIME:
		if (limit_as_time.type->read(r, &limit_as_time, value, &ms))
			c->limit = (double)ms * 1000;
		break;
	case UNIT_NUMBER:
		limit_as_number.type->read(r, &limit_as_number, value, &c->limit);
		break;
	}
}

static void
take_limit(struct reader *r, const struct json *value, struct condition *c)
{
	struct json positive = *value;

	if (is_factor(c->relation)) {
		limit_as_factor.type->read(r, &limit_as_factor, value, &c->limit);
		return;
	}
	if (!is_negative(c, value)) {
		take_positive(r, value, c);
		return;
	}
	positive.text++;
	positive.len--;
	take_positive(r, &positive, c);
	c->limit = -c->limit;
}

/* --- the number ------------------------------------------------------------ */

/* A distribution, once for all that ask for it. */
static void
take_spread(struct reader *r, const struct json *object, struct condition *c,
    struct spread wanted)
{
	struct signal_rules *s = &r->rules->signals;

	for (c->spread = 0; c->spread < s->spread_count; c->spread++)
		if (s->spreads[c->spread].of == wanted.of &&
		    s->spreads[c->spread].signal == wanted.signal)
			return;
	if (s->spread_count == SPREADS_MAX)
		read_fault(r, object, "asks for one distribution too many: a "
		    "quantile of first_byte, first_content or a signal can be of "
		    "%d of them in all", SPREADS_MAX);
	else
		s->spreads[s->spread_count++] = wanted;
}

static void
take_measure(struct reader *r, const struct json *object,
    struct condition *c)
{
	switch (c->measure) {
	case MEASURE_FIRST_BYTE_P95:
		take_spread(r, object, c, (struct spread){ SPREAD_FIRST_BYTE, 0 });
		break;
	case MEASURE_FIRST_CONTENT_P50:
	case MEASURE_FIRST_CONTENT_P95:
	case MEASURE_FIRST_CONTENT_P99:
		take_spread(r, object, c,
		    (struct spread){ SPREAD_FIRST_CONTENT, 0 });
		break;
	case MEASURE_ERROR_RATE:
	case MEASURE_LATENCY_P50:
	case MEASURE_LATENCY_P95:
	case MEASURE_LATENCY_P99:
	case MEASURE_FALLBACK_RATE:
	case MEASURE_DIVERGENCE_RATE:
	case MEASURE_LATENCY_MEAN:
	case MEASURE_REQUESTS:
	case MEASURE_ISOLATION:
	case MEASURE_COUNT:
		break;
	}
	if (json_member(object, "quantile") != NULL)
		read_fault_in(r, object, "quantile", "is of a \"signal\"; a metric "
		    "has its own in its name");
}

static void
fault_unknown_signal(struct reader *r, const struct json *object,
    const struct condition *c)
{
	const struct signal_rules *s = &r->rules->signals;
	const char *names[SIGNAL_RULES_MAX], *near;
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].name != NULL)
			names[count++] = s->list[i].name;
	near = text_nearest(c->name, names, count);
	if (near != NULL)
		read_fault_in(r, object, "signal", "there is no signal \"%s\"; did "
		    "you mean \"%s\"?", c->name, near);
	else
		read_fault_in(r, object, "signal", "there is no signal \"%s\"; add "
		    "it to \"signals\"", c->name);
}

/* Ready to be called "took_p95". */
static void
take_signal(struct reader *r, const struct json *object, struct condition *c)
{
	const struct signal_rule *s = &r->rules->signals.list[c->index];
	bool wants_quantile = json_member(object, "quantile") != NULL;

	c->kind = NUMBER_SIGNAL;
	c->unit = s->kind == SIGNAL_SHARE ? UNIT_SHARE :
	    s->unit == SIGNAL_PLAIN ? UNIT_NUMBER : UNIT_TIME;
	if (wants_quantile && s->kind == SIGNAL_SHARE)
		read_fault_in(r, object, "quantile", "is of a number; \"%s\" is a "
		    "share", c->name);
	if (!(c->quantile > 0) || s->kind == SIGNAL_SHARE)
		return;
	c->name = read_printf(r, "%s_p%.4g", c->name, c->quantile * 100);
	take_spread(r, object, c,
	    (struct spread){ SPREAD_SIGNAL, (uint8_t)c->index });
}

/* What a probe is not: of a version, of requests, of chance. */
static void
check_probe_keys(struct reader *r, const struct json *object,
    const struct condition *c)
{
	static const char *const others[] = { "version", "route", "quantile",
		"last", "min_requests", "test", "alpha" };

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (json_member(object, others[i]) != NULL)
			read_fault_in(r, object, others[i], "is nothing to a "
			    "\"probe\"; remove it");
	if (c->per != PER_NONE && json_member(object, "window") == NULL)
		read_fault_in(r, object, "per", "needs a \"window\" over which the "
		    "growth is measured; add it");
	if (c->relation == RELATION_LEGACY_BY ||
	    c->relation == RELATION_LEGACY_TIMES)
		read_fault_in(r, object, condition_key(c), "is of numbers that "
		    "legacy has, too; use \"above\" or \"below\"");
}

static void
fault_unknown_probe(struct reader *r, const struct json *object,
    const struct condition *c)
{
	const struct probe_rules *p = &r->rules->probes;
	const char *names[PROBE_RULES_MAX], *near;
	size_t count = 0;

	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].name != NULL)
			names[count++] = p->list[i].name;
	near = text_nearest(c->name, names, count);
	if (near != NULL)
		read_fault_in(r, object, "probe", "there is no probe \"%s\"; did "
		    "you mean \"%s\"?", c->name, near);
	else
		read_fault_in(r, object, "probe", "there is no probe \"%s\"; add "
		    "it to \"probes\"", c->name);
}

/* Ready to be called "db_size_per_day". */
static bool
take_probe(struct reader *r, const struct json *object, struct condition *c)
{
	const struct probe_rules *p = &r->rules->probes;

	for (c->index = 0; c->index < p->count; c->index++)
		if (p->list[c->index].name != NULL &&
		    strcmp(p->list[c->index].name, c->name) == 0)
			break;
	if (c->index == p->count) {
		fault_unknown_probe(r, object, c);
		return false;
	}
	c->kind = NUMBER_PROBE;
	c->unit = UNIT_NUMBER;
	c->quantile = 0;
	check_probe_keys(r, object, c);
	if (c->per != PER_NONE)
		c->name = read_printf(r, "%s_per_%s", c->name,
		    probe_per_words[c->per]);
	return true;
}

/* false: which number it is stays open, and a fault has been noted. */
static bool
take_number(struct reader *r, const struct json *object, struct condition *c)
{
	const struct json *metric = json_member(object, "metric");
	const struct json *signal = json_member(object, "signal");
	const struct json *probe = json_member(object, "probe");
	const struct signal_rules *s = &r->rules->signals;

	if ((metric != NULL) + (signal != NULL) + (probe != NULL) != 1)
		return read_fault(r, object, "needs exactly one of \"metric\", "
		    "\"signal\" and \"probe\"");
	if (probe != NULL)
		return c->name != NULL && take_probe(r, object, c);
	if (c->per != PER_NONE)
		read_fault_in(r, object, "per", "is of a \"probe\"; remove it");
	if (metric != NULL) {
		if (metric->kind != JSON_STRING ||
		    word_index(measure_words, metric->text, metric->len) < 0)
			return false;
		take_measure(r, object, c);
		return true;
	}
	if (c->name == NULL)
		return false;
	for (c->index = 0; c->index < s->count; c->index++)
		if (s->list[c->index].name != NULL &&
		    strcmp(s->list[c->index].name, c->name) == 0) {
			take_signal(r, object, c);
			return true;
		}
	fault_unknown_signal(r, object, c);
	return false;
}

/* --- the route -------------------------------------------------------------- */

static void
fault_unknown_route(struct reader *r, const struct json *object,
    const char *path)
{
	const struct rules *rules = r->rules;
	const char **paths = read_alloc(r, (rules->route_count + 1) *
	    sizeof *paths);
	const char *near;
	size_t count = 0;

	for (size_t i = 0; i < rules->route_count; i++)
		if (rules->routes[i].path != NULL)
			paths[count++] = rules->routes[i].path;
	near = text_nearest(path, paths, count);
	if (near != NULL)
		read_fault_in(r, object, "route", "there is no route of path "
		    "\"%s\"; did you mean \"%s\"?", path, near);
	else
		read_fault_in(r, object, "route", "there is no route of path "
		    "\"%s\"; add it to \"routes\", or name one as it stands "
		    "there", path);
}

static bool
has_route(const struct rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->route_count; i++)
		if (rules->routes[i].path != NULL &&
		    strcmp(rules->routes[i].path, path) == 0)
			return true;
	return false;
}

static void
take_route(struct reader *r, const struct json *object, struct condition *c)
{
	size_t index;

	if (c->route == NULL)
		return;
	if (c->kind == NUMBER_MEASURE && c->measure == MEASURE_ISOLATION)
		read_fault_in(r, object, "route", "is nothing to isolation, which "
		    "is of sessions; remove it");
	if (!has_route(r->rules, c->route)) {
		fault_unknown_route(r, object, c->route);
		return;
	}
	index = route_counting_watch(&r->rules->counting, c->route);
	if (index == SIZE_MAX)
		read_fault_in(r, object, "route", "is one too many: conditions may "
		    "name %d different routes in all", ROUTES_WATCHED_MAX);
	else
		c->watched = (unsigned)index;
}

/* --- what goes together ------------------------------------------------------ */

static bool
is_of_legacy(enum relation relation)
{
	return relation == RELATION_LEGACY_BY ||
	    relation == RELATION_LEGACY_TIMES;
}

/* Legacy has no fallbacks, and differs from nothing. */
static bool
is_of_enhanced_only(const struct condition *c)
{
	return c->kind == NUMBER_MEASURE &&
	    (c->measure == MEASURE_FALLBACK_RATE ||
	    c->measure == MEASURE_DIVERGENCE_RATE);
}

static void
check_version(struct reader *r, const struct json *object,
    const struct condition *c)
{
	bool only_enhanced = is_of_enhanced_only(c);

	if (c->version == VERSION_LEGACY && is_of_legacy(c->relation))
		read_fault_in(r, object, "version", "\"legacy\" would be compared with "
		    "itself; remove it, or use \"above\"");
	else if (c->version == VERSION_LEGACY && only_enhanced)
		read_fault_in(r, object, "version", "%s is a number of enhanced only; "
		    "remove it", condition_name(c));
	if (only_enhanced && is_of_legacy(c->relation))
		read_fault_in(r, object, condition_key(c), "legacy has no %s to compare "
		    "with; use \"above\"", condition_name(c));
}

static bool
is_testable(const struct condition *c)
{
	bool is_share = condition_unit(c) == UNIT_SHARE;

	if (c->below)
		return false;
	if (c->relation == RELATION_VALUE)
		return is_share || condition_quantile(c) > 0;
	return c->relation == RELATION_LEGACY_TIMES && is_share;
}

/* Of the last few there are never more than these. */
static uint64_t
least_of(const struct condition *c)
{
	return c->last > 0 && c->last < MIN_REQUESTS_FIXED ? c->last :
	    MIN_REQUESTS_FIXED;
}

static void
check_test(struct reader *r, const struct json *object, struct condition *c)
{
	bool is_sequential = c->test == TEST_SEQUENTIAL;

	if (json_member(object, "min_requests") == NULL)
		c->min_requests = is_sequential ? 1 : least_of(c);
	else if (c->last > 0 && c->last < c->min_requests)
		read_fault_in(r, object, "min_requests", "is more than \"last\", so "
		    "nothing would ever be known; lower it, or raise \"last\"");
	if (is_sequential && !is_testable(c))
		read_fault_in(r, object, "test", "there is no sequential test of %s "
		    "%s; use \"above\" or \"above_legacy_times\" of a share, \"above\" "
		    "of a quantile, or \"fixed\"", condition_name(c),
		    condition_key(c));
	/* A share of 0 or 1 cannot be exceeded by evidence. */
	if (is_sequential && c->relation == RELATION_VALUE &&
	    condition_unit(c) == UNIT_SHARE &&
	    !(c->limit > 0 && c->limit < 1))
		read_fault_in(r, object, condition_key(c), "must be more than 0%% and "
		    "less than 100%% for a sequential test");
	if (!is_sequential && json_member(object, "alpha") != NULL)
		read_fault_in(r, object, "alpha", "is of \"test\": \"sequential\"; "
		    "remove it, or ask for that test");
}

void
check_condition(struct reader *r, const struct json *object,
    struct condition *c)
{
	const char *key = condition_key(c);
	const struct json *value = json_member(object, key);

	if (!take_number(r, object, c))
		return;
	if (value != NULL && (value->kind == JSON_STRING ||
	    value->kind == JSON_NUMBER)) {
		size_t mark = read_enter(r, key, strlen(key));

		take_limit(r, value, c);
		read_leave(r, mark);
	}
	if (condition_is_of_start(c) && ++r->rules->start_count > STAGE_STARTS_MAX)
		read_fault_in(r, object, key, "is one too many: at most %d "
		    "conditions are held against the stage's start",
		    STAGE_STARTS_MAX);
	if (c->kind == NUMBER_PROBE) {
		c->min_requests = 1; /* it is known, or not */
		return;
	}
	take_route(r, object, c);
	check_version(r, object, c);
	check_test(r, object, c);
}
