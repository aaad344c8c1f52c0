/* settings -- what the process needs: understudy.json.
 * SPDX-License-Identifier: MIT
 *
 * Owned by the config and immutable with it.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/alert_settings.h"
#include "config/backend.h"
#include "config/keep.h"
#include "config/listen.h"
#include "config/version.h"

/* What becomes of a request that brings no valid traceparent. */
enum trace_setting {
	TRACE_PASS = 0,      /* none is sent */
	TRACE_BEGIN,         /* one is begun that is not sampled: flags 00 */
	TRACE_BEGIN_SAMPLED, /* flags 01 */
};
/* Which addresses of a name are used. */
enum dns_family { DNS_IPV4 = 0, DNS_IPV6, DNS_ALL };

struct access_settings {
	char *path;                    /* "-" = standard output; NULL = no log */
	uint32_t sample;               /* of requests, thousandths of a percent */
	bool failures;                 /* all of them, whatever the sample */
	bool shadows;                  /* a line for each shadow too */
};

#define ROLLOUTS_MAX 16

/* One of several rollouts; its rules are in its config. */
struct rollout_place {
	char *name;
};

struct settings {
	struct listen *listen;         /* at least one */
	size_t listen_count;
	struct address admin;          /* text NULL = no admin listener */
	char *admin_tokens;            /* file of hashed tokens, or NULL */
	struct network *trusted;       /* peers whose X-Forwarded-* are believed */
	size_t trusted_count;
	enum trace_setting trace;
	struct access_settings access_log;
	struct tls_listen admin_tls;
	struct backend backends[BACKEND_COUNT]; /* control: without endpoints if absent */
	uint32_t dns_interval_ms;      /* names are resolved again; 0 = never */
	enum dns_family dns_family;
	char *store;                   /* "sqlite:PATH", "postgresql://...", "none" */
	char *spool;                   /* SQLite file of a PostgreSQL store's queue */
	uint64_t spool_max_bytes;      /* over it, rows are dropped and counted */
	struct rollout_place *rollouts; /* none = one, of "rules" */
	size_t rollout_count;
	struct keep_settings keep;
	struct alert_settings alerts;
	uint32_t workers;
	uint32_t compare_threads;
	char *pid_file;                /* NULL = none */
	char *user, *group;            /* to become after binding; NULL = stay */
	bool core_dumps;               /* may memory be written to a core file? */
	bool version_header;           /* answer carries x-understudy-version */
	enum { TRAILERS_DROP = 0, TRAILERS_PASS } trailers; /* behind chunked bodies */
	enum { LOG_SETTING_ERROR, LOG_SETTING_WARN, LOG_SETTING_INFO,
	    LOG_SETTING_DEBUG } log_level;
	/* limits */
	uint32_t max_connections;      /* all clients */
	uint32_t max_per_address;      /* clients of one address; 0 = no cap */
	uint32_t max_exchanges;        /* requests under way */
	uint32_t body_rate;            /* bytes a second of a body, at least; 0 = any */
	uint32_t send_rate;            /* of an answer taken, likewise */
	uint32_t head_max_bytes;       /* 64 KiB */
	uint32_t head_max_fields;      /* 100 */
	uint32_t capture_max_bytes;    /* of one body, for fallback, mirror, compare */
	uint32_t shadow_max_inflight;  /* shadows at once; divided over workers */
	uint64_t shadow_max_bytes;     /* captured bytes at once */
	uint64_t memory_max_bytes;     /* of the process; 0 = no ceiling */
	/* timeouts of the client side, and of the whole of a shadow */
	uint32_t client_head_ms;       /* first byte of a head -> its end */
	uint32_t client_idle_ms;       /* between requests, and between reads of a body */
	uint32_t tunnel_ms;            /* a silent websocket is closed then */
	uint32_t shadow_total_ms;      /* a shadow is ended then, whatever it does */
	struct hold_rules shadow_rest; /* when a version's shadows are not sent */
	uint32_t rate_span_ms;         /* body_rate and send_rate are judged over it */
	uint32_t retry_after_ms;       /* least Retry-After of a 503; 0 = no field */
	uint32_t drain_ms;             /* SIGTERM: running exchanges get this long */
	uint32_t drain_idle_ms;        /* and connections between requests this long */
	uint32_t upgrade_ms;           /* SIGUSR2: the new process must serve by then */
};

#endif
