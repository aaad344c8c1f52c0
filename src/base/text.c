/* text -- see text.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* --- numbers with units ---------------------------------------------------- */

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{ "us", 1 },
	{ "ms", 1000 },
	{ "s", 1000000 },
	{ "m", UINT64_C(60000000) },
	{ "h", UINT64_C(3600000000) },
	{ "d", UINT64_C(86400000000) },
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "KiB", 1024 },
	{ "MiB", 1024 * 1024 },
	{ "GiB", 1024 * 1024 * 1024 },
};

/* Digits with at most nine behind a point: value = whole + nano / 1e9.  NULL
 * also when whole would not fit. */
static const char *
read_decimal(const char *text, uint64_t *whole, uint64_t *nano)
{
	uint64_t weight = 100000000;

	*whole = *nano = 0;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*whole > (UINT64_MAX - digit) / 10)
			return NULL;
		*whole = *whole * 10 + digit;
	}
	if (*text != '.')
		return text;
	text++;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++, weight /= 10) {
		if (weight == 0)
			return NULL;
		*nano += (uint64_t)(*text - '0') * weight;
	}
	return text;
}

static bool
read_quantity(const char *text, const struct unit *units, size_t count,
    uint64_t *out)
{
	uint64_t whole, nano, part;
	const char *unit = read_decimal(text, &whole, &nano);

	if (unit == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint64_t factor = units[i].factor;

		if (strcmp(unit, units[i].name) != 0)
			continue;
		/* Only what the smallest unit can say: no rounding. */
		part = (uint64_t)((unsigned __int128)nano * factor /
		    1000000000u);
		if ((unsigned __int128)part * 1000000000u !=
		    (unsigned __int128)nano * factor ||
		    whole > ((uint64_t)INT64_MAX - part) / factor)
			return false;
		*out = whole * factor + part;
		return true;
	}
	return false;
}

bool
text_duration_us(const char *text, uint64_t *out)
{
	return read_quantity(text, durations,
	    sizeof durations / sizeof durations[0], out);
}

bool
text_size_bytes(const char *text, uint64_t *out)
{
	return read_quantity(text, sizes, sizeof sizes / sizeof sizes[0], out);
}

bool
text_share_milli(const char *text, uint32_t *out)
{
	static const struct unit percent[] = { { "%", 1000 } };
	uint64_t milli;

	if (!read_quantity(text, percent, 1, &milli) || milli > 100000)
		return false;
	*out = (uint32_t)milli;
	return true;
}

bool
text_u64(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' ||
		    value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

void
text_format_duration(uint64_t us, char out[32])
{
	static const char *const names[] = { "us", "ms", "s", "m", "h", "d" };
	size_t best = 0;

	for (size_t i = 0; us > 0 && i < 6; i++)
		if (us % durations[i].factor == 0)
			best = i;
	if (us >= 1000000 && us % 100000 == 0 && best < 2)
		snprintf(out, 32, "%llu.%llus",
		    (unsigned long long)(us / 1000000),
		    (unsigned long long)(us % 1000000 / 100000));
	else
		snprintf(out, 32, "%llu%s",
		    (unsigned long long)(us / durations[best].factor),
		    us == 0 ? "s" : names[best]);
}

void
text_format_share(uint32_t milli, char out[32])
{
	int len = snprintf(out, 32, "%u.%03u", milli / 1000, milli % 1000);

	while (out[len - 1] == '0')
		len--;
	if (out[len - 1] == '.')
		len--;
	out[len] = '%';
	out[len + 1] = '\0';
}

/* --- comparing and copying ---------------------------------------------------- */

#define NEAREST_MAX 64

/* Levenshtein's distance with swaps of neighbours, two rows at a time. */
static size_t
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

const char *
text_nearest(const char *typed, const char *const *names, size_t count)
{
	size_t len = strlen(typed), best = NEAREST_MAX + 1;
	const char *nearest = NULL;

	if (len == 0 || len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(names[i]), distance;

		if (name_len > NEAREST_MAX)
			continue;
		distance = edit_distance(typed, len, names[i], name_len);
		/* As far apart as they are long: nothing in common. */
		if (distance < best && (distance < len || distance < name_len)) {
			best = distance;
			nearest = names[i];
		}
	}
	return best * 3 <= len + 2 ? nearest : NULL;
}

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool
text_equal_nocase(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool
text_copy(char *out, size_t space, const char *text, size_t len)
{
	bool fits = len < space;

	if (space == 0)
		return false;
	if (!fits)
		len = space - 1;
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
	return fits;
}

/* --- codings -------------------------------------------------------------------- */

void
text_hex(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *in = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * len] = '\0';
}

static int
base64url_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

bool
text_base64url_decode(const char *text, size_t len, char *out, size_t space,
    size_t *len_out)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t made = 0;

	if (len > 0 && len % 4 == 0 && text[len - 1] == '=')
		len -= text[len - 2] == '=' ? 2 : 1;
	if (len % 4 == 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = base64url_digit(text[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (made == space)
			return false;
		out[made++] = (char)(bits >> have);
	}
	*len_out = made;
	return true;
}

int
text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
text_percent_decode(const char *text, size_t len, bool plus_is_space,
    char *out, size_t space, size_t *len_out)
{
	size_t made = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? text_hex_digit(text[i + 1]) : -1;
			int low = i + 2 < len ? text_hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (made == space)
			return false;
		out[made++] = c;
	}
	*len_out = made;
	return true;
}

/* The table of well-formed sequences: Unicode 15, table 3-7. */
size_t
text_utf8_step(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t size;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	size = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len < size)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

size_t
text_json_step(const char *text, size_t len, char out[TEXT_JSON_STEP_MAX],
    size_t *used_out)
{
	static const char escaped[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	unsigned char c = (unsigned char)text[0];
	const char *found;

	*used_out = c < 0x80 ? 1 : text_utf8_step(text, len);
	if (*used_out == 0) {
		*used_out = 1;
		memcpy(out, "\xef\xbf\xbd", 3);
		return 3;
	}
	if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
		memcpy(out, text, *used_out);
		return *used_out;
	}
	out[0] = '\\';
	found = c == '\0' ? NULL : strchr(escaped, c);
	if (found != NULL) {
		out[1] = letters[found - escaped];
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = "0123456789abcdef"[c >> 4];
	out[5] = "0123456789abcdef"[c & 15];
	return 6;
}

size_t
text_utf8_prefix(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint64_t eight;
		size_t step;

		/* Most text is ASCII for long stretches. */
		if (len - at >= sizeof eight) {
			memcpy(&eight, text + at, sizeof eight);
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				at += sizeof eight;
				continue;
			}
		}
		step = text_utf8_step(text + at, len - at);
		if (step == 0)
			break;
		at += step;
	}
	return at;
}

bool
text_is_utf8(const char *text, size_t len)
{
	return text_utf8_prefix(text, len) == len;
}

char *
text_utf8_put(char *out, unsigned code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 63));
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 63));
		*out++ = (char)(0x80 | (code & 63));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 63));
		*out++ = (char)(0x80 | (code >> 6 & 63));
		*out++ = (char)(0x80 | (code & 63));
	}
	return out;
}
