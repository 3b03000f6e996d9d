/* Is a page there? 64 bits for each page, as the kernel documents them; what is read of them is readable by whoever may trace
 * the process. Cost: 8 bytes a page of address space, some 50 ns for one that is there. */
#include "dumper/pagemap.h"

#include "base/bytes.h"
#include "dumper/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define ENTRIES 8192u /* in one read */
#define PAGE UINT64_C(4096)
#define BIT_PRESENT ((uint64_t)1 << 63)
#define BIT_SWAPPED ((uint64_t)1 << 62)
#define BIT_EXCLUSIVE ((uint64_t)1 << 56)

int pagemap_open(const char *proc, pid_t pid)
{
	AUTO(string) char *path = procfs_path(proc, pid, "pagemap");

	return path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static enum page_state state_of(uint64_t entry)
{
	if ((entry & BIT_PRESENT) != 0)
		return (entry & BIT_EXCLUSIVE) != 0 ? PAGE_PRESENT : PAGE_COMMON;
	return (entry & BIT_SWAPPED) != 0 ? PAGE_SWAPPED : PAGE_ABSENT;
}

struct error *pagemap_read(int fd, uint64_t address, uint64_t pages, uint8_t *states, uint64_t counts[PAGE_STATES])
{
	uint8_t buffer[8 * ENTRIES];

	for (int i = 0; i < PAGE_STATES; i++)
		counts[i] = 0;
	for (uint64_t done = 0; done < pages;) {
		uint64_t wanted = pages - done < ENTRIES ? pages - done : ENTRIES;
		ssize_t got = pread(fd, buffer, 8 * wanted, (off_t)((address / PAGE + done) * 8));

		if (got < 8)
			return error_create_errno(ERROR_IO, got < 0 ? errno : EIO, "can't read the page map");
		for (uint64_t i = 0; i < (uint64_t)got / 8; i++) {
			enum page_state state = state_of(load_u64(buffer + 8 * i));

			states[done + i] = (uint8_t)state;
			counts[state]++;
		}
		done += (uint64_t)got / 8;
	}
	return NULL;
}
