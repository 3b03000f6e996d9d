/* Core: what a core file says of the process that it was made from: its memory, piece by piece, the files that were mapped,
 * and a few facts. Everything in it is foreign and checked here.
 */
#ifndef DUMPER_CORE_H
#define DUMPER_CORE_H

#include "base/arena.h"
#include "base/vector.h"
#include "dumper/elf.h"

struct core_mapping {        /* of a file, as the kernel's NT_FILE note lists it */
	uint64_t start, end; /* addresses, page-aligned */
	uint64_t offset;     /* of `start` in the file, bytes */
	const char *path;    /* without the kernel's mark of a deleted file */
	bool deleted;
};

struct core_segment {
	uint64_t start, end; /* addresses, page-aligned */
	uint64_t offset;     /* in the core file, bytes */
	uint64_t held;       /* bytes from `start` on that the core file holds */
	uint64_t lost;       /* bytes that it should hold, and would if it were not cut */
	uint64_t blank;      /* bytes at its end that stand as zeros in the core, as their writer couldn't read them */
	bool readable, writable, executable;
};

struct core {
	struct elf *elf;
	struct arena arena;                   /* of the paths */
	VECTOR(struct core_segment) segments; /* sorted by address, disjoint */
	VECTOR(struct core_mapping) mappings; /* sorted by address, disjoint */
	VECTOR(uint64_t) stack_pointers;      /* of the threads, where known */
	VECTOR(uint64_t) thread_pointers;     /* of the same threads: fs base */
	uint64_t pid;                         /* 0 unknown */
	uint64_t uid;                         /* UINT64_MAX unknown */
	uint64_t threads;                     /* 0 unknown */
	uint64_t random_address;              /* AT_RANDOM; 0 unknown */
	uint64_t program_headers;             /* AT_PHDR, in the main executable; 0 unknown */
	char command[17];                     /* at most 15 bytes in practice; "" unknown */
	bool listed;                          /* there is an NT_FILE note */
	bool uncounted;                       /* the table of segments is cut: there were more */
	uint64_t held, lost;                  /* bytes of memory in the file; bytes that are missing as it was cut */
	uint64_t blank;                       /* bytes that are missing as zeros were written instead */
};

/* ERROR_IO: can't be read; ERROR_INPUT: no core file of x86-64, or no memory is in it. A compressed one is decompressed
 * first (core_unpack.h). */
struct error *core_open(const char *path, struct core **result) CHECKED;
/* One that is open already, and plain; `fd` is taken over, whatever comes. `path` is for messages. */
struct error *core_open_plain(int fd, const char *path, struct core **result) CHECKED;
void core_destroy(struct core *core);
DEFINE_AUTO(core, struct core *, core_destroy);
/* Adds mappings that the core doesn't list; `path` is copied. core_order afterwards makes them known. */
struct error *core_add_mapping(struct core *core, const struct core_mapping *mapping) CHECKED;
void core_order(struct core *core);
/* Bytes that the core file itself holds: copies up to `size` of them from `address`, all in one segment; *got says how many. */
struct error *core_read(const struct core *core, uint64_t address, void *buffer, size_t size, size_t *got) CHECKED;
/* The mapping that holds `address`; NULL: none. */
const struct core_mapping *core_mapping_at(const struct core *core, uint64_t address);
/* The segment that holds `address`; NULL: none. */
const struct core_segment *core_segment_at(const struct core *core, uint64_t address);

#endif
