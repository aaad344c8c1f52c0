/* test_load -- what a configuration becomes: defaults, values, reloads.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "config/words.h"
#include "files.h"

static struct config *
load(const char *main, const char *rules)
{
	struct buf faults = { 0 };
	struct config *c = files_load(main, rules, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&faults);
	return c;
}

Test(config_load, gives_every_default)
{
	struct config *c = load("{" NEEDED_KEYS "}", NULL);
	const struct settings *s = &c->settings;
	const struct backend *b = &s->backends[VERSION_ENHANCED];

	cr_expect_eq(s->listen_count, 1);
	cr_expect_str_eq(s->listen[0].address.text, "127.0.0.1:8080");
	cr_expect(s->listen[0].address.is_loopback);
	cr_expect_null(s->admin.text);
	cr_expect_null(s->admin_tokens);
	cr_expect_str_eq(s->store, "sqlite:understudy.db");
	cr_expect_str_eq(s->spool, "understudy-spool.db");
	cr_expect_eq(s->spool_max_bytes, UINT64_C(1) << 30);
	cr_expect_eq(s->workers, 3);
	cr_expect_eq(s->compare_threads, 1);
	cr_expect(s->version_header);
	cr_expect_eq(s->log_level, LOG_SETTING_INFO);
	cr_expect_eq(s->max_connections, 10000);
	cr_expect_eq(s->head_max_bytes, 65536);
	cr_expect_eq(s->head_max_fields, 100);
	cr_expect_eq(s->capture_max_bytes, 256 << 10);
	cr_expect_eq(s->shadow_max_inflight, 256);
	cr_expect_eq(s->shadow_max_bytes, 64u << 20);
	cr_expect_eq(s->client_head_ms, 10000);
	cr_expect_eq(s->client_idle_ms, 60000);
	cr_expect_eq(s->shadow_total_ms, 60000);
	cr_expect_eq(s->drain_ms, 30000);
	cr_expect_eq(b->endpoint_count, 1);
	cr_expect_str_eq(b->endpoints[0].authority, "127.0.0.1:9002");
	cr_expect_str_eq(b->endpoints[0].prefix, "");
	cr_expect_null(b->host);
	cr_expect_eq(b->connect_ms, 1000);
	cr_expect_eq(b->first_byte_ms, 30000);
	cr_expect_eq(b->idle_ms, 60000);
	cr_expect_eq(b->keepalive_ms, 30000);
	cr_expect_eq(b->max_idle, 64);
	cr_expect_not(c->env_disabled);
	config_unref(&c);
	cr_expect_null(c);
}

Test(config_load, gives_every_default_of_the_rules)
{
	struct config *c = load("{" NEEDED_KEYS ",'rules':[]}", NULL);
	const struct rules *r = &c->rules;

	cr_expect_eq(r->identity.count, 0);
	cr_expect_not(r->identity.needs_body);
	cr_expect_eq(r->route_count, 0);
	cr_expect(r->enabled);
	cr_expect_str_eq(r->salt, "understudy");
	cr_expect_eq(r->stage_count, 1);
	cr_expect_eq(r->stage, 0);
	cr_expect_str_eq(r->stages[0].name, "off");
	cr_expect_eq(r->stages[0].percent, 0);
	cr_expect_eq(r->stages[0].shadow, 0);
	cr_expect_not(r->percent_given);
	cr_expect_eq(r->override_count, 0);
	cr_expect_eq(r->fallback, FALLBACK_CONNECT | FALLBACK_TIMEOUT |
	    FALLBACK_5XX | FALLBACK_INVALID);
	cr_expect_eq(r->compare.ignore_count, 0);
	cr_expect_eq(r->compare.text_similarity, 1);
	cr_expect_eq(r->guard_count, 0);
	cr_expect(r->breaker.enabled);
	cr_expect_eq(r->breaker.consecutive, 10);
	cr_expect_float_eq(r->breaker.failure_rate, 0.2, 1e-12);
	cr_expect_eq(r->breaker.window_ms, 10000);
	cr_expect_eq(r->breaker.min_requests, 20);
	config_unref(&c);
}

Test(config_load, an_empty_rule_file_is_like_none)
{
	struct config *c = load(WITH_RULES, "{'$schema':'x','identity':[],"
	    "'routes':[],'guard':[]}");

	cr_expect_eq(c->rules.stage_count, 1);
	cr_expect_str_eq(c->rules.stages[0].name, "off");
	config_unref(&c);
}

Test(config_load, reads_settings)
{
	struct memory_files f = { { "etc/u.json", "etc/t.json" }, {
	    "{'$schema':'s.json','listen':[{'address':'[::]:0'},"
	    "{'address':'backend.test:80'}],"
	    "'admin':{'address':'unix:run/u.sock','tokens':'t.json'},"
	    "'backends':{'legacy':{'urls':['http://backend.test/base/',"
	    "'http://[::1]:9001'],'host':'api.example.com'},"
	    "'enhanced':{'urls':['http://127.0.0.1:9002'],'keepalive':'0s',"
	    "'timeouts':{'connect':'250ms','first_byte':'1.5s'}}},"
	    "'store':'sqlite:db/u.db','spool':'/var/spool.db','workers':2,"
	    "'log_level':'debug','version_header':false,"
	    "'limits':{'capture':1024}}", "[]" } };
	struct config_ports ports = files_ports(&f);
	struct buf faults = { 0 };
	struct config *c = config_load_from(&ports, "etc/u.json", &faults);
	const struct settings *s;
	const struct backend *b;

	cr_assert_not_null(c, "%s", faults.bytes);
	s = &c->settings;
	cr_expect_str_eq(c->path, "etc/u.json");
	cr_expect_eq(s->listen_count, 2);
	cr_expect_eq(s->listen[0].address.addr.ss_family, AF_INET6);
	cr_expect_not(s->listen[0].address.is_loopback);
	cr_expect_eq(s->listen[1].address.addr.ss_family, AF_INET);
	cr_expect_eq(s->admin.addr.ss_family, AF_UNIX);
	cr_expect(s->admin.is_loopback);
	cr_expect_str_eq(s->admin.text, "unix:run/u.sock");
	cr_expect_str_eq(s->admin_tokens, "etc/t.json");
	cr_expect_str_eq(s->store, "sqlite:etc/db/u.db");
	cr_expect_str_eq(s->spool, "/var/spool.db");
	cr_expect_eq(s->log_level, LOG_SETTING_DEBUG);
	cr_expect_not(s->version_header);
	cr_expect_eq(s->capture_max_bytes, 1024);
	b = &s->backends[VERSION_LEGACY];
	cr_expect_eq(b->endpoint_count, 2);
	cr_expect_str_eq(b->endpoints[0].url, "http://backend.test/base/");
	cr_expect_str_eq(b->endpoints[0].authority, "backend.test");
	cr_expect_str_eq(b->endpoints[0].prefix, "/base");
	cr_expect_str_eq(b->endpoints[1].authority, "[::1]:9001");
	cr_expect_str_eq(b->host, "api.example.com");
	b = &s->backends[VERSION_ENHANCED];
	cr_expect_eq(b->connect_ms, 250);
	cr_expect_eq(b->first_byte_ms, 1500);
	cr_expect_eq(b->idle_ms, 60000);
	cr_expect_eq(b->keepalive_ms, 0);
	config_unref(&c);
}

static const char rules_text[] =
    "{'identity':[{'header':'X-User-Id'},{'body':'/userId'}],"
    "'session':[{'cookie':'Sid'}],"
    "'routes':[{'match':{'path':'/api/*','methods':['POST','PUT']}},"
    "{'match':{'path':'/old/*'},'rollout':false},"
    "{'match':{'path':'/dark/*'},'rollout':false,'shadow':true}],"
    "'rollout':{'enabled':false,'salt':'s1','advance':'manual',"
    "'stage':'canary','percent':'0.001%','stages':[{'name':'off'},"
    "{'name':'canary','percent':5,'shadow':'12.5%','dwell':'48h'}],"
    "'overrides':[{'header':'X-Beta','equals':'true','version':'enhanced'},"
    "{'users':['u1','u2'],'version':'legacy'}],'fallback':{'on':['5xx']}},"
    "'compare':{'ignore':['/id','/usage/*'],'text_similarity':0.85},"
    "'guard':[{'name':'errors','metric':'error_rate','above':'5%',"
    "'for':'15m','min_requests':100,'action':'rollback',"
    "'severity':'critical'},"
    "{'name':'slow','metric':'latency_p95','above_legacy_by':'100ms',"
    "'window':'5m'},{'name':'slower','metric':'latency_p99',"
    "'above_legacy_times':1.5}],"
    "'breaker':{'consecutive':0,'failure_rate':50}}";

Test(config_load, reads_who_and_where)
{
	struct config *c = load(WITH_RULES, rules_text);
	const struct rules *r = &c->rules;

	cr_expect_eq(r->identity.count, 2);
	cr_expect_eq(r->identity.sources[0].kind, SOURCE_HEADER);
	cr_expect_str_eq(r->identity.sources[0].name, "x-user-id");
	cr_expect_eq(r->identity.sources[1].kind, SOURCE_BODY);
	cr_expect(r->identity.needs_body);
	cr_expect_str_eq(r->session.sources[0].name, "Sid");
	cr_expect_not(r->session.needs_body);
	cr_expect_eq(r->route_count, 3);
	cr_expect_str_eq(r->routes[0].methods[1], "PUT");
	cr_expect_null(r->routes[0].methods[2]);
	cr_expect(r->routes[0].rollout && r->routes[0].shadow);
	cr_expect_null(r->routes[1].methods);
	cr_expect(!r->routes[1].rollout && !r->routes[1].shadow);
	cr_expect(!r->routes[2].rollout && r->routes[2].shadow);
	config_unref(&c);
}

Test(config_load, reads_the_rollout)
{
	struct config *c = load(WITH_RULES, rules_text);
	const struct rules *r = &c->rules;

	cr_expect_not(r->enabled);
	cr_expect_str_eq(r->salt, "s1");
	cr_expect_eq(r->stage_count, 2);
	cr_expect_eq(r->stage, 1);
	cr_expect(r->percent_given);
	cr_expect_eq(r->percent, 1);
	cr_expect_eq(r->stages[1].percent, 5000);
	cr_expect_eq(r->stages[1].shadow, 12500);
	cr_expect_eq(r->stages[1].dwell_ms, UINT64_C(48) * 3600000);
	cr_expect_eq(r->override_count, 2);
	cr_expect_eq(r->overrides[0].when.kind, CRITERION_HEADER);
	cr_expect_str_eq(r->overrides[0].when.name, "x-beta");
	cr_expect_str_eq(r->overrides[0].when.equals, "true");
	cr_expect_eq(r->overrides[0].version, VERSION_ENHANCED);
	cr_expect_eq(r->overrides[1].when.kind, CRITERION_USERS);
	cr_expect(text_set_has(&r->overrides[1].when.ids, "u2", 2));
	cr_expect_not(text_set_has(&r->overrides[1].when.ids, "u3", 2));
	cr_expect_eq(r->fallback, FALLBACK_5XX);
	config_unref(&c);
}

Test(config_load, reads_comparison_and_guard)
{
	struct config *c = load(WITH_RULES, rules_text);
	const struct rules *r = &c->rules;
	const struct guard_rule *g = r->guards;

	cr_expect_eq(r->compare.ignore_count, 2);
	cr_expect_str_eq(r->compare.ignore[1], "/usage/*");
	cr_expect_null(r->compare.ignore[2]);
	cr_expect_float_eq(r->compare.text_similarity, 0.85, 1e-12);
	cr_expect_eq(r->guard_count, 3);
	cr_expect_float_eq(g[0].when.limit, 0.05, 1e-12);
	cr_expect_eq(g[0].when.relation, RELATION_VALUE);
	cr_expect_eq(g[0].when.version, VERSION_ENHANCED);
	cr_expect_eq(g[0].for_ms, 900000);
	cr_expect_eq(g[0].when.window_ms, 60000);
	cr_expect_eq(g[0].when.min_requests, 100);
	cr_expect_eq(g[0].action, GUARD_ROLLBACK);
	cr_expect_eq(g[0].severity, SEVERITY_CRITICAL);
	cr_expect_eq(g[1].when.measure, MEASURE_LATENCY_P95);
	cr_expect_eq(g[1].when.relation, RELATION_LEGACY_BY);
	cr_expect_float_eq(g[1].when.limit, 100000, 1e-9);
	cr_expect_eq(g[1].action, GUARD_ALERT);
	cr_expect_eq(g[1].severity, SEVERITY_WARNING);
	cr_expect_eq(g[2].when.relation, RELATION_LEGACY_TIMES);
	cr_expect_float_eq(g[2].when.limit, 1.5, 1e-12);
	cr_expect_eq(r->breaker.consecutive, 0);
	cr_expect_float_eq(r->breaker.failure_rate, 0.5, 1e-12);
	config_unref(&c);
}

Test(config_load, composes_rules_from_several_files)
{
	struct memory_files f = { { "u.json", "a.json", "b.json" },
		{ "{" NEEDED_KEYS ",'rules':['a.json','b.json']}",
		    "{'identity':[{'query':'u'}]}",
		    "{'rollout':{'salt':'b'},'breaker':{'enabled':false}}" } };
	struct config_ports ports = files_ports(&f);
	struct buf faults = { 0 };
	struct config *c = config_load_from(&ports, "u.json", &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(c->rules.identity.count, 1);
	cr_expect_str_eq(c->rules.salt, "b");
	cr_expect_not(c->rules.breaker.enabled);
	config_unref(&c);
}

Test(config_load, the_environment_switches_off)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = { { "false", true }, { "0", true }, { "No", true },
		{ "OFF", true }, { "true", false }, { "1", false }, { "", false },
		{ NULL, false } };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct memory_files f = { { "u.json" }, { "{" NEEDED_KEYS "}" } };
		struct config_ports ports = files_ports(&f);
		struct buf faults = { 0 };
		struct config *c;

		ports.enabled_env = rows[i].text;
		c = config_load_from(&ports, "u.json", &faults);
		cr_assert_not_null(c, "%s", faults.bytes);
		cr_expect_eq(c->env_disabled, rows[i].want, "%s", rows[i].text);
		config_unref(&c);
	}
}

Test(config_load, reads_real_files)
{
	static const char text[] = "{\"listen\":[{\"address\":"
	    "\"localhost:0\"}],\"backends\":{\"legacy\":{\"urls\":"
	    "[\"http://127.0.0.1:1\"]},\"enhanced\":{\"urls\":"
	    "[\"http://127.0.0.1:2\"]}}}";
	char path[] = "/tmp/understudy-test-XXXXXX";
	struct buf faults = { 0 };
	struct config *c;
	int fd = mkstemp(path);

	cr_assert_neq(fd, -1);
	cr_assert_eq(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	c = config_load(path, NULL, &faults);
	unlink(path);
	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect(c->settings.listen[0].address.is_loopback);
	cr_expect_gt(c->settings.workers, 0);
	cr_expect_str_eq(c->settings.store, "sqlite:/tmp/understudy.db");
	config_unref(&c);
}

Test(config_load, reads_the_shipped_example)
{
	static const char *const stages[] = { "off", "shadow", "canary-10", "half",
		"full" };
	const char *srcdir = getenv("srcdir");
	struct buf faults = { 0 }, path = { 0 };
	struct config *c;

	buf_printf(&path, "%s/deploy/understudy.json",
	    srcdir != NULL ? srcdir : ".");
	c = config_load(path.bytes, NULL, &faults);
	cr_assert_not_null(c, "%s", faults.bytes);
	cr_assert_eq(c->rules.stage_count, COUNT_OF(stages));
	for (size_t i = 0; i < COUNT_OF(stages); i++)
		cr_expect_str_eq(c->rules.stages[i].name, stages[i]);
	cr_expect_eq(c->rules.guard_count, 6);
	cr_expect(c->rules.identity.needs_body);
	config_unref(&c);
	buf_fini(&path);
}

/* --- reload -------------------------------------------------------------------- */

