/* admin_tls -- see admin_tls.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_tls.h"

#include <assert.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>

#include "control/admin.h"

struct bufferevent *
admin_tls_accept(struct event_base *base, const struct admin_ports *ports)
{
	struct bufferevent *bev;
	SSL *ssl;

	if (ports->tls == NULL || !ports->tls(ports->arg, &ssl))
		return NULL;
	/* Without it evhttp would speak plain. */
	assert(ssl != NULL);
	/* libevent asks SSL_pending(), which does not know of records that
	 * were read ahead. */
	SSL_set_read_ahead(ssl, 0);
	bev = bufferevent_openssl_socket_new(base, -1, ssl,
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	assert(bev != NULL);
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}
