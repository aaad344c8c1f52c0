/* head -- looking things up in a parsed head.
 * SPDX-License-Identifier: MIT
 *
 * Every field gets its id once, when it is parsed; what comes later
 * compares small numbers.  A head has a dozen fields, so a walk over them
 * is cheaper than any index.
 */
#include "http/head.h"

#include <string.h>

#include "base/compiler.h"
#include "http/ascii.h"

static const char *const field_names[FIELD_ID_COUNT] = {
	[FIELD_OTHER] = "",
	[FIELD_AUTHORIZATION] = "authorization",
	[FIELD_CONNECTION] = "connection",
	[FIELD_CONTENT_ENCODING] = "content-encoding",
	[FIELD_CONTENT_LENGTH] = "content-length",
	[FIELD_CONTENT_TYPE] = "content-type",
	[FIELD_COOKIE] = "cookie",
	[FIELD_DATE] = "date",
	[FIELD_EXPECT] = "expect",
	[FIELD_FORWARDED] = "forwarded",
	[FIELD_HOST] = "host",
	[FIELD_KEEP_ALIVE] = "keep-alive",
	[FIELD_LOOKALIKE] = "",
	[FIELD_MAX_FORWARDS] = "max-forwards",
	[FIELD_PROXY_AUTHENTICATE] = "proxy-authenticate",
	[FIELD_PROXY_AUTHORIZATION] = "proxy-authorization",
	[FIELD_PROXY_CONNECTION] = "proxy-connection",
	[FIELD_TE] = "te",
	[FIELD_TRACEPARENT] = "traceparent",
	[FIELD_TRACESTATE] = "tracestate",
	[FIELD_TRAILER] = "trailer",
	[FIELD_TRANSFER_ENCODING] = "transfer-encoding",
	[FIELD_UPGRADE] = "upgrade",
	[FIELD_VIA] = "via",
	[FIELD_X_CLIENT_CERT_SUBJECT] = "x-client-cert-subject",
	[FIELD_X_FORWARDED_FOR] = "x-forwarded-for",
	[FIELD_X_FORWARDED_HOST] = "x-forwarded-host",
	[FIELD_X_FORWARDED_PROTO] = "x-forwarded-proto",
	[FIELD_X_FORWARDED_OTHER] = "",
	[FIELD_X_REAL_IP] = "x-real-ip",
	[FIELD_X_REQUEST_ID] = "x-request-id",
	[FIELD_X_UNDERSTUDY_LEG] = "x-understudy-leg",
	[FIELD_X_UNDERSTUDY_VERSION] = "x-understudy-version",
};

/* Ids by the length of their name; a row ends with FIELD_OTHER.  Called for
 * every field: most fall through on their length alone. */
static const uint8_t ids_of_length[][5] = {
	[2] = { FIELD_TE },
	[3] = { FIELD_VIA },
	[4] = { FIELD_HOST, FIELD_DATE },
	[6] = { FIELD_COOKIE, FIELD_EXPECT },
	[7] = { FIELD_TRAILER, FIELD_UPGRADE },
	[9] = { FIELD_FORWARDED, FIELD_X_REAL_IP },
	[10] = { FIELD_CONNECTION, FIELD_KEEP_ALIVE, FIELD_TRACESTATE },
	[11] = { FIELD_TRACEPARENT },
	[12] = { FIELD_CONTENT_TYPE, FIELD_X_REQUEST_ID, FIELD_MAX_FORWARDS },
	[13] = { FIELD_AUTHORIZATION },
	[14] = { FIELD_CONTENT_LENGTH },
	[15] = { FIELD_X_FORWARDED_FOR },
	[16] = { FIELD_CONTENT_ENCODING, FIELD_PROXY_CONNECTION,
	    FIELD_X_FORWARDED_HOST, FIELD_X_UNDERSTUDY_LEG },
	[17] = { FIELD_TRANSFER_ENCODING, FIELD_X_FORWARDED_PROTO },
	[18] = { FIELD_PROXY_AUTHENTICATE },
	[19] = { FIELD_PROXY_AUTHORIZATION },
	[20] = { FIELD_X_UNDERSTUDY_VERSION },
	[21] = { FIELD_X_CLIENT_CERT_SUBJECT },
};

/* Of tokens only: there a letter and its capital, and nothing else that is in
 * our names, become the same by the bit of lower case. */
