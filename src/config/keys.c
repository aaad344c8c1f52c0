/* keys -- every key of understudy.json.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.  Bounds
 * are in the unit of the field: milliseconds, bytes, thousandths of a
 * percent, items.
 */
#include "config/keys.h"

#include "base/compiler.h"
#include "config/alert_keys.h"
#include "config/config.h"
#include "config/keep_keys.h"
#include "config/words.h"

#define KIB 1024.0
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static const struct key listen_keys[] = {
	{ "address", &key_address, KEY_FIELD(struct listen, address),
	    .flags = KEY_REQUIRED | KEY_RESTART,
	    .help = "Where clients connect: `HOST:PORT` or `[IPV6]:PORT`. "
	    "Port 0 takes a free port; the log line \"ready\" shows it." },
	{ "proxy_protocol", &key_bool, KEY_FIELD(struct listen, proxy_protocol),
	    .standard = "false",
	    .help = "Every connection begins with a PROXY header (version 1 or "
	    "2), which tells the address of the client; before TLS, if that is "
	    "on. A connection without one is closed and counted." },
	{ "proxy_networks", &key_networks,
	    KEY_LIST_FIELD(struct listen, proxy_networks, proxy_network_count),
	    .max = 64,
	    .help = "Who may connect with a PROXY header, like `10.0.0.0/8`. "
	    "Absent: whoever reaches the address, who can then pass for "
	    "anybody." },
	{ "tls", &key_object, KEY_FIELD(struct listen, tls),
	    .flags = KEY_OPTIONAL, .table = &listen_tls_table,
	    .help = "TLS for clients. Absent: plain HTTP." },
};

static const struct key_table listen_table = {
	.about = "One listener. Each worker opens it for itself (SO_REUSEPORT).",
	.keys = listen_keys, .count = COUNT_OF(listen_keys),
	.size = sizeof(struct listen),
};

static const struct key admin_keys[] = {
	{ "address", &key_address, KEY_FIELD(struct settings, admin),
	    .flags = KEY_REQUIRED | KEY_RESTART,
	    .help = "Where the admin API, metrics and health listen. Without "
	    "a tokens file only a loopback address or `unix:PATH` is allowed." },
	{ "tokens", &key_path, KEY_FIELD(struct settings, admin_tokens),
	    .tag = 1,
	    .help = "File of hashed bearer tokens and their roles. Absent: no "
	    "token is asked for." },
	{ "tls", &key_object, KEY_FIELD(struct settings, admin_tls),
	    .flags = KEY_OPTIONAL, .table = &listen_tls_table,
	    .help = "TLS for the admin API. Absent: plain HTTP." },
};

static const struct key_table admin_table = {
	.about = "The control side. Without it nothing but signals and a "
	"reload of the files steers the process.",
	.keys = admin_keys, .count = COUNT_OF(admin_keys),
};

static const struct key backend_timeout_keys[] = {
	{ "connect", &key_duration, KEY_FIELD(struct backend, connect_ms),
	    .min = 1, .max = 5 * MINUTE, .standard = KEY_TEXT("1s"),
	    .help = "Until a connection stands, its TLS handshake included." },
	{ "first_byte", &key_duration, KEY_FIELD(struct backend, first_byte_ms),
	    .min = 1, .max = 1 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "From the request sent to the head of the answer." },
	{ "idle", &key_duration, KEY_FIELD(struct backend, idle_ms),
	    .min = 1, .max = 24 * HOUR, .standard = KEY_TEXT("60s"),
	    .help = "Between two reads or writes within a message." },
};

static const struct key_table backend_timeout_table = {
	.about = "How long a backend may take. Each has its own outcome.",
	.keys = backend_timeout_keys, .count = COUNT_OF(backend_timeout_keys),
};

