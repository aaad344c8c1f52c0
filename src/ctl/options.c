/* options -- see options.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define INTERVAL_MIN_MS 100
#define INTERVAL_MAX_MS 3600000
#define COUNT_MAX 1000000
/* 100 years, as long as a clock can say. */
#define SPAN_MAX_US (UINT64_C(36525) * 86400 * 1000000)

enum { ONLY_JSON = 256, ONLY_CA, ONLY_CERT, ONLY_KEY,
    ONLY_RESUME, ONLY_LIMIT, ONLY_ROLE, ONLY_UNIFIED, ONLY_TIMELINE,
    ONLY_PROPOSE, ONLY_NAME, ONLY_WHEN, ONLY_FOR, ONLY_UNTIL, ONLY_ROLLOUT };

/* Those whose value is taken as it is. */
static const struct {
	int option;
	size_t offset; /* of struct ctl_options */
	unsigned bit;  /* 0 = of every command */
} texts[] = {
	{ 'a', offsetof(struct ctl_options, admin), 0 },
	{ 't', offsetof(struct ctl_options, token_file), 0 },
	{ ONLY_CA, offsetof(struct ctl_options, ca), 0 },
	{ ONLY_CERT, offsetof(struct ctl_options, cert), 0 },
	{ ONLY_KEY, offsetof(struct ctl_options, key), 0 },
	{ ONLY_ROLLOUT, offsetof(struct ctl_options, rollout), 0 },
	{ ONLY_PROPOSE, offsetof(struct ctl_options, propose), OPTION_PROPOSE },
	{ 'o', offsetof(struct ctl_options, output), OPTION_OUTPUT },
	{ ONLY_NAME, offsetof(struct ctl_options, name), OPTION_NAME },
	{ ONLY_WHEN, offsetof(struct ctl_options, when), OPTION_WHEN },
	{ ONLY_UNTIL, offsetof(struct ctl_options, until), OPTION_UNTIL },
};

static const struct option long_options[] = {
	{ "admin", required_argument, NULL, 'a' },
	{ "token-file", required_argument, NULL, 't' },
	{ "ca", required_argument, NULL, ONLY_CA },
	{ "cert", required_argument, NULL, ONLY_CERT },
	{ "key", required_argument, NULL, ONLY_KEY },
	{ "rollout", required_argument, NULL, ONLY_ROLLOUT },
	{ "json", no_argument, NULL, ONLY_JSON },
	{ "reason", required_argument, NULL, 'r' },
	{ "resume", no_argument, NULL, ONLY_RESUME },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "limit", required_argument, NULL, ONLY_LIMIT },
	{ "role", required_argument, NULL, ONLY_ROLE },
	{ "unified", no_argument, NULL, ONLY_UNIFIED },
	{ "timeline", no_argument, NULL, ONLY_TIMELINE },
	{ "propose", required_argument, NULL, ONLY_PROPOSE },
	{ "output", required_argument, NULL, 'o' },
	{ "name", required_argument, NULL, ONLY_NAME },
	{ "when", required_argument, NULL, ONLY_WHEN },
	{ "for", required_argument, NULL, ONLY_FOR },
	{ "until", required_argument, NULL, ONLY_UNTIL },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

const char *
option_name(enum option_bit bit)
{
	switch (bit) {
	case OPTION_REASON:
		return "--reason";
	case OPTION_RESUME:
		return "--resume";
	case OPTION_INTERVAL:
		return "--interval";
	case OPTION_COUNT:
		return "--count";
	case OPTION_LIMIT:
		return "--limit";
	case OPTION_ROLE:
		return "--role";
	case OPTION_UNIFIED:
		return "--unified";
	case OPTION_TIMELINE:
		return "--timeline";
	case OPTION_PROPOSE:
		return "--propose";
	case OPTION_OUTPUT:
		return "--output";
	case OPTION_NAME:
		return "--name";
	case OPTION_WHEN:
		return "--when";
	case OPTION_FOR:
		return "--for";
	case OPTION_UNTIL:
		return "--until";
	case OPTION_HELP:
		return "--help";
	case OPTION_VERSION:
		return "--version";
	}
	return "";
}

static bool
read_count(const char *name, const char *text, unsigned *out, struct err *err)
{
	uint64_t n;

	if (!text_u64(text, &n) || n == 0 || n > COUNT_MAX)
		return err_set(err, "%s: '%s' is not a number from 1 to %d", name,
		    text, COUNT_MAX);
	*out = (unsigned)n;
	return true;
}

/* "2", "0.5", "500ms": seconds unless a unit is there. */
static bool
read_interval(const char *text, unsigned *out_ms, struct err *err)
{
	char *end;
	double seconds = strtod(text, &end);
	uint64_t us;

	if (end != text && *end == '\0' && seconds > 0 && seconds < 1e6)
		us = (uint64_t)(seconds * 1e6);
	else if (!text_duration_us(text, &us))
		return err_set(err, "--interval: '%s' is not a time like 2 or "
		    "500ms", text);
	if (us < INTERVAL_MIN_MS * 1000 ||
	    us > (uint64_t)INTERVAL_MAX_MS * 1000)
		return err_set(err, "--interval: must be 100ms to 1h");
	*out_ms = (unsigned)(us / 1000);
	return true;
}

