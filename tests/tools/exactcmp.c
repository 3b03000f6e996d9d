/* Exactcmp: does a snapshot say of a heap what the interpreter's own tp_traverse, refcounts and sys.getsizeof say?
 *
 *     exactcmp A.snap WALK [GARBAGE [ADDRESS ...]]
 *
 * WALK is as tests/exact/exactwalk.c writes it; GARBAGE has an address a line; of each further ADDRESS, in decimal, the
 * residue is told (null where no object is there).
 *
 * Prints one JSON document: how many objects, edges and sizes agree, and for each kind of disagreement the types it
 * concerns, most frequent first, with one example address each. Edges are compared as multisets of target addresses an
 * object, owned ones first, as those are what tp_traverse visits, then guesses. A guess is false where no visit agrees
 * with it and no residue accepts it. Residue is what refcounts leave when owned and unvisited edges, those of roots
 * included, are taken off, and then guesses, in order of their owners' addresses, as long as something is left. With
 * GARBAGE, the collector's full collection is simulated on the snapshot (trial deletion: refcounts less the owned edges
 * among tracked objects; what is not reached from those that keep a count is garbage) and compared with what
 * gc.collect() then really found, as sets of addresses.
 *
 * Cost: both sides in memory, about 100 bytes an object; sorting of the walk's objects and of each object's edges.
 */
#include "base/guard.h"
#include "base/map.h"
#include "format/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum finding {
	MISSED_OBJECT,  /* in the walk, not in the snapshot */
	WRONG_TYPE,
	WRONG_REFCOUNT,
	WRONG_SIZE,     /* sys.getsizeof */
	MISSED_EDGE,    /* counted for each edge, by the owner's type */
	GUESSED_EDGE,   /* right, but only known as a guess */
	UNVISITED_EDGE, /* right, but taken for one that the collector does not see */
	FALSE_EDGE,     /* owned, but not visited */
	FALSE_GUESS,    /* a guess that is not visited */
	NEGATIVE_RESIDUE,
	POSITIVE_RESIDUE,
	MISSED_GARBAGE, /* collected, but not simulated */
	FALSE_GARBAGE,  /* simulated, but not collected */
	FINDINGS
};
static const char *const finding_names[FINDINGS] = {"missed_objects", "wrong_types",  "wrong_refcounts",  "wrong_sizes",
						    "missed_edges",   "guessed_edges", "unvisited_edges", "false_edges", "false_guesses", "negative_residue", "positive_residue",
						    "missed_garbage", "false_garbage"};

struct tally { /* of one finding for one type */
	uint64_t count, example;
};

struct comparison {
	struct reader *reader;
	struct snapshot_counts counts;
	struct object_columns objects;
	struct edge_columns edges;
	uint64_t *offsets;      /* first edge of each node */
	struct map nodes;       /* address -> node id */
	uint64_t *walk;         /* the file's words */
	size_t words;
	struct tally *tallies[FINDINGS]; /* by type id, one more for an unknown type */
	int64_t *residue;       /* of each node */
	uint8_t *accepted;      /* of each edge: a guess that residue bears out */
	uint8_t *walked_types;  /* of each type: an object of it was walked and found */
	uint64_t matched, walked, edges_matched, edges_guessed, walk_edges, same_edges, sizes_equal;
	uint64_t mortal, residue_zero;
	uint64_t garbage, collected;
};

static void fail(const char *message)
{
	fprintf(stderr, "exactcmp: %s\n", message);
	exit(2);
}

static void check(struct error *error)
{
	if (error != NULL)
		fail(error->message);
}

static void *array(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (memory == NULL)
		fail("out of memory");
	return memory;
}

static void load_objects(struct comparison *comparison)
{
	struct object_columns *all = &comparison->objects;
	size_t room = comparison->counts.nodes + CHUNK_OBJECTS;

	*all = (struct object_columns){.address = array(room, 8), .type = array(room, 4), .getsizeof = array(room, 8),
				       .refcount = array(room, 8), .flags = array(room, 1), .degree = array(room, 4),
				       .generation = array(room, 1)};
	for (uint32_t chunk = 0; chunk < reader_object_chunks(comparison->reader); chunk++) {
		size_t at = (size_t)chunk * CHUNK_OBJECTS;
		struct object_columns part = {.address = all->address + at, .type = all->type + at,
					      .getsizeof = all->getsizeof + at, .refcount = all->refcount + at,
					      .flags = all->flags + at, .degree = all->degree + at,
					      .generation = all->generation + at};
		node_id first;
		uint32_t count;

		check(reader_objects(comparison->reader, chunk, &part, &first, &count));
	}
	comparison->offsets = array(room, 8);
	for (uint64_t i = 0; i < comparison->counts.nodes; i++) {
		comparison->offsets[i + 1] = comparison->offsets[i] + all->degree[i];
		check(map_put(&comparison->nodes, all->address[i], (uint32_t)i));
	}
}

