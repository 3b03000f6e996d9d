#include "queries/unparse.h"

#include "queries/parser.h"
#include "tests/test.h"

static void rewrite(const char *query, struct text *text)
{
	AUTO(arena) struct arena arena;
	struct query_syntax *syntax = NULL;
	arena_init(&arena);
	assert_ok(parser_parse(&arena, query, &syntax));
	unparse_query(syntax, text);
	assert_ok(text_error(text));
}

/* It is written as expected, and that is written as it is. */
static void check(const char *query, const char *expected)
{
	AUTO(text) struct text first, second;
	text_init(&first);
	text_init(&second);
	rewrite(query, &first);
	cr_assert_str_eq(text_string(&first), expected, "'%s' is written '%s', not '%s'", query, text_string(&first),
			 expected);
	rewrite(expected, &second);
	cr_assert_str_eq(text_string(&second), expected, "'%s' is written '%s'", expected, text_string(&second));
}

/* An expression as a condition, which has no name that would be kept. */
static void check_expression(const char *expression, const char *expected)
{
	AUTO(text) struct text query, wanted;
	text_init(&query);
	text_init(&wanted);
	text_printf(&query, "match(x) where %s return x", expression);
	text_printf(&wanted, "MATCH (x) WHERE %s\nRETURN x", expected);
	check(text_string(&query), text_string(&wanted));
}

HEAP_TEST(unparse, writes_a_clause_a_line)
{
	check("match (n) return n", "MATCH (n)\nRETURN n");
	check("from before optional match (a),(b) where true return a union all unwind [] as a return a",
	      "FROM before OPTIONAL MATCH (a), (b) WHERE true\nRETURN a\nUNION ALL\nUNWIND [] AS a\nRETURN a");
	check("explain with 1 as x where x>0 return distinct *,x as y order by x asc,y descending skip 1 limit $n union return 1 as x",
	      "EXPLAIN WITH 1 AS x WHERE x > 0\nRETURN DISTINCT *, x AS y ORDER BY x, y DESC SKIP 1 LIMIT $n\nUNION\n"
	      "RETURN 1 AS x");
	check("profile /* one */ return 1 // two", "PROFILE RETURN 1");
}

HEAP_TEST(unparse, keeps_what_columns_are_called)
{
	check("return n.size+1,  n.size + 1,count( * )",
	      "RETURN n.size + 1 AS `n.size+1`, n.size + 1, count(*) AS `count( * )`");
	check("return n, n as n, n as m", "RETURN n, n, n AS m");
	check("with n.size+1 return 1", "WITH n.size + 1\nRETURN 1");
}

HEAP_TEST(unparse, writes_patterns)
{
	check("MATCH p=(a:dict:!list|app.Session+ {id:5,`x y`:[1]} WHERE a.size>1) RETURN p",
	      "MATCH p = (a:dict:!list|`app.Session`+ {id: 5, `x y`: [1]} WHERE a.size > 1)\nRETURN p");
	check("MATCH ()-->()<--()--()<-[]->() RETURN 1", "MATCH ()-->()<--()--()--()\nRETURN 1");
	check("MATCH ()-[e:a|:b {class:'weak'} WHERE e.name='a']->() RETURN 1",
	      "MATCH ()-[e:a|b {class: 'weak'} WHERE e.name = 'a']->()\nRETURN 1");
	check("MATCH ()-[*]->()-[*2]->()-[*1..]->()-[*..3]->()-[*0..3]->()<-[e:a*2..]-()-[:a*REACH]-() RETURN 1",
	      "MATCH ()-[*]->()-[*2]->()-[*]->()-[*1..3]->()-[*0..3]->()<-[e:a*2..]-()-[:a*reach]-()\nRETURN 1");
	check("MATCH ({a:1} WHERE true)-[{name:'x'}]-(WHERE true) RETURN 1",
	      "MATCH ({a: 1} WHERE true)-[{name: 'x'}]-(WHERE true)\nRETURN 1");
	check("MATCH p=SHORTESTPATH((a)-[*]->(b)), allshortestpaths((a)-[*]->(b)) RETURN p",
	      "MATCH p = shortestPath((a)-[*]->(b)), allShortestPaths((a)-[*]->(b))\nRETURN p");
}

