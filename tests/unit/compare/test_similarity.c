/* How alike two texts are.
 * SPDX-License-Identifier: MIT
 */
#include "compare/similarity.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define FIFTY "one two three four five six seven eight nine ten " \
	"one1 two1 three1 four1 five1 six1 seven1 eight1 nine1 ten1 " \
	"one2 two2 three2 four2 five2 six2 seven2 eight2 nine2 ten2 " \
	"one3 two3 three3 four3 five3 six3 seven3 eight3 nine3 ten3 " \
	"one4 two4 three4 four4 five4 six4 seven4 eight4 nine4 "

static const struct {
	const char *why, *a, *b;
	double low, high;
} cases[] = {
	{ "equal", "a b c", "a b c", 1, 1 },
	{ "both empty", "", "", 0, 0 },
	{ "one empty", "", "a", 0, 0 },
	{ "no words", "!!!", "???", 0, 0 },
	{ "nothing in common", "alpha beta", "gamma delta", 0, 0 },
	{ "case and punctuation", "Hello, World!", "hello world", 1, 1 },
	{ "typographic quotes", "“yes” he said", "\"yes\" he said", 1, 1 },
	{ "one word of fifty", FIFTY "ten4", FIFTY "other", 0.96, 0.98 },
	{ "order matters a little", "a b c d e f g h", "h g f e d c b a",
	    0.7, 0.8 },
	{ "rephrased",
	    "The capital of France is Paris, which lies on the river Seine.",
	    "Paris is the capital of France; it lies on the Seine river.",
	    0.75, 0.95 },
	{ "forms of the same words", "shipping costs and returned parcels",
	    "we shipped it; returning a parcel costs", 0.4, 0.8 },
	{ "unrelated",
	    "The capital of France is Paris, which lies on the river Seine.",
	    "To bake bread you need flour, water, yeast and some patience.",
	    0, 0.1 },
	{ "common words weigh little", "the cat is in the house",
	    "the dog was in the garden", 0, 0.4 },

	{ "Latin beyond ASCII", "ÄRGER MÜSSEN ÉCOLE Straße",
	    "ärger müssen école STRASSE", 1, 1 },
	{ "Greek", "ΚΑΛΗΜΈΡΑ ΚΌΣΜΟΣ", "καλημέρα κόσμος", 1, 1 },
	{ "Cyrillic", "ПРИВЕТ ЁЖ", "привет ёж", 1, 1 },
	{ "composed and decomposed", "caf\xc3\xa9 \xd0\xb9\xd0\xbe\xd0\xb4",
	    "cafe\xcc\x81 \xd0\xb8\xcc\x86\xd0\xbe\xd0\xb4", 1, 1 },
	{ "Hangul, composed and decomposed", "\xed\x95\x9c\xea\xb8\x80",
	    "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3"
	    "\xe1\x86\xaf", 1, 1 },
	{ "kana, composed and decomposed", "\xe3\x81\x8c\xe3\x81\x8e",
	    "\xe3\x81\x8b\xe3\x82\x99\xe3\x81\x8d\xe3\x82\x99", 1, 1 },
	{ "an accent is a difference", "resume", "résumé", 0, 0 },
	{ "full width", "ＡＢＣ１２３", "abc123", 1, 1 },
	{ "digits of other scripts", "١٢٣ ४५", "123 45", 1, 1 },
	{ "soft hyphens and joiners", "auto\xc2\xadmatic \xe2\x80\x8b" "x",
	    "automatic x", 1, 1 },
	{ "Chinese, one character of eight", "巴黎是法国的首都。",
	    "伦黎是法国的首都。", 0.8, 0.9 },
	{ "Chinese, unrelated", "巴黎是法国的首都。", "请把面粉和水混合在一起。",
	    0, 0.2 },
	{ "Thai, one of many characters", "สวัสดีครับ", "สวัสดีครีบ", 0.7, 0.95 },
	{ "Cyrillic words", "да нет", "да или", 0.3, 0.6 },
	{ "emoji", "done ✅", "done ❌", 0.4, 0.9 },
	{ "not UTF-8", "a \xff\xfe b", "a \xff b", 0.3, 0.8 },
};

static double
measure(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct arena scratch;
	struct words x, y;
	double s;

	arena_init(&scratch, 0);
	cr_assert(words_read(&x, a, a_len, &scratch));
	cr_assert(words_read(&y, b, b_len, &scratch));
	s = similarity_of(&x, &y, &scratch);
	arena_fini(&scratch);
	return s;
}

Test(similarity, lies_where_it_should)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *a = cases[i].a, *b = cases[i].b;
		double s = measure(a, strlen(a), b, strlen(b));

		cr_expect(s >= cases[i].low && s <= cases[i].high, "%s: %g",
		    cases[i].why, s);
		cr_expect_eq(s, measure(b, strlen(b), a, strlen(a)),
		    "symmetric: %s", cases[i].why);
	}
}

