/* Which rows of two parts of a pattern go together, that no edge joins?
 *
 * The rows of the inner part are kept, once, and met by each row of the outer one: by a hash table of the values that have to
 * be equal, or all of them. O(rows of both + rows made).
 */
#include "queries/kept.h"
#include "queries/steps.h"

#include <stdlib.h>
#include <string.h>

#define LAST UINT32_MAX

struct product {
	struct operator operator;
	struct expression **outer_keys, **inner_keys;
	uint32_t key_count;
	const uint32_t *slots;
	uint32_t slot_count;
	struct datum *values; /* of an inner row: keys, then slots; of an outer one: keys */
	struct kept kept;
	VECTOR(uint64_t) hashes;  /* by row */
	VECTOR(uint32_t) next_of; /* by row: another one in the same chain */
	uint32_t *chains;         /* by hash: the newest row */
	size_t capacity;          /* of `chains`, a power of two */
	bool built, running;
	uint64_t hash; /* of the outer row */
	uint32_t at;   /* the next inner row to be met */
};

/* The keys of a row; *known: false where one is null, which equals nothing. */
static struct error *read_keys(struct product *product, struct expression *const *keys, bool *known)
{
	*known = true;
	arena_reset(&product->operator.arena);
	for (uint32_t i = 0; i < product->key_count; i++) {
		TRY(evaluate(&product->operator.evaluation, keys[i], &product->values[i]));
		*known &= product->values[i].kind != DATUM_NULL;
	}
	return NULL;
}

static struct error *keep_row(struct product *product)
{
	bool known;
	TRY(read_keys(product, product->inner_keys, &known));
	if (!known)
		return NULL;
	if (product->hashes.count >= LAST - 1)
		return error_create(ERROR_MEMORY, "the query joins more than 4,294,967,293 rows; narrow it");
	for (uint32_t i = 0; i < product->slot_count; i++)
		product->values[product->key_count + i] = product->operator.evaluation.row[product->slots[i]];
	TRY(limits_take(product->kept.limits, 20, product->kept.what));
	product->kept.taken += 20;
	TRY(kept_add(&product->kept, product->values));
	TRY(vector_push(&product->next_of, (uint32_t)product->hashes.count + 1));
	return vector_push(&product->hashes, kept_hash(product->values, product->key_count));
}

static struct error *chain(struct product *product)
{
	if (product->key_count == 0) {
		if (product->next_of.count > 0)
			product->next_of.items[product->next_of.count - 1] = LAST;
		return NULL;
	}
	for (product->capacity = 64; product->capacity < product->hashes.count;)
		product->capacity *= 2;
	product->chains = malloc(product->capacity * sizeof *product->chains);
	if (product->chains == NULL)
		return error_memory();
	memset(product->chains, 0xff, product->capacity * sizeof *product->chains);
	/* From the last row on, so that each chain has them as they came. */
	for (size_t r = product->hashes.count; r-- > 0;) {
		uint32_t *first = &product->chains[product->hashes.items[r] & (product->capacity - 1)];
		product->next_of.items[r] = *first;
		*first = (uint32_t)r;
	}
	return NULL;
}

/* The outer row stays as it is: the inner part writes other slots. */
static struct error *build(struct product *product)
{
	bool found = true;
	operator_rewind(product->operator.inner);
	while (found) {
		TRY(operator_pause(&product->operator));
		TRY(operator_next(product->operator.inner, &found));
		if (found)
			TRY(keep_row(product));
	}
	product->built = true;
	return chain(product);
}

static struct error *begin(struct product *product, bool *there)
{
	TRY(read_keys(product, product->outer_keys, there));
	if (!*there)
		return NULL;
	product->at = product->hashes.count > 0 ? 0 : LAST;
	if (product->key_count == 0)
		return NULL;
	product->hash = kept_hash(product->values, product->key_count);
	product->at = product->chains[product->hash & (product->capacity - 1)];
	return NULL;
}

static bool keys_equal(const struct product *product, uint32_t row)
{
	if (product->key_count > 0 && product->hashes.items[row] != product->hash)
		return false;
	for (uint32_t i = 0; i < product->key_count; i++)
		if (datum_order(kept_row(&product->kept, row)[i], product->values[i]) != 0)
			return false;
	return true;
}

/* The keys of the outer row lie in the arena until its last inner row: conditions are asked without emptying it. */
static struct error *meet(struct product *product, bool *holds)
{
	uint32_t row = product->at;
	product->at = product->next_of.items[row];
	*holds = keys_equal(product, row);
	if (!*holds)
		return NULL;
	const struct datum *values = kept_row(&product->kept, row) + product->key_count;
	for (uint32_t i = 0; i < product->slot_count; i++)
		product->operator.evaluation.row[product->slots[i]] = values[i];
	return NULL;
}

static struct error *product_next(struct operator *operator, bool *found)
{
	struct product *product = (struct product *)operator;
	for (;;) {
		bool holds;
		TRY(operator_pause(operator));
		if (!product->running) {
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			if (!product->built)
				TRY(build(product));
			TRY(begin(product, &product->running));
			continue;
		}
		product->running = product->at != LAST;
		if (!product->running)
			continue;
		TRY(meet(product, &holds));
		if (holds)
			return NULL;
	}
}

static void product_rewind(struct operator *operator)
{
	struct product *product = (struct product *)operator;
	kept_clear(&product->kept);
	product->hashes.count = product->next_of.count = 0;
	free(product->chains);
	product->chains = NULL;
	product->built = product->running = false;
}

static void product_deinit(struct operator *operator)
{
	struct product *product = (struct product *)operator;
	kept_deinit(&product->kept);
	vector_deinit(&product->hashes);
	vector_deinit(&product->next_of);
	free(product->chains);
}

static const struct operator_kind product_kind = {
	.name = "product", .next = product_next, .rewind = product_rewind, .deinit = product_deinit};
static const struct operator_kind hash_kind = {
	.name = "hash join", .next = product_next, .rewind = product_rewind, .deinit = product_deinit};

struct error *product_create(struct planner *planner, struct operator *input, struct operator *inner,
			     struct expression **outer_keys, struct expression **inner_keys, uint32_t keys,
			     const uint32_t *inner_slots, uint32_t inner_count, struct operator **result)
{
	struct product *product;
	TRY(operator_create(planner, keys > 0 ? &hash_kind : &product_kind, sizeof *product, input, &product));
	product->operator.inner = inner;
	product->outer_keys = outer_keys;
	product->inner_keys = inner_keys;
	product->key_count = keys;
	product->slots = inner_slots;
	product->slot_count = inner_count;
	kept_init(&product->kept, keys + inner_count, planner->evaluation.limits, "to join the parts of its patterns");
	product->values = arena_alloc(planner->arena, (keys + inner_count + (size_t)1) * sizeof *product->values);
	if (product->values == NULL)
		return error_memory();
	product->operator.estimate = input->estimate * inner->estimate;
	if (keys > 0)
		product->operator.estimate = input->estimate > inner->estimate ? input->estimate : inner->estimate;
	*result = &product->operator;
	return NULL;
}
