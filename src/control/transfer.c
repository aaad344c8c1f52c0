/* transfer -- see transfer.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/thread.h"

/* --- the thread ------------------------------------------------------------- */

bool
transfer_thread_start(struct transfer_thread *t, const char *name,
    void *(*run)(void *arg), void *arg, struct err *err)
{
	if (t->multi == NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		t->multi = curl_multi_init();
	if (t->multi == NULL)
		return err_set(err, "libcurl does not start");
	t->started = thread_start(&t->thread, name, run, arg, err);
	return t->started;
}

void
transfer_thread_join(struct transfer_thread *t)
{
	if (!t->started)
		return;
	curl_multi_wakeup(t->multi);
	pthread_join(t->thread, NULL);
	t->started = false;
}

void
transfer_thread_fini(struct transfer_thread *t)
{
	if (t->multi == NULL)
		return;
	curl_multi_cleanup(t->multi);
	curl_global_cleanup();
	t->multi = NULL;
}

/* --- what libcurl calls ------------------------------------------------------ */

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	t->body_bytes += len;
	if (transfer_is_too_large(t))
		return 0;
	if (t->keeps_body)
		buf_add(&t->body, bytes, len);
	return len;
}

static curl_socket_t
on_socket(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *at)
{
	struct transfer *t = arg;
	int fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);

	if (fd == -1 && errno_is_exhaustion(errno))
		t->own_error = errno;
	return fd == -1 ? CURL_SOCKET_BAD : fd;
}

/* --- setting it up ------------------------------------------------------------ */

void
transfer_set_common(CURL *easy, const char *agent, uint32_t timeout_ms)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Not by what the environment says of proxies. */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, agent);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name server that is silent must not hold up the others' turn. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

void
transfer_set_tls(CURL *easy, bool verify, const char *ca,
    const struct tls_files *files)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	if (ca != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
	if (files->certificate != NULL) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, files->certificate);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, files->key);
	}
}

bool
transfer_begin(struct transfer *t, const char *agent, uint32_t timeout_ms)
{
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		return false;
	t->body_bytes = 0;
	t->own_error = 0;
	transfer_set_common(t->easy, agent, timeout_ms);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
	return true;
}

void
transfer_add_field(struct transfer *t, const char *name, const char *value)
{
	char *field = mem_printf("%s:%s%s", name, value[0] != '\0' ? " " : "",
	    value);

	t->fields = curl_slist_append(t->fields, field);
	/* It may hold a token. */
	explicit_bzero(field, strlen(field));
	free(field);
}

/* libcurl asks for and expects the name that the URL holds. */
static char *
url_of(const struct endpoint *e, const struct backend *b, const char *path)
{
	if (e->tls && b->tls.name != NULL)
		return mem_printf("https://%s:%u%s%s", b->tls.name,
		    (unsigned)e->port, e->prefix, path);
	return mem_printf("%s://%s%s%s", e->tls ? "https" : "http",
	    e->authority, e->prefix, path);
}

void
transfer_to_endpoint(struct transfer *t, const struct endpoint *e,
    const struct backend *b, const char *address, const char *path)
{
	char *url = url_of(e, b, path), *to = mem_printf("::%s", address);

	t->connect_to = curl_slist_append(t->connect_to, to);
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to);
	curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
	if (e->tls)
		transfer_set_tls(t->easy, b->tls.verify, b->tls.ca,
		    &b->tls.files);
	free(url);
	free(to);
}

void
transfer_send(CURLM *multi, struct transfer *t, void *owner)
{
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->fields);
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, owner);
	curl_multi_add_handle(multi, t->easy);
}

/* --- how it ends ---------------------------------------------------------------- */

void *
transfer_ended(CURLM *multi, CURLcode *code_out)
{
	char *owner = NULL;
	CURLMsg *m;
	int left;

	m = curl_multi_info_read(multi, &left);
	if (m == NULL)
		return NULL;
	*code_out = m->data.result;
	curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &owner);
	return owner;
}

CURLcode
transfer_result(struct transfer *t, CURLcode code, long *status_out)
{
	long os_error = 0;

	*status_out = 0;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, status_out);
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_error);
	if (code == CURLE_COULDNT_CONNECT && t->own_error == 0 &&
	    errno_is_exhaustion((int)os_error))
		t->own_error = (int)os_error;
	if (code == CURLE_WRITE_ERROR && !t->keeps_body &&
	    transfer_is_too_large(t))
		return CURLE_OK; /* it was us who had enough */
	return code;
}

bool
transfer_is_too_large(const struct transfer *t)
{
	return t->body_bytes > t->max_bytes;
}

void
transfer_drop(CURLM *multi, struct transfer *t)
{
	if (t->easy == NULL)
		return;
	curl_multi_remove_handle(multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->fields);
	curl_slist_free_all(t->connect_to);
	t->easy = NULL;
	t->fields = t->connect_to = NULL;
	buf_fini(&t->body);
	t->body = (struct buf){ 0 };
}
