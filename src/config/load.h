/* load -- config_load() with the outside world as arguments.
 * SPDX-License-Identifier: MIT
 *
 * Everything that loading asks of the system goes through these ports:
 * files, names, the environment.  Tests and the fuzzer give their own, so a
 * configuration can be read from memory without touching disk or DNS.
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

/* No file of a configuration may be larger. */
#define CONFIG_FILE_MAX_BYTES (16u << 20)

/* Makes the TLS of a configuration from its files, and undoes it, from any
 * thread.  What is wrong goes through fault: the key at fault, of which
 * certificate of several, and the text; then NULL is returned. */
struct tls_ports {
	struct tls_server *(*make_server)(const struct tls_listen *t,
	    void (*fault)(void *to, const char *key, size_t index,
	    const char *text), void *to);
	struct tls_client *(*make_client)(const struct tls_backend *t,
	    void (*fault)(void *to, const char *key, size_t index,
	    const char *text), void *to);
	void (*drop_server)(struct tls_server **s);
	void (*drop_client)(struct tls_client **c);
};

struct config_ports {
	/* Put the whole file into out.  err: the system's reason only, without
	 * the path. */
	bool (*read_file)(void *arg, const char *path, struct buf *out,
	    struct err *err);
	/* A host name (never a numeric address) to its addresses, as
	 * location_lookup(). */
	bool (*resolve)(void *arg, const char *host, struct location *out,
	    size_t *count_out, struct err *err);
	void *arg;
	const char *enabled_env; /* borrows: UNDERSTUDY_ENABLED, NULL = not set */
	uint32_t processors;     /* online: the default of "workers" */
	const struct tls_ports *tls; /* borrows, as long as any config lives;
	                          * NULL: files are not looked at */
	uint64_t memory_bytes;   /* there for us: "limits.memory" is 3/4 of it */
};

/* The real world: disk, getaddrinfo(), getenv(), sysconf(). */
void config_ports_system(struct config_ports *out);

/* As config_load(). */
struct config *config_load_from(const struct config_ports *ports,
    const char *path, struct buf *faults) MUST_CHECK;

enum rules_use {
	RULES_FOR_ANYTHING = 0, /* all of them */
	RULES_FOR_JUDGING,      /* "compare", "dialects", "inspect", "noise",
	                           "redact"; the others have their defaults */
};

/* These rule files without what stands around them: the settings are zero.
 * Faults as of config_load(). */
struct config *config_load_rules(const struct config_ports *ports,
    const char *const *paths, size_t count, enum rules_use use,
    struct buf *faults) MUST_CHECK;

#endif
