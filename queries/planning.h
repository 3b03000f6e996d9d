/* Planning: what the rooms of the planner say to each other.
 */
#ifndef QUERIES_PLANNING_H
#define QUERIES_PLANNING_H

#include "queries/conditions.h"
#include "queries/steps.h"

/* Makes the plans of patterns, EXISTS and COUNT in an expression that is evaluated upon `top`. */
struct error *planner_prepare(struct planner *planner, struct expression *expression) CHECKED;
/* Adds conditions to an operator, after those it has; plans in them are made. */
struct error *planner_ask(struct planner *planner, struct operator *operator, struct expression *const *conditions,
			  uint32_t count) CHECKED;
/* A set of slots, in the plan's arena; `from` may be NULL. */
struct error *planner_slots(struct planner *planner, const bool *from, bool **result) CHECKED;
/* The marked slots as a list. */
struct error *planner_list(struct planner *planner, const bool *marked, uint32_t **slots, uint32_t *count) CHECKED;
/* A chain of its own begins: its row sees what is bound now. planner_resume goes back and hands it over. */
struct planner_state {
	bool *bound, *arguments;
	struct operator *top;
};
struct error *planner_begin(struct planner *planner, bool *sees, struct planner_state *state) CHECKED;
struct operator *planner_resume(struct planner *planner, const struct planner_state *state);

struct error *match_plan(struct planner *planner, struct clause *clause) CHECKED;
/* Patterns and a condition, upon `top`. */
struct error *match_patterns(struct planner *planner, struct pattern *patterns, uint32_t count, struct expression *where)
	CHECKED;
struct error *projection_plan(struct planner *planner, struct clause *clause) CHECKED;
/* Clauses one after the other. */
struct error *planner_clauses(struct planner *planner, struct single_query *query) CHECKED;

#endif
