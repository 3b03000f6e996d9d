/* What retains this object, in words? */
#include "analyzer/dominator_name.h"

#include "analyzer/path.h"

static const char *undominated(const struct retention *retention, node_id node)
{
	if (retention->graph->flags[node] & OBJECT_IMMORTAL)
		return "(immortal)";
	switch (retention->fate[node]) {
	case FATE_HELD:
		return "(C code alone)";
	case FATE_GARBAGE:
	case FATE_STUCK:
		return "(nothing)";
	default:
		return "(several roots)";
	}
}

struct error *dominator_name_print(const struct retention *retention, struct object_lookup *lookup, node_id node,
				   struct text *text)
{
	uint32_t place = domination_of(&retention->tree, node);
	if (place >= DOMINATOR_NONE)
		text_add(text, undominated(retention, node));
	else if (place < retention->graph->nodes)
		return object_lookup_print(lookup, place, text);
	else
		path_print_root(retention->graph, place - retention->graph->nodes, text);
	return NULL;
}
