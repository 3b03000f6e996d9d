/* Which paths are larger than chance makes them?
 *
 * Each path is held against what the baselines say of it (learned_tolerance): a cache that differs from run to run may do so again,
 * what was the same each time may not. What the baselines lack, or left out as too small, is taken to have been as large as what they
 * leave out may be. Names are read of what is beyond alone. O(nodes + edges).
 *
 * The table of a dict is doubled when it is full, and that of a set is made four times as large: where the number of items varies, a
 * table may be larger than it ever was and mean nothing. So one such step alone is not told; what lies in the table, if that is
 * more than usual too, tells it.
 */
#include "checks/spread.h"

#include "analyzer/load.h"
#include "analyzer/path_sums.h"
#include "base/bytes.h"
#include "base/shell.h"
#include "checks/growing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MOST 1000u /* paths whose names are read from the file */

struct beyond {
	const struct path_sum *sum;
	const struct baseline_path *usual; /* NULL: the baselines lack it */
	uint64_t growth;                   /* bytes above the mean */
	bool weak;                         /* a table that grew by a step */
};

struct beyonds {
	VECTOR(struct beyond) items;
	uint64_t found; /* paths of the baselines that are there, of whatever size */
};

static void beyonds_deinit(struct beyonds *beyonds)
{
	vector_deinit(&beyonds->items);
}
DEFINE_AUTO_VALUE(beyonds, struct beyonds, beyonds_deinit);

/* A mean to the nearest whole; what was checked when it was read is no more than 1e19. */
static uint64_t whole(double mean)
{
	return mean < 1.8e19 ? (uint64_t)(mean + 0.5) : UINT64_C(18000000000000000000);
}

static int64_t clamp(uint64_t size)
{
	return size > INT64_MAX ? INT64_MAX : (int64_t)size;
}

/* How many times as large the table of a type may become at once, the width of its indices included; 0: it has none. */
static double step_of(const struct label *type)
{
	static const struct {
		const char *type;
		double step;
	} tables[] = {{"dict", 2.25}, {"set", 4.1}, {"collections.defaultdict", 2.25}, {"collections.OrderedDict", 2.25},
		      {"collections.Counter", 2.25}};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (strcmp(type->name, tables[i].type) == 0)
			return tables[i].step;
	return 0;
}

/* No object more than usual, and none larger than a step beyond the largest there was: n numbers have none further from their mean
 * than (n - 1) / sqrt(n) of their deviations. */
static bool is_step(const struct baseline_path *usual, const struct path_sum *sum, const struct label *type, double sigmas)
{
	const struct learned *size = &usual->size, *count = &usual->count;
	double runs = (double)size->runs, furthest = fmin((runs - 1) / sqrt(runs), SPREAD_SIGMAS);
	return (double)sum->total.count <= count->mean + learned_tolerance(count, sigmas, 0) &&
	       (double)sum->total.size <= step_of(type) * (size->mean + furthest * size->deviation);
}

static struct error *hold(const struct baseline *baseline, const struct path_sum *sum, const struct label *type,
			  const struct spread_request *request, struct beyonds *beyonds)
{
	const struct baseline_path *usual = baseline_find_path(baseline, sum->key);
	const struct learned lacking = {.runs = baseline->runs, .mean = (double)baseline->least};
	const struct learned *size = usual != NULL ? &usual->size : &lacking;
	uint64_t mean = whole(size->mean);
	beyonds->found += usual != NULL;
	if ((double)sum->total.size - size->mean <= learned_tolerance(size, request->sigmas, (double)request->least) ||
	    sum->total.size <= mean)
		return NULL;
	bool weak = usual != NULL && is_step(usual, sum, type, request->sigmas);
	return vector_push(&beyonds->items, (struct beyond){sum, usual, sum->total.size - mean, weak});
}

static int compare_growth(const void *a, const void *b)
{
	const struct beyond *x = a, *y = b;
	if (x->growth != y->growth)
		return x->growth > y->growth ? -1 : 1;
	return x->sum->key < y->sum->key ? -1 : x->sum->key > y->sum->key;
}

