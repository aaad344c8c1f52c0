/* checks -- what a single row of the key tables cannot say.
 * SPDX-License-Identifier: MIT
 *
 * Relations between keys: an open admin address needs tokens, the wanted
 * stage must exist, a limit's unit follows its metric.  Called by read.c
 * when the rows of an object are done; a field whose row failed is still
 * empty and is passed over here.  Contract in keys.h.
 */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "config/address.h"
#include "config/config.h"
#include "config/criterion_keys.h"
#include "config/isolation_keys.h"
#include "config/keys.h"
#include "config/read.h"
#include "config/signal_keys.h"
#include "config/words.h"

/* --- understudy.json ------------------------------------------------------- */

void
check_backend(struct reader *r, const struct json *object, void *target)
{
	struct backend *b = target;
	const struct json *hold = json_member(object, "hold");

	if (hold != NULL && hold->kind == JSON_OBJECT &&
	    b->hold.first_ms > b->hold.max_ms)
		read_fault_in(r, object, "hold", "begins with a hold that is longer "
		    "than its \"max\"; raise \"max\" or lower \"first\"");
	check_backend_tls(r, object, b);
}

void
check_rest(struct reader *r, const struct json *object, void *target)
{
	const struct settings *s = target;

	if (s->shadow_rest.first_ms > s->shadow_rest.max_ms)
		read_fault(r, object, "begins with a rest that is longer than its "
		    "\"max\"; raise \"max\" or lower \"first\"");
}

/* Does an earlier item of a list have the same name?  SIZE_MAX = no. */
static size_t
earlier_name(const char *const *names, size_t index)
{
	for (size_t i = 0; names[index] != NULL && i < index; i++)
		if (names[i] != NULL && strcmp(names[i], names[index]) == 0)
			return i;
	return SIZE_MAX;
}

void
read_distinct_names(struct reader *r, const struct json *list,
    const char *const *names, const char *what)
{
	const struct json *item = list->first;

	for (size_t i = 0; i < list->count; i++, item = item->next) {
		size_t earlier = earlier_name(names, i);
		size_t mark = read_enter_item(r, i);

		if (earlier != SIZE_MAX)
			read_fault_in(r, item, "name", "\"%s\" is already the name of "
			    "%s %zu; give each its own", names[i], what,
			    earlier + 1);
		read_leave(r, mark);
	}
}

void
check_listen(struct reader *r, const struct json *list, void *target)
{
	const struct json *item = list->first;
	const struct settings *s = target;

	for (size_t i = 0; i < list->count; i++, item = item->next) {
		const struct address *a = &s->listen[i].address;
		size_t mark = read_enter_item(r, i), j = 0;

		while (j < i && (a->text == NULL ||
		    s->listen[j].address.text == NULL ||
		    !address_is_same(&a->addr, &s->listen[j].address.addr)))
			j++;
		if (j < i)
			read_fault_in(r, item, "address", "\"%s\" is listed twice; "
			    "remove one", a->text);
		/* Every worker binds for itself, which only IP sockets allow. */
		if (a->text != NULL && a->addr.ss_family == AF_UNIX)
			read_fault_in(r, item, "address", "\"%s\" cannot be shared by "
			    "the workers; write HOST:PORT", a->text);
		if (s->listen[i].proxy_network_count > 0 &&
		    !s->listen[i].proxy_protocol)
			read_fault_in(r, item, "proxy_networks", "needs "
			    "\"proxy_protocol\": true; add it, or remove this");
		read_leave(r, mark);
	}
}

static void
check_admin(struct reader *r, const struct json *admin,
    const struct settings *s)
{
	size_t mark = read_enter(r, "admin", 5);

	if (!s->admin.is_loopback && json_member(admin, "tokens") == NULL)
		read_fault_in(r, admin, "address", "\"%s\" can be reached from other "
		    "machines and there is no tokens file; add \"tokens\", or "
		    "use 127.0.0.1, [::1] or unix:PATH", s->admin.text);
	for (size_t i = 0; i < s->listen_count; i++)
		if (s->listen[i].address.text != NULL &&
		    address_is_same(&s->listen[i].address.addr,
		    &s->admin.addr))
			read_fault_in(r, admin, "address", "\"%s\" is also in "
			    "\"listen\"; give it a port of its own",
			    s->admin.text);
	read_leave(r, mark);
}

void
check_settings(struct reader *r, const struct json *object, void *target)
{
	struct settings *s = target;

	if (s->admin.text != NULL)
		check_admin(r, json_member(object, "admin"), s);
	if (s->group != NULL && json_member(object, "user") == NULL)
		read_fault_in(r, object, "group", "goes with \"user\"; name one");
	if (s->rollout_count > 0 && json_member(object, "rules") != NULL)
		read_fault_in(r, object, "rules", "and \"rollouts\" do not go "
		    "together; name these files in one of the rollouts");
}

void
check_places(struct reader *r, const struct json *list, void *target)
{
	const struct settings *s = target;
	const char *names[ROLLOUTS_MAX];

	for (size_t i = 0; i < list->count; i++)
		names[i] = s->rollouts[i].name;
	read_distinct_names(r, list, names, "rollout");
}

/* --- routes -------------------------------------------------------------------- */

