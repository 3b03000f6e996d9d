/* Intern: has this string been seen before, and under which id?
 *
 * Method: a 64-bit hash of the content finds a candidate, a comparison of all bytes decides. Cost: about 50 ns a look-up;
 * memory: the bytes, 8 for the start and 16-24 for the map's slot of each string.
 */
#include "format/intern.h"

#include "format/checksum.h"

#include <string.h>

void intern_init(struct intern *intern)
{
	memset(intern, 0, sizeof *intern);
	map_init(&intern->ids);
}

void intern_deinit(struct intern *intern)
{
	vector_deinit(&intern->bytes);
	vector_deinit(&intern->starts);
	map_deinit(&intern->ids);
}

uint32_t intern_count(const struct intern *intern)
{
	return (uint32_t)intern->starts.count;
}

const char *intern_get(const struct intern *intern, string_id id, size_t *length)
{
	uint64_t start = intern->starts.items[id];
	uint64_t end = id + 1 < intern->starts.count ? intern->starts.items[id + 1] : intern->bytes.count;
	*length = (size_t)(end - start - 1);
	return intern->bytes.items + start;
}

struct error *intern_append(struct intern *intern, const char *bytes, size_t length)
{
	if (intern->starts.count >= NO_ID - 1)
		return error_create(ERROR_MEMORY, "more than %u strings", NO_ID - 1);
	TRY(vector_reserve(&intern->bytes, intern->bytes.count + length + 1));
	TRY(vector_push(&intern->starts, intern->bytes.count));
	if (length > 0)
		memcpy(intern->bytes.items + intern->bytes.count, bytes, length);
	intern->bytes.count += length;
	intern->bytes.items[intern->bytes.count++] = '\0';
	return NULL;
}

/* At most STRING_MAX bytes, and no UTF-8 character cut in two. */
static size_t length_cut(const char *bytes, size_t length)
{
	if (length <= STRING_MAX)
		return length;
	size_t cut = STRING_MAX;
	while (cut > STRING_MAX - 4 && ((unsigned char)bytes[cut] & 0xc0) == 0x80)
		cut--;
	return ((unsigned char)bytes[cut] & 0xc0) == 0x80 ? STRING_MAX : cut;
}

struct error *intern_put(struct intern *intern, const char *bytes, size_t length, string_id *id)
{
	length = length_cut(bytes, length);
	for (uint64_t key = checksum_hash(bytes, length);; key++) {
		uint32_t found;
		if (key == MAP_NO_KEY)
			continue;
		if (!map_find(&intern->ids, key, &found)) {
			TRY(map_put(&intern->ids, key, intern_count(intern)));
			TRY(intern_append(intern, bytes, length));
			*id = intern_count(intern) - 1;
			return NULL;
		}
		size_t size;
		const char *same = intern_get(intern, found, &size);
		if (size == length && (size == 0 || memcmp(same, bytes, size) == 0)) {
			*id = found;
			return NULL;
		}
	}
}
