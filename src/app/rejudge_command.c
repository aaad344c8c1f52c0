/* rejudge_command -- see rejudge_command.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/rejudge_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/command_line.h"
#include "app/progress.h"
#include "app/rejudge.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/load.h"
#include "store/store.h"

#define NAME "rejudge"
#define LIMIT_DEFAULT 50
enum { DONE = 0, FAILED, MISUSED };

struct options {
	const char *config;
	struct command_options common;
	const char *route;      /* NULL = all */
	uint64_t since_us;      /* so long ago at most; 0 = all */
	uint64_t limit;         /* changes that are listed; 0 = all */
};

/* A run. */
struct run {
	const struct options *options; /* borrows */
	struct samples *samples;       /* owns */
	struct config *rules;          /* owns a reference */
	struct noise_board *board;     /* owns */
	struct rejudge_tally tally;
	uint64_t listed;
	struct buf list;               /* owns: the changes, as they are printed */
};

/* --- the command line ------------------------------------------------------------ */

static const struct option long_options[] = {
	COMMAND_OPTIONS,
	{ "config", required_argument, NULL, 'c' },
	{ "route", required_argument, NULL, 'o' },
	{ "since", required_argument, NULL, 's' },
	{ "limit", required_argument, NULL, 'l' },
	{ NULL, 0, NULL, 0 },
};

static void
help(void)
{
	fputs("usage: understudy rejudge [-c FILE] --rules FILE... [--route ROUTE]\n"
	    "                          [--since TIME] [--limit N] [--json]\n"
	    "\n"
	    "Judges the kept answers of pairs again, by other rules, and says how\n"
	    "their verdicts would change.  Reads beside a running understudy, and\n"
	    "changes nothing.\n"
	    "\n"
	    "  -c, --config FILE  whose store and keys (default understudy.json)\n"
	    "  -r, --rules FILE   the rules; may be given several times\n"
	    "      --route ROUTE  pairs of this route only, as the rules write it\n"
	    "      --since TIME   pairs of the last TIME only: 30m, 24h, 7d\n"
	    "      --limit N      list at most N pairs (default 50, 0: all)\n"
	    "      --json         one JSON object instead of text\n"
	    "  -h, --help\n"
	    "\n"
	    "Exit status: 0 done, whatever would change; 1 the store cannot be read;\n"
	    "2 the command line, the configuration or a rule is at fault.\n",
	    stdout);
}

static bool
take_option(void *arg, int letter)
{
	struct options *o = arg;

	switch (letter) {
	case 'c':
		o->config = optarg;
		return true;
	case 'o':
		o->route = optarg;
		return true;
	case 's':
		if (text_duration_us(optarg, &o->since_us) && o->since_us > 0)
			return true;
		command_misused(NAME, "--since: '%s' is not a time like 24h",
		    optarg);
		return false;
	case 'l':
		if (text_u64(optarg, &o->limit))
			return true;
		command_misused(NAME, "--limit: '%s' is not a number", optarg);
		return false;
	}
	return false;
}

/* --- the configuration ------------------------------------------------------------ */

/* Nobody is called: any address will do. */
static bool
resolve_nothing(void *arg, const char *host, struct location *out,
    size_t *count_out, struct err *err)
{
	(void)arg;
	(void)host;
	return location_lookup("127.0.0.1", out, count_out, err);
}

static struct config *
load_config(const char *path)
{
	struct buf faults = { 0 };
	struct config_ports ports;
	struct config *config;

	config_ports_system(&ports);
	ports.resolve = resolve_nothing;
	config = config_load_from(&ports, path, &faults);
	if (config == NULL)
		fputs(faults.bytes, stderr);
	buf_fini(&faults);
	return config;
}

/* --- the run ---------------------------------------------------------------------- */

static void
list_text(struct buf *out, const struct kept_sample *k, unsigned now)
{
	char time[CLOCK_TEXT_MAX];

	clock_format(k->ts_us, time);
	buf_printf(out, "%-12s -> %-12s  %s  %.10s %.8s  %s\n",
	    rejudged_name(k->verdict), rejudged_name(now), k->pair, time,
	    time + 11, k->route[0] != '\0' ? k->route : k->path);
}

static void
list_json(struct buf *out, const struct kept_sample *k, unsigned now)
{
	char time[CLOCK_TEXT_MAX];

	clock_format(k->ts_us, time);
	buf_printf(out, "%s\n  {\"pair\": ", out->len > 0 ? "," : "");
	buf_json_string(out, k->pair, strlen(k->pair));
	buf_printf(out, ", \"time\": \"%s\", \"route\": ", time);
	buf_json_string(out, k->route, strlen(k->route));
	buf_puts(out, ", \"path\": ");
	buf_json_string(out, k->path, strlen(k->path));
	buf_printf(out, ", \"was\": \"%s\", \"now\": \"%s\"}",
	    rejudged_name(k->verdict), rejudged_name(now));
}

