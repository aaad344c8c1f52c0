/* parser -- the strict grammar in front of llhttp, and llhttp behind it.
 * SPDX-License-Identifier: MIT
 *
 * Three steps over the same contiguous bytes:
 *  find_end    looks only at line ends, from where the last call stopped
 *  read_head   one pass over the complete head by the strict grammar; it
 *              takes the start line apart and fills the fields
 *  run_llhttp  the same bytes once more by llhttp, which is asked for nothing
 *              but where it sees names and values
 * A head is accepted if both grammars take it and see the same fields, each
 * name and value from the same byte to the same byte.  Either alone would do
 * on a good day; smuggling lives where one parser has a bad one.
 *
 * llhttp is stopped as soon as the fields are complete, so nothing of its
 * own idea of bodies, keep-alive and upgrades runs.  It still refuses a few
 * heads for what framing.c would refuse them for (two Content-Length, one
 * that is no number, Content-Length beside Transfer-Encoding), and it knows
 * methods from a list only: any other method is HEAD_BAD.
 */
#include "http/parser.h"

#include <string.h>
#if __has_include(<llhttp.h>) /* the folder that configure found */
#include <llhttp.h>
#else
#include <llhttp/llhttp.h>
#endif

#include "http/ascii_runs.h"

/* What the two passes share. */
struct reading {
	struct head *head;
	uint32_t max_fields;
	unsigned values;     /* of fields that are not empty, by read_head */
	unsigned fields_again, values_again; /* the same by llhttp */
	bool complete;       /* llhttp reached the empty line */
	enum head_result fault; /* what refuse() is to be taken for */
	const char *why;
};

static bool
refuse(struct reading *r, const char *why)
{
	r->why = why;
	r->fault = HEAD_BAD;
	return false;
}

static bool
refuse_as(struct reading *r, enum head_result fault, const char *why)
{
	r->why = why;
	r->fault = fault;
	return false;
}

static enum head_result
bad(struct reading *r, const char *why)
{
	r->why = why;
	return HEAD_BAD;
}

/* Look for the empty line that ends the head.  Every LF must follow a CR,
 * and a CR that starts a line must end it too: both are known before the
 * head is complete, and a peer that takes "CR CR LF" for its end would wait
 * for an answer until the head times out. */
static enum head_result
find_end(const char *bytes, size_t len, size_t seen, size_t *end_out,
    const char **why)
{
	const char *stop = bytes + len;
	/* An LF is judged by the two bytes behind it: once more by those. */
	const char *lf = bytes + (seen > 2 ? seen - 2 : 0);

	for (; lf < stop; lf++) {
		size_t i;

		lf = memchr(lf, '\n', (size_t)(stop - lf));
		if (lf == NULL)
			break;
		i = (size_t)(lf - bytes);
		*why = "line ends with LF alone";
		if (i == 0 || bytes[i - 1] != '\r')
			return HEAD_BAD;
		*end_out = i + 1;
		if (i > 1 && bytes[i - 2] == '\n')
			return HEAD_OK;
		*why = "CR without its LF";
		if (stop - lf > 2 && lf[1] == '\r' && lf[2] != '\n')
			return HEAD_BAD;
	}
	return HEAD_MORE;
}

/* What speaks another protocol (TLS, a proxy preface) seldom sends an LF:
 * it should not have to run into the head timeout. */
static bool
is_other_protocol(const char *bytes, size_t len, bool is_request)
{
	static const char version[] = "HTTP/1.";

	if (len == 0)
		return false;
	if (is_request)
		return !ascii_is(bytes[0], ASCII_TOKEN) && bytes[0] != '\r';
	if (len > sizeof version - 1)
		len = sizeof version - 1;
	return memcmp(bytes, version, len) != 0;
}

static bool
is_line_end(const char *p)
{
	return p[0] == '\r' && p[1] == '\n';
}

/* "HTTP/1.0" or "HTTP/1.1".  Any other minor is a protocol that does not
 * exist, and 0.9 and 2.0 are other protocols. */
static bool
read_version(struct reading *r, const char *p)
{
	if (memcmp(p, "HTTP/", 5) != 0 || !ascii_is_digit(p[5]) ||
	    p[6] != '.' || !ascii_is_digit(p[7]))
		return refuse(r, "no HTTP version at the end of the line");
	if (p[5] != '1' || p[7] > '1')
		return refuse_as(r, HEAD_VERSION, "not HTTP/1.0 or HTTP/1.1");
	r->head->minor = (uint8_t)(p[7] - '0');
	return true;
}

/* All loops below end at the latest at the CR before end, which no class
 * contains; a line has room for the version because memcmp stops there too. */