Test(similarity, refuses_when_the_scratch_is_full)
{
	struct arena words, scratch;
	struct words x, y;

	arena_init(&words, 0);
	arena_init(&scratch, 64);
	cr_assert(words_read(&x, FIFTY "x", sizeof FIFTY, &words));
	cr_assert(words_read(&y, FIFTY "y", sizeof FIFTY, &words));
	cr_expect_lt(similarity_of(&x, &y, &scratch), 0);
	cr_expect_not(words_read(&x, FIFTY, sizeof FIFTY - 1, &scratch));
	arena_fini(&scratch);
	arena_fini(&words);
}

Test(similarity, stays_in_its_bounds_on_noise)
{
	unsigned seed = 7;

	for (int round = 0; round < 500; round++) {
		char a[200], b[200];
		size_t a_len = (size_t)round % sizeof a;
		double s;

		for (size_t i = 0; i < sizeof a; i++) {
			seed = seed * 1103515245 + 12345;
			a[i] = (char)(seed >> 16);
			b[i] = (char)(seed >> 24);
		}
		s = measure(a, a_len, b, sizeof b);
		cr_assert(s >= 0 && s <= 1, "%g", s);
		cr_assert_eq(s, measure(b, sizeof b, a, a_len));
		cr_assert(a_len == 0 || measure(a, a_len, a, a_len) >= 0);
	}
}

/* A list of words is the same however often its room had to grow. */
Test(words, are_read_whatever_their_number)
{
	size_t len = 50000;
	char *text = malloc(len);
	struct arena a;
	struct words w;

	for (size_t i = 0; i < len; i++)
		text[i] = i % 2 == 0 ? 'a' : ' ';
	arena_init(&a, 0);
	cr_assert(words_read(&w, text, len, &a));
	cr_expect_eq(w.count, len / 2);
	for (size_t i = 0; i < w.count; i++)
		cr_assert(w.items[i].at == 2 * i && w.items[i].len == 1);
	arena_fini(&a);
	free(text);
}

Test(words, are_read_up_to_a_bound)
{
	size_t len = WORDS_READ_MAX + 5;
	char *text = malloc(len);
	struct arena a;
	struct words w;

	memset(text, 'x', len);
	arena_init(&a, 0);
	cr_assert(words_read(&w, text, len, &a));
	cr_expect(w.cut);
	cr_expect_eq(w.len, WORDS_READ_MAX);
	cr_assert(words_read(&w, text, WORDS_READ_MAX, &a));
	cr_expect_not(w.cut);
	arena_fini(&a);
	free(text);
}

Test(words, know_their_flags_and_meaning)
{
	static const struct {
		const char *text;
		unsigned flags;
		enum meaning meaning;
		unsigned value;
	} each[] = {
		{ "the", WORD_SMALL | WORD_LETTER, MEANS_COMMON, 0 },
		{ "MÄRZ", WORD_CAPITAL | WORD_INNER | WORD_LETTER, MEANS_MONTH, 3 },
		{ "Décembre", WORD_CAPITAL | WORD_SMALL | WORD_LETTER,
		    MEANS_MONTH, 12 },
		{ "iPhone", WORD_SMALL | WORD_INNER | WORD_LETTER, MEANS_COUNT, 0 },
		{ "Tuesday", WORD_CAPITAL | WORD_SMALL | WORD_LETTER,
		    MEANS_WEEKDAY, 2 },
		{ "15", WORD_DIGIT, MEANS_COUNT, 0 },
		{ "12th", WORD_DIGIT | WORD_LETTER | WORD_SMALL, MEANS_COUNT, 0 },
		{ "twelve", WORD_SMALL | WORD_LETTER, MEANS_NUMBER, 12 },
		{ "Euros", WORD_CAPITAL | WORD_SMALL | WORD_LETTER, MEANS_MONEY,
		    CURRENCY_EUR },
		{ "minutes", WORD_SMALL | WORD_LETTER, MEANS_UNIT, UNIT_MINUTE },
		{ "日", WORD_SIGN | WORD_LETTER | WORD_SMALL, MEANS_COUNT, 0 },
	};
	struct arena a;

	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
		struct words w;
		unsigned value = 0;

		cr_assert(words_read(&w, each[i].text, strlen(each[i].text), &a));
		cr_assert_eq(w.count, 1, "%s", each[i].text);
		cr_expect_eq(w.items[0].flags, each[i].flags, "%s: %x",
		    each[i].text, w.items[0].flags);
		if (each[i].meaning == MEANS_COUNT)
			continue;
		cr_expect(word_means(&w.items[0], each[i].meaning, &value), "%s",
		    each[i].text);
		cr_expect_eq(value, each[i].value, "%s: %u", each[i].text, value);
	}
	arena_fini(&a);
}
