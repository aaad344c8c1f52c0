/* charset -- text of any character set to UTF-8.
 * SPDX-License-Identifier: MIT
 */
#include "compare/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

/* Labels by https://encoding.spec.whatwg.org, without the many old names;
 * iso-2022 is left out as it is of browsers: its escapes hide text. */
static const struct {
	const char *label, *name; /* name NULL: UTF-8 */
} charsets[] = {
	{ "", NULL }, { "utf-8", NULL }, { "utf8", NULL },
	{ "us-ascii", "CP1252" }, { "ascii", "CP1252" },
	{ "iso-8859-1", "CP1252" }, { "iso8859-1", "CP1252" },
	{ "latin1", "CP1252" }, { "windows-1252", "CP1252" },
	{ "cp1252", "CP1252" },
	{ "utf-16", "UTF-16LE" }, { "utf-16le", "UTF-16LE" },
	{ "utf-16be", "UTF-16BE" },
	{ "iso-8859-2", "ISO-8859-2" }, { "latin2", "ISO-8859-2" },
	{ "iso-8859-3", "ISO-8859-3" }, { "iso-8859-4", "ISO-8859-4" },
	{ "iso-8859-5", "ISO-8859-5" }, { "iso-8859-6", "ISO-8859-6" },
	{ "iso-8859-7", "ISO-8859-7" }, { "iso-8859-8", "ISO-8859-8" },
	{ "iso-8859-9", "CP1254" }, { "iso-8859-10", "ISO-8859-10" },
	{ "iso-8859-11", "CP874" }, { "iso-8859-13", "ISO-8859-13" },
	{ "iso-8859-14", "ISO-8859-14" }, { "iso-8859-15", "ISO-8859-15" },
	{ "iso-8859-16", "ISO-8859-16" },
	{ "windows-1250", "CP1250" }, { "windows-1251", "CP1251" },
	{ "windows-1253", "CP1253" }, { "windows-1254", "CP1254" },
	{ "windows-1255", "CP1255" }, { "windows-1256", "CP1256" },
	{ "windows-1257", "CP1257" }, { "windows-1258", "CP1258" },
	{ "windows-874", "CP874" }, { "tis-620", "CP874" },
	{ "koi8-r", "KOI8-R" }, { "koi8-u", "KOI8-U" },
	{ "ibm866", "CP866" }, { "macintosh", "MACINTOSH" },
	{ "gb2312", "GB18030" }, { "gbk", "GB18030" },
	{ "gb18030", "GB18030" },
	{ "big5", "BIG5-HKSCS" }, { "big5-hkscs", "BIG5-HKSCS" },
	{ "euc-jp", "EUC-JP" }, { "shift_jis", "CP932" },
	{ "sjis", "CP932" }, { "windows-31j", "CP932" },
	{ "euc-kr", "CP949" }, { "ks_c_5601-1987", "CP949" },
	{ "windows-949", "CP949" },
};

/* The charset that a mark at the beginning says, and without the mark. */
static bool
take_mark(struct bytes *in, const char **name_out)
{
	static const struct {
		const char *mark;
		size_t len;
		const char *name;
	} marks[] = {
		{ "\xef\xbb\xbf", 3, NULL },
		{ "\xff\xfe", 2, "UTF-16LE" },
		{ "\xfe\xff", 2, "UTF-16BE" },
	};

	for (size_t i = 0; i < COUNT_OF(marks); i++) {
		size_t len = marks[i].len;

		if (in->len >= len && memcmp(in->at, marks[i].mark, len) == 0) {
			in->at += len;
			in->len -= len;
			*name_out = marks[i].name;
			return true;
		}
	}
	return false;
}

static bool
find_label(const char *label, const char **name_out)
{
	for (size_t i = 0; i < COUNT_OF(charsets); i++) {
		if (strcmp(charsets[i].label, label) == 0) {
			*name_out = charsets[i].name;
			return true;
		}
	}
	return false;
}

/* One call of iconv(), with src NULL its end; false: E2BIG or a fault. */
static bool
convert_some(iconv_t cd, char **src, size_t *left, struct room *r)
{
	char *dst = r->out + r->used;
	size_t space = r->space - r->used;
	size_t rc = iconv(cd, src, left, &dst, &space);

	r->used = r->space - space;
	return rc != (size_t)-1;
}

static bool
convert_all(iconv_t cd, struct bytes in, struct room *r)
{
	char *src = (char *)(size_t)in.at; /* iconv only reads it */
	size_t left = in.len;

	do {
		if (!room_grow(r))
			return false;
		if (convert_some(cd, &src, &left, r) &&
		    convert_some(cd, NULL, NULL, r))
			return true;
	} while (errno == E2BIG);
	return room_fail(r, errno == EINVAL ? "is cut short" :
	    "has bytes that stand for nothing");
}

bool
charset_to_utf8(const char *label, struct bytes in, struct arena *a,
    struct bytes *out, const char **why)
{
	const char *name = NULL;
	struct room r;
	iconv_t cd;
	bool ok;

	*why = "is not one we know";
	if (!take_mark(&in, &name) && !find_label(label, &name))
		return false;
	*out = in;
	if (name == NULL || in.len == 0)
		return true;
	cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	room_init(&r, a, in.len);
	ok = convert_all(cd, in, &r);
	iconv_close(cd);
	*out = room_bytes(&r);
	*why = r.why;
	return ok;
}