static const struct {
	const char *key, *now, *next;
} restarts[] = {
	{ "store", "'workers':3", "'store':'sqlite:other.db'" },
	{ "store", "'store':'postgresql://u:a@h/d'",
	    "'store':'postgresql://u:b@h/d'" },
	{ "spool", "'workers':3", "'spool':'other.db'" },
	{ "spool_max", "'workers':3", "'spool_max':'2GiB'" },
	{ "workers", "'workers':3", "'workers':4" },
	{ "compare_threads", "'workers':3", "'compare_threads':2" },
	{ "admin.address", "'workers':3", "'admin':{'address':'127.0.0.1:1'}" },
	{ "admin.address", "'admin':{'address':'127.0.0.1:1'}", "'workers':3" },
	{ NULL, "'workers':3", "'log_level':'debug'" }, /* 3 is the default */
	{ NULL, "'store':'sqlite:understudy.db'", "'limits':{'head':'1KiB'}" },
	{ NULL, "'admin':{'address':'127.0.0.1:1'}",
	    "'admin':{'address':'127.0.0.1:1'},'timeouts':{'head':'1s'}" },
};

static struct config *
load_members(const char *listen, const char *members)
{
	struct buf text = { 0 };
	struct config *c;

	buf_printf(&text, "{'listen':[{'address':'%s'}]," BACKENDS_KEY ",%s}",
	    listen, members);
	c = load(text.bytes, NULL);
	buf_fini(&text);
	return c;
}

