/* commands -- the table, and the commands that are one question each.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/fields.h"
#include "ctl/show.h"

/* --- commands ----------------------------------------------------------- */

static enum ctl_exit
run_status(struct client *c, const struct ctl_options *o, struct err *err)
{
	const struct show show = ask_page();
	struct reply reply;
	enum ctl_exit result = ask(c, o, "GET", "/api/v1/status", NULL, &reply,
	    err);
	const json_t *doc = reply.document;
	struct buf out = { 0 };

	if (result == CTL_OK && !o->json) {
		show_head(&show, doc, client_name(c), &out);
		buf_puts(&out, "\n");
		show_rollout(&show, field(doc, "rollout"),
		    field_true(doc, "env_disabled"), &out);
		show_stages(&show, field(doc, "rollout"), &out);
		show_others(&show, doc, &out);
		buf_puts(&out, "\n");
		show_versions(&show, doc, &out);
		buf_puts(&out, "\n");
		show_traffic(&show, doc, &out);
		show_trouble(&show, doc, &out);
		buf_puts(&out, "\n");
		show_signals(&show, doc, &out);
		show_rules(&show, doc, &out);
	}
	ask_print(&out);
	reply_fini(&reply);
	return result;
}

static enum ctl_exit
run_plan(struct client *c, const struct ctl_options *o, struct err *err)
{
	const struct show show = ask_page();
	struct reply reply;
	enum ctl_exit result = ask(c, o, "GET", "/api/v1/plan", NULL, &reply,
	    err);
	struct buf out = { 0 };

	if (result == CTL_OK && !o->json)
		show_plan(&show, reply.document, &out);
	ask_print(&out);
	reply_fini(&reply);
	return result;
}

static enum ctl_exit
run_why(struct client *c, const struct ctl_options *o, struct err *err)
{
	const struct show show = ask_page();
	struct reply events = { 0 }, plan = { 0 };
	enum ctl_exit result = ask(c, o, "GET", "/api/v1/events?limit=100", NULL,
	    &events, err);
	struct buf out = { 0 };

	/* Somebody may have set overrides for a thousand users since. */
	if (result == CTL_OK && !o->json && !show_has_decision(events.document)) {
		reply_fini(&events);
		result = ask(c, o, "GET", "/api/v1/events?limit=1000", NULL,
		    &events, err);
	}
	if (result == CTL_OK)
		result = ask(c, o, "GET", "/api/v1/plan", NULL, &plan, err);
	if (result == CTL_OK && !o->json)
		show_why(&show, events.document, plan.document, &out);
	ask_print(&out);
	reply_fini(&events);
	reply_fini(&plan);
	return result;
}

/* "5", "0.5%"; not what strtod() takes beside that: nan, inf, 0x10. */
static bool
read_percent(const char *text, double *out)
{
	size_t len = strspn(text, "0123456789.");
	char *end;

	*out = strtod(text, &end);
	return len > 0 && end == text + len &&
	    (*end == '\0' || strcmp(end, "%") == 0);
}

static bool
read_wish(const struct ctl_options *o, json_t *body, struct err *err)
{
	const char *what = o->words[1], *value = o->words[2];
	size_t len = strlen(value);
	double percent;

	if (strcmp(what, "stage") == 0) {
		json_object_set_new(body, "stage", json_string(value));
	} else if (strcmp(what, "percent") == 0) {
		if (!read_percent(value, &percent))
			return err_set(err, "set percent: '%s' is not a number "
			    "like 5 or 0.5%%", value);
		json_object_set_new(body, "percent", json_real(percent));
	} else if (strcmp(what, "enabled") == 0) {
		if (!text_equal_nocase(value, len, "true", 4) &&
		    !text_equal_nocase(value, len, "false", 5))
			return err_set(err, "set enabled: '%s' is neither true "
			    "nor false", value);
		json_object_set_new(body, "enabled",
		    json_boolean(text_equal_nocase(value, len, "true", 4)));
	} else {
		return err_set(err, "set: must be stage, percent or enabled, not "
		    "'%s'", what);
	}
	return true;
}

static enum ctl_exit
run_set(struct client *c, const struct ctl_options *o, struct err *err)
{
	json_t *body = ask_reason(o);

	if (!read_wish(o, body, err)) {
		json_decref(body);
		return CTL_USAGE;
	}
	return ask_change(c, o, "POST", "/api/v1/rollout", body, err);
}

/* Changes that need nothing but their reason: each is called as its path. */
static enum ctl_exit
run_plain_change(struct client *c, const struct ctl_options *o,
    struct err *err)
{
	char path[64];

	snprintf(path, sizeof path, "/api/v1/%s", o->words[0]);
	return ask_change(c, o, "POST", path, ask_reason(o), err);
}

