/* Facts of texts: what is read, and what is the same in other words.
 * SPDX-License-Identifier: MIT
 */
#include "compare/facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "compare/language.h"

/* What is read of a text: kind, "?" if weak, "~" if soft, "-" if spare, and its
 * bytes. */
static const struct {
	const char *text, *want;
} readings[] = {
	{ "It has 3 rooms, 45.5 m and 1,200 users.",
	    "number 3; number 45.5 m; number 1,200" },
	{ "Room 12, 3.5% of 10 000 people, -5 degrees",
	    "number 12; number 3.5%; number 10 000; number -5" },
	{ "1.5 million people, 20k users, 10GB and 5 kg",
	    "number 1.5 million; number 20k; number 10GB; number 5 kg" },
	{ "about one or two of twenty-five",
	    "number~ two; number~ twenty-five" },
	{ "the 21st century, 3rd time, 1990s",
	    "number 21st; number 3rd; number 1990s" },
	{ "Python 3.11.4 and 10.0.0.1",
	    "number 3.11.4; number 10.0.0.1" },
	{ "a 24-hour day", "number 24-hour" },
	{ "between 5-10 items", "number 5; number 10" },
	{ "call 555-123-4567 or 555 123 4567", "number 555; number 123; "
	    "number 4567; number 555; number 123; number 4567" },
	{ "\xd9\xa1\xd9\xa2\xd9\xa3", "number \xd9\xa1\xd9\xa2\xd9\xa3" },

	{ "1. one thing\n2. another\n3) last", "" },
	{ "Step 1: do it, as said[2] in step 3", "" },
	{ "open 24/7", "" },
	{ "There are 3 ways:\n\n- this\n- that\n- another", "number- 3" },
	{ "There are 4 ways:\n\n- this\n- that\n- another", "number 4" },
	{ "1 thing", "number? 1" },

	{ "$20, €5.50, £3 and ¥1,000",
	    "price $20; price €5.50; price £3; price ¥1,000" },
	{ "20 dollars, 5,50 €, 30 EUR, USD 40, 99 cents",
	    "price 20 dollars; price 5,50 €; price 30 EUR; price USD 40; "
	    "price 99 cents" },
	{ "C$15, US$1.5 million, R$ 7", "price C$15; price US$1.5 million; "
	    "price R$ 7" },
	{ "**$4.95** or twenty dollars", "price $4.95; price~ twenty dollars" },
	{ "100元和60欧元", "price 100元; price 60欧" },

	{ "on 2024-03-05 or 05.03.2024 or 3/5/2024",
	    "date 2024-03-05; date 05.03.2024; date 3/5/2024" },
	{ "March 5, 2024; 5 March 2024; the 5th of March; Mar. 5th",
	    "date March 5, 2024; date 5 March 2024; date 5th of March; "
	    "date Mar. 5th" },
	{ "am 5. März 2024, le 1er mai, 5 de marzo de 2024, 5 марта",
	    "date 5. März 2024; date 1er mai; date 5 de marzo de 2024; "
	    "date 5 марта" },
	{ "2024年3月5日, 3月5日, 2024년 3월 5일",
	    "date 2024年3月5日; date 3月5日; date 2024년 3월 5일" },
	{ "in March 2024, in May, on Tuesday",
	    "date March 2024; date? May; date? Tuesday" },
	{ "It may rain; march on", "" },
	{ "May I go? March on. March is cold.", "" },
	{ "at 3:30 pm, 15:30, 3 p.m., 9am and 15 Uhr",
	    "date 3:30 pm; date 15:30; date 3 p.m.; date 9am; date 15 Uhr" },
	{ "a ratio of 16:9 and 3 of 5", "number 16; number 9; number 3; number 5" },
	{ "in 2024", "number 2024" },

	{ "Ask Ada Lovelace or the people of Paris.",
	    "name? Ada; name? Lovelace; name? Paris" },
	{ "However, they can. Sure! This is it. Then go.", "" },
	{ "Paris is the capital. Anna's bag.", "name~ Paris; name~ Anna" },
	{ "Dr. Brown met J. Smith", "name? Brown; name? Smith" },
	{ "Capital: Paris\nNote: Open the door", "name? Paris" },
	{ "## Getting Started With Paris\n**Some Title**\nHello", "" },
	{ "use HTTP or JavaScript on an iPhone",
	    "name? HTTP; name? JavaScript; name? iPhone" },
	{ "THIS IS NOT A NAME", "" },
	{ "press \"Save as\" or `make install`",
	    "name? Save; name? make; name? install" },
	{ "auf \xe2\x80\x9eSpeichern\xe2\x80\x9c klicken", "name? Speichern" },
	{ "Write to jo.do+x@example.com or see https://www.example.com/a?b=1.",
	    "name jo.do+x@example.com; name example.com/a?b=1" },
	{ "order ORD-48213, sess_8f3a9c, GPT-4, max_tokens, COVID-19",
	    "name ORD-48213; name sess_8f3a9c; name? GPT; number 4; name? max_tokens; "
	    "name? COVID-19" },
	{ "id 550e8400-e29b-41d4-a716-446655440000",
	    "name 550e8400-e29b-41d4-a716-446655440000" },
	{ "Das Haus ist groß und der Garten liegt in Berlin.", "name? Berlin" },
	{ "Wir haben mit Frau Merkel und Angela Schmidt gesprochen.",
	    "name? Merkel; name? Angela; name? Schmidt" },
	{ "```\nPort = 8080\nHost = \"Paris\"\n```\nand Rome",
	    "number? 8080; name? Rome" },
};