Test(config_reload, refuses_what_needs_a_restart)
{
	for (size_t i = 0; i < COUNT_OF(restarts); i++) {
		struct config *now = load_members("127.0.0.1:1000",
		    restarts[i].now);
		struct config *next = load_members("127.0.0.1:1000",
		    restarts[i].next);
		struct err err = { "" };
		bool ok = config_can_reload(now, next, &err);

		cr_expect_eq(ok, restarts[i].key == NULL, "row %zu: %s", i,
		    err.text);
		if (restarts[i].key != NULL)
			cr_expect(strncmp(err.text, restarts[i].key,
			    strlen(restarts[i].key)) == 0, "row %zu: %s", i,
			    err.text);
		config_unref(&now);
		config_unref(&next);
	}
}

Test(config_reload, names_all_keys_and_no_password)
{
	struct config *now = load_members("127.0.0.1:1000",
	    "'store':'host=h password=secret'");
	struct config *next = load_members("127.0.0.1:1001", "'workers':9");
	struct err err = { "" };

	cr_expect_not(config_can_reload(now, next, &err));
	cr_expect_str_eq(err.text, "listen, store, workers changed, which takes "
	    "effect only with a restart; upgrade (SIGUSR2) or restart understudy, "
	    "or put it back");
	cr_expect(config_can_reload(now, now, &err));
	config_unref(&now);
	config_unref(&next);
}

