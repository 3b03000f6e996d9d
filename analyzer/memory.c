/* How much memory is left? What the kernel calls available, and swap; never more than our control group may have,
 * or than is left of the address space that `ulimit -v` allows. */
#include "analyzer/memory.h"

#include "base/bytes.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Free memory and swap of the machine. */
static uint64_t machine_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	if (file == NULL)
		return UINT64_MAX;
	uint64_t total = 0, value;
	bool known = false;
	char line[256];
	while (fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "MemAvailable: %" SCNu64 " kB", &value) == 1)
			known = true;
		else if (sscanf(line, "SwapFree: %" SCNu64 " kB", &value) != 1)
			continue;
		total = saturating_add(total, saturating_multiply(value, 1024));
	}
	fclose(file);
	return known ? total : UINT64_MAX;
}

/* The limit of our control group, as a container sees it. Its page cache counts as used there, so use is not taken off. */
static uint64_t group_limit(void)
{
	uint64_t limit = UINT64_MAX;
	FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
	if (file == NULL)
		return limit;
	if (fscanf(file, "%" SCNu64, &limit) != 1) /* "max" */
		limit = UINT64_MAX;
	fclose(file);
	return limit;
}

/* What is left of our address space, if that is limited. */
static uint64_t address_space_left(void)
{
	struct rlimit limit;
	uint64_t pages;
	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	FILE *file = fopen("/proc/self/statm", "re");
	if (file == NULL)
		return limit.rlim_cur;
	if (fscanf(file, "%" SCNu64, &pages) != 1)
		pages = 0;
	fclose(file);
	uint64_t used = saturating_multiply(pages, (uint64_t)sysconf(_SC_PAGESIZE));
	return used < limit.rlim_cur ? limit.rlim_cur - used : 0;
}

uint64_t memory_available(void)
{
	uint64_t machine = machine_available(), group = group_limit(), space = address_space_left();
	uint64_t least = machine < group ? machine : group;
	return least < space ? least : space;
}

struct error *memory_compare(const char *path, uint64_t needed, uint64_t available)
{
	if (needed <= available)
		return NULL;
	AUTO(text) struct text need = {0}, have = {0}, safe = {0};
	text_init(&need);
	text_init(&have);
	text_init(&safe);
	text_add_size(&need, needed, SIZE_BINARY);
	text_add_size(&have, available, SIZE_BINARY);
	text_add_escaped(&safe, path, strlen(path));
	return error_create(ERROR_MEMORY, "%s: this needs %s of memory, and %s are available", text_string(&safe),
			    text_string(&need), text_string(&have));
}

struct error *memory_check(const char *path, uint64_t needed)
{
	return memory_compare(path, needed, memory_available());
}

struct error *memory_refused(const char *path, uint64_t needed)
{
	AUTO(text) struct text need = {0}, safe = {0};
	text_init(&need);
	text_init(&safe);
	text_add_size(&need, needed, SIZE_BINARY);
	text_add_escaped(&safe, path, strlen(path));
	return error_create(ERROR_MEMORY, "%s: this needs %s of memory, which the system refused", text_string(&safe),
			    text_string(&need));
}

struct error *memory_explain(struct error *error, const char *path, uint64_t needed)
{
	return error == error_memory() ? memory_refused(path, needed) : error;
}

#define LARGE_PAGE (UINT64_C(2) << 20)

void *memory_large(size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	if (bytes < 2 * LARGE_PAGE || bytes > SIZE_MAX - LARGE_PAGE)
		return malloc(bytes > 0 ? bytes : 1);
	bytes = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	void *memory = aligned_alloc(LARGE_PAGE, bytes);
	/* Only advice: where it isn't taken, small pages do. */
	if (memory != NULL)
		(void)madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}
