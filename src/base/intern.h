/* intern -- one copy of a text for the whole process.
 * SPDX-License-Identifier: MIT
 *
 * For names of which there are a few, that are carried by a great many records
 * and outlive whatever they came with: a pointer is copied instead of the text,
 * and two are the same when their addresses are.  Nothing is ever given back, so
 * not for what a peer chooses.  Any thread, but not on the way of a request.
 */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

const char *intern(const char *text);

#endif
