/* Which contents must not be in a snapshot, even when values are? Arguments and environment values, which are where
 * passwords and tokens are handed to programs.
 *
 * Two sources, as each has gaps: the block that the kernel wrote when the process started (a program may have overwritten
 * it since, to change its title), and what the modules os, posix and sys hold now (a program may have changed it, or not
 * imported them). Kept are 64-bit hashes. A content that only contains such a text, or was computed from it, is not
 * recognised. Cost: the block is read once, some KiB; a hash and a look-up for each preview.
 */
#include "dumper/secrets.h"

#include "dumper/lookup.h"
#include "format/checksum.h"

#include <stdlib.h>
#include <string.h>

#define START_MAX (UINT64_C(8) << 20) /* bytes of arguments and environment: more than the kernel allows */
#define START_PIECE 4096u

void secrets_init(struct secrets *secrets)
{
	map_init(&secrets->hashes);
}

void secrets_deinit(struct secrets *secrets)
{
	map_deinit(&secrets->hashes);
}

static uint64_t hash_of(const void *bytes, size_t length)
{
	uint64_t hash = checksum_hash(bytes, length < SECRET_BYTES ? length : SECRET_BYTES);

	return hash != MAP_NO_KEY ? hash : 0;
}

bool secrets_has(const struct secrets *secrets, const void *bytes, size_t length)
{
	const uint8_t *equals = length > 0 ? memchr(bytes, '=', length) : NULL;
	uint32_t value;

	if (length > 0 && map_find(&secrets->hashes, hash_of(bytes, length), &value))
		return true;
	if (equals == NULL)
		return false;
	length -= (size_t)(equals + 1 - (const uint8_t *)bytes);
	return length > 0 && map_find(&secrets->hashes, hash_of(equals + 1, length), &value);
}

/* Bytes of the character that `bytes` begin with; 0 where they are no UTF-8. */
static size_t character_length(const uint8_t *bytes, size_t left)
{
	size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xc2 ? 0 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;

	if (length == 0 || bytes[0] > 0xf4 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] > 0x9f) ||
	    (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f))
		return 0;
	return length;
}

/* Python makes a lone surrogate of each byte that it can't decode; in UTF-8 that would be three bytes. */
static size_t decode_escaping(const uint8_t *bytes, size_t length, uint8_t decoded[SECRET_BYTES + 4])
{
	size_t used = 0;

	for (size_t i = 0; i < length && used < SECRET_BYTES;) {
		size_t width = character_length(bytes + i, length - i);

		if (width > 0) {
			memcpy(decoded + used, bytes + i, width);
			used += width;
			i += width;
			continue;
		}
		decoded[used++] = 0xed;
		decoded[used++] = (uint8_t)(0xb2 | (bytes[i] >> 6 & 1));
		decoded[used++] = (uint8_t)(0x80 | (bytes[i] & 0x3f));
		i++;
	}
	return used;
}

static struct error *add_one(struct secrets *secrets, const uint8_t *bytes, size_t length)
{
	uint8_t decoded[SECRET_BYTES + 4];

	if (length == 0)
		return NULL;
	TRY(map_put(&secrets->hashes, hash_of(bytes, length), 1));
	length = decode_escaping(bytes, length, decoded);
	return map_put(&secrets->hashes, hash_of(decoded, length), 1);
}

struct error *secrets_add(struct secrets *secrets, const void *bytes, size_t length)
{
	const uint8_t *equals = length > 0 ? memchr(bytes, '=', length) : NULL;

	TRY(add_one(secrets, bytes, length));
	if (equals == NULL)
		return NULL;
	return add_one(secrets, equals + 1, length - (size_t)(equals + 1 - (const uint8_t *)bytes));
}

/* --- what the process was started with ------------------------------------------------------------------------------ */

/* *block grows until memory ends. */
static struct error *read_block(struct source *source, uint64_t address, uint8_t **block, size_t *size)
{
	AUTO(free) void *memory = malloc(START_MAX);
	size_t used = 0, got;

	if (memory == NULL)
		return error_memory();
	do {
		size_t wanted = START_PIECE - (address + used) % START_PIECE;

		TRY(source->operations->read(source, address + used, (uint8_t *)memory + used, wanted, &got));
		used += got;
	} while (got > 0 && (address + used) % START_PIECE == 0 && used <= START_MAX - START_PIECE);
	*block = steal(&memory);
	*size = used;
	return NULL;
}

struct error *secrets_read_start(struct secrets *secrets, struct source *source, uint64_t random, uint64_t *count)
{
	uint8_t *block = NULL;
	size_t size = 0, length;
	uint64_t found = 0;

	*count = 0;
	if (random == 0)
		return NULL;
	TRY(read_block(source, random + CHECKSUM_KEY, &block, &size));
	AUTO(free) void *guard = block;
	for (size_t at = 0; at < size; at += length + 1) {
		length = strnlen((const char *)guard + at, size - at);
		found += length > 0;
		TRY(secrets_add(secrets, (const char *)guard + at, length));
	}
	*count = found;
	return NULL;
}

/* --- what Python holds of it ---------------------------------------------------------------------------------------- */

/* Takes the targets of an object's edges. */
struct collection {
	struct edge_sink sink; /* first */
	VECTOR(uint64_t) items;
};

static struct error *collection_add(struct edge_sink *sink, const struct found_edge *edge)
{
	struct collection *collection = (struct collection *)sink;

	return edge->name == NAME_TYPE ? NULL : vector_push(&collection->items, edge->target);
}

static struct error *ignore(struct edge_sink *sink, const struct found_edge *edge)
{
	(void)sink;
	(void)edge;
	return NULL;
}

static struct error *add_items(struct secrets *secrets, struct decoder *decoder, uint64_t container)
{
	struct collection all = {.sink.add = collection_add};
	struct edge_sink none = {.add = ignore};
	struct decoded decoded;
	struct error *error = lookup_walk(decoder, container, false, &all.sink, &decoded);

	for (size_t i = 0; i < all.items.count && error == NULL; i++) {
		error = lookup_walk(decoder, all.items.items[i], false, &none, &decoded);
		if (error == NULL && (decoded.content == CONTENT_TEXT || decoded.content == CONTENT_BYTES))
			error = secrets_add(secrets, decoder->content, decoded.content_length);
	}
	vector_deinit(&all.items);
	return error;
}

struct error *secrets_find(struct secrets *secrets, struct decoder *decoder, const struct roots *roots)
{
	static const char *const lists[] = {"argv", "orig_argv"};

	for (size_t i = 0; i < roots->roots.count; i++) {
		const struct found_root *root = &roots->roots.items[i];
		uint64_t sys = root->edge_count > 0 ? roots->edges.items[root->first_edge].target : 0;
		uint64_t modules, module, environ, data;

		if (root->kind != ROOT_BUILTINS || strcmp(root->name, "sys") != 0)
			continue;
		for (size_t j = 0; j < sizeof lists / sizeof *lists; j++) {
			TRY(lookup_child(decoder, sys, true, lists[j], &data));
			TRY(add_items(secrets, decoder, data));
		}
		TRY(lookup_child(decoder, sys, true, "modules", &modules));
		TRY(lookup_child(decoder, modules, false, "posix", &module));
		TRY(lookup_child(decoder, module, false, "environ", &environ));
		TRY(add_items(secrets, decoder, environ));
		TRY(lookup_child(decoder, modules, false, "os", &module));
		TRY(lookup_child(decoder, module, false, "environ", &environ));
		TRY(lookup_child(decoder, environ, false, "_data", &data));
		TRY(add_items(secrets, decoder, data));
	}
	return NULL;
}
