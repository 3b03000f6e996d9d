/* Conditions: what has to hold, apart: each is asked as soon as the slots that it needs have values.
 *
 * The WHERE of a clause is split at its ANDs; labels, property maps and inline WHEREs of patterns become conditions as well.
 */
#ifndef QUERIES_CONDITIONS_H
#define QUERIES_CONDITIONS_H

#include "queries/operator.h"

struct condition {
	struct expression *expression;
	bool asked; /* an operator has it */
	bool dear;  /* runs a plan of its own: asked last */
};
struct conditions {
	VECTOR(struct condition) items;
	struct arena *arena;
};

static inline void conditions_deinit(struct conditions *conditions)
{
	vector_deinit(&conditions->items);
}
DEFINE_AUTO_VALUE(conditions, struct conditions, conditions_deinit);

/* `expression` may be NULL. */
struct error *conditions_add(struct conditions *conditions, struct expression *expression) CHECKED;
/* The labels and the map of a node's pattern, its WHERE. */
struct error *conditions_add_node(struct conditions *conditions, const struct node_pattern *node,
				  const struct datum_map *parameters) CHECKED;
/* That it is not null: for a node that has its value from before, and that no edge asks of. */
struct error *conditions_add_known(struct conditions *conditions, const struct node_pattern *node) CHECKED;
struct error *conditions_add_edge(struct conditions *conditions, const struct edge_pattern *edge,
				  const struct datum_map *parameters) CHECKED;

/* Marks the slots of all variables in an expression, those in its patterns and queries too; with `outside` not those that only
 * its aggregates use. */
void expression_mark(const struct expression *expression, bool *slots, uint32_t count, bool outside);
void pattern_mark(const struct pattern *pattern, bool *slots, uint32_t count);
/* Is one of the marked slots used? */
bool expression_uses(const struct expression *expression, const bool *marked, uint32_t count);
bool expression_has_plan(const struct expression *expression); /* a pattern, EXISTS or COUNT is in it */
/* Calls `visit` for each pattern, pattern list, EXISTS and COUNT that is in it and in none of these. */
typedef struct error *plan_visit(void *context, struct expression *expression);
struct error *expression_each_plan(struct expression *expression, plan_visit *visit, void *context) CHECKED;

/* What many conditions are: a comparison of slot.property with what doesn't depend on the slot. */
struct comparison {
	uint32_t slot;
	const struct property *property;
	enum syntax_operator operator; /* SYNTAX_EQUAL .. SYNTAX_GREATER_EQUAL */
	const struct expression *value;
};
bool expression_compares(const struct expression *expression, uint32_t slot, struct comparison *result);

#endif
