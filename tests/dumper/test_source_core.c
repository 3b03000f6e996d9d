/* What memory a core file stands for: its own bytes, those of the files that were mapped, and no others. */
#include "tests/test.h"

#include "dumper/core_files.h"
#include "dumper/mirror.h"
#include "dumper/source_core.h"
#include "tests/dumper/help_core.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAP UINT64_C(0x55550000)
#define BASE UINT64_C(0x7f0000000000)
#define ID 7

/* A library on disk and a core that has it mapped. */
struct scene {
	char *library; /* path */
	struct made_core *made;
	struct core *core;
	struct source *source;
};

static void scene_deinit(struct scene *scene)
{
	source_destroy(scene->source);
	core_destroy(scene->core);
	made_core_destroy(scene->made);
	if (scene->library != NULL)
		unlink(scene->library);
	free(scene->library);
}
DEFINE_AUTO_VALUE(scene, struct scene, scene_deinit);

static char *write_library(uint8_t id)
{
	uint8_t bytes[LIBRARY_SIZE];

	made_library(bytes, id);
	return made_file(bytes, sizeof bytes);
}

static struct scene scene_make(uint8_t id)
{
	struct scene scene = {.library = write_library(id), .made = made_core_create()};

	made_core_library(scene.made, BASE, ID, scene.library);
	made_core_segment(scene.made, HEAP, 0x4000, 0x4000, "rw-");
	return scene;
}

static void scene_open(struct scene *scene, const struct source_core_options *options)
{
	static const struct source_core_options none;
	AUTO(string) char *path = made_core_write(scene->made);

	assert_ok(core_open(path, &scene->core));
	unlink(path);
	assert_ok(source_core_open(scene->core, options != NULL ? options : &none, &scene->source));
}

static size_t read_at(const struct scene *scene, uint64_t address, void *buffer, size_t size)
{
	size_t got = SIZE_MAX;

	assert_ok(scene->source->operations->read(scene->source, address, buffer, size, &got));
	cr_assert_leq(got, size);
	return got;
}

static struct error *open_file_at(const struct scene *scene, uint64_t address)
{
	const struct source_range *ranges;
	size_t count;
	int fd = -1;

	assert_ok(scene->source->operations->ranges(scene->source, &ranges, &count));
	for (size_t i = 0; i < count; i++) {
		if (address < ranges[i].start || address >= ranges[i].end)
			continue;
		struct error *error = scene->source->operations->open_file(scene->source, &ranges[i], &fd);
		guard_close(fd);
		return error;
	}
	cr_assert_fail("no range at %#lx", (unsigned long)address);
	return NULL;
}

static void assert_describes(const struct scene *scene, bool asked, const char *part)
{
	AUTO(text) struct text text;

	text_init(&text);
	assert_ok(source_core_describe(scene->source, asked, &text));
	if (part == NULL)
		cr_assert_str_eq(text_string(&text), "");
	else
		cr_assert_not_null(strstr(text_string(&text), part), "'%s' lacks '%s'", text_string(&text), part);
}

static void assert_lists(const struct scene *scene, bool asked, size_t most, const char *ranges)
{
	AUTO(text) struct text text;

	text_init(&text);
	assert_ok(source_core_list(scene->source, asked, most, &text));
	cr_assert_str_eq(text_string(&text), ranges);
}

static void assert_pattern(const uint8_t *bytes, uint64_t first, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != core_pattern(first + i))
			cr_assert_fail("another byte %zu behind %#lx", i, (unsigned long)first);
}

