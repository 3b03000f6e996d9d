/* Which references does the snapshot not explain?
 *
 * Residues are there since the graph was loaded (analyzer/holding.h). They are added up by type, and by the package that the
 * type is of, as a C extension mostly holds objects of its own. What to look at first is an object that no named root leads
 * to and that has residue: C code holds it, or forgot it.
 */
#include "analyzer/refcounts.h"

#include "base/bytes.h"
#include "base/vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct residues { /* of a set of objects, immortal ones left out */
	uint64_t objects, explained;  /* explained: as many references found as counted */
	uint64_t held, held_size;     /* with residue, and bytes of them alone */
	uint64_t references;          /* residues added up */
	uint64_t over;                /* more references found than counted */
};

static void residues_add(struct residues *residues, int32_t residue, uint64_t size)
{
	residues->objects++;
	residues->explained += residue == 0;
	residues->over += residue < 0;
	if (residue <= 0)
		return;
	residues->held++;
	residues->held_size = saturating_add(residues->held_size, size);
	residues->references += (uint64_t)residue;
}

static void residues_merge(struct residues *to, const struct residues *from)
{
	to->objects += from->objects;
	to->explained += from->explained;
	to->held += from->held;
	to->held_size = saturating_add(to->held_size, from->held_size);
	to->references += from->references;
	to->over += from->over;
}

struct telling {
	struct report *report;
	const struct retention *retention;
	struct object_lookup *lookup;
	const struct refcounts_request *request;
	struct residues *by_label;
	struct residues all;
	uint64_t immortal;
	node_id first_over; /* the first with more references found than counted; NO_ID */
};

static struct error *add_up(struct telling *telling)
{
	const struct graph *graph = telling->retention->graph;
	const struct type_names *names = telling->lookup->names;
	telling->by_label = calloc((size_t)names->count + 1, sizeof *telling->by_label);
	telling->first_over = NO_ID;
	if (telling->by_label == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++) {
		label_id label = names->facts[0].label[graph->type[i]];
		if (graph->flags[i] & OBJECT_IMMORTAL) {
			telling->immortal++;
			continue;
		}
		residues_add(&telling->by_label[label], graph->residue[i], graph_size(graph, i));
		if (graph->residue[i] < 0 && telling->first_over == NO_ID)
			telling->first_over = i;
	}
	for (label_id l = 0; l < names->count; l++)
		residues_merge(&telling->all, &telling->by_label[l]);
	return NULL;
}

/* --- tables --------------------------------------------------------------------------------------------------------- */

enum {
	FIELD_NAME,
	FIELD_HELD,
	FIELD_REFERENCES,
	FIELD_OF,
	FIELD_EXPLAINED,
	FIELD_SIZE,
	FIELD_OVER
};

