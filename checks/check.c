/* Are rules kept, and if not, why?
 *
 * One load of each snapshot: what the rules are about, and what that retains, is found on the way to the dominators, which the
 * explanations need. Of two snapshots that is on the way of a diff.
 */
#include "checks/check.h"

#include "analyzer/load.h"
#include "analyzer/memory.h"
#include "analyzer/sets.h"
#include "checks/cycle_counts.h"
#include "checks/explain.h"
#include "checks/judge.h"
#include "checks/naming.h"
#include "checks/starter.h"

#include <stdlib.h>

struct inspection {
	const struct check_request *request;
	const struct progress *progress;
	bool pair; /* there are two snapshots */
	struct measurements before, after;
	int64_t *cycle_growth; /* by rule, of a pair */
	struct outcomes *outcomes;
};

static void inspection_init(struct inspection *inspection, const struct check_request *request, const struct progress *progress,
			    struct outcomes *outcomes)
{
	*inspection = (struct inspection){.request = request, .progress = progress, .outcomes = outcomes};
	measurements_init(&inspection->before, request->rules);
	measurements_init(&inspection->after, request->rules);
}

static void inspection_deinit(struct inspection *inspection)
{
	measurements_deinit(&inspection->before);
	measurements_deinit(&inspection->after);
	free(inspection->cycle_growth);
}
DEFINE_AUTO_VALUE(inspection, struct inspection, inspection_deinit);

/* --- judging ------------------------------------------------------------------------------------------------------------- */

/* A rule that was not there when the baseline was made has nothing to be compared with. */
static struct error *find_learned(const struct inspection *inspection, const struct rule *rule, const struct learned **learned)
{
	const struct baseline *baseline = inspection->request->baseline;
	*learned = baseline != NULL ? baseline_find(baseline, rule->name) : NULL;
	if (!rule->growth || *learned != NULL)
		return NULL;
	if (baseline != NULL)
		return rule_error(rule, 0, "the baseline was made without this rule; --update-baseline makes it anew");
	if (!inspection->pair)
		return rule_error(rule, 0, "growth is that since an earlier snapshot: give two of them, or a --baseline");
	return NULL;
}

/* A rule that matches nothing says nothing, unless that nothing is there is all that it asks for. */
static void pass_unmatched(struct outcome *outcome)
{
	const struct rule *rule = &outcome->rule;
	bool forbids = rule->metric == METRIC_COUNT && !rule->growth && rule->limit.has_amount && rule->limit.amount == 0;
	if (!forbids)
		outcome->verdict = VERDICT_SKIPPED;
	outcome->note = forbids ? "nothing is called so" : "nothing matches it, which it allows";
}

static struct error *judge(struct inspection *inspection, size_t r)
{
	const struct check_request *request = inspection->request;
	const struct rule *rule = &request->rules->items.items[r];
	struct outcome outcome = {.rule = *rule};
	struct evidence_of_rule evidence = {.after = inspection->after.items[r], .sigmas = request->sigmas, .least = request->least};
	TRY(find_learned(inspection, rule, &evidence.learned));
	if (inspection->pair && rule->growth) {
		evidence.has_before = inspection->before.items[r].known;
		evidence.before = inspection->before.items[r].value;
		if (rule->metric == METRIC_CYCLES && evidence.learned == NULL)
			evidence.growth = &inspection->cycle_growth[r];
		if (!evidence.has_before && evidence.growth == NULL && evidence.learned == NULL) {
			evidence.after.known = false;
			evidence.after.note = inspection->before.items[r].note;
		}
	}
	judge_rule(&evidence, &outcome);
	if (rule->optional && !inspection->after.sets.matched[r] && outcome.verdict == VERDICT_PASSED)
		pass_unmatched(&outcome);
	return vector_push(&inspection->outcomes->items, outcome);
}

static bool is_beyond(const struct outcome *outcome)
{
	return outcome->verdict == VERDICT_WARNED || outcome->verdict == VERDICT_VIOLATED;
}

/* --- explaining ------------------------------------------------------------------------------------------------------------ */

/* Of rule r, in words as subject sets have them. */
static struct membership members_of(const struct subject_sets *sets, const uint64_t *words, size_t r)
{
	return (struct membership){words + r / SUBJECT_BITS * sets->nodes, r % SUBJECT_BITS};
}

static struct error *explain_one(const struct inspection *inspection, const struct scene *scene, size_t r, struct outcome *outcome)
{
	const struct measurements *after = &inspection->after;
	const struct metric_facts *facts = metric_facts(outcome->rule.metric);
	struct explained explained = {0};
	if (facts->subjects && outcome->rule.subject.kind != SUBJECT_ALL)
		explained.member = members_of(&after->sets, after->sets.member, r);
	if (outcome->rule.metric == METRIC_RETAINED && after->gone != NULL)
		explained.retained = members_of(&after->sets, after->gone, r);
	return explain_outcome(scene, &explained, inspection->outcomes, outcome);
}

