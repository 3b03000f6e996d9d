/* Which references does a snapshot hold?
 *
 * Edges lie in chunks by themselves, in the order of their owners, and a target is stored as the difference from its
 * owner. So to decode a chunk one needs to know whose its edges are: from the degrees of all objects, in one pass, when
 * all are read, or from those of the few chunks of objects that have edges in it, for single objects.
 */
#include "base/bytes.h"
#include "format/reader_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint32_t reader_edge_chunks(const struct reader *reader)
{
	return reader->catalog.counts[MEMBER_EDGES];
}

/* Finds the owner of each chunk's first edge, in one pass over the degrees. */
static struct error *find_starts(struct reader *reader, const uint32_t *degrees)
{
	uint64_t nodes = reader->manifest.counts.nodes, edges = reader->manifest.counts.edges, sum = 0, next = 0;
	AUTO(free) void *memory = malloc((reader_edge_chunks(reader) + UINT64_C(1)) * sizeof(struct edge_start));
	struct edge_start *start = memory;
	if (memory == NULL)
		return error_memory();
	for (uint64_t i = 0; i < nodes; i++) {
		uint64_t begin = sum;
		sum += degrees[i];
		for (; next < sum && next < edges; next += CHUNK_EDGES)
			*start++ = (struct edge_start){(node_id)i, (uint32_t)(next - begin)};
	}
	if (sum != edges)
		return error_create(ERROR_INPUT, "degrees add up to %" PRIu64 " edges, the manifest counts %" PRIu64,
				    sum, edges);
	reader->starts = steal(&memory);
	return NULL;
}

static struct error *check_range(const struct reader *reader, uint32_t chunk, const struct edges_header *header)
{
	uint64_t first = (uint64_t)chunk * CHUNK_EDGES, left = reader->manifest.counts.edges - first;
	if (header->first == first && header->count == (left < CHUNK_EDGES ? left : CHUNK_EDGES))
		return NULL;
	return error_create(ERROR_INPUT, "%u edges from %" PRIu64 " on, not those from %" PRIu64, header->count,
			    header->first, first);
}

static struct error *check_start(const struct reader *reader, uint32_t chunk, const struct edges_header *header)
{
	const struct edge_start *start = &reader->starts[chunk];
	if (header->source == start->source && header->before == start->before)
		return NULL;
	return error_create(ERROR_INPUT, "its first edge is number %u of object %u; by the degrees, %u of object %u",
			    header->before, header->source, start->before, start->source);
}

/* Writes each edge's owner to `owner`, which has room for OWNER_SLACK more. Most objects have few edges, so a fixed number
 * of stores, the surplus overwritten by the next, beats a loop whose end no processor foresees. */
static struct error *spread_owners(const struct reader *reader, const uint32_t *degrees,
				   const struct edges_header *header, uint32_t *owner)
{
	uint64_t nodes = reader->manifest.counts.nodes, source = header->source;
	uint32_t before = header->before;
	for (uint32_t i = 0; i < header->count; source++, before = 0) {
		if (source >= nodes)
			return error_create(ERROR_INPUT, "degrees and edges do not add up");
		uint32_t left = degrees[source] - before, run = header->count - i < left ? header->count - i : left;
		uint32_t *to = owner + i;
		for (size_t j = 0; j < OWNER_SLACK; j++)
			to[j] = (uint32_t)source;
		for (size_t j = OWNER_SLACK; j < run; j++)
			to[j] = (uint32_t)source;
		i += run;
	}
	return NULL;
}

/* Turns differences into targets, and checks that values follow a key of the same owner. `target` and `name` may be
 * NULL. What comes before the chunk's first edge is not known here. */
static struct error *resolve(const struct reader *reader, const uint32_t *owner, const struct edges_header *header,
			     uint32_t *target, const uint8_t *name)
{
	uint32_t greatest = 0;
	bool keyless = name != NULL && header->before == 0 && name[0] == NAME_VALUE;
	for (uint32_t i = 0; target != NULL && i < header->count; i++) {
		target[i] = owner[i] + unzigzag_u32(target[i]);
		greatest = target[i] > greatest ? target[i] : greatest;
	}
	for (uint32_t i = 1; name != NULL && i < header->count; i++)
		keyless |= (name[i] == NAME_VALUE) & ((name[i - 1] != NAME_KEY) | (owner[i] != owner[i - 1]));
	if (target != NULL && greatest >= reader->manifest.counts.nodes)
		return error_create(ERROR_INPUT, "an edge to object %u of %" PRIu64, greatest,
				    reader->manifest.counts.nodes);
	return keyless ? error_create(ERROR_INPUT, "a dict's value without a key before it") : NULL;
}

static struct error *check_payloads(const struct reader *reader, const uint8_t *name, const uint64_t *payload,
				    uint32_t count)
{
	bool string[NAME_COUNT], wrong = false;
	for (unsigned i = 0; i < NAME_COUNT; i++)
		string[i] = edge_name_has_string(i);
	uint64_t strings = intern_count(&reader->tables.strings);
	for (uint32_t i = 0; i < count; i++)
		wrong |= string[name[i]] && payload[i] >= strings;
	return wrong ? error_create(ERROR_INPUT, "an edge names a string that is not there") : NULL;
}

/* Everything of a chunk but its targets, which stay differences. *tags: the names, work memory of the reader; NULL where
 * only targets were asked for. `degrees` as for reader_edges; NULL: the chunk's start is not checked. */
