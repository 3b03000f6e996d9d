/* On which line of the program's source was each object made?
 *
 * Rows of relations are in no order that could be relied on: frames are sorted by their traceback, by counting, and
 * each object's trace is put where the object is. Cost: one pass over each of the relations.
 */
#include "analyzer/sites.h"

#include "analyzer/memory.h"
#include "analyzer/sets.h"
#include "base/map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct error *sort_frames(struct sites *sites, size_t frames)
{
	sites->offsets = calloc(sites->traceback_count + 2, sizeof *sites->offsets);
	sites->order = calloc(frames + 1, sizeof *sites->order);
	if (sites->offsets == NULL || sites->order == NULL)
		return error_memory();
	for (size_t i = 0; i < frames; i++)
		if (sites->frames[i].traceback != NO_ID)
			sites->offsets[sites->frames[i].traceback + 2]++;
	for (size_t t = 0; t < sites->traceback_count; t++)
		sites->offsets[t + 2] += sites->offsets[t + 1];
	for (size_t i = 0; i < frames; i++)
		if (sites->frames[i].traceback != NO_ID)
			sites->order[sites->offsets[sites->frames[i].traceback + 1]++] = (uint32_t)i;
	return NULL;
}

struct error *sites_init(struct sites *sites, struct reader *reader)
{
	size_t frames;
	*sites = (struct sites){.reader = reader};
	TRY(reader_tracebacks(reader, &sites->tracebacks, &sites->traceback_count));
	TRY(reader_traceback_frames(reader, &sites->frames, &frames));
	TRY(reader_traces(reader, &sites->traces, &sites->trace_count));
	return sort_frames(sites, frames);
}

void sites_deinit(struct sites *sites)
{
	free(sites->offsets);
	free(sites->order);
	*sites = (struct sites){0};
}

uint32_t sites_find(const struct sites *sites, node_id node)
{
	for (size_t i = 0; i < sites->trace_count; i++)
		if (sites->traces[i].node == node && sites->traces[i].buffer == 0)
			return sites->traces[i].traceback;
	return NO_ID;
}

struct error *sites_by_node(const struct sites *sites, node_id nodes, uint32_t **result)
{
	uint32_t *of = memory_large((size_t)nodes + 1, sizeof *of);
	if (of == NULL)
		return error_memory();
	memset(of, 0xff, ((size_t)nodes + 1) * sizeof *of);
	for (size_t i = 0; i < sites->trace_count; i++)
		if (sites->traces[i].buffer == 0 && sites->traces[i].node < nodes)
			of[sites->traces[i].node] = sites->traces[i].traceback;
	*result = of;
	return NULL;
}

uint32_t sites_depth(const struct sites *sites, uint32_t traceback)
{
	return sites->offsets[traceback + 1] - sites->offsets[traceback];
}

const struct traceback_frame_row *sites_frame(const struct sites *sites, uint32_t traceback, uint32_t depth)
{
	return &sites->frames[sites->order[sites->offsets[traceback] + depth]];
}

void sites_print(const struct sites *sites, uint32_t traceback, struct text *text)
{
	if (traceback == NO_ID || sites_depth(sites, traceback) == 0)
		return;
	const struct traceback_frame_row *frame = sites_frame(sites, traceback, 0);
	size_t length;
	const char *file = reader_string(sites->reader, frame->file, &length);
	text_add_bytes(text, file, length);
	if (frame->line > 0)
		text_printf(text, ":%" PRIu64, frame->line);
}

/* --- groups ------------------------------------------------------------------------------------------------------ */

struct site_groups {
	struct groups groups;
	VECTOR(struct label) labels;
	uint32_t *of_traceback; /* group of each; GROUP_NONE: not met yet */
	struct map places;      /* file and line: group */
};

static void site_groups_deinit(struct site_groups *made)
{
	groups_deinit(&made->groups);
	vector_deinit(&made->labels);
	free(made->of_traceback);
	map_deinit(&made->places);
}
DEFINE_AUTO_VALUE(site_groups, struct site_groups, site_groups_deinit);

static struct error *add_label(struct site_groups *made, const char *text, size_t length)
{
	struct label label = {arena_copy(&made->groups.arena, text, length), length};
	return label.name == NULL ? error_memory() : vector_push(&made->labels, label);
}

/* Lines beyond 2^31 are no lines: they count as one. */
static uint64_t place_key(const struct sites *sites, uint32_t traceback)
{
	if (sites_depth(sites, traceback) == 0)
		return 0;
	const struct traceback_frame_row *frame = sites_frame(sites, traceback, 0);
	return (uint64_t)frame->file << 31 | (frame->line <= INT32_MAX ? frame->line : INT32_MAX);
}

static struct error *find_group(struct site_groups *made, const struct sites *sites, uint32_t traceback,
				uint32_t *group)
{
	*group = made->of_traceback[traceback];
	uint64_t key = place_key(sites, traceback);
	if (*group != GROUP_NONE)
		return NULL;
	if (!map_find(&made->places, key, group)) {
		AUTO(text) struct text text;
		text_init(&text);
		sites_print(sites, traceback, &text);
		if (text.length == 0)
			text_add(&text, "(no frames)");
		TRY(text_error(&text));
		*group = (uint32_t)made->labels.count;
		TRY(add_label(made, text_string(&text), text.length));
		TRY(map_put(&made->places, key, *group));
	}
	made->of_traceback[traceback] = *group;
	return NULL;
}

static struct error *fill(struct site_groups *made, const struct sites *sites, const struct graph *graph,
			  const struct type_names *names, const bool *selected)
{
	uint32_t *of = made->groups.of;
	for (node_id i = 0; i < graph->nodes; i++)
		if (of[i] != NO_ID)
			TRY(find_group(made, sites, of[i], &of[i]));
	uint32_t untraced = (uint32_t)made->labels.count;
	TRY(add_label(made, "(not traced)", strlen("(not traced)")));
	for (node_id i = 0; i < graph->nodes; i++) {
		if (of[i] == NO_ID)
			of[i] = untraced;
		if (selected != NULL && !selected[names->facts[0].label[graph->type[i]]])
			of[i] = GROUP_NONE;
	}
	made->groups.count = (uint32_t)made->labels.count;
	made->groups.labels = arena_alloc(&made->groups.arena, made->labels.count * sizeof *made->labels.items);
	if (made->groups.labels == NULL)
		return error_memory();
	memcpy(made->groups.labels, made->labels.items, made->labels.count * sizeof *made->labels.items);
	return NULL;
}

struct error *sites_group(const struct sites *sites, const struct graph *graph, const struct type_names *names,
			  const bool *selected, struct groups *result)
{
	AUTO(site_groups) struct site_groups made = {0};
	arena_init(&made.groups.arena);
	map_init(&made.places);
	made.of_traceback = calloc(sites->traceback_count + 1, sizeof *made.of_traceback);
	if (made.of_traceback == NULL)
		return error_memory();
	memset(made.of_traceback, 0xff, (sites->traceback_count + 1) * sizeof *made.of_traceback);
	TRY(sites_by_node(sites, graph->nodes, &made.groups.of));
	TRY(fill(&made, sites, graph, names, selected));
	*result = made.groups;
	made.groups = (struct groups){0};
	return NULL;
}
