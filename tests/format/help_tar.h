/* Tar archives made by hand in memory, so that every header can lie. Independent of Criterion. */
#ifndef TESTS_FORMAT_HELP_TAR_H
#define TESTS_FORMAT_HELP_TAR_H

#include "base/vector.h"
#include "format/manifest.h"
#include "format/pack.h"

struct tar {
	VECTOR(uint8_t) bytes;
	VECTOR(struct manifest_member) members; /* of known names, in order */
};
void help_tar_deinit(struct tar *tar);
DEFINE_AUTO_VALUE(tar, struct tar, help_tar_deinit);

/* Appends a member; `type` is the type flag: '0' a file, '1' and '2' links, '3' a device, '5' a folder. */
void help_tar_add(struct tar *tar, const char *name, char type, const void *data, size_t size);
/* Appends a header alone, announcing `size` bytes. */
void help_tar_header(struct tar *tar, const char *name, char type, uint64_t size);
/* Appends the document in `pack` under that name. */
void help_tar_pack(struct tar *tar, const char *name, const struct pack *pack);
/* Appends a manifest that lists the members so far. */
void help_tar_manifest(struct tar *tar, const struct manifest *manifest);
/* Appends the two blocks that end a tar. */
void help_tar_end(struct tar *tar);

#endif
