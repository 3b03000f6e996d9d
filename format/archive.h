/* Archive: a snapshot as a plain pax tar, and what others have compressed; the only file that knows libarchive. */
#ifndef FORMAT_ARCHIVE_H
#define FORMAT_ARCHIVE_H

#include "format/input.h"
#include "format/output.h"

#define MEMBER_NAME_MAX 255 /* bytes of a member's name, at most */

/* --- writing ------------------------------------------------------------------------------------------------------- */
struct archive_sink;
/* `output` stays borrowed until destroy. */
struct error *archive_sink_create(struct output *output, struct archive_sink **result) CHECKED;
void archive_sink_destroy(struct archive_sink *sink);
DEFINE_AUTO(archive_sink, struct archive_sink *, archive_sink_destroy);
/* One regular file, owner 0, mode 0644, time 0: the same content gives the same archive. Errors are output_write's. */
struct error *archive_sink_add(struct archive_sink *sink, const char *name, const void *data, size_t size) CHECKED;
/* The two empty blocks at the end. */
struct error *archive_sink_finish(struct archive_sink *sink) CHECKED;

/* --- reading ------------------------------------------------------------------------------------------------------- */
struct archive_member {
	char name[MEMBER_NAME_MAX + 1];
	bool folder;     /* a directory: nothing to read */
	uint64_t header; /* file offset of its first header, bytes */
	uint64_t offset; /* file offset of its data, bytes */
	uint64_t size;   /* bytes of data; offset + size is within the file */
};

/* Walks over the headers from the front; data is skipped, not read. */
struct archive_walk;
/* `input` stays borrowed until destroy. */
struct error *archive_walk_create(const struct input *input, struct archive_walk **result) CHECKED;
void archive_walk_destroy(struct archive_walk *walk);
DEFINE_AUTO(archive_walk, struct archive_walk *, archive_walk_destroy);
/* *more is false at the end. ERROR_INPUT, has_where: not a tar, a header that is cut or altered, data that is cut, and
 * members that nobody should extract: named absolutely, upwards or not at all, links, devices. */
struct error *archive_walk_next(struct archive_walk *walk, struct archive_member *member, bool *more) CHECKED;

/* --- one compressed file ------------------------------------------------------------------------------------------- */

/* What gzip, bzip2, xz, lz4 or zstd compressed, from the front. */
struct archive_stream;
/* `fd` and `name`, which is for messages, stay borrowed until destroy. ERROR_INPUT: compressed by none of these, or by
 * several. */
struct error *archive_stream_open(int fd, const char *name, struct archive_stream **result) CHECKED;
void archive_stream_destroy(struct archive_stream *stream);
DEFINE_AUTO(archive_stream, struct archive_stream *, archive_stream_destroy);
/* The next up to `size` plain bytes; *got is 0 at the end, once all that the compressor checks was right. ERROR_INPUT: cut
 * or damaged. */
struct error *archive_stream_read(struct archive_stream *stream, void *buffer, size_t size, size_t *got) CHECKED;

#endif
