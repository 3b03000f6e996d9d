/* What is a type called, which family is it of, and do its instances own what they hold?
 *
 * Names are built once for each type and sorted, so that equal ones meet without a hash that a forged file could
 * overload. A family is found along the bases, whose number is bounded because a forged chain may loop.
 */
#include "analyzer/type_names.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* tp_flags of CPython, all versions that have them. */
#define TYPE_IMMUTABLE (1u << 8) /* since 3.10 */
#define TYPE_HEAP (1u << 9)
#define TYPE_IS_EXCEPTION (1u << 30)
#define TYPE_IS_TYPE (1u << 31)

#define BASES_MAX 256

struct named_type {
	struct label label;
	uint32_t reader; /* index */
	type_id type;
};

static const char *const kind_names[] = {
#define KIND(name, description) #name,
#define KIND_TYPE(kind, type)
#include "analyzer/kinds.def"
#undef KIND
#undef KIND_TYPE
};

static const char *const kind_descriptions[] = {
#define KIND(name, description) description,
#define KIND_TYPE(kind, type)
#include "analyzer/kinds.def"
#undef KIND
#undef KIND_TYPE
};

const char *kind_name(enum kind kind)
{
	return kind_names[kind];
}

const char *kind_description(enum kind kind)
{
	return kind_descriptions[kind];
}

static struct error *display_name(struct arena *arena, const struct reader *reader, const struct type_record *type,
				  struct label *label)
{
	size_t module_length, name_length;
	const char *module = reader_string(reader, type->module, &module_length);
	const char *name = reader_string(reader, type->name, &name_length);
	AUTO(text) struct text text = {0};
	text_init(&text);
	bool builtin = module_length == strlen("builtins") && memcmp(module, "builtins", module_length) == 0;
	if (module_length > 0 && !builtin) {
		text_add_bytes(&text, module, module_length);
		text_add_char(&text, '.');
	}
	if (name_length > 0)
		text_add_bytes(&text, name, name_length);
	else
		text_add(&text, "(no name)");
	TRY(text_error(&text));
	label->name = arena_copy(arena, text_string(&text), text.length);
	label->length = text.length;
	return label->name == NULL ? error_memory() : NULL;
}

static int compare_names(const void *a, const void *b)
{
	const struct named_type *left = a, *right = b;
	const struct label *x = &left->label, *y = &right->label;
	int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
	return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* The listed family of a type by its own name, KIND_COUNT where it is not listed. */
static enum kind listed_kind(const struct label *label)
{
	static const struct {
		const char *type;
		enum kind kind;
	} list[] = {
#define KIND(name, description)
#define KIND_TYPE(kind, type) {type, KIND_##kind},
#include "analyzer/kinds.def"
#undef KIND
#undef KIND_TYPE
	};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (strlen(list[i].type) == label->length && memcmp(list[i].type, label->name, label->length) == 0)
			return list[i].kind;
	return KIND_COUNT;
}

static enum kind kind_of(const struct type_names *names, const struct type_facts *facts,
			 const struct type_record *types, type_id type)
{
	if (types[type].flags & TYPE_IS_TYPE)
		return KIND_type;
	if (types[type].flags & TYPE_IS_EXCEPTION)
		return KIND_exception;
	if (facts->owner[type])
		return KIND_instance;
	for (int steps = 0; type != NO_ID && steps < BASES_MAX; type = types[type].base, steps++) {
		enum kind kind = listed_kind(&names->labels[facts->label[type]]);
		if (kind != KIND_COUNT)
			return kind;
	}
	return KIND_other;
}

static bool made_by_class_statement(const struct type_record *type)
{
	return (type->flags & TYPE_HEAP) && !(type->flags & TYPE_IMMUTABLE);
}

static struct error *collect(struct type_names *names, const struct reader *const *readers, size_t count,
			     struct named_type *all)
{
	size_t next = 0;
	for (size_t r = 0; r < count; r++) {
		struct type_facts *facts = &names->facts[r];
		const struct type_record *types = reader_types(readers[r]);
		for (type_id t = 0; t < facts->count; t++) {
			struct named_type *named = &all[next++];
			named->reader = (uint32_t)r;
			named->type = t;
			TRY(display_name(&names->arena, readers[r], &types[t], &named->label));
			facts->owner[t] = made_by_class_statement(&types[t]);
		}
	}
	return NULL;
}

static struct error *take_facts(struct type_names *names, const struct reader *const *readers, size_t count,
				uint64_t *total)
{
	names->facts = arena_alloc(&names->arena, (count + 1) * sizeof *names->facts);
	if (names->facts == NULL)
		return error_memory();
	for (size_t r = 0; r < count; r++) {
		struct type_facts *facts = &names->facts[r];
		size_t types = (size_t)reader_counts(readers[r]).types;
		facts->count = (uint32_t)types;
		facts->label = arena_alloc(&names->arena, (types + 1) * sizeof *facts->label);
		facts->kind = arena_alloc(&names->arena, types + 1);
		facts->owner = arena_alloc(&names->arena, (types + 1) * sizeof *facts->owner);
		if (facts->label == NULL || facts->kind == NULL || facts->owner == NULL)
			return error_memory();
		*total += types;
	}
	return *total < NO_ID ? NULL : error_create(ERROR_INPUT, "more than 4,294,967,294 types");
}

static struct error *build(struct type_names *names, const struct reader *const *readers, size_t count)
{
	uint64_t total = 0;
	TRY(take_facts(names, readers, count, &total));
	AUTO(free) void *memory = calloc((size_t)total + 1, sizeof(struct named_type));
	struct named_type *all = memory;
	names->labels = arena_alloc(&names->arena, ((size_t)total + 1) * sizeof *names->labels);
	if (all == NULL || names->labels == NULL)
		return error_memory();
	TRY(collect(names, readers, count, all));
	qsort(all, (size_t)total, sizeof *all, compare_names);
	for (size_t i = 0; i < total; i++) {
		if (i == 0 || compare_names(&all[i - 1], &all[i]) != 0)
			names->labels[names->count++] = all[i].label;
		names->facts[all[i].reader].label[all[i].type] = names->count - 1;
	}
	for (size_t r = 0; r < count; r++)
		for (type_id t = 0; t < names->facts[r].count; t++)
			names->facts[r].kind[t] =
				(uint8_t)kind_of(names, &names->facts[r], reader_types(readers[r]), t);
	return NULL;
}

struct error *type_names_init(struct type_names *names, const struct reader *const *readers, size_t count)
{
	*names = (struct type_names){0};
	arena_init(&names->arena);
	struct error *error = build(names, readers, count);
	if (error != NULL)
		type_names_deinit(names);
	return error;
}

void type_names_deinit(struct type_names *names)
{
	arena_deinit(&names->arena);
	*names = (struct type_names){0};
}
