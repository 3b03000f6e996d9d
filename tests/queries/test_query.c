#include "queries/query.h"

#include "queries/print.h"
#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include <stdlib.h>

/* 0 module, 1 its dict, 2 Cache, 3 its dict of sessions, 4 and 5 sessions, 6 and 7 users, 8 a list that its user is in, 9 a
 * weak reference to a session. */
static const char *const shop = "object 0x10 module size=50\n"
				"object 0x20 dict size=200\n"
				"object 0x30 app.Cache size=100\n"
				"object 0x40 dict size=1000\n"
				"object 0x50 app.Session size=64 ref=1\n"
				"object 0x60 app.Session size=65 ref=2\n"
				"object 0x70 app.User size=32\n"
				"object 0x80 app.User size=33\n"
				"object 0x90 list size=80\n"
				"object 0xa0 weakref size=72\n"
				"edge 0x10 0x20 .__dict__\n"
				"edge 0x20 0x30 ['cache']\n"
				"edge 0x30 0x40 .sessions\n"
				"edge 0x40 0x50 ['a']\n"
				"edge 0x40 0x60 ['b']\n"
				"edge 0x50 0x70 .user\n"
				"edge 0x60 0x80 .user\n"
				"edge 0x70 0x90 .items\n"
				"edge 0x90 0x70 [i]\n"
				"edge 0xa0 0x50 .target weak\n"
				"root modules app 0x10\n"
				"root frame main 0xa0 0x60\n";

static struct error *run(struct heaps *heaps, const char *text, struct limits *limits, struct text *result)
{
	const struct datum_map none = {0};
	struct query_heaps both = {.after = heaps->after, .before = heaps->before};
	AUTO(query) struct query query = {0};
	TRY(query_init(&query, text, &both, &none, limits));
	const struct datum *values;
	bool found = true;
	for (;;) {
		TRY(query_place_error(plan_next(query.plan, &values, &found), text));
		if (!found)
			return text_error(result);
		for (uint32_t i = 0; i < query.resolution.column_count; i++) {
			text_add(result, i > 0 ? " " : "");
			TRY(print_datum(plan_heap(query.plan), values[i], result));
		}
		text_add(result, "; ");
	}
}

static struct limits limits_of(void)
{
	return (struct limits){.memory = LIMITS_MEMORY, .steps = LIMITS_STEPS};
}

struct scenario {
	const char *query, *rows;
};

static void check_all(const char *before, const char *graph, const struct scenario *scenarios, size_t count)
{
	AUTO(heaps) struct heaps heaps = {0};
	help_heaps_init(&heaps, before, graph);
	for (size_t i = 0; i < count; i++) {
		AUTO(text) struct text result;
		text_init(&result);
		struct limits limits = limits_of();
		assert_ok(run(&heaps, scenarios[i].query, &limits, &result));
		cr_expect_str_eq(text_string(&result), scenarios[i].rows, "%s\n  got      %s\n  expected %s",
				 scenarios[i].query, text_string(&result), scenarios[i].rows);
		cr_expect_eq(limits.taken, 0, "%s: %llu bytes are still charged", scenarios[i].query,
			     (unsigned long long)limits.taken);
	}
}
#define CHECK(graph, ...)                                                                                              \
	do {                                                                                                           \
		static const struct scenario all_[] = {__VA_ARGS__};                                                   \
		check_all(NULL, graph, all_, sizeof all_ / sizeof all_[0]);                                            \
	} while (0)

HEAP_TEST(query, scans)
{
	CHECK(shop, {"MATCH (n) RETURN count(*)", "10; "}, {"MATCH (n:dict) RETURN n.id", "1; 3; "},
	      {"MATCH (n:dict|list) RETURN n.id", "1; 3; 8; "}, {"MATCH (n:!dict) RETURN count(n)", "8; "},
	      {"MATCH (n:root) RETURN n.name", "app; main; "}, {"MATCH (n:root|dict) RETURN count(*)", "4; "},
	      {"MATCH (n) WHERE n:root RETURN count(*)", "2; "},
	      {"MATCH (n) WHERE n.size > 64 AND n.size <= 100 RETURN n.id", "2; 5; 8; 9; "},
	      {"MATCH (n) WHERE 64 < n.size AND n.size <> 65 AND n.size < 1000 RETURN n.id", "1; 2; 8; 9; "},
	      {"MATCH (n) WHERE n.size = 65 RETURN n.id", "5; "}, {"MATCH (n {size: 65}) RETURN n.id", "5; "},
	      {"MATCH (n) WHERE n.type =~ 'app.*' RETURN n.id", "2; 4; 5; 6; 7; "},
	      {"MATCH (n) WHERE n.type = 'dict' OR n.size = 32 RETURN n.id", "1; 3; 6; "},
	      {"MATCH (n WHERE n.size > 900) RETURN n.id", "3; "}, {"MATCH (n) WHERE n.id = 4 RETURN n", "app.Session #4; "},
	      {"MATCH (n) WHERE n.address = 0x60 RETURN n.id", "5; "},
	      {"MATCH (n) WHERE n.id = 10 OR n.id = -1 RETURN n", ""}, {"MATCH (n) WHERE n.id = 10 RETURN n", ""},
	      {"MATCH (n:dict) WHERE n.id = 4 RETURN n", ""}, {"MATCH (n:dict) WHERE false RETURN n", ""},
	      {"MATCH (n) WHERE n.size > null RETURN n", ""}, {"MATCH (n:dict) WHERE n.size > 64 RETURN count(*)", "2; "});
}

