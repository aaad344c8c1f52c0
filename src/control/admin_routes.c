/* admin_routes -- the route table: finding, admitting, and its manual.
 * SPDX-License-Identifier: MIT
 *
 * The order of refusals is that of what they give away: an unknown path is
 * 404 and a wrong method 405 for everybody (the table is public), then the
 * asker is told 401 or 403, then the handler looks at the body.
 */
#include "control/admin_call.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "control/admin_answers.h"
#include "control/admin_rollouts.h"
#include "control/json_text.h"

#define REASON "`\"reason\"` (text)"
#define LIMIT "query `limit` (number)"

static const struct admin_route routes[] = {
	{ "GET", "/healthz", ACCESS_OPEN, admin_get_health, "",
	    "200 while the control loop turns." },
	{ "GET", "/readyz", ACCESS_OPEN, admin_get_ready, "",
	    "200 while the workers serve, 503 before that, while draining and when "
	    "told to by `drain`." },
	{ "GET", "/api/v1/health", ACCESS_SCRAPE, admin_get_health_document, "",
	    "Is each version available (an endpoint of it up), is the store: "
	    "`healthy`, `degraded` (clients notice nothing), or `unhealthy` with "
	    "503: legacy is not there." },
	{ "GET", "/metrics", ACCESS_SCRAPE, admin_get_metrics, "",
	    "Everything countable, as Prometheus text." },
	{ "GET", "/api/v1/status", ACCESS_VIEWER, admin_get_status, "",
	    "Rollout, numbers per version, shadow, comparisons, store, guard "
	    "readings." },
	{ "GET", "/api/v1/plan", ACCESS_VIEWER, admin_get_plan, "",
	    "The stages (`complete` of the one that leaves enhanced alone), what "
	    "is waited for before the next one opens, and whether the rollout is "
	    "`complete`." },
	{ "GET", "/api/v1/config", ACCESS_VIEWER, admin_get_config, "",
	    "The effective configuration, without secrets." },
	{ "GET", "/api/v1/events", ACCESS_VIEWER, admin_get_events, LIMIT,
	    "The rollout log, the newest first." },
	{ "GET", "/api/v1/differences", ACCESS_VIEWER, admin_get_differences,
	    LIMIT, "Where the versions differ, the most frequent first: pairs "
	    "compared on the route, differing, share with its interval, what is "
	    "known of it as noise, the newest example." },
	{ "GET", "/api/v1/noise", ACCESS_VIEWER, admin_get_noise, LIMIT,
	    "What was learned of how legacy differs from itself, by route, path "
	    "and kind, the most frequent first." },
	{ "GET", "/api/v1/samples/{pair}", ACCESS_OPERATOR, admin_get_sample, "",
	    "The kept answers of a pair, decrypted, and its differences; each "
	    "reading is logged with the name of the token.  404 if nothing is "
	    "kept of it; 202 with `reading` while the store is slow: ask again." },
	{ "GET", "/api/v1/routes", ACCESS_VIEWER, admin_get_routes, "",
	    "All requests and each route that is counted, in the last five "
	    "minutes: requests, error rate and latency of each version with their "
	    "95% bounds (null where too few say nothing), fallbacks, pairs that "
	    "were compared and differ." },
	{ "GET", "/api/v1/endpoints", ACCESS_VIEWER, admin_get_endpoints, "",
	    "Each address that serves a version: state, why, numbers." },
	{ "GET", "/api/v1/alerts", ACCESS_VIEWER, admin_get_alerts, "",
	    "Each target of alerts: what it was sent, what came of it, and the "
	    "answer to its last test." },
	{ "GET", "/api/v1/users/{id}", ACCESS_VIEWER, admin_get_user, "",
	    "Bucket and version of a user, and why." },
	{ "POST", "/api/v1/explain", ACCESS_VIEWER, admin_post_explain,
	    "`\"path\"` (with its query); `\"method\"`; `\"headers\"` (object); "
	    "`\"body\"` (text); `\"address\"` (of the client)",
	    "Who would serve such a request, and why: user, session, bucket, "
	    "route, the override that matched.  Nothing is sent." },
	{ "POST", "/api/v1/reload", ACCESS_OPERATOR, admin_post_reload, REASON,
	    "Read the configuration files again; all of it holds or nothing "
	    "changes." },
	{ "POST", "/api/v1/alerts/test", ACCESS_OPERATOR, admin_post_alert_test,
	    "`\"target\"` (name; else all)",
	    "Send a test to a target of alerts, or to all.  Answers with its "
	    "number at once; `GET /api/v1/alerts` says what came back." },
	{ "POST", "/api/v1/drain", ACCESS_OPERATOR, admin_post_drain,
	    "`\"drain\"` (true or false); " REASON,
	    "Answer `/readyz` with 503 and serve on, so that load balancers send "
	    "their clients elsewhere; or with 200 again." },
	{ "POST", "/api/v1/endpoints", ACCESS_OPERATOR, admin_post_endpoints,
	    "`\"url\"` (as in the configuration); `\"address\"` (of one only); "
	    "`\"aside\"` (true or false); " REASON,
	    "Set an endpoint aside: nothing new is given to it, what runs "
	    "finishes.  409 for the last one of a version; forgotten at a "
	    "restart." },
	{ "POST", "/api/v1/rollout", ACCESS_OPERATOR, admin_post_rollout,
	    "one of `\"stage\"` (name), `\"percent\"` (0 to 100), `\"enabled\"` "
	    "(true or false); " REASON,
	    "Change the rollout.  409 while latched, but for `enabled`." },
	{ "POST", "/api/v1/advance", ACCESS_OPERATOR, admin_post_advance, REASON,
	    "Open the next stage of the plan, whatever its gates say.  409 while "
	    "latched." },
	{ "POST", "/api/v1/complete", ACCESS_OPERATOR, admin_post_complete,
	    REASON, "Keep enhanced alone: open the plan's stage of "
	    "`\"complete\": true`.  409 unless the rollout is on and at 100%." },
	{ "POST", "/api/v1/back", ACCESS_OPERATOR, admin_post_back, REASON,
	    "One stage back, and paused; never to a higher percentage." },
	{ "POST", "/api/v1/pause", ACCESS_OPERATOR, admin_post_pause, REASON,
	    "Do not advance by itself, however good the numbers are." },
	{ "POST", "/api/v1/resume", ACCESS_OPERATOR, admin_post_resume, REASON,
	    "Go on with the plan." },
	{ "POST", "/api/v1/rollback", ACCESS_OPERATOR, admin_post_rollback,
	    REASON, "All traffic to legacy, at once and until rearmed." },
	{ "POST", "/api/v1/rearm", ACCESS_OPERATOR, admin_post_rearm,
	    REASON "; `\"resume\"` (true or false, default false)",
	    "Clear the latch.  The rollout begins again at its first stage and "
	    "0%, or with `resume` stands where it was." },
	{ "GET", "/admin/config", ACCESS_VIEWER, admin_get_feature, "",
	    "The rollout as a feature flag: its `rollout.name`, and whether it is "
	    "on." },
	{ "PATCH", "/admin/config", ACCESS_OPERATOR, admin_patch_feature,
	    "`\"feature\"` (the rollout's name); `\"enabled\"` (true or false); "
	    REASON, "Switch the rollout on or off.  404 for another name." },
	{ "PUT", "/api/v1/users/{id}/override", ACCESS_OPERATOR,
	    admin_put_override,
	    "`\"version\"` (`legacy` or `enhanced`); `\"expires\"` (time like "
	    "`2026-12-24T18:00:00Z`); " REASON,
	    "Keep a user on a version, for good or until then." },
	{ "DELETE", "/api/v1/users/{id}/override", ACCESS_OPERATOR,
	    admin_delete_override, REASON ", or as query `reason`",
	    "Let the user's bucket decide again." },
	{ "GET", "/api/v1/overrides", ACCESS_VIEWER, admin_get_overrides, "",
	    "What was set at run time: by criteria, and for users (1000 of "
	    "them)." },
	{ "POST", "/api/v1/overrides", ACCESS_OPERATOR, admin_post_override,
	    "`\"name\"`; `\"when\"` (a criterion, as an item of "
	    "`rollout.overrides` has it); `\"version\"` (`legacy` or "
	    "`enhanced`); `\"expires\"` (time); " REASON,
	    "Keep requests that a criterion holds for on a version; replaces the "
	    "one of that name." },
	{ "DELETE", "/api/v1/overrides/{name}", ACCESS_OPERATOR,
	    admin_delete_named, REASON ", or as query `reason`",
	    "Remove the override of that name." },
};

