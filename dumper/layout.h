/* Layout: where everything lies inside the objects of one CPython version. CPython versions are data: one generated
 * table for each version (dumper/layouts/), checked against the target before it is trusted.
 *
 * Tables are printed by dumper/layouts/probe.c, compiled against that version's headers. Where the target publishes
 * debug offsets (3.13 on), layout_adapt overrides and cross-checks with them.
 */
#ifndef DUMPER_LAYOUT_H
#define DUMPER_LAYOUT_H

#include "base/error.h"
#include "dumper/mirror.h"
#include "format/schema.h"

#include <stddef.h>

#define LAYOUT_ABSENT (-1)

/* A reference at a fixed place in the instances of one static type, as `function` has __globals__ at 24. */
struct layout_field {
	const char *type;      /* tp_name of the type that declares it: function, generator, property ... */
	const char *name;      /* as a programmer writes it: __globals__; C-level only: see `attribute` */
	int32_t offset;        /* bytes from the object head */
	enum edge_class class; /* owned, unvisited or weak */
	bool attribute;        /* an attribute of that name reaches it; else it is a C-level field */
	bool names; /* it is a dict whose keys are names of the program: function.__dict__, module.__dict__ */
};

struct layout {
	const char *name;       /* such as cpython-3.12 */
	uint32_t version_first; /* PY_VERSION_HEX >> 8 of the first and the last micro version this table serves */
	uint32_t version_last;
	const struct layout_field *fields; /* ends with a type of NULL; those of one type lie together */
#define OFFSET(name, description) int32_t name;
#define SIZE(name, description) int32_t name;
#define FEATURE(name, description) int32_t name;
#include "dumper/layout.def"
#undef OFFSET
#undef SIZE
#undef FEATURE
	/* Where in _PyRuntime the target publishes a value itself; -1 where it does not. */
#define DEBUG_MOVES(name, path) int32_t debug_##name;
#define DEBUG_STAYS(name, path) int32_t debug_##name;
#include "dumper/layout_debug.def"
#undef DEBUG_MOVES
#undef DEBUG_STAYS
};

/* The table for a version, NULL where there is none. `version_hex` is PY_VERSION_HEX (0x030d00f0). A micro version
 * newer than the last known of its minor gets the last table of that minor: layout_adapt decides whether it fits. */
const struct layout *layout_find(uint32_t version_hex);
/* All tables, for tests and for --version; ends with NULL. */
const struct layout *const *layout_all(void);

/* Copies the table to *layout and makes it fit the target at hand: debug offsets where published, the collector's list
 * heads (which move inside a minor version), the states of static types and the dict of interned strings (which may),
 * and then the proofs: type(type) is type, the lists' heads link back (less strictly while a collection runs), static
 * types' entries name types, basic sizes of list, dict, tuple, str and type are the table's. ERROR_REFUSED names what
 * does not fit, at which address; a free-threaded target and one not yet initialised are refused too. `runtime` is the
 * address of _PyRuntime. What can't be found and is no proof (the interned dict) becomes LAYOUT_ABSENT. */
struct error *layout_adapt(const struct layout *table, struct mirror *mirror, uint64_t runtime, struct layout *layout)
	CHECKED;

#endif
