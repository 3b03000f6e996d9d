/* Steps: the operators that plans are made of, one maker each. All lie in the plan's arena and go with it.
 */
#ifndef QUERIES_STEPS_H
#define QUERIES_STEPS_H

#include "queries/operator.h"

/* The one row without values: every chain begins with it. */
struct error *once_create(struct planner *planner, struct operator **result) CHECKED;

/* --- of patterns: queries/scan.c, expand.c, ... */
#define TYPES_ALL NULL
/* Which places a node's pattern may be: by type id, and whether roots. */
struct places_wanted {
	const uint8_t *types; /* TYPES_ALL: every one */
	bool objects, roots;
	uint64_t count; /* how many that are */
	const char *label; /* for people */
};
static inline bool places_wanted_has(const struct places_wanted *wanted, const struct heap *heap, uint32_t place)
{
	if (heap_is_root(heap, place))
		return wanted->roots;
	return wanted->objects && (wanted->types == NULL || wanted->types[heap->type[place]]);
}

struct column_filter { /* least <= property <= most, asked of whole blocks */
	const struct property *property;
	int64_t least, most;
};
/* Every place that is wanted. Conditions are the operator's own. */
struct error *scan_create(struct planner *planner, struct operator *input, uint32_t slot, const struct places_wanted *wanted,
			  struct operator **result) CHECKED;
/* One more filter, of an object; it may be changed while the scan runs: a bound that leaves out more and more. */
void scan_add_filter(struct operator *scan, const struct column_filter *filter);
bool scan_takes_filter(const struct operator *scan); /* there is room for another one */
bool operator_is_scan(const struct operator *operator, uint32_t slot); /* of this slot */

/* The one object with this number (or address), where it is wanted. */
struct error *seek_create(struct planner *planner, struct operator *input, uint32_t slot, bool address,
			  const struct expression *value, const struct places_wanted *wanted, struct operator **result)
	CHECKED;

struct expansion { /* an edge's pattern, from the end that has a value */
	const struct edge_pattern *edge;
	uint32_t from, to; /* slots */
	bool out, in;      /* along the edge, against it */
	bool into;         /* `to` has a value too */
	bool reversed;     /* from the right end of the pattern to the left */
	struct places_wanted wanted; /* without `into` */
	uint32_t used_count; /* slots of edges that the clause has matched before: an edge is met once */
	const uint32_t *used;
	const char *text; /* of the pattern, for messages */
};
struct error *expand_create(struct planner *planner, struct operator *input, const struct expansion *expansion,
			    struct operator **result) CHECKED;
/* The edge has a value: its ends are what it joins. `from` or `to` may have one, or neither (from_bound, into). */
struct error *ends_create(struct planner *planner, struct operator *input, const struct expansion *expansion, bool from_bound,
			  const struct places_wanted *from_wanted, struct operator **result) CHECKED;
/* Walks of any length, no edge twice. Conditions on the edges are handed over: `each`. */
struct error *walks_create(struct planner *planner, struct operator *input, const struct expansion *expansion,
			   struct expression **each, uint32_t each_count, struct operator **result) CHECKED;
/* Distinct ends, by one search. */
struct error *reaching_create(struct planner *planner, struct operator *input, const struct expansion *expansion,
			   struct expression **each, uint32_t each_count, struct operator **result) CHECKED;
/* A shortest walk (or all) to each end; `from_roots`: of all that begin at a root that is wanted, `starts`. */
struct error *shortest_create(struct planner *planner, struct operator *input, const struct expansion *expansion, bool all,
			      bool from_roots, struct expression **each, uint32_t each_count,
			      struct operator **result) CHECKED;
/* Writes pattern->slot, the path of what the pattern matched. */
struct error *trace_create(struct planner *planner, struct operator *input, const struct pattern *pattern,
			   struct operator **result) CHECKED;

/* --- of rows */
struct error *filter_create(struct planner *planner, struct operator *input, struct operator **result) CHECKED;
bool operator_is_filter(const struct operator *operator);
/* Rows in which no edge of the slots of one side is one of the other side's. */
struct error *unlike_create(struct planner *planner, struct operator *input, const uint32_t *left, uint32_t left_count,
			    const uint32_t *right, uint32_t right_count, struct operator **result) CHECKED;
/* Every pair of a row of `input` and one of `inner`, which does not depend on it; `keys` pairs of expressions are equal. */
struct error *product_create(struct planner *planner, struct operator *input, struct operator *inner, struct expression **outer_keys,
			  struct expression **inner_keys, uint32_t keys, const uint32_t *inner_slots, uint32_t inner_count,
			  struct operator **result) CHECKED;
/* The rows of `inner` for each of `input`; where there is none, one with nulls in `slots`. */
struct error *optional_create(struct planner *planner, struct operator *input, struct operator *inner, const uint32_t *slots,
			      uint32_t count, struct operator **result) CHECKED;
struct error *unwind_create(struct planner *planner, struct operator *input, const struct expression *list, uint32_t slot,
			    struct operator **result) CHECKED;
/* Hands on rows of its input as they are, but for slots that it writes: filters and projections. */
bool operator_is_plain(const struct operator *operator);
struct assignment {
	const struct expression *expression;
	uint32_t slot;
};
/* Writes the value of each expression to its slot; all are evaluated before one is written. */
struct error *project_create(struct planner *planner, struct operator *input, const struct assignment *assignments,
			     uint32_t count, struct operator **result) CHECKED;
/* A row for each combination of the keys' values, with the aggregates' slots written. `kept`: slots that keep the value that they
 * had in the group's first row. Without keys there is one group, of no rows too. */
struct error *group_create(struct planner *planner, struct operator *input, const struct assignment *keys, uint32_t key_count,
			   struct expression **aggregates, uint32_t aggregate_count, const uint32_t *kept,
			   uint32_t kept_count, struct operator **result) CHECKED;
/* Rows whose slots differ from those of all before. */
struct error *distinct_create(struct planner *planner, struct operator *input, const uint32_t *slots, uint32_t count,
			      struct operator **result) CHECKED;
/* Sorted; with `most` (may be NULL: all) only so many of the first, `skip` (may be NULL) more. `kept`: slots that live on. */
struct error *sort_create(struct planner *planner, struct operator *input, const struct sort_item *sorts, uint32_t sort_count,
			  const uint32_t *kept, uint32_t kept_count, const struct expression *skip,
			  const struct expression *most, struct operator **result) CHECKED;
/* The sort's first key is a column of the objects that `scan` makes: what can't be among the first is not made. */
struct error *sort_bind_scan(struct planner *planner, struct operator *sort, struct operator *scan,
			     const struct property *property) CHECKED;
struct error *limit_create(struct planner *planner, struct operator *input, const struct expression *skip,
			   const struct expression *most, struct operator **result) CHECKED;
/* A SKIP or LIMIT: ERROR_USAGE where it is no INTEGER of 0 and more. */
struct error *limit_evaluate(struct evaluation *evaluation, const struct expression *expression, const char *word,
			     uint64_t *result) CHECKED;

#endif
