/* Threads: those that Python knows, with the names that threading and the kernel give them. */
#ifndef DUMPER_THREADS_H
#define DUMPER_THREADS_H

#include "base/arena.h"
#include "base/vector.h"
#include "dumper/decode.h"
#include "dumper/marks.h"
#include "dumper/process.h"
#include "format/writer.h"

struct found_thread {
	uint64_t native_id; /* the kernel's, in the target's own namespace; 0: not known */
	uint64_t ident;     /* what threading.get_ident() says in it */
	const char *name;   /* of its threading.Thread, in the arena of the facts; NULL: it has none */
	uint64_t object;    /* address of its threading.Thread; 0: none */
	uint64_t context;   /* address of the context that runs in it; 0: none */
	bool daemon, main;
	uint64_t interpreter; /* its id */
};

struct threads {
	VECTOR(struct found_thread) list;
};

void threads_deinit(struct threads *threads);
/* Adds the threads of the interpreter whose state is at `interpreter`. Lists that break end there: roots_collect has
 * counted it. */
struct error *threads_collect(struct decoder *decoder, uint64_t interpreter, struct arena *arena,
			      struct threads *threads) CHECKED;
/* `process` gives the kernel's names, where it lives (NULL, or one of a core: none). */
struct error *threads_emit(const struct threads *threads, const struct marks *marks, const struct process *process,
			   struct writer *writer) CHECKED;

/* The kernel's id of the thread whose state is at `thread`; 0 where it is not known. */
uint64_t thread_native_id(struct decoder *decoder, uint64_t thread);
/* Address of the context that runs in it; 0 where there is none, or none where the layout has it. */
struct error *thread_context(struct decoder *decoder, uint64_t thread, uint64_t *context) CHECKED;

#endif
