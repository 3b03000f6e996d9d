/* Heap: what a query may ask about one snapshot: places, edges both ways, labels, properties; and of its pair, if there is one.
 *
 * Places are objects (0 .. nodes - 1) and roots (nodes + r). An unlabelled pattern means objects; roots are met only where
 * the label `root` is asked for. Edges are the snapshot's, weak ones too, without the guesses that were dropped
 * (analyzer/holding.h); a root's edges follow those of the objects.
 *
 * Parts are loaded when a query first needs them and stay until the heap goes. Columns are read directly; what costs
 * more than an array is behind a function.
 */
#ifndef QUERIES_HEAP_H
#define QUERIES_HEAP_H

#include "analyzer/graph.h"
#include "analyzer/progress.h"
#include "analyzer/type_names.h"
#include "queries/datum.h"
#include "queries/syntax.h"

enum heap_part { /* OR them. Bytes an object or edge */
	HEAP_TYPE = 1,         /* 4 */
	HEAP_SIZE = 2,         /* 4 */
	HEAP_ADDRESS = 4,      /* 8 */
	HEAP_GETSIZEOF = 8,    /* 4 */
	HEAP_REFCOUNT = 16,    /* 4 */
	HEAP_GENERATION = 32,  /* 1 */
	HEAP_FLAGS = 64,       /* 1 */
	HEAP_HASH = 128,       /* 8 */
	HEAP_LENGTH = 256,     /* 4 */
	HEAP_OUT = 512,        /* edges out: 4, 5 an edge */
	HEAP_IN = 1024,        /* edges in: 4, 8 an edge; implies HEAP_OUT */
	HEAP_NAMES = 2048,     /* what an edge's name says: 4 an edge; implies HEAP_OUT */
	HEAP_RETAINED = 4096,  /* retained sizes, dominators, fates: 8 + 4 + 1 */
	HEAP_RESIDUE = 8192,   /* 4 */
	HEAP_DEPTH = 16384,    /* shortest ways from the roots: 4 + 4 */
	HEAP_CYCLES = 32768,   /* components: 4 */
	HEAP_VALUES = 65536,   /* texts, where the snapshot holds them: read a chunk at a time */
	HEAP_SITES = 131072,
	HEAP_THREADS = 262144, /* whose frames alone hold it: 4 */
	HEAP_JOIN = 524288,    /* new, survived, delta: 4; of the earlier one survived alone; ERROR_USAGE without a second snapshot */
	HEAP_DELTA = 1048576   /* delta_retained: the other snapshot's retained sizes; implies HEAP_JOIN, HEAP_RETAINED */
};

struct heap {
	struct reader *reader;
	struct heap *other; /* of a pair: the later one's is the earlier, the earlier one's NULL; borrowed */
	struct heap *later; /* of a pair: the earlier one's is the later, once that is made */
	const struct type_names *names; /* of both */
	const struct type_facts *facts; /* of this one: names->facts[0] or [1] */
	const struct progress *progress;
	unsigned parts; /* that are loaded */
	uint32_t nodes, roots, places, edges;
	uint64_t *type_count; /* objects of each type id, with HEAP_TYPE */
	type_id *type;
	struct narrow_column size, getsizeof, refcount, length;
	uint64_t *address, *hash;
	uint8_t *generation, *flags;
	/* Edges of place p: targets[offsets[p]] .. targets[offsets[p + 1] - 1], in the owner's order; HEAP_OUT. */
	uint32_t *offsets; /* places + 1 */
	node_id *targets;
	uint8_t *kinds; /* edge_kind_of(name, class); of a root's borrowed edge EDGE_OWNED: it holds */
	uint32_t *payloads; /* HEAP_NAMES: string id, index or offset, as the kind says; of NAME_VALUE the key's node */
	/* Edges to object n, by ascending source: sources[in_offsets[n]] .., and which edge each is; HEAP_IN. */
	uint32_t *in_offsets; /* nodes + 1 */
	uint32_t *sources;
	uint32_t *in_edges;
	uint64_t *retained; /* by place, bytes */
	uint32_t *dominator; /* by place: a place, or DOMINATOR_ROOT (analyzer/dominators.h) */
	uint8_t *fate;      /* enum fate */
	int32_t *residue;
	node_id *before;    /* of the later one of a pair: the object that it was, NO_ID: it is new; HEAP_JOIN */
	bool *stayed;       /* of the earlier one of a pair: the later one has it; HEAP_JOIN */
	struct heap_more *more; /* what only heap.c and its neighbours know */
};

/* `names` are of the readers of both, this one the `index`th. `other`: as above, may be NULL. All borrowed. */
struct error *heap_create(struct reader *reader, const struct type_names *names, unsigned index, struct heap *other,
			  const struct progress *progress, struct heap **result) CHECKED;
void heap_destroy(struct heap *heap);
DEFINE_AUTO(heap, struct heap *, heap_destroy);

/* Loads what is not there yet. ERROR_MEMORY says how much it takes, before it is taken; ERROR_INPUT; ERROR_USAGE for what
 * the snapshot doesn't have, such as a pair. */
struct error *heap_need(struct heap *heap, unsigned parts) CHECKED;

static inline bool heap_is_root(const struct heap *heap, uint32_t place)
{
	return place >= heap->nodes;
}
/* The place that edge goes out from. O(log places). */
uint32_t heap_source(const struct heap *heap, uint32_t edge);

