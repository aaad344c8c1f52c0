/* route_rules -- which requests take part, and of which routes is counted.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct rules; owned by the config and immutable with it.
 *
 * What is counted by route goes by the path: two routes that differ in their
 * methods alone are one.  At most ROUTES_COUNTED_MAX paths have room, first
 * those that conditions name, then the others in the order of the file; the
 * rest is counted in the whole only, and how many they are is said.
 */
#ifndef CONFIG_ROUTE_RULES_H
#define CONFIG_ROUTE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTES_COUNTED_MAX 64
/* Of those, conditions may name so many: a past of each is kept (window.h). */
#define ROUTES_WATCHED_MAX 8

struct route {
	char *path;      /* "*" one segment, a trailing "*" any rest; never NULL */
	char **methods;  /* NULL-terminated; NULL = every method */
	bool rollout;    /* false = always legacy */
	bool shadow;     /* false = never mirrored; absent = as rollout */
	bool only_enhanced;  /* legacy has no such route */
	uint32_t otherwise;  /* status for who is not in */
	unsigned counted;    /* index in route_counting.paths; as many as there can
	                      * be of them: it is not among them */
};

struct route_counting {
	const char *paths[ROUTES_COUNTED_MAX]; /* borrows from the routes */
	size_t count;
	size_t watched;      /* the first so many: conditions name them */
	size_t left_out;     /* paths for which there was no room */
	uint64_t mark;       /* changes with anything above, and with the signals;
	                      * 0 = nothing is counted */
};

/* Of a path, the same in every process. */
uint64_t route_path_mark(const char *path);
/* The index of a path that a condition names, which gets room first; SIZE_MAX:
 * there is none left.  Before route_counting_end(). */
size_t route_counting_watch(struct route_counting *c, const char *path);
/* Room for the others, too; sets counted of each route. */
void route_counting_end(struct route_counting *c, struct route *routes,
    size_t count, uint64_t signals_mark);

#endif
