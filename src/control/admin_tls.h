/* admin_tls -- the admin listener's TLS, by libevent.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_ADMIN_TLS_H
#define CONTROL_ADMIN_TLS_H

struct admin_ports;
struct bufferevent;
struct event_base;

/* For a connection that was just accepted; NULL: it is to be plain. */
struct bufferevent *admin_tls_accept(struct event_base *base,
    const struct admin_ports *ports);

#endif
