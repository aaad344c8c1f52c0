/* alert_keys -- the keys of "alerts".
 * SPDX-License-Identifier: MIT
 *
 * The kinds of targets share one table, since most keys are of all of them;
 * which key is of which kind is a second, small table.  Contract in keys.h.
 */
#include "config/alert_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/read.h"
#include "config/secret_keys.h"
#include "config/words.h"

#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define ADDRESS_MAX_BYTES 254
#define ADDRESSES_MAX 50
#define PAGERDUTY_URL "https://events.pagerduty.com/v2/enqueue"

/* --- types -------------------------------------------------------------------- */

static bool
severity_is_ok(struct reader *r, const struct json *item)
{
	char shown[SHOWN_MAX];

	return (item->kind == JSON_STRING &&
	    word_index(severity_words, item->text, item->len) >= 0) ||
	    read_fault(r, item, "%s is not one of \"info\", \"warning\", "
	    "\"critical\"; write one of them", read_shown(item, shown));
}

static bool
read_severities(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	unsigned bits = 0;
	char **names;

	if (!read_text_list(r, key, value, &names, severity_is_ok))
		return false;
	for (; *names != NULL; names++)
		bits |= 1u << word_index(severity_words, *names, strlen(*names));
	memcpy(key_field(key, target), &bits, sizeof bits);
	return true;
}

static void
schema_severities(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"array\", \"minItems\": 1, \"items\": "
	    "{\"enum\": [\"info\", \"warning\", \"critical\"]}");
}

/* "name@host" of plain ASCII: it goes into a command of SMTP and a header. */
static bool
is_mail_address(const char *text, size_t len)
{
	const char *at = memchr(text, '@', len);

	if (at == NULL || at == text || at + 1 == text + len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f ||
		    strchr("<>()[],;:\\\"", text[i]) != NULL)
			return false;
	return memchr(at + 1, '@', len - (size_t)(at + 1 - text)) == NULL;
}

static bool
address_is_ok(struct reader *r, const struct json *item)
{
	static const char form[] = "an address like \"ops@example.com\"";
	char shown[SHOWN_MAX];

	if (!read_is_text(r, item, ADDRESS_MAX_BYTES, form))
		return false;
	return is_mail_address(item->text, item->len) ||
	    read_fault(r, item, "%s is not an address of mail; write one like "
	    "\"ops@example.com\"", read_shown(item, shown));
}

static bool
read_mail_address(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char *copy;

	if (!address_is_ok(r, value))
		return false;
	copy = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &copy, sizeof copy);
	return true;
}

static bool
read_mail_addresses(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	char **list;

	if (!read_text_list(r, key, value, &list, address_is_ok))
		return false;
	memcpy(key_field(key, target), &list, sizeof list);
	memcpy((char *)target + key->count_offset, &value->count,
	    sizeof value->count);
	return true;
}

static void
schema_address(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"type\": \"string\", \"pattern\": \"^[^@ ]+@[^@ ]+$\"");
}

static void
schema_addresses(const struct key *key, struct buf *out)
{
	buf_puts(out, "\"type\": \"array\", \"minItems\": 1, \"items\": {");
	schema_address(key, out);
	buf_puts(out, "}");
}

static const struct key_type key_severities = { "list of words",
	"a list like [\"warning\", \"critical\"]", read_severities, NULL,
	schema_severities };
static const struct key_type key_mail_address = { "mail address",
	"an address like \"ops@example.com\"", read_mail_address, NULL,
	schema_address };
static const struct key_type key_mail_addresses = { "list of mail addresses",
	"a list of mail addresses in [ ]", read_mail_addresses, NULL,
	schema_addresses };

/* --- rows --------------------------------------------------------------------- */

static const struct key alert_tls_keys[] = {
	{ "ca", &key_path, KEY_FIELD(struct alert_tls, ca), .tag = 1,
	    .help = "PEM file of the CAs that the target is verified by. Absent: "
	    "the system's." },
	{ "verify", &key_bool, KEY_FIELD(struct alert_tls, verify),
	    .standard = "true",
	    .help = "false: take any certificate. Whoever can answer in the "
	    "target's place then reads its credentials." },
	{ "certificate", &key_path,
	    KEY_FIELD(struct alert_tls, files.certificate), .tag = 1,
	    .help = "PEM file: certificate to show when the target asks for one." },
	{ "key", &key_path, KEY_FIELD(struct alert_tls, files.key), .tag = 1,
	    .help = "PEM file: the private key of `certificate`, not encrypted." },
};

const struct key_table alert_tls_table = {
	.about = "How to speak TLS (1.2 or 1.3) to this target.",
	.keys = alert_tls_keys, .count = COUNT_OF(alert_tls_keys),
};

