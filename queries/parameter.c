/* Which value does a word of the command line stand for? */
#include "queries/parameter.h"

#include "queries/json.h"

#include <string.h>

#define ITEMS_MAX 65536u /* of one list or map */
#define PARAMETERS_MAX (sizeof((struct parameters *)NULL)->entries / sizeof(struct datum_entry))

struct error *parameter_parse(struct arena *arena, const char *text, struct datum *result)
{
	struct error *error = NULL;
	struct datum value;
	uint64_t bytes;
	const char *start = text + strspn(text, " \t\r\n");
	if (*start != '\0' && strchr("[{\"", *start) != NULL) {
		error = json_parse(arena, text, ITEMS_MAX, result);
		if (error != NULL)
			error->has_where = false; /* it is of no place in the query */
		return error;
	}
	if (json_scalar(text, &value, &error)) {
		if (error == NULL)
			*result = value;
		return error;
	}
	if (text_parse_size(text, &bytes)) {
		*result = datum_integer((int64_t)bytes);
		return NULL;
	}
	char *copy = arena_copy(arena, text, strlen(text));
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, strlen(text));
	return NULL;
}

/* --- all of a query's ------------------------------------------------------------------------------------------------ */

void parameters_init(struct parameters *parameters)
{
	*parameters = (struct parameters){0};
	arena_init(&parameters->arena);
}

void parameters_deinit(struct parameters *parameters)
{
	arena_deinit(&parameters->arena);
}

static struct datum_entry *find(struct parameters *parameters, const char *name)
{
	for (unsigned i = 0; i < parameters->count; i++)
		if (strcmp(parameters->entries[i].key.text, name) == 0)
			return &parameters->entries[i];
	return NULL;
}

bool parameters_has(const struct parameters *parameters, const char *name)
{
	return find((struct parameters *)parameters, name) != NULL;
}

struct error *parameters_set(struct parameters *parameters, const char *name, const char *value)
{
	struct datum datum;
	struct error *error = parameter_parse(&parameters->arena, value, &datum);
	if (error != NULL)
		return error_prefix(error, "the parameter %s", name);
	struct datum_entry *entry = find(parameters, name);
	if (entry != NULL) {
		entry->value = datum;
		return NULL;
	}
	if (parameters->count == PARAMETERS_MAX)
		return error_create(ERROR_USAGE, "more than %zu parameters", PARAMETERS_MAX);
	char *copy = arena_copy(&parameters->arena, name, strlen(name));
	if (copy == NULL)
		return error_memory();
	parameters->entries[parameters->count++] =
		(struct datum_entry){.key = datum_string(copy, strlen(name)), .value = datum};
	return NULL;
}

struct error *parameters_assign(struct parameters *parameters, const char *assignment)
{
	const char *start = assignment + strspn(assignment, " \t");
	size_t length = strcspn(start, "=");
	const char *equals = start + length;
	while (length > 0 && (start[length - 1] == ' ' || start[length - 1] == '\t'))
		length--;
	if (*equals == '\0' || length == 0)
		return error_create(ERROR_USAGE, "a parameter is given as NAME=VALUE: limit=5, type=Session, names='[\"a\", \"b\"]'");
	char *name = arena_copy(&parameters->arena, start, length);
	return name != NULL ? parameters_set(parameters, name, equals + 1 + strspn(equals + 1, " \t")) : error_memory();
}

struct error *parameters_map(struct parameters *parameters, const struct datum_map **result)
{
	struct datum_map *map;
	struct datum datum;
	TRY(datum_map_create(&parameters->arena, parameters->count, &map));
	for (unsigned i = 0; i < parameters->count; i++)
		map->entries[i] = parameters->entries[i];
	TRY(datum_of_map(map, &datum));
	*result = datum.map;
	return NULL;
}

struct error *parameters_complete(struct parameters *parameters, const struct library_header *header)
{
	for (unsigned i = 0; i < header->count; i++)
		if (!parameters_has(parameters, header->parameters[i].name))
			TRY(parameters_set(parameters, header->parameters[i].name, header->parameters[i].value));
	return NULL;
}
