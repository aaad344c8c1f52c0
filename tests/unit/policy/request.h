/* request -- requests by hand, for the tests of policy.
 * SPDX-License-Identifier: MIT
 *
 * Heads are put together without the parser: the strict grammar has tests
 * of its own.
 */
#ifndef TESTS_UNIT_POLICY_REQUEST_H
#define TESTS_UNIT_POLICY_REQUEST_H

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/identity.h"

struct request {
	char text[8192];
	struct head head;
	struct target target;
	struct request_view view;
};

/* fields: lines of "Name: value\n"; body NULL = not there. */
static inline struct request_view *
request_make(struct request *r, const char *method, const char *target,
    const char *fields, const char *body)
{
	const char *why;

	memset(r, 0, sizeof *r);
	snprintf(r->text, sizeof r->text, "%s %s\n%s", method, target, fields);
	r->head = (struct head){ .base = r->text, .is_request = true,
		.minor = 1, .method_len = (uint16_t)strlen(method),
		.target_off = (uint32_t)strlen(method) + 1,
		.target_len = (uint32_t)strlen(target) };
	for (const char *p = strchr(r->text, '\n') + 1; *p != '\0';) {
		struct field *f = &r->head.fields[r->head.field_count++];
		const char *colon = strchr(p, ':'), *end = strchr(p, '\n');

		f->name_off = (uint32_t)(p - r->text);
		f->name_len = (uint16_t)(colon - p);
		f->value_off = (uint32_t)(colon + 2 - r->text);
		f->value_len = (uint32_t)(end - colon - 2);
		f->id = (uint8_t)field_id_of(p, f->name_len);
		head_note(&r->head, f->id);
		p = end + 1;
	}
	if (!target_parse(&r->head, &r->target, &why))
		assert(!"a target of a test");
	r->view = (struct request_view){ .head = &r->head,
		.target = &r->target, .body = body,
		.body_len = body != NULL ? strlen(body) : 0 };
	return &r->view;
}

#endif
