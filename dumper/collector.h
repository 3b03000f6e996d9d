/* Collector: the state of the cyclic garbage collector, and the objects on its lists. */
#ifndef DUMPER_COLLECTOR_H
#define DUMPER_COLLECTOR_H

#include "dumper/decode.h"

struct gc_facts { /* of the main interpreter */
	bool enabled, collecting;
	uint64_t threshold[3], count[3];
	uint64_t collections[3], collected[3], uncollectable[3];
};

/* ERROR_FAULT where the state can't be read. */
struct error *collector_facts(struct decoder *decoder, uint64_t runtime, struct gc_facts *facts) CHECKED;

/* Reports each object on the generations' lists and the permanent generation of every interpreter. A list that
 * breaks or loops is left there and counted (LOSS_list_broken); prev links are checked only where no collection
 * runs. An object on a list that loops may be reported up to three times, and one that is just being unlinked not at
 * all. */
struct collector_visitor {
	struct error *(*object)(struct collector_visitor *visitor, uint64_t address, enum generation generation);
	uint64_t interpreter; /* address of the state of the one whose lists are walked: set for the visitor */
};
struct error *collector_walk(struct decoder *decoder, uint64_t runtime, struct collector_visitor *visitor) CHECKED;

#endif
