/* Why is a rule's subject as large as it is, or larger than before?
 *
 * Parted first is what the rule is about (checks/portion.h): of growth what came. Of that the object that retains most gives the path,
 * what holds most of it (checks/gathering.h) the holder, a tally by type the types, one by line of source the source. Cycles and
 * garbage are told by the cycles that have most of it. Each costs
 * what it is about (of growth the arrivals, else O(nodes)), and a few chunks of the file for names.
 */
#include "checks/explain.h"

#include "analyzer/memory.h"
#include "analyzer/sites.h"
#include "checks/command_line.h"
#include "checks/gathering.h"
#include "checks/leading_cycles.h"
#include "checks/naming.h"
#include "checks/portion.h"
#include "checks/violation.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_SHOWN 5u
#define CYCLE_TYPES_SHOWN 3u

struct explaining {
	const struct scene *scene;
	const struct explained *explained;
	const struct outcome *outcome;
	struct outcomes *outcomes; /* whose arena keeps the strings */
	bool growth;               /* told by what came */
	struct portion portion;
	struct gathering gathering;   /* of it */
	struct leading_cycles cycles; /* of cycles and garbage alone */
	node_id shown;                /* NO_ID: there is none */
	struct naming naming;         /* where the scene has none */
	const struct path_printing *printing;
};

static void explaining_deinit(struct explaining *explaining)
{
	portion_deinit(&explaining->portion);
	leading_cycles_deinit(&explaining->cycles);
	if (explaining->scene->printing == NULL)
		naming_deinit(&explaining->naming);
}
DEFINE_AUTO_VALUE(explaining, struct explaining, explaining_deinit);

static void finding_deinit(struct finding *finding)
{
	vector_deinit(&finding->types);
}
DEFINE_AUTO_VALUE(finding, struct finding, finding_deinit);

static enum metric metric_of(const struct explaining *explaining)
{
	return explaining->outcome->rule.metric;
}

/* --- what it is about --------------------------------------------------------------------------------------------------- */

/* What says most of a cycle, of those alike the first, is an object of a class of the program. */
static node_id choose_of_cycle(const struct explaining *explaining)
{
	const struct scene *scene = explaining->scene;
	const struct membership *member = &explaining->explained->member;
	node_id best = NO_ID;
	unsigned rank = 0;
	for (size_t i = 0; i < explaining->cycles.members && explaining->cycles.count > 0; i++) {
		node_id node = explaining->cycles.nodes.items[i];
		unsigned own = 1u + (scene->facts->owner[scene->graph->type[node]] ? 1 : 0) +
			       (membership_has(member, node) ? 2 : 0);
		if (own > rank) {
			best = node;
			rank = own;
		}
	}
	return best;
}

static struct error *part_out(struct explaining *explaining)
{
	const struct scene *scene = explaining->scene;
	enum metric metric = metric_of(explaining);
	enum cycle_choice choice = metric == METRIC_GARBAGE ? CYCLES_GARBAGE
				   : explaining->growth     ? CYCLES_CAME
							    : CYCLES_THERE;
	if (metric == METRIC_CYCLES || metric == METRIC_GARBAGE)
		TRY(leading_cycles_find(scene, &explaining->explained->member, choice, &explaining->cycles));
	if (metric == METRIC_CYCLES) {
		explaining->shown = choose_of_cycle(explaining);
		return NULL;
	}
	if (metric == METRIC_FRAGMENTATION)
		return NULL;
	TRY(portion_create(scene, explaining->explained, metric, explaining->growth, &explaining->portion));
	TRY(gathering_find(&explaining->portion, &explaining->gathering));
	const struct membership any = {0};
	explaining->shown = gathering_choose(&explaining->gathering, explaining->growth ? &any : &explaining->explained->member);
	return NULL;
}

/* --- message and path --------------------------------------------------------------------------------------------------- */

/* How many types the members are of, those alone that are new where asked; the first of them in *first. A rule of types has all objects of a type or
 * none, so that one speaks for all. */
static uint32_t count_labels(const struct explaining *explaining, bool new, label_id *first)
{
	const struct scene *scene = explaining->scene;
	const struct membership *member = &explaining->explained->member;
	const node_id *found = new ? scene->arrivals->first_new : scene->arrivals->first;
	uint32_t count = 0;
	for (label_id l = 0; member->words != NULL && l < scene->names->count; l++)
		if (found[l] != NO_ID && membership_has(member, found[l]) && count++ == 0)
			*first = l;
	return count;
}