static struct error *load_rows(struct reader *reader, const struct member *member, const uint32_t *degrees,
			       const struct edge_columns *columns, struct edges_header *header, uint8_t **tags)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	TRY(document_read(&document, member, reader->input, DOCUMENT_CHUNK_MAX, &root));
	TRY(edges_read_header(root, header));
	TRY(check_range(reader, member->number, header));
	if (degrees != NULL)
		TRY(check_start(reader, member->number, header));
	bool tagged = columns->name != NULL || columns->class != NULL || columns->payload != NULL;
	if (reader->tags == NULL && (reader->tags = malloc(CHUNK_EDGES)) == NULL)
		return error_memory();
	*tags = tagged ? reader->tags : NULL;
	struct edge_rows rows = {columns->target, *tags, columns->payload};
	TRY(edges_read(reader->codec, root, header->count, &rows));
	if (!tagged)
		return NULL;
	TRY(tags_split(*tags, header->count, reader_is_newer(reader), *tags, columns->class));
	if (columns->name != NULL)
		memcpy(columns->name, *tags, header->count);
	if (columns->payload != NULL)
		TRY(check_payloads(reader, *tags, columns->payload, header->count));
	/* A name that we don't know became none, and none has no payload. */
	for (uint32_t i = 0; columns->payload != NULL && reader_is_newer(reader) && i < header->count; i++)
		columns->payload[i] = (*tags)[i] == NAME_NONE ? 0 : columns->payload[i];
	return NULL;
}

static struct error *load_edges(struct reader *reader, const struct member *member, const uint32_t *degrees,
				const struct edge_columns *columns, struct edges_header *header)
{
	uint8_t *tags;
	if (reader->owners == NULL && (reader->owners = malloc((CHUNK_EDGES + OWNER_SLACK) * sizeof(uint32_t))) == NULL)
		return error_memory();
	TRY(load_rows(reader, member, degrees, columns, header, &tags));
	TRY(spread_owners(reader, degrees, header, reader->owners));
	return resolve(reader, reader->owners, header, columns->target, tags);
}

struct error *reader_edges(struct reader *reader, uint32_t chunk, const uint32_t *degrees,
			   const struct edge_columns *columns, uint64_t *first, uint32_t *count)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_EDGES, chunk);
	if (member == NULL)
		return reader_no_chunk(reader, "edges", chunk);
	if (reader->starts == NULL)
		TRY(reader_error(reader, find_starts(reader, degrees)));
	struct edges_header header;
	struct error *error = load_edges(reader, member, degrees, columns, &header);
	if (error != NULL)
		return reader_error(reader, document_error(member, error));
	*first = header.first;
	*count = header.count;
	return NULL;
}

/* --- edges of single objects ---------------------------------------------------------------------------------------- */

struct error *reader_edge_begins(struct reader *reader, uint32_t chunk, uint64_t *begins, node_id *first,
				 uint32_t *count)
{
	AUTO(free) void *degrees = malloc(CHUNK_OBJECTS * sizeof(uint32_t));
	if (degrees == NULL)
		return error_memory();
	struct object_columns columns = {.degree = degrees};
	struct objects_header header;
	TRY(reader_load_objects(reader, chunk, &columns, &header));
	uint64_t next = header.first_edge;
	for (uint32_t i = 0; i < header.count; i++) {
		begins[i] = next;
		next = saturating_add(next, columns.degree[i]);
	}
	begins[header.count] = next;
	*first = header.first;
	*count = header.count;
	if (next <= reader->manifest.counts.edges)
		return NULL;
	return reader_error(reader, document_error(catalog_find(&reader->catalog, MEMBER_OBJECTS, chunk),
						   error_create(ERROR_INPUT, "its objects have more edges than there are")));
}

struct error *reader_edge_page(struct reader *reader, uint32_t chunk, struct edge_page *page)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_EDGES, chunk);
	if (member == NULL)
		return reader_no_chunk(reader, "edges", chunk);
	struct edges_header header;
	uint8_t *tags;
	struct error *error = load_rows(reader, member, NULL, &page->columns, &header, &tags);
	if (error != NULL)
		return reader_error(reader, document_error(member, error));
	page->first = header.first;
	page->count = header.count;
	page->source = header.source;
	page->before = header.before;
	return NULL;
}

/* The owner of the page's first edge is said in the page, so that objects after it begin in the page, and no other one
 * begins before it. */
static bool fits(const struct edge_page *page, node_id owner, uint64_t begin)
{
	if (begin > page->first)
		return owner > page->source;
	return owner == page->source && page->first - begin == page->before;
}

struct error *reader_page_edge(const struct reader *reader, const struct edge_page *page, node_id owner, uint64_t begin,
			       uint64_t index, struct edge_record *edge)
{
	const struct edge_columns *columns = &page->columns;
	if (index < page->first || index - page->first >= page->count || !fits(page, owner, begin))
		return reader_error(reader, error_create(ERROR_INPUT, "degrees and edges do not add up at object %u", owner));
	size_t at = (size_t)(index - page->first);
	node_id target = owner + unzigzag_u32(columns->target[at]);
	if (target >= reader->manifest.counts.nodes)
		return reader_error(reader, error_create(ERROR_INPUT, "object %u has an edge to object %u of %" PRIu64,
							 owner, target, reader->manifest.counts.nodes));
	if (columns->name[at] == NAME_VALUE && (index == begin || (at > 0 && columns->name[at - 1] != NAME_KEY)))
		return reader_error(reader, error_create(ERROR_INPUT, "object %u has a dict's value without a key before it",
							 owner));
	*edge = (struct edge_record){.target = target,
				     .name = columns->name[at],
				     .class = columns->class[at],
				     .payload = columns->payload[at]};
	return NULL;
}
