/* Heap: puts the parts together: source, mirror, layout, decoder, marks, roots, in the order in which they depend on
 * each other, and hands them to discovery and emission.
 */
#include "dumper/heap.h"

#include "dumper/allocator.h"
#include "dumper/emit.h"
#include "dumper/facts.h"
#include "dumper/roots.h"
#include "dumper/secrets.h"

#include <stdlib.h>

struct heap {
	struct source *source;
	const struct process *process;
	const struct runtime *runtime;
	struct mirror *mirror;
	struct layout layout;
	struct type_table *types;
	struct marks *marks;
	struct decoder decoder;
	struct roots roots;
	struct facts facts;
	struct arenas arenas;
	struct pools pools;         /* from the emission on, */
	struct allocator allocator; /* and so this */
	bool changed;               /* by the last whole reading, without a stop */
	uint64_t thawed_bytes;      /* of the mirror when it was thawed, UINT64_MAX: never */
	struct gc_facts gc;
	char process_hash[33];
	struct secrets secrets; /* filled where previews are kept */
	size_t preview;         /* bytes */
	bool own_key;           /* hashes are made with the process's own */
	char key_id[17];
};

void heap_close(struct heap *heap)
{
	if (heap == NULL)
		return;
	roots_deinit(&heap->roots);
	facts_deinit(&heap->facts);
	pools_deinit(&heap->pools);
	arenas_deinit(&heap->arenas);
	secrets_deinit(&heap->secrets);
	marks_destroy(heap->marks);
	decoder_deinit(&heap->decoder);
	type_table_destroy(heap->types);
	mirror_destroy(heap->mirror);
	source_destroy(heap->source);
	free(heap);
}

static struct error *choose_layout(struct heap *heap)
{
	const struct layout *table = layout_find(heap->runtime->version_hex);

	if (table == NULL)
		return error_create(ERROR_REFUSED, "CPython %s has no layout table here; heapdump --version lists those it knows",
				    heap->runtime->version);
	return layout_adapt(table, heap->mirror, heap->runtime->address, &heap->layout);
}

/* The key of the hashes, and what tells it, follow from `key` in ways that don't lead from one to another. */
static void use_key(struct heap *heap, const uint8_t key[CHECKSUM_KEY])
{
	struct checksum hashes = checksum_derive(key, "heapdiff content hashes");
	struct checksum id = checksum_derive(key, "heapdiff key id");
	char text[33];

	checksum_secret_init(&heap->decoder.secret, hashes.bytes);
	heap->decoder.keyed = true;
	checksum_hex(&id, text);
	memcpy(heap->key_id, text, sizeof heap->key_id - 1);
}

/* Snapshots of one process compare their hashes, others can't: the key is what the kernel gave that process alone. */
static struct error *derive_hash_key(struct heap *heap)
{
	uint8_t random[CHECKSUM_KEY] = {0};
	bool found = false;

	TRY(process_hash(heap->process, heap->source, heap->process_hash));
	TRY(process_random(heap->process, heap->source, random, &found));
	heap->own_key = true;
	if (found)
		use_key(heap, random);
	return NULL;
}

static struct error *heap_fill(struct heap *heap, struct heap *donor)
{
	TRY(mirror_create(heap->source, &heap->mirror));
	if (donor != NULL)
		mirror_adopt(heap->mirror, donor->mirror);
	TRY(choose_layout(heap));
	TRY(type_table_create(heap->mirror, &heap->layout, &heap->types));
	TRY(marks_create(&heap->marks));
	heap->decoder.mirror = heap->mirror;
	heap->decoder.layout = &heap->layout;
	heap->decoder.types = heap->types;
	TRY(derive_hash_key(heap));
	return collector_facts(&heap->decoder, heap->runtime->address, &heap->gc);
}

struct error *heap_open(struct source **source, const struct process *process, const struct runtime *runtime,
			struct heap *donor, struct heap **result)
{
	AUTO(heap) struct heap *heap = calloc(1, sizeof *heap);

	if (heap == NULL)
		return error_memory();
	roots_init(&heap->roots);
	facts_init(&heap->facts);
	heap->thawed_bytes = UINT64_MAX;
	arenas_init(&heap->arenas);
	pools_init(&heap->pools);
	secrets_init(&heap->secrets);
	heap->source = steal(source);
	heap->process = process;
	heap->runtime = runtime;
	TRY(heap_fill(heap, donor));
	*result = steal(&heap);
	return NULL;
}

struct error *heap_keep(struct heap *heap, const struct contents *contents)
{
	uint64_t texts = 0;

