/* Facts: what a snapshot holds besides the objects and their references: interpreters, modules, threads and so on.
 *
 * Collected while the target stands still, right after discovery, as addresses and short texts; written as relations
 * later, when each address has its node. What can't be read is left out, as discovery has counted it.
 */
#ifndef DUMPER_FACTS_H
#define DUMPER_FACTS_H

#include "dumper/modules.h"
#include "dumper/suspensions.h"
#include "dumper/tasks.h"
#include "dumper/threads.h"
#include "dumper/traces.h"

struct found_interpreter {
	uint64_t address, id;
	uint64_t threads, modules;
	bool gc_enabled, gc_collecting;
	uint64_t objects[GENERATION_UNTRACKED]; /* on the lists of its collector, by generation */
};

struct facts {
	struct arena arena;
	VECTOR(struct found_interpreter) interpreters;
	struct modules modules;
	struct threads threads;
	struct suspensions suspensions;
	struct tasks tasks;
	struct traces traces;
};

void facts_init(struct facts *facts);
void facts_deinit(struct facts *facts);

/* Counts an object on the list of a generation of the interpreter whose state is at `interpreter`. */
struct error *facts_count(struct facts *facts, uint64_t interpreter, enum generation generation) CHECKED;

struct facts_input {
	struct decoder *decoder;
	const struct runtime *runtime;
	const uint64_t *noted; /* addresses of the objects of noted types */
	size_t noted_count;
};
struct error *facts_collect(const struct facts_input *input, struct facts *facts) CHECKED;
struct facts_output {
	struct decoder *decoder;
	const struct marks *marks; /* sealed */
	const struct process *process;
};
/* After all objects: what no object has claimed by then is nobody's. */
struct error *facts_emit(struct facts *facts, const struct facts_output *output, struct writer *writer) CHECKED;

#endif
