/* Tasks: asyncio's, whether its C or its Python class made them. */
#ifndef DUMPER_TASKS_H
#define DUMPER_TASKS_H

#include "base/arena.h"
#include "base/vector.h"
#include "dumper/decode.h"
#include "dumper/marks.h"
#include "dumper/threads.h"
#include "format/writer.h"

struct found_task {
	uint64_t address;
	const char *name;     /* in the arena of the facts; NULL: none */
	uint64_t name_object; /* address of the str that it is */
	const char *state;    /* pending, done or cancelled: a literal; NULL: not known */
	bool given;           /* the name is the program's own, and no constant of its source */
	uint64_t coroutine;   /* addresses; 0: none */
	uint64_t waits_for;
	uint64_t loop;
	uint64_t context;
	uint64_t thread; /* ident of the thread that runs the loop; 0: none does, or not known */
};

struct tasks {
	VECTOR(struct found_task) list;
};

void tasks_deinit(struct tasks *tasks);
/* Adds the task at `address`; anything else is left out. */
struct error *tasks_collect(struct decoder *decoder, uint64_t address, struct arena *arena, struct tasks *tasks)
	CHECKED;
/* A name that the program made from data is not written: the object that holds it is named instead. */
struct error *tasks_emit(const struct tasks *tasks, const struct threads *threads, const struct marks *marks,
			 struct writer *writer) CHECKED;

#endif