static bool
read_span(const char *text, uint64_t *out_us, struct err *err)
{
	return (text_duration_us(text, out_us) && *out_us > 0 &&
	    *out_us <= SPAN_MAX_US) || err_set(err, "--for: '%s' is not a time "
	    "like 90s, 2h or 14d", text);
}

static bool
take_role(const char *text, struct ctl_options *o, struct err *err)
{
	o->given |= OPTION_ROLE;
	o->role = text;
	if (strcmp(text, "viewer") == 0 || strcmp(text, "operator") == 0)
		return true;
	return err_set(err, "--role: must be viewer or operator, not '%s'", text);
}

static bool
take_reason(const char *text, struct ctl_options *o, struct err *err)
{
	o->given |= OPTION_REASON;
	o->reason = text;
	if (text[strspn(text, " \t")] == '\0')
		return err_set(err, "--reason: must say why");
	/* It goes into a log that others read; what a terminal sent in another
	 * coding must not become something else there. */
	return text_is_utf8(text, strlen(text)) || err_set(err, "--reason: is "
	    "not UTF-8; set the terminal's coding, or write plain letters");
}

static bool
refuse_option(char **argv, bool is_argument_missing, struct err *err)
{
	const char *typed = argv[optind - 1];
	const char *names[COUNT_OF(long_options)];
	const char *near;
	size_t count = 0;

	if (is_argument_missing)
		return err_set(err, "%s needs a value", typed);
	if (optopt != 0 && optopt < 256)
		return err_set(err, "unknown option -%c", optopt);
	if (optopt != 0)
		return err_set(err, "%s takes no value", typed);
	for (; long_options[count].name != NULL; count++)
		names[count] = long_options[count].name;
	near = strncmp(typed, "--", 2) == 0 ?
	    text_nearest(typed + 2, names, count) : NULL;
	if (near != NULL)
		return err_set(err, "unknown option %s; did you mean --%s?", typed,
		    near);
	return err_set(err, "unknown option %s", typed);
}

static bool
take(struct ctl_options *o, enum option_bit bit)
{
	o->given |= bit;
	return true;
}

/* true: it is one of those. */
static bool
take_text(int option, struct ctl_options *o)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (texts[i].option != option)
			continue;
		o->given |= texts[i].bit;
		memcpy((char *)o + texts[i].offset, &optarg, sizeof optarg);
		return true;
	}
	return false;
}

static bool
take_option(int option, char **argv, struct ctl_options *o, struct err *err)
{
	if (take_text(option, o))
		return true;
	switch (option) {
	case ONLY_JSON:
		o->json = true;
		return true;
	case 'r':
		return take_reason(optarg, o, err);
	case ONLY_RESUME:
		return take(o, OPTION_RESUME);
	case 'i':
		o->given |= OPTION_INTERVAL;
		return read_interval(optarg, &o->interval_ms, err);
	case 'n':
		o->given |= OPTION_COUNT;
		return read_count("--count", optarg, &o->count, err);
	case ONLY_LIMIT:
		o->given |= OPTION_LIMIT;
		return read_count("--limit", optarg, &o->limit, err);
	case ONLY_ROLE:
		return take_role(optarg, o, err);
	case ONLY_UNIFIED:
		return take(o, OPTION_UNIFIED);
	case ONLY_TIMELINE:
		return take(o, OPTION_TIMELINE);
	case ONLY_FOR:
		o->given |= OPTION_FOR;
		return read_span(optarg, &o->for_us, err);
	case 'h':
		return take(o, OPTION_HELP);
	case 'V':
		return take(o, OPTION_VERSION);
	}
	return refuse_option(argv, option == ':', err);
}

static bool
take_words(int argc, char **argv, struct ctl_options *o, struct err *err)
{
	for (int i = optind; i < argc; i++) {
		if (o->word_count == WORDS_MAX)
			return err_set(err, "too many words: '%s'", argv[i]);
		if (argv[i][0] == '\0')
			return err_set(err, "an empty word; is a variable not set?");
		if (!text_is_utf8(argv[i], strlen(argv[i])))
			return err_set(err, "'%s' is not UTF-8", argv[i]);
		o->words[o->word_count++] = argv[i];
	}
	return true;
}

bool
options_parse(int argc, char **argv, struct ctl_options *out, struct err *err)
{
	int option;

	*out = (struct ctl_options){ .interval_ms = 1000, .role = "operator" };
	optind = 0; /* glibc: begin anew, also in a second call */
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":a:t:r:i:n:o:hV", long_options,
	    NULL)) != -1)
		if (!take_option(option, argv, out, err))
			return false;
	return take_words(argc, argv, out, err);
}
