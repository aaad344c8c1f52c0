/* test_change -- what each wish makes of the state; nothing is applied here.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "control/change.h"

static const struct change_origin by = { "operator:alice", "because", 777 };

static struct stage stages[] = {
	{ .name = "off" }, { .name = "shadow", .shadow = 100000 },
	{ .name = "canary", .percent = 5000, .shadow = 100000 },
	{ .name = "full", .percent = 100000 },
};
static const struct rules rules = { .stages = stages, .stage_count = 4 };

static struct rollout_state
at(const char *stage, uint32_t percent, bool latched)
{
	struct rollout_state s = { .epoch = 7, .percent = percent,
		.shadow = 100000, .enabled = true, .latched = latched };

	strcpy(s.stage, stage);
	strcpy(s.reason, "before");
	strcpy(s.actor, "guard");
	return s;
}

static const struct {
	const char *why;
	bool latched;
	struct rollout_change wish;
	bool ok, differs;
	enum refusal refusal;
	const char *stage;
	uint32_t percent;
	bool enabled;
	const char *kind, *from, *to, *error;
} wishes[] = {
	{ "another stage", false, { .stage = "canary" }, true, true,
	    REFUSAL_NONE, "canary", 5000, true, "stage", "shadow at 0%",
	    "canary at 5%", "" },
	{ "an unknown stage", false, { .stage = "canari" }, false, false,
	    REFUSAL_INVALID, "", 0, false, "", "", "",
	    "stage: there is no stage \"canari\"; did you mean \"canary\"?" },
	{ "a wholly unknown stage", false, { .stage = "zzzzzzzz" }, false,
	    false, REFUSAL_INVALID, "", 0, false, "", "", "",
	    "stage: there is no stage \"zzzzzzzz\"" },
	{ "a percentage", false, { .has_percent = true, .percent = 1 }, true,
	    true, REFUSAL_NONE, "shadow", 1, true, "percent", "shadow at 0%",
	    "shadow at 0.001%", "" },
	{ "off", false, { .has_enabled = true }, true, true, REFUSAL_NONE,
	    "shadow", 0, false, "enabled", "on", "off", "" },
	{ "on already", false, { .has_enabled = true, .enabled = true }, true,
	    false, REFUSAL_NONE, "", 0, false, "", "", "", "" },
	{ "the same stage", false, { .stage = "shadow" }, true, false,
	    REFUSAL_NONE, "", 0, false, "", "", "", "" },
	{ "a stage while latched", true, { .stage = "canary" }, false, false,
	    REFUSAL_LATCHED, "", 0, false, "", "", "", "the rollout is latched "
	    "on legacy; rearm it before you change stage or percent" },
	{ "a percentage while latched", true, { .has_percent = true }, false,
	    false, REFUSAL_LATCHED, "", 0, false, "", "", "", "the rollout is "
	    "latched on legacy; rearm it before you change stage or percent" },
	{ "off while latched", true, { .has_enabled = true }, true, true,
	    REFUSAL_NONE, "shadow", 0, false, "enabled", "on", "off", "" },
};

Test(change, operators_wishes)
{
	for (size_t i = 0; i < COUNT_OF(wishes); i++) {
		struct rollout_state now = at("shadow", 0, wishes[i].latched);
		const char *why = wishes[i].why;
		enum refusal refusal;
		struct err err = { "" };
		struct change c = { .differs = false };

		cr_expect_eq(change_by_operator(&rules, &now, &wishes[i].wish,
		    &by, &c, &refusal, &err), wishes[i].ok, "%s", why);
		cr_expect_eq(refusal, wishes[i].refusal, "%s", why);
		cr_expect_str_eq(err.text, wishes[i].error, "%s", why);
		if (!wishes[i].ok)
			continue;
		cr_expect_eq(c.differs, wishes[i].differs, "%s", why);
		cr_expect_str_eq(c.next.stage, wishes[i].stage, "%s", why);
		cr_expect_eq(c.next.percent, wishes[i].percent, "%s", why);
		cr_expect_eq(c.next.enabled, wishes[i].enabled, "%s", why);
		cr_expect_str_eq(c.event.kind, wishes[i].kind, "%s", why);
		cr_expect_str_eq(c.event.from, wishes[i].from, "%s", why);
		cr_expect_str_eq(c.event.to, wishes[i].to, "%s", why);
		if (!c.differs)
			continue;
		cr_expect_eq(c.next.epoch, 8, "%s", why);
		cr_expect_eq(c.event.epoch, 8, "%s", why);
		cr_expect_eq(c.next.changed_us, 777, "%s", why);
		cr_expect_str_eq(c.next.actor, wishes[i].latched ? "guard" :
		    "operator:alice", "%s", why);
		cr_expect_str_eq(c.next.reason, wishes[i].latched ? "before" :
		    "because", "%s", why);
		cr_expect_str_eq(c.event.reason, "because", "%s", why);
		cr_expect_eq(c.next.latched, wishes[i].latched, "%s", why);
	}
}

Test(change, a_latch_keeps_the_stage_for_resume)
{
	struct rollout_state now = at("canary", 5000, false);
	struct change c;

	change_latch(&now, "trip", &by, "{\"n\":1}", &c);
	cr_expect(c.next.latched);
	cr_expect_str_eq(c.next.stage, "canary");
	cr_expect_eq(c.next.percent, 5000);
	cr_expect_str_eq(c.event.evidence, "{\"n\":1}");
	cr_expect_str_eq(c.event.from, "canary at 5%");
	cr_expect_str_eq(c.event.to, "legacy only, latched");
}

Test(change, evidence_is_whole_or_left_out)
{
	struct rollout_state now = at("canary", 5000, false);
	char big[sizeof ((struct log_entry *)0)->evidence + 1];
	struct change c;

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	change_latch(&now, "trip", &by, big, &c);
	cr_expect_str_eq(c.event.evidence, "");
}

Test(change, rearm_begins_again_or_resumes)
{
	struct rollout_state now = at("canary", 5000, true);
	struct change c;

	change_rearm(&rules, &now, false, &by, &c);
	cr_expect(!c.next.latched);
	cr_expect_str_eq(c.next.stage, "off");
	cr_expect_eq(c.next.percent, 0);
	cr_expect_eq(c.next.shadow, 0);
	cr_expect(change_starts_afresh(&now, &c.next));
	change_rearm(&rules, &now, true, &by, &c);
	cr_expect(!c.next.latched);
	cr_expect_str_eq(c.next.stage, "canary");
	cr_expect_eq(c.next.percent, 5000);
	cr_expect(change_starts_afresh(&now, &c.next));
}

Test(change, rearm_is_at_zero_even_if_the_first_stage_is_not)
{
	static struct stage only[] = { { .name = "half", .percent = 50000 } };
	const struct rules one = { .stages = only, .stage_count = 1 };
	struct rollout_state now = at("half", 50000, true);
	struct change c;

	change_rearm(&one, &now, false, &by, &c);
	cr_expect_str_eq(c.next.stage, "half");
	cr_expect_eq(c.next.percent, 0);
}

Test(change, an_override_does_not_replace_the_reason)
{
	struct rollout_state now = at("canary", 5000, true);
	struct change c;

	change_override(&now, "user-1", NULL, "enhanced", &by, &c);
	cr_expect_str_eq(c.next.reason, "before");
	cr_expect_str_eq(c.next.actor, "guard");
	cr_expect_eq(c.next.epoch, 8);
	cr_expect_str_eq(c.event.from, "bucket");
	cr_expect_str_eq(c.event.to, "enhanced for user-1");
	cr_expect_str_eq(c.event.reason, "because");
	cr_expect(!change_starts_afresh(&now, &c.next));
}

Test(change, what_starts_afresh)
{
	struct rollout_state now = at("canary", 5000, false), next = now;

	next.percent = 7000;
	cr_expect(!change_starts_afresh(&now, &next), "another percentage");
	next.enabled = false;
	cr_expect(!change_starts_afresh(&now, &next), "switched off");
	cr_expect(change_starts_afresh(&next, &now), "switched on");
	next = now;
	next.latched = true;
	cr_expect(!change_starts_afresh(&now, &next), "latched");
	strcpy(next.stage, "full");
	cr_expect(change_starts_afresh(&now, &next), "another stage");
}

/* --- moves within the plan --------------------------------------------------- */

