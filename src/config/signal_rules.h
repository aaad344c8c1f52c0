/* signal_rules -- numbers that are read from answers as they pass.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct rules; owned by the config and immutable with it.  What is
 * counted of them is in signal_board.h.
 */
#ifndef CONFIG_SIGNAL_RULES_H
#define CONFIG_SIGNAL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pointer_node;

#define SIGNAL_RULES_MAX 16
#define SIGNAL_NAME_MAX 32
/* Texts that a signal may equal. */
#define SIGNAL_EQUALS_MAX 16
/* Distributions that are kept because a condition asks for a quantile. */
#define SPREADS_MAX 6

enum signal_kind { SIGNAL_SHARE = 0, SIGNAL_NUMBER };

/* What is done with an answer that does not have it. */
enum signal_absent { ABSENT_UNKNOWN = 0, ABSENT_NO };

/* A number that is a time is counted in microseconds, another in thousandths,
 * so that sums are whole and differences of them exact. */
enum signal_unit { SIGNAL_PLAIN = 0, SIGNAL_US, SIGNAL_MS, SIGNAL_S };

/* One of the values that count. */
struct signal_value {
	enum { VALUE_TEXT = 0, VALUE_NUMBER, VALUE_TRUE, VALUE_FALSE,
	    VALUE_NULL } kind;
	char *text;        /* of a text: it; of a number: as written */
	size_t len;
	double number;
};

struct signal_rule {
	char *name;
	char *header;      /* lower case; or NULL */
	char *pointer;     /* JSON Pointer; or NULL */
	enum signal_kind kind;
	struct signal_value *equals; /* NULL: true, or a number that is not 0 */
	size_t equals_count;
	enum signal_absent absent;   /* of shares */
	enum signal_unit unit;       /* of numbers */
	double scale;                /* likewise: what it is multiplied by */
};

/* What a distribution is of. */
enum spread_of { SPREAD_FIRST_BYTE = 0, SPREAD_FIRST_CONTENT, SPREAD_SIGNAL };

struct spread {
	enum spread_of of;
	uint8_t signal;    /* of SPREAD_SIGNAL: index */
};

struct signal_rules {
	struct signal_rule *list;
	size_t count;
	bool has_header;                   /* any of them */
	const struct pointer_node *places; /* of those in JSON; NULL = none */
	uint8_t marks[SIGNAL_RULES_MAX];        /* of the tree: which signal */
	struct spread spreads[SPREADS_MAX]; /* what conditions ask for */
	size_t spread_count;
	uint64_t mark;     /* changes with anything above; 0 = nothing is counted */
};

#endif
