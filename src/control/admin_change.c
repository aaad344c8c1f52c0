/* admin_change -- what can be changed.
 * SPDX-License-Identifier: MIT
 *
 * A handler reads its body, asks the rollout, and answers with the rollout
 * as it is afterwards; "changed" is false when it was so already.
 */
#include "control/admin_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "control/admin_body.h"
#include "control/endpoints.h"
#include "control/json_text.h"
#include "control/status.h"

static int
refusal_status(enum refusal refusal)
{
	switch (refusal) {
	case REFUSAL_NONE:
	case REFUSAL_INVALID:
		return 400;
	case REFUSAL_LATCHED:
		return 409;
	case REFUSAL_MISSING:
		return 404;
	case REFUSAL_STORE:
		return 503;
	}
	return 400;
}

uint64_t
admin_epoch(const struct admin_scene *s)
{
	return rollout_snapshot(s->ports.of.rollout)->state.epoch;
}

void
admin_answer_change(const struct admin_scene *s, struct admin_call *c, bool ok,
    uint64_t was, const struct err *err)
{
	if (!ok) {
		admin_fail(c, refusal_status(rollout_refusal(s->ports.of.rollout)),
		    "%s", err->text);
		return;
	}
	json_print(json_pack("{s:b, s:o}", "changed", (int)(admin_epoch(s) != was),
	    "rollout", status_rollout(&s->ports)), &c->reply);
}

json_t *
admin_read_body(struct admin_call *c, struct member *members, size_t count)
{
	const json_t *reason;
	json_t *root;
	struct err err = { "" };

	if (!body_read(c->body, c->body_len, members, count, &root, &err)) {
		admin_fail(c, 400, "%s", err.text);
		return NULL;
	}
	reason = members[count - 1].value;
	if (reason != NULL && !body_check_reason(json_string_value(reason), &err)) {
		admin_fail(c, 400, "%s", err.text);
		json_decref(root);
		return NULL;
	}
	return root;
}

void
admin_post_reload(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[] = { { "reason", MEMBER_TEXT, true, NULL } };
	struct err err = { "" };
	uint64_t was = admin_epoch(s);
	json_t *root = admin_read_body(c, members, COUNT_OF(members));

	if (root == NULL)
		return;
	if (!s->ports.reload(s->ports.arg, c->actor,
	    json_string_value(members[0].value), &err))
		admin_fail(c, 422, "%s", err.text);
	else
		admin_answer_change(s, c, true, was, &err);
	json_decref(root);
}

void
admin_post_drain(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[] = {
		{ "drain", MEMBER_BOOL, true, NULL },
		{ "reason", MEMBER_TEXT, true, NULL },
	};
	json_t *root = admin_read_body(c, members, COUNT_OF(members));

	if (root == NULL)
		return;
	s->ports.drain(s->ports.arg, json_is_true(members[0].value), c->actor,
	    json_string_value(members[1].value));
	rollout_remark(s->ports.of.rollout, "drain",
	    json_is_true(members[0].value) ? "on" : "off", c->actor,
	    json_string_value(members[1].value));
	json_decref(root);
	json_print(json_pack("{s:b}", "ready",
	    (int)s->ports.ready(s->ports.arg)), &c->reply);
}

static bool
read_percent(const json_t *value, uint32_t *out, struct err *err)
{
	double milli = json_number_value(value) * 1000;

	if (!(milli >= 0 && milli <= 100000))
		return err_set(err, "percent: must be 0 to 100");
	if (fabs(milli - nearbyint(milli)) > 1e-6)
		return err_set(err, "percent: goes in steps of 0.001");
	*out = (uint32_t)nearbyint(milli);
	return true;
}

enum { WISH_STAGE, WISH_PERCENT, WISH_ENABLED, WISH_REASON, WISH_COUNT };

static bool
read_wish(const struct member *members, struct rollout_change *wish,
    struct err *err)
{
	const json_t *stage = members[WISH_STAGE].value;
	const json_t *percent = members[WISH_PERCENT].value;
	const json_t *enabled = members[WISH_ENABLED].value;

	if ((stage != NULL) + (percent != NULL) + (enabled != NULL) != 1)
		return err_set(err, "exactly one of stage, percent and enabled "
		    "is needed");
	*wish = (struct rollout_change){
		.stage = json_string_value(stage),
		.has_percent = percent != NULL,
		.has_enabled = enabled != NULL,
		.enabled = json_is_true(enabled),
	};
	return percent == NULL || read_percent(percent, &wish->percent, err);
}

