/* load -- files to one immutable struct config; contract in load.h.
 * SPDX-License-Identifier: MIT
 *
 * Order: understudy.json, then the rule files it names, then the
 * environment's switch.  A file that cannot be read or parsed is one fault
 * and the others are still looked at.
 */
#include "config/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/machine.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/faults.h"
#include "config/keys.h"
#include "config/location.h"
#include "config/memory.h"
#include "config/read.h"

/* What is read while one configuration is being loaded. */
struct loading {
	struct reader reader;
	struct config *config;    /* owns until given out */
	struct text_file *main;
	struct text_file **rules; /* of the rollout that is read, by their order;
	                           * root may be NULL */
	size_t rule_count;
	unsigned file_count;      /* rule files of all rollouts so far */
	enum rules_use use;
};

/* --- files ------------------------------------------------------------------ */

static struct text_file *
file_new(struct loading *l, const char *name, const char *text, size_t len,
    unsigned order)
{
	struct text_file *f = read_alloc(&l->reader, sizeof *f);

	f->name = read_copy(&l->reader, name, strlen(name));
	f->text = read_copy(&l->reader, text, len);
	f->len = len;
	f->order = order;
	return f;
}

/* Where the text is wrong.  A file that ends too early is wrong behind its
 * last word, not on the empty lines after it. */
static size_t
fault_offset(const struct text_file *f, size_t offset)
{
	if (offset < f->len)
		return offset;
	while (offset > 0 && strchr(" \t\r\n", f->text[offset - 1]) != NULL)
		offset--;
	return offset;
}

/* Parse and check that it is an object.  Repeated keys are let through: the
 * reader names each of them, the parser would stop at the first. */
static void
file_parse(struct loading *l, struct text_file *f)
{
	struct reader *r = &l->reader;
	struct json_fault why;

	r->file = f;
	f->root = json_parse(r->arena, f->text, f->len, false, &why);
	if (f->root == NULL) {
		read_fault_at(r, fault_offset(f, why.offset),
		    "not JSON: %s; correct it here", why.message);
	} else if (f->root->kind != JSON_OBJECT) {
		read_expected(r, f->root, "an object in { }");
		f->root = NULL;
	}
}

/* A file that the caller has named; its root is NULL if it is no good. */
static struct text_file *
load_named(struct loading *l, const char *path, unsigned order)
{
	struct reader *r = &l->reader;
	struct buf text = { 0 };
	struct err why = { "" };
	bool ok = r->ports->read_file(r->ports->arg, path, &text, &why);
	struct text_file *f = file_new(l, path,
	    text.bytes != NULL ? text.bytes : "", ok ? text.len : 0, order);

	buf_fini(&text);
	if (ok) {
		file_parse(l, f);
	} else {
		r->file = f;
		read_fault_at(r, 0, "cannot be read (%s); check the path and the "
		    "permissions", why.text);
	}
	return f;
}

static bool
load_main(struct loading *l, const char *path)
{
	l->main = load_named(l, path, 0);
	return l->main->root != NULL;
}

/* item: the path in "rules" of understudy.json. */
static struct text_file *
load_rule_file(struct loading *l, const struct json *item, unsigned order)
{
	struct reader *r = &l->reader;
	struct text_file *f = NULL;
	struct buf text = { 0 };
	struct err why = { "" };
	char shown[SHOWN_MAX];
	char *path = read_path(r, read_copy(r, item->text, item->len));
	bool ok = r->ports->read_file(r->ports->arg, path, &text, &why);

	if (ok)
		f = file_new(l, path, text.bytes != NULL ? text.bytes : "",
		    text.len, order);
	buf_fini(&text);
	if (!ok) {
		r->file = l->main;
		read_fault(r, item, "%s cannot be read (%s: %s); create it or "
		    "correct the path", read_shown(item, shown), path, why.text);
	}
	return f;
}

/* The others have their fault already (key_rule_files). */
static bool
is_path(const struct json *item)
{
	if (item->kind != JSON_STRING || item->len == 0 || item->len > 4096)
		return false;
	for (size_t i = 0; i < item->len; i++)
		if ((unsigned char)item->text[i] < 0x20 || item->text[i] == 0x7f)
			return false;
	return true;
}

