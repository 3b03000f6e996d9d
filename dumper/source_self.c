/* How does a process that was forked to be captured hand out its memory?
 *
 * The image opens its own memory file, which takes no permission at all, and the descriptor reads that memory in
 * whatever program inherits it: the kernel asks for the right to trace at the open, not at the read. So neither Yama nor a
 * filter of system calls nor a non-dumpable process is in the way. The image stands still, so nothing is ever torn, and
 * it lives until this program ends; that a memory file reads as empty means that it was killed.
 */
#include "dumper/source_self.h"

#include "dumper/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct source_self {
	struct source source;
	struct source_self_files files;
	struct interrupt *interrupt;
	struct maps maps;
};

static struct source_self *source_self(struct source *source)
{
	return (struct source_self *)source;
}

static struct error *self_ranges(struct source *source, const struct source_range **ranges, size_t *count)
{
	struct source_self *self = source_self(source);

	*ranges = self->maps.ranges;
	*count = self->maps.count;
	return NULL;
}

static struct error *self_gone(void)
{
	return error_create(ERROR_GONE, "the image of the process was killed while it was read; the kernel does that "
					"first where memory runs out");
}

/* Bytes from `address` on that the process itself can read, up to `size`; the memory file gives more, such as guard pages. */
static size_t readable(const struct maps *maps, uint64_t address, size_t size)
{
	uint64_t end = address;
	size_t index;

	while (end - address < size && maps_find(maps, end, &index) && maps->ranges[index].readable)
		end = maps->ranges[index].end;
	return end - address < size ? (size_t)(end - address) : size;
}

static struct error *self_read(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct source_self *self = source_self(source);
	size_t done = 0, most;

	TRY(interrupt_check(self->interrupt));
	*got = 0;
	if (size == 0 || address > INT64_MAX || size > INT64_MAX - address)
		return NULL; /* no user memory there, and off_t ends there too */
	most = readable(&self->maps, address, size);
	while (done < most) {
		ssize_t count =
			pread(self->files.memory, (uint8_t *)buffer + done, most - done, (off_t)(address + done));
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0 || (count < 0 && errno == ESRCH))
			return self_gone();
		if (count < 0 && errno != EIO && errno != EFAULT && errno != EINVAL && errno != EOVERFLOW)
			return error_create_errno(ERROR_IO, errno, "can't read the memory of the image");
		if (count < 0)
			break;
		done += (size_t)count;
	}
	*got = done;
	return NULL;
}

static bool is_file(int fd, uint64_t inode)
{
	struct stat found;

	/* Devices differ between what maps and stat say on btrfs and overlayfs. */
	return fd >= 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_ino == inode;
}

/* By its name, in the root that the process had, which is ours; of a file without one, the executable can still be had.
 * Whether it is the mapped one, the caller's comparison of build-ids decides. */
static struct error *self_open_file(struct source *source, const struct source_range *range, int *fd)
{
	struct source_self *self = source_self(source);
	size_t index;

	if (range->path == NULL || range->path[0] != '/' || !maps_find(&self->maps, range->start, &index))
		return error_create(ERROR_INPUT, "no file is mapped at %#lx", (unsigned long)range->start);
	uint64_t inode = self->maps.files[index].inode;
	AUTO(close) int named = range->deleted ? -1 : open(range->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	AUTO(close) int executable = -1;
	struct stat found;
	if (!is_file(named, inode) && is_file(self->files.executable, inode))
		executable = fcntl(self->files.executable, F_DUPFD_CLOEXEC, 0);
	int *chosen = executable >= 0 ? &executable : &named;
	if (*chosen < 0)
		return error_create(ERROR_IO, "can't open the mapped file %s%s", range->path,
				    range->deleted ? ", which was deleted or replaced: start the program anew" : "");
	if (fstat(*chosen, &found) != 0 || !S_ISREG(found.st_mode))
		return error_create(ERROR_INPUT, "%s is no regular file", range->path);
	*fd = *chosen;
	*chosen = -1;
	return NULL;
}

static void self_destroy(struct source *source)
{
	struct source_self *self = source_self(source);

	maps_deinit(&self->maps);
	free(self);
}

static const struct source_operations self_operations = {
	.kind = "self",
	.ranges = self_ranges,
	.read = self_read,
	.open_file = self_open_file,
	.destroy = self_destroy,
};

/* The descriptors come from whoever started this program. */
static struct error *check_proc(int fd, const char *what)
{
	struct statfs found;

	if (fstatfs(fd, &found) == 0 && found.f_type == PROC_SUPER_MAGIC)
		return NULL;
	return error_create(
		ERROR_REFUSED,
		"descriptor %d is not the %s of a process: --self is for the Python package heapdump, which "
		"starts this program by itself",
		fd, what);
}

struct error *source_self_open(const struct source_self_files *files, struct interrupt *interrupt,
			       struct source **result)
{
	struct source_self *self = calloc(1, sizeof *self);

	if (self == NULL)
		return error_memory();
	AUTO(source) struct source *source = &self->source;
	source->operations = &self_operations;
	self->files = *files;
	self->interrupt = interrupt;
	maps_init(&self->maps);
	TRY(check_proc(files->memory, "memory"));
	TRY(check_proc(files->maps, "map"));
	AUTO(error) struct error *error = maps_read_open(&self->maps, files->maps, "the map of the image");
	if (error != NULL && error->code == ERROR_GONE)
		return self_gone();
	if (error != NULL)
		return steal(&error);
	if (self->maps.count == 0)
		return self_gone();
	*result = steal(&source);
	return NULL;
}
