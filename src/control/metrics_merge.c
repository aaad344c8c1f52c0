/* metrics_merge -- the same families of several rollouts in one text.
 * SPDX-License-Identifier: MIT
 *
 * A family may stand in an exposition once only, with all its series behind its
 * head.  Each rollout's text is written as if it were alone; here the texts are
 * laid side by side, family by family.
 */
#include "control/metrics_lines.h"

#include <stdbool.h>
#include <string.h>

#include "config/settings.h"

/* "# HELP", "# TYPE" */
static bool
is_head(const char *line)
{
	return line[0] == '#';
}

static const char *
line_end(const char *line)
{
	const char *end = strchr(line, '\n');

	return end != NULL ? end + 1 : line + strlen(line);
}

/* The lines of a head, given or skipped; where its series begin. */
static const char *
copy_head(const char *at, struct buf *b)
{
	while (is_head(at)) {
		const char *end = line_end(at);

		if (b != NULL)
			buf_add(b, at, (size_t)(end - at));
		at = end;
	}
	return at;
}

static void
copy_series(const char *line, const char *end, const char *name,
    struct buf *b)
{
	size_t len = strcspn(line, "{ ");
	bool has_labels = line[len] == '{';

	buf_add(b, line, len);
	buf_puts(b, "{");
	add_label(b, "rollout", name);
	buf_puts(b, has_labels ? "," : "}");
	line += len + has_labels;
	buf_add(b, line, (size_t)(end - line));
}

void
metrics_merge(struct buf *b, const struct metrics_part *parts, size_t count)
{
	const char *at[ROLLOUTS_MAX];

	for (size_t i = 0; i < count; i++)
		at[i] = parts[i].text.bytes;
	while (*at[0] != '\0')
		for (size_t i = 0; i < count; i++) {
			at[i] = copy_head(at[i], i == 0 ? b : NULL);
			while (*at[i] != '\0' && !is_head(at[i])) {
				const char *end = line_end(at[i]);

				copy_series(at[i], end, parts[i].name, b);
				at[i] = end;
			}
		}
}
