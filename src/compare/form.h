/* form -- application/x-www-form-urlencoded as a tree.
 * SPDX-License-Identifier: MIT
 *
 * An object of strings, by name; a name that comes several times has an array
 * (tree.h).  Read as browsers read it: "+" is a space, and a "%" that begins
 * no two hex digits stands for itself, so that every text is a form.  n log n;
 * pure.
 */
#ifndef COMPARE_FORM_H
#define COMPARE_FORM_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "compare/room.h"

/* NULL: the arena is full. */
const struct json *form_read(struct bytes text, struct arena *a) MUST_CHECK;

#endif