static enum ctl_exit
run_rearm(struct client *c, const struct ctl_options *o, struct err *err)
{
	json_t *body = ask_reason(o);

	if ((o->given & OPTION_RESUME) != 0)
		json_object_set_new(body, "resume", json_true());
	return ask_change(c, o, "POST", "/api/v1/rearm", body, err);
}

static enum ctl_exit
run_reload(struct client *c, const struct ctl_options *o, struct err *err)
{
	struct reply reply;
	enum ctl_exit result = ask(c, o, "POST", "/api/v1/reload", ask_reason(o),
	    &reply, err);
	struct buf text = { 0 };

	if (result == CTL_OK && !o->json) {
		buf_puts(&text, "the configuration is in force\n");
		if (field_true(reply.document, "changed"))
			show_change(reply.document, &text);
	}
	ask_print(&text);
	reply_fini(&reply);
	return result;
}

static enum ctl_exit
run_drain(struct client *c, const struct ctl_options *o, struct err *err)
{
	const char *word = o->words[1];
	bool drain = strcmp(word, "on") == 0;
	struct reply reply;
	enum ctl_exit result;
	json_t *body;

	if (!drain && strcmp(word, "off") != 0) {
		err_set(err, "drain: must be on or off, not '%s'", word);
		return CTL_USAGE;
	}
	body = ask_reason(o);
	json_object_set_new(body, "drain", json_boolean(drain));
	result = ask(c, o, "POST", "/api/v1/drain", body, &reply, err);
	if (result == CTL_OK && !o->json)
		puts(field_true(reply.document, "ready") ? "ready" : "not ready: "
		    "load balancers are told so; it serves on until stopped");
	reply_fini(&reply);
	return result;
}

static enum ctl_exit
run_explain(struct client *c, const struct ctl_options *o, struct err *err)
{
	char *path = client_id_path(c, "users", o->words[1], "");
	struct reply reply;
	enum ctl_exit result = ask(c, o, "GET", path, NULL, &reply, err);
	struct buf text = { 0 };

	if (result == CTL_OK && !o->json)
		show_user(reply.document, &text);
	ask_print(&text);
	reply_fini(&reply);
	free(path);
	return result;
}

/* Ask for a list of at most --limit rows and show it. */
static enum ctl_exit
run_list(struct client *c, const struct ctl_options *o, const char *base,
    void (*show_list)(const struct show *, const json_t *, struct buf *),
    struct err *err)
{
	const struct show show = ask_page();
	char *path = o->limit > 0 ? mem_printf("%s?limit=%u", base, o->limit) :
	    mem_strdup(base);
	struct reply reply;
	enum ctl_exit result = ask(c, o, "GET", path, NULL, &reply, err);
	struct buf text = { 0 };

	if (result == CTL_OK && !o->json)
		show_list(&show, reply.document, &text);
	ask_print(&text);
	reply_fini(&reply);
	free(path);
	return result;
}

static enum ctl_exit
run_events(struct client *c, const struct ctl_options *o, struct err *err)
{
	return run_list(c, o, "/api/v1/events", show_events, err);
}

static enum ctl_exit
run_overrides(struct client *c, const struct ctl_options *o, struct err *err)
{
	return run_list(c, o, "/api/v1/overrides", show_overrides, err);
}

static enum ctl_exit
run_endpoints(struct client *c, const struct ctl_options *o, struct err *err)
{
	return run_list(c, o, "/api/v1/endpoints", show_endpoints, err);
}

static enum ctl_exit
run_routes(struct client *c, const struct ctl_options *o, struct err *err)
{
	return run_list(c, o, "/api/v1/routes", show_routes, err);
}

static enum ctl_exit
run_endpoint(struct client *c, const struct ctl_options *o, struct err *err)
{
	const struct show show = ask_page();
	bool hold = strcmp(o->words[1], "hold") == 0;
	struct buf text = { 0 };
	struct reply reply;
	enum ctl_exit result;
	json_t *body;

	if (!hold && strcmp(o->words[1], "release") != 0) {
		err_set(err, "endpoint: must be hold or release, not '%s'",
		    o->words[1]);
		return CTL_USAGE;
	}
	body = ask_reason(o);
	json_object_set_new(body, "url", json_string(o->words[2]));
	json_object_set_new(body, "aside", json_boolean(hold));
	if (o->word_count > 3)
		json_object_set_new(body, "address", json_string(o->words[3]));
	result = ask(c, o, "POST", "/api/v1/endpoints", body, &reply, err);
	if (result == CTL_OK && !o->json)
		show_endpoints(&show, reply.document, &text);
	ask_print(&text);
	reply_fini(&reply);
	return result;
}

