/* writer -- every byte that leaves as a head is put down here.
 * SPDX-License-Identifier: MIT
 *
 * A field is copied as "name: value": the name and the value are the
 * peer's, checked by the parser to hold no CR, LF or NUL; colon, space and
 * line end are ours.  Values from the configuration and from base/ident are
 * trusted to be clean.
 */
#include "http/writer.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "http/ascii.h"
#include "http/forwarded.h"
#include "http/hops.h"
#include "http/status.h"

/* Where the text goes.  Once something did not fit, nothing more is
 * written and the sum is 0; so callers check once, at the end. */
struct out {
	char *start, *at, *end; /* borrow the caller's space */
	bool full;
};

static inline bool
has_room(struct out *o, size_t len)
{
	if (LIKELY((size_t)(o->end - o->at) >= len))
		return true;
	o->full = true;
	o->at = o->end; /* so that shorter things do not slip in */
	return false;
}

/* Inline: of a literal, it is two or three stores. */
static inline void
put(struct out *o, const char *text, size_t len)
{
	if (!has_room(o, len))
		return;
	memcpy(o->at, text, len);
	o->at += len;
}

#define PUT_LITERAL(o, text) put(o, text, sizeof(text) - 1)
/* "name: value" of a name that is a literal. */
#define PUT_NAMED(o, name, value) \
	put_named_value(o, name ": ", sizeof(name ": ") - 1, value)

static void
put_text(struct out *o, const char *text)
{
	put(o, text, strlen(text));
}

static size_t
digits_of(uint64_t n)
{
	size_t count = 1;

	for (uint64_t limit = 10; n >= limit && count < 20; limit *= 10)
		count++;
	return count;
}

static void
put_number(struct out *o, uint64_t n)
{
	size_t len = digits_of(n);

	if (!has_room(o, len))
		return;
	o->at += len;
	for (char *to = o->at; len-- > 0; n /= 10)
		*--to = (char)('0' + n % 10);
}

static size_t
finish(const struct out *o)
{
	return o->full ? 0 : (size_t)(o->at - o->start);
}

static inline void
put_named_value(struct out *o, const char *name, size_t name_len,
    const char *value)
{
	size_t len = strlen(value);

	if (!has_room(o, name_len + len + 2))
		return;
	o->at = mempcpy(o->at, name, name_len);
	o->at = mempcpy(o->at, value, len);
	o->at = mempcpy(o->at, "\r\n", 2);
}

static void
put_length(struct out *o, uint64_t length)
{
	PUT_LITERAL(o, "Content-Length: ");
	put_number(o, length);
	PUT_LITERAL(o, "\r\n");
}

/* Name and value lie in this order in the head, and nearly always just so
 * far apart as we would write them: then they are copied in one piece. */
static void
put_field(struct out *o, const struct head *h, const struct field *f)
{
	const char *name = head_name(h, f), *value = head_value(h, f);

	if (!has_room(o, f->name_len + f->value_len + sizeof ": \r\n" - 1))
		return;
	if (value - name == f->name_len + 2 && value[-1] == ' ') {
		o->at = mempcpy(o->at, name, f->name_len + 2u + f->value_len);
	} else {
		o->at = mempcpy(o->at, name, f->name_len);
		o->at = mempcpy(o->at, ": ", 2);
		o->at = mempcpy(o->at, value, f->value_len);
	}
	o->at = mempcpy(o->at, "\r\n", 2);
}

/* As one word of several too: a backend would find it there. */
static bool
is_continue(const struct head *h, const struct field *f)
{
	return head_list_has(head_value(h, f), f->value_len, "100-continue");
}

/* What a request does not hand on as it came.  An x-request-id without a
 * value is as good as none and makes place for ours; so is what an untrusted
 * peer says of those behind it. */
static bool
is_own_in_request(const struct head *h, const struct field *f,
    const struct forward *forward)
{
	switch ((enum field_id)f->id) {
	case FIELD_HOST:
	case FIELD_CONTENT_LENGTH:
	case FIELD_FORWARDED:
	case FIELD_X_FORWARDED_FOR:
	case FIELD_X_CLIENT_CERT_SUBJECT:
	case FIELD_X_UNDERSTUDY_LEG:
		return true;
	case FIELD_X_FORWARDED_HOST:
	case FIELD_X_FORWARDED_OTHER:
	case FIELD_X_FORWARDED_PROTO:
	case FIELD_X_REAL_IP:
		return !forward->trusted;
	case FIELD_TRACEPARENT:
	case FIELD_TRACESTATE:
		return forward->traceparent != NULL;
	case FIELD_EXPECT:
		return is_continue(h, f);
	case FIELD_X_REQUEST_ID:
		return f->value_len == 0;
	case FIELD_AUTHORIZATION:
	case FIELD_CONNECTION:
	case FIELD_CONTENT_ENCODING:
	case FIELD_CONTENT_TYPE:
	case FIELD_COOKIE:
	case FIELD_DATE:
	case FIELD_KEEP_ALIVE:
	case FIELD_LOOKALIKE:
	case FIELD_MAX_FORWARDS:
	case FIELD_OTHER:
	case FIELD_PROXY_AUTHENTICATE:
	case FIELD_PROXY_AUTHORIZATION:
	case FIELD_PROXY_CONNECTION:
	case FIELD_TE:
	case FIELD_TRAILER:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_UPGRADE:
	case FIELD_VIA:
	case FIELD_X_UNDERSTUDY_VERSION:
	case FIELD_ID_COUNT:
		break;
	}
	return false;
}

