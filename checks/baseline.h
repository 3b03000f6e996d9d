/* Baseline: what earlier runs measured, and how much that varies by itself: for each rule, and for each path. */
#ifndef CHECKS_BASELINE_H
#define CHECKS_BASELINE_H

#include "analyzer/progress.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/match.h"
#include "base/text.h"
#include "base/vector.h"
#include "checks/learned.h"
#include "format/reader.h"

struct baseline_rule {
	const char *name; /* as struct rule's */
	struct learned value;
};

struct baseline_path {
	uint64_t key;     /* of analyzer/path_sums.h: the same in every process */
	const char *name; /* as it is printed, escaped already; keys and indices masked */
	const char *type; /* escaped too */
	struct learned count, size; /* objects and bytes of this path and type; 0 in runs that lack it */
};

struct baseline {
	struct arena arena;
	uint64_t runs;  /* 0: nothing was learned of paths */
	uint64_t least; /* bytes: paths that were smaller in every run are not there */
	uint64_t left_out; /* how many these were; of one that was read 0 */
	VECTOR(struct baseline_rule) rules;
	VECTOR(struct baseline_path) paths; /* by name, type and key */
	struct map by_key; /* index + 1 in paths */
};
#define BASELINE_LEAST 1024u       /* bytes, of `least` unless it is set before baseline_learn; more where there would be too many paths */
#define BASELINE_PATHS_MAX 100000u /* in a file */
void baseline_init(struct baseline *baseline);
void baseline_deinit(struct baseline *baseline);
DEFINE_AUTO_VALUE(baseline, struct baseline, baseline_deinit);

/* Learns the paths of `count` snapshots, one at a time in memory; replaces what was known of paths. `mask`: names that it finds
 * don't count; NULL: none. 72 B for each path of any of them, and what one snapshot's paths take. */
struct error *baseline_learn(struct baseline *baseline, struct reader *const *readers, size_t count, struct match *mask,
			     const struct progress *progress) CHECKED;
/* What a rule measured in each of them: `values`, one a run, at least one. Replaces what was known of that rule. */
struct error *baseline_learn_rule(struct baseline *baseline, const char *name, const int64_t *values, size_t count) CHECKED;
/* One run tells nothing of how it varies: where `baseline` is of one, the deviations of `old` are taken over, rule by rule
 * and path by path, with the number of runs that they are from; means stay. */
struct error *baseline_keep_deviations(struct baseline *baseline, const struct baseline *old) CHECKED;
/* NULL where the rule was not there. */
const struct learned *baseline_find(const struct baseline *baseline, const char *name);
/* Sorts the paths, and finds them by key from then on: for those who add some. */
struct error *baseline_index(struct baseline *baseline) CHECKED;
/* NULL where the path was not there, or below `least` in every run. */
const struct baseline_path *baseline_find_path(const struct baseline *baseline, uint64_t key);

/* The file: JSON, `heapdiff.baseline/1` (docs/schema/baseline.json). ERROR_INPUT, with the place, for what is none: each number and
 * text is checked, fields that are not known are passed over. `result`: initialized, and empty; untouched on failure. */
struct error *baseline_read(const char *path, struct baseline *result) CHECKED;
/* The same of text in memory; `path`: for messages. */
struct error *baseline_parse(const char *text, size_t length, const char *path, struct baseline *result) CHECKED;
/* Whole or not at all: written beside and renamed, over a file of that name. */
struct error *baseline_write(const struct baseline *baseline, const char *path) CHECKED;
/* Adds what is written. */
struct error *baseline_print(const struct baseline *baseline, struct text *text) CHECKED;

#endif
