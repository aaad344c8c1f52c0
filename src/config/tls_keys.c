/* tls_keys -- the keys of TLS, for listeners, the admin API and backends.
 * SPDX-License-Identifier: MIT
 *
 * What the rows cannot say is asked of the loader's TLS port, which reads the
 * files: certificates, keys and CAs are faults of the configuration like any
 * other.  Contract in keys.h.
 */
#include <string.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/read.h"
#include "config/words.h"

#define TLS_FILES_MAX 64

static const struct key files_keys[] = {
	{ "certificate", &key_path, KEY_FIELD(struct tls_files, certificate),
	    .flags = KEY_REQUIRED,
	    .help = "PEM file: the certificate, its chain behind it." },
	{ "key", &key_path, KEY_FIELD(struct tls_files, key),
	    .flags = KEY_REQUIRED, .help = "PEM file: its private key." },
};

static const struct key_table files_table = {
	.about = "One certificate. A client is given the one for the name that "
	"it asks for (SNI), exactly or by a wildcard; any other client, the "
	"first of the list. Two for the same names with keys of two types (RSA "
	"and ECDSA) stand beside each other.",
	.keys = files_keys, .count = COUNT_OF(files_keys),
	.size = sizeof(struct tls_files),
};

static const struct key listen_tls_keys[] = {
	{ "certificate", &key_path,
	    KEY_FIELD(struct tls_listen, files.certificate),
	    .flags = KEY_ONE_OF,
	    .help = "PEM file: the certificate, its chain behind it. Read again "
	    "at every reload; connections that stand are not touched." },
	{ "key", &key_path, KEY_FIELD(struct tls_listen, files.key),
	    .help = "PEM file: the private key of `certificate`, not encrypted." },
	{ "certificates", &key_list,
	    KEY_LIST_FIELD(struct tls_listen, several, several_count),
	    .flags = KEY_ONE_OF, .min = 1, .max = TLS_FILES_MAX,
	    .table = &files_table,
	    .help = "Several certificates, instead of `certificate` and `key`." },
	{ "client_ca", &key_path, KEY_FIELD(struct tls_listen, client_ca),
	    .help = "PEM file of the CAs that client certificates are verified "
	    "by." },
	{ "client_verify", &key_choice,
	    KEY_FIELD(struct tls_listen, client_verify),
	    .words = client_verify_words, .standard = KEY_TEXT("off"),
	    .help = "Ask clients for a certificate: `optional` lets in who has "
	    "none, `required` nobody without one. One that does not verify ends "
	    "the handshake. Backends are told the subject of a verified one in "
	    "`x-client-cert-subject` (RFC 4514); a client's own field of that "
	    "name is dropped, on every listener." },
	{ "min_version", &key_choice, KEY_FIELD(struct tls_listen, min_version),
	    .words = tls_minimum_words, .standard = KEY_TEXT("1.2"),
	    .help = "The oldest version of TLS that is spoken; older clients are "
	    "refused." },
	{ "ciphers", &key_text, KEY_FIELD(struct tls_listen, ciphers),
	    .min = 1, .max = 1024,
	    .help = "Ciphers of TLS 1.2, as for `openssl ciphers`. Absent: "
	    "ECDHE with AES-GCM or ChaCha20." },
	{ "session_tickets", &key_bool,
	    KEY_FIELD(struct tls_listen, session_tickets), .standard = "true",
	    .help = "Let clients resume a session within 2 hours. false: every "
	    "connection shakes hands whole." },
};

const struct key_table listen_tls_table = {
	.about = "TLS 1.2 and 1.3 for what connects here; ALPN is `http/1.1`. "
	"Absent: plain.",
	.keys = listen_tls_keys, .count = COUNT_OF(listen_tls_keys),
	.finish = check_listen_tls,
};

static const struct key backend_tls_keys[] = {
	{ "ca", &key_path, KEY_FIELD(struct tls_backend, ca),
	    .help = "PEM file of the CAs that the backend is verified by. Absent: "
	    "the system's." },
	{ "name", &key_host, KEY_FIELD(struct tls_backend, name),
	    .help = "The name that is asked for (SNI) and must be in the "
	    "certificate. Absent: the host of the URL." },
	{ "verify", &key_bool, KEY_FIELD(struct tls_backend, verify),
	    .standard = "true",
	    .help = "false: take any certificate. Whoever can answer in the "
	    "backend's place then reads and writes everything." },
	{ "certificate", &key_path,
	    KEY_FIELD(struct tls_backend, files.certificate),
	    .help = "PEM file: certificate to show when the backend asks for one, "
	    "its chain behind it." },
	{ "key", &key_path, KEY_FIELD(struct tls_backend, files.key),
	    .help = "PEM file: the private key of `certificate`, not encrypted." },
};

