/* probe_keys -- the keys of "probes": numbers asked for beside the traffic.
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include "config/probe_keys.h"

#include <string.h>
#include <xxhash.h>

#include "base/compiler.h"
#include "config/alert_keys.h"
#include "config/read.h"
#include "config/rules.h"
#include "config/secret_keys.h"

#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define URL_MAX_BYTES 2048
#define QUERY_MAX_BYTES 2048

/* --- types -------------------------------------------------------------------- */

/* A URL may be shown, so it must hold no credential. */
static bool
read_url(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char *text;

	if (!read_is_text(r, value, URL_MAX_BYTES, key->type->expects))
		return false;
	text = read_copy(r, value->text, value->len);
	if (!url_has_form(text, "http://", "https://"))
		return read_fault(r, value, "must begin with https:// or http:// "
		    "and a host, without a name or a password; \"authorization\" "
		    "is for these");
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

/* The table's struct is struct probe_rule. */
static bool
read_metric(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct probe_rule *p = target;
	char shown[SHOWN_MAX];
	const char *why;

	if (!read_is_text(r, value, PROM_STORE_MAX, key->type->expects))
		return false;
	p->metric = read_copy(r, value->text, value->len);
	p->selector = read_alloc(r, sizeof *p->selector);
	return prom_selector_parse(value->text, value->len, p->selector, &why) ||
	    read_fault(r, value, "%s %s; write it like "
	    "process_resident_memory_bytes{job=\"store\"}",
	    read_shown(value, shown), why);
}

static bool
read_query(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char *text;

	if (!read_is_text(r, value, QUERY_MAX_BYTES, key->type->expects))
		return false;
	text = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static const struct key_type key_probe_url = { "URL",
	"a URL like \"http://127.0.0.1:9100/metrics\"", read_url, NULL,
	key_schema_text };
static const struct key_type key_metric = { "metric",
	"a metric like \"process_resident_memory_bytes\"", read_metric, NULL,
	key_schema_text };
static const struct key_type key_query = { "text", "a query in quotes",
	read_query, NULL, key_schema_text };

/* --- rows --------------------------------------------------------------------- */

static const struct key probe_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct probe_rule, name),
	    .flags = KEY_REQUIRED,
	    .help = "What conditions, metrics and the status call it." },
	{ "url", &key_probe_url, KEY_FIELD(struct probe_rule, url),
	    .flags = KEY_REQUIRED,
	    .help = "What is asked by GET, beside the traffic and in no version's "
	    "numbers. Of `prometheus`: the server, like "
	    "`http://prometheus:9090`." },
	{ "json", &key_pointer, KEY_FIELD(struct probe_rule, json),
	    .flags = KEY_ONE_OF, .tag = PROBE_JSON,
	    .help = "The number at this JSON Pointer of the answer; `true` is 1, "
	    "`false` is 0, and a text that is a number is one." },
	{ "metric", &key_metric, .flags = KEY_ONE_OF, .tag = PROBE_METRIC,
	    .help = "This metric of an answer in Prometheus text: a name, and "
	    "labels that it must have. Of several series the sum." },
	{ "prometheus", &key_query, KEY_FIELD(struct probe_rule, query),
	    .flags = KEY_ONE_OF, .tag = PROBE_PROMETHEUS,
	    .help = "The result of this PromQL query (`/api/v1/query` of `url`): a "
	    "scalar, or a vector of exactly one series." },
	{ "health", &key_statuses, .offset = offsetof(struct probe_rule,
	    status_low), .width = 2 * sizeof(uint16_t),
	    .flags = KEY_ONE_OF, .tag = PROBE_HEALTH,
	    .help = "1 if the answer has this status (`\"200-299\"`); 0 if it has "
	    "another, or there is none in time." },
	{ "interval", &key_duration, KEY_FIELD(struct probe_rule, interval_ms),
	    .min = 100, .max = 1 * HOUR, .standard = KEY_TEXT("15s"),
	    .help = "Asked this often." },
	{ "timeout", &key_duration, KEY_FIELD(struct probe_rule, timeout_ms),
	    .min = 10, .max = 5 * MINUTE, .standard = KEY_TEXT("2s"),
	    .help = "An answer must be there whole by then." },
	{ "stale", &key_duration, KEY_FIELD(struct probe_rule, stale_ms),
	    .min = 100, .max = 1 * DAY, .standard = KEY_TEXT("1m"),
	    .help = "A number that is older is unknown." },
	{ "authorization", &key_secret,
	    KEY_FIELD(struct probe_rule, authorization),
	    .help = "Sent as the field of that name, like `Bearer TOKEN`." },
	{ "authorization_file", &key_secret_file,
	    KEY_FIELD(struct probe_rule, authorization),
	    .help = "The same, from a file of one line." },
	{ "tls", &key_object, KEY_FIELD(struct probe_rule, tls),
	    .table = &alert_tls_table, .help = "How to speak TLS to it." },
};

/* --- what the rows cannot say --------------------------------------------------- */

static void
take_kind(const struct json *object, struct probe_rule *p)
{
	for (size_t i = 0; i < COUNT_OF(probe_keys); i++)
		if ((probe_keys[i].flags & KEY_ONE_OF) != 0 &&
		    json_member(object, probe_keys[i].name) != NULL)
			p->kind = (enum probe_kind)probe_keys[i].tag;
}

static void
add_text(struct buf *b, const char *text)
{
	buf_puts(b, text != NULL ? text : "");
	buf_puts(b, "\n");
}

/* Whether a number from before a reload still answers the same question. */
static uint64_t
mark_of(const struct probe_rule *p)
{
	struct buf b = { 0 };
	uint64_t mark;

	add_text(&b, p->name);
	add_text(&b, p->url);
	add_text(&b, p->json);
	add_text(&b, p->metric);
	add_text(&b, p->query);
	buf_printf(&b, "%d %u-%u", (int)p->kind, p->status_low, p->status_high);
	mark = XXH3_64bits(b.bytes, b.len) | 1;
	buf_fini(&b);
	return mark;
}

static void
check_probe(struct reader *r, const struct json *object, void *target)
{
	struct probe_rule *p = target;

	if (json_member(object, "authorization") != NULL &&
	    json_member(object, "authorization_file") != NULL)
		read_fault_in(r, object, "authorization_file", "says the same as "
		    "\"authorization\"; keep one of them");
	if (p->stale_ms < p->interval_ms)
		read_fault_in(r, object, "stale", "is shorter than \"interval\", so "
		    "the number would be unknown between two answers; raise it");
	check_target_tls(r, object);
	take_kind(object, p);
	p->mark = mark_of(p);
}

const struct key_table probe_table = {
	.about = "A number that is asked for beside the traffic: memory of a store, "
	"a queue's length, the growth of a database, whether a health endpoint "
	"is well. With exactly one of `json`, `metric`, `prometheus` and "
	"`health`. One that is not known, or not known any more, neither acts "
	"nor opens a gate.",
	.keys = probe_keys, .count = COUNT_OF(probe_keys),
	.size = sizeof(struct probe_rule), .finish = check_probe,
};

void
check_probes(struct reader *r, const struct json *list, void *target)
{
	const struct rules *rules = target;
	const char *names[PROBE_RULES_MAX];

	for (size_t i = 0; i < list->count; i++)
		names[i] = rules->probes.list[i].name;
	read_distinct_names(r, list, names, "probe");
}