const struct admin_route *
admin_routes(size_t *count_out)
{
	*count_out = COUNT_OF(routes);
	return routes;
}

void
admin_fail(struct admin_call *call, int status, const char *fmt, ...)
{
	struct err err;
	va_list args;

	va_start(args, fmt);
	vsnprintf(err.text, sizeof err.text, fmt, args);
	va_end(args);
	call->status = status;
	call->content_type = NULL;
	buf_clear(&call->reply);
	buf_puts(&call->reply, "{\"error\": ");
	buf_json_string(&call->reply, err.text, strlen(err.text));
	buf_puts(&call->reply, "}\n");
}

/* --- finding ------------------------------------------------------------ */

/* One segment of the path against one of the template; *id_out is the raw
 * text that "{id}" and its like stand for. */
static bool
match_segment(const char *wanted, size_t wanted_len, const char *given,
    size_t given_len, const char **id_out, size_t *id_len_out)
{
	if (wanted_len > 0 && wanted[0] == '{') {
		*id_out = given;
		*id_len_out = given_len;
		return given_len > 0;
	}
	return wanted_len == given_len && memcmp(wanted, given, given_len) == 0;
}

static bool
match_path(const char *template, const char *path, const char **id_out,
    size_t *id_len_out)
{
	while (*template == '/' && *path == '/') {
		size_t wanted = strcspn(++template, "/");
		size_t given = strcspn(++path, "/");

		if (!match_segment(template, wanted, path, given, id_out,
		    id_len_out))
			return false;
		template += wanted;
		path += given;
	}
	return *template == '\0' && *path == '\0';
}