void
admin_post_rollout(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[WISH_COUNT] = {
		[WISH_STAGE] = { "stage", MEMBER_TEXT, false, NULL },
		[WISH_PERCENT] = { "percent", MEMBER_NUMBER, false, NULL },
		[WISH_ENABLED] = { "enabled", MEMBER_BOOL, false, NULL },
		[WISH_REASON] = { "reason", MEMBER_TEXT, true, NULL },
	};
	json_t *root = admin_read_body(c, members, COUNT_OF(members));
	struct rollout_change wish;
	struct err err = { "" };
	uint64_t was = admin_epoch(s);

	if (root == NULL)
		return;
	if (!read_wish(members, &wish, &err))
		admin_fail(c, 400, "%s", err.text);
	else
		admin_answer_change(s, c, rollout_set(s->ports.of.rollout,
		    &wish, c->actor,
		    json_string_value(members[WISH_REASON].value), &err), was,
		    &err);
	json_decref(root);
}

/* A change that needs nothing but its reason. */
static void
change_with_reason(const struct admin_scene *s, struct admin_call *c,
    bool (*change)(struct rollout *r, const char *actor, const char *reason,
    struct err *err))
{
	struct member members[] = { { "reason", MEMBER_TEXT, true, NULL } };
	json_t *root = admin_read_body(c, members, COUNT_OF(members));
	struct err err = { "" };
	uint64_t was = admin_epoch(s);

	if (root == NULL)
		return;
	admin_answer_change(s, c, change(s->ports.of.rollout, c->actor,
	    json_string_value(members[0].value), &err), was, &err);
	json_decref(root);
}

void
admin_post_rollback(const struct admin_scene *s, struct admin_call *c)
{
	change_with_reason(s, c, rollout_rollback);
}

void
admin_post_advance(const struct admin_scene *s, struct admin_call *c)
{
	change_with_reason(s, c, rollout_advance);
}

void
admin_post_complete(const struct admin_scene *s, struct admin_call *c)
{
	change_with_reason(s, c, rollout_complete);
}

void
admin_post_back(const struct admin_scene *s, struct admin_call *c)
{
	change_with_reason(s, c, rollout_back);
}

static bool
pause_it(struct rollout *r, const char *actor, const char *reason,
    struct err *err)
{
	return rollout_pause(r, true, actor, reason, err);
}

static bool
resume_it(struct rollout *r, const char *actor, const char *reason,
    struct err *err)
{
	return rollout_pause(r, false, actor, reason, err);
}

void
admin_post_pause(const struct admin_scene *s, struct admin_call *c)
{
	change_with_reason(s, c, pause_it);
}

void
admin_post_resume(const struct admin_scene *s, struct admin_call *c)
{
	change_with_reason(s, c, resume_it);
}

void
admin_post_rearm(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[] = {
		{ "resume", MEMBER_BOOL, false, NULL },
		{ "reason", MEMBER_TEXT, true, NULL },
	};
	json_t *root = admin_read_body(c, members, COUNT_OF(members));
	struct err err = { "" };
	uint64_t was = admin_epoch(s);

	if (root == NULL)
		return;
	admin_answer_change(s, c, rollout_rearm(s->ports.of.rollout,
	    json_is_true(members[0].value), c->actor,
	    json_string_value(members[1].value), &err), was, &err);
	json_decref(root);
}

static void
remark_endpoint(const struct admin_scene *s, const struct admin_call *c,
    const struct member *members)
{
	char *to = mem_printf("%s %s",
	    json_is_true(members[2].value) ? "aside:" : "in use:",
	    json_string_value(members[0].value));

	rollout_remark(s->ports.of.rollout, "endpoint", to, c->actor,
	    json_string_value(members[3].value));
	free(to);
}

void
admin_post_endpoints(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[] = {
		{ "url", MEMBER_TEXT, true, NULL },
		{ "address", MEMBER_TEXT, false, NULL },
		{ "aside", MEMBER_BOOL, true, NULL },
		{ "reason", MEMBER_TEXT, true, NULL },
	};
	const struct snapshot *now = rollout_snapshot(s->ports.of.rollout);
	json_t *root = admin_read_body(c, members, COUNT_OF(members));
	struct err err = { "" };
	const char *url, *address;
	bool changed;

	if (root == NULL)
		return;
	url = json_string_value(members[0].value);
	address = json_string_value(members[1].value);
	if (endpoints_count(now, url, address) == 0)
		admin_fail(c, 404, "there is no such endpoint; GET "
		    "/api/v1/endpoints lists them");
	else if (!endpoints_set_aside(now, url, address,
	    json_is_true(members[2].value), c->actor,
	    json_string_value(members[3].value), &changed, &err))
		admin_fail(c, 409, "%s", err.text);
	else {
		if (changed)
			remark_endpoint(s, c, members);
		json_print(json_pack("{s:b, s:o}", "changed", (int)changed,
		    "endpoints", endpoints_list(now, clock_ns())), &c->reply);
	}
	json_decref(root);
}