HEAP_TEST(unparse, writes_parentheses_where_they_matter)
{
	check_expression("(a AND b) OR (c AND d)", "a AND b OR c AND d");
	check_expression("a AND (b OR c)", "a AND (b OR c)");
	check_expression("(a AND b) AND c", "(a AND b) AND c");
	check_expression("(a XOR b) AND NOT (c OR d)", "(a XOR b) AND NOT (c OR d)");
	check_expression("NOT NOT a = b", "NOT NOT a = b");
	check_expression("(a = b) = c", "(a = b) = c");
	check_expression("a IN b = c", "(a IN b) = c");
	check_expression("a < b <= c", "a < b AND b <= c");
	check_expression("a + 1 IS NOT NULL AND (a IS NULL) IS NULL", "a + 1 IS NOT NULL AND (a IS NULL) IS NULL");
	check_expression("a - b - c - (d - e)", "a - b - c - (d - e)");
	check_expression("(a + b) * c % d / (e * f)", "(a + b) * c % d / (e * f)");
	check_expression("-2 ^ 2 + -(2 ^ 2)", "(-2) ^ 2 + -(2 ^ 2)");
	check_expression("2 ^ 3 ^ 4 ^ -1", "((2 ^ 3) ^ 4) ^ (-1)");
	check_expression("- - +a", "-(-(+a))");
	check_expression("(-a).b + (a + b).c + (1).d + [1][0].e", "(-a).b + (a + b).c + (1).d + [1][0].e");
	check_expression("(x.a:b)", "x.a:b");
	check_expression("x:a|b AND x:!c", "(x:a|b) AND x:!c");
	check_expression("x:a:b", "x:a AND x:b");
}

HEAP_TEST(unparse, writes_every_kind_of_expression)
{
	check_expression("$a+$`b c`+$1+`match`+`größe`", "$a + $`b c` + $`1` + `match` + größe");
	check_expression("nUlL OR tRuE", "null OR true");
	check_expression("1.0 + 1e30 + 0x10 + 1 KiB + .5", "1.0 + 1e+30 + 16 + 1024 + 0.5");
	check_expression("-9223372036854775808", "-9223372036854775808");
	check_expression("\"it's\" + '\\u0001\\n\\\\\\b'", "'it\\'s' + '\\u0001\\n\\\\\\b'");
	check_expression("a[1] + a[1..] + a[..1] + a[1..2] + a[..]", "a[1] + a[1..] + a[..1] + a[1..2] + a[..]");
	check_expression("a.`b c`.match.`d`", "a.`b c`.`match`.d");
	check_expression("{a:1,`b`:[],`c d`:{}}", "{a: 1, b: [], `c d`: {}}");
	check_expression("case when a then b end + case a when 1 then 2 when 3 then 4 else 5 end",
			 "CASE WHEN a THEN b END + CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END");
	check_expression("count(*)+COUNT(DISTINCT a)+toLower('a')+exists(a.b)+pi()",
			 "count(*) + COUNT(DISTINCT a) + toLower('a') + exists(a.b) + pi()");
	check_expression("[a in b]+[a in b where c]+[a in b|c]+[a in b where c|d]",
			 "[a IN b] + [a IN b WHERE c] + [a IN b | c] + [a IN b WHERE c | d]");
	check_expression(
		"all(a in b where c) AND ANY(a in b where c) AND none(a in b where c) AND single(a in b where c)",
		"all(a IN b WHERE c) AND any(a IN b WHERE c) AND none(a IN b WHERE c) AND single(a IN b WHERE c)");
	check_expression("reduce(a=0,b in c|a+b)", "reduce(a = 0, b IN c | a + b)");
	check_expression("`all`(a)+`reduce`(b)+`exists`(c)", "`all`(a) + `reduce`(b) + exists(c)");
	check_expression("a=~'b' OR a starts with 'b' OR a ends with 'b' OR a contains 'b' OR a in ['b']",
			 "a =~ 'b' OR a STARTS WITH 'b' OR a ENDS WITH 'b' OR a CONTAINS 'b' OR a IN ['b']");
}

