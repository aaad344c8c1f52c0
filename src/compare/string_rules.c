/* string_rules -- see string_rules.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/string_rules.h"

#include <stdbool.h>
#include <string.h>
#include <xxhash.h>

#include "base/case_fold.h"
#include "base/text.h"
#include "compare/moment.h"
#include "compare/url_form.h"

struct string_form {
	bool has_shape;   /* it is what was asked for; the text is "" */
	bool given_up;
	struct shown text;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct shown
trimmed(struct shown s)
{
	while (s.len > 0 && is_space(s.text[0])) {
		s.text++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.text[s.len - 1]))
		s.len--;
	return s;
}

/* RFC 9562, whatever its version. */
static bool
is_uuid(struct shown s)
{
	if (s.len != 36)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.text[i] != '-' : text_hex_digit(s.text[i]) < 0)
			return false;
	}
	return true;
}

/* A full scratch leaves the text as it is: then it is only like itself. */
static struct shown
folded(struct shown s, struct arena *scratch)
{
	char *out = arena_alloc(scratch, s.len + s.len / 2 + 1);

	if (out == NULL)
		return s;
	return (struct shown){ out, case_fold_text(s.text, s.len, out) };
}

static struct shown
normalised(struct shown s, bool sort_query, struct arena *scratch)
{
	size_t len;
	const char *text = url_form(s.text, s.len, sort_query, scratch, &len);

	return text == NULL ? s : (struct shown){ text, len };
}

static enum regex_result
match(const struct value_rules *rules, struct shown s,
    struct string_tools *tools)
{
	enum regex_result result;

	if (tools->given_up >= STRING_GIVEN_UP_MAX)
		return REGEX_LIMIT;
	if (tools->room == NULL)
		tools->room = regex_room_new();
	result = regex_match(rules->pattern, tools->room, s.text, s.len);
	if (result == REGEX_LIMIT)
		tools->given_up++;
	return result;
}

static struct string_form
form_of_match(const struct value_rules *rules, struct shown s,
    struct string_tools *tools)
{
	switch (match(rules, s, tools)) {
	case REGEX_YES:
		return (struct string_form){ .has_shape = true };
	case REGEX_LIMIT:
		return (struct string_form){ .given_up = true, .text = s };
	case REGEX_NO:
		break;
	}
	return (struct string_form){ .text = s };
}

static struct string_form
form_of(const struct value_rules *rules, struct shown s,
    struct string_tools *tools)
{
	struct string_form f = { .text = s };

	switch (rules->string) {
	case STRING_AUTO:
	case STRING_EXACT:
	case STRING_TIMESTAMP:
	case STRING_TEXT:
		break;
	case STRING_CASE:
		f.text = folded(s, tools->scratch);
		break;
	case STRING_TRIMMED:
		f.text = trimmed(s);
		break;
	case STRING_REGEX:
		return form_of_match(rules, s, tools);
	case STRING_UUID:
		if (is_uuid(s))
			return (struct string_form){ .has_shape = true };
		break;
	case STRING_URL:
		f.text = normalised(s, rules->query == QUERY_SET,
		    tools->scratch);
		break;
	}
	return f;
}

static bool
is_equal(struct shown a, struct shown b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.text, b.text, a.len) == 0);
}

static enum string_result
compare_moments(const struct value_rules *rules, struct shown a,
    struct shown b)
{
	struct moment x, y;

	return moment_read(a.text, a.len, &x) &&
	    moment_read(b.text, b.len, &y) &&
	    moment_is_within(&x, &y, rules->within_ms) ? STRING_SAME :
	    STRING_DIFFERENT;
}

enum string_result
string_compare(const struct value_rules *rules, struct shown a,
    struct shown b, struct string_tools *tools)
{
	struct string_form x, y;

	if (is_equal(a, b))
		return STRING_SAME;
	if (rules->string == STRING_TIMESTAMP)
		return compare_moments(rules, a, b);
	x = form_of(rules, a, tools);
	y = form_of(rules, b, tools);
	if (x.given_up || y.given_up)
		return STRING_GIVEN_UP;
	return x.has_shape == y.has_shape && is_equal(x.text, y.text) ?
	    STRING_SAME : STRING_DIFFERENT;
}

uint64_t
string_hash(const struct value_rules *rules, struct shown s,
    struct string_tools *tools)
{
	struct string_form f = form_of(rules, s, tools);

	return XXH3_64bits_withSeed(f.text.len > 0 ? f.text.text : "",
	    f.text.len, f.has_shape);
}

void
string_fini(struct string_tools *tools)
{
	regex_room_free(&tools->room);
}