static bool
is_same_name(const char *token, const char *lower, size_t len)
{
	const uint64_t lower_bits = UINT64_C(0x2020202020202020);
	uint64_t a, b;

	if (len < sizeof a)
		return ascii_equal_lower(token, lower, len);
	for (size_t i = 0;; i += sizeof a) {
		if (i > len - sizeof a)
			i = len - sizeof a; /* the last eight, some of them again */
		memcpy(&a, token + i, sizeof a);
		memcpy(&b, lower + i, sizeof b);
		if ((a | lower_bits) != b)
			return false;
		if (i == len - sizeof a)
			return true;
	}
}

/* Is a name with a "_" in it to be taken for one of ours?  To CGI and its kind
 * both are HTTP_X_REAL_IP, and ours may come first. */
static bool
is_lookalike(const char *name, size_t len)
{
	static const bool is_ours[FIELD_ID_COUNT] = {
		[FIELD_CONTENT_LENGTH] = true,
		[FIELD_TRANSFER_ENCODING] = true,
		[FIELD_X_CLIENT_CERT_SUBJECT] = true,
		[FIELD_X_FORWARDED_FOR] = true,
		[FIELD_X_FORWARDED_HOST] = true,
		[FIELD_X_FORWARDED_OTHER] = true,
		[FIELD_X_FORWARDED_PROTO] = true,
		[FIELD_X_REAL_IP] = true,
		[FIELD_X_UNDERSTUDY_LEG] = true,
	};
	char plain[32], first = ascii_lower(name[0]); /* longer than any of them */
	size_t n = len < sizeof plain ? len : sizeof plain;

	if (len < 9 || (first != 'x' && first != 'c' && first != 't') ||
	    memchr(name, '_', n) == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		plain[i] = name[i] == '_' ? '-' : name[i];
	return is_ours[field_id_of(plain, n)];
}

enum field_id
field_id_of(const char *name, size_t len)
{
	static const char family[] = "x-forwarded-";
	const uint8_t *id;

	if (len < COUNT_OF(ids_of_length))
		for (id = ids_of_length[len]; *id != FIELD_OTHER; id++)
			if (is_same_name(name, field_names[*id], len))
				return (enum field_id)*id;
	if (len >= sizeof family - 1 &&
	    is_same_name(name, family, sizeof family - 1))
		return FIELD_X_FORWARDED_OTHER;
	return is_lookalike(name, len) ? FIELD_LOOKALIKE : FIELD_OTHER;
}

bool
field_id_is_hop(enum field_id id)
{
	static const bool hop[FIELD_ID_COUNT] = {
		[FIELD_CONNECTION] = true,
		[FIELD_KEEP_ALIVE] = true,
		[FIELD_LOOKALIKE] = true,
		[FIELD_PROXY_AUTHENTICATE] = true,
		[FIELD_PROXY_AUTHORIZATION] = true,
		[FIELD_PROXY_CONNECTION] = true,
		[FIELD_TE] = true,
		[FIELD_TRAILER] = true,
		[FIELD_TRANSFER_ENCODING] = true,
		[FIELD_UPGRADE] = true,
	};

	return hop[id];
}

const struct field *
head_find(const struct head *h, enum field_id id)
{
	if (!head_has(h, id))
		return NULL;
	for (unsigned i = 0; i < h->field_count; i++)
		if (h->fields[i].id == id)
			return &h->fields[i];
	return NULL;
}

static bool
equal_nocase(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

const struct field *
head_find_name(const struct head *h, const char *name, size_t len)
{
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (f->name_len == len &&
		    equal_nocase(head_name(h, f), name, len))
			return f;
	}
	return NULL;
}

bool
head_next_member(const char *list, size_t len, size_t *pos,
    const char **member_out, size_t *member_len_out)
{
	while (*pos < len) {
		const char *start = list + *pos;
		const char *comma = memchr(start, ',', len - *pos);
		const char *end = comma != NULL ? comma : list + len;

		*pos = (size_t)(end - list) + (comma != NULL);
		while (start < end && ascii_is_blank(*start))
			start++;
		while (end > start && ascii_is_blank(end[-1]))
			end--;
		if (start == end)
			continue;
		*member_out = start;
		*member_len_out = (size_t)(end - start);
		return true;
	}
	return false;
}

bool
head_list_has(const char *list, size_t len, const char *lower)
{
	size_t lower_len = strlen(lower), pos = 0, member_len;
	const char *member;

	while (head_next_member(list, len, &pos, &member, &member_len))
		if (member_len == lower_len &&
		    ascii_equal_lower(member, lower, member_len))
			return true;
	return false;
}

bool
head_has_token(const struct head *h, enum field_id id, const char *lower)
{
	if (!head_has(h, id))
		return false;
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (f->id == id &&
		    head_list_has(head_value(h, f), f->value_len, lower))
			return true;
	}
	return false;
}
