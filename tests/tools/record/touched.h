/* Touched: which bytes of the target's memory does a capture read? The recorder is linked with --wrap, so that what the
 * decoders ask their mirror for, and the names that files are asked for, pass through here. */
#ifndef TESTS_TOOLS_RECORD_TOUCHED_H
#define TESTS_TOOLS_RECORD_TOUCHED_H

#include "dumper/source.h"

struct touched_span {
	uint64_t start, end; /* addresses; an empty one, never at a page's start, is a page that must be there, blank */
};

void touched_note(uint64_t address, uint64_t size);
/* Everything noted so far: sorted, disjoint, borrowed until the next note. ERROR_MEMORY also where a note was lost. */
struct error *touched_spans(const struct touched_span **spans, size_t *count) CHECKED;
/* The symbols that files were asked for last; borrowed for good. */
const char *const *touched_symbols(size_t *count);
/* A source that notes every read from `inner` (borrowed) but those of a mapped file's beginning, of which the build-id alone
 * matters: the image keeps that of the files it brings along. */
struct error *touched_source_create(struct source *inner, struct source **result) CHECKED;

#endif
