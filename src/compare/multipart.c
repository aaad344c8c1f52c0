/* multipart -- a body of several parts, one after another (RFC 2046, 5.1).
 * SPDX-License-Identifier: MIT
 */
#include "compare/multipart.h"

#include <string.h>

#include "base/text.h"
#include "compare/media.h"

/* --- lines ------------------------------------------------------------- */

/* The next line of *left without its end; false: there is none. */
static bool
take_line(struct bytes *left, struct bytes *line)
{
	const char *lf = left->len == 0 ? NULL :
	    memchr(left->at, '\n', left->len);
	size_t len = lf == NULL ? left->len : (size_t)(lf - left->at);

	if (left->len == 0)
		return false;
	*line = (struct bytes){ left->at, len };
	if (lf != NULL && len > 0 && line->at[len - 1] == '\r')
		line->len--;
	left->at += len + (lf != NULL);
	left->len -= len + (lf != NULL);
	return true;
}

enum delimiter { DELIMITER_NONE = 0, DELIMITER_PART, DELIMITER_END };

/* "--boundary" and, at the end, "--"; blanks may follow. */
static enum delimiter
delimiter_of(const struct multipart *m, struct bytes line)
{
	size_t n = m->boundary_len + 2;
	enum delimiter found = DELIMITER_PART;

	if (line.len < n || line.at[0] != '-' || line.at[1] != '-' ||
	    !text_equal_nocase(line.at + 2, m->boundary_len, m->boundary,
	    m->boundary_len))
		return DELIMITER_NONE;
	if (line.len >= n + 2 && line.at[n] == '-' && line.at[n + 1] == '-') {
		found = DELIMITER_END;
		n += 2;
	}
	for (; n < line.len; n++)
		if (line.at[n] != ' ' && line.at[n] != '\t')
			return DELIMITER_NONE;
	return found;
}

/* Bytes up to the next delimiter, which is read; the line end before it is
 * the delimiter's. */
static enum delimiter
take_until_delimiter(struct multipart *m, struct bytes *out)
{
	const char *start = m->left.at;
	enum delimiter found;
	struct bytes line;

	while (take_line(&m->left, &line)) {
		found = delimiter_of(m, line);
		if (found == DELIMITER_NONE)
			continue;
		out->at = start;
		out->len = (size_t)(line.at - start);
		out->len -= out->len > 0; /* LF */
		if (out->len > 0 && start[out->len - 1] == '\r')
			out->len--;
		m->closed = found == DELIMITER_END;
		return found;
	}
	return DELIMITER_NONE;
}

/* --- the fields of a part ---------------------------------------------- */

static bool
line_value(struct bytes line, const char *name, struct bytes *value)
{
	size_t n = strlen(name);

	if (line.len <= n || line.at[n] != ':' ||
	    !text_equal_nocase(line.at, n, name, n))
		return false;
	for (n++; n < line.len && (line.at[n] == ' ' || line.at[n] == '\t');)
		n++;
	*value = (struct bytes){ line.at + n, line.len - n };
	return true;
}

static void
copy_lower(char *out, size_t space, struct bytes text)
{
	(void)text_copy(out, space, text.at, text.len);
	for (; *out != '\0'; out++)
		if (*out >= 'A' && *out <= 'Z')
			*out |= 0x20;
}

static bool
is_plain_encoding(struct bytes text)
{
	return text_equal_nocase(text.at, text.len, "7bit", 4) ||
	    text_equal_nocase(text.at, text.len, "8bit", 4) ||
	    text_equal_nocase(text.at, text.len, "binary", 6);
}

static void
read_disposition(struct bytes text, struct part *out)
{
	char copy[2 * MULTIPART_TEXT_MAX];

	(void)text_copy(copy, sizeof copy, text.at, text.len);
	if (!media_param(copy, "name", out->name, sizeof out->name))
		out->name[0] = '\0';
	if (!media_param(copy, "filename", out->filename,
	    sizeof out->filename))
		out->filename[0] = '\0';
}

/* The lines up to the first empty one; what follows is the body. */
static void
read_fields(struct bytes *part, struct part *out)
{
	struct bytes line, value;

	while (take_line(part, &line) && line.len > 0) {
		if (line_value(line, "content-type", &value))
			copy_lower(out->type, sizeof out->type, value);
		else if (line_value(line, "content-disposition", &value))
			read_disposition(value, out);
		else if (line_value(line, "content-transfer-encoding", &value))
			out->encoded = !is_plain_encoding(value);
	}
}

bool
multipart_init(struct multipart *m, const char *type, struct bytes body)
{
	struct bytes preamble;

	memset(m, 0, sizeof *m);
	m->left = body;
	if (!media_param(type, "boundary", m->boundary, sizeof m->boundary))
		return false;
	m->boundary_len = strlen(m->boundary);
	return m->boundary_len > 0 &&
	    take_until_delimiter(m, &preamble) != DELIMITER_NONE;
}

bool
multipart_next(struct multipart *m, struct part *out)
{
	struct bytes part;

	memset(out, 0, sizeof *out);
	if (m->closed || take_until_delimiter(m, &part) == DELIMITER_NONE)
		return false;
	read_fields(&part, out);
	out->body = part;
	return true;
}
