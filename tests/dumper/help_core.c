#include "tests/dumper/help_core.h"

#include "base/vector.h"
#include "tests/test.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/procfs.h>
#include <sys/reg.h>
#include <unistd.h>

#define PAGE 4096u
#define PRPSINFO_SIZE 136

struct piece {
	uint64_t start, memory, held;
	uint32_t flags;
	uint64_t shared; /* offset in the file; UINT64_MAX: its own */
	uint8_t *bytes;
};

struct mapped {
	uint64_t start, end, offset;
	char *path;
};

struct made_core {
	VECTOR(struct piece) pieces;
	VECTOR(struct mapped) mapped;
	VECTOR(uint8_t) notes;
	VECTOR(uint64_t) auxiliary;
	bool last;
};

uint8_t core_pattern(uint64_t address)
{
	return (uint8_t)((address * 0x9e3779b97f4a7c15) >> 56);
}

struct made_core *made_core_create(void)
{
	return calloc(1, sizeof(struct made_core));
}

void made_core_destroy(struct made_core *made)
{
	if (made == NULL)
		return;
	for (size_t i = 0; i < made->pieces.count; i++)
		free(made->pieces.items[i].bytes);
	for (size_t i = 0; i < made->mapped.count; i++)
		free(made->mapped.items[i].path);
	vector_deinit(&made->pieces);
	vector_deinit(&made->mapped);
	vector_deinit(&made->notes);
	vector_deinit(&made->auxiliary);
	free(made);
}

void made_core_segment(struct made_core *made, uint64_t start, uint64_t memory, uint64_t held, const char *access)
{
	struct piece piece = {.start = start, .memory = memory, .held = held, .shared = UINT64_MAX};

	piece.flags = (access[0] == 'r' ? PF_R : 0u) | (access[1] == 'w' ? PF_W : 0u) | (access[2] == 'x' ? PF_X : 0u);
	piece.bytes = malloc(held + 1);
	for (uint64_t i = 0; i < held; i++)
		piece.bytes[i] = core_pattern(start + i);
	assert_ok(vector_push(&made->pieces, piece));
}

void made_core_poke(struct made_core *made, uint64_t address, const void *bytes, size_t size)
{
	for (size_t i = 0; i < made->pieces.count; i++) {
		struct piece *piece = &made->pieces.items[i];

		if (address >= piece->start && address - piece->start + size <= piece->held) {
			memcpy(piece->bytes + (address - piece->start), bytes, size);
			return;
		}
	}
	cr_assert_fail("no segment holds %#lx", (unsigned long)address);
}

void made_core_zeros(struct made_core *made, uint64_t address, size_t size)
{
	AUTO(free) void *zeros = calloc(size, 1);

	cr_assert_not_null(zeros);
	made_core_poke(made, address, zeros, size);
}

void made_core_share(struct made_core *made, uint64_t offset)
{
	made->pieces.items[made->pieces.count - 1].shared = offset;
}

void made_core_map(struct made_core *made, uint64_t start, uint64_t end, uint64_t offset, const char *path)
{
	assert_ok(vector_push(&made->mapped, ((struct mapped){start, end, offset, strdup(path)})));
}

static void add_bytes(struct made_core *made, const void *bytes, size_t size)
{
	assert_ok(vector_reserve(&made->notes, made->notes.count + size + 8));
	if (size > 0)
		memcpy(made->notes.items + made->notes.count, bytes, size);
	made->notes.count += size;
	while (made->notes.count % 4 != 0)
		made->notes.items[made->notes.count++] = 0;
}

void made_core_note(struct made_core *made, uint32_t type, const void *content, size_t size)
{
	const Elf64_Nhdr header = {.n_namesz = 5, .n_descsz = (uint32_t)size, .n_type = type};

	add_bytes(made, &header, sizeof header);
	add_bytes(made, "CORE", 5);
	add_bytes(made, content, size);
}

