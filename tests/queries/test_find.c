#include "queries/find.h"

#include "queries/parser.h"
#include "tests/test.h"

#define END "\nWITH n\nORDER BY n.retained DESC, n.id\nRETURN n AS object, n.type AS type, n.size AS size, n.retained AS retained, path(n) AS path"

static void check(const struct find_request *request, const char *expected)
{
	AUTO(text) struct text text = {0};
	AUTO(arena) struct arena arena;
	struct query_syntax *query;
	text_init(&text);
	arena_init(&arena);
	assert_ok(find_query(request, &text));
	cr_assert_str_eq(text_string(&text), expected);
	assert_ok(parser_parse(&arena, text_string(&text), &query));
}

HEAP_TEST(find, without_options_is_every_object)
{
	check(&(struct find_request){0}, "MATCH (n)" END);
	check(&(struct find_request){.ids = true}, "MATCH (n)" END ", n.id AS id, n.address AS address");
	check(&(struct find_request){.top = 3}, "MATCH (n)\nWITH n\nORDER BY n.retained DESC, n.id\nLIMIT 3\nRETURN n AS object, "
						"n.type AS type, n.size AS size, n.retained AS retained, path(n) AS path");
}

HEAP_TEST(find, joins_what_each_option_asks)
{
	check(&(struct find_request){.type = "^app\\.", .min_size = 4096, .min_retained = 1 << 20, .generation = "2", .fate = "held"},
	      "MATCH (n)\nWHERE n.type =~ '(?s).*(?:^app\\\\.).*'\n  AND n.size >= 4096\n  AND n.generation = 2\n"
	      "  AND n.retained >= 1048576\n  AND n.fate = 'held'" END);
	check(&(struct find_request){.generation = "untracked"}, "MATCH (n)\nWHERE n.generation IS NULL" END);
	check(&(struct find_request){.generation = "permanent"}, "MATCH (n)\nWHERE n.generation = 3" END);
}

HEAP_TEST(find, asks_objects_and_roots_for_holders_and_names)
{
	check(&(struct find_request){.name = "^x$"},
	      "MATCH (n)\nWHERE (EXISTS { MATCH ()-[e]->(n) WHERE e.name =~ '(?s).*(?:^x$).*' } OR "
	      "EXISTS { MATCH (:root)-[e]->(n) WHERE e.name =~ '(?s).*(?:^x$).*' })" END);
	check(&(struct find_request){.held_by = "list"},
	      "MATCH (n)\nWHERE (EXISTS { MATCH (h)-[e]->(n) WHERE h.type =~ '(?s).*(?:list).*' AND e.class <> 'weak' } OR "
	      "EXISTS { MATCH (h:root)-[e]->(n) WHERE h.name =~ '(?s).*(?:list).*' AND e.class <> 'weak' })" END);
	check(&(struct find_request){.holding = "a|b"},
	      "MATCH (n)\nWHERE EXISTS { MATCH (n)-[e]->(h) WHERE h.type =~ '(?s).*(?:a|b).*' AND e.class <> 'weak' }" END);
}

HEAP_TEST(find, counts_the_same_objects)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	assert_ok(find_total_query(&(struct find_request){.type = "it's", .top = 3}, &text));
	cr_assert_str_eq(text_string(&text),
			 "MATCH (n)\nWHERE n.type =~ '(?s).*(?:it\\'s).*'\nRETURN count(*) AS count, sum(n.size) AS size");
}

static void refuse(const struct find_request *request, const char *part)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	assert_error_says(find_query(request, &text), ERROR_USAGE, part);
}

HEAP_TEST(find, refuses_what_it_can_not_ask)
{
	refuse(&(struct find_request){.type = "a("}, "--type: ");
	refuse(&(struct find_request){.held_by = "["}, "--held-by: ");
	refuse(&(struct find_request){.holding = "\\Qa"}, "can't stand within another");
	refuse(&(struct find_request){.name = "(?x)a # b"}, "can't stand within another");
	refuse(&(struct find_request){.generation = "3"}, "permanent");
	refuse(&(struct find_request){.fate = "dead"}, "garbage");
}
