/* Which of the objects at the same addresses are still the same?
 *
 * First what each pair says of itself: hashes, and generations with the collections between the two snapshots, as every
 * collection makes what survives it older. Then the references of each pair side by side: where both have the same pair
 * next, the place of that is the same; where all are the same, so are its contents. Last, down the dominator tree, each
 * is weighed with what became of its owner. References are gone through once; those of a dict from which something
 * went are matched by looking a few further.
 */
#include "analyzer/evidence.h"

#include "analyzer/memory.h"
#include "analyzer/root_pairs.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_AHEAD 8u /* references of one before that may have gone in front of the next that stayed */

enum sign {                 /* bits of what was found for a pair */
	SIGN_SURE = 1,      /* it is the same */
	SIGN_REUSED = 2,    /* it is not */
	SIGN_HASH = 4,      /* the same content */
	SIGN_PLACE = 8,     /* the same place among the references of one that stayed */
	SIGN_CONTENTS = 16, /* the same references of its own */
	SIGN_OTHERS = 32    /* what it alone has is more than one thing, and none is what was there */
};

enum verdict {
	VERDICT_NEW,
	VERDICT_SAME,
	VERDICT_REUSED,
	VERDICT_UNCERTAIN
};

struct weighing {
	const struct graph *before, *after;
	const struct type_facts *facts_before, *facts; /* `facts`: of those after */
	const struct retention *retention;
	struct join *join;
	label_id dict, tuple;
	bool hashes;  /* of both compare */
	bool counted; /* the collections between the two are known, and their generations ascend by one */
	bool collected, collected_older; /* of any generation; of more than the youngest */
	uint8_t *signs, *verdicts;       /* by node after */
};

static void weighing_deinit(struct weighing *weighing)
{
	free(weighing->signs);
	free(weighing->verdicts);
}
DEFINE_AUTO_VALUE(weighing, struct weighing, weighing_deinit);

/* --- what is known of both snapshots
 * -------------------------------------------------------------------------------- */

static label_id find_label(const struct type_names *names, const char *name)
{
	for (label_id l = 0; l < names->count; l++)
		if (names->labels[l].length == strlen(name) && memcmp(names->labels[l].name, name, strlen(name)) == 0)
			return l;
	return NO_ID;
}

static bool rose(uint64_t before, uint64_t after, bool *known)
{
	*known = *known && before != META_ABSENT && after != META_ABSENT && after >= before;
	return *known && after > before;
}

/* A collector that collects in increments has no middle generation and moves what it likes: nothing follows from its
 * counts, and of one whose middle generation is empty it can't be told. */
static bool has_middle(const struct graph *graph)
{
	return graph->nodes > 0 && memchr(graph->generation, GENERATION_1, graph->nodes) != NULL;
}

static void learn(struct weighing *weighing)
{
	const struct snapshot_meta *a = reader_meta(weighing->before->reader),
				   *b = reader_meta(weighing->after->reader);
	bool known = a->interpreters == 1 && b->interpreters == 1 && a->gc_collecting != 1 && b->gc_collecting != 1;
	bool youngest = rose(a->gc_collections0, b->gc_collections0, &known);
	bool middle = rose(a->gc_collections1, b->gc_collections1, &known);
	bool oldest = rose(a->gc_collections2, b->gc_collections2, &known);
	weighing->counted = known && (has_middle(weighing->before) || has_middle(weighing->after));
	weighing->collected_older = middle || oldest;
	weighing->collected = youngest || middle || oldest;
	weighing->hashes =
		a->hash_key_id != NULL && b->hash_key_id != NULL && strcmp(a->hash_key_id, b->hash_key_id) == 0;
}

/* --- a pair by itself
 * ----------------------------------------------------------------------------------------------- */

/* The generation that an object of generation `age` has after the collections between, at least. */
static enum generation expected_age(const struct weighing *weighing, enum generation age)
{
	if (!weighing->counted || age == GENERATION_2)
		return age;
	if (weighing->collected_older)
		return GENERATION_2;
	return weighing->collected && age == GENERATION_0 ? GENERATION_1 : age;
}

/* The oldest generation that an object made between the two can have. */
static enum generation newest_age(const struct weighing *weighing)
{
	if (weighing->collected_older)
		return GENERATION_2;
	return weighing->collected ? GENERATION_1 : GENERATION_0;
}

static unsigned sign_of_age(const struct weighing *weighing, node_id was, node_id node, label_id label)
{
	enum generation before = weighing->before->generation[was], after = weighing->after->generation[node];
	if (before > GENERATION_2 || after > GENERATION_2)
		return 0;
	if (after < expected_age(weighing, before) && label != weighing->dict && label != weighing->tuple)
		return SIGN_REUSED;
	return weighing->counted && after > newest_age(weighing) ? SIGN_SURE : 0;
}

