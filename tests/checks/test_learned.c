#include "checks/learned.h"

#include "tests/test.h"

#include <math.h>

static struct learned learn(const double *values, size_t count)
{
	struct learning learning = {0};
	for (size_t i = 0; i < count; i++)
		learning_add(&learning, values[i]);
	return learning_end(&learning);
}

HEAP_TEST(learned, has_mean_and_sample_deviation)
{
	static const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
	struct learned learned = learn(values, 8);
	cr_assert_eq(learned.runs, 8);
	cr_assert_float_eq(learned.mean, 5, 1e-12);
	cr_assert_float_eq(learned.deviation, sqrt(32.0 / 7), 1e-12);
	struct learned one = learn(values, 1);
	cr_assert_eq(one.runs, 1);
	cr_assert_eq(one.mean, 2);
	cr_assert_eq(one.deviation, 0);
	struct learned none = learn(values, 0);
	cr_assert_eq(none.runs, 0);
	cr_assert_eq(none.deviation, 0);
}

/* Sums of squares would have lost all digits of this. */
HEAP_TEST(learned, keeps_a_small_deviation_of_large_numbers)
{
	static const double values[] = {1e12 + 4, 1e12 + 7, 1e12 + 13, 1e12 + 16};
	struct learned learned = learn(values, 4);
	cr_assert_float_eq(learned.deviation, sqrt(30), 1e-6);
}

HEAP_TEST(learned, joins_zeros_as_if_they_had_been_added)
{
	static const double spread[] = {0, 0, 0, 70, 30, 0, 0}, nothing[] = {0, 0, 0};
	struct learned expected = learn(spread, 7);
	struct learning learning = {0};
	learning_add_zeros(&learning, 3);
	learning_add(&learning, 70);
	learning_add(&learning, 30);
	learning_add_zeros(&learning, 7);
	learning_add_zeros(&learning, 2); /* it is of more already */
	struct learned learned = learning_end(&learning);
	cr_assert_eq(learned.runs, 7);
	cr_assert_float_eq(learned.mean, expected.mean, 1e-12);
	cr_assert_float_eq(learned.deviation, expected.deviation, 1e-12);
	cr_assert_eq(learn(nothing, 3).deviation, 0);
}

/* Against what Student's t has by integrating it, times sqrt(1 + 1/n): the same for 2 and 3 runs, else not below, nor far above. */
HEAP_TEST(learned, tolerates_more_the_fewer_runs_there_were)
{
	static const struct {
		uint64_t runs;
		double t, above;
	} cases[] = {{2, 235.8015, 1.0001}, {3, 19.2067, 1.0001}, {4, 9.2189, 1.07},   {5, 6.6202, 1.03},
		     {6, 5.5071, 1.02},	    {9, 4.2766, 1.01},	  {21, 3.4222, 1.001}, {1001, 3.0075, 1.001}};
	double before = INFINITY;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct learned learned = {.runs = cases[i].runs, .mean = 500, .deviation = 10};
		double exact = cases[i].t * 10 * sqrt(1 + 1 / (double)cases[i].runs);
		double tolerance = learned_tolerance(&learned, 3, 0);
		cr_assert_geq(tolerance, exact * 0.9999, "%ju runs: %g, not %g", (uintmax_t)cases[i].runs, tolerance, exact);
		cr_assert_leq(tolerance, exact * cases[i].above, "%ju runs: %g, not %g", (uintmax_t)cases[i].runs, tolerance,
			      exact);
		cr_assert_lt(tolerance, before);
		before = tolerance;
	}
}

HEAP_TEST(learned, tolerates_the_least_always)
{
	struct learned one = {.runs = 1, .mean = 500}, same = {.runs = 8, .mean = 500},
		       spread = {.runs = 8, .mean = 500, .deviation = 1};
	cr_assert_eq(learned_tolerance(&one, 3, 4096), 4096);
	cr_assert_eq(learned_tolerance(&same, 3, 4096), 4096);
	cr_assert_eq(learned_tolerance(&spread, 3, 4096), 4096);
	cr_assert_eq(learned_tolerance(&same, 3, 0), 0);
}

HEAP_TEST(learned, is_finite_whatever_was_forged)
{
	static const double deviations[] = {0, 1e-300, 1, 1e300, INFINITY, NAN, -1}, sigmas[] = {1e-300, 0.5, 3, 40, 1e300};
	static const uint64_t runs[] = {0, 1, 2, 3, 4, 1000000, UINT64_MAX};
	for (size_t d = 0; d < 7; d++)
		for (size_t s = 0; s < 5; s++)
			for (size_t r = 0; r < 7; r++) {
				struct learned learned = {.runs = runs[r], .mean = 1e300, .deviation = deviations[d]};
				double tolerance = learned_tolerance(&learned, sigmas[s], 1);
				cr_assert(isfinite(tolerance));
				cr_assert_geq(tolerance, 1);
				cr_assert(isfinite(learned_sigmas(&learned, INFINITY)));
			}
}

/* A value is beyond the tolerance of so many sigmas exactly where it is so many sigmas away. */
HEAP_TEST(learned, measures_in_the_sigmas_that_it_tolerates)
{
	static const uint64_t runs[] = {2, 3, 4, 8, 100};
	for (size_t i = 0; i < 5; i++) {
		struct learned learned = {.runs = runs[i], .mean = 1000, .deviation = 50};
		for (double sigmas = 0.5; sigmas < 6; sigmas += 0.5)
			cr_assert_float_eq(learned_sigmas(&learned, 1000 + learned_tolerance(&learned, sigmas, 0)), sigmas,
					   1e-5, "%ju runs, %g", (uintmax_t)runs[i], sigmas);
		cr_assert_eq(learned_sigmas(&learned, 1000), 0);
		cr_assert_eq(learned_sigmas(&learned, 0), 0);
	}
	struct learned one = {.runs = 1, .mean = 1}, same = {.runs = 8, .mean = 1};
	cr_assert_eq(learned_sigmas(&one, 9), 0);
	cr_assert_eq(learned_sigmas(&same, 9), 0);
}
