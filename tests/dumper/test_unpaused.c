/* A process that is never stopped: read until it stands still, or as often as is allowed, and never longer. */
#include "tests/test.h"

#include "dumper/capture.h"
#include "dumper/meta.h"
#include "dumper/unpaused.h"
#include "format/reader.h"
#include "tests/dumper/help_python.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

static const char program[] = "import sys\n"
			      "class Row:\n"
			      "    def __init__(self, n): self.n = n; self.cells = [str(n + i) for i in range(3)]\n"
			      "rows = [Row(i) for i in range(2000)]\n"
			      "print('ready', flush=True)\n"
			      "import time; time.sleep(1000)\n";

/* Takes the C library's place: nobody is traced here, and who tries is counted. */
static int traced;
long ptrace(enum __ptrace_request request, ...);
long ptrace(enum __ptrace_request request, ...)
{
	(void)request;
	traced++;
	errno = EPERM;
	return -1;
}

struct target {
	struct python_run run;
	struct process *process;
	struct runtime *runtime;
	char line[32]; /* that it has printed */
};

static void target_end(struct target *target)
{
	runtime_destroy(target->runtime);
	process_destroy(target->process);
	python_end(&target->run);
}
DEFINE_AUTO_VALUE(target, struct target, target_end);

static struct target target_start(const char *code)
{
	static struct python pythons[PYTHONS_MAX];
	AUTO(source) struct source *source = NULL;
	struct target target = {0};

	cr_assert_gt(pythons_find(pythons), 0);
	target.run = python_start(&pythons[0], code);
	cr_assert_not_null(fgets(target.line, sizeof target.line, target.run.output));
	usleep(50000); /* until it sleeps */
	assert_ok(process_read(NULL, target.run.pid, &target.process));
	const struct unpaused_input input = {.process = target.process};
	assert_ok(unpaused_open_live(&input, &source));
	assert_ok(runtime_find(source, NULL, &target.runtime));
	return target;
}

/* --- a source between the process and who reads it --- */

struct spoiled {
	struct source source; /* first */
	struct source *live;
	struct spoiler *spoiler;
};

struct spoiler {
	struct unpaused_input input; /* first: what `open` gets */
	uint64_t opens, reads;
	/* Changes what was read; false: the read fails, as the process is gone. */
	bool (*spoil)(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size);
	uint64_t number; /* of the spoiler's own */
};

static struct error *spoiled_ranges(struct source *source, const struct source_range **ranges, size_t *count)
{
	struct source *live = ((struct spoiled *)source)->live;

	return live->operations->ranges(live, ranges, count);
}

static struct error *spoiled_read(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct spoiled *spoiled = (struct spoiled *)source;

	TRY(spoiled->live->operations->read(spoiled->live, address, buffer, size, got));
	spoiled->spoiler->reads++;
	if (!spoiled->spoiler->spoil(spoiled->spoiler, address, buffer, *got))
		return error_create(ERROR_GONE, "it ended");
	return NULL;
}

static struct error *spoiled_open_file(struct source *source, const struct source_range *range, int *fd)
{
	struct source *live = ((struct spoiled *)source)->live;

	return live->operations->open_file(live, range, fd);
}

static void spoiled_destroy(struct source *source)
{
	source_destroy(((struct spoiled *)source)->live);
	free(source);
}

static struct error *open_spoiled(const struct unpaused_input *input, struct source **source)
{
	static const struct source_operations operations = {.kind = "live",
							    .ranges = spoiled_ranges,
							    .read = spoiled_read,
							    .open_file = spoiled_open_file,
							    .destroy = spoiled_destroy};
	struct spoiler *spoiler = (struct spoiler *)input;
	struct spoiled *spoiled = calloc(1, sizeof *spoiled);

	cr_assert_not_null(spoiled);
	spoiled->source.operations = &operations;
	spoiled->spoiler = spoiler;
	struct error *error = unpaused_open_live(input, &spoiled->live);
	if (error != NULL) {
		free(spoiled);
		return error;
	}
	spoiler->opens++;
	*source = &spoiled->source;
	return NULL;
}

