/* Type names: what a type is called everywhere, what family it belongs to, and whether it owns what it holds.
 *
 * A display name is `module.QualName`, without the module for builtins and where none is known. Types of one display
 * name, in one snapshot or several, share a label, and are counted together. Labels ascend with their names.
 */
#ifndef ANALYZER_TYPE_NAMES_H
#define ANALYZER_TYPE_NAMES_H

#include "base/arena.h"
#include "format/reader.h"

typedef uint32_t label_id; /* index of a distinct display name */

enum kind {
#define KIND(name, description) KIND_##name,
#define KIND_TYPE(kind, type)
#include "analyzer/kinds.def"
#undef KIND
#undef KIND_TYPE
	KIND_COUNT
};
const char *kind_name(enum kind kind);
const char *kind_description(enum kind kind);

struct label {
	const char *name; /* NUL-terminated, may hold any bytes */
	size_t length;    /* bytes */
};

/* The types of one snapshot, by type id. */
struct type_facts {
	uint32_t count;
	label_id *label;
	uint8_t *kind; /* enum kind */
	/* The type was made by a class statement, so its instances own what only they hold: a heap type that the
	 * interpreter lets be changed. Builtin containers, and C types like deque, only carry things for others. */
	bool *owner;
};

struct type_names {
	struct arena arena;
	uint32_t count; /* labels */
	struct label *labels;
	struct type_facts *facts; /* for each reader, in the order given */
};

/* Names the types of all `readers` together. O(types * log types). */
struct error *type_names_init(struct type_names *names, const struct reader *const *readers, size_t count) CHECKED;
void type_names_deinit(struct type_names *names);
DEFINE_AUTO_VALUE(type_names, struct type_names, type_names_deinit);

#endif