HEAP_TEST(source_core, fills_up_from_the_mapped_file)
{
	AUTO(scene) struct scene scene = scene_make(ID);
	uint8_t bytes[0x8000];

	scene_open(&scene, NULL);
	cr_assert_eq(read_at(&scene, HEAP, bytes, sizeof bytes), 0x4000);
	assert_pattern(bytes, HEAP, 0x4000);
	cr_assert_eq(read_at(&scene, BASE + 0x1008, bytes, 0x100), 0x100, "a page that the core leaves out");
	assert_pattern(bytes, 0x1008, 0x100);
	cr_assert_eq(read_at(&scene, BASE, bytes, sizeof bytes), 0x3000, "core, file, core");
	assert_pattern(bytes + 0x1000, 0x1000, 0x1000);
	assert_pattern(bytes + 0x2000, BASE + 0x2000, 0x1000);
	cr_assert_eq(read_at(&scene, BASE + LIBRARY_LAST, bytes, sizeof bytes), 0x1000, "its end is in this page");
	assert_pattern(bytes, 0x3000, 100);
	for (size_t i = 100; i < 0x1000; i++)
		cr_assert_eq(bytes[i], 0);
	cr_assert_eq(read_at(&scene, BASE + 0x3000, bytes, 8), 0);
	cr_assert_eq(read_at(&scene, UINT64_MAX - 3, bytes, 8), 0);
	cr_assert_eq(read_at(&scene, 0, bytes, 8), 0);
	assert_ok(open_file_at(&scene, BASE));
	cr_assert_eq(source_core_losses(scene.source).ranges, 0);
	assert_describes(&scene, true, NULL);
}

HEAP_TEST(source_core, tells_ranges_like_those_of_a_process)
{
	AUTO(scene) struct scene scene = scene_make(ID);
	const struct source_range *ranges;
	size_t count;

	scene_open(&scene, NULL);
	assert_ok(scene.source->operations->ranges(scene.source, &ranges, &count));
	cr_assert_eq(count, 5);
	cr_assert_eq(ranges[0].start, HEAP);
	cr_assert_null(ranges[0].path);
	cr_assert_str_eq(ranges[2].path, scene.library);
	cr_assert_eq(ranges[2].file_offset, 0x1000);
	cr_assert(ranges[2].readable && ranges[2].executable && !ranges[2].writable);
	cr_assert(ranges[3].writable && !ranges[3].executable);
	AUTO(mirror) struct mirror *mirror = NULL;
	assert_ok(mirror_create(scene.source, &mirror));
	const uint8_t *bytes = mirror_at(mirror, BASE + 0x1ff8, 16);
	cr_assert_not_null(bytes, "across the border of file and core");
	assert_pattern(bytes, 0x1ff8, 8);
	assert_pattern(bytes + 8, BASE + 0x2000, 8);
}

/* gcore writes no segment at all for mappings that it leaves out. */
HEAP_TEST(source_core, mappings_without_segments_are_ranges)
{
	AUTO(scene) struct scene scene = {.library = write_library(ID), .made = made_core_create()};
	const struct source_range *ranges;
	uint8_t bytes[0x4000], head[LIBRARY_SIZE];
	size_t count;

	made_library(head, ID);
	made_core_segment(scene.made, BASE, 0x1000, 0x1000, "r--");
	made_core_poke(scene.made, BASE, head, 0x1000);
	made_core_segment(scene.made, BASE + 0x5000, 0x1000, 0x1000, "rw-");
	made_core_map(scene.made, BASE, BASE + 0x3000, 0, scene.library);
	made_core_map(scene.made, BASE + 0x4000, BASE + 0x7000, 0x9000, scene.library);
	scene_open(&scene, NULL);
	assert_ok(scene.source->operations->ranges(scene.source, &ranges, &count));
	cr_assert_eq(count, 5);
	cr_assert_eq(ranges[1].start, BASE + 0x1000);
	cr_assert_eq(ranges[1].end, BASE + 0x3000);
	cr_assert_eq(ranges[1].file_offset, 0x1000);
	cr_assert(ranges[1].readable && ranges[1].executable && !ranges[1].writable);
	cr_assert_eq(ranges[2].start, BASE + 0x4000);
	cr_assert_eq(ranges[4].start, BASE + 0x6000);
	cr_assert_eq(ranges[4].file_offset, 0xb000);
	cr_assert_eq(read_at(&scene, BASE, bytes, sizeof bytes), 0x2000, "data may have changed: not from the file");
	assert_pattern(bytes + 0x1000, 0x1000, 0x1000);
	cr_assert_eq(read_at(&scene, BASE + 0x4000, bytes, 8), 0, "a mapping that contradicts the file's headers");
	AUTO(mirror) struct mirror *mirror = NULL;
	assert_ok(mirror_create(scene.source, &mirror));
}