void made_core_process(struct made_core *made, uint32_t pid, uint32_t uid, const char *command)
{
	uint8_t content[PRPSINFO_SIZE] = {0};

	memcpy(content + 16, &uid, 4);
	memcpy(content + 24, &pid, 4);
	memcpy(content + 40, command, strnlen(command, 16));
	made_core_note(made, NT_PRPSINFO, content, sizeof content);
}

void made_core_thread(struct made_core *made)
{
	made_core_thread_at(made, 0);
}

void made_core_thread_at(struct made_core *made, uint64_t stack_pointer)
{
	struct elf_prstatus content = {.pr_reg[RSP] = stack_pointer};

	made_core_note(made, NT_PRSTATUS, &content, sizeof content);
}

void made_core_auxiliary(struct made_core *made, uint64_t type, uint64_t value)
{
	assert_ok(vector_push(&made->auxiliary, type));
	assert_ok(vector_push(&made->auxiliary, value));
}

void made_core_notes_last(struct made_core *made)
{
	made->last = true;
}

static void add_file_note(struct made_core *made)
{
	VECTOR(uint8_t) content = {0};
	uint64_t words[2] = {made->mapped.count, PAGE};

	if (made->mapped.count == 0)
		return;
	assert_ok(vector_reserve(&content, 16 + made->mapped.count * 24));
	memcpy(content.items, words, sizeof words);
	content.count = sizeof words;
	for (size_t i = 0; i < made->mapped.count; i++) {
		const struct mapped *mapped = &made->mapped.items[i];
		uint64_t line[3] = {mapped->start, mapped->end, mapped->offset / PAGE};

		memcpy(content.items + content.count, line, sizeof line);
		content.count += sizeof line;
	}
	for (size_t i = 0; i < made->mapped.count; i++)
		for (const char *at = made->mapped.items[i].path;; at++) {
			assert_ok(vector_push(&content, (uint8_t)*at));
			if (*at == '\0')
				break;
		}
	made_core_note(made, NT_FILE, content.items, content.count);
	vector_deinit(&content);
}

/* Notes as they are written: what was given, then the auxiliary vector and the files. */
static size_t finish_notes(struct made_core *made)
{
	size_t before = made->notes.count;

	if (made->auxiliary.count > 0)
		made_core_note(made, NT_AUXV, made->auxiliary.items, made->auxiliary.count * sizeof(uint64_t));
	add_file_note(made);
	return before;
}

static uint8_t *lay_out(const struct made_core *made, size_t *result)
{
	size_t count = made->pieces.count + 1, table = sizeof(Elf64_Ehdr);
	size_t at = table + count * sizeof(Elf64_Phdr), notes = at, size, sections;
	Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			     .e_type = ET_CORE,
			     .e_machine = EM_X86_64,
			     .e_version = EV_CURRENT,
			     .e_phoff = sizeof header,
			     .e_ehsize = sizeof header,
			     .e_phentsize = sizeof(Elf64_Phdr),
			     .e_phnum = (uint16_t)(count < PN_XNUM ? count : PN_XNUM)};

	at += made->last ? 0 : made->notes.count;
	uint64_t first = at;
	for (size_t i = 0; i < made->pieces.count; i++)
		at += made->pieces.items[i].shared == UINT64_MAX ? made->pieces.items[i].held : 0;
	if (made->last)
		notes = at;
	at += made->last ? made->notes.count : 0;
	sections = at;
	size = count < PN_XNUM ? at : at + sizeof(Elf64_Shdr);
	uint8_t *bytes = calloc(size, 1);
	if (count >= PN_XNUM) {
		Elf64_Shdr section = {.sh_info = (uint32_t)count, .sh_size = 1};

		header.e_shoff = sections;
		header.e_shnum = 1;
		header.e_shentsize = sizeof section;
		memcpy(bytes + sections, &section, sizeof section);
	}
	memcpy(bytes, &header, sizeof header);
	Elf64_Phdr note = {.p_type = PT_NOTE, .p_offset = notes, .p_filesz = made->notes.count};
	memcpy(bytes + table, &note, sizeof note);
	if (made->notes.count > 0)
		memcpy(bytes + notes, made->notes.items, made->notes.count);
	for (size_t i = 0; i < made->pieces.count; i++) {
		const struct piece *piece = &made->pieces.items[i];
		Elf64_Phdr load = {.p_type = PT_LOAD,
				   .p_flags = piece->flags,
				   .p_offset = piece->shared == UINT64_MAX ? first : piece->shared,
				   .p_vaddr = piece->start,
				   .p_filesz = piece->held,
				   .p_memsz = piece->memory,
				   .p_align = 1};

		memcpy(bytes + table + (i + 1) * sizeof load, &load, sizeof load);
		if (piece->shared != UINT64_MAX)
			continue;
		memcpy(bytes + first, piece->bytes, piece->held);
		first += piece->held;
	}
	*result = size;
	return bytes;
}