enum move { ADVANCE, BACK, PAUSE, RESUME };

static const struct {
	const char *why;
	const char *stage;
	bool latched, paused;
	enum move move;
	bool force, ok, differs;
	const char *to_stage;
	uint32_t percent;
	bool to_paused;
	const char *kind;
} moves[] = {
	{ "on", "shadow", false, false, ADVANCE, false, true, true, "canary",
	    5000, false, "advance" },
	{ "not while latched", "shadow", true, false, ADVANCE, true, false, false,
	    "", 0, false, "" },
	{ "not while paused", "shadow", false, true, ADVANCE, false, false, false,
	    "", 0, false, "" },
	{ "but by an operator", "shadow", false, true, ADVANCE, true, true, true,
	    "canary", 5000, true, "advance" },
	{ "not beyond the end", "full", false, false, ADVANCE, true, false, false,
	    "", 0, false, "" },
	{ "not from a stage that is no more", "gone", false, false, ADVANCE, true,
	    false, false, "", 0, false, "" },
	{ "one back, and paused", "full", false, false, BACK, false, true, true,
	    "canary", 5000, true, "back" },
	{ "from a stage that is no more to the first", "gone", false, false, BACK,
	    false, true, true, "off", 0, true, "back" },
	{ "pause", "canary", false, false, PAUSE, false, true, true, "canary",
	    9000, true, "pause" },
	{ "paused already", "canary", false, true, PAUSE, false, true, false, "",
	    0, false, "" },
	{ "resume", "canary", false, true, RESUME, false, true, true, "canary",
	    9000, false, "resume" },
};

