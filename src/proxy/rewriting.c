/* rewriting -- see rewriting.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/rewriting.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "policy/rewrite.h"
#include "proxy/exchange.h"
#include "proxy/request.h"
#include "proxy/worker.h"

/* A tree is at most so many times its text ("[[[[": a node a byte). */
#define TREE_RATIO 128

static const struct rewrite *
rewrite_of(const struct request *r, enum version v)
{
	return &r->snapshot->config->rules.rewrites[v];
}

static bool
is_json(const struct head *h)
{
	const struct field *f = head_find(h, FIELD_CONTENT_TYPE);
	const char *value;
	size_t len;

	if (f == NULL)
		return false;
	value = head_value(h, f);
	len = 0;
	while (len < f->value_len && strchr("; \t", value[len]) == NULL)
		len++;
	return (len == 16 && strncasecmp(value, "application/json", 16) == 0) ||
	    (len > 5 && strncasecmp(value + len - 5, "+json", 5) == 0);
}

static bool
has_body(const struct request *r)
{
	return r->framing.kind == BODY_CHUNKED ||
	    (r->framing.kind == BODY_LENGTH && r->framing.length > 0);
}

static bool
is_asked_for(const struct request *r, enum version v)
{
	return rewrite_of(r, v)->body_count > 0 && has_body(r);
}

static bool
is_possible(const struct request *r)
{
	return is_json(&r->head) &&
	    head_find(&r->head, FIELD_CONTENT_ENCODING) == NULL;
}

bool
rewriting_waits(const struct request *r, enum version version)
{
	bool may_fall_back = version == VERSION_ENHANCED &&
	    snapshot_fallback(r->snapshot) != 0;

	return (is_asked_for(r, version) ||
	    (may_fall_back && is_asked_for(r, VERSION_LEGACY))) &&
	    is_possible(r);
}

/* --- the head ------------------------------------------------------------- */

static void
add_fields(struct rewriting *w, const struct rewrite *rules)
{
	for (size_t i = 0; i < rules->header_count; i++)
		w->fields[w->edits.count++] = (struct field_edit){
			.name = rules->headers[i].name,
			.name_len = rules->headers[i].name_len,
			.value = rules->headers[i].value,
		};
}

/* What a backend would take for a repetition of the user's request. */
static void
add_fresh(struct rewriting *w, const struct exchange *x)
{
	const struct mirror_rules *m = &x->request->snapshot->config->rules.mirror;

	snprintf(w->key, sizeof w->key, "%s-%s", x->request->pair,
	    leg_name(x->leg));
	for (size_t i = 0; i < m->fresh_count; i++)
		w->fields[w->edits.count++] = (struct field_edit){
			.name = m->fresh[i],
			.name_len = strlen(m->fresh[i]),
			.value = w->key,
			.only_if_there = true,
		};
}

const struct edits *
rewriting_head(const struct exchange *x, struct rewriting *w)
{
	const struct rewrite *rules = rewrite_of(x->request, x->version);

	if (rules->header_count == 0 && rules->path_from == NULL &&
	    x->leg == LEG_PRIMARY)
		return NULL;
	w->edits = (struct edits){
		.fields = w->fields,
		.path_from = rules->path_from,
		.path_from_len = rules->path_from_len,
		.path_to = rules->path_to,
	};
	/* A fresh key goes before a value of the rules: one that is set for
	 * every request of a version would be the same twice. */
	if (x->leg != LEG_PRIMARY)
		add_fresh(w, x);
	add_fields(w, rules);
	return &w->edits;
}

/* --- the body -------------------------------------------------------------- */

static bool
is_whole(const struct request *r)
{
	return r->body_whole && !r->body_lost && r->body != NULL;
}

void
rewriting_drop(struct exchange *x)
{
	if (x->rewritten.len > 0)
		sample_budget_give(x->worker->budget, x->rewritten.len);
	buf_fini(&x->rewritten);
}

bool
rewriting_body(struct exchange *x)
{
	struct request *r = x->request;
	const struct rewrite *rules = rewrite_of(r, x->version);
	struct arena a;
	bool ok;

	if (!is_asked_for(r, x->version))
		return false;
	if (x->rewritten.len > 0) /* tried again */
		return true;
	if (!is_possible(r) || !is_whole(r)) {
		metric_add(x->worker->stats, METRIC_REWRITES_SKIPPED, 1);
		return false;
	}
	arena_init(&a, TREE_RATIO * (r->body->len + 64));
	ok = rewrite_body(rules->body, rules->body_count, r->body->bytes,
	    r->body->len, &a, &x->rewritten);
	arena_fini(&a);
	if (!ok)
		metric_add(x->worker->stats, METRIC_REWRITES_SKIPPED, 1);
	else
		/* Never refused: the leg has begun.  Others find less room. */
		(void)!sample_budget_take(x->worker->budget, x->rewritten.len,
		    UINT64_MAX);
	return ok;
}
