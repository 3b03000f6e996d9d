/* How does a snapshot become a graph, in memory that is known beforehand?
 *
 * Chunks are decoded straight into their place in the columns; what the file keeps as 64 bits and the graph as 32
 * goes through a buffer of one chunk. Whether there is memory for all columns is asked first. Degrees are turned into offsets
 * in place, after the edges that need them as degrees are there.
 * Cost: one pass over the objects, one over the edges; memory: the columns and 2 MiB.
 */
#include "analyzer/load.h"

#include "analyzer/holding.h"
#include "analyzer/memory.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct loading {
	struct reader *reader;
	struct graph *graph;
	const struct progress *progress;
	uint64_t done, total;                  /* chunks */
	uint64_t *size, *getsizeof, *refcount, *length, *payload; /* one chunk each */
	uint8_t *name, *class;                 /* one chunk each */
};

static void loading_deinit(struct loading *loading)
{
	graph_destroy(loading->graph);
	free(loading->size);
	free(loading->getsizeof);
	free(loading->refcount);
	free(loading->length);
	free(loading->payload);
	free(loading->name);
	free(loading->class);
}
DEFINE_AUTO_VALUE(loading, struct loading, loading_deinit);

static uint64_t object_bytes(unsigned columns)
{
	uint64_t bytes = 0;
	if (columns & GRAPH_ADDRESS)
		bytes += sizeof(uint64_t);
	if (columns & GRAPH_TYPE)
		bytes += sizeof(type_id);
	if (columns & GRAPH_SIZE)
		bytes += sizeof(uint32_t);
	if (columns & GRAPH_GETSIZEOF)
		bytes += sizeof(uint32_t);
	if (columns & GRAPH_REFCOUNT)
		bytes += sizeof(uint32_t);
	if (columns & GRAPH_LENGTH)
		bytes += sizeof(uint32_t);
	if (columns & GRAPH_GENERATION)
		bytes += sizeof(uint8_t);
	if (columns & GRAPH_FLAGS)
		bytes += sizeof(uint8_t);
	if (columns & GRAPH_CONTENT_HASH)
		bytes += sizeof(uint64_t);
	if (columns & (GRAPH_EDGES | GRAPH_EDGE_KINDS))
		bytes += sizeof(uint32_t);
	return bytes;
}

static uint64_t edge_bytes(unsigned columns)
{
	uint64_t bytes = 0;
	if (columns & (GRAPH_EDGES | GRAPH_EDGE_KINDS))
		bytes += sizeof(node_id);
	if (columns & GRAPH_EDGE_KINDS)
		bytes += sizeof(uint8_t);
	if (columns & GRAPH_PAYLOADS)
		bytes += sizeof(uint32_t);
	return bytes;
}

uint64_t load_memory(const struct snapshot_counts *counts, unsigned columns)
{
	return saturating_add(saturating_multiply(counts->nodes, object_bytes(columns)),
			      saturating_multiply(counts->edges, edge_bytes(columns)));
}

/* Chunks are written whole: room up to the end of the last one. */
static size_t rounded(uint64_t count, uint64_t chunk)
{
	return (size_t)((count + chunk - 1) / chunk * chunk + 1);
}

static bool take(void *column, bool wanted, size_t count, size_t size)
{
	void **place = column;
	if (!wanted)
		return true;
	*place = memory_large(count, size);
	return *place != NULL;
}

static bool take_objects(struct loading *loading)
{
	struct graph *graph = loading->graph;
	unsigned columns = graph->columns;
	size_t room = rounded(graph->nodes, CHUNK_OBJECTS), roots = graph->places - graph->nodes;
	return take(&graph->address, columns & GRAPH_ADDRESS, room, sizeof *graph->address) &&
	       take(&graph->type, columns & GRAPH_TYPE, room, sizeof *graph->type) &&
	       take(&graph->size.values, columns & GRAPH_SIZE, room, sizeof *graph->size.values) &&
	       take(&graph->getsizeof.values, columns & GRAPH_GETSIZEOF, room, sizeof *graph->getsizeof.values) &&
	       take(&graph->refcount.values, columns & GRAPH_REFCOUNT, room, sizeof *graph->refcount.values) &&
	       take(&graph->length.values, columns & GRAPH_LENGTH, room, sizeof *graph->length.values) &&
	       take(&graph->generation, columns & GRAPH_GENERATION, room, sizeof *graph->generation) &&
	       take(&graph->flags, columns & GRAPH_FLAGS, room, sizeof *graph->flags) &&
	       take(&graph->content_hash, columns & GRAPH_CONTENT_HASH, room, sizeof *graph->content_hash) &&
	       take(&graph->offsets, columns & GRAPH_EDGES, room + roots, sizeof *graph->offsets) &&
	       take(&loading->size, columns & GRAPH_SIZE, CHUNK_OBJECTS, sizeof *loading->size) &&
	       take(&loading->getsizeof, columns & GRAPH_GETSIZEOF, CHUNK_OBJECTS, sizeof *loading->getsizeof) &&
	       take(&loading->refcount, columns & GRAPH_REFCOUNT, CHUNK_OBJECTS, sizeof *loading->refcount) &&
	       take(&loading->length, columns & GRAPH_LENGTH, CHUNK_OBJECTS, sizeof *loading->length);
}

