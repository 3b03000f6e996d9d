/* Manifest: the commit mark of a snapshot, its last member: what the file holds and how complete that is. */
#ifndef FORMAT_MANIFEST_H
#define FORMAT_MANIFEST_H

#include "format/member.h"
#include "format/pack.h"
#include "format/schema.h"

struct manifest {
	uint64_t major, minor;
	bool complete; /* no loss that makes the snapshot partial */
	struct snapshot_counts counts;
	uint64_t losses[LOSS_COUNT];
};

/* One member, as the writer lists it. */
struct manifest_member {
	enum member_kind kind;
	uint32_t number;
	uint64_t size;
	struct checksum checksum;
};

/* Puts the whole member into `pack`. */
struct error *manifest_write(const struct manifest *manifest, const struct manifest_member *members, size_t count,
			     struct pack *pack) CHECKED;
/* Decodes the member's bytes and marks the members of `catalog` that it lists. ERROR_INPUT: its checksum, a newer major
 * version, a member that is missing, of another size, or listed twice; where `strict` also a known member that it does not
 * list, and counts that the number of members can't hold. Then *manifest is untouched but for `major`, so that the caller
 * can tell a file of another version from a damaged one. */
struct error *manifest_read(const uint8_t *data, size_t size, struct catalog *catalog, bool strict,
			    struct manifest *manifest) CHECKED;

#endif
