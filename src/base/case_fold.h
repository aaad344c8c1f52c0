/* case_fold -- letters without their case.
 * SPDX-License-Identifier: MIT
 *
 * Simple case folding of Unicode 14 (CaseFolding.txt, C and S): one character
 * for one, whatever the language, so that texts that differ in case only are
 * the same when folded.  The German sharp s stays one letter, and the Turkish
 * dotless i another than i.  Pure.
 */
#ifndef BASE_CASE_FOLD_H
#define BASE_CASE_FOLD_H

#include <stddef.h>

/* The code point without its case; itself where it has none. */
unsigned case_fold(unsigned code);

/* A text (UTF-8; bytes that are none stay) folded into out, which has room
 * for len + len / 2 bytes: a letter may need one more than its capital.
 * Returns the bytes written. */
size_t case_fold_text(const char *text, size_t len, char *out);

#endif
