/* Answers: where does everything lie in this target?
 *
 * Method. The table of the target's version is copied. Where the target publishes offsets of its own (3.13 and later),
 * those of the structs that grow between micro versions replace the table's, and the others must equal it. What has
 * moved unpublished is looked for near where the table has it, and what the table says is proved on the target
 * (proof.c). Cost: some hundred reads of the mirror.
 */
#include "dumper/layout.h"

#include "dumper/layouts/tables.h"
#include "dumper/proof.h"

#include <stdlib.h>

#define COOKIE "xdebugpy"         /* the first 8 bytes of _PyRuntime where it begins with debug offsets */
#define VERSION_AT 8              /* then: PY_VERSION_HEX ... */
#define FREE_THREADED_AT 16       /* ... and whether the build has no GIL */
#define OFFSET_LARGEST (1u << 24) /* of any published one, bytes */

const struct layout *const *layout_all(void)
{
	static const struct layout *const tables[] = {
#define TABLE(minor, micro) &layout_3_##minor##_##micro,
		LAYOUT_TABLES
#undef TABLE
			NULL,
	};
	return tables;
}

const struct layout *layout_find(uint32_t version_hex)
{
	uint32_t version = version_hex >> 8;
	const struct layout *found = NULL;

	for (const struct layout *const *table = layout_all(); *table != NULL; table++) {
		if ((*table)->version_first >> 8 == version >> 8 && (*table)->version_first <= version)
			found = *table;
	}
	return found;
}

/* --- what the target publishes --- */

static struct error *debug_read(struct mirror *mirror, uint64_t runtime, int32_t at, const char *name, int32_t *value)
{
	uint64_t published = mirror_u64(mirror, runtime + (uint64_t)at);

	if (published >= OFFSET_LARGEST)
		return error_create_at(ERROR_REFUSED, runtime + (uint64_t)at,
				       "the target's debug offsets make no sense: %s is %llu", name,
				       (unsigned long long)published);
	*value = (int32_t)published;
	return NULL;
}

static struct error *debug_replace(struct mirror *mirror, uint64_t runtime, int32_t at, const char *name,
				   int32_t *value)
{
	return at >= 0 ? debug_read(mirror, runtime, at, name, value) : NULL;
}

static struct error *debug_compare(struct mirror *mirror, uint64_t runtime, int32_t at, const char *name,
				   int32_t expected)
{
	int32_t value = expected;

	TRY(debug_replace(mirror, runtime, at, name, &value));
	if (value == expected)
		return NULL;
	return error_create_at(
		ERROR_REFUSED, runtime + (uint64_t)at,
		"the target says that %s is %d, and not %d as its version's table has it: a build of its own kind",
		name, value, expected);
}

static struct error *debug_adapt(struct mirror *mirror, uint64_t runtime, struct layout *layout)
{
	const uint8_t *head = mirror_at(mirror, runtime, FREE_THREADED_AT + 8);

	if (layout->debug_runtime_size < 0)
		return NULL;
	if (head == NULL || memcmp(head, COOKIE, sizeof COOKIE - 1) != 0)
		return error_create_at(ERROR_REFUSED, runtime,
				       "no debug offsets where the target's version must have them");
	if (mirror_u64(mirror, runtime + FREE_THREADED_AT) != 0)
		return error_create_at(ERROR_REFUSED, runtime,
				       "the target is a free-threaded build of CPython, which is not supported");
	if (mirror_u64(mirror, runtime + VERSION_AT) >> 16 != layout->version_first >> 8)
		return error_create_at(ERROR_REFUSED, runtime,
				       "the target's debug offsets are of another version (0x%llx)",
				       (unsigned long long)mirror_u64(mirror, runtime + VERSION_AT));
#define DEBUG_MOVES(name, path) TRY(debug_replace(mirror, runtime, layout->debug_##name, #name, &layout->name));
#define DEBUG_STAYS(name, path) TRY(debug_compare(mirror, runtime, layout->debug_##name, #name, layout->name));
#include "dumper/layout_debug.def"
#undef DEBUG_MOVES
#undef DEBUG_STAYS
	return NULL;
}

/* --- the whole --- */

static struct error *adapt(struct mirror *mirror, uint64_t runtime, struct layout *layout)
{
	struct proof proof;

	TRY(debug_adapt(mirror, runtime, layout));
	TRY(proof_begin(&proof, mirror, layout, runtime));
	TRY(proof_types(&proof));
	TRY(proof_collector(&proof, layout));
	TRY(proof_statics(&proof, layout));
	proof_interned(&proof, layout);
	return proof_threads(&proof);
}

struct error *layout_adapt(const struct layout *table, struct mirror *mirror, uint64_t runtime, struct layout *layout)
{
	struct layout adapted = *table;
	struct error *error = adapt(mirror, runtime, &adapted);
	const struct error *gone = mirror_error(mirror);

	if (error != NULL && gone != NULL) { /* nothing was proved wrong: reading failed */
		error_destroy(error);
		return error_create(gone->code, "%s", gone->message);
	}
	if (error != NULL)
		return error_prefix(error, "the layout %s does not fit", table->name);
	*layout = adapted;
	return NULL;
}
