/* door -- see door.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/door.h"

#include "proxy/admission.h"
#include "proxy/client.h"
#include "proxy/greeting.h"
#include "proxy/worker.h"

void
door_let_in(struct worker *w, int fd, const struct ip *ip, unsigned listen)
{
	const struct listen *from = &worker_settings(w)->listen[listen];
	bool counted;
	enum outcome why = admission_enter_address(w, ip, &counted);

	if (why == OUTCOME_OPEN) {
		client_new(w, fd, ip, counted, from);
		return;
	}
	admission_leave(w, ip, false);
	admission_turn_away(w, fd, ip, why, from->tls.on);
}

void
door_accept(struct worker *w, int fd, const struct sockaddr *peer,
    unsigned listen)
{
	const struct listen *from = &worker_settings(w)->listen[listen];
	enum outcome why = admission_enter(w);
	struct ip ip;

	(void)ip_of_sockaddr(peer, &ip);
	metric_add(w->stats, METRIC_CONNECTIONS_ACCEPTED, 1);
	if (why != OUTCOME_OPEN)
		admission_turn_away(w, fd, &ip, why, from->tls.on);
	else if (from->proxy_protocol)
		greeting_new(w, fd, &ip, listen);
	else
		door_let_in(w, fd, &ip, listen);
}
