/* boot -- see boot.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/boot.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/access_log.h"
#include "app/app.h"
#include "app/notify.h"
#include "app/pid_file.h"
#include "app/predecessor.h"
#include "app/privileges.h"
#include "app/tls_files.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/location.h"
#include "net/listener.h"
#include "net/tls.h"
#include "policy/decide.h"

/* Addresses are counted for so many connections at least: a reload may raise
 * limits.connections, and the table stays. */
#define PEERS_LEAST 10000
/* Pairs waiting to be compared; their bytes are capped by the budget. */
#define COMPARE_QUEUE 1024
/* What the store may take at the end before the rest waits in the spool. */
#define FLUSH_MS 5000
/* What people are told at the end; who does not listen must not hold us. */
#define ALERTS_MS 3000
/* What a reader of standard error that is behind gets to hear the end. */
#define LAST_WORDS_MS 1000

static bool
admin_ssl(void *arg, struct ssl_st **out)
{
	const struct tls_listen *t = &settings_of(arg)->admin_tls;

	if (t->on)
		*out = tls_server_ssl(t->server);
	return t->on;
}

/* All that needs root has been done, and nothing else is running yet. */
static bool
up_privileges(struct app *a, struct err *err)
{
	privileges_raise_files(settings_of(a));
	return privileges_drop(settings_of(a), err);
}

/* --- the steps ------------------------------------------------------------------ */

static bool
up_sockets(struct app *a, struct err *err)
{
	return inherited_read(&a->inherited, err) &&
	    sockets_open(settings_of(a), &a->inherited, &a->sockets, err);
}

static void
down_sockets(struct app *a)
{
	sockets_close(&a->sockets);
	inherited_fini(&a->inherited);
}

static bool
up_counters(struct app *a, struct err *err UNUSED)
{
	const struct settings *s = settings_of(a);

	overload_open(&a->overload);
	shared_quota_init(&a->admission.exchanges, s->workers);
	shared_quota_init(&a->admission.shadows, s->workers);
	a->admission.peers = peer_counts_new(s->max_connections < PEERS_LEAST ?
	    PEERS_LEAST : s->max_connections);
	a->divergence = divergence_new();
	a->noise = noise_board_new();
	return true;
}

static void
down_counters(struct app *a)
{
	overload_close(&a->overload);
	shared_quota_fini(&a->admission.exchanges);
	shared_quota_fini(&a->admission.shadows);
	peer_counts_free(&a->admission.peers);
	divergence_free(&a->divergence);
	noise_board_free(&a->noise);
}

/* The store may not know policy/: it is handed the words. */
static const char *
why_name(unsigned why)
{
	return why_word((enum why)why);
}

static bool
up_recorder(struct app *a, struct err *err)
{
	const struct recorder_options options = { .why_word = why_name,
		.held = a->inherited.channel != -1 };

	if (!recorder_start(settings_of(a), &options, &a->recorder, err))
		return false;
	recorder_apply(a->recorder, a->config);
	return true;
}

static void
down_recorder(struct app *a)
{
	recorder_stop(&a->recorder, FLUSH_MS);
}

static bool
up_access_log(struct app *a, struct err *err)
{
	a->access_log = access_log_new(
	    main_strand(a)->board->workers[settings_of(a)->workers]);
	return access_log_apply(a->access_log, a->config, err);
}

static void
down_access_log(struct app *a)
{
	access_log_free(&a->access_log);
}

static bool
up_noise(struct app *a, struct err *err UNUSED)
{
	noise_watch_start(&a->noise_watch, a->noise, main_strand(a)->store);
	return true;
}

static void
down_noise(struct app *a)
{
	noise_watch_stop(&a->noise_watch);
}

static bool
up_bench(struct app *a, struct err *err UNUSED)
{
	a->records = recorder_sink(a->recorder);
	a->bench = judge_bench_start(settings_of(a)->compare_threads,
	    COMPARE_QUEUE, a->boards, a->divergence, a->noise, &a->records);
	return true;
}

static void
down_bench(struct app *a)
{
	judge_bench_stop(&a->bench);
}

/* location_lookup() as the resolver's port. */
static bool
ask_system(void *arg UNUSED, const char *host, struct location *out,
    size_t *count_out, struct err *err)
{
	return location_lookup(host, out, count_out, err);
}

