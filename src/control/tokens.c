/* tokens -- the token file and the comparison of hashes.
 * SPDX-License-Identifier: MIT
 */
#include "control/tokens.h"

#include <ctype.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define HASH_BYTES 32
#define HASH_HEX (2 * HASH_BYTES)

struct token {
	char name[TOKEN_NAME_MAX + 1];
	enum role role;
	unsigned char hash[HASH_BYTES];
};

struct tokens {
	struct token *rows; /* owns */
	size_t count;
};

const char *
role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_NONE] = "none", [ROLE_VIEWER] = "viewer",
		[ROLE_OPERATOR] = "operator",
	};

	return names[role];
}

/* --- reading the file --------------------------------------------------- */

static bool
hex_decode(const char *hex, unsigned char out[HASH_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(hex) != HASH_HEX)
		return false;
	for (size_t i = 0; i < HASH_BYTES; i++) {
		const char *high = strchr(digits, tolower((unsigned char)hex[2 * i]));
		const char *low = strchr(digits,
		    tolower((unsigned char)hex[2 * i + 1]));

		if (high == NULL || low == NULL)
			return false;
		out[i] = (unsigned char)((high - digits) << 4 | (low - digits));
	}
	return true;
}

/* Names stand in the log, in events and in actors: keep them plain. */
static bool
is_plain_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= TOKEN_NAME_MAX &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._@+-") == len;
}

static bool
read_role(const char *text, enum role *out)
{
	for (enum role r = ROLE_VIEWER; r <= ROLE_OPERATOR; r++)
		if (strcmp(text, role_name(r)) == 0) {
			*out = r;
			return true;
		}
	return false;
}

static bool
read_token(const json_t *row, struct token *t, struct err *err)
{
	const char *member, *name, *role, *hash;
	json_t *value;

	if (!json_is_object(row))
		return err_set(err, "must be an object with name, role and sha256");
	json_object_foreach((json_t *)row, member, value)
		if (strcmp(member, "name") != 0 && strcmp(member, "role") != 0 &&
		    strcmp(member, "sha256") != 0)
			return err_set(err, "unknown member \"%s\"", member);
	name = json_string_value(json_object_get(row, "name"));
	role = json_string_value(json_object_get(row, "role"));
	hash = json_string_value(json_object_get(row, "sha256"));
	if (name == NULL || !is_plain_name(name))
		return err_set(err, "name: must be 1 to %d of letters, digits "
		    "and . _ @ + -", TOKEN_NAME_MAX);
	if (role == NULL || !read_role(role, &t->role))
		return err_set(err, "role: must be \"viewer\" or \"operator\"");
	if (hash == NULL || !hex_decode(hash, t->hash))
		return err_set(err, "sha256: must be %d hex digits; "
		    "understudyctl token makes them", HASH_HEX);
	text_copy(t->name, sizeof t->name, name, strlen(name));
	return true;
}

static bool
is_known_name(const struct tokens *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->rows[i].name, name) == 0)
			return true;
	return false;
}

static bool
read_rows(const json_t *rows, struct tokens *t, struct err *err)
{
	size_t count = json_array_size(rows);

	if (!json_is_array(rows))
		return err_set(err, "tokens: must be an array");
	t->rows = mem_zalloc((count + 1) * sizeof *t->rows);
	for (size_t i = 0; i < count; i++) {
		struct token *row = &t->rows[i];

		if (!read_token(json_array_get(rows, i), row, err))
			return err_wrap(err, "/tokens/%zu", i);
		if (is_known_name(t, row->name))
			return err_set(err, "/tokens/%zu: the name \"%s\" is there "
			    "twice", i, row->name);
		t->count++;
	}
	return true;
}

static void
warn_if_public(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		log_event(LOG_WARN, "tokens", "%s is readable by everybody; "
		    "chmod 600 it", path);
}

bool
tokens_load(const char *path, struct tokens **out, struct err *err)
{
	struct tokens *t = mem_zalloc(sizeof *t);
	json_error_t fault;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
	bool ok = false;

	if (root == NULL && fault.line < 0) {
		err_set(err, "%s: %s", path, fault.text);
	} else if (root == NULL) {
		err_set(err, "%s:%d:%d: %s", path, fault.line, fault.column,
		    fault.text);
	} else if (!json_is_object(root) || json_object_size(root) != 1) {
		err_set(err, "%s: must be {\"tokens\": [...]}", path);
	} else if (!read_rows(json_object_get(root, "tokens"), t, err)) {
		err_wrap(err, "%s", path);
	} else {
		warn_if_public(path);
		*out = t;
		t = NULL;
		ok = true;
	}
	json_decref(root);
	tokens_free(&t);
	return ok;
}

void
tokens_free(struct tokens **t)
{
	if (*t == NULL)
		return;
	free((*t)->rows);
	free(*t);
	*t = NULL;
}

size_t
tokens_count(const struct tokens *t)
{
	return t->count;
}

/* --- checking ----------------------------------------------------------- */

/* NULL: not of the form "Bearer TOKEN". */
static const char *
bearer(const char *authorization)
{
	const char *token;

	if (authorization == NULL || strlen(authorization) <= 7 ||
	    !text_equal_nocase(authorization, 7, "bearer ", 7))
		return NULL;
	token = authorization + 7;
	token += strspn(token, " ");
	return token[0] != '\0' ? token : NULL;
}

enum role
tokens_check(const struct tokens *t, const char *authorization,
    char name_out[TOKEN_NAME_MAX + 1])
{
	const char *token = bearer(authorization);
	const struct token *match = NULL;
	unsigned char hash[EVP_MAX_MD_SIZE];

	name_out[0] = '\0';
	if (token == NULL || EVP_Digest(token, strlen(token), hash, NULL,
	    EVP_sha256(), NULL) != 1)
		return ROLE_NONE;
	for (size_t i = 0; i < t->count; i++)
		if (CRYPTO_memcmp(hash, t->rows[i].hash, HASH_BYTES) == 0)
			match = &t->rows[i];
	if (match == NULL)
		return ROLE_NONE;
	text_copy(name_out, TOKEN_NAME_MAX + 1, match->name,
	    strlen(match->name));
	return match->role;
}
