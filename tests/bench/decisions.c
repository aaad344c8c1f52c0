/* decisions -- how often the guard is wrong, and how fast it is right.
 * SPDX-License-Identifier: MIT
 *
 *   tests/bench/decisions [--runs N] [--first N] [--seed N]
 *                         [--errors PERCENT] [--slower TIMES] [--after N]
 *                         [--only healthy|faults] RULES.json...
 *
 * Plays rollouts under a virtual clock, by the functions that decide live ones
 * (src/control/replay.h), once for each rule set:
 *
 *   healthy   enhanced is as good and as bad as legacy, from the first stage
 *             to the last: a few users make most requests, some fail more
 *             often than others, for two of them nothing works on some days,
 *             requests come in bursts, days have nights, and now and then
 *             everything fails for some minutes, on both sides alike.
 *             Whatever takes traffic back is a false alarm.
 *   faults    at the first stage with a share of 10% or more, after N requests
 *             that were well (3,000), enhanced becomes worse: what takes traffic
 *             back, after how many requests and how many seconds?  None within
 *             REQUESTS_MAX: missed.
 *
 * Prints a table in Markdown.  Random but repeatable: run i of seed s is always
 * the same.  Measures decisions, not time; docs/decisions.md holds a run.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "config/load.h"
#include "control/replay.h"
#include "policy/bucket.h"

#define USERS 4000
#define BURST 0.35            /* chance that the same user goes on */
#define DIFFERENT 0.002       /* of pairs */
#define MEDIAN_US 60000.0
#define SPREAD 0.6            /* of the logarithm of latencies */
#define DAY_US (INT64_C(86400) * 1000000)
#define START_US (INT64_C(1795651200) * 1000000) /* a Thursday, 0:00 UTC */
#define RATE_MIN 0.02         /* requests a second, of a healthy run's days: */
#define RATE_MAX 0.3          /* 1,700 to 26,000 a day */
#define BUSY_RATE 100.0
#define LAST_DAY 40
#define REQUESTS_MAX 40000

/* Of either version, while it is well. */
static double usual_errors = 0.01;
/* Enhanced's latencies by legacy's, while it is well. */
static double usual_slower = 1;
/* Requests that are well, before a fault. */
static unsigned warm_up = 3000;

struct world {
	const struct config *config;
	uint64_t random[2];
	double shares[USERS];     /* cumulative */
	double troubles[USERS];   /* how much more often a user's requests fail */
	uint32_t buckets[USERS];
	uint32_t shadows[USERS];  /* buckets of mirroring: drawn by user as well */
	unsigned user;
	int64_t now_us;
	int64_t bad_from_us, bad_to_us; /* everything fails now and then */
	unsigned hopeless[2];     /* users for whom nothing works on some days */
	/* How enhanced is. */
	double errors, slower;
	/* What was decided. */
	const char *back;         /* the kind of what took traffic back; or NULL */
	char by[64];
	uint64_t requests, enhanced;
};

/* --- chance: xorshift128+ ---------------------------------------------------- */

static uint64_t
next(struct world *w)
{
	uint64_t a = w->random[0], b = w->random[1];

	w->random[0] = b;
	a ^= a << 23;
	w->random[1] = a ^ b ^ a >> 17 ^ b >> 26;
	return w->random[1] + b;
}

/* 0 < x < 1 */
static double
chance(struct world *w)
{
	return ((double)(next(w) >> 11) + 0.5) / 9007199254740992.0;
}

static void
seed(struct world *w, uint64_t seed, uint64_t run)
{
	w->random[0] = seed * UINT64_C(0x9e3779b97f4a7c15) + run + 1;
	w->random[1] = (run + 1) * UINT64_C(0xbf58476d1ce4e5b9) ^ seed;
	for (int i = 0; i < 20; i++)
		(void)next(w);
}

static double
normal(struct world *w)
{
	return sqrt(-2 * log(chance(w))) * cos(2 * M_PI * chance(w));
}

