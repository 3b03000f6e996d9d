#include "queries/parser.h"

#include "tests/test.h"

/* --- trees -------------------------------------------------------------------------------------------------------- */

static struct query_syntax *parse(struct arena *arena, const char *query)
{
	struct query_syntax *syntax = NULL;
	assert_ok(parser_parse(arena, query, &syntax));
	cr_assert_eq(syntax->text, query);
	return syntax;
}

static const struct expression *parse_returned(struct arena *arena, const char *query)
{
	const struct single_query *single = &parse(arena, query)->queries[0];
	return single->clauses[single->clause_count - 1].projection.items[0].expression;
}

HEAP_TEST(parser, makes_clauses)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	const struct query_syntax *query =
		parse(&arena, "EXPLAIN MATCH (a)-->(b), (c) WHERE a.size > 1 UNWIND [1] AS x "
			      "WITH DISTINCT *, a AS d ORDER BY a, d DESC SKIP 1 LIMIT 2 WHERE d.size > 1 "
			      "RETURN d UNION ALL FROM before OPTIONAL MATCH (d) RETURN d UNION RETURN 1 AS d;");
	cr_assert_eq(query->explain, EXPLAIN_PLAN);
	cr_assert_eq(query->count, 3);
	cr_assert(query->all[0] && !query->all[1]);
	cr_assert(!query->queries[0].before && query->queries[1].before && !query->queries[2].before);
	cr_assert_eq(query->queries[0].clause_count, 4);
	const struct clause *clauses = query->queries[0].clauses;
	cr_assert(clauses[0].kind == CLAUSE_MATCH && clauses[0].pattern_count == 2 && clauses[0].where != NULL);
	cr_assert(!clauses[0].optional && query->queries[1].clauses[0].optional);
	cr_assert(clauses[1].kind == CLAUSE_UNWIND && strcmp(clauses[1].variable.text, "x") == 0);
	cr_assert(clauses[2].kind == CLAUSE_WITH && clauses[2].where != NULL);
	const struct projection *with = &clauses[2].projection;
	cr_assert(with->distinct && with->all && with->count == 1 && with->items[0].aliased);
	cr_assert(with->sort_count == 2 && !with->sorts[0].descending && with->sorts[1].descending);
	cr_assert(with->skip->literal.integer == 1 && with->limit->literal.integer == 2);
	cr_assert(clauses[3].kind == CLAUSE_RETURN && clauses[3].where == NULL);
}

HEAP_TEST(parser, says_where_things_stand)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	const char *text = "MATCH (ab:dict)-[e]->(c) RETURN ab.size + 1 AS x";
	const struct query_syntax *query = parse(&arena, text);
	const struct pattern *pattern = &query->queries[0].clauses[0].patterns[0];
	const struct projection_item *item = &query->queries[0].clauses[1].projection.items[0];
	cr_assert(pattern->span.at == 6 && pattern->span.length == 18);
	cr_assert(pattern->nodes[0].span.at == 6 && pattern->nodes[0].span.length == 9);
	cr_assert(pattern->nodes[0].labels[0].names[0].name.span.at == 10);
	cr_assert(pattern->edges[0].span.at == 15 && pattern->edges[0].span.length == 6);
	cr_assert(item->expression->span.at == 32 && item->expression->span.length == 11);
	cr_assert(item->expression->operands[0]->name.span.at == 35);
	cr_assert(item->name.span.at == 47 && strcmp(item->name.text, "x") == 0);
}

HEAP_TEST(parser, joins_chains_of_and_and_or)
{
	AUTO(arena) struct arena arena;
	AUTO(text) struct text text;
	arena_init(&arena);
	text_init(&text);
	text_add(&text, "RETURN 1");
	for (int i = 0; i < 10000; i++)
		text_add(&text, i % 2 == 0 ? " AND 1" : " OR 1");
	const struct expression *expression = parse_returned(&arena, text_string(&text));
	cr_assert(expression->operator== SYNTAX_OR && expression->count == 5001 && expression->height == 3);
}

