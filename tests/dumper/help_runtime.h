/* A fake runtime around a fake heap: _PyRuntime, one interpreter, its collector, modules, static types and interned
 * strings, laid out by any of the layouts, so that layout_adapt accepts it until a test breaks something.
 */
#ifndef TESTS_DUMPER_HELP_RUNTIME_H
#define TESTS_DUMPER_HELP_RUNTIME_H

#include "tests/dumper/help_world.h"

#define FAKE_RUNTIME UINT64_C(0x40000000)
#define FAKE_INTERPRETER UINT64_C(0x50000000)
#define FAKE_THREAD UINT64_C(0x60000000)
#define FAKE_STATICS 24 /* static types */

struct fake {
	struct world *world;
	const struct layout *table;
	uint64_t collector; /* address of its state */
	uint64_t modules, interned;
	struct mirror *mirror; /* of the last fake_adapt; lives until the next one */
	struct layout layout;  /* what it gave */
};

/* What the fake is written by; the layout that is adapted may be another one. */
struct fake *fake_create(const struct layout *table);
void fake_destroy(struct fake *fake);
DEFINE_AUTO(fake, struct fake *, fake_destroy);
/* Adapts `table` to the fake as it stands, through a mirror of its own. */
struct error *fake_adapt(struct fake *fake, const struct layout *table) CHECKED;
/* Pokes a word of the interpreter's state, by its offset. */
void fake_word(struct fake *fake, int32_t offset, uint64_t value);
/* Makes a list of generations or the permanent one at `head` hold one object, or none. */
void fake_ring(struct fake *fake, uint64_t head, bool empty);

#endif