static void add_label(const struct explaining *explaining, label_id label, struct text *text)
{
	const struct label *name = &explaining->scene->names->labels[label];
	text_add_escaped(text, name->name, name->length);
}

/* A pattern of types is called by the type that it finds, or told with how many it finds. */
static struct error *name_subject(const struct explaining *explaining, struct text *text)
{
	const struct subject *subject = &explaining->outcome->rule.subject;
	label_id first = NO_ID;
	if (subject->kind != SUBJECT_TYPE)
		return NULL;
	uint32_t count = count_labels(explaining, false, &first);
	if (count == 1) {
		add_label(explaining, first, text);
	} else if (count > 1) {
		subject_print(subject, text);
		text_printf(text, " (%" PRIu32 " types)", count);
	}
	return text_error(text);
}

static struct error *add_message(const struct explaining *explaining, struct finding *finding)
{
	AUTO(text) struct text text = {0}, name = {0};
	text_init(&text);
	text_init(&name);
	TRY(name_subject(explaining, &name));
	violation_print(explaining->outcome, name.length > 0 ? text_string(&name) : NULL, explaining->scene->unit,
			&text);
	return outcomes_keep(explaining->outcomes, &text, &finding->message);
}

static struct error *add_path(struct explaining *explaining, struct finding *finding)
{
	AUTO(path) struct path path = {0};
	AUTO(text) struct text text = {0};
	text_init(&text);
	struct scratch *scratch = explaining->scene->scratch;
	if (explaining->shown == NO_ID)
		return NULL;
	if (scratch->shown != explaining->shown) { /* one leak may violate many rules */
		TRY(path_trace(explaining->scene->ways, explaining->shown, NO_ID, &path));
		TRY(path_spell(explaining->printing, &path, &text));
		if (path.count == 0)
			return NULL;
		TRY(outcomes_keep(explaining->outcomes, &text, &scratch->path));
		scratch->shown = explaining->shown;
	}
	finding->path = scratch->path;
	return NULL;
}

/* --- types -------------------------------------------------------------------------------------------------------------- */

struct tally { /* of one type */
	label_id label;
	int64_t count, size;
};

static int compare_tallies(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->label < y->label ? -1 : x->label > y->label;
}

/* Of all labels, greatest first. */
static void tally_types(const struct explaining *explaining, struct tally *tallies)
{
	const struct scene *scene = explaining->scene;
	const uint8_t *parts = explaining->portion.parts;
	for (label_id l = 0; l < scene->names->count; l++)
		tallies[l].label = l;
	for (size_t p = 0; parts != NULL && p < explaining->portion.nodes.count; p++) {
		node_id node = explaining->portion.nodes.items[p];
		struct tally *tally = &tallies[scene->facts->label[scene->graph->type[node]]];
		tally->count += parts[node] == PART_WHOLE;
		tally->size += (int64_t)portion_size(&explaining->portion, node);
	}
	for (size_t i = 0; parts == NULL && i < explaining->cycles.nodes.count; i++) {
		node_id node = explaining->cycles.nodes.items[i];
		struct tally *tally = &tallies[scene->facts->label[scene->graph->type[node]]];
		tally->count++;
		tally->size += (int64_t)graph_size(scene->graph, node);
	}
	if (scene->names->count > 1)
		qsort(tallies, scene->names->count, sizeof *tallies, compare_tallies);
}

static struct error *add_types(const struct explaining *explaining, struct finding *finding)
{
	AUTO(free) void *memory = calloc((size_t)explaining->scene->names->count + 1, sizeof(struct tally));
	struct tally *tallies = memory;
	if (tallies == NULL)
		return error_memory();
	tally_types(explaining, tallies);
	for (label_id i = 0; i < explaining->scene->names->count && i < TYPES_SHOWN; i++) {
		AUTO(text) struct text text = {0};
		text_init(&text);
		struct finding_type type = {.count = tallies[i].count, .size = tallies[i].size};
		if (type.count <= 0 && type.size <= 0)
			break;
		add_label(explaining, tallies[i].label, &text);
		TRY(outcomes_keep(explaining->outcomes, &text, &type.name));
		TRY(vector_push(&finding->types, type));
	}
	return NULL;
}

