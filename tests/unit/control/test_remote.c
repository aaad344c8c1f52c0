/* test_remote -- states of other instances, and a PostgreSQL that is silent.
 * SPDX-License-Identifier: MIT
 *
 * The recorder is played here: these three functions stand in for those of
 * the store's library, whose file is then not linked.
 */
#include "scene.h"

#include "store/recorder.h"

#define RULES(stage) "{" ROLLOUT(stage) "," NO_BREAKER "}"

static struct scene s;
static struct rollout_state remote; /* as last polled; epoch 0 = none */

bool
recorder_remote_state(struct recorder *r, const char *rollout,
    uint64_t above, struct rollout_state *out)
{
	(void)r;
	(void)rollout;
	if (remote.epoch == 0 || remote.epoch <= above)
		return false;
	*out = remote;
	return true;
}

static bool took_overrides;

bool
recorder_took_overrides(struct recorder *r, const char *rollout)
{
	bool took = took_overrides;

	(void)r;
	(void)rollout;
	took_overrides = false;
	return took;
}

void
recorder_poke(struct recorder *r)
{
	(void)r;
}

void
recorder_status(struct recorder *r, struct recorder_status *out)
{
	(void)r;
	*out = (struct recorder_status){ .kind = STORE_POSTGRES, .ok = true };
}

static void
open_scene(void)
{
	static char any;

	remote.epoch = 0;
	s = (struct scene){ .recorder = (struct recorder *)&any };
	scene_open_as(&s, RULES("canary"));
}

static void
close_scene(void)
{
	scene_close(&s);
}

TestSuite(remote, .init = open_scene, .fini = close_scene);

static void
others_say(uint64_t epoch, uint32_t percent, bool latched)
{
	remote = s.seen;
	remote.epoch = epoch;
	remote.percent = percent;
	remote.latched = latched;
	strcpy(remote.reason, "theirs");
	strcpy(remote.actor, "operator:zoe");
	scene_tick(&s, 100);
	scene_tick(&s, 100);
}

/* Epoch 2, latched. */
static void
roll_back(void)
{
	struct err err = { "" };

	cr_assert(rollout_rollback(s.rollout, "operator:a", "ours", &err));
	cr_assert_eq(s.seen.epoch, 2);
}

static const struct {
	const char *why;
	bool we_latched;      /* then we are at epoch 2, else at 1 */
	uint64_t epoch;       /* theirs */
	bool they_latched;
	uint64_t want_epoch;
	bool want_latched;
	const char *want_reason;
} cases[] = {
	{ "theirs is newer", false, 5, false, 5, false, "theirs" },
	{ "theirs is newer and latched", false, 5, true, 5, true, "theirs" },
	{ "theirs is as new, and ours", false, 1, false, 1, false,
	    "first start: as the configuration asks" },
	{ "theirs is as new and latched", false, 1, true, 1, true, "theirs" },
	{ "theirs is older", true, 1, false, 2, true, "ours" },
	{ "both latched, theirs is newer", true, 5, true, 5, true, "theirs" },
	{ "they went on without knowing of our latch", true, 5, false, 6, true,
	    "ours" },
	{ "they changed at the same moment", true, 2, false, 3, true, "ours" },
};

Test(remote, who_wins)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *why = cases[i].why;

		if (i > 0) {
			scene_close(&s);
			open_scene();
		}
		if (cases[i].we_latched)
			roll_back();
		others_say(cases[i].epoch, 70000, cases[i].they_latched);
		cr_expect_eq(s.seen.epoch, cases[i].want_epoch, "%s", why);
		cr_expect_eq(s.seen.latched, cases[i].want_latched, "%s", why);
		cr_expect_eq(latch_is_set(&s.latch), cases[i].want_latched, "%s",
		    why);
		cr_expect_str_eq(s.seen.reason, cases[i].want_reason, "%s", why);
	}
}

Test(remote, what_was_adopted_is_kept)
{
	others_say(5, 70000, true);
	cr_expect_str_eq(scene_event(&s).kind, "adopt");
	cr_expect_str_eq(scene_event(&s).actor, "operator:zoe");
	remote.epoch = 0;
	scene_restart(&s, RULES("canary"));
	cr_expect(s.latch_at_first);
	cr_expect_eq(s.seen.epoch, 5);
	cr_expect_eq(s.seen.percent, 70000);
}

Test(remote, a_rearm_elsewhere_opens_a_latch_that_was_seen_there)
{
	roll_back();
	others_say(2, 5000, true); /* that is ours, arrived */
	cr_expect(s.seen.latched);
	others_say(3, 0, false);
	cr_expect(!s.seen.latched);
	cr_expect(!latch_is_set(&s.latch));
	cr_expect_eq(s.seen.epoch, 3);
}