/* Outcomes from `first` on are the rules', in their order. Ways and names are only sought where there is something to explain. */
static struct error *explain(const struct inspection *inspection, struct scene *scene, size_t first)
{
	struct outcome *outcomes = inspection->outcomes->items.items + first;
	size_t count = inspection->outcomes->items.count - first, beyond = 0;
	AUTO(ways) struct ways ways = {0};
	AUTO(naming) struct naming naming = {0};
	AUTO(arrivals) struct arrivals arrivals = {0};
	AUTO(scratch) struct scratch scratch = {0};
	for (size_t r = 0; r < count; r++)
		beyond += is_beyond(&outcomes[r]);
	if (beyond == 0)
		return NULL;
	TRY(ways_find(scene->graph, &(struct ways_request){.blocked = NO_ID, .unnamed = true}, &ways));
	TRY(naming_init(&naming, scene));
	TRY(arrivals_find(scene->diff, scene->names, scene->facts, scene->graph, &arrivals));
	TRY(scratch_init(&scratch, scene->graph->nodes, scene->held->tree.numbers));
	scene->ways = &ways;
	scene->printing = &naming.printing;
	scene->arrivals = &arrivals;
	scene->scratch = &scratch;
	for (size_t r = 0; r < count; r++)
		if (is_beyond(&outcomes[r]))
			TRY(explain_one(inspection, scene, r, &outcomes[r]));
	return NULL;
}

static struct error *conclude(struct inspection *inspection, struct scene *scene)
{
	size_t first = inspection->outcomes->items.count, count = inspection->request->rules->items.count;
	const struct subject_sets *before = inspection->pair ? &inspection->before.sets : NULL;
	TRY(subject_sets_check(inspection->request->rules, before, &inspection->after.sets, scene->names, scene->graph->reader));
	for (size_t r = 0; r < count; r++)
		TRY(judge(inspection, r));
	return explain(inspection, scene, first);
}

/* --- one snapshot ------------------------------------------------------------------------------------------------------------ */

struct single { /* loaded, with its dominators and fates */
	struct type_names names;
	struct graph *graph;
	struct retention held;
};

static void single_deinit(struct single *single)
{
	retention_deinit(&single->held);
	graph_destroy(single->graph);
	type_names_deinit(&single->names);
}
DEFINE_AUTO_VALUE(single, struct single, single_deinit);

static struct error *measure_single(struct reader *reader, struct measurements *measurements, bool keep_gone, const struct progress *progress,
				    struct single *single)
{
	const struct reader *readers[1] = {reader};
	AUTO(reach) struct reach reach = {0};
	TRY(answers_find(measurements->rules, NULL, reader, false, progress, &measurements->answers));
	TRY(type_names_init(&single->names, readers, 1));
	TRY(load_graph(reader, DIFF_COLUMNS, progress, &single->graph));
	progress_tell(progress, "following references", 0, 3);
	TRY(reach_create(single->graph, false, &reach));
	TRY(measurements_visit(measurements, &reach, &single->names, single->names.facts, keep_gone, progress));
	TRY(retention_create_from(&reach, progress, &single->held));
	TRY(fates_settle(single->graph, single->held.fate));
	return measurements_finish(measurements, single->graph, single->names.facts, single->held.fate, true, progress);
}

struct error *check_single(struct reader *reader, const struct check_request *request, const struct progress *progress,
			   struct outcomes *outcomes)
{
	AUTO(inspection) struct inspection inspection;
	AUTO(single) struct single single = {0};
	inspection_init(&inspection, request, progress, outcomes);
	TRY(measure_single(reader, &inspection.after, true, progress, &single));
	struct scene scene = {.names = &single.names,
			      .facts = single.names.facts,
			      .graph = single.graph,
			      .held = &single.held,
			      .after = reader_path(reader),
			      .unit = request->unit};
	return conclude(&inspection, &scene);
}

/* --- two ------------------------------------------------------------------------------------------------------------------------ */

static struct error *visit(void *context, const struct reach *reach, const struct type_names *names, bool later)
{
	struct inspection *inspection = context;
	struct measurements *measurements = later ? &inspection->after : &inspection->before;
	return measurements_visit(measurements, reach, names, &names->facts[later], later, inspection->progress);
}

static struct error *finish_pair(struct inspection *inspection, const struct diff *diff)
{
	const struct check_request *request = inspection->request;
	bool cycles = false, growth = false;
	for (size_t r = 0; r < request->rules->items.count; r++) {
		const struct rule *rule = &request->rules->items.items[r];
		cycles |= rule->metric == METRIC_CYCLES && (!rule->growth || request->baseline != NULL);
		growth |= rule->metric == METRIC_CYCLES && rule->growth && request->baseline == NULL;
	}
	TRY(measurements_finish(&inspection->before, diff->before, &diff->names.facts[0], diff->held[0].fate, false,
			    inspection->progress));
	TRY(measurements_finish(&inspection->after, diff->after, &diff->names.facts[1], diff->held[1].fate, cycles,
			    inspection->progress));
	inspection->cycle_growth = calloc(request->rules->items.count + 1, sizeof *inspection->cycle_growth);
	if (inspection->cycle_growth == NULL)
		return error_memory();
	if (!growth)
		return NULL;
	/* A rule of the growth of cycles is measured by itself, and there is no number of the later snapshot alone. */
	for (size_t r = 0; r < request->rules->items.count; r++) {
		const struct rule *rule = &request->rules->items.items[r];
		inspection->after.items[r].known |= rule->metric == METRIC_CYCLES && rule->growth;
	}
	return cycle_counts_new(diff, request->rules, &inspection->after.sets, inspection->cycle_growth);
}

