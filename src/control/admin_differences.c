/* admin_differences -- where answers differ, and what of it is noise.
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/evidence.h"
#include "base/mem.h"
#include "control/json_text.h"

#define ROWS_DEFAULT 50
/* Of shares: 95 %, both sides. */
#define SHOWN_Z 1.96

static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

/* k of n as a share with its interval; null while n is 0. */
static void
set_rate(json_t *o, uint64_t k, uint64_t n)
{
	set(o, "rate", n == 0 ? json_null() :
	    json_real(k >= n ? 1 : (double)k / (double)n));
	set(o, "rate_low", n == 0 ? json_null() :
	    json_real(wilson_lower(k, n, SHOWN_Z)));
	set(o, "rate_high", n == 0 ? json_null() :
	    json_real(wilson_upper(k, n, SHOWN_Z)));
}

/* By a pin of the rules in force, or by what was learned. */
static void
set_state(json_t *o, const struct admin_scene *s, const char *path,
    enum noise_state learned)
{
	const struct noise_pin *pin = noise_pin_of(
	    &rollout_snapshot(s->ports.of.rollout)->config->rules.noise, path);
	enum noise_state state = pin == NULL ? learned :
	    pin->as == PIN_NOISE ? NOISE_YES : NOISE_REAL;

	set(o, "state", json_string(noise_state_name(state)));
	set(o, "pinned", json_boolean(pin != NULL));
}

/* --- noise ------------------------------------------------------------------- */

static void
set_texts(json_t *o, const struct noise_row *r)
{
	bool known = r->place.is_text && r->floor.known;

	set(o, "floor", known ? json_real(r->floor.floor) : json_null());
	set(o, "bottom", known ? json_real(r->floor.bottom) : json_null());
}

/* How often control differs from legacy, and between which factors enhanced
 * does so more often. */
static void
set_counts(json_t *o, const struct noise_row *r)
{
	const struct paired *seen = &r->seen;
	double high = noise_ratio_upper(*seen);

	set(o, "pairs", json_count(r->pairs));
	set(o, "only_enhanced", json_count(seen->first_only));
	set(o, "only_control", json_count(seen->second_only));
	set(o, "both", json_count(seen->both));
	set_rate(o, seen->second_only + seen->both, r->pairs);
	set(o, "ratio_low", json_real(noise_ratio_lower(*seen)));
	set(o, "ratio_high", isinf(high) ? json_null() : json_real(high));
}

static json_t *
noise_of(const struct admin_scene *s, const struct divergence_row *d)
{
	struct noise_place place = { .kind = (uint8_t)d->kind,
		.is_text = d->is_text };
	struct noise_row row = { .state = NOISE_UNKNOWN };
	json_t *o = json_object();

	memcpy(place.path, d->path, sizeof place.path);
	if (s->ports.noise != NULL)
		(void)!noise_find(s->ports.noise, d->route, &place, &row);
	set_state(o, s, d->path, row.state);
	set_counts(o, &row);
	set_texts(o, &row);
	return o;
}

static json_t *
noise_row(const struct admin_scene *s, const struct noise_row *r)
{
	json_t *o = json_object();

	set(o, "path", json_text(r->place.path));
	set(o, "route", json_text(r->route));
	set(o, "kind", json_string(diff_kind_name(r->place.kind)));
	set(o, "text", json_boolean(r->place.is_text));
	set_state(o, s, r->place.path, r->state);
	set_counts(o, r);
	set_texts(o, r);
	set(o, "first", json_time(r->first_us));
	set(o, "last", json_time(r->last_us));
	return o;
}

void
admin_get_noise(const struct admin_scene *s, struct admin_call *c)
{
	const struct config *config =
	    rollout_snapshot(s->ports.of.rollout)->config;
	json_t *list, *o;
	struct noise_row *rows;
	size_t max, count = 0;

	if (!admin_read_limit(c, ROWS_DEFAULT, NOISE_ROWS_MAX, &max))
		return;
	rows = mem_alloc(max * sizeof *rows);
	if (s->ports.noise != NULL)
		count = noise_top(s->ports.noise, rows, max);
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, noise_row(s, &rows[i]));
	free(rows);
	o = json_object();
	set(o, "sample", json_percent(config->rules.noise.sample));
	set(o, "pairs", json_count(s->ports.noise != NULL ?
	    noise_pairs(s->ports.noise) : 0));
	set(o, "paths", list);
	json_print(o, &c->reply);
}

/* --- differences ----------------------------------------------------------------- */

static json_t *
difference_row(const struct admin_scene *s, const struct divergence_row *d)
{
	json_t *o = json_object();

	set(o, "path", json_text(d->path));
	set(o, "route", json_text(d->route));
	set(o, "kind", json_string(diff_kind_name(d->kind)));
	set(o, "text", json_boolean(d->is_text));
	set(o, "count", json_count(d->count));
	set(o, "compared", json_count(d->compared));
	set_rate(o, d->count, d->compared);
	set(o, "noise", noise_of(s, d));
	set(o, "first", json_time(d->first_us));
	set(o, "last", json_time(d->last_us));
	set(o, "pair", json_text(d->pair));
	set(o, "legacy", json_text(d->legacy));
	set(o, "enhanced", json_text(d->enhanced));
	return o;
}

void
admin_get_differences(const struct admin_scene *s, struct admin_call *c)
{
	struct divergence_row *rows;
	json_t *list;
	size_t max, count;

	if (!admin_read_limit(c, ROWS_DEFAULT, DIVERGENCE_MAX, &max))
		return;
	rows = mem_alloc(max * sizeof *rows);
	count = divergence_top(s->ports.divergence, rows, max);
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, difference_row(s, &rows[i]));
	free(rows);
	json_print(json_pack("{s:o}", "differences", list), &c->reply);
}
