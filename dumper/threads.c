/* Which threads are there, and what are they called?
 *
 * An interpreter lists its thread states; the module threading, where it was imported, keeps a dict from what
 * get_ident() says in a thread to its Thread object. What the kernel calls a thread stands below /proc, by an id of
 * our namespace, which need not be the target's. Cost: some look-ups a thread, and two small files for each of the
 * process.
 */
#include "dumper/threads.h"

#include "base/map.h"
#include "dumper/chain.h"
#include "dumper/emit.h"
#include "dumper/interpreters.h"
#include "dumper/lookup.h"
#include "dumper/procfs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_BYTES 256
#define THREADS_MAX 100000u /* of one interpreter */

/* Of glibc's struct for a thread, whose address pthread_self() is: it begins with that address, has it again, and the
 * kernel's id of the thread. */
#define PTHREAD_SELF 16u
#define PTHREAD_ID 720u
#define THREAD_ID_LARGEST (1u << 22) /* PID_MAX_LIMIT */

void threads_deinit(struct threads *threads)
{
	vector_deinit(&threads->list);
}

/* Before 3.11 a thread's state has only pthread_self(). */
uint64_t thread_native_id(struct decoder *decoder, uint64_t thread)
{
	const struct layout *layout = decoder->layout;
	struct mirror *mirror = decoder->mirror;
	uint64_t self, id;

	if (layout->thread_native_id >= 0)
		return mirror_u64(mirror, thread + (uint64_t)layout->thread_native_id);
	self = mirror_u64(mirror, thread + (uint64_t)layout->thread_id);
	if (mirror_u64(mirror, self) != self || mirror_u64(mirror, self + PTHREAD_SELF) != self)
		return 0;
	id = mirror_u32(mirror, self + PTHREAD_ID);
	return id <= THREAD_ID_LARGEST ? id : 0;
}

/* A thread state may have grown within a minor version: the word counts only if a context is there. */
struct error *thread_context(struct decoder *decoder, uint64_t thread, uint64_t *context)
{
	uint64_t address = mirror_u64(decoder->mirror, thread + (uint64_t)decoder->layout->thread_context);
	const struct type *type;

	*context = 0;
	TRY(lookup_type(decoder, address, &type));
	if (type != NULL && !type->heap && strcmp(type->qualname, "Context") == 0)
		*context = address;
	return NULL;
}

/* --- the module threading --- */

struct registry {
	struct map objects; /* ident -> index in items */
	struct lookup_items items;
	uint64_t main; /* address of the main thread's object; 0: threading was not imported */
};

static void registry_deinit(struct registry *registry)
{
	map_deinit(&registry->objects);
	lookup_items_deinit(&registry->items);
}
DEFINE_AUTO_VALUE(registry, struct registry, registry_deinit);

static struct error *registry_read(struct decoder *decoder, uint64_t interpreter, struct registry *registry)
{
	uint64_t modules = mirror_u64(decoder->mirror, interpreter + (uint64_t)decoder->layout->interpreter_modules);
	uint64_t module, active;

	map_init(&registry->objects);
	TRY(lookup_own(decoder, modules, true, "threading", &module));
	TRY(lookup_child(decoder, module, false, "_main_thread", &registry->main));
	TRY(lookup_child(decoder, module, false, "_active", &active));
	TRY(lookup_items(decoder, active, false, &registry->items));
	for (uint32_t i = 0; i < registry->items.list.count; i++) {
		uint64_t ident = MAP_NO_KEY;
		bool found;

		TRY(lookup_number(decoder, registry->items.list.items[i].key, &ident, &found));
		if (found && ident != MAP_NO_KEY)
			TRY(map_put(&registry->objects, ident, i));
	}
	return NULL;
}

static struct error *describe(struct decoder *decoder, const struct registry *registry, struct arena *arena,
			      struct found_thread *thread)
{
	uint64_t name, daemon, value = 0;
	char text[NAME_BYTES];
	size_t length;
	uint32_t index;
	bool found;

	if (!map_find(&registry->objects, thread->ident, &index))
		return NULL;
	thread->object = registry->items.list.items[index].value;
	thread->main = thread->object == registry->main;
	TRY(lookup_child(decoder, thread->object, false, "_daemonic", &daemon));
	TRY(lookup_number(decoder, daemon, &value, &found));
	thread->daemon = found && value != 0;
	TRY(lookup_child(decoder, thread->object, false, "_name", &name));
	if (name == 0 || !decode_text(decoder, name, text, sizeof text, &length))
		return NULL;
	thread->name = arena_copy(arena, text, length);
	return thread->name == NULL ? error_memory() : NULL;
}

