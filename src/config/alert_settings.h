/* alert_settings -- who is told of what the guard does, and how.
 * SPDX-License-Identifier: MIT
 *
 * The "alerts" section of understudy.json; a part of struct settings, owned
 * by the config and immutable with it.  Addresses and credentials of targets
 * are secrets: nothing prints them.
 */
#ifndef CONFIG_ALERT_SETTINGS_H
#define CONFIG_ALERT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/listen.h"

#define ALERT_TARGETS_MAX 16

enum target_kind {
	TARGET_SLACK = 0,
	TARGET_PAGERDUTY,
	TARGET_EMAIL,
	TARGET_WEBHOOK,
	TARGET_KIND_COUNT
};

enum starttls { STARTTLS_REQUIRED = 0, STARTTLS_TRY, STARTTLS_OFF };

struct alert_tls {
	char *ca;                /* NULL = the system's */
	bool verify;
	struct tls_files files;  /* NULLs = no client certificate */
};

struct alert_target {
	char *name;
	enum target_kind kind;
	unsigned severities;     /* bit i: enum severity i is sent here */
	uint64_t repeat_ms;      /* the same trouble is not told again before */
	uint64_t retry_ms;       /* a message is given up after so long */
	uint32_t timeout_ms;     /* of one try */
	struct alert_tls tls;
	char *url;
	char *routing_key;       /* PagerDuty */
	char *secret;            /* webhook: key of the signature */
	/* email */
	char *from;
	char **to;               /* NULL-terminated */
	size_t to_count;
	char *user, *password;   /* NULL = no login */
	enum starttls starttls;
};

struct alert_settings {
	char *source;            /* what messages call us; NULL = the host's name */
	struct alert_target *targets;
	size_t target_count;
};

#endif
