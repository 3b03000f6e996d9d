/* Syntax: a query as it was written, as a tree in an arena. The parser makes it, the resolver (queries/resolve.h) settles
 * what its names mean and writes that into it, the planner and the evaluator read it.
 *
 * No part is deeper than SYNTAX_DEPTH: the parser refuses what is, so walks over the tree may recurse.
 */
#ifndef QUERIES_SYNTAX_H
#define QUERIES_SYNTAX_H

#include "base/arena.h"
#include "queries/datum.h"

#define SYNTAX_DEPTH 200u    /* expressions in expressions, queries in queries: levels */
#define SYNTAX_LENGTH 1048576u /* bytes of a query's text, at most */
#define SYNTAX_WEIGHT (4 * SYNTAX_LENGTH) /* parts of an expression, at most: a < b < c shares b */

struct span { /* of the query's text, bytes */
	uint32_t at, length;
};

struct name { /* NUL-terminated, may hold any bytes where it was quoted by backticks; NULL: not given */
	const char *text;
	uint32_t length; /* bytes */
	struct span span;
};

/* `:dict`, `:Mapping+`, `:a|b`: any of `names`. */
struct label_test {
	uint32_t count;
	struct label_name {
		struct name name;
		bool subclasses; /* + */
	} *names;
	bool negated;          /* :!dict */
	struct label_set *set; /* the resolver's: queries/heap.h */
};

enum syntax_operator { /* of EXPRESSION_OPERATION */
	SYNTAX_OR,     /* two operands and more */
	SYNTAX_XOR,
	SYNTAX_AND,
	SYNTAX_NOT, /* one */
	SYNTAX_IS_NULL,
	SYNTAX_IS_NOT_NULL,
	SYNTAX_PLUS, /* one: +x */
	SYNTAX_MINUS,
	SYNTAX_EQUAL, /* two, from here on */
	SYNTAX_UNEQUAL,
	SYNTAX_LESS,
	SYNTAX_LESS_EQUAL,
	SYNTAX_GREATER,
	SYNTAX_GREATER_EQUAL,
	SYNTAX_MATCHES, /* =~ */
	SYNTAX_STARTS_WITH,
	SYNTAX_ENDS_WITH,
	SYNTAX_CONTAINS,
	SYNTAX_IN,
	SYNTAX_ADD,
	SYNTAX_SUBTRACT,
	SYNTAX_MULTIPLY,
	SYNTAX_DIVIDE,
	SYNTAX_MODULO,
	SYNTAX_POWER,
	SYNTAX_INDEX /* a[b] */
};

enum expression_kind {
	EXPRESSION_LITERAL,
	EXPRESSION_PARAMETER,  /* $name */
	EXPRESSION_VARIABLE,   /* name */
	EXPRESSION_PROPERTY,   /* operands[0].name */
	EXPRESSION_OPERATION,  /* `operator`; a < b < c is AND of two */
	EXPRESSION_SLICE,      /* operands[0][operands[1]..operands[2]]; NULL where one is left out */
	EXPRESSION_LIST,       /* [operands ...] */
	EXPRESSION_MAP,        /* {names[i]: operands[i]} */
	EXPRESSION_LABELS,     /* operands[0]:label: `labels` */
	EXPRESSION_CALL,       /* name(operands ...), `distinct`: count(DISTINCT x) */
	EXPRESSION_COUNT_ALL,  /* count(*) */
	EXPRESSION_CASE,       /* operands: when, then, when, then ...; `subject` and `otherwise` may be NULL */
	EXPRESSION_COMPREHENSION, /* [name IN operands[0] WHERE condition | result]; both may be NULL */
	EXPRESSION_QUANTIFIER, /* all(name IN operands[0] WHERE condition) */
	EXPRESSION_REDUCE,     /* reduce(name = operands[1], inner IN operands[0] | result) */
	EXPRESSION_PATTERN,    /* (a)-->(b) as a condition, or exists((a)-->(b)); `pattern` */
	EXPRESSION_PATTERN_LIST, /* [pattern WHERE condition | result] */
	EXPRESSION_EXISTS,     /* EXISTS { MATCH ... }: `query`, whose RETURN may be missing */
	EXPRESSION_COUNT       /* COUNT { MATCH ... } likewise */
};

enum quantifier {
	QUANTIFIER_ALL,
	QUANTIFIER_ANY,
	QUANTIFIER_NONE,
	QUANTIFIER_SINGLE
};

#define SLOT_NONE UINT32_MAX

struct expression {
	enum expression_kind kind;
	enum syntax_operator operator;
	enum quantifier quantifier;
	bool distinct;
	uint16_t height; /* levels below it, in patterns and queries too, and itself; at most SYNTAX_DEPTH */
	uint32_t weight; /* parts that a walk over it meets; at most SYNTAX_WEIGHT */
	struct span span;
	struct name name;
	struct datum literal;
	uint32_t count; /* of operands */
	struct expression **operands;
	struct name *names;
	struct name inner;
	struct expression *subject, *otherwise, *condition, *result;
	struct label_test *labels;
	struct pattern *pattern;
	struct query_syntax *query;

