/* test_keep_keys -- "keep", "redact" and files of keys, right and wrong.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "files.h"

#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_B "ffeeddccbbaa99887766554433221100FFEEDDCCBBAA99887766554433221100"

/* understudy.json with "keep", rules with "redact", and "k.keys". */
static struct config *
load(const char *keep, const char *redact, const char *keys,
    struct buf *faults)
{
	struct buf main = { 0 }, rules = { 0 };
	struct memory_files f = { { "understudy.json", "r.json", "k.keys" },
		{ NULL, NULL, keys } };
	struct config_ports ports = files_ports(&f);
	struct config *c;

	buf_printf(&main, "{" NEEDED_KEYS ",'rules':['r.json']%s%s}",
	    keep[0] != '\0' ? ",'keep':" : "", keep);
	buf_printf(&rules, "{%s%s}", redact[0] != '\0' ? "'redact':" : "",
	    redact);
	f.texts[0] = main.bytes;
	f.texts[1] = rules.bytes;
	c = config_load_from(&ports, "understudy.json", faults);
	buf_fini(&main);
	buf_fini(&rules);
	return c;
}

Test(keep_keys, keeps_nothing_unless_asked)
{
	struct buf faults = { 0 };
	struct config *c = load("", "", "", &faults);
	const struct keep_settings *k = &c->settings.keep;

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(k->bodies, KEEP_NONE);
	cr_expect_eq(k->users, KEEP_HASHED);
	cr_expect_eq(k->max_bytes, 64 << 10);
	cr_expect_eq(k->per_hour, 600);
	cr_expect_eq(k->total_bytes, 256 << 20);
	cr_expect_eq(k->for_ms, UINT64_C(30) * 24 * 3600 * 1000);
	cr_expect_eq(k->key_count, 0);
	cr_expect_eq(c->rules.redact.pointer_count +
	    c->rules.redact.pattern_count + c->rules.redact.header_count, 0);
	cr_expect_null(c->rules.redact.places);
	config_unref(&c);
}

Test(keep_keys, reads_all_of_it)
{
	struct buf faults = { 0 }, text = { 0 };
	struct config *c = load("{'bodies':'different','max':'8KiB',"
	    "'per_hour':5,'total':'1MiB','for':'1h','key_file':'k.keys',"
	    "'users':'plain'}", "{'pointers':['/a/*',''],'headers':['X-Key'],"
	    "'patterns':['\\\\d{4}','a+']}", "# old\n" KEY_A "\r\n\n" KEY_B,
	    &faults);
	const struct keep_settings *k = &c->settings.keep;
	const struct redact_rules *r = &c->rules.redact;

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(k->bodies, KEEP_DIFFERENT);
	cr_expect_eq(k->users, KEEP_PLAIN);
	cr_expect_eq(k->max_bytes, 8192);
	cr_expect_eq(k->per_hour, 5);
	cr_expect_eq(k->total_bytes, 1 << 20);
	cr_expect_eq(k->for_ms, 3600000);
	cr_assert_eq(k->key_count, 2);
	cr_expect_eq(k->keys[0].bytes[1], 0x11);
	cr_expect_eq(k->keys[1].bytes[0], 0xff);
	cr_expect_eq(k->keys[1].bytes[31], 0x00);
	cr_expect_str_eq(r->pointers[0], "/a/*");
	cr_expect_str_eq(r->headers[0], "x-key");
	cr_expect_eq(r->pattern_count, 2);
	cr_expect_not_null(r->places);
	/* The effective configuration names the file and shows no key. */
	config_write_json(c, &text);
	cr_expect_not_null(strstr(text.bytes, "\"key_file\":\"k.keys\""));
	cr_expect_null(strstr(text.bytes, "0011223344"));
	buf_fini(&text);
	config_unref(&c);
}

static const struct {
	const char *why, *keep, *redact, *keys, *want;
} faults_of[] = {
	{ "no such pattern", "", "{'patterns':['ok','(']}", "",
	    "/redact/patterns/1: \"(\" is no regular expression: missing closing "
	    "parenthesis, at byte 1" },
	{ "one that matches nothing", "", "{'patterns':['a*']}", "",
	    "matches the empty text" },
	{ "a pattern that is none", "", "{'patterns':[7]}", "",
	    "must be a regular expression in quotes, not 7" },
	{ "no pointer", "", "{'pointers':['a']}", "", "/redact/pointers/0" },
	{ "no header", "", "{'headers':['a b']}", "",
	    "is not the name of a header" },
	{ "no key file", "{'key_file':'other'}", "", "",
	    "holds no keys (other: No such file or directory)" },
	{ "an empty key file", "{'key_file':'k.keys'}", "", "# none\n",
	    "there is no key in it" },
	{ "a short key", "{'key_file':'k.keys'}", "", KEY_A "\n0011\n",
	    "line 2 is not 64 hex digits" },
	{ "another word", "{'bodies':'all'}", "", "", "\"none\"" },
	{ "too small", "{'max':'1B'}", "", "", "out of range" },
};

Test(keep_keys, faults)
{
	for (size_t i = 0; i < COUNT_OF(faults_of); i++) {
		struct buf faults = { 0 };
		struct config *c = load(faults_of[i].keep, faults_of[i].redact,
		    faults_of[i].keys, &faults);

		cr_expect_null(c, "%s", faults_of[i].why);
		cr_expect(faults.len > 0 && strstr(faults.bytes,
		    faults_of[i].want) != NULL, "%s: %s", faults_of[i].why,
		    faults.len > 0 ? faults.bytes : "");
		cr_expect(faults.len == 0 ||
		    strstr(faults.bytes, "0011223344") == NULL);
		config_unref(&c);
		buf_fini(&faults);
	}
}

Test(keep_keys, as_many_keys_as_there_may_be)
{
	struct keep_key keys[KEEP_KEYS_MAX];
	struct err err = { "" };
	struct buf text = { 0 };
	size_t count;

	for (int i = 0; i < KEEP_KEYS_MAX; i++)
		buf_puts(&text, KEY_A "\n");
	cr_expect(keep_keys_parse(text.bytes, text.len, keys, &count, &err));
	cr_expect_eq(count, KEEP_KEYS_MAX);
	buf_puts(&text, KEY_A "\n");
	cr_expect_not(keep_keys_parse(text.bytes, text.len, keys, &count,
	    &err));
	buf_fini(&text);
}