HEAP_TEST(unparse, writes_patterns_and_queries_in_expressions)
{
	check_expression("not (x)-->() and exists((x)<--())", "NOT (x)-->() AND (x)<--()");
	check_expression("((x)-->())=true", "((x)-->()) = true");
	check_expression("[(x)-->(y)|y]+[p=(x)-->(y) where y:a|p]", "[(x)-->(y) | y] + [p = (x)-->(y) WHERE y:a | p]");
	check_expression("exists{(x)-->(y) where y.size>1}", "EXISTS { MATCH (x)-->(y) WHERE y.size > 1 }");
	check_expression("count{match(x)-->(y) return y union match (y) return y}>3",
			 "COUNT { MATCH (x)-->(y) RETURN y UNION MATCH (y) RETURN y } > 3");
	check_expression("shortestPath((x)-[*]->(y)) is null", "(shortestPath((x)-[*]->(y))) IS NULL");
}

/* A | that comes after labels is theirs, unless something else ends with one here. */
HEAP_TEST(unparse, lets_no_bar_go_to_labels)
{
	check_expression("[a in b where a:c|a.d]", "[a IN b WHERE a:c | a.d]");
	check_expression("[a in b where (a:c|d)|e]", "[a IN b WHERE (a:c|d) | e]");
	check_expression("[a in b where x and (a:c|d)]", "[a IN b WHERE x AND (a:c|d)]");
	check_expression("[a in b:c|d]", "[a IN b:c | d]");
	check_expression("reduce(a=b:c|d,e in f:g|h)", "reduce(a = b:c|d, e IN f:g | h)");
	check_expression("all(a in b where a:c|d)", "all(a IN b WHERE (a:c|d))");
}

static void check_datum(struct datum datum, const char *expected)
{
	AUTO(text) struct text text;
	text_init(&text);
	unparse_datum(datum, &text);
	cr_assert_str_eq(text_string(&text), expected);
}

HEAP_TEST(unparse, writes_values)
{
	AUTO(arena) struct arena arena;
	struct datum_list *list;
	struct datum_map *map;
	struct datum datum;
	arena_init(&arena);
	check_datum(datum_null(), "null");
	check_datum(datum_boolean(false), "false");
	check_datum(datum_integer(-5), "-5");
	check_datum(datum_float(2), "2.0");
	check_datum(datum_string("a\0b", 3), "'a\\u0000b'");
	check_datum(datum_node(3), "null");
	assert_ok(datum_map_create(&arena, 2, &map));
	map->entries[0] = (struct datum_entry){datum_string("b c", 3), datum_integer(1)};
	map->entries[1] = (struct datum_entry){datum_string("a", 1), datum_boolean(true)};
	assert_ok(datum_of_map(map, &datum));
	check_datum(datum, "{a: true, `b c`: 1}");
	assert_ok(datum_list_create(&arena, 2, &list));
	list->items[0] = datum_float(0.5);
	list->items[1] = datum;
	assert_ok(datum_of_list(list, &datum));
	check_datum(datum, "[0.5, {a: true, `b c`: 1}]");
}

HEAP_TEST(unparse, quotes_names_that_are_no_words)
{
	static const char *const names[][2] = {{"a", "a"},           {"_1", "_1"},         {"1a", "`1a`"},
					       {"a b", "`a b`"},     {"a`b", "`a``b`"},    {"a.b", "`a.b`"},
					       {"MATCH", "`MATCH`"}, {"Match", "`Match`"}, {"", "``"},
					       {"größe", "größe"}};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		AUTO(text) struct text text;
		text_init(&text);
		unparse_name(names[i][0], strlen(names[i][0]), &text);
		cr_assert_str_eq(text_string(&text), names[i][1]);
	}
}
