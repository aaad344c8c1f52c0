/* token -- a new random token, and what the server may know of it.
 * SPDX-License-Identifier: MIT
 *
 * 256 bits of the kernel's randomness; the token file gets their SHA-256
 * only.  Asks no server.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/compiler.h"
#include "base/text.h"
#include "ctl/commands.h"

#define TOKEN_BYTES 32
#define PREFIX "understudy_" /* so that scanners of leaked secrets find it */

static bool
make_token(char out[sizeof PREFIX + 2 * TOKEN_BYTES],
    char hash_out[2 * EVP_MAX_MD_SIZE + 1], struct err *err)
{
	unsigned char random[TOKEN_BYTES], hash[EVP_MAX_MD_SIZE];
	unsigned len;

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return err_set(err, "the kernel gives no random bytes");
	memcpy(out, PREFIX, sizeof PREFIX - 1);
	text_hex(random, sizeof random, out + sizeof PREFIX - 1);
	if (EVP_Digest(out, strlen(out), hash, &len, EVP_sha256(), NULL) != 1)
		return err_set(err, "SHA-256 does not work here");
	text_hex(hash, len, hash_out);
	return true;
}

/* The same characters as the server takes. */
static bool
is_plain_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 48 && strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "._@+-") == len;
}

static const char *
name_of(const struct ctl_options *o)
{
	const char *user = getenv("USER");

	if (o->word_count > 1)
		return o->words[1];
	return user != NULL && is_plain_name(user) ? user : "me";
}

static void
print_token(const struct ctl_options *o, const char *token, json_t *line)
{
	char *text = json_dumps(line, 0);

	if (o->json) {
		json_t *both = json_pack("{s:s, s:O}", "token", token, "line",
		    line);

		json_dumpf(both, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(both);
	} else {
		printf("the token, for UNDERSTUDY_TOKEN or --token-file; it is "
		    "shown only now:\n\n  %s\n\n"
		    "its line for \"tokens\" in the server's token file:\n\n"
		    "  %s\n", token, text);
	}
	free(text);
}

enum ctl_exit
command_token(struct client *client UNUSED, const struct ctl_options *o,
    struct err *err)
{
	char token[sizeof PREFIX + 2 * TOKEN_BYTES];
	char hash[2 * EVP_MAX_MD_SIZE + 1];
	const char *name = name_of(o);
	json_t *line;

	if (!is_plain_name(name)) {
		err_set(err, "token: a name is 1 to 48 of letters, digits and "
		    ". _ @ + -");
		return CTL_USAGE;
	}
	if (!make_token(token, hash, err))
		return CTL_REFUSED;
	line = json_pack("{s:s, s:s, s:s}", "name", name, "role", o->role,
	    "sha256", hash);
	print_token(o, token, line);
	json_decref(line);
	return CTL_OK;
}
