/* access -- see access.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/access.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/compiler.h"

static const struct {
	const char *word, *text;
} phases[] = {
#define PHASE(NAME, word, text) [ACCESS_##NAME] = { word, text },
	ACCESS_PHASE_TABLE(PHASE)
#undef PHASE
};

const char *
access_phase_word(enum access_phase p)
{
	assert((unsigned)p < COUNT_OF(phases));
	return phases[p].word;
}

const char *
access_phase_text(enum access_phase p)
{
	assert((unsigned)p < COUNT_OF(phases));
	return phases[p].text;
}

/* name: with its quotes, colon and the comma before it.  An empty text is
 * nothing known. */
static void
add_text(struct buf *out, const char *name, const char *text)
{
	buf_puts(out, name);
	if (text == NULL || text[0] == '\0')
		buf_puts(out, "null");
	else
		buf_json_string(out, text, strlen(text));
}

static void
add_number(struct buf *out, const char *name, uint64_t n)
{
	buf_printf(out, "%s%" PRIu64, name, n);
}

/* 0 = it never was. */
static void
add_known(struct buf *out, const char *name, uint64_t n)
{
	if (n == 0)
		buf_printf(out, "%snull", name);
	else
		add_number(out, name, n);
}

static void
add_bool(struct buf *out, const char *name, bool yes)
{
	buf_printf(out, "%s%s", name, yes ? "true" : "false");
}

static void
add_request(struct buf *out, const struct access_record *r)
{
	char client[IP_TEXT_MAX];

	ip_format(&r->client, client);
	add_text(out, ",\"client\":", client);
	add_text(out, ",\"id\":", r->id);
	add_text(out, ",\"pair\":", r->pair);
	add_text(out, ",\"trace_id\":", r->trace_id);
	add_text(out, ",\"method\":", r->method);
	add_text(out, ",\"path\":", r->path);
	add_text(out, ",\"route\":", r->route);
	if (r->rollout != NULL)
		add_text(out, ",\"rollout\":", r->rollout);
	add_text(out, ",\"stage\":", r->stage);
	add_text(out, ",\"decision\":", r->decision);
}

static void
add_leg(struct buf *out, const struct access_record *r)
{
	add_text(out, ",\"leg\":", leg_name((enum leg)r->leg));
	add_text(out, ",\"version\":", version_name((enum version)r->version));
	add_text(out, ",\"upstream\":", r->upstream);
	add_known(out, ",\"upstream_status\":", r->upstream_status);
	add_bool(out, ",\"reused\":", r->reused);
	add_bool(out, ",\"retried\":", r->retried);
	add_bool(out, ",\"fallback\":", r->falls_back);
	add_number(out, ",\"begin_us\":", r->begin_us);
	add_known(out, ",\"first_byte_us\":", r->first_byte_us);
	add_known(out, ",\"first_content_us\":", r->first_content_us);
	add_number(out, ",\"latency_us\":", r->latency_us);
	add_number(out, ",\"request_bytes\":", r->request_bytes);
	add_number(out, ",\"response_bytes\":", r->response_bytes);
}

void
access_write_line(const struct access_record *r, struct buf *out)
{
	char when[CLOCK_TEXT_MAX];

	clock_format(r->ts_us, when);
	buf_printf(out, "{\"ts\":\"%s\"", when);
	add_request(out, r);
	add_known(out, ",\"status\":", r->status);
	add_text(out, ",\"outcome\":",
	    outcome_info((enum outcome)r->outcome)->name);
	add_text(out, ",\"phase\":",
	    access_phase_word((enum access_phase)r->phase));
	add_text(out, ",\"error\":", r->error);
	if (r->has_leg)
		add_leg(out, r);
	buf_puts(out, "}\n");
}
