/* What does the ELF file behind a mapping say: symbols, sections, segments, build-id?
 *
 * libelf parses, reading the file (not mapping it, so that a file cut meanwhile is a failed read and no SIGBUS). It
 * checks offsets and string ends; tables that are absurdly large, and all but the first of a kind, are left alone, so
 * that a forged file can't cost more than its own size. A lookup is one pass over the symbol tables for all names
 * wanted: O(symbols).
 */
#include "dumper/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE UINT64_C(4096)
#define PAGE_MASK (~(PAGE - 1))
#define TABLE_MAX (UINT64_C(1) << 30) /* bytes of a symbol or string table that is looked at */

struct elf {
	Elf *handle;
	char *name;
	int fd; /* -1: in memory */
	uint64_t size;
	GElf_Ehdr header;
	size_t segments; /* count of program headers */
	size_t names;    /* index of the section names' section; 0: none */
	bool cut;        /* there should be more program headers */
};

/* How many program headers there are. Where a 16-bit number can't tell, section 0 does, at the end of the file. */
static void elf_count(struct elf *elf)
{
	const GElf_Ehdr *header = &elf->header;

	if (elf_getphdrnum(elf->handle, &elf->segments) != 0)
		elf->segments = 0;
	if (header->e_phnum == PN_XNUM)
		elf->cut = header->e_shoff == 0 || elf->size < sizeof(Elf64_Shdr) ||
			   header->e_shoff > elf->size - sizeof(Elf64_Shdr) || elf->segments < PN_XNUM;
	else
		elf->cut = elf->segments < header->e_phnum;
}

static struct error *elf_check(struct elf *elf, bool core)
{
	if (elf->handle == NULL || elf_kind(elf->handle) != ELF_K_ELF ||
	    gelf_getehdr(elf->handle, &elf->header) == NULL)
		return error_create(ERROR_INPUT, "%s is not an ELF file", elf->name);
	if (elf->header.e_ident[EI_CLASS] != ELFCLASS64 || elf->header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    elf->header.e_machine != EM_X86_64)
		return error_create(ERROR_INPUT,
				    "%s is an ELF file of another architecture than x86-64 (machine %u, %s)", elf->name,
				    elf->header.e_machine,
				    elf->header.e_ident[EI_CLASS] == ELFCLASS32 ? "32 bits" : "64 bits");
	if (core && elf->header.e_type != ET_CORE)
		return error_create(ERROR_INPUT, "%s is an ELF file, but not a core file", elf->name);
	if (!core && elf->header.e_type != ET_EXEC && elf->header.e_type != ET_DYN)
		return error_create(ERROR_INPUT, "%s is neither an executable nor a shared object", elf->name);
	elf_count(elf);
	if (elf_getshdrstrndx(elf->handle, &elf->names) != 0)
		elf->names = 0;
	return NULL;
}

static struct error *elf_new(int fd, const char *name, struct elf **result)
{
	struct elf *elf = calloc(1, sizeof *elf);

	if (elf == NULL || (elf->name = strdup(name)) == NULL) {
		guard_close(fd);
		free(elf);
		return error_memory();
	}
	elf->fd = fd;
	elf_version(EV_CURRENT);
	*result = elf;
	return NULL;
}

static struct error *open_file(int fd, const char *name, bool core, struct elf **result)
{
	AUTO(elf) struct elf *elf = NULL;
	struct stat found;

	TRY(elf_new(fd, name, &elf));
	if (fstat(fd, &found) != 0)
		return error_create_errno(ERROR_IO, errno, "can't read %s", name);
	elf->size = S_ISREG(found.st_mode) ? (uint64_t)found.st_size : 0;
	elf->handle = elf_begin(fd, ELF_C_READ, NULL);
	TRY(elf_check(elf, core));
	*result = steal(&elf);
	return NULL;
}

struct error *elf_open(int fd, const char *name, struct elf **result)
{
	return open_file(fd, name, false, result);
}

struct error *elf_open_core(int fd, const char *name, struct elf **result)
{
	return open_file(fd, name, true, result);
}

