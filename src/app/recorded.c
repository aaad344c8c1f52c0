/* recorded -- see recorded.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/recorded.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "compare/media.h"
#include "http/chunk.h"
#include "http/framing.h"
#include "http/parser.h"
#include "proxy/header_line.h"
#include "proxy/reading.h"

#define HEAD_MAX (1 << 20)

/* What is left of the bytes. */
struct rest {
	const char *at; /* borrows */
	size_t len;
};

/* false: memory is out. */
static bool
append(struct blob **b, const char *bytes, size_t len)
{
	if (*b == NULL && (*b = blob_new(len)) == NULL)
		return false;
	return blob_append(b, bytes, len, RECORDED_MAX);
}

/* --- the head --------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of "HTTP/1.1" where a status follows; 0: no head begins here. */
static size_t
version_len(const struct rest *r)
{
	size_t n = 5;

	if (r->len < 12 || memcmp(r->at, "HTTP/", 5) != 0)
		return 0;
	while (n < r->len && n < 8 && (is_digit(r->at[n]) || r->at[n] == '.'))
		n++;
	if (n == 5 || r->len < n + 4 || r->at[n] != ' ')
		return 0;
	for (size_t i = n + 1; i < n + 4; i++)
		if (!is_digit(r->at[i]))
			return 0;
	return n;
}

static struct rest
take_line(struct rest *r)
{
	const char *feed = memchr(r->at, '\n', r->len);
	struct rest line = { r->at, feed != NULL ? (size_t)(feed - r->at) :
	    r->len };
	size_t used = line.len + (feed != NULL);

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	r->at += used;
	r->len -= used;
	return line;
}

/* The head as the grammar wants it: editors leave bare line feeds, and curl
 * tells versions of HTTP that have no lines. */
static void
take_head(struct rest *r, struct buf *out)
{
	size_t version = version_len(r);
	struct rest line = take_line(r);

	if (line.at[5] == '1')
		buf_add(out, line.at, version);
	else
		buf_puts(out, "HTTP/1.1");
	buf_add(out, line.at + version, line.len - version);
	if (line.len == version + 4) /* no reason, and no space before it */
		buf_puts(out, " ");
	buf_puts(out, "\r\n");
	while (r->len > 0 && out->len < HEAD_MAX) {
		line = take_line(r);
		if (line.len == 0)
			break;
		buf_add(out, line.at, line.len);
		buf_puts(out, "\r\n");
	}
	buf_puts(out, "\r\n");
}

static bool
parse_head(const struct buf *text, struct head *out, struct err *err)
{
	const struct head_limits limits = { HEAD_MAX, HEAD_FIELDS_MAX };
	const char *why = "";

	switch (parse_response_head(text->bytes, text->len, 0, &limits, out,
	    &why)) {
	case HEAD_OK:
		return true;
	case HEAD_TOO_LARGE:
	case HEAD_LONG_LINE:
		return err_set(err, "its head is too large");
	case HEAD_TOO_MANY:
		return err_set(err, "its head has more than %d fields",
		    HEAD_FIELDS_MAX);
	case HEAD_MORE:
	case HEAD_BAD:
	case HEAD_VERSION:
	case HEAD_UNKNOWN_METHOD:
		break;
	}
	return err_set(err, "its head is no answer's%s%s",
	    *why != '\0' ? ": " : "", why);
}

