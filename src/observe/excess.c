/* excess -- see excess.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/excess.h"

#include "observe/stats.h"
#include "observe/weights.h"

void
excess_count(struct excess *e, unsigned counts, bool failure)
{
	struct excess_tally t = { 0 };

	if (counts == WEIGHT_OF_ALL)
		return; /* nearly always */
	excess_tally_count(&t, counts, failure);
	stat_add(&e->stage, t.stage);
	stat_add(&e->stage_failures, t.stage_failures);
	stat_add(&e->spell, t.spell);
	stat_add(&e->spell_failures, t.spell_failures);
	stat_add(&e->repeats, t.repeats);
}

void
excess_tally_count(struct excess_tally *t, unsigned counts, bool failure)
{
	bool of_stage = (counts & WEIGHT_OF_STAGE) != 0;
	bool of_spell = (counts & WEIGHT_OF_SPELL) != 0;

	t->stage += !of_stage;
	t->stage_failures += !of_stage && failure;
	t->spell += !of_spell;
	t->spell_failures += !of_spell && failure;
	t->repeats += (counts & WEIGHT_OF_RATE) == 0;
}

void
excess_tally_add(struct excess_tally *t, const struct excess *e)
{
	t->stage += stat_read(&e->stage);
	t->stage_failures += stat_read(&e->stage_failures);
	t->spell += stat_read(&e->spell);
	t->spell_failures += stat_read(&e->spell_failures);
	t->repeats += stat_read(&e->repeats);
}

void
excess_tally_subtract(const struct excess_tally *a,
    const struct excess_tally *b, struct excess_tally *out)
{
	*out = (struct excess_tally){
		.stage = a->stage - b->stage,
		.stage_failures = a->stage_failures - b->stage_failures,
		.spell = a->spell - b->spell,
		.spell_failures = a->spell_failures - b->spell_failures,
		.repeats = a->repeats - b->repeats,
	};
}
