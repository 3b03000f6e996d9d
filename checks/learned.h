/* Learned: a number that was measured in several runs, and how far from its mean one more run may be. */
#ifndef CHECKS_LEARNED_H
#define CHECKS_LEARNED_H

#include <stdint.h>

struct learned { /* a number over `runs` runs: its mean, and its standard deviation with runs - 1 below; 0 for one run */
	uint64_t runs;
	double mean, deviation;
};

struct learning { /* {0}: of no run as yet */
	uint64_t runs;
	double mean, squares; /* the sum of squared distances from the mean */
};
void learning_add(struct learning *learning, double value);
/* Zeros, as many as make it one of `runs` runs; nothing where it is already. */
void learning_add_zeros(struct learning *learning, uint64_t runs);
struct learned learning_end(const struct learning *learning);

/* By how much a number may differ from the mean, `sigmas` of its deviations, which is more than 0: what is learned from few
 * runs is trusted less (a prediction interval of Student's t with runs - 1 degrees of freedom), and `least`, 0 or more, is never too
 * much. Of one run it is `least`. Finite for whatever is in *learned. */
double learned_tolerance(const struct learned *learned, double sigmas, double least);
/* With how many sigmas `value`, above the mean, would be at the edge of that; 0: it can't be said, as nothing varied or there was one
 * run. SIGMAS_MOST at most. */
double learned_sigmas(const struct learned *learned, double value);
#define SIGMAS_MOST 1000.0

#endif
