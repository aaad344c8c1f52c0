/* framing -- one reading of a body's length, or none.
 * SPDX-License-Identifier: MIT
 *
 * RFC 9112 section 6.3 lets a recipient choose between readings in places
 * (Transfer-Encoding beside Content-Length, equal Content-Lengths in a
 * list).  Every such choice is a place where the next parser may choose
 * otherwise, so none is made here.
 */
#include "http/framing.h"

#include <string.h>

#include "http/ascii.h"
#include "http/target.h"
#include "http/upgrade.h"

#define CONNECTION_MEMBERS_MAX 100

/* What the fields say before it is judged. */
struct stated {
	unsigned hosts, lengths, codings; /* fields of that id */
	const struct field *host;         /* borrows from the head, as below */
	const struct field *coding;
	uint64_t length;
	unsigned members;                 /* of Connection */
	bool close, keep;                 /* Connection says so */
	bool other_coding;                /* a known form, not one that is served */
};

static bool
refuse(const char **why, const char *text)
{
	*why = text;
	return false;
}

/* Digits only, below 2^63 (others keep it signed). */
static bool
read_length(const char *text, size_t len, uint64_t *out)
{
	uint64_t n = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(text[i]))
			return false;
		if (n > (INT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	*out = n;
	return true;
}

static bool
is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!ascii_is(text[i], ASCII_TOKEN))
			return false;
	return true;
}

static bool
is_word(const char *text, size_t len, const char *lower)
{
	return len == strlen(lower) && ascii_equal_lower(text, lower, len);
}

static bool
read_connection(struct stated *s, const char *list, size_t len,
    const char **why)
{
	const char *member;
	size_t pos = 0, member_len;

	while (head_next_member(list, len, &pos, &member, &member_len)) {
		if (!is_token(member, member_len))
			return refuse(why, "Connection is not a list of tokens");
		if (++s->members > CONNECTION_MEMBERS_MAX)
			return refuse(why, "Connection names too much");
		s->close |= is_word(member, member_len, "close");
		s->keep |= is_word(member, member_len, "keep-alive");
	}
	return true;
}

static bool
read_fields(const struct head *h, struct stated *s, const char **why)
{
	memset(s, 0, sizeof *s);
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (f->id == FIELD_HOST) {
			s->hosts++;
			s->host = f;
		} else if (f->id == FIELD_TRANSFER_ENCODING) {
			s->codings++;
			s->coding = f;
		} else if (f->id == FIELD_CONTENT_LENGTH) {
			s->lengths++;
			if (!read_length(head_value(h, f), f->value_len,
			    &s->length))
				return refuse(why, "Content-Length is not a "
				    "number, or too large");
		} else if (f->id == FIELD_CONNECTION &&
		    !read_connection(s, head_value(h, f), f->value_len, why)) {
			return false;
		}
	}
	return true;
}

/* "gzip, chunked": where the body ends is certain, what is in it is not. */
static bool
ends_chunked(const char *list, size_t len)
{
	const char *member;
	size_t pos = 0, member_len;
	bool chunked = false;

	while (head_next_member(list, len, &pos, &member, &member_len)) {
		if (chunked || !is_token(member, member_len))
			return false;
		chunked = is_word(member, member_len, "chunked");
	}
	return chunked;
}

/* RFC 9112 section 6.1: an HTTP/1.0 message with Transfer-Encoding has
 * passed somebody who did not understand it. */
static bool
check_length_fields(const struct head *h, struct stated *s,
    const char **why)
{
	if (s->lengths > 1)
		return refuse(why, "more than one Content-Length");
	if (s->codings == 0)
		return true;
	if (s->lengths != 0)
		return refuse(why, "Transfer-Encoding beside Content-Length");
	if (h->minor == 0)
		return refuse(why, "Transfer-Encoding with HTTP/1.0");
	if (s->codings == 1 && is_word(head_value(h, s->coding),
	    s->coding->value_len, "chunked"))
		return true;
	s->other_coding = s->codings == 1 &&
	    ends_chunked(head_value(h, s->coding), s->coding->value_len);
	return refuse(why, "Transfer-Encoding other than \"chunked\"");
}

static bool
check_host(const struct head *h, const struct stated *s, const char **why)
{
	if (s->hosts == 0 && h->minor != 0)
		return refuse(why, "no Host");
	if (s->hosts > 1)
		return refuse(why, "more than one Host");
	if (s->hosts == 1 && !target_is_authority(head_value(h, s->host),
	    s->host->value_len))
		return refuse(why, "Host is not a host with an optional port");
	return true;
}

/* RFC 9112 section 3.2.2 lets the target win.  Whoever is in front of us may
 * have gone by Host. */
static bool
check_authority(const struct head *h, const struct stated *s,
    const struct target *t, const char **why)
{
	const char *host;

	if (t->form != TARGET_ABSOLUTE || s->hosts == 0)
		return true;
	host = head_value(h, s->host);
	*why = "Host and the target name different hosts";
	if (s->host->value_len != t->authority_len)
		return false;
	for (size_t i = 0; i < t->authority_len; i++)
		if (ascii_lower(host[i]) != ascii_lower(t->authority[i]))
			return false;
	return true;
}

