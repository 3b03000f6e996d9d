#include "queries/resolve.h"

#include "queries/parser.h"
#include "tests/queries/help_heaps.h"
#include "tests/test.h"

static const char *const shop = "type app.Store base=dict\n"
				"object 0x10 module size=50\n"
				"object 0x20 dict size=200\n"
				"object 0x30 app.Session size=64\n"
				"object 0x40 app.Store size=100\n"
				"edge 0x10 0x20 .__dict__\n"
				"edge 0x20 0x30 ['a']\n"
				"edge 0x20 0x40 ['b']\n"
				"root modules app 0x10\n";

struct resolved {
	struct heaps heaps;
	struct query_syntax *query;
	struct resolution resolution;
	struct text text; /* that the query was made of */
};

static void resolved_deinit(struct resolved *resolved)
{
	resolution_deinit(&resolved->resolution);
	text_deinit(&resolved->text);
	help_heaps_deinit(&resolved->heaps);
}
DEFINE_AUTO_VALUE(resolved, struct resolved, resolved_deinit);

/* With $five = 5 and $name = 'dict'. */
static struct error *resolve(struct resolved *resolved, const char *query)
{
	struct query_heaps heaps = {.after = resolved->heaps.after, .before = resolved->heaps.before};
	struct arena *arena = &resolved->heaps.arena;
	struct datum_map *parameters;
	struct datum settled;
	TRY(datum_map_create(arena, 2, &parameters));
	parameters->entries[0] = (struct datum_entry){datum_string("five", 4), datum_integer(5)};
	parameters->entries[1] = (struct datum_entry){datum_string("name", 4), datum_string("dict", 4)};
	TRY(datum_of_map(parameters, &settled));
	TRY(parser_parse(arena, query, &resolved->query));
	return resolve_query(resolved->query, &heaps, settled.map, arena, &resolved->resolution);
}

static void resolve_pair(struct resolved *resolved, const char *before, const char *query)
{
	*resolved = (struct resolved){0};
	text_init(&resolved->text);
	text_add(&resolved->text, query);
	help_heaps_init(&resolved->heaps, before, shop);
	assert_ok(resolve(resolved, text_string(&resolved->text)));
}

static void resolve_one(struct resolved *resolved, const char *query)
{
	resolve_pair(resolved, NULL, query);
}

static const struct clause *clause_of(const struct resolved *resolved, uint32_t number)
{
	return &resolved->query->queries[0].clauses[number];
}

/* What a single WHERE asks. */
static const struct expression *where_of(const struct resolved *resolved)
{
	return clause_of(resolved, 0)->where;
}

/* --- variables ---------------------------------------------------------------------------------------------------- */

HEAP_TEST(resolve, gives_each_variable_a_slot)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved,
		    "MATCH p = (a)-[e]->()-[f*]->(b), (a)--(c) WHERE a.size > 1 MATCH (a)-[e]->(d) RETURN a, d");
	const struct pattern *first = clause_of(&resolved, 0)->patterns, *later = clause_of(&resolved, 1)->patterns;
	uint32_t slots[] = {first[0].slot,          first[0].nodes[0].slot, first[0].edges[0].slot,
			    first[0].nodes[1].slot, first[0].edges[1].slot, first[0].nodes[2].slot,
			    first[1].edges[0].slot, first[1].nodes[1].slot, later[0].nodes[1].slot};
	size_t count = sizeof slots / sizeof slots[0];
	for (size_t i = 0; i < count; i++) {
		cr_assert_lt(slots[i], resolved.query->queries[0].slots);
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(slots[i], slots[j]);
	}
	cr_assert_eq(first[1].nodes[0].slot, first[0].nodes[0].slot);
	cr_assert_eq(later[0].nodes[0].slot, first[0].nodes[0].slot);
	cr_assert_eq(later[0].edges[0].slot, first[0].edges[0].slot);
	cr_assert_eq(where_of(&resolved)->operands[0]->operands[0]->slot, first[0].nodes[0].slot);
}

