#include "tests/format/help_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "test's own file failed: %s %s\n", what, path);
	abort();
}

char *help_folder(void)
{
	const char *base = getenv("TMPDIR");
	char *folder = NULL;
	if (asprintf(&folder, "%s/heapdiff-test.XXXXXX", base != NULL && *base != '\0' ? base : "/tmp") < 0 ||
	    mkdtemp(folder) == NULL)
		fail("mkdtemp", "");
	return folder;
}

char *help_path(const char *folder, const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		fail("asprintf", name);
	return path;
}

/* Calls `visit` with the path of each entry. */
static size_t each_entry(const char *folder, void (*visit)(const char *path))
{
	DIR *stream = opendir(folder);
	if (stream == NULL)
		fail("opendir", folder);
	size_t count = 0;
	for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		char *path = help_path(folder, entry->d_name);
		if (visit != NULL)
			visit(path);
		free(path);
	}
	closedir(stream);
	return count;
}

static void remove_path(const char *path)
{
	if (remove(path) != 0)
		fail("remove", path);
}

size_t help_folder_entries(const char *folder)
{
	return each_entry(folder, NULL);
}

void help_folder_remove(char *folder)
{
	if (folder == NULL)
		return;
	each_entry(folder, remove_path);
	remove_path(folder);
	free(folder);
}

uint8_t *help_file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	if (file == NULL || fstat(fileno(file), &status) != 0)
		fail("open", path);
	*size = (size_t)status.st_size;
	uint8_t *data = malloc(*size + 1);
	if (data == NULL || fread(data, 1, *size, file) != *size)
		fail("read", path);
	fclose(file);
	return data;
}

void help_file_write(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");
	if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		fail("write", path);
}

int help_memory_file(const void *data, size_t size, char path[64])
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		fail("memfd", "");
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}
