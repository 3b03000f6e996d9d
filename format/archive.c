/* Archive: which members does this tar hold and where does their data lie; and how is a tar written?
 *
 * Method: libarchive, limited to tar without filters. Reading goes through our own callbacks, so that only blocks of 4 KiB
 * around headers are read and the position of each member's data is known; the data is then read at that position, and
 * its checksum proves it. Cost: 5-10 us and one small read a member. A compressed file is libarchive's "raw" archive, with
 * those filters alone that libarchive has itself, as for others it would start programs.
 */
#include "format/archive.h"

#include "base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- writing ------------------------------------------------------------------------------------------------------- */

struct archive_sink {
	struct archive *archive;
	struct archive_entry *entry;
	struct output *output;
	struct error *error; /* what the write callback met */
	bool abandoned;      /* write no more: freeing would write the end of the archive */
};

/* Never fails towards libarchive, which leaks memory when a write fails: the error is kept and told by sink_status. */
static la_ssize_t sink_write(struct archive *archive, void *data, const void *bytes, size_t size)
{
	(void)archive;
	struct archive_sink *sink = data;
	if (sink->error == NULL && !sink->abandoned)
		sink->error = output_write(sink->output, bytes, size);
	return (la_ssize_t)size;
}

struct error *archive_sink_create(struct output *output, struct archive_sink **result)
{
	AUTO(archive_sink) struct archive_sink *sink = calloc(1, sizeof *sink);
	if (sink == NULL)
		return error_memory();
	sink->output = output;
	sink->archive = archive_write_new();
	sink->entry = archive_entry_new();
	if (sink->archive == NULL || sink->entry == NULL)
		return error_memory();
	/* pax_restricted writes pax headers only where ustar has no room: sizes of 8 GiB. */
	if (archive_write_set_format_pax_restricted(sink->archive) != ARCHIVE_OK ||
	    archive_write_add_filter_none(sink->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(sink->archive, 0) != ARCHIVE_OK ||
	    archive_write_open(sink->archive, sink, NULL, sink_write, NULL) != ARCHIVE_OK)
		return error_memory();
	*result = steal(&sink);
	return NULL;
}

void archive_sink_destroy(struct archive_sink *sink)
{
	if (sink == NULL)
		return;
	if (sink->archive != NULL) {
		sink->abandoned = true;
		archive_write_free(sink->archive);
	}
	archive_entry_free(sink->entry);
	error_destroy(sink->error);
	free(sink);
}

/* `good`: what libarchive says of its own part. */
static struct error *sink_status(struct archive_sink *sink, bool good)
{
	if (sink->error != NULL) {
		sink->abandoned = true;
		return steal(&sink->error);
	}
	if (good)
		return NULL;
	const char *why = archive_error_string(sink->archive);
	return error_create(ERROR_IO, "%s: %s", output_temporary(sink->output),
			    why != NULL ? why : "libarchive failed");
}

struct error *archive_sink_add(struct archive_sink *sink, const char *name, const void *data, size_t size)
{
	archive_entry_clear(sink->entry);
	archive_entry_set_pathname(sink->entry, name);
	archive_entry_set_filetype(sink->entry, AE_IFREG);
	archive_entry_set_perm(sink->entry, 0644);
	archive_entry_set_size(sink->entry, (la_int64_t)size);
	archive_entry_set_mtime(sink->entry, 0, 0);
	bool good = archive_write_header(sink->archive, sink->entry) == ARCHIVE_OK;
	good = good && (size == 0 || archive_write_data(sink->archive, data, size) == (la_ssize_t)size);
	good = good && archive_write_finish_entry(sink->archive) == ARCHIVE_OK;
	return sink_status(sink, good);
}

struct error *archive_sink_finish(struct archive_sink *sink)
{
	return sink_status(sink, archive_write_close(sink->archive) == ARCHIVE_OK);
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

#define WALK_BLOCK 4096u

struct archive_walk {
	const struct input *input;
	struct archive *archive;
	uint64_t position; /* file offset of the next block */
	struct error *error;
	uint8_t block[WALK_BLOCK];
};

static la_ssize_t walk_read(struct archive *archive, void *data, const void **bytes)
{
	struct archive_walk *walk = data;
	uint64_t left = walk->input->size - walk->position;
	size_t size = left < WALK_BLOCK ? (size_t)left : WALK_BLOCK;
	*bytes = walk->block;
	walk->error = input_read(walk->input, walk->position, walk->block, size);
	if (walk->error != NULL) {
		archive_set_error(archive, -1, "read failed");
		return -1;
	}
	walk->position += size;
	return (la_ssize_t)size;
}

static la_int64_t walk_skip(struct archive *archive, void *data, la_int64_t request)
{
	(void)archive;
	struct archive_walk *walk = data;
	uint64_t left = walk->input->size - walk->position;
	uint64_t size = request < 0 ? 0 : (uint64_t)request < left ? (uint64_t)request : left;
	walk->position += size;
	return (la_int64_t)size;
}

struct error *archive_walk_create(const struct input *input, struct archive_walk **result)
{
	AUTO(archive_walk) struct archive_walk *walk = calloc(1, sizeof *walk);
	if (walk == NULL)
		return error_memory();
	walk->input = input;
	walk->archive = archive_read_new();
	if (walk->archive == NULL)
		return error_memory();
	if (input->size == 0)
		return error_create(ERROR_INPUT, "not a heapdiff snapshot: the file is empty");
	archive_read_support_format_tar(walk->archive);
	archive_read_set_read_callback(walk->archive, walk_read);
	archive_read_set_skip_callback(walk->archive, walk_skip);
	archive_read_set_callback_data(walk->archive, walk);
	if (archive_read_open1(walk->archive) == ARCHIVE_OK) {
		*result = steal(&walk);
		return NULL;
	}
	if (walk->error != NULL)
		return steal(&walk->error);
	uint8_t start[8];
	size_t size = input->size < sizeof start ? (size_t)input->size : sizeof start;
	TRY(input_read(input, 0, start, size));
	return input_foreign(input, start, size);
}

void archive_walk_destroy(struct archive_walk *walk)
{
	if (walk == NULL)
		return;
	if (walk->archive != NULL)
		archive_read_free(walk->archive);
	error_destroy(walk->error);
	free(walk);
}

static bool name_goes_up(const char *name)
{
	for (const char *part = name;; part++) {
		size_t length = strcspn(part, "/");
		if (length == 2 && memcmp(part, "..", 2) == 0)
			return true;
		part += length;
		if (*part == '\0')
			return false;
	}
}

/* "member 'NAME' at offset N WRONG", the name made safe to print. */
static struct error *member_refused(const char *name, uint64_t where, const char *wrong)
{
	AUTO(text) struct text shown;
	text_init(&shown);
	text_add_escaped(&shown, name, strlen(name));
	return error_create_at(ERROR_INPUT, where, "member '%s' at offset %" PRIu64 " %s", text_string(&shown), where,
			       wrong);
}

/* Refuses what a snapshot never holds and what would be dangerous to extract. */
static struct error *entry_check(struct archive_entry *entry, uint64_t where)
{
	const char *name = archive_entry_pathname(entry), *wrong = NULL;
	if (name == NULL || *name == '\0' || strlen(name) > MEMBER_NAME_MAX)
		return error_create_at(ERROR_INPUT, where, "a member without a usable name at offset %" PRIu64, where);
	if (*name == '/' || name_goes_up(name))
		wrong = "is named as if to leave the archive";
	else if (archive_entry_hardlink(entry) != NULL || archive_entry_symlink(entry) != NULL)
		wrong = "is a link";
	else if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR)
		wrong = "is not a regular file";
	else if (archive_entry_sparse_count(entry) > 0)
		wrong = "is sparse";
	return wrong != NULL ? member_refused(name, where, wrong) : NULL;
}

static struct error *walk_failed(struct archive_walk *walk)
{
	if (walk->error != NULL)
		return steal(&walk->error);
	/* The header was not taken: it begins where libarchive stands. */
	la_int64_t header = archive_filter_bytes(walk->archive, 0);
	const char *why = archive_error_string(walk->archive);
	return error_create_at(ERROR_INPUT, (uint64_t)header,
			       "the archive is cut or altered at offset %" PRId64 " (%s)", (int64_t)header,
			       why != NULL ? why : "bad tar header");
}

struct error *archive_walk_next(struct archive_walk *walk, struct archive_member *member, bool *more)
{
	struct archive_entry *entry;
	int status = archive_read_next_header(walk->archive, &entry);
	if (status == ARCHIVE_EOF) {
		*more = false;
		return NULL;
	}
	if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
		return walk_failed(walk);
	uint64_t header = (uint64_t)archive_read_header_position(walk->archive);
	TRY(entry_check(entry, header));
	uint64_t offset = (uint64_t)archive_filter_bytes(walk->archive, 0);
	la_int64_t size = archive_entry_size(entry);
	if (size < 0 || offset > walk->input->size || (uint64_t)size > walk->input->size - offset)
		return member_refused(archive_entry_pathname(entry), header,
				      "is cut: it is longer than the rest of the file");
	/* entry_check has seen that it fits. */
	memcpy(member->name, archive_entry_pathname(entry), strlen(archive_entry_pathname(entry)) + 1);
	member->folder = archive_entry_filetype(entry) == AE_IFDIR;
	member->header = header;
	member->offset = offset;
	member->size = (uint64_t)size;
	*more = true;
	return NULL;
}

/* --- one compressed file ------------------------------------------------------------------------------------------- */

#define STREAM_BLOCK 65536u

struct archive_stream {
	struct archive *archive;
	const char *name;
};

static struct error *stream_failed(const struct archive_stream *stream)
{
	const char *why = archive_error_string(stream->archive);

