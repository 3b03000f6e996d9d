/* Roots: where the interpreters hold objects from outside the heap. Each is a named node with edges of its own.
 *
 * Counted references (the interpreter's own dicts, a frame's locals, the reference that a static type is made with) are
 * owned edges; what is only known to be kept, such as a static type that an interpreter lists, is a weak edge; a word
 * that merely looks like a reference is a guess. The interpreter's caches of borrowed references give none.
 */
#ifndef DUMPER_ROOTS_H
#define DUMPER_ROOTS_H

#include "base/arena.h"
#include "base/vector.h"
#include "dumper/decode.h"
#include "dumper/marks.h"

struct found_root {
	enum root_kind kind;
	const char *name;              /* as a report prints it; all texts lie in the roots' arena */
	const char *function;          /* frames: qualified name; else NULL */
	const char *file;              /* frames: source file; C globals: mapped file; else NULL */
	uint64_t thread;               /* native thread id, 0 where there is none */
	uint64_t depth;                /* frames: 0 is the innermost */
	uint64_t line;                 /* frames: 0 unknown */
	uint64_t interpreter;          /* id of the interpreter it belongs to */
	size_t first_edge, edge_count; /* in roots.edges */
};

struct roots {
	struct arena arena;
	VECTOR(struct found_root) roots;
	VECTOR(struct found_edge) edges;
	uint64_t interpreters; /* number of them */
};

void roots_init(struct roots *roots);
void roots_deinit(struct roots *roots);
DEFINE_AUTO_VALUE(roots, struct roots, roots_deinit);

/* All interpreters of the runtime at address `runtime`. Fills decoder->interned.
 * Broken thread and frame lists are counted in decoder->losses. */
struct error *roots_collect(struct decoder *decoder, uint64_t runtime, struct roots *roots) CHECKED;
/* Words in the writable data of mapped files that look like references: guess edges, one root a file; payload is the
 * word's offset in that file's first writable range. Words inside static objects are not references of a global:
 * `inside` says of a word's address whether it lies in an object (NULL: none does). Then, as another root, the
 * static types that are known by now and that no interpreter's state names. To be called after discovery. */
struct error *roots_collect_globals(struct decoder *decoder, bool (*inside)(void *context, uint64_t address),
				    void *context, struct roots *roots) CHECKED;
/* Objects that are variables of a mapped file (types without instances, module definitions, small ints of old) are made
 * with a reference that nobody holds: one root with an edge to each that no root of static types has and that is not
 * immortal. `marks` are sealed: it reads what was discovered. */
struct error *roots_collect_statics(struct decoder *decoder, const struct marks *marks, struct roots *roots) CHECKED;

#endif