static void load_edges(struct comparison *comparison)
{
	size_t room = comparison->counts.edges + CHUNK_EDGES;
	struct edge_columns *all = &comparison->edges;

	*all = (struct edge_columns){.target = array(room, 4), .class = array(room, 1)};
	for (uint32_t chunk = 0; chunk < reader_edge_chunks(comparison->reader); chunk++) {
		size_t at = (size_t)chunk * CHUNK_EDGES;
		struct edge_columns part = {.target = all->target + at, .class = all->class + at};
		uint64_t first;
		uint32_t count;

		check(reader_edges(comparison->reader, chunk, comparison->objects.degree, &part, &first, &count));
	}
}

static void load_walk(struct comparison *comparison, const char *path)
{
	FILE *file = fopen(path, "rb");
	long size = 0;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 8)
		fail("the walk can't be read");
	comparison->words = (size_t)size / 8;
	comparison->walk = array(comparison->words, 8);
	rewind(file);
	if (fread(comparison->walk, 8, comparison->words, file) != comparison->words)
		fail("the walk can't be read");
	fclose(file);
}

static void note(struct comparison *comparison, enum finding finding, uint32_t type, uint64_t address, uint64_t count)
{
	struct tally *tally = &comparison->tallies[finding][type < comparison->counts.types ? type : comparison->counts.types];

	if (tally->count == 0)
		tally->example = address;
	tally->count += count;
}