static uint64_t
mark_of(const char *rollout, const char *rest)
{
	struct buf text = { 0 };
	struct config *c;
	uint64_t mark;

	buf_printf(&text, "{'rollout':{'stages':[{'name':'a'},{'name':'b',"
	    "'percent':5,'shadow':10},{'name':'c','percent':5,'shadow':10}],%s}"
	    "%s}", rollout, rest);
	c = load(WITH_RULES, text.bytes);
	mark = config_rollout_mark(c);
	config_unref(&c);
	buf_fini(&text);
	return mark;
}

Test(config_reload, the_mark_changes_with_what_is_wanted)
{
	uint64_t b = mark_of("'stage':'b'", "");

	cr_expect_neq(b, 0);
	cr_expect_eq(b, mark_of("'stage':'b'", ",'breaker':{'window':'1m'}"));
	cr_expect_eq(b, mark_of("'stage':'b','percent':5", ""));
	cr_expect_eq(b, mark_of("'stage':'b','overrides':[]", ""));
	cr_expect_neq(b, mark_of("'stage':'c'", ""));
	cr_expect_neq(b, mark_of("'stage':'b','percent':6", ""));
	cr_expect_neq(b, mark_of("'stage':'b','enabled':false", ""));
	cr_expect_neq(b, mark_of("'percent':5", ""));
}

