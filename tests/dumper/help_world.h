/* World: a fake Python heap in an image, laid out by any of the layouts: types, strs, tuples, lists, dicts and plain
 * objects, made with a few calls, and decoded the way discovery does.
 *
 *     AUTO(world) struct world *world = world_create(layout);
 *     uint64_t list = world_list(world, 2, world->none, world_str(world, "x"));
 *     world_decode(world, list, false);
 *     cr_assert_eq(world->edges.count, 2);
 *
 * Whatever is to be read must be made before the first decoding: the mirror keeps what it has seen. Objects are 64
 * bytes apart at least, so that what lies in front of a head fits. A test that is wrong itself fails at once.
 */
#ifndef TESTS_DUMPER_HELP_WORLD_H
#define TESTS_DUMPER_HELP_WORLD_H

#include "base/vector.h"
#include "dumper/decode.h"
#include "tests/dumper/help_image.h"

#define WORLD_START UINT64_C(0x10000000)
#define WORLD_SIZE UINT64_C(0x1000000)
#define WORLD_UNMAPPED UINT64_C(0x700000000000) /* nothing is there */

#define WORLD_HEAP ((uint64_t)1 << 9) /* of tp_flags */
#define WORLD_GC ((uint64_t)1 << 14)

struct world {
	struct edge_sink sink; /* first: the sink's address is the world's */
	struct image *image;
	const struct layout *layout;
	uint64_t next;                                                            /* address of the next object */
	uint64_t type, object, str, bytes, integer, tuple, list, dict, none_type; /* static types */
	uint64_t none;
	struct mirror *mirror; /* from the first decoding on */
	struct decoder decoder;
	struct decoded decoded; /* of the last decoding */
	VECTOR(struct found_edge) edges;
	struct buffer_sink buffer_sink;
	VECTOR(struct found_buffer) buffers; /* of the last decoding */
	VECTOR(struct found_native) natives; /* and its native memory */
};

struct world *world_create(const struct layout *layout);
void world_destroy(struct world *world);
DEFINE_AUTO(world, struct world *, world_destroy);

/* Zeroed bytes, 16-aligned. */
uint64_t world_bytes(struct world *world, uint64_t size);
void world_word(struct world *world, uint64_t address, int64_t offset, uint64_t value);
/* A C string. */
uint64_t world_text(struct world *world, const char *text);

/* An object of `size` bytes with refcount 1. */
uint64_t world_object(struct world *world, uint64_t type, uint64_t size);
/* A static type; `flags` are tp_flags. */
uint64_t world_type(struct world *world, const char *name, uint64_t base, uint64_t flags, int64_t basicsize,
		    int64_t itemsize);
/* A class; WORLD_HEAP and its base's subclass bits are added. Its namespace says __module__ where `module` is not
 * NULL. */
uint64_t world_class(struct world *world, const char *module, const char *qualname, uint64_t base, uint64_t flags,
		     int64_t basicsize);
/* Adds a row to tp_members: before the first use only, the rows of one type one after the other. */
struct world_member {
	const char *name; /* NULL ends a list */
	uint32_t kind;    /* 6 object, 16 slot, 1 int ... */
	int64_t offset;
};
void world_members(struct world *world, uint64_t type, const struct world_member *members);

uint64_t world_str(struct world *world, const char *ascii);
/* A compact str of `count` characters of `kind` bytes. */
uint64_t world_unicode(struct world *world, uint32_t kind, uint64_t count, const void *data);
uint64_t world_bytes_object(struct world *world, const void *data, uint64_t length);
uint64_t world_int(struct world *world, int64_t value);    /* below 2^30 either way */
uint64_t world_tuple(struct world *world, int count, ...); /* addresses, as uint64_t */
uint64_t world_list(struct world *world, int count, ...);

/* A table of keys: `kind` 0 general, 1 unicode, 2 split (before 3.11 there is one form); pairs of key and value. */
uint64_t world_keys(struct world *world, unsigned kind, unsigned log2_size, uint64_t refcount, int pairs, ...);
uint64_t world_dict(struct world *world, uint64_t keys, uint64_t values, uint64_t used);
/* An array of values for `count` keys, for instances and split dicts; as the layout has them. */
uint64_t world_values(struct world *world, uint64_t count, const uint64_t *values);
/* Makes a table the shared keys of a class. */
void world_share(struct world *world, uint64_t type, uint64_t keys);

/* Opens the mirror and the decoder on the first call. */
void world_open(struct world *world);
/* Decodes an object that must load; its edges are in world->edges. */
void world_decode(struct world *world, uint64_t address, bool namespace);
uint64_t world_losses(const struct world *world);

/* The edge at `index` is exactly this one: fails the test with the whole list otherwise. */
void world_expect(const struct world *world, size_t index, uint64_t target, enum edge_name name, enum edge_class class);
/* The buffer at `index` is exactly this one. */
void world_expect_buffer(const struct world *world, size_t index, uint64_t address, uint64_t size, const char *kind);
/* So is the only piece of native memory. */
void world_expect_native(const struct world *world, uint64_t address, uint64_t size, const char *kind, bool owned,
			 uint64_t base);
/* What the size of the object decoded last has beside its buffers. */
uint64_t world_own_size(const struct world *world);
/* The index of the first edge to `target`, SIZE_MAX where there is none. */
size_t world_find(const struct world *world, uint64_t target);

/* Every layout, one after the other: the body sees `layout`. */
#define EACH_LAYOUT(layout)                                                                                            \
	for (const struct layout *const *each_ = layout_all(), *layout; (layout = *each_) != NULL; each_++)

#endif
