/* Traces: tracemalloc's tables in a fake heap under every layout: read, found by what they hold, and torn in every way.
 */
#include "tests/test.h"

#include "base/arena.h"
#include "dumper/traces.h"
#include "tests/dumper/help_world.h"

#include <stdlib.h>

#define CODE UINT64_C(0x70000000) /* where functions are */
#define BUCKETS 16u
#define BLOCK UINT64_C(0x123400) /* address of block 0; the others follow, 16 bytes apart */

struct tables {
	struct world *world;
	struct arena arena;
	struct runtime runtime;
	struct traces traces;
	uint64_t table, buckets; /* of the default domain */
	uint64_t file;
	uint64_t losses;
};

/* A table without entries, whose functions are code. */
static uint64_t make_table(struct world *world, uint64_t *buckets, uint64_t key_size)
{
	bool in_place = world->layout->tracemalloc_inline;
	uint64_t table = world_bytes(world, 96);

	*buckets = world_bytes(world, 8 * BUCKETS);
	world_word(world, table, in_place ? 0 : 8, BUCKETS);
	world_word(world, table, 16, *buckets);
	if (in_place)
		world_word(world, table, 24, key_size);
	for (int i = 0; i < 4; i++)
		world_word(world, table, (in_place ? 40 : 24) + 8 * i, CODE + 16 * (uint64_t)i);
	return table;
}

static void count_entries(struct world *world, uint64_t table, uint64_t entries)
{
	world_word(world, table, world->layout->tracemalloc_inline ? 8 : 0, entries);
}

/* A trace for `block` in a bucket of its own; its address is the entry's. */
static uint64_t make_entry(struct tables *tables, unsigned bucket, uint64_t block, uint64_t size, uint64_t traceback)
{
	struct world *world = tables->world;
	uint64_t entry = world_bytes(world, 64), trace = world_bytes(world, 16);

	if (world->layout->tracemalloc_inline)
		trace = entry + 24;
	world_word(world, entry, 16, block);
	if (!world->layout->tracemalloc_inline)
		world_word(world, entry, 24, trace);
	world_word(world, trace, 0, size);
	world_word(world, trace, 8, traceback);
	world_word(world, tables->buckets, 8 * (int64_t)bucket, entry);
	return entry;
}

static uint64_t make_file(struct world *world, const char *name)
{
	return world->layout->tracemalloc_texts ? world_text(world, name) : world_str(world, name);
}

/* Of `count` frames of the one file, from line 10 on, of `total`. */
static uint64_t make_traceback(struct tables *tables, uint32_t count, uint32_t total)
{
	struct world *world = tables->world;
	uint64_t traceback = world_bytes(world, 12 + 12 * (uint64_t)count + 8);
	uint32_t counts = world->layout->tracemalloc_counts ? count | total << 16 : count;

	image_u32(world->image, traceback + 8, counts);
	for (uint32_t i = 0; i < count; i++) {
		image_u64(world->image, traceback + 12 + 12 * (uint64_t)i, tables->file);
		image_u32(world->image, traceback + 12 + 12 * (uint64_t)i + 8, 10 + i);
	}
	return traceback;
}

/* Where the layout, or a symbol, says that the tables are. */
static void tables_init(struct tables *tables, const struct layout *layout)
{
	struct world *world = world_create(layout);

	*tables = (struct tables){.world = world};
	arena_init(&tables->arena);
	traces_init(&tables->traces);
	image_map(world->image, CODE, 0x1000, "r-x", "/lib/libpython.so");
	tables->file = make_file(world, "/srv/app.py");
	tables->table = make_table(world, &tables->buckets, 8);
	tables->runtime.address = world_bytes(world, (uint64_t)layout->runtime_size);
	if (layout->runtime_tracemalloc >= 0) {
		world_word(world, tables->runtime.address, layout->runtime_tracemalloc + layout->tracemalloc_traces,
			   tables->table);
		image_u32(world->image,
			  tables->runtime.address +
				  (uint64_t)(layout->runtime_tracemalloc + layout->tracemalloc_frames),
			  7);
	} else {
		tables->runtime.symbols.traces = world_bytes(world, 16);
		world_word(world, tables->runtime.symbols.traces, 0, tables->table);
	}
}

static void tables_deinit(struct tables *tables)
{
	traces_deinit(&tables->traces);
	arena_deinit(&tables->arena);
	world_destroy(tables->world);
}
DEFINE_AUTO_VALUE(tables, struct tables, tables_deinit);

static void collect(struct tables *tables)
{
	world_open(tables->world);
	assert_ok(traces_collect(&tables->world->decoder, &tables->runtime, &tables->arena, &tables->traces));
	tables->losses = tables->world->decoder.losses[LOSS_trace_torn];
}

