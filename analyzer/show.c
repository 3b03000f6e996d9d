/* What is this object, and why is it alive? */
#include "analyzer/show.h"

#include "analyzer/dominator_name.h"

#include <inttypes.h>

static const char *const generation_names[GENERATION_COUNT] = {"0", "1", "2", "permanent", "untracked"};

static const char *generation_sentence(enum generation generation)
{
	static const char *const names[GENERATION_COUNT] = {[GENERATION_0] = "0, the youngest",
							    [GENERATION_1] = "1",
							    [GENERATION_2] = "2, the oldest",
							    [GENERATION_PERMANENT] = "permanent: frozen by gc.freeze()",
							    [GENERATION_UNTRACKED] =
								    "untracked: the collector doesn't look at it"};
	return names[generation];
}

static void add_flags(struct report *report, struct section *facts, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *words;
	} known[] = {{OBJECT_IMMORTAL, "immortal"},
		     {OBJECT_STATIC, "in the data of a mapped file"},
		     {OBJECT_NAMESPACE, "its keys are names of the program"},
		     {OBJECT_GC_HEAD, "has a collector's header"}};
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (flags & known[i].flag)
			text_printf(&text, "%s%s", text.length > 0 ? "; " : "", known[i].words);
	if (text.length > 0)
		section_fact(report, facts, "flags", "also", VALUE_TEXT, report_text(report, text_string(&text), text.length));
}

/* What the capture was asked to keep of its contents. */
static struct error *add_value(struct report *report, struct section *facts, struct reader *reader, node_id node)
{
	AUTO(value_rows) struct value_rows rows = {0};
	uint32_t at = node % CHUNK_OBJECTS;
	TRY(reader_values(reader, node / CHUNK_OBJECTS, &rows));
	if (at < rows.count && rows.present[at])
		section_fact(report, facts, "value", "value", VALUE_TEXT,
			     report_text(report, (const char *)rows.bytes + rows.starts[at],
					 rows.starts[at + 1] - rows.starts[at]));
	return NULL;
}

struct error *show_object(struct report *report, struct section *facts, struct object_lookup *objects, node_id node)
{
	struct object_record record;
	struct label type;
	AUTO(text) struct text address = {0};
	text_init(&address);
	TRY(object_lookup_get(objects, node, &record));
	TRY(object_lookup_type(objects, node, &type));
	const struct type_record *types = reader_types(objects->reader);
	text_printf(&address, "0x%" PRIx64, record.address);
	section_fact(report, facts, "type", "type", VALUE_TEXT, report_text(report, type.name, type.length));
	section_fact(report, facts, "id", NULL, VALUE_NUMBER, cell_number(node));
	section_fact(report, facts, "address", NULL, VALUE_NUMBER, cell_number(record.address));
	section_fact(report, facts, "address_text", "address", VALUE_TEXT, report_string(report, text_string(&address)));
	if (types[record.type].node != NO_ID)
		section_fact(report, facts, "type_id", NULL, VALUE_NUMBER, cell_number(types[record.type].node));
	section_fact(report, facts, "size", "own size", VALUE_SIZE, cell_number(record.size));
	if (record.getsizeof != record.size)
		section_fact(report, facts, "getsizeof", "sys.getsizeof", VALUE_SIZE, cell_number(record.getsizeof));
	if (record.length > 0)
		section_fact(report, facts, "length", "length", VALUE_COUNT, cell_number(record.length));
	TRY(add_value(report, facts, objects->reader, node));
	section_fact(report, facts, "generation", NULL, VALUE_TEXT,
		     report_string(report, generation_names[record.generation]));
	section_fact(report, facts, "generation_text", "generation", VALUE_TEXT,
		     report_string(report, generation_sentence(record.generation)));
	add_flags(report, facts, record.flags);
	section_fact(report, facts, "refcount", "reference count", VALUE_COUNT, cell_number(record.refcount));
	return text_error(&address);
}

static const char *fate_sentence(enum fate fate)
{
	static const char *const sentences[FATE_COUNT] =
		{[FATE_REACHABLE] = "reachable: roots lead to it",
		 [FATE_HELD] = "held: only C code holds it, or what leads to it",
		 [FATE_GARBAGE] = "garbage: the next full collection frees it",
		 [FATE_STUCK] = "stuck: nothing leads to it, and no collection frees it"};
	return sentences[fate];
}

