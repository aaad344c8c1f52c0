/* endpoints -- see endpoints.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/endpoints.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/json_text.h"
#include "control/prober.h"
#include "observe/outcome.h"
#include "policy/hold.h"

#define REASON_MAX 300

static const char *const state_names[ENDPOINT_STATE_COUNT] = {
	[ENDPOINT_UNKNOWN] = "unknown",
	[ENDPOINT_UP] = "up",
	[ENDPOINT_HELD] = "held",
	[ENDPOINT_DOWN] = "down",
	[ENDPOINT_ASIDE] = "aside",
};

const char *
endpoint_state_name(enum endpoint_state state)
{
	assert((unsigned)state < ENDPOINT_STATE_COUNT);
	return state_names[state];
}

static uint64_t
read_word(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static struct hold
hold_of(const struct replica *r)
{
	return hold_unpack(read_word(&r->hold));
}

enum endpoint_state
endpoint_state(const struct replica *r, bool is_checked, uint64_t now_ns)
{
	uint32_t checked = atomic_load_explicit(&r->checked,
	    memory_order_relaxed);

	if (atomic_load_explicit(&r->aside, memory_order_relaxed))
		return ENDPOINT_ASIDE;
	if (checked == CHECK_DOWN)
		return ENDPOINT_DOWN;
	if (hold_state(hold_of(r), now_ns / NS_PER_MS) != HOLD_FREE)
		return ENDPOINT_HELD;
	return is_checked && checked == CHECK_UNKNOWN ? ENDPOINT_UNKNOWN :
	    ENDPOINT_UP;
}

/* --- words --------------------------------------------------------------- */

static void
describe_failure(const struct replica *r, char *out, size_t space)
{
	uint64_t word = read_word(&r->failure);
	unsigned outcome = (unsigned)(word >> 32);
	int error = (int)(uint32_t)word;

	out[0] = '\0';
	if (word == 0 || outcome >= OUTCOME_COUNT)
		return;
	snprintf(out, space, "%s%s%s%s", outcome_info(outcome)->name,
	    error != 0 ? " (" : "", error != 0 ? strerror(error) : "",
	    error != 0 ? ")" : "");
}

/* Why it is in that state; "" for the good ones. */
static void
describe(const struct replica *r, enum endpoint_state state, uint64_t now_ns,
    char out[REASON_MAX])
{
	char last[REASON_MAX / 2];
	struct hold h = hold_of(r);
	uint64_t now_ms = now_ns / NS_PER_MS;

	out[0] = '\0';
	switch (state) {
	case ENDPOINT_UNKNOWN:
	case ENDPOINT_UP:
	case ENDPOINT_STATE_COUNT:
		break;
	case ENDPOINT_HELD:
		describe_failure(r, last, sizeof last);
		snprintf(out, REASON_MAX, "hold %u, %llu ms left; last failure: "
		    "%s", h.level, (unsigned long long)(h.until_ms > now_ms ?
		    h.until_ms - now_ms : 0), last);
		break;
	case ENDPOINT_DOWN:
		prober_describe(read_word(&r->check), last, sizeof last);
		snprintf(out, REASON_MAX, "last check: %s", last);
		break;
	case ENDPOINT_ASIDE:
		snprintf(out, REASON_MAX, "%s", r->aside_why);
		break;
	}
}

/* --- the log --------------------------------------------------------------- */

static void
log_text(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s\"%s\":", b->len > 0 ? "," : "", name);
	buf_json_string(b, value, strlen(value));
}

static void
log_state(const struct replica *r, enum endpoint_state state,
    const char *why)
{
	bool is_good = state <= ENDPOINT_UP;
	struct buf extra = { 0 };

	log_text(&extra, "version", backend_name(r->backend));
	log_text(&extra, "url", r->url);
	log_text(&extra, "address", r->address);
	log_text(&extra, "state", state_names[state]);
	log_event_with(is_good ? LOG_INFO : LOG_WARN, "endpoint", extra.bytes,
	    "%s of %s is %s%s%s", r->address, backend_name(r->backend),
	    state_names[state], why[0] != '\0' ? ": " : "", why);
	buf_fini(&extra);
}

/* At the beginning only what is not well is said. */
static void
watch_one(struct replica *r, bool is_checked, uint64_t now_ns)
{
	enum endpoint_state state = endpoint_state(r, is_checked, now_ns);
	char why[REASON_MAX];

	if (r->shown == (int)state)
		return;
	if (r->shown != -1 || state > ENDPOINT_UP) {
		describe(r, state, now_ns, why);
		log_state(r, state, why);
	}
	r->shown = (int)state;
	r->shown_since_us = clock_wall_us();
}

static bool
is_checked(const struct snapshot *s, enum backend_id b)
{
	return s->config->settings.backends[b].health.path != NULL;
}

void
endpoints_watch(const struct snapshot *s, uint64_t now_ns)
{
	if (s->roster == NULL)
		return;
	for (enum backend_id b = 0; b < BACKEND_COUNT; b++)
		for (size_t i = 0; i < s->roster->backends[b].count; i++)
			watch_one(s->roster->backends[b].rows[i].replica,
			    is_checked(s, b), now_ns);
}

