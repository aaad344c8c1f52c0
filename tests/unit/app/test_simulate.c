/* test_simulate -- recorded rows become what they were when they were live.
 * SPDX-License-Identifier: MIT
 */
#include "app/simulate_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../config/files.h"
#include "base/compiler.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1795824000) * SECOND)
#define ALERT(name, what) "{'name':'" name "'," what ",'window':'1h'," \
	"'min_requests':1,'blind':true,'action':'alert'}"
/* Longer than a record has room for. */
#define LONG "/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789"
/* A rule for each number: it says that there is one over zero. */
#define RULES "{'session':[{'header':'s'}],'identity':[{'header':'u'}]," \
	"'rollout':{'salt':'t'},'breaker':{'enabled':false}," \
	"'isolation':{'on':['two_users','flip']}," \
	"'routes':[{'match':{'path':'" LONG "/*'}}]," \
	"'signals':[{'name':'hit','header':'x','kind':'share'}," \
	"{'name':'ms','header':'y','kind':'number','unit':'ms'}],'guard':[" \
	ALERT("errors", "'metric':'error_rate','above':'0%'") "," \
	ALERT("legacy", "'metric':'requests','version':'legacy','above':0") "," \
	ALERT("requests", "'metric':'requests','above':0") "," \
	ALERT("routed", "'metric':'requests','above':0,'route':'" LONG "/*'") "," \
	ALERT("parted", "'metric':'divergence_rate','above':'0%','route':'" LONG \
	"/*'") "," \
	ALERT("two", "'metric':'requests','above':1") "," \
	ALERT("fallback", "'metric':'fallback_rate','above':'0%'") "," \
	ALERT("differs", "'metric':'divergence_rate','above':'0%'") "," \
	ALERT("most", "'metric':'divergence_rate','above':'60%'") "," \
	ALERT("slow", "'metric':'latency_p95','above':'1s'") "," \
	ALERT("first", "'metric':'first_byte_p95','above':'1s'") "," \
	ALERT("content", "'metric':'first_content_p95','above':'1s'") "," \
	ALERT("mixed", "'metric':'isolation_violations','above':0") "," \
	ALERT("hit", "'signal':'hit','above':'0%'") "," \
	ALERT("ms", "'signal':'ms','above':'20ms'") "," \
	ALERT("ms95", "'signal':'ms','quantile':0.95,'above':'20ms'") "]}"

static struct config *config;
static struct simulation *simulation;
static struct simulate_events events;

static void
on_event(void *arg, const struct replay_event *e)
{
	(void)arg;
	simulate_events_add(&events, e->at_us, false, e->kind, e->name, e->text);
}

static void
begin(const char *rules, struct simulate_options options)
{
	struct memory_files files = { { "r.json", NULL }, { rules } };
	struct config_ports ports = files_ports(&files);
	static const char *const path = "r.json";
	struct buf faults = { 0 };

	config = config_load_rules(&ports, &path, 1, RULES_FOR_ANYTHING, &faults);
	cr_assert_not_null(config, "%s", faults.bytes);
	buf_fini(&faults);
	options.on_event = on_event;
	simulation = simulation_new(config, &options);
}

static void
end(void)
{
	simulation_free(&simulation);
	simulate_events_fini(&events);
	config_unref(&config);
}

TestSuite(simulate, .fini = end);

/* --- legs ---------------------------------------------------- */

