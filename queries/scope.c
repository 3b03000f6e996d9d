/* Which variable does a name mean here? Scopes are short: they are searched from the newest on. */
#include "queries/resolving.h"

#include <stdlib.h>
#include <string.h>

struct variable *scope_find(struct resolver *resolver, const struct name *name)
{
	for (size_t i = resolver->scope.count; i-- > 0;) {
		struct variable *variable = &resolver->scope.items[i];
		if (variable->name.length == name->length && memcmp(variable->name.text, name->text, name->length) == 0)
			return variable;
	}
	return NULL;
}

struct error *scope_declare(struct resolver *resolver, const struct name *name, struct known known, uint32_t *slot)
{
	struct variable variable = {.name = *name, .slot = resolver->slots, .known = known};
	TRY(vector_push(&resolver->scope, variable));
	*slot = resolver->slots++;
	return NULL;
}

struct error *scope_unknown(const struct resolver *resolver, const struct name *name)
{
	AUTO(text) struct text text = {0};
	const char **names = calloc(resolver->scope.count + 1, sizeof *names);
	text_init(&text);
	for (size_t i = 0; names != NULL && i < resolver->scope.count; i++)
		names[i] = resolver->scope.items[i].name.text;
	const char *nearest = names == NULL ? NULL : text_nearest(name->text, names, resolver->scope.count);
	text_add_escaped(&text, name->text, name->length);
	text_add(&text, " is not defined here");
	if (nearest != NULL) {
		text_add(&text, "; did you mean ");
		text_add_escaped(&text, nearest, strlen(nearest));
		text_add(&text, "?");
	} else if (resolver->unseen != NULL) {
		text_printf(&text, ": %s", resolver->unseen);
	} else if (resolver->scope.count == 0) {
		text_add(&text, ": no variable is");
	}
	free(names);
	TRY(text_error(&text));
	return error_create_at(ERROR_USAGE, name->span.at, "%s", text_string(&text));
}
