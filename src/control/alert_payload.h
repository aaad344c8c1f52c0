/* alert_payload -- an alert as each kind of target wants it.
 * SPDX-License-Identifier: MIT
 *
 * Pure.  The forms are those of docs/alerts.md: Slack's incoming webhooks,
 * PagerDuty's Events API v2, RFC 5322 mail, and a JSON document of our own.
 */
#ifndef CONTROL_ALERT_PAYLOAD_H
#define CONTROL_ALERT_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/alert_settings.h"
#include "control/alert.h"

/* Is it for this target at all?  By its severity; PagerDuty is told only of
 * what has an end. */
bool alert_is_for(const struct alert_target *t, const struct alert *a);

/* Append what is sent.  source: what messages call us. */
void alert_write(const struct alert_target *t, const char *source,
    const struct alert *a, struct buf *out);

/* The signature of a webhook: HMAC-SHA256 of "TIMESTAMP.BODY" in hex. */
#define ALERT_SIGNATURE_LEN 64
void alert_sign(const char *secret, int64_t unix_s, const struct buf *body,
    char out[ALERT_SIGNATURE_LEN + 1]);

#endif
