/* charset -- text of any character set to UTF-8.
 * SPDX-License-Identifier: MIT
 *
 * A byte order mark decides, then the Content-Type's charset, read as browsers
 * read it (the WHATWG Encoding Standard: latin1 means windows-1252); without
 * either it is UTF-8.  Only sets of a list of ours are handed to iconv, which
 * otherwise would look for a module of any name that a peer gives.  UTF-8
 * itself is not looked at, a mark only taken off.  Bounded as room.h says.
 */
#ifndef COMPARE_CHARSET_H
#define COMPARE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/room.h"

/* label is in lower case, "" for none.  false: *why is a static reason ("is
 * not one we know"), to be put behind the label; it is never that of a mark. */
bool charset_to_utf8(const char *label, struct bytes in, struct arena *a,
    struct bytes *out, const char **why) MUST_CHECK;

#endif