uint8_t *made_core_bytes(const struct made_core *made, size_t *size)
{
	struct made_core *changed = (struct made_core *)(uintptr_t)made; /* as before when this returns */
	size_t before = finish_notes(changed);
	uint8_t *bytes = lay_out(made, size);

	changed->notes.count = before;
	return bytes;
}

char *made_file(const void *bytes, size_t size)
{
	char *path = strdup("/tmp/heapdiff-core-XXXXXX");
	AUTO(close) int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
	return path;
}

char *made_core_write(const struct made_core *made)
{
	size_t size;
	AUTO(free) void *bytes = made_core_bytes(made, &size);

	return made_file(bytes, size);
}

void made_library(uint8_t bytes[LIBRARY_SIZE], uint8_t id)
{
	const Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
				   .e_type = ET_DYN,
				   .e_machine = EM_X86_64,
				   .e_version = EV_CURRENT,
				   .e_phoff = sizeof header,
				   .e_ehsize = sizeof header,
				   .e_phentsize = sizeof(Elf64_Phdr),
				   .e_phnum = 5};
	const Elf64_Phdr loads[5] = {
		{PT_LOAD, PF_R, 0, 0, 0, 4096, 4096, 4096},
		{PT_LOAD, PF_R, 4096, 4096, 4096, 4096, 4096, 4096},
		{PT_LOAD, PF_R | PF_W, 8192, 8192, 8192, 4096, 4096, 4096},
		{PT_LOAD, PF_R, 12288, LIBRARY_LAST, LIBRARY_LAST, 100, 100, 4096},
		{PT_NOTE, PF_R, 512, 512, 512, 36, 36, 4},
	};
	const Elf64_Nhdr note = {.n_namesz = 4, .n_descsz = 20, .n_type = NT_GNU_BUILD_ID};

	for (uint64_t i = 0; i < LIBRARY_SIZE; i++)
		bytes[i] = core_pattern(i);
	memcpy(bytes, &header, sizeof header);
	memcpy(bytes + sizeof header, loads, sizeof loads);
	memcpy(bytes + 512, &note, sizeof note);
	memcpy(bytes + 512 + sizeof note, "GNU", 4);
	memset(bytes + 512 + sizeof note + 4, id, 20);
}

void made_core_library(struct made_core *made, uint64_t start, uint8_t id, const char *path)
{
	uint8_t bytes[LIBRARY_SIZE];

	made_library(bytes, id);
	made_core_segment(made, start, 4096, 4096, "r--");
	made_core_poke(made, start, bytes, 4096);
	made_core_segment(made, start + 4096, 4096, 0, "r-x");
	made_core_segment(made, start + 8192, 4096, 4096, "rw-");
	made_core_segment(made, start + LIBRARY_LAST, 4096, 0, "r--");
	if (path == NULL)
		return;
	for (uint64_t page = 0; page < 3 * 4096; page += 4096)
		made_core_map(made, start + page, start + page + 4096, page, path);
	made_core_map(made, start + LIBRARY_LAST, start + LIBRARY_LAST + 4096, 12288, path);
}
