/* Load: from a reader to a graph. */
#ifndef ANALYZER_LOAD_H
#define ANALYZER_LOAD_H

#include "analyzer/graph.h"
#include "analyzer/progress.h"

/* Bytes of memory that a graph of these columns takes. */
uint64_t load_memory(const struct snapshot_counts *counts, unsigned columns);

/* `columns`: enum graph_column. The reader must outlive the graph; `progress` may be NULL.
 * ERROR_MEMORY says how much is needed and how much there is, before anything is read; ERROR_INPUT as the reader's. */
struct error *load_graph(struct reader *reader, unsigned columns, const struct progress *progress,
			 struct graph **result) CHECKED;
/* GRAPH_ADDRESS, of a graph that has none, for the time of a step that needs them: graph_forget_addresses ends it. Errors as
 * load_graph. One pass over that column. */
struct error *load_addresses(struct graph *graph) CHECKED;

#endif