static void
read_facts(const char *text, struct arena *a, struct words *w,
    struct facts *out)
{
	struct tongue t;

	cr_assert(words_read(w, text, strlen(text), a));
	language_read(w, &t);
	cr_assert(facts_read(w, language_best(&t), a, out));
}

Test(facts, are_read)
{
	for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
		char got[600] = "";
		struct facts f;
		struct words w;
		struct arena a;
		size_t n = 0;

		arena_init(&a, 0);
		read_facts(readings[i].text, &a, &w, &f);
		for (size_t k = 0; k < f.count; k++)
			n += (size_t)snprintf(got + n, sizeof got - n,
			    "%s%s%s %.*s", k > 0 ? "; " : "",
			    diff_kind_name(f.items[k].kind),
			    f.items[k].strength == FACT_WEAK ? "?" :
			    f.items[k].strength == FACT_SOFT ? "~" :
			    f.items[k].strength == FACT_SPARE ? "-" : "",
			    (int)f.items[k].len, readings[i].text +
			    f.items[k].at);
		cr_expect_str_eq(got, readings[i].want, "%s: %s",
		    readings[i].text, got);
		arena_fini(&a);
	}
}

/* Two texts, and the kinds of facts in which they do not agree. */
static const struct {
	const char *a, *b, *want;
} pairs[] = {
	{ "It takes 1,000 steps.", "1000 steps are needed.", "" },
	{ "It takes 1.000 steps.", "1000 steps are needed.", "" },
	{ "It takes 1 000 steps.", "1000 steps are needed.", "" },
	{ "It takes 1'000 steps.", "1000 steps are needed.", "" },
	{ "It takes 1,00,000 steps.", "100000 steps are needed.", "" },
	{ "It weighs 1.234 kg", "It weighs 1,234 kg", "" },
	{ "It weighs 1.50 kg", "It weighs 1.5 kg", "" },
	{ "1.5 million people", "1,500,000 people", "" },
	{ "20k users", "20,000 users", "" },
	{ "5% of it", "5 percent of it", "" },
	{ "five per cent of it", "5% of it", "" },
	{ "three days", "3 days", "" },
	{ "the third of them", "number 3 of them", "" },
	{ "twenty-five people", "25 people", "" },
	{ "5 km away", "5 kilometers away", "" },
	{ "5 km away", "5 miles away", "number" },
	{ "5 km away", "a distance of 5", "" },
	{ "30 minutes", "30 hours", "number" },
	{ "400 mg", "400 g", "number" },
	{ "It takes 10 steps.", "It takes 12 steps.", "number" },
	{ "It takes 10 steps.", "It takes some steps.", "number" },
	{ "two cats", "three cats", "number" },
	{ "two cats", "some cats", "" },
	{ "one cat", "a cat", "" },
	{ "1 cat", "a cat", "number" },
	{ "version 3.11.4", "version 3.11.5", "number" },
	{ "-5 degrees", "5 degrees", "number" },
	{ "from 5 - 10", "from 5 to 10", "" },
	{ "12345678901234567890123456789012345678901234567890",
	    "12345678901234567890123456789012345678901234567891", "number" },

	{ "It is $20.", "It is 20 dollars.", "" },
	{ "It is $20.00.", "It costs USD 20.", "" },
	{ "It is 1.234,50 €.", "It is €1,234.50.", "" },
	{ "It is 99 cents.", "It is $0.99.", "" },
	{ "It is $20.", "It is 20 in your currency.", "" },
	{ "It is $1.5 million.", "It is 1.5 million US dollars.", "" },
	{ "It is $20.", "It is $30.", "price" },
	{ "It is $20.", "It is €20.", "price" },
	{ "It is $20.", "It is C$20.", "price" },
	{ "It is $20 and $5.", "It is $20.", "price" },
	{ "twenty dollars", "$20", "" },

	{ "on March 5, 2024", "on 2024-03-05", "" },
	{ "on March 5, 2024", "on 5 March 2024", "" },
	{ "on 05.03.2024", "on the 5th of March, 2024", "" },
	{ "on 03/05/2024", "on 5 March 2024", "" },
	{ "on 03/05/2024", "on March 5, 2024", "" },
	{ "on 03/05/2024", "on March 6, 2024", "date" },
	{ "on 13/05/2024", "on May 13, 2024", "" },
	{ "on March 5, 2024", "on March 5", "" },
	{ "on March 5, 2024", "in March 2024", "" },
	{ "on March 5, 2024", "on March 6, 2024", "date" },
	{ "on March 5, 2024", "on March 5, 2025", "date" },
	{ "on March 5, 2024", "on April 5, 2024", "date" },
	{ "on March 5, 2024", "in 2024", "date" },
	{ "released in 2024", "released on 3 May 2024 (in 2024)", "date" },
	{ "on Tuesday, 5 March", "on March 5", "" },
	{ "on Tuesday", "on Thursday", "date" },
	{ "tous les mardis", "tous les jeudis", "date" },
	{ "in March", "in April", "date" },
	{ "at 3 pm", "at 15:00", "" },
	{ "at 3:00", "at 15:00", "" },
	{ "at 3:30 PM", "at 15.30 Uhr", "" },
	{ "at 3 pm", "at 4 pm", "date" },
	{ "3 am", "3 pm", "date" },
	{ "2024年3月5日", "2024-03-05", "" },
	{ "3月5日", "3月6日", "date" },
	{ "5 марта 2024", "5 марта 2025", "date" },

	{ "The capital of France is Paris.", "Paris is the capital.", "" },
	{ "The capital of France is Paris.", "The capital of France is Lyon.",
	    "name" },
	{ "Paris is the capital.", "Lyon is the capital.", "name" },
	{ "written by Marie Curie", "written by Pierre Curie", "name" },
	{ "written by Marie Curie", "written by Curie", "" },
	{ "a German car", "a car from Germany", "" },
	{ "Membership is free.", "It is free for members.", "" },
	{ "There are 3 ways:\n- a\n- b\n- c", "Some ways: a, b and c.", "" },
	{ "4 eggs:\n- a\n- b\n- c\n- d", "a, b, c, d and 4 eggs", "" },
	{ "Es geht um Frau Dr. Weber, und das ist es.",
	    "Es geht um Frau Dr. Fischer, und das ist es.", "name" },
	{ "see Anna and Ben", "see them", "name" },
	{ "Click \"Save\".", "Click the save button.", "" },
	{ "Click \"Save\".", "Click \"Cancel\".", "name" },
	{ "Dear customer", "Dear customer, mail jo@example.com", "name" },
	{ "mail jo@example.com", "mail JO@EXAMPLE.COM", "" },
	{ "see https://example.com/", "see http://www.example.com", "" },
	{ "see https://example.com/a", "see https://example.com/b", "name" },
	{ "order ORD-48213", "order ORD 48213", "" },
	{ "order ORD-48213", "order 48213", "" },
	{ "order ORD-48213", "order ORD-48231", "name" },
	{ "your order", "your order usr_83hf73kd99", "name" },
	{ "Der Preis der Ware", "Die Ware und ihr Preis", "" },
	{ "Der Zug nach Hamburg fährt um acht ab.",
	    "Der Zug nach Leipzig fährt um acht ab.", "name" },
};

