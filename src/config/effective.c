/* effective -- the configuration in force, and what a reload may change.
 * SPDX-License-Identifier: MIT
 *
 * Both are made from the trees as they were read and the defaults of the
 * key tables: a key that has a row is shown and compared.  Passwords in the
 * store's address are masked.  Contract in config.h.
 */
#include "config/config.h"

#include <string.h>
#include <strings.h>
#include <xxhash.h>

#include "config/keys.h"
#include "config/memory.h"
#include "config/mirror_keys.h"
#include "config/secret_keys.h"
#include "config/smoke_keys.h"

/* --- values ------------------------------------------------------------------ */

/* postgresql://USER:PASSWORD@HOST/: from the ":" behind the name to the
 * last "@" of the authority. */
static void
mask_userinfo(const char *text, struct buf *out)
{
	const char *start = strstr(text, "://"), *colon, *at = NULL;

	if (start != NULL) {
		size_t len = strcspn(start + 3, "/?");

		at = memrchr(start + 3, '@', len);
	}
	colon = at != NULL ? memchr(start + 3, ':', (size_t)(at - start - 3)) :
	    NULL;
	if (colon == NULL) {
		buf_puts(out, text);
		return;
	}
	buf_add(out, text, (size_t)(colon + 1 - text));
	buf_puts(out, "***");
	buf_puts(out, at);
}

/* "password=..." of a keyword string or a URL's query: to the next space or
 * "&", or to the closing quote. */
static void
mask_password(const char *text, struct buf *out)
{
	const char *p;

	while ((p = strcasestr(text, "password")) != NULL) {
		p += strlen("password");
		p += strspn(p, " ");
		if (*p != '=') {
			buf_add(out, text, (size_t)(p - text));
			text = p;
			continue;
		}
		p++;
		p += strspn(p, " ");
		buf_add(out, text, (size_t)(p - text));
		buf_puts(out, "***");
		if (*p == '\'') {
			for (p++; *p != '\0' && *p != '\''; p++)
				if (*p == '\\' && p[1] != '\0')
					p++;
			text = *p != '\0' ? p + 1 : p;
		} else {
			text = p + strcspn(p, " &");
		}
	}
	buf_puts(out, text);
}

static void
write_store(const struct json *value, struct buf *out)
{
	struct buf text = { 0 }, once = { 0 }, twice = { 0 };

	buf_add(&text, value->text, value->len);
	mask_userinfo(text.bytes, &once);
	mask_password(once.bytes, &twice);
	buf_json_string(out, twice.bytes, twice.len);
	buf_fini(&text);
	buf_fini(&once);
	buf_fini(&twice);
}

/* --- the walk ------------------------------------------------------------------ */

struct writing {
	struct buf *out;
	bool with_secrets; /* for comparison only, never shown */
	bool restart_only; /* likewise: of a list's items, the KEY_RESTART keys */
};

static void write_object(const struct writing *w,
    const struct key_table *table, const struct json *object,
    const void *target);

static const void *
field_of(const struct key *key, const void *target)
{
	return (const char *)target + key->offset;
}

static void
write_list(const struct writing *w, const struct key *key,
    const struct json *list, const void *target)
{
	const char *items, *comma = "";

	memcpy(&items, field_of(key, target), sizeof items);
	buf_puts(w->out, "[");
	for (const struct json *v = list->first; v != NULL; v = v->next) {
		buf_puts(w->out, comma);
		comma = ",";
		write_object(w, key->table, v, items);
		items += key->table->size;
	}
	buf_puts(w->out, "]");
}

/* A default that is found at run time stands in its field. */
static bool
write_computed(const struct writing *w, const struct key *key,
    const void *target)
{
	const void *field = field_of(key, target);

	if ((key->flags & KEY_COMPUTED) == 0)
		return false;
	if (key->type == &key_bool)
		buf_puts(w->out, *(const bool *)field ? "true" : "false");
	else if (key->type == &key_count)
		buf_printf(w->out, "%u", (unsigned)*(const uint32_t *)field);
	else if (key->type == &key_size)
		buf_printf(w->out, "%llu",
		    (unsigned long long)*(const uint64_t *)field);
	else
		return false;
	return true;
}

