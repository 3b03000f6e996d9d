#include "analyzer/identity.h"

#include "tests/test.h"

static struct snapshot_meta process(void)
{
	struct snapshot_meta meta;
	snapshot_meta_init(&meta);
	meta.pid = 4711;
	meta.process_hash = (char *)"aa";
	meta.start_ticks = 5;
	meta.boot_id = (char *)"boot";
	meta.capture_time_ns = 1000;
	return meta;
}

HEAP_TEST(identity, is_told_by_pid_and_random_bytes)
{
	struct snapshot_meta a = process(), b = process();
	cr_assert_eq(identity_of(&a, &b), IDENTITY_SAME);
	b.start_ticks = META_ABSENT;
	b.boot_id = NULL;
	cr_assert_eq(identity_of(&a, &b), IDENTITY_SAME);
	b.process_hash = (char *)"bb"; /* an exec */
	cr_assert_eq(identity_of(&a, &b), IDENTITY_OTHER);
	b = process();
	b.pid = 4712; /* a fork */
	cr_assert_eq(identity_of(&a, &b), IDENTITY_OTHER);
	b = process();
	b.boot_id = (char *)"another boot";
	cr_assert_eq(identity_of(&a, &b), IDENTITY_OTHER);
}

HEAP_TEST(identity, without_random_bytes_needs_start_and_boot)
{
	struct snapshot_meta a = process(), b = process();
	a.process_hash = NULL;
	cr_assert_eq(identity_of(&a, &b), IDENTITY_SAME);
	a.boot_id = NULL;
	cr_assert_eq(identity_of(&a, &b), IDENTITY_UNKNOWN);
	a = process();
	a.pid = META_ABSENT;
	cr_assert_eq(identity_of(&a, &b), IDENTITY_UNKNOWN);
}

HEAP_TEST(identity, sees_a_swap_in_time)
{
	struct snapshot_meta a = process(), b = process();
	cr_assert_not(identity_swapped(&a, &b));
	a.capture_time_ns = 1500;
	cr_assert(identity_swapped(&a, &b));
	cr_assert_not(identity_swapped(&b, &a));
	cr_assert_eq(identity_interval(&a, &b), 500);
	cr_assert_eq(identity_interval(&b, &a), 500);
	a.capture_time_ns = META_ABSENT;
	cr_assert_not(identity_swapped(&a, &b));
	cr_assert_eq(identity_interval(&a, &b), META_ABSENT);
}

HEAP_TEST(identity, warns_of_what_differs)
{
	struct snapshot_meta a = process(), b = process();
	a.version = (char *)"3.11.7";
	b.version = (char *)"3.12.1";
	b.hostname = (char *)"web\033[2J";
	AUTO(report) struct report report;
	report_init(&report, "diff", SIZE_BINARY);
	identity_remark(&report, &a, &b);
	cr_assert_eq(report.remarks.count, 1); /* a host that only one names is no difference */
	cr_assert_str_eq(report.remarks.items[0].text,
			 "the interpreters' versions differ: 3.11.7 before, 3.12.1 after");
	a.hostname = (char *)"db";
	a.process_hash = (char *)"bb";
	AUTO(report) struct report more;
	report_init(&more, "diff", SIZE_BINARY);
	identity_remark(&more, &a, &b);
	cr_assert_eq(more.remarks.count, 3);
	cr_assert_str_eq(more.remarks.items[2].text, "the hosts differ: db before, web\\x1B[2J after");
}
