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

static void
publish(void *arg, struct snapshot *s)
{
	struct app *a = arg;

	for (size_t i = 0; i < a->worker_count; i++)
		worker_publish(a->workers[i], s);
	prober_watch(a->prober, s);
}

static struct roster *
enlist(void *arg, const struct config *config)
{
	const struct app *a = arg;
	const struct roster *before = a->rollout == NULL ? NULL :
	    rollout_snapshot(a->rollout)->roster;

	return roster_new(config, resolver_lookup, a->resolver, before);
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
	a->admission.peers = peer_counts_new(s->max_connections);
	/* One more writer than workers: the thread of the access log. */
	a->board = stats_board_new(s->workers + 1, s->compare_threads);
	a->divergence = divergence_new();
	a->noise = noise_board_new();
	return true;
}

static void
down_counters(struct app *a)
{
	overload_close(&a->overload);
	peer_counts_free(&a->admission.peers);
	divergence_free(&a->divergence);
	noise_board_free(&a->noise);
	stats_board_free(&a->board);
}

static bool
up_store(struct app *a, struct err *err)
{
	return store_open(settings_of(a), &a->store, err);
}

static void
down_store(struct app *a)
{
	store_close(&a->store);
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
	    a->board->workers[settings_of(a)->workers]);
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
	noise_watch_start(&a->noise_watch, a->noise, a->store);
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
	    COMPARE_QUEUE, a->board, a->divergence, a->noise, &a->records);
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
	prober_watch(a->prober, rollout_snapshot(a->rollout));
	return true;
}

static void
down_prober(struct app *a)
{
	prober_stop(&a->prober);
}

static void
on_alert(void *arg, const struct alert *alert)
{
	const struct app *a = arg;

	courier_tell(a->courier, alert);
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
up_poller(struct app *a, struct err *err UNUSED)
{
	a->poller = poller_new();
	poller_apply(a->poller, a->config);
	return true;
}

static void
down_poller(struct app *a)
{
	poller_stop(&a->poller);
}

static size_t
probe_rows(void *arg, struct probe_row *out)
{
	const struct app *a = arg;

	return poller_rows(a->poller, out);
}

static bool
up_smoker(struct app *a, struct err *err UNUSED)
{
	a->smoker = smoker_new();
	return true;
}

static void
down_smoker(struct app *a)
{
	smoker_stop(&a->smoker);
}

static void
run_smoke(void *arg, struct snapshot *s, uint32_t which, uint64_t serial)
{
	const struct app *a = arg;

	smoker_run(a->smoker, s, which, serial);
}

static void
look_at_smoke(void *arg, struct smoke_run *out)
{
	const struct app *a = arg;

	smoker_look(a->smoker, out);
}

static bool
up_rollout(struct app *a, struct err *err)
{
	const struct rollout_ports ports = {
		.store = a->store,
		.recorder = a->recorder,
		.board = a->board,
		.latch = &a->latch,
		.publish = publish,
		.enlist = enlist,
		.tell = on_alert,
		.probes = probe_rows,
		.smoke = run_smoke,
		.smoked = look_at_smoke,
		.arg = a,
		.has_predecessor = a->inherited.channel != -1,
	};

	if (!rollout_start(a->config, &ports, &a->rollout, err))
		return false;
	sticky_watch_start(&a->sticky_watch, a->board->sticky, a->store,
	    a->config, rollout_snapshot(a->rollout)->state.latched);
	mirror_watch_start(&a->mirror_watch, &a->mirror_budget, a->store,
	    a->recorder, clock_wall_us());
	a->minutes = minutes_new(a->board);
	minutes_tick(a->minutes, rollout_snapshot(a->rollout), clock_wall_us());
	return true;
}

static void
down_rollout(struct app *a)
{
	minutes_free(&a->minutes);
	mirror_watch_stop(&a->mirror_watch);
	sticky_watch_stop(&a->sticky_watch);
	rollout_stop(&a->rollout);
}

static bool
new_worker(struct app *a, const struct worker_hand *hand, struct err *err)
{
	const struct worker_options options = {
		.index = (unsigned)a->worker_count,
		.count = settings_of(a)->workers,
		.sockets = hand->sockets,
		.socket_count = hand->count,
		.snapshot = rollout_snapshot(a->rollout),
		.stats = a->board->workers[a->worker_count],
		.board = a->board,
		.latch = &a->latch,
		.records = a->records,
		.access = access_log_sink(a->access_log),
		.samples = judge_bench_sink(a->bench),
		.budget = &a->budget,
		.admission = &a->admission,
		.mirror_budget = &a->mirror_budget,
	};
	struct worker *w = NULL;

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
		.rollout = a->rollout,
		.store = a->store,
		.recorder = a->recorder,
		.board = a->board,
		.divergence = a->divergence,
		.noise = a->noise,
		.latch = &a->latch,
		.reload = operate_reload,
		.ready = operate_is_ready,
		.tls = admin_ssl,
		.drain = operate_drain,
		.resolver = a->resolver,
		.courier = a->courier,
		.poller = a->poller,
		.minutes = a->minutes,
		.arg = a,
		.version = PACKAGE_VERSION,
	};

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
	rollout_catch_up(a->rollout);
	noise_watch_catch_up(&a->noise_watch);
	sticky_watch_catch_up(&a->sticky_watch,
	    rollout_snapshot(a->rollout)->state.latched);
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
	{ "store", up_store, down_store },
	{ "recorder", up_recorder, down_recorder },
	{ "access log", up_access_log, down_access_log },
	/* Judges end before what they have learned is written. */
	{ "noise", up_noise, down_noise },
	{ "comparison", up_bench, down_bench },
	{ "resolver", up_resolver, down_resolver },
	{ "alerts", up_courier, down_courier },
	{ "probes", up_poller, down_poller },
	{ "smoke checks", up_smoker, down_smoker },
	{ "rollout", up_rollout, down_rollout },
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
