/* files -- configurations from memory, for the tests of config and policy.
 * SPDX-License-Identifier: MIT
 *
 * Texts are written with ' for " so that a table can be read.  Only the
 * host name "backend.test" resolves (to 192.0.2.7); nothing touches disk or
 * network.
 */
#ifndef TESTS_UNIT_CONFIG_FILES_H
#define TESTS_UNIT_CONFIG_FILES_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/compiler.h"
#include "config/load.h"

#define FILES_MAX 6

struct memory_files {
	const char *paths[FILES_MAX]; /* ends with NULL */
	const char *texts[FILES_MAX];
};

/* What a valid understudy.json cannot do without. */
#define LISTEN_KEY "'listen':[{'address':'127.0.0.1:8080'}]"
#define BACKENDS_KEY "'backends':{'legacy':{'urls':['http://127.0.0.1:9001']}," \
	"'enhanced':{'urls':['http://127.0.0.1:9002']}}"
#define NEEDED_KEYS LISTEN_KEY "," BACKENDS_KEY
#define WITH_RULES "{" NEEDED_KEYS ",'rules':['r.json']}"

static inline bool
files_read(void *arg, const char *path, struct buf *out, struct err *err)
{
	const struct memory_files *f = arg;

	for (size_t i = 0; f->paths[i] != NULL; i++) {
		if (strcmp(f->paths[i], path) != 0)
			continue;
		for (const char *p = f->texts[i]; *p != '\0'; p++)
			buf_add(out, *p == '\'' ? "\"" : p, 1);
		return true;
	}
	return err_set(err, "No such file or directory");
}

static inline bool
files_resolve(void *arg, const char *host, struct location *out,
    size_t *count_out, struct err *err)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->addr;

	(void)arg;
	if (strcmp(host, "backend.test") != 0)
		return err_set(err, "Name or service not known");
	memset(out, 0, sizeof *out);
	v4->sin_family = AF_INET;
	inet_pton(AF_INET, "192.0.2.7", &v4->sin_addr);
	out->addr_len = sizeof *v4;
	*count_out = 1;
	return true;
}

static inline struct config_ports
files_ports(struct memory_files *f)
{
	return (struct config_ports){ .read_file = files_read,
		.resolve = files_resolve, .arg = f, .processors = 3 };
}

/* main as "understudy.json", rules (may be NULL) as "r.json". */
static inline struct config *
files_load(const char *main, const char *rules, struct buf *faults)
{
	struct memory_files f = { { "understudy.json", rules ? "r.json" : NULL },
		{ main, rules } };
	struct config_ports ports = files_ports(&f);

	return config_load_from(&ports, "understudy.json", faults);
}

#endif
