/* Series: how did the sizes of types and paths go from one snapshot to the next, over any number of them?
 *
 * Snapshots are added one after the other, and only a number for each type and each path is kept of each. Paths are
 * those of path_keys_of_ways: all objects of one path and type together.
 */
#ifndef ANALYZER_SERIES_H
#define ANALYZER_SERIES_H

#include "analyzer/progress.h"
#include "analyzer/type_names.h"
#include "analyzer/types.h"
#include "base/map.h"
#include "base/match.h"
#include "base/vector.h"

enum series_shape {
	SERIES_EVERY_STEP, /* grew at each: a leak's signature */
	SERIES_MORE_STEPS, /* grew several times, and never shrank */
	SERIES_ONCE,       /* grew once, and stayed: a cache that filled */
	SERIES_UP_AND_DOWN,
	SERIES_SHRANK, /* is less than at first */
	SERIES_SAME
};
const char *series_shape_name(enum series_shape shape);

struct series_row {
	struct label name; /* of a path none until the last snapshot is there, and then of those that grew most */
	size_t path_length; /* bytes of a path's name before the blank and its type; of a type 0 */
	uint32_t type;      /* of a path: the row of its type */
	bool selected;     /* its type is one of those asked for */
	struct type_total *values; /* by step */
};

struct series_table {
	struct map by_key;
	VECTOR(struct series_row) rows;
};

/* Which rows are wanted. */
struct series_selection {
	struct match *mask;  /* borrowed; names that it finds are left out of paths; NULL: none */
	struct match *types; /* borrowed; NULL: all of them */
	uint64_t least;      /* types and paths that changed by so many bytes or more */
	bool only_growth;    /* types that grew; paths are only those that grew */
	uint64_t paths;      /* at most */
};

struct series {
	struct arena arena;
	struct series_selection selection;
	size_t steps, added;
	uint64_t *times;           /* by step: ns since 1970, or META_ABSENT */
	struct type_total *totals; /* by step: of all objects */
	struct series_table types, paths;
	uint64_t paths_left;    /* wanted, but more than `paths` */
	struct label best_path; /* of all that grew at every step, wanted or not; empty: there is none */
};

/* Of `steps` snapshots, at least one. */
struct error *series_init(struct series *series, size_t steps, const struct series_selection *selection) CHECKED;
void series_deinit(struct series *series);
DEFINE_AUTO_VALUE(series, struct series, series_deinit);

/* The next one, `steps` of them in all, in the order of their time. The memory of one snapshot's graph and its paths,
 * for the time; 16 B for each type and path and step stay. */
struct error *series_add(struct series *series, struct reader *reader, const struct progress *progress) CHECKED;

/* A row that is asked for, and did change. */
bool series_wants(const struct series *series, const struct series_row *row);
/* How the sizes of a row went. */
enum series_shape series_shape_of(const struct series *series, const struct series_row *row);
/* Steps at which it grew. */
size_t series_grown(const struct series *series, const struct series_row *row);
/* Bytes a minute, by least squares over the times of the captures; false where these are not known, or are one. */
bool series_slope(const struct series *series, const struct series_row *row, double *slope);
/* Less than, equal to or greater than 0: what grew at every step first, then by growth times the share of steps at
 * which it grew. */
int series_compare(const struct series *series, const struct series_row *a, const struct series_row *b);

#endif