static const struct key hold_keys[] = {
	{ "after", &key_count, KEY_FIELD(struct backend, hold.after),
	    .min = 0, .max = 1000, .standard = "3",
	    .help = "So many failures in a row, over all workers, hold the "
	    "endpoint. 0: never." },
	{ "on", &key_failures, KEY_FIELD(struct backend, hold.on), .max = 4,
	    .standard = "[\"connect\", \"timeout\", \"invalid\"]",
	    .help = "What counts: no connection, no answer in time, an answer "
	    "of 500 or more, an answer cut or broken. A connection that the "
	    "backend closed while it was unused never counts." },
	{ "first", &key_duration, KEY_FIELD(struct backend, hold.first_ms),
	    .min = 10, .max = 1 * HOUR, .standard = KEY_TEXT("2s"),
	    .help = "The first hold. Then one exchange at a time is let "
	    "through; an answer lifts the hold, another failure doubles it." },
	{ "max", &key_duration, KEY_FIELD(struct backend, hold.max_ms),
	    .min = 10, .max = 24 * HOUR, .standard = KEY_TEXT("1m"),
	    .help = "The longest hold." },
};

static const struct key_table hold_table = {
	.about = "When an endpoint is left alone because exchanges with it "
	"fail. The last endpoint of a version that is up is never held.",
	.keys = hold_keys, .count = COUNT_OF(hold_keys),
};

static const struct key health_keys[] = {
	{ "path", &key_request_path, KEY_FIELD(struct backend, health.path),
	    .flags = KEY_REQUIRED,
	    .help = "What is asked of each endpoint by GET, behind the path of "
	    "its URL." },
	{ "interval", &key_duration,
	    KEY_FIELD(struct backend, health.interval_ms),
	    .min = 100, .max = 1 * HOUR, .standard = KEY_TEXT("5s"),
	    .help = "From one check of an endpoint to the next." },
	{ "timeout", &key_duration,
	    KEY_FIELD(struct backend, health.timeout_ms),
	    .min = 10, .max = 5 * MINUTE, .standard = KEY_TEXT("2s"),
	    .help = "A check that takes longer has failed." },
	{ "rise", &key_count, KEY_FIELD(struct backend, health.rise),
	    .min = 1, .max = 100, .standard = "2",
	    .help = "So many good checks in a row bring an endpoint up again." },
	{ "fall", &key_count, KEY_FIELD(struct backend, health.fall),
	    .min = 1, .max = 100, .standard = "3",
	    .help = "So many failed checks in a row take it down." },
	{ "status", &key_statuses, .offset = offsetof(struct backend,
	    health.status_low), .width = 2 * sizeof(uint16_t),
	    .standard = KEY_TEXT("200-399"),
	    .help = "Status of a good answer." },
	{ "host", &key_host, KEY_FIELD(struct backend, health.host),
	    .help = "Host field of the check. Absent: `host` of the backend, "
	    "or what the URL says." },
};

static const struct key_table health_table = {
	.about = "Checks that understudy makes itself. An endpoint that is down "
	"gets no exchange until it is up; one that was not checked yet counts "
	"as up. Checks are in no version's numbers.",
	.keys = health_keys, .count = COUNT_OF(health_keys),
};

static const struct key backend_keys[] = {
	{ "urls", &key_urls,
	    KEY_LIST_FIELD(struct backend, endpoints, endpoint_count),
	    .flags = KEY_REQUIRED, .min = 1, .max = 64,
	    .help = "Endpoints that serve it, like "
	    "`http://127.0.0.1:9001` or `https://api.internal`. A path is put "
	    "in front of the request's path. A name is resolved when the file "
	    "is read and again every `dns.interval`; each of its addresses is an "
	    "endpoint of its own." },
	{ "host", &key_host, KEY_FIELD(struct backend, host),
	    .help = "Host field sent to the backend. Absent: the client's own." },
	{ "timeouts", &key_object, .table = &backend_timeout_table,
	    .help = "How long this backend may take." },
	{ "keepalive", &key_duration, KEY_FIELD(struct backend, keepalive_ms),
	    .min = 0, .max = 1 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "An unused connection is kept this long; set it below the "
	    "backend's own limit." },
	{ "max_idle", &key_count, KEY_FIELD(struct backend, max_idle),
	    .min = 0, .max = 10000, .standard = "64",
	    .help = "Unused connections kept, per worker." },
	{ "tls", &key_object, KEY_FIELD(struct backend, tls),
	    .table = &backend_tls_table,
	    .help = "How to speak to `https://` URLs." },
	{ "balance", &key_choice, KEY_FIELD(struct backend, balance),
	    .words = balance_words, .standard = KEY_TEXT("least"),
	    .help = "Which endpoint that is up gets an exchange: the one with "
	    "the fewest running (`least`), the better of two drawn by lot "
	    "(`power_of_two`), or each in its turn. Counted per worker." },
	{ "hold", &key_object, .table = &hold_table,
	    .help = "When a failing endpoint is left alone." },
	{ "health", &key_object, .table = &health_table,
	    .help = "Checks of the endpoints. Absent: none." },
};

