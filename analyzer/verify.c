/* Is this heap whole and of one piece?
 *
 * The reader has checked members, checksums and ranges while the graph was loaded; here every id is checked once more
 * against what it indexes, sums are formed anew, and two questions are asked that only the graph can answer: how much of it
 * do the roots reach, and are there objects with more references in the snapshot than the interpreter counted?
 */
#include "analyzer/verify.h"

#include "analyzer/info.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error *contradiction(const struct graph *graph, const char *format, ...) PRINTF(2, 3) CHECKED;

static struct error *contradiction(const struct graph *graph, const char *format, ...)
{
	char buffer[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(buffer, sizeof buffer, format, arguments);
	va_end(arguments);
	return error_create(ERROR_INPUT, "%s: %s", reader_path(graph->reader), buffer);
}

static void add(struct report *report, struct section *table, const char *name, const char *what, uint64_t count)
{
	struct cell *row = section_row(report, table);
	row_set(row, 0, report_string(report, name));
	row_set(row, 1, cell_number(count));
	row_set(row, 2, report_string(report, what));
}

static struct error *check_objects(const struct graph *graph, uint64_t *size)
{
	struct snapshot_counts counts = reader_counts(graph->reader);
	*size = 0;
	for (node_id i = 0; i < graph->nodes; i++) {
		if (i > 0 && graph->address[i] <= graph->address[i - 1])
			return contradiction(graph, "object %" PRIu32 " does not lie above the one before", i);
		if (graph->type[i] >= counts.types)
			return contradiction(graph, "object %" PRIu32 " is of type %" PRIu32 ", which there is not", i,
					     graph->type[i]);
		if (graph->generation[i] >= GENERATION_COUNT)
			return contradiction(graph, "object %" PRIu32 " is of generation %u", i, graph->generation[i]);
		if (__builtin_add_overflow(*size, graph_size(graph, i), size))
			return contradiction(graph, "the objects' sizes add up to more than 2^64 bytes");
	}
	if (*size != counts.size)
		return contradiction(graph, "the objects' sizes add up to %" PRIu64 " bytes, the file says %" PRIu64,
				     *size, counts.size);
	return NULL;
}

static struct error *check_edges(const struct graph *graph)
{
	for (uint32_t e = 0; e < graph->edges; e++)
		if (graph->targets[e] >= graph->nodes)
			return contradiction(graph, "edge %" PRIu32 " leads to object %" PRIu32 ", which there is not",
					     e, graph->targets[e]);
	return NULL;
}

static struct error *check_types(const struct graph *graph)
{
	uint64_t count = reader_counts(graph->reader).types;
	const struct type_record *types = reader_types(graph->reader);
	for (uint64_t t = 0; t < count; t++) {
		if (types[t].base != NO_ID && types[t].base >= count)
			return contradiction(graph, "type %" PRIu64 " has base %" PRIu32 ", which there is not", t,
					     types[t].base);
		if (types[t].node != NO_ID && types[t].node >= graph->nodes)
			return contradiction(graph, "type %" PRIu64 " is object %" PRIu32 ", which there is not", t,
					     types[t].node);
		if (types[t].node != NO_ID && graph->address[types[t].node] != types[t].address)
			return contradiction(graph, "type %" PRIu64 " does not lie where its object does", t);
	}
	return NULL;
}

static struct error *check_roots(const struct graph *graph)
{
	struct snapshot_counts counts = reader_counts(graph->reader);
	const struct edge_record *edges = reader_root_edges(graph->reader);
	for (uint64_t e = 0; e < counts.root_edges; e++)
		if (edges[e].target >= graph->nodes)
			return contradiction(graph, "a root leads to object %" PRIu32 ", which there is not",
					     edges[e].target);
	return NULL;
}

/* References that the snapshot holds and the interpreter counts: all but weak and guessed ones. */
static bool is_counted(enum edge_class class)
{
	return class == EDGE_OWNED || class == EDGE_UNVISITED;
}

/* Objects, immortal ones apart, of which more references were found than their refcount says. */
static struct error *count_excess(const struct graph *graph, uint64_t *excess)
{
	AUTO(free) void *memory = calloc((size_t)graph->nodes + 1, sizeof(uint32_t));
	uint32_t *found = memory;
	if (found == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		for (uint32_t e = graph->offsets[i]; e < graph->offsets[i + 1]; e++)
			found[graph->targets[e]] += is_counted(edge_kind_class(graph->edge_kinds[e]));
	const struct edge_record *roots = reader_root_edges(graph->reader);
	for (uint64_t e = 0; e < reader_counts(graph->reader).root_edges; e++)
		found[roots[e].target] += is_counted(roots[e].class);
	*excess = 0;
	for (node_id i = 0; i < graph->nodes; i++)
		*excess += !(graph->flags[i] & OBJECT_IMMORTAL) && found[i] > narrow_get(&graph->refcount, i);
	return NULL;
}

static struct error *count_reached(const struct graph *graph, uint64_t *reached)
{
	AUTO(free) void *seen_memory = calloc((size_t)graph->nodes + 1, 1);
	AUTO(free) void *stack_memory = malloc(((size_t)graph->nodes + 1) * sizeof(node_id));
	uint8_t *seen = seen_memory;
	node_id *stack = stack_memory;
	if (seen == NULL || stack == NULL)
		return error_memory();
	size_t depth = 0;
	*reached = 0;
	const struct edge_record *roots = reader_root_edges(graph->reader);
	for (uint64_t r = 0; r < reader_counts(graph->reader).root_edges; r++) {
		if (!seen[roots[r].target])
			stack[depth++] = roots[r].target;
		seen[roots[r].target] = 1;
		while (depth > 0) {
			node_id from = stack[--depth];
			++*reached;
			for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++) {
				node_id target = graph->targets[e];
				if (seen[target] || !edge_kind_holds(graph->edge_kinds[e]))
					continue;
				seen[target] = 1;
				stack[depth++] = target;
			}
		}
	}
	return NULL;
}

static void say_verdict(struct report *report, const struct graph *graph)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	const char *path = reader_path(graph->reader);
	text_add_escaped(&text, path, strlen(path));
	text_add(&text, reader_complete(graph->reader) ? ": whole" : ": whole as a file, but the capture was partial");
	report_set_verdict(report, &text);
}