static int compare_words(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Takes out of `visits` (sorted, `count` of them) what `targets` has too, both multisets; returns how many were common. */
static uint64_t take_common(uint64_t *targets, uint64_t found, uint64_t *visits, uint64_t *count)
{
	uint64_t i = 0, kept = 0, common = 0;

	qsort(targets, found, 8, compare_words);
	for (uint64_t j = 0; j < *count; j++) {
		while (i < found && targets[i] < visits[j])
			i++;
		if (i < found && targets[i] == visits[j]) {
			i++;
			common++;
		} else {
			visits[kept++] = visits[j];
		}
	}
	*count = kept;
	return common;
}

static uint64_t take_class(struct comparison *comparison, uint32_t node, enum edge_class class, uint64_t *visits,
			   uint64_t *count, uint64_t *false_ones)
{
	uint64_t *targets = array(comparison->objects.degree[node], 8);
	uint64_t found = 0, common;

	for (uint64_t e = comparison->offsets[node]; e < comparison->offsets[node + 1]; e++)
		if (comparison->edges.class[e] == class)
			targets[found++] = comparison->objects.address[comparison->edges.target[e]];
	common = take_common(targets, found, visits, count);
	*false_ones = found - common;
	free(targets);
	return common;
}

/* Of the guesses that no visit agrees with, those that residue bears out are references that tp_traverse leaves out. */
static void note_false_guesses(struct comparison *comparison, uint32_t node, uint64_t unvisited)
{
	const struct object_columns *objects = &comparison->objects;
	uint64_t rejected = 0;

	for (uint64_t e = comparison->offsets[node]; e < comparison->offsets[node + 1]; e++)
		rejected += comparison->edges.class[e] == EDGE_GUESS && !comparison->accepted[e];
	if (rejected > 0 && unvisited > 0)
		note(comparison, FALSE_GUESS, objects->type[node], objects->address[node],
		     rejected < unvisited ? rejected : unvisited);
}

/* Owned edges first; what they leave of the visits may be among the guesses, or borrowed: a table of interned strings
 * is visited from 3.14 on, and counts nothing. */
static void compare_edges(struct comparison *comparison, uint32_t node, uint64_t *visits, uint64_t count)
{
	const struct object_columns *objects = &comparison->objects;
	uint64_t owned, guessed, borrowed, unvisited, false_owned, false_guesses, others;

	qsort(visits, count, 8, compare_words);
	owned = take_class(comparison, node, EDGE_OWNED, visits, &count, &false_owned);
	comparison->same_edges += count == 0 && false_owned == 0;
	guessed = take_class(comparison, node, EDGE_GUESS, visits, &count, &false_guesses);
	borrowed = take_class(comparison, node, EDGE_WEAK, visits, &count, &others);
	unvisited = take_class(comparison, node, EDGE_UNVISITED, visits, &count, &others);
	comparison->edges_matched += owned + guessed + borrowed + unvisited;
	comparison->edges_guessed += guessed;
	if (count > 0)
		note(comparison, MISSED_EDGE, objects->type[node], objects->address[node], count);
	if (guessed > 0)
		note(comparison, GUESSED_EDGE, objects->type[node], objects->address[node], guessed);
	if (unvisited > 0)
		note(comparison, UNVISITED_EDGE, objects->type[node], objects->address[node], unvisited);
	if (false_owned > 0)
		note(comparison, FALSE_EDGE, objects->type[node], objects->address[node], false_owned);
	note_false_guesses(comparison, node, false_guesses);
}

static uint32_t type_at(const struct comparison *comparison, uint64_t address)
{
	const struct type_record *types = reader_types(comparison->reader);

	for (uint32_t i = 0; i < comparison->counts.types; i++)
		if (types[i].address == address)
			return i;
	return NO_ID;
}

/* One object of the walk: address, type, refcount, size, edges. Sizes are asked for refcount 0 ... all live ones. */
static void compare_object(struct comparison *comparison, uint64_t *record)
{
	const struct object_columns *objects = &comparison->objects;
	uint32_t node;

	comparison->walked++;
	comparison->walk_edges += record[4];
	if (!map_find(&comparison->nodes, record[0], &node)) {
		note(comparison, MISSED_OBJECT, type_at(comparison, record[1]), record[0], 1);
		return;
	}
	comparison->matched++;
	comparison->walked_types[objects->type[node]] = 1;
	if (reader_types(comparison->reader)[objects->type[node]].address != record[1])
		note(comparison, WRONG_TYPE, objects->type[node], record[0], 1);
	if (objects->refcount[node] != record[2])
		note(comparison, WRONG_REFCOUNT, objects->type[node], record[0], 1);
	if (record[3] == UINT64_MAX || objects->getsizeof[node] == record[3])
		comparison->sizes_equal++;
	else
		note(comparison, WRONG_SIZE, objects->type[node], record[0], 1);
	compare_edges(comparison, node, record + 5, record[4]);
}

static void compare_walk(struct comparison *comparison)
{
	uint64_t count = comparison->walk[0];
	size_t at = 1;

	for (uint64_t i = 0; i < count; i++) {
		if (comparison->words - at < 5 || comparison->words - at - 5 < comparison->walk[at + 4])
			fail("the walk is cut");
		compare_object(comparison, comparison->walk + at);
		at += 5 + comparison->walk[at + 4];
	}
}

/* What owned and unvisited edges leave of each refcount; below 0 where they are more. */
static int64_t *count_residue(const struct comparison *comparison)
{
	int64_t *residue = array(comparison->counts.nodes, 8);
	const struct edge_record *roots = reader_root_edges(comparison->reader);

	for (uint32_t i = 0; i < comparison->counts.nodes; i++)
		residue[i] = (int64_t)comparison->objects.refcount[i];
	for (uint64_t e = 0; e < comparison->counts.edges; e++)
		if (comparison->edges.class[e] == EDGE_OWNED || comparison->edges.class[e] == EDGE_UNVISITED)
			residue[comparison->edges.target[e]]--;
	for (uint64_t e = 0; e < comparison->counts.root_edges; e++)
		if (roots[e].class == EDGE_OWNED || roots[e].class == EDGE_UNVISITED)
			residue[roots[e].target]--;
	return residue;
}

/* Takes guesses off, those of objects first; marks in `accepted` which. */
static void accept_guesses(struct comparison *comparison)
{
	const struct edge_record *roots = reader_root_edges(comparison->reader);
	int64_t *residue = comparison->residue;

	comparison->accepted = array(comparison->counts.edges, 1);
	for (uint64_t e = 0; e < comparison->counts.edges; e++) {
		uint32_t target = comparison->edges.target[e];

		if (comparison->edges.class[e] != EDGE_GUESS)
			continue;
		/* of an immortal object nothing can be told */
		comparison->accepted[e] = residue[target] > 0 || comparison->objects.flags[target] & OBJECT_IMMORTAL;
		residue[target] -= residue[target] > 0;
	}
	for (uint64_t e = 0; e < comparison->counts.root_edges; e++)
		if (roots[e].class == EDGE_GUESS)
			residue[roots[e].target] -= residue[roots[e].target] > 0;
}

static void compare_residue(struct comparison *comparison)
{
	for (uint32_t i = 0; i < comparison->counts.nodes; i++) {
		int64_t residue = comparison->residue[i];

		if (comparison->objects.flags[i] & OBJECT_IMMORTAL)
			continue;
		comparison->mortal++;
		comparison->residue_zero += residue == 0;
		if (residue != 0)
			note(comparison, residue < 0 ? NEGATIVE_RESIDUE : POSITIVE_RESIDUE, comparison->objects.type[i],
			     comparison->objects.address[i], 1);
	}
}

static bool collectable(const struct comparison *comparison, uint32_t node)
{
	return comparison->objects.generation[node] <= GENERATION_2;
}

/* Trial deletion, as the collector does it: what its neighbours' references don't explain is held from outside. */
static void subtract_references(const struct comparison *comparison, uint64_t *left)
{
	for (uint32_t i = 0; i < comparison->counts.nodes; i++)
		left[i] = comparison->objects.refcount[i];
	for (uint32_t i = 0; i < comparison->counts.nodes; i++) {
		if (!collectable(comparison, i))
			continue;
		for (uint64_t e = comparison->offsets[i]; e < comparison->offsets[i + 1]; e++)
			if (comparison->edges.class[e] == EDGE_OWNED && left[comparison->edges.target[e]] > 0)
				left[comparison->edges.target[e]]--;
	}
}

static uint8_t *reach_held(const struct comparison *comparison, const uint64_t *left)
{
	uint8_t *alive = array(comparison->counts.nodes, 1);
	uint32_t *stack = array(comparison->counts.nodes, 4);
	size_t waiting = 0;

	for (uint32_t i = 0; i < comparison->counts.nodes; i++)
		if (collectable(comparison, i) && left[i] > 0) {
			alive[i] = 1;
			stack[waiting++] = i;
		}
	while (waiting > 0) {
		uint32_t node = stack[--waiting];

		for (uint64_t e = comparison->offsets[node]; e < comparison->offsets[node + 1]; e++) {
			uint32_t target = comparison->edges.target[e];

			if (comparison->edges.class[e] != EDGE_OWNED || alive[target] || !collectable(comparison, target))
				continue;
			alive[target] = 1;
			stack[waiting++] = target;
		}
	}
	free(stack);
	return alive;
}

static void compare_garbage(struct comparison *comparison, const char *path)
{
	uint64_t *left = array(comparison->counts.nodes, 8);
	uint8_t *alive, *found = array(comparison->counts.nodes, 1);
	FILE *file = fopen(path, "r");
	unsigned long long address;
	uint32_t node;

	if (file == NULL)
		fail("the list of garbage can't be read");
	subtract_references(comparison, left);
	alive = reach_held(comparison, left);
	while (fscanf(file, "%llu", &address) == 1) {
		comparison->collected++;
		if (!map_find(&comparison->nodes, address, &node))
			note(comparison, MISSED_GARBAGE, NO_ID, address, 1);
		else if (found[node] = 1, alive[node] || !collectable(comparison, node))
			note(comparison, MISSED_GARBAGE, comparison->objects.type[node], address, 1);
	}
	for (uint32_t i = 0; i < comparison->counts.nodes; i++) {
		bool garbage = collectable(comparison, i) && !alive[i];

		comparison->garbage += garbage;
		if (garbage && !found[i])
			note(comparison, FALSE_GARBAGE, comparison->objects.type[i], comparison->objects.address[i], 1);
	}
	fclose(file);
	free(left);
	free(alive);
	free(found);
}

static uint32_t count_types(const struct comparison *comparison)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < comparison->counts.types; i++)
		count += comparison->walked_types[i];
	return count;
}

