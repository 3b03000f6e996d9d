/* Makes the first inputs of fuzz_core: make_cores FOLDER
 *
 * Small cores as the kernel and gcore write them, whole, without a list of files, and with more segments than 16 bits count.
 */
#include "base/bytes.h"
#include "base/error.h"
#include "tests/dumper/help_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* The file that is mapped: cut behind its first two pages, which is all that is ever read of it here. */
#define LIBRARY_HELD 8192u

static void write_input(const char *folder, const char *name, const struct made_core *made)
{
	AUTO(string) char *path = NULL;
	uint8_t library[LIBRARY_SIZE];
	size_t size;
	AUTO(free) void *bytes = made_core_bytes(made, &size);

	made_library(library, 7);
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		exit(1);
	FILE *file = fopen(path, "w");
	if (file == NULL) {
		perror(path);
		exit(1);
	}
	const uint8_t length[2] = {LIBRARY_HELD & 0xff, (LIBRARY_HELD >> 8) | 0x80};
	fwrite(length, 1, sizeof length, file);
	fwrite(library, 1, LIBRARY_HELD, file);
	fwrite(bytes, 1, size, file);
	if (fclose(file) != 0)
		exit(1);
}

static struct made_core *make(const char *path)
{
	struct made_core *made = made_core_create();

	made_core_process(made, 4711, 1000, "worker");
	made_core_thread(made);
	made_core_auxiliary(made, AT_PHDR, 0x7f0000000040);
	made_core_auxiliary(made, AT_RANDOM, 0x7ffd00000123);
	made_core_library(made, 0x7f0000000000, 7, path);
	made_core_segment(made, 0x55550000, 0x2000, 0x1000, "rw-");
	made_core_segment(made, 0x7ffd00000000, 0x1000, 0x200, "rw-");
	return made;
}

int main(int count, char **arguments)
{
	if (count != 2)
		return 2;
	AUTO(made_core) struct made_core *kernel = make("/900");
	write_input(arguments[1], "kernel", kernel);
	AUTO(made_core) struct made_core *gcore = make("/900");
	made_core_notes_last(gcore);
	made_core_map(gcore, 0x7f0000100000, 0x7f0000200000, 0, "/900");
	write_input(arguments[1], "gcore", gcore);
	AUTO(made_core) struct made_core *unlisted = make(NULL);
	write_input(arguments[1], "unlisted", unlisted);
	AUTO(made_core) struct made_core *small = made_core_create();
	made_core_segment(small, 0x55550000, 0x1000, 64, "rw-");
	made_core_map(small, 0x7f0000000000, 0x7f0000002000, 0, "/900");
	write_input(arguments[1], "small", small);
	return 0;
}