/* With its options behind it, it never comes to this (understudyctl.c). */
static enum ctl_exit
run_foreign(struct client *c UNUSED, const struct ctl_options *o,
    struct err *err)
{
	err_set(err, "%s: must be the first word, with its options behind it",
	    o->words[0]);
	return CTL_USAGE;
}

static enum ctl_exit run_help(struct client *c, const struct ctl_options *o,
    struct err *err);

/* --- the table ---------------------------------------------------------- */

static const struct command commands[] = {
	{ "status", "", 0, 0, 0, 0, run_status, true,
	    "rollout, numbers per version, store, guard" },
	{ "watch", "[--interval S] [--count N]", 0, 0,
	    OPTION_INTERVAL | OPTION_COUNT, 0, command_watch, true,
	    "the same as a live table; Ctrl-C ends it" },
	{ "set", "stage NAME | percent N | enabled true|false  --reason TEXT",
	    2, 2, OPTION_REASON, OPTION_REASON, run_set, true,
	    "change the rollout" },
	{ "plan", "", 0, 0, 0, 0, run_plan, true,
	    "the stages, and what is waited for before the next one" },
	{ "why", "", 0, 0, 0, 0, run_why, true,
	    "the numbers behind the last decision, and the pending one" },
	{ "rollback", "--reason TEXT", 0, 0, OPTION_REASON, OPTION_REASON,
	    run_plain_change, true, "all traffic to legacy, until rearmed" },
	{ "advance", "--reason TEXT", 0, 0, OPTION_REASON, OPTION_REASON,
	    run_plain_change, true, "open the next stage of the plan" },
	{ "complete", "--reason TEXT", 0, 0, OPTION_REASON, OPTION_REASON,
	    run_plain_change, true, "keep enhanced alone, from 100%" },
	{ "back", "--reason TEXT", 0, 0, OPTION_REASON, OPTION_REASON,
	    run_plain_change, true, "one stage back, and paused" },
	{ "pause", "--reason TEXT", 0, 0, OPTION_REASON, OPTION_REASON,
	    run_plain_change, true, "do not advance by itself" },
	{ "resume", "--reason TEXT", 0, 0, OPTION_REASON, OPTION_REASON,
	    run_plain_change, true, "go on with the plan" },
	{ "rearm", "--reason TEXT [--resume]", 0, 0,
	    OPTION_REASON | OPTION_RESUME, OPTION_REASON, run_rearm, true,
	    "clear the latch; begin at the first stage, or resume" },
	{ "reload", "--reason TEXT", 0, 0, OPTION_REASON, OPTION_REASON,
	    run_reload, true, "read the configuration files again" },
	{ "drain", "on|off --reason TEXT", 1, 1, OPTION_REASON, OPTION_REASON,
	    run_drain, true, "say \"not ready\" to load balancers and serve on" },
	{ "explain", "USER", 1, 1, 0, 0, run_explain, true,
	    "bucket and version of a user, and why" },
	{ "override", "USER legacy|enhanced|none --reason TEXT\n"
	    "            --name NAME [--when JSON] legacy|enhanced|none --reason "
	    "TEXT\n            [--for TIME | --until TIME]", 1, 2, OPTION_REASON |
	    OPTION_NAME | OPTION_WHEN | OPTION_FOR | OPTION_UNTIL, OPTION_REASON,
	    command_override, true, "keep a user, or requests that a criterion "
	    "holds for, on a version,\n            or no longer" },
	{ "overrides", "", 0, 0, 0, 0, run_overrides, true,
	    "those that were set at run time, and until when" },
	{ "routes", "", 0, 0, 0, 0, run_routes, true,
	    "each route in the last minutes: requests, errors, latencies, with "
	    "bounds" },
	{ "endpoints", "", 0, 0, 0, 0, run_endpoints, true,
	    "each address that serves a version, its state and numbers" },
	{ "endpoint", "hold|release URL [ADDRESS] --reason TEXT", 2, 3,
	    OPTION_REASON, OPTION_REASON, run_endpoint, true,
	    "give an endpoint nothing new, or use it again" },
	{ "diffs", "[PATH]... [--limit N]\n"
	    "            show PAIR [--unified | --timeline]\n"
	    "            --propose PATH [--output FILE]", 0, 3, OPTION_LIMIT |
	    OPTION_UNIFIED | OPTION_TIMELINE | OPTION_PROPOSE | OPTION_OUTPUT, 0,
	    command_diffs, true, "where the versions differ, the most frequent "
	    "first; the kept\n            answers of one pair side by side; the "
	    "rule that would silence a path" },
	{ "events", "[--limit N]", 0, 0, OPTION_LIMIT, 0, run_events, true,
	    "the rollout log, the newest first" },
	{ "alert-test", "[TARGET]", 0, 1, 0, 0, command_alert_test, true,
	    "send a test to a target of alerts, or to all, and say what came back" },
	{ "rejudge", "--rules FILE [-c FILE] [--route ROUTE] [--since TIME] "
	    "[--json]", 0, 0, 0, 0, run_foreign, false, "what other rules would "
	    "say of the kept answers; asks no server, but\n            reads "
	    "the store (understudy rejudge --help)" },
	{ "simulate", "--rules FILE --from STORE [--since TIME] [--until TIME] "
	    "[--json]", 0, 0, 0, 0, run_foreign, false, "what these rules would "
	    "have decided over recorded traffic; asks no\n            server, "
	    "but reads the store (understudy simulate --help)" },
	{ "token", "[NAME] [--role viewer|operator]", 0, 1, OPTION_ROLE, 0,
	    command_token, false,
	    "make a token and its line for the token file" },
	{ "help", "[COMMAND]", 0, 1, 0, 0, run_help, false, "this text" },
};