static void print_type(const struct comparison *comparison, uint32_t type)
{
	const struct type_record *record = type < comparison->counts.types ? &reader_types(comparison->reader)[type] : NULL;

	if (record == NULL)
		printf("\"?\"");
	else
		printf("\"%s.%s\"", reader_string(comparison->reader, record->module, NULL),
		       reader_string(comparison->reader, record->name, NULL));
}

static void print_finding(const struct comparison *comparison, enum finding finding)
{
	const struct tally *tallies = comparison->tallies[finding];
	bool first = true;

	printf(",\n \"%s\": {", finding_names[finding]);
	for (uint32_t i = 0; i <= comparison->counts.types; i++) {
		if (tallies[i].count == 0)
			continue;
		printf("%s\n  ", first ? "" : ",");
		print_type(comparison, i);
		printf(": [%" PRIu64 ", %" PRIu64 "]", tallies[i].count, tallies[i].example);
		first = false;
	}
	printf("}");
}

static void print_residues(const struct comparison *comparison, char **addresses, int count)
{
	printf(",\n \"residues\": [");
	for (int i = 0; i < count; i++) {
		uint32_t node;

		if (map_find(&comparison->nodes, strtoull(addresses[i], NULL, 10), &node))
			printf("%s%" PRId64, i > 0 ? ", " : "", comparison->residue[node]);
		else
			printf("%snull", i > 0 ? ", " : "");
	}
	printf("]");
}

