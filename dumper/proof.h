/* Proof: does a layout fit the target? Each step checks what later ones rely on, and finds what has moved unpublished.
 *
 * Errors are ERROR_REFUSED with the address of what doesn't fit. Fields of the proof are set by the steps in their
 * order.
 */
#ifndef DUMPER_PROOF_H
#define DUMPER_PROOF_H

#include "dumper/layout.h"

struct proof {
	struct mirror *mirror;
	const struct layout *layout; /* the one that is proved */
	uint64_t runtime, interpreter,
		collector;             /* addresses of their states; the main interpreter's or the newest one's */
	uint64_t type_type, dict_type; /* addresses */
};

/* Finds the interpreter and its dicts. */
struct error *proof_begin(struct proof *proof, struct mirror *mirror, const struct layout *layout, uint64_t runtime)
	CHECKED;
/* type(type) is type; names and basic sizes of type, dict, tuple and str. */
struct error *proof_types(struct proof *proof) CHECKED;
/* The heads of the generations link to their first and last object and back; sets layout->gc_generations where they
 * have moved. Then gc.garbage is a list. While a collection runs, heads may be detached: then they must only lead
 * somewhere. */
struct error *proof_collector(struct proof *proof, struct layout *layout) CHECKED;
/* The states of static types begin with a type and have a dict (3.12); shifts them and their neighbours where they
 * moved. */
struct error *proof_statics(struct proof *proof, struct layout *layout) CHECKED;
/* The dict of interned strings maps strings to themselves; it is looked for, and absent where it isn't found. */
void proof_interned(struct proof *proof, struct layout *layout);
/* The newest thread state has a dict or none, and a thread id that can be. */
struct error *proof_threads(struct proof *proof) CHECKED;

#endif
