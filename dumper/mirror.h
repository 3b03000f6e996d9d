/* Mirror: the dumper's own copy of the target memory that was looked at, fetched once in chunks of 64 KiB.
 *
 * A byte that was read once never changes again, unless mirror_reread is called, so that discovery and writing see the same
 * heap even when the target has resumed meanwhile. Adjacent ranges are coalesced, as objects straddle mappings (.data and .bss), and an
 * object's bytes are contiguous here as they are there. Memory: the chunks fetched; 16 bytes for each 64 KiB of
 * address space in the ranges. A lookup costs two loads.
 */
#ifndef DUMPER_MIRROR_H
#define DUMPER_MIRROR_H

#include "dumper/source.h"

#include <string.h>

#define MIRROR_CHUNK_BITS 16
#define MIRROR_CHUNK ((uint64_t)1 << MIRROR_CHUNK_BITS) /* bytes */

struct mirror;

struct error *mirror_create(struct source *source, struct mirror **result) CHECKED;
void mirror_destroy(struct mirror *mirror);
DEFINE_AUTO(mirror, struct mirror *, mirror_destroy);

/* `size` bytes at `address`, contiguous and 1-byte aligned as in the target; NULL where any of them can't be read
 * (size 0 gives NULL). Borrowed until destroy. */
const void *mirror_at(struct mirror *mirror, uint64_t address, uint64_t size);
/* As mirror_at, but only what is there already; fetches nothing. */
const void *mirror_peek(const struct mirror *mirror, uint64_t address, uint64_t size);
/* After this nothing is fetched any more: the target runs again. */
void mirror_freeze(struct mirror *mirror);
/* From now on no more than `bytes` are fetched in all, 0: no limit; beyond, the mirror fails with ERROR_MEMORY. */
void mirror_limit(struct mirror *mirror, uint64_t bytes);
/* From now on the end of the target is no failure: it freezes the mirror, and what is there can still be used. */
void mirror_outlive(struct mirror *mirror);
bool mirror_outlived(const struct mirror *mirror); /* whether it has ended so */
/* Takes the freeze back: what is asked for and not there is fetched again. */
void mirror_thaw(struct mirror *mirror);
/* Reads what is there once more, frozen or not, and takes the bytes over: for a target that was never stopped. What was borrowed
 * stays where it is, with other bytes. With `changed_only`, only chunks in which an earlier call found a change. How many
 * chunks were not as they had been; one that can't be read any more counts, and keeps its bytes from there on. Look at mirror_error. */
uint64_t mirror_reread(struct mirror *mirror, bool changed_only);
/* Takes the memory of another mirror of the same process over, which then holds nothing any more: reading into memory that is
 * there is several times faster than into memory that the kernel has to find first. To be called before anything is read. */
void mirror_adopt(struct mirror *mirror, struct mirror *donor);
/* A stretch of chunks: addresses, multiples of MIRROR_CHUNK. */
struct mirror_run {
	uint64_t start, end;
};
/* The first run of chunks at or above `address` that were looked at; false where there is none. */
bool mirror_next_run(const struct mirror *mirror, uint64_t address, struct mirror_run *run);
/* Fetches what can be read of these chunks, in large reads; what is there already stays. */
void mirror_prefetch(struct mirror *mirror, const struct mirror_run *run);
/* Mapped chunks that were asked for after the freeze and are not there: how many, and the first `capacity` addresses. */
size_t mirror_missed(const struct mirror *mirror, const uint64_t **chunks);
/* Sticky: the target ended or reading became impossible; owned by the mirror, NULL while all is well. */
const struct error *mirror_error(const struct mirror *mirror);
uint64_t mirror_bytes(const struct mirror *mirror); /* fetched so far, bytes */

/* Whether `address` lies in a range at all, in a writable one, in a mapped file's (path begins with /). */
bool mirror_mapped(struct mirror *mirror, uint64_t address);
bool mirror_in_file(struct mirror *mirror, uint64_t address);
const struct source_range *mirror_range(struct mirror *mirror, uint64_t address); /* NULL: none */
const struct source_range *mirror_ranges(const struct mirror *mirror, size_t *count);

/* Scalars; 0 where unreadable, as a null pointer is what every walk stops at. */
static inline uint64_t mirror_u64(struct mirror *mirror, uint64_t address)
{
	uint64_t value = 0;
	const void *at = mirror_at(mirror, address, sizeof value);

	if (at != NULL)
		memcpy(&value, at, sizeof value);
	return value;
}

static inline uint32_t mirror_u32(struct mirror *mirror, uint64_t address)
{
	uint32_t value = 0;
	const void *at = mirror_at(mirror, address, sizeof value);

	if (at != NULL)
		memcpy(&value, at, sizeof value);
	return value;
}

static inline uint8_t mirror_u8(struct mirror *mirror, uint64_t address)
{
	const uint8_t *at = mirror_at(mirror, address, 1);

	return at != NULL ? *at : 0;
}

/* Copies a NUL-terminated string of at most size - 1 bytes; false where it is unreadable or longer. */
bool mirror_string(struct mirror *mirror, uint64_t address, char *buffer, size_t size);

#endif
