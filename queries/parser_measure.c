/* How deep is a tree, and how many parts does a walk over it meet?
 *
 * Of a pattern or a query in an expression too: only so is the depth of the whole bounded. And a < b < c and x:A:B stand
 * for two conditions that share a part: nested in each other, few bytes would make a tree whose walk doesn't end. */
#include "queries/parsing.h"

void measure_expression(struct measure *measure, const struct expression *expression)
{
	if (expression == NULL)
		return;
	if (expression->height > measure->height)
		measure->height = expression->height;
	measure->weight += expression->weight;
}

void measure_pattern(struct measure *measure, const struct pattern *pattern)
{
	for (uint32_t i = 0; i <= pattern->edge_count; i++) {
		measure_expression(measure, pattern->nodes[i].properties);
		measure_expression(measure, pattern->nodes[i].where);
		measure->weight += 2;
		if (i == pattern->edge_count)
			break;
		measure_expression(measure, pattern->edges[i].properties);
		measure_expression(measure, pattern->edges[i].where);
	}
}

static void measure_projection(struct measure *measure, const struct projection *projection)
{
	for (uint32_t i = 0; i < projection->count; i++)
		measure_expression(measure, projection->items[i].expression);
	for (uint32_t i = 0; i < projection->sort_count; i++)
		measure_expression(measure, projection->sorts[i].expression);
	measure_expression(measure, projection->skip);
	measure_expression(measure, projection->limit);
}

void measure_query(struct measure *measure, const struct query_syntax *query)
{
	for (uint32_t i = 0; i < query->count; i++)
		for (uint32_t c = 0; c < query->queries[i].clause_count; c++) {
			const struct clause *clause = &query->queries[i].clauses[c];
			for (uint32_t p = 0; p < clause->pattern_count; p++)
				measure_pattern(measure, &clause->patterns[p]);
			measure_expression(measure, clause->where);
			measure_expression(measure, clause->expression);
			measure_projection(measure, &clause->projection);
			measure->weight++;
		}
}
