/* Edge name: how does a programmer write the step from one object to the next: `.x`, `[3]`, `['k']`?
 *
 * The same in every command. `__dict__` folds into its owner, so that its keys are attributes; keys of ordinary
 * dicts print as analyzer/key.h says. Foreign text is escaped.
 */
#ifndef ANALYZER_EDGE_NAME_H
#define ANALYZER_EDGE_NAME_H

#include "analyzer/edge_lookup.h"
#include "analyzer/key.h"
#include "base/text.h"

/* Names read from the file as they are asked for. */
struct edge_names {
	struct edge_lookup lookup;
	struct key_names keys;
};

/* The reader is borrowed. */
void edge_names_init(struct edge_names *names, struct reader *reader);
void edge_names_deinit(struct edge_names *names);
DEFINE_AUTO_VALUE(edge_names, struct edge_names, edge_names_deinit);

/* Where a row of steps is up to. */
struct spelling {
	struct text *text;
	bool program; /* the next key is a name of the program: the step before was `__dict__` or sys.modules */
	bool begun;   /* something was written that an attribute's dot sets itself off from */
};

/* How little a name says: of several edges to the same object the one with the least is taken. */
unsigned edge_name_order(enum edge_name name);
const char *edge_class_name(enum edge_class class); /* owned ... */

/* Which of an object's edges may be taken, beyond those that lead to the right object; `context` is the asker's. */
typedef struct error *edge_test(void *context, const struct known_edge *edge, bool *taken);

/* The edge from one object to another that says most, weak ones only where there are no others; `test` may be NULL. Where
 * there is none, one without a name. */
struct error *edge_names_between(struct edge_names *names, node_id from, node_id to, edge_test *test, void *context,
				 struct known_edge *edge) CHECKED;
/* The same of a root's edges; *found: false where none leads there. */
struct error *edge_names_of_root(const struct reader *reader, root_id root, node_id to, edge_test *test, void *context,
				 struct known_edge *edge, bool *found) CHECKED;

/* Adds the step. */
struct error *edge_names_spell(struct edge_names *names, const struct known_edge *edge, struct spelling *spelling) CHECKED;
/* Adds the edge as it is written by itself, `__dict__` too. */
struct error *edge_names_print(struct edge_names *names, const struct known_edge *edge, struct text *text) CHECKED;

#endif
