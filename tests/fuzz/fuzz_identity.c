/* fuzz_identity -- any request against every source, override and route.
 * SPDX-License-Identifier: MIT
 *
 * A request head as on the wire, then its body.  Must hold: an id has 1 to
 * IDENTITY_MAX bytes and no control character; the same request gives the
 * same id and decision; without the body nothing but the sources before it
 * may answer.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "http/parser.h"
#include "policy/bucket.h"
#include "policy/decide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char main_text[] =
    "{\"listen\":[{\"address\":\"127.0.0.1:1\"}],\"backends\":{"
    "\"legacy\":{\"urls\":[\"http://127.0.0.1:2\"]},"
    "\"enhanced\":{\"urls\":[\"http://127.0.0.1:3\"]}},"
    "\"rules\":[\"r.json\"]}";
static const char rules_text[] =
    "{\"identity\":[{\"header\":\"x-user-id\"},{\"cookie\":\"uid\"},"
    "{\"query\":\"user\"},{\"path\":\"/u/*/{id}\"},{\"jwt_claim\":\"sub\"},"
    "{\"body\":\"/userId\"},{\"body\":\"/a/0/b~1c\"}],"
    "\"tenant\":[{\"header\":\"x-tenant\"},{\"body\":\"/tenant\"}],"
    "\"routes\":[{\"match\":{\"path\":\"/u/*\"}},"
    "{\"match\":{\"path\":\"/n/*\"},\"only\":\"enhanced\"},"
    "{\"match\":{\"path\":\"/a/*/b*\",\"methods\":[\"POST\"]}}],"
    "\"rollout\":{\"overrides\":["
    "{\"header\":\"x-beta\",\"equals\":\"1\",\"version\":\"enhanced\"},"
    "{\"cookie\":\"beta\",\"version\":\"enhanced\"},"
    "{\"all\":[{\"json\":\"/a/0\",\"equals\":\"x\"},{\"not\":{\"path\":\"/u/*\","
    "\"methods\":[\"GET\"]}},{\"any\":[{\"tenants\":[\"t\"]},{\"addresses\":"
    "[\"10.0.0.0/8\"]},{\"json\":\"/b\"}]}],\"version\":\"enhanced\"},"
    "{\"users\":[\"u1\"],\"version\":\"legacy\"}]}}";

static bool
read_text(void *arg, const char *path, struct buf *out, struct err *err)
{
	(void)arg;
	(void)err;
	buf_puts(out, strcmp(path, "u.json") == 0 ? main_text : rules_text);
	return true;
}

static struct snapshot *
make_snapshot(void)
{
	struct config_ports ports = { .read_file = read_text,
		.processors = 1 };
	struct rollout_state state = { .percent = 50000, .shadow = 50000,
		.enabled = true };
	struct buf faults = { 0 };
	struct config *c = config_load_from(&ports, "u.json", &faults);
	struct snapshot *s;

	if (c == NULL) {
		fputs(faults.bytes, stderr);
		abort();
	}
	s = snapshot_new(c, NULL, NULL, &state);
	config_unref(&c);
	return s;
}

static void
check_identity(const struct identity *who)
{
	if (!who->found) {
		assert(who->len == 0 && who->id[0] == '\0');
		return;
	}
	assert(who->len > 0 && who->len <= IDENTITY_MAX);
	assert(who->source < SOURCE_COUNT);
	assert(strlen(who->id) == who->len);
	for (size_t i = 0; i < who->len; i++)
		assert((unsigned char)who->id[i] >= 0x20 && who->id[i] != 0x7f);
}

static void
check_decision(const struct snapshot *s, const struct request_view *r,
    const struct identity *who)
{
	struct decision d, again;

	decide(s, r, who, false, "pair", &d);
	decide(s, r, who, false, "pair", &again);
	assert(d.version == again.version && d.why == again.why &&
	    d.mirror == again.mirror && d.bucket == again.bucket &&
	    d.route == again.route);
	assert(who->found ? d.bucket < BUCKET_COUNT : d.bucket == BUCKET_NONE);
	assert(d.route != NULL || (d.why == WHY_ROUTE && !d.mirror));
	assert((d.by != DECIDED_BY_NONE) == (d.why == WHY_OVERRIDE));
	assert((d.refusal != 0) == (d.route != NULL &&
	    d.route->only_enhanced && d.version == VERSION_LEGACY));
	decide(s, r, who, true, "pair", &d);
	assert(d.version == VERSION_LEGACY && d.why == WHY_LATCHED && !d.mirror);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct head_limits lim = { 65536, 100 };
	static struct snapshot *s;
	const struct source_chain *chain;
	struct request_view r = { .head = NULL };
	struct identity who, without;
	struct target target;
	struct head head;
	const char *why;

	if (s == NULL)
		s = make_snapshot();
	if (parse_request_head((const char *)data, size, 0, &lim, &head,
	    &why) != HEAD_OK || !target_parse(&head, &target, &why))
		return 0;
	chain = &s->config->rules.identity;
	r = (struct request_view){ .head = &head, .target = &target };
	if (identity_find(chain, &r, true, &without))
		assert(without.found && without.source != SOURCE_BODY);
	else
		assert(!without.found);
	r.body = (const char *)data + head.len;
	r.body_len = size - head.len;
	assert(identity_find(chain, &r, true, &who));
	check_identity(&who);
	if (without.found)
		assert(strcmp(who.id, without.id) == 0);
	check_decision(s, &r, &who);
	return 0;
}