const struct key_table backend_tls_table = {
	.about = "How to speak to the `https://` URLs of this backend: TLS 1.2 or "
	"1.3, verified.",
	.keys = backend_tls_keys, .count = COUNT_OF(backend_tls_keys),
};

/* --- the port's faults, at their places ---------------------------------------- */

struct place {
	struct reader *reader;
	const struct json *object; /* "tls", or what it is missing in */
};

static void
note(void *arg, const char *key, size_t index, const char *text)
{
	const struct place *p = arg;
	const struct json *list = json_member(p->object, "certificates"), *item;
	size_t outer, inner;

	if (list == NULL || (strcmp(key, "certificate") != 0 &&
	    strcmp(key, "key") != 0)) {
		read_fault_in(p->reader, p->object, key, "%s", text);
		return;
	}
	item = list->first;
	for (size_t i = 0; i < index && item != NULL; i++)
		item = item->next;
	outer = read_enter(p->reader, "certificates", 12);
	inner = read_enter_item(p->reader, index);
	read_fault_in(p->reader, item != NULL ? item : list, key, "%s", text);
	read_leave(p->reader, inner);
	read_leave(p->reader, outer);
}

/* --- listeners -------------------------------------------------------------------- */

static bool
files_are_paired(struct reader *r, const struct json *object,
    const struct tls_files *f)
{
	const struct json *certificate = json_member(object, "certificate");
	const struct json *key = json_member(object, "key");

	if (certificate != NULL && key == NULL)
		read_fault_in(r, object, "key", "is missing; add the private key "
		    "of the certificate");
	else if (certificate == NULL && key != NULL)
		read_fault_in(r, object, "key", "belongs to no certificate; write "
		    "it beside its \"certificate\"");
	return f->certificate != NULL && f->key != NULL;
}

/* The rows have said what is wrong with the list. */
static bool
several_are_whole(const struct tls_listen *t)
{
	for (size_t i = 0; i < t->several_count; i++)
		if (t->several[i].certificate == NULL || t->several[i].key == NULL)
			return false;
	return t->several_count > 0;
}

static bool
client_verify_fits(struct reader *r, const struct json *object,
    const struct tls_listen *t)
{
	bool has_ca = json_member(object, "client_ca") != NULL;
	bool is_off = t->client_verify == CLIENT_VERIFY_OFF;

	if (has_ca && is_off)
		return read_fault_in(r, object, "client_ca", "is used for nothing "
		    "while client_verify is \"off\"; set it to \"optional\" or "
		    "\"required\"");
	if (!has_ca && !is_off)
		return read_fault_in(r, object, "client_verify", "needs the CAs to "
		    "verify by; add \"client_ca\"");
	return is_off || t->client_ca != NULL;
}

void
check_listen_tls(struct reader *r, const struct json *object, void *target)
{
	const struct tls_ports *ports = r->ports->tls;
	struct place place = { r, object };
	struct tls_listen *t = target;
	bool ok = json_member(object, "certificates") != NULL ?
	    several_are_whole(t) : files_are_paired(r, object, &t->files);

	ok &= client_verify_fits(r, object, t);
	t->on = true;
	if (ok && ports != NULL)
		t->server = ports->make_server(t, note, &place);
}

/* --- backends --------------------------------------------------------------------- */

/* A Host may have a port; what a certificate names has none. */
static bool
name_is_bare(struct reader *r, const struct json *tls, const char *name)
{
	return name == NULL || strpbrk(name, ":[") == NULL ||
	    read_fault_in(r, tls, "name", "\"%s\" is more than the name in a "
	    "certificate; leave port and brackets out", name);
}

void
check_backend_tls(struct reader *r, const struct json *object,
    struct backend *b)
{
	const struct tls_ports *ports = r->ports->tls;
	const struct json *tls = json_member(object, "tls");
	struct place place = { r, tls != NULL ? tls : object };
	bool wanted = false, ok = true;
	size_t mark;

	for (size_t i = 0; i < b->endpoint_count; i++)
		wanted |= b->endpoints[i].tls;
	if (tls != NULL && tls->kind != JSON_OBJECT)
		return;
	mark = read_enter(r, "tls", 3);
	if (tls != NULL && !wanted && b->endpoint_count > 0)
		ok = read_fault(r, tls, "is used for nothing, as no URL of this "
		    "backend begins with https://; remove it, or correct the URLs");
	if (tls != NULL && (json_member(tls, "certificate") != NULL ||
	    json_member(tls, "key") != NULL))
		ok &= files_are_paired(r, tls, &b->tls.files);
	ok &= name_is_bare(r, tls, b->tls.name);
	if (ok && wanted && ports != NULL)
		b->tls.client = ports->make_client(&b->tls, note, &place);
	read_leave(r, mark);
}
