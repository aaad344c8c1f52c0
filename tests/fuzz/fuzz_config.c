/* fuzz_config -- any text as a configuration.
 * SPDX-License-Identifier: MIT
 *
 * understudy.json up to a line "---", then a rule file that every path of
 * "rules" leads to.  Must hold: either a complete config, whose effective
 * form is JSON again and which can be reloaded onto itself, or faults, each
 * a printable line; never both, never neither.
 */
#include <assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "config/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const char *main, *rules;
	size_t main_len, rules_len;
};

static bool
read_input(void *arg, const char *path, struct buf *out, struct err *err)
{
	const struct input *in = arg;

	(void)err;
	if (strcmp(path, "u.json") == 0)
		buf_add(out, in->main, in->main_len);
	else
		buf_add(out, in->rules, in->rules_len);
	return true;
}

static bool
resolve(void *arg, const char *host, struct location *out,
    size_t *count_out, struct err *err)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->addr;

	(void)arg;
	if (host[0] == 'x')
		return err_set(err, "unknown");
	memset(out, 0, sizeof *out);
	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(0xc0000207);
	out->addr_len = sizeof *v4;
	*count_out = 1;
	return true;
}

static struct input
split(const char *text, size_t len)
{
	static const char mark[] = "\n---\n";
	struct input in = { .main = text, .rules = "", .main_len = len };
	const char *found = len > 0 ? memmem(text, len, mark, 5) : NULL;

	if (found == NULL)
		return in;
	in.main_len = (size_t)(found - text);
	in.rules = found + 5;
	in.rules_len = len - in.main_len - 5;
	return in;
}

static void
check_config(struct config *c)
{
	const struct rules *r = &c->rules;
	struct buf text = { 0 };
	struct json_fault why;
	struct err err;
	struct arena a;

	assert(r->stage_count > 0 && r->stage < r->stage_count);
	assert(r->percent <= 100000);
	for (size_t i = 0; i < r->stage_count; i++)
		assert(r->stages[i].name != NULL &&
		    r->stages[i].percent <= 100000 &&
		    r->stages[i].shadow <= 100000);
	assert(c->settings.listen_count > 0 && c->settings.workers > 0);
	for (int v = 0; v < VERSION_COUNT; v++)
		assert(c->settings.backends[v].endpoint_count > 0);
	assert(c->rollouts[c->index] == c);
	assert(config_rollout_mark(c) != 0);
	assert(config_can_reload(c, c, &err));
	config_write_json(c, &text);
	arena_init(&a, 0);
	assert(json_parse(&a, text.bytes, text.len, true, &why) != NULL);
	arena_fini(&a);
	buf_fini(&text);
}

static void
check_faults(const struct buf *faults)
{
	assert(faults->len > 0 && faults->bytes[faults->len - 1] == '\n');
	for (size_t i = 0; i < faults->len; i++)
		assert((unsigned char)faults->bytes[i] >= 0x20 ||
		    faults->bytes[i] == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = split((const char *)data, size);
	struct config_ports ports = { .read_file = read_input,
		.resolve = resolve, .arg = &in, .processors = 2 };
	struct buf faults = { 0 };
	struct config *c = config_load_from(&ports, "u.json", &faults);

	if (c != NULL) {
		assert(faults.len == 0);
		for (size_t i = 0; i < c->rollout_count; i++)
			check_config(c->rollouts[i]);
	} else {
		check_faults(&faults);
	}
	config_unref(&c);
	buf_fini(&faults);
	return 0;
}