Test(remote, a_latch_of_theirs_opens_with_their_rearm)
{
	others_say(5, 5000, true);
	cr_expect(latch_is_set(&s.latch));
	others_say(6, 5000, false);
	cr_expect(!latch_is_set(&s.latch));
}

Test(remote, a_breaker_that_is_not_written_yet_is_not_opened)
{
	others_say(5, 5000, false);
	latch_set(&s.latch, LATCH_BREAKER);
	others_say(6, 5000, false);
	cr_expect(latch_is_set(&s.latch));
	cr_expect(s.seen.latched);
	cr_expect_gt(s.seen.epoch, 6);
}

static bool
is_overridden(const char *user)
{
	const struct snapshot *now = rollout_snapshot(s.rollout);
	enum version version;

	return user_overrides_get(now->users, user, strlen(user), &version, NULL) &&
	    version == VERSION_ENHANCED;
}

Test(remote, overrides_of_others_are_taken_from_the_file)
{
	scene_sql(&s, "INSERT INTO overrides (user_id,"
	    " version, epoch, ts, actor, reason) VALUES ('zoe', 'enhanced', 5,"
	    " '2026-01-01T00:00:00.000000Z', 'operator:b', 'r')");
	scene_tick(&s, 100);
	cr_expect(!is_overridden("zoe"), "nobody has said so");
	took_overrides = true;
	scene_tick(&s, 100);
	cr_expect(is_overridden("zoe"));
	cr_expect_eq(s.published, 2);
	/* the same once more is no news to the workers */
	took_overrides = true;
	scene_tick(&s, 100);
	cr_expect_eq(s.published, 2);
	scene_sql(&s, "DELETE FROM overrides");
	took_overrides = true;
	scene_tick(&s, 100);
	cr_expect(!is_overridden("zoe"));
}

Test(remote, overrides_that_cannot_be_read_are_read_later)
{
	scene_sql(&s, "INSERT INTO overrides (user_id,"
	    " version, epoch, ts, actor, reason) VALUES ('zoe', 'enhanced', 5,"
	    " '2026-01-01T00:00:00.000000Z', 'operator:b', 'r');"
	    "ALTER TABLE overrides RENAME TO gone");
	took_overrides = true;
	scene_tick(&s, 100);
	cr_expect(!is_overridden("zoe"));
	scene_sql(&s, "ALTER TABLE gone RENAME TO overrides");
	scene_tick(&s, 100);
	cr_expect(is_overridden("zoe"));
}

/* --- silent from the start ---------------------------------------------- */

static void
open_silent(void)
{
	s = (struct scene){ .is_postgres = true };
	scene_open_as(&s, RULES("canary"));
}

TestSuite(silent, .init = open_silent, .fini = close_scene);

Test(silent, all_traffic_is_held_on_legacy)
{
	const struct rollout_change change = { .stage = "full" };
	struct err err = { "" };

	cr_expect(rollout_is_waiting(s.rollout));
	cr_expect(!s.seen.enabled);
	cr_expect_eq(s.seen.epoch, 0);
	cr_expect(!rollout_set(s.rollout, &change, "operator:a", "x", &err));
	cr_expect_eq(rollout_refusal(s.rollout), REFUSAL_STORE);
	cr_expect(scene_reload(&s, RULES("full"), &err));
	cr_expect(!s.seen.enabled);
	scene_tick(&s, 6000);
	cr_expect(rollout_is_waiting(s.rollout));
}

Test(silent, a_rollback_is_taken_all_the_same)
{
	struct err err = { "" };

	cr_assert(rollout_rollback(s.rollout, "operator:a", "x", &err));
	cr_expect(s.seen.latched);
	scene_restart(&s, RULES("canary"));
	cr_expect(s.latch_at_first);
	cr_expect(!rollout_is_waiting(s.rollout), "the local file knows");
}

Test(silent, a_known_state_is_used)
{
	struct err err = { "" };

	cr_assert(rollout_rollback(s.rollout, "operator:a", "x", &err));
	scene_restart(&s, RULES("canary"));
	cr_assert(rollout_rearm(s.rollout, true, "operator:a", "y", &err));
	scene_restart(&s, RULES("canary"));
	cr_expect(!rollout_is_waiting(s.rollout));
	cr_expect(s.seen.enabled);
	cr_expect(!s.seen.latched);
	cr_expect_str_eq(s.seen.stage, "canary");
}
