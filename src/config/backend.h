/* backend -- the endpoints that serve one version, or as control, as configured.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct settings; owned by the config and immutable with it.
 */
#ifndef CONFIG_BACKEND_H
#define CONFIG_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "config/listen.h"

struct tls_client;

/* One address of a name, or the one that was written; the port is set. */
struct location {
	struct sockaddr_storage addr;
	socklen_t addr_len;
};

/* Of one name; more are left out. */
#define LOCATIONS_MAX 32

struct endpoint {
	char *url;                     /* as written: "http://127.0.0.1:9001/base" */
	char *authority;               /* "127.0.0.1:9001" */
	char *prefix;                  /* "/base" or "": put in front of the path */
	char *host;                    /* of the authority, without port and brackets */
	bool tls;                      /* https */
	char *name;                    /* to be resolved again; NULL = numeric */
	uint16_t port;
	struct location *locations;    /* at least one, sorted: when it was read */
	size_t location_count;
};

enum balance { BALANCE_LEAST = 0, BALANCE_POWER_OF_TWO, BALANCE_ROUND_ROBIN };

/* Passive: when an endpoint is left alone (policy/hold.h). */
struct hold_rules {
	uint32_t after;                /* failures in a row; 0 = never */
	unsigned on;                   /* enum fallback_on bits: what counts */
	uint32_t first_ms, max_ms;     /* doubles from the first to at most max */
};

/* Active: GET path now and then. */
struct health_check {
	char *path;                    /* NULL = no checks */
	char *host;                    /* Host sent; NULL = as the endpoint's URL */
	uint32_t interval_ms, timeout_ms;
	uint32_t rise, fall;           /* in a row: to be up, to be down */
	uint16_t status_low, status_high; /* what a good answer has */
};

/* "tls" of a backend, for its https URLs. */
struct tls_backend {
	char *ca;                      /* NULL = the system's */
	char *name;                    /* NULL = the URL's host */
	bool verify;
	struct tls_files files;        /* NULLs = no client certificate */
	struct tls_client *client;     /* owns; NULL: no https, or the port is */
};

struct backend {
	struct endpoint *endpoints;    /* at least one; none: an absent control */
	size_t endpoint_count;
	char *host;                    /* Host sent upstream; NULL = the client's */
	uint32_t connect_ms;           /* timeouts.connect */
	uint32_t first_byte_ms;        /* timeouts.first_byte: request sent -> head */
	uint32_t idle_ms;              /* timeouts.idle: between two reads or writes */
	uint32_t keepalive_ms;         /* an unused connection is kept this long */
	uint32_t max_idle;             /* unused connections kept, per worker */
	struct tls_backend tls;
	enum balance balance;
	struct hold_rules hold;
	struct health_check health;
};

#endif
