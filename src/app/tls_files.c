/* tls_files -- see tls_files.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/tls_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/tls.h"

/* exception: globals, because they belong to the process: ticket keys outlive
 * every configuration, so that clients resume across reloads. */
static struct tls_tickets tickets;
static struct buf warnings;

struct teller {
	void (*fault)(void *to, const char *key, size_t index,
	    const char *text);
	void *to;
};

static void
on_fault(void *arg, const char *key, size_t index, const char *text)
{
	const struct teller *t = arg;

	t->fault(t->to, key, index, text);
}

static void
on_warning(void *arg UNUSED, const char *text)
{
	buf_printf(&warnings, "%s\n", text);
}

static enum tls_verify
verify_of(enum client_verify v)
{
	switch (v) {
	case CLIENT_VERIFY_OFF:
		return TLS_VERIFY_OFF;
	case CLIENT_VERIFY_OPTIONAL:
		return TLS_VERIFY_OPTIONAL;
	case CLIENT_VERIFY_REQUIRED:
		break;
	}
	return TLS_VERIFY_REQUIRED;
}

static struct tls_server *
make_server(const struct tls_listen *t, void (*fault)(void *to,
    const char *key, size_t index, const char *text), void *to)
{
	struct teller teller = { fault, to };
	const struct tls_report report = { on_fault, on_warning, &teller };
	const struct tls_files *files = t->several_count > 0 ? t->several :
	    &t->files;
	size_t count = t->several_count > 0 ? t->several_count : 1;
	struct tls_identity *identities = mem_alloc(count * sizeof *identities);
	const struct tls_server_options options = {
		.identities = identities,
		.identity_count = count,
		.client_ca = t->client_ca,
		.client_verify = verify_of(t->client_verify),
		.tls13_only = t->min_version == TLS_MINIMUM_13,
		.ciphers = t->ciphers,
		.session_tickets = t->session_tickets,
		.tickets = &tickets,
	};
	struct tls_server *s;

	for (size_t i = 0; i < count; i++)
		identities[i] = (struct tls_identity){ files[i].certificate,
			files[i].key };
	tls_tickets_renew(&tickets, (time_t)(clock_wall_us() / 1000000));
	s = tls_server_load(&options, &report);
	free(identities);
	return s;
}

static struct tls_client *
make_client(const struct tls_backend *t, void (*fault)(void *to,
    const char *key, size_t index, const char *text), void *to)
{
	struct teller teller = { fault, to };
	const struct tls_report report = { on_fault, on_warning, &teller };
	const struct tls_client_options options = {
		.ca = t->ca,
		.name = t->name,
		.verify = t->verify,
		.identity = { t->files.certificate, t->files.key },
	};

	return tls_client_load(&options, &report);
}

const struct tls_ports *
tls_files_ports(void)
{
	static const struct tls_ports ports = {
		.make_server = make_server,
		.make_client = make_client,
		.drop_server = tls_server_unref,
		.drop_client = tls_client_free,
	};

	return &ports;
}

void
tls_files_tell(bool as_log)
{
	char *line, *rest = warnings.bytes;

	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		if (as_log)
			log_event(LOG_WARN, "tls", "%s", line);
		else
			fprintf(stderr, "warning: %s\n", line);
	}
	buf_fini(&warnings);
}
