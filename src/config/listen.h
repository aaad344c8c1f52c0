/* listen -- where clients and operators come in, as configured.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct settings; owned by the config and immutable with it.
 */
#ifndef CONFIG_LISTEN_H
#define CONFIG_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/ip.h"

struct tls_server;

struct tls_files {
	char *certificate;             /* paths of PEM files */
	char *key;
};

struct address {
	char *text;                    /* as written: "127.0.0.1:8080", "unix:/run/x" */
	struct sockaddr_storage addr;
	socklen_t addr_len;
	bool is_loopback;              /* 127/8, ::1 or a Unix socket */
};

enum client_verify { CLIENT_VERIFY_OFF = 0, CLIENT_VERIFY_OPTIONAL,
    CLIENT_VERIFY_REQUIRED };

/* "tls" of a listener and of the admin API. */
struct tls_listen {
	bool on;
	struct tls_files files;        /* "certificate" and "key" */
	struct tls_files *several;     /* "certificates"; one of the two is given */
	size_t several_count;
	char *client_ca;
	enum client_verify client_verify;
	enum { TLS_MINIMUM_12 = 0, TLS_MINIMUM_13 } min_version;
	char *ciphers;                 /* NULL = ours */
	bool session_tickets;
	struct tls_server *server;     /* owns; NULL: off, or load.h's port is */
};

/* One item of "listen". */
struct listen {
	struct address address;
	struct tls_listen tls;
	bool proxy_protocol;           /* each connection begins with its header */
	struct network *proxy_networks; /* who may send one; none listed = all */
	size_t proxy_network_count;
};

#endif
