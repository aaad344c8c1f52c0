/* keep_keys -- the keys of "keep" and "redact": what of answers is written down.
 * SPDX-License-Identifier: MIT
 *
 * What is secret in an API is a matter of the rules ("redact"); what may be
 * kept, how long and under which key is the process's ("keep").
 */
#include "config/keep_keys.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "config/config.h"
#include "config/read.h"
#include "config/words.h"

#define KIB 1024.0
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define HOUR 3600e3
#define DAY (24 * HOUR)
#define PATTERN_TEXT_MAX 4096
#define PATTERNS_MAX 100

/* --- patterns ---------------------------------------------------------------- */

/* A pattern that matches nothing at all would be found everywhere. */
static bool
matches_nothing(const struct regex *pattern)
{
	struct regex_room *room = regex_room_new();
	bool yes = regex_match(pattern, room, "", 0) == REGEX_YES;

	regex_room_free(&room);
	return yes;
}

static struct regex *
read_pattern(struct reader *r, const struct json *item)
{
	char why[REGEX_WHY_MAX], shown[SHOWN_MAX];
	struct regex *pattern;
	size_t offset = 0;

	if (!read_is_text(r, item, PATTERN_TEXT_MAX, "a regular expression in "
	    "quotes"))
		return NULL;
	pattern = regex_new(item->text, item->len, REGEX_ANYWHERE, why, &offset);
	if (pattern == NULL) {
		read_fault(r, item, "%s is no regular expression: %s, at byte "
		    "%zu", read_shown(item, shown), why, offset);
	} else if (matches_nothing(pattern)) {
		read_fault(r, item, "%s matches the empty text; let it match at "
		    "least one character", read_shown(item, shown));
		regex_free(&pattern);
	}
	return pattern;
}

static bool
read_patterns(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct redact_rules *rules = target;
	bool ok = true;
	size_t i = 0;

	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	if ((double)value->count > key->max)
		return read_fault(r, value, "has %zu patterns; at most %.0f are "
		    "possible", value->count, key->max);
	rules->patterns = read_alloc(r,
	    (value->count + 1) * sizeof rules->patterns[0]);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		size_t mark = read_enter_item(r, i++);
		struct regex *pattern = read_pattern(r, v);

		if (pattern != NULL)
			rules->patterns[rules->pattern_count++] = pattern;
		ok = ok && pattern != NULL;
		read_leave(r, mark);
	}
	return ok;
}

static void
schema_patterns(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"array\", \"items\": {\"type\": \"string\", "
	    "\"minLength\": 1}");
}

static const struct key_type key_patterns = {
	"list of regular expressions", "a list of regular expressions in [ ]",
	read_patterns, NULL, schema_patterns };

void
redact_rules_fini(struct redact_rules *rules)
{
	for (size_t i = 0; i < rules->pattern_count; i++)
		regex_free(&rules->patterns[i]);
	rules->pattern_count = 0;
}

/* --- redact ------------------------------------------------------------------ */

static void
check_redact(struct reader *r, const struct json *object, void *target)
{
	struct redact_rules *rules = target;
	const struct compare_rules pointers = { .ignore = rules->pointers,
		.ignore_count = rules->pointer_count };

	(void)object;
	rules->places = place_rules_make(&pointers, r->arena);
}

static const struct key redact_keys[] = {
	{ "pointers", &key_pointers,
	    KEY_LIST_FIELD(struct redact_rules, pointers, pointer_count),
	    .max = 1000, .standard = "[]",
	    .help = "JSON Pointers of answers whose values are not kept, with "
	    "all that is under them; `*` stands for any item or member, `\"\"` "
	    "for the whole answer. They reach into JSON that is in a string." },
	{ "headers", &key_header_names,
	    KEY_LIST_FIELD(struct redact_rules, headers, header_count),
	    .max = 100, .standard = "[]",
	    .help = "Fields of answers whose values are not kept. Cookies and "
	    "credentials never are." },
	{ "patterns", &key_patterns, .max = PATTERNS_MAX, .standard = "[]",
	    .help = "What matches one of these regular expressions (PCRE2) is "
	    "not kept, wherever it stands: in answers, in values shown, in "
	    "paths of requests. `\\K` leaves what was matched before it." },
};

const struct key_table redact_table = {
	.about = "What is written down nowhere: not in kept answers, not in the "
	"values of differences, not in records and logs. It reads "
	"`<redacted>` instead. Comparison sees it all the same.",
	.keys = redact_keys, .count = COUNT_OF(redact_keys),
	.finish = check_redact,
};

/* --- the key file -------------------------------------------------------------- */