HEAP_TEST(resolve, tells_what_is_bound_before)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(
		&resolved,
		"MATCH (a)-[e]->(b), (a)-->(c) MATCH (a)-[e]->(d) WHERE (d)-->(a) AND EXISTS { (d)-->(x) } RETURN a");
	const struct pattern *first = clause_of(&resolved, 0)->patterns, *later = clause_of(&resolved, 1)->patterns;
	cr_assert(!first[0].nodes[0].bound && !first[0].edges[0].bound && !first[1].nodes[0].bound);
	cr_assert(later[0].nodes[0].bound && later[0].edges[0].bound && !later[0].nodes[1].bound);
	const struct expression *where = clause_of(&resolved, 1)->where;
	const struct pattern *condition = where->operands[0]->pattern;
	cr_assert(condition->nodes[0].bound && condition->nodes[1].bound);
	const struct pattern *inner = where->operands[1]->query->queries[0].clauses[0].patterns;
	cr_assert(inner->nodes[0].bound && !inner->nodes[1].bound);
	cr_assert_eq(inner->nodes[0].slot, later[0].nodes[1].slot);
}

HEAP_TEST(resolve, hides_names_in_what_binds_them)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved,
		    "MATCH (a) RETURN [a IN [1] WHERE a > 0 | a] AS b, a, reduce(a = 0, x IN [1] | a + x) AS c");
	const struct projection *projection = &clause_of(&resolved, 1)->projection;
	const struct expression *list = projection->items[0].expression, *reduced = projection->items[2].expression;
	uint32_t outer = clause_of(&resolved, 0)->patterns[0].nodes[0].slot;
	cr_assert_neq(list->slot, outer);
	cr_assert_eq(list->condition->operands[0]->slot, list->slot);
	cr_assert_eq(list->result->slot, list->slot);
	cr_assert_eq(projection->items[1].expression->slot, outer);
	cr_assert(reduced->slot != outer && reduced->inner_slot != reduced->slot);
	cr_assert_eq(reduced->result->operands[0]->slot, reduced->slot);
	cr_assert_eq(reduced->result->operands[1]->slot, reduced->inner_slot);
}

HEAP_TEST(resolve, puts_all_variables_in_the_place_of_a_star)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved, "MATCH (a)-[e]->(b) WITH a, e AS f RETURN *, 1 AS one");
	cr_assert_eq(resolved.resolution.column_count, 3);
	cr_assert_str_eq(resolved.resolution.columns[0].name, "a");
	cr_assert_str_eq(resolved.resolution.columns[1].name, "f");
	cr_assert_str_eq(resolved.resolution.columns[2].name, "one");
	cr_assert_eq(resolved.resolution.columns[0].kind, DATUM_NODE);
	cr_assert_eq(resolved.resolution.columns[1].kind, DATUM_EDGE);
}

/* --- properties, labels, conditions on types ---------------------------------------------------------------------- */

HEAP_TEST(resolve, settles_properties_of_what_is_surely_a_node)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved, "MATCH (a)-[e]->() WITH a, e, {size: 1} AS m, [a] AS l UNWIND l AS x "
			       "RETURN a.size, e.name, m.size, x.size");
	const struct projection_item *items = clause_of(&resolved, 3)->projection.items;
	cr_assert_eq(items[0].expression->property, property_find(false, "size", 4));
	cr_assert_eq(items[1].expression->property, property_find(true, "name", 4));
	cr_assert_null(items[2].expression->property);
	cr_assert_null(items[3].expression->property);
	cr_assert(resolved.heaps.after->parts & HEAP_SIZE);
	cr_assert(resolved.heaps.after->parts & HEAP_NAMES);
	cr_assert_not(resolved.heaps.after->parts & HEAP_RETAINED);
}

HEAP_TEST(resolve, loads_what_a_property_or_function_needs)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved, "MATCH (a {immortal: false}) WHERE a.retained > 1 RETURN cycle(a)");
	cr_assert(resolved.heaps.after->parts & HEAP_RETAINED);
	cr_assert(resolved.heaps.after->parts & HEAP_CYCLES);
	cr_assert(resolved.heaps.after->parts & HEAP_FLAGS);
}

/* Names of types that the condition holds for: dict. */
static void check_settled(const char *condition, const char *name)
{
	AUTO(resolved) struct resolved resolved = {0};
	AUTO(text) struct text text;
	text_init(&text);
	text_printf(&text, "MATCH (n) WHERE %s RETURN n", condition);
	resolve_one(&resolved, text_string(&text));
	const struct type_names *names = &resolved.heaps.names;
	const uint8_t *matched = where_of(&resolved)->matched;
	cr_assert_not_null(matched, "%s", condition);
	for (label_id label = 0; label < names->count; label++)
		cr_assert_eq(matched[label] != 0, strcmp(names->labels[label].name, name) == 0, "%s: %s", condition,
			     names->labels[label].name);
}