static void
put_path(struct out *o, const struct target *t, const struct edits *edits)
{
	const char *begin = "";
	size_t skip = 0;

	if (edits != NULL)
		edits_path(edits, t->path, t->path_len, &begin, &skip);
	put_text(o, begin);
	put(o, t->path + skip, t->path_len - skip);
}

static void
put_request_line(struct out *o, const struct head *h, const struct target *t,
    const struct forward *f)
{
	put(o, h->base + h->method_off, h->method_len);
	PUT_LITERAL(o, " ");
	if (t->path[0] == '/' && f->prefix != NULL)
		put_text(o, f->prefix);
	put_path(o, t, f->edits);
	if (t->query != NULL) {
		PUT_LITERAL(o, "?");
		put(o, t->query, t->query_len);
	}
	PUT_LITERAL(o, " HTTP/1.1\r\n");
}

/* What the client asked for, by its target or its Host; false: neither. */
static bool
put_asked_host(struct out *o, const struct head *h, const struct target *t)
{
	const struct field *host = head_find(h, FIELD_HOST);

	if (t->form == TARGET_ABSOLUTE)
		put(o, t->authority, t->authority_len);
	else if (host != NULL)
		put(o, head_value(h, host), host->value_len);
	else
		return false;
	return true;
}

static void
put_host(struct out *o, const struct head *h, const struct target *t,
    const struct forward *f)
{
	PUT_LITERAL(o, "Host: ");
	if (f->host != NULL)
		put_text(o, f->host);
	else if (!put_asked_host(o, h, t) && f->default_host != NULL)
		put_text(o, f->default_host);
	PUT_LITERAL(o, "\r\n");
}

/* "Forwarded: for=\"a" would take in whatever comes behind it. */
static bool
may_be_joined(const struct head *h, const struct field *f)
{
	return f->value_len > 0 && (f->id != FIELD_FORWARDED ||
	    forwarded_is_whole(head_value(h, f), f->value_len));
}

/* All that a trusted peer sent of this field, as one: many a backend reads
 * only one of several.  false: nothing, and nothing is written. */
static bool
put_joined(struct out *o, const struct head *h, enum field_id id,
    const char *name)
{
	bool started = false;

	if (!head_has(h, id))
		return false;
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (f->id != id || !may_be_joined(h, f))
			continue;
		put_text(o, started ? ", " : name);
		put(o, head_value(h, f), f->value_len);
		started = true;
	}
	return started;
}

static void
put_forwarded_for(struct out *o, const struct head *h,
    const struct forward *f)
{
	bool started = f->trusted && put_joined(o, h, FIELD_X_FORWARDED_FOR,
	    "X-Forwarded-For: ");

	if (f->peer_ip != NULL) {
		put_text(o, started ? ", " : "X-Forwarded-For: ");
		put_text(o, f->peer_ip);
		started = true;
	}
	if (started)
		PUT_LITERAL(o, "\r\n");
}

/* Forwarded is only continued, never begun: X-Forwarded-* say the same. */
static void
put_forwarded(struct out *o, const struct head *h, const struct forward *f)
{
	bool is_v6 = f->peer_ip != NULL && strchr(f->peer_ip, ':') != NULL;

	if (!f->trusted || !put_joined(o, h, FIELD_FORWARDED, "Forwarded: "))
		return;
	if (f->peer_ip != NULL) {
		PUT_LITERAL(o, ", for=");
		put_text(o, is_v6 ? "\"[" : "");
		put_text(o, f->peer_ip);
		put_text(o, is_v6 ? "]\"" : "");
	}
	if (f->peer_ip != NULL && f->proto != NULL) {
		PUT_LITERAL(o, ";proto=");
		put_text(o, f->proto);
	}
	PUT_LITERAL(o, "\r\n");
}