static const struct key target_keys[] = {
	{ "name", &key_name, KEY_FIELD(struct alert_target, name),
	    .flags = KEY_REQUIRED,
	    .help = "What logs, metrics and `understudyctl alert-test` call it." },
	{ "kind", &key_choice, KEY_FIELD(struct alert_target, kind),
	    .flags = KEY_REQUIRED, .words = target_kind_words,
	    .help = "`slack`: an incoming webhook; `pagerduty`: Events API v2; "
	    "`email`: SMTP; `webhook`: JSON by POST, signed. docs/alerts.md says "
	    "what each is sent." },
	{ "severities", &key_severities,
	    KEY_FIELD(struct alert_target, severities),
	    .min = 1, .max = 3, .standard = "[\"warning\", \"critical\"]",
	    .help = "What is sent here." },
	{ "repeat", &key_duration, KEY_FIELD(struct alert_target, repeat_ms),
	    .max = 7 * DAY, .standard = KEY_TEXT("15m"),
	    .help = "Trouble that was over and begins again (the same rule, at "
	    "the same epoch) is told again after this time at the earliest, if "
	    "it still lasts then." },
	{ "retry", &key_duration, KEY_FIELD(struct alert_target, retry_ms),
	    .max = 7 * DAY, .standard = KEY_TEXT("15m"),
	    .help = "What cannot be delivered is tried again, with growing "
	    "pauses, for so long. What is due behind it waits." },
	{ "timeout", &key_duration, KEY_FIELD(struct alert_target, timeout_ms),
	    .min = 10, .max = 5 * MINUTE, .standard = KEY_TEXT("10s"),
	    .help = "How long one try may take." },
	{ "url", &key_secret, KEY_FIELD(struct alert_target, url),
	    .help = "Where it is sent: `https://...` (or `http://`), of `email` "
	    "`smtps://HOST` or `smtp://HOST:587`. Never shown. Of `pagerduty` "
	    "the default is `" PAGERDUTY_URL "`." },
	{ "url_file", &key_secret_file, KEY_FIELD(struct alert_target, url),
	    .help = "The same, from a file of one line." },
	{ "routing_key", &key_secret, KEY_FIELD(struct alert_target, routing_key),
	    .help = "`pagerduty`: the integration key of the service." },
	{ "routing_key_file", &key_secret_file,
	    KEY_FIELD(struct alert_target, routing_key),
	    .help = "The same, from a file of one line." },
	{ "secret", &key_secret, KEY_FIELD(struct alert_target, secret),
	    .help = "`webhook`: the key of the signature (HMAC-SHA256)." },
	{ "secret_file", &key_secret_file, KEY_FIELD(struct alert_target, secret),
	    .help = "The same, from a file of one line." },
	{ "from", &key_mail_address, KEY_FIELD(struct alert_target, from),
	    .help = "`email`: whom it is from." },
	{ "to", &key_mail_addresses,
	    KEY_LIST_FIELD(struct alert_target, to, to_count),
	    .min = 1, .max = ADDRESSES_MAX, .help = "`email`: whom it is for." },
	{ "user", &key_text, KEY_FIELD(struct alert_target, user),
	    .help = "`email`: log in as this user. Absent: no login." },
	{ "password", &key_secret, KEY_FIELD(struct alert_target, password),
	    .help = "`email`: with this password; only over TLS." },
	{ "password_file", &key_secret_file,
	    KEY_FIELD(struct alert_target, password),
	    .help = "The same, from a file of one line." },
	{ "starttls", &key_choice, KEY_FIELD(struct alert_target, starttls),
	    .words = starttls_words, .standard = KEY_TEXT("required"),
	    .help = "`email` by `smtp://`: nothing is sent without TLS "
	    "(`required`), TLS if the server offers it (`try`), or never (`off`)." },
	{ "tls", &key_object, KEY_FIELD(struct alert_target, tls),
	    .table = &alert_tls_table, .help = "How to speak TLS to it." },
};

/* --- what the rows cannot say --------------------------------------------------- */

#define SLACK (1u << TARGET_SLACK)
#define PAGERDUTY (1u << TARGET_PAGERDUTY)
#define EMAIL (1u << TARGET_EMAIL)
#define WEBHOOK (1u << TARGET_WEBHOOK)
#define ALL (SLACK | PAGERDUTY | EMAIL | WEBHOOK)

static const struct {
	const char *name, *file; /* one of the two; NULL = it has no file */
	unsigned allowed, needed; /* bits of enum target_kind */
} members[] = {
	{ "url", "url_file", ALL, SLACK | EMAIL | WEBHOOK },
	{ "routing_key", "routing_key_file", PAGERDUTY, PAGERDUTY },
	{ "secret", "secret_file", WEBHOOK, WEBHOOK },
	{ "from", NULL, EMAIL, EMAIL },
	{ "to", NULL, EMAIL, EMAIL },
	{ "user", NULL, EMAIL, 0 },
	{ "password", "password_file", EMAIL, 0 },
	{ "starttls", NULL, EMAIL, 0 },
};

static bool
has(const struct json *object, const char *name)
{
	return name != NULL && json_member(object, name) != NULL;
}

static void
check_members(struct reader *r, const struct json *object,
    enum target_kind kind)
{
	const char *word = target_kind_words[kind];
	unsigned bit = 1u << kind;

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		bool plain = has(object, members[i].name);
		bool file = has(object, members[i].file);
		const char *given = plain ? members[i].name : members[i].file;

