/* Render: a report as text, JSON or CSV; each fills `out`, prints nothing, and knows no heap.
 *
 * Foreign names are made safe for where they go: escaped for a terminal, valid UTF-8 in JSON, disarmed in CSV.
 */
#ifndef ANALYZER_RENDER_H
#define ANALYZER_RENDER_H

#include "analyzer/report.h"

struct render_options {
	enum size_unit unit;
	bool colour;    /* terminal escape sequences */
	unsigned width; /* columns of the terminal, to leave out and truncate for; 0: everything, in full */
};

struct error *render_text(const struct report *report, const struct render_options *options, struct text *out) CHECKED;
/* One object: schema, verdict, remarks, a field for each section; facts are an object, a table is an array of objects
 * with a field for each cell that is present, of a tree also `depth`. Sizes are bytes, counts integers, shares 0..1, times and durations ns. */
struct error *render_json(const struct report *report, struct text *out) CHECKED;
/* The table called rows, plain numbers; a report without one as section,row,field,value. */
struct error *render_csv(const struct report *report, struct text *out) CHECKED;

#endif
