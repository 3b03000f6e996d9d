/* How are /proc's small files read without trusting what is in them?
 *
 * Whole into memory, at most 1 MiB, then searched line by line. A process's name may hold anything, parentheses and
 * newlines too, so a stat line is split at its last parenthesis. O(bytes).
 */
#include "dumper/procfs.h"

#include "base/vector.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (1u << 20) /* bytes; /proc/stat of a large machine takes more than 64 KiB */

static void dir_close(DIR *dir)
{
	if (dir != NULL)
		closedir(dir);
}
DEFINE_AUTO(dir, DIR *, dir_close);

static struct error *procfs_failed(const char *path, int number)
{
	if (number == ENOENT || number == ESRCH)
		return error_create(ERROR_GONE, "%s is not there", path);
	return error_create_errno(number == EACCES || number == EPERM ? ERROR_REFUSED : ERROR_IO, number,
				  "can't read %s", path);
}

struct error *procfs_read_open(struct text *text, int fd, const char *name)
{
	size_t before = text->length;
	char buffer[4096];
	ssize_t got = 0;

	while (text->length - before < FILE_MAX && (got = read(fd, buffer, sizeof buffer)) > 0)
		text_add_bytes(text, buffer, (size_t)got);
	if (got < 0)
		return procfs_failed(name, errno);
	return text_error(text);
}

struct error *procfs_read(struct text *text, const char *path)
{
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd >= 0 ? procfs_read_open(text, fd, path) : procfs_failed(path, errno);
}

char *procfs_path(const char *proc, pid_t pid, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%d/%s", proc, (int)pid, name) < 0 ? NULL : path;
}

struct error *procfs_read_of(struct text *text, const char *proc, pid_t pid, const char *name)
{
	AUTO(string) char *path = procfs_path(proc, pid, name);

	return path != NULL ? procfs_read(text, path) : error_memory();
}

/* What follows `name` at the beginning of a line, NULL where no line begins so. */
static const char *line_after(const struct text *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = text_string(text); *at != '\0';) {
		if (strncmp(at, name, length) == 0)
			return at + length;
		const char *newline = strchr(at, '\n');
		if (newline == NULL)
			break;
		at = newline + 1;
	}
	return NULL;
}

/* The number at *at, which moves behind it; false at the end of the line or at something else. */
static bool number_next(const char **at, int base, uint64_t *value)
{
	char *end;

	while (**at == ' ' || **at == '\t')
		(*at)++;
	if (!isxdigit((unsigned char)**at))
		return false;
	errno = 0;
	uint64_t number = strtoull(*at, &end, base);
	if (end == *at || errno != 0)
		return false;
	*at = end;
	*value = number;
	return true;
}

bool procfs_number(const struct text *text, const char *name, unsigned index, int base, uint64_t *value)
{
	const char *at = line_after(text, name);
	uint64_t number;

	if (at == NULL)
		return false;
	for (unsigned i = 0; i <= index; i++) {
		if (!number_next(&at, base, &number))
			return false;
	}
	*value = number;
	return true;
}

bool procfs_last_number(const struct text *text, const char *name, uint64_t *value)
{
	const char *at = line_after(text, name);
	bool found = false;

	while (at != NULL && number_next(&at, 10, value))
		found = true;
	return found;
}

struct error *procfs_line(const char *path, char **line)
{
	AUTO(text) struct text text;

	text_init(&text);
	struct error *error = procfs_read(&text, path);
	if (error != NULL && error->code != ERROR_MEMORY) {
		error_destroy(error); /* not known is an answer here */
		*line = NULL;
		return NULL;
	}
	TRY(error);
	char *copy = strndup(text_string(&text), strcspn(text_string(&text), "\n"));
	if (copy == NULL)
		return error_memory();
	*line = copy;
	return NULL;
}

struct error *procfs_stat_parse(const char *text, const char *name, struct procfs_stat *stat)
{
	struct procfs_stat found = {0};
	int parent;

	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	if (open == NULL || close == NULL || close < open)
		return error_create(ERROR_INPUT, "%s makes no sense", name);
	int fields = sscanf(close + 1, " %c %d %*d %*d %*d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %lu %*d %lu",
			    &found.state, &parent, &found.flags, &found.threads, &found.start_ticks);
	if (fields != 5)
		return error_create(ERROR_INPUT, "%s makes no sense", name);
	size_t length = (size_t)(close - open - 1);
	memcpy(found.command, open + 1, length < sizeof found.command ? length : sizeof found.command - 1);
	found.parent = parent;
	*stat = found;
	return NULL;
}

struct error *procfs_stat(const char *proc, pid_t pid, struct procfs_stat *stat)
{
	AUTO(string) char *path = procfs_path(proc, pid, "stat");
	AUTO(text) struct text text;

	text_init(&text);
	if (path == NULL)
		return error_memory();
	TRY(procfs_read(&text, path));
	return procfs_stat_parse(text_string(&text), path, stat);
}

struct error *procfs_threads(const char *proc, pid_t pid, pid_t **threads, size_t *count)
{
	AUTO(string) char *path = procfs_path(proc, pid, "task");
	VECTOR(pid_t) found = {0};
	struct error *error = NULL;

	if (path == NULL)
		return error_memory();
	AUTO(dir) DIR *dir = opendir(path);
	if (dir == NULL)
		return procfs_failed(path, errno);
	for (struct dirent *entry; error == NULL && (entry = readdir(dir)) != NULL;) {
		char *end;
		long number = strtol(entry->d_name, &end, 10);
		if (end != entry->d_name && *end == '\0' && number > 0 && number <= INT32_MAX)
			error = vector_push(&found, (pid_t)number);
	}
	if (error != NULL) {
		vector_deinit(&found);
		return error;
	}
	*threads = found.items;
	*count = found.count;
	return NULL;
}