void
check_route(struct reader *r, const struct json *object, void *target)
{
	struct route *route = target;
	bool has_status = json_member(object, "otherwise") != NULL;

	if (json_member(object, "shadow") == NULL)
		route->shadow = route->rollout && !route->only_enhanced;
	if (has_status && !route->only_enhanced)
		read_fault_in(r, object, "otherwise", "goes with \"only\"; add it, "
		    "or remove this");
	if (has_status && route->otherwise != 404 && route->otherwise != 403 &&
	    route->otherwise != 503)
		read_fault_in(r, object, "otherwise", "must be 404, 403 or 503");
	if (!route->only_enhanced)
		return;
	if (!route->rollout)
		read_fault_in(r, object, "rollout", "false lets nobody in; remove "
		    "it, or \"only\"");
	if (route->shadow)
		read_fault_in(r, object, "shadow", "true asks legacy for what only "
		    "enhanced has; remove it, or \"only\"");
}

/* --- stages -------------------------------------------------------------------- */

void
check_stages(struct reader *r, const struct json *list, void *target)
{
	const struct rules *rules = target;
	const struct json *item = list->first;
	const char *names[STAGES_MAX];

	for (size_t i = 0; i < list->count; i++, item = item->next) {
		size_t mark = read_enter_item(r, i);

		names[i] = rules->stages[i].name;
		if (rules->stages[i].complete && i + 1 < list->count)
			read_fault_in(r, item, "complete", "is of the last stage "
			    "only; move this one to the end");
		read_leave(r, mark);
	}
	read_distinct_names(r, list, names, "stage");
}

static void
fault_unknown_stage(struct reader *r, const struct json *object,
    const struct rules *rules, const char *wanted)
{
	const char *names[STAGES_MAX], *near;
	struct buf known = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < rules->stage_count; i++) {
		if (rules->stages[i].name == NULL)
			continue;
		buf_printf(&known, "%s\"%s\"", count > 0 ? ", " : "",
		    rules->stages[i].name);
		names[count++] = rules->stages[i].name;
	}
	near = text_nearest(wanted, names, count);
	if (near != NULL)
		read_fault_in(r, object, "stage", "there is no stage \"%s\"; did you "
		    "mean \"%s\"?", wanted, near);
	else
		read_fault_in(r, object, "stage", "there is no stage \"%s\"; the stages "
		    "are %s", wanted, known.bytes != NULL ? known.bytes : "none");
	buf_fini(&known);
}

static void
find_stage(struct reader *r, const struct json *object, struct rules *rules)
{
	const struct json *value = json_member(object, "stage");
	bool all_named = true;
	char wanted[64];

	if (value == NULL || value->kind != JSON_STRING ||
	    !text_copy(wanted, sizeof wanted, value->text, value->len))
		return;
	for (size_t i = 0; i < rules->stage_count; i++) {
		if (rules->stages[i].name == NULL) {
			all_named = false;
		} else if (strcmp(rules->stages[i].name, wanted) == 0) {
			rules->stage = i;
			return;
		}
	}
	/* A stage whose name is at fault may be the wanted one. */
	if (all_named)
		fault_unknown_stage(r, object, rules, wanted);
}

/* Rules without stages still have one: everything on legacy. */
static void
complete_stages(struct reader *r, struct rules *rules)
{
	if (rules->stage_count > 0)
		return;
	rules->stages = read_alloc(r, sizeof *rules->stages);
	rules->stages[0].name = read_copy(r, "off", 3);
	rules->stage_count = 1;
}

/* Stages that do not say who opens the next one. */
static void
inherit_advance(const struct json *object, struct rules *rules)
{
	const struct json *list = json_member(object, "stages"), *item;
	size_t i = 0;

	if (list == NULL || list->count != rules->stage_count)
		return;
	for (item = list->first; item != NULL; item = item->next, i++)
		if (json_member(item, "advance") == NULL)
			rules->stages[i].advance = rules->advance;
}

void
check_rollout(struct reader *r, const struct json *object, void *target)
{
	struct rules *rules = target;

	inherit_advance(object, rules);
	if (json_member(object, "stages") == NULL)
		complete_stages(r, rules);
	if (rules->stage_count > 0)
		find_stage(r, object, rules);
	rules->percent_given = json_member(object, "percent") != NULL;
}

/* --- all rules ------------------------------------------------------------------ */

static void
find_body_source(struct source_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->sources[i].kind == SOURCE_BODY)
			chain->needs_body = true;
}

void
check_rules(struct reader *r, const struct json *object, void *target)
{
	struct rules *rules = target;

	complete_stages(r, rules);
	find_body_source(&rules->identity);
	find_body_source(&rules->session);
	find_body_source(&rules->tenant);
	for (size_t i = 0; i < rules->override_count; i++)
		rules->override_uses |= rules->overrides[i].when.uses;
	check_overrides(r, object, rules);
	if (rules->sticky == STICKY_SESSION && rules->session.count == 0)
		read_fault_in(r, object, "session", "is missing, and "
		    "\"rollout.sticky\" goes by it: where is the session's id? "
		    "Add it");
	check_isolation(r, object, rules);
	signal_rules_mark(&rules->signals);
	route_counting_end(&rules->counting, rules->routes, rules->route_count,
	    rules->signals.mark);
}
