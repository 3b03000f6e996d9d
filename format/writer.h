/* Writer: streams a heap into a .snap file, in memory that does not grow with the number of objects.
 *
 * Order: strings, types and rows of relations at any time; objects in ascending address order, each followed by its edges;
 * roots, each followed by its edges; meta; commit. Edges name nodes that may be written later. The file is
 * made beside its final name with mode 0600 and O_EXCL, fsynced and renamed into place by the commit;
 * destroying an uncommitted writer removes it. Memory: one chunk of each kind, and the interned strings.
 */
#ifndef FORMAT_WRITER_H
#define FORMAT_WRITER_H

#include "base/error.h"
#include "format/schema.h"

struct writer;

/* ERROR_REFUSED where `path` exists (unless `force` and a regular file), is a symlink, directory or device;
 * ERROR_IO where its folder is missing or can't be written. */
struct error *writer_create(const char *path, bool force, struct writer **result) CHECKED;
void writer_destroy(struct writer *writer);
DEFINE_AUTO(writer, struct writer *, writer_destroy);
/* Path of the temporary file, for a signal handler that must unlink it; borrowed until destroy. */
const char *writer_temporary(const struct writer *writer);

/* Interns: the same bytes give the same id. At most 64 KiB a string: longer ones are cut at a character. */
struct error *writer_string(struct writer *writer, const char *bytes, size_t length, string_id *id) CHECKED;
struct error *writer_type(struct writer *writer, const struct type_record *type, type_id *id) CHECKED;
struct error *writer_object(struct writer *writer, const struct object_record *object) CHECKED; /* ids 0, 1, 2 ... */
/* Sets what is only known once the object before was walked, edges and all: its size and getsizeof (bytes), content hash and
 * length. Saves the caller from holding the edges of one object, which may be millions. */
struct measures {
	uint64_t size, getsizeof, content_hash, length;
};
void writer_measure(struct writer *writer, const struct measures *measures);
/* Says, before the first object, that objects may get previews of their contents. */
void writer_keep_values(struct writer *writer);
/* Sets the preview of the object before, VALUE_MAX bytes at most; once an object. Dropped without writer_keep_values. */
struct error *writer_value(struct writer *writer, const void *bytes, size_t length) CHECKED;
struct error *writer_edge(struct writer *writer, const struct edge_record *edge) CHECKED; /* of the object before */
struct error *writer_root(struct writer *writer, const struct root_record *root, root_id *id) CHECKED;
struct error *writer_root_edge(struct writer *writer, const struct edge_record *edge) CHECKED; /* of the root before */
/* A row of a relation, at any time; what it names besides strings may be written later. `row`: the relation's struct. */
struct error *writer_row(struct writer *writer, enum relation relation, const void *row) CHECKED;
uint64_t writer_rows(const struct writer *writer, enum relation relation); /* written so far: the next one's number */
#define RELATION(row, name, description)                                                                               \
	CHECKED static inline struct error *writer_##name(struct writer *writer, const struct row##_row *record)       \
	{                                                                                                              \
		return writer_row(writer, RELATION_##name, record);                                                    \
	}
#include "format/relation.def"
struct error *writer_meta(struct writer *writer, const struct snapshot_meta *meta) CHECKED; /* once, before commit */
/* Notes `count` losses for one reason; they end in the manifest and decide whether it says complete. */
void writer_loss(struct writer *writer, enum loss loss, uint64_t count);
struct snapshot_counts writer_counts(const struct writer *writer);
/* Writes the manifest, fsyncs, renames. ERROR_INPUT where an edge names a node, or a type, that was never written.
 * *bytes is the file's size. */
struct error *writer_commit(struct writer *writer, uint64_t *bytes) CHECKED;

#endif
