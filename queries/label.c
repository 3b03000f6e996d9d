/* Which types does a label mean?
 *
 * Asked once for each label of a query, over the names of all types: O(types), with + times the length of their chains of bases,
 * which is bounded as a forged one may loop. Names of both snapshots of a pair are known: a type that only the other has selects
 * nothing here, and is no mistake.
 */
#include "queries/heap_more.h"

#include <stdlib.h>
#include <string.h>

#define BASES_MAX 256u

static bool is_text(const struct name *name, const char *text)
{
	return name->length == strlen(text) && memcmp(name->text, text, name->length) == 0;
}

static bool is_called(const struct label *label, const struct name *name, bool shortly)
{
	if (!shortly)
		return label->length == name->length && memcmp(label->name, name->text, name->length) == 0;
	return label->length > name->length && label->name[label->length - name->length - 1] == '.' &&
	       memcmp(label->name + label->length - name->length, name->text, name->length) == 0;
}

/* labels[l]: 1 where it is called so; whether there is one. */
static bool find_called(const struct heap *heap, const struct name *name, bool shortly, uint8_t *labels)
{
	bool found = false;
	for (label_id l = 0; name->length > 0 && l < heap->names->count; l++) {
		labels[l] = is_called(&heap->names->labels[l], name, shortly);
		found |= labels[l];
	}
	return found;
}

/* A family's name, after `kind.`, or by itself where no type is called so. */
static enum kind find_kind(const struct name *name)
{
	static const char before[] = "kind.";
	size_t length = sizeof before - 1;
	if (name->length <= length || memcmp(name->text, before, length) != 0)
		length = 0;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (strcmp(kind_name(kind), name->text + length) == 0)
			return kind;
	return KIND_COUNT;
}

/* Is the type, or one of its bases, of those? */
static bool has_base(const struct heap *heap, type_id type, const uint8_t *labels)
{
	const struct type_record *records = reader_types(heap->reader);
	for (unsigned i = 0; type != NO_ID && i < BASES_MAX; i++, type = records[type].base)
		if (labels[heap->facts->label[type]])
			return true;
	return false;
}

static struct error *add_called(const struct heap *heap, const struct label_name *name, uint8_t *types, bool *known)
{
	AUTO(free) void *memory = calloc((size_t)heap->names->count + 1, 1);
	uint8_t *labels = memory;
	if (labels == NULL)
		return error_memory();
	*known = find_called(heap, &name->name, false, labels);
	if (!*known)
		*known = find_called(heap, &name->name, true, labels);
	for (type_id t = 0; *known && t < heap->facts->count; t++)
		if (name->subclasses ? has_base(heap, t, labels) : labels[heap->facts->label[t]])
			types[t] = 1;
	return NULL;
}

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot != NULL && dot[1] != '\0' ? dot + 1 : name;
}

static struct error *not_called(const struct heap *heap, const struct name *name)
{
	const struct type_names *names = heap->names;
	AUTO(free) void *memory = calloc(2 * (size_t)names->count + KIND_COUNT + 1, sizeof(char *));
	AUTO(text) struct text word;
	AUTO(text) struct text known;
	const char **candidates = memory;
	text_init(&word);
	text_init(&known);
	if (candidates == NULL)
		return error_memory();
	for (label_id l = 0; l < names->count; l++) {
		candidates[l] = names->labels[l].name;
		candidates[names->count + l] = last_part(names->labels[l].name);
	}
	candidates[2 * (size_t)names->count] = "root";
	const char *nearest = text_nearest(name->text, candidates, 2 * (size_t)names->count + 1);
	text_add_escaped(&word, name->text, name->length);
	if (nearest == NULL)
		return error_create_at(ERROR_USAGE, name->span.at, "no type is called '%s'; 'heapdiff types' lists them",
				       text_string(&word));
	text_add_escaped(&known, nearest, strlen(nearest));
	return error_create_at(ERROR_USAGE, name->span.at, "no type is called '%s': did you mean '%s'?",
			       text_string(&word), text_string(&known));
}

static struct error *add_name(const struct heap *heap, const struct label_name *name, struct label_set *set)
{
	bool known = false;
	if (is_text(&name->name, "root")) {
		set->roots = true;
		return NULL;
	}
	TRY(add_called(heap, name, set->types, &known));
	if (known)
		return NULL;
	enum kind kind = find_kind(&name->name);
	if (kind == KIND_COUNT)
		return not_called(heap, &name->name);
	for (type_id t = 0; t < heap->facts->count; t++)
		set->types[t] |= heap->facts->kind[t] == kind;
	return NULL;
}

struct error *heap_label(struct heap *heap, struct arena *arena, struct label_test *label)
{
	struct label_set *set = arena_alloc(arena, sizeof *set);
	if (set == NULL)
		return error_memory();
	set->types = arena_alloc(arena, (size_t)heap->facts->count + 1);
	if (set->types == NULL)
		return error_memory();
	AUTO(error) struct error *unknown = NULL;
	for (uint32_t i = 0; i < label->count; i++) {
		struct error *error = add_name(heap, &label->names[i], set);
		if (error != NULL && error->code != ERROR_USAGE)
			return error;
		if (unknown == NULL)
			unknown = error;
		else
			error_destroy(error);
	}
	for (type_id t = 0; t < heap->facts->count; t++)
		if (set->types[t])
			set->places += heap->type_count[t];
	set->places += set->roots ? heap->roots : 0;
	label->set = set;
	return steal(&unknown);
}

/* The label is kept, as the same one is asked for row after row. */
struct error *heap_subclass(struct heap *heap, struct arena *arena, uint32_t place, struct datum name, bool *result)
{
	(void)arena;
	struct heap_more *more = heap->more;
	const struct name *last = more->last.count > 0 ? &more->last.names[0].name : NULL;
	if (last == NULL || last->length != name.length || memcmp(last->text, name.text, name.length) != 0) {
		more->last = (struct label_test){0};
		arena_deinit(&more->arena);
		arena_init(&more->arena);
		struct label_name *names = arena_alloc(&more->arena, sizeof *names);
		const char *copy = arena_copy(&more->arena, name.text, name.length);
		if (names == NULL || copy == NULL)
			return error_memory();
		*names = (struct label_name){.name = {.text = copy, .length = name.length}, .subclasses = true};
		struct label_test label = {.count = 1, .names = names};
		TRY(heap_need(heap, HEAP_TYPE));
		AUTO(error) struct error *error = heap_label(heap, &more->arena, &label);
		if (error != NULL) {
			error->has_where = false; /* it is of no place in the query */
			return steal(&error);
		}
		more->last = label;
	}
	*result = label_set_has(heap, more->last.set, place);
	return NULL;
}