static bool
read_request_line(struct reading *r, const char **at, const char *end)
{
	struct head *h = r->head;
	const char *start = *at, *p = start;

	p = ascii_skip(p, end, ASCII_TOKEN);
	if (p == start || *p != ' ')
		return refuse(r, "method is not a token and one space");
	if (p - start > UINT16_MAX)
		return refuse(r, "method too long");
	h->method_off = (uint32_t)(start - h->base);
	h->method_len = (uint16_t)(p - start);
	start = ++p;
	p = ascii_skip(p, end, ASCII_TARGET);
	if (p == start || *p != ' ')
		return refuse(r, "target is not visible ASCII and one space");
	h->target_off = (uint32_t)(start - h->base);
	h->target_len = (uint32_t)(p - start);
	p++;
	if (end - p < 12 || !is_line_end(p + 8))
		return refuse(r, "no HTTP version at the end of the line");
	*at = p + 10;
	return read_version(r, p);
}

/* The space before an absent reason may be missing ("HTTP/1.1 200"): some
 * servers leave it out, and nobody reads it in two ways. */
static bool
read_status_line(struct reading *r, const char **at, const char *end)
{
	struct head *h = r->head;
	const char *p = *at, *code = p + 9;

	if (end - p < 14 || p[8] != ' ')
		return refuse(r, "not a status line");
	if (!read_version(r, p))
		return false;
	for (int i = 0; i < 3; i++)
		if (!ascii_is_digit(code[i]))
			return refuse(r, "status is not three digits");
	h->status = (uint16_t)((code[0] - '0') * 100 + (code[1] - '0') * 10 +
	    (code[2] - '0'));
	if (h->status < 100 || h->status > 599)
		return refuse(r, "status is not 100 to 599");
	p = code + 3;
	if (*p == ' ')
		p++;
	else if (*p != '\r')
		return refuse(r, "status is not three digits and one space");
	h->reason_off = (uint32_t)(p - h->base);
	p = ascii_skip(p, end, ASCII_TEXT);
	h->reason_len = (uint32_t)(p - h->base) - h->reason_off;
	if (!is_line_end(p))
		return refuse(r, "control character in the reason");
	*at = p + 2;
	return true;
}

/* The value is from one byte to before another; white space around it is not
 * part of it. */
static void
note_field(struct reading *r, const char *name, size_t name_len,
    const char *value, const char *stop)
{
	struct head *h = r->head;
	struct field *f = &h->fields[h->field_count++];
	enum field_id id = field_id_of(name, name_len);

	while (value < stop && ascii_is_blank(*value))
		value++;
	while (value < stop && ascii_is_blank(stop[-1]))
		stop--;
	f->name_off = (uint32_t)(name - h->base);
	f->name_len = (uint16_t)name_len;
	f->value_off = (uint32_t)(value - h->base);
	f->value_len = (uint32_t)(stop - value);
	f->id = (uint8_t)id;
	f->hop = field_id_is_hop(id);
	head_note(h, id);
	r->values += f->value_len > 0;
}

static enum head_result
read_field(struct reading *r, const char **at, const char *end)
{
	const char *start = *at, *p = start, *colon;

	p = ascii_skip(p, end, ASCII_TOKEN);
	if (p == start)
		return bad(r, ascii_is_blank(*p) ? "folded field" :
		    *p == ':' ? "empty field name" :
		    "field name is not a token");
	if (*p != ':')
		return bad(r, ascii_is_blank(*p) ?
		    "space in or after a field name" :
		    "field name is not a token");
	if (p - start > UINT16_MAX)
		return bad(r, "field name too long");
	colon = p;
	p = ascii_skip(colon + 1, end, ASCII_TEXT);
	if (!is_line_end(p))
		return bad(r, *p == '\r' ? "CR without its LF" :
		    "control character in a field value");
	if (r->head->field_count >= r->max_fields)
		return HEAD_TOO_MANY;
	note_field(r, start, (size_t)(colon - start), colon + 1, p);
	*at = p + 2;
	return HEAD_OK;
}

static enum head_result
read_head(struct reading *r, const char *p, const char *end)
{
	bool ok = r->head->is_request ? read_request_line(r, &p, end) :
	    read_status_line(r, &p, end);

	if (!ok)
		return r->fault;
	while (!is_line_end(p)) {
		enum head_result result = read_field(r, &p, end);

		if (result != HEAD_OK)
			return result;
	}
	return HEAD_OK;
}

/* llhttp's turn: does it see what we saw? */
static int
on_field(llhttp_t *parser, const char *at, size_t len)
{
	struct reading *r = parser->data;
	const struct head *h = r->head;
	const struct field *f = &h->fields[r->fields_again];

	if (r->fields_again++ >= h->field_count || head_name(h, f) != at ||
	    f->name_len != len)
		return HPE_USER;
	return 0;
}

/* llhttp leaves white space at the end. */
static int
on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct reading *r = parser->data;
	const struct head *h = r->head;
	const struct field *f;

	while (len > 0 && ascii_is_blank(at[len - 1]))
		len--;
	if (len == 0)
		return 0;
	if (r->fields_again == 0)
		return HPE_USER;
	f = &h->fields[r->fields_again - 1];
	r->values_again++;
	return head_value(h, f) == at && f->value_len == len ? 0 : HPE_USER;
}

