/* Glibc parts: what a chunk of malloc looks like, for dumper/glibc*.c only.
 */
#ifndef DUMPER_GLIBC_PARTS_H
#define DUMPER_GLIBC_PARTS_H

#include <stdint.h>

#define PAGE UINT64_C(4096)
#define CHUNK_HEAD 16u /* bytes: the size of the one before, if it is free, and its own */
#define BIT_MAPPED 2u
#define BITS 7u /* of a size, that are flags */

#endif
