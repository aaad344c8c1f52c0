/* places -- the types of values that name files, addresses and backends.
 * SPDX-License-Identifier: MIT
 *
 * Paths become absolute or relative to the working directory (they are
 * written relative to understudy.json), addresses become sockaddrs, URLs
 * become endpoints.  Contract in keys.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/address.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/read.h"

#define PATH_TEXT_MAX 4096
#define URL_TEXT_MAX 2048
#define NETWORK_TEXT_MAX 64

/* --- files ----------------------------------------------------------------- */

/* tag 1: the file must be readable now. */
static bool
read_path_value(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct buf content = { 0 };
	struct err why = { "" };
	char shown[SHOWN_MAX], *path;
	bool ok = true;

	if (!read_is_text(r, value, PATH_TEXT_MAX, key->type->expects))
		return false;
	path = read_path(r, read_copy(r, value->text, value->len));
	if (key->tag == 1 &&
	    !r->ports->read_file(r->ports->arg, path, &content, &why))
		ok = read_fault(r, value, "%s cannot be read (%s: %s); create it "
		    "or correct the path", read_shown(value, shown), path,
		    why.text);
	buf_fini(&content);
	if (ok)
		memcpy(key_field(key, target), &path, sizeof path);
	return ok;
}

static bool
read_log_path(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char *path;

	if (!read_is_text(r, value, PATH_TEXT_MAX, key->type->expects))
		return false;
	path = read_copy(r, value->text, value->len);
	if (strcmp(path, "-") != 0)
		path = read_path(r, path);
	memcpy(key_field(key, target), &path, sizeof path);
	return true;
}

static void
schema_string(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\", \"minLength\": 1");
}

/* store_parse() has the last word; here only what a typing error breaks. */
static bool
is_postgres(const char *text)
{
	return strncmp(text, "postgresql://", 13) == 0 ||
	    strncmp(text, "postgres://", 11) == 0 ||
	    strstr(text, "host=") != NULL || strstr(text, "dbname=") != NULL;
}

/* The fault does not show the value: it may hold a password. */
static bool
read_store(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char *text;

	if (!read_is_text(r, value, PATH_TEXT_MAX, key->type->expects))
		return false;
	text = read_copy(r, value->text, value->len);
	if (strncmp(text, "sqlite:", 7) == 0) {
		if (text[7] == '\0')
			return read_fault(r, value,
			    "has no path; write \"sqlite:PATH\"");
		text = read_printf(r, "sqlite:%s", read_path(r, text + 7));
	} else if (!is_postgres(text) && strcmp(text, "none") != 0) {
		return read_fault(r, value, "names no known kind of store; write "
		    "\"sqlite:PATH\", \"postgresql://HOST/DATABASE\", "
		    "\"host=... dbname=...\" or \"none\"");
	}
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

static void
schema_store(const struct key *key, struct buf *out)
{
	(void)key;
	buf_puts(out, "\"type\": \"string\", \"pattern\": "
	    "\"^sqlite:.|^postgres(ql)?://|host=|dbname=|^none$\"");
}

static bool
is_listed_before(const struct json *list, const struct json *item)
{
	for (const struct json *v = list->first; v != item; v = v->next)
		if (v->kind == item->kind && v->len == item->len &&
		    memcmp(v->text, item->text, v->len) == 0)
			return true;
	return false;
}

/* Only checked here; the loader reads the files. */
static bool
read_rule_files(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX];
	bool ok = true;
	size_t i = 0;

	(void)target;
	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	if ((double)value->count > key->max)
		return read_fault(r, value, "names %zu files; at most %.0f are "
		    "possible", value->count, key->max);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		size_t mark = read_enter_item(r, i++);

		if (!read_is_text(r, v, PATH_TEXT_MAX, "a path in quotes"))
			ok = false;
		else if (is_listed_before(value, v))
			ok = read_fault(r, v, "%s is listed twice; remove one",
			    read_shown(v, shown));
		read_leave(r, mark);
	}
	return ok;
}

