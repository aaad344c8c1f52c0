/* fuzz_sse -- any bytes as an event stream.
 * SPDX-License-Identifier: MIT
 *
 * Must hold: whole, byte by byte and in pieces of the size that the first
 * byte says, the same events come out and the same caps are hit; data is
 * NUL-terminated and within the cap.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "http/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CAP 64

struct result {
	bool ok;
	size_t events;
	uint64_t hash; /* FNV-1a of all they say */
};

static void
mix(struct result *r, const char *text, size_t len)
{
	for (size_t i = 0; i <= len; i++) /* its NUL too */
		r->hash = (r->hash ^ (unsigned char)text[i]) *
		    UINT64_C(0x100000001b3);
}

static void
on_event(void *arg, const struct sse_event *e)
{
	struct result *r = arg;

	assert(e->data[e->data_len] == '\0');
	assert(e->data_len < CAP);
	assert(e->event[0] != '\0');
	r->events++;
	mix(r, e->event, strlen(e->event));
	mix(r, e->data, e->data_len);
	mix(r, e->id, strlen(e->id));
}

static struct result
read_stream(const char *bytes, size_t size, size_t piece)
{
	struct result r = { .ok = true };
	struct sse_parser p;

	sse_init(&p, CAP);
	for (size_t at = 0; at < size && r.ok; at += piece)
		r.ok = sse_feed(&p, bytes + at,
		    piece < size - at ? piece : size - at, on_event, &r);
	assert(p.value.len <= CAP && p.data.len <= CAP);
	assert(r.ok == !p.overflow);
	sse_fini(&p);
	return r;
}

static void
check_same(struct result a, struct result b)
{
	assert(a.ok == b.ok);
	assert(a.events == b.events);
	assert(a.hash == b.hash);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct result whole;

	if (size == 0)
		return 0;
	whole = read_stream(bytes, size, size);
	check_same(whole, read_stream(bytes, size, 1));
	check_same(whole, read_stream(bytes, size, 2 + data[0] % 61));
	return 0;
}
