/* Suspensions: calls that stopped on their way and can go on: generators, coroutines, async generators. */
#ifndef DUMPER_SUSPENSIONS_H
#define DUMPER_SUSPENSIONS_H

#include "base/vector.h"
#include "dumper/decode.h"
#include "dumper/marks.h"
#include "format/writer.h"

enum suspension_state {
	SUSPENSION_CREATED, /* not begun */
	SUSPENSION_SUSPENDED,
	SUSPENSION_RUNNING,
	SUSPENSION_CLOSED
};

struct found_suspension {
	uint64_t address;
	const char *kind; /* generator, coroutine or async_generator: a literal */
	enum suspension_state state;
	uint64_t qualname; /* address of a str; 0: none */
	uint64_t file;     /* likewise */
	uint64_t line;     /* where it stands, 0 where it is closed, or not known */
	uint64_t awaits;   /* address of what it awaits or yields from; 0: nothing */
	uint64_t call;     /* address of the suspension that this is, or that it wraps; 0: none */
};

struct suspensions {
	VECTOR(struct found_suspension) list;
};

void suspensions_deinit(struct suspensions *suspensions);
/* Adds the generator, coroutine or async generator at `address`; anything else is left out. */
struct error *suspensions_collect(struct decoder *decoder, uint64_t address, struct suspensions *suspensions) CHECKED;
struct error *suspensions_emit(const struct suspensions *suspensions, struct decoder *decoder,
			       const struct marks *marks, struct writer *writer) CHECKED;

#endif