HEAP_TEST(query, expands)
{
	CHECK(shop, {"MATCH (a:`app.Session`)-[:user]->(b) RETURN a.id, b.id", "4 6; 5 7; "},
	      {"MATCH (b)<-[e:user]-(a) RETURN a.id, e.name, b.id", "4 user 6; 5 user 7; "},
	      {"MATCH (a)-->(b:list) RETURN a.id", "6; "}, {"MATCH (a)<--(b:list) RETURN a.id", "6; "},
	      {"MATCH (a:list)--(b) RETURN a.id, b.id", "8 6; 8 6; "},
	      {"MATCH (r:root)-->(x) RETURN r.name, x.id ORDER BY x.id", "app 0; main 5; main 9; "},
	      {"MATCH (x:`app.Session`)<--(r:root) RETURN r.name, x.id", "main 5; "},
	      {"MATCH (x:`app.Session`)<--(r) RETURN x.id, r.id ORDER BY x.id, r.id", "4 3; 4 9; 5 3; "},
	      {"MATCH ()-[e]->() WHERE e.class = 'weak' RETURN e.name", "target; "},
	      {"MATCH ()-[e {class: 'weak'}]->() RETURN e.name", "target; "},
	      {"MATCH (a)-[e]->(b)-[f]->(c:list) RETURN a.id, b.id, c.id", "4 6 8; 8 6 8; "},
	      {"MATCH (a)-->(b)-->(c) RETURN count(*)", "10; "}, {"MATCH (a)-[e]->(b)-[f]->(c) RETURN count(f.class)", "10; "},
	      {"MATCH (a)-->(b)-->(c:`app.User`) RETURN count(*)", "4; "}, {"MATCH (r:root)-->(b)-->(c) RETURN count(*)", "3; "},
	      {"MATCH (a)-->(b)-->(a) RETURN a.id, b.id ORDER BY a.id", "6 8; 8 6; "},
	      {"MATCH (a)-[e]-(b)-[f]-(a) RETURN a.id, b.id ORDER BY a.id", "6 8; 6 8; 8 6; 8 6; "},
	      {"MATCH (a:dict)-->(b:dict) RETURN a", ""}, {"MATCH (a)-->(b) RETURN count(*)", "10; "},
	      {"MATCH (a)--(b) RETURN count(*)", "20; "}, {"MATCH (a)-[:user|items]->(b) RETURN count(*)", "3; "},
	      {"MATCH (a)-->(b), (c)-->(d) RETURN count(*)", "90; "},
	      {"MATCH (a)-->(b) MATCH (c)-->(d) RETURN count(*)", "100; "},
	      {"MATCH (a)-[e]->(b) WITH e MATCH (c)-[e]->(d:list) RETURN c.id, d.id", "6 8; "},
	      {"MATCH (a:list)-[e]->(b) MATCH (c)-[e]-(d) RETURN c.id, d.id", "8 6; 6 8; "});
}

HEAP_TEST(query, joins)
{
	CHECK(shop, {"MATCH (a:dict), (b:list) RETURN a.id, b.id ORDER BY a.id", "1 8; 3 8; "},
	      {"MATCH (a:dict), (b:dict) RETURN count(*)", "4; "},
	      {"MATCH (a), (b) WHERE a.size = b.size AND a.id < b.id RETURN count(*)", "0; "},
	      {"MATCH (a:`app.Session`)-[:user]->(u), (b:list)-->(v) WHERE u.id = v.id RETURN a.id, b.id", "4 8; "},
	      {"MATCH (a:`app.Session`)-[:user]->(u), (b:list)-->(v) WHERE u = v RETURN a.id, b.id", "4 8; "},
	      {"MATCH (a:dict) MATCH (b) WHERE b.id = a.id + 1 RETURN a.id, b.id", "1 2; 3 4; "},
	      {"MATCH (a:dict) MATCH (b:`app.User`) WHERE b.size < a.size RETURN count(*)", "4; "});
}

