/* Waterfall: where does the memory of a process go, from the process down to its objects?
 *
 * A tree of lines. Two measures: *resident*, pages in memory, is known of the process and of each kind of its memory; *size*,
 * address space, of these and of what is within them. In either measure the lines below a line that have it add up to that
 * line, to the byte; what isn't known is a line of its own, called unexplained.
 */
#ifndef ANALYZER_WATERFALL_H
#define ANALYZER_WATERFALL_H

#include "analyzer/occupancy.h"

#define WATERFALL_TOP UINT32_MAX /* below no line */

struct waterfall_line {
	const char *name;        /* for machines, the same in each snapshot: free_pools */
	const char *title;       /* for people; a literal, or the reader's */
	const char *description; /* NULL: none */
	uint32_t parent;         /* number of a line before; WATERFALL_TOP */
	uint64_t resident, size; /* bytes; META_ABSENT: not known */
	uint64_t count;          /* of what it counts: pools, blocks, objects; META_ABSENT */
};

struct waterfall {
	VECTOR(struct waterfall_line) lines; /* each followed by those below it */
	uint64_t whole; /* bytes: what shares are of, RSS or what is known in its place; 0: nothing is */
	bool measured;  /* the kinds of memory are known */
	bool assumed;   /* they aren't, but RSS is: arenas, or the objects, are taken as resident */
};

/* `occupancy`: of the reader's objects, borrowed. Texts are borrowed from the reader. O(pools). */
struct error *waterfall_create(struct reader *reader, const struct occupancy *occupancy, struct waterfall *result)
	CHECKED;
void waterfall_deinit(struct waterfall *waterfall);
DEFINE_AUTO_VALUE(waterfall, struct waterfall, waterfall_deinit);

/* The number of the line of this name; WATERFALL_TOP: there is none. */
uint32_t waterfall_find(const struct waterfall *waterfall, const char *name);

#endif
