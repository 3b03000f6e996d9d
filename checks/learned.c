/* How much more than before is too much, where "before" was several runs that differ among themselves?
 *
 * Means and squares by Welford (Technometrics 4(3), 1962): no sum of squares that cancels, and values need not be kept; a
 * row of zeros is joined as Chan, Golub and LeVeque do (The American Statistician 37(3), 1983).
 *
 * One more value of a normal whose mean m and deviation s were estimated from n others lies with probability 1 - q
 * below m + t * s * sqrt(1 + 1/n), where t is what Student's t with n - 1 degrees of freedom exceeds with probability
 * q (Hahn, Journal of Quality Technology 1(3), 1969). q is what a normal has beyond so many sigmas: 0.00135 for 3. With one
 * and two degrees of freedom t is exact; with more it is Wallace's (Annals of Mathematical Statistics 30, 1959), of 3 sigmas within 7%
 * and on the wide side. Constant time.
 */
#include "checks/learned.h"

#include <math.h>

#define TOLERANCE_MOST 1e18 /* bytes, or whatever it is: more than any heap has, and no infinity */

void learning_add(struct learning *learning, double value)
{
	double away = value - learning->mean;
	learning->runs++;
	learning->mean += away / (double)learning->runs;
	learning->squares += away * (value - learning->mean);
}

void learning_add_zeros(struct learning *learning, uint64_t runs)
{
	if (runs <= learning->runs)
		return;
	double had = (double)learning->runs, all = (double)runs;
	learning->squares += learning->mean * learning->mean * had * (all - had) / all;
	learning->mean *= had / all;
	learning->runs = runs;
}

struct learned learning_end(const struct learning *learning)
{
	struct learned learned = {.runs = learning->runs, .mean = learning->mean};
	if (learning->runs > 1)
		learned.deviation = sqrt(learning->squares / (double)(learning->runs - 1));
	return learned;
}

/* What Student's t exceeds as seldom as a normal exceeds `sigmas`. */
static double student(uint64_t runs, double sigmas)
{
	double freedom = (double)runs - 1, beyond = erfc(sigmas / M_SQRT2) / 2;
	if (runs == 2)
		return 1 / tan(M_PI * beyond);
	if (runs == 3)
		return (1 - 2 * beyond) / sqrt(2 * beyond * (1 - beyond));
	double wide = sigmas * (8 * freedom + 3) / (8 * freedom + 1);
	return sqrt(freedom * expm1(wide * wide / freedom));
}

/* The comparison is false of NaN too. */
static double bounded(double value)
{
	return value < TOLERANCE_MOST ? value : TOLERANCE_MOST;
}

double learned_tolerance(const struct learned *learned, double sigmas, double least)
{
	if (learned->runs < 2 || !(learned->deviation > 0) || !(sigmas > 0))
		return bounded(least);
	double wide = student(learned->runs, sigmas) * learned->deviation * sqrt(1 + 1 / (double)learned->runs);
	return bounded(wide > least ? wide : least);
}

double learned_sigmas(const struct learned *learned, double value)
{
	double low = 0, high = SIGMAS_MOST, away = value - learned->mean;
	if (learned->runs < 2 || !(learned->deviation > 0) || !(away > 0))
		return 0;
	for (int i = 0; i < 64; i++) {
		double middle = (low + high) / 2;
		if (learned_tolerance(learned, middle, 0) < away)
			low = middle;
		else
			high = middle;
	}
	return high;
}
