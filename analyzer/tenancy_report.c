/* How does one say who keeps arenas: for each holder what would be returned if its objects went, and what needs several?
 *
 * Groups are the holders, or types where nobody asked for these; a holder's objects are told by type as well. Names are spelled for
 * those that are printed alone, as each takes some reading of the file.
 */
#include "analyzer/tenancy_report.h"

#include <stdlib.h>
#include <string.h>

#define SENTENCES 3u   /* of groups */
#define TYPES_SHOWN 2u /* of a holder's objects */
#define NAMES_SHOWN 3u /* of a set */

struct counted_type { /* objects of one type in a group */
	uint32_t group;
	label_id label;
	uint64_t count;
};

struct reporting {
	struct report *report;
	const struct occupancy *occupancy;
	const struct tenancy_request *request;
	struct tenancy tenancy;
	uint32_t *group;                   /* by tenant */
	VECTOR(struct counted_type) types; /* by group, most objects first; only with holders */
	uint32_t *order;                   /* of the groups: those that keep most alone first */
};

static void reporting_deinit(struct reporting *reporting)
{
	tenancy_deinit(&reporting->tenancy);
	free(reporting->group);
	vector_deinit(&reporting->types);
	free(reporting->order);
}
DEFINE_AUTO_VALUE(reporting, struct reporting, reporting_deinit);

/* --- the groups ------------------------------------------------------------------------------------------------------- */

static label_id label_of(const struct tenancy_request *request, node_id node)
{
	return request->names->facts[0].label[request->types[node]];
}

static struct error *group_tenants(struct reporting *reporting)
{
	const struct tenancy_request *request = reporting->request;
	size_t count = reporting->occupancy->tenants.count;
	uint32_t groups = request->holders != NULL ? (uint32_t)request->holders->items.count : request->names->count;
	reporting->group = calloc(count + 1, sizeof *reporting->group);
	if (reporting->group == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++) {
		node_id node = reporting->occupancy->tenants.items[i].node;
		reporting->group[i] = request->holders != NULL ? request->holders->of[node] : label_of(request, node);
	}
	return tenancy_create(reporting->occupancy, reporting->group, groups, &reporting->tenancy);
}

struct typed { /* a tenant */
	uint32_t group;
	label_id label;
	node_id node;
};

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int by_type(const void *a, const void *b)
{
	const struct typed *left = a, *right = b;
	int order = COMPARE(left->group, right->group);
	order = order != 0 ? order : COMPARE(left->label, right->label);
	return order != 0 ? order : COMPARE(left->node, right->node);
}

static int by_count(const void *a, const void *b)
{
	const struct counted_type *left = a, *right = b;
	int order = COMPARE(left->group, right->group);
	order = order != 0 ? order : COMPARE(right->count, left->count);
	return order != 0 ? order : COMPARE(left->label, right->label);
}

/* Each object once, however many blocks it has. */
static struct error *count_types(struct reporting *reporting)
{
	size_t count = reporting->occupancy->tenants.count;
	AUTO(free) void *memory = malloc((count + 1) * sizeof(struct typed));
	struct typed *typed = memory;
	if (typed == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++) {
		node_id node = reporting->occupancy->tenants.items[i].node;
		typed[i] = (struct typed){reporting->group[i], label_of(reporting->request, node), node};
	}
	qsort(typed, count, sizeof *typed, by_type);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && by_type(&typed[i - 1], &typed[i]) == 0)
			continue;
		if (i == 0 || typed[i - 1].group != typed[i].group || typed[i - 1].label != typed[i].label)
			TRY(vector_push(&reporting->types, (struct counted_type){typed[i].group, typed[i].label, 0}));
		reporting->types.items[reporting->types.count - 1].count++;
	}
	if (reporting->types.count > 0)
		qsort(reporting->types.items, reporting->types.count, sizeof *reporting->types.items, by_count);
	return NULL;
}