HEAP_TEST(source_core, another_file_is_refused_with_both_ids)
{
	AUTO(scene) struct scene scene = scene_make(ID + 1);
	uint8_t bytes[16];

	scene_open(&scene, NULL);
	cr_assert_eq(read_at(&scene, BASE + 0x1000, bytes, 16), 0);
	assert_error_says(open_file_at(&scene, BASE), ERROR_INPUT,
			  "its build-id is 0808080808080808080808080808080808080808, the core's "
			  "0707070707070707070707070707070707070707");
	assert_error_says(open_file_at(&scene, BASE + 0x1000), ERROR_INPUT, "--sysroot");
	assert_describes(&scene, false, "is another file than the one that was mapped");
}

HEAP_TEST(source_core, a_core_without_the_first_page_can_not_be_checked)
{
	AUTO(scene) struct scene scene = {.library = write_library(ID), .made = made_core_create()};
	uint8_t bytes[16];

	made_core_segment(scene.made, BASE, 0x1000, 0, "r--");
	made_core_segment(scene.made, BASE + 0x1000, 0x1000, 0, "r-x");
	made_core_segment(scene.made, HEAP, 0x1000, 0x1000, "rw-");
	made_core_map(scene.made, BASE, BASE + 0x1000, 0, scene.library);
	made_core_map(scene.made, BASE + 0x1000, BASE + 0x2000, 0x1000, scene.library);
	scene_open(&scene, NULL);
	cr_assert_eq(read_at(&scene, BASE + 0x1000, bytes, 16), 0);
	assert_ok(open_file_at(&scene, BASE)); /* its symbols are proved by what they lead to */
	assert_describes(&scene, false, NULL);
	assert_describes(&scene, true, "the core has no build-id of it");
}

/* Not every Python is linked with a build-id. */
HEAP_TEST(source_core, files_without_ids_must_begin_alike)
{
	for (int changed = 0; changed < 2; changed++) {
		AUTO(scene) struct scene scene = {.made = made_core_create()};
		uint8_t bytes[LIBRARY_SIZE], got[16];

		made_library(bytes, ID);
		memset(bytes + 512, 0, 16); /* the note's header and name */
		made_core_library(scene.made, BASE, ID, "/to/be/replaced");
		made_core_poke(scene.made, BASE, bytes, 4096);
		bytes[3000] ^= (uint8_t)changed;
		AUTO(string) char *path = made_file(bytes, sizeof bytes);
		made_core_auxiliary(scene.made, AT_PHDR, BASE + 64);
		scene_open(&scene, &(struct source_core_options){.executable = path});
		cr_assert_eq(read_at(&scene, BASE + 0x1000, got, 16), changed ? 0 : 16);
		if (changed)
			assert_error_says(source_core_need(scene.source, BASE + 0x2000), ERROR_REFUSED,
					  "its build-id is none, the core's none");
		else
			assert_ok(source_core_need(scene.source, BASE + 0x2000));
		unlink(path);
	}
}

HEAP_TEST(source_core, a_file_that_is_not_here)
{
	AUTO(scene) struct scene scene = scene_make(ID);
	uint8_t bytes[16];

	scene_open(&scene, NULL);
	unlink(scene.library);
	cr_assert_eq(read_at(&scene, BASE + 0x1000, bytes, 16), 0);
	assert_error_says(open_file_at(&scene, BASE), ERROR_IO, "can't open /tmp/heapdiff-core-");
	assert_describes(&scene, false, NULL);
	assert_describes(&scene, true, "which the core has mapped (--sysroot DIR");
}

HEAP_TEST(source_core, the_executable_may_be_elsewhere)
{
	AUTO(scene) struct scene scene = scene_make(ID);
	AUTO(string) char *moved = NULL;
	uint8_t bytes[16];

	made_core_auxiliary(scene.made, AT_PHDR, BASE + 64);
	cr_assert_gt(asprintf(&moved, "%s.moved", scene.library), 0);
	cr_assert_eq(rename(scene.library, moved), 0);
	scene_open(&scene, &(struct source_core_options){.executable = moved, .sysroot = "/no/such"});
	cr_assert_eq(read_at(&scene, BASE + 0x1000, bytes, 16), 16);
	assert_pattern(bytes, 0x1000, 16);
	unlink(moved);
}

