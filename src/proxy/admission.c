/* admission -- see admission.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/admission.h"

#include <sys/socket.h>
#include <unistd.h>

#include "http/writer.h"
#include "proxy/access.h"
#include "proxy/worker.h"

enum pressure
admission_pressure(const struct worker *w)
{
	return (enum pressure)atomic_load_explicit(&w->admission->pressure,
	    memory_order_relaxed);
}

static enum outcome
refused(struct worker *w, enum metric metric, enum outcome why)
{
	metric_add(w->stats, metric, 1);
	stat_add(&w->stats->refused[why], 1);
	return why;
}

enum outcome
admission_enter(struct worker *w)
{
	if (admission_pressure(w) == PRESSURE_FULL)
		return refused(w, METRIC_CONNECTIONS_SHED, OUTCOME_SHED_MEMORY);
	if (!quota_take(&w->admission->connections, 1,
	    worker_settings(w)->max_connections))
		return refused(w, METRIC_CONNECTIONS_SHED, OUTCOME_SHED);
	return OUTCOME_OPEN;
}

enum outcome
admission_enter_address(struct worker *w, const struct ip *ip,
    bool *counted_out)
{
	const struct settings *s = worker_settings(w);

	*counted_out = false;
	/* A load balancer's connections are those of many. */
	if (s->max_per_address == 0 ||
	    networks_have(s->trusted, s->trusted_count, ip) ||
	    peer_counts_enter(w->admission->peers, ip, s->max_per_address,
	    counted_out))
		return OUTCOME_OPEN;
	return refused(w, METRIC_CONNECTIONS_SHED, OUTCOME_SHED_ADDRESS);
}

void
admission_leave(struct worker *w, const struct ip *ip, bool counted)
{
	quota_give(&w->admission->connections, 1);
	if (counted)
		peer_counts_leave(w->admission->peers, ip);
}

void
admission_turn_away(struct worker *w, int fd, const struct ip *ip,
    enum outcome why, bool tls)
{
	const struct outcome_row *row = outcome_info(why);
	const struct own_answer a = { .status = row->status,
		.word = row->name, .message = row->text,
		.retry_after_s = admission_retry_after(w, row->status),
		.date = worker_date(w) };
	char *space = worker_scratch(w);
	size_t len = write_own_answer(&a, space, w->scratch_bytes);

	if (access_is_on(w))
		access_refused(w, ip, why, ACCESS_ACCEPT, row->status, "");
	/* With TLS an answer would cost the handshake that is to be saved. */
	if (!tls)
		(void)send(fd, space, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* What is unread at the close makes it a reset, which may overtake the
	 * answer. */
	(void)recv(fd, w->loop.read_buffer, LOOP_READ_BYTES, MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
	close(fd);
}

enum outcome
admission_begin(struct worker *w)
{
	if (admission_pressure(w) == PRESSURE_FULL)
		return refused(w, METRIC_REQUESTS_SHED, OUTCOME_SHED_MEMORY);
	if (!shared_quota_take(&w->admission->exchanges, w->index,
	    worker_settings(w)->max_exchanges))
		return refused(w, METRIC_REQUESTS_SHED, OUTCOME_SHED_EXCHANGES);
	metric_add(w->stats, METRIC_REQUESTS_OPEN, 1);
	return OUTCOME_OPEN;
}

void
admission_end(struct worker *w)
{
	metric_add(w->stats, METRIC_REQUESTS_OPEN, -1);
	shared_quota_give(&w->admission->exchanges, w->index,
	    worker_settings(w)->max_exchanges);
}

bool
admission_begin_shadow(struct worker *w)
{
	return shared_quota_take(&w->admission->shadows, w->index,
	    worker_settings(w)->shadow_max_inflight);
}

void
admission_end_shadow(struct worker *w)
{
	shared_quota_give(&w->admission->shadows, w->index,
	    worker_settings(w)->shadow_max_inflight);
}

bool
admission_keeps_clients(const struct worker *w)
{
	return !w->draining && !atomic_load_explicit(&w->admission->handed_over,
	    memory_order_relaxed);
}

/* Between the configured time and twice that: whoever was turned away
 * together is not to come back together. */
unsigned
admission_retry_after(struct worker *w, unsigned status)
{
	uint32_t least = (worker_settings(w)->retry_after_ms + 999) / 1000;

	if (status != 503 || least == 0)
		return 0;
	w->jitter = w->jitter * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return least + (uint32_t)((w->jitter >> 33) % (least + 1));
}
