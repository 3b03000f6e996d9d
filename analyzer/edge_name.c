/* What is written for an edge, and which of several edges says most?
 *
 * Single edges, read by edge_lookup; so no name is in memory for the millions that nobody asks for.
 */
#include "analyzer/edge_name.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void edge_names_init(struct edge_names *names, struct reader *reader)
{
	*names = (struct edge_names){0};
	key_names_init(&names->keys, reader);
	edge_lookup_init(&names->lookup, reader);
}

void edge_names_deinit(struct edge_names *names)
{
	edge_lookup_deinit(&names->lookup);
	key_names_deinit(&names->keys);
}

unsigned edge_name_order(enum edge_name name)
{
	static const uint8_t order[NAME_COUNT] =
		{[NAME_ATTRIBUTE] = 0,  [NAME_NAMED_KEY] = 1, [NAME_LOCAL] = 2,   [NAME_CLOSURE] = 3, [NAME_INDEX] = 4,
		 [NAME_NEXT_INDEX] = 4, [NAME_VALUE] = 5,     [NAME_MEMBER] = 6,  [NAME_KEY] = 7,     [NAME_FIELD] = 8,
		 [NAME_STACK] = 9,      [NAME_TYPE] = 10,     [NAME_OFFSET] = 11, [NAME_NONE] = 12};
	return order[name];
}

const char *edge_class_name(enum edge_class class)
{
	static const char *const names[] = {[EDGE_OWNED] = "owned",
					    [EDGE_UNVISITED] = "unvisited",
					    [EDGE_WEAK] = "weak",
					    [EDGE_GUESS] = "guess"};
	return names[class];
}

/* Says more than the best so far; one that holds always does where that is weak. */
static bool is_better(const struct edge_record *edge, const struct edge_record *best)
{
	bool weak = edge->class == EDGE_WEAK, best_weak = best->class == EDGE_WEAK;
	if (weak != best_weak)
		return best_weak;
	return edge_name_order(edge->name) < edge_name_order(best->name);
}

struct error *edge_names_between(struct edge_names *names, node_id from, node_id to, edge_test *test, void *context,
				 struct known_edge *edge)
{
	struct known_edge best = {.record = {.target = to, .name = NAME_NONE}, .key = NO_ID}, next;
	bool found = false;
	struct edge_walk walk;
	TRY(edge_lookup_walk(&names->lookup, from, &walk));
	for (bool more = true; more;) {
		TRY(edge_lookup_next(&names->lookup, &walk, &next, &more));
		bool taken = more && next.record.target == to && (!found || is_better(&next.record, &best.record));
		if (taken && test != NULL)
			TRY(test(context, &next, &taken));
		if (taken)
			best = next;
		found |= taken;
	}
	*edge = best;
	return NULL;
}

struct error *edge_names_of_root(const struct reader *reader, root_id root, node_id to, edge_test *test, void *context,
				 struct known_edge *edge, bool *found)
{
	const struct edge_record *edges = reader_root_edges(reader);
	const uint64_t *offsets = reader_root_offsets(reader);
	struct known_edge best = {.key = NO_ID};
	*found = false;
	for (uint64_t e = offsets[root]; e < offsets[root + 1]; e++) {
		struct known_edge next = {.record = edges[e], .key = NO_ID};
		/* A root's weak edge is borrowed, and holds like the others. */
		next.record.class = next.record.class == EDGE_WEAK ? EDGE_OWNED : next.record.class;
		bool taken = edges[e].target == to && (!*found || is_better(&next.record, &best.record));
		if (taken && test != NULL)
			TRY(test(context, &next, &taken));
		if (taken)
			best = next;
		*found |= taken;
	}
	*edge = best;
	return NULL;
}

static void print_string(const struct edge_names *names, const char *before, uint64_t string, const char *after,
			 struct text *text)
{
	size_t length;
	const char *bytes = reader_string(names->lookup.reader, (string_id)string, &length);
	text_add(text, before);
	text_add_escaped(text, bytes, length);
	text_add(text, after);
}

static struct error *print(struct edge_names *names, const struct known_edge *edge, const char *dot, bool program,
			   struct text *text)
{
	uint64_t payload = edge->record.payload;
	switch (edge->record.name) {
	case NAME_ATTRIBUTE:
	case NAME_LOCAL:
		print_string(names, dot, payload, "", text);
		break;
	case NAME_NAMED_KEY:
		print_string(names, program ? dot : "['", payload, program ? "" : "']", text);
		break;
	case NAME_CLOSURE:
		print_string(names, "<closure ", payload, ">", text);
		break;
	case NAME_FIELD:
		print_string(names, "<", payload, ">", text);
		break;
	case NAME_INDEX:
	case NAME_NEXT_INDEX:
		text_printf(text, "[%" PRIu64 "]", payload);
		break;
	case NAME_VALUE:
		return key_print(&names->keys, edge->key, text);
	case NAME_KEY:
		text_add(text, "<key>");
		break;
	case NAME_MEMBER:
		text_add(text, "<member>");
		break;
	case NAME_TYPE:
		text_add(text, "<type>");
		break;
	case NAME_OFFSET:
		text_printf(text, "<+%" PRIu64 ">", payload);
		break;
	case NAME_STACK:
		text_printf(text, "<stack %" PRIu64 ">", payload);
		break;
	case NAME_NONE:
	case NAME_COUNT:
		text_add(text, "<...>");
		break;
	}
	return NULL;
}

static bool is_dict_attribute(const struct edge_names *names, const struct edge_record *edge)
{
	return (edge->name == NAME_ATTRIBUTE || edge->name == NAME_FIELD) &&
	       strcmp(reader_string(names->lookup.reader, (string_id)edge->payload, NULL), "__dict__") == 0;
}

struct error *edge_names_spell(struct edge_names *names, const struct known_edge *edge, struct spelling *spelling)
{
	bool program = spelling->program;
	spelling->program = is_dict_attribute(names, &edge->record);
	if (spelling->program)
		return NULL;
	TRY(print(names, edge, spelling->begun ? "." : "", program, spelling->text));
	if (edge->record.class == EDGE_WEAK)
		text_add(spelling->text, "<weak>");
	spelling->begun = true;
	return NULL;
}

struct error *edge_names_print(struct edge_names *names, const struct known_edge *edge, struct text *text)
{
	return print(names, edge, ".", false, text);
}