	/* The resolver's. */
	uint32_t slot;       /* of a variable, of what a comprehension binds, of an aggregate's result; else SLOT_NONE */
	uint32_t inner_slot; /* REDUCE: of the item */
	const struct property *property; /* of a node or an edge by this name; NULL: there is none, it is a map's */
	const struct function *function; /* CALL: queries/function.h; NULL for aggregates */
	struct match *match; /* MATCHES: compiled, where the pattern is constant */
	uint8_t *matched;    /* MATCHES of a type's name with a constant: by label id; else NULL */
	bool aggregate;      /* an aggregating call, or what stands for a column: its value is in `slot` */
	bool constant;       /* the same in every row: parameters and literals */
	struct operator *plan; /* PATTERN, PATTERN_LIST, EXISTS, COUNT: what answers it, queries/operator.h */
};

enum direction {
	DIRECTION_OUT, /* -[]-> */
	DIRECTION_IN,  /* <-[]- */
	DIRECTION_BOTH /* -[]- */
};

struct node_pattern {
	struct span span;
	struct name variable; /* text NULL: it has none */
	uint32_t label_count; /* each has to hold */
	struct label_test *labels;
	struct expression *properties; /* EXPRESSION_MAP or EXPRESSION_PARAMETER; NULL */
	struct expression *where;      /* (x:dict WHERE x.size > 1); NULL */
	uint32_t slot;                 /* the resolver's; one of its own without a variable */
	bool bound;                    /* the resolver's: the slot has a value before this pattern is matched */
};

#define REACH_UNLIMITED UINT32_MAX

struct edge_pattern {
	struct span span;
	struct name variable;
	uint32_t name_count; /* of its names any one; 0: any edge */
	struct name *names;
	enum direction direction;
	bool variable_length; /* * */
	bool reach;           /* *reach: distinct ends by one search */
	uint32_t least, most; /* edges; 1 and 1 without *; 1 and REACH_UNLIMITED for * alone */
	struct expression *properties;
	struct expression *where; /* [e WHERE e.class = 'owned']; NULL; not with variable length */
	uint32_t slot;            /* of the edge; with variable length of a list of edges */
	bool bound;
	struct edge_names_set *set; /* the resolver's: queries/heap.h */
};

enum pattern_shape {
	PATTERN_WALK,
	PATTERN_SHORTEST,    /* shortestPath((a)-[*]->(b)) */
	PATTERN_ALL_SHORTEST /* allShortestPaths(...) */
};

struct pattern { /* nodes[0] edges[0] nodes[1] ... */
	struct span span;
	struct name variable; /* p = ... */
	uint32_t slot;        /* of the path; SLOT_NONE without a variable */
	enum pattern_shape shape;
	uint32_t edge_count;
	struct node_pattern *nodes; /* edge_count + 1 */
	struct edge_pattern *edges;
};

struct projection_item {
	struct expression *expression;
	struct name name; /* AS name, or the text of the expression; what the column is called */
	bool aliased;
	uint32_t slot;  /* the resolver's: of the result */
	bool aggregates; /* the resolver's: the expression has an aggregate in it */
};

struct sort_item {
	struct expression *expression;
	bool descending;
};

struct projection { /* of WITH and RETURN */
	bool distinct, all; /* all: * before the items */
	uint32_t count;     /* the resolver adds those of * before the others */
	struct projection_item *items;
	uint32_t sort_count;
	struct sort_item *sorts;
	struct expression *skip, *limit; /* NULL: not given */
	/* The resolver's: the aggregating calls in items and sorts, each once. None: rows are not grouped. */
	bool grouped;
	uint32_t aggregate_count;
	struct expression **aggregates;
};

enum clause_kind {
	CLAUSE_MATCH,
	CLAUSE_UNWIND, /* UNWIND expression AS variable */
	CLAUSE_WITH,
	CLAUSE_RETURN
};

struct clause {
	enum clause_kind kind;
	struct span span;
	bool optional;
	uint32_t pattern_count;
	struct pattern *patterns;
	struct expression *where;      /* MATCH, WITH; NULL */
	struct expression *expression; /* UNWIND */
	struct name variable;          /* UNWIND */
	uint32_t slot;                 /* UNWIND: the resolver's */
	struct projection projection;
};

struct single_query { /* between two UNIONs */
	bool before;      /* FROM before: of the earlier snapshot */
	uint32_t clause_count;
	struct clause *clauses;
	uint32_t slots; /* the resolver's: how many values a row has */
};

enum explain_mode {
	EXPLAIN_NO,
	EXPLAIN_PLAN,   /* EXPLAIN: the plan with estimates, nothing is run */
	EXPLAIN_PROFILE /* PROFILE: run, then the plan with true counts and times */
};

struct query_syntax {
	const char *text; /* borrowed from who parsed it */
	enum explain_mode explain;
	uint32_t count; /* single queries, at least 1 */
	struct single_query *queries;
	bool *all; /* all[i]: UNION ALL between i and i + 1 */
};

#endif
