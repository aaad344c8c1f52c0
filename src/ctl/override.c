/* override -- keep a user, or who a criterion holds for, on a version.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ask.h"

/* Behind it no version holds any more. */
static const char removal[] = "none";

static bool
check_version(const char *version, struct err *err)
{
	return strcmp(version, removal) == 0 || strcmp(version, "legacy") == 0 ||
	    strcmp(version, "enhanced") == 0 || err_set(err, "override: must be "
	    "legacy, enhanced or none, not '%s'", version);
}

/* NULL: words and options go together. */
static const char *
misuse(const struct ctl_options *o, bool removes)
{
	bool is_limited = (o->given & OPTION_FOR) != 0 || o->until != NULL;

	if (o->name == NULL && o->word_count < 3)
		return "say USER legacy|enhanced|none, or --name NAME";
	if (o->name != NULL && o->word_count > 2)
		return "either USER or --name";
	if (o->name == NULL && o->when != NULL)
		return "--when needs a --name to be known by";
	if (removes && (o->when != NULL || is_limited))
		return "none takes neither --when nor --for nor --until";
	if (o->name != NULL && o->when == NULL && !removes)
		return "--when is missing: what must a request be like?";
	if ((o->given & OPTION_FOR) != 0 && o->until != NULL)
		return "either --for or --until";
	return NULL;
}

static void
add_expiry(const struct ctl_options *o, json_t *body)
{
	char text[CLOCK_TEXT_MAX];

	if (o->until != NULL)
		json_object_set_new(body, "expires", json_string(o->until));
	if ((o->given & OPTION_FOR) == 0)
		return;
	clock_format(clock_wall_us() + (int64_t)o->for_us, text);
	json_object_set_new(body, "expires", json_string(text));
}

/* What the terminal sent may not be UTF-8. */
static bool
add_criterion(const struct ctl_options *o, json_t *body, struct err *err)
{
	json_error_t fault;
	json_t *when = json_loads(o->when, JSON_REJECT_DUPLICATES, &fault);
	json_t *name = json_string(o->name);

	if (when != NULL && name != NULL) {
		json_object_set_new(body, "when", when);
		json_object_set_new(body, "name", name);
		return true;
	}
	if (when == NULL)
		err_set(err, "override: --when is no JSON: %s (at byte %d)",
		    fault.text, fault.position);
	else
		err_set(err, "override: --name is no UTF-8");
	json_decref(when);
	json_decref(name);
	return false;
}

static enum ctl_exit
change_user(struct client *c, const struct ctl_options *o, json_t *body,
    bool removes, struct err *err)
{
	char *path = client_id_path(c, "users", o->words[1], "/override");
	enum ctl_exit result = ask_change(c, o, removes ? "DELETE" : "PUT", path,
	    body, err);

	free(path);
	return result;
}

static enum ctl_exit
remove_named(struct client *c, const struct ctl_options *o, json_t *body,
    struct err *err)
{
	char *path = client_id_path(c, "overrides", o->name, "");
	enum ctl_exit result = ask_change(c, o, "DELETE", path, body, err);

	free(path);
	return result;
}

enum ctl_exit
command_override(struct client *c, const struct ctl_options *o,
    struct err *err)
{
	const char *version = o->words[o->word_count - 1];
	bool removes = strcmp(version, removal) == 0;
	const char *wrong = misuse(o, removes);
	json_t *body;

	if (wrong != NULL)
		err_set(err, "override: %s", wrong);
	if (wrong != NULL || !check_version(version, err))
		return CTL_USAGE;
	body = ask_reason(o);
	if (!removes)
		json_object_set_new(body, "version", json_string(version));
	add_expiry(o, body);
	if (o->name == NULL)
		return change_user(c, o, body, removes, err);
	if (removes)
		return remove_named(c, o, body, err);
	if (add_criterion(o, body, err))
		return ask_change(c, o, "POST", "/api/v1/overrides", body, err);
	json_decref(body);
	return CTL_USAGE;
}