static void
put_forwarded_rest(struct out *o, const struct head *h,
    const struct target *t, const struct forward *f)
{
	if (f->proto != NULL && (!f->trusted ||
	    head_find(h, FIELD_X_FORWARDED_PROTO) == NULL))
		PUT_NAMED(o, "X-Forwarded-Proto", f->proto);
	if (f->host == NULL || (f->trusted &&
	    head_find(h, FIELD_X_FORWARDED_HOST) != NULL))
		return;
	/* HTTP/1.0 may have asked for no host. */
	if (t->form == TARGET_ABSOLUTE || head_find(h, FIELD_HOST) != NULL) {
		PUT_LITERAL(o, "X-Forwarded-Host: ");
		(void)put_asked_host(o, h, t);
		PUT_LITERAL(o, "\r\n");
	}
}

static bool
has_request_id(const struct head *h)
{
	if (!head_has(h, FIELD_X_REQUEST_ID))
		return false;
	for (unsigned i = 0; i < h->field_count; i++)
		if (h->fields[i].id == FIELD_X_REQUEST_ID &&
		    h->fields[i].value_len != 0)
			return true;
	return false;
}

/* Via carries the version in which the message came (RFC 9110 7.6.3). */
static void
put_via(struct out *o, const struct head *h)
{
	if (h->minor == 0)
		PUT_LITERAL(o, "Via: 1.0 understudy\r\n");
	else
		PUT_LITERAL(o, "Via: 1.1 understudy\r\n");
}

static void
put_websocket(struct out *o)
{
	PUT_LITERAL(o, "Connection: upgrade\r\nUpgrade: websocket\r\n");
}

static void
put_own_request_fields(struct out *o, const struct head *h,
    const struct target *t, const struct forward *f)
{
	put_forwarded_for(o, h, f);
	put_forwarded(o, h, f);
	put_forwarded_rest(o, h, t, f);
	put_via(o, h);
	if (f->traceparent != NULL && f->traceparent[0] != '\0')
		PUT_NAMED(o, "traceparent", f->traceparent);
	if (f->request_id != NULL && !has_request_id(h))
		PUT_NAMED(o, "x-request-id", f->request_id);
	if (f->client_subject != NULL)
		PUT_NAMED(o, "x-client-cert-subject", f->client_subject);
	if (f->leg != NULL) {
		PUT_LITERAL(o, "x-understudy-leg: ");
		put(o, f->leg, strlen(f->leg));
		PUT_LITERAL(o, "\r\n");
	}
	if (f->send_expect)
		PUT_LITERAL(o, "Expect: 100-continue\r\n");
	if (f->websocket)
		put_websocket(o);
	else if (f->te_trailers)
		PUT_LITERAL(o, "Connection: TE\r\nTE: trailers\r\n");
	if (f->body == BODY_LENGTH)
		put_length(o, f->length);
	else if (f->body == BODY_CHUNKED)
		PUT_LITERAL(o, "Transfer-Encoding: chunked\r\n");
}

/* Trailer goes where the trailers go. */
static bool
is_passed(const struct field *f, bool trailers)
{
	return !f->hop || (trailers && f->id == FIELD_TRAILER);
}

static void
put_request_field(struct out *o, const struct head *h, const struct field *f)
{
	uint64_t left;

	if (!hops_left(h, f, &left)) {
		put_field(o, h, f);
		return;
	}
	PUT_LITERAL(o, "Max-Forwards: ");
	put_number(o, left);
	PUT_LITERAL(o, "\r\n");
}

static void
put_edits(struct out *o, const struct head *h, const struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct field_edit *e = &edits->fields[i];

		if (!edits_adds(edits, i, h))
			continue;
		put(o, e->name, e->name_len);
		PUT_LITERAL(o, ": ");
		put_text(o, e->value);
		PUT_LITERAL(o, "\r\n");
	}
}

size_t
write_request_head(const struct head *h, const struct target *t,
    const struct forward *f, char *out, size_t space)
{
	struct out o = { out, out, out + space, false };

	assert(f->body != BODY_CLOSE);
	put_request_line(&o, h, t, f);
	put_host(&o, h, t, f);
	for (unsigned i = 0; i < h->field_count; i++)
		if (is_passed(&h->fields[i], f->trailers) &&
		    !is_own_in_request(h, &h->fields[i], f) &&
		    (f->edits == NULL || !edits_take(f->edits, h, &h->fields[i])))
			put_request_field(&o, h, &h->fields[i]);
	if (f->edits != NULL)
		put_edits(&o, h, f->edits);
	put_own_request_fields(&o, h, t, f);
	PUT_LITERAL(&o, "\r\n");
	return finish(&o);
}

static void
put_status_line(struct out *o, const struct head *h)
{
	PUT_LITERAL(o, "HTTP/1.1 ");
	put_number(o, h->status);
	PUT_LITERAL(o, " ");
	put(o, h->base + h->reason_off, h->reason_len);
	PUT_LITERAL(o, "\r\n");
}

