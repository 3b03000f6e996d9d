/* How does a test give the dumper a heap that no process has? Pages of 4 KiB in a map from page number to slot, ranges
 * in a sorted array, hidden intervals in a list. A read copies page by page. */
#include "tests/dumper/help_image.h"

#include "base/map.h"
#include "base/vector.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE ((uint64_t)4096)

struct page {
	uint8_t bytes[PAGE];
};

struct hole {
	uint64_t start, end;
};

struct image {
	struct source source; /* first: what operations get is this */
	VECTOR(struct source_range) ranges;
	VECTOR(char *) paths;
	VECTOR(struct page *) pages;
	VECTOR(struct hole) holes;
	struct map slots; /* page number to index in `pages` */
	enum error_code fail;
	uint64_t reads, read_bytes;
};

static struct error *ranges(struct source *source, const struct source_range **result, size_t *count)
{
	struct image *image = (struct image *)source;

	*result = image->ranges.items;
	*count = image->ranges.count;
	return NULL;
}

/* Bytes from `address` on that can be read, at most `size`. */
static size_t readable(const struct image *image, uint64_t address, size_t size)
{
	uint64_t end = address;

	for (size_t i = 0; i < image->ranges.count; i++) {
		const struct source_range *range = &image->ranges.items[i];

		if (range->readable && range->start <= end && end < range->end)
			end = range->end;
	}
	for (size_t i = 0; i < image->holes.count; i++) {
		const struct hole *hole = &image->holes.items[i];

		if (hole->end > address && hole->start < end)
			end = hole->start > address ? hole->start : address;
	}
	return end - address < size ? (size_t)(end - address) : size;
}

static struct error *read_bytes(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct image *image = (struct image *)source;

	image->reads++;
	if (image->fail != 0)
		return error_create(image->fail, "the image was told to fail");
	*got = readable(image, address, size);
	image->read_bytes += *got;
	for (size_t done = 0; done < *got;) {
		uint64_t at = address + done;
		size_t step = PAGE - at % PAGE < *got - done ? PAGE - at % PAGE : *got - done;
		uint32_t slot = 0;

		if (map_find(&image->slots, at / PAGE, &slot))
			memcpy((uint8_t *)buffer + done, image->pages.items[slot]->bytes + at % PAGE, step);
		else
			memset((uint8_t *)buffer + done, 0, step);
		done += step;
	}
	return NULL;
}

static struct error *open_file(struct source *source, const struct source_range *range, int *fd)
{
	(void)source;
	*fd = range->path != NULL ? open(range->path, O_RDONLY | O_CLOEXEC) : -1;
	return *fd >= 0 ? NULL : error_create(ERROR_IO, "the image has no file %s", range->path);
}

static void destroy(struct source *source)
{
	(void)source;
}

struct image *image_create(void)
{
	static const struct source_operations operations = {"image", ranges, read_bytes, open_file, destroy};
	struct image *image = calloc(1, sizeof *image);

	cr_assert_not_null(image);
	image->source.operations = &operations;
	map_init(&image->slots);
	return image;
}

void image_destroy(struct image *image)
{
	if (image == NULL)
		return;
	for (size_t i = 0; i < image->pages.count; i++)
		free(image->pages.items[i]);
	for (size_t i = 0; i < image->paths.count; i++)
		free(image->paths.items[i]);
	vector_deinit(&image->pages);
	vector_deinit(&image->paths);
	vector_deinit(&image->ranges);
	vector_deinit(&image->holes);
	map_deinit(&image->slots);
	free(image);
}

struct source *image_source(struct image *image)
{
	return &image->source;
}

void image_map(struct image *image, uint64_t start, uint64_t size, const char *access, const char *path)
{
	char *copy = path != NULL ? strdup(path) : NULL;
	struct source_range range = {.start = start, .end = start + size, .path = copy};
	size_t at = image->ranges.count;

	cr_assert(size > 0 && (start | size) % PAGE == 0, "a range must be made of pages");
	range.readable = access[0] == 'r';
	range.writable = access[1] == 'w';
	range.executable = access[2] == 'x';
	assert_ok(vector_push(&image->paths, copy));
	assert_ok(vector_push(&image->ranges, range));
	for (; at > 0 && image->ranges.items[at - 1].start > start; at--)
		image->ranges.items[at] = image->ranges.items[at - 1];
	image->ranges.items[at] = range;
	cr_assert(at == 0 || image->ranges.items[at - 1].end <= start, "ranges overlap at %#lx", start);
	cr_assert(at + 1 == image->ranges.count || image->ranges.items[at + 1].start >= range.end, "ranges overlap");
}

void image_hide(struct image *image, uint64_t start, uint64_t size)
{
	assert_ok(vector_push(&image->holes, (struct hole){start, start + size}));
}

void image_fail(struct image *image, enum error_code code)
{
	image->fail = code;
}

/* The page of `address`, made on first sight. */
static struct page *page_make(struct image *image, uint64_t address)
{
	uint32_t slot = (uint32_t)image->pages.count;
	bool mapped = false;

	if (map_find(&image->slots, address / PAGE, &slot))
		return image->pages.items[slot];
	for (size_t i = 0; i < image->ranges.count; i++)
		mapped |= image->ranges.items[i].start <= address && address < image->ranges.items[i].end;
	cr_assert(mapped, "nothing is mapped at %#lx", address);
	struct page *page = calloc(1, sizeof *page);
	cr_assert_not_null(page);
	assert_ok(vector_push(&image->pages, page));
	assert_ok(map_put(&image->slots, address / PAGE, slot));
	return page;
}

void image_poke(struct image *image, uint64_t address, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		uint64_t at = address + done;
		size_t step = PAGE - at % PAGE < size - done ? PAGE - at % PAGE : size - done;

		memcpy(page_make(image, at)->bytes + at % PAGE, (const uint8_t *)bytes + done, step);
		done += step;
	}
}

void image_u64(struct image *image, uint64_t address, uint64_t value)
{
	image_poke(image, address, &value, sizeof value);
}

void image_u32(struct image *image, uint64_t address, uint32_t value)
{
	image_poke(image, address, &value, sizeof value);
}

void image_u16(struct image *image, uint64_t address, uint16_t value)
{
	image_poke(image, address, &value, sizeof value);
}

void image_u8(struct image *image, uint64_t address, uint8_t value)
{
	image_poke(image, address, &value, sizeof value);
}

void image_string(struct image *image, uint64_t address, const char *text)
{
	image_poke(image, address, text, strlen(text) + 1);
}

uint64_t image_reads(const struct image *image)
{
	return image->reads;
}

uint64_t image_read_bytes(const struct image *image)
{
	return image->read_bytes;
}
