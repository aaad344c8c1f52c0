/* judge -- one sample to one verdict.
 * SPDX-License-Identifier: MIT
 */
#include "compare/judge.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "compare/content.h"
#include "compare/header_diff.h"
#include "compare/json_diff.h"
#include "compare/redact.h"
#include "compare/text.h"

/* One sample on its way through the steps.  A step returns true when it has
 * decided. */
struct trial {
	const struct answer *answers[VERSION_COUNT]; /* borrow */
	const struct compare_rules *rules;           /* borrows */
	struct arena *arena;                         /* borrows */
	struct finding *out;                         /* borrows */
	struct content contents[VERSION_COUNT];
};

static const struct answer *
answer_of(const struct trial *t, enum version v)
{
	return t->answers[v];
}

/* A difference that was found stands, whatever else is the same. */
static bool
same(struct trial *t)
{
	t->out->verdict = t->out->diffs.found > 0 ? VERDICT_DIFFERENT :
	    VERDICT_SAME;
	t->out->is_whole = true;
	return true;
}

/* The reason reads "whose: what why"; why may be "".  A header that differs
 * is known all the same. */
static bool
incomparable(struct trial *t, const char *whose, const char *what,
    const char *why)
{
	char reason[160];

	if (t->out->diffs.found > 0) {
		t->out->verdict = VERDICT_DIFFERENT;
		t->out->is_cut = true;
		return true;
	}
	snprintf(reason, sizeof reason, "%s: %s%s%s", whose, what,
	    *why != '\0' ? " " : "", why);
	text_copy(t->out->reason, sizeof t->out->reason, reason,
	    strlen(reason));
	t->out->verdict = VERDICT_INCOMPARABLE;
	return true;
}

static bool
different(struct trial *t, const char *path, enum diff_kind kind,
    struct shown legacy, struct shown enhanced)
{
	difference_add(&t->out->diffs, path, kind, legacy, enhanced);
	t->out->verdict = VERDICT_DIFFERENT;
	return true;
}

static struct shown
word(const char *text)
{
	return (struct shown){ text, strlen(text) };
}

/* --- outcome and status ------------------------------------------------ */

static bool
has_answered(const struct answer *a)
{
	return a->status != 0 &&
	    (a->outcome == OUTCOME_DONE || a->outcome == OUTCOME_UPSTREAM_5XX);
}

static bool
by_outcome(struct trial *t)
{
	const struct answer *l = answer_of(t, VERSION_LEGACY);
	const struct answer *e = answer_of(t, VERSION_ENHANCED);
	const char *l_name = outcome_info(l->outcome)->name;
	const char *e_name = outcome_info(e->outcome)->name;
	bool l_answered = has_answered(l), e_answered = has_answered(e);

	if (l_answered && e_answered)
		return false;
	if (!l_answered && !outcome_is_failure(l->outcome))
		return incomparable(t, "legacy", "no whole answer,", l_name);
	if (!e_answered && !outcome_is_failure(e->outcome))
		return incomparable(t, "enhanced", "no whole answer,", e_name);
	if (!l_answered && !e_answered)
		return incomparable(t, "both failed", l_name, e_name);
	return different(t, "outcome", DIFF_VALUE, word(l_name), word(e_name));
}

static bool
by_status(struct trial *t)
{
	unsigned l = answer_of(t, VERSION_LEGACY)->status;
	unsigned e = answer_of(t, VERSION_ENHANCED)->status;
	char l_text[12], e_text[12];

	if (l == e)
		return false;
	snprintf(l_text, sizeof l_text, "%u", l);
	snprintf(e_text, sizeof e_text, "%u", e);
	return different(t, "status", DIFF_VALUE, word(l_text), word(e_text));
}

/* Decides nothing: what is found here stands, whatever comes behind it. */
static bool
by_headers(struct trial *t)
{
	header_diff(answer_of(t, VERSION_LEGACY), answer_of(t, VERSION_ENHANCED),
	    t->rules, t->arena, &t->out->diffs);
	return false;
}

/* --- bytes ------------------------------------------------------------- */

static bool
is_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static struct bytes
body_of(const struct answer *a)
{
	struct bytes b = { "", 0 };

	if (a->body != NULL) {
		b.at = a->body->bytes;
		b.len = a->body->len;
	}
	return b;
}

