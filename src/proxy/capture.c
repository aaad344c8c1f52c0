/* capture -- see capture.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/capture.h"

#include "observe/sample.h"
#include "proxy/admission.h"
#include "proxy/worker.h"

static uint64_t
cost_of(size_t space)
{
	return sizeof(struct blob) + space;
}

static uint64_t
capture_cost(const struct blob *b)
{
	return b == NULL ? 0 : cost_of(b->space);
}

static bool
may_take(struct worker *w, const struct settings *s, uint64_t bytes,
    bool needed)
{
	enum pressure pressure = admission_pressure(w);

	if (pressure == PRESSURE_FULL || (pressure == PRESSURE_HIGH && !needed))
		return false;
	return sample_budget_take(w->budget, bytes, needed ? UINT64_MAX :
	    s->shadow_max_bytes);
}

enum capture_result
capture_append(struct worker *w, const struct settings *s, struct blob **b,
    const char *bytes, size_t len, bool needed)
{
	size_t cap = s->capture_max_bytes, space;
	uint64_t before = capture_cost(*b), more;

	if (!blob_space_after(*b, len, cap, &space))
		return CAPTURE_TOO_LARGE;
	more = cost_of(space) - before;
	if (more > 0 && !may_take(w, s, more, needed))
		return CAPTURE_NO_ROOM;
	if ((*b == NULL && (*b = blob_new(space)) == NULL) ||
	    !blob_append(b, bytes, len, cap)) {
		/* Memory is out: give back what was taken for nothing. */
		sample_budget_give(w->budget, cost_of(space) - capture_cost(*b));
		return CAPTURE_NO_ROOM;
	}
	return CAPTURE_KEPT;
}

void
capture_drop(struct worker *w, struct blob **b)
{
	if (*b == NULL)
		return;
	sample_budget_give(w->budget, capture_cost(*b));
	blob_unref(b);
}

void
capture_drop_answer(struct worker *w, struct answer *a)
{
	capture_drop(w, &a->body);
	capture_drop(w, &a->headers);
}

uint64_t
capture_cost_of_answer(const struct answer *a)
{
	return capture_cost(a->body) + capture_cost(a->headers);
}

struct answer
capture_take_answer(struct answer *from)
{
	struct answer taken = *from;

	from->body = NULL;
	from->headers = NULL;
	return taken;
}
