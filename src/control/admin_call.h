/* admin_call -- one request to the admin API and its answer.
 * SPDX-License-Identifier: MIT
 *
 * What a handler sees: no sockets, no evhttp.  admin.c fills it from a
 * request and sends what it holds afterwards; unit tests fill it by hand.
 * Lives for one call of admin_answer(), on the control thread.
 */
#ifndef CONTROL_ADMIN_CALL_H
#define CONTROL_ADMIN_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "control/admin.h"
#include "control/tokens.h"
#include "policy/identity.h"

#define ADMIN_BODY_MAX (64 * 1024)
#define ADMIN_REASON_MAX 500 /* bytes; must fit rollout_state.reason */

/* What the server is, for all calls. */
struct admin_scene {
	struct admin_ports ports;
	const struct tokens *tokens; /* borrows; NULL = everyone is operator "local" */
	bool is_local;               /* the listener is loopback or a Unix socket */
	bool is_unix;
	uint64_t started_ns;         /* clock_ns() */
};

struct admin_call {
	/* the request; all borrowed, NULL = not there */
	const char *method;          /* "GET" */
	const char *path;            /* as sent, without the query */
	const char *query;
	const char *authorization;
	const char *host;
	const char *origin;          /* set by browsers */
	const char *body;
	size_t body_len;
	/* found on the way to the handler */
	enum role role;
	char actor[64];              /* "operator:alice" */
	char id[IDENTITY_MAX + 1];   /* of {...} in the path, decoded */
	/* the answer */
	int status;                  /* 200 */
	const char *content_type;    /* static; NULL = application/json */
	char allow[64];              /* of 405, else "" */
	bool wants_token;            /* of 401: say WWW-Authenticate */
	struct buf reply;            /* owns */
};

struct admin_route {
	const char *method;
	const char *path;            /* "{id}", "{pair}" stand for one segment */
	enum access {
		ACCESS_OPEN = 0,     /* anybody */
		ACCESS_SCRAPE,       /* anybody on a local listener, else viewers */
		ACCESS_VIEWER,
		ACCESS_OPERATOR,
	} access;
	void (*handle)(const struct admin_scene *scene, struct admin_call *call);
	const char *takes;           /* query or body, for people; "" = nothing */
	const char *help;
};
/* The table; count in *count_out. */
const struct admin_route *admin_routes(size_t *count_out);

/* Find the route, check who asks, let it answer.  The caller clears
 * call->reply afterwards with buf_fini(). */
void admin_answer(const struct admin_scene *scene, struct admin_call *call);

/* --- for handlers ------------------------------------------------------- */

/* The answer is {"error": text}. */
void admin_fail(struct admin_call *call, int status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The query "limit=20", the only parameter there is, or else fallback.
 * false: the answer says what is wrong with it. */
bool admin_read_limit(struct admin_call *c, size_t fallback, size_t max,
    size_t *out) MUST_CHECK;

uint64_t admin_epoch(const struct admin_scene *s);
/* What became of a change: the rollout as it is now, or why not.  was: the epoch
 * before. */
void admin_answer_change(const struct admin_scene *s, struct admin_call *c,
    bool ok, uint64_t was, const struct err *err);
/* The body's members, the last of which is the reason.  NULL: the answer
 * says what is wrong; else drop it with json_decref(). */
struct member;
struct json_t *admin_read_body(struct admin_call *c, struct member *members,
    size_t count);

struct decision;
/* Which override it was; null: none. */
struct json_t *admin_match(const struct decision *d);

void admin_get_health(const struct admin_scene *s, struct admin_call *c);
void admin_get_ready(const struct admin_scene *s, struct admin_call *c);
void admin_get_metrics(const struct admin_scene *s, struct admin_call *c);
void admin_get_plan(const struct admin_scene *s, struct admin_call *c);
void admin_get_status(const struct admin_scene *s, struct admin_call *c);
void admin_get_config(const struct admin_scene *s, struct admin_call *c);
void admin_get_events(const struct admin_scene *s, struct admin_call *c);
void admin_get_differences(const struct admin_scene *s,
    struct admin_call *c);
void admin_get_noise(const struct admin_scene *s, struct admin_call *c);
void admin_get_alerts(const struct admin_scene *s, struct admin_call *c);
void admin_get_sample(const struct admin_scene *s, struct admin_call *c);
void admin_get_routes(const struct admin_scene *s, struct admin_call *c);
void admin_get_endpoints(const struct admin_scene *s, struct admin_call *c);
void admin_get_user(const struct admin_scene *s, struct admin_call *c);
void admin_get_feature(const struct admin_scene *s, struct admin_call *c);
void admin_get_health_document(const struct admin_scene *s,
    struct admin_call *c);
void admin_patch_feature(const struct admin_scene *s, struct admin_call *c);
void admin_post_alert_test(const struct admin_scene *s,
    struct admin_call *c);
void admin_post_endpoints(const struct admin_scene *s,
    struct admin_call *c);
void admin_post_reload(const struct admin_scene *s, struct admin_call *c);
void admin_post_rollout(const struct admin_scene *s, struct admin_call *c);
void admin_post_drain(const struct admin_scene *s, struct admin_call *c);
void admin_post_advance(const struct admin_scene *s, struct admin_call *c);
void admin_post_complete(const struct admin_scene *s, struct admin_call *c);
void admin_post_back(const struct admin_scene *s, struct admin_call *c);
void admin_post_pause(const struct admin_scene *s, struct admin_call *c);
void admin_post_resume(const struct admin_scene *s, struct admin_call *c);
void admin_post_rollback(const struct admin_scene *s, struct admin_call *c);
void admin_post_rearm(const struct admin_scene *s, struct admin_call *c);
void admin_get_overrides(const struct admin_scene *s,
    struct admin_call *c);
void admin_post_override(const struct admin_scene *s,
    struct admin_call *c);
void admin_delete_named(const struct admin_scene *s, struct admin_call *c);
void admin_post_explain(const struct admin_scene *s, struct admin_call *c);
void admin_put_override(const struct admin_scene *s, struct admin_call *c);
void admin_delete_override(const struct admin_scene *s,
    struct admin_call *c);

#endif
