/* How is the memory of another process read, and what when the kernel won't?
 *
 * process_vm_readv copies any number of contiguous bytes in one call and stops at the first page it can't read, so an
 * unreadable page costs one more call, never more. Where a seccomp filter or a missing system call forbids it,
 * /proc/PID/mem gives the same bytes at about the same speed. A process that ended shows as ESRCH, or as a memory file
 * that reads 0 bytes.
 */
#include "dumper/source_live.h"

#include "dumper/access.h"
#include "dumper/maps.h"
#include "dumper/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct source_live {
	struct source source;
	const struct process *process;
	struct interrupt *interrupt;
	struct maps maps;
	enum source_live_way way; /* as it stands: ANY becomes FILE once process_vm_readv is refused */
	int memory;               /* /proc/PID/mem; -1: not open */
};

static struct source_live *source_live(struct source *source)
{
	return (struct source_live *)source;
}

static struct error *live_ranges(struct source *source, const struct source_range **ranges, size_t *count)
{
	struct source_live *live = source_live(source);

	*ranges = live->maps.ranges;
	*count = live->maps.count;
	return NULL;
}

static struct error *live_gone(const struct source_live *live)
{
	return error_create(ERROR_GONE, "process %d (%s) ended while it was read", (int)live->process->pid,
			    live->process->command);
}

static struct error *read_by_call(struct source_live *live, uint64_t address, uint8_t *buffer, size_t size, size_t *got,
				  bool *forbidden)
{
	size_t done = 0;

	*forbidden = false;
	while (done < size) {
		struct iovec local = {.iov_base = buffer + done, .iov_len = size - done};
		struct iovec remote = {.iov_base = (void *)(uintptr_t)(address + done), .iov_len = size - done};
		ssize_t count = process_vm_readv(live->process->reader, &local, 1, &remote, 1, 0);
		if (count < 0 && errno == ESRCH)
			return live_gone(live);
		if (count < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS)) {
			*forbidden = true;
			return NULL;
		}
		if (count < 0 && errno == ENOMEM)
			return error_memory();
		if (count <= 0)
			break; /* EFAULT: nothing readable here */
		done += (size_t)count;
	}
	*got = done;
	return NULL;
}

static struct error *memory_open(struct source_live *live)
{
	AUTO(string) char *path = procfs_path(live->process->proc, live->process->reader, "mem");

	if (path == NULL)
		return error_memory();
	live->memory = open(path, O_RDONLY | O_CLOEXEC);
	if (live->memory >= 0)
		return NULL;
	int number = errno;
	TRY(process_same(live->process));
	if (number == EACCES || number == EPERM)
		return access_denied(live->process, number);
	return error_create_errno(ERROR_IO, number, "can't open %s", path);
}

/* The memory file of an ended process reads as empty, which is not how an unreadable page shows. */
static struct error *read_by_file(struct source_live *live, uint64_t address, uint8_t *buffer, size_t size, size_t *got)
{
	size_t done = 0;

	if (live->memory < 0)
		TRY(memory_open(live));
	while (done < size) {
		ssize_t count = pread(live->memory, buffer + done, size - done, (off_t)(address + done));
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0 || (count < 0 && errno == ESRCH))
			return live_gone(live);
		if (count < 0 && errno != EIO && errno != EFAULT && errno != EINVAL && errno != EOVERFLOW)
			return error_create_errno(ERROR_IO, errno, "can't read the memory of process %d",
						  (int)live->process->pid);
		if (count < 0)
			break;
		done += (size_t)count;
	}
	*got = done;
	return NULL;
}

static struct error *live_read(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct source_live *live = source_live(source);
	bool forbidden = false;

	TRY(interrupt_check(live->interrupt));
	*got = 0;
	if (size == 0 || address > INT64_MAX || size > INT64_MAX - address)
		return NULL; /* no user memory there, and off_t ends there too */
	if (live->way != SOURCE_LIVE_FILE)
		TRY(read_by_call(live, address, buffer, size, got, &forbidden));
	if (forbidden && live->way == SOURCE_LIVE_VM)
		return error_create(ERROR_IO, "process_vm_readv is not permitted here (seccomp?)");
	if (forbidden)
		live->way = SOURCE_LIVE_FILE;
	if (live->way == SOURCE_LIVE_FILE)
		TRY(read_by_file(live, address, buffer, size, got));
	return NULL;
}

