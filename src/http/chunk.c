/* chunk -- the chunked coding as a machine that takes any cut.
 * SPDX-License-Identifier: MIT
 *
 *	5;name=value CR LF
 *	hello CR LF
 *	0 CR LF
 *	trailer: value CR LF
 *	CR LF
 *
 * One step per byte for what is not payload; payload goes out in slices as
 * long as the input.  RFC 9112 section 7.1 asks recipients to parse "bad
 * white space" before an extension, so "5 ;x" passes and "5 " does not.
 * Extensions are checked for their bytes, not for their grammar: nobody
 * reads them, and no byte that may stand in them can end the line.
 */
#include "http/chunk.h"

#include <assert.h>
#include <string.h>

#include "http/ascii.h"

enum state {
	STATE_SIZE = 0,  /* in the size's digits */
	STATE_BLANK,     /* behind them; only an extension may follow */
	STATE_EXTENSION,
	STATE_SIZE_LF,
	STATE_PAYLOAD,
	STATE_PAYLOAD_CR,
	STATE_PAYLOAD_LF,
	STATE_LINE,      /* at the start of a trailer, or of the last line */
	STATE_NAME,
	STATE_VALUE,
	STATE_VALUE_LF,
	STATE_LAST_LF,
	STATE_ENDED,
	STATE_BAD,
};

void
chunk_decoder_init(struct chunk_decoder *d)
{
	memset(d, 0, sizeof *d);
	d->state = STATE_SIZE;
}

