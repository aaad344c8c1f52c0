/* transfer -- questions by libcurl's multi interface, on a thread that asks.
 * SPDX-License-Identifier: MIT
 *
 * What prober, poller, smoker and courier have in common: how a question is
 * set up (no proxy of the environment, no signals, TLS from 1.2 on), how much
 * of its answer is kept, and that a lack of our own says nothing of who was
 * asked.  One thread uses a transfer and its multi handle.
 */
#ifndef CONTROL_TRANSFER_H
#define CONTROL_TRANSFER_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/backend.h"

/* --- the thread ---------------------------------------------------------- */

struct transfer_thread {
	pthread_t thread;
	bool started;      /* who starts and stops it */
	CURLM *multi;      /* owns; made before the thread */
};

/* false: err says why there is none. */
bool transfer_thread_start(struct transfer_thread *t, const char *name,
    void *(*run)(void *arg), void *arg, struct err *err) MUST_CHECK;
/* Wake it up and wait for its end; the caller has told it to end.  A thread
 * that was never started has ended. */
void transfer_thread_join(struct transfer_thread *t);
/* Behind the last transfer. */
void transfer_thread_fini(struct transfer_thread *t);

/* --- a transfer ---------------------------------------------------------- */

struct transfer {
	CURL *easy;                    /* owns; NULL = none is under way */
	struct curl_slist *fields;     /* owns, with easy */
	struct curl_slist *connect_to; /* owns, with easy */
	size_t max_bytes;              /* of the answer */
	bool keeps_body;               /* else more is enough, and no fault */
	struct buf body;               /* owns; what came, if it is kept */
	size_t body_bytes;             /* that came */
	int own_error;                 /* errno of ours, 0 = none */
};

/* What every handle of ours is. */
void transfer_set_common(CURL *easy, const char *agent, uint32_t timeout_ms);
/* As the traffic's connections (net/tls.h): the same authorities, the same
 * certificate of ours. */
void transfer_set_tls(CURL *easy, bool verify, const char *ca,
    const struct tls_files *files);

/* A GET that is not sent yet; max_bytes and keeps_body are the caller's.  The
 * last one is dropped already.  false: libcurl has no handle to give. */
bool transfer_begin(struct transfer *t, const char *agent,
    uint32_t timeout_ms) MUST_CHECK;
/* A value of "": libcurl does not send the field by itself either. */
void transfer_add_field(struct transfer *t, const char *name,
    const char *value);
/* At that address whatever its name stands for, by the backend's TLS, on a
 * connection of its own: one of before shows nothing about a new one. */
void transfer_to_endpoint(struct transfer *t, const struct endpoint *e,
    const struct backend *b, const char *address, const char *path);
/* owner comes back from transfer_ended(). */
void transfer_send(CURLM *multi, struct transfer *t, void *owner);

/* One that has ended: its owner, or NULL.  Drop it before the next call. */
void *transfer_ended(CURLM *multi, CURLcode *code_out);
/* What its end means; *status_out: 0 = there was none. */
CURLcode transfer_result(struct transfer *t, CURLcode code, long *status_out);
/* It was given up since more than max_bytes came. */
bool transfer_is_too_large(const struct transfer *t);
/* Ended or not: gone, with its body.  None is fine. */
void transfer_drop(CURLM *multi, struct transfer *t);

#endif
