/* Where does tracemalloc keep its tables?
 *
 * In its part of _PyRuntime from 3.12 on; before, in variables, whose symbols a stripped program lacks. Then each
 * word of the program's data is taken for the variable that leads to a table of traces: what it leads to must look
 * like a table, and its first entries must all be traces with tracebacks of real files. Of several the one with most
 * entries is taken. The table of domains lies near by and is proved the same way. Where _PyRuntime has grown within a
 * minor version, the search is the way out too. Cost: nothing where the place is known; else a look at each word of
 * .data and .bss.
 */
#include "dumper/traces_parts.h"

#include "dumper/hashtable.h"

#define SAMPLE 64u      /* entries looked at */
#define NEIGHBOURS 128u /* bytes on either side of the one variable that hold the other */
#define DATA_MAX ((uint64_t)64 << 20)

struct sampling {
	struct hashtable_visitor visitor; /* first */
	struct decoder *decoder;
	struct arena arena;
	struct traces traces;
	uint64_t looked;
	bool domains; /* values are tables of traces */
	bool sound;
};

static struct error *is_table(struct decoder *decoder, uint64_t address, bool domains, bool *is, uint64_t *entries);

static struct error *sample(struct hashtable_visitor *visitor, const struct hashtable_entry *entry, bool *stop)
{
	struct sampling *sampling = (struct sampling *)visitor;
	struct found_trace trace;
	uint64_t entries;

	if (sampling->domains)
		TRY(is_table(sampling->decoder, entry->value, false, &sampling->sound, &entries));
	else
		TRY(trace_read(sampling->decoder, entry->value, &sampling->arena, &sampling->traces, &trace,
			       &sampling->sound));
	*stop = !sampling->sound || ++sampling->looked == SAMPLE;
	return NULL;
}

/* Whether a table of traces, or of such tables, is at `address`: one that has entries. */
static struct error *is_table(struct decoder *decoder, uint64_t address, bool domains, bool *is, uint64_t *entries)
{
	struct sampling sampling = {.visitor.entry = sample, .decoder = decoder, .domains = domains, .sound = true};
	struct hashtable table;
	struct error *error;
	uint64_t missing;

	*is = false;
	*entries = 0;
	if (!hashtable_load(decoder, address, &table) || table.entries == 0)
		return NULL;
	arena_init(&sampling.arena);
	traces_init(&sampling.traces);
	error = hashtable_walk(decoder, &table, &sampling.visitor, &missing);
	traces_deinit(&sampling.traces);
	arena_deinit(&sampling.arena);
	*is = sampling.sound && sampling.looked > 0;
	*entries = table.entries;
	return error;
}

/* The word from `start` on, before `end`, that leads to the largest such table; 0: none does. */
static struct error *search(struct decoder *decoder, uint64_t start, uint64_t end, bool domains, uint64_t *place)
{
	uint64_t best = 0;

	*place = 0;
	for (uint64_t at = (start + 7) & ~(uint64_t)7; at + 8 <= end; at += 8) {
		uint64_t word = mirror_u64(decoder->mirror, at), entries;
		bool is;

		if (word == 0 || (word & 7) != 0 || !mirror_mapped(decoder->mirror, word))
			continue;
		TRY(is_table(decoder, word, domains, &is, &entries));
		if (is && entries > best) {
			best = entries;
			*place = at;
		}
	}
	return NULL;
}

static struct error *find_in_data(struct decoder *decoder, const struct runtime *runtime, struct trace_places *places)
{
	uint64_t end = runtime->data_end;

	*places = (struct trace_places){0};
	if (runtime->data_start == 0 || end <= runtime->data_start)
		return NULL;
	if (end - runtime->data_start > DATA_MAX)
		end = runtime->data_start + DATA_MAX;
	TRY(search(decoder, runtime->data_start, end, false, &places->traces));
	if (places->traces == 0)
		return NULL;
	return search(decoder, places->traces - NEIGHBOURS, places->traces + NEIGHBOURS, true, &places->domains);
}

/* Whether the word at `place` leads to a table, or to none yet. */
static bool may_lead(struct decoder *decoder, uint64_t place)
{
	uint64_t table = mirror_u64(decoder->mirror, place);
	struct hashtable ignored;

	return table == 0 || hashtable_load(decoder, table, &ignored);
}

struct error *traces_find(struct decoder *decoder, const struct runtime *runtime, struct trace_places *places)
{
	const struct layout *layout = decoder->layout;
	const struct runtime_symbols *symbols = &runtime->symbols;
	uint64_t state = runtime->address + (uint64_t)layout->runtime_tracemalloc;

	if (layout->runtime_tracemalloc >= 0)
		*places = (struct trace_places){.traces = state + (uint64_t)layout->tracemalloc_traces,
						.domains = state + (uint64_t)layout->tracemalloc_domains,
						.limit = state + (uint64_t)layout->tracemalloc_frames};
	else
		*places = (struct trace_places){.traces = symbols->traces,
						.domains = symbols->trace_domains,
						.limit = symbols->trace_limit != 0 ? symbols->trace_limit + 8 : 0};
	if (places->traces != 0 && may_lead(decoder, places->traces) &&
	    (places->domains == 0 || may_lead(decoder, places->domains)))
		return NULL;
	return find_in_data(decoder, runtime, places);
}