bool
command_is_foreign(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run == run_foreign;
	return false;
}

const struct command *
command_find(const char *name, struct err *err)
{
	const char *names[COUNT_OF(commands)];
	const char *near;

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		names[i] = commands[i].name;
	}
	near = text_nearest(name, names, COUNT_OF(commands));
	if (near != NULL)
		err_set(err, "unknown command '%s'; did you mean %s?", name, near);
	else
		err_set(err, "unknown command '%s'", name);
	return NULL;
}

bool
command_check(const struct command *c, const struct ctl_options *o,
    struct err *err)
{
	int given = o->word_count - 1;

	if (given < c->words_min)
		return err_set(err, "%s: something is missing", c->name);
	if (given > c->words_max)
		return err_set(err, "%s: '%s' is too much", c->name,
		    o->words[c->words_max + 1]);
	for (unsigned bit = 1; bit < OPTION_HELP; bit <<= 1) {
		if ((o->given & bit) != 0 && (c->takes & bit) == 0)
			return err_set(err, "%s: %s is not for this command",
			    c->name, option_name(bit));
		if ((c->needs & bit) != 0 && (o->given & bit) == 0)
			return err_set(err, "%s: %s is missing", c->name,
			    option_name(bit));
	}
	return true;
}

void
command_usage(const struct command *c, FILE *out)
{
	fprintf(out, "usage: understudyctl %s%s%s\n", c->name,
	    c->words[0] != '\0' ? " " : "", c->words);
}

void
commands_help(FILE *out)
{
	fputs("usage: understudyctl [-a URL] [-t FILE] [--json] COMMAND ...\n\n"
	    "Asks and steers a running understudy by its admin API.\n\n"
	    "commands\n", out);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(out, "  %-9s %s\n            %s\n", commands[i].name,
		    commands[i].words[0] != '\0' ? commands[i].words :
		    "(nothing more)", commands[i].help);
	fputs("\noptions\n"
	    "  -a, --admin URL        http[s]://HOST:PORT or unix:PATH; else the\n"
	    "                         environment's UNDERSTUDY_ADMIN, else\n"
	    "                         http://127.0.0.1:9900\n"
	    "  -t, --token-file FILE  the token is FILE's first line; else the\n"
	    "                         environment's UNDERSTUDY_TOKEN\n"
	    "      --ca FILE          CAs that an https server is verified by; else\n"
	    "                         UNDERSTUDY_CA, else the system's\n"
	    "      --cert FILE        certificate to show to it, and its private\n"
	    "      --key FILE         key; else UNDERSTUDY_CERT, UNDERSTUDY_KEY\n"
	    "      --rollout NAME     which of several rollouts is meant; else\n"
	    "                         UNDERSTUDY_ROLLOUT, else the main one\n"
	    "      --json             print the server's document\n"
	    "  -r, --reason TEXT      why; every change needs one\n"
	    "  -h, --help             this text\n"
	    "  -V, --version\n"
	    "\nexit status\n"
	    "  0  done\n"
	    "  1  refused by the server\n"
	    "  2  the command line makes no sense\n"
	    "  3  the server cannot be reached\n"
	    "  4  not allowed: no token, a wrong one, or the wrong role\n", out);
}

static enum ctl_exit
run_help(struct client *c UNUSED, const struct ctl_options *o, struct err *err)
{
	const struct command *about;

	if (o->word_count < 2) {
		commands_help(stdout);
		return CTL_OK;
	}
	about = command_find(o->words[1], err);
	if (about == NULL)
		return CTL_USAGE;
	command_usage(about, stdout);
	printf("       %s\n", about->help);
	return CTL_OK;
}