HEAP_TEST(query, walks)
{
	CHECK(shop, {"MATCH (a:module)-[*2]->(b) RETURN b.id", "2; "},
	      {"MATCH (a:module)-[*0..1]->(b) RETURN b.id", "0; 1; "},
	      {"MATCH (a:module)-[*]->(b) RETURN b.id", "1; 2; 3; 4; 6; 8; 6; 5; 7; "},
	      {"MATCH (a)-[*2..3]->(b:list) RETURN a.id ORDER BY a.id", "3; 4; 8; 9; "},
	      {"MATCH (a:list)-[e*1..5]->(b) RETURN b.id, size(e)", "6 1; 8 2; "},
	      {"MATCH (a:`app.Cache`)-[e*2..2]->(b) RETURN [x IN e | x.name], b.id ORDER BY b.id", "['sessions', 'a'] 4; ['sessions', 'b'] 5; "},
	      {"MATCH (b:`app.User`)<-[e*2]-(a) RETURN [x IN e | x.name], b.id ORDER BY b.id, a.id",
	       "['user', 'a'] 6; ['[0]', 'items'] 6; ['user', 'target'] 6; ['user', 'b'] 7; "},
	      {"MATCH (a)-[* {class: 'weak'}]->(b) RETURN a.id, b.id", "9 4; "},
	      {"MATCH (r:root)-[*1..2]->(x) RETURN r.name, x.id ORDER BY r.name, x.id", "app 0; app 1; main 4; main 5; main 7; main 9; "},
	      {"MATCH (a:module)-[*reach]->(b) RETURN b.id ORDER BY b.id", "1; 2; 3; 4; 5; 6; 7; 8; "},
	      {"MATCH (a:list)-[*reach]->(b) RETURN b.id ORDER BY b.id", "6; 8; "},
	      {"MATCH (a:list)<-[*reach]-(b:module) RETURN b.id", "0; "},
	      {"MATCH (a)-[:user|items*reach]->(b:list) RETURN a.id ORDER BY a.id", "4; 6; "},
	      {"MATCH (r:root)-[*reach]->(b:list) RETURN r.name ORDER BY r.name", "app; main; "});
}

HEAP_TEST(query, shortest_paths)
{
	CHECK(shop, {"MATCH p = shortestPath((a:module)-[*]->(b:list)) RETURN length(p), [n IN nodes(p) | n.id]", "6 [0, 1, 2, 3, 4, 6, 8]; "},
	      {"MATCH p = shortestPath((r:root)-[*]->(x:`app.User`)) RETURN r.name, x.id, length(p) ORDER BY x.id", "main 6 3; main 7 2; "},
	      {"MATCH p = shortestPath((x:dict)<-[*]-(r:root)) RETURN r.name, x.id, length(p) ORDER BY x.id", "app 1 2; app 3 4; "},
	      {"MATCH (x) WHERE x.id = 8 MATCH p = shortestPath((r:root)-[*]->(x)) RETURN [n IN nodes(p)[1..] | n.id]", "[9, 4, 6, 8]; "},
	      {"MATCH (a:list), (b:list) MATCH p = shortestPath((a)-[*]->(b)) RETURN length(p)", "2; "},
	      {"MATCH p = allShortestPaths((a:module)-[*]->(b:list)) RETURN length(p)", "6; "},
	      {"MATCH p = allShortestPaths((a:list)-[*]-(b:`app.User`)) RETURN b.id, length(p) ORDER BY b.id", "6 1; 6 1; 7 5; 7 5; "},
	      {"MATCH p = shortestPath((a:list)-[*..2]->(b:dict)) RETURN p", ""});
}

