/* admin_get -- what can be asked.
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_call.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/words.h"
#include "control/endpoints.h"
#include "control/json_text.h"
#include "control/metrics_text.h"
#include "control/status.h"
#include "policy/bucket.h"
#include "policy/decide.h"

#define EVENTS_DEFAULT 100
#define EVENTS_MAX 1000

static uint64_t
uptime_ms(const struct admin_scene *s)
{
	return (clock_ns() - s->started_ns) / NS_PER_MS;
}

void
admin_get_health(const struct admin_scene *s UNUSED, struct admin_call *c)
{
	buf_puts(&c->reply, "{\"status\": \"ok\"}\n");
}

void
admin_get_ready(const struct admin_scene *s, struct admin_call *c)
{
	if (s->ports.ready(s->ports.arg))
		buf_puts(&c->reply, "{\"status\": \"ready\"}\n");
	else
		admin_fail(c, 503, "not serving");
}

void
admin_get_metrics(const struct admin_scene *s, struct admin_call *c)
{
	c->content_type = METRICS_CONTENT_TYPE;
	metrics_write_text(&s->ports, uptime_ms(s), &c->reply);
}

void
admin_get_status(const struct admin_scene *s, struct admin_call *c)
{
	json_print(status_document(&s->ports, uptime_ms(s)), &c->reply);
}

static const char *
stage_word(size_t i, size_t now)
{
	return i < now ? "done" : i == now ? "now" : "ahead";
}

/* The stages with how far they are; a stage that the plan does not know any
 * more leaves them all ahead. */
static json_t *
plan_stages(const struct rules *rules, const struct stage *now)
{
	size_t at = now == NULL ? 0 : (size_t)(now - rules->stages);
	json_t *list = json_array();

	for (size_t i = 0; i < rules->stage_count; i++) {
		const struct stage *s = &rules->stages[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o,"
		    " s:o, s:i, s:s, s:b}", "name", s->name, "state", now ==
		    NULL ? "ahead" : stage_word(i, at), "percent",
		    json_percent(s->percent), "shadow", json_percent(s->shadow),
		    "dwell_ms", json_count(s->dwell_ms), "min_requests",
		    json_count(s->min_requests), "gates", (int)s->gate_count,
		    "advance", advance_words[s->advance], "complete",
		    (int)s->complete));
	}
	return list;
}

void
admin_get_plan(const struct admin_scene *s, struct admin_call *c)
{
	const struct snapshot *now = rollout_snapshot(s->ports.of.rollout);
	struct plan_report plan;
	struct buf text = { 0 };
	json_t *document;

	rollout_plan(s->ports.of.rollout, &plan);
	plan_write_json(&plan, &text);
	document = json_loadb(text.bytes, text.len, 0, NULL);
	buf_fini(&text);
	json_object_set_new(document, "in_stage", json_text(now->state.stage));
	json_object_set_new(document, "stage_since",
	    json_time(now->state.stage_us));
	json_object_set_new(document, "complete",
	    json_boolean(now->complete != NULL));
	json_object_set_new(document, "stages",
	    plan_stages(&now->config->rules, plan.stage));
	json_print(document, &c->reply);
}

void
admin_get_config(const struct admin_scene *s, struct admin_call *c)
{
	config_write_json(rollout_snapshot(s->ports.of.rollout)->config, &c->reply);
}

void
admin_get_endpoints(const struct admin_scene *s, struct admin_call *c)
{
	json_print(json_pack("{s:o}", "endpoints", endpoints_list(
	    rollout_snapshot(s->ports.of.rollout), clock_ns())), &c->reply);
}

bool
admin_read_limit(struct admin_call *c, size_t fallback, size_t max,
    size_t *out)
{
	uint64_t limit;

	*out = fallback;
	if (c->query == NULL || c->query[0] == '\0')
		return true;
	if (strncmp(c->query, "limit=", 6) != 0) {
		admin_fail(c, 400, "the only parameter here is limit");
		return false;
	}
	if (!text_u64(c->query + 6, &limit) || limit == 0 || limit > max) {
		admin_fail(c, 400, "limit: must be 1 to %zu", max);
		return false;
	}
	*out = (size_t)limit;
	return true;
}

static json_t *
event_row(const struct log_entry *e)
{
	json_t *evidence = json_loads(e->evidence, 0, NULL);

	return json_pack("{s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "id", (json_int_t)e->id, "time", json_time(e->ts_us),
	    "epoch", (json_int_t)e->epoch, "kind", json_text(e->kind),
	    "actor", json_text(e->actor), "from", json_text(e->from),
	    "to", json_text(e->to), "reason", json_text(e->reason),
	    "evidence", evidence != NULL ? evidence : json_null());
}

void
admin_get_events(const struct admin_scene *s, struct admin_call *c)
{
	struct log_entry *events;
	json_t *list = NULL;
	size_t max, count;

	if (!admin_read_limit(c, EVENTS_DEFAULT, EVENTS_MAX, &max))
		return;
	events = mem_alloc(max * sizeof *events);
	count = store_events(s->ports.of.store, events, max);
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, event_row(&events[i]));
	free(events);
	json_print(json_pack("{s:o}", "events", list), &c->reply);
}

static json_t *
override_of(const struct snapshot *snapshot, const char *user)
{
	enum version version;

	if (!user_overrides_get(snapshot->users, user, strlen(user), &version,
	    NULL))
		return json_null();
	return json_string(version_name(version));
}

json_t *
admin_match(const struct decision *d)
{
	switch (d->by) {
	case DECIDED_BY_RULE:
		return json_pack("{s:s, s:I}", "in", "rules", "item",
		    (json_int_t)d->rule);
	case DECIDED_BY_NAME:
		return json_pack("{s:s, s:s}", "in", "criteria", "name",
		    d->named->name);
	case DECIDED_BY_USER:
		return json_pack("{s:s}", "in", "users");
	case DECIDED_BY_NONE:
		break;
	}
	return json_null();
}

void
admin_get_user(const struct admin_scene *s, struct admin_call *c)
{
	struct snapshot *snapshot = rollout_snapshot(s->ports.of.rollout);
	size_t len = strlen(c->id);
	uint32_t bucket = bucket_of(snapshot->config->rules.salt,
	    BUCKET_DOMAIN_ROLLOUT, c->id, len);
	struct decision d;

	decide_user(snapshot, c->id, len, latch_is_set(s->ports.of.latch),
	    clock_wall_us(), &d);
	json_print(json_pack("{s:o, s:I, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o,"
	    " s:b}",
	    "user", json_text(c->id), "bucket", (json_int_t)bucket,
	    "version", version_name(d.version), "why", why_word(d.why),
	    "because", why_text(d.why), "mirror", (int)d.mirror,
	    "override", override_of(snapshot, c->id),
	    "match", admin_match(&d),
	    "stage", json_text(snapshot->state.stage),
	    "percent", json_percent(snapshot->state.percent),
	    "latched", (int)latch_is_set(s->ports.of.latch)), &c->reply);
}