static void
put_answer_frame(struct out *o, const struct answer_frame *a)
{
	bool keep = a->keep_alive && a->body != BODY_CLOSE;

	if (a->websocket) {
		put_websocket(o);
		return;
	}
	if (a->body == BODY_LENGTH || (a->body == BODY_NONE && a->has_length))
		put_length(o, a->length);
	else if (a->body == BODY_CHUNKED)
		PUT_LITERAL(o, "Transfer-Encoding: chunked\r\n");
	if (!keep)
		PUT_LITERAL(o, "Connection: close\r\n");
	else if (a->client_minor == 0)
		PUT_LITERAL(o, "Connection: keep-alive\r\n");
}

size_t
write_response_head(const struct head *h, const struct answer_frame *a,
    char *out, size_t space)
{
	struct out o = { out, out, out + space, false };

	assert(a->body != BODY_CHUNKED || a->client_minor != 0);
	put_status_line(&o, h);
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (is_passed(f, a->trailers) && f->id != FIELD_CONTENT_LENGTH &&
		    f->id != FIELD_X_UNDERSTUDY_VERSION &&
		    (f->id != FIELD_X_REQUEST_ID || f->value_len != 0))
			put_field(&o, h, f);
	}
	put_answer_frame(&o, a);
	if (a->date != NULL && head_find(h, FIELD_DATE) == NULL)
		PUT_NAMED(&o, "Date", a->date);
	put_via(&o, h);
	if (a->version != NULL)
		PUT_NAMED(&o, "x-understudy-version", a->version);
	if (a->request_id != NULL && !has_request_id(h))
		PUT_NAMED(&o, "x-request-id", a->request_id);
	PUT_LITERAL(&o, "\r\n");
	return finish(&o);
}

size_t
write_interim_head(const struct head *h, char *out, size_t space)
{
	struct out o = { out, out, out + space, false };

	put_status_line(&o, h);
	for (unsigned i = 0; i < h->field_count; i++)
		if (!h->fields[i].hop &&
		    h->fields[i].id != FIELD_CONTENT_LENGTH)
			put_field(&o, h, &h->fields[i]);
	PUT_LITERAL(&o, "\r\n");
	return finish(&o);
}

/* Our messages are ASCII; what else a caller's text may hold is escaped
 * byte by byte, so the result is JSON whatever comes. */
static void
put_json(struct out *o, const char *text)
{
	static const char hex[] = "0123456789abcdef";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		char escaped[] = { '\\', 'u', '0', '0', hex[c >> 4],
			hex[c & 15] };

		if (c == '"' || c == '\\') {
			PUT_LITERAL(o, "\\");
			put(o, text, 1);
		} else if (c < 0x20 || c >= 0x7f) {
			put(o, escaped, sizeof escaped);
		} else {
			put(o, text, 1);
		}
	}
}

static void
put_own_body(struct out *o, const char *word, const char *message)
{
	PUT_LITERAL(o, "{\"error\": \"");
	put_json(o, word);
	PUT_LITERAL(o, "\", \"message\": \"");
	put_json(o, message);
	PUT_LITERAL(o, "\"}\n");
}

size_t
write_own_answer(const struct own_answer *a, char *out, size_t space)
{
	struct out o = { out, out, out + space, false };
	char body[1024];
	struct out b = { body, body, body + sizeof body, false };

	put_own_body(&b, a->word, a->message);
	if (b.full) { /* exception: a message of ours that long is a bug, but
		       * the word alone is still an answer */
		b = (struct out){ body, body, body + sizeof body, false };
		put_own_body(&b, a->word, "");
	}
	PUT_LITERAL(&o, "HTTP/1.1 ");
	put_number(&o, a->status);
	PUT_LITERAL(&o, " ");
	put_text(&o, status_reason(a->status));
	PUT_LITERAL(&o, "\r\nContent-Type: application/json\r\n");
	put_length(&o, finish(&b));
	PUT_NAMED(&o, "Connection", a->keep_alive ? "keep-alive" : "close");
	if (a->date != NULL)
		PUT_NAMED(&o, "Date", a->date);
	if (a->retry_after_s > 0) {
		PUT_LITERAL(&o, "Retry-After: ");
		put_number(&o, a->retry_after_s);
		PUT_LITERAL(&o, "\r\n");
	}
	if (a->version != NULL)
		PUT_NAMED(&o, "x-understudy-version", a->version);
	if (a->request_id != NULL)
		PUT_NAMED(&o, "x-request-id", a->request_id);
	PUT_LITERAL(&o, "\r\n");
	if (!a->head_only)
		put(&o, body, finish(&b));
	return finish(&o);
}