static const struct found_trace *trace_of(const struct tables *tables, uint64_t block)
{
	uint32_t index;

	return map_find(&tables->traces.blocks, block, &index) ? &tables->traces.list.items[index] : NULL;
}

HEAP_TEST(traces, are_read_with_their_tracebacks)
{
	EACH_LAYOUT(layout)
	{
		AUTO(tables) struct tables tables;
		const struct found_traceback *traceback;
		const struct found_trace *trace;
		uint64_t shared;

		tables_init(&tables, layout);
		shared = make_traceback(&tables, 2, 9);
		make_entry(&tables, 0, BLOCK, 100, shared);
		make_entry(&tables, 5, BLOCK + 16, 50, shared);
		make_entry(&tables, 15, BLOCK + 32, 7, make_traceback(&tables, 1, 1));
		count_entries(tables.world, tables.table, 3);
		collect(&tables);
		cr_assert_eq(tables.losses, 0, "%s", layout->name);
		cr_assert_eq(tables.traces.list.count, 3);
		cr_assert_eq(tables.traces.tracebacks.count, 2, "two blocks share theirs");
		cr_assert_eq(tables.traces.bytes, 157);
		cr_assert_eq(tables.traces.files.count, 1);
		cr_assert_str_eq(tables.traces.files.items[0], "/srv/app.py");
		trace = trace_of(&tables, BLOCK);
		cr_assert(trace != NULL && trace->size == 100);
		traceback = &tables.traces.tracebacks.items[trace->traceback];
		cr_assert_eq(traceback->count, 2);
		cr_assert_eq(traceback->total, layout->tracemalloc_counts ? 9 : 0);
		cr_assert_eq(tables.traces.frames.items[traceback->first].line, 10, "the innermost comes first");
		cr_assert_eq(tables.traces.frames.items[traceback->first + 1].line, 11);
		cr_assert_null(trace_of(&tables, BLOCK + 48));
		if (layout->runtime_tracemalloc >= 0)
			cr_assert_eq(tables.traces.limit, 7);
	}
}

HEAP_TEST(traces, of_other_domains_are_read_too)
{
	EACH_LAYOUT(layout)
	{
		if (layout->tracemalloc_inline)
			continue; /* one table has them all */
		AUTO(tables) struct tables tables;
		uint64_t domains, buckets, entry;

		tables_init(&tables, layout);
		make_entry(&tables, 3, BLOCK, 1000, make_traceback(&tables, 1, 1));
		count_entries(tables.world, tables.table, 1);
		domains = make_table(tables.world, &buckets, 8);
		entry = world_bytes(tables.world, 32);
		world_word(tables.world, entry, 16, 5);
		world_word(tables.world, entry, 24, tables.table);
		world_word(tables.world, buckets, 8, entry);
		count_entries(tables.world, domains, 1);
		if (layout->runtime_tracemalloc >= 0) { /* the default domain is empty */
			uint64_t state = tables.runtime.address + (uint64_t)layout->runtime_tracemalloc, empty;

			world_word(tables.world, state, layout->tracemalloc_traces,
				   make_table(tables.world, &empty, 8));
			world_word(tables.world, state, layout->tracemalloc_domains, domains);
		} else {
			uint64_t empty, place = world_bytes(tables.world, 32);

			world_word(tables.world, place, 0, make_table(tables.world, &empty, 8));
			world_word(tables.world, place, 8, domains);
			tables.runtime.symbols.traces = place;
			tables.runtime.symbols.trace_domains = place + 8;
		}
		collect(&tables);
		cr_assert(trace_of(&tables, BLOCK) != NULL && tables.losses == 0, "%s", layout->name);
	}
}

/* A stripped program of a version whose tables are variables. */
HEAP_TEST(traces, are_found_by_what_they_hold)
{
	EACH_LAYOUT(layout)
	{
		if (layout->runtime_tracemalloc >= 0)
			continue;
		AUTO(tables) struct tables tables;
		uint64_t data, decoy, ignored;

		tables_init(&tables, layout);
		make_entry(&tables, 3, BLOCK, 1000, make_traceback(&tables, 3, 3));
		count_entries(tables.world, tables.table, 1);
		decoy = make_table(tables.world, &ignored, 8); /* of something else: its values are no traces */
		world_word(tables.world, ignored, 0, world_bytes(tables.world, 64));
		count_entries(tables.world, decoy, 1);
		data = world_bytes(tables.world, 512);
		world_word(tables.world, data, 64, tables.world->none);
		world_word(tables.world, data, 128, decoy);
		world_word(tables.world, data, 256, tables.table);
		tables.runtime.symbols.traces = 0;
		tables.runtime.data_start = data;
		tables.runtime.data_end = data + 512;
		collect(&tables);
		cr_assert(trace_of(&tables, BLOCK) != NULL, "%s", layout->name);
		cr_assert_eq(tables.losses, 0);
		cr_assert_eq(tables.traces.limit, META_ABSENT, "nothing tells it");
	}
}

