#include "tests/queries/help_heaps.h"

#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/test.h"

#include <inttypes.h>
#include <string.h>

static void open_one(const struct heaps *heaps, const char *name, const char *text, struct reader **reader)
{
	AUTO(string) char *path = help_path(heaps->folder, name);
	assert_ok(help_snapshot_write(path, text));
	assert_ok(reader_open(path, reader));
}

void help_heaps_init(struct heaps *heaps, const char *before, const char *after)
{
	*heaps = (struct heaps){.folder = help_folder()};
	unsigned last = before != NULL;
	arena_init(&heaps->arena);
	if (before != NULL)
		open_one(heaps, "a.snap", before, &heaps->readers[0]);
	open_one(heaps, "b.snap", after, &heaps->readers[last]);
	const struct reader *readers[2] = {heaps->readers[0], heaps->readers[1]};
	assert_ok(type_names_init(&heaps->names, readers, last + 1));
	if (before != NULL)
		assert_ok(heap_create(heaps->readers[0], &heaps->names, 0, NULL, NULL, &heaps->before));
	assert_ok(heap_create(heaps->readers[last], &heaps->names, last, heaps->before, NULL, &heaps->after));
}

void help_heaps_deinit(struct heaps *heaps)
{
	heap_destroy(heaps->after);
	heap_destroy(heaps->before);
	type_names_deinit(&heaps->names);
	reader_close(heaps->readers[0]);
	reader_close(heaps->readers[1]);
	arena_deinit(&heaps->arena);
	help_folder_remove(heaps->folder);
}

static const char *spell(struct heaps *heaps, struct datum datum)
{
	AUTO(text) struct text text;
	text_init(&text);
	if (datum.kind == DATUM_NULL)
		text_add(&text, "null");
	else if (datum.kind == DATUM_BOOLEAN)
		text_add(&text, datum.boolean ? "true" : "false");
	else if (datum.kind == DATUM_INTEGER)
		text_printf(&text, "%" PRId64, datum.integer);
	else
		text_add_bytes(&text, datum.text, datum.length);
	const char *copy = arena_copy(&heaps->arena, text_string(&text), text.length);
	cr_assert_not_null(copy);
	return copy;
}

static const struct property *find(struct heap *heap, bool edge, const char *name)
{
	const struct property *property = property_find(edge, name, strlen(name));
	cr_assert_not_null(property, "no property %s", name);
	assert_ok(heap_need(heap, property->parts));
	return property;
}

const char *help_property(struct heaps *heaps, struct heap *heap, uint32_t place, const char *name)
{
	const struct property *property = find(heap, false, name);
	struct datum datum;
	assert_ok(heap_node_property(heap, &heaps->arena, property, place, &datum));
	cr_assert(datum.kind == DATUM_NULL || datum.kind == property->kind);
	return spell(heaps, datum);
}

const char *help_edge_property(struct heaps *heaps, struct heap *heap, uint32_t edge, const char *name)
{
	const struct property *property = find(heap, true, name);
	struct datum datum;
	assert_ok(heap_edge_property(heap, &heaps->arena, property, edge, heap_source(heap, edge), &datum));
	cr_assert(datum.kind == DATUM_NULL || datum.kind == property->kind);
	return spell(heaps, datum);
}

const struct label_set *help_label_set(struct heaps *heaps, struct heap *heap, const char *label)
{
	size_t length = strlen(label);
	bool subclasses = length > 0 && label[length - 1] == '+';
	const char *copy = arena_copy(&heaps->arena, label, length - subclasses);
	struct label_name name = {.name = {.text = copy, .length = (uint32_t)(length - subclasses)},
				  .subclasses = subclasses};
	struct label_test test = {.count = 1, .names = &name};
	assert_ok(heap_need(heap, HEAP_TYPE));
	assert_ok(heap_label(heap, &heaps->arena, &test));
	return test.set;
}