static void sign_pairs(struct weighing *weighing)
{
	const struct graph *after = weighing->after;
	for (node_id i = 0; i < after->nodes; i++) {
		node_id was = weighing->join->before[i];
		if (was == NO_ID)
			continue;
		bool stays = after->flags[i] & weighing->before->flags[was] & (OBJECT_IMMORTAL | OBJECT_STATIC);
		label_id label = weighing->facts->label[after->type[i]];
		unsigned sign = stays ? SIGN_SURE : sign_of_age(weighing, was, i, label);
		weighing->signs[i] = (uint8_t)sign;
	}
}

struct hashes { /* of one chunk of a snapshot's objects */
	struct reader *reader;
	uint64_t *values;
	uint32_t chunk; /* NO_ID: none yet */
};

static void hashes_deinit(struct hashes *hashes)
{
	free(hashes->values);
}
DEFINE_AUTO_VALUE(hashes, struct hashes, hashes_deinit);

static struct error *hashes_get(struct hashes *hashes, node_id node, uint64_t *hash)
{
	node_id first;
	uint32_t chunk = node / CHUNK_OBJECTS, count;
	if (hashes->values == NULL && (hashes->values = malloc(CHUNK_OBJECTS * sizeof *hashes->values)) == NULL)
		return error_memory();
	if (chunk != hashes->chunk) {
		struct object_columns columns = {.content_hash = hashes->values};
		hashes->chunk = NO_ID;
		TRY(reader_objects(hashes->reader, chunk, &columns, &first, &count));
		hashes->chunk = chunk;
	}
	*hash = hashes->values[node % CHUNK_OBJECTS];
	return NULL;
}

/* Both sides ascend, so each chunk of either is read once, and no column of all hashes is in memory. */
static struct error *sign_hashes(struct weighing *weighing)
{
	AUTO(hashes) struct hashes before = {.reader = weighing->before->reader, .chunk = NO_ID};
	AUTO(hashes) struct hashes after = {.reader = weighing->after->reader, .chunk = NO_ID};
	for (node_id i = 0; weighing->hashes && i < weighing->after->nodes; i++) {
		node_id was = weighing->join->before[i];
		uint64_t then = 0, now;
		if (was == NO_ID || (weighing->signs[i] & SIGN_SURE))
			continue;
		TRY(hashes_get(&after, i, &now));
		if (now != 0)
			TRY(hashes_get(&before, was, &then));
		if (then != 0)
			weighing->signs[i] |= then == now ? SIGN_HASH : SIGN_REUSED;
	}
	return NULL;
}

/* --- its references
 * ------------------------------------------------------------------------------------------------- */

/* Marks those of place `node` that have the same place among those of `was`; whether they are all the same, and how
 * many. */
static bool match_references(struct weighing *weighing, uint32_t was, uint32_t node, uint32_t *matched)
{
	const struct graph *before = weighing->before, *after = weighing->after;
	uint32_t at = before->offsets[was], end = before->offsets[was + 1];
	bool all = end - at == after->offsets[node + 1] - after->offsets[node];
	*matched = 0;
	for (uint32_t e = after->offsets[node]; e < after->offsets[node + 1]; e++) {
		node_id target = after->targets[e], wanted = weighing->join->before[target];
		if (weighing->signs[target] & SIGN_REUSED)
			wanted = NO_ID;
		uint32_t found = at, last = end - at > LOOK_AHEAD ? at + LOOK_AHEAD : end;
		while (wanted != NO_ID && found < last && before->targets[found] != wanted)
			found++;
		if (wanted == NO_ID || found == last) {
			all = false;
			continue;
		}
		all = all && found == at;
		at = found + 1;
		++*matched;
		/* What is shared by many says nothing by being referred to, but that it is there. */
		weighing->signs[target] |= SIGN_PLACE;
	}
	return all;
}

/* Whether all that hangs from the pair alone is new or reused. Of one thing, as a counter has, that says nothing. */
static bool has_others(const struct weighing *weighing, node_id node)
{
	const struct graph *after = weighing->after;
	uint32_t others = 0;
	for (uint32_t e = after->offsets[node]; e < after->offsets[node + 1]; e++) {
		node_id target = after->targets[e];
		if (domination_of(&weighing->retention->tree, target) != node)
			continue;
		if (weighing->signs[target] & (SIGN_HASH | SIGN_SURE))
			return false;
		others += weighing->join->before[target] == NO_ID || (weighing->signs[target] & SIGN_REUSED);
	}
	return others >= 2;
}

