/* Random heaps: made from a seed, written to a snapshot, compared with one. */
#ifndef TESTS_FORMAT_HELP_HEAP_H
#define TESTS_FORMAT_HELP_HEAP_H

#include "base/vector.h"
#include "format/reader.h"
#include "format/relation.h"
#include "format/writer.h"

struct preview {
	uint8_t *bytes; /* NULL: none */
	size_t length;
};

struct heap {
	VECTOR(char *) strings; /* distinct, NUL-terminated, as their index is their id */
	VECTOR(size_t) lengths;
	VECTOR(struct type_record) types;
	VECTOR(struct object_record) objects;
	VECTOR(struct preview) previews; /* of each object, where help_heap_add_previews was called */
	VECTOR(uint32_t) degrees;
	VECTOR(struct edge_record) edges;
	VECTOR(struct root_record) roots;
	VECTOR(uint32_t) root_degrees;
	VECTOR(struct edge_record) root_edges;
	struct relation_rows rows[RELATION_COUNT]; /* where help_heap_add_rows was called */
	struct snapshot_meta meta; /* texts are literals */
	uint64_t losses[LOSS_COUNT];
};

enum heap_values {
	HEAP_LIKELY,
	HEAP_EXTREME
}; /* as real heaps have them, or up to the limits of every field */

void help_heap_init(struct heap *heap, uint64_t seed, size_t objects, size_t degree, enum heap_values values);
/* Gives about half of the objects previews, some empty, few long. */
void help_heap_add_previews(struct heap *heap, uint64_t seed);
/* Gives every relation fewer than `most` rows, of numbers as they come and ids of what is there. */
void help_heap_add_rows(struct heap *heap, uint64_t seed, size_t most);
void help_heap_deinit(struct heap *heap);
DEFINE_AUTO_VALUE(heap, struct heap, help_heap_deinit);
struct error *help_heap_write(const struct heap *heap, const char *path, uint64_t *bytes) CHECKED;
/* ERROR_INPUT says the first difference. Compares everything, and reads each column alone too. */
struct error *help_heap_compare(const struct heap *heap, const char *path) CHECKED;

/* A small fixed generator of random numbers. */
uint64_t help_random(uint64_t *state);

#endif
