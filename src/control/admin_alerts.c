/* admin_alerts -- the targets of alerts: how they fare, and a test of them.
 * SPDX-License-Identifier: MIT
 *
 * A test is sent by the courier's thread, so that nobody who is slow holds up
 * the control thread; who asked looks again until there is an answer.
 */
#include "control/admin_call.h"

#include <string.h>

#include "base/clock.h"
#include "control/admin_body.h"
#include "control/courier.h"
#include "control/json_text.h"
#include "control/status.h"

void
admin_get_alerts(const struct admin_scene *s, struct admin_call *c)
{
	json_print(json_pack("{s:o}", "targets", status_alerts(s->ports.courier)),
	    &c->reply);
}

static bool
is_target(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->alerts.target_count; i++)
		if (name == NULL ||
		    strcmp(settings->alerts.targets[i].name, name) == 0)
			return true;
	return false;
}

static unsigned
send_test(const struct admin_scene *s, const char *target)
{
	struct alert a = { .severity = SEVERITY_INFO, .kind = "test",
		.at_us = clock_wall_us() };

	alert_fill(&a, &rollout_snapshot(s->ports.of.rollout)->state, "test",
	    "this is a test of understudy's alerts; nothing has happened", "");
	return courier_send_test(s->ports.courier, target, &a);
}

void
admin_post_alert_test(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[] = { { "target", MEMBER_TEXT, false, NULL } };
	const struct config *config = rollout_snapshot(s->ports.of.rollout)->config;
	struct err err = { "" };
	const char *target;
	unsigned number;
	json_t *root;

	if (!body_read(c->body, c->body_len, members, COUNT_OF(members), &root,
	    &err)) {
		admin_fail(c, 400, "%s", err.text);
		return;
	}
	target = json_string_value(members[0].value);
	if (s->ports.courier == NULL || !is_target(&config->settings, target))
		admin_fail(c, 404, "there is no target of alerts%s%.64s",
		    target != NULL ? ": " : "", target != NULL ? target : "");
	else if ((number = send_test(s, target)) == 0)
		admin_fail(c, 503, "too many alerts wait already");
	else
		json_print(json_pack("{s:i}", "test", (int)number), &c->reply);
	json_decref(root);
}
