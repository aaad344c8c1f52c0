/* proposal -- see proposal.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/proposal.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "ctl/fields.h"

#define ELLIPSIS "\xe2\x80\xa6"

static bool
is_word(const char *path)
{
	static const char *const words[] = { "text", "body", "status",
		"outcome" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i], path) == 0)
			return true;
	return strncmp(path, "header:", 7) == 0 && path[7] != '\0';
}

bool
proposal_check(const char *path, struct err *err)
{
	size_t len = strlen(path);

	if (!text_is_utf8(path, len))
		return err_set(err, "--propose: the path is not UTF-8");
	if (path[0] != '/' && !is_word(path))
		return err_set(err, "--propose: '%s' is neither a JSON pointer nor "
		    "text, body, status, outcome or header:NAME", path);
	if (len >= 3 && strcmp(path + len - 3, ELLIPSIS) == 0)
		return err_set(err, "--propose: '%s' was cut, and other places begin "
		    "like it; name one above it", path);
	return true;
}

/* What is known of the place. */
struct known {
	double pairs;      /* of the kind that most of them have */
	double compared;
	size_t rows;
	bool is_noise;     /* all of it */
	struct buf kinds;  /* owns; "value, type" */
};

static void
look(const char *path, const json_t *differences, struct known *out)
{
	const json_t *rows = field(differences, "differences");

	*out = (struct known){ .is_noise = true };
	buf_puts(&out->kinds, "");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		if (strcmp(field_text(row, "path"), path) != 0)
			continue;
		if (field_number(row, "count") > out->pairs) {
			out->pairs = field_number(row, "count");
			out->compared = field_number(row, "compared");
		}
		if (strcmp(field_text(row, "noise.state"), "noise") != 0)
			out->is_noise = false;
		buf_puts(&out->kinds, out->rows++ > 0 ? ", " : "");
		add_plain(&out->kinds, field_text(row, "kind"), 0);
	}
}

static void
write_rule(const char *path, bool as_noise, struct buf *rule)
{
	json_t *o = as_noise ? json_pack("{s:{s:[{s:s, s:s}]}}", "noise", "pins",
	    "path", path, "as", "noise") :
	    json_pack("{s:{s:[s]}}", "compare", "ignore", path);
	char *written = json_dumps(o, JSON_INDENT(2));

	buf_puts(rule, written);
	buf_puts(rule, "\n");
	free(written);
	json_decref(o);
}

void
proposal_write(const char *path, const json_t *differences, struct buf *rule,
    struct buf *why)
{
	struct known known;

	look(path, differences, &known);
	write_rule(path, path[0] != '/' || (known.rows > 0 && known.is_noise),
	    rule);
	if (known.rows == 0) {
		buf_puts(why, "no pair has differed at ");
		add_plain(why, path, 0);
		buf_puts(why, " since the server was started");
	} else {
		add_count(why, known.pairs);
		buf_puts(why, " of ");
		add_count(why, known.compared);
		buf_puts(why, " pairs differ at ");
		add_plain(why, path, 0);
		buf_printf(why, " (%s)", known.kinds.bytes);
	}
	buf_puts(why, "; nothing was changed: put it into the rules, and reload\n");
	buf_fini(&known.kinds);
}
