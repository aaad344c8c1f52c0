/* client -- one conversation with the admin API, by libcurl.
 * SPDX-License-Identifier: MIT
 *
 * Proxies of the environment are not used: the admin listener is local or
 * inside, and a token must not go to a proxy.  Redirects are not followed.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "ctl/options.h"

struct client;

struct client_options {
	const char *admin; /* "https://host:port", "host:port" or "unix:PATH" */
	const char *token; /* NULL = none */
	const char *ca;    /* of https: PEM files; NULL = the system's */
	const char *cert, *key; /* NULL = none */
	const char *rollout; /* that every question is about; NULL = the main one */
};
/* The strings are copied. */
bool client_open(const struct client_options *o, struct client **out,
    struct err *err) MUST_CHECK;
void client_close(struct client **c);
/* Where it talks to, for people. */
const char *client_name(const struct client *c);

struct reply {
	struct buf text;  /* owns; the body as it came */
	json_t *document; /* owns; NULL = not JSON */
};
void reply_fini(struct reply *r);

/* Ask and wait (30 s at most).  body NULL = none; it stays the caller's.
 * Anything but CTL_OK: err says why; the reply may hold what the server
 * said. */
enum ctl_exit client_call(struct client *c, const char *method,
    const char *path, const json_t *body, struct reply *out,
    struct err *err) MUST_CHECK;
/* "/api/v1/WHAT/ID" + suffix with ID percent-encoded; the caller frees. */
char *client_id_path(struct client *c, const char *what, const char *id,
    const char *suffix) MUST_CHECK;
/* The token in a text with white space around it: a line feed at its end, as
 * secrets in the environment have, would end the head of the request.  NULL:
 * there is none; the caller frees. */
char *client_trim_token(const char *text) MUST_CHECK;
/* The first line of a file, without white space at its ends; the caller
 * frees. */
bool client_read_token(const char *path, char **out, struct err *err)
    MUST_CHECK;

#endif
