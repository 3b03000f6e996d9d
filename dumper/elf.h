/* ELF: symbols, sections and segments of a file that is mapped into a target. The only file that knows libelf.
 *
 * The file is foreign, perhaps hostile: whatever it holds, the answers are "not there" or wrong addresses, which the
 * caller checks against the target's ranges; never a crash, and never memory beyond the file's size.
 */
#ifndef DUMPER_ELF_H
#define DUMPER_ELF_H

#include "base/error.h"

#include <stddef.h>

#define ELF_BUILD_ID_MAX 64u /* bytes */

struct elf;

struct elf_symbol {
	uint64_t address; /* in the file's own address space: add the bias */
	uint64_t size;    /* bytes */
	bool found;       /* defined in this file */
};

struct elf_section {
	uint64_t address, size; /* in the file's own address space; bytes */
	uint64_t offset;        /* in the file */
	bool has_bytes;         /* not of kind NOBITS */
};

struct elf_range {
	uint64_t start, end; /* addresses in the file's own address space */
};

struct elf_build_id {
	uint8_t bytes[ELF_BUILD_ID_MAX];
	size_t size; /* 0: none */
};

/* Takes over `fd`, also on failure. ERROR_INPUT where it is no 64-bit little-endian ELF file of x86-64, an executable
 * or shared object; ERROR_IO where it can't be read. `name` is for messages. */
struct error *elf_open(int fd, const char *name, struct elf **result) CHECKED;
/* The first bytes of a file as mapped in memory (borrowed until destroy): enough for segments and build-id. */
struct error *elf_open_bytes(const void *bytes, size_t size, const char *name, struct elf **result) CHECKED;
/* A core file (ET_CORE), the same way. */
struct error *elf_open_core(int fd, const char *name, struct elf **result) CHECKED;
void elf_destroy(struct elf *elf);
DEFINE_AUTO(elf, struct elf *, elf_destroy);

/* Looks up `count` names in one pass over .dynsym and .symtab; undefined symbols are not found. */
void elf_symbols(struct elf *elf, const char *const *names, size_t count, struct elf_symbol *symbols);
uint64_t elf_size(const struct elf *elf); /* of the file, bytes */
bool elf_section(struct elf *elf, const char *name, struct elf_section *section);
/* Copies bytes of a section; ERROR_INPUT where the range is not in the file. */
struct error *elf_read(struct elf *elf, uint64_t offset, void *buffer, size_t size) CHECKED;
/* What to add to the file's addresses, given that file offset `offset` is mapped at `start`; false where no loadable
 * segment covers that offset. */
bool elf_bias(struct elf *elf, uint64_t offset, uint64_t start, uint64_t *bias);
/* Addresses of the loadable writable segments, .data and .bss together; false where there is none. */
bool elf_writable(struct elf *elf, struct elf_range *range);
struct elf_load {                    /* a loadable segment, as its program header says: check against the file's size */
	uint64_t start, memory_size; /* address, bytes */
	uint64_t offset, file_size;  /* in the file, bytes */
	bool readable, writable, executable;
};
/* The segment with this index, among elf_segment_count of them; false where it is not a loadable one. */
bool elf_load(struct elf *elf, size_t index, struct elf_load *load);
size_t elf_segment_count(const struct elf *elf); /* 65,535 and more are counted right */
/* The file says that it has more segments than can be told: it was cut. */
bool elf_is_cut(const struct elf *elf);
/* Where in the file the byte at this address of the file lies, if nothing changes it once it is loaded: it is in a segment that
 * isn't writable. Whole pages count, as they are mapped. */
bool elf_constant(struct elf *elf, uint64_t address, uint64_t *offset);
/* Hands over every note of the file; content is borrowed for the call. Notes beyond the file's end are left out, and all after
 * as many bytes of notes as the file has: then some were told twice. */
struct elf_note {
	uint32_t type;
	const char *name; /* `name_size` bytes, mostly with a NUL at the end */
	size_t name_size;
	const uint8_t *content;
	size_t size; /* bytes */
};
struct error *elf_notes(struct elf *elf, struct error *(*take)(void *context, const struct elf_note *note),
			void *context) CHECKED;
bool elf_is_fixed(const struct elf *elf); /* a position-dependent executable (ET_EXEC) */
bool elf_is_library(struct elf *elf);     /* a shared library, even one that can be run (libc) */
bool elf_is_stripped(struct elf *elf);    /* no .symtab */
struct elf_build_id elf_build_id(struct elf *elf);

#endif
