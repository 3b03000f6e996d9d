/* Puts together what is told of a process besides its objects: one collection while it stands still, one writing
 * later. */
#include "dumper/facts.h"

#include "dumper/interpreters.h"

void facts_init(struct facts *facts)
{
	*facts = (struct facts){0};
	arena_init(&facts->arena);
	traces_init(&facts->traces);
}

void facts_deinit(struct facts *facts)
{
	vector_deinit(&facts->interpreters);
	modules_deinit(&facts->modules);
	threads_deinit(&facts->threads);
	suspensions_deinit(&facts->suspensions);
	tasks_deinit(&facts->tasks);
	traces_deinit(&facts->traces);
	arena_deinit(&facts->arena);
}

static struct error *find_interpreter(struct facts *facts, uint64_t address, struct found_interpreter **found)
{
	for (size_t i = facts->interpreters.count; i-- > 0;) {
		*found = &facts->interpreters.items[i];
		if ((*found)->address == address)
			return NULL;
	}
	TRY(vector_push(&facts->interpreters, ((struct found_interpreter){.address = address})));
	*found = &facts->interpreters.items[facts->interpreters.count - 1];
	return NULL;
}

struct error *facts_count(struct facts *facts, uint64_t interpreter, enum generation generation)
{
	struct found_interpreter *found;

	TRY(find_interpreter(facts, interpreter, &found));
	if (generation < GENERATION_UNTRACKED)
		found->objects[generation]++;
	return NULL;
}

static struct error *collect_interpreter(const struct facts_input *input, uint64_t address, struct facts *facts)
{
	struct decoder *decoder = input->decoder;
	const struct layout *layout = decoder->layout;
	uint64_t collector = layout->interpreter_gc >= 0 ? address + (uint64_t)layout->interpreter_gc
							 : input->runtime->address + (uint64_t)layout->runtime_gc;
	size_t modules = facts->modules.list.count, threads = facts->threads.list.count;
	struct found_interpreter *found;

	TRY(modules_collect(decoder, address, &facts->arena, &facts->modules));
	TRY(threads_collect(decoder, address, &facts->arena, &facts->threads));
	TRY(find_interpreter(facts, address, &found));
	found->id = interpreter_number(decoder, address);
	found->modules = facts->modules.list.count - modules;
	found->threads = facts->threads.list.count - threads;
	found->gc_enabled = mirror_u32(decoder->mirror, collector + (uint64_t)layout->gc_enabled) != 0;
	found->gc_collecting = mirror_u32(decoder->mirror, collector + (uint64_t)layout->gc_collecting) != 0;
	return NULL;
}

struct error *facts_collect(const struct facts_input *input, struct facts *facts)
{
	struct chain interpreters = interpreters_first(input->decoder, input->runtime->address);

	while (interpreters.at != 0) {
		TRY(collect_interpreter(input, interpreters.at, facts));
		interpreters_next(input->decoder, &interpreters);
	}
	for (size_t i = 0; i < input->noted_count; i++) {
		TRY(suspensions_collect(input->decoder, input->noted[i], &facts->suspensions));
		TRY(tasks_collect(input->decoder, input->noted[i], &facts->arena, &facts->tasks));
	}
	return traces_collect(input->decoder, input->runtime, &facts->arena, &facts->traces);
}

static struct error *emit_interpreters(const struct facts *facts, struct writer *writer)
{
	for (size_t i = 0; i < facts->interpreters.count; i++) {
		const struct found_interpreter *found = &facts->interpreters.items[i];
		const struct interpreter_row row = {.id = found->id,
						    .threads = found->threads,
						    .modules = found->modules,
						    .gc_enabled = found->gc_enabled,
						    .gc_collecting = found->gc_collecting,
						    .generation0 = found->objects[GENERATION_0],
						    .generation1 = found->objects[GENERATION_1],
						    .generation2 = found->objects[GENERATION_2],
						    .permanent = found->objects[GENERATION_PERMANENT]};

		TRY(writer_interpreters(writer, &row));
	}
	return NULL;
}

struct error *facts_emit(struct facts *facts, const struct facts_output *output, struct writer *writer)
{
	const struct marks *marks = output->marks;

	TRY(emit_interpreters(facts, writer));
	TRY(modules_emit(&facts->modules, marks, writer));
	TRY(threads_emit(&facts->threads, marks, output->process, writer));
	TRY(suspensions_emit(&facts->suspensions, output->decoder, marks, writer));
	TRY(tasks_emit(&facts->tasks, &facts->threads, marks, writer));
	return traces_emit_tracebacks(&facts->traces, writer);
}
