/* What appeared that is suspect by itself?
 *
 * Each of the searches below notes what it sees, with a name to count it by: the module of a type, the type that most
 * members of a cycle have, the name of a thread, the function of a call. Notes of one kind and name then become one
 * row. */
#include "analyzer/new_suspects.h"

#include "analyzer/grown_cycles.h"
#include "analyzer/lacking.h"
#include "analyzer/new_cycles.h"
#include "analyzer/suspended.h"
#include "base/bytes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_SHOWN 5u /* of each kind */

enum suspect_kind {
	RESIDUE,
	GARBAGE_CYCLE,
	STUCK_CYCLE,
	CYCLE,
	GROWN_CYCLE,
	THREAD,
	TASK,
	GENERATOR,
	COROUTINE,
	ASYNC_GENERATOR,
	KIND_COUNT_HERE
};

struct note {
	enum suspect_kind kind;
	struct label name;  /* counted by; borrowed */
	struct label alone; /* what to call it where there is no other; borrowed */
	int64_t count, objects, size;
	int64_t members[2]; /* of a grown cycle: before and after */
	uint64_t weight;    /* the note with most gives the example */
	node_id node;       /* NO_ID: none */
};

struct notes {
	struct report *report;
	const struct diff *diff;
	bool whole; /* neither snapshot is partial: what becomes of an object can be told */
	VECTOR(struct note) items;
};

static void notes_deinit(struct notes *notes)
{
	vector_deinit(&notes->items);
}
DEFINE_AUTO_VALUE(notes, struct notes, notes_deinit);

static bool is_new(const struct diff *diff, node_id node)
{
	return node < diff->after->nodes && diff->join.new[node];
}

static int64_t size_of(const struct diff *diff, node_id node)
{
	return node < diff->after->nodes ? (int64_t)graph_size(diff->after, node) : 0;
}

/* --- what C code holds -------------------------------------------------------------------------------------------- */

struct residue { /* of the objects of one type, after less before */
	int64_t references, objects, size;
	uint64_t most; /* that one object got */
	node_id node;
};

static void add_residue(const struct diff *diff, bool later, struct residue *residues)
{
	const struct graph *graph = later ? diff->after : diff->before;
	const label_id *label = diff->names.facts[later].label;
	int sign = later ? 1 : -1;
	for (node_id i = 0; i < graph->nodes; i++) {
		if (graph->residue[i] <= 0)
			continue;
		struct residue *residue = &residues[label[graph->type[i]]];
		residue->references += (int64_t)sign * graph->residue[i];
		residue->objects += sign;
		residue->size = (int64_t)((uint64_t)residue->size + (uint64_t)((int64_t)graph_size(graph, i) * sign));
		if (!later)
			continue;
		node_id was = diff->join.before[i];
		int32_t before = was == NO_ID || diff->before->residue[was] < 0 ? 0 : diff->before->residue[was];
		if (graph->residue[i] > before && (uint64_t)(graph->residue[i] - before) > residue->most) {
			residue->most = (uint64_t)(graph->residue[i] - before);
			residue->node = i;
		}
	}
}

/* A note for each label, with the module of its first type. */
static struct error *note_residue(struct notes *notes)
{
	static const char unknown[] = "(no module)";
	const struct diff *diff = notes->diff;
	AUTO(free) void *memory = calloc((size_t)diff->names.count + 1, sizeof(struct residue));
	struct residue *residues = memory;
	if (residues == NULL)
		return error_memory();
	add_residue(diff, false, residues);
	add_residue(diff, true, residues);
	for (int side = 1; side >= 0; side--) {
		const struct reader *reader = (side ? diff->after : diff->before)->reader;
		for (type_id t = 0; t < diff->names.facts[side].count; t++) {
			struct residue *residue = &residues[diff->names.facts[side].label[t]];
			struct note note = {.kind = RESIDUE,
					    .count = residue->references,
					    .objects = residue->objects,
					    .size = residue->size,
					    .weight = residue->most,
					    .node = residue->most > 0 ? residue->node : NO_ID};
			note.name.name = reader_string(reader, reader_types(reader)[t].module, &note.name.length);
			if (note.name.length == 0)
				note.name = (struct label){unknown, sizeof unknown - 1};
			note.alone = note.name;
			if (note.count != 0 || note.objects != 0)
				TRY(vector_push(&notes->items, note));
			*residue = (struct residue){0}; /* told */
		}
	}
	return NULL;
}

