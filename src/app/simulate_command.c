/* simulate_command -- see simulate_command.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/simulate_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command_line.h"
#include "app/progress.h"
#include "app/simulate_text.h"
#include "base/clock.h"
#include "base/text.h"
#include "config/wall_time.h"
#include "store/past.h"

#define NAME "simulate"
enum { DONE = 0, FAILED, MISUSED };

struct options {
	struct command_options common;
	struct past_options past;
	const char *stage;      /* NULL = where the rules say */
	bool approve, live;
};

/* A run. */
struct run {
	struct past *past;           /* owns */
	struct simulation *simulation; /* owns */
	struct simulate_events events; /* owns */
	struct progress progress;
	uint64_t done;               /* rows */
};

/* --- the command line ---------------------------------------------------- */

static const struct option long_options[] = {
	COMMAND_OPTIONS,
	{ "from", required_argument, NULL, 'f' },
	{ "since", required_argument, NULL, 's' },
	{ "until", required_argument, NULL, 'u' },
	{ "rollout", required_argument, NULL, 'o' },
	{ "stage", required_argument, NULL, 'g' },
	{ "approve", no_argument, NULL, 'a' },
	{ "live", no_argument, NULL, 'l' },
	{ NULL, 0, NULL, 0 },
};

static void
help(void)
{
	fputs("usage: understudy simulate --rules FILE... --from STORE [--since TIME]\n"
	    "                           [--until TIME] [--rollout NAME] [--stage NAME]\n"
	    "                           [--approve] [--live] [--json]\n"
	    "\n"
	    "Says what the guard, the breaker and the plan of these rules would have\n"
	    "decided, and when, over the traffic that a store has recorded.  Reads\n"
	    "beside a running understudy, and changes nothing.\n"
	    "\n"
	    "  -r, --rules FILE   the rules; may be given several times\n"
	    "  -f, --from STORE   as in the configuration: sqlite:PATH, or\n"
	    "                     postgresql://...\n"
	    "      --since TIME   from then on: 24h (ago), or 2026-01-31T08:00:00Z\n"
	    "      --until TIME   until then\n"
	    "      --rollout NAME only what is recorded of this one; else of all\n"
	    "      --stage NAME   begin in this stage, not where the rules say\n"
	    "      --approve      open stages that wait for an operator, too\n"
	    "      --live         also what the rollout log of the store says\n"
	    "      --json         one JSON object instead of text\n"
	    "  -h, --help\n"
	    "\n"
	    "Exit status: 0 done, whatever would have been decided; 1 the store cannot\n"
	    "be read; 2 the command line or a rule is at fault.\n", stdout);
}

static bool
take_time(const char *option, int64_t *us_out)
{
	uint64_t ago_us;

	if (text_duration_us(optarg, &ago_us) && ago_us > 0) {
		*us_out = clock_wall_us() - (int64_t)ago_us;
		return true;
	}
	if (wall_time_parse(optarg, us_out))
		return true;
	command_misused(NAME, "%s: '%s' is neither a time like 24h nor one like "
	    "2026-01-31T08:00:00Z", option, optarg);
	return false;
}

static bool
take_option(void *arg, int letter)
{
	struct options *o = arg;

	switch (letter) {
	case 'f':
		o->past.store = optarg;
		return true;
	case 's':
		return take_time("--since", &o->past.since_us);
	case 'u':
		return take_time("--until", &o->past.until_us);
	case 'o':
		o->past.rollout = optarg;
		return true;
	case 'g':
		o->stage = optarg;
		return true;
	case 'a':
		o->approve = true;
		return true;
	case 'l':
		o->live = true;
		return true;
	}
	return false;
}

static bool
parse(int argc, char **argv, struct options *o)
{
	static const struct command_syntax syntax = { NAME, "r:f:h",
		long_options, take_option };

	if (!command_parse_rules(&syntax, argc, argv, &o->common, o))
		return false;
	if (o->common.help || o->past.store != NULL)
		return true;
	command_misused(NAME, "--from is missing");
	return false;
}

