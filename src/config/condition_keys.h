/* condition_keys -- the keys of a condition, for the tables that have one.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_CONDITION_KEYS_H
#define CONFIG_CONDITION_KEYS_H

#include "config/condition.h"
#include "config/keys.h"

struct reader;

extern const struct key_type key_measure_limit;

/* Rows of a table whose struct begins with a struct condition. */
#define CONDITION_LIMIT(word, relation, is_below, text) \
	{ word, &key_measure_limit, .tag = (unsigned)(relation) << 1 | (is_below), \
	    .flags = KEY_ONE_OF, .help = text }
#define CONDITION_KEYS \
	{ "metric", &key_choice, KEY_FIELD(struct condition, measure), \
	    .words = measure_words, \
	    .help = "The number that is watched, if it is one that is always " \
	    "there; else `signal` or `probe`." }, \
	{ "signal", &key_name, KEY_FIELD(struct condition, name), \
	    .help = "The number that is watched: a signal of `signals`. Of a " \
	    "number its mean, or its `quantile`." }, \
	{ "quantile", &key_factor, KEY_FIELD(struct condition, quantile), \
	    .min = 0.01, .max = 0.999, \
	    .help = "Of a signal that is a number: 0.95 is what 95% of the " \
	    "answers are at or under. At most six distributions in all, those of " \
	    "`first_byte` and `first_content` included (11 MiB each)." }, \
	{ "probe", &key_name, KEY_FIELD(struct condition, name), \
	    .help = "The number that is watched: a probe of `probes`, as it was " \
	    "said last, or `per` a time how much it grows." }, \
	{ "per", &key_choice, KEY_FIELD(struct condition, per), \
	    .words = probe_per_words, .standard = KEY_TEXT("none"), \
	    .help = "Of a probe: by how much it grows in a `minute`, an `hour` or " \
	    "a `day`, as the line through its numbers of the last `window` says. " \
	    "`none`: the number itself." }, \
	{ "version", &key_choice, KEY_FIELD(struct condition, version), \
	    .words = version_words, .standard = KEY_TEXT("enhanced"), \
	    .help = "Whose number." }, \
	{ "route", &key_pattern, KEY_FIELD(struct condition, route), \
	    .help = "Of which requests: those of this route, named by the `path` of " \
	    "a route of `routes`, whatever its methods. Absent: of all. At most eight " \
	    "routes in all (12 MiB each, and as much again for each distribution)." }, \
	CONDITION_LIMIT("above", RELATION_VALUE, false, \
	    "Above this share (`\"5%\"`), time (`\"500ms\"`) or number."), \
	CONDITION_LIMIT("above_legacy_by", RELATION_LEGACY_BY, false, \
	    "Above legacy's number plus this (`\"-5%\"`: less)."), \
	CONDITION_LIMIT("above_legacy_times", RELATION_LEGACY_TIMES, false, \
	    "Above legacy's number times this factor."), \
	CONDITION_LIMIT("below", RELATION_VALUE, true, \
	    "Below this share, time or number."), \
	CONDITION_LIMIT("below_legacy_by", RELATION_LEGACY_BY, true, \
	    "Below legacy's number plus this (`\"-5%\"`: less)."), \
	CONDITION_LIMIT("below_legacy_times", RELATION_LEGACY_TIMES, true, \
	    "Below legacy's number times this factor."), \
	CONDITION_LIMIT("above_start_by", RELATION_START_BY, false, \
	    "Above the number at the stage's start plus this (docs/decisions.md)."), \
	CONDITION_LIMIT("above_start_times", RELATION_START_TIMES, false, \
	    "Above the number at the stage's start times this factor."), \
	CONDITION_LIMIT("below_start_by", RELATION_START_BY, true, \
	    "Below the number at the stage's start plus this (`\"-5%\"`: less)."), \
	CONDITION_LIMIT("below_start_times", RELATION_START_TIMES, true, \
	    "Below the number at the stage's start times this factor."), \
	{ "window", &key_duration, KEY_FIELD(struct condition, window_ms), \
	    .min = 1000, .max = 3 * 3600e3, .standard = KEY_TEXT("60s"), \
	    .help = "The number is computed over this span." }, \
	{ "last", &key_count, KEY_FIELD(struct condition, last), \
	    .max = 1e9, .standard = "0", \
	    .help = "Instead, over the last so many requests (to the nearest " \
	    "quarter of a second, at most three hours); 0: over `window`." }, \
	{ "min_requests", &key_count, KEY_FIELD(struct condition, min_requests), \
	    .min = 1, .max = 1e9, .flags = KEY_COMPUTED, \
	    .help = "With fewer requests (of a signal: answers that have it) " \
	    "nothing is known, and unknown neither acts nor opens. Default: 20, " \
	    "or `last` if that is less; of a sequential test 1." }, \
	{ "test", &key_choice, KEY_FIELD(struct condition, test), \
	    .words = condition_test_words, .standard = KEY_TEXT("fixed"), \
	    .help = "`fixed`: the number of the window against the limit. " \
	    "`sequential`: evidence since the stage's start, and of what came " \
	    "lately, looked at after every request (docs/decisions.md); " \
	    "`above` and `above_legacy_times` of shares, `above` of " \
	    "quantiles." }, \
	{ "alpha", &key_factor, KEY_FIELD(struct condition, alpha), \
	    .min = 1e-9, .max = 0.5, .standard = "0.001", \
	    .help = "How likely a sequential test may ever act, in the whole " \
	    "life of a stage, while nothing is worse than tolerated." }

/* Read the limit as what its metric is measured in, and find what does not go
 * together.  For the finish function of the table. */
void check_condition(struct reader *r, const struct json *object,
    struct condition *c);

#endif