/* Rows say only what is not everyday. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define LEG(...) { .pair = "p", .leg = LEG_PRIMARY, \
	.version = VERSION_ENHANCED, .outcome = OUTCOME_DONE, .status = 200, \
	.decision = "bucket", .bucket = UINT32_MAX, .latency_us = 5, __VA_ARGS__ }
#define BROKEN .outcome = OUTCOME_UPSTREAM_5XX, .status = 500
#define LEGACY .version = VERSION_LEGACY
#define SAYS(text) .signals = text

static const struct {
	const char *why;
	struct past_leg legs[3]; /* version 0 and no pair: none */
	const char *want;        /* of the rules above */
} cases[] = {
	{ "a leg of enhanced", { LEG() }, "requests" },
	{ "one of legacy", { LEG(LEGACY) }, "legacy" },
	{ "of a route", { LEG(.route = "/0123456789/0123456789/0123456789/"
	    "0123456789/0123456789/01234567") }, "requests routed" },
	{ "of one that nobody asks for", { LEG(.route = "/x") }, "requests" },
	{ "a shadow counts", { LEG(.leg = LEG_SHADOW) }, "requests" },
	{ "a control leg does not", { LEG(LEGACY, .leg = LEG_CONTROL) }, "" },
	{ "a failure", { LEG(BROKEN) }, "errors requests" },
	{ "a failure without an answer", { LEG(.status = 0,
	    .outcome = OUTCOME_CONNECT_TIMEOUT) }, "errors requests" },
	{ "the client's fault", { LEG(.outcome = OUTCOME_CLIENT_GONE) }, "" },
	{ "our own", { LEG(.outcome = OUTCOME_DRAINED) }, "" },
	{ "a websocket", { LEG(.outcome = OUTCOME_TUNNELLED, .status = 101) },
	    "requests" },
	{ "an outcome that is not known here", { LEG(.outcome = OUTCOME_COUNT) },
	    "" },
	{ "a version that is not", { LEG(.version = VERSION_COUNT) }, "" },
	{ "a leg that is not", { LEG(.leg = LEG_COUNT) }, "" },
	{ "slow", { LEG(.latency_us = 2000000) }, "requests slow" },
	{ "slow, and never answered", { LEG(.latency_us = 2000000, .status = 0,
	    .outcome = OUTCOME_UPSTREAM_RESET) }, "errors requests" },
	{ "its first byte", { LEG(.first_byte_us = 2000000) }, "requests first" },
	{ "its first content", { LEG(.first_content_us = 2000000) },
	    "requests content" },

	{ "a fallback", { LEG(BROKEN), LEG(LEGACY, .decision = "fallback") },
	    "errors legacy requests fallback" },
	{ "in the other order", { LEG(LEGACY, .decision = "fallback"),
	    LEG(BROKEN) }, "errors legacy requests fallback" },
	{ "of another pair", { LEG(BROKEN), LEG(LEGACY, .pair = "q",
	    .decision = "fallback") }, "errors legacy requests" },
	{ "a shadow does not fall back", { LEG(BROKEN, .leg = LEG_SHADOW),
	    LEG(LEGACY) }, "errors legacy requests" },

	{ "a share", { LEG(SAYS("{\"hit\":true}")) }, "requests hit" },
	{ "that is no", { LEG(SAYS("{\"hit\":false}")) }, "requests" },
	{ "a number", { LEG(SAYS("{\"ms\":20.5}")) }, "requests ms ms95" },
	{ "a small one", { LEG(SAYS("{\"ms\":19.5}")) }, "requests" },
	{ "signals of other rules", { LEG(SAYS("{\"hit\":3,\"ms\":true,"
	    "\"other\":1}")) }, "requests" },
	{ "no JSON", { LEG(SAYS("{\"hit\":tr")) }, "requests" },
	{ "of an answer that counts not", { LEG(SAYS("{\"hit\":true}"),
	    .outcome = OUTCOME_CLIENT_GONE) }, "" },

	{ "one session, one user", { LEG(.user = "u", .session = "s"),
	    LEG(.user = "u", .session = "s", .pair = "q") }, "requests two" },
	{ "two users", { LEG(.user = "u", .session = "s"),
	    LEG(.user = "v", .session = "s", .pair = "q") },
	    "requests two mixed" },
	{ "the legs of one request are one", { LEG(.user = "u", .session = "s"),
	    LEG(LEGACY, .leg = LEG_SHADOW, .user = "v", .session = "s") },
	    "legacy requests" },
	{ "a version flips", { LEG(LEGACY, .user = "u", .session = "s"),
	    LEG(.user = "u", .session = "s", .pair = "q") },
	    "legacy requests mixed" },
	{ "a session that keeps its version may flip", { LEG(LEGACY, .user = "u",
	    .session = "s"), LEG(.user = "u", .session = "s", .pair = "q",
	    .decision = "sticky") }, "legacy requests mixed" },
	{ "on purpose", { LEG(LEGACY, .user = "u", .session = "s"),
	    LEG(.user = "u", .session = "s", .pair = "q",
	    .decision = "override") }, "legacy requests" },
	{ "a fallback is no flip", { LEG(BROKEN, .user = "u", .session = "s"),
	    LEG(LEGACY, .user = "u", .session = "s", .decision = "fallback"),
	    LEG(.user = "u", .session = "s", .pair = "q") },
	    "errors legacy requests two fallback" },
};

