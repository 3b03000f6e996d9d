/* Core: makes core files and the libraries that they have mapped, as the kernel and gcore write them, and as nobody does.
 *
 *     AUTO(made_core) struct made_core *made = made_core_create();
 *     made_core_segment(made, 0x10000, 0x2000, 0x1000, "rw-");   2 pages, of which the core holds one
 *     made_core_map(made, 0x20000, 0x21000, 0, "/usr/lib/x.so"); a line of NT_FILE
 *     AUTO(string) char *path = made_core_write(made);           a temporary file, to be unlinked
 */
#ifndef TESTS_DUMPER_HELP_CORE_H
#define TESTS_DUMPER_HELP_CORE_H

#include "base/guard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct made_core;
struct made_core *made_core_create(void);
void made_core_destroy(struct made_core *made);
DEFINE_AUTO(made_core, struct made_core *, made_core_destroy);

/* The bytes held are core_pattern's until they are poked. `access` is as in /proc/PID/maps. */
void made_core_segment(struct made_core *made, uint64_t start, uint64_t memory, uint64_t held, const char *access);
void made_core_poke(struct made_core *made, uint64_t address, const void *bytes, size_t size);
void made_core_zeros(struct made_core *made, uint64_t address, size_t size);
/* The segment added last stands at this offset of the file, whatever lies there. */
void made_core_share(struct made_core *made, uint64_t offset);
void made_core_map(struct made_core *made, uint64_t start, uint64_t end, uint64_t offset, const char *path);
void made_core_process(struct made_core *made, uint32_t pid, uint32_t uid, const char *command);
void made_core_thread(struct made_core *made);
void made_core_thread_at(struct made_core *made, uint64_t stack_pointer);
void made_core_auxiliary(struct made_core *made, uint64_t type, uint64_t value);
void made_core_note(struct made_core *made, uint32_t type, const void *content, size_t size);
void made_core_notes_last(struct made_core *made); /* as gcore does */

/* The file; owned by the caller. */
uint8_t *made_core_bytes(const struct made_core *made, size_t *size);
/* The same as a file; its path is owned by the caller. */
char *made_core_write(const struct made_core *made);
/* Writes bytes to a new temporary file. */
char *made_file(const void *bytes, size_t size);

/* The byte that a made core holds at an address. */
uint8_t core_pattern(uint64_t address);

/* A shared library of 4 pages: headers and build-id; constants; data, writable; and the first 100 bytes of one more page of
 * constants, at which the file ends. Bytes behind the headers are core_pattern's of their offset in the file. It loads at
 * address 0 with each page at its offset, but the last at LIBRARY_LAST. */
#define LIBRARY_SIZE (3 * 4096 + 100)
#define LIBRARY_LAST 0x8000
void made_library(uint8_t bytes[LIBRARY_SIZE], uint8_t id);
/* Maps it whole at `start`: its segments, of which the core holds the first page and the data, and, where there is a path, its
 * lines of NT_FILE. */
void made_core_library(struct made_core *made, uint64_t start, uint8_t id, const char *path);

#endif
