/* reference -- docs/config.md from the key tables.
 * SPDX-License-Identifier: MIT
 *
 * One section for each object, one line for each key.  Contract of
 * config_write_reference() in config.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/keys.h"

#define TABLES_MAX 64

/* Tables already written, so that a shared one is written once. */
struct sections {
	const struct key_table *tables[TABLES_MAX];
	char names[TABLES_MAX][96];
	size_t count;
};

static const char intro[] =
"# Configuration\n"
"\n"
"Made from the key tables in `src/config/keys.c` and `src/config/rule_keys.c`;\n"
"do not edit. `understudy --check` prints every fault of a configuration.\n"
"\n"
"* A *duration* is a number with a unit: `us`, `ms`, `s`, `m`, `h`, `d`\n"
"  (`\"250ms\"`, `\"1.5h\"`), in whole milliseconds.\n"
"* A *size* is a number of bytes, or a text with `B`, `KiB`, `MiB`, `GiB`\n"
"  (`\"64KiB\"`).\n"
"* A *share* is a number of percent (`5`, `0.001`) or a text (`\"5%\"`), in\n"
"  steps of 0.001.\n"
"* Unknown keys are faults. `$schema` may name a JSON Schema for editors\n"
"  (`understudy.schema.json`, `rules.schema.json`).\n"
"* *restart*: a reload that changes this key is refused; an upgrade (SIGUSR2)\n"
"  takes it. Everything else takes effect with a reload.\n";

/* A cell must not hold "|" or a line feed. */
static void
add_cell(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buf_puts(out, "\\");
		buf_add(out, *text == '\n' ? " " : text, 1);
	}
}

static void
add_type(const struct key *key, struct buf *out)
{
	buf_puts(out, key->type->word);
	for (size_t i = 0; key->words != NULL && key->words[i] != NULL; i++)
		buf_printf(out, "%s`%s`", i > 0 ? ", " : ": ", key->words[i]);
}

static void
add_standard(const struct key *key, struct buf *out)
{
	if ((key->flags & KEY_REQUIRED) != 0) {
		buf_puts(out, "**required**");
	} else if ((key->flags & KEY_ONE_OF) != 0) {
		buf_puts(out, "*exactly one*");
	} else if (key->standard != NULL) {
		buf_puts(out, "`");
		add_cell(out, key->standard);
		buf_puts(out, "`");
	}
}

static void
add_bounds(const struct key *key, struct buf *out)
{
	char low[32], high[32];

	if (key->type->format != NULL) {
		key->type->format(key->min, low);
		key->type->format(key->max, high);
		buf_printf(out, "%s to %s", low, high);
	} else if (key->max > 0) {
		buf_printf(out, "%.0f to %.0f items", key->min, key->max);
	}
}

static void
add_row(const struct key *key, struct buf *out)
{
	buf_printf(out, "| `%s` | ", key->name);
	add_type(key, out);
	buf_puts(out, " | ");
	add_standard(key, out);
	buf_puts(out, " | ");
	add_bounds(key, out);
	buf_puts(out, " | ");
	add_cell(out, key->help);
	if ((key->flags & KEY_RESTART) != 0)
		buf_puts(out, " *restart*");
	buf_puts(out, " |\n");
}

static bool
is_written(const struct sections *done, const struct key_table *table,
    const char **name_out)
{
	for (size_t i = 0; i < done->count; i++) {
		if (done->tables[i] == table) {
			*name_out = done->names[i];
			return true;
		}
	}
	return false;
}

static void
remember(struct sections *done, const struct key_table *table,
    const char *name)
{
	if (done->count == TABLES_MAX)
		return;
	done->tables[done->count] = table;
	snprintf(done->names[done->count++], sizeof done->names[0], "%s", name);
}

/* heading: "## `understudy.json`"; path: of this object, "" at the top. */
static void
add_section(struct sections *done, const struct key_table *table,
    const char *path, struct buf *out)
{
	const char *earlier;
	char inner[96];

	if (path[0] != '\0')
		buf_printf(out, "\n### `%s`\n\n", path);
	if (is_written(done, table, &earlier)) {
		buf_printf(out, "The keys of `%s`.\n", earlier);
		return;
	}
	remember(done, table, path);
	buf_printf(out, "%s\n\n| key | type | default | range | meaning |\n"
	    "| --- | --- | --- | --- | --- |\n", table->about);
	for (size_t i = 0; i < table->count; i++)
		add_row(&table->keys[i], out);
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];

		if (key->table == NULL)
			continue;
		snprintf(inner, sizeof inner, "%s%s%s%s", path,
		    path[0] != '\0' ? "." : "", key->name,
		    key->type == &key_list ? "[]" : "");
		add_section(done, key->table, inner, out);
	}
}

void
config_write_reference(struct buf *out)
{
	struct sections done = { .count = 0 };

	buf_puts(out, intro);
	buf_puts(out, "\n## `understudy.json`\n\n");
	add_section(&done, &settings_table, "", out);
	buf_puts(out, "\n## Rule files\n\n");
	add_section(&done, &rules_table, "", out);
}