HEAP_TEST(parser, tells_patterns_from_parentheses)
{
	static const struct {
		const char *expression;
		enum expression_kind kind;
	} cases[] = {
		{"(a)-->(b)", EXPRESSION_PATTERN},
		{"(a)--(b)", EXPRESSION_PATTERN},
		{"(a:x {y: 1})<-[:z]-()", EXPRESSION_PATTERN},
		{"((a)-->(b))", EXPRESSION_PATTERN},
		{"exists((a)-->(b))", EXPRESSION_PATTERN},
		{"(a)", EXPRESSION_VARIABLE},
		{"((a))", EXPRESSION_VARIABLE},
		{"(a:x)", EXPRESSION_LABELS},
		{"(a) - (b)", EXPRESSION_OPERATION},
		{"(a)-b", EXPRESSION_OPERATION},
		{"(a) < -(b)", EXPRESSION_OPERATION},
		{"(a) < - 1", EXPRESSION_OPERATION},
		{"(a) > (b)", EXPRESSION_OPERATION},
		{"[(a)-->(b) | b]", EXPRESSION_PATTERN_LIST},
		{"[p = (a)-->(b) | p]", EXPRESSION_PATTERN_LIST},
		{"[(a)-->(b), 1]", EXPRESSION_LIST},
		{"[a IN b]", EXPRESSION_COMPREHENSION},
		{"[(a IN b)]", EXPRESSION_LIST},
		{"[a]", EXPRESSION_LIST},
		{"[a = b]", EXPRESSION_LIST},
		{"exists(a.b)", EXPRESSION_CALL},
		{"EXISTS { (a)-->() }", EXPRESSION_EXISTS},
		{"COUNT { (a)-->() }", EXPRESSION_COUNT},
		{"count(*)", EXPRESSION_COUNT_ALL},
		{"count(a)", EXPRESSION_CALL},
		{"count", EXPRESSION_VARIABLE},
		{"all(a IN b WHERE c)", EXPRESSION_QUANTIFIER},
		{"reduce(a = 0, b IN c | a)", EXPRESSION_REDUCE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO(arena) struct arena arena;
		AUTO(text) struct text text;
		arena_init(&arena);
		text_init(&text);
		text_printf(&text, "RETURN %s", cases[i].expression);
		cr_assert_eq(parse_returned(&arena, text_string(&text))->kind, cases[i].kind, "%s",
			     cases[i].expression);
	}
}

HEAP_TEST(parser, reserves_no_word_that_it_can_do_without)
{
	static const char *const queries[] = {
		"MATCH (limit)-[from]->(all) RETURN limit, from.order, all AS skip ORDER BY skip DESC LIMIT 5",
		"MATCH before = (asc)-->(desc) RETURN before ORDER BY asc ASC, desc DESC",
		"MATCH (n:match:where)-[:return|with]->({and: 1}) RETURN n.or, {not: 1}.not",
		"WITH 1 AS by RETURN by, [by IN [1] WHERE by > 0 | by], all(order IN [1] WHERE order > 0)",
		"MATCH (count), (reduce), (any), (none), (single), (reach) RETURN count, reduce, any, none, single, reach",
		"UNWIND [1] AS profile RETURN profile + profile",
		"MATCH (`match`) RETURN `match`, $where",
	};
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		AUTO(arena) struct arena arena;
		arena_init(&arena);
		parse(&arena, queries[i]);
	}
}

/* --- errors ------------------------------------------------------------------------------------------------------- */

static void refuse(const char *query, uint64_t where, const char *message)
{
	AUTO(arena) struct arena arena;
	struct query_syntax *syntax = NULL;
	arena_init(&arena);
	AUTO(error) struct error *error = parser_parse(&arena, query, &syntax);
	cr_assert_not_null(error, "'%.100s' is a query", query);
	cr_assert_eq(error->code, ERROR_USAGE);
	cr_assert_str_eq(error->message, message, "'%.100s': %s", query, error->message);
	cr_assert(error->has_where && error->where == where, "'%.100s': at %d", query, (int)error->where);
	cr_assert_null(syntax);
}

HEAP_TEST(parser, says_what_was_expected)
{
	refuse("", 0,
	       "line 1, column 1: the query ends here; expected EXPLAIN, PROFILE, FROM, OPTIONAL, MATCH, UNWIND, WITH or RETURN");
	refuse("MATCH n RETURN n", 6, "line 1, column 7: n is unexpected; expected \"(\"");
	refuse("MATCH (n RETURN n", 9,
	       "line 1, column 10: RETURN is unexpected; expected \":\", \"{\", WHERE or \")\"");
	refuse("MATCH (n)->(m) RETURN n", 10, "line 1, column 11: > is unexpected; expected \"[\" or \"-\"");
	refuse("MATCH (n) RETURN", 16,
	       "line 1, column 17: the query ends here; expected DISTINCT, \"*\" or an expression");
	refuse("MATCH (n) RETURN n.", 19, "line 1, column 20: the query ends here; expected a name");
	refuse("RETURN 1 + ", 11, "line 1, column 12: the query ends here; expected an expression");
	refuse("RETURN 1 +* 2", 10, "line 1, column 11: * is unexpected; expected an expression");
	refuse("RETURN n ORDER n", 15, "line 1, column 16: n is unexpected; expected BY");
	refuse("RETURN LIMIT 5", 7, "line 1, column 8: LIMIT is unexpected; expected an expression");
	refuse("UNWIND [1]", 10, "line 1, column 11: the query ends here; expected AS");
	refuse("RETURN [1, 2", 12, "line 1, column 13: the query ends here; expected \",\" or \"]\"");
	refuse("RETURN CASE WHEN 1 END", 19, "line 1, column 20: END is unexpected; expected THEN");
	refuse("FROM after RETURN 1", 5, "line 1, column 6: after is unexpected; expected BEFORE");
	refuse("OPTIONAL RETURN 1", 9, "line 1, column 10: RETURN is unexpected; expected MATCH");
	refuse("RETURN n AS return", 12,
	       "line 1, column 13: RETURN is a word of the language, and a name is expected; "
	       "between backticks it is one: `return`");
}

