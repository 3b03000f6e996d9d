/* Tenancy report: who keeps the sparse arenas, in sentences and in tables. */
#ifndef ANALYZER_TENANCY_REPORT_H
#define ANALYZER_TENANCY_REPORT_H

#include "analyzer/holders.h"
#include "analyzer/report.h"
#include "analyzer/tenancy.h"

struct tenancy_request {
	const struct type_names *names;
	const type_id *types;                 /* by node */
	const struct holders *holders;        /* NULL: groups are types */
	const struct ways *ways;              /* with holders, */
	const struct path_printing *printing; /* and so this */
	uint64_t rows;                        /* of each table, at most */
};

/* Adds what it says of the sparse arenas; nothing where there are none. As tenancy_create, and a search for each path told. */
struct error *tenancy_report(struct report *report, const struct occupancy *occupancy,
			     const struct tenancy_request *request) CHECKED;

#endif
