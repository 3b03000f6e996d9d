/* Measurements: what each rule's metric is in one snapshot. */
#ifndef CHECKS_MEASUREMENTS_H
#define CHECKS_MEASUREMENTS_H

#include "analyzer/retention.h"
#include "checks/subject_sets.h"

struct measurement {
	bool known;
	int64_t value;    /* in the metric's unit */
	uint64_t whole;   /* of which a limit in percent is a share; 0: of nothing */
	const char *note; /* why it is not known, a sentence without its full stop; a literal; NULL */
};

struct measurements {
	const struct rules *rules; /* borrowed */
	struct answers answers;    /* to their queries */
	struct subject_sets sets;
	uint64_t *gone;            /* as sets.member: what goes with the objects of rules of METRIC_RETAINED, themselves included; NULL: not kept */
	struct measurement *items;     /* by rule */
};
void measurements_init(struct measurements *measurements, const struct rules *rules);
void measurements_deinit(struct measurements *measurements);
DEFINE_AUTO_VALUE(measurements, struct measurements, measurements_deinit);

/* First, while it is known what leads to each object: which objects are meant, and what they retain. `keep_gone`: for explanations, 8 B an object and 64
 * rules. As subject_sets_find and mask_sets_retained. */
struct error *measurements_visit(struct measurements *measurements, const struct reach *reach, const struct type_names *names,
			     const struct type_facts *facts, bool keep_gone, const struct progress *progress) CHECKED;
/* Then all else. `fate`: settled. `cycles`: also count all cycles, for rules that ask for them. O(nodes * words), cycle_counts_find, and usage_create where
 * a rule is of the allocator's pools. */
struct error *measurements_finish(struct measurements *measurements, const struct graph *graph, const struct type_facts *facts,
			      const uint8_t *fate, bool cycles, const struct progress *progress) CHECKED;

#endif
