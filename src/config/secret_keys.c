/* secret_keys -- see secret_keys.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/secret_keys.h"

#include <string.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/read.h"

static bool
read_secret(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	char *copy;

	if (value->kind != JSON_STRING)
		return read_fault(r, value, "must be %s", key->type->expects);
	if (!read_is_text(r, value, SECRET_MAX_BYTES, key->type->expects))
		return false;
	copy = read_copy(r, value->text, value->len);
	memcpy(key_field(key, target), &copy, sizeof copy);
	return true;
}

/* Line ends behind it are the editor's, not the secret's. */
static size_t
line_len(const struct buf *b)
{
	size_t len = b->len;

	while (len > 0 && strchr(" \t\r\n", b->bytes[len - 1]) != NULL)
		len--;
	return len;
}

static bool
is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return len > 0 && len <= SECRET_MAX_BYTES;
}

static bool
read_secret_file(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	struct err why = { "" };
	struct buf b = { 0 };
	char *path, *copy;
	bool ok = false;

	if (!read_is_text(r, value, 4096, key->type->expects))
		return false;
	path = read_path(r, read_copy(r, value->text, value->len));
	if (!r->ports->read_file(r->ports->arg, path, &b, &why)) {
		read_fault(r, value, "cannot read %s: %s; create it or correct "
		    "the path", path, why.text);
	} else if (b.len == 0 || !is_plain(b.bytes, line_len(&b))) {
		read_fault(r, value, "%s does not hold one line of 1 to %d bytes",
		    path, SECRET_MAX_BYTES);
	} else {
		copy = read_copy(r, b.bytes, line_len(&b));
		memcpy(key_field(key, target), &copy, sizeof copy);
		ok = true;
	}
	if (b.len > 0)
		explicit_bzero(b.bytes, b.len);
	buf_fini(&b);
	return ok;
}

const struct key_type key_secret = { "secret", "a text in quotes",
	read_secret, NULL, key_schema_text };
const struct key_type key_secret_file = { "path", "a path in quotes",
	read_secret_file, NULL, key_schema_text };