static void
allow(struct admin_call *call, const char *method)
{
	size_t len = strlen(call->allow);

	snprintf(call->allow + len, sizeof call->allow - len, "%s%s%s",
	    len > 0 ? ", " : "", method,
	    strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

/* HEAD is asked like GET; the sender leaves the body out. */
static bool
match_method(const char *wanted, const char *given)
{
	return strcmp(wanted, given) == 0 ||
	    (strcmp(wanted, "GET") == 0 && strcmp(given, "HEAD") == 0);
}

static const struct admin_route *
find_route(struct admin_call *call, const char **id_out, size_t *id_len_out)
{
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		if (!match_path(routes[i].path, call->path, id_out, id_len_out))
			continue;
		if (match_method(routes[i].method, call->method)) {
			call->allow[0] = '\0';
			return &routes[i];
		}
		allow(call, routes[i].method);
	}
	if (call->allow[0] == '\0')
		admin_fail(call, 404, "there is no such path; docs/api.md lists "
		    "them");
	else
		admin_fail(call, 405, "%s is not for this path; allowed: %s",
		    call->method, call->allow);
	return NULL;
}

static bool
is_plain_id(const char *id, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)id[i] < 0x20 || id[i] == 0x7f)
			return false;
	return text_is_utf8(id, len);
}

static bool
decode_id(struct admin_call *call, const char *raw, size_t raw_len)
{
	size_t len;

	if (raw == NULL)
		return true;
	if (!text_percent_decode(raw, raw_len, false, call->id, IDENTITY_MAX,
	    &len)) {
		admin_fail(call, 400, "the id in the path is not well encoded, or "
		    "longer than %d bytes", IDENTITY_MAX);
		return false;
	}
	call->id[len] = '\0';
	if (len > 0 && is_plain_id(call->id, len))
		return true;
	admin_fail(call, 400, "the id in the path must be UTF-8 without "
	    "control characters");
	return false;
}

/* --- admitting ---------------------------------------------------------- */

static bool
is_local_name(const char *host)
{
	char name[80];
	struct in_addr ip;
	size_t len = strcspn(host, ":");

	if (host[0] == '[')
		return true; /* an address, not a name */
	if (!text_copy(name, sizeof name, host, len))
		return false;
	return text_equal_nocase(name, len, "localhost", 9) ||
	    inet_pton(AF_INET, name, &ip) == 1;
}

static bool
is_own_origin(const char *origin, const char *host)
{
	const char *authority = strstr(origin, "://");

	return authority != NULL && host != NULL &&
	    text_equal_nocase(authority + 3, strlen(authority + 3), host,
	    strlen(host));
}

/* Without tokens being on this machine is the permission, and a web page in a
 * browser on this machine is not the operator: refuse names that somebody
 * else's DNS has pointed at us, and changes that a foreign page sends. */
static bool
admit_browser(const struct admin_scene *scene, struct admin_call *call)
{
	if (scene->is_unix)
		return true;
	if (call->host != NULL && !is_local_name(call->host)) {
		admin_fail(call, 403, "without a token file this listener "
		    "answers only to localhost and addresses, not to \"%.80s\"",
		    call->host);
		return false;
	}
	if (call->origin != NULL && strcmp(call->method, "GET") != 0 &&
	    !is_own_origin(call->origin, call->host)) {
		admin_fail(call, 403, "a page from %.80s may not change anything "
		    "here", call->origin);
		return false;
	}
	return true;
}