struct error *show_place(struct report *report, struct section *facts, const struct retention *retention,
			 const struct ways *ways, const struct path_printing *printing, node_id node)
{
	AUTO(text) struct text dominator = {0}, text = {0};
	AUTO(path) struct path path = {0};
	text_init(&dominator);
	text_init(&text);
	uint64_t retained = retention_size(retention, node);
	section_fact(report, facts, "retained", "retained size", VALUE_SIZE, cell_number(retained));
	section_fact(report, facts, "share", "  of all", VALUE_SHARE, cell_share_of(retained, retention->retained[0]));
	TRY(dominator_name_print(retention, printing->objects, node, &dominator));
	section_fact(report, facts, "dominator", "dominated by", VALUE_TEXT,
		     report_text(report, text_string(&dominator), dominator.length));
	section_fact(report, facts, "fate", NULL, VALUE_TEXT, report_string(report, fate_name(retention->fate[node])));
	section_fact(report, facts, "fate_text", "fate", VALUE_TEXT,
		     report_string(report, fate_sentence(retention->fate[node])));
	TRY(path_trace(ways, node, NO_ID, &path));
	TRY(path_spell(printing, &path, &text));
	if (text.length > 0)
		section_fact(report, facts, "path", "path", VALUE_TEXT, report_text(report, text_string(&text), text.length));
	return text_error(&text);
}

struct error *show_site(struct report *report, struct section *facts, const struct sites *sites, node_id node)
{
	static const struct field fields[] = {
		{"depth", "depth", VALUE_NUMBER, RANK_MACHINE, false},
		{"file", "file", VALUE_TEXT, RANK_ALWAYS, false},
		{"line", "line", VALUE_NUMBER, RANK_ALWAYS, false},
	};
	uint32_t traceback = sites_find(sites, node);
	AUTO(text) struct text site = {0};
	text_init(&site);
	if (traceback == NO_ID || sites_depth(sites, traceback) == 0)
		return NULL;
	sites_print(sites, traceback, &site);
	section_fact(report, facts, "site", "allocated at", VALUE_TEXT, report_text(report, text_string(&site), site.length));
	struct section *table = report_section(report, "traceback", "allocated at, innermost call first");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	for (uint32_t depth = 0; depth < sites_depth(sites, traceback); depth++) {
		const struct traceback_frame_row *frame = sites_frame(sites, traceback, depth);
		size_t length;
		const char *file = reader_string(sites->reader, frame->file, &length);
		struct cell *row = section_row(report, table);
		row_set(row, 0, cell_number(depth));
		row_set(row, 1, report_text(report, file, length));
		if (frame->line > 0)
			row_set(row, 2, cell_number(frame->line));
	}
	return text_error(&site);
}

struct error *show_calls(struct report *report, struct section *facts, const struct suspended *suspended, node_id node)
{
	static const struct field fields[] = {
		{"function", "function", VALUE_TEXT, RANK_ALWAYS, false},
		{"place", "at", VALUE_TEXT, RANK_ALWAYS, false},
		{"id", "object", VALUE_OBJECT, RANK_OFTEN, false},
	};
	const struct suspension_row *call = suspended_find(suspended, node);
	if (call == NULL)
		return NULL;
	section_fact(report, facts, "state", "state", VALUE_TEXT,
		     report_string(report, reader_string(suspended->reader, call->state, NULL)));
	struct section *table = report_section(report, "calls", "stands at, and so do the calls that it waits for");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	const struct suspension_row *first = call;
	for (uint32_t depth = 0; call != NULL && depth < SUSPENDED_DEPTH; depth++) {
		AUTO(text) struct text place = {0};
		text_init(&place);
		size_t length;
		const char *function = reader_string(suspended->reader, call->function, &length);
		struct cell *row = section_row(report, table);
		row_set(row, 0, report_text(report, function, length));
		suspended_print_place(suspended, call, &place);
		TRY(text_error(&place));
		if (place.length > 0)
			row_set(row, 1, report_text(report, text_string(&place), place.length));
		row_set(row, 2, cell_number(call->node));
		call = suspended_next(suspended, call);
		if (call == first)
			break;
	}
	return NULL;
}
