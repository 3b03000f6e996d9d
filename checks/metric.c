/* What can a rule measure, and what is it called?
 *
 * The list is metric.def's. Each can be measured itself or by its growth, so there are two names of each, and `growth` alone for
 * the growth that people mean.
 */
#include "checks/metric.h"

#include <string.h>

static const struct metric_facts facts[] = {
#define METRIC(id, name, unit, subjects, whole, description) {name, description, unit, subjects, whole},
#include "checks/metric.def"
#undef METRIC
};

/* First each itself, then the growth of each. */
static const char *const names[] = {
#define METRIC(id, name, unit, subjects, whole, description) name,
#include "checks/metric.def"
#undef METRIC
#define METRIC(id, name, unit, subjects, whole, description) "growth of " name,
#include "checks/metric.def"
#undef METRIC
	"growth",
};
#define NAME_COUNT (2 * (size_t)METRIC_NUMBER + 1)

const struct metric_facts *metric_facts(enum metric metric)
{
	return &facts[metric];
}

static struct error *metric_unknown(const char *text)
{
	const char *nearest = text_nearest(text, names, NAME_COUNT);
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "there is no metric '%s': did you mean '%s'?", text, nearest);
	AUTO(text) struct text known;
	text_init(&known);
	for (size_t i = 0; i < METRIC_NUMBER; i++)
		text_printf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
	return error_create(ERROR_USAGE,
			    "there is no metric '%s': there are %s, and of each its growth ('growth of %s')", text,
			    text_string(&known), names[METRIC_RETAINED]);
}

struct error *metric_parse(const char *text, enum metric *metric, bool *growth)
{
	for (size_t i = 0; i < NAME_COUNT; i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*growth = i >= METRIC_NUMBER;
		*metric = i == NAME_COUNT - 1 ? METRIC_RETAINED : (enum metric)(i % METRIC_NUMBER);
		return NULL;
	}
	return metric_unknown(text);
}
