/* Two texts: what must not differ however alike they are.
 * SPDX-License-Identifier: MIT
 */
#include "compare/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/regex.h"

#define ALL ((1u << TEXT_FLAG_COUNT) - 1)

static const struct {
	const char *why, *legacy, *enhanced;
	const char *want; /* flags as "kind legacy|enhanced; ..." */
} cases[] = {
	/* --- language and script --- */
	{ "the same language", "You can cancel the order in your account.",
	    "The order can be cancelled by you in the account.", "" },
	{ "English to German",
	    "You can cancel the order in your account at any time.",
	    "Sie können die Bestellung jederzeit in Ihrem Konto stornieren.",
	    "language en|de" },
	{ "French to Spanish",
	    "Vous pouvez annuler la commande dans votre compte.",
	    "Usted puede cancelar el pedido en su cuenta cuando quiera.",
	    "language fr|es" },
	{ "Russian to Ukrainian", "Вы можете отменить заказ, если он ещё не "
	    "отправлен, в вашем кабинете.", "Ви можете скасувати замовлення, "
	    "якщо його ще не відправлено, у вашому кабінеті.",
	    "language ru|uk" },
	{ "Latin to Cyrillic", "You can cancel the order.",
	    "Вы можете отменить заказ.", "language en|cyrillic" },
	{ "Chinese to Japanese", "您可以在账户中取消订单。",
	    "アカウントから注文をキャンセルできます。", "language han|kana" },
	{ "Japanese with much Han", "東京都の人口は約千四百万人です。",
	    "東京の人口はおよそ千四百万人となっています。", "" },
	{ "Korean to English", "계정에서 주문을 취소할 수 있습니다.",
	    "You can cancel your order there.", "language hangul|en" },
	{ "Greek to English", "Μπορείτε να ακυρώσετε την παραγγελία.",
	    "You can cancel your order there.", "language greek|en" },
	{ "Arabic to Hebrew", "يمكنك إلغاء الطلب من حسابك",
	    "אתה יכול לבטל את ההזמנה", "language arabic|hebrew" },
	{ "half of it in another script",
	    "You can cancel the order. Go to your account and choose it.",
	    "You can cancel the order. 请打开您的账户并选择该订单然后取消它就可以了。",
	    "language en|han" },
	{ "half of it in another language",
	    "You can cancel the order in your account at any time. We will then "
	    "pay the money back to you within a few days, and that is all.",
	    "You can cancel the order in your account at any time. Danach zahlen "
	    "wir Ihnen das Geld in wenigen Tagen zurück, und das ist alles.",
	    "language en|latin; name |Geld" },
	{ "too short to tell", "OK", "Да", "" },
	{ "foreign words in a language", "The word for bread is pain in French.",
	    "In French, the word for bread is pain.", "" },
	{ "code is no language", "Use `for i in range(3)` here, please.",
	    "Please use `for i in range(3)` here.", "" },

	/* --- empty --- */
	{ "nothing on one side", "There it is.", "", "empty There it is.|" },
	{ "only marks", "**...**", "Yes.", "empty **...**|Yes." },
	{ "nothing on both", "...", " ", "" },

	/* --- refusals: the rules below know two phrases and a pattern --- */
	{ "one refuses", "Sure, here is the summary you asked for.",
	    "I'm sorry, but I can’t help with that.",
	    "refusal |I can’t help" },
	{ "both refuse", "Sorry, I can't help with this one.",
	    "I CAN'T HELP you here, sorry.", "" },
	{ "by pattern", "Here it is, as you wished.",
	    "As an AI model, it is not for me to say.",
	    "refusal |As an AI model, it is not for me to say." },
	{ "a refusal far behind the beginning", "word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word word word word word word word I can't help it.", "word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word word word word word word word word word word word word word "
	    "word that is it.", "" },

	/* --- cut --- */
	{ "cut in a sentence", "You can send it back. It is free of charge.",
	    "You can send it back. It is", "cut …|…" },
	{ "cut in a word, in other words",
	    "Canberra is the capital. It was chosen as a compromise between two.",
	    "The capital is Canberra. As a compro",
	    "cut …|…" },
	{ "cut in code", "Run this:\n```\nmake\nmake install\n```\nand wait.",
	    "Run this:\n```\nmake\n", "cut …|…" },
	{ "a list without a last point", "It has a red, a green and a blue one.",
	    "It has:\n- a red one\n- a green one\n- a blue one", "" },
	{ "an address at the end", "Details are on our page. See "
	    "https://example.com/help for more of them.", "More details are on "
	    "our page: see https://example.com/help", "" },
	{ "a closing remark less", "It is in the drawer. Is there anything else?",
	    "It is in the drawer.", "" },
	{ "no point at the end", "It is in the drawer", "It is in the drawer.",
	    "" },
	{ "Chinese, cut", "您可以在账户中取消订单，然后我们会退款给您。",
	    "您可以在账户中取消订单，然后我们会退", "cut …|…" },

	/* --- negation --- */
	{ "can and cannot", "Yes. You can return it at any time.",
	    "Yes. You cannot return it at any time.", "negation You can return "
	    "it at any time|You cannot return it at any time" },
	{ "do and don't", "It helps. I do like the red one.",
	    "It helps. I don't like the red one!", "negation I do like the red "
	    "one|I don't like the red one" },
	{ "in another order", "The red one is not safe for children.",
	    "For children, the red one is safe.", "negation The red one is not "
	    "safe for children|For children, the red one is safe" },
	{ "both deny it", "You can't return it at any time.",
	    "You cannot return it at any time.", "" },
	{ "said and denied in one", "It is safe here. It is not safe here.",
	    "It is safe here.", "" },
	{ "German", "Sie können die Ware zurückgeben.",
	    "Sie können die Ware nicht zurückgeben.", "negation Sie können die "
	    "Ware zurückgeben|Sie können die Ware nicht zurückgeben" },
	{ "French", "Vous pouvez annuler la commande.",
	    "Vous ne pouvez pas annuler la commande.", "negation Vous pouvez "
	    "annuler la commande|Vous ne pouvez pas annuler la commande" },
	{ "Russian", "Этот заказ можно отменить.", "Этот заказ нельзя отменить. "
	    "Не надо.", "" },
	{ "Chinese", "您可以取消这个订单。", "您不可以取消这个订单。",
	    "negation 您可以取消这个订单|您不可以取消这个订单" },
	{ "twice and once", "No, the pesto is not safe.", "No, the pesto is safe.",
	    "negation No, the pesto is not safe|No, the pesto is safe" },
	{ "another sentence", "You can return it.", "It is not far.", "" },
};

