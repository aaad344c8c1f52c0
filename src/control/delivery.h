/* delivery -- one try to bring an alert to a target, by libcurl.
 * SPDX-License-Identifier: MIT
 *
 * The courier's thread only.  A try is added to its multi handle and ended
 * when that says so; nothing here waits.  What came back is said without the
 * target's address or credentials, so that it may be shown.
 */
#ifndef CONTROL_DELIVERY_H
#define CONTROL_DELIVERY_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/alert_settings.h"
#include "control/alert.h"

#define DELIVERY_TEXT_MAX 240

enum delivery_result {
	DELIVERY_DONE = 0,
	DELIVERY_AGAIN,   /* it may work later */
	DELIVERY_REFUSED, /* it will not */
};

/* What libcurl and the target said.  status: of HTTP, or the last of SMTP. */
enum delivery_result delivery_judge(enum target_kind kind, CURLcode code,
    long status);
/* How long to wait before the next try: doubled with each, from a second to a
 * minute, and at least what the target asked for; lot: any number, spreads
 * it. */
uint64_t delivery_pause_ms(unsigned tries, uint64_t retry_after_s,
    uint32_t lot);

struct delivery;

/* NULL: libcurl has no handle to give.  arg comes back as CURLINFO_PRIVATE.
 * target must stay until delivery_free(). */
struct delivery *delivery_begin(CURLM *multi, const struct alert_target *t,
    const char *source, const struct alert *a, void *arg) MUST_CHECK;
/* It has ended: what is to be made of it, in words, and the pause that the
 * target asks for in *retry_after_s_out. */
enum delivery_result delivery_end(struct delivery *d, CURLcode code,
    char text_out[DELIVERY_TEXT_MAX], uint64_t *retry_after_s_out);
/* Ended or not: gone. */
void delivery_free(CURLM *multi, struct delivery **d);

#endif
