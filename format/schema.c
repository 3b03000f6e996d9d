/* Schema: names of losses and the empty meta record, from the lists in meta.def and loss.def. */
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
	bool partial;
} losses[LOSS_COUNT] = {
#define LOSS(name, partial, description) {#name, description, partial},
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