static bool
up_resolver(struct app *a, struct err *err UNUSED)
{
	a->resolver = resolver_new(ask_system, NULL);
	a->lookup = lookup_new(ask_system, NULL);
	resolver_watch(a->resolver, a->config);
	return true;
}

static void
down_resolver(struct app *a)
{
	lookup_stop(&a->lookup);
	resolver_stop(&a->resolver);
}

static bool
up_prober(struct app *a, struct err *err UNUSED)
{
	a->prober = prober_new();
	prober_watch(a->prober, rollout_snapshot(main_strand(a)->rollout));
	return true;
}

static void
down_prober(struct app *a)
{
	prober_stop(&a->prober);
}

static bool
up_courier(struct app *a, struct err *err UNUSED)
{
	a->courier = courier_new();
	courier_apply(a->courier, a->config);
	return true;
}

static void
down_courier(struct app *a)
{
	courier_stop(&a->courier, ALERTS_MS);
}

static bool
new_worker(struct app *a, const struct worker_hand *hand, struct err *err)
{
	struct course_ports courses[ROLLOUTS_MAX];
	const struct worker_options options = {
		.index = (unsigned)a->worker_count,
		.count = settings_of(a)->workers,
		.sockets = hand->sockets,
		.socket_count = hand->count,
		.courses = courses,
		.course_count = a->strand_count,
		.records = a->records,
		.access = access_log_sink(a->access_log),
		.samples = judge_bench_sink(a->bench),
		.budget = &a->budget,
		.admission = &a->admission,
	};
	struct worker *w = NULL;

	strands_courses(a, a->worker_count, courses);
	if (!worker_new(&options, &w, err))
		return false;
	a->workers[a->worker_count++] = w;
	return true;
}

static bool
add_worker(struct app *a, struct err *err)
{
	struct worker_hand hand = { 0 };
	bool ok = sockets_deal(a->sockets, (unsigned)a->worker_count,
	    settings_of(a)->workers, &hand, err) && new_worker(a, &hand, err);

	free(hand.sockets);
	return ok;
}

static bool
up_workers(struct app *a, struct err *err)
{
	const struct settings *s = settings_of(a);

	a->workers = mem_zalloc(s->workers * sizeof a->workers[0]);
	for (unsigned i = 0; i < s->workers; i++)
		if (!add_worker(a, err))
			return false;
	for (unsigned i = 0; i < s->workers; i++)
		if (!worker_start(a->workers[i], err))
			return false;
	return true;
}

static void
down_workers(struct app *a)
{
	for (size_t i = 0; i < a->worker_count; i++)
		worker_stop(a->workers[i], 0);
	for (size_t i = 0; i < a->worker_count; i++)
		worker_join(&a->workers[i]);
	a->worker_count = 0;
	free(a->workers);
}

static bool
up_base(struct app *a, struct err *err)
{
	a->base = event_base_new();
	return a->base != NULL ||
	    err_set(err, "control loop: libevent found no way to wait for events");
}

static void
down_base(struct app *a)
{
	if (a->base != NULL)
		event_base_free(a->base);
}

static bool
up_admin(struct app *a, struct err *err)
{
	struct admin_ports ports = {
		.rollouts = a->admin_rollouts,
		.rollout_count = a->strand_count,
		.recorder = a->recorder,
		.divergence = a->divergence,
		.noise = a->noise,
		.reload = operate_reload,
		.ready = operate_is_ready,
		.tls = admin_ssl,
		.drain = operate_drain,
		.resolver = a->resolver,
		.courier = a->courier,
		.arg = a,
		.version = PACKAGE_VERSION,
	};

	strands_for_admin(a, a->admin_rollouts);
	ports.of = a->admin_rollouts[0];
	a->sample_reader = sample_reader_new();
	ports.samples = a->sample_reader;
	return settings_of(a)->admin.text == NULL || admin_start(a->base,
	    a->config, &ports, sockets_give_admin(a->sockets), &a->admin, err);
}

static void
down_admin(struct app *a)
{
	admin_stop(&a->admin);
	sample_reader_stop(&a->sample_reader);
}

/* Until here both processes of an upgrade decide nothing new; from here on
 * only this one does. */