/* --- the list ------------------------------------------------------------ */

static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

static json_t *
last_failure(const struct replica *r)
{
	char text[REASON_MAX];
	json_t *o;

	describe_failure(r, text, sizeof text);
	if (text[0] == '\0')
		return json_null();
	o = json_object();
	set(o, "time", json_time(atomic_load_explicit(&r->failure_us,
	    memory_order_relaxed)));
	set(o, "what", json_text(text));
	return o;
}

static json_t *
last_check(const struct replica *r)
{
	int64_t time_us = atomic_load_explicit(&r->check_us,
	    memory_order_relaxed);
	char text[REASON_MAX];
	json_t *o;

	if (time_us == 0)
		return json_null();
	prober_describe(read_word(&r->check), text, sizeof text);
	o = json_object();
	set(o, "time", json_time(time_us));
	set(o, "what", json_text(text));
	return o;
}

static json_t *
row(const struct replica *r, bool checked, uint64_t now_ns)
{
	enum endpoint_state state = endpoint_state(r, checked, now_ns);
	char why[REASON_MAX];
	json_t *o = json_object();

	describe(r, state, now_ns, why);
	set(o, "version", json_string(backend_name(r->backend)));
	set(o, "url", json_text(r->url));
	set(o, "address", json_text(r->address));
	set(o, "state", json_string(state_names[state]));
	set(o, "since", r->shown_since_us != 0 ? json_time(r->shown_since_us) :
	    json_null());
	set(o, "reason", json_text_or_null(why));
	set(o, "outstanding", json_count(replica_outstanding(r)));
	set(o, "connections", json_count(replica_connections(r)));
	set(o, "exchanges", json_count(replica_exchanges(r)));
	set(o, "failures", json_count(replica_failures(r)));
	set(o, "failures_in_row", json_count(hold_of(r).failures));
	set(o, "holds", json_count(replica_holds(r)));
	set(o, "last_failure", last_failure(r));
	set(o, "last_check", last_check(r));
	return o;
}

json_t *
endpoints_list(const struct snapshot *s, uint64_t now_ns)
{
	json_t *list = json_array();

	for (enum backend_id b = 0; s->roster != NULL && b < BACKEND_COUNT; b++)
		for (size_t i = 0; i < s->roster->backends[b].count; i++)
			json_array_append_new(list,
			    row(s->roster->backends[b].rows[i].replica,
			    is_checked(s, b), now_ns));
	return list;
}

/* --- by hand --------------------------------------------------------------- */

static bool
is_meant(const struct replica *r, const char *url, const char *address)
{
	return strcmp(r->url, url) == 0 &&
	    (address == NULL || strcmp(r->address, address) == 0);
}

/* Would anybody be left?  Nobody needs control. */
static bool
leaves_some(const struct roster *r, enum backend_id b, const char *url,
    const char *address)
{
	if (b == BACKEND_CONTROL)
		return true;
	for (size_t i = 0; i < r->backends[b].count; i++) {
		const struct replica *p = r->backends[b].rows[i].replica;

		if (!is_meant(p, url, address) && !atomic_load_explicit(
		    &p->aside, memory_order_relaxed))
			return true;
	}
	return false;
}

static size_t
count_meant(const struct roster *r, enum backend_id b, const char *url,
    const char *address)
{
	size_t count = 0;

	for (size_t i = 0; i < r->backends[b].count; i++)
		count += is_meant(r->backends[b].rows[i].replica, url, address);
	return count;
}

size_t
endpoints_count(const struct snapshot *s, const char *url,
    const char *address)
{
	size_t count = 0;

	for (enum backend_id b = 0; s->roster != NULL && b < BACKEND_COUNT; b++)
		count += count_meant(s->roster, b, url, address);
	return count;
}

static bool
set_one(struct replica *r, bool aside, const char *actor, const char *reason)
{
	if (atomic_exchange(&r->aside, aside) == aside)
		return false;
	snprintf(r->aside_why, sizeof r->aside_why, "%s: %s", actor, reason);
	return true;
}

bool
endpoints_set_aside(const struct snapshot *s, const char *url,
    const char *address, bool aside, const char *actor, const char *reason,
    bool *changed_out, struct err *err)
{
	const struct roster *r = s->roster;

	*changed_out = false;
	for (enum backend_id b = 0; aside && r != NULL && b < BACKEND_COUNT; b++)
		if (count_meant(r, b, url, address) > 0 &&
		    !leaves_some(r, b, url, address))
			return err_set(err, "%s would have no endpoint left; "
			    "release another one first", backend_name(b));
	for (enum backend_id b = 0; r != NULL && b < BACKEND_COUNT; b++)
		for (size_t i = 0; i < r->backends[b].count; i++) {
			struct replica *p = r->backends[b].rows[i].replica;

			if (is_meant(p, url, address))
				*changed_out |= set_one(p, aside, actor, reason);
		}
	return true;
}
