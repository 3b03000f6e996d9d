/* ELF files are read as they are, and as they are not: cut, changed, forged. */
#include "tests/test.h"

#include "dumper/elf.h"
#include "dumper/maps.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((used)) static int elf_test_data = 42;
__attribute__((used)) static int elf_test_zero;
void elf_test_code(void);
__attribute__((used, noinline)) void elf_test_code(void)
{
}

static const char *const wanted[] = {"elf_test_data", "elf_test_code", "elf_test_zero", "no_such_symbol", "write"};
#define WANTED (sizeof wanted / sizeof wanted[0])

static int open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	return fd;
}

/* The whole of this program's file. */
static uint8_t *read_self(size_t *size)
{
	AUTO(close) int fd = open_self();
	struct stat found;
	cr_assert_eq(fstat(fd, &found), 0);
	*size = (size_t)found.st_size;
	uint8_t *bytes = malloc(*size);
	cr_assert_eq(pread(fd, bytes, *size, 0), (ssize_t)*size);
	return bytes;
}

static int file_of(const void *bytes, size_t size)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
	return fd;
}

/* Asks everything that can be asked. Whatever the file holds, this returns. */
static void ask_all(struct elf *elf)
{
	struct elf_symbol symbols[WANTED];
	struct elf_section section;
	struct elf_range range;
	uint64_t bias;
	uint8_t bytes[16];
	elf_symbols(elf, wanted, WANTED, symbols);
	if (elf_section(elf, ".data", &section)) {
		AUTO(error) struct error *error = elf_read(elf, section.offset, bytes, sizeof bytes);
		cr_assert(error == NULL || error->code == ERROR_INPUT || error->code == ERROR_IO);
	}
	elf_bias(elf, 0, 0x10000, &bias);
	if (elf_writable(elf, &range))
		cr_assert_lt(range.start, range.end);
	elf_is_library(elf);
	elf_is_stripped(elf);
	cr_assert_leq(elf_build_id(elf).size, ELF_BUILD_ID_MAX);
}

HEAP_TEST(elf, finds_symbols_where_they_are_in_memory)
{
	AUTO(elf) struct elf *elf = NULL;
	AUTO(maps) struct maps maps;
	struct elf_symbol symbols[WANTED];
	struct elf_range data;
	uint64_t bias;
	size_t index;
	maps_init(&maps);
	assert_ok(maps_read(&maps, "/proc/self/maps"));
	assert_ok(elf_open(open_self(), "self", &elf));
	elf_symbols(elf, wanted, WANTED, symbols);
	cr_assert(maps_find(&maps, (uint64_t)(uintptr_t)elf_test_code, &index));
	cr_assert(elf_bias(elf, maps.ranges[index].file_offset, maps.ranges[index].start, &bias));
	cr_assert(symbols[0].found && symbols[1].found && symbols[2].found);
	cr_assert_eq(symbols[0].address + bias, (uint64_t)(uintptr_t)&elf_test_data);
	cr_assert_eq(symbols[0].size, sizeof elf_test_data);
	cr_assert_eq(symbols[1].address + bias, (uint64_t)(uintptr_t)elf_test_code);
	cr_assert_not(symbols[3].found);
	cr_assert_not(symbols[4].found, "undefined here: libc has it");
	cr_assert(elf_writable(elf, &data));
	for (int i = 0; i < 3; i += 2) {
		cr_assert_leq(data.start, symbols[i].address);
		cr_assert_gt(data.end, symbols[i].address, ".data and .bss");
	}
}

HEAP_TEST(elf, tells_what_kind_of_file_it_is)
{
	AUTO(elf) struct elf *self = NULL;
	AUTO(elf) struct elf *library = NULL;
	AUTO(maps) struct maps maps;
	struct elf_section section;
	size_t index;
	uint64_t bias = 1;
	maps_init(&maps);
	assert_ok(maps_read(&maps, "/proc/self/maps"));
	assert_ok(elf_open(open_self(), "self", &self));
	cr_assert_not(elf_is_library(self));
	cr_assert_not(elf_is_stripped(self));
	cr_assert(elf_section(self, ".bss", &section));
	cr_assert_not(section.has_bytes);
	cr_assert(elf_section(self, ".data", &section));
	cr_assert(section.has_bytes);
	cr_assert_not(elf_section(self, ".PyRuntime", &section));
	cr_assert_not(elf_bias(self, UINT64_MAX - 4095, 0x1000, &bias));
	cr_assert_eq(bias, 1, "untouched where no segment covers it");
	cr_assert(maps_find(&maps, (uint64_t)(uintptr_t)getpid, &index));
	int fd = open(maps.ranges[index].path, O_RDONLY | O_CLOEXEC);
	assert_ok(elf_open(fd, maps.ranges[index].path, &library));
	cr_assert(elf_is_library(library), "%s", maps.ranges[index].path);
	cr_assert_not(elf_is_fixed(library));
}

HEAP_TEST(elf, reads_the_same_build_id_from_file_and_memory)
{
	AUTO(elf) struct elf *file = NULL;
	AUTO(elf) struct elf *memory = NULL;
	AUTO(maps) struct maps maps;
	size_t first = 0;
	maps_init(&maps);
	assert_ok(maps_read(&maps, "/proc/self/maps"));
	while (maps.ranges[first].path == NULL || strstr(maps.ranges[first].path, "test_elf") == NULL)
		first++;
	assert_ok(elf_open(open_self(), "self", &file));
	const struct source_range *range = &maps.ranges[first];
	assert_ok(elf_open_bytes((const void *)(uintptr_t)range->start, range->end - range->start, "memory", &memory));
	struct elf_build_id a = elf_build_id(file), b = elf_build_id(memory);
	cr_assert_gt(a.size, 0);
	cr_assert_eq(a.size, b.size);
	cr_assert_arr_eq(a.bytes, b.bytes, a.size);
}

