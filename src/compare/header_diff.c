/* header_diff -- see header_diff.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/header_diff.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "compare/number.h"
#include "compare/string_rules.h"
#include "compare/text.h"

/* One header of both answers. */
struct header {
	const struct header_rule *rule; /* borrows */
	char path[sizeof ((struct difference *)0)->path];
	struct shown legacy, enhanced;
};

static bool
is_number(struct shown s, struct arena *a)
{
	struct json_fault fault;
	const struct json *v = json_parse(a, s.text, s.len, false, &fault);

	/* White space is none of a number's. */
	return v != NULL && v->kind == JSON_NUMBER && v->len == s.len;
}

static bool
is_within(const struct header *h, struct arena *a)
{
	return h->rule->value.has_tolerance && is_number(h->legacy, a) &&
	    is_number(h->enhanced, a) &&
	    number_is_within(h->legacy.text, h->legacy.len, h->enhanced.text,
	    h->enhanced.len, &h->rule->value.numbers);
}

static void
diff_texts(const struct header *h, const struct compare_rules *rules,
    struct arena *a, struct diff_set *out)
{
	struct text_finding f;

	if (!text_judge(h->legacy, h->enhanced, h->rule->value.similarity,
	    &rules->text, a, &f)) {
		difference_add(out, h->path, DIFF_VALUE, h->legacy, h->enhanced);
		return;
	}
	difference_note_text(out, h->path, f.similarity);
	if (!f.alike)
		difference_add_text(out, h->path, h->legacy, h->enhanced);
	difference_set_wholes(out, h->legacy, h->enhanced);
	for (unsigned i = 0; i < f.flag_count; i++)
		difference_add(out, h->path, f.flags[i].kind, f.flags[i].legacy,
		    f.flags[i].enhanced);
	difference_set_wholes(out, (struct shown){ "", 0 },
	    (struct shown){ "", 0 });
}

static void
diff_values(const struct header *h, const struct compare_rules *rules,
    struct string_tools *tools, struct diff_set *out)
{
	enum string_result result;

	if (h->rule->value.string == STRING_TEXT) {
		if (h->legacy.len != h->enhanced.len ||
		    memcmp(h->legacy.text, h->enhanced.text, h->legacy.len) != 0)
			diff_texts(h, rules, tools->scratch, out);
		return;
	}
	result = string_compare(&h->rule->value, h->legacy, h->enhanced, tools);
	if (result == STRING_SAME || is_within(h, tools->scratch))
		return;
	difference_add(out, h->path, result == STRING_GIVEN_UP ? DIFF_LIMIT :
	    DIFF_VALUE, h->legacy, h->enhanced);
}

void
header_diff(const struct answer *legacy, const struct answer *enhanced,
    const struct compare_rules *rules, struct arena *a, struct diff_set *out)
{
	struct string_tools tools = { .scratch = a };

	for (size_t i = 0; i < rules->header_count; i++) {
		struct header h = { .rule = &rules->headers[i] };
		bool l = answer_header(legacy, h.rule->name, &h.legacy.text,
		    &h.legacy.len);
		bool e = answer_header(enhanced, h.rule->name, &h.enhanced.text,
		    &h.enhanced.len);

		snprintf(h.path, sizeof h.path, "header:%s", h.rule->name);
		if (l && e)
			diff_values(&h, rules, &tools, out);
		else if (l || e)
			difference_add(out, h.path, l ? DIFF_MISSING : DIFF_EXTRA,
			    h.legacy, h.enhanced);
	}
	string_fini(&tools);
}