	if (contents->key != NULL) {
		heap->own_key = false;
		use_key(heap, contents->key);
	}
	if (contents->preview == 0)
		return NULL;
	TRY(secrets_read_start(&heap->secrets, heap->source, heap->process->random_address, &texts));
	if (texts == 0)
		return error_create(ERROR_REFUSED,
				    "--values: the arguments and the environment of the process can't be read, so that their "
				    "values can't be kept out; a capture without --values is possible");
	heap->preview = contents->preview;
	heap->decoder.contents = true;
	return NULL;
}

void heap_ask(struct heap *heap, struct traverse *traverse)
{
	heap->decoder.traverse = traverse;
}

struct tracked {
	struct collector_visitor visitor; /* first */
	struct discovery *discovery;
	struct facts *facts;
};

static struct error *visit_tracked(struct collector_visitor *visitor, uint64_t address, enum generation generation)
{
	TRY(facts_count(((struct tracked *)visitor)->facts, visitor->interpreter, generation));
	return discovery_tracked(((struct tracked *)visitor)->discovery, address, generation);
}

static bool inside_object(void *context, uint64_t address)
{
	return discovery_inside(context, address);
}

static struct error *discover_roots(struct heap *heap, struct discovery *discovery, size_t first_edge)
{
	for (size_t i = first_edge; i < heap->roots.edges.count; i++)
		TRY(discovery_root(discovery, &heap->roots.edges.items[i]));
	return discovery_run(discovery);
}

/* Nothing changed while it was read, and nothing was read later. */
static bool is_one_moment(const struct heap *heap)
{
	return !heap->changed && mirror_bytes(heap->mirror) <= heap->thawed_bytes;
}

struct error *heap_discover(struct heap *heap, const struct discovery_limits *limits)
{
	AUTO(discovery) struct discovery *discovery = NULL;
	struct tracked tracked = {.visitor.object = visit_tracked, .facts = &heap->facts};
	struct facts_input input = {.decoder = &heap->decoder, .runtime = heap->runtime};
	size_t precise;

	mirror_limit(heap->mirror, limits->memory_bytes); /* one object may have gigabytes of items */
	TRY(discovery_create(&heap->decoder, heap->marks, limits, &discovery));
	tracked.discovery = discovery;
	TRY(roots_collect(&heap->decoder, heap->runtime->address, &heap->roots));
	if (heap->roots.interpreters == 0) /* a torn list: without it all that follows would be an empty heap */
		return error_create_at(ERROR_FAULT, heap->runtime->address,
				       "the runtime at %#lx lists no interpreter that can be read",
				       (unsigned long)heap->runtime->address);
	/* From here on there is something to show when the target ends. But values of its own, which may have changed since it
	 * started, must be known to be kept out. */
	if (heap->preview == 0)
		mirror_outlive(heap->mirror);
	TRY(arenas_find(&heap->decoder, heap->runtime, &heap->arenas));
	arenas_fetch(&heap->arenas, heap->mirror, &heap->layout);
	TRY(collector_walk(&heap->decoder, heap->runtime->address, &tracked.visitor));
	TRY(discover_roots(heap, discovery, 0));
	precise = heap->roots.edges.count;
	TRY(discovery_block(discovery, heap->runtime->address, (uint64_t)heap->layout.runtime_size));
	TRY(roots_collect_globals(&heap->decoder, inside_object, discovery, &heap->roots));
	TRY(discover_roots(heap, discovery, precise));
	input.noted = discovery_noted(discovery, &input.noted_count);
	TRY(facts_collect(&input, &heap->facts));
	mirror_freeze(heap->mirror);
	discovery_settle(discovery, is_one_moment(heap), heap->roots.interpreters);
	heap->decoder.losses[LOSS_target_gone] = mirror_outlived(heap->mirror);
	if (heap->gc.collecting)
		heap->decoder.losses[LOSS_gc_running] = 1;
	TRY(marks_seal(heap->marks));
	return roots_collect_statics(&heap->decoder, heap->marks, &heap->roots);
}

void heap_copy(struct heap *heap, const struct plan *plan, uint64_t limit)
{
	plan_fetch(plan, heap->mirror, limit);
}

struct error *heap_reread(struct heap *heap, bool changed_only, uint64_t *changed)
{
	*changed = mirror_reread(heap->mirror, changed_only);
	if (!changed_only)
		heap->changed = *changed != 0;
	const struct error *error = mirror_error(heap->mirror);

	if (error != NULL)
		return error_create(error->code, "%s", error->message);
	return collector_facts(&heap->decoder, heap->runtime->address, &heap->gc);
}

void heap_thaw(struct heap *heap)
{
	heap->thawed_bytes = mirror_bytes(heap->mirror);
	mirror_thaw(heap->mirror);
}