static void
log_denied(const struct admin_call *call)
{
	static struct log_limit limit;
	unsigned long suppressed;

	if (log_limit_pass(&limit, &suppressed))
		log_event(LOG_WARN, "denied", "%s %.120s: %d for %s (%lu like it "
		    "before)", call->method, call->path, call->status,
		    call->actor[0] != '\0' ? call->actor : "nobody", suppressed);
}

static bool
admit_token(const struct admin_scene *scene, struct admin_call *call,
    enum access access)
{
	char name[TOKEN_NAME_MAX + 1];

	call->role = tokens_check(scene->tokens, call->authorization, name);
	if (call->role != ROLE_NONE)
		snprintf(call->actor, sizeof call->actor, "%s:%s",
		    role_name(call->role), name);
	if (access == ACCESS_OPEN ||
	    (access == ACCESS_SCRAPE && scene->is_local))
		return true;
	if (call->role == ROLE_NONE) {
		call->wants_token = true;
		admin_fail(call, 401, call->authorization == NULL ? "a token is "
		    "needed (Authorization: Bearer TOKEN)" : "the token is not "
		    "known");
	} else if (access == ACCESS_OPERATOR && call->role != ROLE_OPERATOR) {
		admin_fail(call, 403, "\"%s\" is a viewer; this needs an operator",
		    name);
	} else {
		return true;
	}
	log_denied(call);
	return false;
}

static bool
admit(const struct admin_scene *scene, struct admin_call *call,
    enum access access)
{
	if (scene->tokens != NULL)
		return admit_token(scene, call, access);
	call->role = ROLE_OPERATOR;
	snprintf(call->actor, sizeof call->actor, "operator:local");
	return access == ACCESS_OPEN || access == ACCESS_SCRAPE ||
	    admit_browser(scene, call);
}

/* --- answering ---------------------------------------------------------- */

void
admin_answer(const struct admin_scene *scene, struct admin_call *call)
{
	struct admin_scene chosen = *scene;
	const char *asked = call->query;
	struct buf query = { 0 };
	const struct admin_route *route;
	const char *raw = NULL;
	size_t raw_len = 0;

	route = find_route(call, &raw, &raw_len);
	if (route == NULL || !admit(scene, call, route->access) ||
	    !decode_id(call, strchr(route->path, '{') != NULL ? raw : NULL,
	    raw_len))
		return;
	call->status = 200;
	if (admin_choose_rollout(&chosen, call, &query))
		route->handle(&chosen, call);
	call->query = asked;
	buf_fini(&query);
}

/* --- docs/api.md -------------------------------------------------------- */

static const char *
access_words(enum access access)
{
	static const char *const words[] = {
		[ACCESS_OPEN] = "anybody",
		[ACCESS_SCRAPE] = "anybody on a local listener, else viewer",
		[ACCESS_VIEWER] = "viewer",
		[ACCESS_OPERATOR] = "operator",
	};

	return words[access];
}

void
admin_write_reference(struct buf *out)
{
	buf_puts(out, "# Admin API\n\n"
	    "Made by `understudy --print api-reference` from the route table in\n"
	    "`src/control/admin_routes.c`.\n\n"
	    "Answers are JSON (`/metrics` is Prometheus text).  Bodies are JSON "
	    "objects of at most 64 KiB;\n`Content-Type` is not looked at.  "
	    "With several rollouts\nthe query `rollout=NAME` says which is meant; "
	    "without it the main one is.\n\n"
	    "Every answer has the field `x-understudy-admin`, by which a client can "
	    "tell it from one of a backend\nbehind the other listener.\n\n"
	    "Unknown members, missing ones and wrong types are refused by\n"
	    "name.  An error is `{\"error\": \"...\"}` with 400 (the request), "
	    "401 (no token), 403 (not this\ntoken), 404, 405, 409 (the "
	    "rollout's state forbids it), 422 (the configuration is at\n"
	    "fault) or 503 (it could not be written down; nothing was "
	    "changed).\nA body that is too long is 413, with a page of the HTTP "
	    "library and without that field.\n\n"
	    "Tokens come as `Authorization: Bearer TOKEN`; `understudyctl "
	    "token` makes one and its line for the\ntoken file.  Without a token "
	    "file the listener is local and everyone is `operator:local`.\n\n"
	    "| method | path | for | takes | what it does |\n"
	    "| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < COUNT_OF(routes); i++)
		buf_printf(out, "| %s | `%s` | %s | %s | %s |\n",
		    routes[i].method, routes[i].path,
		    access_words(routes[i].access), routes[i].takes,
		    routes[i].help);
	admin_write_answers(out);
}
