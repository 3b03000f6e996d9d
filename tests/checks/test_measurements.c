/* What rules measure, against brute force on random heaps. */
#include "checks/measurements.h"

#include "analyzer/diff.h"
#include "tests/analyzer/help_model.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

#define RULES 70u /* more than one word has */

struct truth { /* of one rule */
	uint32_t members; /* objects, a bit each */
	char subject[16], except[16];
};

static uint32_t members_of(const struct model *model, unsigned types)
{
	uint32_t members = 0;
	for (uint32_t i = 0; i < model->nodes; i++)
		members |= (uint32_t)(types >> model->objects[i].type & 1) << i;
	return members;
}

/* T[013]$ of some types, at least one. */
static unsigned choose_types(uint64_t *state, char pattern[16])
{
	unsigned types = 1 + (unsigned)(help_random(state) % ((1u << MODEL_TYPES) - 1));
	char *end = stpcpy(pattern, "T[");
	for (unsigned t = 0; t < MODEL_TYPES; t++)
		if (types >> t & 1)
			*end++ = (char)('0' + t);
	strcpy(end, "]$");
	return types;
}

static struct rule choose_rule(const struct model *model, uint64_t *state, struct truth *truth)
{
	static const enum metric metrics[] = {METRIC_RETAINED, METRIC_SIZE,     METRIC_COUNT,
					      METRIC_GARBAGE,  METRIC_EXTERNAL, METRIC_RESIDUE};
	struct rule rule = {.name = "rule", .metric = metrics[help_random(state) % 6], .optional = true};
	unsigned types = (1u << MODEL_TYPES) - 1;
	switch (help_random(state) % 4) {
	case 0:
		rule.subject = (struct subject){SUBJECT_ALL, NULL};
		break;
	case 1:
		rule.subject = (struct subject){SUBJECT_MODULE, "^app$"};
		break;
	default:
		types = choose_types(state, truth->subject);
		rule.subject = (struct subject){SUBJECT_TYPE, truth->subject};
	}
	if (help_random(state) % 3 == 0) {
		types &= ~choose_types(state, truth->except);
		rule.except = truth->except;
	}
	truth->members = members_of(model, types);
	return rule;
}

static int64_t expected(const struct model *model, uint32_t entries, const uint8_t *fate, const struct rule *rule,
			uint32_t members)
{
	uint32_t fated = 0;
	int64_t residue = 0;
	enum fate wanted = rule->metric == METRIC_GARBAGE ? FATE_GARBAGE : FATE_HELD;
	for (uint32_t i = 0; i < model->nodes; i++) {
		fated |= (uint32_t)(fate[i] == wanted) << i;
		residue += members >> i & 1 && model->objects[i].residue > 0 ? model->objects[i].residue : 0;
	}
	switch (rule->metric) {
	case METRIC_RETAINED:
		return help_model_all(model) & ~help_model_reach(model, entries, members);
	case METRIC_SIZE:
		return members;
	case METRIC_COUNT:
		return __builtin_popcount(members);
	case METRIC_RESIDUE:
		return residue;
	default:
		return members & fated;
	}
}

static void check_gone(const struct measurements *measurements, size_t r, uint32_t retained)
{
	const struct subject_sets *sets = &measurements->sets;
	for (node_id i = 0; i < sets->nodes; i++)
		cr_assert_eq(measurements->gone[r / SUBJECT_BITS * sets->nodes + i] >> r % SUBJECT_BITS & 1, retained >> i & 1);
}

static void check_round(uint64_t *state)
{
	AUTO(modelled) struct modelled modelled;
	AUTO(rules) struct rules rules;
	AUTO(measurements) struct measurements measurements;
	AUTO(reach) struct reach reach = {0};
	AUTO(type_names) struct type_names names = {0};
	struct truth truths[RULES];
	uint32_t entries = 0;
	help_modelled_make(&modelled, state, true, DIFF_COLUMNS);
	const struct reader *readers[1] = {modelled.reader};
	assert_ok(type_names_init(&names, readers, 1));
	rules_init(&rules);
	for (unsigned r = 0; r < RULES; r++)
		assert_ok(vector_push(&rules.items, choose_rule(&modelled.model, state, &truths[r])));
	measurements_init(&measurements, &rules);
	assert_ok(answers_find(&rules, NULL, modelled.reader, false, NULL, &measurements.answers));
	assert_ok(reach_create(modelled.graph, false, &reach));
	for (size_t i = 0; i < reach.entries.count; i++)
		entries |= UINT32_C(1) << reach.entries.items[i];
	assert_ok(measurements_visit(&measurements, &reach, &names, names.facts, true, NULL));
	assert_ok(fates_settle(modelled.graph, reach.fate));
	assert_ok(measurements_finish(&measurements, modelled.graph, names.facts, reach.fate, true, NULL));
	for (unsigned r = 0; r < RULES; r++) {
		const struct rule *rule = &rules.items.items[r];
		int64_t value = expected(&modelled.model, entries, reach.fate, rule, truths[r].members);
		cr_assert(measurements.items[r].known);
		cr_assert_eq(measurements.items[r].value, value, "%s of %s but %s is %lx, not %lx", metric_facts(rule->metric)->name,
			     rule->subject.text != NULL ? rule->subject.text : "all", rule->except != NULL ? rule->except : "none",
			     (long)measurements.items[r].value, (long)value);
		if (rule->metric == METRIC_RETAINED)
			check_gone(&measurements, r, (uint32_t)value);
	}
}

HEAP_TEST(measurements, equal_brute_force_on_random_heaps)
{
	uint64_t state = 20;
	for (int round = 0; round < HEAP_TEST_ROUNDS(300); round++)
		check_round(&state);
}
