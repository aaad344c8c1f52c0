/* progress -- see progress.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/progress.h"

#include <inttypes.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

/* Often enough for the eye. */
#define DRAW_NS (100 * NS_PER_MS)
/* " 100%  18446744073709551615 of 18446744073709551615 pairs" beside it. */
#define BESIDE 40
#define BAR_MAX 50

void
progress_init(struct progress *p, FILE *out, const char *command,
    const char *noun, uint64_t total)
{
	struct winsize size;
	bool is_terminal = isatty(fileno(out));

	*p = (struct progress){ .out = out, .command = command, .noun = noun,
		.total = total };
	if (is_terminal)
		p->width = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 &&
		    size.ws_col > 0 ? size.ws_col : 80;
}

static unsigned
percent_of(uint64_t done, uint64_t total)
{
	return done >= total ? 100 :
	    (unsigned)((double)done / (double)total * 100);
}

static void
draw(struct progress *p, uint64_t done)
{
	unsigned percent = percent_of(done, p->total);
	size_t room = p->width > BESIDE + 12 ? p->width - BESIDE : 10;
	size_t len = room > BAR_MAX ? BAR_MAX : room;
	size_t full = len * percent / 100;

	fputs("\r[", p->out);
	for (size_t i = 0; i < len; i++)
		fputc(i < full ? '#' : ' ', p->out);
	fprintf(p->out, "] %3u%%  %" PRIu64 " of %" PRIu64 "\033[K", percent,
	    done, p->total);
	fflush(p->out);
}

void
progress_show(struct progress *p, uint64_t done, uint64_t now_ns)
{
	unsigned tenth = percent_of(done, p->total) / 10;

	if (done > p->total)
		p->total = done;
	if (p->width > 0) {
		if (p->drawn_ns != 0 && now_ns - p->drawn_ns < DRAW_NS)
			return;
		p->drawn_ns = now_ns;
		draw(p, done);
	} else if (tenth > p->tenth) {
		p->tenth = tenth;
		fprintf(p->out, "%s: %" PRIu64 " of %" PRIu64 " %s\n",
		    p->command, done, p->total, p->noun);
		fflush(p->out);
	}
}

void
progress_end(struct progress *p)
{
	if (p->width == 0 || p->drawn_ns == 0)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
}
