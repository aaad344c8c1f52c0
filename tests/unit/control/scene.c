/* scene -- see scene.h.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include <sqlite3.h>

#include "config/load.h"

static void
scene_on_publish(void *arg, struct snapshot *s)
{
	struct scene *sc = arg;

	if (sc->published++ == 0)
		sc->latch_at_first = latch_is_set(&sc->latch);
	sc->seen = s->state;
}

static void
scene_on_alert(void *arg, const struct alert *a)
{
	struct scene *sc = arg;

	if (sc->told_count < COUNT_OF(sc->told))
		sc->told[sc->told_count] = *a;
	sc->told_count++;
}

static size_t
scene_on_probes(void *arg, struct probe_row *out)
{
	const struct scene *sc = arg;

	out[0] = sc->probe;
	return sc->probe.mark != 0;
}

static bool
scene_read(void *arg, const char *path, struct buf *out, struct err *err)
{
	struct scene *sc = arg;
	bool is_rules = strcmp(path, "rules.json") == 0;
	char *main = mem_printf("{'listen':[{'address':'127.0.0.1:0'}],"
	    "'admin':{'address':'127.0.0.1:0'},%s%s/u.db',"
	    "'backends':{'legacy':{'urls':['http://127.0.0.1:9001']},"
	    "'enhanced':{'urls':['http://127.0.0.1:9002']}},"
	    "'rules':['rules.json']}", sc->is_postgres ? "'store':"
	    "'host=/nonexistent dbname=none','spool':'" : "'store':'sqlite:",
	    sc->dir);

	(void)err;
	for (const char *p = is_rules ? sc->rules : main; *p != '\0'; p++)
		buf_add(out, *p == '\'' ? "\"" : p, 1);
	free(main);
	return true;
}

static bool
scene_resolve(void *arg, const char *host, struct location *out,
    size_t *count_out, struct err *err)
{
	(void)arg, (void)host, (void)out, (void)count_out;
	return err_set(err, "no names here");
}

struct config *
scene_config(struct scene *sc, const char *rules, const char *enabled_env)
{
	struct config_ports ports = { .read_file = scene_read,
		.resolve = scene_resolve, .arg = sc, .processors = 1,
		.enabled_env = enabled_env };
	struct buf faults = { 0 };
	struct config *c;

	free(sc->rules);
	sc->rules = mem_strdup(rules);
	c = config_load_from(&ports, "u.json", &faults);
	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&faults);
	return c;
}

bool
scene_try_start(struct scene *sc, struct err *err)
{
	const struct rollout_ports ports = {
		.store = sc->store, .recorder = sc->recorder,
		.board = sc->board, .latch = &sc->latch,
		.publish = scene_on_publish, .tell = scene_on_alert,
		.probes = scene_on_probes, .arg = sc,
	};

	sc->published = 0;
	return rollout_start(sc->config, &ports, &sc->rollout, err);
}

void
scene_start(struct scene *sc)
{
	struct err err = { "" };

	cr_assert(scene_try_start(sc, &err), "%s", err.text);
}

void
scene_open_as(struct scene *sc, const char *rules)
{
	struct err err = { "" };

	log_set_level(LOG_ERROR);
	sc->now_ns = clock_ns();
	sc->is_ready = true;
	strcpy(sc->dir, "/tmp/control-XXXXXX");
	cr_assert_not_null(mkdtemp(sc->dir));
	sc->config = scene_config(sc, rules, NULL);
	sc->board = stats_board_new(1, 1);
	sc->divergence = divergence_new();
	sc->noise = noise_board_new();
	cr_assert(store_open(&sc->config->settings, &sc->store, &err), "%s",
	    err.text);
	scene_start(sc);
}

void
scene_open(struct scene *sc, const char *rules)
{
	*sc = (struct scene){ .published = 0 };
	scene_open_as(sc, rules);
}

void
scene_close(struct scene *sc)
{
	char *command = mem_printf("rm -rf %s", sc->dir);

	rollout_stop(&sc->rollout);
	store_close(&sc->store);
	stats_board_free(&sc->board);
	divergence_free(&sc->divergence);
	noise_board_free(&sc->noise);
	config_unref(&sc->config);
	free(sc->rules);
	cr_assert_eq(system(command), 0);
	free(command);
}

void
scene_restart(struct scene *sc, const char *rules)
{
	struct err err = { "" };

	rollout_stop(&sc->rollout);
	store_close(&sc->store);
	stats_board_free(&sc->board);
	sc->board = stats_board_new(1, 1);
	sc->latch = (struct latch){ LATCH_OPEN };
	config_unref(&sc->config);
	sc->config = scene_config(sc, rules, NULL);
	cr_assert(store_open(&sc->config->settings, &sc->store, &err), "%s",
	    err.text);
	scene_start(sc);
}

bool
scene_reload(struct scene *sc, const char *rules, struct err *err)
{
	struct config *next = scene_config(sc, rules, NULL);
	bool ok = rollout_reload(sc->rollout, next, "operator:test", "for a test",
	    err);

	config_unref(&next);
	return ok;
}

void
scene_tick(struct scene *sc, uint64_t ms)
{
	sc->now_ns += ms * NS_PER_MS;
	rollout_tick(sc->rollout, sc->now_ns);
}

void
scene_legs(struct scene *sc, enum version v, enum leg leg,
    enum outcome outcome, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		leg_stats_count(&sc->board->workers[0]->legs[v][leg], outcome,
		    outcome == OUTCOME_UPSTREAM_5XX ? 500 :
		    outcome == OUTCOME_DONE ? 200 : 0, 20000);
}

void
scene_say(struct scene *sc, double value)
{
	sc->probe = (struct probe_row){ .mark = rollout_snapshot(sc->rollout)->
	    config->rules.probes.list[0].mark, .has_value = true, .value = value,
		.at_ns = sc->now_ns };
}

void
scene_sql(struct scene *sc, const char *sql)
{
	char *path = mem_printf("%s/u.db", sc->dir);
	char *fault = NULL;
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 2000);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &fault), SQLITE_OK, "%s",
	    fault);
	sqlite3_close(db);
	free(path);
}

void
scene_break_store(struct scene *sc)
{
	scene_sql(sc, "ALTER TABLE rollout_events RENAME TO hidden");
}

void
scene_mend_store(struct scene *sc)
{
	scene_sql(sc, "ALTER TABLE hidden RENAME TO rollout_events");
}

void
scene_lock_store(struct scene *sc)
{
	char *path = mem_printf("%s/u.db", sc->dir);

	cr_assert_eq(sqlite3_open(path, &sc->intruder), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(sc->intruder, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), SQLITE_OK);
	free(path);
}

void
scene_unlock_store(struct scene *sc)
{
	cr_assert_eq(sqlite3_close(sc->intruder), SQLITE_OK);
	sc->intruder = NULL;
}

struct log_entry
scene_event(struct scene *sc)
{
	struct log_entry e = { .id = 0 };

	cr_assert_eq(store_events(sc->store, &e, 1), 1);
	return e;
}

size_t
scene_event_count(struct scene *sc)
{
	struct log_entry events[100];

	return store_events(sc->store, events, 100);
}

static bool
scene_on_reload(void *arg, const char *actor, const char *reason,
    struct err *err)
{
	struct scene *sc = arg;

	(void)actor;
	(void)reason;
	sc->reloads++;
	return !sc->reload_fails || err_set(err, "rules.json:3:4: /x: bad");
}

static bool
scene_on_ready(void *arg)
{
	return ((struct scene *)arg)->is_ready;
}

static void
scene_on_drain(void *arg, bool drain, const char *actor UNUSED,
    const char *reason UNUSED)
{
	((struct scene *)arg)->is_ready = !drain;
}

struct admin_ports
scene_ports(struct scene *sc)
{
	sc->self = (struct admin_rollout){ .rollout = sc->rollout,
		.store = sc->store, .board = sc->board, .latch = &sc->latch };
	return (struct admin_ports){
		.of = sc->self, .rollouts = &sc->self, .rollout_count = 1,
		.divergence = sc->divergence, .noise = sc->noise,
		.reload = scene_on_reload, .ready = scene_on_ready,
		.drain = scene_on_drain, .arg = sc,
		.version = "1.2.3",
	};
}
