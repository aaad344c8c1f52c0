/* sockets -- see sockets.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "control/admin_listen.h"
#include "net/listener.h"

/* --- opening ----------------------------------------------------------------- */

static void
add(struct socket_place *p, int fd)
{
	p->fds = mem_realloc(p->fds, (p->count + 1) * sizeof *p->fds);
	p->fds[p->count++] = fd;
}

static bool
claim_place(struct socket_place *p, struct inherited *in,
    const struct address *address, struct err *err)
{
	struct address bound = *address;
	int fd = inherited_claim(in, INHERITED_LISTEN, address);

	if (fd == -1)
		return true;
	add(p, fd);
	p->bound_len = sizeof p->bound;
	if (getsockname(fd, (struct sockaddr *)&p->bound, &p->bound_len) != 0)
		return err_set(err, "listen on %s: getsockname: %s",
		    address->text, strerror(errno));
	/* Its sisters are where it is: of two addresses that ask for any port
	 * each has got its own. */
	bound.addr = p->bound;
	while ((fd = inherited_claim(in, INHERITED_LISTEN, &bound)) != -1)
		add(p, fd);
	return true;
}

/* Whoever has inherited one can live with it; whoever has none cannot. */
static bool
bind_rest(struct socket_place *p, unsigned workers, struct err *err)
{
	size_t inherited = p->count;

	while (p->count < workers) {
		int fd = listener_bind(&p->bound, p->bound_len, err);

		if (fd != -1) {
			add(p, fd);
			continue;
		}
		if (inherited == 0)
			return false;
		log_event(LOG_INFO, "sockets", "%s: %zu for %u workers, which "
		    "share them: %s", p->text, p->count, workers, err->text);
		return true;
	}
	return true;
}

static bool
open_place(struct socket_place *p, const struct address *address,
    struct inherited *in, unsigned workers, struct err *err)
{
	p->text = mem_strdup(address->text);
	p->bound = address->addr;
	p->bound_len = address->addr_len;
	return claim_place(p, in, address, err) && bind_rest(p, workers, err);
}

static bool
open_admin(struct sockets *s, const struct address *address,
    struct inherited *in, struct err *err)
{
	if (address->text == NULL)
		return true;
	s->admin_text = mem_strdup(address->text);
	s->admin_fd = inherited_claim(in, INHERITED_ADMIN, address);
	return s->admin_fd != -1 ||
	    (admin_listen(address, &s->admin_fd, err) || err_wrap(err, "admin"));
}

bool
sockets_open(const struct settings *settings, struct inherited *in,
    struct sockets **out, struct err *err)
{
	struct sockets *s = mem_zalloc(sizeof *s);
	bool ok = true;

	s->admin_fd = -1;
	s->place_count = settings->listen_count;
	s->places = mem_zalloc(s->place_count * sizeof s->places[0]);
	for (size_t i = 0; ok && i < s->place_count; i++)
		ok = open_place(&s->places[i], &settings->listen[i].address, in,
		    settings->workers, err);
	if (ok && open_admin(s, &settings->admin, in, err) &&
	    inherited_settle(in, err)) {
		*out = s;
		return true;
	}
	sockets_close(&s);
	return false;
}

void
sockets_close(struct sockets **sp)
{
	struct sockets *s = *sp;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->place_count; i++) {
		for (size_t j = 0; !s->is_dealt && j < s->places[i].count; j++)
			close(s->places[i].fds[j]);
		free(s->places[i].fds);
		free(s->places[i].text);
	}
	if (!s->is_admin_given && s->admin_fd != -1)
		close(s->admin_fd);
	free(s->places);
	free(s->admin_text);
	free(s);
	*sp = NULL;
}

/* --- giving away --------------------------------------------------------------- */

/* The j-th of the place; beyond its end one that another worker has too. */
static int
take(const struct socket_place *p, size_t j, struct err *err)
{
	int fd;

	if (j < p->count)
		return p->fds[j];
	fd = fcntl(p->fds[j % p->count], F_DUPFD_CLOEXEC, 3);
	if (fd == -1)
		err_set(err, "listen on %s: dup: %s", p->text, strerror(errno));
	return fd;
}

bool
sockets_deal(struct sockets *s, unsigned worker, unsigned workers,
    struct worker_hand *out, struct err *err)
{
	for (size_t i = 0; i < s->place_count; i++) {
		const struct socket_place *p = &s->places[i];
		size_t end = p->count > workers ? p->count : workers;

		for (size_t j = worker; j < end; j += workers) {
			int fd = take(p, j, err);

			if (fd == -1)
				return false;
			out->sockets = mem_realloc(out->sockets,
			    (out->count + 1) * sizeof *out->sockets);
			out->sockets[out->count++] = (struct worker_socket){
				.fd = fd, .address = (unsigned)i };
		}
	}
	s->is_dealt = true;
	return true;
}

int
sockets_give_admin(struct sockets *s)
{
	s->is_admin_given = true;
	return s->admin_fd;
}

/* --- telling a successor ---------------------------------------------------------- */

void
sockets_describe(const struct sockets *s, struct buf *out)
{
	for (size_t i = 0; i < s->place_count; i++)
		for (size_t j = 0; j < s->places[i].count; j++)
			buf_printf(out, "listen %d %s\n", s->places[i].fds[j],
			    s->places[i].text);
	if (s->admin_fd != -1)
		buf_printf(out, "admin %d %s\n", s->admin_fd, s->admin_text);
}

int *
sockets_list(const struct sockets *s, size_t *count_out)
{
	size_t count = 1;
	int *list;

	for (size_t i = 0; i < s->place_count; i++)
		count += s->places[i].count;
	list = mem_alloc(count * sizeof *list);
	count = 0;
	for (size_t i = 0; i < s->place_count; i++)
		for (size_t j = 0; j < s->places[i].count; j++)
			list[count++] = s->places[i].fds[j];
	if (s->admin_fd != -1)
		list[count++] = s->admin_fd;
	*count_out = count;
	return list;
}

int
sockets_place_of(const struct sockets *s, int fd)
{
	for (size_t i = 0; i < s->place_count; i++)
		for (size_t j = 0; j < s->places[i].count; j++)
			if (s->places[i].fds[j] == fd)
				return (int)i;
	return -1;
}