struct error *heap_learn(const struct heap *heap, struct plan *plan)
{
	return plan_learn(plan, heap->mirror);
}

struct error *heap_learn_missed(const struct heap *heap, struct plan *plan, bool *missed)
{
	const uint64_t *chunks;

	*missed = mirror_missed(heap->mirror, &chunks) > 0;
	return *missed ? plan_add_missed(plan, heap->mirror) : NULL;
}

/* The arenas were fetched by the discovery; what is in them can be told now. */
static struct error *read_pools(struct heap *heap)
{
	TRY(pools_read(&heap->arenas, heap->mirror, &heap->layout, &heap->pools));
	heap->allocator = allocator_judge(&heap->decoder, heap->runtime, heap->marks, &heap->pools);
	heap->decoder.losses[LOSS_arena_broken] = heap->arenas.broken + heap->pools.broken;
	return NULL;
}

/* Of what was lost, or changed while it was read, all that nothing else leads to would be orphans. */
static bool orphans_tell(const struct heap *heap)
{
	return heap_whole(heap) && is_one_moment(heap);
}

static struct error *emit(struct heap *heap, struct footprint *footprint, struct interrupt *interrupt, struct writer *writer)
{
	const struct emit_input input = {.decoder = &heap->decoder, .marks = heap->marks, .roots = &heap->roots,
					 .pools = &heap->pools,
					 .orphans = orphans_tell(heap),
					 .block_prefix = heap->allocator.debug ? ALLOCATOR_DEBUG_BEFORE : 0,
					 .interrupt = interrupt, .preview = heap->preview,
					 .secrets = &heap->secrets, .traces = &heap->facts.traces,
					 .footprint = footprint};
	const struct facts_output output = {.decoder = &heap->decoder, .marks = heap->marks, .process = heap->process};
	uint64_t discovered[LOSS_COUNT];
	struct error *error;

	/* The second pass meets the same losses again: they count once. */
	memcpy(discovered, heap->decoder.losses, sizeof discovered);
	if (heap->preview > 0)
		TRY(secrets_find(&heap->secrets, &heap->decoder, &heap->roots));
	error = emit_heap(&input, writer);
	if (error == NULL)
		error = facts_emit(&heap->facts, &output, writer);
	discovered[LOSS_name_unreadable] = heap->decoder.losses[LOSS_name_unreadable];
	memcpy(heap->decoder.losses, discovered, sizeof discovered);
	return error;
}

struct error *heap_emit(struct heap *heap, struct footprint *footprint, struct interrupt *interrupt, struct writer *writer)
{
	TRY(read_pools(heap));
	return emit(heap, footprint, interrupt, writer);
}

struct error *heap_add_arenas(const struct heap *heap, struct footprint *footprint)
{
	for (size_t i = 0; i < heap->arenas.items.count; i++)
		TRY(footprint_add(footprint, PART_ARENA, heap->arenas.items.items[i].address,
				  (uint64_t)heap->layout.arena_size));
	return NULL;
}

bool heap_whole(const struct heap *heap)
{
	for (int i = 0; i < LOSS_COUNT; i++)
		if (heap->decoder.losses[i] != 0 && loss_is_partial((enum loss)i))
			return false;
	return true;
}

bool heap_losses(const struct heap *heap, struct writer *writer, uint64_t losses[LOSS_COUNT])
{
	for (int i = 0; i < LOSS_COUNT; i++) {
		losses[i] = heap->decoder.losses[i];
		writer_loss(writer, (enum loss)i, losses[i]);
	}
	return heap_whole(heap);
}

struct source *heap_source(const struct heap *heap)
{
	return heap->source;
}

struct mirror *heap_mirror(const struct heap *heap)
{
	return heap->mirror;
}

const struct gc_facts *heap_gc(const struct heap *heap)
{
	return &heap->gc;
}

const char *heap_layout_name(const struct heap *heap)
{
	return heap->layout.name;
}

const char *heap_process_hash(const struct heap *heap)
{
	return heap->process_hash;
}

size_t heap_preview(const struct heap *heap)
{
	return heap->preview;
}

const char *heap_hash_key(const struct heap *heap)
{
	return !heap->decoder.keyed ? NULL : heap->own_key ? "process" : "file";
}

const char *heap_hash_key_id(const struct heap *heap)
{
	return heap->key_id;
}

const char *heap_allocator(const struct heap *heap)
{
	return heap->allocator.name;
}

uint64_t heap_interpreters(const struct heap *heap)
{
	return heap->roots.interpreters;
}

uint64_t heap_bytes_read(const struct heap *heap)
{
	return mirror_bytes(heap->mirror);
}

const struct traces *heap_traces(const struct heap *heap)
{
	return &heap->facts.traces;
}