		if (plain && file)
			read_fault_in(r, object, members[i].file, "says the same as "
			    "\"%s\"; keep one of them", members[i].name);
		else if ((plain || file) && (members[i].allowed & bit) == 0)
			read_fault_in(r, object, given, "is nothing to a target of "
			    "kind \"%s\"; remove it", word);
		else if (!plain && !file && (members[i].needed & bit) != 0)
			read_fault_in(r, object, members[i].name, "is missing; a "
			    "target of kind \"%s\" needs it%s%s%s", word,
			    members[i].file != NULL ? ", or \"" : "",
			    members[i].file != NULL ? members[i].file : "",
			    members[i].file != NULL ? "\"" : "");
	}
}

bool
url_has_form(const char *url, const char *plain, const char *safe)
{
	size_t skip = strncmp(url, plain, strlen(plain)) == 0 ? strlen(plain) :
	    strncmp(url, safe, strlen(safe)) == 0 ? strlen(safe) : 0;
	size_t host = strcspn(url + skip, "/?#");

	for (const char *p = url; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return false;
	return skip > 0 && host > 0 && memchr(url + skip, '@', host) == NULL;
}

/* No fault shows it: it may be all that keeps others from writing there. */
static void
check_url(struct reader *r, const struct json *object,
    const struct alert_target *t)
{
	const char *key = has(object, "url") ? "url" : "url_file";

	if (t->url == NULL)
		return;
	if (t->kind == TARGET_EMAIL && !url_has_form(t->url, "smtp://", "smtps://"))
		read_fault_in(r, object, key, "must be smtps://HOST[:PORT] or "
		    "smtp://HOST[:PORT], without a name or a password");
	else if (t->kind != TARGET_EMAIL &&
	    !url_has_form(t->url, "http://", "https://"))
		read_fault_in(r, object, key, "must begin with https:// or http:// "
		    "and a host, without a name or a password");
}

static void
check_login(struct reader *r, const struct json *object,
    const struct alert_target *t)
{
	if ((t->user != NULL) != (t->password != NULL))
		read_fault_in(r, object, t->user != NULL ? "password" : "user",
		    "goes with \"%s\"; write both or neither",
		    t->user != NULL ? "user" : "password");
	else if (t->password != NULL && t->url != NULL &&
	    strncmp(t->url, "smtp://", 7) == 0 &&
	    t->starttls != STARTTLS_REQUIRED)
		read_fault_in(r, object, "starttls", "would let the password go in "
		    "the clear; use smtps://, or \"starttls\": \"required\"");
}

void
check_target_tls(struct reader *r, const struct json *object)
{
	const struct json *tls = json_member(object, "tls");
	size_t mark;

	if (tls == NULL || tls->kind != JSON_OBJECT ||
	    has(tls, "certificate") == has(tls, "key"))
		return;
	mark = read_enter(r, "tls", 3);
	read_fault_in(r, tls, "key", "goes with \"certificate\"; write both or "
	    "neither");
	read_leave(r, mark);
}

static void
check_target(struct reader *r, const struct json *object, void *target)
{
	const struct json *kind = json_member(object, "kind");
	struct alert_target *t = target;

	/* Without a kind nothing is known of the rest. */
	if (kind == NULL || kind->kind != JSON_STRING ||
	    word_index(target_kind_words, kind->text, kind->len) < 0)
		return;
	check_members(r, object, t->kind);
	check_url(r, object, t);
	check_login(r, object, t);
	check_target_tls(r, object);
	if (t->url == NULL && t->kind == TARGET_PAGERDUTY)
		t->url = read_copy(r, PAGERDUTY_URL, strlen(PAGERDUTY_URL));
}

static const struct key_table target_table = {
	.about = "One place where messages go. What is secret may stand in a file "
	"of its own; it is read with the configuration and shown nowhere.",
	.keys = target_keys, .count = COUNT_OF(target_keys),
	.size = sizeof(struct alert_target), .finish = check_target,
};

static void
check_target_names(struct reader *r, const struct json *list, void *target)
{
	const struct alert_settings *s = target;
	const char *names[ALERT_TARGETS_MAX];

	for (size_t i = 0; i < list->count; i++)
		names[i] = s->targets[i].name;
	read_distinct_names(r, list, names, "target");
}

static const struct key alerts_keys[] = {
	{ "source", &key_name, KEY_FIELD(struct alert_settings, source),
	    .help = "What messages call this understudy. Absent: the name of the "
	    "host." },
	{ "targets", &key_list,
	    KEY_LIST_FIELD(struct alert_settings, targets, target_count),
	    .max = ALERT_TARGETS_MAX, .standard = "[]",
	    .table = &target_table, .finish = check_target_names,
	    .help = "Where messages go." },
};

const struct key_table alerts_table = {
	.about = "Who is told when the guard acts, holds, or would have acted, and "
	"when it is over (docs/alerts.md).",
	.keys = alerts_keys, .count = COUNT_OF(alerts_keys),
};
