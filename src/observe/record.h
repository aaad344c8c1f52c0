/* record -- what is written down of a leg and of a comparison.
 * SPDX-License-Identifier: MIT
 *
 * Plain values of fixed size: made on a worker or compare thread, copied
 * into a bounded ring, written by the recorder.  User and session ids are
 * the raw ids here and are hashed by the recorder before they are stored.
 */
#ifndef OBSERVE_RECORD_H
#define OBSERVE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ident.h"
#include "config/version.h"
#include "observe/outcome.h"

#define RECORD_PATH_MAX 200
#define RECORD_ID_MAX 128
#define RECORD_DIFFS_MAX 8
#define RECORD_SIGNALS_MAX 1024

struct leg_record {
	int64_t ts_us;              /* wall clock at the request's head */
	char pair[IDENT_TEXT_LEN + 1];
	uint8_t leg;                /* enum leg */
	uint8_t version;            /* enum version */
	uint8_t outcome;            /* enum outcome */
	uint8_t why;                /* enum why of policy/decide.h, as decided */
	uint16_t status;            /* of the answer; 0 = none came */
	bool failure;               /* counted as a failure of the version */
	bool streamed;              /* text/event-stream */
	uint32_t bucket;            /* BUCKET_NONE without identity */
	uint64_t epoch;
	uint64_t latency_us;        /* the leg's beginning -> last byte */
	uint64_t first_byte_us;     /* likewise -> answer's head; 0 = never */
	uint64_t first_content_us;  /* likewise -> answer's first body byte; 0 = never */
	uint64_t longest_gap_us;    /* of a stream: between two arrivals of its body */
	uint64_t events;            /* of a stream that was read (proxy/reading.h) */
	uint64_t request_bytes;     /* body */
	uint64_t response_bytes;    /* body */
	const char *rollout;        /* interned; NULL or "" = of none */
	/* Texts from here on: the recorder packs them. */
	char stage[64];
	char method[16];
	char path[RECORD_PATH_MAX]; /* without the query; cut if longer */
	char route[64];             /* the rule's path pattern, "" if none */
	char user[RECORD_ID_MAX + 1];
	char session[RECORD_ID_MAX + 1];
	char error[120];            /* detail of a failure, "" if none */
	char signals[RECORD_SIGNALS_MAX]; /* a JSON object, "" if none (signals.h) */
};

/* VERDICT(NAME, "name in records and metrics", "what it means") */
#define VERDICT_TABLE(VERDICT) \
	VERDICT(SAME, "same", "no difference that the rules count") \
	VERDICT(NOISE, "noise", "only differences that legacy has with itself") \
	VERDICT(DIFFERENT, "different", "at least one difference counts") \
	VERDICT(INCOMPARABLE, "incomparable", \
	    "could not be compared; the reason says why")

enum verdict {
#define VERDICT(NAME, name, text) VERDICT_##NAME,
	VERDICT_TABLE(VERDICT)
#undef VERDICT
	VERDICT_COUNT
};
/* "same" */
const char *verdict_name(enum verdict v);

enum diff_kind {
	DIFF_MISSING = 0, /* in legacy, not in enhanced */
	DIFF_EXTRA,       /* in enhanced, not in legacy */
	DIFF_TYPE,
	DIFF_VALUE,
	DIFF_LENGTH,      /* arrays of different length */
	/* Of two texts, however alike; see compare/text.h. */
	DIFF_LANGUAGE,    /* another language or script */
	DIFF_EMPTY,       /* one says nothing */
	DIFF_REFUSAL,     /* one refuses */
	DIFF_NUMBER,      /* facts that only one has */
	DIFF_PRICE,
	DIFF_DATE,
	DIFF_NAME,
	DIFF_ORDER,       /* the same items in another order */
	DIFF_LIMIT,       /* a rule's pattern was given up at its bounds */
	DIFF_CUT,         /* of two texts, one breaks off */
	DIFF_NEGATION,    /* of two texts, one denies what the other says */
	DIFF_KIND_COUNT
};
const char *diff_kind_name(enum diff_kind k);

struct difference {
	char path[160];    /* JSON Pointer with "*" for array items; "status", "text" */
	uint8_t kind;      /* enum diff_kind */
	bool is_text;      /* of two texts: not as alike as wanted */
	char legacy[80];   /* the values, shortened; "" if absent */
	char enhanced[80];
};

struct comparison_record {
	int64_t ts_us;
	char pair[IDENT_TEXT_LEN + 1];
	uint8_t verdict;            /* enum verdict */
	uint8_t kept;               /* entries of differences that are filled */
	uint16_t legacy_status, enhanced_status;
	uint32_t difference_count;  /* all that were found */
	uint64_t epoch;
	uint64_t legacy_latency_us, enhanced_latency_us;
	double similarity;          /* of the texts, 0..1; -1 = not computed */
	const char *rollout;        /* interned; NULL or "" = of none */
	/* Texts from here on: the recorder packs them. */
	char stage[64];
	char method[16];
	char path[RECORD_PATH_MAX];
	char route[64];
	char reason[80];            /* of incomparable, "" otherwise */
	struct difference differences[RECORD_DIFFS_MAX];
};

struct kept_sample;
struct minute_record;

/* Where legs, comparisons and kept samples go; plugged in by app.  Never
 * blocks; false = full, dropped (the sink has counted it).  Any thread.  All
 * NULL: nobody records. */
struct record_sink {
	/* Copied. */
	bool (*leg)(void *arg, const struct leg_record *r);
	bool (*comparison)(void *arg, const struct comparison_record *r);
	/* Taken over, unless it is refused. */
	bool (*kept)(void *arg, struct kept_sample *k);
	bool (*minute)(void *arg, struct minute_record *r);
	void *arg;
};

#endif
