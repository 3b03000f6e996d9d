/* Baseline: what earlier runs measured, and how much that varies by itself: for each rule, and for each path. */
#ifndef CHECKS_BASELINE_H
#define CHECKS_BASELINE_H

#include "analyzer/progress.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/match.h"
#include "base/vector.h"
#include "format/reader.h"

struct learned { /* a number over `runs` runs: its mean, and its standard deviation with runs - 1 below; 0 for one run */
	uint64_t runs;
	double mean, deviation;
};

struct baseline_rule {
	const char *name; /* as struct rule's */
	struct learned value;
};

struct baseline_path {
	uint64_t key;           /* of analyzer/path_key.h: the same in every process */
	const char *name;       /* as it is printed */
	const char *type;
	struct learned count, size; /* objects and bytes of this path and type; 0 in runs that lack it */
};

struct baseline {
	struct arena arena;
	uint64_t runs;
	VECTOR(struct baseline_rule) rules;
	VECTOR(struct baseline_path) paths;
	struct map by_key; /* index + 1 in paths */
};
void baseline_init(struct baseline *baseline);
void baseline_deinit(struct baseline *baseline);
DEFINE_AUTO_VALUE(baseline, struct baseline, baseline_deinit);

/* Learns the paths of `count` snapshots, one at a time in memory. `mask`: names that it finds don't count; NULL: none. */
struct error *baseline_learn(struct baseline *baseline, struct reader *const *readers, size_t count, struct match *mask,
			     const struct progress *progress) CHECKED;
/* What a rule measured in each of them: `values`, one a run. */
struct error *baseline_learn_rule(struct baseline *baseline, const char *name, const int64_t *values, size_t count) CHECKED;
/* NULL where the rule was not there. */
const struct learned *baseline_find(const struct baseline *baseline, const char *name);

/* The file: JSON, `heapdiff.baseline/1` (docs/schema/baseline.json). ERROR_INPUT, with the place, for what is none; every number is checked. */
struct error *baseline_read(const char *path, struct baseline *result) CHECKED;
/* Whole or not at all: written beside and renamed. */
struct error *baseline_write(const struct baseline *baseline, const char *path) CHECKED;

/* By how much a number may differ from the mean, `sigmas` of its deviations: what is learned from few runs is trusted less (Student's
 * t with runs - 1 degrees of freedom has a wider middle), and `least` is never too much. */
double learned_tolerance(const struct learned *learned, double sigmas, double least);

#endif