HEAP_TEST(source_core, a_sysroot_goes_before_the_paths)
{
	AUTO(scene) struct scene scene = {.made = made_core_create()};
	char root[] = "/tmp/heapdiff-root-XXXXXX";
	AUTO(string) char *path = NULL;
	AUTO(string) char *written = write_library(ID);
	uint8_t bytes[16];

	cr_assert_not_null(mkdtemp(root));
	cr_assert_gt(asprintf(&path, "%s/liba.so", root), 0);
	cr_assert_eq(rename(written, path), 0);
	made_core_library(scene.made, BASE, ID, "/liba.so");
	made_core_segment(scene.made, HEAP, 0x1000, 0x1000, "rw-");
	scene_open(&scene, &(struct source_core_options){.sysroot = root});
	cr_assert_eq(read_at(&scene, BASE + 0x1000, bytes, 16), 16);
	assert_ok(open_file_at(&scene, BASE));
	unlink(path);
	rmdir(root);
}

/* Names that a forged core may give: nothing but a regular ELF file is opened or believed. */
HEAP_TEST(source_core, names_that_are_no_files)
{
	static const char *const names[] = {"/dev/null",           "/tmp",        "relative",      "", "[heap]",
					    "/dev/zero (deleted)", "/etc/passwd", "/proc/self/mem"};
	AUTO(scene) struct scene scene = {.made = made_core_create()};
	uint8_t bytes[16];

	made_core_segment(scene.made, HEAP, 0x1000, 0x1000, "rw-");
	for (uint64_t i = 0; i < 8; i++) {
		made_core_segment(scene.made, BASE + i * 0x10000, 0x1000, 0, "r-x");
		made_core_map(scene.made, BASE + i * 0x10000, BASE + i * 0x10000 + 0x1000, 0, names[i]);
	}
	scene_open(&scene, NULL);
	for (uint64_t i = 0; i < 8; i++)
		cr_assert_eq(read_at(&scene, BASE + i * 0x10000, bytes, 16), 0, "%s", names[i]);
	assert_error_says(open_file_at(&scene, BASE), ERROR_INPUT, "/dev/null is no regular file");
	assert_error_says(open_file_at(&scene, BASE + 0x20000), ERROR_INPUT, "no file is mapped");
}

HEAP_TEST(source_core, names_are_escaped_where_they_are_told)
{
	AUTO(scene) struct scene scene = {.made = made_core_create()};
	uint8_t bytes[16];

	made_core_library(scene.made, BASE, ID, "/tmp/\x1b[31mred");
	scene_open(&scene, NULL);
	cr_assert_eq(read_at(&scene, BASE + 0x1000, bytes, 16), 0);
	assert_describes(&scene, true, "\\x1B[31mred");
}

HEAP_TEST(source_core, lists_what_is_cut)
{
	AUTO(scene) struct scene scene = {.made = made_core_create()};
	uint8_t bytes[0x2000];
	size_t size;

	for (uint64_t i = 0; i < 12; i++)
		made_core_segment(scene.made, HEAP + i * 0x10000, 0x2000, 0x2000, "rw-");
	AUTO(free) void *whole = made_core_bytes(scene.made, &size);
	AUTO(string) char *path = made_file(whole, size - 11 * 0x2000 - 0x800);
	assert_ok(core_open(path, &scene.core));
	unlink(path);
	assert_ok(source_core_open(scene.core, &(struct source_core_options){0}, &scene.source));
	cr_assert_eq(source_core_losses(scene.source).ranges, 12);
	cr_assert_eq(source_core_losses(scene.source).bytes, 11 * 0x2000 + 0x800);
	cr_assert_eq(read_at(&scene, HEAP, bytes, sizeof bytes), 0x1800);
	assert_describes(&scene, false,
			 "this is missing: 0x55551800-0x55552000 (2.0 KiB), 0x55560000-0x55562000 (8.0 KiB), ");
	assert_describes(&scene, false, " and 4 more\n");
	assert_lists(&scene, false, 3, "0x55551800-0x55552000 0x55560000-0x55562000 0x55570000-0x55572000 ...");
	assert_lists(&scene, false, 12,
		     "0x55551800-0x55552000 0x55560000-0x55562000 0x55570000-0x55572000 0x55580000-0x55582000 "
		     "0x55590000-0x55592000 0x555a0000-0x555a2000 0x555b0000-0x555b2000 0x555c0000-0x555c2000 "
		     "0x555d0000-0x555d2000 0x555e0000-0x555e2000 0x555f0000-0x555f2000 0x55600000-0x55602000");
}