static bool
move_it(size_t i, const struct rollout_state *now, struct change *c)
{
	enum refusal refusal;
	struct err err = { "" };

	switch (moves[i].move) {
	case ADVANCE:
		return change_advance(&rules, now, moves[i].force, &by, "{}", c,
		    &refusal, &err);
	case BACK:
		change_back(&rules, now, &by, "{}", c);
		break;
	case PAUSE:
	case RESUME:
		change_pause(now, moves[i].move == PAUSE, &by, "{}", c);
		break;
	}
	return true;
}

Test(change, moves_within_the_plan)
{
	for (size_t i = 0; i < COUNT_OF(moves); i++) {
		struct rollout_state now = at(moves[i].stage, 9000,
		    moves[i].latched);
		struct change c = { 0 };
		bool moved;

		now.paused = moves[i].paused;
		now.stage_us = 5;
		cr_assert_eq(move_it(i, &now, &c), moves[i].ok, "%s",
		    moves[i].why);
		cr_assert_eq(c.differs, moves[i].differs, "%s", moves[i].why);
		if (!c.differs)
			continue;
		moved = strcmp(moves[i].stage, moves[i].to_stage) != 0;
		cr_expect_str_eq(c.next.stage, moves[i].to_stage, "%s",
		    moves[i].why);
		cr_expect_eq(c.next.percent, moves[i].percent, "%s", moves[i].why);
		cr_expect_eq(c.next.paused, moves[i].to_paused, "%s",
		    moves[i].why);
		cr_expect_eq(c.next.stage_us, moved ? 777 : 5, "%s", moves[i].why);
		cr_expect_str_eq(c.event.kind, moves[i].kind);
		cr_expect_str_eq(c.event.evidence, "{}");
		cr_expect_eq(c.next.epoch, 8);
	}
}

static const struct {
	const char *why;
	const char *stage;
	uint32_t percent, to_percent;
} backs[] = {
	{ "as the stage before has it", "full", 100000, 5000 },
	{ "as the stage has it", "full", 5000, 5000 },
	{ "lowered by hand", "full", 1000, 1000 },
	{ "lowered to nobody", "full", 0, 0 },
	{ "raised by hand", "canary", 50000, 0 },
	{ "of a stage that is no more", "gone", 1000, 0 },
};

