/* Record: the members whose rows are read whole: meta, strings, types, roots. Encoders and decoders side by side.
 *
 * Encoders clear `pack` and put the whole member into it. Decoders take a document's root; ERROR_INPUT says what is wrong.
 */
#ifndef FORMAT_RECORD_H
#define FORMAT_RECORD_H

#include "format/column.h"
#include "format/intern.h"
#include "format/schema.h"

/* Bytes of text in a strings chunk, at most; the writer begins the next at STRINGS_FLUSH. */
#define STRINGS_FLUSH (1u << 20)
#define STRINGS_BYTES (STRINGS_FLUSH + STRING_MAX)

struct error *meta_pack(const struct snapshot_meta *meta, struct pack *pack) CHECKED;
/* Text fields become the caller's; meta_deinit frees them. */
struct error *meta_read(const struct pack_value *root, struct snapshot_meta *meta) CHECKED;
void meta_deinit(struct snapshot_meta *meta);

/* Strings first..first+count-1 of `intern`, 1..CHUNK_RECORDS, with at most STRINGS_BYTES. */
struct error *strings_write(struct codec *codec, const struct intern *intern, string_id first, uint32_t count,
			    struct pack *pack) CHECKED;
/* Appends them; *first is the first one's id. */
struct error *strings_read(struct codec *codec, const struct pack_value *root, string_id *first, struct intern *intern)
	CHECKED;

struct types {
	VECTOR(struct type_record) rows;
};
struct error *types_write(struct codec *codec, const struct type_record *rows, type_id first, uint32_t count,
			  struct pack *pack) CHECKED;
struct error *types_read(struct codec *codec, const struct pack_value *root, type_id *first, struct types *types)
	CHECKED;

struct roots {
	VECTOR(struct root_record) rows;
	VECTOR(uint64_t) offsets; /* rows.count + 1 of them once complete: where each root's edges begin, and the end */
	VECTOR(struct edge_record) edges;
};
void root_rows_deinit(struct roots *roots);
DEFINE_AUTO_VALUE(roots, struct roots, root_rows_deinit);
/* `offsets` holds where each root's edges begin, and the end. */
struct error *roots_write(struct codec *codec, const struct roots *roots, struct pack *pack) CHECKED;
/* `newer`: the file's minor version is newer than ours; kinds and names of edges that we don't know are then read as
 * ROOT_INTERPRETER and NAME_NONE. Node and string ids are as the file says, unchecked. */
struct error *roots_read(struct codec *codec, const struct pack_value *root, bool newer, struct roots *roots) CHECKED;

#endif
