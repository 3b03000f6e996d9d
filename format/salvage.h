/* Salvage: recovers what is whole of a snapshot that was cut or altered.
 *
 * Walks the archive from the front, keeps every member that decodes whole - objects also where their edges are gone -
 * drops edges to objects that are gone, and writes a new snapshot that is marked partial and counts its losses
 * (LOSS_salvaged). Cost: one pass to read, one to write; memory: node ids of the kept chunks.
 */
#ifndef FORMAT_SALVAGE_H
#define FORMAT_SALVAGE_H

#include "base/error.h"
#include "format/schema.h"

struct salvage_result {
	uint64_t members_kept, members_lost;
	uint64_t edges_lost; /* of the kept objects: in members that are lost, or to objects that are */
	struct snapshot_counts counts; /* of the new snapshot */
};
/* ERROR_INPUT where not even types, strings and one objects chunk are whole: then nothing is written. */
struct error *salvage_run(const char *from, const char *to, bool force, struct salvage_result *result) CHECKED;

#endif
