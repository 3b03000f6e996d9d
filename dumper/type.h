/* Types of the target: each type object is read and checked once, on first sight, and becomes an entry that says how
 * its instances are decoded; what can't be a type becomes an invalid entry, so that it isn't tried again.
 */
#ifndef DUMPER_TYPE_H
#define DUMPER_TYPE_H

#include "dumper/layout.h"

enum type_decoder {   /* how instances are decoded; from tp_flags, else from the name of the nearest static base */
	DECODE_PLAIN, /* fields, members, instance attributes, conservative scan of the rest */
	DECODE_LIST,
	DECODE_TUPLE,
	DECODE_DICT,
	DECODE_SET,
	DECODE_STR,
	DECODE_BYTES,
	DECODE_BYTEARRAY,
	DECODE_INT,
	DECODE_ATOM, /* float, complex, None, NotImplemented, Ellipsis, object: nothing inside */
	DECODE_TYPE,
	DECODE_CODE,
	DECODE_FRAME,
	DECODE_GENERATOR, /* generator, coroutine, async generator */
	DECODE_MODULE,
	DECODE_EXCEPTION,
	DECODE_WEAKREF,
	DECODE_CELL,
	DECODE_FUNCTION,
	DECODE_DEQUE,      /* collections.deque */
	DECODE_CACHE,      /* functools._lru_cache_wrapper */
	DECODE_CACHE_LINK, /* its links, whose references the wrapper visits: nothing inside */
	DECODE_TEE,        /* itertools._tee_dataobject */
	DECODE_ARRAY,      /* array.array */
	DECODE_ELEMENT,    /* xml.etree.ElementTree.Element */
	DECODE_MOMENT,     /* datetime.datetime and time: the time zone, if there is one */
	DECODE_NODE,       /* nodes of the tree that a context keeps its variables in */
	DECODE_RING,       /* _queue.SimpleQueue (3.13) */
	DECODE_DECIMAL,    /* decimal.Decimal */
	DECODE_NDARRAY,    /* numpy.ndarray */
	DECODE_BUFFERS,    /* from here on: references at fixed places only, but buffers besides */
	DECODE_STRUCT = DECODE_BUFFERS, /* struct.Struct */
	DECODE_BYTESIO,                 /* io.BytesIO */
	DECODE_VIEW,                    /* memoryview */
	DECODE_MAPPING,                 /* mmap.mmap */
	DECODE_BUFFERED,                /* io.BufferedReader and the like */
	DECODE_PRODUCT,                 /* itertools.product */
	DECODE_COMBINATIONS,            /* itertools.combinations, with replacement or not */
	DECODE_PERMUTATIONS,            /* itertools.permutations */
	DECODE_COUNT
};

/* A reference at a fixed place of an instance: a layout field, a slot, an object member, __dict__. */
struct type_member {
	int32_t offset; /* bytes from the object head, above 0 and 8-aligned */
	bool attribute; /* an attribute of that name reaches it; else it is a C-level field */
	bool names;     /* it is a dict whose keys are names of the program */
	enum edge_class class;
	const char *name; /* borrowed from the table or the layout */
};

struct type {
	uint64_t address;
	bool valid;
	bool heap;        /* allocated by a class statement or PyType_FromSpec */
	bool gc;          /* instances have a collector head (of DECODE_TYPE: only heap types have) */
	bool visits_type; /* of a heap type: its tp_traverse visits the instance's type */
	bool managed_dict, managed_weaklist, inline_values;
	enum type_decoder decoder;
	uint32_t base;                                           /* index of the base, UINT32_MAX: none */
	uint64_t flags;                                          /* tp_flags */
	int64_t basicsize, itemsize, dictoffset, weaklistoffset; /* bytes; offsets may be negative: from the end */
	uint64_t traverse;                                       /* address of tp_traverse, 0: none */
	uint64_t cached_keys; /* address of the shared keys of the instances, 0: none */
	const char *name;     /* tp_name as it stands */
	const char *module;   /* NULL where unknown */
	const char *qualname; /* without the module */
	const struct type_member
		*members; /* own and inherited ones by offset, no two at one; what a part emits is not here */
	uint32_t member_count;
	bool ordered;         /* DECODE_DICT: an OrderedDict, which has nodes of its own */
	uint16_t storage;     /* where ctypes keeps what it knows of a class, in its __dict__ or in itself; 0: nowhere */
	uint16_t storage_end; /* where its format, shape and dimensions begin, from there */
	int64_t root_size;    /* basicsize of the static base whose layout the decoder knows, 0: none */
	uint32_t preheader;   /* bytes in front of the head: collector head, managed dict and weak list */
	uint64_t scan_count;  /* words of an instance that nothing explains: scanned conservatively */
	const uint16_t *scan; /* their offsets, in words */
	bool noted;           /* of instances more is told than their references: generators and the like, tasks */
	bool task;            /* asyncio's, in C or in Python */
	bool scan_items;      /* so are its items, each made of words too */
};

struct type_table;
struct error *type_table_create(struct mirror *mirror, const struct layout *layout, struct type_table **result) CHECKED;
void type_table_destroy(struct type_table *table);
DEFINE_AUTO(type_table, struct type_table *, type_table_destroy);

/* Index of the type at `address`, read on first sight. *index is UINT32_MAX where it is no valid type: not an error. */
struct error *type_table_get(struct type_table *table, uint64_t address, uint32_t *index) CHECKED;
/* Whether it looks like one, for a word that may be anything: leaves no trace in the table. */
bool type_table_plausible(struct type_table *table, uint64_t address);
/* The same as type_table_get without reading anything new; UINT32_MAX where it is not known. */
uint32_t type_table_peek(const struct type_table *table, uint64_t address);
/* Valid until destroy: entries don't move. */
const struct type *type_table_at(const struct type_table *table, uint32_t index);
uint32_t type_table_count(const struct type_table *table); /* valid ones: of the others only the address is kept */

#endif
