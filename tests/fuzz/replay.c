/* replay -- runs a fuzz target over files, without a fuzzer.
 * SPDX-License-Identifier: MIT
 *
 * Every file named on the command line, and every file of a folder named
 * there, goes through LLVMFuzzerTestOneInput once.  A crash is the failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static unsigned runs;

static int
run_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(size == 0 ? 1 : size);
	size_t got;

	if (f == NULL || bytes == NULL) {
		perror(path);
		exit(2);
	}
	got = fread(bytes, 1, size, f);
	fclose(f);
	(void)LLVMFuzzerTestOneInput(bytes, got);
	free(bytes);
	runs++;
	return 0;
}

static void
run_path(const char *path)
{
	struct dirent *entry;
	struct stat st;
	char inner[4096];
	DIR *dir;

	if (stat(path, &st) == -1) {
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		run_file(path, (size_t)st.st_size);
		return;
	}
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
		run_path(inner);
	}
	if (dir != NULL)
		closedir(dir);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%s: %u inputs\n", argv[0], runs);
	return runs == 0;
}
