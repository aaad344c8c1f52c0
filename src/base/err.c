/* err -- see err.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool
err_set(struct err *err, const char *fmt, ...)
{
	char text[sizeof err->text];
	va_list args;

	if (err == NULL)
		return false;
	/* Aside first: the arguments may be the old text. */
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	memcpy(err->text, text, strlen(text) + 1);
	return false;
}

bool
err_wrap(struct err *err, const char *fmt, ...)
{
	char text[sizeof err->text];
	va_list args;
	size_t len;

	if (err == NULL)
		return false;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	len = strlen(text);
	if (err->text[0] != '\0' && text_copy(text + len, sizeof text - len,
	    ": ", 2))
		text_copy(text + len + 2, sizeof text - len - 2, err->text,
		    strlen(err->text));
	memcpy(err->text, text, strlen(text) + 1);
	return false;
}

bool
errno_is_exhaustion(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM || error == EADDRNOTAVAIL || error == EAGAIN;
}
