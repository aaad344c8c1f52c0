/* fold -- an event stream's bytes to one message, as they come.
 * SPDX-License-Identifier: MIT
 */
#include "compare/fold.h"

static void
on_event(void *arg, const struct sse_event *event)
{
	struct fold *f = arg;

	message_add(&f->message, event->event, event->data, event->data_len);
}

void
fold_init(struct fold *f, struct arena *a, const struct dialects *dialects)
{
	sse_init(&f->sse, FOLD_EVENT_MAX);
	message_init(&f->message, a, dialects);
	f->too_large = false;
}

void
fold_fini(struct fold *f)
{
	sse_fini(&f->sse);
	message_fini(&f->message);
}

void
fold_feed(struct fold *f, const char *bytes, size_t len)
{
	if (!f->too_large && !sse_feed(&f->sse, bytes, len, on_event, f))
		f->too_large = true;
}

const struct json *
fold_finish(struct fold *f, uint64_t *events_out)
{
	*events_out = f->message.events;
	return f->too_large ? NULL : message_finish(&f->message);
}

const struct json *
fold_stream(const char *bytes, size_t len, struct arena *a,
    const struct dialects *dialects, uint64_t *events_out)
{
	const struct json *message;
	struct fold f;

	fold_init(&f, a, dialects);
	fold_feed(&f, bytes, len);
	message = fold_finish(&f, events_out);
	fold_fini(&f);
	return message;
}
