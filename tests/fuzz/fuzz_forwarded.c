/* fuzz_forwarded -- any head of a trusted peer: who asks, in which trace.
 * SPDX-License-Identifier: MIT
 *
 * Must hold: whoever is not listed is the client, whatever is said; a client
 * that the chain leads to stands in it; a chain that was continued by an
 * untrusted address gives that address, however it began (nobody can hide
 * behind what he claims), also within one field if what is in it is whole; a
 * trace-id is 32 hex digits.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "http/forwarded.h"
#include "http/parser.h"
#include "http/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct head_limits lim = { 65536, HEAD_FIELDS_MAX };

static struct ip
ip_of(const char *text)
{
	struct ip ip;
	bool ok = ip_parse(text, strlen(text), &ip);

	assert(ok);
	return ip;
}

static bool
is_same(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* The head with one more field at its end. */
static void
check_continued(const char *bytes, const struct head *h,
    const struct network *ours, const struct ip *peer)
{
	static char longer[70000];
	const bool has_x = head_find(h, FIELD_X_FORWARDED_FOR) != NULL;
	const struct ip added = ip_of("192.0.2.9");
	struct forwarded f;
	const char *why;
	struct head again;
	int len = snprintf(longer, sizeof longer, "%.*s%s: %s192.0.2.9\r\n\r\n",
	    (int)h->len - 2, bytes, has_x ? "X-Forwarded-For" : "Forwarded",
	    has_x ? "" : "for=");

	if (parse_request_head(longer, (size_t)len, 0, &lim, &again, &why) !=
	    HEAD_OK)
		return; /* at a limit */
	forwarded_find(&again, peer, ours, 1, &f);
	assert(is_same(&f.client, &added));
}

/* What is joined to a value that is whole is no part of it. */
static void
check_joined(const struct head *h, const struct field *field,
    const struct network *ours, const struct ip *peer)
{
	static char joined[70000];
	const struct ip added = ip_of("192.0.2.9");
	struct forwarded f;
	const char *why;
	struct head again;
	int len;

	if (field->id != FIELD_FORWARDED ||
	    !forwarded_is_whole(head_value(h, field), field->value_len))
		return;
	len = snprintf(joined, sizeof joined, "GET / HTTP/1.1\r\nForwarded: "
	    "%.*s, for=192.0.2.9\r\n\r\n", (int)field->value_len,
	    head_value(h, field));
	if (parse_request_head(joined, (size_t)len, 0, &lim, &again, &why) !=
	    HEAD_OK)
		return; /* at a limit */
	forwarded_find(&again, peer, ours, 1, &f);
	assert(is_same(&f.client, &added));
}

static void
check_trace(const struct head *h)
{
	char id[TRACE_ID_LEN + 1];

	if (trace_find(h, id))
		assert(strspn(id, "0123456789abcdef") == TRACE_ID_LEN);
	else
		assert(id[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *why;
	const struct ip peer = ip_of("10.0.0.1"), other = ip_of("192.0.2.1");
	struct network ours;
	struct forwarded f;
	struct head h;
	bool bits;

	if (parse_request_head(bytes, size, 0, &lim, &h, &why) != HEAD_OK)
		return 0;
	assert(network_parse("10.0.0.0/8", 10, &ours, &bits));
	forwarded_find(&h, &other, &ours, 1, &f);
	assert(!f.is_trusted && is_same(&f.client, &other));
	forwarded_find(&h, &peer, &ours, 1, &f);
	assert(f.is_trusted);
	if (head_find(&h, FIELD_X_FORWARDED_FOR) == NULL &&
	    head_find(&h, FIELD_FORWARDED) == NULL)
		assert(is_same(&f.client, &peer));
	check_continued(bytes, &h, &ours, &peer);
	for (unsigned i = 0; i < h.field_count; i++)
		check_joined(&h, &h.fields[i], &ours, &peer);
	check_trace(&h);
	return 0;
}