/* false: nothing to show (absent and without a default). */
static bool
write_key(const struct writing *w, const struct key *key,
    const struct json *value, const void *target)
{
	if (key->type == &key_object && value == NULL &&
	    (key->flags & KEY_OPTIONAL) != 0)
		return false;
	if (key->type == &key_object)
		write_object(w, key->table, value, field_of(key, target));
	else if (value == NULL && key->standard != NULL)
		buf_puts(w->out, key->standard);
	else if (value == NULL)
		return write_computed(w, key, target);
	else if (key->type == &key_list)
		write_list(w, key, value, target);
	else if (key->type == &key_store && !w->with_secrets)
		write_store(value, w->out);
	else if ((key->type == &key_field_value || key->type == &key_secret ||
	    key->type == &key_smoke_headers) && !w->with_secrets)
		buf_puts(w->out, "\"***\"");
	else
		json_write(value, w->out);
	return true;
}

static const struct json *
member_of(const struct json *object, const struct key *key)
{
	return object != NULL ? json_member(object, key->name) : NULL;
}

static void
write_object(const struct writing *w, const struct key_table *table,
    const struct json *object, const void *target)
{
	const char *comma = "";

	buf_puts(w->out, "{");
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];
		size_t start = w->out->len;

		if (key->type == &key_ignored ||
		    (w->restart_only && (key->flags & KEY_RESTART) == 0))
			continue;
		buf_printf(w->out, "%s\"%s\":", comma, key->name);
		if (write_key(w, key, member_of(object, key), target))
			comma = ",";
		else
			w->out->len = start;
	}
	buf_puts(w->out, "}");
}

void
config_write_json(const struct config *c, struct buf *out)
{
	struct writing w = { .out = out };

	buf_puts(out, "{\"path\":");
	buf_json_string(out, c->path, strlen(c->path));
	buf_printf(out, ",\"env_disabled\":%s,\"settings\":",
	    c->env_disabled ? "true" : "false");
	write_object(&w, &settings_table, config_memory(c)->settings,
	    &c->settings);
	buf_puts(out, ",\"rules\":");
	write_object(&w, &rules_table, config_memory(c)->rules, &c->rules);
	buf_puts(out, "}");
}

/* --- a mark ---------------------------------------------------------------------- */

uint64_t
config_compare_mark(const struct config *c)
{
	static const char *const names[] = { "compare", "dialects", "redact",
		NULL };
	const struct json *rules = config_memory(c)->rules;
	struct buf text = { 0 };
	struct writing w = { &text, true, false };
	uint64_t mark;

	buf_puts(&text, "=");
	for (size_t i = 0; i < rules_table.count; i++) {
		const struct key *key = &rules_table.keys[i];

		if (word_index(names, key->name, strlen(key->name)) < 0)
			continue;
		(void)write_key(&w, key, member_of(rules, key), &c->rules);
		buf_puts(&text, ";");
	}
	mark = XXH3_64bits(text.bytes, text.len);
	buf_fini(&text);
	return mark;
}

/* --- reload ---------------------------------------------------------------------- */

static bool
key_is_same(const struct key *key, const struct json *a,
    const struct config *now, const struct json *b,
    const struct config *next)
{
	struct buf left = { 0 }, right = { 0 };
	bool is_list = key->type == &key_list;
	struct writing wl = { &left, true, is_list };
	struct writing wr = { &right, true, is_list };
	bool same;

	buf_puts(&left, "=");
	buf_puts(&right, "=");
	write_key(&wl, key, a, &now->settings);
	write_key(&wr, key, b, &next->settings);
	same = left.len == right.len &&
	    memcmp(left.bytes, right.bytes, left.len) == 0;
	buf_fini(&left);
	buf_fini(&right);
	return same;
}

/* Restart keys stand in understudy.json itself or in an object whose fields
 * are those of struct settings (admin).  A list that is one (listen) may not
 * change its number of items, nor the restart keys of one. */
static void
add_changed(const struct key_table *table, const struct json *a,
    const struct config *now, const struct json *b,
    const struct config *next, const char *prefix, struct buf *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];
		const struct json *x = member_of(a, key), *y = member_of(b, key);

		if (key->type == &key_object && key->offset == 0)
			add_changed(key->table, x, now, y, next, key->name, out);
		if ((key->flags & KEY_RESTART) == 0 ||
		    key_is_same(key, x, now, y, next))
			continue;
		buf_printf(out, "%s%s%s%s", out->len > 0 ? ", " : "", prefix,
		    prefix[0] != '\0' ? "." : "", key->name);
	}
}

bool
config_can_reload(const struct config *now, const struct config *next,
    struct err *err)
{
	struct buf changed = { 0 };
	bool ok;

	add_changed(&settings_table, config_memory(now)->settings, now,
	    config_memory(next)->settings, next, "", &changed);
	ok = changed.len == 0;
	if (!ok)
		err_set(err, "%s changed, which takes effect only with a "
		    "restart; upgrade (SIGUSR2) or restart understudy, or "
		    "put it back", changed.bytes);
	buf_fini(&changed);
	return ok;
}