static int by_alone(const void *a, const void *b, void *context)
{
	const struct tenancy_group *groups = context;
	const struct tenancy_group *left = &groups[*(const uint32_t *)a], *right = &groups[*(const uint32_t *)b];
	int order = COMPARE(right->alone_space, left->alone_space);
	order = order != 0 ? order : COMPARE(right->space, left->space);
	order = order != 0 ? order : COMPARE(right->used, left->used);
	return order != 0 ? order : COMPARE(*(const uint32_t *)a, *(const uint32_t *)b);
}

static struct error *order_groups(struct reporting *reporting)
{
	uint32_t count = reporting->tenancy.group_count;
	reporting->order = calloc((size_t)count + 1, sizeof *reporting->order);
	if (reporting->order == NULL)
		return error_memory();
	for (uint32_t g = 0; g < count; g++)
		reporting->order[g] = g;
	qsort_r(reporting->order, count, sizeof *reporting->order, by_alone, reporting->tenancy.groups);
	return NULL;
}

/* --- names ------------------------------------------------------------------------------------------------------------ */

static void add_label(struct text *text, const struct reporting *reporting, label_id label)
{
	const struct label *of = &reporting->request->names->labels[label];
	text_add_escaped(text, of->name, of->length);
}

static struct error *add_name(struct text *text, const struct reporting *reporting, uint32_t group)
{
	const struct tenancy_request *request = reporting->request;
	if (group == reporting->tenancy.orphans)
		text_add(text, "(orphans)");
	else if (group == reporting->tenancy.unknown)
		text_add(text, "(unexplained blocks)");
	else if (request->holders != NULL)
		return holder_print(&request->holders->items.items[group], request->ways, request->printing, text);
	else
		add_label(text, reporting, group);
	return NULL;
}