/* The file of the C extension that a module is, "" where it is none or not known. */
static struct error *find_file(const struct diff *diff, const struct label *module, struct label *file)
{
	struct reader *reader = diff->after->reader;
	const struct module_row *rows;
	size_t count;
	*file = (struct label){"", 0};
	TRY(reader_modules(reader, &rows, &count));
	for (size_t i = 0; i < count; i++) {
		size_t length;
		const char *name = reader_string(reader, rows[i].name, &length);
		if (rows[i].build_id == NO_ID || length != module->length || memcmp(name, module->name, length) != 0)
			continue;
		file->name = reader_string(reader, rows[i].file, &file->length);
		break;
	}
	return NULL;
}

/* --- cycles ------------------------------------------------------------------------------------------------------- */

/* Members of a component that count: all, or those that are new. `at` goes on from where it is. */
static bool next_member(const struct diff *diff, const struct subgraph *subgraph, uint32_t component, bool new,
			uint32_t *at, node_id *node)
{
	while (*at < subgraph_size(subgraph, component)) {
		*node = subgraph_member(subgraph, component, (*at)++);
		if (!new || diff->join.new[*node])
			return true;
	}
	return false;
}

/* How much the type of a member says: a class of the program most, then one of the standard library; dicts and lists are
 * everywhere. */
static unsigned rank_of(const struct diff *diff, type_id type)
{
	const struct type_facts *facts = &diff->names.facts[1];
	return !facts->owner[type] ? 0 : diff->library[facts->label[type]] ? 1 : 2;
}

/* The type of most members, of those that say most. `counts`: by label, all 0, and again after. */
static label_id main_type(const struct diff *diff, const struct subgraph *subgraph, uint32_t component, bool new,
			  uint32_t *counts)
{
	const struct type_facts *facts = &diff->names.facts[1];
	const type_id *type = diff->after->type;
	label_id best = NO_ID;
	unsigned rank = 0;
	node_id node;
	for (uint32_t at = 0; next_member(diff, subgraph, component, new, &at, &node);)
		counts[facts->label[type[node]]]++;
	for (uint32_t at = 0; next_member(diff, subgraph, component, new, &at, &node);) {
		label_id l = facts->label[type[node]];
		unsigned own = rank_of(diff, type[node]);
		bool more = best == NO_ID || (counts[l] != counts[best] ? counts[l] > counts[best] : l < best);
		if (best != NO_ID && (own == rank ? !more : own < rank))
			continue;
		best = l;
		rank = own;
	}
	for (uint32_t at = 0; next_member(diff, subgraph, component, new, &at, &node);)
		counts[facts->label[type[node]]] = 0;
	return best;
}

/* What lies in a new cycle; `told`: by node, 1 where that is so. */
static struct error *note_new_cycles(struct notes *notes, uint32_t *counts, uint8_t *told)
{
	static const enum suspect_kind kinds[FATE_COUNT] = {[FATE_REACHABLE] = CYCLE,
							    [FATE_HELD] = CYCLE,
							    [FATE_GARBAGE] = GARBAGE_CYCLE,
							    [FATE_STUCK] = STUCK_CYCLE};
	const struct diff *diff = notes->diff;
	AUTO(new_cycles) struct new_cycles cycles = {0};
	TRY(new_cycles_find(diff->after, diff->join.new, diff->held[1].fate, &cycles));
	const struct subgraph *searched = &cycles.searched;
	for (size_t i = 0; i < cycles.found.count; i++) {
		uint32_t c = cycles.found.items[i], count = subgraph_size(searched, c);
		enum suspect_kind kind = kinds[diff->held[1].fate[subgraph_member(searched, c, 0)]];
		for (uint32_t m = 0; m < count; m++)
			told[subgraph_member(searched, c, m)] = 1;
		if (subgraph_is_class(searched, c, diff->after, &diff->names.facts[1]) || (kind != CYCLE && !notes->whole))
			continue;
		struct note note = {.kind = kind,
				    .count = 1,
				    .objects = count,
				    .weight = count,
				    .node = subgraph_member(searched, c, 0)};
		note.alone = note.name = diff->names.labels[main_type(diff, searched, c, false, counts)];
		for (uint32_t m = 0; m < count; m++)
			note.size += size_of(diff, subgraph_member(searched, c, m));
		TRY(vector_push(&notes->items, note));
	}
	return NULL;
}

