/* Self source: the memory of a frozen image of a process, through descriptors that the image opened of itself. */
#ifndef DUMPER_SOURCE_SELF_H
#define DUMPER_SOURCE_SELF_H

#include "dumper/interrupt.h"
#include "dumper/source.h"

struct source_self_files { /* as dumper/self.h has them; borrowed until destroy */
	int memory;        /* /proc/self/mem */
	int maps;          /* /proc/self/maps, at its beginning */
	int executable;    /* -1 not known */
};

/* ERROR_REFUSED where a descriptor is not what it should be, ERROR_GONE where the image has ended. A read notices an
 * interrupt (NULL: none). */
struct error *source_self_open(const struct source_self_files *files, struct interrupt *interrupt,
			       struct source **result) CHECKED;

#endif