/* CONNECT would carry anything past us, and TRACE sends back to a script
 * what its browser hides from it: cookies, and the fields we add. */
static bool
check_method(const struct head *h, struct framing *out, const char **why)
{
	out->not_served = head_method_is(h, "CONNECT") ||
	    head_method_is(h, "TRACE");
	*why = "CONNECT and TRACE are not served";
	return !out->not_served;
}

static bool
is_kept(const struct head *h, const struct stated *s)
{
	return !s->close && (h->minor != 0 || s->keep);
}

bool
framing_of_request(const struct head *h, struct target *target_out,
    struct framing *out, const char **why)
{
	struct stated s;

	memset(out, 0, sizeof *out);
	memset(&s, 0, sizeof s);
	if (!check_method(h, out, why) || !read_fields(h, &s, why) ||
	    !check_length_fields(h, &s, why) || !check_host(h, &s, why) ||
	    !target_parse(h, target_out, why) ||
	    !check_authority(h, &s, target_out, why)) {
		out->not_served |= s.other_coding;
		return false;
	}
	if (s.codings != 0) {
		out->kind = BODY_CHUNKED;
	} else if (s.lengths != 0) {
		out->kind = BODY_LENGTH;
		out->length = s.length;
	}
	out->keep_alive = is_kept(h, &s);
	/* RFC 9110 section 10.1.1: ignored from HTTP/1.0, and a proxy may only
	 * say it of content that follows. */
	out->expects_100 = h->minor != 0 &&
	    (out->kind == BODY_CHUNKED || out->length > 0) &&
	    head_has_token(h, FIELD_EXPECT, "100-continue");
	out->asks_websocket = upgrade_is_asked(h, out);
	return true;
}

/* "Content-Length: 0" in a 204 is common and changes nothing. */
static bool
check_bodiless(const struct head *h, const struct stated *s,
    const char **why)
{
	if (h->status == 101)
		return refuse(why, "101 without an Upgrade asked for");
	if (h->status >= 200 && h->status != 204)
		return true;
	if (s->codings != 0 || s->length != 0)
		return refuse(why, "1xx or 204 that announces a body");
	return true;
}

bool
framing_of_response(const struct head *h, bool head_request,
    struct framing *out, const char **why)
{
	struct stated s;

	memset(out, 0, sizeof *out);
	if (!read_fields(h, &s, why) || !check_length_fields(h, &s, why) ||
	    !check_bodiless(h, &s, why))
		return false;
	out->keep_alive = is_kept(h, &s);
	if (h->status < 200 || h->status == 204)
		return true;
	if (head_request || h->status == 304) {
		out->announces = s.lengths != 0;
		out->announced = s.length;
	} else if (s.codings != 0) {
		out->kind = BODY_CHUNKED;
	} else if (s.lengths != 0) {
		out->kind = BODY_LENGTH;
		out->length = s.length;
	} else {
		out->kind = BODY_CLOSE;
		out->keep_alive = false;
	}
	return true;
}

static bool
is_protected(const struct field *f)
{
	static const bool protected[FIELD_ID_COUNT] = {
		[FIELD_AUTHORIZATION] = true,
		[FIELD_CONTENT_ENCODING] = true,
		[FIELD_CONTENT_LENGTH] = true,
		[FIELD_CONTENT_TYPE] = true,
		[FIELD_COOKIE] = true,
		[FIELD_EXPECT] = true,
		[FIELD_FORWARDED] = true,
		[FIELD_HOST] = true,
		[FIELD_TRACEPARENT] = true,
		[FIELD_TRACESTATE] = true,
		[FIELD_VIA] = true,
		[FIELD_X_FORWARDED_FOR] = true,
		[FIELD_X_FORWARDED_HOST] = true,
		[FIELD_X_FORWARDED_PROTO] = true,
		[FIELD_X_FORWARDED_OTHER] = true,
		[FIELD_X_REAL_IP] = true,
		[FIELD_X_REQUEST_ID] = true,
	};

	return protected[f->id];
}

static void
mark_named(struct head *h, const char *name, size_t len)
{
	for (unsigned i = 0; i < h->field_count; i++) {
		struct field *f = &h->fields[i];
		const char *other = head_name(h, f);
		size_t same = 0;

		if (f->name_len != len || is_protected(f))
			continue;
		while (same < len &&
		    ascii_lower(name[same]) == ascii_lower(other[same]))
			same++;
		f->hop |= same == len;
	}
}

void
framing_mark_hop_by_hop(struct head *h)
{
	if (!head_has(h, FIELD_CONNECTION))
		return;
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];
		const char *member;
		size_t pos = 0, len;

		if (f->id != FIELD_CONNECTION)
			continue;
		while (head_next_member(head_value(h, f), f->value_len, &pos,
		    &member, &len))
			mark_named(h, member, len);
	}
}
