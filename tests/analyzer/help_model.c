#include "tests/analyzer/help_model.h"

#include "analyzer/load.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(help_random(state) % limit);
}

static uint32_t bit(uint32_t place)
{
	return UINT32_C(1) << place;
}

/* --- making --------------------------------------------------------------------------------------------------------- */

static void add_edge(struct model *model, uint64_t *state, uint32_t from, uint32_t to, bool honest)
{
	static const enum edge_class classes[] = {EDGE_OWNED,     EDGE_OWNED, EDGE_OWNED, EDGE_OWNED,
						  EDGE_UNVISITED, EDGE_WEAK,  EDGE_GUESS};
	enum edge_class class = classes[below(state, sizeof classes / sizeof *classes)];
	if (honest && from >= model->nodes && class == EDGE_WEAK)
		class = EDGE_OWNED;
	if (model->edge_count < MODEL_EDGES)
		model->edges[model->edge_count++] = (struct model_edge){.from = from, .to = to, .class = class};
}

enum shape {
	SHAPE_RANDOM,
	SHAPE_CHAIN, /* whose objects share items */
	SHAPE_FAN,   /* one object leads to most */
	SHAPE_KNOT,  /* most lead to one another */
	SHAPE_COUNT
};

static void add_edges_of(struct model *model, uint64_t *state, enum shape shape, uint32_t from, bool honest)
{
	uint32_t nodes = model->nodes, items = nodes / 2;
	if (shape == SHAPE_CHAIN && from < items) {
		if (from + 1 < items)
			add_edge(model, state, from, from + 1, honest);
		add_edge(model, state, from, items + below(state, nodes - items), honest);
	}
	for (uint32_t to = 1; shape == SHAPE_FAN && from == 0 && to < nodes; to++)
		add_edge(model, state, from, to, honest);
	if (shape == SHAPE_KNOT)
		add_edge(model, state, from, (from + 1) % nodes, honest);
	uint32_t more = shape == SHAPE_RANDOM || shape == SHAPE_KNOT ? 4 : 2;
	for (uint32_t e = below(state, more); e > 0; e--)
		add_edge(model, state, from, below(state, nodes), honest);
}

static uint32_t counted_references(const struct model *model, uint32_t to)
{
	uint32_t count = 0;
	for (uint32_t e = 0; e < model->edge_count; e++)
		count += model->edges[e].to == to && model->edges[e].class <= EDGE_UNVISITED;
	return count;
}

static void set_refcounts(struct model *model, uint64_t *state, bool honest)
{
	for (uint32_t i = 0; i < model->nodes; i++) {
		struct model_object *object = &model->objects[i];
		object->refcount = counted_references(model, i);
		for (uint32_t e = 0; e < model->edge_count; e++)
			object->refcount +=
				model->edges[e].to == i && model->edges[e].class == EDGE_GUESS && below(state, 2);
		object->refcount += below(state, 12) == 0;
		if (!honest && below(state, 6) == 0)
			object->refcount /= 2;
		if (honest && object->refcount == 0)
			object->refcount = 1;
	}
}

static void hold(struct model *model);

void help_model_make(struct model *model, uint64_t *state, bool honest)
{
	static const enum generation generations[] = {GENERATION_0, GENERATION_1, GENERATION_2,        GENERATION_2,
						      GENERATION_2, GENERATION_2, GENERATION_UNTRACKED};
	*model = (struct model){.nodes = 1 + below(state, MODEL_NODES), .roots = below(state, MODEL_ROOTS + 1)};
	enum shape shape = (enum shape)below(state, SHAPE_COUNT);
	for (uint32_t i = 0; i < model->nodes; i++) {
		enum generation generation = generations[below(state, sizeof generations / sizeof *generations)];
		if (below(state, 30) == 0)
			generation = GENERATION_PERMANENT;
		model->objects[i] = (struct model_object){.generation = generation,
							  .immortal = below(state, 20) == 0,
							  .type = below(state, MODEL_TYPES)};
		add_edges_of(model, state, shape, i, honest);
	}
	for (uint32_t r = 0; r < model->roots; r++)
		for (uint32_t e = below(state, 3); e > 0; e--)
			add_edge(model, state, model->nodes + r, below(state, model->nodes), honest);
	set_refcounts(model, state, honest);
	hold(model);
}

void help_model_print(const struct model *model, struct text *text)
{
	static const char *const generations[GENERATION_COUNT] = {"0", "1", "2", "permanent", "untracked"};
	static const char *const classes[] = {"owned", "unvisited", "weak", "guess"};
	for (uint32_t i = 0; i < model->nodes; i++)
		text_printf(text, "object %u app.T%u size=%u ref=%u gen=%s%s\n", 16 * (i + 1), model->objects[i].type,
			    bit(i), model->objects[i].refcount, generations[model->objects[i].generation],
			    model->objects[i].immortal ? " flags=immortal" : "");
	uint32_t root = 0;
	for (uint32_t e = 0; e < model->edge_count; e++) {
		const struct model_edge *edge = &model->edges[e];
		for (; edge->from >= model->nodes + root; root++)
			text_printf(text, "root modules r%u\n", root);
		if (edge->from < model->nodes)
			text_printf(text, "edge %u %u - %s\n", 16 * (edge->from + 1), 16 * (edge->to + 1),
				    classes[edge->class]);
		else
			text_printf(text, "rootedge %u - %s\n", 16 * (edge->to + 1), classes[edge->class]);
	}
	for (; root < model->roots; root++)
		text_printf(text, "root modules r%u\n", root);
}

