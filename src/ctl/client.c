/* client -- see client.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_MS 30000L
#define REPLY_MAX (64u << 20)
#define TOKEN_MAX 4096

struct client {
	CURL *curl;        /* owns */
	char *base;        /* owns; "http://127.0.0.1:9900" */
	char *name;        /* owns; as the user gave it */
	char *socket;      /* owns; path of a Unix socket, or NULL */
	char *field;       /* owns; "Authorization: Bearer ...", or NULL */
	char *ca, *cert, *key; /* own; PEM files for https, or NULL */
	char *query;           /* owns; "rollout=NAME", escaped; or NULL */
	char fault[CURL_ERROR_SIZE];
};

static char *
make_base(const char *admin)
{
	size_t len = strlen(admin);

	while (len > 0 && admin[len - 1] == '/')
		len--;
	if (strncmp(admin, "unix:", 5) == 0)
		return mem_strdup("http://localhost");
	if (strncmp(admin, "http://", 7) == 0 ||
	    strncmp(admin, "https://", 8) == 0)
		return mem_strndup(admin, len);
	return mem_printf("http://%.*s", (int)len, admin);
}

/* What every question says of the rollout that it is about. */
static char *
make_query(struct client *c, const char *rollout)
{
	char *escaped = curl_easy_escape(c->curl, rollout, 0);
	char *query = mem_printf("rollout=%s", escaped != NULL ? escaped : "");

	curl_free(escaped);
	return query;
}

static char *
copy_of(const char *text)
{
	return text != NULL ? mem_strdup(text) : NULL;
}

bool
client_open(const struct client_options *o, struct client **out,
    struct err *err)
{
	const char *admin = o->admin;
	struct client *c;

	if (admin[0] == '\0' || strcmp(admin, "unix:") == 0)
		return err_set(err, "--admin: must be http://HOST:PORT, "
		    "https://HOST:PORT or unix:PATH");
	c = mem_zalloc(sizeof *c);
	c->curl = curl_easy_init();
	c->base = make_base(admin);
	c->name = mem_strdup(admin);
	if (strncmp(admin, "unix:", 5) == 0)
		c->socket = mem_strdup(admin + 5);
	if (o->token != NULL)
		c->field = mem_printf("Authorization: Bearer %s", o->token);
	c->ca = copy_of(o->ca);
	c->cert = copy_of(o->cert);
	c->key = copy_of(o->key);
	if (c->curl == NULL) {
		client_close(&c);
		return err_set(err, "libcurl does not start");
	}
	if (o->rollout != NULL)
		c->query = make_query(c, o->rollout);
	*out = c;
	return true;
}

void
client_close(struct client **cp)
{
	struct client *c = *cp;

	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	free(c->base);
	free(c->name);
	free(c->socket);
	free(c->field);
	free(c->ca);
	free(c->cert);
	free(c->key);
	free(c->query);
	free(c);
	*cp = NULL;
}

const char *
client_name(const struct client *c)
{
	return c->name;
}

void
reply_fini(struct reply *r)
{
	buf_fini(&r->text);
	json_decref(r->document);
	r->document = NULL;
}

static size_t
on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *text = arg;

	if (text->len + size * count > REPLY_MAX)
		return 0;
	buf_add(text, bytes, size * count);
	return size * count;
}

static void
set_request(struct client *c, const char *method, const char *url,
    const char *body, struct curl_slist *fields, struct buf *text)
{
	CURL *h = c->curl;

	/* Keeps the connection but forgets the last request. */
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_URL, url);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(h, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->fault);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, text);
	if (c->socket != NULL)
		curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, c->socket);
	if (body != NULL)
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	if (c->ca != NULL)
		curl_easy_setopt(h, CURLOPT_CAINFO, c->ca);
	if (c->cert != NULL)
		curl_easy_setopt(h, CURLOPT_SSLCERT, c->cert);
	if (c->key != NULL)
		curl_easy_setopt(h, CURLOPT_SSLKEY, c->key);
}

static struct curl_slist *
make_fields(const struct client *c)
{
	struct curl_slist *fields = NULL;

	fields = curl_slist_append(fields, "Content-Type: application/json");
	fields = curl_slist_append(fields, "Accept: application/json");
	if (c->field != NULL)
		fields = curl_slist_append(fields, c->field);
	return fields;
}

static enum ctl_exit
judge_reply(struct client *c, long status, const struct reply *r,
    struct err *err)
{
	const char *text = json_string_value(json_object_get(r->document,
	    "error"));

	if (status >= 200 && status < 300 && r->document != NULL)
		return CTL_OK;
	if (text != NULL) {
		err_set(err, "%s", text);
	} else if (status >= 200 && status < 300) {
		err_set(err, "%s does not speak the admin API", c->name);
		return CTL_UNREACHABLE;
	} else {
		err_set(err, "%s answered with status %ld", c->name, status);
	}
	return status == 401 || status == 403 ? CTL_DENIED : CTL_REFUSED;
}

enum ctl_exit
client_call(struct client *c, const char *method, const char *path,
    const json_t *body, struct reply *out, struct err *err)
{
	char *url = mem_printf("%s%s%s%s", c->base, path, c->query == NULL ? "" :
	    strchr(path, '?') != NULL ? "&" : "?", c->query == NULL ? "" :
	    c->query);
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	struct curl_slist *fields = make_fields(c);
	long status = 0;
	CURLcode code;

	*out = (struct reply){ .document = NULL };
	set_request(c, method, url, text, fields, &out->text);
	c->fault[0] = '\0';
	code = curl_easy_perform(c->curl);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(fields);
	free(url);
	free(text);
	if (code != CURLE_OK) {
		err_set(err, "%s: %s", c->name, c->fault[0] != '\0' ? c->fault :
		    curl_easy_strerror(code));
		return CTL_UNREACHABLE;
	}
	if (out->text.len > 0)
		out->document = json_loadb(out->text.bytes, out->text.len, 0, NULL);
	return judge_reply(c, status, out, err);
}

char *
client_id_path(struct client *c, const char *what, const char *id,
    const char *suffix)
{
	char *escaped = curl_easy_escape(c->curl, id, 0);
	char *path = mem_printf("/api/v1/%s/%s%s", what,
	    escaped != NULL ? escaped : "", suffix);

	curl_free(escaped);
	return path;
}

bool
client_read_token(const char *path, char **out, struct err *err)
{
	char line[TOKEN_MAX];
	FILE *f = fopen(path, "re");
	bool ok = f != NULL && fgets(line, sizeof line, f) != NULL;
	int saved = errno;
	size_t len, skip;

	if (f != NULL)
		fclose(f);
	if (f == NULL)
		return err_set(err, "%s: %s", path, strerror(saved));
	skip = ok ? strspn(line, " \t\r\n") : 0;
	len = ok ? strcspn(line + skip, " \t\r\n") : 0;
	if (len == 0)
		return err_set(err, "%s: there is no token on its first line",
		    path);
	*out = mem_strndup(line + skip, len);
	return true;
}