HEAP_TEST(resolve, asks_conditions_on_types_once)
{
	check_settled("n.type = 'dict'", "dict");
	check_settled("n.type = $name", "dict");
	check_settled("n.type =~ 'd.*'", "dict");
	check_settled("n.type =~ '.*Sess' + 'ion'", "app.Session");
	check_settled("n.type STARTS WITH 'mod'", "module");
	check_settled("n.type ENDS WITH 'Session'", "app.Session");
	check_settled("n.type CONTAINS '.Se'", "app.Session");
	check_settled("n.type IN ['list', 'dict']", "dict");
}

HEAP_TEST(resolve, leaves_other_conditions_to_the_rows)
{
	static const char *const conditions[] = {"n.type = n.name",          "n.name = 'dict'", "n.type = null",
						 "n.type IN ['dict', null]", "n.size = 5",      "m.type = 'dict'",
						 "n.type < 'dict'"};
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		AUTO(resolved) struct resolved resolved = {0};
		AUTO(text) struct text text;
		text_init(&text);
		text_printf(&text, "UNWIND [{type: 'dict'}] AS m MATCH (n) WHERE %s RETURN n", conditions[i]);
		resolve_one(&resolved, text_string(&text));
		cr_assert_null(clause_of(&resolved, 1)->where->matched, "%s", conditions[i]);
	}
}

HEAP_TEST(resolve, compiles_a_constant_pattern_once)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved, "MATCH (n) WHERE n.name =~ 'a.*' AND n.name =~ n.kind AND n.name =~ $name RETURN n");
	const struct expression *where = where_of(&resolved);
	cr_assert_not_null(where->operands[0]->match);
	cr_assert_null(where->operands[1]->match);
	cr_assert_not_null(where->operands[2]->match);
	cr_assert_eq(resolved.resolution.matches.count, 2);
}

HEAP_TEST(resolve, settles_labels)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved, "MATCH (n:dict+), (m:root) WHERE m:!dict RETURN n");
	const struct pattern *patterns = clause_of(&resolved, 0)->patterns;
	cr_assert_eq(patterns[0].nodes[0].labels[0].set->places, 2);
	cr_assert(patterns[1].nodes[0].labels[0].set->roots);
	cr_assert_eq(where_of(&resolved)->labels->set->places, 1);
}

HEAP_TEST(resolve, knows_what_is_the_same_in_every_row)
{
	static const struct {
		const char *expression;
		bool constant;
	} cases[] = {{"1 + 2 * $five", true},      {"n.size", false},
		     {"[1, 2][0]", true},          {"[1, n.size]", false},
		     {"toLower('A')", true},       {"toLower(n.type)", false},
		     {"{a: $five}.a", true},       {"NOT (1 < 2 AND true)", true},
		     {"[1, 2, 3][$five..]", true}, {"EXISTS { (n)-->() }", false}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO(resolved) struct resolved resolved = {0};
		AUTO(text) struct text text;
		text_init(&text);
		text_printf(&text, "MATCH (n) RETURN %s AS x", cases[i].expression);
		resolve_one(&resolved, text_string(&text));
		cr_assert_eq(clause_of(&resolved, 1)->projection.items[0].expression->constant, cases[i].constant, "%s",
			     cases[i].expression);
	}
}

HEAP_TEST(resolve, warns_of_labels_that_no_type_has)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved, "MATCH (n:dicct|dict) WHERE n:lisst OR n:dict RETURN n");
	cr_assert_eq(resolved.resolution.warnings.count, 2);
	cr_assert_str_eq(resolved.resolution.warnings.items[0], "no type is called 'dicct': did you mean 'dict'?");
	cr_assert_not_null(strstr(resolved.resolution.warnings.items[1], "no type is called 'lisst'"));
	cr_assert_eq(clause_of(&resolved, 0)->patterns[0].nodes[0].labels[0].set->places, 1);
}

/* --- columns ------------------------------------------------------------------------------------------------------ */