struct error *threads_collect(struct decoder *decoder, uint64_t interpreter, struct arena *arena,
			      struct threads *threads)
{
	const struct layout *layout = decoder->layout;
	struct mirror *mirror = decoder->mirror;
	struct chain chain = chain_from(mirror_u64(mirror, interpreter + (uint64_t)layout->interpreter_threads));
	AUTO(registry) struct registry registry = {0};
	size_t first = threads->list.count;

	TRY(registry_read(decoder, interpreter, &registry));
	while (chain.at != 0 && threads->list.count - first < THREADS_MAX) {
		struct found_thread thread = {.interpreter = interpreter_number(decoder, interpreter)};

		if ((chain.at & 7) != 0 || mirror_at(mirror, chain.at, (uint64_t)layout->thread_size) == NULL)
			break;
		thread.native_id = thread_native_id(decoder, chain.at);
		thread.ident = mirror_u64(mirror, chain.at + (uint64_t)layout->thread_id);
		TRY(thread_context(decoder, chain.at, &thread.context));
		TRY(describe(decoder, &registry, arena, &thread));
		TRY(vector_push(&threads->list, thread));
		chain_step(&chain, mirror_u64(mirror, chain.at + (uint64_t)layout->thread_next));
	}
	return NULL;
}

/* --- the kernel's names --- */

/* The id that the target itself has for its thread: the innermost of NSpid. */
static struct error *inner_id(const struct process *process, pid_t thread, uint64_t *id)
{
	char name[64];
	AUTO(text) struct text status;

	text_init(&status);
	snprintf(name, sizeof name, "task/%d/status", (int)thread);
	*id = (uint64_t)thread;
	AUTO(error) struct error *error = procfs_read_of(&status, process->proc, process->pid, name);
	if (error != NULL)
		return error->code == ERROR_MEMORY ? steal(&error) : NULL;
	procfs_last_number(&status, "NSpid:", id);
	return NULL;
}

/* From the ids of our namespace to the target's: inner[i] is that of outer[i]. */
struct kernel_threads {
	pid_t *outer;
	size_t count;
	struct map inner; /* id -> index in `outer` */
};

static void kernel_threads_deinit(struct kernel_threads *kernel)
{
	free(kernel->outer);
	map_deinit(&kernel->inner);
}
DEFINE_AUTO_VALUE(kernel_threads, struct kernel_threads, kernel_threads_deinit);

/* A process that has ended, or may not be looked at, has none. */
static struct error *kernel_threads_read(const struct process *process, struct kernel_threads *kernel)
{
	map_init(&kernel->inner);
	if (process == NULL || process->proc == NULL || process->pid == 0)
		return NULL;
	AUTO(error) struct error *error = procfs_threads(process->proc, process->pid, &kernel->outer, &kernel->count);
	if (error != NULL)
		return error->code == ERROR_MEMORY ? steal(&error) : NULL;
	for (size_t i = 0; i < kernel->count && i < UINT32_MAX; i++) {
		uint64_t id;

		TRY(inner_id(process, kernel->outer[i], &id));
		TRY(map_put(&kernel->inner, id, (uint32_t)i));
	}
	return NULL;
}

static struct error *emit_command(const struct kernel_threads *kernel, const struct process *process,
				  uint64_t native_id, struct writer *writer, string_id *id)
{
	char path[64];
	AUTO(text) struct text comm;
	uint32_t index;

	*id = NO_ID;
	text_init(&comm);
	if (!map_find(&kernel->inner, native_id, &index))
		return NULL;
	snprintf(path, sizeof path, "task/%d/comm", (int)kernel->outer[index]);
	AUTO(error) struct error *error = procfs_read_of(&comm, process->proc, process->pid, path);
	if (error != NULL)
		return error->code == ERROR_MEMORY ? steal(&error) : NULL;
	if (comm.length > 0 && comm.data[comm.length - 1] == '\n')
		comm.length--;
	return writer_string(writer, text_string(&comm), comm.length, id);
}

struct error *threads_emit(const struct threads *threads, const struct marks *marks, const struct process *process,
			   struct writer *writer)
{
	AUTO(kernel_threads) struct kernel_threads kernel = {0};

	TRY(kernel_threads_read(process, &kernel));
	for (size_t i = 0; i < threads->list.count; i++) {
		const struct found_thread *thread = &threads->list.items[i];
		struct thread_row row = {.native_id = thread->native_id,
					 .ident = thread->ident,
					 .node = emit_node(marks, thread->object),
					 .daemon = thread->daemon,
					 .main = thread->main,
					 .context = emit_node(marks, thread->context),
					 .interpreter = thread->interpreter};

		TRY(emit_text(writer, thread->name, &row.name));
		TRY(emit_command(&kernel, process, thread->native_id, writer, &row.command));
		TRY(writer_threads(writer, &row));
	}
	return NULL;
}
