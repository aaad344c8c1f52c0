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
#include "base/text.h"

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
	bool is_admin;         /* the last answer said that it is of one */
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

static bool
is_address(const char *admin)
{
	return admin[0] != '\0' && strcmp(admin, "unix:") != 0 &&
	    (strstr(admin, "://") == NULL || strncmp(admin, "unix:", 5) == 0 ||
	    strncmp(admin, "http://", 7) == 0 ||
	    strncmp(admin, "https://", 8) == 0);
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

	if (!is_address(admin))
		return err_set(err, "--admin: must be http://HOST:PORT, "
		    "https://HOST:PORT or unix:PATH, not '%s'", admin);
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

/* What answers may be a backend behind the listener for clients, which takes
 * a rollback with 200 and does nothing. */
static size_t
on_field(char *bytes, size_t size, size_t count, void *arg)
{
	static const char name[] = "x-understudy-admin:";
	struct client *c = arg;
	size_t len = size * count;

	if (len >= sizeof name - 1 &&
	    text_equal_nocase(bytes, sizeof name - 1, name, sizeof name - 1))
		c->is_admin = true;
	return len;
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
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_field);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, c);
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

	if (c->is_admin && status >= 200 && status < 300 && r->document != NULL)
		return CTL_OK;
	if (!c->is_admin) {
		err_set(err, "%s does not speak the admin API (status %ld); --admin "
		    "is the address of \"admin\" of understudy.json", c->name,
		    status);
		return CTL_UNREACHABLE;
	}
	if (text != NULL)
		err_set(err, "%s", text);
	else
		err_set(err, "%s answered with status %ld", c->name, status);
	return status == 401 || status == 403 ? CTL_DENIED : CTL_REFUSED;
}

/* libcurl says of a Unix socket that it cannot reach localhost port 80. */
static void
describe_failure(struct client *c, CURLcode code, struct err *err)
{
	long os_error = 0;

	curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &os_error);
	if (code == CURLE_COULDNT_CONNECT && os_error != 0)
		err_set(err, "%s: %s", c->name, strerror((int)os_error));
	else
		err_set(err, "%s: %s", c->name, c->fault[0] != '\0' ? c->fault :
		    curl_easy_strerror(code));
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
	c->is_admin = false;
	code = curl_easy_perform(c->curl);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(fields);
	free(url);
	free(text);
	if (code != CURLE_OK) {
		describe_failure(c, code, err);
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

char *
client_trim_token(const char *text)
{
	size_t skip = strspn(text, " \t\r\n");
	size_t len = strcspn(text + skip, " \t\r\n");

	return len > 0 ? mem_strndup(text + skip, len) : NULL;
}

bool
client_read_token(const char *path, char **out, struct err *err)
{
	char line[TOKEN_MAX];
	FILE *f = fopen(path, "re");
	bool ok = f != NULL && fgets(line, sizeof line, f) != NULL;
	int saved = errno;

	if (f != NULL)
		fclose(f);
	if (f == NULL)
		return err_set(err, "%s: %s", path, strerror(saved));
	*out = ok ? client_trim_token(line) : NULL;
	return *out != NULL || err_set(err, "%s: there is no token on its first "
	    "line", path);
}
