/* Portion: which objects is a broken rule about, and how much of it is each?
 *
 * Of one snapshot, what the rule measured: its objects, or what goes with them. Of growth what came to these: objects that are new,
 * or new to being garbage or held; and what those that were there grew by.
 */
#ifndef CHECKS_PORTION_H
#define CHECKS_PORTION_H

#include "checks/membership.h"
#include "checks/metric.h"
#include "checks/scene.h"

enum part {
	PART_NONE,
	PART_WHOLE, /* all of the object counts */
	PART_GREW   /* it was there before, and is larger now: what it grew by counts */
};

struct portion {
	const struct scene *scene; /* borrowed */
	enum metric metric;
	bool growth;
	uint8_t *parts;        /* by node, enum part; the scene's scratch */
	VECTOR(node_id) nodes; /* those that are some part of it, ascending: few, where little came */
	VECTOR(uint64_t) weights; /* of each of these */
	uint64_t count;        /* objects that are PART_WHOLE */
	uint64_t whole, grown; /* weight of these, and of the others */
};

/* `growth`: of what came; needs the scene's diff. O(nodes), or O(arrivals) where growth is of size or number; 12 B an object that is a part. One at
 * a time has the scene's scratch. */
struct error *portion_create(const struct scene *scene, const struct explained *explained, enum metric metric,
			     bool growth, struct portion *result) CHECKED;
void portion_deinit(struct portion *portion);
DEFINE_AUTO_VALUE(portion, struct portion, portion_deinit);

/* What a part of it counts, in what the metric is told by: bytes, objects or references; 0 or more. */
uint64_t portion_weight(const struct portion *portion, node_id node);
/* Bytes of it. */
uint64_t portion_size(const struct portion *portion, node_id node);

#endif
