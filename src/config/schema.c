/* schema -- JSON Schemas of the configuration files, from the key tables.
 * SPDX-License-Identifier: MIT
 *
 * Draft 2020-12.  They help an editor complete and colour; --check has the
 * last word.  Contract of config_write_schema() in config.h.
 */
#include <string.h>

#include "config/config.h"
#include "config/keys.h"

static void write_table(const struct key_table *table, unsigned depth,
    struct buf *out);

static void
new_line(unsigned depth, struct buf *out)
{
	buf_puts(out, "\n");
	while (depth-- > 0)
		buf_puts(out, "  ");
}

/* The members of one key's schema. */
static void
write_key(const struct key *key, unsigned depth, struct buf *out)
{
	buf_printf(out, "\"%s\": {", key->name);
	new_line(depth + 1, out);
	buf_puts(out, "\"description\": ");
	buf_json_string(out, key->help, strlen(key->help));
	buf_puts(out, ",");
	new_line(depth + 1, out);
	if (key->type == &key_object) {
		write_table(key->table, depth + 1, out);
	} else if (key->type == &key_list) {
		buf_printf(out, "\"type\": \"array\", \"minItems\": %.0f, "
		    "\"maxItems\": %.0f, \"items\": {", key->min, key->max);
		new_line(depth + 2, out);
		write_table(key->table, depth + 2, out);
		new_line(depth + 1, out);
		buf_puts(out, "}");
	} else {
		key->type->schema(key, out);
	}
	if (key->standard != NULL) {
		buf_puts(out, ",");
		new_line(depth + 1, out);
		buf_printf(out, "\"default\": %s", key->standard);
	}
	new_line(depth, out);
	buf_puts(out, "}");
}

static void
write_required(const struct key_table *table, unsigned depth,
    struct buf *out)
{
	const char *comma = "";

	buf_puts(out, ",");
	new_line(depth, out);
	buf_puts(out, "\"required\": [");
	for (size_t i = 0; i < table->count; i++) {
		if ((table->keys[i].flags & KEY_REQUIRED) == 0)
			continue;
		buf_printf(out, "%s\"%s\"", comma, table->keys[i].name);
		comma = ", ";
	}
	buf_puts(out, "]");
}

static void
write_one_of(const struct key_table *table, unsigned depth, struct buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < table->count; i++) {
		if ((table->keys[i].flags & KEY_ONE_OF) == 0)
			continue;
		if (comma[0] == '\0') {
			buf_puts(out, ",");
			new_line(depth, out);
			buf_puts(out, "\"oneOf\": [");
		}
		buf_printf(out, "%s{\"required\": [\"%s\"]}", comma,
		    table->keys[i].name);
		comma = ", ";
	}
	if (comma[0] != '\0')
		buf_puts(out, "]");
}

/* The members of an object's schema, without its braces. */
static void
write_table(const struct key_table *table, unsigned depth, struct buf *out)
{
	const char *comma = "";

	buf_puts(out, "\"type\": \"object\", \"additionalProperties\": false,");
	new_line(depth, out);
	buf_puts(out, "\"properties\": {");
	for (size_t i = 0; i < table->count; i++) {
		buf_puts(out, comma);
		comma = ",";
		new_line(depth + 1, out);
		write_key(&table->keys[i], depth + 1, out);
	}
	new_line(depth, out);
	buf_puts(out, "}");
	write_required(table, depth, out);
	write_one_of(table, depth, out);
}

void
config_write_schema(bool of_rules, struct buf *out)
{
	buf_puts(out, "{\n"
	    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
	buf_printf(out, "  \"title\": \"%s\",\n  ", of_rules ?
	    "understudy rule file" : "understudy.json");
	write_table(of_rules ? &rules_table : &settings_table, 1, out);
	buf_puts(out, "\n}\n");
}