static void add_fields(struct report *report, struct section *table, const char *name)
{
	const struct field fields[] = {
		[FIELD_NAME] = {name, name, VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_HELD] = {"count", "held by C", VALUE_COUNT, RANK_ALWAYS, true},
		[FIELD_REFERENCES] = {"references", "references", VALUE_COUNT, RANK_ALWAYS, true},
		[FIELD_OF] = {"objects", "of objects", VALUE_COUNT, RANK_OFTEN, true},
		[FIELD_EXPLAINED] = {"explained", "explained", VALUE_SHARE, RANK_OFTEN, false},
		[FIELD_SIZE] = {"size", "their size", VALUE_SIZE, RANK_SELDOM, true},
		[FIELD_OVER] = {"over", "over-explained", VALUE_COUNT, RANK_SELDOM, true},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
}

static void add_row(struct report *report, struct section *table, const char *name, size_t length,
		    const struct residues *residues)
{
	struct cell *row = section_row(report, table);
	row_set(row, FIELD_NAME, report_text(report, name, length));
	row_set(row, FIELD_HELD, cell_number(residues->held));
	row_set(row, FIELD_REFERENCES, cell_number(residues->references));
	row_set(row, FIELD_OF, cell_number(residues->objects));
	row_set(row, FIELD_EXPLAINED, cell_share_of(residues->explained, residues->objects));
	row_set(row, FIELD_SIZE, cell_number(residues->held_size));
	if (residues->over > 0)
		row_set(row, FIELD_OVER, cell_number(residues->over));
}

static bool is_listed(const struct telling *telling, label_id label)
{
	const struct residues *residues = &telling->by_label[label];
	const bool *selected = telling->request->selected;
	return residues->held + residues->over > 0 && (selected == NULL || selected[label]);
}

static struct error *tell_types(struct telling *telling)
{
	const struct type_names *names = telling->lookup->names;
	struct section *table = report_section(telling->report, "rows", "By type");
	add_fields(telling->report, table, "type");
	for (label_id l = 0; l < names->count; l++)
		if (is_listed(telling, l))
			add_row(telling->report, table, names->labels[l].name, names->labels[l].length,
				&telling->by_label[l]);
	return section_sort(telling->report, table, "references");
}

struct package {
	const char *name;
	size_t length;
	const struct residues *residues;
};

/* What a display name has up to its first dot; types without a module are the builtins. */
static struct package package_of(const struct telling *telling, label_id label)
{
	const struct label *name = &telling->lookup->names->labels[label];
	const char *dot = memchr(name->name, '.', name->length);
	struct package package = {.name = "builtins", .length = strlen("builtins"), .residues = &telling->by_label[label]};
	if (dot != NULL && dot > name->name) {
		package.name = name->name;
		package.length = (size_t)(dot - name->name);
	}
	return package;
}

static int compare_packages(const void *a, const void *b)
{
	const struct package *x = a, *y = b;
	int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
	return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static struct error *tell_packages(struct telling *telling)
{
	const struct type_names *names = telling->lookup->names;
	AUTO(free) void *memory = malloc(((size_t)names->count + 1) * sizeof(struct package));
	struct package *packages = memory;
	size_t count = 0;
	if (packages == NULL)
		return error_memory();
	for (label_id l = 0; l < names->count; l++)
		if (is_listed(telling, l))
			packages[count++] = package_of(telling, l);
	qsort(packages, count, sizeof *packages, compare_packages);
	struct section *table = report_section(telling->report, "modules", "By extension module, of which the types are");
	add_fields(telling->report, table, "module");
	for (size_t i = 0, next; i < count; i = next) {
		struct residues sum = {0};
		for (next = i; next < count && compare_packages(&packages[i], &packages[next]) == 0; next++)
			residues_merge(&sum, packages[next].residues);
		add_row(telling->report, table, packages[i].name, packages[i].length, &sum);
	}
	return section_sort(telling->report, table, "references");
}

/* --- suspects ------------------------------------------------------------------------------------------------------- */

struct suspect {
	node_id node;
	uint64_t retained;
};

static int compare_suspects(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;
	if (x->retained != y->retained)
		return x->retained < y->retained ? 1 : -1;
	return x->node < y->node ? -1 : 1;
}

static bool is_suspect(const struct telling *telling, node_id node)
{
	const struct graph *graph = telling->retention->graph;
	const bool *selected = telling->request->selected;
	if (telling->retention->fate[node] != FATE_HELD || graph->residue[node] <= 0)
		return false;
	return selected == NULL || selected[telling->lookup->names->facts[0].label[graph->type[node]]];
}

static struct error *add_suspect(const struct telling *telling, struct section *table, const struct suspect *suspect)
{
	struct object_record record;
	struct label type;
	AUTO(text) struct text object = {0};
	text_init(&object);
	TRY(object_lookup_print(telling->lookup, suspect->node, &object));
	TRY(object_lookup_type(telling->lookup, suspect->node, &type));
	TRY(object_lookup_get(telling->lookup, suspect->node, &record));
	int32_t residue = telling->retention->graph->residue[suspect->node];
	struct cell *row = section_row(telling->report, table);
	row_set(row, 0, report_text(telling->report, text_string(&object), object.length));
	row_set(row, 1, cell_number(suspect->retained));
	row_set(row, 2, cell_number(record.refcount));
	row_set(row, 3, cell_number((uint64_t)residue));
	row_set(row, 4, report_string(telling->report, record.refcount == (uint64_t)residue ? "nothing else" : "others too"));
	row_set(row, 5, report_text(telling->report, type.name, type.length));
	row_set(row, 6, cell_number(suspect->node));
	row_set(row, 7, cell_number(record.address));
	return text_error(&object);
}

static struct error *tell_suspects(struct telling *telling)
{
	static const struct field fields[] = {
		{"object", "object", VALUE_TEXT, RANK_ALWAYS, false},
		{"retained", "retained", VALUE_SIZE, RANK_ALWAYS, true},
		{"refcount", "counts", VALUE_COUNT, RANK_ALWAYS, false},
		{"residue", "by C", VALUE_COUNT, RANK_ALWAYS, false},
		{"referrers", "and by", VALUE_TEXT, RANK_OFTEN, false},
		{"type", "type", VALUE_TEXT, RANK_MACHINE, false},
		{"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		{"address", "address", VALUE_NUMBER, RANK_MACHINE, false},
	};
	VECTOR(struct suspect) suspects = {0};
	struct error *error = NULL;
	for (node_id i = 0; error == NULL && i < telling->retention->graph->nodes; i++)
		if (is_suspect(telling, i))
			error = vector_push(&suspects, (struct suspect){i, retention_size(telling->retention, i)});
	struct section *table = report_section(telling->report, "suspects", "Held by nothing but C code");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(telling->report, table, &fields[i]);
	if (suspects.count > 1)
		qsort(suspects.items, suspects.count, sizeof *suspects.items, compare_suspects);
	for (size_t i = 0; error == NULL && i < suspects.count && i < telling->request->suspects; i++)
		error = add_suspect(telling, table, &suspects.items[i]);
	if (suspects.count > telling->request->suspects)
		report_remark_count(telling->report, REMARK_NOTE, suspects.count - telling->request->suspects,
				    "more %s held by nothing but C code: --top N",
				    suspects.count - telling->request->suspects == 1 ? "object is" : "objects are");
	vector_deinit(&suspects);
	return error;
}

/* --- in a sentence -------------------------------------------------------------------------------------------------- */

static void add_share(struct text *text, uint64_t part, uint64_t whole)
{
	/* Never rounded up to all. */
	double share = whole == 0 ? 100.0 : 100.0 * (double)part / (double)whole;
	if (part < whole && share > 99.999)
		share = 99.999;
	text_printf(text, "%.3f%%", share);
}

static struct error *tell_verdict(const struct telling *telling)
{
	struct fate_total totals[FATE_COUNT];
	AUTO(text) struct text text = {0};
	text_init(&text);
	retention_totals(telling->retention, totals);
	text_add(&text, "all references to ");
	add_share(&text, telling->all.explained, telling->all.objects);
	text_add(&text, " of ");
	text_add_count(&text, telling->all.objects);
	text_add(&text, " objects were found; nothing but C code holds ");
	text_add_count(&text, totals[FATE_HELD].count);
	text_add(&text, totals[FATE_HELD].count == 1 ? " object, " : " objects, ");
	text_add_size(&text, totals[FATE_HELD].size, telling->report->unit);
	report_set_verdict(telling->report, &text);
	return text_error(&text);
}

static void tell_facts(const struct telling *telling)
{
	const struct graph *graph = telling->retention->graph;
	struct report *report = telling->report;
	struct section *section = report_section(report, "counts", NULL);
	section_fact(report, section, "objects", "objects that count", VALUE_COUNT, cell_number(telling->all.objects));
	section_fact(report, section, "explained", "explained", VALUE_COUNT, cell_number(telling->all.explained));
	section_fact(report, section, "held", "held by C code, too or alone", VALUE_COUNT, cell_number(telling->all.held));
	section_fact(report, section, "references", "references by C code", VALUE_COUNT, cell_number(telling->all.references));
	section_fact(report, section, "over", "over-explained", VALUE_COUNT, cell_number(telling->all.over));
	section_fact(report, section, "immortal", "immortal, not counting", VALUE_COUNT, cell_number(telling->immortal));
	section_fact(report, section, "guesses", "guessed references", VALUE_COUNT, cell_number(graph->guesses));
	section_fact(report, section, "guesses_accepted", "of them accepted", VALUE_COUNT, cell_number(graph->guesses_accepted));
	if (telling->all.over > 0)
		report_remark_count(report, REMARK_WARNING, telling->all.over,
				    "%s fewer references than were found, #%" PRIu32 " for one: an error of the capture, "
				    "please report it",
				    telling->all.over == 1 ? "object counts" : "objects count", telling->first_over);
}

struct error *refcounts_report(struct report *report, const struct retention *retention, struct object_lookup *lookup,
			       const struct refcounts_request *request)
{
	struct telling telling = {.report = report, .retention = retention, .lookup = lookup, .request = request};
	struct error *error = add_up(&telling);
	if (error == NULL)
		error = tell_verdict(&telling);
	if (error == NULL) {
		tell_facts(&telling);
		error = tell_types(&telling);
	}
	if (error == NULL)
		error = tell_packages(&telling);
	if (error == NULL)
		error = tell_suspects(&telling);
	free(telling.by_label);
	return error != NULL ? error : report_error(report);
}
