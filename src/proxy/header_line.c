/* header_line -- see header_line.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/header_line.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <xxhash.h>

#include "base/text.h"

struct value {
	char *out;     /* borrows */
	size_t kept;
	size_t len;    /* of all of it, kept or not */
	uint64_t hash; /* likewise */
	unsigned fields;
};

static void
value_add(struct value *v, const char *bytes, size_t len)
{
	size_t room = HEADER_KEPT_MAX - v->kept;

	memcpy(v->out + v->kept, bytes, len < room ? len : room);
	v->kept += len < room ? len : room;
	v->len += len;
	v->hash = XXH3_64bits_withSeed(bytes, len, v->hash);
}

size_t
header_line(const struct head *h, const char *name, char out[HEADER_LINE_MAX])
{
	size_t name_len = strlen(name), len;
	struct value v = { .out = out + name_len + 1 };

	assert(name_len + HEADER_KEPT_MAX + 80 < HEADER_LINE_MAX);
	for (uint16_t i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (!text_equal_nocase(head_name(h, f), f->name_len, name,
		    name_len))
			continue;
		if (v.fields++ > 0)
			value_add(&v, ", ", 2);
		value_add(&v, head_value(h, f), f->value_len);
	}
	if (v.fields == 0)
		return 0;
	memcpy(out, name, name_len);
	out[name_len] = ':';
	len = name_len + 1 + v.kept;
	if (v.len > v.kept)
		len += (size_t)snprintf(out + len, HEADER_LINE_MAX - len,
		    "... [%zu bytes, xxh3 %016llx]", v.len,
		    (unsigned long long)v.hash);
	out[len++] = '\n';
	return len;
}
