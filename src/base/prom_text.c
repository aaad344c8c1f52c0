/* prom_text -- see prom_text.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/prom_text.h"

#include <stdlib.h>
#include <string.h>

/* A number needs no more, and what does is none. */
#define NUMBER_MAX 63

/* What is left to read. */
struct span {
	const char *at, *end;
};

/* --- pieces ------------------------------------------------------------------- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    c == ':';
}

static size_t
name_len(struct span s)
{
	const char *p = s.at;

	while (p < s.end && (is_letter(*p) || (p > s.at && *p >= '0' && *p <= '9')))
		p++;
	return (size_t)(p - s.at);
}

static void
skip_blanks(struct span *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
}

static bool
take(struct span *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* One character of a value, its escape undone; false: it ends here, or not
 * at all. */
static bool
value_char(struct span *s, char *out)
{
	if (s->at == s->end || *s->at == '"')
		return false;
	*out = *s->at++;
	if (*out != '\\')
		return true;
	if (s->at == s->end)
		return false;
	*out = *s->at == 'n' ? '\n' : *s->at;
	s->at++;
	return true;
}

/* The name of a label up to the quote of its value; 0: there is none. */
static size_t
label_name(struct span *s, const char **name_out)
{
	size_t len;

	skip_blanks(s);
	*name_out = s->at;
	len = name_len(*s);
	s->at += len;
	skip_blanks(s);
	if (len == 0 || !take(s, '='))
		return 0;
	skip_blanks(s);
	return take(s, '"') ? len : 0;
}

/* --- a selector ----------------------------------------------------------------- */

static bool
store(struct prom_selector *out, size_t *used, const char *text, size_t len,
    size_t *at_out)
{
	if (len > PROM_STORE_MAX - *used)
		return false;
	memcpy(out->store + *used, text, len);
	*at_out = *used;
	*used += len;
	return true;
}

static const char *
parse_label(struct span *s, struct prom_selector *out, size_t *used)
{
	struct prom_label *l = &out->labels[out->label_count];
	const char *name;
	char c;

	if (out->label_count == PROM_LABELS_MAX)
		return "has more than 16 labels";
	l->name_len = label_name(s, &name);
	if (l->name_len == 0)
		return "needs labels like name=\"value\" in its braces";
	if (!store(out, used, name, l->name_len, &l->name))
		return "is too long";
	l->value = *used;
	while (value_char(s, &c)) {
		size_t at;

		if (!store(out, used, &c, 1, &at))
			return "is too long";
		l->value_len++;
	}
	if (!take(s, '"'))
		return "has a value without its closing quote";
	out->label_count++;
	return NULL;
}

static const char *
parse_labels(struct span *s, struct prom_selector *out, size_t *used)
{
	const char *why;

	do {
		skip_blanks(s);
		if (s->at < s->end && *s->at == '}')
			break;
		why = parse_label(s, out, used);
		if (why != NULL)
			return why;
		skip_blanks(s);
	} while (take(s, ','));
	return take(s, '}') ? NULL : "has a brace that is not closed";
}

bool
prom_selector_parse(const char *text, size_t len, struct prom_selector *out,
    const char **why)
{
	struct span s = { text, text + len };
	size_t used = 0, at;

	*out = (struct prom_selector){ .name_len = name_len(s) };
	*why = "does not begin with the name of a metric";
	if (out->name_len == 0)
		return false;
	*why = "is too long";
	if (!store(out, &used, text, out->name_len, &at))
		return false;
	s.at += out->name_len;
	*why = take(&s, '{') ? parse_labels(&s, out, &used) : NULL;
	if (*why == NULL && s.at != s.end)
		*why = "has something behind its end";
	return *why == NULL;
}

/* --- a line ----------------------------------------------------------------------- */

/* Does the value that begins here equal that one?  Goes behind it; false also
 * when it has no end. */
static bool
value_is(struct span *s, const char *want, size_t want_len, bool *same)
{
	size_t n = 0;
	char c;

	*same = true;
	for (; value_char(s, &c); n++)
		if (n >= want_len || want[n] != c)
			*same = false;
	*same = *same && n == want_len;
	return take(s, '"');
}

/* The label that is asked for under this name; NULL: none is. */
static const struct prom_label *
find_label(const struct prom_selector *q, const char *name, size_t len)
{
	for (size_t i = 0; i < q->label_count; i++)
		if (q->labels[i].name_len == len &&
		    memcmp(q->store + q->labels[i].name, name, len) == 0)
			return &q->labels[i];
	return NULL;
}

/* Behind the opening brace.  Every label that is asked for must be there; one
 * that is asked for twice cannot be. */
static bool
labels_match(const struct prom_selector *q, struct span *s)
{
	unsigned found = 0;

	for (;;) {
		const struct prom_label *l;
		const char *name;
		size_t len;
		bool same;

		skip_blanks(s);
		if (take(s, '}'))
			return found == (1u << q->label_count) - 1;
		len = label_name(s, &name);
		if (len == 0)
			return false;
		l = find_label(q, name, len);
		if (!value_is(s, l != NULL ? q->store + l->value : "",
		    l != NULL ? l->value_len : 0, &same))
			return false;
		if (l != NULL && same)
			found |= 1u << (l - q->labels);
		skip_blanks(s);
		if (!take(s, ',') && (s->at == s->end || *s->at != '}'))
			return false;
	}
}

static bool
read_number(struct span s, double *out)
{
	char text[NUMBER_MAX + 1], *end;
	size_t len = 0;

	skip_blanks(&s);
	while (s.at + len < s.end && s.at[len] != ' ' && s.at[len] != '\t' &&
	    s.at[len] != '\r')
		len++;
	if (len == 0 || len > NUMBER_MAX || memchr(s.at, '\0', len) != NULL)
		return false;
	memcpy(text, s.at, len);
	text[len] = '\0';
	*out = strtod(text, &end);
	return *end == '\0';
}

static bool
line_matches(const struct prom_selector *q, struct span s, double *value_out)
{
	skip_blanks(&s);
	if (name_len(s) != q->name_len ||
	    memcmp(s.at, q->store, q->name_len) != 0)
		return false;
	s.at += q->name_len;
	skip_blanks(&s);
	if (take(&s, '{')) {
		if (!labels_match(q, &s))
			return false;
	} else if (q->label_count > 0) {
		return false;
	}
	return read_number(s, value_out);
}

size_t
prom_text_sum(const struct prom_selector *s, const char *text, size_t len,
    double *sum_out)
{
	const char *end = text + len;
	size_t count = 0;

	*sum_out = 0;
	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		double value;

		if (stop == NULL)
			stop = end;
		if (line_matches(s, (struct span){ line, stop }, &value)) {
			*sum_out += value;
			count++;
		}
		line = stop + 1;
	}
	return count;
}