/* Kept in the store over releases. */
Test(config_reload, the_mark_never_changes_its_form)
{
	uint64_t mark = mark_of("'stage':'b'", "");

	cr_expect_eq(mark, UINT64_C(4531504862442277309), "%" PRIu64, mark);
}

/* --- what is written --------------------------------------------------------- */

static struct json *
parse(struct arena *a, const struct buf *text)
{
	struct json_fault why;
	struct json *root = json_parse(a, text->bytes, text->len, true, &why);

	cr_assert_not_null(root, "%s at %zu of %s", why.message, why.offset,
	    text->bytes);
	return root;
}

static const struct {
	const char *pointer, *want;
} effective[] = {
	{ "/path", "understudy.json" },
	{ "/settings/listen/0/address", "127.0.0.1:8080" },
	{ "/settings/limits/head", "64KiB" },
	{ "/settings/workers", "3" },
	{ "/settings/backends/legacy/timeouts/connect", "1s" },
	{ "/settings/store", "postgresql://u:***@h:5/d?sslmode=x&password=***" },
	{ "/settings/admin/address", NULL },
	{ "/settings/rules/0", "r.json" },
	{ "/rules/rollout/stages/0/percent", "0" },
	{ "/rules/rollout/stages/1/shadow", "12.5%" },
	{ "/rules/routes/1/match/path", "/old/*" },
	{ "/rules/breaker/window", "10s" },
	{ "/rules/guard/1/version", "enhanced" },
	{ "/rules/identity/0/header", "X-User-Id" },
};