/* --- holder ------------------------------------------------------------------------------------------------------------- */

/* `the largest cycle is of 3 objects, 440 B: ...`, or `most is in 300 cycles alike, of 3 objects each, 128.9 KiB: ...` */
static void say_cycle_size(const struct explaining *explaining, struct text *text)
{
	const struct leading_cycles *cycles = &explaining->cycles;
	uint64_t size = 0;
	for (size_t i = 0; i < cycles->nodes.count; i++)
		size += graph_size(explaining->scene->graph, cycles->nodes.items[i]);
	text_add(text, cycles->count > 1 ? "most is in " : "the largest cycle is of ");
	if (cycles->count > 1) {
		text_add_count(text, cycles->count);
		text_add(text, " cycles alike, of ");
	}
	text_add_count(text, cycles->members);
	text_add(text, cycles->members == 1 ? " object" : " objects");
	text_add(text, cycles->count > 1 ? " each, " : ", ");
	text_add_size(text, size, explaining->scene->unit);
}

/* And `1 app.Handler, 1 app.Parser, 1 list`. */
static struct error *say_cycles(const struct explaining *explaining, struct text *text)
{
	struct explaining alone = *explaining;
	AUTO(free) void *memory = calloc((size_t)alone.scene->names->count + 1, sizeof(struct tally));
	struct tally *tallies = memory;
	if (tallies == NULL)
		return error_memory();
	alone.portion.parts = NULL;
	tally_types(&alone, tallies);
	say_cycle_size(explaining, text);
	for (label_id i = 0; i < alone.scene->names->count && tallies[i].count > 0; i++) {
		text_add(text, i == 0 ? ": " : ", ");
		if (i == CYCLE_TYPES_SHOWN) {
			text_add(text, "others");
			break;
		}
		text_add_count(text, (uint64_t)tallies[i].count / alone.cycles.count);
		text_add_char(text, ' ');
		add_label(&alone, tallies[i].label, text);
	}
	return text_error(text);
}

/* Most of it is one object that was there before and became larger, say a buffer. */
static bool grew_itself(const struct explaining *explaining)
{
	const struct portion *portion = &explaining->portion;
	if (explaining->shown == NO_ID || portion->parts[explaining->shown] != PART_GREW)
		return false;
	uint64_t weight = portion_weight(portion, explaining->shown);
	return weight > portion->whole + portion->grown - weight;
}

/* `it grew itself, by 5.0 MiB (100% of what came)`: it is what the path says. */
static void say_itself(const struct explaining *explaining, struct text *text)
{
	const struct portion *portion = &explaining->portion;
	uint64_t weight = portion_weight(portion, explaining->shown);
	text_add(text, "it grew itself, by ");
	limit_print_amount((int64_t)weight, metric_facts(metric_of(explaining))->unit, false, explaining->scene->unit,
			   text);
	text_add(text, " (");
	gathering_print_share(weight, portion->whole + portion->grown, text);
	text_add(text, " of what came)");
}

/* What is more than before without anything new has lost another holder, or its rule is met by what was there. */
static struct error *say_holder(const struct explaining *explaining, struct text *text)
{
	if (explaining->cycles.nodes.count > 0)
		return say_cycles(explaining, text);
	if (explaining->portion.parts == NULL || metric_of(explaining) == METRIC_GARBAGE)
		return NULL;
	if (grew_itself(explaining))
		say_itself(explaining, text);
	else if (explaining->portion.whole + explaining->portion.grown > 0)
		return gathering_print(&explaining->gathering, explaining->printing, text);
	else if (explaining->growth && metric_of(explaining) == METRIC_RETAINED)
		text_add(text, "nothing of it is new: something else held it before, too");
	return text_error(text);
}

static struct error *add_holder(const struct explaining *explaining, struct finding *finding)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(say_holder(explaining, &text));
	return text.length > 0 ? outcomes_keep(explaining->outcomes, &text, &finding->holder) : NULL;
}

/* --- source ------------------------------------------------------------------------------------------------------------- */