static const struct key_table backend_table = {
	.about = "One version of the service, or the second legacy.",
	.keys = backend_keys, .count = COUNT_OF(backend_keys),
	.finish = check_backend,
};

static const struct key backends_keys[] = {
	{ "legacy", &key_object,
	    KEY_FIELD(struct settings, backends[BACKEND_LEGACY]),
	    .flags = KEY_REQUIRED, .table = &backend_table,
	    .help = "What users rely on." },
	{ "enhanced", &key_object,
	    KEY_FIELD(struct settings, backends[BACKEND_ENHANCED]),
	    .flags = KEY_REQUIRED, .table = &backend_table,
	    .help = "What should replace it." },
	{ "control", &key_object,
	    KEY_FIELD(struct settings, backends[BACKEND_CONTROL]),
	    .flags = KEY_OPTIONAL, .table = &backend_table,
	    .help = "A second legacy, which no user is served by: it gets the "
	    "calls that `noise.sample` asks for. Absent: legacy gets them." },
};

static const struct key_table backends_table = {
	.about = "The two versions that understudy stands in front of.",
	.keys = backends_keys, .count = COUNT_OF(backends_keys),
};

static const struct key limit_keys[] = {
	{ "connections", &key_count, KEY_FIELD(struct settings, max_connections),
	    .min = 1, .max = 1000000, .standard = "10000",
	    .help = "Clients at once, over all workers together. More are "
	    "answered 503 and closed." },
	{ "connections_per_address", &key_count,
	    KEY_FIELD(struct settings, max_per_address),
	    .min = 0, .max = 1000000, .standard = "0",
	    .help = "Clients at once from one IPv4 address or one IPv6 /64, "
	    "over all workers together. More are answered 503 and closed. "
	    "Peers in `trusted_networks` are not counted: they bring the connections "
	    "of many. 0: no cap." },
	{ "exchanges", &key_count, KEY_FIELD(struct settings, max_exchanges),
	    .min = 1, .max = 1000000, .standard = "10000",
	    .help = "Requests under way at once, over all workers together "
	    "(shadows have a cap of their own). More are answered 503; without "
	    "a body the connection stays." },
	{ "head", &key_size, KEY_FIELD(struct settings, head_max_bytes),
	    .min = 1 * KIB, .max = 16 * MIB, .standard = KEY_TEXT("64KiB"),
	    .help = "The largest message head. More is answered 431." },
	{ "fields", &key_count, KEY_FIELD(struct settings, head_max_fields),
	    .min = 1, .max = 100, .standard = "100",
	    .help = "The most fields in a head. More is answered 431." },
	{ "body_rate", &key_size, KEY_FIELD(struct settings, body_rate),
	    .min = 0, .max = 1 * MIB, .standard = KEY_TEXT("64B"),
	    .help = "The least bytes a second of a request's body, over each "
	    "span of `timeouts.rate`. Slower is answered 408. A span in which "
	    "the backend held the client up does not count, nor does one in "
	    "which the answer is coming already. 0: any." },
	{ "send_rate", &key_size, KEY_FIELD(struct settings, send_rate),
	    .min = 0, .max = 1 * MIB, .standard = KEY_TEXT("0B"),
	    .help = "The least bytes a second a client takes of what is ready "
	    "for it, over each span of `timeouts.rate`. Slower is cut. A "
	    "stream whose backend says nothing is never slow. A receiver asks "
	    "for more in steps of a packet or half its buffer, so leave the "
	    "span long. 0: only `timeouts.idle` without a byte taken is too "
	    "slow." },
	{ "capture", &key_size, KEY_FIELD(struct settings, capture_max_bytes),
	    .min = 0, .max = 64 * MIB, .standard = KEY_TEXT("256KiB"),
	    .help = "How much of one body is kept for fallback, mirroring and "
	    "comparison. A request with a larger body gets none of them." },
	{ "shadow_inflight", &key_count,
	    KEY_FIELD(struct settings, shadow_max_inflight),
	    .min = 1, .max = 100000, .standard = "256",
	    .help = "Shadows and control legs at once, over all workers. More "
	    "are dropped and counted." },
	{ "shadow_bytes", &key_size,
	    KEY_FIELD(struct settings, shadow_max_bytes),
	    .min = 64 * KIB, .max = 64 * GIB, .standard = KEY_TEXT("64MiB"),
	    .help = "Captured bytes at once, of requests and answers and of "
	    "pairs that wait to be compared, over all workers together. What "
	    "finds no room is not captured; no request fails or waits." },
	{ "memory", &key_size, KEY_FIELD(struct settings, memory_max_bytes),
	    .flags = KEY_COMPUTED, .min = 16 * MIB, .max = 16384 * GIB,
	    .help = "Memory of the whole process (resident, mapped files left "
	    "out), looked at 50 times a second. From 80 % of it on nothing is "
	    "mirrored or captured, from 90 % on new requests and connections "
	    "are answered 503. Default: three quarters of what the machine or "
	    "its control group has." },
};

