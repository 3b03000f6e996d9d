/* Info: what a snapshot is: of which process, when, how complete, and what lies in it by kind and generation. */
#ifndef ANALYZER_INFO_H
#define ANALYZER_INFO_H

#include "analyzer/graph.h"
#include "analyzer/report.h"
#include "analyzer/type_names.h"

/* Fills `report`; with `modules`, also a table of them. The graph needs GRAPH_TYPE, GRAPH_SIZE, GRAPH_GENERATION and GRAPH_FLAGS.
 * One pass over the objects. */
struct error *info_report(struct report *report, const struct graph *graph, const struct type_names *names, bool modules)
	CHECKED;

/* A warning that says for which reasons a snapshot is partial, and one where it was taken without a pause and may be torn. */
void info_remark_losses(struct report *report, const struct reader *reader);
/* The latter alone. */
void info_remark_torn(struct report *report, const struct reader *reader);
/* Adds `: objects whose memory could not be read (12), ...`, the reasons for which it is partial. */
void info_print_losses(const struct reader *reader, struct text *text);

#endif
