/* json_diff -- where two JSON documents differ.
 * SPDX-License-Identifier: MIT
 */
#include "compare/json_diff.h"

#include <stdlib.h>
#include <string.h>

#include "compare/json_walk.h"
#include "compare/number.h"
#include "compare/text.h"

/* Comparing one pair of embedded documents or texts may use this much. */
#define SCRATCH_CAP_BYTES ((size_t)64 << 20)
/* What so much of two texts takes is a step of a trial. */
#define TEXT_STEP_BYTES 2

/* --- strings ----------------------------------------------------------- */

static struct shown
shown_of(const struct json *value)
{
	return (struct shown){ value->text, value->len };
}

static bool
begins_like_json(const struct json *s)
{
	size_t i = 0;

	while (i < s->len && strchr(" \t\r\n", s->text[i]) != NULL &&
	    s->text[i] != '\0')
		i++;
	return i < s->len && (s->text[i] == '{' || s->text[i] == '[');
}

static bool
is_text(const struct json *s)
{
	if (s->len <= JSON_DIFF_SHORT_TEXT)
		return false;
	for (size_t i = 0; i < s->len; i++)
		if (s->text[i] == ' ' || (unsigned char)s->text[i] >= 0x80)
			return true;
	return false;
}

static bool
is_same_document(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	struct walk inner = { .arena = w->scratch, .enough = 1,
		.steps_left = UINT64_MAX, .has_steps = true };
	struct json_fault fault;
	const struct json *l = json_parse(w->scratch, legacy->text, legacy->len,
	    false, &fault);
	const struct json *e = l == NULL ? NULL : json_parse(w->scratch,
	    enhanced->text, enhanced->len, false, &fault);

	if (e == NULL)
		return false;
	walk_values(&inner, l, e);
	return inner.found == 0 && !inner.arena_full;
}

/* What makes two alike texts differ all the same. */
static void
note_flags(struct walk *w, const struct text_finding *f, struct shown legacy,
    struct shown enhanced)
{
	if (w->out != NULL)
		difference_set_wholes(w->out, legacy, enhanced);
	for (unsigned i = 0; i < f->flag_count; i++)
		walk_note_texts(w, f->flags[i].kind, f->flags[i].legacy,
		    f->flags[i].enhanced);
	if (w->out != NULL)
		difference_set_wholes(w->out, (struct shown){ "", 0 },
		    (struct shown){ "", 0 });
}

/* A trial need not know what else there is to say of two texts that are not
 * alike: looking for it is most of the work. */
static bool
cannot_be_alike(struct walk *w, struct shown legacy, struct shown enhanced,
    double wanted)
{
	static const struct text_rules no_flags = { .flags = 0 };
	struct text_finding f;

	if (w->out != NULL || wanted >= 1)
		return w->out == NULL;
	walk_spend(w, (legacy.len + enhanced.len) / TEXT_STEP_BYTES);
	return !text_judge(legacy, enhanced, wanted, &no_flags, w->scratch,
	    &f) || !f.alike;
}

static bool
is_alike(struct walk *w, struct shown legacy, struct shown enhanced,
    double wanted)
{
	struct text_finding f;

	if (cannot_be_alike(w, legacy, enhanced, wanted))
		return false;
	if (!text_judge(legacy, enhanced, wanted, &w->rules->text, w->scratch,
	    &f))
		return false;
	w->as_texts = w->met_texts = true;
	walk_note_likeness(w, f.similarity);
	note_flags(w, &f, legacy, enhanced);
	return f.alike;
}

/* Where one is a text and the other too short for one, they are not the same,
 * but why is still said: nothing, a refusal. */
static bool
is_same_by_itself(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	bool l = begins_like_json(legacy), e = begins_like_json(enhanced);
	bool l_text, e_text;

	if (w->scratch == NULL)
		return false;
	if (l && e)
		return is_same_document(w, legacy, enhanced);
	l_text = !l && is_text(legacy);
	e_text = !e && is_text(enhanced);
	return (l_text || e_text) && is_alike(w, shown_of(legacy),
	    shown_of(enhanced), w->rules->text_similarity) && l_text && e_text;
}

static void
diff_strings(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	const struct field_rule *f = walk_field(w);
	struct shown l = shown_of(legacy), e = shown_of(enhanced);
	enum string_result result = STRING_DIFFERENT;

	if (l.len == e.len && (l.len == 0 || memcmp(l.text, e.text, l.len) == 0))
		return;
	if (f == NULL || f->value.string == STRING_AUTO)
		result = is_same_by_itself(w, legacy, enhanced) ? STRING_SAME :
		    STRING_DIFFERENT;
	else if (f->value.string == STRING_TEXT)
		result = is_alike(w, l, e, f->value.similarity) ? STRING_SAME :
		    STRING_DIFFERENT;
	else
		result = string_compare(&f->value, l, e, &w->tools);
	if (w->scratch != NULL)
		arena_reset(w->scratch);
	if (result != STRING_SAME)
		walk_note(w, result == STRING_GIVEN_UP ? DIFF_LIMIT : DIFF_VALUE,
		    legacy, enhanced);
	w->as_texts = false;
}

/* --- numbers ----------------------------------------------------------------- */

static bool
is_same_number(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	const struct field_rule *f = walk_field(w);
	const struct tolerance *t = f != NULL && f->value.has_tolerance ?
	    &f->value.numbers : w->rules != NULL ? &w->rules->numbers : NULL;

	if (f != NULL && f->value.string == STRING_TIMESTAMP &&
	    string_compare(&f->value, shown_of(legacy), shown_of(enhanced),
	    &w->tools) == STRING_SAME)
		return true;
	return t == NULL ? number_is_same(legacy->text, legacy->len,
	    enhanced->text, enhanced->len) : number_is_within(legacy->text,
	    legacy->len, enhanced->text, enhanced->len, t);
}