struct error *verify_report(struct report *report, const struct graph *graph)
{
	static const struct field fields[] = {
		{"check", "checked", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "count", VALUE_COUNT, RANK_ALWAYS, false},
		{"finding", "finding", VALUE_TEXT, RANK_ALWAYS, false},
	};
	struct snapshot_counts counts = reader_counts(graph->reader);
	uint64_t size = 0, excess = 0, reached = 0;
	TRY(check_objects(graph, &size));
	TRY(check_edges(graph));
	TRY(check_types(graph));
	TRY(check_roots(graph));
	TRY(count_excess(graph, &excess));
	TRY(count_reached(graph, &reached));
	say_verdict(report, graph);
	struct section *table = report_section(report, "rows", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	add(report, table, "bytes", "every member matches its checksum", reader_file_size(graph->reader));
	add(report, table, "objects", "addresses ascend, types are known, sizes add up", counts.nodes);
	add(report, table, "references", "each leads to an object of the file", counts.edges);
	add(report, table, "types", "bases and objects are there", counts.types);
	add(report, table, "roots", "each leads to objects of the file", counts.roots);
	add(report, table, "reached", "objects that the roots lead to", reached);
	add(report, table, "unreached", "objects that only C code or each other hold", counts.nodes - reached);
	add(report, table, "excess", "objects with more references found than counted", excess);
	info_remark_losses(report, graph->reader);
	return report_error(report);
}
