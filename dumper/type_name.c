/* What is a type called, and in which module?
 *
 * A class says so itself: its qualified name stands in the type object, its module under __module__ in its namespace,
 * which is searched from the front, as the compiler puts it first. A static type has one name, in C, whose last dot
 * divides the two; without a dot it is a builtin. Cost: a few reads for each type, more where a namespace has no
 * __module__.
 */
#include "dumper/type_shape.h"

#include "base/bytes.h"
#include "dumper/keys.h"
#include "dumper/unicode.h"

#define TEXT_BYTES 1024      /* longer names are cut */
#define NAMESPACE_MAX 65536u /* entries of a namespace that are looked at */

static bool is_str(struct mirror *mirror, const struct layout *layout, uint64_t address)
{
	uint64_t type =
		address == 0 || (address & 7) != 0 ? 0 : mirror_u64(mirror, address + (uint64_t)layout->object_type);

	return type != 0 && (type & 7) == 0 &&
	       type_flag(mirror_u64(mirror, type + (uint64_t)layout->type_flags), FLAG_STR_SUBCLASS);
}

/* A NUL-terminated copy in `buffer` of a str; false where it is none, empty or unreadable. */
static bool read_str(struct mirror *mirror, const struct layout *layout, uint64_t address, char buffer[TEXT_BYTES])
{
	struct unicode unicode;
	size_t length;
	bool whole;

	if (!is_str(mirror, layout, address) || !unicode_load(mirror, layout, address, &unicode) ||
	    !unicode_utf8(mirror, &unicode, buffer, TEXT_BYTES - 1, &length, &whole) || length == 0)
		return false;
	buffer[length] = '\0';
	return strlen(buffer) == length; /* a NUL inside would cut the name unseen */
}

/* Whether the str at `address` is exactly `word`, which is ASCII. */
static bool str_is(struct mirror *mirror, const struct layout *layout, uint64_t address, const char *word)
{
	struct unicode unicode;
	const char *data;
	size_t length = strlen(word);

	if (!unicode_load(mirror, layout, address, &unicode) || unicode.length != length || unicode.kind != 1)
		return false;
	data = mirror_at(mirror, unicode.data, length);
	return data != NULL && memcmp(data, word, length) == 0;
}

/* The value under a str key of a namespace; 0: none. */
static uint64_t namespace_find(struct mirror *mirror, const struct layout *layout, uint64_t dict, const char *word)
{
	struct keys keys;
	uint64_t table = dict == 0 ? 0 : mirror_u64(mirror, dict + (uint64_t)layout->dict_keys);

	if (table == 0 || !keys_load(mirror, layout, table, &keys))
		return 0;
	for (uint64_t i = 0; i < keys.count && i < NAMESPACE_MAX; i++) {
		uint64_t key = keys_key(&keys, i);

		/* a general table may hold any key, and its bytes may look like the word */
		if (key != 0 && str_is(mirror, layout, key, word) && is_str(mirror, layout, key))
			return keys_value(&keys, i);
	}
	return 0;
}

static struct error *keep(struct arena *arena, const char *text, size_t length, const char **result)
{
	*result = arena_copy(arena, text, length);
	return *result == NULL ? error_memory() : NULL;
}

/* From tp_name, for what the type itself does not say. */
static struct error *names_from_c(struct type *type, struct arena *arena)
{
	const char *dot = strrchr(type->name, '.');

	if (dot != NULL && (dot == type->name || dot[1] == '\0'))
		dot = NULL;
	if (type->qualname == NULL)
		type->qualname = dot != NULL ? dot + 1 : type->name;
	if (type->module != NULL)
		return NULL;
	if (dot != NULL)
		return keep(arena, type->name, (size_t)(dot - type->name), &type->module);
	if (!type->heap)
		type->module = "builtins";
	return NULL;
}

struct error *type_names(struct type *type, struct mirror *mirror, const struct layout *layout, struct arena *arena)
{
	char text[TEXT_BYTES];

	type->module = NULL;
	type->qualname = NULL;
	if (type->heap) {
		uint64_t dict = mirror_u64(mirror, type->address + (uint64_t)layout->type_dict);
		uint64_t qualname = mirror_u64(mirror, type->address + (uint64_t)layout->heaptype_qualname);

		if (read_str(mirror, layout, qualname, text))
			TRY(keep(arena, text, strlen(text), &type->qualname));
		if (read_str(mirror, layout, namespace_find(mirror, layout, dict, "__module__"), text))
			TRY(keep(arena, text, strlen(text), &type->module));
	}
	return names_from_c(type, arena);
}
