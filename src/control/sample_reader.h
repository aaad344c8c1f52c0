/* sample_reader -- reads kept answers without holding up the control thread.
 * SPDX-License-Identifier: MIT
 *
 * A store may be far away, dead, or busy; the guard, on the same thread as the
 * admin API, must not stand still for it.  So each pair that is asked for is
 * read by a thread of its own, one at a time, and who asks waits for it until
 * a given moment and no longer.  What is found later is kept for who asks
 * again.
 *
 * One thread asks (control).  A thread that still reads at the end is told to
 * give up, waited for a second, and then left behind; the last of the two cleans
 * up.
 */
#ifndef CONTROL_SAMPLE_READER_H
#define CONTROL_SAMPLE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "store/samples.h"

struct sample_reader;

struct sample_reader *sample_reader_new(void) MUST_CHECK;
/* NULL is fine. */
void sample_reader_stop(struct sample_reader **r);

/* What is kept of a pair, and the differences that were recorded of it. */
struct sample_found {
	struct kept_sample *kept; /* owns; NULL = nothing is kept */
	struct samples_difference differences[RECORD_DIFFS_MAX];
	unsigned difference_count;
};
void sample_found_free(struct sample_found **f);

/* By the store and the keys of config, of which a reference is taken.  true
 * with *out NULL: it is still being read.  *out is the caller's, and is
 * forgotten here. */
bool sample_reader_ask(struct sample_reader *r, struct config *config,
    const char *pair, uint64_t until_ns, struct sample_found **out,
    struct err *err) MUST_CHECK;

#endif
