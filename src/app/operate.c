/* operate -- see app.h.
 * SPDX-License-Identifier: MIT
 */
#include <event2/event.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "app/app.h"
#include "app/notify.h"
#include "app/privileges.h"
#include "app/tls_files.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/load.h"
#include "control/endpoints.h"

/* The guard looks this often; a trip takes effect within one tick. */
#define TICK_MS 20
/* All new names of a reload together may take that long. */
#define NAMES_MS 300

/* --- reload ---------------------------------------------------------------------- */

/* A reload failed half-way: the files of before, whole or not at all. */
static void
take_back(struct app *a)
{
	struct err err = { "" };

	if (!admin_reload_tokens(a->admin, a->config, &err))
		log_event(LOG_WARN, "tokens", "%s", err.text);
	if (!access_log_apply(a->access_log, a->config, &err))
		log_event(LOG_WARN, "access_log", "%s", err.text);
}

static bool
apply_reload(struct app *a, struct config *next, const char *actor,
    const char *reason, struct err *err)
{
	if (!config_can_reload(a->config, next, err) ||
	    !admin_reload_tokens(a->admin, next, err))
		return false;
	/* Before the snapshot that makes workers ask for it. */
	if (!access_log_apply(a->access_log, next, err) ||
	    !strands_reload(a, next, actor, reason, err)) {
		take_back(a);
		return false;
	}
	config_unref(&a->config);
	a->config = config_ref(next);
	recorder_apply(a->recorder, next);
	resolver_watch(a->resolver, next);
	courier_apply(a->courier, next);
	log_set_level((enum log_level)next->settings.log_level);
	privileges_raise_files(&next->settings);
	return true;
}

struct reload {
	struct app *app;
	uint64_t names_until_ns;
};

/* A name that is watched is not asked for again, and a new one not for long:
 * the guard must not wait for a name server that has died. */
static bool
resolve_on_reload(void *arg, const char *host, struct location *out,
    size_t *count_out, struct err *err)
{
	const struct reload *r = arg;

	return resolver_lookup(r->app->resolver, host, out, count_out) ||
	    lookup_ask(r->app->lookup, host, r->names_until_ns, out, count_out,
	    err);
}

static struct config *
load_again(struct app *a, struct buf *faults)
{
	struct reload reload = { a, clock_ns() + NAMES_MS * NS_PER_MS };
	struct config_ports ports;

	config_ports_system(&ports);
	ports.resolve = resolve_on_reload;
	ports.arg = &reload;
	ports.tls = tls_files_ports();
	return config_load_from(&ports, a->config->path, faults);
}

bool
operate_reload(void *arg, const char *actor, const char *reason,
    struct err *err)
{
	struct app *a = arg;
	struct buf faults = { 0 };
	struct config *next;
	bool ok;

	notify_reloading();
	next = load_again(a, &faults);
	tls_files_tell(true);
	if (next == NULL)
		ok = err_set(err, "%s", faults.len > 0 ? faults.bytes :
		    "the configuration could not be read");
	else
		ok = apply_reload(a, next, actor, reason, err);
	config_unref(&next);
	buf_fini(&faults);
	if (ok)
		log_event(LOG_INFO, "reload", "configuration %s is in force",
		    a->config->path);
	else
		log_event(LOG_ERROR, "reload", "nothing was changed: %s",
		    err->text);
	notify_ready();
	return ok;
}

/* --- stop ------------------------------------------------------------------------ */

static void
drain(struct app *a, uint64_t succeeded)
{
	a->stopping = true;
	for (size_t i = 0; i < a->worker_count; i++)
		worker_stop(a->workers[i], succeeded);
}

static void
begin_stop(struct app *a, const char *why)
{
	if (a->stopping)
		return;
	log_event(LOG_INFO, "stopping", "%s: no new connections; what runs may "
	    "take %u ms", why, settings_of(a)->drain_ms);
	notify_stopping();
	successor_abandon(a->successor);
	drain(a, 0);
}

static bool
any_serving(const struct app *a)
{
	for (size_t i = 0; i < a->worker_count; i++)
		if (atomic_load(&a->workers[i]->serving))
			return true;
	return false;
}

bool
operate_is_ready(void *arg)
{
	const struct app *a = arg;

	return !a->stopping && !a->leaving && any_serving(a);
}

void
operate_drain(void *arg, bool drain, const char *actor, const char *reason)
{
	struct app *a = arg;

	a->leaving = drain;
	log_event(LOG_INFO, "drain", "%s by %s: %s", drain ? "not ready, serving "
	    "on until stopped" : "ready again", actor, reason);
}