HEAP_TEST(parser, knows_the_nearest_keyword)
{
	refuse("MATCH (n) RETRUN n", 10, "line 1, column 11: RETRUN is unexpected; did you mean RETURN?");
	refuse("MATHC (n) RETURN n", 0, "line 1, column 1: MATHC is unexpected; did you mean MATCH?");
	refuse("MATCH (n) wehre n.x = 1 RETURN n", 10, "line 1, column 11: wehre is unexpected; did you mean WHERE?");
	refuse("MATCH (n) RETURN n LIMT 5", 19, "line 1, column 20: LIMT is unexpected; did you mean LIMIT?");
	refuse("MATCH (n) RETURN n ORDRE BY n", 19, "line 1, column 20: ORDRE is unexpected; did you mean ORDER?");
}

HEAP_TEST(parser, says_that_it_only_reads)
{
	static const char *const words[] = {"CREATE", "merge",   "Set",  "DELETE", "DETACH",
					    "REMOVE", "FOREACH", "LOAD", "CALL"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		AUTO(text) struct text first, second, message;
		text_init(&first);
		text_init(&second);
		text_init(&message);
		text_printf(&first, "%s (n)", words[i]);
		text_printf(&message, "line 1, column 1: %s is unexpected: queries only read; MATCH ... RETURN asks",
			    words[i]);
		refuse(text_string(&first), 0, text_string(&message));
		text_printf(&second, "MATCH (n) %s n", words[i]);
		AUTO(arena) struct arena arena;
		struct query_syntax *syntax = NULL;
		arena_init(&arena);
		assert_error_says(parser_parse(&arena, text_string(&second), &syntax), ERROR_USAGE,
				  "queries only read");
	}
}

HEAP_TEST(parser, counts_lines_and_characters)
{
	refuse("MATCH (n)\nWHERE n.größe = = 1\nRETURN n", 28,
	       "line 2, column 17: = is unexpected; expected an expression");
	refuse("RETURN\n\n  'abc", 10, "line 3, column 3: this string doesn't end; ' ends it");
	refuse("RETURN 1 \033[2J", 9,
	       "line 1, column 10: this character has no meaning here; names with such are put between "
	       "backticks (`)");
	refuse("RETURN 1 `\033`", 9,
	       "line 1, column 10: `\\x1B` is unexpected; expected AS, \",\", ORDER, SKIP, LIMIT, OPTIONAL, "
	       "MATCH, UNWIND, WITH, RETURN or UNION");
}

/* What was tried and given up says more where it came farther. */
HEAP_TEST(parser, tells_the_farthest_mistake)
{
	refuse("MATCH (a) WHERE (a)-[:x->(b) RETURN a", 23,
	       "line 1, column 24: - is unexpected; expected \"|\", \"*\", \"{\", WHERE or \"]\"");
	refuse("MATCH (a) WHERE (a {size: })-->() RETURN a", 26,
	       "line 1, column 27: } is unexpected; expected an expression");
}

static void repeat(struct text *text, const char *part, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		text_add(text, part);
}

/* before * times, middle, after * times. */
static void check_nested(const char *before, const char *middle, const char *after, unsigned times, const char *message)
{
	AUTO(arena) struct arena arena;
	AUTO(text) struct text query;
	struct query_syntax *syntax = NULL;
	arena_init(&arena);
	text_init(&query);
	text_add(&query, "RETURN ");
	repeat(&query, before, times);
	text_add(&query, middle);
	repeat(&query, after, times);
	if (message == NULL)
		assert_ok(parser_parse(&arena, text_string(&query), &syntax));
	else
		assert_error_says(parser_parse(&arena, text_string(&query), &syntax), ERROR_USAGE, message);
}

