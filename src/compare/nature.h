/* nature -- which differences of a pair are only what legacy is like itself.
 * SPDX-License-Identifier: MIT
 *
 * Between what was found of two answers and what is known of their places
 * (observe/noise.h).  A difference is noise if a pin of the rules says so, or,
 * where none speaks, if the board has learned it.  Never by learning alone:
 * a status, an outcome, another form of body, a match that was given up, and a
 * path that was cut, since other places share it.
 */
#ifndef COMPARE_NATURE_H
#define COMPARE_NATURE_H

#include "base/arena.h"
#include "compare/judge.h"
#include "observe/noise.h"
#include "observe/sample.h"

/* If every difference is noise, the verdict becomes that; if there may be
 * more than were noted, it does not.  What is not noise comes first among the
 * differences from here on.  board may be NULL: nothing was learned. */
void nature_settle(const struct sample *s, struct noise_board *board,
    struct finding *f);

/* Judge the pair's control leg, if it has one, and let the board learn from
 * it.  f: what was found of the pair; redactor as for the pair itself, so that
 * places are called alike.  a is reset. */
void nature_learn(const struct sample *s, const struct finding *f,
    struct redactor *redactor, struct arena *a, struct noise_board *board);

#endif