Test(config_write, shows_the_effective_configuration)
{
	struct config *c = load("{" NEEDED_KEYS ",'rules':['r.json'],"
	    "'store':'postgresql://u:p@x@h:5/d?sslmode=x&password=y'}",
	    rules_text);
	struct buf text = { 0 };
	struct arena a;
	struct json *root;

	arena_init(&a, 0);
	config_write_json(c, &text);
	root = parse(&a, &text);
	for (size_t i = 0; i < COUNT_OF(effective); i++) {
		const struct json *v = json_at(root, effective[i].pointer);

		if (effective[i].want == NULL) {
			cr_expect_null(v, "%s", effective[i].pointer);
			continue;
		}
		cr_assert_not_null(v, "%s", effective[i].pointer);
		cr_expect(v->len == strlen(effective[i].want) &&
		    memcmp(v->text, effective[i].want, v->len) == 0, "%s: %.*s",
		    effective[i].pointer, (int)v->len, v->text);
	}
	cr_expect_eq(json_at(root, "/rules/routes/1/shadow")->kind, JSON_FALSE);
	cr_expect_eq(json_at(root, "/env_disabled")->kind, JSON_FALSE);
	arena_fini(&a);
	buf_fini(&text);
	config_unref(&c);
}

static const struct {
	const char *store, *want;
} secrets[] = {
	{ "host=h password=abc dbname=d", "host=h password=*** dbname=d" },
	{ "host=h password = 'a b\\\\'c' user=u",
	    "host=h password = *** user=u" },
	{ "host=h PASSWORD=abc", "host=h PASSWORD=***" },
	{ "postgres://h/d?password=abc&x=y", "postgres://h/d?password=***&x=y" },
	{ "postgres://u@h/d", "postgres://u@h/d" },
	{ "postgres://u:@h/d", "postgres://u:***@h/d" },
};

