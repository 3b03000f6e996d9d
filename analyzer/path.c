/* By which names would a programmer reach this object?
 *
 * A way over objects, then the names of the few edges on it, read from their chunks of the file, so that no name is in
 * memory for the millions off the way. Where several edges lead from one object to the next, the name that says most is
 * taken.
 */
#include "analyzer/path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_SHOWN 12u /* of a long path, at either end */

struct error *path_trace(const struct ways *ways, node_id node, node_id last, struct path *result)
{
	struct path path = {.count = ways_length(ways, node) + (last != NO_ID)};
	if (ways_length(ways, node) == 0) {
		*result = (struct path){.count = 0};
		return NULL;
	}
	path.nodes = malloc(path.count * sizeof *path.nodes);
	if (path.nodes == NULL)
		return error_memory();
	uint32_t i = path.count;
	if (last != NO_ID)
		path.nodes[--i] = last;
	for (uint32_t at = node; at < WAY_ROOT; at = ways->parent[at]) {
		path.nodes[--i] = at;
		path.from = ways->parent[at];
	}
	*result = path;
	return NULL;
}

struct error *path_find(const struct graph *graph, node_id target, struct path *result)
{
	AUTO(ways) struct ways ways = {0};
	TRY(ways_find(graph, &(struct ways_request){.goals = &target, .goal_count = 1, .blocked = NO_ID}, &ways));
	return path_trace(&ways, target, NO_ID, result);
}

void path_deinit(struct path *path)
{
	free(path->nodes);
	*path = (struct path){0};
}

/* --- words ---------------------------------------------------------------------------------------------------------- */

void path_print_root_of(const struct reader *reader, root_id root, struct text *text)
{
	const struct root_record *record = &reader_roots(reader)[root];
	size_t length;
	const char *bytes = reader_string(reader, record->function, &length);
	if (record->kind != ROOT_FRAME || length == 0) {
		bytes = reader_string(reader, record->name, &length);
		text_add_escaped(text, bytes, length);
		return;
	}
	text_add_escaped(text, bytes, length);
	text_add(text, "()");
	bytes = reader_string(reader, record->file, &length);
	if (length > 0) {
		text_add(text, " in ");
		text_add_escaped(text, bytes, length);
		if (record->line > 0)
			text_printf(text, ":%" PRIu64, record->line);
	}
}

void path_print_root(const struct graph *graph, root_id root, struct text *text)
{
	path_print_root_of(graph->reader, root, text);
}

/* An object that no name leads to is called by its type and number. */
static struct error *print_object(const struct path_printing *printing, const char *why, node_id node,
				  struct spelling *spelling)
{
	text_add(spelling->text, why);
	spelling->begun = true;
	if (printing->objects != NULL)
		return object_lookup_print(printing->objects, node, spelling->text);
	text_printf(spelling->text, "#%" PRIu32, node);
	return NULL;
}

/* Modules print without the root: either its edge names one, or leads to the table whose keys do. A frame prints as what it
 * runs. */
struct error *path_begin(const struct path_printing *printing, uint32_t from, node_id first, struct spelling *spelling)
{
	struct edge_names *names = printing->names;
	const struct reader *reader = names->lookup.reader;
	if (from == WAY_IMMORTAL)
		return print_object(printing, "immortal ", first, spelling);
	if (from == WAY_HELD)
		return print_object(printing, "held by C code: ", first, spelling);
	struct known_edge edge;
	bool found;
	root_id root = from & ~WAY_ROOT;
	TRY(edge_names_of_root(reader, root, first, printing->test, printing->context, &edge, &found));
	if (reader_roots(reader)[root].kind == ROOT_MODULES) {
		spelling->program = true;
		return found && edge.record.name == NAME_NAMED_KEY ? edge_names_spell(names, &edge, spelling) : NULL;
	}
	path_print_root_of(reader, root, spelling->text);
	if (!found || edge.record.name == NAME_NONE) {
		spelling->begun = true;
		return NULL;
	}
	text_add(spelling->text, ": ");
	return edge_names_spell(names, &edge, spelling);
}

struct error *path_spell(const struct path_printing *printing, const struct path *path, struct text *text)
{
	if (path->count == 0)
		return NULL;
	struct spelling spelling = {.text = text};
	TRY(path_begin(printing, path->from, path->nodes[0], &spelling));
	if (path->count == 1 && !spelling.begun && path->from < WAY_IMMORTAL)
		path_print_root_of(printing->names->lookup.reader, path->from & ~WAY_ROOT, text);
	for (uint32_t i = 1; i < path->count; i++) {
		uint32_t left = path->count - i;
		if (i > STEPS_SHOWN && left > STEPS_SHOWN) {
			uint32_t skipped = left - STEPS_SHOWN;
			text_printf(text, " ... %" PRIu32 " more ... ", skipped);
			i += skipped;
			spelling.program = false;
		}
		struct known_edge edge;
		TRY(edge_names_between(printing->names, path->nodes[i - 1], path->nodes[i], printing->test,
				       printing->context, &edge));
		TRY(edge_names_spell(printing->names, &edge, &spelling));
	}
	return text_error(text);
}

struct error *path_print(const struct graph *graph, const struct path *path, struct text *text)
{
	AUTO(edge_names) struct edge_names names;
	edge_names_init(&names, graph->reader);
	return path_spell(&(struct path_printing){.names = &names}, path, text);
}
