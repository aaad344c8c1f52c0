/* style -- colour for terminals that want it.
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_STYLE_H
#define CTL_STYLE_H

#include <stdbool.h>

#include "base/buf.h"

enum style { STYLE_BOLD = 0, STYLE_DIM, STYLE_GOOD, STYLE_WARN, STYLE_BAD };

/* Nothing is written when colour is false. */
void style_begin(struct buf *b, bool colour, enum style style);
void style_end(struct buf *b, bool colour);
/* text between the two. */
void style_text(struct buf *b, bool colour, enum style style,
    const char *text);

#endif