Test(change, nothing_that_goes_back_puts_users_on_enhanced)
{
	for (size_t i = 0; i < COUNT_OF(backs); i++) {
		struct rollout_state now = at(backs[i].stage, backs[i].percent,
		    false);
		struct change c;

		change_back(&rules, &now, &by, "", &c);
		cr_assert(c.differs, "%s", backs[i].why);
		cr_expect_eq(c.next.percent, backs[i].to_percent, "%s",
		    backs[i].why);
	}
}

Test(change, what_is_done_while_latched_leaves_the_latchs_reason)
{
	const struct rollout_change off = { .has_enabled = true };
	struct rollout_state now = at("canary", 5000, true);
	enum refusal refusal;
	struct err err = { "" };
	struct change c;

	change_pause(&now, true, &by, "", &c);
	cr_expect_str_eq(c.next.reason, "before");
	cr_expect_str_eq(c.next.actor, "guard");
	cr_expect_str_eq(c.event.reason, "because", "the event has its own");
	cr_assert(change_by_operator(&rules, &now, &off, &by, &c, &refusal, &err));
	cr_expect_str_eq(c.next.reason, "before");
	cr_expect_str_eq(c.next.actor, "guard");
	cr_expect_str_eq(c.event.actor, "operator:alice");
	now.latched = false;
	change_pause(&now, true, &by, "", &c);
	cr_expect_str_eq(c.next.reason, "because");
}

/* --- enhanced alone ----------------------------------------------------------- */

static struct stage whole_stages[] = {
	{ .name = "full", .percent = 100000 },
	{ .name = "alone", .percent = 100000, .shadow = 10000, .complete = true },
};
static const struct rules whole = { .stages = whole_stages, .stage_count = 2 };

static const struct {
	const char *why;
	const struct rules *rules;
	const char *stage;
	uint32_t percent;
	bool latched, off, ok, differs;
	const char *error;
} completions[] = {
	{ "from 100%", &whole, "full", 100000, false, false, true, true, "" },
	{ "already", &whole, "alone", 100000, false, false, true, false, "" },
	{ "below", &whole, "full", 50000, false, false, false, false,
	    "the rollout stands at 50%; advance it to 100% first" },
	{ "latched", &whole, "full", 100000, true, false, false, false,
	    "the rollout is latched on legacy; rearm it before" },
	{ "off", &whole, "full", 100000, false, true, false, false,
	    "switched off" },
	{ "no such stage", &rules, "full", 100000, false, false, false, false,
	    "the plan ends with \"full\"; add a stage" },
};

Test(change, completes_from_all_alone)
{
	for (size_t i = 0; i < COUNT_OF(completions); i++) {
		struct rollout_state now = at(completions[i].stage,
		    completions[i].percent, completions[i].latched);
		enum refusal refusal;
		struct err err = { "" };
		struct change c;

		now.enabled = !completions[i].off;
		cr_assert_eq(change_complete(completions[i].rules, &now, &by, &c,
		    &refusal, &err), completions[i].ok, "%s", completions[i].why);
		cr_expect_eq(refusal, completions[i].ok ? REFUSAL_NONE :
		    REFUSAL_LATCHED, "%s", completions[i].why);
		cr_expect_not_null(strstr(err.text, completions[i].error), "%s",
		    err.text);
		cr_assert_eq(c.differs, completions[i].differs, "%s",
		    completions[i].why);
		if (!c.differs)
			continue;
		cr_expect_str_eq(c.next.stage, "alone");
		cr_expect_eq(c.next.shadow, 10000);
		cr_expect_str_eq(c.event.kind, "complete");
	}
}

Test(change, nothing_else_opens_the_complete_stage)
{
	const struct rollout_state now = at("full", 100000, false);
	const struct rollout_change wish = { .stage = "alone" };
	enum refusal refusal;
	struct err err = { "" };
	struct change c;

	cr_expect(!change_advance(&whole, &now, true, &by, "", &c, &refusal,
	    &err));
	cr_expect_eq(refusal, REFUSAL_LATCHED);
	cr_expect(!change_by_operator(&whole, &now, &wish, &by, &c, &refusal,
	    &err));
	cr_expect_eq(refusal, REFUSAL_LATCHED);
}
