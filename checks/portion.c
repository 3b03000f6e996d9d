/* Which objects is a broken rule about?
 *
 * One pass over the later snapshot's objects: each is of what the rule measured or not, by what it is a member of, its fate and its
 * residue; of growth each is compared with what it was before, as the diff's join tells. Where that is growth of size or number, what came is
 * known, and the others are left out.
 */
#include "checks/portion.h"

#include "base/bytes.h"

/* What was a member's already before, as far as the metric goes. */
static bool was_counted(const struct portion *portion, node_id node)
{
	const struct diff *diff = portion->scene->diff;
	node_id before = diff->join.before[node];
	if (diff->join.new[node] || before == NO_ID)
		return false;
	if (portion->metric == METRIC_GARBAGE)
		return diff->held[0].fate[before] == FATE_GARBAGE;
	return portion->metric != METRIC_EXTERNAL || diff->held[0].fate[before] == FATE_HELD;
}

static bool is_counted(const struct portion *portion, node_id node)
{
	enum fate fate = portion->scene->held->fate[node];
	if (portion->metric == METRIC_GARBAGE)
		return fate == FATE_GARBAGE;
	if (portion->metric == METRIC_EXTERNAL)
		return fate == FATE_HELD;
	return portion->metric != METRIC_RESIDUE || portion->scene->graph->residue[node] > 0;
}

static uint64_t size_before(const struct portion *portion, node_id node)
{
	const struct diff *diff = portion->scene->diff;
	return graph_size(diff->before, diff->join.before[node]);
}

static uint64_t residue_before(const struct portion *portion, node_id node)
{
	const struct diff *diff = portion->scene->diff;
	int32_t residue = diff->before->residue[diff->join.before[node]];
	return residue > 0 ? (uint64_t)residue : 0;
}

uint64_t portion_size(const struct portion *portion, node_id node)
{
	uint64_t size = graph_size(portion->scene->graph, node);
	if (portion->parts[node] == PART_NONE)
		return 0;
	if (portion->parts[node] == PART_WHOLE)
		return size;
	return size > size_before(portion, node) ? size - size_before(portion, node) : 0;
}

uint64_t portion_weight(const struct portion *portion, node_id node)
{
	enum part part = (enum part)portion->parts[node];
	if (part == PART_NONE)
		return 0;
	if (portion->metric == METRIC_COUNT || portion->metric == METRIC_QUERY)
		return part == PART_WHOLE;
	if (portion->metric != METRIC_RESIDUE)
		return portion_size(portion, node);
	uint64_t residue = (uint64_t)portion->scene->graph->residue[node];
	return part == PART_WHOLE ? residue : residue - residue_before(portion, node);
}

/* Objects in the data of a mapped file were there all along. */
static enum part part_of(const struct portion *portion, node_id node)
{
	if (!is_counted(portion, node))
		return PART_NONE;
	if (!portion->growth)
		return PART_WHOLE;
	if (!was_counted(portion, node))
		return portion->scene->graph->flags[node] & OBJECT_STATIC ? PART_NONE : PART_WHOLE;
	bool grew = portion->metric == METRIC_RESIDUE
			    ? (uint64_t)portion->scene->graph->residue[node] > residue_before(portion, node)
			    : graph_size(portion->scene->graph, node) > size_before(portion, node);
	return grew ? PART_GREW : PART_NONE;
}

/* What a rule of retained bytes is about goes with its objects, others are about these alone. */
static struct membership taken(const struct explained *explained, enum metric metric)
{
	return metric == METRIC_RETAINED && explained->retained.words != NULL ? explained->retained : explained->member;
}

static struct error *add(struct portion *portion, node_id node)
{
	enum part part = part_of(portion, node);
	if (part == PART_NONE)
		return NULL;
	TRY(vector_push(&portion->nodes, node));
	portion->parts[node] = (uint8_t)part;
	uint64_t weight = portion_weight(portion, node);
	TRY(vector_push(&portion->weights, weight));
	bool whole = part == PART_WHOLE;
	portion->count += whole;
	portion->whole = saturating_add(portion->whole, whole ? weight : 0);
	portion->grown = saturating_add(portion->grown, whole ? 0 : weight);
	return NULL;
}

/* What was there before may have come to be garbage, or to be held by C code, as it is. */
static bool only_arrivals(const struct portion *portion)
{
	return portion->growth && portion->metric != METRIC_GARBAGE && portion->metric != METRIC_EXTERNAL &&
	       portion->metric != METRIC_RESIDUE;
}

struct error *portion_create(const struct scene *scene, const struct explained *explained, enum metric metric,
			     bool growth, struct portion *result)
{
	AUTO(portion) struct portion portion = {.scene = scene, .metric = metric, .growth = growth, .parts = scene->scratch->parts};
	const struct membership in = taken(explained, metric);
	bool arrivals = only_arrivals(&portion);
	size_t count = arrivals ? scene->arrivals->nodes.count : scene->graph->nodes;
	for (size_t i = 0; i < count; i++) {
		node_id node = arrivals ? scene->arrivals->nodes.items[i] : (node_id)i;
		if (membership_has(&in, node))
			TRY(add(&portion, node));
	}
	*result = portion;
	portion = (struct portion){0};
	return NULL;
}

void portion_deinit(struct portion *portion)
{
	for (size_t p = 0; p < portion->nodes.count; p++)
		portion->parts[portion->nodes.items[p]] = PART_NONE;
	vector_deinit(&portion->nodes);
	vector_deinit(&portion->weights);
	*portion = (struct portion){0};
}