static char *phrases[] = { "I can't help", "i am not able to", NULL };

static void
describe(const struct text_finding *f, char *out, size_t space)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < f->flag_count; i++)
		n += (size_t)snprintf(out + n, space - n, "%s%s %.*s|%.*s",
		    i > 0 ? "; " : "", diff_kind_name(f->flags[i].kind),
		    (int)f->flags[i].legacy.len, f->flags[i].legacy.text,
		    (int)f->flags[i].enhanced.len, f->flags[i].enhanced.text);
}

static struct shown
shown(const char *text)
{
	return (struct shown){ text, strlen(text) };
}

static bool
matches(const char *got, const char *want)
{
	/* "cut …|…": whatever is shown of it */
	return strcmp(got, want) == 0 || (strcmp(want, "cut …|…") == 0 &&
	    strncmp(got, "cut ", 4) == 0 && strchr(got, ';') == NULL);
}

Test(text, flags_what_must_not_differ)
{
	char why[REGEX_WHY_MAX];
	size_t offset;
	struct regex *patterns[] = { regex_new("(?i)^as an ai\\b", 15,
	    REGEX_ANYWHERE, why, &offset), NULL };
	struct text_rules rules = { ALL, phrases, patterns };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct shown l = shown(cases[i].legacy);
		struct shown e = shown(cases[i].enhanced);
		struct text_finding f, back;
		struct arena a;
		char got[500];

		arena_init(&a, 0);
		cr_assert(text_judge(l, e, 0.5, &rules, &a, &f));
		describe(&f, got, sizeof got);
		cr_expect(matches(got, cases[i].want), "%s: %s", cases[i].why,
		    got);
		cr_assert(text_judge(e, l, 0.5, &rules, &a, &back));
		cr_expect_eq(f.similarity, back.similarity);
		cr_expect_eq(f.flag_count, back.flag_count, "%s",
		    cases[i].why);
		arena_fini(&a);
	}
	regex_free(&patterns[0]);
}

Test(text, looks_only_for_what_it_is_asked)
{
	struct text_rules rules = { 1u << TEXT_FLAG_PRICE, NULL, NULL };
	struct text_finding f;
	struct arena a;

	arena_init(&a, 0);
	cr_assert(text_judge(shown("It costs $5, Anna, on 3 May 2024."),
	    shown("It costs $6, Bob, on 4 May 2024."), 0.1, &rules, &a, &f));
	cr_assert_eq(f.flag_count, 1);
	cr_expect_eq(f.flags[0].kind, DIFF_PRICE);
	cr_expect(f.alike);
	rules.flags = 0;
	cr_assert(text_judge(shown("It costs $5"), shown(""), 0.1, &rules, &a,
	    &f));
	cr_expect_eq(f.flag_count, 0);
	cr_expect_not(f.alike);
	arena_fini(&a);
}

Test(text, is_alike_as_far_as_it_was_read)
{
	struct text_rules rules = { ALL, NULL, NULL };
	size_t len = (size_t)3 << 19;
	char *x = malloc(len), *y = malloc(len);
	struct text_finding f;
	struct arena a;

	for (size_t i = 0; i < len; i++)
		x[i] = y[i] = "some words "[i % 11];
	arena_init(&a, 0);
	cr_assert(text_judge((struct shown){ x, len }, (struct shown){ y, len },
	    0.5, &rules, &a, &f));
	cr_expect(f.alike, "equal, however long");
	y[len - 2] = 'x';
	cr_assert(text_judge((struct shown){ x, len }, (struct shown){ y, len },
	    0.5, &rules, &a, &f));
	cr_expect_not(f.alike, "different where nobody looked");
	cr_expect_eq(f.similarity, 1);
	arena_fini(&a);
	free(x);
	free(y);
}

Test(text, wants_what_it_is_told_to)
{
	struct text_rules rules = { ALL, NULL, NULL };
	struct text_finding f;
	struct arena a;

	arena_init(&a, 0);
	cr_assert(text_judge(shown("so it is"), shown("So it is!"), 1, &rules,
	    &a, &f));
	cr_expect_not(f.alike, "1 = equal bytes only");
	cr_expect_eq(f.similarity, 1);
	cr_assert(text_judge(shown("so it is"), shown("So it is!"), 0.99, &rules,
	    &a, &f));
	cr_expect(f.alike);
	cr_assert(text_judge(shown("so it is"), shown("so it is"), 1, &rules,
	    &a, &f));
	cr_expect(f.alike);
	arena_fini(&a);
	arena_init(&a, 100);
	cr_expect_not(text_judge(shown("so it is"), shown("So it is!"), 1,
	    &rules, &a, &f));
	arena_fini(&a);
}
