/* Membership: is an object one of those that a rule is about, or one that goes with them? A bit of a word, as checks/subject_sets.h has them. */
#ifndef CHECKS_MEMBERSHIP_H
#define CHECKS_MEMBERSHIP_H

#include "analyzer/graph.h"

struct membership {
	const uint64_t *words; /* by node, borrowed; NULL: all are */
	unsigned bit;
};

static inline bool membership_has(const struct membership *membership, node_id node)
{
	return membership->words == NULL || (membership->words[node] >> membership->bit & 1) != 0;
}

struct explained {                  /* what a rule was held against, in the later snapshot */
	struct membership member;   /* is one of the subject's; all are where it is of the process */
	struct membership retained; /* goes with the subject, itself included; all do where that is not known */
};

#endif