static void
note_change(struct run *r, const struct kept_sample *k, unsigned now)
{
	if (now == k->verdict || now == REJUDGED_UNKNOWN)
		return;
	if (r->options->limit > 0 && r->listed == r->options->limit)
		return;
	r->listed++;
	if (r->options->common.json)
		list_json(&r->list, k, now);
	else
		list_text(&r->list, k, now);
}

static bool
judge_next(struct run *r, struct arena *a, bool *more_out, struct err *err)
{
	struct samples_difference recorded[RECORD_DIFFS_MAX];
	struct kept_sample *k = NULL;
	unsigned count, now;

	*more_out = false;
	if (!samples_next(r->samples, &k, err))
		return false;
	if (k == NULL)
		return true;
	*more_out = samples_differences(r->samples, k, recorded, &count, err);
	if (*more_out) {
		now = rejudge_pair(k, recorded, count, r->rules, r->board, a);
		r->tally.counts[k->verdict][now]++;
		note_change(r, k, now);
	}
	kept_sample_free(&k);
	return *more_out;
}

static bool
judge_all(struct run *r, struct err *err)
{
	struct progress progress;
	uint64_t total, done = 0;
	struct arena a;
	bool ok, more;

	if (!samples_count(r->samples, &total, err))
		return false;
	arena_init(&a, JUDGE_SCRATCH_MAX);
	progress_init(&progress, stderr, NAME, "pairs", total);
	do {
		ok = judge_next(r, &a, &more, err);
		if (more)
			progress_show(&progress, ++done, clock_ns());
	} while (ok && more);
	progress_end(&progress);
	arena_fini(&a);
	return ok;
}

/* --- what came of it --------------------------------------------------------------- */

static void
show_text(struct run *r, struct buf *out)
{
	uint64_t changes = rejudge_changes(&r->tally);

	if (rejudge_pairs(&r->tally) == 0) {
		buf_puts(out, "no pairs are kept\n");
		return;
	}
	rejudge_write_text(&r->tally, out);
	buf_printf(out, "\n%llu of %llu verdicts change\n",
	    (unsigned long long)changes,
	    (unsigned long long)rejudge_pairs(&r->tally));
	if (r->list.len > 0)
		buf_add(out, r->list.bytes, r->list.len);
	if (changes > r->listed)
		buf_printf(out, "and %llu more (--limit 0 lists all)\n",
		    (unsigned long long)(changes - r->listed));
}

static void
show(struct run *r)
{
	struct buf out = { 0 };

	if (r->options->common.json) {
		buf_puts(&out, "{");
		rejudge_write_json(&r->tally, &out);
		buf_puts(&out, ", \"changes\": [");
		buf_add(&out, r->list.bytes, r->list.len);
		buf_puts(&out, "]}\n");
	} else {
		show_text(r, &out);
	}
	command_print(&out);
}

/* Without it what was learned counts as a difference. */
static void
read_noise(struct run *r, const struct settings *settings)
{
	struct err err = { "" };

	r->board = noise_board_new();
	if (!store_read_noise(settings, r->board, &err))
		fprintf(stderr, "understudy rejudge: what was learned of noise is "
		    "not known, and does not count: %s\n", err.text);
}

static bool
run(const struct options *o, const struct config *config,
    struct config *rules, struct err *err)
{
	const struct settings *s = &config->settings;
	struct run r = { .options = o, .rules = rules };
	const struct samples_options options = { .store = s->store,
		.keys = s->keep.keys, .key_count = s->keep.key_count,
		.route = o->route, .since_us = o->since_us == 0 ? 0 :
		    clock_wall_us() - (int64_t)o->since_us };
	bool ok = samples_open(&options, &r.samples, err);

	if (ok) {
		read_noise(&r, s);
		ok = judge_all(&r, err);
	}
	if (ok)
		show(&r);
	samples_close(&r.samples);
	noise_board_free(&r.board);
	buf_fini(&r.list);
	return ok;
}

int
rejudge_command(int argc, char **argv)
{
	static const struct command_syntax syntax = { NAME, "c:r:h",
		long_options, take_option };
	struct options o = { .config = "understudy.json",
		.limit = LIMIT_DEFAULT };
	struct config *config, *rules = NULL;
	struct err err = { "" };
	int status = MISUSED;

	/* Keys will be in our memory: no core file, no looking on. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!command_parse_rules(&syntax, argc, argv, &o.common, &o))
		return MISUSED;
	if (o.common.help) {
		help();
		return DONE;
	}
	config = load_config(o.config);
	if (config != NULL)
		rules = command_load_rules(&o.common.rules, RULES_FOR_JUDGING);
	if (rules != NULL) {
		status = run(&o, config, rules, &err) ? DONE : FAILED;
		if (status == FAILED)
			fprintf(stderr, "understudy rejudge: %s\n", err.text);
	}
	config_unref(&rules);
	config_unref(&config);
	return status;
}
