/* rollout_isolation -- tells of users and sessions that were mixed up.
 * SPDX-License-Identifier: MIT
 *
 * Workers count (observe/isolation.h); what follows from the number is for the
 * guard's rules and the gates.  Here the evidence becomes an event: the first
 * case of a kind at once, then one in TELL_NS, with how many there were.
 */
#include "control/rollout_core.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/words.h"
#include "observe/isolation.h"

#define TELL_NS (10 * NS_PER_S)
/* In one tick; the rest waits for the next. */
#define CASES_MAX 64

void
rollout_isolation_config(struct rollout *r)
{
	const struct isolation_rules *rules = &r->config->rules.isolation;

	if (rules->is_on)
		isolation_make_room(r->ports.board->isolation, rules->sessions);
}

static void
add_id(struct rollout *r, struct buf *b, const char *name, bool is_session,
    const char *id)
{
	char hash[STORE_HASH_MAX];

	store_hash_id(r->ports.store, is_session, id, hash);
	if (hash[0] != '\0')
		buf_printf(b, ",\"%s\":\"%s\"", name, hash);
}

static void
write_evidence(struct rollout *r, const struct isolation_case *c,
    uint64_t count, struct buf *b)
{
	bool is_session = c->named == NAMED_SESSION;

	buf_printf(b, "{\"kind\":\"%s\",\"version\":\"%s\",\"leg\":\"%s\","
	    "\"pair\":\"%s\",\"count\":%" PRIu64, isolation_words[c->kind],
	    version_name(c->version), leg_name(c->leg), c->pair, count);
	add_id(r, b, "user", false, c->user);
	add_id(r, b, "session", true, c->session);
	add_id(r, b, is_session ? "answer_session" : "answer_user", is_session,
	    c->answer);
	buf_puts(b, "}");
}

static void
write_sentence(const struct isolation_case *c, uint64_t count, struct buf *b)
{
	const char *version = version_name(c->version);

	switch ((enum isolation_kind)c->kind) {
	case ISOLATION_TWO_USERS:
		buf_printf(b, "a session came with another user than before, to %s",
		    version);
		break;
	case ISOLATION_FOREIGN_ANSWER:
		buf_printf(b, "an answer of %s named another %s than its request's",
		    version, c->named == NAMED_USER ? "user" : "session");
		break;
	case ISOLATION_FLIP:
		buf_printf(b, "a user was taken to %s within a session", version);
		break;
	case ISOLATION_KIND_COUNT:
		break;
	}
	buf_printf(b, " (%" PRIu64 " so far)", count);
}

static void
tell(struct rollout *r, const struct isolation_case *c)
{
	uint64_t count = isolation_count(r->ports.board->isolation, c->version,
	    c->kind);
	struct change_origin by = { "guard", NULL, clock_wall_us() };
	struct buf sentence = { 0 }, evidence = { 0 }, extra = { 0 };
	struct log_entry event;

	write_sentence(c, count, &sentence);
	write_evidence(r, c, count, &evidence);
	by.reason = sentence.bytes;
	buf_printf(&extra, "\"epoch\":%" PRIu64 ",\"evidence\":%s",
	    r->state.epoch, evidence.bytes);
	log_event_with(LOG_WARN, "isolation", extra.bytes, "%s", sentence.bytes);
	change_note(&r->state, "isolation", &by, evidence.bytes, &event);
	rollout_note(r, &event);
	buf_fini(&sentence);
	buf_fini(&evidence);
	buf_fini(&extra);
}

void
rollout_isolation_tick(struct rollout *r, uint64_t now_ns)
{
	struct isolation *isolation = r->ports.board->isolation;
	struct isolation_case c;

	isolation_turn(isolation);
	for (unsigned i = 0; i < CASES_MAX && isolation_take(isolation, &c); i++) {
		uint64_t *next_ns = &r->isolation_ns[c.version][c.kind];

		if (now_ns < *next_ns)
			continue;
		*next_ns = now_ns + TELL_NS;
		tell(r, &c);
	}
}