/* The names of the rules that spoke, in the order of the rules. */
static void
names(char *out, size_t space)
{
	const struct rules *rules = &config->rules;

	out[0] = '\0';
	for (size_t i = 0; i < rules->guard_count; i++)
		for (size_t k = 0; k < events.count; k++)
			if (strcmp(events.list[k].name, rules->guards[i].name) == 0)
				snprintf(out + strlen(out), space - strlen(out),
				    "%s%s", out[0] != '\0' ? " " : "",
				    rules->guards[i].name);
}

Test(simulate, legs_are_what_they_were)
{
	char got[256];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin(RULES, (struct simulate_options){ .approve = false });
		for (size_t k = 0; k < COUNT_OF(cases[i].legs); k++) {
			struct past_leg leg = cases[i].legs[k];

			leg.ts_us = START;
			if (leg.pair[0] != '\0')
				simulation_add_leg(simulation, &leg);
		}
		simulation_end(simulation);
		names(got, sizeof got);
		cr_expect_str_eq(got, cases[i].want, "%s: %s", cases[i].why, got);
		end();
	}
}

Test(simulate, pairs_are_counted_by_their_verdict)
{
	static const struct {
		enum verdict verdict;
		const char *want;
	} verdicts[] = {
		{ VERDICT_SAME, "differs" }, { VERDICT_NOISE, "differs" },
		{ VERDICT_DIFFERENT, "differs most" },
		{ VERDICT_INCOMPARABLE, "differs most" },
		{ VERDICT_COUNT, "differs most" }, /* a word of tomorrow */
	};
	char got[256];

	for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
		begin(RULES, (struct simulate_options){ .approve = false });
		simulation_add_pair(simulation, &(struct past_pair){
		    .ts_us = START, .verdict = verdicts[i].verdict,
		    .latency_us = 5 });
		simulation_add_pair(simulation, &(struct past_pair){
		    .ts_us = START, .verdict = VERDICT_DIFFERENT,
		    .latency_us = 5 });
		simulation_end(simulation);
		names(got, sizeof got);
		cr_expect_str_eq(got, verdicts[i].want, "%u: %s", (unsigned)i, got);
		end();
	}
}

Test(simulate, pairs_are_of_their_route)
{
	struct past_pair pair = { .ts_us = START, .verdict = VERDICT_DIFFERENT,
		.latency_us = 5 };
	char got[256];

	begin(RULES, (struct simulate_options){ .approve = false });
	snprintf(pair.route, sizeof pair.route, "%.*s",
	    (int)sizeof pair.route - 1, LONG);
	simulation_add_pair(simulation, &pair);
	simulation_end(simulation);
	names(got, sizeof got);
	cr_expect_str_eq(got, "parted differs most");
}

/* --- time ---------------------------------------------------- */

static int64_t
time_of(const char *name)
{
	for (size_t i = 0; i < events.count; i++)
		if (strcmp(events.list[i].name, name) == 0)
			return (events.list[i].at_us - START) / SECOND;
	return -1;
}

