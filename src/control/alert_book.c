/* alert_book -- see alert_book.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/alert_book.h"

#include <string.h>

static struct told_row *
find(struct alert_book *b, const struct alert *a)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->rows[i].epoch == a->epoch &&
		    strcmp(b->rows[i].name, a->name) == 0)
			return &b->rows[i];
	return NULL;
}

/* Full: what is over goes before what lasts, the oldest first. */
static struct told_row *
make_room(struct alert_book *b)
{
	struct told_row *oldest = &b->rows[0];

	if (b->count < ALERT_BOOK_ROWS)
		return &b->rows[b->count++];
	for (size_t i = 1; i < b->count; i++) {
		struct told_row *row = &b->rows[i];
		bool is_over = row->state == TOLD_OVER;

		if (is_over != (oldest->state == TOLD_OVER) ? is_over :
		    row->at_ns < oldest->at_ns)
			oldest = row;
	}
	return oldest;
}

static enum alert_answer
begin(struct alert_book *b, const struct alert *a, uint64_t repeat_ns,
    uint64_t now_ns, uint64_t *due_ns_out)
{
	struct told_row *row = find(b, a);
	bool is_graver = row != NULL && a->severity > row->severity;

	if (row != NULL && !is_graver && row->state != TOLD_OVER)
		return ALERT_SKIP;
	if (row != NULL && !is_graver && now_ns < row->at_ns + repeat_ns) {
		row->state = TOLD_HELD;
		*due_ns_out = row->at_ns + repeat_ns;
		return ALERT_HOLD;
	}
	if (row == NULL) {
		row = make_room(b);
		*row = (struct told_row){ .epoch = a->epoch };
		memcpy(row->name, a->name, sizeof row->name);
	}
	row->state = TOLD_OPEN;
	row->at_ns = now_ns;
	row->severity = a->severity;
	return ALERT_SEND;
}

/* Of a beginning that is not known here (the process was started again) the
 * end is told all the same. */
static enum alert_answer
end(struct alert_book *b, const struct alert *a)
{
	struct told_row *row = find(b, a);
	enum alert_answer answer;

	if (row == NULL)
		return ALERT_SEND;
	answer = row->state == TOLD_OPEN ? ALERT_SEND :
	    row->state == TOLD_HELD ? ALERT_CANCEL : ALERT_SKIP;
	row->state = TOLD_OVER;
	return answer;
}

enum alert_answer
alert_book_ask(struct alert_book *b, const struct alert *a, uint64_t repeat_ns,
    uint64_t now_ns, uint64_t *due_ns_out)
{
	switch (a->phase) {
	case ALERT_BEGIN:
		return begin(b, a, repeat_ns, now_ns, due_ns_out);
	case ALERT_END:
		return end(b, a);
	case ALERT_NOTE:
	case ALERT_TEST:
		break;
	}
	return ALERT_SEND;
}

void
alert_book_release(struct alert_book *b, const struct alert *a,
    uint64_t now_ns)
{
	struct told_row *row = find(b, a);

	if (row == NULL)
		return;
	row->state = TOLD_OPEN;
	row->at_ns = now_ns;
}
