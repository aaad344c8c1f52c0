/* rollout_isolation -- tells of users and sessions that were mixed up.
 * SPDX-License-Identifier: MIT
 *
 * Workers count (observe/isolation.h); what follows from the number is for the
 * guard's rules and the gates.  Here the evidence becomes an event: the first
 * case of a kind at once, then one in TELL_NS, with how many there were; and
 * people are told once, until there was no other for `quiet`.
 */
#include "control/rollout_isolation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/words.h"
#include "control/rollout_core.h"
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

/* --- people ------------------------------------------------------------------- */

/* One trouble for each version and kind, however the rollout moves meanwhile. */
static bool
is_told(const struct rollout *r, unsigned version, unsigned kind)
{
	for (size_t i = 0; i < r->trouble_count; i++)
		if (r->troubles[i].end == ENDS_QUIET &&
		    r->troubles[i].version == version &&
		    r->troubles[i].kind == kind)
			return true;
	return false;
}

static struct trouble
trouble_of(const struct rollout *r, unsigned version, unsigned kind,
    uint64_t epoch)
{
	struct trouble t = { .epoch = epoch, .end = ENDS_QUIET,
		.severity = r->config->rules.isolation.severity,
		.version = (uint8_t)version, .kind = (uint8_t)kind };

	snprintf(t.name, sizeof t.name, "isolation.%s.%s", version_name(version),
	    isolation_words[kind]);
	return t;
}

char *
rollout_isolation_end(const struct rollout *r, const struct trouble *t)
{
	const struct isolation_rules *rules = &r->config->rules.isolation;
	const struct isolation_told *told = &r->isolation[t->version][t->kind];
	char quiet[32];

	if (!rules->is_on || (rules->on & 1u << t->kind) == 0)
		return mem_printf("%s is over: it is not looked for any more",
		    t->name);
	if (r->watch.now_ns < told->at_ns + rules->quiet_ms * NS_PER_MS)
		return NULL;
	text_format_duration(rules->quiet_ms * 1000, quiet);
	return mem_printf("%s is over: none for %s", t->name, quiet);
}

/* The trouble began with the oldest of the events that follow each other
 * without a rest between them. */
static bool
find_beginning(const struct rollout *r, const struct log_entry *events,
    size_t count, struct trouble *t)
{
	const int64_t quiet_us =
	    (int64_t)r->config->rules.isolation.quiet_ms * 1000;
	int64_t since_us = clock_wall_us();
	char version[32], kind[32];
	bool found = false;

	snprintf(version, sizeof version, "\"version\":\"%s\"",
	    version_name(t->version));
	snprintf(kind, sizeof kind, "\"kind\":\"%s\"",
	    isolation_words[t->kind]);
	for (size_t i = 0; i < count; i++) {
		const struct log_entry *e = &events[i];

		if (strcmp(e->kind, "isolation") != 0 ||
		    strstr(e->evidence, version) == NULL ||
		    strstr(e->evidence, kind) == NULL)
			continue;
		if (since_us - e->ts_us > quiet_us)
			break;
		since_us = e->ts_us;
		t->epoch = e->epoch;
		found = true;
	}
	return found;
}

void
rollout_isolation_recall(struct rollout *r, const struct log_entry *events,
    size_t count)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++)
		for (unsigned k = 0; k < ISOLATION_KIND_COUNT; k++) {
			struct trouble t = trouble_of(r, v, k, 0);

			if (!find_beginning(r, events, count, &t))
				continue;
			rollout_alert_keep(r, &t);
			r->isolation[v][k].at_ns = clock_ns();
		}
}

/* --- cases ----------------------------------------------------------------------- */

static void
tell(struct rollout *r, const struct isolation_case *c)
{
	uint64_t count = isolation_count(r->ports.board->isolation, c->version,
	    c->kind);
	struct change_origin by = { "guard", NULL, clock_wall_us() };
	struct buf sentence = { 0 }, evidence = { 0 }, extra = { 0 };
	struct log_entry event;
	struct trouble t;

	write_sentence(c, count, &sentence);
	write_evidence(r, c, count, &evidence);
	by.reason = sentence.bytes;
	buf_printf(&extra, "\"epoch\":%" PRIu64 ",\"evidence\":%s",
	    r->state.epoch, evidence.bytes);
	log_event_with(LOG_WARN, "isolation", extra.bytes, "%s", sentence.bytes);
	change_note(&r->state, "isolation", &by, evidence.bytes, &event);
	rollout_note(r, &event);
	if (!is_told(r, c->version, c->kind)) {
		t = trouble_of(r, c->version, c->kind, r->state.epoch);
		rollout_alert(r, &t, "isolation", sentence.bytes,
		    evidence.bytes);
	}
	buf_fini(&sentence);
	buf_fini(&evidence);
	buf_fini(&extra);
}

/* By the counts: a full queue loses cases. */
static void
note_counts(struct rollout *r, uint64_t now_ns)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++)
		for (unsigned k = 0; k < ISOLATION_KIND_COUNT; k++) {
			struct isolation_told *told = &r->isolation[v][k];
			uint64_t count = isolation_count(
			    r->ports.board->isolation, v, k);

			if (count != told->count)
				told->at_ns = now_ns;
			told->count = count;
		}
}

void
rollout_isolation_tick(struct rollout *r, uint64_t now_ns)
{
	struct isolation *isolation = r->ports.board->isolation;
	struct isolation_case c;

	isolation_turn(isolation);
	note_counts(r, now_ns);
	for (unsigned i = 0; i < CASES_MAX && isolation_take(isolation, &c); i++) {
		struct isolation_told *told = &r->isolation[c.version][c.kind];

		/* People were told that it was over. */
		if (now_ns < told->next_ns && is_told(r, c.version, c.kind))
			continue;
		told->next_ns = now_ns + TELL_NS;
		tell(r, &c);
	}
}