static struct spoiler spoiler_of(const struct target *target, bool (*spoil)(struct spoiler *, uint64_t, uint8_t *, size_t))
{
	return (struct spoiler){.input = {.process = target->process,
					  .runtime = target->runtime,
					  .open = open_spoiled,
					  .timeout = 0.05},
				.spoil = spoil};
}

static bool leave_alone(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size)
{
	(void)spoiler, (void)address, (void)bytes, (void)size;
	return true;
}

/* The objects of a discovered heap, written to a file that must then read well. */
static uint64_t write_and_read(const struct target *target, struct heap *heap, bool *complete)
{
	char folder[] = "/tmp/unpaused-XXXXXX", path[64];
	AUTO(writer) struct writer *writer = NULL;
	AUTO(reader) struct reader *reader = NULL;
	uint64_t losses[LOSS_COUNT], bytes;
	const struct meta_input meta = {.process = target->process, .runtime = target->runtime, .heap = heap,
					.source = "live"};

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.snap", folder);
	assert_ok(writer_create(path, false, &writer));
	assert_ok(heap_emit(heap, NULL, NULL, writer));
	assert_ok(meta_write(&meta, writer));
	*complete = heap_losses(heap, writer, losses);
	assert_ok(writer_commit(writer, &bytes));
	assert_ok(reader_open(path, &reader));
	cr_assert_eq(reader_complete(reader), *complete);
	unlink(path);
	rmdir(folder);
	return reader_counts(reader).nodes;
}

/* --- tests --- */

HEAP_TEST(unpaused, reads_a_still_process_as_it_is)
{
	AUTO(target) struct target target = target_start(program);
	struct spoiler spoiler = spoiler_of(&target, leave_alone);
	AUTO(heap) struct heap *heap = NULL;
	struct unpaused_facts facts;
	bool complete;

	assert_ok(unpaused_discover(&spoiler.input, &heap, &facts));
	cr_assert_eq(facts.changed, 0);
	cr_assert_eq(facts.rereads, 1);
	cr_assert_eq(spoiler.opens, 2, "a look and a copy");
	cr_assert_gt(facts.moment_ns, UINT64_C(1500000000000000000));
	cr_assert_gt(write_and_read(&target, heap, &complete), 8000);
	cr_assert(complete);
}

static bool end_at(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size)
{
	(void)address, (void)bytes, (void)size;
	return spoiler->reads < spoiler->number;
}

/* Walks the target as while it is held, killed at a read; 0 objects where nothing could be had of it. */
static uint64_t walk_until(const struct target *target, uint64_t read, size_t preview)
{
	const struct discovery_limits limits = {0};
	const struct contents contents = {.preview = preview};
	struct spoiler spoiler = spoiler_of(target, end_at);
	AUTO(source) struct source *source = NULL;
	AUTO(heap) struct heap *heap = NULL;
	uint64_t objects;
	bool complete;

	spoiler.number = read;
	assert_ok(open_spoiled(&spoiler.input, &source));
	AUTO(error) struct error *error = heap_open(&source, target->process, target->runtime, NULL, &heap);
	if (error == NULL)
		error = heap_keep(heap, &contents);
	if (error == NULL)
		error = heap_discover(heap, &limits);
	if (error != NULL) {
		cr_assert_eq(error->code, ERROR_GONE, "%s", error->message);
		return 0;
	}
	objects = write_and_read(target, heap, &complete);
	cr_assert_eq(complete, spoiler.reads < read, "killed at read %lu", (unsigned long)read);
	return objects;
}

HEAP_TEST(unpaused, its_end_leaves_what_was_read_once_there_are_roots)
{
	AUTO(target) struct target target = target_start(program);
	uint64_t all = walk_until(&target, UINT64_MAX, 0), nothing = 0, part = 0, read = 1, objects = 0;

	for (; objects < all; read++) { /* each: how many come after the roots, chance decides */
		objects = walk_until(&target, read, 0);
		cr_assert_leq(objects, all);
		nothing += objects == 0;
		part += objects > 0 && objects < all;
	}
	cr_assert_gt(nothing, 0);
	cr_assert_gt(part, 0);
	for (uint64_t early = 1; early < read; early += 3) {
		objects = walk_until(&target, early, 64);
		cr_assert(objects == 0 || objects == all, "values that must be kept out may not have been read");
	}
}

