/* mem -- see mem.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static NORETURN void
out_of_memory(size_t bytes)
{
	fprintf(stderr, "understudy: out of memory asking for %zu bytes\n",
	    bytes);
	abort();
}

void *
mem_alloc(size_t bytes)
{
	void *ptr = malloc(bytes == 0 ? 1 : bytes);

	if (ptr == NULL)
		out_of_memory(bytes);
	return ptr;
}

void *
mem_zalloc(size_t bytes)
{
	void *ptr = calloc(1, bytes == 0 ? 1 : bytes);

	if (ptr == NULL)
		out_of_memory(bytes);
	return ptr;
}

void *
mem_aligned_zalloc(size_t alignment, size_t bytes)
{
	void *ptr;

	bytes = (bytes + alignment - 1) / alignment * alignment;
	ptr = aligned_alloc(alignment, bytes);
	if (ptr == NULL)
		out_of_memory(bytes);
	memset(ptr, 0, bytes);
	return ptr;
}

void *
mem_realloc(void *ptr, size_t bytes)
{
	ptr = realloc(ptr, bytes == 0 ? 1 : bytes);
	if (ptr == NULL)
		out_of_memory(bytes);
	return ptr;
}

char *
mem_strdup(const char *text)
{
	return mem_strndup(text, strlen(text));
}

char *
mem_strndup(const char *text, size_t len)
{
	char *copy = mem_alloc(len + 1);

	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		out_of_memory(strlen(fmt));
	return text;
}

void *
mem_try_alloc(size_t bytes)
{
	return malloc(bytes == 0 ? 1 : bytes);
}
