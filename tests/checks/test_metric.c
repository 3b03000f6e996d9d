/* Metrics by their names. */
#include "checks/metric.h"

#include "tests/test.h"

static void check_metric(const char *text, enum metric expected, bool of_growth)
{
	enum metric metric = METRIC_NUMBER;
	bool growth = !of_growth;
	assert_ok(metric_parse(text, &metric, &growth));
	cr_assert(metric == expected && growth == of_growth, "'%s'", text);
}

HEAP_TEST(metric, has_a_name_for_itself_and_for_its_growth)
{
	for (enum metric metric = 0; metric < METRIC_NUMBER; metric++) {
		const struct metric_facts *facts = metric_facts(metric);
		AUTO(text) struct text growth;
		text_init(&growth);
		text_printf(&growth, "growth of %s", facts->name);
		check_metric(facts->name, metric, false);
		check_metric(text_string(&growth), metric, true);
	}
	check_metric("growth", METRIC_RETAINED, true);
	cr_assert_eq(metric_facts(METRIC_COUNT)->unit, UNIT_OBJECTS);
	cr_assert_null(metric_facts(METRIC_RSS)->whole);
	cr_assert_not(metric_facts(METRIC_RSS)->subjects);
}

HEAP_TEST(metric, that_is_unknown_is_told_by_the_nearest_name)
{
	enum metric metric = METRIC_SIZE;
	bool growth = true;
	assert_error_says(metric_parse("retaind", &metric, &growth), ERROR_USAGE, "did you mean 'retained'?");
	assert_error_says(metric_parse("growth of cuont", &metric, &growth), ERROR_USAGE,
			  "did you mean 'growth of count'?");
	assert_error_says(metric_parse("growht", &metric, &growth), ERROR_USAGE, "did you mean 'growth'?");
	assert_error_says(metric_parse("temperature", &metric, &growth), ERROR_USAGE,
			  "there are retained, size, count, garbage, ");
	assert_error(metric_parse("", &metric, &growth), ERROR_USAGE);
	assert_error(metric_parse("Retained", &metric, &growth), ERROR_USAGE);
	assert_error(metric_parse("growth of", &metric, &growth), ERROR_USAGE);
	cr_assert(metric == METRIC_SIZE && growth, "untouched");
}