static void
compare(const char *a_text, const char *b_text, char *out, size_t space)
{
	struct facts_apart apart[FACT_KINDS];
	struct facts af, bf;
	struct words aw, bw;
	struct arena a;
	size_t n = 0;

	arena_init(&a, 0);
	read_facts(a_text, &a, &aw, &af);
	read_facts(b_text, &a, &bw, &bf);
	cr_assert(facts_compare(&aw, &af, &bw, &bf, &a, apart));
	out[0] = '\0';
	for (unsigned k = 0; k < FACT_KINDS; k++)
		if (apart[k].legacy != NULL || apart[k].enhanced != NULL)
			n += (size_t)snprintf(out + n, space - n, "%s%s",
			    n > 0 ? " " : "", diff_kind_name(
			    (enum diff_kind)(DIFF_NUMBER + k)));
	arena_fini(&a);
}

Test(facts, agree_in_other_words)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		char got[100], back[100];

		compare(pairs[i].a, pairs[i].b, got, sizeof got);
		compare(pairs[i].b, pairs[i].a, back, sizeof back);
		cr_expect_str_eq(got, pairs[i].want, "%s | %s: %s", pairs[i].a,
		    pairs[i].b, got);
		cr_expect_str_eq(got, back, "%s | %s: not symmetric, %s",
		    pairs[i].a, pairs[i].b, back);
	}
}

/* A text of nothing but names costs no square of its length. */
Test(facts, are_found_in_time_that_grows_with_the_text)
{
	char *x = malloc(600000), *y = malloc(600000);
	size_t n = 0, m = 0;

	for (unsigned i = 0; i < 30000; i++) {
		n += (size_t)sprintf(x + n, "so Namen%c%c%c ", 'a' + i % 26,
		    'a' + i / 26 % 26, 'a' + i / 676 % 26);
		m += (size_t)sprintf(y + m, "so Namen%c%c%cxy ", 'a' + i % 26,
		    'a' + i / 26 % 26, 'a' + i / 676 % 26);
	}
	{
		char got[100];

		compare(x, y, got, sizeof got);
		cr_expect_str_eq(got, "name");
	}
	free(x);
	free(y);
}

Test(facts, say_when_the_arena_is_full)
{
	struct arena words, small;
	struct facts f;
	struct words w;

	arena_init(&words, 0);
	arena_init(&small, 64);
	cr_assert(words_read(&w, "costs $5", 8, &words));
	cr_expect_not(facts_read(&w, LANGUAGE_EN, &small, &f));
	arena_fini(&small);
	arena_fini(&words);
}
