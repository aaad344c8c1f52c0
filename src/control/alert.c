/* alert -- see alert.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/alert.h"

#include <string.h>

#include "base/text.h"

static void
copy(char *out, size_t space, const char *text)
{
	size_t len = strlen(text);

	/* Not half a character. */
	if (len >= space)
		len = text_utf8_prefix(text, space - 1);
	text_copy(out, space, text, len);
}

void
alert_fill(struct alert *a, const struct rollout_state *s, const char *name,
    const char *summary, const char *evidence)
{
	size_t used = strlen(a->rollout);

	/* Rollouts count their epochs apart: the same rule in two of them is two
	 * troubles. */
	if (used > 0) {
		copy(a->name, sizeof a->name, a->rollout);
		used = strlen(a->name);
		copy(a->name + used, sizeof a->name - used, "/");
		used = strlen(a->name);
	}
	copy(a->name + used, sizeof a->name - used, name);
	copy(a->stage, sizeof a->stage, s->stage);
	a->percent = s->percent;
	a->latched = s->latched;
	copy(a->summary, sizeof a->summary, summary);
	/* Half a JSON object is worse than none. */
	if (strlen(evidence) < sizeof a->evidence)
		copy(a->evidence, sizeof a->evidence, evidence);
}
