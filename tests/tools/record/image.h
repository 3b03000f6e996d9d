/* Image: writes a heap image, an ELF core of which only the bytes that were touched are left. */
#ifndef TESTS_TOOLS_RECORD_IMAGE_H
#define TESTS_TOOLS_RECORD_IMAGE_H

#include "dumper/process.h"
#include "dumper/source.h"
#include "tests/tools/record/touched.h"

struct image_input {
	struct source *source; /* of the stopped process */
	const struct process *process;
	uint64_t program_headers; /* AT_PHDR */
	const struct touched_span *spans;
	size_t span_count;
	const char *const *hidden; /* texts that may not be in the image: their letters are replaced */
	size_t hidden_count;
};

#define IMAGE_FOLDER "/python/" /* where all mapped files lie, the image says */

/* Makes the file at `path`. */
struct error *image_write(const struct image_input *input, const char *path) CHECKED;
/* The name that the image gives a mapped file: in IMAGE_FOLDER. Owned. NULL without memory. */
char *image_name(const char *path);

#endif