HEAP_TEST(source_core, lists_stacks_that_are_zeros)
{
	AUTO(scene) struct scene scene = scene_make(ID);
	uint8_t bytes[16];

	made_core_segment(scene.made, HEAP + 0x100000, 0x3000, 0x3000, "rw-");
	made_core_zeros(scene.made, HEAP + 0x101000, 0x2000);
	made_core_thread_at(scene.made, HEAP + 0x102ff0);
	scene_open(&scene, NULL);
	cr_assert_eq(source_core_losses(scene.source).ranges, 1);
	cr_assert_eq(source_core_losses(scene.source).bytes, 0x2000);
	cr_assert_eq(read_at(&scene, HEAP + 0x102ff0, bytes, 16), 0);
	cr_assert_eq(read_at(&scene, HEAP + 0x100ff8, bytes, 16), 8);
	assert_describes(&scene, false, "zeros where stacks of threads were");
	assert_describes(&scene, true, ": 0x55651000-0x55653000 (8.0 KiB)\n");
}

HEAP_TEST(source_core, memory_left_out_on_purpose_is_told_once_it_was_asked_for)
{
	AUTO(scene) struct scene scene = scene_make(ID);
	uint8_t bytes[16];

	made_core_segment(scene.made, HEAP + 0x100000, 0x1000, 0, "rw-");
	made_core_segment(scene.made, HEAP + 0x200000, 0x1000, 0, "rw-");
	scene_open(&scene, NULL);
	assert_describes(&scene, true, NULL);
	cr_assert_eq(read_at(&scene, HEAP + 0x200000, bytes, 16), 0);
	assert_describes(&scene, true, "left out of the core, and asked for: 0x55750000-0x55751000 (4.0 KiB)\n");
	assert_describes(&scene, false, NULL);
	cr_assert_eq(source_core_losses(scene.source).ranges, 0);
}

/* A hundred thousand mappings of other files cost a search each, not a walk. */
HEAP_TEST(source_core, many_mapped_files)
{
	AUTO(scene) struct scene scene = {.made = made_core_create()};
	char name[64];
	uint8_t bytes[8];

	made_core_segment(scene.made, HEAP, 0x1000, 0x1000, "rw-");
	for (uint64_t i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "/no/such/file/%lu", (unsigned long)(i * 7919 % 100000));
		made_core_map(scene.made, BASE + i * 0x2000, BASE + i * 0x2000 + 0x1000, 0, name);
	}
	scene_open(&scene, NULL);
	for (uint64_t i = 0; i < 100000; i++)
		cr_assert_eq(read_at(&scene, BASE + i * 0x2000, bytes, 8), 0);
	assert_describes(&scene, true, "files more are not used");
}