/* Called by what is new in them. */
static struct error *note_grown_cycles(struct notes *notes, uint32_t *counts, const uint8_t *told)
{
	const struct diff *diff = notes->diff;
	const struct grown_side before = {diff->before, &diff->names.facts[0]},
				after = {diff->after, &diff->names.facts[1]};
	AUTO(grown_cycles) struct grown_cycles cycles = {0};
	TRY(grown_cycles_find(&before, &after, &diff->join, told, &cycles));
	for (size_t i = 0; i < cycles.found.count; i++) {
		const struct grown_cycle *cycle = &cycles.found.items[i];
		uint32_t count = subgraph_size(&cycles.searched, cycle->component), at = 0;
		if (subgraph_is_class(&cycles.searched, cycle->component, diff->after, after.facts))
			continue;
		bool grown = cycle->count_before > 0;
		int64_t more = count - (int64_t)cycle->count_before;
		struct note note = {.kind = grown ? GROWN_CYCLE : CYCLE,
				    .count = grown ? more : 1,
				    .objects = more,
				    .size = cell_difference(cycle->size_before, cycle->size).delta,
				    .weight = cycle->new,
				    .members = {(int64_t)cycle->count_before, count}};
		next_member(diff, &cycles.searched, cycle->component, true, &at, &note.node);
		note.alone = note.name =
			diff->names.labels[main_type(diff, &cycles.searched, cycle->component, true, counts)];
		TRY(vector_push(&notes->items, note));
	}
	return NULL;
}

static struct error *note_cycles(struct notes *notes)
{
	AUTO(free) void *counts = calloc((size_t)notes->diff->names.count + 1, sizeof(uint32_t));
	AUTO(free) void *told = calloc((size_t)notes->diff->after->nodes + 1, 1);
	if (counts == NULL || told == NULL)
		return error_memory();
	TRY(note_new_cycles(notes, counts, told));
	return note_grown_cycles(notes, counts, told);
}

/* --- what runs ---------------------------------------------------------------------------------------------------- */

/* Names that only differ in their numbers are counted together: each run of digits is `*`. */
static struct error *mask_digits(struct notes *notes, const struct label *name, struct label *masked)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (size_t i = 0; i < name->length; i++) {
		if (!isdigit((unsigned char)name->name[i]))
			text_add_char(&text, name->name[i]);
		else if (i == 0 || !isdigit((unsigned char)name->name[i - 1]))
			text_add_char(&text, '*');
	}
	struct cell cell = report_text(notes->report, text_string(&text), text.length);
	*masked = cell.present ? (struct label){cell.text, cell.length} : (struct label){"", 0};
	return text_error(&text);
}

static struct error *note_running(struct notes *notes, enum suspect_kind kind, struct label name, bool numbered,
				  node_id node)
{
	static const char unknown[] = "(no name)";
	struct note note = {.kind = kind,
			    .count = 1,
			    .objects = node != NO_ID,
			    .weight = 1,
			    .size = size_of(notes->diff, node),
			    .node = node};
	note.alone = note.name = name.length > 0 ? name : (struct label){unknown, sizeof unknown - 1};
	if (numbered)
		TRY(mask_digits(notes, &note.alone, &note.name));
	return vector_push(&notes->items, note);
}

