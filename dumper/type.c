/* What is the type of an object, and can it be one at all?
 *
 * A type object is believed when its own type, its type's type and so on end at one that is its own type and is called
 * `type`, when its sizes and its name can be, and when its base is such a type too. Types are read base first, along a
 * chain of bounded length, so that a type can take over what its base says. Everything is read on first sight and
 * kept: a look-up is one comparison for the types seen of late, else one probe of a map. An entry takes about 200 bytes
 * besides its names and lists; an address that is no type takes 12.
 */
#include "dumper/type.h"

#include "base/bytes.h"
#include "base/map.h"
#include "base/vector.h"
#include "dumper/type_shape.h"

#include <stdlib.h>

#define ADDRESS_BITS 47
#define METATYPES_MAX 8 /* steps from a type to `type` */
#define BASES_MAX 1024  /* steps from a type to `object` */
#define BASICSIZE_MAX ((int64_t)1 << 24)
#define ITEMSIZE_MAX ((int64_t)1 << 16)
#define NAME_MAX_BYTES 1024
#define INVALID UINT32_MAX
#define RECENT_BITS 8
#define RECENT ((size_t)1 << RECENT_BITS)

struct recent {
	uint64_t address; /* of a type that was asked for */
	uint32_t index;
};

struct type_table {
	struct mirror *mirror;
	const struct layout *layout;
	struct arena arena; /* names, members, scan lists */
	struct map map;     /* address to index, INVALID for what is no type */
	VECTOR(struct type *) types; /* in the arena */
	uint64_t metatype; /* address of `type`; 0 before the first type was read */
	struct recent recent[RECENT];
};

struct error *type_table_create(struct mirror *mirror, const struct layout *layout, struct type_table **result)
{
	struct type_table *table = calloc(1, sizeof *table);

	if (table == NULL)
		return error_memory();
	table->mirror = mirror;
	table->layout = layout;
	for (size_t i = 0; i < RECENT; i++)
		table->recent[i].index = INVALID; /* of address 0, which is no type */
	arena_init(&table->arena);
	map_init(&table->map);
	*result = table;
	return NULL;
}

void type_table_destroy(struct type_table *table)
{
	if (table == NULL)
		return;
	vector_deinit(&table->types);
	map_deinit(&table->map);
	arena_deinit(&table->arena);
	free(table);
}

/* Whether `address` is `type` itself: its own type, a class of classes, and named so. */
static bool is_metatype(struct type_table *table, uint64_t address, const uint8_t *bytes)
{
	const struct layout *layout = table->layout;
	char name[8];

	if (table->metatype != 0)
		return address == table->metatype;
	if (!type_flag(load_u64(bytes + layout->type_flags), FLAG_TYPE_SUBCLASS) ||
	    !mirror_string(table->mirror, load_u64(bytes + layout->type_name), name, sizeof name) ||
	    strcmp(name, "type") != 0)
		return false;
	table->metatype = address;
	return true;
}

static bool has_metatype(struct type_table *table, uint64_t address)
{
	const struct layout *layout = table->layout;

	for (int step = 0; step < METATYPES_MAX; step++) {
		const uint8_t *bytes;
		uint64_t metatype;

		if (address == 0 || (address & 7) != 0 || address >> ADDRESS_BITS != 0)
			return false;
		bytes = mirror_at(table->mirror, address, (uint64_t)layout->type_size);
		if (bytes == NULL)
			return false;
		metatype = load_u64(bytes + layout->object_type);
		if (metatype == address)
			return is_metatype(table, address, bytes);
		if (step > 0 && !type_flag(load_u64(bytes + layout->type_flags), FLAG_TYPE_SUBCLASS))
			return false;
		address = metatype;
	}
	return false;
}

