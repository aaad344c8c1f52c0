/* regex -- see regex.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/regex.h"

#include <assert.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"

/* Compiled code has no steps of its own to go deep: it has a stack. */
#define JIT_STACK_MIN_BYTES ((size_t)32 << 10)
#define JIT_STACK_MAX_BYTES ((size_t)512 << 10)

struct regex {
	pcre2_code *code; /* owns */
};

struct regex_room {
	pcre2_match_context *limits; /* owns */
	pcre2_match_data *data;      /* owns */
	pcre2_jit_stack *stack;      /* owns; NULL: no memory may be executed */
};

struct regex *
regex_new(const char *pattern, size_t len, enum regex_span span,
    char why[REGEX_WHY_MAX], size_t *offset_out)
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
	    PCRE2_NEVER_BACKSLASH_C;
	struct regex *r;
	pcre2_code *code;
	int error;

	if (span == REGEX_WHOLE)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &error,
	    offset_out, NULL);
	if (code == NULL) {
		/* Cut or not, a sentence stands there. */
		(void)pcre2_get_error_message(error, (PCRE2_UCHAR *)why,
		    REGEX_WHY_MAX);
		return NULL;
	}
	/* Refused or not known here: pcre2_match() interprets. */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	r = mem_alloc(sizeof *r);
	r->code = code;
	return r;
}

void
regex_free(struct regex **r)
{
	if (*r == NULL)
		return;
	pcre2_code_free((*r)->code);
	free(*r);
	*r = NULL;
}

struct regex_room *
regex_room_new(void)
{
	struct regex_room *room = mem_zalloc(sizeof *room);

	room->limits = pcre2_match_context_create(NULL);
	/* Nobody asks where its groups matched. */
	room->data = pcre2_match_data_create(1, NULL);
	assert(room->limits != NULL && room->data != NULL);
	pcre2_set_depth_limit(room->limits, REGEX_STEPS_MAX);
	pcre2_set_heap_limit(room->limits, REGEX_HEAP_MAX_KIB);
	room->stack = pcre2_jit_stack_create(JIT_STACK_MIN_BYTES,
	    JIT_STACK_MAX_BYTES, NULL);
	if (room->stack != NULL)
		pcre2_jit_stack_assign(room->limits, NULL, room->stack);
	return room;
}

void
regex_room_free(struct regex_room **room)
{
	if (*room == NULL)
		return;
	pcre2_jit_stack_free((*room)->stack);
	pcre2_match_data_free((*room)->data);
	pcre2_match_context_free((*room)->limits);
	free(*room);
	*room = NULL;
}

static enum regex_result
match(const struct regex *r, struct regex_room *room, const char *text,
    size_t len, size_t from, size_t steps)
{
	int result;

	pcre2_set_match_limit(room->limits,
	    steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX);
	result = pcre2_match(r->code, (PCRE2_SPTR)text, len, from, 0,
	    room->data, room->limits);
	if (result >= 0)
		return REGEX_YES;
	return result == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

enum regex_result
regex_match(const struct regex *r, struct regex_room *room, const char *text,
    size_t len)
{
	return match(r, room, text, len, 0, REGEX_STEPS_MAX);
}

enum regex_result
regex_find(const struct regex *r, struct regex_room *room, const char *text,
    size_t len, size_t from, struct regex_hit *out)
{
	enum regex_result result = match(r, room, text, len, from,
	    REGEX_STEPS_MAX + (len - from) * REGEX_STEPS_PER_BYTE);
	const PCRE2_SIZE *span = pcre2_get_ovector_pointer(room->data);

	if (result == REGEX_YES)
		*out = (struct regex_hit){ span[0], span[1] };
	return result;
}
