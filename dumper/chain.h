/* Chain: a walk along a linked list in target memory, which may loop.
 *
 * Brent's method: now and then the walk remembers where it is, at steps 1, 2, 4, 8 ...; meeting that place again is a
 * loop. A walk along n distinct places ends after at most 3 n steps, whatever the links say. O(1) memory.
 */
#ifndef DUMPER_CHAIN_H
#define DUMPER_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

struct chain {
	uint64_t at; /* address of the current place, 0: the walk is over */
	uint64_t remembered;
	uint64_t steps, lap; /* since the place was remembered, and after how many the next one is */
	bool looped;         /* the walk ended because it came back to a place */
};

static inline struct chain chain_from(uint64_t first)
{
	return (struct chain){.at = first, .remembered = first, .lap = 1};
}

/* Moves on to `next`; afterwards at == 0 means the end. */
static inline void chain_step(struct chain *chain, uint64_t next)
{
	chain->looped = next != 0 && next == chain->remembered;
	chain->at = chain->looped ? 0 : next;
	if (++chain->steps == chain->lap) {
		chain->remembered = next;
		chain->lap *= 2;
		chain->steps = 0;
	}
}

#endif
