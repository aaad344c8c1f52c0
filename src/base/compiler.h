/* compiler -- the few compiler extensions the code relies on, by name.
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

/* The caller must look at the result: it may own something now, or the
 * object it passed may be gone. */
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
