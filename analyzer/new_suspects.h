/* New suspects: what appeared between two snapshots that is often a leak whatever its size.
 *
 *   residue    references that only C code holds, of which there are more to objects of a module's types
 *   cycles     objects that came and hold one another (analyzer/new_cycles.h), be it through one that was there
 *              (analyzer/grown_cycles.h)
 *   running    threads, pending tasks, and suspended generators and coroutines that were not there
 *
 * Of partial snapshots residue and garbage are not told, and where parts of the earlier one are missing nothing is.
 */
#ifndef ANALYZER_NEW_SUSPECTS_H
#define ANALYZER_NEW_SUSPECTS_H

#include "analyzer/diff.h"
#include "analyzer/place_name.h"
#include "analyzer/report.h"

/* Adds the table `suspects`: of each kind those of which most came, counted by module, type, name or function. `names`:
 * of the later snapshot, initialized where it is first needed, the caller's to deinit. O(nodes of both), what
 * new_cycles_find takes, and a sort of what is found. */
struct error *new_suspects_add(struct report *report, const struct diff *diff, struct place_names *names) CHECKED;

#endif
