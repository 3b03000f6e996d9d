/* Marks: sets of target addresses, one bit for each 8 bytes of address space, in planes of 1 KiB for each 64 KiB chunk
 * that holds an object.
 *
 * Instead of a hash table of objects: membership is one bit, and after marks_seal() the rank of an address among all
 * marked ones is its node id. Cost: 1/64 of the heap's address space for each plane; rank in two loads and a popcount.
 */
#ifndef DUMPER_MARKS_H
#define DUMPER_MARKS_H

#include "base/error.h"

enum mark_plane {
	MARK_OBJECT,    /* an object lies here */
	MARK_TRACKED,   /* on a collector list */
	MARK_OLD,       /* with MARK_TRACKED: generation = OLD + 2 * OLDER, 3 is permanent */
	MARK_OLDER,
	MARK_NAMESPACE, /* a dict whose keys are names of the program: of a module, class or instance */
	MARK_PLANES
};

struct marks;
struct error *marks_create(struct marks **result) CHECKED;
void marks_destroy(struct marks *marks);
DEFINE_AUTO(marks, struct marks *, marks_destroy);

#define ADDRESS_BITS 47 /* of user space */

/* Addresses are 8-aligned and below 2^47 (checked by the caller: object_load). *was tells the bit's value before. */
struct error *marks_set(struct marks *marks, enum mark_plane plane, uint64_t address, bool *was) CHECKED;
bool marks_has(const struct marks *marks, enum mark_plane plane, uint64_t address);
/* All that is known of an address: bit `plane` is set where it is marked in that plane. */
unsigned marks_at(const struct marks *marks, uint64_t address);

/* Counts the objects chunk by chunk; nothing may be set in MARK_OBJECT after it. ERROR_MEMORY above NODES_MAX. */
struct error *marks_seal(struct marks *marks) CHECKED;
uint32_t marks_count(const struct marks *marks);                  /* objects; after the seal */
uint32_t marks_rank(const struct marks *marks, uint64_t address); /* node id, UINT32_MAX where not marked; after the seal */
/* The first marked object at or above `address`; false at the end. Ascending iteration costs a word scan. */
bool marks_next(const struct marks *marks, uint64_t address, uint64_t *found);
uint64_t marks_memory(const struct marks *marks);                 /* bytes */

#endif
