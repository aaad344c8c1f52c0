/* criteria -- does a criterion hold for a request, or for a user alone?
 * SPDX-License-Identifier: MIT
 *
 * Pure reads of the request.  Unknown is an answer: what a user alone does not
 * say (a header, a path), or a body that is not there.  It matches nobody, and
 * "not" makes nothing else of it.
 */
#ifndef POLICY_CRITERIA_H
#define POLICY_CRITERIA_H

#include <stdbool.h>
#include <stddef.h>

#include "config/criteria.h"
#include "policy/body_tree.h"
#include "policy/identity.h"

enum truth { TRUTH_NO = 0, TRUTH_YES, TRUTH_UNKNOWN };

/* Who is asking, with or without a request. */
struct asker {
	const struct request_view *request;   /* NULL: a user id alone */
	const char *id;                       /* NULL = no identity */
	size_t id_len;
	const struct source_chain *tenants;   /* where the tenant's id is */
	struct body_tree *body;               /* of request->body */
	bool tenant_sought;
	struct identity tenant;               /* once it was sought */
};

enum truth criterion_holds(const struct criterion *c, struct asker *a);

/* Is the path of a pattern that has been checked, and the method one of the
 * list (NULL: any)? */
bool path_matches(const char *pattern, const char *path, size_t len);
bool method_matches(char *const *methods, const struct head *head);

#endif