static bool name_sane(const char *name)
{
	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

/* Copies a plausible type's fields; false where they can't be a type's. */
static bool read_fields(struct type_table *table, uint64_t address, struct type *type, char name[NAME_MAX_BYTES])
{
	const struct layout *layout = table->layout;
	const uint8_t *bytes;

	if (!has_metatype(table, address))
		return false;
	bytes = mirror_at(table->mirror, address, (uint64_t)layout->type_size);
	if (bytes == NULL)
		return false;
	type->address = address;
	type->valid = true;
	type->flags = load_u64(bytes + layout->type_flags);
	type->basicsize = (int64_t)load_u64(bytes + layout->type_basicsize);
	type->itemsize = (int64_t)load_u64(bytes + layout->type_itemsize);
	type->dictoffset = (int64_t)load_u64(bytes + layout->type_dictoffset);
	type->weaklistoffset = (int64_t)load_u64(bytes + layout->type_weaklistoffset);
	type->traverse = load_u64(bytes + layout->type_traverse);
	if (type->basicsize < layout->object_head || type->basicsize > BASICSIZE_MAX)
		return false;
	if (type->itemsize < 0 || type->itemsize > ITEMSIZE_MAX)
		return false;
	if (type->dictoffset > type->basicsize - 8 || type->dictoffset < -BASICSIZE_MAX)
		type->dictoffset = 0;
	if (type->weaklistoffset > type->basicsize - 8)
		type->weaklistoffset = 0;
	return mirror_string(table->mirror, load_u64(bytes + layout->type_name), name, NAME_MAX_BYTES) &&
	       name_sane(name);
}

static void read_flags(const struct layout *layout, struct type *type)
{
	type->heap = type_flag(type->flags, FLAG_HEAP_TYPE);
	type->gc = type_flag(type->flags, FLAG_HAVE_GC);
	/* classes have always done so; types of C modules, whose names have a dot, later */
	type->visits_type =
		type->gc && type->heap && (layout->instance_type_visited || strchr(type->name, '.') == NULL);
	type->managed_dict = layout->managed != 0 && type_flag(type->flags, layout->flag_managed_dict);
	type->managed_weaklist = type_flag(type->flags, layout->flag_managed_weakref);
	type->inline_values = type_flag(type->flags, layout->flag_inline_values);
	type->preheader = type->gc ? (uint32_t)layout->gc_head_size : 0;
	if (type->managed_dict || type->managed_weaklist)
		type->preheader += (uint32_t)layout->preheader_size;
}

bool type_table_plausible(struct type_table *table, uint64_t address)
{
	char name[NAME_MAX_BYTES];
	struct type type = {0};
	uint32_t index;

	if (map_find(&table->map, address, &index))
		return index != INVALID;
	return read_fields(table, address, &type, name);
}

/* asyncio's class of tasks, in C or in Python, or one that derives from it. */
static bool is_task(const struct type *type, const struct type *base)
{
	if (base != NULL && base->task)
		return true;
	return strcmp(type->name, "_asyncio.Task") == 0 ||
	       (type->heap && type->module != NULL && strcmp(type->module, "asyncio.tasks") == 0 &&
		strcmp(type->qualname, "Task") == 0);
}

/* Adds a type whose base, if it has one, has been added before; what is none is remembered as such. */
static struct error *add_type(struct type_table *table, uint64_t address)
{
	const struct layout *layout = table->layout;
	struct type type = {.base = INVALID}, *entry;
	char name[NAME_MAX_BYTES];
	uint64_t base;
	uint32_t index = (uint32_t)table->types.count;

	if (!read_fields(table, address, &type, name))
		return map_put(&table->map, address, INVALID);
	base = mirror_u64(table->mirror, address + (uint64_t)layout->type_base);
	if (base != 0 && (!map_find(&table->map, base, &type.base) || type.base == INVALID))
		return map_put(&table->map, address, INVALID);
	type.name = arena_copy(&table->arena, name, strlen(name));
	if (type.name == NULL)
		return error_memory();
	read_flags(layout, &type);
	if (type.heap)
		type.cached_keys = mirror_u64(table->mirror, address + (uint64_t)layout->heaptype_cached_keys);
	TRY(type_names(&type, table->mirror, layout, &table->arena));
	TRY(type_shape(&type, type.base == INVALID ? NULL : table->types.items[type.base], table->mirror, layout,
		       &table->arena));
	type.task = is_task(&type, type.base == INVALID ? NULL : table->types.items[type.base]);
	type.noted = type.task || type.decoder == DECODE_GENERATOR;
	entry = arena_alloc(&table->arena, sizeof *entry);
	if (entry == NULL)
		return error_memory();
	*entry = type;
	TRY(vector_push(&table->types, entry));
	return map_put(&table->map, address, index);
}

/* Bases first. A chain that loops is as long as is allowed, and its far end is then no type. */
static struct error *read_chain(struct type_table *table, uint64_t address)
{
	uint64_t chain[BASES_MAX];
	size_t count = 0;
	uint32_t known;

	while (address != 0 && !map_find(&table->map, address, &known)) {
		if (count == BASES_MAX || !has_metatype(table, address)) {
			TRY(map_put(&table->map, address, INVALID));
			break;
		}
		chain[count++] = address;
		address = mirror_u64(table->mirror, address + (uint64_t)table->layout->type_base);
	}
	while (count-- > 0)
		if (!map_find(&table->map, chain[count], &known))
			TRY(add_type(table, chain[count]));
	return NULL;
}

/* Types are multiples of 16 apart, most of them by a few hundred bytes. */
static struct recent *recent_at(struct type_table *table, uint64_t address)
{
	return &table->recent[(address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - RECENT_BITS)];
}

static struct error *type_table_find(struct type_table *table, uint64_t address, uint32_t *index)
{
	uint32_t found = INVALID;

	if (!map_find(&table->map, address, &found)) {
		TRY(read_chain(table, address));
		(void)map_find(&table->map, address, &found);
	}
	*recent_at(table, address) = (struct recent){address, found};
	*index = found;
	return NULL;
}

struct error *type_table_get(struct type_table *table, uint64_t address, uint32_t *index)
{
	const struct recent *recent = recent_at(table, address);

	if (address == recent->address || address == MAP_NO_KEY) {
		*index = address == recent->address ? recent->index : INVALID;
		return NULL;
	}
	return type_table_find(table, address, index);
}

uint32_t type_table_peek(const struct type_table *table, uint64_t address)
{
	uint32_t index = INVALID;

	(void)map_find(&table->map, address, &index);
	return index;
}

const struct type *type_table_at(const struct type_table *table, uint32_t index)
{
	return table->types.items[index];
}

uint32_t type_table_count(const struct type_table *table)
{
	return (uint32_t)table->types.count;
}
