/* head -- a parsed HTTP/1.x message head.
 * SPDX-License-Identifier: MIT
 *
 * Fields are offsets into the bytes of the head, so a head may be copied or
 * moved with its bytes by changing base alone.  Nothing is allocated.
 * Filled by parser.h only; everything in it has passed the strict grammar.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HEAD_FIELDS_MAX 100

/* The fields that the proxy itself looks at. */
enum field_id {
	FIELD_OTHER = 0,
	FIELD_AUTHORIZATION,
	FIELD_CONNECTION,
	FIELD_CONTENT_ENCODING,
	FIELD_CONTENT_LENGTH,
	FIELD_CONTENT_TYPE,
	FIELD_COOKIE,
	FIELD_DATE,
	FIELD_EXPECT,
	FIELD_FORWARDED,
	FIELD_HOST,
	FIELD_KEEP_ALIVE,
	FIELD_LOOKALIKE, /* X_Real_IP and the like: one that is ours to say, or
			  * to frame by, where "_" is read as "-" */
	FIELD_MAX_FORWARDS,
	FIELD_PROXY_AUTHENTICATE,
	FIELD_PROXY_AUTHORIZATION,
	FIELD_PROXY_CONNECTION,
	FIELD_TE,
	FIELD_TRACEPARENT,
	FIELD_TRACESTATE,
	FIELD_TRAILER,
	FIELD_TRANSFER_ENCODING,
	FIELD_UPGRADE,
	FIELD_VIA,
	FIELD_X_CLIENT_CERT_SUBJECT,
	FIELD_X_FORWARDED_FOR,
	FIELD_X_FORWARDED_HOST,
	FIELD_X_FORWARDED_PROTO,
	FIELD_X_FORWARDED_OTHER, /* X-Forwarded-Port and the like: by its prefix */
	FIELD_X_REAL_IP,
	FIELD_X_REQUEST_ID,
	FIELD_X_UNDERSTUDY_LEG,
	FIELD_X_UNDERSTUDY_VERSION,
	FIELD_ID_COUNT
};

struct field {
	uint32_t name_off;
	uint32_t value_off;
	uint32_t value_len; /* without surrounding white space */
	uint16_t name_len;
	uint8_t id;         /* enum field_id */
	bool hop;           /* not forwarded: hop-by-hop (set by the parser), or
			     * named by Connection (framing_mark_hop_by_hop) */
};

struct head {
	const char *base;     /* borrows: the bytes of the head */
	uint32_t len;         /* of the head, its empty line included */
	uint16_t field_count;
	uint8_t minor;        /* HTTP/1.minor: 0 or 1 */
	bool is_request;
	/* request */
	uint32_t method_off, target_off, target_len;
	uint16_t method_len;
	/* response */
	uint16_t status;
	uint32_t reason_off, reason_len;
	uint64_t noted;       /* bit per field id: there is at least one */
	struct field fields[HEAD_FIELDS_MAX];
};

static inline const char *
head_name(const struct head *h, const struct field *f)
{
	return h->base + f->name_off;
}

static inline const char *
head_value(const struct head *h, const struct field *f)
{
	return h->base + f->value_off;
}

/* A field of that id was put in. */
static inline void
head_note(struct head *h, enum field_id id)
{
	_Static_assert(FIELD_ID_COUNT <= 64, "an id is a bit of noted");
	h->noted |= UINT64_C(1) << id;
}

/* Is there a field of that id?  Most questions end here. */
static inline bool
head_has(const struct head *h, enum field_id id)
{
	return (h->noted >> id & 1) != 0;
}

/* The first field of that id, or NULL. */
const struct field *head_find(const struct head *h, enum field_id id);
/* The first field of that name (any case), or NULL. */
const struct field *head_find_name(const struct head *h, const char *name,
    size_t len);
/* Is the method this one (methods are case-sensitive)?  Inline: of a literal
 * it is two comparisons, and it is asked a dozen times a request. */
static inline bool
head_method_is(const struct head *h, const char *method)
{
	size_t len = strlen(method);

	return h->method_len == len &&
	    memcmp(h->base + h->method_off, method, len) == 0;
}

/* Does a list-valued field of that id hold the token (any case; lower is
 * the token without capitals)?  All fields of the id count as one list. */
bool head_has_token(const struct head *h, enum field_id id,
    const char *lower);
/* The same of one list. */
bool head_list_has(const char *list, size_t len, const char *lower);
/* The name must be a token: then a bit makes it lower case, and eight bytes
 * are compared at a time. */
enum field_id field_id_of(const char *name, size_t len);
/* Does this field only concern one connection (RFC 9110 section 7.6.1)?  A
 * lookalike concerns nobody. */
bool field_id_is_hop(enum field_id id);

/* The members of a comma-separated list without their white space, empty
 * ones left out.  Starts with *pos = 0; false at the end. */
bool head_next_member(const char *list, size_t len, size_t *pos,
    const char **member_out, size_t *member_len_out);

#endif