static bool
up_relief(struct app *a, struct err *err)
{
	if (a->inherited.channel == -1)
		return true;
	if (!predecessor_relieve(&a->inherited, a->sockets, err))
		return false;
	strands_catch_up(a);
	noise_watch_catch_up(&a->noise_watch);
	recorder_hold(a->recorder, false);
	return true;
}

static bool
up_operation(struct app *a, struct err *err)
{
	/* Who has relieved another must not go for a file. */
	if (!pid_file_write(settings_of(a)->pid_file, err)) {
		if (a->inherited.predecessor == 0)
			return false;
		log_event(LOG_ERROR, "upgrade", "%s", err->text);
	}
	operate_start(a);
	return true;
}

static void
down_operation(struct app *a)
{
	operate_stop(a);
	pid_file_remove(settings_of(a)->pid_file);
}

static const struct step {
	const char *name;
	bool (*up)(struct app *a, struct err *err);
	void (*down)(struct app *a); /* NULL = there is nothing to undo */
} steps[] = {
	/* First, while a privilege that binding needs may still be there. */
	{ "sockets", up_sockets, down_sockets },
	{ "privileges", up_privileges, NULL },
	{ "counters", up_counters, down_counters },
	{ "rollouts' counters", strands_up_boards, strands_down_boards },
	{ "store", strands_up_stores, strands_down_stores },
	{ "recorder", up_recorder, down_recorder },
	{ "access log", up_access_log, down_access_log },
	/* Judges end before what they have learned is written. */
	{ "noise", up_noise, down_noise },
	{ "comparison", up_bench, down_bench },
	{ "resolver", up_resolver, down_resolver },
	{ "alerts", up_courier, down_courier },
	{ "probes", strands_up_pollers, strands_down_pollers },
	{ "smoke checks", strands_up_smokers, strands_down_smokers },
	{ "rollout", strands_up_rollouts, strands_down_rollouts },
	{ "health checks", up_prober, down_prober },
	{ "control loop", up_base, down_base },
	/* Workers end before what they give their records to. */
	{ "workers", up_workers, down_workers },
	{ "taking over", up_relief, NULL },
	{ "admin", up_admin, down_admin },
	{ "signals", up_operation, down_operation },
};

/* --- running ---------------------------------------------------------------------- */

static void
block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	/* Faults of our own must still end the process where they happen. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGFPE);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
log_ready(const struct app *a)
{
	struct buf extra = { 0 };
	char text[80];

	buf_puts(&extra, "\"listen\":[");
	for (size_t i = 0; i < settings_of(a)->listen_count; i++) {
		listener_format(&a->sockets->places[i].bound, text,
		    sizeof text);
		buf_printf(&extra, "%s\"%s\"", i > 0 ? "," : "", text);
	}
	buf_puts(&extra, "],\"admin\":");
	if (a->admin == NULL)
		buf_puts(&extra, "null");
	else
		buf_json_string(&extra, admin_address(a->admin),
		    strlen(admin_address(a->admin)));
	buf_printf(&extra, ",\"workers\":%zu,\"pid\":%d", a->worker_count,
	    (int)getpid());
	log_event_with(LOG_INFO, "ready", extra.bytes, "serving");
	buf_fini(&extra);
}

int
boot_run(struct config *config, char **argv)
{
	struct app a = { .config = config, .argv = argv };
	struct err err = { "" };
	size_t up = 0;
	int status = 0;

	log_set_level((enum log_level)config->settings.log_level);
	block_signals();
	log_unblock();
	while (up < COUNT_OF(steps) && steps[up].up(&a, &err))
		up++;
	if (up == COUNT_OF(steps)) {
		if (config->env_disabled)
			log_event(LOG_WARN, "disabled", "UNDERSTUDY_ENABLED is "
			    "false: all traffic stays on legacy");
		log_ready(&a);
		/* A predecessor has said so: nobody listens to us before. */
		if (a.inherited.predecessor == 0)
			notify_ready();
		event_base_dispatch(a.base);
	} else {
		log_event(LOG_ERROR, "start", "cannot start: %s: %s",
		    steps[up].name, err.text);
		status = 1;
		up++; /* what the failed step did by half is undone as well */
	}
	while (up-- > 0)
		if (steps[up].down != NULL)
			steps[up].down(&a);
	config_unref(&a.config);
	log_event(LOG_INFO, "stopped", "exit status %d", status);
	log_flush(LAST_WORDS_MS);
	return status;
}
