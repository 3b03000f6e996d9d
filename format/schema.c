/* Schema: names of losses and kinds, and the empty meta record, from the lists in meta.def, loss.def and
 * memory_kind.def. */
#include "format/schema.h"

void snapshot_meta_init(struct snapshot_meta *meta)
{
#define META_U64(name, unit, description) meta->name = META_ABSENT;
#define META_TEXT(name, description) meta->name = NULL;
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
}

static const struct {
	const char *name, *description;
	bool partial, wide;
} losses[LOSS_COUNT] = {
#define LOSS(name, partial, wide, description) {#name, description, partial, wide},
#include "format/loss.def"
#undef LOSS
};

const char *loss_name(enum loss loss)
{
	return losses[loss].name;
}

const char *loss_description(enum loss loss)
{
	return losses[loss].description;
}

bool loss_is_partial(enum loss loss)
{
	return losses[loss].partial;
}

bool loss_is_wide(enum loss loss)
{
	return losses[loss].wide;
}

static const struct {
	const char *name, *description;
} kinds[MEMORY_KINDS] = {
#define KIND(constant, name, description) {name, description},
#include "format/memory_kind.def"
#undef KIND
};

const char *memory_kind_name(enum memory_kind kind)
{
	return kinds[kind].name;
}

const char *memory_kind_description(enum memory_kind kind)
{
	return kinds[kind].description;
}