HEAP_TEST(resolve, knows_units_and_kinds_of_columns)
{
	static const struct {
		const char *expression;
		enum datum_kind kind;
		enum property_unit unit;
	} cases[] = {{"n", DATUM_NODE, UNIT_NONE},
		     {"n.size", DATUM_INTEGER, UNIT_BYTES},
		     {"n.size + n.retained", DATUM_INTEGER, UNIT_BYTES},
		     {"n.retained - n.size", DATUM_INTEGER, UNIT_BYTES_DELTA},
		     {"n.size * 2", DATUM_INTEGER, UNIT_BYTES},
		     {"n.size / n.size", DATUM_INTEGER, UNIT_NONE},
		     {"n.address", DATUM_INTEGER, UNIT_ADDRESS},
		     {"n.refcount", DATUM_INTEGER, UNIT_COUNT},
		     {"n.size > 5", DATUM_BOOLEAN, UNIT_NONE},
		     {"sum(n.size)", DATUM_INTEGER, UNIT_BYTES},
		     {"avg(n.size)", DATUM_FLOAT, UNIT_BYTES},
		     {"max(n.type)", DATUM_STRING, UNIT_NONE},
		     {"count(n)", DATUM_INTEGER, UNIT_COUNT},
		     {"count(*)", DATUM_INTEGER, UNIT_COUNT},
		     {"retained(collect(n))", DATUM_INTEGER, UNIT_BYTES},
		     {"collect(n)", DATUM_LIST, UNIT_NONE},
		     {"COUNT { (n)-->() }", DATUM_INTEGER, UNIT_COUNT},
		     {"[x IN [n] | x.size]", DATUM_LIST, UNIT_NONE}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO(resolved) struct resolved resolved = {0};
		AUTO(text) struct text text;
		text_init(&text);
		text_printf(&text, "MATCH (n) RETURN %s AS x", cases[i].expression);
		resolve_one(&resolved, text_string(&text));
		const struct result_column *column = &resolved.resolution.columns[0];
		cr_assert_eq(column->kind, cases[i].kind, "%s: %d", cases[i].expression, (int)column->kind);
		cr_assert_eq(column->unit, cases[i].unit, "%s: %d", cases[i].expression, (int)column->unit);
	}
}

HEAP_TEST(resolve, gathers_each_aggregate_once)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_one(&resolved,
		    "MATCH (n) RETURN n.type AS t, count(*) AS c, sum(n.size) AS s ORDER BY sum(n.size) + c");
	const struct projection *projection = &clause_of(&resolved, 1)->projection;
	cr_assert(projection->grouped);
	cr_assert_eq(projection->aggregate_count, 2);
	cr_assert(!projection->items[0].aggregates && projection->items[1].aggregates &&
		  projection->items[2].aggregates);
	const struct expression *sort = projection->sorts[0].expression;
	cr_assert_eq(sort->operands[0]->slot, projection->items[2].slot);
	cr_assert_eq(sort->operands[1]->slot, projection->items[1].slot);
}

HEAP_TEST(resolve, takes_the_heap_that_is_asked)
{
	AUTO(resolved) struct resolved resolved = {0};
	resolve_pair(&resolved, "object 0x20 dict size=100\nroot modules app 0x20\n",
		     "FROM before MATCH (n:dict) RETURN n.getsizeof AS x UNION MATCH (n) RETURN n.refcount AS x");
	cr_assert(resolved.heaps.before->parts & HEAP_GETSIZEOF);
	cr_assert_not(resolved.heaps.after->parts & HEAP_GETSIZEOF);
	cr_assert(resolved.heaps.after->parts & HEAP_REFCOUNT);
	cr_assert_not(resolved.heaps.before->parts & HEAP_REFCOUNT);
	cr_assert_eq(resolved.query->queries[0].clauses[0].patterns[0].nodes[0].labels[0].set->places, 1);
	cr_assert_eq(resolved.resolution.columns[0].unit, UNIT_NONE);
}

/* --- refusals ----------------------------------------------------------------------------------------------------- */

struct refusal {
	const char *query;
	uint64_t where;
	const char *part;
};