/* Those that "rules" of this object names. */
static void
load_rule_files(struct loading *l, const struct json *object)
{
	const struct json *list = json_member(object, "rules");
	struct reader *r = &l->reader;
	unsigned item = 0;

	l->rule_count = 0;
	if (list == NULL || list->kind != JSON_ARRAY || list->count > RULE_FILES_MAX)
		return;
	l->rules = read_alloc(r, (list->count + 1) * sizeof *l->rules);
	for (const struct json *v = list->first; v != NULL; v = v->next) {
		struct text_file *f = NULL;
		size_t outer = read_enter(r, "rules", 5);
		size_t mark = read_enter_item(r, item++);

		if (is_path(v))
			f = load_rule_file(l, v, ++l->file_count);
		read_leave(r, mark);
		read_leave(r, outer);
		if (f != NULL) {
			file_parse(l, f);
			l->rules[l->rule_count++] = f;
		}
	}
}

/* --- rules from several files ------------------------------------------------ */

static void
merge_member(struct reader *r, struct json *merged,
    const struct json *member)
{
	struct json *copy = read_alloc(r, sizeof *copy);
	struct json **last = &merged->first;

	*copy = *member;
	copy->next = NULL;
	while (*last != NULL)
		last = &(*last)->next;
	*last = copy;
	merged->count++;
}

/* The one file that holds the key; a second one is a fault.  Leaves the
 * reader in that file. */
static const struct json *
find_rule(struct loading *l, const struct key *key)
{
	const struct json *found = NULL, *again;
	struct text_file *owner = NULL;
	struct reader *r = &l->reader;

	for (size_t i = 0; i < l->rule_count; i++) {
		struct text_file *f = l->rules[i];
		size_t mark;

		again = f->root != NULL ? json_member(f->root, key->name) : NULL;
		if (again == NULL)
			continue;
		if (found == NULL) {
			found = again;
			owner = f;
			continue;
		}
		if (key->type == &key_ignored)
			continue;
		r->file = f;
		mark = read_enter(r, key->name, strlen(key->name));
		read_fault_at(r, again->key_offset, "is already given in %s; keep "
		    "each key in one rule file", owner->name);
		read_leave(r, mark);
	}
	r->file = owner != NULL ? owner : l->main;
	return found;
}