static struct error *find_beyond(const struct baseline *baseline, const struct path_sums *sums, const struct graph *graph,
				 const struct type_names *names, const struct spread_request *request,
				 struct beyonds *beyonds)
{
	for (size_t i = 0; i < sums->sums.count; i++) {
		const struct path_sum *sum = &sums->sums.items[i];
		const struct label *type = &names->labels[names->facts[0].label[graph->type[sum->first]]];
		TRY(hold(baseline, sum, type, request, beyonds));
	}
	if (beyonds->items.count > 1)
		qsort(beyonds->items.items, beyonds->items.count, sizeof *beyonds->items.items, compare_growth);
	return NULL;
}

/* --- sentences ------------------------------------------------------------------------------------------------------ */

/* `8 baselines`, or `the baseline`. */
static void add_baselines(struct text *text, const char *several, uint64_t runs)
{
	if (runs > 1) {
		text_add(text, several);
		text_add_count(text, runs);
		text_add(text, " baselines");
	} else {
		text_add(text, "the baseline");
	}
}

static void say_lacking(const struct baseline *baseline, enum size_unit unit, struct text *text)
{
	if (baseline->least == 0) {
		text_add(text, baseline->runs > 1 ? "and is in " : "and is not in ");
		add_baselines(text, "none of ", baseline->runs);
		return;
	}
	text_add(text, "and was less than ");
	text_add_size(text, baseline->least, unit);
	text_add(text, " in ");
	add_baselines(text, "each of ", baseline->runs);
}

static void say_usual(const struct beyond *beyond, enum size_unit unit, struct text *text)
{
	const struct learned *usual = &beyond->usual->size;
	double sigmas = learned_sigmas(usual, (double)beyond->sum->total.size);
	if (sigmas > 0) {
		text_printf(text, "%.1f sigma beyond ", sigmas);
		add_baselines(text, "", usual->runs);
		text_add(text, " (");
		text_add_size(text, whole(usual->mean), unit);
		text_add(text, " +- ");
		text_add_size(text, whole(usual->deviation), unit);
		text_add(text, ")");
		return;
	}
	text_add_size(text, beyond->growth, unit);
	text_add(text, " more than in ");
	add_baselines(text, "each of ", usual->runs);
}

static struct error *say(const struct baseline *baseline, const struct beyond *beyond, enum size_unit unit,
			 struct outcomes *outcomes, struct grown *grown)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, grown->path);
	text_add(&text, " is ");
	text_add_size(&text, beyond->sum->total.size, unit);
	text_add(&text, ", ");
	if (beyond->usual == NULL)
		say_lacking(baseline, unit, &text);
	else
		say_usual(beyond, unit, &text);
	return outcomes_keep(outcomes, &text, &grown->message);
}

static struct error *name(struct place_names *names, const struct beyond *beyond, struct outcomes *outcomes,
			  struct grown *grown)
{
	AUTO(text) struct text path = {0}, type = {0};
	text_init(&path);
	text_init(&type);
	TRY(path_sums_name(names, beyond->sum, &path, &type));
	TRY(outcomes_keep(outcomes, &path, &grown->path));
	return outcomes_keep(outcomes, &type, &grown->type);
}

static struct error *grow(const struct baseline *baseline, const struct graph *graph, const struct beyonds *beyonds,
			  enum size_unit unit, struct outcomes *outcomes, struct growing *growing)
{
	AUTO(place_names) struct place_names names = {0};
	if (beyonds->items.count > 0)
		TRY(place_names_init(&names, graph));
	for (size_t i = 0; i < beyonds->items.count && i < NAMED_MOST; i++) {
		const struct beyond *beyond = &beyonds->items.items[i];
		uint64_t count = beyond->usual != NULL ? whole(beyond->usual->count.mean) : 0;
		struct grown grown = {.size = clamp(beyond->growth),
				      .count = clamp(beyond->sum->total.count) - clamp(count),
				      .before = clamp(beyond->sum->total.size - beyond->growth),
				      .weak = beyond->weak};
		TRY(name(&names, beyond, outcomes, &grown));
		TRY(say(baseline, beyond, unit, outcomes, &grown));
		TRY(vector_push(&growing->items, grown));
	}
	return NULL;
}

