/* The parts of the roots, shared among roots*.c only. */
#ifndef DUMPER_ROOTS_PARTS_H
#define DUMPER_ROOTS_PARTS_H

#include "dumper/roots.h"

/* A new root; edges added from now on are its own. `root` is copied, its texts too. */
struct error *roots_begin(struct roots *roots, const struct found_root *root) CHECKED;
/* A target of 0 is no edge and no error. */
struct error *roots_add(struct roots *roots, const struct found_edge *edge) CHECKED;
/* Takes the root back where it got no edges. */
void roots_drop_empty(struct roots *roots);
/* A text that lives as long as the roots. */
struct error *roots_text(struct roots *roots, const char *text, const char **copy) CHECKED;

struct root_window {         /* words that may be references */
	uint64_t start, end; /* addresses */
	uint64_t origin;     /* payloads are offsets from here */
};
/* Adds a guess edge for each 8-aligned word of the window that looks like a reference to an object, unless `skip`
 * (NULL: never) says of its address that it is no reference of its own. Unreadable pages are passed over. */
struct error *roots_scan(struct decoder *decoder, struct roots *roots, const struct root_window *window,
			 bool (*skip)(void *context, uint64_t address), void *context) CHECKED;

/* roots_thread.c: the state of the thread at address `thread`, and its frames from the innermost to the outermost. */
struct error *roots_thread(struct decoder *decoder, uint64_t thread, uint64_t interpreter, struct roots *roots) CHECKED;

/* roots_globals.c: the dict of interned strings where the runtime keeps it in a variable of its own; *interned is 0
 * where none looks like it. */
struct error *roots_find_interned(struct decoder *decoder, uint64_t runtime, uint64_t *interned) CHECKED;

#endif
