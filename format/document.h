/* Document: a member's data, read, checked and parsed. */
#ifndef FORMAT_DOCUMENT_H
#define FORMAT_DOCUMENT_H

#include "format/member.h"
#include "format/pack.h"

/* Members that hold a chunk of anything, bytes at most: no honest one is larger. */
#define DOCUMENT_CHUNK_MAX (UINT64_C(1) << 26)
/* Any other member: the roots, or the manifest of a trillion edges. */
#define DOCUMENT_MAX (UINT64_C(1) << 29)

struct document {
	uint8_t *bytes;
	struct pack_document *parsed; /* borrows from `bytes` */
};
/* `document` must be zeroed. *root lives as long as it. ERROR_INPUT: larger than `most`, another checksum than the
 * manifest says, or no msgpack document of at most 65,536 values. */
struct error *document_read(struct document *document, const struct member *member, const struct input *input,
			    uint64_t most, const struct pack_value **root) CHECKED;
void document_deinit(struct document *document);
DEFINE_AUTO_VALUE(document, struct document, document_deinit);

/* Puts "member 'NAME' at offset N: " before the message. `error` is consumed, NULL stays NULL. */
struct error *document_error(const struct member *member, struct error *error) CHECKED;

#endif
