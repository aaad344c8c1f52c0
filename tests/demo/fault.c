/* fault -- see fault.h.
 * SPDX-License-Identifier: MIT
 */
#include "fault.h"

#include <string.h>

#define SLOW_MS_DEFAULT 3000
#define SLOW_MS_MAX 600000

static const struct {
	const char *name;
	const char *text;
} modes[FAULT_COUNT] = {
#define FAULT(name, mode, text) { mode, text },
	FAULT_TABLE(FAULT)
#undef FAULT
};

void
fault_init(struct fault *f)
{
	*f = (struct fault){ .mode = FAULT_NONE, .slow_ms = SLOW_MS_DEFAULT };
}

static bool
mode_parse(const char *name, enum fault_mode *out)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		if (strcmp(name, modes[i].name) == 0) {
			*out = (enum fault_mode)i;
			return true;
		}
	}
	return false;
}

bool
fault_set(struct fault *f, const json_t *wanted, struct err *err)
{
	const char *name = json_string_value(json_object_get(wanted, "mode"));
	const json_t *share = json_object_get(wanted, "share");
	const json_t *ms = json_object_get(wanted, "ms");
	struct fault next = { .share = 1, .slow_ms = SLOW_MS_DEFAULT, .hits = f->hits };

	if (name == NULL || !mode_parse(name, &next.mode))
		return err_set(err, "\"mode\" must be none, error500, hang, slow, reset "
		    "or garbage");
	if (share != NULL)
		next.share = json_is_number(share) ? json_number_value(share) : -1;
	/* Written so that NaN fails too. */
	if (!(next.share >= 0 && next.share <= 1))
		return err_set(err, "\"share\" must be a number from 0 to 1");
	if (ms != NULL && (!json_is_integer(ms) || json_integer_value(ms) < 0 ||
	    json_integer_value(ms) > SLOW_MS_MAX))
		return err_set(err, "\"ms\" must be a number from 0 to %d", SLOW_MS_MAX);
	if (ms != NULL)
		next.slow_ms = (unsigned)json_integer_value(ms);
	*f = next;
	return true;
}

enum fault_mode
fault_next(struct fault *f)
{
	if (f->mode == FAULT_NONE)
		return FAULT_NONE;
	f->owed += f->share;
	if (f->owed < 1)
		return FAULT_NONE;
	f->owed -= 1;
	f->hits++;
	return f->mode;
}

json_t *
fault_json(const struct fault *f)
{
	json_t *known = json_object();

	for (unsigned i = 0; i < FAULT_COUNT; i++)
		json_object_set_new(known, modes[i].name, json_string(modes[i].text));
	return json_pack("{s:s, s:f, s:I, s:I, s:o}", "mode", modes[f->mode].name,
	    "share", f->share, "ms", (json_int_t)f->slow_ms,
	    "hits", (json_int_t)f->hits, "modes", known);
}