static void refuse_all(const struct refusal *refusals, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(resolved) struct resolved resolved = {0};
		text_init(&resolved.text);
		help_heaps_init(&resolved.heaps, NULL, shop);
		AUTO(error) struct error *error = resolve(&resolved, refusals[i].query);
		cr_assert_not_null(error, "%s", refusals[i].query);
		cr_expect_eq(error->code, ERROR_USAGE, "%s: %s", refusals[i].query, error->message);
		cr_expect_not_null(strstr(error->message, refusals[i].part), "%s: %s", refusals[i].query,
				   error->message);
		cr_expect(error->has_where && error->where == refusals[i].where, "%s: at %d: %s", refusals[i].query,
			  (int)error->where, error->message);
	}
}
#define REFUSE(...)                                                                                                    \
	do {                                                                                                           \
		static const struct refusal all_[] = {__VA_ARGS__};                                                    \
		refuse_all(all_, sizeof all_ / sizeof all_[0]);                                                        \
	} while (0)

HEAP_TEST(resolve, refuses_unknown_names)
{
	REFUSE({"MATCH (node) RETURN noed", 20, "noed is not defined here; did you mean node?"},
	       {"RETURN x", 7, "x is not defined here: no variable is"},
	       {"MATCH (n) WITH n AS m RETURN n", 29, "n is not defined here"},
	       {"MATCH (n) RETURN n.size AS s, s + 1 AS t", 30, "s is not defined here"},
	       {"MATCH (n) RETURN [x IN [1] | x] AS l, x", 38, "x is not defined here"},
	       {"MATCH (n) WHERE EXISTS { (n)-->(m) } RETURN m", 44, "m is not defined here"},
	       {"MATCH (n) RETURN n.sise", 19, "sise is no property of an object; did you mean size?"},
	       {"MATCH (n {sise: 5}) RETURN n", 10, "sise is no property of an object"},
	       {"MATCH ()-[e]->() RETURN e.size", 26, "size is no property of an edge; there are name, kind, class"},
	       {"MATCH (n) RETURN toLowr(n.type)", 17, "toLowr() is no function; did you mean toLower?"},
	       {"RETURN $fife", 7, "$fife is not given; --param fife=VALUE gives it"},
	       {"MATCH (n) WHERE (n)-->(k) RETURN n", 23,
		"a pattern in a condition makes no variables: k is not defined here"});
}

HEAP_TEST(resolve, refuses_what_makes_no_sense_of_a_kind)
{
	REFUSE({"RETURN (1).size", 11, "INTEGER has no properties"},
	       {"MATCH (n) WHERE n.size RETURN n", 16, "this is INTEGER"},
	       {"MATCH (n)-[e]->() WHERE e:dict RETURN n", 24, "EDGE has no labels"},
	       {"MATCH (a)-[a]->() RETURN a", 11, "a is NODE already"},
	       {"MATCH (a)-[e]->(), ()-[e]->() RETURN a", 23, "e is EDGE already"},
	       {"MATCH (a) MATCH a = (b) RETURN a", 16, "a is NODE already"},
	       {"MATCH (a)-[e]->() MATCH (e) RETURN e", 25, "e is EDGE already"},
	       {"MATCH (n) WHERE n.type =~ '(' RETURN n", 26, "bad pattern '('"},
	       {"MATCH (a)-[e*reach]->(b) RETURN a", 11, "it has no variable"},
	       {"MATCH p = (a)-[*reach]->(b) RETURN p", 13, "it is on no path"},
	       {"MATCH p = shortestPath((a)-->(b)) RETURN p", 6, "one edge of variable length"},
	       {"MATCH p = shortestPath((a)-[*]->(b)-[*]->(c)) RETURN p", 6, "one edge of variable length"},
	       {"MATCH (n) RETURN count(n, n)", 17, "takes 1 argument, not 2"},
	       {"RETURN size()", 7, "takes 1 argument, not 0"},
	       {"MATCH (n) RETURN size(DISTINCT n.type)", 17, "DISTINCT goes with aggregates only"},
	       {"MATCH (n) RETURN n SKIP -1", 24, "0 and more"},
	       {"MATCH (n) RETURN n LIMIT n.size", 25, "n is not defined"},
	       {"MATCH (n) RETURN n LIMIT 'a'", 25, "a number of rows"});
}

