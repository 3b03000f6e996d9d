/* Gathering: by what is a portion of a heap held, in a sentence?
 *
 * The place is the deepest in the tree of dominators, and no part of the portion itself, that holds more than half of its weight. Where
 * that is no more than a module, or there is none, it is also told what the shortest ways to most of it lead through.
 */
#ifndef CHECKS_GATHERING_H
#define CHECKS_GATHERING_H

#include "analyzer/path.h"
#include "checks/portion.h"

/* Adds `1,024 new objects (98% of what came) hang from app.CACHE`; nothing for an empty portion. `printing`: with objects. O(nodes); 9 B
 * a number of the tree, and what holders_create takes. */
struct error *gathering_print(const struct portion *portion, const struct path_printing *printing, struct text *text)
	CHECKED;

/* Adds `98%`: all is only said where it is all. */
void gathering_print_share(uint64_t part, uint64_t whole, struct text *text);

#endif
