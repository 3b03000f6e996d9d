/* Where does a thread's stack begin and end? The main thread's is a mapping of its own, which the kernel names. Other stacks are
 * memory like any other, and the kernel joins neighbours to one mapping; but glibc describes a thread at the top of its own
 * stack, where fs points, and notes there the block that it took, its size and its guard. Where in the description depends on the
 * version, so it is found by what it must be: three words in a row that fit the stack pointer, the description and pages.
 * Cost: one read of some KiB a thread.
 */
#include "dumper/stacks.h"

#include "base/bytes.h"

#define PAGE UINT64_C(4096)
#define DESCRIPTION_SIZE 4096u         /* bytes of struct pthread that are searched; 2.36 has 2,304 */
#define DESCRIPTION_LARGEST (16 * PAGE) /* and at most from its start to the block's end */

static bool fits(const uint8_t *words, const struct source_range *mapping, const struct thread_registers *registers,
		 uint64_t *start, uint64_t *end)
{
	uint64_t block = load_u64(words), size = load_u64(words + 8), guard = load_u64(words + 16);

	if ((block | size | guard) % PAGE != 0 || size == 0 || guard >= size || size > UINT64_MAX - block)
		return false;
	if (registers->stack < block + guard || registers->stack >= block + size ||
	    registers->thread < registers->stack || registers->thread >= block + size ||
	    block + size - registers->thread > DESCRIPTION_LARGEST)
		return false;
	if (block + size > mapping->end)
		return false;
	*start = block + guard > mapping->start ? block + guard : mapping->start;
	*end = block + size;
	return true;
}

struct error *stacks_find(struct source *source, const struct source_range *mapping,
			  const struct thread_registers *registers, uint64_t *start, uint64_t *end, bool *found)
{
	uint8_t description[DESCRIPTION_SIZE];
	size_t got = 0;

	*found = registers->thread >= registers->stack && registers->thread < mapping->end && registers->thread % 8 == 0;
	*start = mapping->start;
	*end = mapping->end;
	if (!*found)
		return NULL;
	TRY(source->operations->read(source, registers->thread, description, sizeof description, &got));
	for (size_t at = 0; at + 24 <= got; at += 8)
		if (fits(description + at, mapping, registers, start, end))
			return NULL;
	return NULL;
}

struct error *stacks_add(struct footprint *footprint, struct source *source, uint64_t main_address,
			 const struct thread_registers *registers, size_t count)
{
	const struct memory_map *map = footprint_map(footprint);
	const struct memory_mapping *mapping = memory_map_at(map, main_address);
	uint64_t start, end;
	bool found = false;

	if (mapping != NULL)
		TRY(footprint_base(footprint, MEMORY_STACKS, mapping->range.start, mapping->range.end));
	for (size_t i = 0; i < count; i++) {
		mapping = memory_map_at(map, registers[i].stack);
		if (mapping == NULL)
			continue;
		AUTO(error) struct error *error =
			stacks_find(source, &mapping->range, &registers[i], &start, &end, &found);
		if (error != NULL && (error->code == ERROR_MEMORY || error->code == ERROR_INTERRUPTED))
			return steal(&error);
		if (error != NULL)
			return NULL; /* the process has ended */
		if (found)
			TRY(footprint_base(footprint, MEMORY_STACKS, start, end));
	}
	return NULL;
}
