/* identity -- who is asking, by a chain of sources; contract in identity.h.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is allocated for heads and tokens, and for JSON bodies only what a
 * body_tree takes.
 */
#include "policy/identity.h"

#include <string.h>

#include "base/text.h"
#include "policy/body_tree.h"
#include "policy/cookie.h"

#define TOKEN_PAYLOAD_MAX 8192
#define PARAMETER_NAME_MAX 256

/* One run over a chain: the body is parsed once, if at all. */
struct search {
	const struct request_view *view;
	struct identity *out;
	struct body_tree body;
};

/* --- what is an id ------------------------------------------------------- */

static bool
take(struct identity *out, enum source_kind source, const char *id,
    size_t len)
{
	if (len == 0 || len > IDENTITY_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)id[i] < 0x20 || id[i] == 0x7f)
			return false;
	memcpy(out->id, id, len);
	out->id[len] = '\0';
	out->len = len;
	out->source = source;
	out->found = true;
	return true;
}

/* Strings, and numbers as they are written: 42 and "42" are one user. */
static bool
take_json(struct identity *out, enum source_kind source,
    const struct json *value)
{
	if (value == NULL ||
	    (value->kind != JSON_STRING && value->kind != JSON_NUMBER))
		return false;
	return take(out, source, value->text, value->len);
}

/* --- head ---------------------------------------------------------------- */

static bool
from_header(struct search *s, const struct source *source)
{
	const struct head *h = s->view->head;
	const struct field *f = head_find_name(h, source->name,
	    source->name_len);

	return f != NULL && take(s->out, SOURCE_HEADER, head_value(h, f),
	    f->value_len);
}

static bool
from_cookie(struct search *s, const struct source *source)
{
	const char *value;
	size_t len;

	return cookie_find(s->view->head, source->name, source->name_len,
	    &value, &len) && take(s->out, SOURCE_COOKIE, value, len);
}

/* --- target -------------------------------------------------------------- */

static bool
parameter_is(const char *text, size_t len, const struct source *source)
{
	char name[PARAMETER_NAME_MAX];
	size_t name_len;

	return text_percent_decode(text, len, true, name, sizeof name,
	    &name_len) && name_len == source->name_len &&
	    memcmp(name, source->name, name_len) == 0;
}

/* The first parameter of that name decides, whatever it holds. */
static bool
from_query(struct search *s, const struct source *source)
{
	const char *p = s->view->target->query, *end;
	char id[IDENTITY_MAX];
	size_t len;

	if (p == NULL)
		return false;
	for (end = p + s->view->target->query_len; p < end; p++) {
		const char *stop = memchr(p, '&', (size_t)(end - p)), *equals;

		if (stop == NULL)
			stop = end;
		equals = memchr(p, '=', (size_t)(stop - p));
		if (equals != NULL &&
		    parameter_is(p, (size_t)(equals - p), source))
			return text_percent_decode(equals + 1,
			    (size_t)(stop - equals - 1), true, id, sizeof id,
			    &len) && take(s->out, SOURCE_QUERY, id, len);
		p = stop;
	}
	return false;
}

static size_t
segment_len(const char *at, const char *end)
{
	const char *slash = memchr(at, '/', (size_t)(end - at));

	return (size_t)((slash != NULL ? slash : end) - at);
}

/* Walk template and path by segments; the template may be shorter. */
static bool
match_template(const struct source *source, const char *path,
    const char *path_end, const char **found_out, size_t *found_len_out)
{
	const char *t = source->name, *t_end = t + source->name_len;

	while (t < t_end) {
		size_t t_len, len;

		if (path >= path_end || *path != '/')
			return false;
		t++;
		path++;
		t_len = segment_len(t, t_end);
		len = segment_len(path, path_end);
		if (t_len > 0 && *t == '{') {
			*found_out = path;
			*found_len_out = len;
		} else if (t_len == 1 && *t == '*') {
			if (len == 0)
				return false;
		} else if (len != t_len || memcmp(t, path, len) != 0) {
			return false;
		}
		t += t_len;
		path += len;
	}
	return true;
}

