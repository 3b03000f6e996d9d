/* Credit: which types own the bytes of a set of objects?
 *
 * Leaked sessions show in a table as dicts, strings and floats: what each holds is of builtin types. So every object of
 * a set, say those that are new since an earlier snapshot, is credited to one type:
 *
 *   - an object of a class that a class statement made (type_facts.owner), to its own class;
 *   - any other, to the class of the nearest such object that dominates it within the set: no way from outside the set
 *     leads to it but through that object;
 *   - and to its own type where no such object dominates it, because nothing but builtins or several owners hold it.
 *
 * Each object is credited once, so the credits of all types add up to the set's size, to the byte.
 *
 * The ways from outside are the edges that hold (all but weak) from objects outside the set, and the roots. Objects
 * that neither leads to (cycles that wait for the collector, objects that only C code holds) are entered first at those
 * of classes with class statements, in order of address, then at what is still not reached.
 */
#ifndef ANALYZER_CREDIT_H
#define ANALYZER_CREDIT_H

#include "analyzer/dominators.h"
#include "analyzer/graph.h"
#include "analyzer/type_names.h"

struct credit {
	uint32_t count;
	node_id *members; /* of the set, ascending; below, index i is members[i] */
	struct domination tree;
	uint32_t *order; /* all indices, a dominator before what it dominates */
};

/* `member`: for each node, nonzero where it is in the set. The graph needs GRAPH_TYPE, GRAPH_SIZE, GRAPH_EDGE_KINDS.
 * One pass over the edges and the dominators of the set; 4 B an object, 60 B an object of the set. */
struct error *credit_create(const struct graph *graph, const struct type_facts *facts, const uint8_t *member,
			    struct credit *result) CHECKED;
void credit_deinit(struct credit *credit);
DEFINE_AUTO_VALUE(credit, struct credit, credit_deinit);

/* Adds the bytes that each type is credited with to held[label]. O(set). */
struct error *credit_sizes(const struct credit *credit, const struct graph *graph, const struct type_facts *facts,
			   uint64_t *held) CHECKED;

struct credit_holder {
	bool found;
	bool is_root; /* else an object outside the set */
	uint32_t id;  /* root_id or node_id */
	uint64_t count; /* members of the type that it holds, directly or through other members */
};
/* The object outside the set, or the root, that leads to most members of the type: by an edge to a member that no other
 * member dominates and whose dominated members are counted with it. Least id on a tie, objects before roots. */
struct error *credit_holder(const struct credit *credit, const struct graph *graph, const struct type_facts *facts,
			    label_id label, struct credit_holder *result) CHECKED;

#endif
