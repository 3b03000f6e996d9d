/* What does a query mean: clause by clause, each of which sees the variables that those before hand on? */
#include "queries/resolving.h"

#include "base/match.h"

#include <string.h>

void resolution_deinit(struct resolution *resolution)
{
	for (size_t i = 0; i < resolution->matches.count; i++)
		match_destroy(resolution->matches.items[i]);
	vector_deinit(&resolution->matches);
	vector_deinit(&resolution->warnings);
}

/* A label that no type of the snapshot has matches nothing, as in openCypher; but it may be a slip. */
struct error *resolve_label(struct resolver *resolver, struct label_test *label)
{
	AUTO(error) struct error *error = heap_label(resolver->heap, resolver->arena, label);
	if (error == NULL || error->code != ERROR_USAGE)
		return steal(&error);
	const char *sentence = arena_copy(resolver->arena, error->message, strlen(error->message));
	return sentence == NULL ? error_memory() : vector_push(&resolver->resolution->warnings, sentence);
}

static struct error *resolve_unwind(struct resolver *resolver, struct clause *clause)
{
	struct known known;
	resolver->no_aggregates = "UNWIND";
	struct error *error = resolve_expression(resolver, clause->expression, &known);
	resolver->no_aggregates = NULL;
	TRY(error);
	if (scope_find(resolver, &clause->variable) != NULL)
		return error_create_at(ERROR_USAGE, clause->variable.span.at, "this name is taken already");
	return scope_declare(resolver, &clause->variable, (struct known){.kind = DATUM_NULL}, &clause->slot);
}

static struct error *resolve_clause(struct resolver *resolver, struct clause *clause, size_t kept, struct known **known)
{
	switch (clause->kind) {
	case CLAUSE_MATCH:
		TRY(resolve_patterns(resolver, clause->patterns, clause->pattern_count, false));
		break;
	case CLAUSE_UNWIND:
		TRY(resolve_unwind(resolver, clause));
		break;
	case CLAUSE_WITH:
	case CLAUSE_RETURN:
		TRY(resolve_projection(resolver, clause, kept, known));
		break;
	}
	return clause->where == NULL ? NULL : resolve_condition(resolver, clause->where, "WHERE");
}

/* RETURN is the last clause, and may be missing only in an expression. */
static struct error *check_order(const struct single_query *query, bool inner)
{
	for (uint32_t i = 0; i < query->clause_count; i++) {
		const struct clause *clause = &query->clauses[i];
		bool last = i + 1 == query->clause_count;
		if (clause->kind == CLAUSE_RETURN && !last)
			return error_create_at(ERROR_USAGE, query->clauses[i + 1].span.at, "nothing comes after RETURN but UNION");
		if (clause->kind != CLAUSE_RETURN && last && !inner)
			return error_create_at(ERROR_USAGE, clause->span.at + clause->span.length,
					       "the query ends without RETURN, which says what to print");
	}
	return NULL;
}

static struct error *resolve_single(struct resolver *resolver, struct single_query *query, bool inner,
				    struct known **known)
{
	size_t kept = resolver->scope.count;
	TRY(check_order(query, inner));
	for (uint32_t i = 0; i < query->clause_count; i++)
		TRY(resolve_clause(resolver, &query->clauses[i], kept, known));
	return NULL;
}

struct error *resolve_subquery(struct resolver *resolver, struct query_syntax *query)
{
	size_t seen = resolver->scope.count;
	for (uint32_t i = 0; i < query->count; i++) {
		struct known *known = NULL;
		if (query->queries[i].before)
			return error_create_at(ERROR_USAGE, query->queries[i].clauses[0].span.at,
					       "FROM before stands before the first clause of the whole query only");
		TRY(resolve_single(resolver, &query->queries[i], true, &known));
		query->queries[i].slots = 0;
		resolver->scope.count = seen;
	}
	return NULL;
}

static struct error *choose_heap(struct resolver *resolver, const struct single_query *query)
{
	resolver->heap = query_heap(resolver->heaps, query);
	if (resolver->heap == NULL)
		return error_create_at(ERROR_USAGE, query->clause_count > 0 ? query->clauses[0].span.at : 0,
				       "FROM before asks the earlier of two snapshots, and there is one: give both, A B");
	return heap_need(resolver->heap, HEAP_TYPE);
}

static struct error *name_columns(struct resolver *resolver, const struct projection *projection,
				  const struct known *known)
{
	struct resolution *resolution = resolver->resolution;
	resolution->columns = arena_alloc(resolver->arena, (projection->count + (size_t)1) * sizeof *resolution->columns);
	if (resolution->columns == NULL)
		return error_memory();
	resolution->column_count = projection->count;
	for (uint32_t i = 0; i < projection->count; i++)
		resolution->columns[i] = (struct result_column){.name = projection->items[i].name.text,
								.kind = known[i].kind,
								.unit = known[i].unit};
	return NULL;
}

/* Every part of a UNION has the columns of the first, in their order. */
static struct error *check_columns(struct resolver *resolver, const struct clause *last, const struct known *known)
{
	struct resolution *resolution = resolver->resolution;
	const struct projection *projection = &last->projection;
	bool same = projection->count == resolution->column_count;
	for (uint32_t i = 0; same && i < projection->count; i++) {
		same = strcmp(projection->items[i].name.text, resolution->columns[i].name) == 0;
		if (known[i].kind != resolution->columns[i].kind)
			resolution->columns[i].kind = DATUM_NULL;
		if (known[i].unit != resolution->columns[i].unit)
			resolution->columns[i].unit = UNIT_NONE;
	}
	return same ? NULL
		    : error_create_at(ERROR_USAGE, last->span.at,
				      "the parts of a UNION have columns of the same names in the same order; AS names them");
}

static struct error *resolve_all(struct resolver *resolver, struct query_syntax *query)
{
	for (uint32_t i = 0; i < query->count; i++) {
		struct single_query *single = &query->queries[i];
		struct known *known = NULL;
		resolver->scope.count = 0;
		resolver->slots = 0;
		TRY(choose_heap(resolver, single));
		TRY(resolve_single(resolver, single, false, &known));
		single->slots = resolver->slots;
		const struct clause *last = &single->clauses[single->clause_count - 1];
		TRY(i == 0 ? name_columns(resolver, &last->projection, known) : check_columns(resolver, last, known));
	}
	return NULL;
}

struct error *resolve_query(struct query_syntax *query, const struct query_heaps *heaps,
			    const struct datum_map *parameters, struct arena *arena, struct resolution *result)
{
	struct resolver resolver = {.arena = arena, .heaps = heaps, .parameters = parameters, .resolution = result};
	*result = (struct resolution){0};
	struct error *error = resolve_all(&resolver, query);
	vector_deinit(&resolver.scope);
	return error;
}