/* A core without a list of files: they are found by their build-ids. */
HEAP_TEST(source_core, files_are_found_without_a_list)
{
	AUTO(scene) struct scene scene = {.made = made_core_create()};
	char root[] = "/tmp/heapdiff-root-XXXXXX";
	AUTO(string) char *path = NULL;
	AUTO(string) char *other = NULL;
	AUTO(string) char *folder = NULL;
	AUTO(string) char *written = write_library(ID);
	AUTO(string) char *wrong = write_library(ID + 1);
	uint8_t bytes[16];

	cr_assert_not_null(mkdtemp(root));
	cr_assert_gt(asprintf(&folder, "%s/bin", root), 0);
	cr_assert_eq(mkdir(folder, 0700), 0);
	cr_assert_gt(asprintf(&path, "%s/python3.99", folder), 0);
	cr_assert_gt(asprintf(&other, "%s/python3.98", folder), 0);
	cr_assert_eq(rename(written, path), 0);
	cr_assert_eq(rename(wrong, other), 0);
	made_core_library(scene.made, BASE, ID, NULL);
	made_core_segment(scene.made, HEAP, 0x1000, 0x1000, "rw-");
	AUTO(string) char *file = made_core_write(scene.made);
	assert_ok(core_open(file, &scene.core));
	unlink(file);
	cr_assert(!scene.core->listed);
	assert_ok(core_files_find(scene.core, other, "/no/such"));
	cr_assert_eq(scene.core->mappings.count, 0, "of another build-id");
	setenv("PATH", folder, 1);
	assert_ok(core_files_find(scene.core, NULL, NULL));
	cr_assert_eq(scene.core->mappings.count, 4);
	cr_assert_str_eq(core_mapping_at(scene.core, BASE)->path, path);
	assert_ok(source_core_open(scene.core, &(struct source_core_options){0}, &scene.source));
	cr_assert_eq(read_at(&scene, BASE + 0x1000, bytes, 16), 16);
	assert_pattern(bytes, 0x1000, 16);
	cr_assert_eq(read_at(&scene, BASE + LIBRARY_LAST, bytes, 16), 16);
	unlink(path);
	unlink(other);
	rmdir(folder);
	rmdir(root);
}

HEAP_TEST(source_core, the_executable_is_taken_without_a_list)
{
	AUTO(scene) struct scene scene = {.library = write_library(ID), .made = made_core_create()};

	made_core_library(scene.made, BASE, ID, NULL);
	AUTO(string) char *file = made_core_write(scene.made);
	assert_ok(core_open(file, &scene.core));
	unlink(file);
	assert_ok(core_files_find(scene.core, scene.library, "/no/such"));
	cr_assert_eq(scene.core->mappings.count, 4);
	cr_assert_eq(scene.core->program_headers, BASE);
}

HEAP_TEST(source_core, flipped_bytes_do_no_harm)
{
	AUTO(scene) struct scene usual = scene_make(ID);
	uint64_t state = 99;
	size_t size;

	made_core_auxiliary(usual.made, AT_PHDR, BASE + 64);
	AUTO(free) void *bytes = made_core_bytes(usual.made, &size);
	AUTO(free) void *copy = malloc(size);
	for (size_t round = 0; round < 1500; round++) {
		AUTO(scene) struct scene scene = {0};
		AUTO(text) struct text text;
		AUTO(mirror) struct mirror *mirror = NULL;
		const struct source_range *ranges;
		size_t count;

		text_init(&text);
		memcpy(copy, bytes, size);
		for (size_t flips = 1 + round % 8; flips > 0; flips--) {
			state = state * 6364136223846793005 + 1442695040888963407;
			((uint8_t *)copy)[64 + (state >> 33) % 3000] ^= (uint8_t)(1u << (state >> 60) % 8);
		}
		AUTO(string) char *path = made_file(copy, size);
		AUTO(error) struct error *error = core_open(path, &scene.core);
		unlink(path);
		if (error != NULL)
			continue;
		assert_ok(core_files_find(scene.core, usual.library, "/no/such"));
		assert_ok(source_core_open(scene.core, &(struct source_core_options){0}, &scene.source));
		assert_ok(mirror_create(scene.source, &mirror));
		assert_ok(scene.source->operations->ranges(scene.source, &ranges, &count));
		for (size_t i = 0; i < count; i++) {
			mirror_at(mirror, ranges[i].start, 1);
			mirror_at(mirror, ranges[i].end - 8, 8);
		}
		mirror_at(mirror, BASE, 0x3000);
		cr_assert_null(mirror_error(mirror));
		assert_ok(source_core_describe(scene.source, true, &text));
	}
}