/* --- upgrade --------------------------------------------------------------------- */

/* Three things decide or answer for the process besides its workers, and its
 * workers keep no client. */
static void
step_aside(struct app *a, bool aside)
{
	/* First, so that no answer behind "ready" of the new process can still
	 * promise that its connection will be kept. */
	atomic_store(&a->admission.handed_over, aside);
	strands_hold(a, aside);
	admin_pause(a->admin, aside);
	recorder_hold(a->recorder, aside);
	noise_watch_hold(&a->noise_watch, aside);
}

static void
on_retire(void *arg)
{
	step_aside(arg, true);
}

static void
on_upgrade_failed(void *arg)
{
	step_aside(arg, false);
	notify_ready();
}

static void
on_succeeded(void *arg, const struct succession *what)
{
	struct app *a = arg;

	log_event(LOG_INFO, "stopping", "process %d has taken over; what runs "
	    "here may take %u ms", (int)what->pid, settings_of(a)->drain_ms);
	notify_succeeded(what->pid);
	admin_retire(a->admin, what->has_admin);
	drain(a, what->addresses);
}

static void
begin_upgrade(struct app *a)
{
	struct err err = { "" };

	if (a->stopping)
		err_set(&err, "this process is stopping");
	else if (successor_start(a->successor, settings_of(a)->upgrade_ms,
	    &err)) {
		notify_reloading();
		return;
	}
	log_event(LOG_ERROR, "upgrade", "nothing was changed: %s", err.text);
}

/* --- signals and time ------------------------------------------------------------ */

static void
on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct app *a = arg;

	strands_tick(a);
	overload_tick(&a->overload, settings_of(a), &a->admission, &a->budget,
	    main_strand(a)->board, clock_ns());
	if (resolver_has_changed(a->resolver))
		strands_enlist(a);
	noise_watch_tick(&a->noise_watch, clock_ns());
	endpoints_watch(rollout_snapshot(main_strand(a)->rollout), clock_ns());
	log_flush(0);
	if (a->stopping && !any_serving(a))
		event_base_loopbreak(a->base);
}

static void
on_signal(evutil_socket_t number, short what UNUSED, void *arg)
{
	struct app *a = arg;
	struct err err = { "" };

	switch (number) {
	case SIGHUP:
		(void)operate_reload(a, "signal", "SIGHUP", &err);
		break;
	case SIGUSR1:
		access_log_reopen(a->access_log);
		break;
	case SIGUSR2:
		begin_upgrade(a);
		break;
	default:
		begin_stop(a, strsignal((int)number));
		break;
	}
}

static const int numbers[SIGNALS_MAX] = { SIGHUP, SIGUSR1, SIGUSR2, SIGTERM,
	SIGINT, SIGQUIT };

/* SIG_BLOCK or SIG_UNBLOCK. */
static void
set_signals(int how)
{
	sigset_t ours;

	sigemptyset(&ours);
	for (int i = 0; i < SIGNALS_MAX && numbers[i] != 0; i++)
		sigaddset(&ours, numbers[i]);
	sigaddset(&ours, SIGCHLD);
	sigprocmask(how, &ours, NULL);
}

void
operate_start(struct app *a)
{
	const struct successor_ports ports = {
		.base = a->base,
		.sockets = a->sockets,
		.retire = on_retire,
		.succeeded = on_succeeded,
		.failed = on_upgrade_failed,
		.arg = a,
	};
	const struct timeval tick = { .tv_usec = TICK_MS * 1000 };

	a->successor = successor_new(a->argv, &ports);
	for (int i = 0; i < SIGNALS_MAX && numbers[i] != 0; i++) {
		a->signals[i] = evsignal_new(a->base, numbers[i], on_signal, a);
		event_add(a->signals[i], NULL);
	}
	/* Blocked until now, so that every other thread has them blocked. */
	set_signals(SIG_UNBLOCK);
	a->tick = event_new(a->base, -1, EV_PERSIST, on_tick, a);
	event_add(a->tick, &tick);
}

void
operate_stop(struct app *a)
{
	/* What comes now would end the process while the last rows are written
	 * (case drain.another_signal_does_not_cut_the_flush_short). */
	set_signals(SIG_BLOCK);
	successor_free(&a->successor);
	for (int i = 0; i < SIGNALS_MAX && a->signals[i] != NULL; i++)
		event_free(a->signals[i]);
	if (a->tick != NULL)
		event_free(a->tick);
}
