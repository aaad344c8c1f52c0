/* text -- two texts to one finding: how alike, and what must not differ.
 * SPDX-License-Identifier: MIT
 */
#include "compare/text.h"

#include <string.h>

#include "compare/cut.h"
#include "compare/facts.h"
#include "compare/language.h"
#include "compare/negation.h"
#include "compare/refusal.h"
#include "compare/similarity.h"
#include "compare/words.h"

/* One of the two. */
struct side {
	struct shown text; /* borrows */
	struct words words;
	struct tongue tongue;
};

struct pair {
	struct side legacy, enhanced;
	const struct text_rules *rules; /* borrows */
	struct arena *scratch;          /* borrows */
	struct text_finding *out;       /* borrows */
};

static bool
is_equal(struct shown a, struct shown b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.text, b.text, a.len) == 0);
}

static bool
side_read(struct side *s, struct shown text, struct arena *a)
{
	s->text = text;
	return words_read(&s->words, text.text, text.len, a);
}

static bool
is_asked(const struct pair *p, enum text_flag_kind kind)
{
	return (p->rules->flags >> kind & 1) != 0;
}

static const enum diff_kind kinds[] = {
	[TEXT_FLAG_LANGUAGE] = DIFF_LANGUAGE,
	[TEXT_FLAG_EMPTY] = DIFF_EMPTY,
	[TEXT_FLAG_REFUSAL] = DIFF_REFUSAL,
	[TEXT_FLAG_NUMBER] = DIFF_NUMBER,
	[TEXT_FLAG_PRICE] = DIFF_PRICE,
	[TEXT_FLAG_DATE] = DIFF_DATE,
	[TEXT_FLAG_NAME] = DIFF_NAME,
	[TEXT_FLAG_CUT] = DIFF_CUT,
	[TEXT_FLAG_NEGATION] = DIFF_NEGATION,
};

static void
flag(struct pair *p, enum text_flag_kind kind, struct shown legacy,
    struct shown enhanced)
{
	p->out->flags[p->out->flag_count++] = (struct text_flag){
		kinds[kind], legacy, enhanced };
}

static struct shown
word(const char *text)
{
	return (struct shown){ text, strlen(text) };
}

static void
flag_language(struct pair *p)
{
	if (is_asked(p, TEXT_FLAG_LANGUAGE) &&
	    language_differs(&p->legacy.tongue, &p->enhanced.tongue))
		flag(p, TEXT_FLAG_LANGUAGE, word(language_of(&p->legacy.tongue)),
		    word(language_of(&p->enhanced.tongue)));
}

static void
flag_empty(struct pair *p)
{
	if (is_asked(p, TEXT_FLAG_EMPTY) &&
	    (p->legacy.words.count == 0) != (p->enhanced.words.count == 0))
		flag(p, TEXT_FLAG_EMPTY, p->legacy.text, p->enhanced.text);
}

static struct shown
part(const struct side *s, size_t at, size_t len)
{
	return (struct shown){ s->text.text + at, len };
}

static bool
flag_refusal(struct pair *p)
{
	struct refusal l, e;

	if (!is_asked(p, TEXT_FLAG_REFUSAL))
		return true;
	if (!refusal_find(p->rules, &p->legacy.words, &p->enhanced.words,
	    p->scratch, &l, &e))
		return false;
	if ((l.len == 0) != (e.len == 0))
		flag(p, TEXT_FLAG_REFUSAL, part(&p->legacy, l.at, l.len),
		    part(&p->enhanced, e.at, e.len));
	return true;
}

static struct shown
fact_part(const struct side *s, const struct fact *f)
{
	return f == NULL ? word("") : part(s, f->at, f->len);
}

#define FACT_FLAGS (1u << TEXT_FLAG_NUMBER | 1u << TEXT_FLAG_PRICE | \
	1u << TEXT_FLAG_DATE | 1u << TEXT_FLAG_NAME)

static bool
flag_facts(struct pair *p)
{
	struct facts_apart apart[FACT_KINDS];
	struct facts l, e;

	if ((p->rules->flags & FACT_FLAGS) == 0)
		return true;
	if (!facts_read(&p->legacy.words, language_best(&p->legacy.tongue),
	    p->scratch, &l) || !facts_read(&p->enhanced.words,
	    language_best(&p->enhanced.tongue), p->scratch, &e) ||
	    !facts_compare(&p->legacy.words, &l, &p->enhanced.words, &e,
	    p->scratch, apart))
		return false;
	for (unsigned k = 0; k < FACT_KINDS; k++) {
		enum text_flag_kind kind =
		    (enum text_flag_kind)(TEXT_FLAG_NUMBER + k);

		if (is_asked(p, kind) &&
		    (apart[k].legacy != NULL || apart[k].enhanced != NULL))
			flag(p, kind, fact_part(&p->legacy, apart[k].legacy),
			    fact_part(&p->enhanced, apart[k].enhanced));
	}
	return true;
}

/* What stands at the end, and a little before it. */
static struct shown
tail(const struct side *s)
{
	size_t at = s->text.len > 40 ? s->text.len - 40 : 0;

	while (at > 0 && ((unsigned char)s->text.text[at] & 0xc0) == 0x80)
		at--;
	return part(s, at, s->text.len - at);
}

static void
flag_cut(struct pair *p)
{
	if (is_asked(p, TEXT_FLAG_CUT) &&
	    (cut_is(&p->legacy.words, &p->enhanced.words) ||
	    cut_is(&p->enhanced.words, &p->legacy.words)))
		flag(p, TEXT_FLAG_CUT, tail(&p->legacy), tail(&p->enhanced));
}

static struct shown
sentence_part(const struct side *s, struct sentence range)
{
	const struct word *first = &s->words.items[range.first];
	const struct word *last = &s->words.items[range.last - 1];

	return part(s, first->at, last->at + last->len - first->at);
}

static bool
flag_negation(struct pair *p)
{
	struct sentence l, e;

	if (!is_asked(p, TEXT_FLAG_NEGATION))
		return true;
	if (!negation_find(&p->legacy.words, &p->enhanced.words, p->scratch, &l,
	    &e))
		return false;
	if (l.last > 0)
		flag(p, TEXT_FLAG_NEGATION, sentence_part(&p->legacy, l),
		    sentence_part(&p->enhanced, e));
	return true;
}

static bool
flag_all(struct pair *p)
{
	if (p->rules->flags == 0)
		return true;
	language_read(&p->legacy.words, &p->legacy.tongue);
	language_read(&p->enhanced.words, &p->enhanced.tongue);
	flag_language(p);
	flag_empty(p);
	if (p->legacy.words.count == 0 || p->enhanced.words.count == 0)
		return true;
	if (!flag_refusal(p) || !flag_facts(p))
		return false;
	flag_cut(p);
	return flag_negation(p);
}

bool
text_judge(struct shown legacy, struct shown enhanced, double wanted,
    const struct text_rules *rules, struct arena *scratch,
    struct text_finding *out)
{
	struct pair p = { .rules = rules, .scratch = scratch, .out = out };
	struct words *l = &p.legacy.words, *e = &p.enhanced.words;

	*out = (struct text_finding){ .similarity = 1, .alike = true };
	if (is_equal(legacy, enhanced))
		return true;
	if (!side_read(&p.legacy, legacy, scratch) ||
	    !side_read(&p.enhanced, enhanced, scratch))
		return false;
	out->similarity = similarity_of(l, e, scratch);
	if (out->similarity < 0)
		return false;
	out->alike = wanted < 1 && out->similarity >= wanted && !l->cut && !e->cut;
	return flag_all(&p);
}