static const struct key_table limit_table = {
	.about = "Caps on what peers choose the size of.",
	.keys = limit_keys, .count = COUNT_OF(limit_keys),
};

static const struct key timeout_keys[] = {
	{ "head", &key_duration, KEY_FIELD(struct settings, client_head_ms),
	    .min = 1, .max = 1 * HOUR, .standard = KEY_TEXT("10s"),
	    .help = "From the first byte of a request's head to its end." },
	{ "idle", &key_duration, KEY_FIELD(struct settings, client_idle_ms),
	    .min = 1, .max = 24 * HOUR, .standard = KEY_TEXT("60s"),
	    .help = "Between requests of a connection, and within a body: a "
	    "client that neither sends nor takes a byte for so long." },
	{ "rate", &key_duration, KEY_FIELD(struct settings, rate_span_ms),
	    .min = 100, .max = 1 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "The span over which `limits.body_rate` and "
	    "`limits.send_rate` are judged." },
	{ "retry_after", &key_duration,
	    KEY_FIELD(struct settings, retry_after_ms),
	    .min = 0, .max = 1 * HOUR, .standard = KEY_TEXT("1s"),
	    .help = "`Retry-After` of our own 503: between this and twice this "
	    "by chance, in whole seconds, so that those who were turned away "
	    "together do not come back together. 0: no such field." },
	{ "tunnel", &key_duration, KEY_FIELD(struct settings, tunnel_ms),
	    .min = 1, .max = 24 * HOUR, .standard = KEY_TEXT("1h"),
	    .help = "A websocket in which nothing moves in either direction is "
	    "closed then; once one side has ended its sending, `idle` counts "
	    "instead." },
	{ "drain", &key_duration, KEY_FIELD(struct settings, drain_ms),
	    .min = 0, .max = 1 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "After SIGTERM, and in the old process of an upgrade: how "
	    "long running requests may take to finish. What runs then is cut." },
	{ "drain_idle", &key_duration,
	    KEY_FIELD(struct settings, drain_idle_ms),
	    .min = 0, .max = 1 * HOUR, .standard = KEY_TEXT("5s"),
	    .help = "And how long a connection between two requests is kept. "
	    "Who asks again in that time is answered with `Connection: "
	    "close`; a request that crosses our close fails, so set it above "
	    "the pauses of busy clients." },
	{ "upgrade", &key_duration, KEY_FIELD(struct settings, upgrade_ms),
	    .min = 100, .max = 1 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "After SIGUSR2: how long the new process may take until it "
	    "serves. Then it is ended and the old one goes on." },
};

