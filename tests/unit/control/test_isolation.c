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

/* --- people ------------------------------------------------------------------- */

#define TOLD_RULES(isolation) "{'identity':[{'header':'u'}]," \
	"'session':[{'header':'s'}]," isolation NO_BREAKER "," ROLLOUT("full") "}"
#define MINUTE_MS 60000

static void
expect_told(struct scene *sc, unsigned i, enum alert_phase phase,
    const char *name, enum severity severity, uint64_t epoch)
{
	const struct alert *a = &sc->told[i];

	cr_assert_lt(i, sc->told_count, "only %u were told", sc->told_count);
	cr_expect_eq(a->phase, phase);
	cr_expect_str_eq(a->kind, phase == ALERT_BEGIN ? "isolation" : "resolved");
	cr_expect_str_eq(a->name, name);
	cr_expect_eq(a->severity, severity);
	cr_expect_eq(a->epoch, epoch, "%d", (int)a->epoch);
}

/* Each minute one for half an hour is one trouble; ten minutes without, and it
 * is over; another one is the next. */
Test(isolation, people_are_told_once)
{
	static const char name[] = "isolation.legacy.two_users";
	struct scene sc;

	scene_open(&sc, TOLD_RULES("'isolation':{},"));
	for (unsigned i = 0; i < 30; i++) {
		report(&sc, VERSION_LEGACY, 1);
		scene_tick(&sc, MINUTE_MS);
	}
	cr_assert_eq(sc.told_count, 1);
	expect_told(&sc, 0, ALERT_BEGIN, name, SEVERITY_WARNING, 1);
	cr_expect_not_null(strstr(sc.told[0].summary, "another user than before"));
	cr_expect_not_null(strstr(sc.told[0].evidence, "\"pair\":\"p1\""));
	cr_expect_null(strstr(sc.told[0].evidence, "bob"));
	scene_tick(&sc, 9 * MINUTE_MS);
	cr_assert_eq(sc.told_count, 1);
	scene_tick(&sc, MINUTE_MS);
	cr_assert_eq(sc.told_count, 2);
	expect_told(&sc, 1, ALERT_END, name, SEVERITY_WARNING, 1);
	cr_expect_str_eq(sc.told[1].summary,
	    "isolation.legacy.two_users is over: none for 10m");
	report(&sc, VERSION_LEGACY, 1);
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	cr_assert_eq(sc.told_count, 4, "each version has its own");
	scene_close(&sc);
}

Test(isolation, the_section_says_how_bad_it_is)
{
	struct err err = { "" };
	struct scene sc;

	scene_open(&sc, TOLD_RULES("'isolation':{'severity':'critical',"
	    "'quiet':'2s'},"));
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	expect_told(&sc, 0, ALERT_BEGIN, "isolation.enhanced.two_users",
	    SEVERITY_CRITICAL, 1);
	scene_tick(&sc, 2000);
	expect_told(&sc, 1, ALERT_END, "isolation.enhanced.two_users",
	    SEVERITY_CRITICAL, 1);
	/* Told anew although its last event is younger than ten seconds. */
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	cr_assert_eq(sc.told_count, 3);
	cr_assert(scene_reload(&sc, TOLD_RULES(""), &err), "%s", err.text);
	scene_tick(&sc, 20);
	cr_assert_eq(sc.told_count, 4);
	cr_expect_not_null(strstr(sc.told[3].summary, "not looked for any more"));
	scene_close(&sc);
}

/* The end comes from the process behind, with the key of the beginning: the
 * epoch before the trip that the same violation has brought about. */
Test(isolation, a_restart_knows_of_it)
{
	struct scene sc;

	scene_open(&sc, RULES);
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	expect_told(&sc, 0, ALERT_BEGIN, "isolation.enhanced.two_users",
	    SEVERITY_WARNING, 1);
	cr_expect(latch_is_set(&sc.latch));
	scene_tick(&sc, 20000);
	report(&sc, VERSION_ENHANCED, 1);
	scene_tick(&sc, 20);
	scene_restart(&sc, RULES);
	sc.told_count = 0;
	scene_tick(&sc, 9 * MINUTE_MS);
	cr_assert_eq(sc.told_count, 0);
	scene_tick(&sc, MINUTE_MS);
	expect_told(&sc, 0, ALERT_END, "isolation.enhanced.two_users",
	    SEVERITY_WARNING, 1);
	scene_close(&sc);
}