/* Opens `path` as the target sees it: absolute links inside its root stay inside. -1 with errno on failure. */
static int open_in_root(const struct process *process, const char *path)
{
	AUTO(string) char *root_path = procfs_path(process->proc, process->reader, "root");
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT,
	};

	if (root_path == NULL) {
		errno = ENOMEM;
		return -1;
	}
	AUTO(close) int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
	if (fd < 0 && errno == ENOSYS)
		fd = openat(root, path + 1, (int)how.flags);
	return fd;
}

/* Through the mapping itself: the very file that is mapped, also when its name is gone or another's by now. */
static int open_mapping(const struct process *process, const struct source_range *range)
{
	AUTO(string) char *path = NULL;

	if (asprintf(&path, "%s/%d/map_files/%lx-%lx", process->proc, (int)process->reader, (unsigned long)range->start,
		     (unsigned long)range->end) < 0) {
		path = NULL;
		errno = ENOMEM;
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static bool is_regular(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

static bool is_same_file(int fd, const struct maps_file *file)
{
	struct stat found;

	/* Devices differ between what maps and stat say on btrfs and overlayfs. */
	return fstat(fd, &found) == 0 && found.st_ino == file->inode;
}

/* The mapped file by its name, in the target's root or, as a target in a chroot jail shows names of ours, in our own;
 * -1 where neither is that very file. */
static int open_named(const struct source_live *live, const struct source_range *range, const struct maps_file *file)
{
	AUTO(close) int inside = open_in_root(live->process, range->path);
	AUTO(close) int outside = -1;

	if (inside < 0 || !is_same_file(inside, file))
		outside = open(range->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int *chosen = outside >= 0 && is_same_file(outside, file) ? &outside : &inside;
	int fd = *chosen;
	*chosen = -1;
	return fd;
}

/* The mapping's own file where the kernel lets us (that takes capabilities), else the one of that name: whether that is
 * still the same, the caller's comparison of build-ids decides. */
static struct error *live_open_file(struct source *source, const struct source_range *range, int *fd)
{
	struct source_live *live = source_live(source);
	size_t index;

	if (range->path == NULL || range->path[0] != '/' || !maps_find(&live->maps, range->start, &index))
		return error_create(ERROR_INPUT, "no file is mapped at %#lx", (unsigned long)range->start);
	const struct maps_file *file = &live->maps.files[index];
	AUTO(close) int named = range->deleted ? -1 : open_named(live, range, file);
	AUTO(close) int mapped = -1;
	if (named < 0 || !is_same_file(named, file))
		mapped = open_mapping(live->process, range);
	int *chosen = mapped >= 0 ? &mapped : &named;
	if (*chosen < 0)
		return error_create(ERROR_IO, "can't open the mapped file %s%s; root may be able to", range->path,
				    range->deleted ? ", which was deleted" : "");
	if (!is_regular(*chosen))
		return error_create(ERROR_INPUT, "%s is no regular file", range->path);
	*fd = *chosen;
	*chosen = -1;
	return NULL;
}

static void live_destroy(struct source *source)
{
	struct source_live *live = source_live(source);

	guard_close(live->memory);
	maps_deinit(&live->maps);
	free(live);
}

static const struct source_operations live_operations = {
	.kind = "live",
	.ranges = live_ranges,
	.read = live_read,
	.open_file = live_open_file,
	.destroy = live_destroy,
};

struct error *source_live_open(const struct process *process, enum source_live_way way, struct interrupt *interrupt,
			       struct source **result)
{
	AUTO(string) char *path = procfs_path(process->proc, process->reader, "maps");
	struct source_live *live = calloc(1, sizeof *live);

	if (live == NULL || path == NULL) {
		free(live);
		return error_memory();
	}
	AUTO(source) struct source *source = &live->source;
	source->operations = &live_operations;
	live->process = process;
	live->interrupt = interrupt;
	live->way = way;
	live->memory = -1;
	maps_init(&live->maps);
	AUTO(error) struct error *error = maps_read(&live->maps, path);
	if (error != NULL && error->code == ERROR_REFUSED)
		return access_denied(process, EACCES);
	if (error != NULL && error->code == ERROR_GONE)
		return live_gone(live);
	if (error != NULL)
		return steal(&error);
	if (live->maps.count == 0)
		return live_gone(live);
	*result = steal(&source);
	return NULL;
}
