/* fields -- reading the server's documents, and writing numbers for people.
 * SPDX-License-Identifier: MIT
 *
 * Paths are member names with dots: "rollout.stage".  What is absent or of
 * another type reads as "", 0 or false, so an older server is shown with
 * holes instead of not at all.  Pure.
 */
#ifndef CTL_FIELDS_H
#define CTL_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

const json_t *field(const json_t *document, const char *path);
const char *field_text(const json_t *document, const char *path);
double field_number(const json_t *document, const char *path);
bool field_true(const json_t *document, const char *path);

/* "12,345" */
void add_count(struct buf *b, double n);
/* "0.22%", "12.3%" of a share 0..1 */
void add_share(struct buf *b, double share);
/* "4.2ms", "51ms", "12.3s"; "-" for 0 */
void add_latency(struct buf *b, double ms);
/* "12s", "3m 12s", "2h 5m", "4d 1h" */
void add_duration(struct buf *b, double ms);
/* "5%", "0.001%" of a number in percent */
void add_percent(struct buf *b, double percent);
/* Text of others: control characters, which could steer the terminal, become
 * spaces; cut with "..." to at most width columns (0 = not cut). */
void add_plain(struct buf *b, const char *text, size_t width);
/* How many columns the text takes, one for each character. */
size_t text_columns(const char *text);

#endif