HEAP_TEST(traces, none_are_no_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(tables) struct tables tables;

		tables_init(&tables, layout);
		collect(&tables);
		cr_assert(tables.traces.list.count == 0 && tables.losses == 0);
	}
}

/* --- torn -------------------------------------------------------------------------------------------------------- */

HEAP_TEST(traces, survive_chains_that_loop)
{
	EACH_LAYOUT(layout)
	{
		AUTO(tables) struct tables tables;
		uint64_t first, second, traceback;

		tables_init(&tables, layout);
		traceback = make_traceback(&tables, 1, 1);
		first = make_entry(&tables, 1, BLOCK, 10, traceback);
		second = make_entry(&tables, 2, BLOCK + 16, 10, traceback);
		world_word(tables.world, first, 0, second);
		world_word(tables.world, second, 0, first);
		count_entries(tables.world, tables.table, 2);
		collect(&tables);
		cr_assert_leq(tables.traces.list.count, 3, "no more than the table counts, and one");
		cr_assert_gt(tables.losses, 0, "%s", layout->name);
	}
}

HEAP_TEST(traces, leave_out_what_makes_no_sense)
{
	EACH_LAYOUT(layout)
	{
		AUTO(tables) struct tables tables;
		uint64_t none, huge, nameless, negative;

		tables_init(&tables, layout);
		none = make_traceback(&tables, 0, 0);
		huge = make_traceback(&tables, 1, 1);
		image_u32(tables.world->image, huge + 8, layout->tracemalloc_counts ? 0xffff : 0x7fffffff);
		image_hide(tables.world->image, (huge & ~UINT64_C(0xfff)) + 0x2000, 0x100000);
		nameless = make_traceback(&tables, 2, 2);
		image_u64(tables.world->image, nameless + 24, WORLD_UNMAPPED);
		negative = make_traceback(&tables, 1, 1);
		image_u32(tables.world->image, negative + 20, 0x80000000);
		make_entry(&tables, 0, BLOCK, 10, none);
		make_entry(&tables, 1, BLOCK + 16, 10, huge);
		make_entry(&tables, 2, BLOCK + 32, 10, nameless);
		make_entry(&tables, 3, BLOCK + 48, 10, WORLD_UNMAPPED);
		make_entry(&tables, 4, BLOCK + 64, UINT64_MAX, make_traceback(&tables, 1, 1));
		make_entry(&tables, 5, BLOCK + 80, 10, negative);
		make_entry(&tables, 6, BLOCK + 96, 10, make_traceback(&tables, 1, 1));
		count_entries(tables.world, tables.table, 7);
		collect(&tables);
		cr_assert_eq(tables.traces.list.count, 1, "%s: %zu", layout->name, tables.traces.list.count);
		cr_assert(trace_of(&tables, BLOCK + 96) != NULL && tables.losses == 6);
	}
}

HEAP_TEST(traces, refuse_tables_that_are_none)
{
	static const struct {
		int64_t offset, in_place;
		uint64_t value;
	} broken[] = {
		{0, 8, UINT64_MAX},            /* more entries than buckets */
		{8, 0, 17},                    /* no power of two */
		{8, 0, UINT64_C(1) << 40},     /* more than there can be */
		{16, 16, WORLD_UNMAPPED},      /* buckets that are not there */
		{32, 48, WORLD_START + 0x100}, /* a function that is no code */
	};

	EACH_LAYOUT(layout)
	{
		for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
			AUTO(tables) struct tables tables;

			tables_init(&tables, layout);
			make_entry(&tables, 3, BLOCK, 1000, make_traceback(&tables, 1, 1));
			count_entries(tables.world, tables.table, 1);
			world_word(tables.world, tables.table,
				   layout->tracemalloc_inline ? broken[i].in_place : broken[i].offset, broken[i].value);
			collect(&tables);
			cr_assert_eq(tables.traces.list.count, 0, "%s: %zu", layout->name, i);
		}
	}
}

HEAP_TEST(traces, count_entries_that_are_missing)
{
	EACH_LAYOUT(layout)
	{
		AUTO(tables) struct tables tables;

		tables_init(&tables, layout);
		make_entry(&tables, 3, BLOCK, 1000, make_traceback(&tables, 1, 1));
		count_entries(tables.world, tables.table, 4);
		collect(&tables);
		cr_assert_eq(tables.traces.list.count, 1);
		cr_assert_eq(tables.losses, 3, "%s", layout->name);
	}
}
