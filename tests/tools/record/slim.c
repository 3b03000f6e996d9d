/* Slim ELF files: a copy of zeros into which the kept parts are copied. The sizes and offsets stay those of the file, so its
 * headers stay true; the zeros cost nothing once they are compressed. The files are this machine's own interpreters, yet
 * nothing is read beyond their ends.
 */
#include "tests/tools/record/slim.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LARGEST ((off_t)1 << 30)

struct carving {
	const uint8_t *from;
	struct slim *slim;
	const Elf64_Ehdr *head;
	const Elf64_Shdr *sections;
};

void slim_deinit(struct slim *slim)
{
	free(slim->bytes);
}

static bool inside(const struct carving *carving, uint64_t offset, uint64_t size)
{
	return offset <= carving->slim->size && size <= carving->slim->size - offset;
}

static void keep(struct carving *carving, uint64_t offset, uint64_t size)
{
	if (inside(carving, offset, size))
		memcpy(carving->slim->bytes + offset, carving->from + offset, size);
}

static struct error *read_whole(int fd, uint8_t **bytes, size_t *size)
{
	struct stat found;
	AUTO(free) void *buffer = NULL;
	size_t done = 0;

	if (fstat(fd, &found) != 0 || found.st_size < (off_t)sizeof(Elf64_Ehdr) || found.st_size > FILE_LARGEST)
		return error_create(ERROR_INPUT, "no ELF file");
	buffer = malloc((size_t)found.st_size);
	if (buffer == NULL)
		return error_memory();
	while (done < (size_t)found.st_size) {
		ssize_t got = pread(fd, (uint8_t *)buffer + done, (size_t)found.st_size - done, (off_t)done);
		if (got <= 0)
			return error_create_errno(ERROR_IO, got < 0 ? errno : EIO, "can't read a mapped file");
		done += (size_t)got;
	}
	*bytes = steal(&buffer);
	*size = done;
	return NULL;
}

static const char *string_at(const struct carving *carving, uint32_t table, uint32_t name)
{
	const Elf64_Shdr *strings = table < carving->head->e_shnum ? &carving->sections[table] : NULL;

	if (strings == NULL || !inside(carving, strings->sh_offset, strings->sh_size) || name >= strings->sh_size ||
	    memchr(carving->from + strings->sh_offset + name, '\0', strings->sh_size - name) == NULL)
		return "";
	return (const char *)carving->from + strings->sh_offset + name;
}

static void keep_symbols(struct carving *carving, const Elf64_Shdr *table, const char *const *names, size_t count)
{
	if (!inside(carving, table->sh_offset, table->sh_size))
		return;
	for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= table->sh_size; at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol;

		memcpy(&symbol, carving->from + table->sh_offset + at, sizeof symbol);
		const char *name = string_at(carving, table->sh_link, symbol.st_name);
		for (size_t i = 0; i < count && name[0] != '\0'; i++) {
			if (strcmp(name, names[i]) != 0)
				continue;
			keep(carving, table->sh_offset + at, sizeof symbol);
			keep(carving, (uint64_t)((const uint8_t *)name - carving->from), strlen(name) + 1);
			carving->slim->wanted = carving->slim->wanted || symbol.st_shndx != SHN_UNDEF;
		}
	}
}

static void keep_section(struct carving *carving, const Elf64_Shdr *section, const char *const *names, size_t count)
{
	const char *name = string_at(carving, carving->head->e_shstrndx, section->sh_name);

	if (section->sh_type == SHT_DYNSYM || section->sh_type == SHT_SYMTAB)
		keep_symbols(carving, section, names, count);
	else if (strcmp(name, ".note.gnu.build-id") == 0)
		keep(carving, section->sh_offset, section->sh_size);
	else if (strcmp(name, ".PyRuntime") == 0)
		carving->slim->wanted = true;
}

static struct error *carve(struct carving *carving, const char *const *names, size_t count)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)carving->from;

	if (memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_machine != EM_X86_64 || head->e_shentsize != sizeof(Elf64_Shdr) || head->e_shoff % 8 != 0 ||
	    !inside(carving, head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr)) ||
	    !inside(carving, head->e_phoff, (uint64_t)head->e_phnum * sizeof(Elf64_Phdr)))
		return error_create(ERROR_INPUT, "no ELF file of x86-64 with sections");
	carving->head = head;
	carving->sections = (const Elf64_Shdr *)(carving->from + head->e_shoff);
	keep(carving, 0, sizeof *head);
	keep(carving, head->e_phoff, (uint64_t)head->e_phnum * sizeof(Elf64_Phdr));
	keep(carving, head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr));
	if (head->e_shstrndx < head->e_shnum)
		keep(carving, carving->sections[head->e_shstrndx].sh_offset,
		     carving->sections[head->e_shstrndx].sh_size);
	for (size_t i = 0; i < head->e_shnum; i++)
		keep_section(carving, &carving->sections[i], names, count);
	return NULL;
}

struct error *slim_read(int fd, const char *const *symbols, size_t count, struct slim *slim)
{
	uint8_t *bytes = NULL;
	size_t size = 0;

	TRY(read_whole(fd, &bytes, &size));
	AUTO(free) void *whole = bytes;
	AUTO(slim) struct slim made = {.bytes = calloc(size, 1), .size = size};
	struct carving carving = {.from = bytes, .slim = &made};
	if (made.bytes == NULL)
		return error_memory();
	TRY(carve(&carving, symbols, count));
	*slim = made;
	made.bytes = NULL;
	return NULL;
}

void slim_head(const struct slim *slim, uint64_t limit, void (*note)(uint64_t address, uint64_t size), uint64_t base)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)slim->bytes;
	const Elf64_Phdr *parts = (const Elf64_Phdr *)(slim->bytes + head->e_phoff);

	note(base, sizeof *head);
	note(base + head->e_phoff, (uint64_t)head->e_phnum * sizeof *parts);
	for (size_t i = 0; i < head->e_phnum; i++)
		if (parts[i].p_type == PT_NOTE && parts[i].p_offset < limit &&
		    parts[i].p_filesz <= limit - parts[i].p_offset)
			note(base + parts[i].p_offset, parts[i].p_filesz);
}