/* Some of the others name hosts and files that who judges need not have. */
static bool
is_for_judging(const char *name)
{
	static const char *const names[] = { "compare", "dialects", "inspect",
		"noise", "redact" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
read_rules(struct loading *l, struct config *config)
{
	struct rules *rules = &config->rules;
	struct reader *r = &l->reader;
	struct json *merged = read_alloc(r, sizeof *merged);

	r->rules = rules;
	merged->kind = JSON_OBJECT;
	for (size_t i = 0; i < l->rule_count; i++) {
		r->file = l->rules[i];
		if (r->file->root != NULL)
			read_check_members(r, &rules_table, r->file->root);
	}
	for (size_t i = 0; i < rules_table.count; i++) {
		const struct key *key = &rules_table.keys[i];
		const struct json *value = find_rule(l, key);

		if (l->use == RULES_FOR_JUDGING && !is_for_judging(key->name))
			value = NULL;
		read_key(r, key, NULL, value, rules);
		if (value != NULL)
			merge_member(r, merged, value);
	}
	rules_table.finish(r, merged, rules);
	config_memory(config)->rules = merged;
	rules->given = l->rule_count > 0;
}

/* --- several rollouts -------------------------------------------------------- */

/* Room for so many; the first is the one that is there. */
static void
make_rollouts(struct loading *l, size_t count)
{
	struct config *whole = l->config;

	whole->rollouts = read_alloc(&l->reader,
	    count * sizeof whole->rollouts[0]);
	for (size_t i = 0; i < count; i++) {
		struct config *c = whole;

		if (i > 0) {
			c = read_alloc(&l->reader, sizeof *c);
			*c = (struct config){ .whole = whole, .index = i };
			c->memory = read_alloc(&l->reader,
			    sizeof(struct config_memory));
			*config_memory(c) = (struct config_memory){ 0 };
		}
		whole->rollouts[i] = c;
	}
	whole->rollout_count = count;
}

/* Who has no routes takes every request: nobody behind it is ever asked. */
static void
check_has_routes(struct loading *l, const struct json *item, size_t i)
{
	const struct config *whole = l->config;

	if (i + 1 < whole->rollout_count &&
	    whole->rollouts[i]->rules.route_count == 0)
		read_fault_in(&l->reader, item, "rules", "have no \"routes\", so no "
		    "request would reach the rollouts behind it; give it some, or "
		    "put it last");
}

/* Do it at an item of "rollouts". */
static void
at_rollout(struct loading *l, const struct json *item, size_t i,
    void (*act)(struct loading *l, const struct json *item, size_t i))
{
	size_t outer = read_enter(&l->reader, "rollouts", 8);
	size_t mark = read_enter_item(&l->reader, i);

	l->reader.file = l->main;
	act(l, item, i);
	read_leave(&l->reader, mark);
	read_leave(&l->reader, outer);
}

static void
load_item(struct loading *l, const struct json *item, size_t i UNUSED)
{
	load_rule_files(l, item);
}

static void
load_rollout(struct loading *l, const struct json *item, size_t i)
{
	struct config *config = l->config->rollouts[i];
	const char *name = l->config->settings.rollouts[i].name;

	at_rollout(l, item, i, load_item);
	read_rules(l, config);
	if (name != NULL)
		config->rules.name = read_copy(&l->reader, name, strlen(name));
	at_rollout(l, item, i, check_has_routes);
}

static void
load_rollouts(struct loading *l)
{
	const struct json *list = json_member(l->main->root, "rollouts");
	size_t i = 0;

	if (l->config->settings.rollout_count == 0) {
		make_rollouts(l, 1);
		load_rule_files(l, l->main->root);
		read_rules(l, l->config);
		return;
	}
	make_rollouts(l, l->config->settings.rollout_count);
	for (const struct json *v = list->first; v != NULL; v = v->next, i++)
		if (v->kind == JSON_OBJECT)
			load_rollout(l, v, i);
}

/* What all of them have alike. */
static void
share_settings(struct config *whole)
{
	for (size_t i = 1; i < whole->rollout_count; i++) {
		struct config *c = whole->rollouts[i];

		c->settings = whole->settings;
		c->env_disabled = whole->env_disabled;
		c->path = whole->path;
		c->rollouts = whole->rollouts;
		c->rollout_count = whole->rollout_count;
		config_memory(c)->settings = config_memory(whole)->settings;
		config_memory(c)->tls = config_memory(whole)->tls;
	}
}

/* --- the whole --------------------------------------------------------------- */

static char *
directory_of(struct reader *r, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return read_copy(r, "", 0);
	return read_copy(r, path, slash == path ? 1 : (size_t)(slash - path));
}

/* An unknown word is a fault, not "enabled": who sets the switch of last
 * resort must learn that it was mistyped. */
static void
read_environment(struct loading *l)
{
	static const char *const off[] = { "false", "0", "no", "off" };
	static const char *const on[] = { "", "true", "1", "yes", "on" };
	const char *text = l->reader.ports->enabled_env;
	bool known = text == NULL;

	for (size_t i = 0; text != NULL && i < COUNT_OF(off); i++)
		if (text_equal_nocase(text, strlen(text), off[i], strlen(off[i])))
			known = l->config->env_disabled = true;
	for (size_t i = 0; text != NULL && i < COUNT_OF(on); i++)
		if (text_equal_nocase(text, strlen(text), on[i], strlen(on[i])))
			known = true;
	l->reader.file = l->main;
	if (!known)
		read_fault_at(&l->reader, 0, "the environment has "
		    "UNDERSTUDY_ENABLED=\"%.40s\", which is neither true nor "
		    "false; set one of true, 1, yes, on, false, 0, no, off", text);
}

static void
load_all(struct loading *l, const char *path)
{
	struct settings *s = &l->config->settings;
	struct reader *r = &l->reader;

	if (!load_main(l, path))
		return;
	read_object(r, &settings_table, l->main->root, s);
	if (s->workers == 0)
		s->workers = r->ports->processors;
	if (s->memory_max_bytes == 0)
		s->memory_max_bytes = r->ports->memory_bytes / 4 * 3;
	config_memory(l->config)->settings = l->main->root;
	load_rollouts(l);
	read_environment(l);
	share_settings(l->config);
}

static void
begin(struct loading *l, const struct config_ports *ports, const char *path,
    struct faults *found)
{
	struct config_memory *memory = mem_zalloc(sizeof *memory);

	arena_init(&memory->arena, 0);
	l->config = mem_zalloc(sizeof *l->config);
	l->config->memory = memory;
	memory->tls = ports->tls;
	atomic_init(&l->config->refs, 1);
	l->reader = (struct reader){ .ports = ports, .arena = &memory->arena,
		.faults = found };
	l->reader.directory = directory_of(&l->reader, path);
	l->config->path = read_copy(&l->reader, path, strlen(path));
}

static struct config *
end(struct loading *l, struct buf *faults)
{
	struct faults *found = l->reader.faults;

	buf_fini(&l->reader.pointer);
	if (found->count > 0) {
		faults_write(found, faults);
		config_unref(&l->config);
	} else {
		/* Only what was read without a fault has an effective form. */
		for (size_t i = 0; i < l->config->rollout_count; i++) {
			struct config *c = l->config->rollouts[i];

			c->compare_mark = config_compare_mark(c);
		}
	}
	faults_fini(found);
	return l->config;
}

struct config *
config_load_from(const struct config_ports *ports, const char *path,
    struct buf *faults)
{
	struct faults found = { 0 };
	struct loading l = { 0 };

	begin(&l, ports, path, &found);
	load_all(&l, path);
	return end(&l, faults);
}

struct config *
config_load_rules(const struct config_ports *ports, const char *const *paths,
    size_t count, enum rules_use use, struct buf *faults)
{
	struct loading l = { .use = use };
	struct faults found = { 0 };

	begin(&l, ports, count > 0 ? paths[0] : "", &found);
	l.rules = read_alloc(&l.reader, (count + 1) * sizeof l.rules[0]);
	for (size_t i = 0; i < count; i++)
		l.rules[l.rule_count++] = load_named(&l, paths[i], (unsigned)i);
	l.main = count > 0 ? l.rules[0] : file_new(&l, "", "", 0, 0);
	make_rollouts(&l, 1);
	read_rules(&l, l.config);
	return end(&l, faults);
}

struct config *
config_load(const char *path, const struct tls_ports *tls,
    struct buf *faults)
{
	struct config_ports ports;

	config_ports_system(&ports);
	ports.tls = tls;
	return config_load_from(&ports, path, faults);
}

/* --- the real world ---------------------------------------------------------- */

static bool
read_system_file(void *arg, const char *path, struct buf *out,
    struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool ok;

	(void)arg;
	if (fd == -1)
		return err_set(err, "%s", strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		ok = err_set(err, "%s", strerror(EISDIR));
	else
		ok = file_read_all(fd, CONFIG_FILE_MAX_BYTES, out, err);
	close(fd);
	return ok;
}

static bool
resolve_by_system(void *arg UNUSED, const char *host, struct location *out,
    size_t *count_out, struct err *err)
{
	return location_lookup(host, out, count_out, err);
}

void
config_ports_system(struct config_ports *out)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	*out = (struct config_ports){
		.read_file = read_system_file,
		.resolve = resolve_by_system,
		.enabled_env = getenv("UNDERSTUDY_ENABLED"),
		.processors = processors < 1 ? 1 :
		    processors > 256 ? 256 : (uint32_t)processors,
		.memory_bytes = machine_memory_bytes(),
	};
}
