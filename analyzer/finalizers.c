/* Does code run when this object is freed?
 *
 * A class with `__del__`, or a C type with tp_finalize, for which CPython puts a `__del__` into the type's dict, has it as a
 * key in the dict of one of the classes of its __mro__. Names are not in memory, so the classes' edges are read from the
 * file, each class once.
 */
#include "analyzer/finalizers.h"

#include <stdlib.h>
#include <string.h>

#define CLASSES_MAX 4096u /* of one method resolution order that are looked at */

enum {
	TYPE_UNKNOWN,
	TYPE_WITHOUT,
	TYPE_WITH
};

struct error *finalizers_init(struct finalizers *finalizers, struct reader *reader, const struct type_facts *facts)
{
	*finalizers = (struct finalizers){.reader = reader, .facts = facts};
	edge_lookup_init(&finalizers->lookup, reader);
	map_init(&finalizers->namespaces);
	finalizers->of_type = calloc((size_t)facts->count + 1, 1);
	return finalizers->of_type == NULL ? error_memory() : NULL;
}

void finalizers_deinit(struct finalizers *finalizers)
{
	edge_lookup_deinit(&finalizers->lookup);
	map_deinit(&finalizers->namespaces);
	free(finalizers->of_type);
	free(finalizers->watched);
	finalizers->of_type = NULL;
	finalizers->watched = NULL;
}

static bool is_named(const struct finalizers *finalizers, const struct edge_record *edge, const char *name)
{
	if (edge->name != NAME_ATTRIBUTE && edge->name != NAME_FIELD && edge->name != NAME_NAMED_KEY)
		return false;
	return strcmp(reader_string(finalizers->reader, (string_id)edge->payload, NULL), name) == 0;
}

/* The target of the edge of that name; NO_ID where there is none. */
static struct error *follow(struct finalizers *finalizers, node_id owner, const char *name, node_id *target)
{
	struct edge_walk walk;
	struct known_edge edge;
	bool found = true;
	*target = NO_ID;
	TRY(edge_lookup_walk(&finalizers->lookup, owner, &walk));
	while (*target == NO_ID) {
		TRY(edge_lookup_next(&finalizers->lookup, &walk, &edge, &found));
		if (!found)
			break;
		if (is_named(finalizers, &edge.record, name))
			*target = edge.record.target;
	}
	return NULL;
}

/* The class itself, not its bases. */
static struct error *class_defines(struct finalizers *finalizers, node_id class, bool *defines)
{
	uint32_t known;
	node_id namespace, method = NO_ID;
	if (map_find(&finalizers->namespaces, class, &known)) {
		*defines = known != 0;
		return NULL;
	}
	TRY(follow(finalizers, class, "__dict__", &namespace));
	if (namespace != NO_ID)
		TRY(follow(finalizers, namespace, "__del__", &method));
	*defines = method != NO_ID;
	return map_put(&finalizers->namespaces, class, *defines);
}

static struct error *look_at(struct finalizers *finalizers, node_id class, bool *has)
{
	node_id order;
	TRY(class_defines(finalizers, class, has));
	if (*has)
		return NULL;
	TRY(follow(finalizers, class, "__mro__", &order));
	if (order == NO_ID)
		return NULL;
	struct edge_walk walk;
	TRY(edge_lookup_walk(&finalizers->lookup, order, &walk));
	for (unsigned i = 0; i < CLASSES_MAX && !*has; i++) {
		struct known_edge edge;
		bool found;
		TRY(edge_lookup_next(&finalizers->lookup, &walk, &edge, &found));
		if (!found)
			break;
		if (edge.record.name == NAME_INDEX)
			TRY(class_defines(finalizers, edge.record.target, has));
	}
	return NULL;
}

struct error *finalizers_of_type(struct finalizers *finalizers, type_id type, bool *has)
{
	if (finalizers->of_type[type] == TYPE_UNKNOWN) {
		node_id class = reader_types(finalizers->reader)[type].node;
		*has = false;
		if (class != NO_ID)
			TRY(look_at(finalizers, class, has));
		finalizers->of_type[type] = *has ? TYPE_WITH : TYPE_WITHOUT;
	}
	*has = finalizers->of_type[type] == TYPE_WITH;
	return NULL;
}

static struct error *watch(struct finalizers *finalizers, node_id reference)
{
	node_id callback, object;
	TRY(follow(finalizers, reference, "__callback__", &callback));
	if (callback == NO_ID)
		return NULL;
	TRY(follow(finalizers, reference, "wr_object", &object));
	if (object != NO_ID)
		finalizers->watched[object / 64] |= UINT64_C(1) << object % 64;
	return NULL;
}

struct error *finalizers_watched(struct finalizers *finalizers, const struct graph *graph, node_id node, bool *has)
{
	if (finalizers->watched == NULL) {
		finalizers->watched = calloc((size_t)graph->nodes / 64 + 1, sizeof *finalizers->watched);
		if (finalizers->watched == NULL)
			return error_memory();
		for (node_id i = 0; i < graph->nodes; i++)
			if (finalizers->facts->kind[graph->type[i]] == KIND_weakref)
				TRY(watch(finalizers, i));
	}
	*has = finalizers->watched[node / 64] >> node % 64 & 1;
	return NULL;
}
