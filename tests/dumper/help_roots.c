#include "tests/dumper/help_roots.h"

#include "tests/test.h"

void setting_deinit(struct setting *setting)
{
	roots_deinit(&setting->roots);
	world_destroy(setting->world);
}

uint64_t setting_interpreter(struct setting *setting, uint64_t number, uint64_t next)
{
	const struct layout *layout = setting->world->layout;
	uint64_t address = world_bytes(setting->world, (uint64_t)layout->interpreter_size);

	world_word(setting->world, address, layout->interpreter_next, next);
	world_word(setting->world, address, layout->interpreter_id, number);
	return address;
}

void setting_init(struct setting *setting, const struct layout *layout)
{
	*setting = (struct setting){.world = world_create(layout)};
	roots_init(&setting->roots);
	frame_kit_init(&setting->kit, setting->world);
	setting->runtime = world_bytes(setting->world, (uint64_t)layout->runtime_size);
	setting->interpreter = setting_interpreter(setting, 0, 0);
	world_word(setting->world, setting->runtime, layout->runtime_interpreters, setting->interpreter);
	setting->collector = layout->interpreter_gc >= 0 ? setting->interpreter + (uint64_t)layout->interpreter_gc
							 : setting->runtime + (uint64_t)layout->runtime_gc;
}

void setting_collect(struct setting *setting)
{
	world_open(setting->world);
	assert_ok(roots_collect(&setting->world->decoder, setting->runtime, &setting->roots));
}

void setting_collect_globals(struct setting *setting, bool (*inside)(void *context, uint64_t address), void *context)
{
	world_open(setting->world);
	assert_ok(roots_collect_globals(&setting->world->decoder, inside, context, &setting->roots));
}

uint64_t setting_losses(const struct setting *setting, enum loss loss)
{
	return setting->world->decoder.losses[loss];
}

bool setting_interned(const struct setting *setting, uint64_t dict)
{
	uint32_t unused;

	return map_find(&setting->world->decoder.interned, dict, &unused);
}

const struct found_root *setting_root(const struct setting *setting, enum root_kind kind, const char *name)
{
	for (size_t i = 0; i < setting->roots.roots.count; i++) {
		const struct found_root *root = &setting->roots.roots.items[i];

		if (root->kind == kind && strcmp(root->name, name) == 0)
			return root;
	}
	return NULL;
}

const struct found_edge *setting_edge(const struct setting *setting, const struct found_root *root, uint64_t target)
{
	for (size_t i = 0; root != NULL && i < root->edge_count; i++)
		if (setting->roots.edges.items[root->first_edge + i].target == target)
			return &setting->roots.edges.items[root->first_edge + i];
	return NULL;
}

void setting_expect(const struct setting *setting, enum root_kind kind, const char *name, uint64_t target,
		    enum edge_class class, bool namespace)
{
	const struct found_edge *edge = setting_edge(setting, setting_root(setting, kind, name), target);

	cr_assert_not_null(edge, "%s: no root %s, or no edge from it", setting->world->layout->name, name);
	cr_assert(edge->class == class && edge->namespace == namespace, "%s: root %s", setting->world->layout->name,
		  name);
}

const char *setting_literal(const struct found_edge *edge)
{
	cr_assert_eq(edge->source, PAYLOAD_LITERAL);
	return (const char *)(uintptr_t)edge->payload;
}
