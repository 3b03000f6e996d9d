/* Resolving: what the files of the resolver share; for these alone. */
#ifndef QUERIES_RESOLVING_H
#define QUERIES_RESOLVING_H

#include "queries/resolve.h"

struct known { /* of a value, before any row is there */
	enum datum_kind kind; /* DATUM_NULL: not */
	enum property_unit unit;
};

struct variable {
	struct name name;
	uint32_t slot;
	struct known known;
};

struct resolver {
	struct arena *arena;
	const struct query_heaps *heaps;
	const struct datum_map *parameters;
	struct resolution *resolution;
	struct heap *heap;             /* of the query that is resolved */
	uint32_t slots;                /* given so far */
	VECTOR(struct variable) scope; /* those that can be seen; of one name the last */
	/* Why no aggregate may stand here: "WHERE"; NULL: it may. */
	const char *no_aggregates;
	struct projection *projection; /* where aggregates are gathered */
	/* Why names that were there are not seen here, for the message; NULL. */
	const char *unseen;
};

/* --- scopes */
struct variable *scope_find(struct resolver *resolver, const struct name *name); /* NULL: unknown */
/* A new variable, whose name may hide another one. *slot: new. */
struct error *scope_declare(struct resolver *resolver, const struct name *name, struct known known, uint32_t *slot) CHECKED;
/* ERROR_USAGE: it is not defined, with the nearest that is. */
struct error *scope_unknown(const struct resolver *resolver, const struct name *name) CHECKED;

/* --- expressions */
struct error *resolve_expression(struct resolver *resolver, struct expression *expression, struct known *known) CHECKED;
/* No aggregates in it; `where`: "WHERE", for the message. */
struct error *resolve_condition(struct resolver *resolver, struct expression *expression, const char *where) CHECKED;
/* The value of what is the same in every row. */
struct error *resolve_constant(struct resolver *resolver, struct expression *expression, struct datum *value) CHECKED;

/* --- patterns: declares what is new in them, then resolves what they ask. `closed`: nothing new may have a name. */
struct error *resolve_patterns(struct resolver *resolver, struct pattern *patterns, uint32_t count, bool closed) CHECKED;

/* Settles a label; one that no type has becomes a warning. */
struct error *resolve_label(struct resolver *resolver, struct label_test *label) CHECKED;

/* --- columns: of a WITH or RETURN, after which only its columns are seen, and the first `kept` variables. *known: of each
 * column, in the arena. */
struct error *resolve_projection(struct resolver *resolver, struct clause *clause, size_t kept, struct known **known) CHECKED;

/* Refuses what stands beside an aggregate and is not the same in all of a group. `own`: the first slot given in the expression,
 * which is resolved. `sorting`: columns with aggregates may be used too. */
struct error *resolve_grouping(const struct projection *projection, const struct expression *expression, bool sorting,
			       uint32_t own) CHECKED;

/* --- clauses: of a query in an expression; its variables are gone after. */
struct error *resolve_subquery(struct resolver *resolver, struct query_syntax *query) CHECKED;

#endif
