/* settle -- the last touch to a message: what says nothing goes.
 * SPDX-License-Identifier: MIT
 *
 * Servers differ in sending null, "", [] or {} where others send nothing, and
 * streams number what whole answers do not.  So members that are empty are
 * taken out, and those that the dialect drops; a string that holds a JSON
 * document becomes that document, in which nothing is touched.  Pure.
 */
#ifndef COMPARE_SETTLE_H
#define COMPARE_SETTLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "config/dialects.h"

/* In place; false: the arena is full. */
bool settle(struct json *message, const struct dialect *d, struct arena *a)
    MUST_CHECK;

#endif