/* `214 app.Entry, 214 dict, 12 of 3 more types`. */
static void add_types(struct text *text, const struct reporting *reporting, uint32_t group)
{
	size_t low = 0, high = reporting->types.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (reporting->types.items[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	uint64_t types = 0, rest = 0;
	for (size_t i = low; i < reporting->types.count && reporting->types.items[i].group == group; i++, types++) {
		if (types >= TYPES_SHOWN) {
			rest += reporting->types.items[i].count;
			continue;
		}
		text_add(text, types > 0 ? ", " : "");
		text_add_count(text, reporting->types.items[i].count);
		text_add_char(text, ' ');
		add_label(text, reporting, reporting->types.items[i].label);
	}
	if (types <= TYPES_SHOWN)
		return;
	text_add(text, ", ");
	text_add_count(text, rest);
	text_add(text, types == TYPES_SHOWN + 1 ? " of another type" : " of other types");
}

/* --- sentences -------------------------------------------------------------------------------------------------------- */

/* The objects of a group with blocks in arenas that only it keeps. */
static struct error *say_group(struct text *text, const struct reporting *reporting, uint32_t group)
{
	const struct tenancy_group *of = &reporting->tenancy.groups[group];
	bool one = of->alone_objects == 1;
	if (group == reporting->tenancy.unknown) {
		text_add(text, "blocks that the snapshot can't explain, C code's perhaps, keep ");
		return NULL;
	}
	text_add_count(text, of->alone_objects);
	if (of->objects > of->alone_objects) {
		text_add(text, " of the ");
		text_add_count(text, of->objects);
	}
	if (group == reporting->tenancy.orphans) {
		text_add(text, one ? " orphan keeps " : " orphans keep ");
		return NULL;
	}
	text_add(text, of->objects == 1 ? " object " : " objects ");
	text_add(text, reporting->request->holders != NULL ? "held by " : "of ");
	TRY(add_name(text, reporting, group));
	if (reporting->request->holders != NULL) {
		text_add(text, " (");
		add_types(text, reporting, group);
		text_add(text, ")");
	}
	text_add(text, one ? " keeps " : " keep ");
	return NULL;
}

static void add_arenas(struct text *text, const struct reporting *reporting, uint64_t arenas, uint64_t space)
{
	text_add_size(text, space, reporting->report->unit);
	text_add(text, arenas == 1 ? " (1 arena)" : " (");
	if (arenas == 1)
		return;
	text_add_count(text, arenas);
	text_add(text, " arenas)");
}

static struct error *say_groups(struct reporting *reporting)
{
	for (uint32_t i = 0; i < SENTENCES && i < reporting->tenancy.group_count; i++) {
		const struct tenancy_group *group = &reporting->tenancy.groups[reporting->order[i]];
		if (group->alone_space == 0)
			return NULL;
		AUTO(text) struct text text = {0};
		text_init(&text);
		TRY(say_group(&text, reporting, reporting->order[i]));
		add_arenas(&text, reporting, group->alone_arenas, group->alone_space);
		TRY(text_error(&text));
		report_remark(reporting->report, REMARK_DETAIL, "%s of memory that would otherwise be returned",
			      text_string(&text));
	}
	return NULL;
}

/* What no group keeps alone. */
static struct error *say_joint(struct reporting *reporting)
{
	uint64_t arenas = 0, space = 0;
	for (size_t s = 0; s < reporting->tenancy.sets.count; s++) {
		const struct tenancy_set *set = &reporting->tenancy.sets.items[s];
		arenas += set->count > 1 ? set->arenas : 0;
		space += set->count > 1 ? set->space : 0;
	}
	if (arenas == 0)
		return NULL;
	AUTO(text) struct text text = {0};
	text_init(&text);
	add_arenas(&text, reporting, arenas, space);
	TRY(text_error(&text));
	report_remark(reporting->report, REMARK_DETAIL,
		      "%s more %s kept by several together, and would be returned only if all of these went",
		      text_string(&text), arenas == 1 ? "is" : "are");
	return NULL;
}

/* --- tables ----------------------------------------------------------------------------------------------------------- */

static struct section *add_table(struct report *report, const char *name, const char *title, const struct field *fields,
				 size_t count)
{
	struct section *section = report_section(report, name, title);
	for (size_t i = 0; i < count; i++)
		section_field(report, section, &fields[i]);
	return section;
}
#define TABLE(report, name, title, fields) add_table(report, name, title, fields, sizeof(fields) / sizeof *(fields))

static struct cell text_cell(struct report *report, const struct text *text)
{
	return text->length == 0 ? (struct cell){.present = false}
				 : report_text(report, text_string(text), text->length);
}

static struct error *add_group_row(struct reporting *reporting, struct section *section, uint32_t group)
{
	struct report *report = reporting->report;
	const struct tenancy_group *of = &reporting->tenancy.groups[group];
	AUTO(text) struct text name = {0}, types = {0};
	text_init(&name);
	text_init(&types);
	TRY(add_name(&name, reporting, group));
	add_types(&types, reporting, group);
	struct cell *row = section_row(report, section);
	row_set(row, 0, text_cell(report, &name));
	row_set(row, 1, text_cell(report, &types));
	if (group != reporting->tenancy.unknown)
		row_set(row, 2, cell_number(of->objects));
	row_set(row, 3, cell_number(of->used));
	row_set(row, 4, cell_number(of->arenas));
	row_set(row, 5, cell_number(of->space));
	row_set(row, 6, cell_number(of->alone_arenas));
	row_set(row, 7, cell_number(of->alone_space));
	return NULL;
}

static struct error *add_groups(struct reporting *reporting)
{
	bool holders = reporting->request->holders != NULL;
	const struct field fields[] = {
		{holders ? "holder" : "type", holders ? "held by" : "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"types", "objects with a block in them", VALUE_TEXT, RANK_OFTEN, false},
		{"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
		{"used_size", "used bytes", VALUE_SIZE, RANK_OFTEN, true},
		{"arenas", "arenas", VALUE_COUNT, RANK_SELDOM, false},
		{"space", "their size", VALUE_SIZE, RANK_OFTEN, false},
		{"alone_arenas", "kept alone", VALUE_COUNT, RANK_SELDOM, true},
		{"alone_space", "returned if gone", VALUE_SIZE, RANK_ALWAYS, true},
	};
	struct section *section = TABLE(reporting->report, "keepers",
					"who has blocks in the arenas that are less than half used", fields);
	uint64_t left = 0, shown = 0;
	for (uint32_t i = 0; i < reporting->tenancy.group_count; i++) {
		if (reporting->tenancy.groups[reporting->order[i]].arenas == 0)
			continue;
		if (shown++ < reporting->request->rows)
			TRY(add_group_row(reporting, section, reporting->order[i]));
		else
			left++;
	}
	if (left > 0)
		report_remark_count(reporting->report, REMARK_NOTE, left, "more %s blocks there; --top all shows them",
				    left == 1 ? "has" : "have");
	return NULL;
}

static int by_used(const void *a, const void *b, void *context)
{
	const struct tenancy_group *groups = context;
	const struct tenancy_keeper *left = a, *right = b;
	int order = COMPARE(groups[right->group].used, groups[left->group].used);
	return order != 0 ? order : COMPARE(left->group, right->group);
}

static struct error *add_set_row(struct reporting *reporting, struct section *section, const struct tenancy_set *set)
{
	struct report *report = reporting->report;
	AUTO(text) struct text names = {0};
	text_init(&names);
	/* Nothing searches them any more. */
	qsort_r(&reporting->tenancy.keepers.items[set->first], set->count, sizeof(struct tenancy_keeper), by_used,
		reporting->tenancy.groups);
	for (uint32_t k = 0; k < set->count && k < NAMES_SHOWN; k++) {
		text_add(&names, k > 0 ? ", " : "");
		TRY(add_name(&names, reporting, reporting->tenancy.keepers.items[set->first + k].group));
	}
	if (set->count > NAMES_SHOWN) {
		text_add(&names, " and ");
		text_add_count(&names, set->count - NAMES_SHOWN);
		text_add(&names, " more");
	}
	struct cell *row = section_row(report, section);
	row_set(row, 0, text_cell(report, &names));
	row_set(row, 1, cell_number(set->count));
	row_set(row, 2, cell_number(set->arenas));
	row_set(row, 3, cell_number(set->space));
	row_set(row, 4, cell_number(set->used));
	return NULL;
}

static struct error *add_sets(struct reporting *reporting)
{
	static const struct field fields[] = {
		{"keepers", "kept together by", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "groups", VALUE_COUNT, RANK_OFTEN, false},
		{"arenas", "arenas", VALUE_COUNT, RANK_OFTEN, true},
		{"space", "size", VALUE_SIZE, RANK_ALWAYS, true},
		{"used_size", "used bytes", VALUE_SIZE, RANK_OFTEN, true},
	};
	struct section *section = TABLE(reporting->report, "kept_together", NULL, fields);
	uint64_t shown = 0;
	for (size_t s = 0; s < reporting->tenancy.sets.count && shown < reporting->request->rows; s++) {
		const struct tenancy_set *set = &reporting->tenancy.sets.items[s];
		if (set->count < 2)
			continue;
		TRY(add_set_row(reporting, section, set));
		shown++;
	}
	return NULL;
}

struct error *tenancy_report(struct report *report, const struct occupancy *occupancy,
			     const struct tenancy_request *request)
{
	AUTO(reporting) struct reporting reporting = {.report = report, .occupancy = occupancy, .request = request};
	TRY(group_tenants(&reporting));
	if (reporting.tenancy.arenas == 0)
		return NULL;
	if (request->holders != NULL)
		TRY(count_types(&reporting));
	TRY(order_groups(&reporting));
	TRY(say_groups(&reporting));
	TRY(say_joint(&reporting));
	TRY(add_groups(&reporting));
	return add_sets(&reporting);
}
