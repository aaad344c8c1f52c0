/* noise_rules -- what the operator says about differences by nature.
 * SPDX-License-Identifier: MIT
 *
 * The section "noise" of the rules; a part of struct rules, owned by the
 * config and immutable with it.
 */
#ifndef CONFIG_NOISE_RULES_H
#define CONFIG_NOISE_RULES_H

#include <stddef.h>
#include <stdint.h>

enum pin { PIN_NOISE = 0, PIN_REAL };

/* What is known of a path without looking. */
struct noise_pin {
	char *path;       /* JSON Pointer, "*" = any one segment; or a word */
	enum pin as;
};

struct noise_rules {
	uint32_t sample;  /* of mirrored pairs, thousandths of a percent */
	struct noise_pin *pins; /* the first that covers a path decides */
	size_t pin_count;
};

#endif