static bool take_edges(struct loading *loading)
{
	struct graph *graph = loading->graph;
	bool kinds = graph->columns & GRAPH_EDGE_KINDS, payloads = graph->columns & GRAPH_PAYLOADS;
	size_t room = rounded(graph->edges, CHUNK_EDGES) + holding_root_edges(graph);
	return take(&graph->targets, graph->columns & GRAPH_EDGES, room, sizeof *graph->targets) &&
	       take(&graph->edge_kinds, kinds, room, sizeof *graph->edge_kinds) &&
	       take(&graph->payloads, payloads, room, sizeof *graph->payloads) &&
	       take(&loading->payload, payloads, CHUNK_EDGES, sizeof *loading->payload) &&
	       take(&loading->name, kinds, CHUNK_EDGES, sizeof *loading->name) &&
	       take(&loading->class, kinds, CHUNK_EDGES, sizeof *loading->class);
}

static struct error *narrow(struct narrow_column *column, const uint64_t *values, node_id first, uint32_t count)
{
	if (column->values == NULL)
		return NULL;
	uint32_t *to = column->values + first;
	uint64_t all = 0;
	for (uint32_t i = 0; i < count; i++) {
		to[i] = values[i] < NARROW_WIDE ? (uint32_t)values[i] : NARROW_WIDE;
		all |= values[i];
	}
	/* Without a value of 32 bits or more, none has to be listed. */
	for (uint32_t i = 0; all >= NARROW_WIDE && i < count; i++)
		if (values[i] >= NARROW_WIDE)
			TRY(vector_push(&column->wide, (struct wide_value){.node = first + i, .value = values[i]}));
	return NULL;
}

#define AT(column, first) ((column) == NULL ? NULL : (column) + (first))

static struct error *load_objects(struct loading *loading)
{
	struct graph *graph = loading->graph;
	uint32_t chunks = reader_object_chunks(loading->reader);
	uint64_t next = 0;
	for (uint32_t chunk = 0; chunk < chunks; chunk++) {
		struct object_columns columns = {
			.address = AT(graph->address, next),
			.type = AT(graph->type, next),
			.size = loading->size,
			.getsizeof = loading->getsizeof,
			.refcount = loading->refcount,
			.generation = AT(graph->generation, next),
			.flags = AT(graph->flags, next),
			.degree = AT(graph->offsets, next),
			.content_hash = AT(graph->content_hash, next),
			.length = loading->length,
		};
		node_id first;
		uint32_t count;
		TRY(reader_objects(loading->reader, chunk, &columns, &first, &count));
		TRY(narrow(&graph->size, loading->size, first, count));
		TRY(narrow(&graph->getsizeof, loading->getsizeof, first, count));
		TRY(narrow(&graph->refcount, loading->refcount, first, count));
		TRY(narrow(&graph->length, loading->length, first, count));
		next += count;
		progress_tell(loading->progress, "reading", ++loading->done, loading->total);
	}
	return NULL;
}

/* One chunk, next to its targets. */
static void keep_payloads(uint32_t *to, const uint64_t *payloads, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		to[i] = payloads[i] < PAYLOAD_NONE ? (uint32_t)payloads[i] : PAYLOAD_NONE;
}

static struct error *load_edges(struct loading *loading)
{
	struct graph *graph = loading->graph;
	uint32_t chunks = graph->columns & GRAPH_EDGES ? reader_edge_chunks(loading->reader) : 0;
	uint64_t next = 0;
	for (uint32_t chunk = 0; chunk < chunks; chunk++) {
		struct edge_columns columns = {.target = graph->targets + next,
					       .name = loading->name,
					       .class = loading->class,
					       .payload = loading->payload};
		uint64_t first;
		uint32_t count;
		TRY(reader_edges(loading->reader, chunk, graph->offsets, &columns, &first, &count));
		if (graph->edge_kinds != NULL)
			for (uint32_t i = 0; i < count; i++)
				graph->edge_kinds[next + i] = (uint8_t)(loading->class[i] << 6 | loading->name[i]);
		if (graph->payloads != NULL)
			keep_payloads(graph->payloads + next, loading->payload, count);
		next += count;
		progress_tell(loading->progress, "reading", ++loading->done, loading->total);
	}
	return NULL;
}

static struct error *sum_degrees(struct graph *graph)
{
	if (graph->offsets == NULL)
		return NULL;
	uint64_t sum = 0;
	for (node_id i = 0; i < graph->nodes; i++) {
		uint32_t degree = graph->offsets[i];
		graph->offsets[i] = (uint32_t)sum;
		sum += degree;
	}
	if (sum != graph->edges)
		return error_create(ERROR_INPUT, "%s: the objects have %" PRIu64 " edges, the file %" PRIu32,
				    reader_path(graph->reader), sum, graph->edges);
	graph->offsets[graph->nodes] = (uint32_t)sum;
	return NULL;
}

