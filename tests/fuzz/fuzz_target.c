/* fuzz_target -- any visible text as a request target.
 * SPDX-License-Identifier: MIT
 *
 * "METHOD target", as in a request line.  Must hold: the parts are slices of
 * the target and together the whole of it; what is forwarded (path and
 * query) is an origin form again with the same parts; an accepted authority
 * is one by itself and holds nothing that could end a Host.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The parser lets nothing else through. */
static bool
is_visible(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] == 0x7f || (text[i] & 0x80) != 0)
			return false;
	return len > 0;
}

static void
check_authority(const struct target *t)
{
	assert(t->authority_len > 0);
	assert(target_is_authority(t->authority, t->authority_len));
	for (size_t i = 0; i < t->authority_len; i++)
		assert(strchr("/?#@,\\\" \t\r\n", t->authority[i]) == NULL);
}

static void
check_parts(const struct head *h, const struct target *t)
{
	const char *text = h->base + h->target_off;
	size_t query_len = t->query != NULL ? t->query_len + 1 : 0;

	assert(t->path_len > 0);
	assert(t->path[0] == '/' || (t->path_len == 1 && t->path[0] == '*'));
	if (t->query != NULL)
		assert(t->query + t->query_len == text + h->target_len);
	if (t->form != TARGET_ABSOLUTE) {
		assert(t->path == text);
		assert(t->path_len + query_len == h->target_len);
		assert(t->authority == NULL);
		return;
	}
	check_authority(t);
	if (t->path >= text && t->path < text + h->target_len)
		assert(t->authority + t->authority_len == t->path &&
		    t->path + t->path_len + query_len == text + h->target_len);
	else
		assert(t->path_len == 1 && t->authority + t->authority_len +
		    query_len == text + h->target_len);
}

static void
check_forwarded(const struct head *h, const struct target *t)
{
	char text[4096];
	struct head again = *h;
	struct target t_again;
	const char *why;
	size_t len = h->method_len;

	if (h->method_len + t->path_len + t->query_len + 1 > sizeof text)
		return;
	memcpy(text, h->base, len);
	memcpy(text + len, t->path, t->path_len);
	len += t->path_len;
	if (t->query != NULL) {
		text[len++] = '?';
		memcpy(text + len, t->query, t->query_len);
		len += t->query_len;
	}
	again.base = text;
	again.target_off = h->method_len;
	again.target_len = (uint32_t)(len - h->method_len);
	assert(target_parse(&again, &t_again, &why));
	assert(t_again.form != TARGET_ABSOLUTE);
	assert(t_again.path_len == t->path_len);
	assert((t_again.query == NULL) == (t->query == NULL));
	assert(t_again.query_len == t->query_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	const char *space = memchr(bytes, ' ', size);
	struct head h = { .base = bytes, .is_request = true };
	struct target t;
	const char *why = NULL;

	if (space == NULL || space - bytes > 20)
		return 0;
	h.method_len = (uint16_t)(space - bytes);
	h.target_off = h.method_len + 1u;
	h.target_len = (uint32_t)(size - h.target_off);
	if (!is_visible(bytes + h.target_off, h.target_len))
		return 0;
	if (!target_parse(&h, &t, &why)) {
		assert(why != NULL);
		return 0;
	}
	check_parts(&h, &t);
	check_forwarded(&h, &t);
	return 0;
}
