/* packed -- see packed.h.
 * SPDX-License-Identifier: MIT
 *
 * In order: the fixed fields, the length of each text, the texts, and of a
 * comparison the differences that are kept.
 */
#include "store/packed.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"

struct place {
	uint16_t offset, space;
};
#define PLACE(type, member) \
	{ offsetof(struct type, member), sizeof ((struct type *)0)->member }

static const struct place leg_texts[] = {
	PLACE(leg_record, stage), PLACE(leg_record, method),
	PLACE(leg_record, path), PLACE(leg_record, route),
	PLACE(leg_record, user), PLACE(leg_record, session),
	PLACE(leg_record, error), PLACE(leg_record, signals),
};

static const struct place comparison_texts[] = {
	PLACE(comparison_record, stage), PLACE(comparison_record, method),
	PLACE(comparison_record, path), PLACE(comparison_record, route),
	PLACE(comparison_record, reason),
};

#define TEXTS_MAX 8

/* All fixed fields of a record stand before its first text. */
struct form {
	const struct place *texts;
	size_t text_count;
};

static const struct form leg_form = { leg_texts, COUNT_OF(leg_texts) };
static const struct form comparison_form = { comparison_texts,
	COUNT_OF(comparison_texts) };

/* tail: what follows the texts. */
static void
pack(const struct form *f, const void *record, const void *tail,
    size_t tail_len, struct packed *out)
{
	size_t fixed = f->texts[0].offset;
	uint16_t lens[TEXTS_MAX];
	size_t lens_bytes = f->text_count * sizeof lens[0];
	size_t total = fixed + lens_bytes + tail_len;
	char *at;

	for (size_t i = 0; i < f->text_count; i++) {
		/* A byte for the NUL: cut as text_copy() would. */
		lens[i] = (uint16_t)strnlen((const char *)record +
		    f->texts[i].offset, f->texts[i].space - 1u);
		total += lens[i];
	}
	out->spilled = total > PACKED_BYTES ? mem_alloc(total) : NULL;
	at = out->spilled != NULL ? out->spilled : out->bytes;
	at = mempcpy(at, record, fixed);
	at = mempcpy(at, lens, lens_bytes);
	for (size_t i = 0; i < f->text_count; i++)
		at = mempcpy(at, (const char *)record + f->texts[i].offset,
		    lens[i]);
	memcpy(at, tail, tail_len);
}

/* Returns where the tail is. */
static const char *
unpack(const struct form *f, const struct packed *p, void *record)
{
	const char *at = p->spilled != NULL ? p->spilled : p->bytes;
	size_t fixed = f->texts[0].offset;
	uint16_t lens[TEXTS_MAX];
	const char *text = at + fixed + f->text_count * sizeof lens[0];

	memcpy(record, at, fixed);
	memcpy(lens, at + fixed, f->text_count * sizeof lens[0]);
	for (size_t i = 0; i < f->text_count; i++) {
		size_t len = lens[i];
		char *to = (char *)record + f->texts[i].offset;

		memcpy(to, text, len);
		to[len] = '\0';
		text += len;
	}
	return text;
}

void
pack_leg(const struct leg_record *r, struct packed *out)
{
	pack(&leg_form, r, "", 0, out);
}

void
pack_comparison(const struct comparison_record *r, struct packed *out)
{
	pack(&comparison_form, r, r->differences,
	    r->kept * sizeof r->differences[0], out);
}

void
unpack_leg(struct packed *p, struct leg_record *out)
{
	(void)unpack(&leg_form, p, out);
	packed_drop(p);
}

void
unpack_comparison(struct packed *p, struct comparison_record *out)
{
	const char *tail = unpack(&comparison_form, p, out);

	memcpy(out->differences, tail, out->kept * sizeof out->differences[0]);
	packed_drop(p);
}

void
packed_drop(struct packed *p)
{
	free(p->spilled);
	p->spilled = NULL;
}
