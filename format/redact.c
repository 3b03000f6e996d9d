/* Redact: how does a snapshot lose the contents that it holds, and nothing else?
 *
 * Method: previews are members of their own, so all others are copied in the order in which they lie, each after its
 * checksum was compared; meta is written anew to say that there are none, and the manifest without them. That the copy is
 * a snapshot follows from the original's being one, which the reader says first. Cost: two passes of reading, one of
 * writing; memory: the largest member.
 */
#include "format/redact.h"

#include "format/archive.h"
#include "format/document.h"
#include "format/manifest.h"
#include "format/reader.h"
#include "format/record.h"

#include <inttypes.h>
#include <stdlib.h>

struct redaction {
	struct reader *reader; /* says that all is whole */
	struct reader_parts parts;
	struct pack *pack;
	struct output *output;
	struct archive_sink *sink;
	VECTOR(struct manifest_member) members;
	struct redact_result result;
};

static void redaction_deinit(struct redaction *redaction)
{
	archive_sink_destroy(redaction->sink);
	output_destroy(redaction->output);
	pack_destroy(redaction->pack);
	vector_deinit(&redaction->members);
	reader_close(redaction->reader);
}
DEFINE_AUTO_VALUE(redaction, struct redaction, redaction_deinit);

static struct error *redaction_open(struct redaction *redaction, const char *from)
{
	TRY(reader_open(from, &redaction->reader));
	unsigned minor = reader_minor(redaction->reader);
	if (minor > FORMAT_MINOR)
		return error_create(ERROR_INPUT,
				    "%s: the file has format version %d.%u, and this program can't tell where version %d.%u "
				    "keeps values: use the heapdiff that goes with the heapdump that wrote it",
				    reader_path(redaction->reader), FORMAT_MAJOR, minor, FORMAT_MAJOR, minor);
	TRY(reader_verify(redaction->reader));
	redaction->parts = reader_parts(redaction->reader);
	return pack_create(&redaction->pack);
}

static struct error *count_values(struct redaction *redaction)
{
	for (uint32_t chunk = 0; chunk < reader_object_chunks(redaction->reader); chunk++) {
		AUTO(value_rows) struct value_rows rows = {0};
		TRY(reader_values(redaction->reader, chunk, &rows));
		for (uint32_t i = 0; i < rows.count; i++)
			redaction->result.values += rows.present[i];
		redaction->result.bytes += rows.count > 0 ? rows.starts[rows.count] : 0;
	}
	return NULL;
}

static struct error *add(struct redaction *redaction, const struct member *member, const void *data, size_t size)
{
	char name[MEMBER_NAME_MAX + 1];
	member_name(member->kind, member->number, name);
	TRY(archive_sink_add(redaction->sink, name, data, size));
	return vector_push(&redaction->members, (struct manifest_member){member->kind, member->number, size,
									 checksum_of(data, size)});
}

static struct error *add_meta(struct redaction *redaction, const struct member *member)
{
	struct snapshot_meta meta = *reader_meta(redaction->reader);
	const void *data;
	size_t size;
	if (meta.values_limit != META_ABSENT)
		meta.values_limit = 0;
	TRY(meta_pack(&meta, redaction->pack));
	TRY(pack_data(redaction->pack, &data, &size));
	return add(redaction, member, data, size);
}

static struct error *copy_member(struct redaction *redaction, const struct member *member)
{
	uint8_t *bytes = NULL;
	if (member->kind == MEMBER_VALUES || member->kind == MEMBER_UNKNOWN || member->kind == MEMBER_MANIFEST)
		return NULL;
	if (member->kind == MEMBER_META)
		return add_meta(redaction, member);
	struct error *error = member_read(member, redaction->parts.input, DOCUMENT_MAX, &bytes);
	if (error != NULL)
		return error_prefix(document_error(member, error), "%s", redaction->parts.input->name);
	AUTO(free) void *guard = bytes;
	return add(redaction, member, guard, member->size);
}

static struct error *add_manifest(struct redaction *redaction)
{
	const void *data;
	size_t size;
	struct manifest manifest = *redaction->parts.manifest;
	manifest.minor = FORMAT_MINOR;
	TRY(manifest_write(&manifest, redaction->members.items, redaction->members.count, redaction->pack));
	TRY(pack_data(redaction->pack, &data, &size));
	TRY(archive_sink_add(redaction->sink, "manifest", data, size));
	return archive_sink_finish(redaction->sink);
}

static int compare_places(const void *left, const void *right)
{
	const struct member *const *a = left, *const *b = right;
	return ((*a)->header > (*b)->header) - ((*a)->header < (*b)->header);
}

/* In the order in which they lie in the file. */
static struct error *copy_members(struct redaction *redaction)
{
	const struct catalog *catalog = redaction->parts.catalog;
	size_t count = catalog->members.count;
	AUTO(free) void *memory = malloc((count + 1) * sizeof(struct member *));
	const struct member **members = memory;
	if (members == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++)
		members[i] = &catalog->members.items[i];
	qsort(members, count, sizeof *members, compare_places);
	for (size_t i = 0; i < count; i++)
		TRY(copy_member(redaction, members[i]));
	return add_manifest(redaction);
}

struct error *redact_run(const char *from, const char *to, bool force, struct redact_result *result)
{
	AUTO(redaction) struct redaction redaction = {0};
	TRY(redaction_open(&redaction, from));
	TRY(count_values(&redaction));
	TRY(output_create(to, force, &redaction.output));
	TRY(archive_sink_create(redaction.output, &redaction.sink));
	TRY(copy_members(&redaction));
	TRY(output_commit(redaction.output));
	redaction.result.file_bytes = output_size(redaction.output);
	redaction.result.counts = reader_counts(redaction.reader);
	*result = redaction.result;
	return NULL;
}