Test(config_write, masks_passwords)
{
	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		struct buf text = { 0 }, main = { 0 };
		struct config *c;
		struct arena a;
		const struct json *v;

		/* files.h makes " of ', so an apostrophe is written \u0027. */
		buf_puts(&main, "{" NEEDED_KEYS ",'store':'");
		for (const char *p = secrets[i].store; *p != '\0'; p++)
			buf_puts(&main, *p == '\'' ? "\\u0027" :
			    (char[]){ *p, '\0' });
		buf_puts(&main, "'}");
		c = load(main.bytes, NULL);
		arena_init(&a, 0);
		config_write_json(c, &text);
		v = json_at(parse(&a, &text), "/settings/store");
		cr_expect(json_text_is(v, secrets[i].want), "%.*s", (int)v->len,
		    v->text);
		arena_fini(&a);
		buf_fini(&text);
		buf_fini(&main);
		config_unref(&c);
	}
}

Test(config_write, the_reference_names_every_key)
{
	static const char *const want[] = {
	    "| `listen` | list of objects | **required** | 1 to 64 items |",
	    "### `backends.legacy.timeouts`",
	    "### `backends.enhanced`\n\nThe keys of `backends.legacy`.",
	    "| `head` | size | `\"64KiB\"` | 1KiB to 16MiB |",
	    "### `identity[]`", "The keys of `identity[]`", "*exactly one*",
	    "word: `alert`, `pause`, `back`, `rollback`", "*restart*", "| 0% to 100% |" };
	struct buf text = { 0 };

	config_write_reference(&text);
	for (size_t i = 0; i < COUNT_OF(want); i++)
		cr_expect(strstr(text.bytes, want[i]) != NULL, "no \"%s\" in\n%s",
		    want[i], text.bytes);
	buf_fini(&text);
}

Test(config_write, the_schemas_are_json)
{
	for (int of_rules = 0; of_rules < 2; of_rules++) {
		struct buf text = { 0 };
		struct arena a;
		struct json *root;

		arena_init(&a, 0);
		config_write_schema(of_rules, &text);
		root = parse(&a, &text);
		cr_expect_not_null(json_at(root, of_rules ?
		    "/properties/guard/items/oneOf/2/required/0" :
		    "/properties/backends/properties/legacy/properties/urls/items"));
		cr_expect(of_rules || json_at(root,
		    "/properties/backends/properties/control/required/0"));
		arena_fini(&a);
		buf_fini(&text);
	}
}

Test(config_words, are_the_words_of_the_files)
{
	cr_expect_str_eq(measure_name(MEASURE_DIVERGENCE_RATE),
	    "divergence_rate");
	cr_expect_str_eq(guard_action_name(GUARD_ROLLBACK), "rollback");
	cr_expect_str_eq(severity_name(SEVERITY_CRITICAL), "critical");
	cr_expect_str_eq(source_kind_name(SOURCE_BODY), "body");
	cr_expect_eq(measure_unit(MEASURE_LATENCY_P99), UNIT_TIME);
	cr_expect_eq(measure_unit(MEASURE_ERROR_RATE), UNIT_SHARE);
}
