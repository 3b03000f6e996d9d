/* Core unpack: a core file that a service compressed, as a plain one that can be read anywhere. */
#ifndef DUMPER_CORE_UNPACK_H
#define DUMPER_CORE_UNPACK_H

#include "dumper/interrupt.h"

/* Opens a core file for reading. What gzip, bzip2, xz, lz4 or zstd compressed is decompressed first, to a temporary
 * file without a name, mode 0600, in $TMPDIR or /var/tmp, which ends with its descriptor. ERROR_IO: can't be read, or there
 * is no room, and how much would be needed; ERROR_INPUT: no regular file, or what was compressed is cut, damaged or longer
 * than the core in it says. `interrupt` may be NULL. */
struct error *core_unpack_open(const char *path, struct interrupt *interrupt, int *fd) CHECKED;

#endif