static bool
from_path(struct search *s, const struct source *source)
{
	const struct target *target = s->view->target;
	const char *found = NULL;
	size_t found_len = 0, len;
	char id[IDENTITY_MAX];

	return match_template(source, target->path,
	    target->path + target->path_len, &found, &found_len) &&
	    text_percent_decode(found, found_len, false, id, sizeof id, &len) &&
	    take(s->out, SOURCE_PATH, id, len);
}

/* --- token --------------------------------------------------------------- */

/* The payload of "Bearer HEADER.PAYLOAD.SIGNATURE" (RFC 7515).  The
 * signature is not looked at: the backend verifies the token; here the claim
 * only says on which side of the rollout a request falls, and who forges one
 * can choose that for himself alone. */
static bool
token_payload(const struct head *h, const char **payload_out,
    size_t *len_out)
{
	const struct field *f = head_find(h, FIELD_AUTHORIZATION);
	const char *p, *end, *first, *second;

	if (f == NULL || f->value_len < 7 ||
	    !text_equal_nocase(head_value(h, f), 7, "bearer ", 7))
		return false;
	p = head_value(h, f) + 7;
	end = head_value(h, f) + f->value_len;
	first = memchr(p, '.', (size_t)(end - p));
	if (first == NULL)
		return false;
	first++;
	second = memchr(first, '.', (size_t)(end - first));
	if (second == NULL ||
	    memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
		return false;
	*payload_out = first;
	*len_out = (size_t)(second - first);
	return true;
}

static bool
from_token(struct search *s, const struct source *source)
{
	char payload[TOKEN_PAYLOAD_MAX];
	const struct json *claims;
	struct body_tree tree;
	const char *coded;
	size_t coded_len, len;
	bool found = false;

	if (!token_payload(s->view->head, &coded, &coded_len) ||
	    !text_base64url_decode(coded, coded_len, payload, sizeof payload,
	    &len))
		return false;
	body_tree_init(&tree);
	claims = body_tree_root(&tree, payload, len);
	if (claims != NULL)
		found = take_json(s->out, SOURCE_JWT_CLAIM,
		    json_member(claims, source->name));
	body_tree_fini(&tree);
	return found;
}

/* --- body ---------------------------------------------------------------- */

static bool
from_body(struct search *s, const struct source *source)
{
	const struct json *root = body_tree_root(&s->body, s->view->body,
	    s->view->body_len);

	return root != NULL && take_json(s->out, SOURCE_BODY,
	    json_at(root, source->name));
}

/* --- client -------------------------------------------------------------- */

static bool
from_client(struct search *s)
{
	char text[IP_TEXT_MAX];

	return s->view->client != NULL && take(s->out, SOURCE_CLIENT, text,
	    ip_format(s->view->client, text));
}

/* --- the chain ----------------------------------------------------------- */

static bool
ask(struct search *s, const struct source *source)
{
	switch (source->kind) {
	case SOURCE_HEADER:
		return from_header(s, source);
	case SOURCE_COOKIE:
		return from_cookie(s, source);
	case SOURCE_QUERY:
		return from_query(s, source);
	case SOURCE_PATH:
		return from_path(s, source);
	case SOURCE_JWT_CLAIM:
		return from_token(s, source);
	case SOURCE_BODY:
		return s->view->body != NULL && from_body(s, source);
	case SOURCE_CLIENT:
		return from_client(s);
	case SOURCE_COUNT:
		break;
	}
	return false;
}

bool
identity_find(const struct source_chain *chain,
    const struct request_view *r, bool body_will_come, struct identity *out)
{
	struct search s; /* not zeroed whole: most chains never touch space */
	bool decided = true;

	out->found = false;
	out->len = 0;
	out->id[0] = '\0';
	if (chain->count == 0)
		return true;
	s.view = r;
	s.out = out;
	body_tree_init(&s.body);
	for (size_t i = 0; i < chain->count && !out->found && decided; i++) {
		const struct source *source = &chain->sources[i];

		if (source->kind == SOURCE_BODY && r->body == NULL &&
		    body_will_come)
			decided = false;
		else
			(void)ask(&s, source);
	}
	body_tree_fini(&s.body);
	return decided;
}