/* A pair that is reused says nothing of what it refers to. */
static void sign_references(struct weighing *weighing)
{
	for (node_id i = 0; i < weighing->after->nodes; i++) {
		node_id was = weighing->join->before[i];
		if (was == NO_ID || (weighing->signs[i] & SIGN_REUSED))
			continue;
		uint32_t matched;
		bool all = match_references(weighing, was, i, &matched);
		label_id label = weighing->facts->label[weighing->after->type[i]];
		if (label == weighing->tuple && !all && !(weighing->signs[i] & SIGN_SURE))
			weighing->signs[i] |= SIGN_REUSED;
		/* The reference to the own type is one of them, and no evidence. */
		else if (all && matched > weighing->facts->owner[weighing->after->type[i]])
			weighing->signs[i] |= SIGN_CONTENTS;
		if (has_others(weighing, i))
			weighing->signs[i] |= SIGN_OTHERS;
	}
}

static struct error *sign_roots(struct weighing *weighing)
{
	const struct graph *before = weighing->before, *after = weighing->after;
	root_id *after_of = NULL;
	TRY(root_pairs_find(before->reader, after->reader, true, &after_of));
	AUTO(free) void *kept = after_of;
	for (uint32_t r = 0; r < before->places - before->nodes; r++) {
		uint32_t matched;
		if (after_of[r] != NO_ID)
			match_references(weighing, before->nodes + r, after->nodes + after_of[r], &matched);
	}
	return NULL;
}

/* --- its owner
 * ------------------------------------------------------------------------------------------------------ */

static enum verdict verdict_of(const struct weighing *weighing, node_id node, uint32_t owner)
{
	unsigned sign = weighing->signs[node];
	enum verdict of_owner = owner < weighing->after->nodes ? weighing->verdicts[owner] : VERDICT_SAME;
	if (weighing->join->before[node] == NO_ID)
		return VERDICT_NEW;
	if (sign & SIGN_SURE)
		return VERDICT_SAME;
	if (sign & SIGN_REUSED)
		return VERDICT_REUSED;
	if (of_owner == VERDICT_NEW || of_owner == VERDICT_REUSED)
		return sign & (SIGN_HASH | SIGN_CONTENTS) ? VERDICT_UNCERTAIN : VERDICT_REUSED;
	if (sign & (SIGN_HASH | SIGN_CONTENTS))
		return VERDICT_SAME;
	if (!(sign & SIGN_PLACE))
		return sign & SIGN_OTHERS ? VERDICT_REUSED : VERDICT_UNCERTAIN;
	/* A place in what may be another one says nothing. */
	return (sign & SIGN_OTHERS) || of_owner == VERDICT_UNCERTAIN ? VERDICT_UNCERTAIN : VERDICT_SAME;
}

static void take(struct weighing *weighing, node_id node, uint32_t owner, struct evidence *result)
{
	enum verdict verdict = verdict_of(weighing, node, owner);
	weighing->verdicts[node] = (uint8_t)verdict;
	result->same += verdict == VERDICT_SAME;
	result->reused += verdict == VERDICT_REUSED;
	result->uncertain += verdict == VERDICT_UNCERTAIN;
}

/* Owners before what they own: numbers ascend, and leaves, which own nothing, come last. */
static void judge(struct weighing *weighing, struct evidence *result)
{
	const struct domination *tree = &weighing->retention->tree;
	node_id nodes = weighing->after->nodes;
	for (uint32_t i = 1; i < tree->numbers; i++)
		if (tree->node[i] < nodes)
			take(weighing, tree->node[i], domination_of(tree, tree->node[i]), result);
	for (node_id i = 0; i < nodes; i++)
		if (tree->state[i] & FLOW_LEAF)
			take(weighing, i, domination_of(tree, i), result);
	for (node_id i = 0; i < nodes; i++)
		if (weighing->verdicts[i] == VERDICT_REUSED)
			join_part(weighing->join, weighing->before, weighing->after,
				  weighing->facts->label[weighing->after->type[i]], i);
}

struct error *evidence_weigh(const struct graph *before, const struct graph *after, const struct type_names *names,
			     const struct retention *retention, struct join *join, struct evidence *result)
{
	AUTO(weighing)
	struct weighing weighing = {.before = before,
				    .after = after,
				    .facts = &names->facts[1],
				    .retention = retention,
				    .join = join,
				    .dict = find_label(names, "dict"),
				    .tuple = find_label(names, "tuple")};
	weighing.signs = memory_large((size_t)after->nodes + 1, 1);
	weighing.verdicts = memory_large((size_t)after->nodes + 1, 1);
	if (weighing.signs == NULL || weighing.verdicts == NULL)
		return error_memory();
	memset(weighing.signs, 0, after->nodes);
	memset(weighing.verdicts, VERDICT_NEW, after->nodes);
	learn(&weighing);
	sign_pairs(&weighing);
	TRY(sign_hashes(&weighing));
	sign_references(&weighing);
	TRY(sign_roots(&weighing));
	struct evidence found = {0};
	judge(&weighing, &found);
	*result = found;
	return NULL;
}
