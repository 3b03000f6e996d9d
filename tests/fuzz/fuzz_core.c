/* Fuzzer: no core file, and no file that it has mapped, may crash heapdump, or make it take memory or time without bound.
 *
 * An input is a mapped file, after its length in two bytes (little-endian), and then a core. The core finds the file under
 * the name /900. Everything is asked that a capture asks before it looks at objects, and every range is read.
 */
#include "base/bytes.h"
#include "base/text.h"
#include "dumper/core_files.h"
#include "dumper/mirror.h"
#include "dumper/runtime.h"
#include "dumper/source_core.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIBRARY_FD 900
#define CORE_FD 901
#define RANGES_READ 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(int number, const char *name, const uint8_t *data, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || dup3(fd, number, O_CLOEXEC) != number)
		abort();
	close(fd);
}

static struct error *read_all(struct source *source)
{
	AUTO(mirror) struct mirror *mirror = NULL;
	const struct source_range *ranges;
	size_t count;

	TRY(mirror_create(source, &mirror));
	TRY(source->operations->ranges(source, &ranges, &count));
	for (size_t i = 0; i < count && i < RANGES_READ; i++) {
		uint64_t length = ranges[i].end - ranges[i].start;

		mirror_u64(mirror, ranges[i].start);
		mirror_u64(mirror, ranges[i].end - 8);
		mirror_at(mirror, ranges[i].start, length < 65536 ? length : 65536);
	}
	return NULL;
}

static struct error *run(size_t size, bool runtimes)
{
	const struct source_core_options options = {.sysroot = "/proc/self/fd"};
	AUTO(core) struct core *core = NULL;
	AUTO(source) struct source *source = NULL;
	AUTO(runtime) struct runtime *runtime = NULL;
	AUTO(text) struct text text;

	text_init(&text);
	TRY(core_open("/proc/self/fd/901", &core));
	if (core->held > size)
		abort(); /* a small file stands for much memory */
	if (!core->listed)
		TRY(core_files_find(core, "/proc/self/fd/900", "/no/such"));
	TRY(source_core_open(core, &options, &source));
	TRY(read_all(source));
	TRY(source_core_describe(source, true, &text));
	TRY(source_core_list(source, true, 3, &text));
	return runtimes ? runtime_find(source, NULL, &runtime) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;

	if (size < 2)
		return 0;
	length = load_u16(data) & 0x7fffu;
	if (length > size - 2)
		length = size - 2;
	if (size - 2 - length >= 4 && memcmp(data + 2 + length, "\177ELF", 4) != 0)
		return 0; /* what is compressed may become large: libarchive's part */
	put(LIBRARY_FD, "library", data + 2, length);
	put(CORE_FD, "core", data + 2 + length, size - 2 - length);
	error_destroy(run(size, (data[1] & 0x80) != 0));
	close(LIBRARY_FD);
	close(CORE_FD);
	return 0;
}
