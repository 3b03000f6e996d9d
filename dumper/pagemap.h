/* Pagemap: which pages of a mapping are in physical memory, and which are swapped out.
 *
 * What /proc/PID/pagemap says, which may disagree with smaps about pages of zeros that were only ever read: those are there
 * but don't count as resident.
 */
#ifndef DUMPER_PAGEMAP_H
#define DUMPER_PAGEMAP_H

#include "base/error.h"

#include <sys/types.h>

enum page_state {
	PAGE_ABSENT,
	PAGE_PRESENT,
	PAGE_COMMON, /* present and not this process's alone: shared after a fork, or the kernel's page of zeros */
	PAGE_SWAPPED,
	PAGE_STATES
};

/* Opens PID/pagemap; -1 where it can't be. The caller's to close. */
int pagemap_open(const char *proc, pid_t pid);
/* States of the `pages` pages from `address` on; how many of each. ERROR_IO where the file says less. */
struct error *pagemap_read(int fd, uint64_t address, uint64_t pages, uint8_t *states, uint64_t counts[PAGE_STATES])
	CHECKED;

#endif