/* A long answer counts when it ended, behind many that came later. */
Test(simulate, a_leg_counts_when_it_ends)
{
	struct past_leg leg = LEG(BROKEN, .ts_us = START,
	    .latency_us = 100 * SECOND);

	begin(RULES, (struct simulate_options){ .approve = false });
	simulation_add_leg(simulation, &leg);
	for (unsigned i = 0; i < 300; i++) {
		struct past_leg next = LEG(LEGACY, .ts_us = START +
		    (i + 1) * SECOND);

		snprintf(next.pair, sizeof next.pair, "%u", i);
		simulation_add_leg(simulation, &next);
	}
	simulation_add_pair(simulation, &(struct past_pair){
	    .ts_us = START + 300 * SECOND, .verdict = VERDICT_DIFFERENT,
	    .latency_us = 7 * SECOND });
	simulation_end(simulation);
	cr_expect_eq(time_of("legacy"), 1);
	cr_expect_eq(time_of("errors"), 100);
	cr_expect_eq(time_of("differs"), 307);
	cr_expect_eq(simulation_counts(simulation)->legs, 301);
	cr_expect_eq(simulation_counts(simulation)->pairs, 1);
	cr_expect_eq(simulation_counts(simulation)->first_us, START);
	cr_expect_eq(simulation_counts(simulation)->last_us,
	    START + 307 * SECOND);
}

/* Legacy answers only when enhanced has failed. */
Test(simulate, a_fallback_begins_when_enhanced_has_failed)
{
	struct past_leg first = LEG(BROKEN, .ts_us = START,
	    .latency_us = 10 * SECOND);
	struct past_leg second = LEG(LEGACY, .ts_us = START,
	    .decision = "fallback", .latency_us = 5 * SECOND);

	begin(RULES, (struct simulate_options){ .approve = false });
	simulation_add_leg(simulation, &first);
	simulation_add_leg(simulation, &second);
	simulation_end(simulation);
	cr_expect_eq(time_of("fallback"), 10);
	cr_expect_eq(time_of("legacy"), 15);
}

/* --- stages ---------------------------------------------------- */

#define PLAN "{'rollout':{'salt':'t','advance':'auto','stages':[{'name':'off'," \
	"'dwell':'10s'},{'name':'ten','percent':10,'dwell':'1m'," \
	"'min_requests':50},{'name':'full','percent':100}]},'breaker':" \
	"{'enabled':false},'guard':[{'name':'errors','metric':'error_rate'," \
	"'above':'5%','window':'10s','min_requests':5,'blind':true," \
	"'action':'rollback'}]}"

/* One leg a second; from that second on they fail. */
static void
run(unsigned seconds, unsigned broken_from)
{
	for (unsigned i = 0; i < seconds; i++) {
		struct past_leg leg = LEG(.ts_us = START + i * SECOND);

		snprintf(leg.pair, sizeof leg.pair, "%u", i);
		if (i >= broken_from)
			leg.outcome = OUTCOME_UPSTREAM_5XX;
		simulation_add_leg(simulation, &leg);
	}
	simulation_end(simulation);
}

static void
expect_text(const char *want)
{
	struct buf out = { 0 };

	simulate_write_text(config, simulation, &events, &out);
	cr_expect_not_null(strstr(out.bytes, want), "no \"%s\" in\n%s", want,
	    out.bytes);
	buf_fini(&out);
}

Test(simulate, goes_through_the_plan)
{
	begin(PLAN, (struct simulate_options){ .approve = false });
	run(100, 100);
	cr_assert_eq(events.count, 2);
	cr_expect_eq(time_of("ten"), 10);
	cr_expect_eq(time_of("full"), 70);
	expect_text("advance   full   dwell: 1m of 1m; min_requests: 60 of 50");
	expect_text("\nstage  planned     simulated   from\n"
	    "off    10s         10s         2026-11-28 00:00:00.000\n"
	    "ten    1m          1m          2026-11-28 00:00:10.");
	expect_text("at the end: stage full\n100 legs and 0 pairs, ");
}

