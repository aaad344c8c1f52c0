/* refusal -- see refusal.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/refusal.h"

#include <assert.h>

#include "http/hops.h"

static enum outcome
fault_of(enum head_result result)
{
	switch (result) {
	case HEAD_OK:
		return OUTCOME_OPEN;
	case HEAD_MORE:
		break;
	case HEAD_BAD:
		return OUTCOME_CLIENT_BAD_HEAD;
	case HEAD_TOO_LARGE:
		return OUTCOME_CLIENT_HEAD_TOO_LARGE;
	case HEAD_TOO_MANY:
		return OUTCOME_CLIENT_TOO_MANY_FIELDS;
	case HEAD_LONG_LINE:
		return OUTCOME_CLIENT_LONG_TARGET;
	case HEAD_VERSION:
		return OUTCOME_CLIENT_VERSION;
	case HEAD_UNKNOWN_METHOD:
		return OUTCOME_CLIENT_NOT_SERVED;
	}
	assert(false);
	return OUTCOME_CLIENT_BAD_HEAD;
}

enum outcome
refusal_of(enum head_result result, const struct head *h,
    struct target *target_out, struct framing *framing, const char **why)
{
	enum outcome fault = fault_of(result);

	if (fault != OUTCOME_OPEN)
		return fault;
	if (!framing_of_request(h, target_out, framing, why))
		return framing->not_served ? OUTCOME_CLIENT_NOT_SERVED :
		    OUTCOME_CLIENT_BAD_HEAD;
	switch (hops_check(h)) {
	case HOPS_FINE:
		return OUTCOME_OPEN;
	case HOPS_LAST:
		*why = "";
		return OUTCOME_LAST_HOP;
	case HOPS_CIRCLE:
		*why = "";
		return OUTCOME_CIRCLE;
	case HOPS_BAD:
		*why = "Max-Forwards is not one number";
		break;
	}
	return OUTCOME_CLIENT_BAD_HEAD;
}
