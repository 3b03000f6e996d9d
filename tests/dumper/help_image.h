/* Image: a fake heap as a memory source, built in the test.
 *
 *     AUTO(image) struct image *image = image_create();
 *     image_map(image, 0x10000, 0x4000, "rw-", NULL);
 *     image_u64(image, 0x10010, 42);
 *     AUTO(mirror) struct mirror *mirror = NULL;
 *     assert_ok(mirror_create(image_source(image), &mirror));
 *
 * Memory is sparse: a range of terabytes costs nothing, bytes never poked read as 0. Whatever a test does wrong (poking
 * where nothing is mapped, overlapping ranges) fails the test at once.
 */
#ifndef TESTS_DUMPER_HELP_IMAGE_H
#define TESTS_DUMPER_HELP_IMAGE_H

#include "dumper/source.h"

struct image;
struct image *image_create(void);
void image_destroy(struct image *image);
DEFINE_AUTO(image, struct image *, image_destroy);

/* Borrowed, lives as long as the image; it may be destroyed (which does nothing). */
struct source *image_source(struct image *image);

/* A range of `size` bytes at `start`, both multiples of 4096. `access` is as in /proc/PID/maps: "rw-", "r-x", "---".
 * `path` is copied; NULL for anonymous memory. */
void image_map(struct image *image, uint64_t start, uint64_t size, const char *access, const char *path);
/* Reading stops at `start` from now on, up to `start + size`, though the range says readable. Byte-exact. */
void image_hide(struct image *image, uint64_t start, uint64_t size);
/* Every read fails with this code from now on; 0 for none. */
void image_fail(struct image *image, enum error_code code);

void image_poke(struct image *image, uint64_t address, const void *bytes, size_t size);
void image_u64(struct image *image, uint64_t address, uint64_t value);
void image_u32(struct image *image, uint64_t address, uint32_t value);
void image_u16(struct image *image, uint64_t address, uint16_t value);
void image_u8(struct image *image, uint64_t address, uint8_t value);
void image_string(struct image *image, uint64_t address, const char *text); /* with its NUL */

/* What the code under test asked for. */
uint64_t image_reads(const struct image *image); /* calls of read */
uint64_t image_read_bytes(const struct image *image);

#endif
