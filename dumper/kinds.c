/* What is the memory of the process? Asked at the stop, in the order that disturbs least: first what the kernel says, as every page
 * that is read may count as resident from then on; then the threads' descriptions, then the headers of malloc's blocks. */
#include "dumper/kinds.h"

#define MALLOC_BYTES ((uint64_t)1 << 30)     /* of its heaps that are read while the process waits, */
#define MALLOC_FETCHED ((uint64_t)128 << 20) /* and that a copy holds besides what it needs of objects; at most */

void kinds_init(struct kinds *kinds)
{
	*kinds = (struct kinds){0};
}

void kinds_deinit(struct kinds *kinds)
{
	footprint_destroy(kinds->footprint);
	vector_deinit(&kinds->registers);
	kinds_init(kinds);
}

/* What only says that the process is no more, or can't be read, is no error here: that is for who reads its heap to say. */
static struct error *tolerate(struct error *error)
{
	if (error == NULL || error->code == ERROR_MEMORY || error->code == ERROR_INTERRUPTED)
		return error;
	error_destroy(error);
	return NULL;
}

static struct error *take_registers(struct kinds *kinds, const struct stop *stop)
{
	for (size_t i = 0; stop != NULL && i < stop_threads(stop); i++) {
		struct thread_registers registers;

		if (stop_registers(stop, i, &registers.stack, &registers.thread))
			TRY(vector_push(&kinds->registers, registers));
	}
	return NULL;
}

struct error *kinds_take(struct kinds *kinds, const struct process *process, const struct stop *stop)
{
	kinds_deinit(kinds);
	TRY(tolerate(footprint_take(process, &kinds->footprint)));
	if (kinds->footprint == NULL)
		return NULL;
	kinds->source = footprint_map(kinds->footprint)->measured ? "smaps" : "maps";
	return take_registers(kinds, stop);
}

struct error *kinds_take_fork(struct kinds *kinds, int smaps, int pagemap, int process)
{
	kinds_deinit(kinds);
	if (smaps >= 0)
		TRY(tolerate(footprint_of_fork(smaps, pagemap, process, &kinds->footprint)));
	if (kinds->footprint != NULL)
		kinds->source = footprint_map(kinds->footprint)->measured ? "smaps" : "maps";
	return NULL;
}

struct error *kinds_take_core(struct kinds *kinds, const struct core *core, struct source *source)
{
	kinds_deinit(kinds);
	TRY(footprint_of_core(core, source, &kinds->footprint));
	kinds->source = "core";
	for (size_t i = 0; i < core->stack_pointers.count; i++) {
		const struct thread_registers registers = {core->stack_pointers.items[i], core->thread_pointers.items[i]};

		TRY(vector_push(&kinds->registers, registers));
	}
	return NULL;
}

struct error *kinds_stacks(struct kinds *kinds, struct source *source, uint64_t main_address)
{
	if (kinds->footprint == NULL)
		return NULL;
	return tolerate(stacks_add(kinds->footprint, source, main_address, kinds->registers.items, kinds->registers.count));
}

static struct error *walk_malloc(struct kinds *kinds, const struct glibc_input *input)
{
	TRY(tolerate(glibc_walk(input, &kinds->glibc)));
	kinds->malloc = kinds->glibc.proved ? "glibc" : "unknown";
	return NULL;
}

struct error *kinds_malloc(struct kinds *kinds, const struct heap *heap)
{
	const struct glibc_input input = {kinds->footprint, heap_mirror(heap), heap_source(heap), GLIBC_READ, MALLOC_BYTES};
	AUTO(glibc_mapped) struct glibc_mapped mapped = {0};

	if (kinds->footprint == NULL)
		return NULL;
	TRY(heap_add_arenas(heap, kinds->footprint));
	TRY(walk_malloc(kinds, &input));
	if (!kinds->glibc.proved)
		return NULL;
	TRY(tolerate(glibc_find_mapped(&input, &mapped)));
	return tolerate(glibc_add_mapped(&input, &mapped));
}

struct error *kinds_learn_malloc(const struct process *process, const struct heap *heap, uint64_t budget,
				 struct glibc_mapped *mapped)
{
	AUTO(kinds) struct kinds kinds;

	kinds_init(&kinds);
	TRY(kinds_take(&kinds, process, NULL));
	const struct glibc_input input = {kinds.footprint, heap_mirror(heap), heap_source(heap), GLIBC_FETCH,
					  budget < MALLOC_FETCHED ? budget : MALLOC_FETCHED};
	if (kinds.footprint == NULL)
		return NULL;
	TRY(heap_add_arenas(heap, kinds.footprint));
	TRY(walk_malloc(&kinds, &input));
	return kinds.glibc.proved ? tolerate(glibc_find_mapped(&input, mapped)) : NULL;
}

struct error *kinds_mapped(struct kinds *kinds, struct source *source, const struct glibc_mapped *mapped)
{
	const struct glibc_input input = {.footprint = kinds->footprint, .source = source};

	return kinds->footprint != NULL ? tolerate(glibc_add_mapped(&input, mapped)) : NULL;
}

struct error *kinds_malloc_copied(struct kinds *kinds, const struct heap *heap)
{
	const struct glibc_input input = {.footprint = kinds->footprint, .mirror = heap_mirror(heap), .way = GLIBC_THERE};

	if (kinds->footprint == NULL)
		return NULL;
	TRY(heap_add_arenas(heap, kinds->footprint));
	return walk_malloc(kinds, &input);
}

struct error *kinds_write(struct kinds *kinds, struct writer *writer)
{
	return kinds->footprint != NULL ? footprint_write(kinds->footprint, writer) : NULL;
}
