/* rejudge -- see rejudge.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/rejudge.h"

#include <inttypes.h>
#include <string.h>

#include "base/pointer_tree.h"
#include "base/text.h"
#include "compare/keep.h"
#include "compare/nature.h"
#include "compare/place.h"
#include "observe/redact.h"

#define ELLIPSIS "\xe2\x80\xa6"

/* --- what is hidden ------------------------------------------------------------ */

static bool
is_redacted(const struct buf *b)
{
	return b->len > 0 && memmem(b->bytes, b->len, REDACTED,
	    strlen(REDACTED)) != NULL;
}

static bool
is_part(const struct kept_answer *a)
{
	return a->cut || a->left_out[0] != '\0';
}

static bool
is_cut(const char *path)
{
	size_t len = strlen(path);

	return len >= 3 && memcmp(path + len - 3, ELLIPSIS, 3) == 0;
}

/* Down the path as it was recorded, where "*" was any item.  The level, or -1:
 * a rule speaks of one of these items alone. */
static int
walk(struct place *p, const char *path)
{
	char name[sizeof ((struct samples_difference *)0)->path];
	unsigned level = 0;

	while (*path == '/') {
		size_t len = strcspn(++path, "/");

		if (len == 1 && *path == '*') {
			if (place_has_index(p, level))
				return -1;
			place_enter_item(p, level, 0);
		} else {
			place_enter(p, level, name,
			    pointer_unescape(path, len, name));
		}
		level++;
		path += len;
	}
	return (int)level;
}

static bool
is_presence(const char *kind)
{
	return strcmp(kind, diff_kind_name(DIFF_MISSING)) == 0 ||
	    strcmp(kind, diff_kind_name(DIFF_EXTRA)) == 0;
}

static bool
is_ignored(const struct samples_difference *d,
    const struct compare_rules *rules, struct arena *a)
{
	struct place *p = rules->places == NULL ? NULL :
	    place_begin(rules->places, a);
	int level = p == NULL ? -1 : walk(p, d->path);

	if (level < 0)
		return false;
	if (place_view(p, (unsigned)level) == VIEW_PRESENCE)
		return !is_presence(d->kind);
	return place_view(p, (unsigned)level) == VIEW_SKIP &&
	    !place_reveals(p, (unsigned)level);
}

/* A header is looked at if the rules name it. */
static bool
is_header_left_out(const char *path, const struct compare_rules *rules)
{
	if (strncmp(path, "header:", 7) != 0)
		return false;
	for (size_t i = 0; i < rules->header_count; i++)
		if (strcmp(rules->headers[i].name, path + 7) == 0)
			return false;
	return true;
}

/* Can what was recorded there still be a difference that counts? */
static bool
may_count(const struct samples_difference *d, const struct config *config,
    struct arena *a)
{
	const struct noise_pin *pin = noise_pin_of(&config->rules.noise,
	    d->path);
	bool counts = true;

	arena_reset(a);
	if (pin != NULL)
		return pin->as != PIN_NOISE;
	if (d->path[0] == '/' && !is_cut(d->path))
		counts = !is_ignored(d, &config->rules.compare, a);
	return counts && !is_header_left_out(d->path, &config->rules.compare);
}

/* Nothing of it shows a difference: may there be one all the same? */
static bool
may_hide(const struct kept_sample *k,
    const struct samples_difference *recorded, unsigned count,
    const struct config *config, struct arena *a)
{
	bool is_hidden = false;

	for (int v = 0; v < VERSION_COUNT; v++) {
		if (!k->answers[v].there || is_part(&k->answers[v]))
			return true;
		is_hidden = is_hidden || is_redacted(&k->answers[v].body) ||
		    is_redacted(&k->answers[v].fields);
	}
	if (!is_hidden)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (may_count(&recorded[i], config, a))
			return true;
	return count == RECORD_DIFFS_MAX; /* there may have been more */
}

/* --- one pair ------------------------------------------------------------------ */

unsigned
rejudge_pair(const struct kept_sample *k,
    const struct samples_difference *recorded, unsigned recorded_count,
    struct config *config, struct noise_board *board, struct arena *a)
{
	struct sample *s = sample_new(config);
	struct finding f;

	arena_reset(a);
	memcpy(s->route, k->route, sizeof s->route);
	for (int v = 0; v < VERSION_COUNT; v++)
		keep_restore(&k->answers[v], &s->answers[v]);
	/* What was not to be kept is not in it any more. */
	judge_sample(s, NULL, a, &f);
	nature_settle(s, board, &f);
	sample_free(&s);
	if (f.verdict != VERDICT_DIFFERENT &&
	    may_hide(k, recorded, recorded_count, config, a))
		return REJUDGED_UNKNOWN;
	return f.verdict;
}

/* --- all of them --------------------------------------------------------------- */

const char *
rejudged_name(unsigned verdict)
{
	return verdict == REJUDGED_UNKNOWN ? "unknown" :
	    verdict_name((enum verdict)verdict);
}

static uint64_t
row_sum(const struct rejudge_tally *t, int was)
{
	uint64_t sum = 0;

	for (int now = 0; now < REJUDGED_COUNT; now++)
		sum += t->counts[was][now];
	return sum;
}

uint64_t
rejudge_pairs(const struct rejudge_tally *t)
{
	uint64_t sum = 0;

	for (int was = 0; was < VERDICT_COUNT; was++)
		sum += row_sum(t, was);
	return sum;
}

uint64_t
rejudge_changes(const struct rejudge_tally *t)
{
	uint64_t sum = 0;

	for (int was = 0; was < VERDICT_COUNT; was++)
		sum += row_sum(t, was) - t->counts[was][was] -
		    t->counts[was][REJUDGED_UNKNOWN];
	return sum;
}

void
rejudge_write_text(const struct rejudge_tally *t, struct buf *out)
{
	buf_printf(out, "%-14s", "kept as");
	for (unsigned now = 0; now < REJUDGED_COUNT; now++)
		buf_printf(out, "%14s", rejudged_name(now));
	buf_puts(out, "\n");
	for (int was = 0; was < VERDICT_COUNT; was++) {
		if (row_sum(t, was) == 0)
			continue;
		buf_printf(out, "%-14s", rejudged_name((unsigned)was));
		for (int now = 0; now < REJUDGED_COUNT; now++)
			buf_printf(out, "%14" PRIu64, t->counts[was][now]);
		buf_puts(out, "\n");
	}
}

void
rejudge_write_json(const struct rejudge_tally *t, struct buf *out)
{
	buf_printf(out, "\"pairs\": %" PRIu64 ", \"changed\": %" PRIu64
	    ", \"matrix\": {", rejudge_pairs(t), rejudge_changes(t));
	for (int was = 0; was < VERDICT_COUNT; was++) {
		buf_printf(out, "%s\"%s\": {", was > 0 ? ", " : "",
		    rejudged_name((unsigned)was));
		for (unsigned now = 0; now < REJUDGED_COUNT; now++)
			buf_printf(out, "%s\"%s\": %" PRIu64, now > 0 ? ", " : "",
			    rejudged_name(now), t->counts[was][now]);
		buf_puts(out, "}");
	}
	buf_puts(out, "}");
}