static void
copy_lower(char *out, size_t space, const char *text, size_t len)
{
	text_copy(out, space, text, len);
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

static void
copy_field(const struct head *h, enum field_id id, char *out, size_t space)
{
	const struct field *f = head_find(h, id);

	if (f != NULL)
		copy_lower(out, space, head_value(h, f), f->value_len);
}

static struct blob *
chosen_headers(const struct head *h, const struct compare_rules *rules)
{
	struct blob *lines = NULL;

	for (size_t i = 0; i < rules->header_count; i++) {
		char line[HEADER_LINE_MAX];
		size_t len = header_line(h, rules->headers[i].name, line);

		if (len > 0)
			(void)!append(&lines, line, len);
	}
	return lines;
}

/* --- the body --------------------------------------------------------------- */

static bool
put_body(struct answer *out, const char *bytes, size_t len, struct err *err)
{
	return len == 0 || append(&out->body, bytes, len) ||
	    err_set(err, "out of memory");
}

/* Where no chunk begins it has been taken apart already. */
static bool
take_chunks(struct rest *r, struct answer *out, struct err *err)
{
	const char *data = NULL, *why = "";
	size_t pos = 0, data_len = 0;
	struct chunk_decoder d;
	bool begun = false;

	chunk_decoder_init(&d);
	for (;;) {
		switch (chunk_decode(&d, r->at, r->len, &pos, &data, &data_len,
		    &why)) {
		case CHUNK_DATA:
			begun = true;
			if (!put_body(out, data, data_len, err))
				return false;
			break;
		case CHUNK_TRAILER:
			break;
		case CHUNK_MORE:
			out->outcome = OUTCOME_UPSTREAM_CUT;
			return true;
		case CHUNK_END:
			return true;
		case CHUNK_BAD:
			if (!begun)
				return put_body(out, r->at, r->len, err);
			out->outcome = OUTCOME_UPSTREAM_BAD_BODY;
			return true;
		}
	}
}

/* What is longer than its length had a coding taken off, or has the line feed
 * of an editor. */
static bool
take_body(struct rest *r, const struct framing *framing, struct answer *out,
    struct err *err)
{
	switch (framing->kind) {
	case BODY_NONE:
		return true;
	case BODY_CHUNKED:
		return take_chunks(r, out, err);
	case BODY_LENGTH:
		if (r->len < framing->length)
			out->outcome = OUTCOME_UPSTREAM_CUT;
		break;
	case BODY_CLOSE:
		break;
	}
	return put_body(out, r->at, r->len, err);
}

static bool
begins(const struct rest *r, const char *word)
{
	size_t len = strlen(word);

	return r->len >= len && memcmp(r->at, word, len) == 0;
}

/* An event, behind whatever may stand before the first. */
static bool
looks_like_stream(struct rest r)
{
	if (begins(&r, "\xef\xbb\xbf"))
		r = (struct rest){ r.at + 3, r.len - 3 };
	while (begins(&r, ":") || begins(&r, "id:") || begins(&r, "retry:"))
		(void)take_line(&r);
	return begins(&r, "data:") || begins(&r, "event:");
}

/* "" where the comparison looks for itself: JSON, text, other bytes. */
static const char *
type_by_looks(struct rest r)
{
	struct rest line;

	if (looks_like_stream(r))
		return "text/event-stream";
	line = take_line(&r);
	if (line.len > 1 && line.at[0] == '{' && line.at[line.len - 1] == '}' &&
	    begins(&r, "{"))
		return "application/x-ndjson";
	return "";
}

/* --- the whole -------------------------------------------------------------- */

static bool
is_read_into(const struct answer *a, bool is_stream)
{
	bool is_coded = a->content_encoding[0] != '\0' &&
	    strcmp(a->content_encoding, "identity") != 0;

	return a->status >= 200 && a->status <= 299 && !is_coded &&
	    (is_stream || media_is(a->content_type, "application/json") ||
	    media_ends(a->content_type, "+json"));
}

/* As the proxy does of every leg. */
static void
find_outcome(const struct rules *rules, bool has_body, struct answer *a)
{
	bool is_stream = media_is(a->content_type, "text/event-stream");
	struct reading r;

	if (a->outcome != OUTCOME_DONE)
		return;
	if (a->status >= 500) {
		a->outcome = OUTCOME_UPSTREAM_5XX;
	} else if (has_body && rules->inspect && rules->given &&
	    is_read_into(a, is_stream)) {
		reading_init(&r, rules->reads, is_stream);
		if (a->body != NULL)
			reading_feed(&r, a->body->bytes, a->body->len);
		a->outcome = reading_judge(&r);
	}
}

static bool
read_with_head(struct rest *r, const struct rules *rules, struct answer *out,
    struct framing *framing, struct err *err)
{
	struct buf text = { 0 };
	const char *why = "";
	struct head head;
	bool ok;

	do {
		buf_clear(&text);
		take_head(r, &text);
		ok = parse_head(&text, &head, err);
	} while (ok && head.status < 200 && version_len(r) > 0);
	if (ok && !framing_of_response(&head, false, framing, &why))
		ok = err_set(err, "its head is no answer's: %s", why);
	if (ok) {
		out->status = head.status;
		copy_field(&head, FIELD_CONTENT_TYPE, out->content_type,
		    sizeof out->content_type);
		copy_field(&head, FIELD_CONTENT_ENCODING, out->content_encoding,
		    sizeof out->content_encoding);
		out->headers = chosen_headers(&head, &rules->compare);
	}
	buf_fini(&text);
	return ok && take_body(r, framing, out, err);
}

static bool
read_body_alone(struct rest *r, struct answer *out, struct err *err)
{
	const char *type = type_by_looks(*r);

	out->status = 200;
	text_copy(out->content_type, sizeof out->content_type, type,
	    strlen(type));
	return put_body(out, r->at, r->len, err);
}

bool
recorded_read(const char *bytes, size_t len, const char *type,
    const struct rules *rules, struct answer *out, struct err *err)
{
	struct framing framing = { .kind = BODY_CLOSE };
	struct rest r = { bytes, len };
	bool ok;

	memset(out, 0, sizeof *out);
	out->outcome = OUTCOME_DONE;
	ok = version_len(&r) > 0 ?
	    read_with_head(&r, rules, out, &framing, err) :
	    read_body_alone(&r, out, err);
	if (!ok)
		return false;
	if (type != NULL)
		copy_lower(out->content_type, sizeof out->content_type, type,
		    strlen(type));
	find_outcome(rules, framing.kind != BODY_NONE, out);
	return true;
}
