/* Model: a small random heap whose truth is found by trying, to compare analyses with. Failures end the test.
 *
 * Object i has a size of 1 << i bytes, so that a sum of sizes says which objects are in it. Places are numbered as in a
 * graph: objects, then roots.
 */
#ifndef TESTS_ANALYZER_HELP_MODEL_H
#define TESTS_ANALYZER_HELP_MODEL_H

#include "analyzer/fates.h"
#include "analyzer/graph.h"
#include "base/text.h"

#define MODEL_NODES 20u
#define MODEL_ROOTS 3u
#define MODEL_PLACES (MODEL_NODES + MODEL_ROOTS)
#define MODEL_TYPES 5u
#define MODEL_EDGES 256u

struct model_object {
	uint32_t refcount;
	enum generation generation;
	bool immortal;
	unsigned type;
	int32_t residue; /* from here on set by help_model_hold */
};

struct model_edge {
	uint32_t from, to; /* places; to: an object */
	enum edge_class class;
	bool kept; /* holds its target */
};

struct model {
	uint32_t nodes, roots, edge_count;
	struct model_object objects[MODEL_NODES];
	struct model_edge edges[MODEL_EDGES]; /* by owner, in its order */
	uint32_t guesses, guesses_accepted;
};

/* A heap of one of several shapes, held. `honest`: counts are those that an interpreter would have; else some are too small,
 * and roots borrow. */
void help_model_make(struct model *model, uint64_t *state, bool honest);
/* As help_snapshot_write takes it. Object i lies at 16 * (i + 1), its type is app.T0 ... */
void help_model_print(const struct model *model, struct text *text);

/* Places, a bit each, that are reached from `entries` without `without`, over kept edges. */
uint32_t help_model_reach(const struct model *model, uint32_t entries, uint32_t without);
static inline uint32_t help_model_all(const struct model *model) /* objects, a bit each */
{
	return (UINT32_C(1) << model->nodes) - 1;
}

/* What becomes of each object, by letting a collector run over the whole heap. Of an honest model. */
void help_model_fates(const struct model *model, uint8_t fate[MODEL_NODES]);

/* A snapshot of the model, and its graph with what holds. */
struct modelled {
	struct model model;
	char *folder;
	struct reader *reader;
	struct graph *graph;
};
void help_modelled_make(struct modelled *modelled, uint64_t *state, bool honest, unsigned columns);
void help_modelled_deinit(struct modelled *modelled);
DEFINE_AUTO_VALUE(modelled, struct modelled, help_modelled_deinit);

#endif