static const struct key_table timeout_table = {
	.about = "Time limits of the client side.",
	.keys = timeout_keys, .count = COUNT_OF(timeout_keys),
};

static const struct key dns_keys[] = {
	{ "interval", &key_duration,
	    KEY_FIELD(struct settings, dns_interval_ms),
	    .min = 0, .max = 24 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "Names in `urls` are resolved again this often, beside the "
	    "traffic. While that fails the addresses of before hold. `0s`: "
	    "only at start and reload." },
	{ "family", &key_choice, KEY_FIELD(struct settings, dns_family),
	    .words = dns_family_words, .standard = KEY_TEXT("ipv4"),
	    .help = "`ipv4`: the IPv4 addresses of a name, or its IPv6 ones if "
	    "it has no others; `ipv6`: the reverse; `all`: both." },
};

static const struct key_table dns_table = {
	.about = "How names of backends become addresses.",
	.keys = dns_keys, .count = COUNT_OF(dns_keys),
};

static const struct key rest_keys[] = {
	{ "after", &key_count, KEY_FIELD(struct settings, shadow_rest.after),
	    .min = 0, .max = 10000, .standard = "100",
	    .help = "So many shadows of a version that found no connection, no "
	    "answer in time or a broken one, one after the other, and the next "
	    "are not sent; each worker counts its own. 0: never." },
	{ "first", &key_duration, KEY_FIELD(struct settings, shadow_rest.first_ms),
	    .min = 10, .max = 1 * HOUR, .standard = KEY_TEXT("1s"),
	    .help = "The first rest. Then one shadow is sent; an answer ends the "
	    "rest, another failure doubles it." },
	{ "max", &key_duration, KEY_FIELD(struct settings, shadow_rest.max_ms),
	    .min = 10, .max = 24 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "The longest rest." },
};

static const struct key_table rest_table = {
	.about = "When mirroring to a version rests because its shadows keep "
	"failing: what is known already costs no more connections. Each one that "
	"is not sent is counted (understudy_shadow_dropped_resting_total).",
	.finish = check_rest,
	.keys = rest_keys, .count = COUNT_OF(rest_keys),
};

static const struct key shadow_keys[] = {
	{ "timeout", &key_duration, KEY_FIELD(struct settings, shadow_total_ms),
	    .min = 1, .max = 1 * HOUR, .standard = KEY_TEXT("60s"),
	    .help = "A shadow or control leg is ended then, whatever it is "
	    "doing." },
	{ "rest", &key_object, .table = &rest_table,
	    .help = "When a version whose shadows keep failing is left alone." },
};

static const struct key_table shadow_table = {
	.about = "The leg nobody waits for.",
	.keys = shadow_keys, .count = COUNT_OF(shadow_keys),
};

static const struct key access_keys[] = {
	{ "path", &key_log_path, KEY_FIELD(struct access_settings, path),
	    .flags = KEY_REQUIRED,
	    .help = "File that lines are appended to, or `-` for standard "
	    "output. SIGUSR1 and a reload open it again." },
	{ "sample", &key_share, KEY_FIELD(struct access_settings, sample),
	    .max = 100000, .standard = KEY_TEXT("100%"),
	    .help = "Share of requests that are logged; with all their lines "
	    "or none." },
	{ "failures", &key_bool, KEY_FIELD(struct access_settings, failures),
	    .standard = "true",
	    .help = "What ends in another outcome than `done` is logged "
	    "whatever the sample." },
	{ "shadows", &key_bool, KEY_FIELD(struct access_settings, shadows),
	    .standard = "false",
	    .help = "A line for each shadow and control leg too." },
};