/* --- labels: the display name of a type (`dict`, `app.Session`, or where none is called so what follows a dot in it:
 * `Session`, of all types that this ends), `root`, and the families of analyzer/kinds.def, preceded by `kind.` or,
 * where no type is called so, by themselves; with + subclasses too, by the first base of each class, which is all that a
 * snapshot has. */
struct label_set {
	uint8_t *types; /* by type id: 1 where it is in the set */
	bool roots;
	uint64_t places; /* how many are in it */
};
/* Settles label->set, in the arena, as if it were not negated: that is for who asks it. ERROR_USAGE where no type is called
 * so, with the nearest, and `where` the name's place in the query: the set is settled all the same, and that name adds nothing.
 * Needs HEAP_TYPE loaded. */
struct error *heap_label(struct heap *heap, struct arena *arena, struct label_test *label) CHECKED;
static inline bool label_set_has(const struct heap *heap, const struct label_set *set, uint32_t place)
{
	return place < heap->nodes ? set->types[heap->type[place]] : set->roots;
}

/* --- names of edges: [:sessions], [:`[3]`] */
struct edge_names_set;
/* What matches one of the names: those of attributes, named keys, locals, closures and fields as they are; `[3]` an index, `<key>`,
 * `<member>`, `<type>`, `<+48>`, `<stack 3>`; of a dict's value the text of a str key, and `[5]` for an int key, where the snapshot
 * holds all of it. Settles pattern->set; names that
 * no edge has are no error: nothing matches. */
struct error *heap_edge_names(struct heap *heap, struct arena *arena, struct edge_pattern *pattern) CHECKED;
bool edge_names_has(const struct heap *heap, const struct edge_names_set *set, uint32_t edge); /* HEAP_NAMES */
/* The name as a string, as above, and of other keys as key.h writes them; borrowed from the heap or copied to the arena; null where it has none. */
struct error *heap_edge_name(struct heap *heap, struct arena *arena, uint32_t edge, struct datum *result) CHECKED;

/* --- properties: queries/property.def */
enum property_unit { /* how a person reads it */
	UNIT_NONE,
	UNIT_COUNT,
	UNIT_BYTES,
	UNIT_BYTES_DELTA,
	UNIT_ADDRESS
};
struct property {
	const char *name;
	bool edge;             /* of an edge, else of a node */
	enum datum_kind kind;  /* of its values, where they are not null */
	enum property_unit unit;
	unsigned parts;        /* enum heap_part it needs */
	unsigned number;
	const char *description;
};
/* NULL where there is none of that name. */
const struct property *property_find(bool edge, const char *name, size_t length);
/* All of them, for help and completion. */
const struct property *property_list(size_t *count);
/* Null where it makes no sense (a root's size) or is not known. Strings may be copied to the arena. */
struct error *heap_node_property(struct heap *heap, struct arena *arena, const struct property *property, uint32_t place,
				 struct datum *result) CHECKED;
struct error *heap_edge_property(struct heap *heap, struct arena *arena, const struct property *property, uint32_t edge,
				 uint32_t source, struct datum *result) CHECKED;

/* --- columns, for filters over millions: numbers[i] of the objects first .. first + count - 1, as signed integers; false where the
 * property is no integer column that can be had so. No nulls. */
bool heap_numbers(const struct heap *heap, const struct property *property, uint32_t first, uint32_t count,
		  int64_t *numbers);

/* The same as a condition: selected[i], 0 or 1, stays 1 where `least` <= the property <= `most`, which null is not. Reads the
 * column as it lies, so it is several times as fast; also of properties with nulls, such as generation and depth. False, and
 * nothing is done, where there is no such column. */
bool heap_filter(const struct heap *heap, const struct property *property, uint32_t first, uint32_t count, int64_t least,
		 int64_t most, uint8_t *selected);

/* --- what only functions ask */
/* Bytes that go if all of these go, nothing twice: a set's retained size (analyzer/sets.h); HEAP_RETAINED. One place is its own
 * retained size. Else O(places and edges below what dominates them all). Places may repeat; roots count nothing. */
struct error *heap_retained_set(struct heap *heap, const uint32_t *places, size_t count, uint64_t *bytes) CHECKED;
bool heap_dominates(const struct heap *heap, uint32_t a, uint32_t b); /* a place dominates itself; HEAP_RETAINED */
/* The shortest path from a root as analyzer/path.h writes it; null where nothing leads there; HEAP_DEPTH. */
struct error *heap_path(struct heap *heap, struct arena *arena, uint32_t place, struct datum *result) CHECKED;
/* How objects, roots and edges are written: `app.Session #12`, `frame main`, `.sessions`. */
struct error *heap_print_place(struct heap *heap, uint32_t place, struct text *text) CHECKED;
struct error *heap_print_edge(struct heap *heap, uint32_t edge, struct text *text) CHECKED;
/* Is the object's type `name` or a subclass of it? ERROR_USAGE as heap_label. */
struct error *heap_subclass(struct heap *heap, struct arena *arena, uint32_t place, struct datum name, bool *result) CHECKED;
uint32_t heap_cycle(const struct heap *heap, uint32_t place); /* its component's number, NO_ID: on none; HEAP_CYCLES */

#endif