/* A stop would be refused here; without one nobody tries. */
HEAP_TEST(unpaused, never_traces)
{
	AUTO(target) struct target target = target_start(program);
	char folder[] = "/tmp/unpaused-XXXXXX", path[64];
	struct capture_result result;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.snap", folder);
	struct capture_options options = {.process = target.process, .output = path, .timeout = 1, .pause = PAUSE_HOLD};
	assert_error(capture_run(&options, &result), ERROR_REFUSED);
	cr_assert_gt(traced, 0, "who stops is caught");
	traced = 0;
	options.pause = PAUSE_NONE;
	assert_ok(capture_run(&options, &result));
	cr_assert_eq(traced, 0);
	cr_assert(result.complete);
	cr_assert_eq(result.pause, PAUSE_NONE);
	cr_assert_eq(result.attempts, 0);
	cr_assert_eq(result.pause_ns, 0);
	cr_assert_eq(result.chunks_changed, 0);
	unlink(path);
	rmdir(folder);
}

/* In the first readings of the copy one word of the stack is another each time, then none is. */
static bool settle_down(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size)
{
	(void)address;
	if (spoiler->opens == 2 && spoiler->number < 5 && size >= MIRROR_CHUNK)
		bytes[size - 1] ^= (uint8_t)++spoiler->number;
	return true;
}

HEAP_TEST(unpaused, reads_again_until_it_stands_still)
{
	AUTO(target) struct target target = target_start(program);
	struct spoiler spoiler = spoiler_of(&target, settle_down);
	AUTO(heap) struct heap *heap = NULL;
	struct unpaused_facts facts;
	bool complete;

	assert_ok(unpaused_discover(&spoiler.input, &heap, &facts));
	cr_assert_eq(facts.changed, 0);
	cr_assert_gt(facts.rereads, 1);
	cr_assert_gt(write_and_read(&target, heap, &complete), 8000);
	cr_assert(complete);
}

/* Words of writable memory are random, others in each reading. `number` of a million. */
static bool tear(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size)
{
	static uint64_t state = 1;

	(void)address;
	for (size_t i = 0; i + 8 <= size; i += 8) {
		state = state * 6364136223846793005 + 1442695040888963407;
		if ((state >> 33) % 1000000 < spoiler->number)
			memcpy(bytes + i, &state, 8);
	}
	return true;
}

/* Whatever is read, it ends, and what it gives can be written and read: types are types, and each edge leads to an object. */
HEAP_TEST(unpaused, survives_memory_that_is_never_the_same, .timeout = 300)
{
	AUTO(target) struct target target = target_start(program);
	unsigned good = 0;

	for (uint64_t share = 20; share <= 20000; share *= 5) {
		struct spoiler spoiler = spoiler_of(&target, tear);
		AUTO(heap) struct heap *heap = NULL;
		struct unpaused_facts facts;
		bool complete;

		spoiler.number = share;
		AUTO(error) struct error *error = unpaused_discover(&spoiler.input, &heap, &facts);
		cr_assert_leq(spoiler.opens, 90, "looks, rounds and waits are counted");
		if (error != NULL) {
			cr_assert(error->code == ERROR_FAULT || error->code == ERROR_REFUSED, "%s", error->message);
			continue;
		}
		cr_assert_gt(facts.changed, 0);
		/* How many objects are found is chance: a single torn word may be the one that leads to all others. */
		good += write_and_read(&target, heap, &complete) > 1000;
		cr_assert_not(complete && share > 500);
	}
	cr_assert_gt(good, 0, "most of the heap is found where few words are torn");
}

/* A copy in which the type of an object is nonsense, every time. */
static bool break_types(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size)
{
	const uint64_t type = spoiler->number, nonsense = 24;

	(void)address;
	for (size_t i = 0; spoiler->opens > 1 && i + 8 <= size; i += 8)
		if (memcmp(bytes + i, &type, 8) == 0)
			memcpy(bytes + i, &nonsense, 8);
	return true;
}