/* --- users ------------------------------------------------------------------- */

/* The n-th has 1/n of what the first asks; every fiftieth fails ten times as
 * often as the others, whoever answers him. */
static void
people(struct world *w, uint64_t run)
{
	double sum = 0, troubles = 0;
	char id[48];

	for (unsigned i = 0; i < USERS; i++) {
		int len = snprintf(id, sizeof id, "r%llu-u%u",
		    (unsigned long long)run, i);

		w->buckets[i] = bucket_of(w->config->rules.salt,
		    BUCKET_DOMAIN_ROLLOUT, id, (size_t)len);
		w->shadows[i] = bucket_of(w->config->rules.salt,
		    BUCKET_DOMAIN_SHADOW, id, (size_t)len);
		sum += 1.0 / (i + 1.0);
		w->shares[i] = sum;
		w->troubles[i] = i % 50 == 17 ? 10 : 1;
		troubles += w->troubles[i] / (i + 1.0);
	}
	/* The rarer errors are, the less they ask: together a seventh of one
	 * in a hundred. */
	for (unsigned i = 0; i < COUNT_OF(w->hopeless); i++) {
		double who = (20 + (unsigned)(chance(w) * 60)) *
		    fmax(1, 0.01 / usual_errors);

		w->hopeless[i] = (unsigned)fmin(who, USERS - 1);
	}
	for (unsigned i = 0; i < USERS; i++) {
		w->shares[i] /= sum;
		w->troubles[i] *= sum / troubles; /* one on average */
	}
}