	return error_create(
		ERROR_INPUT,
		"%s can't be decompressed, it is cut or damaged (%s); what is whole of it can be read once a "
		"decompressor has written it to a file",
		stream->name, why != NULL ? why : "libarchive doesn't say why");
}

static bool stream_filters(struct archive *archive)
{
	static int (*const filters[])(
		struct archive *) = {archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
				     archive_read_support_filter_xz, archive_read_support_filter_lz4,
				     archive_read_support_filter_zstd};

	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		if (filters[i](archive) != ARCHIVE_OK)
			return false;
	}
	return archive_read_support_format_raw(archive) == ARCHIVE_OK;
}

struct error *archive_stream_open(int fd, const char *name, struct archive_stream **result)
{
	AUTO(archive_stream) struct archive_stream *stream = calloc(1, sizeof *stream);
	struct archive_entry *entry;

	if (stream == NULL)
		return error_memory();
	stream->name = name;
	stream->archive = archive_read_new();
	if (stream->archive == NULL)
		return error_memory();
	if (!stream_filters(stream->archive))
		return error_create(ERROR_INPUT,
				    "%s is compressed, and libarchive lacks a part here: decompress it first", name);
	if (archive_read_open_fd(stream->archive, fd, STREAM_BLOCK) != ARCHIVE_OK ||
	    archive_read_next_header(stream->archive, &entry) != ARCHIVE_OK)
		return stream_failed(stream);
	/* Its filters, and the file itself. */
	if (archive_filter_count(stream->archive) != 2)
		return error_create(ERROR_INPUT, "%s is compressed more than once, or not at all: decompress it first",
				    name);
	*result = steal(&stream);
	return NULL;
}

void archive_stream_destroy(struct archive_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->archive != NULL)
		archive_read_free(stream->archive);
	free(stream);
}

struct error *archive_stream_read(struct archive_stream *stream, void *buffer, size_t size, size_t *got)
{
	size_t done = 0;

	while (done < size) {
		la_ssize_t count = archive_read_data(stream->archive, (uint8_t *)buffer + done, size - done);

		if (count == ARCHIVE_RETRY)
			continue;
		if (count < 0)
			return stream_failed(stream);
		if (count == 0)
			break;
		done += (size_t)count;
	}
	*got = done;
	return NULL;
}