static bool
by_raw_bytes(struct trial *t)
{
	const struct answer *l = answer_of(t, VERSION_LEGACY);
	const struct answer *e = answer_of(t, VERSION_ENHANCED);

	for (int v = 0; v < VERSION_COUNT; v++) {
		if (answer_of(t, v)->truncated)
			return incomparable(t, version_name(v),
			    "body over limits.capture", "");
		if (answer_of(t, v)->is_part)
			return incomparable(t, version_name(v),
			    "kept only in part", "");
	}
	if (strcmp(l->content_encoding, e->content_encoding) == 0 &&
	    is_equal(body_of(l), body_of(e)))
		return same(t);
	return false;
}

static bool
by_decoded_bytes(struct trial *t)
{
	for (int v = 0; v < VERSION_COUNT; v++)
		if (!content_decode(answer_of(t, v), t->arena,
		    &t->contents[v]))
			return incomparable(t, version_name(v),
			    t->contents[v].why, "");
	return is_equal(t->contents[VERSION_LEGACY].bytes,
	    t->contents[VERSION_ENHANCED].bytes) && same(t);
}

/* --- content ----------------------------------------------------------- */

static bool
by_form(struct trial *t)
{
	const struct content *l = &t->contents[VERSION_LEGACY];
	const struct content *e = &t->contents[VERSION_ENHANCED];
	enum diff_kind kind;

	for (int v = 0; v < VERSION_COUNT; v++)
		if (!content_read(answer_of(t, v), t->rules->dialects, t->arena,
		    &t->contents[v]))
			return incomparable(t, version_name(v),
			    t->contents[v].why, "");
	if (l->form == e->form)
		return false;
	kind = e->form == CONTENT_NOTHING ? DIFF_MISSING :
	    l->form == CONTENT_NOTHING ? DIFF_EXTRA : DIFF_TYPE;
	return different(t, "body", kind,
	    word(kind == DIFF_EXTRA ? "" : content_form_name(l->form)),
	    word(kind == DIFF_MISSING ? "" : content_form_name(e->form)));
}

static bool
by_tree(struct trial *t)
{
	bool whole = json_diff(t->contents[VERSION_LEGACY].tree,
	    t->contents[VERSION_ENHANCED].tree, t->rules, t->arena,
	    &t->out->diffs);

	t->out->is_whole = whole;
	t->out->is_cut = !whole;
	/* A difference that was found stands, whatever was not looked at. */
	if (t->out->diffs.found > 0) {
		t->out->verdict = VERDICT_DIFFERENT;
		return true;
	}
	return whole ? same(t) :
	    incomparable(t, "both", "too large", "to compare");
}

/* JSON that is cut or broken is no text: alike is not enough. */
static bool
is_broken(const struct trial *t)
{
	return t->contents[VERSION_LEGACY].broken ||
	    t->contents[VERSION_ENHANCED].broken;
}

/* Places that must not be kept cannot be found in what is no document; so
 * none of it is shown. */
static bool
may_show_text(const struct trial *t)
{
	const struct redactor *r = t->out->diffs.redactor;

	return r == NULL || r->rules->pointer_count == 0 || !is_broken(t);
}

static void
note_text(struct trial *t, const struct text_finding *f, struct shown legacy,
    struct shown enhanced)
{
	struct diff_set *set = &t->out->diffs;

	difference_note_text(set, "text", f->similarity);
	if (f->alike)
		return;
	if (is_broken(t))
		difference_add(set, "text", DIFF_VALUE, legacy, enhanced);
	else
		difference_add_text(set, "text", legacy, enhanced);
	t->out->verdict = VERDICT_DIFFERENT;
}

static bool
by_text(struct trial *t)
{
	struct bytes l = t->contents[VERSION_LEGACY].bytes;
	struct bytes e = t->contents[VERSION_ENHANCED].bytes;
	struct shown legacy = { l.at, l.len }, enhanced = { e.at, e.len };
	struct text_finding f;

	if (!text_judge(legacy, enhanced,
	    is_broken(t) ? 1 : t->rules->text_similarity, &t->rules->text,
	    t->arena, &f))
		return incomparable(t, "both", "too large", "to compare");
	t->out->is_whole = true;
	difference_set_wholes(&t->out->diffs, legacy, enhanced);
	if (!may_show_text(t)) {
		legacy = enhanced = word(REDACTED);
		f.flag_count = 0;
	}
	note_text(t, &f, legacy, enhanced);
	for (unsigned i = 0; i < f.flag_count; i++)
		(void)different(t, "text", f.flags[i].kind, f.flags[i].legacy,
		    f.flags[i].enhanced);
	return true;
}

