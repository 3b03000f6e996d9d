#include "tests/queries/help_value.h"

#include "queries/unparse.h"

#include <inttypes.h>
#include <string.h>

static struct error *print_end(struct heap *heap, uint32_t place, struct text *text)
{
	if (heap_is_root(heap, place))
		return heap_print_place(heap, place, text);
	text_printf(text, "#%" PRIu32, place);
	return NULL;
}

static struct error *print_name(struct heap *heap, uint32_t edge, struct text *text)
{
	struct arena arena;
	struct datum name = datum_null();
	arena_init(&arena);
	struct error *error = heap_need(heap, HEAP_NAMES);
	if (error == NULL)
		error = heap_edge_name(heap, &arena, edge, &name);
	if (error == NULL && name.kind == DATUM_STRING)
		text_add_escaped(text, name.text, name.length);
	arena_deinit(&arena);
	return error;
}

static struct error *print_edge(struct heap *heap, struct datum edge, struct text *text)
{
	text_add_char(text, '(');
	TRY(print_end(heap, edge.source, text));
	text_add(text, ")-[");
	TRY(print_name(heap, edge.edge, text));
	text_add(text, "]->(");
	TRY(print_end(heap, heap->targets[edge.edge], text));
	text_add_char(text, ')');
	return NULL;
}

static struct error *print_path(struct heap *heap, const struct datum_path *path, struct text *text)
{
	text_add_char(text, '<');
	TRY(heap_print_place(heap, path->places[0], text));
	for (uint32_t i = 0; i < path->length; i++) {
		bool onward =
			path->sources[i] == path->places[i] && heap->targets[path->edges[i]] == path->places[i + 1];
		text_add(text, onward ? " -[" : " <-[");
		TRY(print_name(heap, path->edges[i], text));
		text_add(text, onward ? "]-> " : "]- ");
		TRY(heap_print_place(heap, path->places[i + 1], text));
	}
	text_add_char(text, '>');
	return NULL;
}

static struct error *print_list(struct heap *heap, const struct datum_list *list, struct text *text)
{
	text_add_char(text, '[');
	for (uint32_t i = 0; i < list->count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		TRY(help_value_print(heap, list->items[i], text));
	}
	text_add_char(text, ']');
	return NULL;
}

static struct error *print_map(struct heap *heap, const struct datum_map *map, struct text *text)
{
	text_add_char(text, '{');
	for (uint32_t i = 0; i < map->count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add_bytes(text, map->entries[i].key.text, map->entries[i].key.length);
		text_add(text, ": ");
		TRY(help_value_print(heap, map->entries[i].value, text));
	}
	text_add_char(text, '}');
	return NULL;
}

/* Lists in lists: their depth is bounded (DATUM_DEPTH). */
struct error *help_value_print(struct heap *heap, struct datum value, struct text *text)
{
	switch ((enum datum_kind)value.kind) {
	case DATUM_NODE:
		return heap_print_place(heap, value.place, text);
	case DATUM_EDGE:
		return print_edge(heap, value, text);
	case DATUM_PATH:
		return print_path(heap, value.path, text);
	case DATUM_LIST:
		return print_list(heap, value.list, text);
	case DATUM_MAP:
		return print_map(heap, value.map, text);
	default:
		unparse_datum(value, text);
		return text_error(text);
	}
}