HEAP_TEST(unpaused, counts_what_stays_torn)
{
	AUTO(target) struct target target =
		target_start("class Row: pass\nrows = [Row() for _ in range(500)]\nprint(id(Row), flush=True)\n"
			     "import time; time.sleep(1000)\n");
	struct spoiler spoiler = spoiler_of(&target, break_types);
	AUTO(heap) struct heap *heap = NULL;
	struct unpaused_facts facts;
	bool complete;

	spoiler.number = strtoull(target.line, NULL, 10);
	assert_ok(unpaused_discover(&spoiler.input, &heap, &facts));
	cr_assert_eq(facts.changed, 0, "it is the same each time");
	cr_assert_gt(write_and_read(&target, heap, &complete), 1000, "all the others");
	cr_assert(!complete);
	cr_assert_eq(spoiler.opens, 1 + 4, "a look and the rounds that it is worth");
}

/* Nothing makes sense in the first opens, as many as `number` says. */
static bool nonsense(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size)
{
	(void)address;
	if (spoiler->opens <= spoiler->number)
		memset(bytes, 0, size);
	return true;
}

HEAP_TEST(unpaused, looks_again_where_nothing_makes_sense)
{
	AUTO(target) struct target target = target_start(program);
	struct spoiler spoiler = spoiler_of(&target, nonsense);
	AUTO(heap) struct heap *heap = NULL;
	struct unpaused_facts facts;

	spoiler.number = 4;
	assert_ok(unpaused_discover(&spoiler.input, &heap, &facts));
	cr_assert_eq(spoiler.opens, 6);
	cr_assert(heap_whole(heap));
}

HEAP_TEST(unpaused, gives_up_where_nothing_ever_makes_sense)
{
	AUTO(target) struct target target = target_start(program);
	struct spoiler spoiler = spoiler_of(&target, nonsense);
	AUTO(heap) struct heap *heap = NULL;
	struct unpaused_facts facts;

	spoiler.number = UINT64_MAX;
	AUTO(error) struct error *error = unpaused_discover(&spoiler.input, &heap, &facts);
	cr_assert_not_null(error);
	cr_assert(error->code == ERROR_FAULT || error->code == ERROR_REFUSED);
	cr_assert_leq(spoiler.opens, 30);
	cr_assert_null(heap);
}

/* Gone after that many reads. */
static bool end(struct spoiler *spoiler, uint64_t address, uint8_t *bytes, size_t size)
{
	(void)address, (void)bytes, (void)size;
	return spoiler->reads < spoiler->number;
}

HEAP_TEST(unpaused, ends_when_the_process_does)
{
	AUTO(target) struct target target = target_start(program);
	uint64_t all = 0;

	for (uint64_t share = 0; share < 8; share++) {
		struct spoiler spoiler = spoiler_of(&target, end);
		AUTO(heap) struct heap *heap = NULL;
		struct unpaused_facts facts;

		spoiler.number = share == 0 ? UINT64_MAX : all * share / 8;
		AUTO(error) struct error *error = unpaused_discover(&spoiler.input, &heap, &facts);
		if (share == 0) {
			assert_ok(error);
			all = spoiler.reads;
			continue;
		}
		cr_assert_not_null(error);
		cr_assert_eq(error->code, ERROR_GONE);
		cr_assert_null(heap);
	}
}

/* What is known when time is over stays: objects that were found and not yet followed. */
HEAP_TEST(unpaused, keeps_what_was_found_in_time)
{
	AUTO(target) struct target target = target_start(program);
	const struct unpaused_input input = {.process = target.process};
	const struct discovery_limits limits = {.deadline_ns = 1};
	AUTO(source) struct source *source = NULL;
	AUTO(heap) struct heap *heap = NULL;
	bool complete;

	assert_ok(unpaused_open_live(&input, &source));
	assert_ok(heap_open(&source, target.process, target.runtime, NULL, &heap));
	assert_ok(heap_discover(heap, &limits));
	cr_assert(!heap_whole(heap));
	cr_assert_gt(write_and_read(&target, heap, &complete), 2000);
	cr_assert(!complete);
}

HEAP_TEST(unpaused, heeds_the_limit_of_memory)
{
	AUTO(target) struct target target = target_start(program);
	struct spoiler spoiler = spoiler_of(&target, leave_alone);
	AUTO(heap) struct heap *heap = NULL;
	struct unpaused_facts facts;

	spoiler.input.memory_bytes = 1 << 20;
	assert_error_says(unpaused_discover(&spoiler.input, &heap, &facts), ERROR_MEMORY, "more than the 1048576 bytes");
}
