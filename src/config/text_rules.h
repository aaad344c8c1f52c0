/* text_rules -- what the operator says about how texts are compared.
 * SPDX-License-Identifier: MIT
 *
 * The section "text" of "compare"; a part of struct compare_rules, owned by
 * the config and immutable with it.
 */
#ifndef CONFIG_TEXT_RULES_H
#define CONFIG_TEXT_RULES_H

#include <stddef.h>

struct regex;

/* What makes two texts different however alike they are; the order is that of
 * text_flag_words. */
enum text_flag_kind {
	TEXT_FLAG_LANGUAGE = 0, /* another language or script */
	TEXT_FLAG_EMPTY,        /* one of them says nothing */
	TEXT_FLAG_REFUSAL,      /* one of them refuses */
	TEXT_FLAG_NUMBER,       /* a fact that only one of them has */
	TEXT_FLAG_PRICE,
	TEXT_FLAG_DATE,
	TEXT_FLAG_NAME,
	TEXT_FLAG_CUT,          /* one of them breaks off */
	TEXT_FLAG_NEGATION,     /* one of them denies what the other says */
	TEXT_FLAG_COUNT
};

struct text_rules {
	unsigned flags;          /* bits 1 << enum text_flag_kind: those looked for */
	char **refusals;         /* phrases; NULL-terminated; NULL = none */
	struct regex **refusal_patterns; /* owns; NULL-terminated; NULL = none */
};

#endif
