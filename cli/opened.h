/* Opened: the snapshot that a command is about, with what nearly every command needs of it first. */
#ifndef CLI_OPENED_H
#define CLI_OPENED_H

#include "cli/options.h"
#include "format/reader.h"
#include "queries/typeset.h"

struct opened {
	struct reader *reader;
	struct type_names names;
	struct typeset typeset; /* of --type; without one `selected` is NULL, which stands for all types */
};

/* The first file, its types' names, and those of them that --type selects. Errors as reader_open and typeset_init. */
struct error *opened_init(struct opened *opened, const struct options *options) CHECKED;
void opened_deinit(struct opened *opened);
DEFINE_AUTO_VALUE(opened, struct opened, opened_deinit);

#endif
