/* test_access -- a line of the access log, byte by byte.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "base/text.h"
#include "observe/access.h"

static struct access_record
refused(void)
{
	struct access_record r = { .ts_us = INT64_C(1769860496123456),
		.outcome = OUTCOME_CLIENT_BAD_HEAD, .phase = ACCESS_HEAD,
		.status = 400, .error = "no \":\" \\ here" };

	cr_assert(ip_parse("192.0.2.1", 9, &r.client));
	return r;
}

static struct access_record
answered(void)
{
	struct access_record r = { .ts_us = 1, .has_leg = true, .reused = true,
		.leg = LEG_SHADOW, .version = VERSION_ENHANCED,
		.outcome = OUTCOME_DONE, .phase = ACCESS_END, .status = 200,
		.upstream_status = 201, .decision = "bucket", .begin_us = 5,
		.first_byte_us = 6, .latency_us = 7, .request_bytes = 8,
		.response_bytes = UINT64_MAX, .pair = "p", .trace_id = "t",
		.id = "i", .stage = "s", .method = "GET", .path = "/",
		.route = "/*", .upstream = "http://u" };

	cr_assert(ip_parse("::1", 3, &r.client));
	return r;
}

static void
expect_line(const struct access_record *r, const char *want)
{
	struct buf out = { 0 };

	access_write_line(r, &out);
	cr_expect_str_eq(out.bytes, want);
	buf_fini(&out);
}

Test(access, writes_what_was_refused)
{
	struct access_record r = refused();

	expect_line(&r, "{\"ts\":\"2026-01-31T11:54:56.123456Z\","
	    "\"client\":\"192.0.2.1\",\"id\":null,\"pair\":null,\"trace_id\":null,"
	    "\"method\":null,\"path\":null,\"route\":null,\"stage\":null,"
	    "\"decision\":null,\"status\":400,\"outcome\":\"client_bad_head\","
	    "\"phase\":\"head\",\"error\":\"no \\\":\\\" \\\\ here\"}\n");
}

Test(access, writes_a_leg)
{
	struct access_record r = answered();

	expect_line(&r, "{\"ts\":\"1970-01-01T00:00:00.000001Z\","
	    "\"client\":\"::1\",\"id\":\"i\",\"pair\":\"p\",\"trace_id\":\"t\","
	    "\"method\":\"GET\",\"path\":\"/\",\"route\":\"/*\",\"stage\":\"s\","
	    "\"decision\":\"bucket\",\"status\":200,\"outcome\":\"done\","
	    "\"phase\":\"end\",\"error\":null,\"leg\":\"shadow\","
	    "\"version\":\"enhanced\",\"upstream\":\"http://u\","
	    "\"upstream_status\":201,\"reused\":true,\"retried\":false,"
	    "\"fallback\":false,\"begin_us\":5,\"first_byte_us\":6,"
	    "\"first_content_us\":null,\"latency_us\":7,\"request_bytes\":8,"
	    "\"response_bytes\":18446744073709551615}\n");
}

/* Every byte at every place of a text: one line, JSON, UTF-8. */
Test(access, stays_a_line_of_json_whatever_it_holds)
{
	struct buf out = { 0 };

	for (unsigned c = 1; c < 256; c++) {
		struct access_record r = answered();
		struct arena a;
		struct json_fault why;

		memset(r.id, (int)c, sizeof r.id - 1);
		memset(r.path, (int)c, sizeof r.path - 1);
		memset(r.error, (int)c, sizeof r.error - 1);
		buf_clear(&out);
		access_write_line(&r, &out);
		cr_expect_eq(memchr(out.bytes, '\n', out.len),
		    out.bytes + out.len - 1, "byte %u", c);
		cr_expect(text_is_utf8(out.bytes, out.len), "byte %u", c);
		arena_init(&a, 0);
		cr_expect_not_null(json_parse(&a, out.bytes, out.len, true, &why),
		    "byte %u: %s", c, why.message);
		arena_fini(&a);
	}
	buf_fini(&out);
}

Test(access, has_a_word_for_each_phase)
{
	for (int p = 0; p < ACCESS_PHASE_COUNT; p++) {
		cr_expect_str_not_empty(access_phase_word((enum access_phase)p));
		cr_expect_str_not_empty(access_phase_text((enum access_phase)p));
	}
}
