/* How is a value written?
 *
 * Lists nest at most DATUM_DEPTH deep, so that the walk over them may recurse.
 */
#include "queries/print.h"

#include "queries/unparse.h"

static struct error *print_inner(struct heap *heap, struct datum value, struct text *text)
{
	if (value.kind == DATUM_STRING)
		unparse_string(value.text, value.length, text);
	else
		TRY(print_datum(heap, value, text));
	return NULL;
}

static struct error *print_list(struct heap *heap, const struct datum_list *list, struct text *text)
{
	text_add_char(text, '[');
	for (uint32_t i = 0; i < list->count; i++) {
		text_add(text, i > 0 ? ", " : "");
		TRY(print_inner(heap, list->items[i], text));
	}
	text_add_char(text, ']');
	return NULL;
}

static struct error *print_map(struct heap *heap, const struct datum_map *map, struct text *text)
{
	text_add_char(text, '{');
	for (uint32_t i = 0; i < map->count; i++) {
		text_add(text, i > 0 ? ", " : "");
		unparse_name(map->entries[i].key.text, map->entries[i].key.length, text);
		text_add(text, ": ");
		TRY(print_inner(heap, map->entries[i].value, text));
	}
	text_add_char(text, '}');
	return NULL;
}

/* (app.Cache #1)-[.sessions]->(dict #2)<-[...]-(...) */
static struct error *print_path(struct heap *heap, const struct datum_path *path, struct text *text)
{
	text_add_char(text, '(');
	TRY(heap_print_place(heap, path->places[0], text));
	for (uint32_t i = 0; i < path->length; i++) {
		bool forward = path->sources[i] == path->places[i];
		text_add(text, forward ? ")-[" : ")<-[");
		TRY(heap_print_edge(heap, path->edges[i], text));
		text_add(text, forward ? "]->(" : "]-(");
		TRY(heap_print_place(heap, path->places[i + 1], text));
	}
	text_add_char(text, ')');
	return NULL;
}

struct error *print_datum(struct heap *heap, struct datum value, struct text *text)
{
	switch ((enum datum_kind)value.kind) {
	case DATUM_NULL:
		text_add(text, "null");
		break;
	case DATUM_BOOLEAN:
		text_add(text, value.boolean ? "true" : "false");
		break;
	case DATUM_INTEGER:
	case DATUM_FLOAT:
		datum_print_number(value, text);
		break;
	case DATUM_STRING:
		text_add_bytes(text, value.text, value.length);
		break;
	case DATUM_LIST:
		return print_list(heap, value.list, text);
	case DATUM_MAP:
		return print_map(heap, value.map, text);
	case DATUM_NODE:
		return heap_print_place(heap, value.place, text);
	case DATUM_EDGE:
		return heap_print_edge(heap, value.edge, text);
	case DATUM_PATH:
		return print_path(heap, value.path, text);
	case DATUM_KIND_COUNT:
		break;
	}
	return NULL;
}