HEAP_TEST(parser, bounds_depth)
{
	static const char *const deep = "nested deeper than 200 levels";
	check_nested("(", "1", ")", 190, NULL);
	check_nested("(", "1", ")", 300, deep);
	check_nested("(", "1", ")", 100000, deep);
	check_nested("(", "", "", 500000, deep);
	check_nested("[", "1", "]", 190, NULL);
	check_nested("[", "1", "]", 300, deep);
	check_nested("{a: ", "1", "}", 300, deep);
	check_nested("", "1", " + 1", 190, NULL);
	check_nested("", "1", " + 1", 300, deep);
	check_nested("", "a", ".b", 300, deep);
	check_nested("", "a", "[0]", 300, deep);
	check_nested("", "1", " IS NULL", 300, deep);
	check_nested("-", "1", "", 190, NULL);
	check_nested("-", "1", "", 199, NULL);
	check_nested("-", "1", "", 300, "more signs");
	check_nested("NOT ", "true", "", 300, "more NOT");
	check_nested("CASE WHEN ", "1", " THEN 1 END", 300, deep);
	check_nested("exists { (a WHERE ", "true", ") }", 300, deep);
	check_nested("[(a)-->() WHERE ", "true", " | 1]", 300, deep);
	/* No level is shallow only because it lies in a query of its own. */
	check_nested("exists { (a) WHERE 1 + 1 + 1 + 1 + 1 + 1 + 1 = ", "1", " }", 20, NULL);
	check_nested("exists { (a) WHERE ", "1", " + 1 + 1 + 1 + 1 + 1 + 1 + 1 = 1 }", 40, deep);
	check_nested("", "1", " AND 1", 100000, NULL);
}

/* Few bytes whose tree is endless. */
HEAP_TEST(parser, bounds_what_is_shared)
{
	check_nested("(0 < ", "1", " < 1)", 10, NULL);
	check_nested("(0 < ", "1", " < 1)", 150, "nested too often");
	check_nested("(", "a", ":b:c)", 10, NULL);
	check_nested("(", "a", ":b:c)", 150, "nested too often");
	check_nested("exists { (a WHERE 0 < ", "1", " < 1) }", 50, "nested too often");
}

HEAP_TEST(parser, bounds_what_is_tried_again)
{
	check_nested("[(a {b: ", "1", "})-->(), 1]", 4, NULL);
	check_nested("[(a {b: ", "1", "})-->(), 1]", 50, "too tangled");
}

HEAP_TEST(parser, bounds_length)
{
	AUTO(arena) struct arena arena;
	AUTO(text) struct text query;
	struct query_syntax *syntax = NULL;
	arena_init(&arena);
	text_init(&query);
	text_add(&query, "RETURN 1");
	while (query.length < SYNTAX_LENGTH)
		text_add_char(&query, ' ');
	assert_ok(parser_parse(&arena, text_string(&query), &syntax));
	text_add_char(&query, ' ');
	assert_error_says(parser_parse(&arena, text_string(&query), &syntax), ERROR_USAGE, "1048576 are the most");
}

/* Every query that is cut, and every one with a byte that is another one, is parsed or refused. */
HEAP_TEST(parser, survives_what_is_cut_or_changed)
{
	static const char query[] = "MATCH p = (a:b+ {c: 'd\\u0041'})-[e:f*1..2]->(g WHERE [x IN h | $i] = 1.5 KiB) "
				    "RETURN CASE WHEN exists { (a)<--() } THEN `j` ELSE count(DISTINCT k) END AS l";
	char copy[sizeof query];
	for (size_t i = 0; i < sizeof query; i++)
		for (unsigned c = 0; c < 256; c += 5) {
			AUTO(arena) struct arena arena;
			struct query_syntax *syntax = NULL;
			arena_init(&arena);
			memcpy(copy, query, sizeof query);
			copy[i] = (char)c;
			copy[sizeof query - 1] = '\0';
			AUTO(error) struct error *error = parser_parse(&arena, copy, &syntax);
			cr_assert((error == NULL) == (syntax != NULL));
			cr_assert(error == NULL || error->where <= strlen(copy));
		}
}

/* --- pointing ----------------------------------------------------------------------------------------------------- */

static void check_point(const char *query, uint64_t offset, unsigned width, const char *expected)
{
	AUTO(text) struct text text;
	text_init(&text);
	parser_point(query, offset, width, &text);
	cr_assert_str_eq(text_string(&text), expected, "'%s'", text_string(&text));
}

HEAP_TEST(parser, points_into_the_line)
{
	check_point("MATCH n", 6, 80, "MATCH n\n      ^\n");
	check_point("MATCH (n)\nWHERE x\nRETURN 1", 16, 80, "WHERE x\n      ^\n");
	check_point("MATCH", 5, 80, "MATCH\n     ^\n");
	check_point("MATCH", 500, 80, "MATCH\n     ^\n");
	check_point("", 0, 80, "\n^\n");
	check_point("\tgröße x", 9, 80, " größe x\n       ^\n");
	check_point("a\033x", 2, 80, "a\\x1Bx\n     ^\n");
	check_point("0123456789012345678901234567890123456789", 30, 21, "678901234567890123456\n              ^\n");
}
