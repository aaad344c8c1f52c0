/* ask -- one question to the server, and what is printed of its answer.
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include "ctl/client.h"
#include "ctl/options.h"
#include "ctl/show.h"

/* How pages look on this standard output. */
struct show ask_page(void);
/* Columns of the terminal; without one, COLUMNS or else SHOW_WIDTH. */
size_t ask_width(void);
/* To standard output; the buffer is given back. */
enum ctl_exit ask_print(struct buf *text);

/* The document as it came, for --json; NULL is fine. */
void ask_print_document(const json_t *document);
/* Ask; with --json the document itself is the whole output.  body (NULL =
 * none) is taken over.  *out is only there to be shown when the result is
 * CTL_OK and --json is off. */
enum ctl_exit ask(struct client *c, const struct ctl_options *o,
    const char *method, const char *path, json_t *body, struct reply *out,
    struct err *err);
/* Ask for a change, and show what holds then. */
enum ctl_exit ask_change(struct client *c, const struct ctl_options *o,
    const char *method, const char *path, json_t *body, struct err *err);
/* A new body with the reason of --reason. */
json_t *ask_reason(const struct ctl_options *o);

#endif