static int
hex_value(char c)
{
	return ascii_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static const char *
step_size(struct chunk_decoder *d, char c)
{
	if (ascii_is(c, ASCII_HEX)) {
		if (++d->digits > 16 || d->left > INT64_MAX >> 4)
			return "chunk size too large";
		d->left = d->left << 4 | (uint64_t)hex_value(c);
		return NULL;
	}
	if (d->digits == 0)
		return "chunk size does not start with a digit";
	if (c == '\r')
		d->state = STATE_SIZE_LF;
	else if (c == ';')
		d->state = STATE_EXTENSION;
	else if (ascii_is_blank(c))
		d->state = STATE_BLANK;
	else
		return "chunk size is not a hexadecimal number";
	return NULL;
}

static const char *
step_blank(struct chunk_decoder *d, char c)
{
	if (c == ';')
		d->state = STATE_EXTENSION;
	else if (!ascii_is_blank(c))
		return "white space behind a chunk size";
	return NULL;
}

static const char *
step_extension(struct chunk_decoder *d, char c)
{
	if (c == '\r')
		d->state = STATE_SIZE_LF;
	else if (!ascii_is(c, ASCII_TEXT))
		return "control character in a chunk extension";
	return NULL;
}

static const char *
step_size_lf(struct chunk_decoder *d, char c)
{
	if (c != '\n')
		return "CR without its LF in a chunk size line";
	d->state = d->left != 0 ? STATE_PAYLOAD : STATE_LINE;
	d->line_len = 0;
	d->digits = 0;
	return NULL;
}

static const char *
step_payload_end(struct chunk_decoder *d, char c)
{
	if (d->state == STATE_PAYLOAD_CR && c == '\r') {
		d->state = STATE_PAYLOAD_LF;
		return NULL;
	}
	if (d->state == STATE_PAYLOAD_LF && c == '\n') {
		d->state = STATE_SIZE;
		d->line_len = 0;
		return NULL;
	}
	return "chunk data not followed by CR LF";
}

static void
add_name(struct chunk_decoder *d, char c)
{
	if (d->name_len < sizeof d->name)
		d->name[d->name_len] = c == '_' ? '-' : ascii_lower(c);
	if (d->name_len < UINT8_MAX)
		d->name_len++;
}

static const char *
step_line(struct chunk_decoder *d, char c)
{
	if (c == '\r') {
		d->state = STATE_LAST_LF;
		return NULL;
	}
	if (ascii_is_blank(c))
		return "folded trailer field";
	if (!ascii_is(c, ASCII_TOKEN))
		return c == ':' ? "empty trailer field name" :
		    "trailer field name is not a token";
	d->name_len = 0;
	add_name(d, c);
	d->state = STATE_NAME;
	return NULL;
}

static bool
starts_with(const struct chunk_decoder *d, const char *lower)
{
	size_t len = strlen(lower);

	return d->name_len >= len && memcmp(d->name, lower, len) == 0;
}

/* RFC 9110 section 6.5.1: what frames, routes, authenticates or changes the
 * meaning of the content is over when a trailer comes; so is what only a
 * proxy may say.  "_" counts as "-", as it does to CGI and its kind. */
static bool
is_forbidden(const struct chunk_decoder *d)
{
	static const char *const names[] = {
		"authorization", "cache-control", "connection",
		"content-encoding", "content-length", "content-range",
		"content-type", "cookie", "expect", "host", "keep-alive",
		"forwarded", "max-forwards", "proxy-authenticate",
		"proxy-authorization", "proxy-connection", "range", "set-cookie",
		"te", "traceparent", "trailer", "transfer-encoding", "upgrade",
		"via", "x-client-cert-subject", "x-real-ip", "x-request-id",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strlen(names[i]) == d->name_len &&
		    memcmp(names[i], d->name, d->name_len) == 0)
			return true;
	return starts_with(d, "x-forwarded-") ||
	    starts_with(d, "x-understudy-");
}

static const char *
step_name(struct chunk_decoder *d, char c)
{
	if (ascii_is(c, ASCII_TOKEN)) {
		add_name(d, c);
		return NULL;
	}
	if (c != ':')
		return ascii_is_blank(c) ?
		    "space in or after a trailer field name" :
		    "trailer field name is not a token";
	if (is_forbidden(d))
		return "field that may not be a trailer";
	d->state = STATE_VALUE;
	return NULL;
}

static const char *
step_value(struct chunk_decoder *d, char c)
{
	if (c == '\r')
		d->state = STATE_VALUE_LF;
	else if (!ascii_is(c, ASCII_TEXT))
		return "control character in a trailer field";
	return NULL;
}

static const char *
step_trailer_lf(struct chunk_decoder *d, char c)
{
	if (c != '\n')
		return "CR without its LF in the trailers";
	d->state = d->state == STATE_LAST_LF ? STATE_ENDED : STATE_LINE;
	return NULL;
}

/* What is wrong with this byte here, or NULL. */
static const char *
step(struct chunk_decoder *d, char c)
{
	uint32_t cap = d->state >= STATE_LINE ? CHUNK_TRAILERS_MAX :
	    CHUNK_LINE_MAX;

	if (++d->line_len > cap)
		return cap == CHUNK_LINE_MAX ? "chunk size line too long" :
		    "trailers too long";
	switch ((enum state)d->state) {
	case STATE_SIZE:
		return step_size(d, c);
	case STATE_BLANK:
		return step_blank(d, c);
	case STATE_EXTENSION:
		return step_extension(d, c);
	case STATE_SIZE_LF:
		return step_size_lf(d, c);
	case STATE_PAYLOAD_CR:
	case STATE_PAYLOAD_LF:
		return step_payload_end(d, c);
	case STATE_LINE:
		return step_line(d, c);
	case STATE_NAME:
		return step_name(d, c);
	case STATE_VALUE:
		return step_value(d, c);
	case STATE_VALUE_LF:
	case STATE_LAST_LF:
		return step_trailer_lf(d, c);
	case STATE_PAYLOAD:
	case STATE_ENDED:
	case STATE_BAD:
		break;
	}
	assert(false); /* chunk_decode() sees to these itself */
	return NULL;
}

/* In the trailer section, and not at the line that ends it. */
static bool
is_in_trailer(const struct chunk_decoder *d, char c)
{
	return d->wants_trailers && d->state >= STATE_LINE &&
	    d->state <= STATE_VALUE_LF && (d->state != STATE_LINE || c != '\r');
}

/* What is wrong in it, or NULL. */
static const char *
step_trailers(struct chunk_decoder *d, const char *bytes, size_t len,
    size_t *pos)
{
	while (*pos < len && is_in_trailer(d, bytes[*pos])) {
		const char *why = step(d, bytes[*pos]);

		if (why != NULL)
			return why;
		++*pos;
	}
	return NULL;
}

enum chunk_result
chunk_decode(struct chunk_decoder *d, const char *bytes, size_t len,
    size_t *pos, const char **data_out, size_t *data_len_out,
    const char **why_out)
{
	const char *why = "the body was refused before";

	while (d->state < STATE_ENDED && *pos < len) {
		if (d->state == STATE_PAYLOAD) {
			size_t n = len - *pos;

			if (n > d->left)
				n = (size_t)d->left;
			*data_out = bytes + *pos;
			*data_len_out = n;
			*pos += n;
			d->left -= n;
			if (d->left == 0)
				d->state = STATE_PAYLOAD_CR;
			return CHUNK_DATA;
		}
		if (is_in_trailer(d, bytes[*pos])) {
			size_t start = *pos;

			why = step_trailers(d, bytes, len, pos);
			*data_out = bytes + start;
			*data_len_out = *pos - start;
			if (why == NULL)
				return CHUNK_TRAILER;
		} else {
			why = step(d, bytes[*pos]);
		}
		if (why != NULL) {
			d->state = STATE_BAD;
			break;
		}
		++*pos;
	}
	if (d->state == STATE_BAD) {
		*why_out = why;
		return CHUNK_BAD;
	}
	return d->state == STATE_ENDED ? CHUNK_END : CHUNK_MORE;
}
