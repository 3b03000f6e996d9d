/* Which types does the user mean by `--type PATTERN`, and which one was meant where there is none?
 *
 * One search for each distinct name: thousands, never millions. Where nothing matches, the nearest name by edit distance is
 * told, with the pattern compared to whole names and to their last part, as people leave modules out.
 */
#include "queries/typeset.h"

#include "base/match.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* The part of a display name that a person would type: Session of app.models.Session. */
static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot != NULL && dot[1] != '\0' ? dot + 1 : name;
}

/* Index of the name nearest to `word`, NO_ID where none is near. */
static struct error *find_nearest(const struct type_names *names, const char *word, label_id *nearest)
{
	AUTO(free) void *memory = calloc(2 * (size_t)names->count + 1, sizeof(char *));
	const char **candidates = memory;
	if (candidates == NULL)
		return error_memory();
	for (label_id l = 0; l < names->count; l++) {
		candidates[l] = names->labels[l].name;
		candidates[names->count + l] = last_part(names->labels[l].name);
	}
	const char *found = text_nearest(word, candidates, 2 * (size_t)names->count);
	*nearest = NO_ID;
	for (label_id l = 0; found != NULL && l < names->count; l++)
		if (candidates[l] == found || candidates[names->count + l] == found)
			*nearest = l;
	return NULL;
}

static struct error *nothing_selected(const struct type_names *names, const char *pattern)
{
	label_id nearest = NO_ID;
	TRY(find_nearest(names, pattern, &nearest));
	AUTO(text) struct text word = {0}, known = {0};
	text_init(&word);
	text_init(&known);
	text_add_escaped(&word, pattern, strlen(pattern));
	if (nearest == NO_ID)
		return error_create(ERROR_USAGE, "no type matches '%s'; 'heapdiff types' lists them",
				    text_string(&word));
	text_add_escaped(&known, names->labels[nearest].name, names->labels[nearest].length);
	return error_create(ERROR_USAGE, "no type matches '%s': did you mean '%s'?", text_string(&word),
			    text_string(&known));
}

struct error *typeset_init(struct typeset *typeset, const struct type_names *names, const char *pattern)
{
	AUTO(match) struct match *match = NULL;
	TRY(match_create(pattern, MATCH_SEARCH, &match));
	AUTO(typeset) struct typeset made = {.selected = calloc((size_t)names->count + 1, sizeof(bool))};
	if (made.selected == NULL)
		return error_memory();
	for (label_id l = 0; l < names->count; l++) {
		TRY(match_run(match, names->labels[l].name, names->labels[l].length, &made.selected[l]));
		made.count += made.selected[l];
	}
	if (made.count == 0)
		return nothing_selected(names, pattern);
	*typeset = made;
	made = (struct typeset){0};
	return NULL;
}

void typeset_deinit(struct typeset *typeset)
{
	free(typeset->selected);
	*typeset = (struct typeset){0};
}
