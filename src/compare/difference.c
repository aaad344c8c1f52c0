/* difference -- see difference.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/difference.h"

#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "compare/redact.h"
#include "compare/shorten.h"

#define DIFF_PATH_SPACE sizeof ((struct difference *)0)->path

void
diff_set_init(struct diff_set *set)
{
	/* The entries are 20 kB and mostly none is used. */
	memset(set, 0, offsetof(struct diff_set, texts));
	set->similarity = -1;
}

void
difference_set_redactor(struct diff_set *set, struct redactor *redactor)
{
	set->redactor = redactor_is_idle(redactor) ? NULL : redactor;
	if (set->redactor != NULL)
		memset(set->seen, 0, sizeof set->seen);
}

void
difference_set_wholes(struct diff_set *set, struct shown legacy,
    struct shown enhanced)
{
	set->legacy_whole = legacy;
	set->enhanced_whole = enhanced;
}

/* The path as it may be kept. */
static void
copy_path(const struct diff_set *set, const char *path,
    char out[DIFF_PATH_SPACE])
{
	struct buf place = { 0 };

	if (set->redactor == NULL) {
		text_copy(out, DIFF_PATH_SPACE, path, strlen(path));
		return;
	}
	redact_place(set->redactor, path, &place);
	text_copy(out, DIFF_PATH_SPACE, place.bytes, place.len);
	buf_fini(&place);
}

static bool
is_kept(const struct diff_set *set, const char *path, enum diff_kind kind,
    bool is_text)
{
	for (unsigned i = 0; i < set->count; i++) {
		const struct difference *d = &set->entries[i];

		if (d->kind == kind && d->is_text == is_text &&
		    strcmp(d->path, path) == 0)
			return true;
	}
	return false;
}

/* Has that, by its path as it was, been here before? */
static bool
was_seen(struct diff_set *set, const char *path, enum diff_kind kind,
    bool is_text)
{
	uint64_t mark = XXH3_64bits(path, strlen(path)) +
	    (2 * (uint64_t)kind + is_text) * UINT64_C(0x9e3779b97f4a7c15);
	uint64_t *place = &set->seen[mark % DIFF_SEEN];
	bool yes = *place == mark && mark != 0;

	*place = mark;
	return yes;
}

static void
fill(const struct diff_set *set, const char *path, struct difference *d,
    struct shown legacy, struct shown enhanced)
{
	struct redact_pair p = { .path = path, .legacy = legacy,
		.enhanced = enhanced, .legacy_whole = set->legacy_whole,
		.enhanced_whole = set->enhanced_whole };

	if (set->redactor != NULL)
		redact_values(set->redactor, &p);
	shorten_pair(d->legacy, d->enhanced, sizeof d->legacy, p.legacy.text,
	    p.legacy.len, p.enhanced.text, p.enhanced.len);
	buf_fini(&p.legacy_space);
	buf_fini(&p.enhanced_space);
}

static void
add(struct diff_set *set, const char *path, enum diff_kind kind, bool is_text,
    struct shown legacy, struct shown enhanced)
{
	char kept_path[DIFF_PATH_SPACE];
	struct difference *d;

	set->found++;
	if (set->redactor != NULL && was_seen(set, path, kind, is_text))
		return;
	copy_path(set, path, kept_path);
	if (is_kept(set, kept_path, kind, is_text))
		return;
	if (set->count == DIFF_SET_MAX) {
		set->crowded = true;
		return;
	}
	d = &set->entries[set->count++];
	memcpy(d->path, kept_path, sizeof d->path);
	d->kind = (uint8_t)kind;
	d->is_text = is_text;
	fill(set, path, d, legacy, enhanced);
}

void
difference_add(struct diff_set *set, const char *path, enum diff_kind kind,
    struct shown legacy, struct shown enhanced)
{
	add(set, path, kind, false, legacy, enhanced);
}

void
difference_add_text(struct diff_set *set, const char *path,
    struct shown legacy, struct shown enhanced)
{
	add(set, path, DIFF_VALUE, true, legacy, enhanced);
}

/* NULL: there is no room for another path. */
static struct text_note *
note_for(struct diff_set *set, const char *path)
{
	char kept_path[DIFF_PATH_SPACE];
	struct text_note *n;

	copy_path(set, path, kept_path);
	for (unsigned i = 0; i < set->text_count; i++)
		if (strcmp(set->texts[i].path, kept_path) == 0)
			return &set->texts[i];
	if (set->text_count == DIFF_TEXTS_MAX) {
		set->texts_crowded = true;
		return NULL;
	}
	n = &set->texts[set->text_count++];
	memcpy(n->path, kept_path, sizeof n->path);
	n->similarity = 1;
	return n;
}

void
difference_note_text(struct diff_set *set, const char *path,
    double similarity)
{
	struct text_note *n = note_for(set, path);

	if (n != NULL && similarity < n->similarity)
		n->similarity = similarity;
	if (set->similarity < 0 || similarity < set->similarity)
		set->similarity = similarity;
}
