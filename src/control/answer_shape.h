/* answer_shape -- what an answer looks like, in a line, and as JSON Schema.
 * SPDX-License-Identifier: MIT
 *
 * A shape is written as the answer itself looks, with kinds for values:
 *
 *	{changed: boolean, rollout: $rollout, note?: text|null, ends: [time]}
 *
 *	text, boolean, null   as JSON has them; any: whatever there is
 *	number, integer       any of them; count: an integer from 0 on
 *	percent, share        a number, 0 to 100 and 0 to 1
 *	time                  text like "2026-01-31T12:34:56.123456Z"
 *	'word'                this text; several: 'on'|'off'
 *	$name                 a shape that has a name of its own
 *	[shape]               an array
 *	{name: shape, ...}    an object with these members and no others; with
 *	                      name?: it may be missing
 *	{*: shape}            an object with members of any names
 *	a|b                   exactly one of these
 *
 * For our own constants: what stands in them is checked by a unit test.  Pure.
 */
#ifndef CONTROL_ANSWER_SHAPE_H
#define CONTROL_ANSWER_SHAPE_H

#include <jansson.h>

#include "base/compiler.h"

/* Where a schema finds those with a name. */
#define SHAPE_NAMES "#/components/schemas/"

/* The schema, JSON Schema 2020-12, which the caller owns.  NULL: from *rest_out
 * on (unless NULL) it is no shape. */
json_t *shape_schema(const char *shape, const char **rest_out) MUST_CHECK;

#endif
