/* Metric: what a rule measures. */
#ifndef CHECKS_METRIC_H
#define CHECKS_METRIC_H

#include "checks/limit.h"

enum metric {
#define METRIC(id, name, unit, subjects, whole, description) METRIC_##id,
#include "checks/metric.def"
#undef METRIC
	METRIC_NUMBER
};

struct metric_facts {
	const char *name, *description;
	enum limit_unit unit;
	bool subjects;     /* it can be of some objects; else of the process alone */
	const char *whole; /* of what a limit in percent is a share, where it is not of growth; NULL: there is none */
};
const struct metric_facts *metric_facts(enum metric metric);
/* `retained`, `growth of retained`; `growth` alone is that of what is retained. ERROR_USAGE with the nearest name. */
struct error *metric_parse(const char *text, enum metric *metric, bool *growth) CHECKED;

#endif
