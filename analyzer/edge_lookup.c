/* What does this one object refer to, and by which names?
 *
 * A chunk of objects says where the edges of each begin; the number of an edge says in which chunk it lies. Both kinds of
 * chunks are decoded when they are met and kept until others were used more recently. Cost: 1-2 ms a chunk.
 */
#include "analyzer/edge_lookup.h"

#include <stdlib.h>

void edge_lookup_init(struct edge_lookup *lookup, struct reader *reader)
{
	*lookup = (struct edge_lookup){.reader = reader};
	for (unsigned i = 0; i < EDGE_LOOKUP_KEPT; i++)
		lookup->begins[i].chunk = lookup->pages[i].chunk = NO_ID;
}

static void free_columns(struct edge_columns *columns)
{
	free(columns->target);
	free(columns->name);
	free(columns->class);
	free(columns->payload);
	*columns = (struct edge_columns){0};
}

void edge_lookup_deinit(struct edge_lookup *lookup)
{
	for (unsigned i = 0; i < EDGE_LOOKUP_KEPT; i++) {
		free(lookup->begins[i].begins);
		free_columns(&lookup->pages[i].page.columns);
	}
	edge_lookup_init(lookup, NULL);
}

static struct error *find_begins(struct edge_lookup *lookup, uint32_t chunk, struct edge_lookup_begins **result)
{
	struct edge_lookup_begins *oldest = &lookup->begins[0];
	*result = NULL;
	for (unsigned i = 0; i < EDGE_LOOKUP_KEPT && *result == NULL; i++) {
		struct edge_lookup_begins *kept = &lookup->begins[i];
		if (kept->chunk == chunk)
			*result = kept;
		else if (kept->used < oldest->used)
			oldest = kept;
	}
	if (*result == NULL) {
		node_id first;
		if (oldest->begins == NULL)
			oldest->begins = malloc((CHUNK_OBJECTS + UINT64_C(1)) * sizeof *oldest->begins);
		if (oldest->begins == NULL)
			return error_memory();
		oldest->chunk = NO_ID;
		TRY(reader_edge_begins(lookup->reader, chunk, oldest->begins, &first, &oldest->count));
		oldest->chunk = chunk;
		*result = oldest;
	}
	(*result)->used = ++lookup->clock;
	return NULL;
}

static struct error *take_columns(struct edge_columns *columns)
{
	if (columns->payload != NULL)
		return NULL;
	struct edge_columns taken = {.target = malloc(CHUNK_EDGES * sizeof *columns->target),
				     .name = malloc(CHUNK_EDGES),
				     .class = malloc(CHUNK_EDGES),
				     .payload = malloc(CHUNK_EDGES * sizeof *columns->payload)};
	if (taken.target != NULL && taken.name != NULL && taken.class != NULL && taken.payload != NULL) {
		*columns = taken;
		return NULL;
	}
	free_columns(&taken);
	return error_memory();
}

static struct error *find_page(struct edge_lookup *lookup, uint32_t chunk, struct edge_lookup_page **result)
{
	struct edge_lookup_page *oldest = &lookup->pages[0];
	*result = NULL;
	for (unsigned i = 0; i < EDGE_LOOKUP_KEPT && *result == NULL; i++) {
		struct edge_lookup_page *kept = &lookup->pages[i];
		if (kept->chunk == chunk)
			*result = kept;
		else if (kept->used < oldest->used)
			oldest = kept;
	}
	if (*result == NULL) {
		TRY(take_columns(&oldest->page.columns));
		oldest->chunk = NO_ID;
		TRY(reader_edge_page(lookup->reader, chunk, &oldest->page));
		oldest->chunk = chunk;
		*result = oldest;
	}
	(*result)->used = ++lookup->clock;
	return NULL;
}

struct error *edge_lookup_walk(struct edge_lookup *lookup, node_id owner, struct edge_walk *walk)
{
	struct edge_lookup_begins *begins;
	TRY(find_begins(lookup, owner / CHUNK_OBJECTS, &begins));
	uint32_t at = owner % CHUNK_OBJECTS;
	if (at >= begins->count)
		return error_create(ERROR_USAGE, "%s has no object #%u", reader_path(lookup->reader), owner);
	*walk = (struct edge_walk){.owner = owner,
				   .begin = begins->begins[at],
				   .next = begins->begins[at],
				   .end = begins->begins[at + 1],
				   .previous = NO_ID};
	return NULL;
}

struct error *edge_lookup_next(struct edge_lookup *lookup, struct edge_walk *walk, struct known_edge *edge, bool *found)
{
	*found = walk->next < walk->end;
	if (!*found)
		return NULL;
	struct edge_lookup_page *page;
	struct edge_record record;
	TRY(find_page(lookup, (uint32_t)(walk->next / CHUNK_EDGES), &page));
	TRY(reader_page_edge(lookup->reader, &page->page, walk->owner, walk->begin, walk->next, &record));
	if (record.name == NAME_NEXT_INDEX) {
		record.name = NAME_INDEX;
		record.payload = walk->index++;
	} else if (record.name == NAME_INDEX) {
		walk->index = record.payload + 1;
	}
	*edge = (struct known_edge){.record = record, .key = record.name == NAME_VALUE ? walk->previous : NO_ID};
	walk->previous = record.target;
	walk->next++;
	return NULL;
}
