/* Isolation: told once with its evidence, and what the rules make of it.
 * SPDX-License-Identifier: MIT
 */
#include "observe/isolation.h"

#include "scene.h"

#define RULES "{'identity':[{'header':'u'}],'session':[{'header':'s'}]," \
	"'isolation':{}," NO_BREAKER "," ROLLOUT("full") ",'guard':[{'name':'mixed'," \
	"'metric':'isolation_violations','above':0,'action':'rollback'}]}"

static void
report(struct scene *sc, enum version v, unsigned n)
{
	struct isolation_case c = { .kind = ISOLATION_TWO_USERS,
		.version = (uint8_t)v, .pair = "p1", .user = "bob",
		.session = "s-1" };

	for (unsigned i = 0; i < n; i++)
		isolation_report(sc->board->isolation, &c);
}

static unsigned
events_of(struct scene *sc, const char *kind, struct log_entry *newest)
{
	struct log_entry events[100];
	size_t count = store_events(sc->store, events, 100);
	unsigned found = 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(events[i].kind, kind) == 0 && found++ == 0)
			*newest = events[i];
	return found;
}

/* At once, although nothing is known of so few requests; and why comes first. */
Test(isolation, one_on_enhanced_takes_all_back)
{
	struct log_entry told, trip;
	char hash[STORE_HASH_MAX];
	struct scene sc;

	scene_open(&sc, RULES);
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	cr_expect(latch_is_set(&sc.latch));
	cr_assert_eq(events_of(&sc, "isolation", &told), 1);
	cr_assert_eq(events_of(&sc, "trip", &trip), 1);
	cr_expect_lt(told.id, trip.id);
	cr_expect_not_null(strstr(told.reason, "another user than before"));
	cr_expect_not_null(strstr(told.evidence, "\"version\":\"enhanced\""));
	cr_expect_not_null(strstr(told.evidence, "\"pair\":\"p1\""));
	cr_expect_null(strstr(told.evidence, "bob"));
	store_hash_id(sc.store, false, "bob", hash);
	cr_expect_eq(strlen(hash), STORE_HASH_MAX - 1);
	cr_expect_not_null(strstr(told.evidence, hash));
	store_hash_id(sc.store, true, "s-1", hash);
	cr_expect_not_null(strstr(told.evidence, hash));
	cr_expect_not_null(strstr(trip.reason, "isolation_violations"));
	scene_close(&sc);
}

Test(isolation, of_legacy_moves_nobody)
{
	struct log_entry told;
	struct scene sc;

	scene_open(&sc, RULES);
	report(&sc, VERSION_LEGACY, 1);
	scene_tick(&sc, 20);
	cr_expect_not(latch_is_set(&sc.latch));
	cr_expect_eq(events_of(&sc, "isolation", &told), 1);
	scene_close(&sc);
}

/* Hundreds in a second are one event, and the next one counts them. */
Test(isolation, is_told_now_and_then)
{
	struct log_entry told;
	struct scene sc;

	scene_open(&sc, RULES);
	for (unsigned i = 0; i < 20; i++) {
		report(&sc, VERSION_LEGACY, 50);
		scene_tick(&sc, 20);
	}
	cr_expect_eq(events_of(&sc, "isolation", &told), 1);
	for (unsigned i = 0; i < 30; i++)
		scene_tick(&sc, 400);
	report(&sc, VERSION_LEGACY, 1);
	scene_tick(&sc, 20);
	cr_assert_eq(events_of(&sc, "isolation", &told), 2);
	cr_expect_not_null(strstr(told.evidence, "\"count\":1001"), "%s",
	    told.evidence);
	scene_close(&sc);
}

/* A violation from before the rearm is no reason to trip again. */
Test(isolation, a_rearm_starts_afresh)
{
	struct err err = { "" };
	struct scene sc;

	scene_open(&sc, RULES);
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	cr_assert(rollout_rearm(sc.rollout, true, "operator:t", "mended", &err));
	for (unsigned i = 0; i < 10; i++)
		scene_tick(&sc, 20);
	cr_expect_not(latch_is_set(&sc.latch));
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	cr_expect(latch_is_set(&sc.latch));
	scene_close(&sc);
}