/* Indices that go without saying, and the keys of values, which are the targets before them; as long as no edge has gone. */
static void settle_payloads(struct graph *graph)
{
	uint32_t *payloads = graph->payloads;
	for (node_id i = 0; payloads != NULL && i < graph->nodes; i++) {
		uint32_t index = 0;
		for (uint32_t e = graph->offsets[i]; e < graph->offsets[i + 1]; e++) {
			enum edge_name name = edge_kind_name(graph->edge_kinds[e]);
			if (name == NAME_NEXT_INDEX)
				payloads[e] = index;
			else if (name == NAME_VALUE)
				payloads[e] = e > graph->offsets[i] ? graph->targets[e - 1] : PAYLOAD_NONE;
			if (name == NAME_NEXT_INDEX || name == NAME_INDEX)
				index = payloads[e] < PAYLOAD_NONE ? payloads[e] + 1 : PAYLOAD_NONE;
		}
	}
}

/* What has to be loaded for what is wanted. */
static unsigned implied(unsigned columns)
{
	if (columns & GRAPH_HOLDING)
		columns |= GRAPH_EDGE_KINDS | GRAPH_REFCOUNT | GRAPH_FLAGS;
	if (columns & GRAPH_EDGE_KINDS)
		columns |= GRAPH_EDGES;
	return columns;
}

/* Ids of places stay below 2^31, numbers of edges below 2^32. */
static struct error *check_counts(struct reader *reader, unsigned columns)
{
	struct snapshot_counts counts = reader_counts(reader);
	bool holding = columns & GRAPH_HOLDING;
	uint64_t places = counts.nodes + (holding ? counts.roots : 0);
	uint64_t edges = saturating_add(counts.edges, holding ? counts.root_edges : 0);
	if ((columns & GRAPH_EDGES) && edges >= UINT32_MAX)
		return error_create(ERROR_INPUT, "%s: %" PRIu64 " edges: more than 4,294,967,294 can't be analysed",
				    reader_path(reader), edges);
	if (places > NODES_MAX)
		return error_create(ERROR_INPUT, "%s: %" PRIu64 " objects and roots: more than 2,147,483,647 can't be analysed",
				    reader_path(reader), places);
	return NULL;
}

struct error *load_graph(struct reader *reader, unsigned columns, const struct progress *progress,
			 struct graph **result)
{
	if (columns & (GRAPH_WEAK | GRAPH_PAYLOADS))
		columns |= GRAPH_EDGE_KINDS;
	unsigned wanted = columns;
	columns = implied(columns);
	TRY(check_counts(reader, columns));
	struct snapshot_counts counts = reader_counts(reader);
	uint64_t needed = load_memory(&counts, columns);
	TRY(memory_check(reader_path(reader), needed));
	AUTO(loading) struct loading loading = {.reader = reader, .progress = progress, .graph = graph_create()};
	if (loading.graph == NULL)
		return error_memory();
	loading.graph->reader = reader;
	loading.graph->columns = columns;
	loading.graph->nodes = (node_id)counts.nodes;
	loading.graph->places = (uint32_t)(counts.nodes + (columns & GRAPH_HOLDING ? counts.roots : 0));
	loading.graph->edges = columns & GRAPH_EDGES ? (uint32_t)counts.edges : 0;
	if (!take_objects(&loading) || !take_edges(&loading))
		return memory_refused(reader_path(reader), needed);
	loading.total =
		(uint64_t)reader_object_chunks(reader) + (columns & GRAPH_EDGES ? reader_edge_chunks(reader) : 0);
	TRY(memory_explain(load_objects(&loading), reader_path(reader), needed));
	TRY(memory_explain(load_edges(&loading), reader_path(reader), needed));
	TRY(sum_degrees(loading.graph));
	settle_payloads(loading.graph);
	if (columns & GRAPH_HOLDING)
		TRY(memory_explain(holding_keep(loading.graph, wanted), reader_path(reader), needed));
	*result = steal(&loading.graph);
	return NULL;
}

static struct error *fill_addresses(const struct graph *graph, uint64_t *address)
{
	uint32_t chunks = reader_object_chunks(graph->reader);
	uint64_t next = 0;
	for (uint32_t chunk = 0; chunk < chunks; chunk++) {
		struct object_columns columns = {.address = address + next};
		node_id first;
		uint32_t count;
		TRY(reader_objects(graph->reader, chunk, &columns, &first, &count));
		next += count;
	}
	return NULL;
}

struct error *load_addresses(struct graph *graph)
{
	const char *path = reader_path(graph->reader);
	struct snapshot_counts counts = reader_counts(graph->reader);
	uint64_t needed = load_memory(&counts, GRAPH_ADDRESS);
	TRY(memory_check(path, needed));
	AUTO(free) void *memory = memory_large(rounded(graph->nodes, CHUNK_OBJECTS), sizeof(uint64_t));
	if (memory == NULL)
		return memory_refused(path, needed);
	TRY(memory_explain(fill_addresses(graph, memory), path, needed));
	graph->address = steal(&memory);
	graph->columns |= GRAPH_ADDRESS;
	return NULL;
}
