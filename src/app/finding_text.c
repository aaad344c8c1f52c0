/* finding_text -- see finding_text.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/finding_text.h"

#include <string.h>

/* --- for people ------------------------------------------------------------- */

static void
write_verdict(const struct finding *f, struct buf *out)
{
	const struct diff_set *set = &f->diffs;

	buf_puts(out, verdict_name(f->verdict));
	if (f->verdict == VERDICT_INCOMPARABLE)
		buf_printf(out, ": %s", f->reason);
	if (set->found > 0)
		buf_printf(out, ", %u %s", set->found, set->found == 1 ?
		    "difference" : "differences");
	if (set->found > set->count)
		buf_printf(out, " at %u places%s", set->count, set->crowded ?
		    " and others" : "");
	if (f->is_cut)
		buf_puts(out, ", and not looked at to the end");
	if (set->similarity >= 0)
		buf_printf(out, ", texts %.3f alike", set->similarity);
	buf_puts(out, "\n");
}

static void
write_value(const char *version, const char *value, struct buf *out)
{
	buf_printf(out, "          %-9s %s\n", version, value[0] != '\0' ? value :
	    "(absent)");
}

void
finding_write_text(const struct finding *f, struct buf *out)
{
	write_verdict(f, out);
	for (unsigned i = 0; i < f->diffs.count; i++) {
		const struct difference *d = &f->diffs.entries[i];

		buf_printf(out, "%-9s %s\n", diff_kind_name(d->kind),
		    d->path[0] != '\0' ? d->path : "(the whole)");
		write_value("legacy", d->legacy, out);
		write_value("enhanced", d->enhanced, out);
	}
}

/* --- for programs ----------------------------------------------------------- */

static void
write_member(const char *name, const char *text, struct buf *out)
{
	buf_printf(out, ", \"%s\": ", name);
	buf_json_string(out, text, strlen(text));
}

static void
write_difference(const struct difference *d, struct buf *out)
{
	buf_puts(out, "{\"path\": ");
	buf_json_string(out, d->path, strlen(d->path));
	write_member("kind", diff_kind_name(d->kind), out);
	buf_printf(out, ", \"text\": %s", d->is_text ? "true" : "false");
	write_member("legacy", d->legacy, out);
	write_member("enhanced", d->enhanced, out);
	buf_puts(out, "}");
}

void
finding_write_json(const struct finding *f, struct buf *out)
{
	const struct diff_set *set = &f->diffs;

	buf_printf(out, "\"verdict\": \"%s\"", verdict_name(f->verdict));
	write_member("reason", f->reason, out);
	buf_puts(out, ", \"similarity\": ");
	if (set->similarity >= 0)
		buf_printf(out, "%.6f", set->similarity);
	else
		buf_puts(out, "null");
	buf_printf(out, ", \"found\": %u, \"complete\": %s, \"differences\": [",
	    set->found, set->crowded || f->is_cut ? "false" : "true");
	for (unsigned i = 0; i < set->count; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		write_difference(&set->entries[i], out);
	}
	buf_puts(out, "]");
}
