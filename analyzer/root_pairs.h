/* Root pairs: which root of one snapshot is which one of another? */
#ifndef ANALYZER_ROOT_PAIRS_H
#define ANALYZER_ROOT_PAIRS_H

#include "format/reader.h"

/* *after_of: for each root of `before` the one of `after` with the same kind, name and function in the same
 * interpreter (of a thread's the same thread, of a frame's the same depth), NO_ID where there is none; the caller
 * frees it. `same_process`: thread ids compare. O(roots). */
struct error *root_pairs_find(const struct reader *before, const struct reader *after, bool same_process,
			      root_id **after_of) CHECKED;

#endif