struct error *check_pair(struct reader *before, struct reader *after, const struct check_request *request,
			 const struct progress *progress, struct outcomes *outcomes)
{
	AUTO(inspection) struct inspection inspection;
	AUTO(diff) struct diff diff = {0};
	inspection_init(&inspection, request, progress, outcomes);
	TRY(answers_find(request->rules, NULL, before, true, progress, &inspection.before.answers));
	TRY(answers_find(request->rules, before, after, false, progress, &inspection.after.answers));
	inspection.pair = true;
	struct diff_visitor visitor = {visit, &inspection};
	struct diff_request match = request->match;
	match.visitor = &visitor;
	TRY(diff_create(before, after, &match, progress, &diff));
	TRY(finish_pair(&inspection, &diff));
	struct scene scene = {.diff = &diff,
			      .names = &diff.names,
			      .facts = &diff.names.facts[1],
			      .graph = diff.after,
			      .held = &diff.held[1],
			      .before = reader_path(before),
			      .after = reader_path(after),
			      .unit = request->unit};
	return conclude(&inspection, &scene);
}

/* --- learning ---------------------------------------------------------------------------------------------------------------------- */

static struct error *learn_rules(struct reader *const *readers, size_t count, const struct check_request *request,
				 const struct progress *progress, int64_t *values, bool *known)
{
	size_t rules = request->rules->items.count;
	for (size_t i = 0; i < count; i++) {
		AUTO(measurements) struct measurements measurements;
		AUTO(single) struct single single = {0};
		measurements_init(&measurements, request->rules);
		TRY(measure_single(readers[i], &measurements, false, progress, &single));
		for (size_t r = 0; r < rules; r++) {
			values[r * count + i] = measurements.items[r].value;
			known[r] &= measurements.items[r].known;
		}
	}
	return NULL;
}

struct error *check_learn(struct reader *const *readers, size_t count, const struct check_request *request,
			  const struct progress *progress, struct baseline *baseline)
{
	size_t rules = request->rules->items.count;
	AUTO(free) void *values = calloc(rules * count + 1, sizeof(int64_t));
	AUTO(free) void *memory = malloc(rules + 1);
	bool *known = memory;
	if (values == NULL || known == NULL)
		return error_memory();
	for (size_t r = 0; r < rules; r++)
		known[r] = true;
	if (rules > 0)
		TRY(learn_rules(readers, count, request, progress, values, known));
	for (size_t r = 0; r < rules; r++)
		if (known[r])
			TRY(baseline_learn_rule(baseline, request->rules->items.items[r].name, (int64_t *)values + r * count, count));
	return baseline_learn(baseline, readers, count, request->match.mask, progress);
}

/* --- beginning ----------------------------------------------------------------------------------------------------------------------- */

static struct error *retain_types(const struct reach *reach, const struct type_names *names, const struct progress *progress,
				  uint64_t *retained)
{
	const struct graph *graph = reach->graph;
	AUTO(free) void *memory = memory_large((size_t)graph->nodes + 1, sizeof(uint32_t));
	uint32_t *group = memory;
	if (group == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		group[i] = names->facts->label[graph->type[i]];
	struct grouping grouping = {.count = names->count, .group = group};
	return sets_retained(reach, &grouping, sets_room(graph), progress, retained);
}

struct error *check_start(struct reader *reader, enum size_unit unit, const struct progress *progress, struct text *text)
{
	const struct reader *readers[1] = {reader};
	AUTO(single) struct single single = {0};
	AUTO(reach) struct reach reach = {0};
	TRY(type_names_init(&single.names, readers, 1));
	AUTO(free) void *memory = calloc((size_t)single.names.count + 1, sizeof(uint64_t));
	if (memory == NULL)
		return error_memory();
	TRY(load_graph(reader, DIFF_COLUMNS, progress, &single.graph));
	TRY(reach_create(single.graph, false, &reach));
	TRY(retain_types(&reach, &single.names, progress, memory));
	TRY(retention_create_from(&reach, progress, &single.held));
	TRY(fates_settle(single.graph, single.held.fate));
	struct scene scene = {.names = &single.names,
			      .facts = single.names.facts,
			      .graph = single.graph,
			      .held = &single.held,
			      .after = reader_path(reader),
			      .unit = unit};
	return starter_print(&scene, memory, text);
}
