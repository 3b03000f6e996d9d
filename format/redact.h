/* Redact: a snapshot without the previews of contents that it holds, and the same otherwise. */
#ifndef FORMAT_REDACT_H
#define FORMAT_REDACT_H

#include "base/error.h"
#include "format/schema.h"

struct redact_result {
	uint64_t values, bytes; /* previews taken out, and their bytes */
	uint64_t file_bytes;    /* of the new snapshot */
	struct snapshot_counts counts;
};
/* Copies every other member as it is; members that this version does not know are left out, as they may hold anything.
 * ERROR_INPUT: no whole snapshot, or a newer minor version, which may keep contents where we would not look for them.
 * ERROR_REFUSED as output_create says. */
struct error *redact_run(const char *from, const char *to, bool force, struct redact_result *result) CHECKED;

#endif