struct error *elf_open_bytes(const void *bytes, size_t size, const char *name, struct elf **result)
{
	AUTO(elf) struct elf *elf = NULL;

	TRY(elf_new(-1, name, &elf));
	elf->size = size;
	/* libelf only reads an image that is opened so, whatever its prototype says. */
	elf->handle = elf_memory((char *)(uintptr_t)bytes, size);
	TRY(elf_check(elf, false));
	*result = steal(&elf);
	return NULL;
}

void elf_destroy(struct elf *elf)
{
	if (elf == NULL)
		return;
	elf_end(elf->handle);
	guard_close(elf->fd);
	free(elf->name);
	free(elf);
}

static bool is_small_table(struct elf *elf, size_t index)
{
	GElf_Shdr header;
	Elf_Scn *section = elf_getscn(elf->handle, index);

	return section != NULL && gelf_getshdr(section, &header) != NULL && header.sh_size <= TABLE_MAX;
}

/* Notes the symbols of one table that are wanted, defined and not yet found. */
static void table_symbols(struct elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *const *names,
			  size_t count, struct elf_symbol *symbols)
{
	if (header->sh_size > TABLE_MAX || !is_small_table(elf, header->sh_link))
		return;
	Elf_Data *data = elf_getdata(section, NULL);
	size_t entries = data != NULL ? data->d_size / sizeof(Elf64_Sym) : 0;

	for (size_t i = 0; i < entries && i <= INT32_MAX; i++) {
		GElf_Sym symbol;
		if (gelf_getsym(data, (int)i, &symbol) == NULL)
			return;
		if (symbol.st_shndx == SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) == STT_TLS)
			continue;
		const char *name = elf_strptr(elf->handle, header->sh_link, symbol.st_name);
		if (name == NULL || name[0] == '\0')
			continue;
		for (size_t k = 0; k < count; k++) {
			if (!symbols[k].found && strcmp(name, names[k]) == 0)
				symbols[k] = (struct elf_symbol){symbol.st_value, symbol.st_size, true};
		}
	}
}

/* The first section of this kind, NULL where there is none. */
static Elf_Scn *elf_table(struct elf *elf, GElf_Word kind, GElf_Shdr *header)
{
	Elf_Scn *at = NULL;

	while ((at = elf_nextscn(elf->handle, at)) != NULL) {
		if (gelf_getshdr(at, header) != NULL && header->sh_type == kind)
			break;
	}
	return at;
}

void elf_symbols(struct elf *elf, const char *const *names, size_t count, struct elf_symbol *symbols)
{
	static const GElf_Word kinds[] = {SHT_DYNSYM, SHT_SYMTAB};

	memset(symbols, 0, count * sizeof *symbols);
	for (size_t kind = 0; kind < 2; kind++) {
		GElf_Shdr header;
		Elf_Scn *table = elf_table(elf, kinds[kind], &header);
		if (table != NULL)
			table_symbols(elf, table, &header, names, count, symbols);
	}
}

bool elf_section(struct elf *elf, const char *name, struct elf_section *section)
{
	GElf_Shdr header;

	if (elf->names == 0 || !is_small_table(elf, elf->names))
		return false;
	for (Elf_Scn *at = NULL; (at = elf_nextscn(elf->handle, at)) != NULL;) {
		if (gelf_getshdr(at, &header) == NULL)
			continue;
		const char *found = elf_strptr(elf->handle, elf->names, header.sh_name);
		if (found == NULL || strcmp(found, name) != 0)
			continue;
		*section = (struct elf_section){
			.address = header.sh_addr,
			.size = header.sh_size,
			.offset = header.sh_offset,
			.has_bytes = header.sh_type != SHT_NOBITS,
		};
		return true;
	}
	return false;
}

struct error *elf_read(struct elf *elf, uint64_t offset, void *buffer, size_t size)
{
	size_t done = 0;

