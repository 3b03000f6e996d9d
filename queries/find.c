/* Which query do the options of `heapdiff find` stand for?
 *
 * Patterns are searched anywhere, as everywhere outside of queries, whose =~ takes the whole: so they are wrapped. What leads
 * to an object may be a root too, which a node of a pattern is only where that is asked for: hence two patterns.
 */
#include "queries/find.h"

#include "analyzer/fates.h"
#include "base/match.h"
#include "queries/unparse.h"

#include <stdlib.h>
#include <string.h>

struct conditions {
	struct text *query;
	bool any; /* one was added */
};

static void begin(struct conditions *conditions)
{
	text_add(conditions->query, conditions->any ? "\n  AND " : "\nWHERE ");
	conditions->any = true;
}

/* `pattern` as an operand of =~ that is found wherever the pattern is. */
static struct error *searched(const char *option, const char *pattern, struct text *literal)
{
	AUTO(match) struct match *alone = NULL;
	AUTO(match) struct match *within = NULL;
	AUTO(text) struct text wrapped = {0};
	text_init(&wrapped);
	struct error *error = match_create(pattern, MATCH_SEARCH, &alone);
	if (error != NULL)
		return error_prefix(error, "%s", option);
	text_printf(&wrapped, "(?s).*(?:%s).*", pattern);
	TRY(text_error(&wrapped));
	/* Such as one that begins with a verb, or ends within a quotation. */
	error = match_create(text_string(&wrapped), MATCH_WHOLE, &within);
	if (error != NULL) {
		error_destroy(error);
		return error_create(ERROR_USAGE, "%s: the pattern can't stand within another one: leave out (*VERBS) at its "
						 "beginning, and close what \\Q or (?x) # opened", option);
	}
	unparse_string(text_string(&wrapped), wrapped.length, literal);
	return text_error(literal);
}

static struct error *add_type(struct conditions *conditions, const char *pattern)
{
	AUTO(text) struct text literal = {0};
	text_init(&literal);
	if (pattern == NULL)
		return NULL;
	TRY(searched("--type", pattern, &literal));
	begin(conditions);
	text_printf(conditions->query, "n.type =~ %s", text_string(&literal));
	return NULL;
}

static struct error *add_name(struct conditions *conditions, const char *pattern)
{
	AUTO(text) struct text literal = {0};
	text_init(&literal);
	if (pattern == NULL)
		return NULL;
	TRY(searched("--name", pattern, &literal));
	begin(conditions);
	text_printf(conditions->query,
		    "(EXISTS { MATCH ()-[e]->(n) WHERE e.name =~ %s } OR EXISTS { MATCH (:root)-[e]->(n) WHERE e.name =~ %s })",
		    text_string(&literal), text_string(&literal));
	return NULL;
}

static struct error *add_holders(struct conditions *conditions, const char *pattern)
{
	AUTO(text) struct text literal = {0};
	text_init(&literal);
	if (pattern == NULL)
		return NULL;
	TRY(searched("--held-by", pattern, &literal));
	begin(conditions);
	text_printf(conditions->query,
		    "(EXISTS { MATCH (h)-[e]->(n) WHERE h.type =~ %s AND e.class <> 'weak' } OR "
		    "EXISTS { MATCH (h:root)-[e]->(n) WHERE h.name =~ %s AND e.class <> 'weak' })",
		    text_string(&literal), text_string(&literal));
	return NULL;
}

static struct error *add_held(struct conditions *conditions, const char *pattern)
{
	AUTO(text) struct text literal = {0};
	text_init(&literal);
	if (pattern == NULL)
		return NULL;
	TRY(searched("--holding", pattern, &literal));
	begin(conditions);
	text_printf(conditions->query, "EXISTS { MATCH (n)-[e]->(h) WHERE h.type =~ %s AND e.class <> 'weak' }",
		    text_string(&literal));
	return NULL;
}

static void add_least(struct conditions *conditions, const char *property, uint64_t least)
{
	if (least == 0)
		return;
	begin(conditions);
	text_printf(conditions->query, "n.%s >= %llu", property, (unsigned long long)least);
}

static struct error *add_generation(struct conditions *conditions, const char *generation)
{
	static const struct {
		const char *name, *condition;
	} known[] = {{"0", "= 0"}, {"1", "= 1"}, {"2", "= 2"}, {"permanent", "= 3"}, {"untracked", "IS NULL"}};
	if (generation == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i].name, generation) != 0)
			continue;
		begin(conditions);
		text_printf(conditions->query, "n.generation %s", known[i].condition);
		return NULL;
	}
	return error_create(ERROR_USAGE, "--generation takes 0, 1, 2, permanent or untracked");
}

static struct error *add_fate(struct conditions *conditions, const char *fate)
{
	if (fate == NULL)
		return NULL;
	for (int f = 0; f < FATE_COUNT; f++) {
		if (strcmp(fate_name((enum fate)f), fate) != 0)
			continue;
		begin(conditions);
		text_printf(conditions->query, "n.fate = '%s'", fate);
		return NULL;
	}
	return error_create(ERROR_USAGE, "--fate takes reachable, held, garbage or stuck");
}

/* Conditions that cost least come first. */
static struct error *add_pattern(const struct find_request *request, struct text *query)
{
	struct conditions conditions = {.query = query};
	text_add(query, "MATCH (n)");
	TRY(add_type(&conditions, request->type));
	add_least(&conditions, "size", request->min_size);
	TRY(add_generation(&conditions, request->generation));
	add_least(&conditions, "retained", request->min_retained);
	TRY(add_fate(&conditions, request->fate));
	TRY(add_held(&conditions, request->holding));
	TRY(add_holders(&conditions, request->held_by));
	return add_name(&conditions, request->name);
}

struct error *find_query(const struct find_request *request, struct text *query)
{
	TRY(add_pattern(request, query));
	/* Paths are looked for once it is known whose are wanted. */
	text_add(query, "\nWITH n\nORDER BY n.retained DESC, n.id");
	if (request->top > 0)
		text_printf(query, "\nLIMIT %llu", (unsigned long long)request->top);
	text_add(query, "\nRETURN n AS object, n.type AS type, n.size AS size, n.retained AS retained, path(n) AS path");
	if (request->ids)
		text_add(query, ", n.id AS id, n.address AS address");
	return text_error(query);
}

struct error *find_total_query(const struct find_request *request, struct text *query)
{
	TRY(add_pattern(request, query));
	text_add(query, "\nRETURN count(*) AS count, sum(n.size) AS size");
	return text_error(query);
}
