/* Growth report: the places where a heap grew, in words and as a table. */
#ifndef ANALYZER_GROWTH_REPORT_H
#define ANALYZER_GROWTH_REPORT_H

#include "analyzer/diff.h"
#include "analyzer/place_name.h"
#include "analyzer/report.h"

struct growth_report {
	struct report *report; /* borrowed, as the diff */
	const struct diff *diff;
	VECTOR(struct cell) paths; /* of each place */
	VECTOR(bool) resized; /* of each place: a container with a larger table, but no more members */
	size_t leader;        /* the first place that is more than that; the count of places where there is none */
};

/* Finds what each place is called: O(nodes + edges), and a chunk or two of the file for each step of a path and each
 * container. `names`:
 * zeroed, and initialized where there is a place; the caller's to deinit. */
struct error *growth_report_init(struct growth_report *places, struct report *report, const struct diff *diff,
				 struct place_names *names) CHECKED;
void growth_report_deinit(struct growth_report *places);
DEFINE_AUTO_VALUE(growth_report, struct growth_report, growth_report_deinit);

/* The heap grew, and there is a place that explains it. */
bool growth_report_explains(const struct growth_report *places);
/* If so, adds `: 92% of it hangs from app.CACHE.sessions (+120,000 app.Session)`, or that only tables grew. */
void growth_report_reason(const struct growth_report *places, struct text *text);
/* That says already that this holder has all new objects of the type. */
bool growth_report_tells(const struct growth_report *places, const struct credit_holder *holder, label_id label);
/* Adds the table `growth`, each row with tables of what came and what went, and where the later snapshot knows sites
 * that which allocated most of what came. `least`: bytes, without places that grew by less. */
struct error *growth_report_add(const struct growth_report *places, uint64_t least) CHECKED;

#endif