static bool
knows_stage(const struct config *config, const char *name)
{
	const struct rules *rules = &config->rules;

	for (size_t i = 0; i < rules->stage_count; i++)
		if (name == NULL || strcmp(rules->stages[i].name, name) == 0)
			return true;
	command_misused(NAME, "--stage: the rules have no stage '%s'", name);
	return false;
}

/* --- the run ---------------------------------------------------- */

static void
on_event(void *arg, const struct replay_event *e)
{
	struct run *r = arg;

	simulate_events_add(&r->events, e->at_us, false, e->kind, e->name,
	    e->text);
}

/* Two kinds of rows, in the order of their time. */
static bool
feed_all(struct run *r, struct err *err)
{
	struct past_leg leg;
	struct past_pair pair;
	bool has_leg, has_pair, ok;

	ok = past_next_leg(r->past, &leg, &has_leg, err) &&
	    past_next_pair(r->past, &pair, &has_pair, err);
	while (ok && (has_leg || has_pair)) {
		if (has_leg && (!has_pair || leg.ts_us <= pair.ts_us)) {
			simulation_add_leg(r->simulation, &leg);
			ok = past_next_leg(r->past, &leg, &has_leg, err);
		} else {
			simulation_add_pair(r->simulation, &pair);
			ok = past_next_pair(r->past, &pair, &has_pair, err);
		}
		if ((++r->done & 0xff) == 0 || !(has_leg || has_pair))
			progress_show(&r->progress, r->done, clock_ns());
	}
	if (ok)
		simulation_end(r->simulation);
	return ok;
}

/* Overrides are about single users. */
static bool
add_live(struct run *r, struct err *err)
{
	struct past_event e;
	bool found, ok;

	while ((ok = past_next_event(r->past, &e, &found, err)) && found)
		if (strcmp(e.kind, "override") != 0)
			simulate_events_add(&r->events, e.ts_us, true, e.kind,
			    e.to, e.reason);
	return ok;
}

static void
show(struct run *r, const struct options *o, const struct config *config)
{
	struct buf out = { 0 };

	simulate_events_sort(&r->events);
	if (o->common.json)
		simulate_write_json(config, r->simulation, &r->events, &out);
	else
		simulate_write_text(config, r->simulation, &r->events, &out);
	command_print(&out);
}

/* A name that is not there would be shown as one to which nothing happened. */
static bool
knows_rollout(struct run *r, const struct options *o, bool *out,
    struct err *err)
{
	*out = true;
	if (o->past.rollout == NULL)
		return true;
	if (!past_knows_rollout(r->past, out, err))
		return false;
	if (!*out)
		command_misused(NAME, "--rollout: nothing is recorded of '%s'",
		    o->past.rollout);
	return true;
}

static int
run(const struct options *o, const struct config *config, struct err *err)
{
	struct run r = { .done = 0 };
	const struct simulate_options options = { .approve = o->approve,
		.stage = o->stage, .on_event = on_event, .arg = &r };
	uint64_t total = 0;
	bool is_known = true;
	bool ok = past_open(&o->past, &r.past, err) &&
	    past_count(r.past, &total, err) &&
	    (total > 0 || knows_rollout(&r, o, &is_known, err));

	if (ok && is_known) {
		r.simulation = simulation_new(config, &options);
		progress_init(&r.progress, stderr, NAME, "rows", total);
		ok = feed_all(&r, err) && (!o->live || add_live(&r, err));
		progress_end(&r.progress);
	}
	if (ok && is_known)
		show(&r, o, config);
	simulation_free(&r.simulation);
	simulate_events_fini(&r.events);
	past_close(&r.past);
	return !ok ? FAILED : is_known ? DONE : MISUSED;
}

int
simulate_command(int argc, char **argv)
{
	struct options o = { .stage = NULL };
	struct config *config;
	struct err err = { "" };
	int status = MISUSED;

	if (!parse(argc, argv, &o))
		return MISUSED;
	if (o.common.help) {
		help();
		return DONE;
	}
	config = command_load_rules(&o.common.rules, RULES_FOR_ANYTHING);
	if (config != NULL && knows_stage(config, o.stage)) {
		status = run(&o, config, &err);
		if (status == FAILED)
			fprintf(stderr, "understudy simulate: %s\n", err.text);
	}
	config_unref(&config);
	return status;
}
