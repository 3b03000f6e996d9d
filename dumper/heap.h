/* Heap: everything known of one target's heap while it is captured, from whatever source: mirror, layout, types, marks, roots.
 */
#ifndef DUMPER_HEAP_H
#define DUMPER_HEAP_H

#include "dumper/collector.h"
#include "dumper/discover.h"
#include "dumper/footprint.h"
#include "dumper/plan.h"
#include "dumper/process.h"
#include "dumper/runtime.h"
#include "dumper/traces.h"
#include "format/writer.h"

struct heap;

/* Takes *source over. Chooses and checks the layout: ERROR_REFUSED where none fits. Reads the collector's state and the
 * hash key; nothing of the objects yet. `process` and `runtime` are borrowed until destroy. An earlier heap of the process may
 * give its memory (NULL: none); it is of no use afterwards, but still the caller's to destroy. */
struct error *heap_open(struct source **source, const struct process *process, const struct runtime *runtime,
			struct heap *donor, struct heap **result) CHECKED;
/* What is kept of contents. Right after heap_open, in the same stop. */
struct contents {
	size_t preview;     /* bytes of a preview, 1..VALUE_MAX; 0: none */
	const uint8_t *key; /* CHECKSUM_KEY bytes, of which hashes are made; NULL: the process's own */
};
/* ERROR_REFUSED where previews are wanted and the process's arguments and environment can't be told from other data. */
struct error *heap_keep(struct heap *heap, const struct contents *contents) CHECKED;
/* Whom to ask about types that no layout covers; borrowed until destroy. Before the discovery. */
void heap_ask(struct heap *heap, struct traverse *traverse);
void heap_close(struct heap *heap);
DEFINE_AUTO(heap, struct heap *, heap_close);

/* Finds every object; afterwards nothing more is read from the target. */
struct error *heap_discover(struct heap *heap, const struct discovery_limits *limits) CHECKED;
/* Copies what the plan says, up to about `limit` bytes (0: all); afterwards nothing more is read from the target, and discovery
 * works on the copy. */
void heap_copy(struct heap *heap, const struct plan *plan, uint64_t limit);
/* For a target that was not stopped: reads the copy again, or only those chunks in which an earlier call found a change, and
 * tells how many have changed (mirror_reread), and the collector's state as it is in there by now. */
struct error *heap_reread(struct heap *heap, bool changed_only, uint64_t *changed) CHECKED;
/* The discovery may fetch what the copy lacks. */
void heap_thaw(struct heap *heap);
/* Makes a plan from what a discovery looked at. */
struct error *heap_learn(const struct heap *heap, struct plan *plan) CHECKED;
/* Whether the discovery asked for something that the copy does not hold; adds it to the plan. */
struct error *heap_learn_missed(const struct heap *heap, struct plan *plan, bool *missed) CHECKED;
/* Writes types, objects, edges, roots and native memory. The memory of the objects is added to `footprint` (NULL: none). */
struct error *heap_emit(struct heap *heap, struct footprint *footprint, struct interrupt *interrupt, struct writer *writer)
	CHECKED;
/* Tells a footprint of pymalloc's arenas, after the discovery. */
struct error *heap_add_arenas(const struct heap *heap, struct footprint *footprint) CHECKED;
/* Whether nothing was lost so far that would make the snapshot partial. */
bool heap_whole(const struct heap *heap);
/* Hands the losses to the writer and copies them; false where one of them makes the snapshot partial. */
bool heap_losses(const struct heap *heap, struct writer *writer, uint64_t losses[LOSS_COUNT]);

/* Borrowed until destroy. */
struct source *heap_source(const struct heap *heap);
struct mirror *heap_mirror(const struct heap *heap);
const struct gc_facts *heap_gc(const struct heap *heap);
const char *heap_layout_name(const struct heap *heap);
const char *heap_process_hash(const struct heap *heap); /* 32 hexadecimal digits, "" unknown */
size_t heap_preview(const struct heap *heap);               /* bytes, as was asked for */
const char *heap_hash_key(const struct heap *heap);         /* process or file; NULL: contents are not hashed */
const char *heap_hash_key_id(const struct heap *heap);      /* 16 hexadecimal digits, "" likewise */
uint64_t heap_interpreters(const struct heap *heap);
const char *heap_allocator(const struct heap *heap);        /* as format/meta.def says; once emitted */
const struct traces *heap_traces(const struct heap *heap);
uint64_t heap_bytes_read(const struct heap *heap);      /* bytes */

#endif