HEAP_TEST(query, optional_and_patterns)
{
	CHECK(shop, {"MATCH (d:dict) OPTIONAL MATCH (d)-->(s:`app.Session`) RETURN d.id, s.id", "1 null; 3 4; 3 5; "},
	      {"OPTIONAL MATCH (n:list)-->(m:dict) RETURN n, m", "null null; "},
	      {"MATCH (d:dict) OPTIONAL MATCH (d)-->(s) WHERE s.size = 65 RETURN d.id, s.id", "1 null; 3 5; "},
	      {"OPTIONAL MATCH (n:list)-->(m:dict) OPTIONAL MATCH (m)-->(x) RETURN x", "null; "},
	      {"MATCH (s:`app.Session`) WHERE NOT (s)<--(:weakref) RETURN s.id", "5; "},
	      {"MATCH (s:`app.Session`) WHERE (s)<--(:weakref) RETURN s.id", "4; "},
	      {"MATCH (s:dict) RETURN s.id, [(s)-->(x) | x.id] AS ids", "1 [2]; 3 [4, 5]; "},
	      {"MATCH (s:dict) WHERE COUNT { (s)-->(x) } > 1 RETURN s.id", "3; "},
	      {"MATCH (s:dict) WHERE EXISTS { MATCH (s)-->(x) WHERE x.size = 65 } RETURN s.id", "3; "},
	      {"MATCH p = (a:`app.Session`)-[:user]->(u) RETURN p ORDER BY a.id LIMIT 1", "(app.Session #4)-[.user]->(app.User #6); "});
}

HEAP_TEST(query, projections)
{
	CHECK(shop, {"RETURN 1 + 1 AS two", "2; "}, {"UNWIND [3, 1, 2] AS x RETURN x ORDER BY x", "1; 2; 3; "},
	      {"UNWIND [3, 1, null, 2] AS x RETURN x ORDER BY x DESC", "null; 3; 2; 1; "},
	      {"UNWIND [3, 1, 2] AS x RETURN x ORDER BY x DESC SKIP 1 LIMIT 1", "2; "},
	      {"UNWIND [] AS x RETURN x", ""}, {"UNWIND [1, 1.0, 2] AS x RETURN DISTINCT x", "1; 2; "},
	      {"MATCH (n) RETURN n.type AS t, count(*) AS c ORDER BY c DESC, t LIMIT 3", "app.Session 2; app.User 2; dict 2; "},
	      {"MATCH (n:dict) RETURN n.id AS i, n.size AS s ORDER BY s DESC", "3 1000; 1 200; "},
	      {"MATCH (n) RETURN n.id ORDER BY n.size DESC LIMIT 3", "3; 1; 2; "},
	      {"MATCH (n) RETURN n.id ORDER BY n.size LIMIT 2", "6; 7; "},
	      {"MATCH (n) RETURN n.id ORDER BY n.size DESC SKIP 1 LIMIT 2", "1; 2; "},
	      {"MATCH (n) RETURN n.id LIMIT 0", ""}, {"MATCH (n:weakref)-[e]->() WHERE e.index IS NULL RETURN 1", "1; "});
}

HEAP_TEST(query, groups)
{
	CHECK(shop, {"MATCH (n:list) WHERE n.size > 5000 RETURN count(*), sum(n.size), collect(n.id)", "0 0 []; "},
	      {"MATCH (n:list) WHERE n.size > 5000 RETURN n.type, count(*)", ""},
	      {"MATCH (n) RETURN sum(n.size) AS s, min(n.size), max(n.size)", "1696 32 1000; "},
	      {"MATCH (n:dict) WITH n.type AS t, collect(n) AS ns RETURN t, size(ns)", "dict 2; "},
	      {"MATCH (a)-->(b) WITH a, count(*) AS n WHERE n > 1 RETURN a.id, n", "3 2; "},
	      {"MATCH (n) RETURN n.type = 'dict' AS d, count(*) + 1 AS c ORDER BY d", "false 9; true 3; "},
	      {"MATCH (n) WITH count(*) AS c MATCH (m:list) RETURN c, m.id", "10 8; "},
	      {"MATCH (n) RETURN count(DISTINCT n.type) AS c", "7; "});
}

HEAP_TEST(query, unions)
{
	CHECK(shop, {"MATCH (n:dict) RETURN n UNION MATCH (n:dict) RETURN n", "dict #1; dict #3; "},
	      {"MATCH (n:list) RETURN n UNION ALL MATCH (n:list) RETURN n", "list #8; list #8; "},
	      {"RETURN 1 AS x UNION RETURN 2 AS x UNION RETURN 1 AS x", "1; 2; "});
	static const struct scenario pair[] = {
		{"FROM before MATCH (n) RETURN count(*) AS c UNION ALL MATCH (n) RETURN count(*) AS c", "1; 10; "},
		{"FROM before MATCH (n:module) RETURN n UNION MATCH (n:module) RETURN n", "module #0; module #0; "},
	};
	check_all("object 0x10 module size=50\n", shop, pair, 2);
}

