/* Is there an object at this address?
 *
 * An edge's target needs a type that can be one and a refcount above 0. A word that may be anything needs more: the
 * type is checked without a trace, the refcount must be one that a living heap has, and the collector's head in front
 * of an object that has one must be linked as a list is, or not at all. Cost: one read of the head and one look-up of
 * the type; for a word, most end at the alignment or at the type's address.
 */
#include "dumper/object.h"

#include "base/bytes.h"
#include "dumper/type_shape.h"

#define ADDRESS_BITS 47
#define ADDRESS_LEAST 4096
#define IMMORTAL_STATIC 999999999u           /* what deep-frozen objects of 3.11 start with */
#define IMMORTAL_LEAST 0x3fffffffu           /* 3.12, 3.13 */
#define REFCOUNT_LARGEST ((uint64_t)1 << 44) /* each reference takes 8 bytes */
#define LOWEST_PROGRAM 0x400000 /* below, nothing is mapped */
#define REFCOUNT_GUESSED 100000000u          /* above it, a word is taken for a pointer or a number */
#define FLAGS_KNOWN 0xff0000u                /* behind a 32-bit refcount: 16 bits of overflow, 16 of flags */
#define HEAD_FLAGS 3u                        /* low bits of the collector's links */
#define PREV_COLLECTING 2u

static bool immortal(const struct layout *layout, uint64_t refcount)
{
	switch (layout->refcount_immortal) {
	case 1:
		return refcount >= IMMORTAL_STATIC;
	case 2:
		return refcount >= IMMORTAL_LEAST;
	case 3:
		return refcount >= (uint64_t)1 << 31;
	default:
		return false;
	}
}

/* Reads refcount and type address; false where the address can't be an object's. */
static inline bool read_head(struct mirror *mirror, const struct layout *layout, uint64_t address, struct object *object,
		      uint64_t *type)
{
	const uint8_t *head;

	if ((address & 7) != 0 || address < ADDRESS_LEAST || address >> ADDRESS_BITS != 0)
		return false;
	head = mirror_at(mirror, address, (uint64_t)layout->object_head);
	if (head == NULL)
		return false;
	object->address = address;
	object->refcount = layout->refcount_32 ? load_u32(head + layout->object_refcount)
					       : load_u64(head + layout->object_refcount);
	object->immortal = immortal(layout, object->refcount);
	*type = load_u64(head + layout->object_type);
	return true;
}

bool object_immortal(struct mirror *mirror, const struct layout *layout, uint64_t address)
{
	struct object object;
	uint64_t type;

	return read_head(mirror, layout, address, &object, &type) && object.immortal;
}

struct error *object_load(struct type_table *types, struct mirror *mirror, const struct layout *layout,
			  uint64_t address, struct object *object, enum object_verdict *verdict)
{
	struct object loaded;
	uint64_t type;

	if (!read_head(mirror, layout, address, &loaded, &type)) {
		*verdict = OBJECT_UNREADABLE;
		return NULL;
	}
	TRY(type_table_get(types, type, &loaded.type));
	if (loaded.type == UINT32_MAX) {
		*verdict = OBJECT_NO_TYPE;
		return NULL;
	}
	if (loaded.refcount == 0 || loaded.refcount > REFCOUNT_LARGEST) {
		*verdict = OBJECT_BAD_COUNT;
		return NULL;
	}
	*object = loaded;
	*verdict = OBJECT_GOOD;
	return NULL;
}

/* A freed object whose first word links it to the next free one: from 3.14 on half of that word stands for a refcount,
 * and the other half, overflow and flags, is all but empty in an object. */
bool object_freed(struct mirror *mirror, const struct layout *layout, uint64_t address)
{
	return layout->refcount_32 &&
	       (mirror_u32(mirror, address + (uint64_t)layout->object_refcount + 4) & ~FLAGS_KNOWN) != 0;
}

/* Whether the collector's head in front of an object is that of an untracked object, or a link of a list. While a
 * collection runs, the links back hold counts. */
static bool gc_head_sane(struct mirror *mirror, const struct layout *layout, uint64_t address)
{
	uint64_t head = address - (uint64_t)layout->gc_head_size;
	const uint8_t *bytes = mirror_at(mirror, head, 16);
	uint64_t next, prev, back;

	if (bytes == NULL)
		return false;
	next = load_u64(bytes);
	prev = load_u64(bytes + 8);
	if (next == 0)
		return (prev & ~(uint64_t)HEAD_FLAGS) == 0;
	next &= ~(uint64_t)HEAD_FLAGS;
	bytes = (next & 7) != 0 ? NULL : mirror_at(mirror, next, 16);
	if (bytes == NULL)
		return false;
	back = load_u64(bytes + 8);
	return (prev & PREV_COLLECTING) != 0 || (back & PREV_COLLECTING) != 0 || (back & ~(uint64_t)HEAD_FLAGS) == head;
}

bool object_has_gc_head(struct mirror *mirror, const struct layout *layout, uint64_t address, const struct type *type)
{
	if (!type->gc || layout->gc_head_size == 0)
		return false;
	return type->decoder != DECODE_TYPE ||
	       type_flag(mirror_u64(mirror, address + (uint64_t)layout->type_flags), FLAG_HEAP_TYPE);
}

/* A table of types, such as a module's C API, has a type where an object has its own, and another one where an object has
 * its refcount: an address of a program that is mapped low. */
static bool looks_like_table(struct mirror *mirror, const struct object *object)
{
	return !object->immortal && object->refcount >= LOWEST_PROGRAM && (object->refcount & 7) == 0 &&
	       mirror_mapped(mirror, object->refcount);
}

struct error *object_guess(struct type_table *types, struct mirror *mirror, const struct layout *layout,
			   uint64_t address, struct object *object, bool *plausible)
{
	struct object loaded;
	uint64_t type;

	*plausible = false;
	if (!read_head(mirror, layout, address, &loaded, &type))
		return NULL;
	if (loaded.refcount == 0 || (loaded.refcount > REFCOUNT_GUESSED && !loaded.immortal) ||
	    loaded.refcount > UINT32_MAX || object_freed(mirror, layout, address))
		return NULL;
	if (looks_like_table(mirror, &loaded))
		return NULL;
	if ((type & 7) != 0 || type < ADDRESS_LEAST || type >> ADDRESS_BITS != 0 || !type_table_plausible(types, type))
		return NULL;
	TRY(type_table_get(types, type, &loaded.type));
	if (loaded.type == UINT32_MAX)
		return NULL;
	if (object_has_gc_head(mirror, layout, address, type_table_at(types, loaded.type)) &&
	    !gc_head_sane(mirror, layout, address))
		return NULL;
	*object = loaded;
	*plausible = true;
	return NULL;
}