/* --- objects ------------------------------------------------------------- */

void
walk_pair(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	uint64_t weight;

	if (legacy != NULL && enhanced != NULL) {
		walk_values(w, legacy, enhanced);
		return;
	}
	weight = walk_weigh(w, legacy != NULL ? legacy : enhanced);
	if (w->out == NULL)
		w->found += weight;
	else if (weight > 0)
		walk_note(w, legacy != NULL ? DIFF_MISSING : DIFF_EXTRA, legacy,
		    enhanced);
}

/* Compare what both have under a name, or note what only one has. */
static void
diff_member(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	walk_enter_member(w, legacy != NULL ? legacy : enhanced);
	walk_pair(w, legacy, enhanced);
	walk_leave(w);
}

static int
name_order(const struct json *a, const struct json *b)
{
	if (a->key_len != b->key_len)
		return a->key_len < b->key_len ? -1 : 1;
	return a->key_len == 0 ? 0 : memcmp(a->key, b->key, a->key_len);
}

static int
by_name(const void *left, const void *right)
{
	const struct json *a = *(const struct json *const *)left;
	const struct json *b = *(const struct json *const *)right;
	int order = name_order(a, b);

	if (order != 0)
		return order;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* The members from first on, by name.  NULL and *count_out > 0 when the
 * arena is full. */
static const struct json **
sorted_members(struct walk *w, const struct json *first, size_t *count_out)
{
	const struct json **members;
	size_t count = 0;

	for (const struct json *m = first; m != NULL; m = m->next)
		count++;
	*count_out = count;
	if (w->out == NULL)
		walk_spend(w, count);
	members = arena_alloc(w->arena, (count + 1) * sizeof *members);
	if (members == NULL) {
		w->arena_full = true;
		return NULL;
	}
	count = 0;
	for (const struct json *m = first; m != NULL; m = m->next)
		members[count++] = m;
	qsort(members, count, sizeof *members, by_name);
	return members;
}

static void
diff_shuffled(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	size_t l_count, e_count, i = 0, j = 0;
	const struct json **l = sorted_members(w, legacy, &l_count);
	const struct json **e = sorted_members(w, enhanced, &e_count);

	if (l == NULL || e == NULL)
		return;
	while ((i < l_count || j < e_count) && !walk_is_over(w)) {
		int order = i == l_count ? 1 : j == e_count ? -1 :
		    name_order(l[i], e[j]);

		diff_member(w, order <= 0 ? l[i] : NULL,
		    order >= 0 ? e[j] : NULL);
		i += order <= 0;
		j += order >= 0;
	}
}

/* Two answers of one API mostly have their members in one order: only from
 * the first name that is out of step on is sorting needed. */
static void
diff_objects(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	const struct json *l = legacy->first, *e = enhanced->first;

	while (l != NULL && e != NULL && name_order(l, e) == 0 &&
	    !walk_is_over(w)) {
		diff_member(w, l, e);
		l = l->next;
		e = e->next;
	}
	if ((l != NULL || e != NULL) && !walk_is_over(w))
		diff_shuffled(w, l, e);
}

/* --- values ---------------------------------------------------------------- */

static bool
is_boolean(const struct json *value)
{
	return value->kind == JSON_TRUE || value->kind == JSON_FALSE;
}

static void
diff_kinds(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	bool both = is_boolean(legacy) && is_boolean(enhanced);
	uint64_t l, e;

	/* On the way to what is looked at, only what leads there counts. */
	if (walk_view(w) == VIEW_COMPARE) {
		l = walk_weigh(w, legacy);
		e = walk_weigh(w, enhanced);
	} else {
		l = walk_weigh_below(w, legacy);
		e = walk_weigh_below(w, enhanced);
	}
	if (w->out == NULL)
		w->found += l > e ? l : e;
	else if (l > 0 || e > 0)
		walk_note(w, both ? DIFF_VALUE : DIFF_TYPE, legacy, enhanced);
}

static void
diff_scalars(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	if (legacy->kind == JSON_STRING)
		diff_strings(w, legacy, enhanced);
	else if (legacy->kind == JSON_NUMBER &&
	    !is_same_number(w, legacy, enhanced))
		walk_note(w, DIFF_VALUE, legacy, enhanced);
}

void
walk_values(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	bool counts = walk_view(w) == VIEW_COMPARE;

	if (w->out == NULL)
		walk_spend(w, 1 + (legacy->len + enhanced->len) /
		    WALK_STEP_BYTES);
	if (walk_is_over(w) || (!counts && !walk_reveals(w)))
		return;
	if (legacy->kind != enhanced->kind)
		diff_kinds(w, legacy, enhanced);
	else if (legacy->kind == JSON_ARRAY)
		walk_arrays(w, legacy, enhanced);
	else if (legacy->kind == JSON_OBJECT)
		diff_objects(w, legacy, enhanced);
	else if (counts)
		diff_scalars(w, legacy, enhanced);
}

bool
json_diff(const struct json *legacy, const struct json *enhanced,
    const struct compare_rules *rules, struct arena *a,
    struct diff_set *out)
{
	struct arena scratch;
	struct walk w = {
		.legacy = legacy,
		.enhanced = enhanced,
		.out = out,
		.arena = a,
		.scratch = &scratch,
		.rules = rules,
		.tools = { .scratch = &scratch },
	};

	if (rules->places != NULL) {
		w.place = place_begin(rules->places, a);
		if (w.place == NULL)
			return false;
	}
	arena_init(&scratch, SCRATCH_CAP_BYTES);
	walk_values(&w, legacy, enhanced);
	string_fini(&w.tools);
	arena_fini(&scratch);
	return !w.arena_full;
}
