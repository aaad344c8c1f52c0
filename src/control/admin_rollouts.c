/* admin_rollouts -- see admin_rollouts.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_rollouts.h"

#include <string.h>

#include "base/text.h"

const char *
admin_rollout_name(const struct admin_rollout *r)
{
	return rollout_snapshot(r->rollout)->config->rules.name;
}

void
admin_fail_unknown(const struct admin_ports *p, struct admin_call *call,
    const char *what, const char *name)
{
	struct buf names = { 0 };

	for (size_t i = 0; i < p->rollout_count; i++)
		buf_printf(&names, "%s\"%s\"", i > 0 ? ", " : "",
		    admin_rollout_name(&p->rollouts[i]));
	admin_fail(call, 404, "%s: there is none of the name \"%.64s\"; there is "
	    "%.300s", what, name, names.bytes);
	buf_fini(&names);
}

const struct admin_rollout *
admin_find_rollout(const struct admin_ports *p, const char *name)
{
	for (size_t i = 0; i < p->rollout_count; i++)
		if (strcmp(admin_rollout_name(&p->rollouts[i]), name) == 0)
			return &p->rollouts[i];
	return NULL;
}

bool
admin_choose_rollout(struct admin_scene *scene, struct admin_call *call,
    struct buf *rest_out)
{
	static const char key[] = "rollout=";
	const size_t key_len = sizeof key - 1;
	const struct admin_rollout *r;
	const char *p = call->query;
	char name[IDENTITY_MAX + 1];

	while (p != NULL && *p != '\0') {
		size_t len = strcspn(p, "&"), n;

		if (strncmp(p, key, key_len) != 0) {
			if (rest_out->len > 0)
				buf_puts(rest_out, "&");
			buf_add(rest_out, p, len);
		} else if (!text_percent_decode(p + key_len, len - key_len, true,
		    name, sizeof name - 1, &n)) {
			admin_fail(call, 400, "the rollout's name in the query is "
			    "not well encoded");
			return false;
		} else {
			name[n] = '\0';
			r = admin_find_rollout(&scene->ports, name);
			if (r == NULL) {
				admin_fail_unknown(&scene->ports, call, "rollout",
				    name);
				return false;
			}
			scene->ports.of = *r;
		}
		p += len;
		p += *p == '&';
	}
	if (call->query != NULL)
		call->query = rest_out->len > 0 ? rest_out->bytes : NULL;
	return true;
}