	if (elf->fd < 0 || offset > elf->size || size > elf->size - offset)
		return error_create_at(ERROR_INPUT, offset, "%s ends before offset %#lx + %zu", elf->name,
				       (unsigned long)offset, size);
	while (done < size) {
		ssize_t got = pread(elf->fd, (char *)buffer + done, size - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_create_errno(ERROR_IO, errno, "can't read %s", elf->name);
		if (got == 0)
			return error_create_at(ERROR_INPUT, offset, "%s became shorter while it was read", elf->name);
		done += (size_t)got;
	}
	return NULL;
}

uint64_t elf_size(const struct elf *elf)
{
	return elf->size;
}

static bool elf_segment(struct elf *elf, size_t index, GElf_Word type, GElf_Phdr *segment)
{
	return gelf_getphdr(elf->handle, (int)index, segment) != NULL && segment->p_type == type;
}

bool elf_bias(struct elf *elf, uint64_t offset, uint64_t start, uint64_t *bias)
{
	GElf_Phdr segment;

	for (size_t i = 0; i < elf->segments; i++) {
		if (!elf_segment(elf, i, PT_LOAD, &segment) || segment.p_filesz == 0)
			continue;
		uint64_t first = segment.p_offset & PAGE_MASK;
		if (offset < first || segment.p_filesz > UINT64_MAX - segment.p_offset ||
		    offset >= segment.p_offset + segment.p_filesz)
			continue;
		*bias = start - ((segment.p_vaddr & PAGE_MASK) + (offset - first));
		return true;
	}
	return false;
}

bool elf_writable(struct elf *elf, struct elf_range *range)
{
	struct elf_range found = {UINT64_MAX, 0};
	GElf_Phdr segment;

	for (size_t i = 0; i < elf->segments; i++) {
		if (!elf_segment(elf, i, PT_LOAD, &segment) || (segment.p_flags & PF_W) == 0 ||
		    segment.p_memsz > UINT64_MAX - segment.p_vaddr)
			continue;
		if (segment.p_vaddr < found.start)
			found.start = segment.p_vaddr;
		if (segment.p_vaddr + segment.p_memsz > found.end)
			found.end = segment.p_vaddr + segment.p_memsz;
	}
	if (found.start >= found.end)
		return false;
	*range = found;
	return true;
}

size_t elf_segment_count(const struct elf *elf)
{
	return elf->segments;
}

bool elf_load(struct elf *elf, size_t index, struct elf_load *load)
{
	GElf_Phdr segment;

	if (!elf_segment(elf, index, PT_LOAD, &segment))
		return false;
	*load = (struct elf_load){
		.start = segment.p_vaddr,
		.memory_size = segment.p_memsz,
		.offset = segment.p_offset,
		.file_size = segment.p_filesz,
		.readable = (segment.p_flags & PF_R) != 0,
		.writable = (segment.p_flags & PF_W) != 0,
		.executable = (segment.p_flags & PF_X) != 0,
	};
	return true;
}

bool elf_is_cut(const struct elf *elf)
{
	return elf->cut;
}

bool elf_constant(struct elf *elf, uint64_t address, uint64_t *offset)
{
	bool found = false;
	GElf_Phdr segment;

	for (size_t i = 0; i < elf->segments; i++) {
		if (!elf_segment(elf, i, PT_LOAD, &segment) || segment.p_memsz > UINT64_MAX - PAGE - segment.p_vaddr)
			continue;
		uint64_t first = segment.p_vaddr & PAGE_MASK, file = segment.p_offset & PAGE_MASK;
		if (address < first || address >= ((segment.p_vaddr + segment.p_memsz + PAGE - 1) & PAGE_MASK))
			continue;
		if ((segment.p_flags & PF_W) != 0 || address - first >= segment.p_offset - file + segment.p_filesz)
			return false;
		*offset = file + (address - first);
		found = true;
	}
	return found;
}

/* A segment's notes, as far as the file has them. libelf keeps every piece it read: `budget`, in bytes, bounds them all, as
 * notes that aren't told twice are no larger than the file. */
static Elf_Data *notes_read(struct elf *elf, const GElf_Phdr *segment, uint64_t *budget)
{
	uint64_t there = segment->p_offset < elf->size ? elf->size - segment->p_offset : 0;
	uint64_t size = segment->p_filesz < there ? segment->p_filesz : there;

	if (size == 0 || size > TABLE_MAX || size > *budget)
		return NULL;
	*budget -= size;
	return elf_getdata_rawchunk(elf->handle, (int64_t)segment->p_offset, size,
				    segment->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
}

struct error *elf_notes(struct elf *elf, struct error *(*take)(void *context, const struct elf_note *note),
			void *context)
{
	GElf_Phdr segment;
	GElf_Nhdr header;
	size_t name, content, next;
	uint64_t budget = elf->size;

	for (size_t i = 0; i < elf->segments; i++) {
		if (!elf_segment(elf, i, PT_NOTE, &segment))
			continue;
		Elf_Data *data = notes_read(elf, &segment, &budget);
		for (size_t at = 0; data != NULL && (next = gelf_getnote(data, at, &header, &name, &content)) > 0;
		     at = next) {
			struct elf_note note = {header.n_type, (const char *)data->d_buf + name, header.n_namesz,
						(const uint8_t *)data->d_buf + content, header.n_descsz};
			TRY(take(context, &note));
		}
	}
	return NULL;
}

bool elf_is_fixed(const struct elf *elf)
{
	return elf->header.e_type == ET_EXEC;
}

/* Whether the dynamic section gives the file a name as a library. */
static bool elf_has_soname(struct elf *elf, const GElf_Phdr *dynamic)
{
	GElf_Dyn entry;

	if (dynamic->p_filesz > elf->size || dynamic->p_filesz > TABLE_MAX)
		return false;
	Elf_Data *data = elf_getdata_rawchunk(elf->handle, (int64_t)dynamic->p_offset, dynamic->p_filesz, ELF_T_DYN);
	size_t entries = data != NULL ? data->d_size / sizeof(Elf64_Dyn) : 0;
	for (size_t i = 0; i < entries && gelf_getdyn(data, (int)i, &entry) != NULL && entry.d_tag != DT_NULL; i++) {
		if (entry.d_tag == DT_SONAME)
			return true;
	}
	return false;
}

bool elf_is_library(struct elf *elf)
{
	GElf_Phdr segment;
	bool program = false, dynamic = false;

	for (size_t i = 0; i < elf->segments; i++) {
		if (!dynamic && elf_segment(elf, i, PT_DYNAMIC, &segment)) {
			dynamic = true; /* one: libelf keeps each that is read */
			if (elf_has_soname(elf, &segment))
				return true;
		}
		program = program || elf_segment(elf, i, PT_INTERP, &segment);
	}
	return elf->header.e_type == ET_DYN && !program;
}

bool elf_is_stripped(struct elf *elf)
{
	GElf_Shdr header;

	return elf_table(elf, SHT_SYMTAB, &header) == NULL;
}

/* The build-id in one segment of notes; false where there is none. */
static bool notes_build_id(Elf_Data *data, struct elf_build_id *id)
{
	GElf_Nhdr note;
	size_t name, content, next;

	for (size_t at = 0; (next = gelf_getnote(data, at, &note, &name, &content)) > 0; at = next) {
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof ELF_NOTE_GNU ||
		    memcmp((const char *)data->d_buf + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) != 0 ||
		    note.n_descsz == 0 || note.n_descsz > ELF_BUILD_ID_MAX)
			continue;
		memcpy(id->bytes, (const char *)data->d_buf + content, note.n_descsz);
		id->size = note.n_descsz;
		return true;
	}
	return false;
}

struct elf_build_id elf_build_id(struct elf *elf)
{
	struct elf_build_id id = {.size = 0};
	uint64_t budget = elf->size;
	GElf_Phdr segment;

	for (size_t i = 0; i < elf->segments; i++) {
		if (!elf_segment(elf, i, PT_NOTE, &segment))
			continue;
		Elf_Data *data = notes_read(elf, &segment, &budget);
		if (data != NULL && notes_build_id(data, &id))
			break;
	}
	return id;
}
