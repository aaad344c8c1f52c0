/* isolation -- users and sessions that were mixed up: counts and evidence.
 * SPDX-License-Identifier: MIT
 *
 * Workers look at each request and answer (proxy/isolating.h), count what is
 * wrong and hand over the case; the control thread tells of it.  A full queue
 * loses cases, never counts.  Ids pass as they came and are hashed before they
 * are shown or written.
 */
#ifndef OBSERVE_ISOLATION_H
#define OBSERVE_ISOLATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ident.h"
#include "config/isolation_rules.h"
#include "config/version.h"
#include "observe/record.h"
#include "observe/sessions.h"

struct isolation;

/* One violation. */
struct isolation_case {
	int64_t ts_us;
	char pair[IDENT_TEXT_LEN + 1];
	uint8_t kind;               /* enum isolation_kind */
	uint8_t version, leg;       /* who is to blame, in which role */
	uint8_t named;              /* enum named: whose id the answer names */
	char user[RECORD_ID_MAX + 1];    /* the request's; "" = none */
	char session[RECORD_ID_MAX + 1]; /* likewise */
	char answer[RECORD_ID_MAX + 1];  /* of a foreign answer: the id it names */
};

struct isolation *isolation_new(void) MUST_CHECK;
void isolation_free(struct isolation **i);

/* --- control thread */
/* Room for so many sessions, and for cases; the first call decides.  Before
 * any worker has rules that are on. */
void isolation_make_room(struct isolation *i, uint32_t sessions);
/* Every tick. */
void isolation_turn(struct isolation *i);
/* The oldest case that was not taken yet; false: none. */
bool isolation_take(struct isolation *i, struct isolation_case *out);

/* --- workers, with rules that are on */
/* See session_table_see(). */
unsigned isolation_see(struct isolation *i, const char *session,
    size_t session_len, const char *user, size_t user_len, bool has_version,
    enum version v);
/* Count it, and hand it over. */
void isolation_report(struct isolation *i, const struct isolation_case *c);

/* --- any thread */
uint64_t isolation_count(const struct isolation *i, enum version v,
    enum isolation_kind kind);
/* Of all kinds. */
uint64_t isolation_total(const struct isolation *i, enum version v);
/* Sessions that are remembered now. */
uint64_t isolation_sessions(const struct isolation *i);

#endif