static bool
parse_key(const char *line, size_t len, struct keep_key *out)
{
	if (len != 2 * KEEP_KEY_BYTES)
		return false;
	for (size_t i = 0; i < len; i += 2) {
		int high = text_hex_digit(line[i]);
		int low = text_hex_digit(line[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->bytes[i / 2] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static size_t
trimmed_len(const char *line, size_t len)
{
	while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
		len--;
	return len;
}

bool
keep_keys_parse(const char *text, size_t len,
    struct keep_key out[KEEP_KEYS_MAX], size_t *count_out, struct err *err)
{
	unsigned number = 0;
	size_t count = 0;

	for (size_t at = 0; at < len; number++) {
		const char *line = text + at;
		const char *end = memchr(line, '\n', len - at);
		size_t line_len = end != NULL ? (size_t)(end - line) : len - at;

		at += line_len + 1;
		line_len = trimmed_len(line, line_len);
		if (line_len == 0 || line[0] == '#')
			continue;
		if (count == KEEP_KEYS_MAX)
			return err_set(err, "more than %d keys", KEEP_KEYS_MAX);
		if (!parse_key(line, line_len, &out[count++]))
			return err_set(err, "line %u is not 64 hex digits, as "
			    "openssl rand -hex 32 prints them", number + 1);
	}
	*count_out = count;
	return count > 0 || err_set(err, "there is no key in it");
}

static bool
read_key_file(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct keep_settings *keep = target;
	struct keep_key keys[KEEP_KEYS_MAX];
	struct buf text = { 0 };
	struct err why = { "" };
	char shown[SHOWN_MAX];
	bool ok;

	if (!read_is_text(r, value, 4096, key->type->expects))
		return false;
	keep->key_file = read_path(r, read_copy(r, value->text, value->len));
	ok = r->ports->read_file(r->ports->arg, keep->key_file, &text, &why) &&
	    keep_keys_parse(text.bytes, text.len, keys, &keep->key_count, &why);
	if (ok) {
		keep->keys = read_alloc(r, keep->key_count * sizeof keys[0]);
		memcpy(keep->keys, keys, keep->key_count * sizeof keys[0]);
	} else {
		read_fault(r, value, "%s holds no keys (%s: %s)",
		    read_shown(value, shown), keep->key_file, why.text);
	}
	explicit_bzero(keys, sizeof keys);
	if (text.len > 0)
		explicit_bzero(text.bytes, text.len);
	buf_fini(&text);
	return ok;
}

static void
schema_path(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\", \"minLength\": 1");
}

static const struct key_type key_key_file = { "path", "a path in quotes",
	read_key_file, NULL, schema_path };

/* --- keep ------------------------------------------------------------------------ */

static const struct key keep_keys[] = {
	{ "bodies", &key_choice, KEY_FIELD(struct keep_settings, bodies),
	    .words = keep_bodies_words, .standard = KEY_TEXT("none"),
	    .help = "`different`: of pairs judged `different`, and of no "
	    "others, both answers are kept, redacted as the rules' `redact` "
	    "says; `none`: nothing is." },
	{ "max", &key_size, KEY_FIELD(struct keep_settings, max_bytes),
	    .min = 1 * KIB, .max = 1 * MIB, .standard = KEY_TEXT("64KiB"),
	    .help = "The most that is kept of one answer; the rest is cut." },
	{ "per_hour", &key_count, KEY_FIELD(struct keep_settings, per_hour),
	    .min = 1, .max = 1e6, .standard = "600",
	    .help = "The most pairs kept in an hour. More are counted only." },
	{ "total", &key_size, KEY_FIELD(struct keep_settings, total_bytes),
	    .min = 1 * MIB, .max = 1024 * GIB, .standard = KEY_TEXT("256MiB"),
	    .help = "The most that is kept in all, in the store; the oldest "
	    "pairs go first." },
	{ "for", &key_duration, KEY_FIELD(struct keep_settings, for_ms),
	    .max = 3650 * DAY, .standard = KEY_TEXT("30d"),
	    .help = "How long a pair is kept; `0s`: as long as `total` allows." },
	{ "key_file", &key_key_file,
	    .help = "File of the keys that kept answers are encrypted under "
	    "(AES-256-GCM): a line of 64 hex digits for each (`openssl rand "
	    "-hex 32`), the newest last. Absent: they are not encrypted." },
	{ "users", &key_choice, KEY_FIELD(struct keep_settings, users),
	    .words = keep_users_words, .standard = KEY_TEXT("hashed"),
	    .help = "User and session ids in the records: `hashed` under a key "
	    "of the store's, or as they came (`plain`)." },
};

const struct key_table keep_table = {
	.about = "What is kept of pairs that differ, for a person to look at "
	"and for `understudyctl rejudge`.",
	.keys = keep_keys, .count = COUNT_OF(keep_keys),
};