/* --- the outcome ---------------------------------------------------------------------------------------------------- */

/* More that is beyond; and a warning where little of what the baselines had is there. */
static struct error *note(const struct baseline *baseline, const struct beyonds *beyonds, uint64_t left,
			  struct outcomes *outcomes, struct outcome *outcome)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (beyonds->found < baseline->paths.count / 2) {
		text_add(&text, "only ");
		text_add_count(&text, beyonds->found);
		text_add(&text, " of the ");
		text_add_count(&text, baseline->paths.count);
		text_add(&text, " paths of the baseline are there: is it of another program, or with another mask?");
	}
	if (left > 0) {
		text_add(&text, text.length > 0 ? "; " : "");
		text_add_count(&text, left);
		text_add(&text, left == 1 ? " more place is beyond what it was" : " more places are beyond what they were");
	}
	return text.length > 0 ? outcomes_keep(outcomes, &text, &outcome->note) : text_error(&text);
}

static struct error *show(const struct baseline *baseline, const struct graph *graph, const struct beyonds *beyonds,
			  const struct spread_request *request, struct outcomes *outcomes, struct outcome *outcome)
{
	AUTO(growing) struct growing growing = {0};
	AUTO(text) struct text command = {0};
	text_init(&command);
	text_add(&command, "heapdiff paths --merged");
	shell_add_file(&command, reader_path(graph->reader));
	TRY(text_error(&command));
	TRY(grow(baseline, graph, beyonds, request->unit, outcomes, &growing));
	struct growing_request asked = {text_string(&command), request->findings, 0, request->unit};
	TRY(growing_find(&growing, &asked, outcomes, outcome));
	uint64_t unnamed = beyonds->items.count > NAMED_MOST ? beyonds->items.count - NAMED_MOST : 0;
	return note(baseline, beyonds, growing.left + unnamed, outcomes, outcome);
}

static struct error *judge(const struct baseline *baseline, struct reader *after, const struct spread_request *request,
			   const struct progress *progress, struct outcomes *outcomes, struct outcome *outcome)
{
	AUTO(type_names) struct type_names names = {0};
	AUTO(graph) struct graph *graph = NULL;
	AUTO(path_sums) struct path_sums sums = {0};
	AUTO(beyonds) struct beyonds beyonds = {0};
	const struct reader *readers[1] = {after};
	TRY(type_names_init(&names, readers, 1));
	TRY(load_graph(after, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_SIZE, progress, &graph));
	TRY(path_sums_find(graph, &names, request->mask, &sums));
	TRY(find_beyond(baseline, &sums, graph, &names, request, &beyonds));
	return show(baseline, graph, &beyonds, request, outcomes, outcome);
}

struct error *spread_judge(const struct baseline *baseline, struct reader *after, const struct spread_request *request,
			   const struct progress *progress, struct outcomes *outcomes)
{
	int64_t least = clamp(request->least);
	struct outcome outcome = {.rule = {.name = "baseline",
					   .metric = METRIC_SIZE,
					   .growth = true,
					   .limit = {.has_amount = true, .amount = least}},
				  .most = least,
				  .baselines = (unsigned)baseline->runs,
				  .sigmas = request->sigmas,
				  .verdict = VERDICT_SKIPPED};
	TRY(vector_push(&outcomes->items, outcome));
	struct outcome *added = &outcomes->items.items[outcomes->items.count - 1];
	if (baseline->runs > 0 && baseline->paths.count > 0)
		return judge(baseline, after, request, progress, outcomes, added);
	return outcomes_print(outcomes, &added->note, "the baseline has no paths");
}