/* The object that stands for the site which allocated most of it; NO_ID: none is known. */
static struct error *find_traced(const struct explaining *explaining, const struct sites *sites,
				 const uint32_t *tracebacks, node_id *result)
{
	const struct graph *graph = explaining->scene->graph;
	AUTO(groups) struct groups groups = {0};
	TRY(sites_group(sites, graph, NULL, NULL, &groups));
	AUTO(free) void *memory = calloc((size_t)groups.count + 1, sizeof(uint64_t));
	uint64_t *sums = memory;
	if (sums == NULL)
		return error_memory();
	const node_id *nodes = explaining->portion.nodes.items;
	for (size_t p = 0; p < explaining->portion.nodes.count; p++)
		sums[groups.of[nodes[p]]] += portion_size(&explaining->portion, nodes[p]);
	*result = NO_ID;
	for (size_t p = 0; p < explaining->portion.nodes.count; p++) {
		node_id i = nodes[p];
		bool known = tracebacks[i] != NO_ID && sites_depth(sites, tracebacks[i]) > 0;
		if (known && (*result == NO_ID || sums[groups.of[i]] > sums[groups.of[*result]]))
			*result = i;
	}
	return NULL;
}

static struct error *add_source(const struct explaining *explaining, struct finding *finding)
{
	AUTO(sites) struct sites sites = {0};
	AUTO(free) void *memory = NULL;
	AUTO(text) struct text text = {0};
	uint32_t *tracebacks;
	node_id node = NO_ID;
	if (explaining->portion.parts == NULL)
		return NULL;
	TRY(sites_init(&sites, explaining->scene->graph->reader));
	if (!sites_known(&sites))
		return NULL;
	TRY(sites_by_node(&sites, explaining->scene->graph->nodes, &tracebacks));
	memory = tracebacks;
	TRY(find_traced(explaining, &sites, tracebacks, &node));
	if (node == NO_ID)
		return NULL;
	const struct traceback_frame_row *frame = sites_frame(&sites, tracebacks[node], 0);
	size_t length;
	const char *file = reader_string(sites.reader, frame->file, &length);
	text_init(&text);
	text_add_escaped(&text, file, length);
	finding->source_line = frame->line <= UINT_MAX ? (unsigned)frame->line : 0;
	return outcomes_keep(explaining->outcomes, &text, &finding->source);
}

/* --- command ------------------------------------------------------------------------------------------------------------ */

static struct error *add_command(const struct explaining *explaining, struct finding *finding)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	bool new = !explaining->growth || explaining->portion.parts == NULL || explaining->shown == NO_ID ||
		   explaining->scene->diff->join.new[explaining->shown];
	bool types = explaining->growth && explaining->outcome->rule.subject.kind == SUBJECT_TYPE;
	label_id first;
	uint32_t came = types ? count_labels(explaining, true, &first) : 0;
	TRY(command_line_print(explaining->scene, &explaining->outcome->rule, new ? explaining->shown : NO_ID, came,
			       &text));
	return outcomes_keep(explaining->outcomes, &text, &finding->command);
}

/* --- all together ------------------------------------------------------------------------------------------------------- */

static struct error *explaining_init(struct explaining *explaining)
{
	const struct scene *scene = explaining->scene;
	explaining->growth = explaining->outcome->rule.growth && scene->diff != NULL;
	explaining->shown = NO_ID;
	explaining->printing = scene->printing;
	if (scene->printing != NULL)
		return NULL;
	explaining->printing = &explaining->naming.printing;
	return naming_init(&explaining->naming, scene);
}

struct error *explain_outcome(const struct scene *scene, const struct explained *explained, struct outcomes *outcomes,
			      struct outcome *outcome)
{
	AUTO(explaining)
	struct explaining explaining = {.scene = scene,
					.explained = explained,
					.outcome = outcome,
					.outcomes = outcomes};
	AUTO(finding) struct finding finding = {.types_of_all = scene->diff == NULL};
	TRY(explaining_init(&explaining));
	TRY(part_out(&explaining));
	TRY(add_message(&explaining, &finding));
	if (metric_of(&explaining) != METRIC_GARBAGE)
		TRY(add_path(&explaining, &finding));
	TRY(add_holder(&explaining, &finding));
	TRY(add_types(&explaining, &finding));
	TRY(add_source(&explaining, &finding));
	TRY(add_command(&explaining, &finding));
	TRY(vector_push(&outcome->findings, finding));
	finding = (struct finding){0};
	return NULL;
}
