/* Schema: what a snapshot holds, as the writer takes it and the reader gives it.
 *
 * The bytes are in docs/format.md; this header is the meaning. Node ids run from 0 to nodes - 1 in ascending
 * address order; an edge names its target by node id, never by address.
 */
#ifndef FORMAT_SCHEMA_H
#define FORMAT_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAJOR 1 /* a reader refuses a newer major */
#define FORMAT_MINOR 2 /* a newer minor only adds: unknown members and columns are ignored */

#define CHUNK_OBJECTS 65536u /* objects in every objects chunk but the last */
#define CHUNK_EDGES 262144u  /* edges in every edges chunk but the last */
#define CHUNK_RECORDS 65536u /* strings or types in one chunk, at most */
#define VALUE_MAX 1024u      /* bytes of the preview of an object's content, at most */

typedef uint32_t node_id;   /* index of an object */
typedef uint32_t type_id;   /* index of a type */
typedef uint32_t string_id; /* index of an interned string */
typedef uint32_t root_id;   /* index of a root */
#define NO_ID UINT32_MAX
#define NODES_MAX 0x7fffffffu /* nodes in a snapshot, at most */
#define TYPES_MAX (1u << 22)      /* types, at most */
#define ROOTS_MAX (1u << 21)      /* roots, at most: they are read into memory at once */
#define ROOT_EDGES_MAX (1u << 23) /* edges of all roots, at most */

enum generation { /* of the collector */
	GENERATION_0,
	GENERATION_1,
	GENERATION_2,
	GENERATION_PERMANENT, /* frozen by gc.freeze() */
	GENERATION_UNTRACKED, /* not on a collector list: its type is no container, or it was untracked */
	GENERATION_COUNT
};

enum object_flag {
	OBJECT_IMMORTAL = 1,  /* its refcount is not counted */
	OBJECT_STATIC = 2,    /* lies in a mapped file's data, not on the heap */
	OBJECT_NAMESPACE = 4, /* a dict whose keys are names of the program: of a module, class or instance */
	OBJECT_GC_HEAD = 8    /* has a collector header before it */
};

enum edge_class {
	EDGE_OWNED,     /* counted in the target's refcount, visited by tp_traverse */
	EDGE_UNVISITED, /* counted, not visited */
	EDGE_WEAK,      /* weakref or borrowed: not counted, keeps nothing alive. On a root edge: borrowed, does keep */
	EDGE_GUESS      /* found by conservative scanning */
};

enum edge_name { /* what an edge's name says, and what its payload is */
	NAME_NONE,       /* no name */
	NAME_ATTRIBUTE,  /* .x             payload: string id */
	NAME_NEXT_INDEX, /* [i]            no payload: one more than the previous index of the same owner, 0 at first */
	NAME_INDEX,      /* [i]            payload: index */
	NAME_KEY,        /* <key>          a dict's key; no payload */
	NAME_VALUE,      /* [k]            a dict's value; its key is the target of the edge just before; no payload */
	NAME_NAMED_KEY,  /* ['x']          payload: string id; a dict's value under a key that is a name of the program */
	NAME_LOCAL,      /* local x        payload: string id; of a frame or generator */
	NAME_CLOSURE,    /* <closure x>    payload: string id */
	NAME_FIELD,      /* <x>            payload: string id; a C-level field that no attribute reaches */
	NAME_MEMBER,     /* <member>       an item of a set; no payload */
	NAME_TYPE,       /* <type>         the object's own type; no payload */
	NAME_OFFSET,     /* <+48>          payload: byte offset in the owner, of a guess */
	NAME_STACK,      /* <stack 3>      payload: index on a frame's evaluation stack */
	NAME_COUNT
};

struct edge_record {
	node_id target;
	enum edge_name name;
	enum edge_class class;
	uint64_t payload; /* as the name says; 0 where it has none */
};