static void
schema_texts(const struct key *key, struct buf *out)
{
	buf_printf(out, "\"type\": \"array\", \"minItems\": %.0f, "
	    "\"maxItems\": %.0f, \"items\": {\"type\": \"string\", "
	    "\"minLength\": 1}", key->min, key->max);
}

/* --- addresses --------------------------------------------------------------- */

static bool
address_of_text(struct reader *r, struct address *a, struct err *err)
{
	struct host_port at;

	if (strncmp(a->text, "unix:", 5) == 0) {
		char *path = read_path(r, a->text + 5);

		if (a->text[5] == '\0')
			return err_set(err, "has no path; write unix:PATH");
		return address_unix(path, &a->addr, &a->addr_len, err);
	}
	if (!host_port_split(a->text, strlen(a->text), &at, err))
		return false;
	if (!at.has_port)
		return err_set(err, "has no port; write HOST:PORT");
	return address_resolve(r->ports, &at, &a->addr, &a->addr_len, err);
}

static bool
read_address(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct address a = { 0 };
	struct err why = { "" };
	char shown[SHOWN_MAX];

	if (!read_is_text(r, value, PATH_TEXT_MAX, key->type->expects))
		return false;
	a.text = read_copy(r, value->text, value->len);
	if (!address_of_text(r, &a, &why))
		return read_fault(r, value, "%s %s", read_shown(value, shown),
		    why.text);
	a.is_loopback = address_is_loopback(&a.addr);
	memcpy(key_field(key, target), &a, sizeof a);
	return true;
}

static bool
read_network(struct reader *r, const struct json *value,
    struct network *out)
{
	static const char form[] = "a network like \"10.0.0.0/8\"";
	char shown[SHOWN_MAX];
	bool has_host_bits;

	if (!read_is_text(r, value, NETWORK_TEXT_MAX, form))
		return false;
	return network_parse(value->text, value->len, out, &has_host_bits) ||
	    read_fault(r, value, has_host_bits ? "%s has bits set behind its "
	    "prefix; write the network's first address" : "%s is not a network; "
	    "write one like \"10.0.0.0/8\" or \"2001:db8::/32\", or an address",
	    read_shown(value, shown));
}

static bool
read_networks(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct network *list;
	bool ok = true;
	size_t i = 0;

	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	if ((double)value->count > key->max)
		return read_fault(r, value, "has %zu networks; at most %.0f are "
		    "possible", value->count, key->max);
	list = value->count == 0 ? NULL :
	    read_alloc(r, value->count * sizeof *list);
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		ok &= read_network(r, v, &list[i]);
		read_leave(r, mark);
	}
	memcpy(key_field(key, target), &list, sizeof list);
	memcpy((char *)target + key->count_offset, &value->count,
	    sizeof value->count);
	return ok;
}

/* --- backends ---------------------------------------------------------------- */

static bool
read_endpoint(struct reader *r, const struct json *value,
    struct endpoint *out)
{
	struct location found[LOCATIONS_MAX];
	struct err why = { "" };
	char shown[SHOWN_MAX];
	struct url_parts url;
	bool is_name, ok;

	if (!read_is_text(r, value, URL_TEXT_MAX, "a URL like "
	    "\"http://127.0.0.1:9001\""))
		return false;
	out->url = read_copy(r, value->text, value->len);
	ok = url_split(out->url, &url, &why);
	/* Known before the name is: "tls" is no fault because of a name. */
	out->tls = ok && url.tls;
	if (!ok || !address_resolve_all(r->ports, &url.at, found,
	    &out->location_count, &is_name, &why))
		return read_fault(r, value, "%s %s", read_shown(value, shown),
		    why.text);
	out->authority = read_copy(r, url.authority, url.authority_len);
	out->prefix = read_copy(r, url.prefix, url.prefix_len);
	out->host = read_copy(r, url.at.host, strlen(url.at.host));
	out->port = url.at.port;
	if (is_name)
		out->name = read_copy(r, url.at.host, strlen(url.at.host));
	out->locations = read_alloc(r, out->location_count * sizeof found[0]);
	memcpy(out->locations, found, out->location_count * sizeof found[0]);
	return true;
}

