/* place -- where a walk through a document is, as the rules see it.
 * SPDX-License-Identifier: MIT
 *
 * The walker tells each step down to a member or item; for every level the
 * nodes of the rules' tree (config/place_rules.h) that lead there are kept,
 * most specific first.  A step costs one search in each of them, and nothing
 * where none is left.  One walk at a time; the memory is the arena's.
 */
#ifndef COMPARE_PLACE_H
#define COMPARE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "base/pointer_tree.h"
#include "config/place_rules.h"

/* Levels of a document: as deep as the parser allows, and what settle.h and
 * content.h put around that: the way to a document within the document, and
 * three levels for each multipart body that it lies in. */
#define PLACE_LEVELS (JSON_DEPTH_MAX + POINTER_SEGMENTS_MAX + 16)

struct place;

/* At the root, level 0.  NULL when the arena is full. */
struct place *place_begin(const struct place_rules *rules, struct arena *a)
    MUST_CHECK;

/* Step from level down to the member of that name, or to an item, which is
 * then at level + 1.  What was known of level + 1 and deeper is forgotten. */
void place_enter(struct place *p, unsigned level, const char *name,
    size_t len);
void place_enter_item(struct place *p, unsigned level, size_t index);

/* What is looked at there; never VIEW_UNSAID. */
enum place_view place_view(const struct place *p, unsigned level);
/* Is anything looked at below, whatever place_view() says? */
bool place_reveals(const struct place *p, unsigned level);
/* How it is compared; NULL = no rule says. */
const struct field_rule *place_field(const struct place *p, unsigned level);
/* Does a rule speak of anything below? */
bool place_leads_on(const struct place *p, unsigned level);
/* Does a rule speak of an item below by its index? */
bool place_has_index(const struct place *p, unsigned level);

#endif