static unsigned
somebody(struct world *w)
{
	unsigned low = 0, high = USERS - 1;
	double x = chance(w);

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (w->shares[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* --- requests ---------------------------------------------------------------- */

static struct replay_leg
answer(struct world *w, enum version v, bool is_shadow)
{
	double errors = v == VERSION_ENHANCED ? w->errors : usual_errors;
	double slower = v == VERSION_ENHANCED ? w->slower : 1;
	struct replay_leg leg = { .version = v, .is_shadow = is_shadow,
		.counts = true, .by_bucket = !is_shadow, .answered = true,
		.bucket = w->buckets[w->user] };

	if (errors < 1)
		errors *= w->troubles[w->user];
	if (w->now_us >= w->bad_from_us && w->now_us < w->bad_to_us)
		errors = 0.3;
	for (unsigned i = 0; i < COUNT_OF(w->hopeless); i++)
		if (w->user == w->hopeless[i] && w->now_us / DAY_US % 3 == i)
			errors = 1;
	leg.failure = chance(w) < errors;
	leg.latency_us = (uint64_t)(MEDIAN_US * slower *
	    exp(SPREAD * normal(w)));
	return leg;
}

static void
request(struct world *w, struct replay *r)
{
	const struct rollout_state *s = replay_state(r);
	bool latched = s->latched;
	enum version v;
	struct replay_leg leg;

	if (chance(w) > BURST)
		w->user = somebody(w);
	v = !latched && w->buckets[w->user] < s->percent ? VERSION_ENHANCED :
	    VERSION_LEGACY;
	leg = answer(w, v, false);
	leg.falls_back = leg.failure && v == VERSION_ENHANCED &&
	    w->config->rules.fallback != 0;
	w->requests++;
	w->enhanced += v == VERSION_ENHANCED;
	replay_add_leg(r, &leg);
	if (leg.falls_back) {
		leg = answer(w, VERSION_LEGACY, false);
		leg.by_bucket = false;
		replay_add_leg(r, &leg);
	}
	if (!latched && w->shadows[w->user] < s->shadow) {
		leg = answer(w, v == VERSION_LEGACY ? VERSION_ENHANCED :
		    VERSION_LEGACY, true);
		replay_add_leg(r, &leg);
		replay_add_pair(r, 0, chance(w) < DIFFERENT);
	}
}

/* Until the next request comes, at that rate on average. */
static void
wait(struct world *w, struct replay *r, double rate)
{
	w->now_us += (int64_t)(-log(chance(w)) / rate * 1e6) + 1;
	replay_until(r, w->now_us);
}

static void
on_event(void *arg, const struct replay_event *e)
{
	struct world *w = arg;

	if (w->back != NULL || (strcmp(e->kind, "trip") != 0 &&
	    strcmp(e->kind, "back") != 0))
		return;
	w->back = strcmp(e->kind, "trip") == 0 ? "trip" : "back";
	snprintf(w->by, sizeof w->by, "%s", e->name);
}

static struct replay *
begin(struct world *w, const struct config *config, uint64_t seed_of,
    uint64_t run, unsigned tick_ms, unsigned idle_ms, unsigned plan_ms)
{
	const struct replay_options options = { .start_us = START_US,
		.tick_ms = tick_ms, .idle_ms = idle_ms, .plan_ms = plan_ms,
		.approve = true, .traffic_only = true, .on_event = on_event, .arg = w };

	memset(w, 0, sizeof *w);
	w->config = config;
	w->errors = usual_errors;
	w->slower = usual_slower;
	w->now_us = START_US;
	seed(w, seed_of, run);
	people(w, run);
	return replay_new(config, &options);
}

/* --- healthy ----------------------------------------------------------------- */

static bool
is_last(const struct world *w, const struct replay *r)
{
	const struct rules *rules = &w->config->rules;

	return strcmp(replay_state(r)->stage,
	    rules->stages[rules->stage_count - 1].name) == 0;
}

/* Busy in the afternoon, next to nothing at night. */
static double
rate_at(double mean, int64_t now_us)
{
	double hour = (double)(now_us % DAY_US) / (double)DAY_US * 24;

	return mean * (1.02 + cos((hour - 15) / 12 * M_PI));
}

struct healthy {
	unsigned runs, false_alarms, finished;
	double days, requests;
	char by[64];              /* the last false alarm's rule */
};

static void
play_healthy(const struct config *config, uint64_t seed_of, uint64_t run,
    struct healthy *out)
{
	static struct world w;
	struct replay *r = begin(&w, config, seed_of, run, 1000, 120000,
	    60000);
	double mean = RATE_MIN * pow(RATE_MAX / RATE_MIN, chance(&w));

	while (w.back == NULL && !is_last(&w, r) &&
	    w.now_us < START_US + LAST_DAY * DAY_US) {
		/* Everything fails for five minutes, once a week or so. */
		if (w.now_us >= w.bad_to_us && chance(&w) < 1.0 / 30000) {
			w.bad_from_us = w.now_us;
			w.bad_to_us = w.now_us + 300 * INT64_C(1000000);
		}
		wait(&w, r, rate_at(mean, w.now_us));
		request(&w, r);
	}
	/* The last stage is watched as well. */
	for (unsigned i = 0; i < 5000 && w.back == NULL && is_last(&w, r); i++) {
		wait(&w, r, rate_at(mean, w.now_us));
		request(&w, r);
	}
	out->runs++;
	out->finished += w.back == NULL && is_last(&w, r);
	out->days += (double)(w.now_us - START_US) / (double)DAY_US;
	out->requests += (double)w.requests;
	if (w.back != NULL) {
		out->false_alarms++;
		snprintf(out->by, sizeof out->by, "%s", w.by);
	}
	replay_free(&r);
}

/* --- faults ------------------------------------------------------------------ */

struct fault {
	const char *name;
	double errors, slower; /* errors 0: as usual */
};

static const struct fault faults[] = {
	{ "-> 5%", 0.05, 1 },
	{ "-> 20%", 0.20, 1 },
	{ "-> 100%", 1, 1 },
	{ "p95 x 1.5", 0, 1.5 }, /* of what it was */
};

struct caught {
	unsigned runs, missed, early;
	double *requests, *enhanced, *seconds; /* own; of those caught */
	unsigned count;
	char by[64];
};

static const char *
stage_for_faults(const struct config *config)
{
	const struct rules *rules = &config->rules;

	for (size_t i = 0; i < rules->stage_count; i++)
		if (rules->stages[i].percent >= 10000)
			return rules->stages[i].name;
	return rules->stages[rules->stage_count - 1].name;
}

static void
play_fault(const struct config *config, const struct fault *f,
    uint64_t seed_of, uint64_t run, struct caught *out)
{
	static struct world w;
	struct replay *r = begin(&w, config, seed_of, run, 20, 1000, 0);
	int64_t begun_us;

	if (!replay_set_stage(r, stage_for_faults(config)))
		abort();
	for (unsigned i = 0; i < warm_up && w.back == NULL; i++) {
		wait(&w, r, BUSY_RATE);
		request(&w, r);
	}
	out->runs++;
	if (w.back != NULL) {
		out->early++;
		replay_free(&r);
		return;
	}
	w.errors = f->errors > 0 ? f->errors : usual_errors;
	w.slower = usual_slower * f->slower;
	w.requests = w.enhanced = 0;
	begun_us = w.now_us;
	while (w.back == NULL && w.requests < REQUESTS_MAX) {
		wait(&w, r, BUSY_RATE);
		request(&w, r);
	}
	if (w.back == NULL) {
		out->missed++;
	} else {
		out->requests[out->count] = (double)w.requests;
		out->enhanced[out->count] = (double)w.enhanced;
		out->seconds[out->count++] = (double)(w.now_us - begun_us) / 1e6;
		snprintf(out->by, sizeof out->by, "%s", w.by);
	}
	replay_free(&r);
}

/* --- the table ---------------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
quantile(double *values, unsigned count, double q)
{
	qsort(values, count, sizeof *values, by_size);
	return count == 0 ? 0 : values[(unsigned)((count - 1) * q)];
}

static void
show_numbers(double *values, unsigned count, int digits)
{
	printf(" %.*f / %.*f / %.*f |", digits, quantile(values, count, 0.5),
	    digits, quantile(values, count, 0.99), digits,
	    quantile(values, count, 1));
}

static void
show_caught(const char *rules, const struct fault *f, struct caught *c)
{
	if (f->errors > 0)
		printf("| %s | %g%% %s |", rules, usual_errors * 100, f->name);
	else
		printf("| %s | %s |", rules, f->name);
	printf(" %u | %u of %u |", c->early, c->missed, c->runs - c->early);
	show_numbers(c->requests, c->count, 0);
	show_numbers(c->enhanced, c->count, 0);
	show_numbers(c->seconds, c->count, 1);
	printf(" %s |\n", c->by);
	fflush(stdout);
}

/* A rule set needs a configuration around it. */
struct around {
	struct config_ports system;
	const char *rules;
};

static bool
read_around(void *arg, const char *path, struct buf *out, struct err *err)
{
	const struct around *a = arg;

	if (strcmp(path, "understudy.json") != 0)
		return a->system.read_file(a->system.arg, path, out, err);
	buf_printf(out, "{\"listen\":[{\"address\":\"127.0.0.1:1\"}],\"backends\":"
	    "{\"legacy\":{\"urls\":[\"http://127.0.0.1:2\"]},\"enhanced\":"
	    "{\"urls\":[\"http://127.0.0.1:3\"]}},\"rules\":[\"%s\"]}", a->rules);
	return true;
}

static struct config *
load(const char *path)
{
	struct around a = { .rules = path };
	struct config_ports ports;
	struct buf why = { 0 };
	struct config *c;

	config_ports_system(&a.system);
	ports = a.system;
	ports.read_file = read_around;
	ports.arg = &a;
	c = config_load_from(&ports, "understudy.json", &why);
	if (c == NULL) {
		fprintf(stderr, "%s", why.bytes);
		exit(2);
	}
	buf_fini(&why);
	return c;
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* --- options ----------------------------------------------------------------- */

struct wish {
	unsigned first, runs;     /* of the seed's: so many from that one on */
	uint64_t seed;
	bool healthy, faults;
	char **rules;             /* up to NULL */
};

static void
show_healthy_runs(const struct wish *wish)
{
	printf("| rules | errors | healthy: taken back | by | done | days to the "
	    "end | requests |\n| --- | ---: | ---: | --- | ---: | ---: | ---: |"
	    "\n");
	for (char **path = wish->rules; *path != NULL; path++) {
		struct config *c = load(*path);
		struct healthy h = { 0 };

		for (unsigned run = 0; run < wish->runs; run++)
			play_healthy(c, wish->seed, wish->first + run, &h);
		printf("| %s | %g%% | %u of %u | %s | %u | %.1f | %.0f |\n",
		    name_of(*path), usual_errors * 100, h.false_alarms, h.runs,
		    h.by, h.finished, h.days / h.runs, h.requests / h.runs);
		fflush(stdout);
		config_unref(&c);
	}
}

static void
show_fault(const struct wish *wish, const char *path, const struct config *c,
    const struct fault *f)
{
	struct caught caught = {
		.requests = mem_zalloc(wish->runs * sizeof(double)),
		.enhanced = mem_zalloc(wish->runs * sizeof(double)),
		.seconds = mem_zalloc(wish->runs * sizeof(double)),
	};

	for (unsigned run = 0; run < wish->runs; run++)
		play_fault(c, f, wish->seed, wish->first + run, &caught);
	show_caught(name_of(path), f, &caught);
	free(caught.requests);
	free(caught.enhanced);
	free(caught.seconds);
}

static void
show_faults(const struct wish *wish)
{
	printf("| rules | fault | early | missed | requests: median / p99 / most |"
	    " of them enhanced's | seconds | by |\n| --- | --- | ---: | ---: |"
	    " ---: | ---: | ---: | --- |\n");
	for (char **path = wish->rules; *path != NULL; path++) {
		struct config *c = load(*path);

		for (size_t f = 0; f < COUNT_OF(faults); f++)
			show_fault(wish, *path, c, &faults[f]);
		config_unref(&c);
	}
}

static bool
take_option(const char *name, const char *value, struct wish *out)
{
	bool healthy = strcmp(value, "healthy") == 0;

	if (strcmp(name, "--runs") == 0) {
		out->runs = (unsigned)strtoul(value, NULL, 10);
		return out->runs > 0;
	}
	if (strcmp(name, "--first") == 0)
		out->first = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(name, "--seed") == 0)
		out->seed = strtoull(value, NULL, 10);
	else if (strcmp(name, "--errors") == 0)
		usual_errors = strtod(value, NULL) / 100;
	else if (strcmp(name, "--slower") == 0)
		usual_slower = strtod(value, NULL);
	else if (strcmp(name, "--after") == 0)
		warm_up = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(name, "--only") == 0 &&
	    (healthy || strcmp(value, "faults") == 0))
		*(healthy ? &out->faults : &out->healthy) = false;
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	struct wish wish = { .runs = 100, .seed = 1, .healthy = true,
		.faults = true };
	bool is_understood = true;
	int i = 1;

	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2)
		is_understood = is_understood &&
		    take_option(argv[i], argv[i + 1], &wish);
	wish.rules = argv + i;
	if (!is_understood || i >= argc || argv[i][0] == '-') {
		fprintf(stderr, "usage: decisions [--runs N] [--first N] "
		    "[--seed N] "
		    "[--errors PERCENT] [--slower TIMES] [--after N] "
		    "[--only healthy|faults] RULES...\n");
		return 2;
	}
	if (wish.healthy)
		show_healthy_runs(&wish);
	if (wish.healthy && wish.faults)
		printf("\n");
	if (wish.faults)
		show_faults(&wish);
	return 0;
}