struct object_record {
	uint64_t address;      /* of the PyObject header; strictly ascending from one to the next */
	type_id type;
	uint64_t size;         /* bytes: shallow size */
	uint64_t getsizeof;    /* bytes: what sys.getsizeof says by the type's own layout */
	uint64_t refcount;     /* as it stands in memory */
	enum generation generation;
	unsigned flags;        /* enum object_flag */
	uint64_t content_hash; /* keyed hash of a str, bytes or int below 4 KiB, 0: none */
	uint64_t length;       /* characters, items or digits; 0 where the type has none */
};

struct type_record {
	string_id name;        /* qualified name without the module, such as Session.Inner */
	string_id module;      /* NO_ID where it is not known; builtins for builtin types */
	uint64_t address;
	type_id base;          /* NO_ID where it has none; less than the number of types */
	node_id node;          /* the type as an object; NO_ID where it is not among the objects */
	uint64_t flags;        /* tp_flags */
	uint64_t basicsize;    /* bytes */
	uint64_t itemsize;     /* bytes */
};

enum root_kind {
	ROOT_MODULES,     /* sys.modules and the interpreter's module tables */
	ROOT_BUILTINS,    /* the builtins and sys dicts */
	ROOT_INTERPRETER, /* other words of the interpreter's state */
	ROOT_THREAD,      /* a thread's state */
	ROOT_FRAME,       /* a frame on a thread's stack, its locals and its evaluation stack */
	ROOT_STATIC_TYPES,
	ROOT_C_GLOBALS,   /* a word in the data of a mapped file */
	ROOT_KIND_COUNT
};

struct root_record {
	enum root_kind kind;
	string_id name;     /* as a report prints it: sys.modules, thread 4711 MainThread, frame main */
	uint64_t thread;    /* native thread id, 0 where there is none */
	uint64_t depth;     /* frames: 0 is the innermost */
	string_id function; /* frames: qualified name; else NO_ID */
	string_id file;     /* frames: file name; C globals: mapped file; else NO_ID */
	uint64_t line;      /* frames: line number, 0 unknown */
	uint64_t interpreter; /* id of the interpreter it belongs to */
};

/* Relations: rows besides the objects, format/relation.def. */
#define RELATION(row, name, description) struct row##_row {
#define R_ADDRESS(row, column, description) uint64_t column;
#define R_U64(row, column, unit, description) uint64_t column;
#define R_STRING(row, column, description) string_id column;
#define R_NODE(row, column, description) node_id column;
#define R_TYPE(row, column, description) type_id column;
#define R_ROW(row, column, target, description) uint32_t column;
#define RELATION_END(row, name) };
#include "format/relation.def"

enum memory_kind {
#define KIND(constant, name, description) MEMORY_##constant,
#include "format/memory_kind.def"
#undef KIND
	MEMORY_KINDS
};
const char *memory_kind_name(enum memory_kind kind); /* as the relations have it */
const char *memory_kind_description(enum memory_kind kind);

enum mapping_flag { /* of the rows of `mappings`, ORed */
	MAPPING_READABLE = 1,
	MAPPING_WRITABLE = 2,
	MAPPING_EXECUTABLE = 4,
	MAPPING_SHARED = 8,
	MAPPING_DELETED = 16
};

enum relation {
#define RELATION(row, name, description) RELATION_##name,
#include "format/relation.def"
	RELATION_COUNT
};
#define RELATION_ROWS_MAX (1u << 30) /* rows of one relation, at most */

#define META_ABSENT UINT64_MAX
struct snapshot_meta {
#define META_U64(name, unit, description) uint64_t name;
#define META_TEXT(name, description) char *name;
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
};
/* Sets every field to absent. Text fields are borrowed by the writer and owned by the reader. */
void snapshot_meta_init(struct snapshot_meta *meta);

enum loss {
#define LOSS(name, partial, wide, description) LOSS_##name,
#include "format/loss.def"
#undef LOSS
	LOSS_COUNT
};
const char *loss_name(enum loss loss);        /* object_unreadable ... */
const char *loss_description(enum loss loss);
bool loss_is_partial(enum loss loss);
bool loss_is_wide(enum loss loss); /* each may stand for any number of objects, references or roots */

struct snapshot_counts {
	uint64_t nodes, edges, types, strings, roots, root_edges;
	uint64_t size; /* bytes: shallow sizes added up */
};

#endif