static bool
read_urls(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct endpoint *endpoints;
	bool ok = true;
	size_t i = 0;

	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	if ((double)value->count < key->min)
		return read_fault(r, value, "is empty; list at least one URL");
	if ((double)value->count > key->max)
		return read_fault(r, value, "has %zu URLs; at most %.0f are "
		    "possible", value->count, key->max);
	endpoints = read_alloc(r, value->count * sizeof *endpoints);
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		ok &= read_endpoint(r, v, &endpoints[i]);
		read_leave(r, mark);
	}
	memcpy(key_field(key, target), &endpoints, sizeof endpoints);
	memcpy((char *)target + key->count_offset, &value->count,
	    sizeof value->count);
	return ok;
}

static bool
read_host(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	struct err why = { "" };
	struct host_port at;
	char shown[SHOWN_MAX], *text;

	if (!read_is_text(r, value, HOST_TEXT_MAX, key->type->expects))
		return false;
	if (!host_port_split(value->text, value->len, &at, &why))
		return read_fault(r, value, "%s %s", read_shown(value, shown),
		    why.text);
	text = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

/* --- health checks ----------------------------------------------------------- */

static bool
read_request_path(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char shown[SHOWN_MAX], *text;

	if (!read_is_text(r, value, URL_TEXT_MAX, key->type->expects))
		return false;
	text = read_copy(r, value->text, value->len);
	if (text[0] != '/' || strpbrk(text, " \"<>\\^`{|}#") != NULL)
		return read_fault(r, value, "%s is not a path of a request; begin "
		    "with \"/\" and percent-encode what a URL cannot hold",
		    read_shown(value, shown));
	memcpy(key_field(key, target), &text, sizeof text);
	return true;
}

/* "200" or "200-399" into two fields of 16 bits beside each other. */
static bool
read_statuses(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	uint16_t range[2];
	char shown[SHOWN_MAX];
	unsigned low, high;
	char text[8], rest;
	int n;

	if (value->kind != JSON_STRING ||
	    !text_copy(text, sizeof text, value->text, value->len))
		return read_expected(r, value, key->type->expects);
	n = sscanf(text, "%3u-%3u%c", &low, &high, &rest);
	if (n == 1 && strlen(text) == 3)
		high = low;
	else if (n != 2 || strlen(text) != 7)
		return read_expected(r, value, key->type->expects);
	if (low < 100 || high > 599 || low > high)
		return read_fault(r, value, "%s holds no status between 100 and "
		    "599; write \"200-399\"", read_shown(value, shown));
	range[0] = (uint16_t)low;
	range[1] = (uint16_t)high;
	memcpy(key_field(key, target), range, sizeof range);
	return true;
}

static void
schema_statuses(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"string\", \"pattern\": "
	    "\"^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$\"");
}

const struct key_type key_path = { "path", "a path in quotes",
	read_path_value, NULL, schema_string };
const struct key_type key_log_path = { "path", "a path in quotes, or \"-\"",
	read_log_path, NULL, schema_string };
const struct key_type key_store = { "store",
	"a store like \"sqlite:PATH\", \"postgresql://...\" or \"none\"",
	read_store, NULL, schema_store };
const struct key_type key_rule_files = { "list of paths",
	"a list of paths in [ ]", read_rule_files, NULL, schema_texts };
const struct key_type key_address = { "address",
	"an address like \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:PATH\"",
	read_address, NULL, schema_string };
const struct key_type key_networks = { "list of networks",
	"a list of networks in [ ]", read_networks, NULL, schema_texts };
const struct key_type key_urls = { "list of URLs", "a list of URLs in [ ]",
	read_urls, NULL, schema_texts };
const struct key_type key_host = { "host", "a host name like "
	"\"api.example.com\"", read_host, NULL, schema_string };
const struct key_type key_request_path = { "path of a request",
	"a path like \"/health\"", read_request_path, NULL, schema_string };
const struct key_type key_statuses = { "statuses",
	"a status like \"200\" or a range like \"200-399\"", read_statuses, NULL,
	schema_statuses };