static const struct key_table access_table = {
	.about = "One JSON object a line (docs/front.md says what is in it). "
	"Absent: none is written.",
	.keys = access_keys, .count = COUNT_OF(access_keys),
	.size = sizeof(struct access_settings),
};

/* --- rollouts side by side ------------------------------------------------------ */

static const struct key place_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct rollout_place, name),
	    .flags = KEY_REQUIRED | KEY_RESTART,
	    .help = "How it is called in the store, by the API and by "
	    "understudyctl; beats `rollout.name` of its rules." },
	{ "rules", &key_rule_files, .flags = KEY_REQUIRED, .min = 1,
	    .max = RULE_FILES_MAX, .help = "Its rule files." },
};

static const struct key_table place_table = {
	.about = "A request belongs to the first of them that has a route for "
	"it, and to the last one if that has no `routes`; to none, it is served "
	"by legacy. Each has rules, salt, stages, guard, latch, overrides and "
	"history of its own; backends are shared. The first is the main one: what "
	"`rules` alone has been before goes on in it.",
	.keys = place_keys, .count = COUNT_OF(place_keys),
	.size = sizeof(struct rollout_place),
};

static const struct key settings_keys[] = {
	{ "$schema", &key_ignored,
	    .help = "For editors; understudy does not read it." },
	{ "listen", &key_list,
	    KEY_LIST_FIELD(struct settings, listen, listen_count),
	    .flags = KEY_REQUIRED | KEY_RESTART, .min = 1, .max = 64,
	    .table = &listen_table, .finish = check_listen,
	    .help = "Where clients connect. The number of items takes a restart; "
	    "so do those of their keys that say so." },
	{ "admin", &key_object, .table = &admin_table,
	    .help = "The control side." },
	{ "backends", &key_object, .flags = KEY_REQUIRED,
	    .table = &backends_table, .help = "The two versions." },
	{ "trusted_networks", &key_networks,
	    KEY_LIST_FIELD(struct settings, trusted, trusted_count),
	    .max = 64, .standard = "[]",
	    .help = "Proxies in front of understudy, like `10.0.0.0/8` or "
	    "`2001:db8::1`. What they say of those behind them "
	    "(`X-Forwarded-*`, `Forwarded`, `X-Real-IP`) is passed on, and the "
	    "right-most address of their chain that is not listed here is the "
	    "client. From everybody else these fields are dropped." },
	{ "traceparent", &key_choice, KEY_FIELD(struct settings, trace),
	    .words = trace_words, .standard = KEY_TEXT("begin"),
	    .help = "A valid `traceparent` always passes unchanged, with its "
	    "`tracestate`; an invalid one is dropped. Where none is left, a "
	    "trace is begun: not sampled, or, with `begin_sampled`, sampled "
	    "(most tracers follow that flag). `pass`: none is begun." },
	{ "dns", &key_object, .table = &dns_table,
	    .help = "How names of backends become addresses." },
	{ "store", &key_store, KEY_FIELD(struct settings, store),
	    .flags = KEY_RESTART, .standard = KEY_TEXT("sqlite:understudy.db"),
	    .help = "Where records and state are kept: `sqlite:PATH`, "
	    "`postgresql://USER@HOST/DATABASE` or `host=... dbname=...`. `none`: "
	    "nothing is recorded, and stage, overrides and latch end with the "
	    "process: a restart begins again with what the files say." },
	{ "spool", &key_path, KEY_FIELD(struct settings, spool),
	    .flags = KEY_RESTART, .standard = KEY_TEXT("understudy-spool.db"),
	    .help = "SQLite file in front of a PostgreSQL store: the queue of "
	    "rows, and the rollout state while the database is away." },
	{ "spool_max", &key_size, KEY_FIELD(struct settings, spool_max_bytes),
	    .flags = KEY_RESTART, .min = 1 * MIB, .max = 16384 * GIB,
	    .standard = KEY_TEXT("1GiB"),
	    .help = "Over it, rows are dropped and counted." },
	{ "keep", &key_object, KEY_FIELD(struct settings, keep),
	    .table = &keep_table,
	    .help = "What is kept of pairs that differ." },
	{ "alerts", &key_object, KEY_FIELD(struct settings, alerts),
	    .table = &alerts_table, .help = "Who is told of what the guard does." },
	{ "workers", &key_count, KEY_FIELD(struct settings, workers),
	    .flags = KEY_RESTART | KEY_COMPUTED, .min = 1, .max = 256,
	    .help = "Threads that carry traffic. Default: one for each online "
	    "processor." },
	{ "compare_threads", &key_count,
	    KEY_FIELD(struct settings, compare_threads),
	    .flags = KEY_RESTART, .min = 1, .max = 64, .standard = "1",
	    .help = "Threads that compare answers." },
	{ "user", &key_text, KEY_FIELD(struct settings, user),
	    .flags = KEY_RESTART,
	    .help = "Become this user (name or number) once the sockets are "
	    "bound; needs to be started as root. Store, spool, `pid_file`, "
	    "configuration and keys must be open to that user. Absent: stay "
	    "who started it." },
	{ "group", &key_text, KEY_FIELD(struct settings, group),
	    .flags = KEY_RESTART,
	    .help = "And this group. Default: the first group of `user`." },
	{ "pid_file", &key_path, KEY_FIELD(struct settings, pid_file),
	    .flags = KEY_RESTART,
	    .help = "File that holds the number of the process that serves, "
	    "rewritten by an upgrade." },
	{ "core_dumps", &key_bool, KEY_FIELD(struct settings, core_dumps),
	    .flags = KEY_RESTART, .standard = "false",
	    .help = "Whether a crash may write memory, and with it tokens and "
	    "people's words, to a core file, and whether other processes of "
	    "the same user may look into it." },
	{ "version_header", &key_bool,
	    KEY_FIELD(struct settings, version_header), .standard = "true",
	    .help = "Answers carry `x-understudy-version`." },
	{ "trailers", &key_choice, KEY_FIELD(struct settings, trailers),
	    .words = trailers_words, .standard = KEY_TEXT("drop"),
	    .help = "Fields behind a chunked body. `pass`: a request's go on to "
	    "the backend, an answer's to a client that said `TE: trailers`. "
	    "They are checked either way: what frames, routes or "
	    "authenticates is refused there, and 8 KiB are the most." },
	{ "log_level", &key_choice, KEY_FIELD(struct settings, log_level),
	    .words = log_level_words, .standard = KEY_TEXT("info"),
	    .help = "Log lines up to this level." },
	{ "access_log", &key_object, KEY_FIELD(struct settings, access_log),
	    .table = &access_table,
	    .help = "A line for each request." },
	{ "limits", &key_object, .table = &limit_table,
	    .help = "Caps on what peers choose the size of." },
	{ "timeouts", &key_object, .table = &timeout_table,
	    .help = "Time limits of the client side." },
	{ "shadow", &key_object, .table = &shadow_table,
	    .help = "The leg nobody waits for." },
	{ "rules", &key_rule_files, .max = RULE_FILES_MAX, .standard = "[]",
	    .help = "Rule files, each with some of the keys below. A key may "
	    "stand in one of them only." },
	{ "rollouts", &key_list,
	    KEY_LIST_FIELD(struct settings, rollouts, rollout_count),
	    .flags = KEY_RESTART, .max = ROLLOUTS_MAX, .table = &place_table,
	    .standard = "[]", .finish = check_places,
	    .help = "Instead of `rules`: several rollouts side by side." },
};

const struct key_table settings_table = {
	.about = "`understudy.json` holds what the process needs. Paths are "
	"relative to its directory.",
	.keys = settings_keys, .count = COUNT_OF(settings_keys),
	.size = sizeof(struct settings), .finish = check_settings,
};