static void check_fails(const char *query, struct limits limits, enum error_code code, const char *part)
{
	AUTO(heaps) struct heaps heaps = {0};
	AUTO(text) struct text result;
	text_init(&result);
	help_heaps_init(&heaps, NULL, shop);
	assert_error_says(run(&heaps, query, &limits, &result), code, part);
	cr_expect_eq(limits.taken, 0, "%s: %llu bytes are still charged", query, (unsigned long long)limits.taken);
}

HEAP_TEST(query, refuses_what_takes_too_much)
{
	const volatile sig_atomic_t stop = 1;
	check_fails("MATCH (a), (b), (c), (d) RETURN a ORDER BY a.size", (struct limits){.memory = 20000, .steps = 1000},
		    ERROR_MEMORY, "to sort its rows; narrow it, or allow more by --max-memory");
	check_fails("MATCH (a), (b), (c), (d) RETURN DISTINCT a, b, c, d", (struct limits){.memory = 20000, .steps = 1000},
		    ERROR_MEMORY, "--max-memory");
	check_fails("MATCH (a)-[*]-(b)-[*]-(c)-[*]-(d) RETURN count(*)", (struct limits){.memory = 20000, .steps = 1000},
		    ERROR_MEMORY, "more than 1,000 steps along");
	check_fails("MATCH (a), (b), (c), (d) RETURN count(*)",
		    (struct limits){.memory = 200000, .steps = 1000, .interrupted = &stop}, ERROR_INTERRUPTED, "interrupted");
}

HEAP_TEST(query, refuses_patterns_without_end)
{
	AUTO(text) struct text text;
	text_init(&text);
	text_add(&text, "MATCH (a)");
	for (int i = 0; i < 3000; i++)
		text_add(&text, "-->(a)");
	text_add(&text, " RETURN a");
	check_fails(text_string(&text), limits_of(), ERROR_USAGE, "no more than 2000 nodes and edges");
}

HEAP_TEST(query, tells_where_an_error_is)
{
	check_fails("MATCH (n)\nRETURN 1 + 'a' - [] AS x", limits_of(), ERROR_USAGE, "line 2, column");
	check_fails("MATCH p = shortestPath((a)-[*3..5]->(b)) RETURN p", limits_of(), ERROR_USAGE, "length()");
}

static void check_report(const char *text, uint64_t most, const char *const *lines, size_t count)
{
	AUTO(heaps) struct heaps heaps = {0};
	AUTO(report) struct report report;
	AUTO(query) struct query query = {0};
	const struct datum_map none = {0};
	struct limits limits = limits_of();
	help_heaps_init(&heaps, NULL, shop);
	struct query_heaps both = {.after = heaps.after};
	report_init(&report, "query", SIZE_BINARY);
	assert_ok(query_init(&query, text, &both, &none, &limits));
	assert_ok(query_report(&query, most, &report));
	const struct section *rows = report_find(&report, "rows");
	cr_assert_not_null(rows);
	cr_assert_eq(rows->rows.count, count, "%zu rows", rows->rows.count);
	for (size_t r = 0; r < count; r++) {
		AUTO(text) struct text line;
		text_init(&line);
		for (size_t f = 0; f < rows->fields.count; f++) {
			text_add(&line, f > 0 ? " | " : "");
			value_print(&line, rows->fields.items[f].kind, &rows->rows.items[r].cells[f], SIZE_BINARY);
		}
		cr_expect_str_eq(text_string(&line), lines[r], "got %s\nexpected %s", text_string(&line), lines[r]);
	}
}

HEAP_TEST(query, reports_columns_with_their_units)
{
	static const char *const units[] = {"dict #3 | 1000 B | 0x40 | yes | 0.5 | -1"};
	check_report("MATCH (d:dict) WHERE d.size = 1000 RETURN d, d.size AS bytes, d.address, d.size > 5 AS big, 0.5 AS half, "
		     "-1 AS minus",
		     0, units, 1);
	static const char *const mixed[] = {"1", "a", ""};
	check_report("UNWIND [1, 'a', null] AS x RETURN x", 0, mixed, 3);
	static const char *const few[] = {"0", "1"};
	check_report("MATCH (n) RETURN n.id", 2, few, 2);
}

HEAP_TEST(query, explains)
{
	static const char *const plan[] = {
		"project | d.id | 0",
		"scan | (d:dict), by column d.size < 10 WHERE d.type STARTS WITH 'd' OR d.size > 5 | 0",
		"one row |  | 1"};
	check_report("EXPLAIN MATCH (d:dict) WHERE d.size < 10 AND (d.type STARTS WITH 'd' OR d.size > 5) RETURN d.id", 0, plan, 3);
}