/* Of one that was kept there is only what is shown of it. */
static void
show_binary(const struct trial *t, int v, char out[CONTENT_HASH_MAX])
{
	struct bytes b = t->contents[v].bytes;

	if (answer_of(t, v)->form[0] != '\0')
		text_copy(out, CONTENT_HASH_MAX, b.at, b.len);
	else
		content_hash(b, out);
}

static bool
by_binary(struct trial *t)
{
	char texts[VERSION_COUNT][CONTENT_HASH_MAX];

	t->out->is_whole = true;
	for (int v = 0; v < VERSION_COUNT; v++)
		show_binary(t, v, texts[v]);
	return different(t, "body", DIFF_VALUE, word(texts[VERSION_LEGACY]),
	    word(texts[VERSION_ENHANCED]));
}

/* Both have the same form. */
static bool
by_content(struct trial *t)
{
	switch (t->contents[VERSION_LEGACY].form) {
	case CONTENT_JSON:
	case CONTENT_LINES:
	case CONTENT_STREAM:
	case CONTENT_FORM:
	case CONTENT_PARTS:
		return by_tree(t);
	case CONTENT_TEXT:
		return by_text(t);
	case CONTENT_BINARY:
		return by_binary(t);
	case CONTENT_NOTHING:
	case CONTENT_FORM_COUNT:
		break;
	}
	return same(t);
}

void
judge_answers(const struct answer *left, const struct answer *right,
    const struct compare_rules *rules, struct redactor *redactor,
    struct arena *a, struct finding *out)
{
	static bool (*const steps[])(struct trial *) = {
		by_outcome, by_status, by_headers, by_raw_bytes,
		by_decoded_bytes, by_form, by_content,
	};
	struct trial t = {
		.answers = { left, right }, .rules = rules, .arena = a, .out = out,
	};

	out->verdict = VERDICT_SAME;
	out->reason[0] = '\0';
	out->is_whole = out->is_cut = false;
	diff_set_init(&out->diffs);
	difference_set_redactor(&out->diffs, redactor);
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if (steps[i](&t))
			break;
}

void
judge_sample(const struct sample *s, struct redactor *redactor,
    struct arena *a, struct finding *out)
{
	if (redactor != NULL)
		redactor->rules = &s->config->rules.redact;
	judge_answers(&s->answers[VERSION_LEGACY], &s->answers[VERSION_ENHANCED],
	    &s->config->rules.compare, redactor, a, out);
}

/* --- the record -------------------------------------------------------- */

static void
describe(const struct sample *s, struct comparison_record *out)
{
	const struct answer *l = &s->answers[VERSION_LEGACY];
	const struct answer *e = &s->answers[VERSION_ENHANCED];

	/* Its differences are 2.5 kB and mostly none. */
	memset(out, 0, offsetof(struct comparison_record, differences));
	out->ts_us = s->ts_us;
	memcpy(out->pair, s->pair, sizeof out->pair);
	out->epoch = s->epoch;
	out->rollout = s->rollout;
	memcpy(out->stage, s->stage, sizeof out->stage);
	memcpy(out->method, s->method, sizeof out->method);
	memcpy(out->path, s->path, sizeof out->path);
	memcpy(out->route, s->route, sizeof out->route);
	out->legacy_status = l->status;
	out->enhanced_status = e->status;
	out->legacy_latency_us = l->latency_us;
	out->enhanced_latency_us = e->latency_us;
}

static void
take_finding(const struct finding *f, struct comparison_record *out)
{
	const struct diff_set *set = &f->diffs;

	out->verdict = (uint8_t)f->verdict;
	memcpy(out->reason, f->reason, sizeof out->reason);
	out->difference_count = set->found;
	out->similarity = set->similarity;
	out->kept = set->count < RECORD_DIFFS_MAX ? set->count :
	    RECORD_DIFFS_MAX;
	memcpy(out->differences, set->entries,
	    out->kept * sizeof out->differences[0]);
}

void
judge_record(const struct sample *s, struct redactor *redactor,
    const struct finding *f, struct comparison_record *out)
{
	describe(s, out);
	take_finding(f, out);
	if (redactor == NULL)
		return;
	/* What the peers have said elsewhere in it. */
	redact_path(redactor, out->path, sizeof out->path);
	redact_field(redactor, out->reason, sizeof out->reason);
}