HEAP_TEST(resolve, refuses_aggregates_where_there_are_no_groups)
{
	REFUSE({"MATCH (n) WHERE count(*) > 1 RETURN n", 16, "an aggregate can't stand in WHERE"},
	       {"MATCH (n WHERE count(*) > 1) RETURN n", 15, "an aggregate can't stand in a pattern"},
	       {"MATCH (n {size: max(n.size)}) RETURN n", 16, "an aggregate can't stand in a pattern"},
	       {"MATCH (n) RETURN sum(count(*))", 21, "an aggregate can't stand in another aggregate"},
	       {"UNWIND [count(*)] AS x RETURN x", 8, "an aggregate can't stand in UNWIND"},
	       {"MATCH (n) RETURN n ORDER BY count(n.size) + count(*) LIMIT count(*)", 59,
		"an aggregate can't stand in LIMIT"},
	       {"MATCH (n) RETURN [x IN [1] | count(*)]", 29, "what is asked of each item of a list"},
	       {"MATCH (n) RETURN [(n)-->(m) WHERE max(m.size) > 1 | m]", 34, "what is asked of each item of a list"},
	       {"MATCH (n) RETURN all(x IN [1] WHERE count(*) > x)", 36, "what is asked of each item of a list"});
}

HEAP_TEST(resolve, refuses_what_a_group_has_not_one_value_of)
{
	REFUSE({"MATCH (n) RETURN n.type, count(*) + n.size", 36, "n stands beside an aggregate"},
	       {"MATCH (n) RETURN count(*) + COUNT { (n)-->() }", 36, "n stands beside an aggregate"},
	       {"MATCH (n) RETURN count(*) > 1 AND (n)-->()", 34, "n stands beside an aggregate"},
	       {"MATCH (n) RETURN count(*) + COUNT { MATCH (m) RETURN sum(n.size) }", 57,
		"n stands beside an aggregate"},
	       {"MATCH (n) RETURN [x IN collect(n) WHERE x.size > n.size]", 49, "n stands beside an aggregate"},
	       {"MATCH (n) RETURN count(*) AS c ORDER BY n.size", 40,
		"after DISTINCT or an aggregate ORDER BY sees the columns alone"},
	       {"MATCH (n) RETURN DISTINCT n.type AS t ORDER BY n.size", 47,
		"after DISTINCT or an aggregate ORDER BY sees the columns alone"});
}

HEAP_TEST(resolve, lets_what_binds_its_own_names_stand_beside_aggregates)
{
	static const char *const queries[] = {
		"MATCH (n) RETURN count(*), [x IN collect(n) WHERE x.size > 1 | x.type]",
		"MATCH (n) RETURN reduce(s = 0, x IN collect(n.size) | s + x) AS s",
		"MATCH (n) RETURN n, count(*) + COUNT { (n)-->(m) WHERE m.size > 64 } AS c",
		"MATCH (n) RETURN count(*) + COUNT { MATCH (m) WITH m.type AS t, count(*) AS c WHERE c > 1 RETURN t ORDER BY t } AS c",
		"MATCH (n) RETURN n.type AS t, size([x IN collect(n) WHERE x.type = n.type]) AS s",
		"MATCH (n) RETURN count(*) AS c ORDER BY size([x IN [1, 2] WHERE x < c])",
	};
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		AUTO(resolved) struct resolved resolved = {0};
		resolve_one(&resolved, queries[i]);
	}
}

HEAP_TEST(resolve, refuses_columns_that_have_no_name_or_a_wrong_one)
{
	REFUSE({"MATCH (n) WITH n.size RETURN 1", 15, "needs a name: ... AS name"},
	       {"MATCH (n) RETURN n AS a, n.size AS a", 25, "two columns are called a"},
	       {"RETURN 1 AS x UNION RETURN 2 AS y", 20, "columns of the same names"},
	       {"RETURN 1 AS x, 2 AS y UNION RETURN 2 AS x", 28, "columns of the same names"},
	       {"RETURN *", 0, "there are none"}, {"UNWIND [1] AS x UNWIND [2] AS x RETURN x", 30, "taken already"});
}

HEAP_TEST(resolve, refuses_clauses_out_of_place)
{
	REFUSE({"MATCH (n)", 9, "ends without RETURN"}, {"MATCH (n) WITH n", 16, "ends without RETURN"},
	       {"MATCH (n) RETURN n MATCH (m) RETURN m", 19, "nothing comes after RETURN but UNION"},
	       {"FROM before MATCH (n) RETURN n", 12, "there is one: give both"},
	       {"MATCH (n) WHERE EXISTS { FROM before MATCH (m) RETURN m } RETURN n", 37, "FROM before stands before"},
	       {"MATCH (n) RETURN n.new", 19, "there is no earlier snapshot"});
}