HEAP_TEST(elf, refuses_what_it_can_not_read)
{
	struct elf *elf = NULL;
	int folder = open("/", O_RDONLY | O_CLOEXEC);
	assert_error(elf_open(file_of("", 0), "empty", &elf), ERROR_INPUT);
	assert_error_says(elf_open(file_of("#!/bin/sh\n", 10), "script", &elf), ERROR_INPUT,
			  "script is not an ELF file");
	assert_error(elf_open(file_of("!<arch>\n", 8), "archive", &elf), ERROR_INPUT);
	assert_error(elf_open(folder, "folder", &elf), ERROR_INPUT);
	assert_error(elf_open(-1, "closed", &elf), ERROR_IO);
	uint8_t head[64] = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1, [16] = ET_EXEC, [18] = EM_386, [20] = 1};
	assert_error_says(elf_open(file_of(head, sizeof head), "old", &elf), ERROR_INPUT, "another architecture");
	head[4] = ELFCLASS64;
	head[18] = EM_AARCH64;
	assert_error_says(elf_open(file_of(head, sizeof head), "arm", &elf), ERROR_INPUT, "machine 183");
	head[18] = EM_X86_64;
	head[16] = ET_REL;
	assert_error_says(elf_open(file_of(head, sizeof head), "object", &elf), ERROR_INPUT, "neither");
	cr_assert_null(elf);
}

HEAP_TEST(elf, reads_only_what_the_file_has)
{
	AUTO(elf) struct elf *elf = NULL;
	uint8_t bytes[4];
	size_t size;
	AUTO(free) void *self = read_self(&size);
	assert_ok(elf_open(file_of(self, size), "copy", &elf));
	assert_ok(elf_read(elf, 0, bytes, 4));
	cr_assert_arr_eq(bytes, "\177ELF", 4);
	assert_ok(elf_read(elf, size - 4, bytes, 4));
	assert_ok(elf_read(elf, size, bytes, 0));
	assert_error(elf_read(elf, size - 3, bytes, 4), ERROR_INPUT);
	assert_error(elf_read(elf, UINT64_MAX, bytes, 4), ERROR_INPUT);
}

HEAP_TEST(elf, survives_every_cut)
{
	size_t size;
	AUTO(free) void *self = read_self(&size);
	size_t step = size / 300 + 1;
	for (size_t cut = 0; cut < size; cut += HEAP_TEST_STEP(cut < 1024 ? 7 : step)) {
		AUTO(elf) struct elf *elf = NULL;
		AUTO(error) struct error *error = elf_open(file_of(self, cut), "cut", &elf);
		cr_assert(error == NULL || error->code == ERROR_INPUT, "cut at %zu", cut);
		if (error == NULL)
			ask_all(elf);
	}
}

/* Opens a file that is this program with `count` bytes changed, and asks it everything. */
static void try_changed(uint8_t *self, size_t size, const size_t *places, const uint8_t *values, size_t count)
{
	uint8_t before[16];
	for (size_t i = 0; i < count; i++) {
		before[i] = self[places[i]];
		self[places[i]] = values[i];
	}
	AUTO(elf) struct elf *elf = NULL;
	AUTO(error) struct error *error = elf_open(file_of(self, size), "changed", &elf);
	cr_assert(error == NULL || error->code == ERROR_INPUT);
	if (error == NULL)
		ask_all(elf);
	for (size_t i = count; i-- > 0;)
		self[places[i]] = before[i];
}

/* Each byte of the header, of the program headers and of the section headers, to the values that hurt. */
HEAP_TEST(elf, survives_changed_headers)
{
	static const uint8_t values[] = {0x00, 0x7f, 0xff};
	size_t size;
	AUTO(free) void *memory = read_self(&size);
	uint8_t *self = memory;
	const Elf64_Ehdr *header = memory;
	const size_t areas[][2] = {
		{0, sizeof *header},
		{header->e_phoff, (size_t)header->e_phnum * sizeof(Elf64_Phdr)},
		{header->e_shoff, (size_t)header->e_shnum * sizeof(Elf64_Shdr)},
	};
	for (size_t area = 0; area < 3; area++) {
		for (size_t i = 0; i < areas[area][1]; i += HEAP_TEST_STEP(area == 2 ? 3u : 1u)) {
			size_t place = areas[area][0] + i;
			for (size_t k = 0; k < sizeof values; k++)
				try_changed(self, size, &place, &values[k], 1);
		}
	}
}

/* Random bytes anywhere in the headers and tables, several at once; the seed is fixed. */
HEAP_TEST(elf, survives_random_changes)
{
	size_t size;
	AUTO(free) void *memory = read_self(&size);
	const Elf64_Ehdr *header = memory;
	uint64_t state = 88172645463325252u;
	for (int round = 0; round < HEAP_TEST_ROUNDS(400); round++) {
		size_t places[16];
		uint8_t values[16];
		for (int i = 0; i < 16; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			size_t sections = (size_t)header->e_shnum * sizeof(Elf64_Shdr);
			places[i] = i % 2 == 0 ? header->e_shoff + state % sections : state % 4096;
			values[i] = (uint8_t)(state >> 40);
		}
		places[1] = places[1] < 4 ? 40 : places[1]; /* it stays an ELF file now and then */
		try_changed(memory, size, places, values, round % 16 + 1);
	}
}
