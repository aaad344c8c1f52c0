/* resolver -- asks for the addresses of backends' names again and again.
 * SPDX-License-Identifier: MIT
 *
 * getaddrinfo() blocks for as long as a dead name server likes, so it has a
 * thread of its own.  The control thread gives it names, and asks at each
 * tick whether an answer has changed; then it makes a new roster with
 * resolver_lookup().  A failed question changes nothing: the addresses of
 * before hold, it is counted, and said once.
 *
 * The mutex is never held while a question is under way.  At the end a thread
 * that is still waiting for an answer is left alone and cleans up after
 * itself.
 */
#ifndef CONTROL_RESOLVER_H
#define CONTROL_RESOLVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

/* location_lookup(), or a test's own. */
typedef bool resolver_ask(void *arg, const char *host, struct location *out,
    size_t *count_out, struct err *err);

struct resolver;

struct resolver *resolver_new(resolver_ask *ask, void *arg) MUST_CHECK;
/* The names of config, every dns.interval from now on; those known already
 * keep their addresses.  Starts the thread when there is work. */
void resolver_watch(struct resolver *r, const struct config *config);
/* Has an answer changed since the last call? */
bool resolver_has_changed(struct resolver *r);
/* A roster_lookup: what the name stood for at the last good answer.  false:
 * it is not watched. */
bool resolver_lookup(void *resolver, const char *host, struct location *out,
    size_t *count_out);
void resolver_stop(struct resolver **r);

struct resolver_totals {
	uint64_t questions, failures;
	uint64_t failing; /* names whose last question failed */
};
void resolver_totals(struct resolver *r, struct resolver_totals *out);
/* A list with an object for each name; the caller owns it. */
json_t *resolver_list(struct resolver *r) MUST_CHECK;

#endif