static int
on_fields_complete(llhttp_t *parser)
{
	struct reading *r = parser->data;

	r->complete = true;
	return HPE_PAUSED;
}

static bool
run_llhttp(struct reading *r, const char *start, const char *end)
{
	static const llhttp_settings_t settings = {
		.on_header_field = on_field,
		.on_header_value = on_value,
		.on_headers_complete = on_fields_complete,
	};
	llhttp_t parser;
	llhttp_errno_t error;

	llhttp_init(&parser, r->head->is_request ? HTTP_REQUEST : HTTP_RESPONSE,
	    &settings);
	parser.data = r;
	error = llhttp_execute(&parser, start, (size_t)(end - start));
	if (error == HPE_INVALID_METHOD)
		return refuse_as(r, HEAD_UNKNOWN_METHOD, "unknown method");
	if (error == HPE_USER)
		return refuse(r, "fields read in two ways");
	if (error != HPE_PAUSED || !r->complete) {
		const char *reason = llhttp_get_error_reason(&parser);

		return refuse(r, reason != NULL ? reason : "incomplete head");
	}
	if (r->fields_again != r->head->field_count ||
	    r->values_again != r->values)
		return refuse(r, "fields counted in two ways");
	return true;
}

static enum head_result
parse_complete(const char *bytes, size_t end, bool is_request,
    const struct head_limits *lim, struct head *h, const char **why)
{
	size_t start = is_line_end(bytes) ? 2 : 0;
	struct reading r = { .head = h, .max_fields = lim->max_fields };
	enum head_result result;

	if (r.max_fields > HEAD_FIELDS_MAX)
		r.max_fields = HEAD_FIELDS_MAX;
	/* Not the whole struct: its 100 fields are 1.6 kB. */
	memset(h, 0, offsetof(struct head, fields));
	h->base = bytes;
	h->len = (uint32_t)end;
	h->is_request = is_request;
	result = read_head(&r, bytes + start, bytes + end);
	if (result == HEAD_OK && !run_llhttp(&r, bytes + start, bytes + end))
		result = r.fault;
	*why = r.why != NULL ? r.why : "";
	return result;
}

/* No empty line yet.  What can never become a head is refused now instead
 * of at the head's deadline: a CR that is no line end, and a first line
 * without a version (HTTP/0.9 ends there and waits for its answer). */
static enum head_result
check_partial(const char *bytes, size_t len, size_t seen, bool is_request,
    const char **why)
{
	size_t start = len >= 2 && is_line_end(bytes) ? 2 : 0;
	size_t from = seen > 0 ? seen - 1 : 0, at = from;
	const char *lf = NULL, *cr;

	for (; (cr = memchr(bytes + at, '\r', len - at)) != NULL;
	    at = (size_t)(cr - bytes) + 1) {
		*why = "CR without its LF";
		if (cr + 1 < bytes + len && cr[1] != '\n')
			return HEAD_BAD;
	}
	/* The first line is judged when a line ends, not for every byte that
	 * drips in: that would make a long one cost the square of its length. */
	if (is_request && memchr(bytes + from, '\n', len - from) != NULL)
		lf = memchr(bytes + start, '\n', len - start);
	if (lf == NULL)
		return HEAD_MORE;
	*why = "no HTTP version at the end of the line";
	return lf - bytes - (ptrdiff_t)start >= 9 && memcmp(lf - 9, "HTTP/", 5) == 0 ?
	    HEAD_MORE : HEAD_BAD;
}

/* RFC 9112 section 3 wants the two told apart. */
static enum head_result
too_large(const char *bytes, size_t len, bool is_request, const char **why)
{
	size_t start = is_line_end(bytes) ? 2 : 0;

	*why = "";
	return is_request && memchr(bytes + start, '\n', len - start) == NULL ?
	    HEAD_LONG_LINE : HEAD_TOO_LARGE;
}

static enum head_result
parse(const char *bytes, size_t len, size_t seen, bool is_request,
    const struct head_limits *lim, struct head *h, const char **why)
{
	size_t looked = len < lim->max_bytes ? len : lim->max_bytes, end = 0;
	enum head_result result;

	if (is_other_protocol(bytes, len, is_request)) {
		*why = "not HTTP/1";
		return HEAD_BAD;
	}
	result = find_end(bytes, looked, seen, &end, why);
	if (result == HEAD_OK)
		return parse_complete(bytes, end, is_request, lim, h, why);
	if (result == HEAD_MORE && looked == lim->max_bytes)
		return too_large(bytes, looked, is_request, why);
	if (result == HEAD_MORE)
		return check_partial(bytes, looked, seen, is_request, why);
	return result;
}

enum head_result
parse_request_head(const char *bytes, size_t len, size_t seen,
    const struct head_limits *lim, struct head *head, const char **why)
{
	return parse(bytes, len, seen, true, lim, head, why);
}

enum head_result
parse_response_head(const char *bytes, size_t len, size_t seen,
    const struct head_limits *lim, struct head *head, const char **why)
{
	return parse(bytes, len, seen, false, lim, head, why);
}