static void comparison_deinit(struct comparison *comparison)
{
	void *arrays[] = {comparison->objects.address,    comparison->objects.type,  comparison->objects.getsizeof,
			  comparison->objects.refcount,   comparison->objects.flags, comparison->objects.degree,
			  comparison->objects.generation, comparison->edges.target,  comparison->edges.class,
			  comparison->offsets,            comparison->walk,          comparison->residue,
			  comparison->accepted,           comparison->walked_types};

	for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
		free(arrays[i]);
	for (int i = 0; i < FINDINGS; i++)
		free(comparison->tallies[i]);
	map_deinit(&comparison->nodes);
	reader_close(comparison->reader);
}

int main(int count, char **arguments)
{
	struct comparison comparison = {0};

	if (count < 3)
		fail("usage: exactcmp A.snap WALK [GARBAGE [ADDRESS ...]]");
	check(reader_open(arguments[1], &comparison.reader));
	comparison.counts = reader_counts(comparison.reader);
	for (int i = 0; i < FINDINGS; i++)
		comparison.tallies[i] = array(comparison.counts.types + 1, sizeof(struct tally));
	comparison.walked_types = array(comparison.counts.types, 1);
	load_objects(&comparison);
	load_edges(&comparison);
	load_walk(&comparison, arguments[2]);
	comparison.residue = count_residue(&comparison);
	accept_guesses(&comparison);
	compare_walk(&comparison);
	compare_residue(&comparison);
	if (count > 3)
		compare_garbage(&comparison, arguments[3]);
	printf("{\"types\": %" PRIu32 ", ", count_types(&comparison));
	printf("\"objects\": %" PRIu64 ", \"edges\": %" PRIu64 ", \"walked\": %" PRIu64 ", \"walk_edges\": %" PRIu64
	       ", \"matched\": %" PRIu64 ", \"edges_matched\": %" PRIu64 ", \"edges_guessed\": %" PRIu64 ", \"same_edges\": %" PRIu64
	       ", \"sizes_equal\": %" PRIu64 ", \"mortal\": %" PRIu64 ", \"residue_zero\": %" PRIu64
	       ", \"garbage\": %" PRIu64 ", \"collected\": %" PRIu64,
	       comparison.counts.nodes, comparison.counts.edges, comparison.walked, comparison.walk_edges, comparison.matched,
	       comparison.edges_matched, comparison.edges_guessed, comparison.same_edges, comparison.sizes_equal, comparison.mortal,
	       comparison.residue_zero, comparison.garbage, comparison.collected);
	for (int i = 0; i < FINDINGS; i++)
		print_finding(&comparison, (enum finding)i);
	if (count > 4)
		print_residues(&comparison, arguments + 4, count - 4);
	printf("}\n");
	comparison_deinit(&comparison);
	return 0;
}