Test(simulate, says_when_it_would_have_gone_back)
{
	begin(PLAN, (struct simulate_options){ .stage = "ten" });
	run(30, 20);
	cr_assert_eq(events.count, 1);
	cr_expect_str_eq(events.list[0].kind, "trip");
	cr_expect_eq(time_of("errors"), 20);
	expect_text("trip      errors  errors: error_rate of enhanced is 10% "
	    "(1 of 10) over the last 10s, above 5%\n");
	expect_text("full    -           not reached\n");
	expect_text("at the end: stage ten, latched on legacy; ");
	expect_text("\n9 requests of users came to enhanced after that trip\n");
	expect_text("not replayed: sample_ratio: ");
}

Test(simulate, without_rows_there_is_nothing_to_say)
{
	struct buf out = { 0 };

	begin(PLAN, (struct simulate_options){ .approve = false });
	simulation_end(simulation);
	simulate_write_text(config, simulation, &events, &out);
	cr_expect_str_eq(out.bytes, "nothing is recorded\n");
	buf_clear(&out);
	simulate_write_json(config, simulation, &events, &out);
	cr_expect_eq(strncmp(out.bytes, "{\"events\": [], \"stages\": [], "
	    "\"legs\": 0, ", 40), 0, "%s", out.bytes);
	buf_fini(&out);
}

/* --- what is not known ---------------------------------------------------- */

#define PROBES "'probes':[{'name':'mem','url':'http://127.0.0.1:1/','json':" \
	"'/m'},{'name':'unasked','url':'http://127.0.0.1:1/','json':'/m'}]"

static const struct {
	const char *why, *rules, *want;
	struct simulate_counts counts;
} unknowns[] = {
	{ "nothing", "{'rollout':{'salt':'t'}}", "[]", { .legs = 1 } },
	{ "probes that are asked for", "{'rollout':{'salt':'t'}," PROBES ","
	    "'guard':[{'name':'g','probe':'mem','above':1,'action':'alert'}]}",
	    "[\"probe mem: what probes said is not recorded\"]", { .legs = 1 } },
	{ "a signal that nobody said", RULES, "[\"signal hit: no recorded leg "
	    "says it\"]", { .said = 2, .has_sessions = true } },
	{ "sessions, and what answers name", "{'rollout':{'salt':'t'},"
	    "'session':[{'header':'s'}],'identity':[{'header':'u'}],"
	    "'isolation':{'answer_user':{'header':'x-u'}}}",
	    "[\"isolation: what answers name is not recorded\", \"isolation: no "
	    "recorded request has a session and a user\"]", { .legs = 1 } },
	{ "words of a newer program", "{'rollout':{'salt':'t'}}", "[\"legs with "
	    "words that a newer understudy wrote\"]", { .unfit = 1 } },
};

Test(simulate, says_what_it_could_not_judge)
{
	for (size_t i = 0; i < COUNT_OF(unknowns); i++) {
		struct buf out = { 0 };

		begin(unknowns[i].rules, (struct simulate_options){ .stage = NULL });
		simulate_write_unknown(config, &unknowns[i].counts, true, &out);
		cr_expect_str_eq(out.bytes, unknowns[i].want, "%s: %s",
		    unknowns[i].why, out.bytes);
		buf_fini(&out);
		end();
	}
}

Test(simulate, live_events_stand_beside)
{
	begin(PLAN, (struct simulate_options){ .stage = "ten" });
	run(30, 20);
	simulate_events_add(&events, START + 5 * SECOND, true, "pause", "ten", "x");
	simulate_events_sort(&events);
	expect_text("2026-11-28 00:00:05.000  live       pause     ten     x\n"
	    "2026-11-28 00:00:20.");
	expect_text("  simulated  trip      errors  ");
}
