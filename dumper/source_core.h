/* Core source: the memory of a process as its core file has it, filled up from the files that were mapped. */
#ifndef DUMPER_SOURCE_CORE_H
#define DUMPER_SOURCE_CORE_H

#include "base/text.h"
#include "dumper/core.h"
#include "dumper/source.h"

struct source_core_options {
	const char *executable; /* stands for the main executable; NULL: the path that the core names */
	const char *sysroot;    /* goes before every path that the core names; NULL: none */
};

/* Pages that the core leaves out are read from the files it names, where nothing changes those once they are mapped (code and
 * constants, by the file's own program headers) and the file's build-id is that of the mapped one. A file with another
 * build-id can't be opened as a range's file either: ERROR_INPUT names both. `core` is borrowed until destroy. */
struct error *source_core_open(const struct core *core, const struct source_core_options *options,
			       struct source **result) CHECKED;

/* ERROR_REFUSED where the file that was mapped at `address` is not at hand, or is another one, or can't be told. */
struct error *source_core_need(struct source *source, uint64_t address) CHECKED;

struct source_core_losses {
	uint64_t ranges; /* address ranges that are cut, and one for segments that aren't even listed any more */
	uint64_t bytes;  /* in them, as far as it is known */
};
struct source_core_losses source_core_losses(const struct source *source);
/* Adds START-END in hexadecimal for what is missing of the core, by address, with a space between two: what is cut; stacks of zeros;
 * and, where `asked`, what was read from in vain. At most `most` ranges, then "...". */
struct error *source_core_list(const struct source *source, bool asked, size_t most, struct text *text) CHECKED;
/* Adds a line (with its newline) for what is missing: ranges that are cut; files that are others than the mapped ones; and, where
 * `asked`, ranges and files that were read from in vain. */
struct error *source_core_describe(const struct source *source, bool asked, struct text *text) CHECKED;

#endif