/* Threads without a threading.Thread are told from one another by the kernel's id, in one process. */
static bool is_new_thread(const struct diff *diff, const struct thread_row *thread, const struct thread_row *rows,
			  size_t count)
{
	if (thread->node != NO_ID)
		return is_new(diff, thread->node);
	if (!diff->same_process || thread->native_id == 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (rows[i].native_id == thread->native_id)
			return false;
	return true;
}

static struct error *note_threads(struct notes *notes)
{
	const struct diff *diff = notes->diff;
	const struct thread_row *before, *after;
	size_t count_before, count_after;
	TRY(reader_threads(diff->before->reader, &before, &count_before));
	TRY(reader_threads(diff->after->reader, &after, &count_after));
	if (count_before == 0) /* the snapshot doesn't tell */
		return NULL;
	for (size_t i = 0; i < count_after; i++) {
		struct label name;
		if (!is_new_thread(diff, &after[i], before, count_before))
			continue;
		name.name = reader_string(diff->after->reader, after[i].name, &name.length);
		if (name.length == 0)
			name.name = reader_string(diff->after->reader, after[i].command, &name.length);
		TRY(note_running(notes, THREAD, name, true, after[i].node));
	}
	return NULL;
}

/* `inner`: by row of `calls`; what a task runs is told with the task. */
static struct error *note_tasks(struct notes *notes, const struct suspended *calls, uint8_t *inner)
{
	struct reader *reader = notes->diff->after->reader;
	const struct task_row *tasks;
	size_t count;
	TRY(reader_tasks(reader, &tasks, &count));
	for (size_t i = 0; i < count; i++) {
		const struct suspension_row *call = suspended_find(calls, tasks[i].coroutine);
		struct label name;
		if (call != NULL)
			inner[call - calls->rows] = 1;
		if (!is_new(notes->diff, tasks[i].node) ||
		    strcmp(reader_string(reader, tasks[i].state, NULL), "pending") != 0)
			continue;
		name.name = reader_string(reader, call != NULL ? call->function : tasks[i].name, &name.length);
		TRY(note_running(notes, TASK, name, call == NULL, tasks[i].node));
	}
	return NULL;
}

static bool is_waiting(const struct reader *reader, const struct suspension_row *call)
{
	const char *state = reader_string(reader, call->state, NULL);
	return strcmp(state, "suspended") == 0 || strcmp(state, "created") == 0;
}

/* Calls that another one waits for are told with that. */
static struct error *note_calls(struct notes *notes)
{
	struct reader *reader = notes->diff->after->reader;
	AUTO(suspended) struct suspended calls = {0};
	TRY(suspended_init(&calls, reader));
	AUTO(free) void *memory = calloc(calls.count + 1, 1);
	uint8_t *inner = memory;
	if (inner == NULL)
		return error_memory();
	TRY(note_tasks(notes, &calls, inner));
	for (size_t i = 0; i < calls.count; i++) {
		const struct suspension_row *next = suspended_next(&calls, &calls.rows[i]);
		if (next != NULL)
			inner[next - calls.rows] = 1;
	}
	for (size_t i = 0; i < calls.count; i++) {
		const struct suspension_row *call = &calls.rows[i];
		if (inner[i] || !is_new(notes->diff, call->node) || !is_waiting(reader, call))
			continue;
		const char *kind = reader_string(reader, call->kind, NULL);
		struct label name;
		name.name = reader_string(reader, call->function, &name.length);
		TRY(note_running(notes,
				 strcmp(kind, "generator") == 0   ? GENERATOR
				 : strcmp(kind, "coroutine") == 0 ? COROUTINE
								  : ASYNC_GENERATOR,
				 name, false, call->node));
	}
	return NULL;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static int compare_names(const struct note *x, const struct note *y)
{
	size_t least = x->name.length < y->name.length ? x->name.length : y->name.length;
	int order = memcmp(x->name.name, y->name.name, least);
	return order != 0 ? order : (x->name.length > y->name.length) - (x->name.length < y->name.length);
}

static int by_name(const void *a, const void *b)
{
	const struct note *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	int order = compare_names(x, y);
	if (order != 0)
		return order;
	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return (x->node > y->node) - (x->node < y->node);
}

static int by_count(const void *a, const void *b)
{
	const struct note *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return compare_names(x, y);
}

/* One of each kind and name, with the sums; what did not come is left out. */
static void merge(struct notes *notes)
{
	struct note *items = notes->items.items;
	size_t kept = 0, count = notes->items.count;
	if (count > 1)
		qsort(items, count, sizeof *items, by_name);
	for (size_t i = 0; i < count;) {
		struct note sum = items[i++];
		for (; i < count && items[i].kind == sum.kind && compare_names(&items[i], &sum) == 0; i++) {
			sum.count += items[i].count;
			sum.objects += items[i].objects;
			sum.size = (int64_t)((uint64_t)sum.size + (uint64_t)items[i].size);
			sum.members[0] += items[i].members[0];
			sum.members[1] += items[i].members[1];
			sum.alone = sum.name;
		}
		if (sum.count > 0)
			items[kept++] = sum;
	}
	notes->items.count = kept;
	if (kept > 1)
		qsort(items, kept, sizeof *items, by_count);
}

enum {
	FIELD_KIND,
	FIELD_WHAT,
	FIELD_COUNT,
	FIELD_OBJECTS,
	FIELD_SIZE,
	FIELD_MEMBERS,
	FIELD_PATH,
	FIELD_FILE,
	FIELD_ID,
	FIELD_BEFORE,
	FIELD_AFTER
};

static struct section *add_fields(struct report *report)
{
	static const struct field fields[] = {
		[FIELD_KIND] = {"kind", "kind", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_WHAT] = {"what", "what", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_COUNT] = {"count_delta", "change", VALUE_COUNT_DELTA, RANK_ALWAYS, false},
		[FIELD_OBJECTS] = {"objects_delta", "objects", VALUE_COUNT_DELTA, RANK_OFTEN, false},
		[FIELD_SIZE] = {"size_delta", "own size", VALUE_SIZE_DELTA, RANK_OFTEN, false},
		[FIELD_MEMBERS] = {"members", "members", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_PATH] = {"path", "for example", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_FILE] = {"file", "extension", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_BEFORE] = {"members_before", "members before", VALUE_COUNT, RANK_MACHINE, false},
		[FIELD_AFTER] = {"members_after", "members after", VALUE_COUNT, RANK_MACHINE, false},
	};
	struct section *table = report_section(report, "suspects", "New suspects");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

/* `2,701 to 5,401` */
static void say_members(struct report *report, const struct note *note, struct cell *row)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_count(&text, (uint64_t)note->members[0]);
	text_add(&text, " to ");
	text_add_count(&text, (uint64_t)note->members[1]);
	row_set(row, FIELD_MEMBERS, report_text(report, text_string(&text), text.length));
	row_set(row, FIELD_BEFORE, cell_number((uint64_t)note->members[0]));
	row_set(row, FIELD_AFTER, cell_number((uint64_t)note->members[1]));
}

static struct error *add_row(const struct notes *notes, struct section *table, const struct note *note,
			     struct place_names *names)
{
	static const char *const kinds[KIND_COUNT_HERE] = {[RESIDUE] = "held by C code",
							   [GARBAGE_CYCLE] = "garbage cycle",
							   [STUCK_CYCLE] = "stuck cycle",
							   [CYCLE] = "cycle",
							   [GROWN_CYCLE] = "grown cycle",
							   [THREAD] = "thread",
							   [TASK] = "task",
							   [GENERATOR] = "generator",
							   [COROUTINE] = "coroutine",
							   [ASYNC_GENERATOR] = "async generator"};
	struct report *report = notes->report;
	struct cell *row = section_row(report, table);
	struct label file = {"", 0};
	if (note->kind == RESIDUE)
		TRY(find_file(notes->diff, &note->name, &file));
	row_set(row, FIELD_KIND, report_string(report, kinds[note->kind]));
	row_set(row, FIELD_WHAT, report_text(report, note->alone.name, note->alone.length));
	row_set(row, FIELD_COUNT, cell_delta(note->count));
	row_set(row, FIELD_OBJECTS, cell_delta(note->objects));
	row_set(row, FIELD_SIZE, cell_delta(note->size));
	if (note->kind == GROWN_CYCLE)
		say_members(report, note, row);
	if (file.length > 0)
		row_set(row, FIELD_FILE, report_text(report, file.name, file.length));
	if (note->node == NO_ID)
		return NULL;
	row_set(row, FIELD_ID, cell_number(note->node));
	if (lacking_of(notes->diff->after->reader) == LACKING_PARTS)
		return NULL; /* what holds it may be missing */
	AUTO(text) struct text path = {0};
	text_init(&path);
	if (names->graph == NULL)
		TRY(place_names_init(names, notes->diff->after));
	TRY(place_name_print(names, note->node, &path));
	row_set(row, FIELD_PATH, report_text(report, text_string(&path), path.length));
	return text_error(&path);
}

struct error *new_suspects_add(struct report *report, const struct diff *diff, struct place_names *names)
{
	AUTO(notes) struct notes notes = {.report = report, .diff = diff};
	if (lacking_of(diff->before->reader) == LACKING_PARTS)
		return NULL; /* all that it lacks would be new */
	notes.whole = lacking_of_both(diff->before->reader, diff->after->reader) == LACKING_NOTHING;
	if (notes.whole)
		TRY(note_residue(&notes));
	TRY(note_cycles(&notes));
	TRY(note_threads(&notes));
	TRY(note_calls(&notes));
	merge(&notes);
	struct section *table = add_fields(report);
	uint64_t left_out = 0;
	unsigned shown = 0;
	for (size_t i = 0; i < notes.items.count; i++) {
		const struct note *note = &notes.items.items[i];
		shown = i > 0 && notes.items.items[i - 1].kind == note->kind ? shown + 1 : 1;
		if (shown <= ROWS_SHOWN)
			TRY(add_row(&notes, table, note, names));
		else
			left_out++;
	}
	if (left_out > 0)
		report_remark_count(report, REMARK_NOTE, left_out,
				    left_out == 1 ? "more new suspect is not shown"
						  : "more new suspects are not shown");
	return report_error(report);
}
