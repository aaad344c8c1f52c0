/* test_options -- command lines of understudyctl, right and wrong.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "ctl/commands.h"
#include "ctl/options.h"

#define ARGS_MAX 12

/* line is split at spaces. */
static bool
parse(const char *line, struct ctl_options *o, struct err *err)
{
	static char text[256];
	char *argv[ARGS_MAX + 1] = { "understudyctl" };
	int argc = 1;

	snprintf(text, sizeof text, "%s", line);
	for (char *word = strtok(text, " "); word != NULL;
	    word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
	return options_parse(argc, argv, o, err);
}

Test(options, defaults)
{
	struct ctl_options o;
	struct err err = { "" };

	cr_assert(parse("status", &o, &err));
	cr_expect_eq(o.word_count, 1);
	cr_expect_str_eq(o.words[0], "status");
	cr_expect_null(o.admin);
	cr_expect_null(o.token_file);
	cr_expect_null(o.reason);
	cr_expect(!o.json);
	cr_expect_eq(o.given, 0);
	cr_expect_eq(o.interval_ms, 1000);
	cr_expect_eq(o.count, 0);
	cr_expect_str_eq(o.role, "operator");
}

Test(options, may_stand_anywhere)
{
	static const char *const lines[] = {
		"-a unix:/x -t f --json set percent 5 --reason why",
		"set percent 5 --reason why -a unix:/x -t f --json",
		"set --reason=why percent --admin=unix:/x 5 --token-file f --json",
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct ctl_options o;
		struct err err = { "" };

		cr_assert(parse(lines[i], &o, &err), "%s: %s", lines[i],
		    err.text);
		cr_expect_eq(o.word_count, 3);
		cr_expect_str_eq(o.words[0], "set");
		cr_expect_str_eq(o.words[1], "percent");
		cr_expect_str_eq(o.words[2], "5");
		cr_expect_str_eq(o.reason, "why");
		cr_expect_str_eq(o.admin, "unix:/x");
		cr_expect_str_eq(o.token_file, "f");
		cr_expect(o.json);
	}
}

static const struct {
	const char *line;
	unsigned want_ms;
} intervals[] = {
	{ "watch -i 2", 2000 }, { "watch -i 0.5", 500 },
	{ "watch --interval 250ms", 250 }, { "watch -i 1m", 60000 },
};

Test(options, intervals)
{
	for (size_t i = 0; i < COUNT_OF(intervals); i++) {
		struct ctl_options o;
		struct err err = { "" };

		cr_assert(parse(intervals[i].line, &o, &err), "%s", err.text);
		cr_expect_eq(o.interval_ms, intervals[i].want_ms, "%s",
		    intervals[i].line);
	}
}

static const struct {
	const char *line, *want;
} faults[] = {
	{ "status --jsn", "unknown option --jsn; did you mean --json?" },
	{ "status --zzzzzzzz", "unknown option --zzzzzzzz" },
	{ "status -x", "unknown option -x" },
	{ "status --json=1", "takes no value" },
	{ "set percent 5 --reason", "--reason needs a value" },
	{ "watch --interval x", "--interval: 'x' is not a time" },
	{ "watch --interval 0", "--interval" },
	{ "watch --interval 1ms", "--interval: must be 100ms to 1h" },
	{ "watch --interval 2h", "--interval: must be 100ms to 1h" },
	{ "watch --count 0", "--count: '0' is not a number from 1" },
	{ "watch --count -1", "--count: '-1' is not a number" },
	{ "diffs --limit many", "--limit: 'many' is not a number" },
	{ "token --role admin", "--role: must be viewer or operator" },
	{ "override u legacy --for ever", "--for: 'ever' is not a time like" },
	{ "override u legacy --for 0s", "--for: '0s' is not a time like" },
	{ "override u legacy --for 36526d", "--for: '36526d' is not" },
	{ "override u legacy --when", "--when needs a value" },
	{ "set a b c d e", "too many words: 'd'" },
	{ "rollback --reason tr\xe8s", "--reason: is not UTF-8" },
	{ "set stage \xe9t\xe9 --reason x", "is not UTF-8" },
	{ "explain ''", "an empty word; is a variable not set?" },
};

Test(options, faults_say_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		struct ctl_options o;
		struct err err = { "" };

		cr_expect(!parse(faults[i].line, &o, &err), "%s",
		    faults[i].line);
		cr_expect_not_null(strstr(err.text, faults[i].want), "%s: %s",
		    faults[i].line, err.text);
	}
}

/* What a command says to its options; "" = they are fine. */
static const struct {
	const char *line, *want;
} checks[] = {
	{ "status", "" }, { "watch", "" }, { "reload -r x", "" }, { "diffs", "" },
	{ "events --limit 5", "" }, { "watch -i 2 -n 3", "" },
	{ "set percent 5 -r x", "" }, { "rollback -r x", "" },
	{ "rearm -r x --resume", "" }, { "explain u", "" },
	{ "override u legacy -r x", "" }, { "token", "" },
	{ "override u legacy -r x --for 2h", "" }, { "overrides", "" },
	{ "override --name n --when {} legacy -r x --until y", "" },
	{ "override -r x --name n", "override: something is missing" },
	{ "explain u --when {}", "explain: --when is not for this command" },
	{ "token alice --role viewer", "" }, { "help set", "" },
	{ "set percent 5", "set: --reason is missing" },
	{ "rollback", "rollback: --reason is missing" },
	{ "reload", "reload: --reason is missing" },
	{ "rearm", "rearm: --reason is missing" },
	{ "override u legacy", "override: --reason is missing" },
	{ "set percent -r x", "set: something is missing" },
	{ "explain", "explain: something is missing" },
	{ "explain a b", "explain: 'b' is too much" },
	{ "status -r x", "status: --reason is not for this command" },
	{ "status --count 3", "status: --count is not for this command" },
	{ "rollback -r x --resume", "--resume is not for this command" },
	{ "events --role viewer", "--role is not for this command" },
};

Test(options, commands_take_what_is_theirs)
{
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		struct ctl_options o;
		struct err err = { "" };
		const struct command *c;
		bool ok;

		cr_assert(parse(checks[i].line, &o, &err), "%s", err.text);
		c = command_find(o.words[0], &err);
		cr_assert_not_null(c);
		ok = command_check(c, &o, &err);
		cr_expect_eq(ok, checks[i].want[0] == '\0', "%s: %s",
		    checks[i].line, err.text);
		cr_expect_not_null(strstr(err.text, checks[i].want), "%s: %s",
		    checks[i].line, err.text);
	}
}

Test(options, unknown_commands_get_a_hint)
{
	struct err err = { "" };

	cr_expect_null(command_find("statsu", &err));
	cr_expect_str_eq(err.text, "unknown command 'statsu'; did you mean "
	    "status?");
	cr_expect_null(command_find("zzzzzzzzzz", &err));
	cr_expect_str_eq(err.text, "unknown command 'zzzzzzzzzz'");
}
