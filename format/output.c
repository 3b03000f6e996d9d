/* Output: how does a file come into being so that a crash, a full disk or a planted link leaves nothing half-made?
 *
 * Method: a temporary file with a random name in the same folder, created exclusively and opened without following links,
 * then fsync, rename (without replacing, unless asked) and fsync of the folder. All steps go through the folder's
 * descriptor, so a folder that is swapped meanwhile changes nothing. Where room ends, the rest is counted, not written.
 */
#include "format/output.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100 /* random names, before we give up */

struct output {
	char *path;                        /* as given */
	char *temporary;                   /* path of the temporary file */
	const char *name, *temporary_name; /* the last parts of both */
	int folder, fd;
	uint64_t size; /* bytes, those too that had no room */
	uint64_t room; /* bytes that had room, once it ended */
	int full;      /* why there is no more room, an errno; 0: there is */
	bool force, made;
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

static struct error *output_open_folder(struct output *output)
{
	size_t length = (size_t)(output->name - output->path);
	AUTO(string) char *folder = length > 0 ? strndup(output->path, length) : strdup(".");
	if (folder == NULL)
		return error_memory();
	output->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output->folder < 0 && errno == ENOENT)
		return error_create(ERROR_REFUSED, "its folder does not exist: make it first");
	if (output->folder < 0)
		return error_create_errno(ERROR_REFUSED, errno, "can't open its folder");
	return NULL;
}

/* Refuses whatever a rename should not replace. */
static struct error *output_check_target(const struct output *output)
{
	struct stat status;
	if (fstatat(output->folder, output->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return NULL;
		return error_create_errno(ERROR_IO, errno, "can't look at it");
	}
	if (S_ISLNK(status.st_mode))
		return error_create(ERROR_REFUSED, "a symbolic link: name the file itself");
	if (S_ISDIR(status.st_mode))
		return error_create(ERROR_REFUSED, "a folder: name a file in it");
	if (!S_ISREG(status.st_mode))
		return error_create(ERROR_REFUSED, "not a regular file");
	if (!output->force)
		return error_create(ERROR_REFUSED, "exists: choose another name or use --force");
	return NULL;
}

static struct error *temporary_name(struct output *output)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678901";
	uint8_t random[6];
	char suffix[7] = {0};
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_create_errno(ERROR_IO, errno, "no random bytes");
	for (size_t i = 0; i < sizeof random; i++)
		suffix[i] = letters[random[i] % 64];
	struct text text;
	text_init(&text);
	text_add_bytes(&text, output->path, (size_t)(output->name - output->path));
	size_t folder = text.length;
	text_printf(&text, ".%.*s.%s.tmp",
		    (int)(NAME_MAX -
			  sizeof ".."
				 ".tmp" -
			  sizeof random),
		    output->name, suffix);
	free(output->temporary);
	output->temporary = text_steal(&text);
	if (output->temporary == NULL)
		return error_memory();
	output->temporary_name = output->temporary + folder;
	return NULL;
}

static struct error *output_open_temporary(struct output *output)
{
	for (int i = 0; i < TRIES; i++) {
		TRY(temporary_name(output));
		output->fd = openat(output->folder, output->temporary_name,
				    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		output->made = output->fd >= 0;
		if (output->made || errno != EEXIST)
			break;
	}
	if (!output->made)
		return error_create_errno(errno == ENOSPC || errno == EDQUOT ? ERROR_IO : ERROR_REFUSED, errno,
					  "can't make a file in its folder");
	return NULL;
}

static struct error *output_open(struct output *output)
{
	if (*output->name == '\0')
		return error_create(ERROR_REFUSED, "%s",
				    *output->path == '\0' ? "an empty name" : "a folder: name a file in it");
	if (strcmp(output->name, ".") == 0 || strcmp(output->name, "..") == 0)
		return error_create(ERROR_REFUSED, "a folder: name a file in it");
	TRY(output_open_folder(output));
	TRY(output_check_target(output));
	return output_open_temporary(output);
}

struct error *output_create(const char *path, bool force, struct output **result)
{
	AUTO(output) struct output *output = calloc(1, sizeof *output);
	if (output == NULL)
		return error_memory();
	output->folder = output->fd = -1;
	output->force = force;
	output->path = strdup(path);
	if (output->path == NULL)
		return error_memory();
	output->name = last_part(output->path);
	struct error *error = output_open(output);
	if (error != NULL)
		return error_prefix(error, "%s", path);
	*result = steal(&output);
	return NULL;
}

void output_destroy(struct output *output)
{
	if (output == NULL)
		return;
	if (output->made)
		unlinkat(output->folder, output->temporary_name, 0);
	guard_close(output->fd);
	guard_close(output->folder);
	free(output->path);
	free(output->temporary);
	free(output);
}

const char *output_temporary(const struct output *output)
{
	return output->temporary;
}

uint64_t output_size(const struct output *output)
{
	return output->size;
}

static bool is_no_room(int number)
{
	return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* What has no room is only counted, so that the error at the end can tell how much there must be. What was written gives its
 * room back at once. */
static void output_overflow(struct output *output, int number)
{
	output->full = number;
	output->room = output->size;
	(void)!ftruncate(output->fd, 0);
}

static struct error *output_check_room(const struct output *output)
{
	if (output->full == 0)
		return NULL;
	return error_create_errno(ERROR_IO, output->full,
				  "%s: %" PRIu64 " bytes are needed, and there was room for %" PRIu64
				  "; nothing was kept",
				  output->path, output->size, output->room);
}

struct error *output_write(struct output *output, const void *data, size_t size)
{
	const uint8_t *cursor = data;
	while (size > 0 && output->full == 0) {
		ssize_t written = write(output->fd, cursor, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && is_no_room(errno)) {
			output_overflow(output, errno);
			break;
		}
		if (written <= 0)
			return error_create_errno(ERROR_IO, written < 0 ? errno : EIO,
						  "%s: can't write after %" PRIu64 " bytes", output->path,
						  output->size);
		cursor += written;
		size -= (size_t)written;
		output->size += (uint64_t)written;
	}
	output->size += size;
	return NULL;
}

/* Some file systems can't rename without replacing; a link never replaces. */
static int rename_new(const struct output *output)
{
	if (renameat2(output->folder, output->temporary_name, output->folder, output->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(output->folder, output->temporary_name, output->folder, output->name, 0) != 0)
		return -1;
	unlinkat(output->folder, output->temporary_name, 0);
	return 0;
}

struct error *output_commit(struct output *output)
{
	TRY(output_check_room(output));
	if (fsync(output->fd) != 0) {
		if (!is_no_room(errno))
			return error_create_errno(ERROR_IO, errno, "%s: can't write it to the disk", output->path);
		output->full = errno;
		return output_check_room(output);
	}
	struct error *error = output_check_target(output);
	if (error != NULL)
		return error_prefix(error, "%s", output->path);
	int status = output->force ? renameat(output->folder, output->temporary_name, output->folder, output->name)
				   : rename_new(output);
	if (status != 0 && errno == EEXIST)
		return error_create(ERROR_REFUSED, "%s: exists by now: choose another name or use --force",
				    output->path);
	if (status != 0)
		return error_create_errno(ERROR_IO, errno, "%s: can't rename %s", output->path, output->temporary);
	output->made = false;
	/* The file is there; a folder that can't be synced (some network file systems) takes nothing away. */
	(void)fsync(output->folder);
	return NULL;
}