/* --- the truth ------------------------------------------------------------------------------------------------------ */

/* Residues, and which edges hold: in order, the roots' before the objects'. */
static void hold(struct model *model)
{
	for (uint32_t i = 0; i < model->nodes; i++) {
		struct model_object *object = &model->objects[i];
		object->residue =
			object->immortal ? 0 : (int32_t)object->refcount - (int32_t)counted_references(model, i);
	}
	for (int objects = 0; objects <= 1; objects++)
		for (uint32_t e = 0; e < model->edge_count; e++) {
			struct model_edge *edge = &model->edges[e];
			struct model_object *target = &model->objects[edge->to];
			bool of_root = edge->from >= model->nodes;
			if (of_root == (objects == 1))
				continue;
			edge->kept = edge->class <= EDGE_UNVISITED || (of_root && edge->class == EDGE_WEAK);
			model->guesses += edge->class == EDGE_GUESS;
			if (edge->class == EDGE_GUESS && target->residue > 0) {
				target->residue--;
				model->guesses_accepted++;
				edge->kept = true;
			}
		}
}

uint32_t help_model_reach(const struct model *model, uint32_t entries, uint32_t without)
{
	uint32_t seen = entries & ~without;
	for (uint32_t before = ~seen; before != seen;) {
		before = seen;
		for (uint32_t e = 0; e < model->edge_count; e++)
			if (model->edges[e].kept && (seen & bit(model->edges[e].from)))
				seen |= bit(model->edges[e].to) & ~without;
	}
	return seen;
}

static bool tracked(const struct model *model, uint32_t place)
{
	return place < model->nodes && model->objects[place].generation <= GENERATION_2;
}

/* Tracked objects that CPython's collector finds unreachable, over the whole heap. */
static uint32_t collectable(const struct model *model)
{
	int32_t gc_refs[MODEL_NODES];
	uint32_t alive = 0, objects = 0;
	for (uint32_t i = 0; i < model->nodes; i++)
		gc_refs[i] = model->objects[i].immortal ? 1000000 : (int32_t)model->objects[i].refcount;
	for (uint32_t e = 0; e < model->edge_count; e++)
		if (model->edges[e].class == EDGE_OWNED && tracked(model, model->edges[e].from))
			gc_refs[model->edges[e].to]--;
	for (uint32_t i = 0; i < model->nodes; i++) {
		objects |= tracked(model, i) ? bit(i) : 0;
		alive |= tracked(model, i) && gc_refs[i] > 0 ? bit(i) : 0;
	}
	for (uint32_t before = ~alive; before != alive;) {
		before = alive;
		for (uint32_t e = 0; e < model->edge_count; e++)
			if (model->edges[e].class == EDGE_OWNED && (alive & bit(model->edges[e].from)))
				alive |= bit(model->edges[e].to) & objects;
	}
	return objects & ~alive;
}

/* All of these are freed, and what then has no reference left, and so on. */
static uint32_t freed_with(const struct model *model, uint32_t freed)
{
	int64_t counts[MODEL_NODES];
	uint32_t dropped = 0; /* whose references were given back */
	for (uint32_t i = 0; i < model->nodes; i++)
		counts[i] = model->objects[i].immortal ? 1000000 : model->objects[i].refcount;
	while (dropped != freed) {
		uint32_t owner = (uint32_t)__builtin_ctz(freed & ~dropped);
		dropped |= bit(owner);
		for (uint32_t e = 0; e < model->edge_count; e++) {
			const struct model_edge *edge = &model->edges[e];
			if (edge->from == owner && edge->kept && --counts[edge->to] == 0)
				freed |= bit(edge->to);
		}
	}
	return freed;
}

void help_model_fates(const struct model *model, uint8_t fate[MODEL_NODES])
{
	uint32_t roots = 0, external = 0;
	for (uint32_t r = 0; r < model->roots; r++)
		roots |= bit(model->nodes + r);
	for (uint32_t i = 0; i < model->nodes; i++) {
		roots |= model->objects[i].immortal ? bit(i) : 0;
		external |= model->objects[i].residue > 0 ? bit(i) : 0;
	}
	uint32_t reached = help_model_reach(model, roots, 0), held = help_model_reach(model, external, 0);
	uint32_t freed = freed_with(model, collectable(model));
	cr_assert_eq(freed & (reached | held), 0, "a collector would free what is in use: the model is wrong");
	for (uint32_t i = 0; i < model->nodes; i++)
		fate[i] = reached & bit(i) ? FATE_REACHABLE
			  : held & bit(i)  ? FATE_HELD
			  : freed & bit(i) ? FATE_GARBAGE
					   : FATE_STUCK;
}

/* --- as a snapshot --------------------------------------------------------------------------------------------------- */

void help_modelled_make(struct modelled *modelled, uint64_t *state, bool honest, unsigned columns)
{
	*modelled = (struct modelled){.folder = help_folder()};
	help_model_make(&modelled->model, state, honest);
	AUTO(text) struct text text = {0};
	text_init(&text);
	help_model_print(&modelled->model, &text);
	AUTO(string) char *path = help_path(modelled->folder, "a.snap");
	assert_ok(help_snapshot_write(path, text_string(&text)));
	assert_ok(reader_open(path, &modelled->reader));
	assert_ok(load_graph(modelled->reader, columns, NULL, &modelled->graph));
}

void help_modelled_deinit(struct modelled *modelled)
{
	graph_destroy(modelled->graph);
	reader_close(modelled->reader);
	help_folder_remove(modelled->folder);
}
