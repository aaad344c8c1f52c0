/* style -- see style.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/style.h"

void
style_begin(struct buf *b, bool colour, enum style style)
{
	static const char *const codes[] = {
		[STYLE_BOLD] = "\033[1m", [STYLE_DIM] = "\033[2m",
		[STYLE_GOOD] = "\033[32m", [STYLE_WARN] = "\033[33m",
		[STYLE_BAD] = "\033[1;31m",
	};

	if (colour)
		buf_puts(b, codes[style]);
}

void
style_end(struct buf *b, bool colour)
{
	if (colour)
		buf_puts(b, "\033[0m");
}

void
style_text(struct buf *b, bool colour, enum style style, const char *text)
{
	style_begin(b, colour, style);
	buf_puts(b, text);
	style_end(b, colour);
}
