#include "analyzer/diff.h"
#include "analyzer/diff_report.h"
#include "analyzer/load.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <string.h>

/* Some of the objects of a fixed world of addresses, with random sizes and references. */
static void write_heap(uint64_t *state, struct text *text)
{
	static const char *const types[] = {"dict", "str", "app.A", "app.B", "list"};
	bool here[32];
	text_add(text, "meta pid 1\nmeta process_hash aa\ntype app.A flags=0x200\ntype app.B flags=0x200\n");
	for (unsigned i = 1; i < 32; i++) {
		here[i] = help_random(state) % 3 != 0;
		if (here[i])
			text_printf(text, "object %u %s size=%u\n", 16 * i, types[help_random(state) % 5],
				    (unsigned)(help_random(state) % 1000));
	}
	for (unsigned i = 1; i < 32; i++)
		for (unsigned j = 1; here[i] && j < 32; j++)
			if (here[j] && help_random(state) % 12 == 0)
				text_printf(text, "edge %u %u -\n", 16 * i, 16 * j);
	text_add(text, "root modules m\n");
}

/* Whatever happened, and in whichever way it was told, growth adds up to the byte. */
HEAP_TEST(diff, growth_adds_up_to_that_of_the_whole)
{
	uint64_t state = 21;
	for (int round = 0; round < HEAP_TEST_ROUNDS(150); round++) {
		AUTO(text) struct text one = {0}, two = {0};
		text_init(&one);
		text_init(&two);
		write_heap(&state, &one);
		write_heap(&state, &two);
		AUTO(loaded) struct loaded a, b;
		help_load(&a, text_string(&one));
		help_load(&b, text_string(&two));
		for (int same = 0; same < 2; same++) {
			AUTO(diff) struct diff diff = {0};
			assert_ok(diff_create(a.reader, b.reader,
					      &(struct diff_request){.same_process = same,
								     .match = same ? DIFF_BY_ADDRESS : DIFF_BY_PATH,
								     .least = 1,
								     .places = 8},
					      NULL, &diff));
			int64_t sum = 0;
			for (label_id l = 0; l < diff.names.count; l++)
				sum += diff.totals[l].growth;
			int64_t whole = (int64_t)(reader_counts(b.reader).size - reader_counts(a.reader).size);
			cr_assert_eq(sum, whole);
			cr_assert_eq(diff.all.growth, whole);
			cr_assert_eq(diff.all.after.count, reader_counts(b.reader).nodes);
		}
	}
}

HEAP_TEST(diff, of_a_heap_with_itself_is_nothing)
{
	AUTO(text) struct text text = {0};
	uint64_t state = 5;
	text_init(&text);
	write_heap(&state, &text);
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, text_string(&text));
	for (int same = 0; same < 2; same++) {
		AUTO(diff) struct diff diff = {0};
		assert_ok(diff_create(loaded.reader, loaded.reader,
				      &(struct diff_request){.same_process = same,
							     .match = same ? DIFF_BY_ADDRESS : DIFF_BY_PATH,
							     .least = 1,
							     .places = 8},
				      NULL, &diff));
		cr_assert_not(diff_differs(&diff, NULL));
		cr_assert_eq(diff.leader, NO_ID);
		AUTO(report) struct report report;
		report_init(&report, "diff", SIZE_BINARY);
		assert_ok(diff_report(&report, &diff, &(struct diff_selection){0}));
		cr_assert_str_eq(report.verdict, "no difference");
		cr_assert_eq(report_find(&report, "rows")->rows.count, 0);
	}
}

/* All remarks of a report on a diff of a heap with itself that was asked for this; whether it has the columns. */
static bool retained_is_told(struct reader *reader, enum diff_retained wanted, bool left_out, unsigned *notes)
{
	AUTO(diff) struct diff diff = {0};
	assert_ok(diff_create(reader, reader, &(struct diff_request){.least = 1, .places = 8, .retained = wanted}, NULL,
			      &diff));
	cr_assert_not(diff.retained_left_out);
	diff.retained_left_out = left_out;
	AUTO(report) struct report report;
	report_init(&report, "diff", SIZE_BINARY);
	assert_ok(diff_report(&report, &diff, &(struct diff_selection){0}));
	*notes = 0;
	for (size_t i = 0; i < report.remarks.count; i++)
		*notes += strstr(report.remarks.items[i].text, "--retained finds it") != NULL;
	cr_assert_eq(diff.retained[0] != NULL, diff.retained[1] != NULL);
	const struct section *rows = report_find(&report, "rows");
	return strcmp(rows->fields.items[4].name, "retained_after") == 0;
}

HEAP_TEST(diff, says_what_types_retain_or_that_it_is_left_out)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded,
		  "object 0x10 dict size=100\nobject 0x20 str size=50\nedge 0x10 0x20 ['k']\nroot modules m 0x10\n");
	unsigned notes;
	cr_assert(retained_is_told(loaded.reader, RETAINED_IF_SOON, false, &notes));
	cr_assert_eq(notes, 0);
	cr_assert(retained_is_told(loaded.reader, RETAINED_WHATEVER, false, &notes));
	cr_assert_eq(notes, 0);
	cr_assert_not(retained_is_told(loaded.reader, RETAINED_NOT, false, &notes));
	cr_assert_eq(notes, 0);
	cr_assert_not(retained_is_told(loaded.reader, RETAINED_NOT, true, &notes));
	cr_assert_eq(notes, 1);
}

static const char *const before =
	"meta pid 1\nmeta process_hash aa\ntype app.Session flags=0x200\n"
	"object 0x10 dict size=100\nobject 0x20 dict size=100\nobject 0x30 app.Session size=50\n"
	"edge 0x10 0x20 ['cache']\nedge 0x20 0x30 [k]\nroot modules m 0x10\n";
/* Two sessions more, each with a dict larger than itself; one is gone; the cache grew. */
static const char *const after =
	"meta pid 1\nmeta process_hash aa\ntype app.Session flags=0x200\n"
	"object 0x10 dict size=100\nobject 0x20 dict size=150\n"
	"object 0x40 app.Session size=50\nobject 0x50 dict size=300\n"
	"object 0x60 app.Session size=50\nobject 0x70 dict size=300\n"
	"edge 0x10 0x20 ['cache']\nedge 0x20 0x40 [k]\nedge 0x20 0x60 [k]\nedge 0x40 0x50 .__dict__\n"
	"edge 0x60 0x70 .__dict__\nroot modules m 0x10\n";

HEAP_TEST(diff, credits_the_class_that_leaks)
{
	AUTO(loaded) struct loaded a, b;
	help_load(&a, before);
	help_load(&b, after);
	AUTO(diff) struct diff diff = {0};
	assert_ok(diff_create(a.reader, b.reader,
			      &(struct diff_request){.same_process = true,
						     .match = DIFF_BY_ADDRESS,
						     .least = 1,
						     .places = 8},
			      NULL, &diff));
	label_id session = help_label(&diff.names, "app.Session"), dict = help_label(&diff.names, "dict");
	cr_assert_eq(diff.leader, session);
	cr_assert_eq(diff.totals[session].growth, 2 * 350 - 50);
	cr_assert_eq(diff.totals[dict].growth, 50);
	cr_assert_eq(diff.join.totals[session].new, 2);
	cr_assert_eq(diff.join.totals[session].gone, 1);
	cr_assert_eq(diff.join.totals[dict].survived, 2);
	cr_assert(diff.holder.found);
	cr_assert_eq(diff.holder.count, 2);
	assert_ok(load_addresses(diff.after));
	cr_assert_eq(diff.after->address[diff.holder.id], 0x20);
	AUTO(report) struct report report;
	report_init(&report, "diff", SIZE_BINARY);
	assert_ok(diff_report(&report, &diff, &(struct diff_selection){0}));
	cr_assert_str_eq(report.verdict, "+700 B (+280%): 100% of what grew hangs from cache (+1 app.Session)");
	/* who holds them is said already */
	cr_assert_eq(report.remarks.items[0].kind, REMARK_NOTE);
	cr_assert_str_eq(report_find(&report, "holder")->facts.items[0].value.text, "cache");
	cr_assert_eq(report_find(&report, "growth")->rows.items[0].cells[1].number, diff.holder.id);
}

/* The first place has not all of them: the line below the verdict says of how many. */
HEAP_TEST(diff, tells_how_many_the_first_place_holds)
{
	AUTO(loaded) struct loaded a, b;
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, after);
	text_add(&text, "object 0x80 list size=20\nobject 0x90 app.Session size=20\nedge 0x10 0x80 ['more']\n"
			"edge 0x80 0x90 [0]\n");
	help_load(&a, before);
	help_load(&b, text_string(&text));
	AUTO(diff) struct diff diff = {0};
	assert_ok(diff_create(a.reader, b.reader,
			      &(struct diff_request){.same_process = true,
						     .match = DIFF_BY_ADDRESS,
						     .least = 1,
						     .places = 8},
			      NULL, &diff));
	AUTO(report) struct report report;
	report_init(&report, "diff", SIZE_BINARY);
	assert_ok(diff_report(&report, &diff, &(struct diff_selection){0}));
	cr_assert_str_eq(report.verdict, "+740 B (+296%): 95% of what grew hangs from cache (+1 app.Session)");
	cr_assert_str_eq(report.remarks.items[0].text,
			 "+2 app.Session (+670 B), held by cache (dict #1): 2 of 3 new ones");
}

/* A whole that shrinks is told by what went first. */
HEAP_TEST(diff, tells_a_loss_by_what_went)
{
	AUTO(loaded) struct loaded a, b;
	help_load(&a, after);
	help_load(&b, before);
	AUTO(diff) struct diff diff = {0};
	assert_ok(diff_create(a.reader, b.reader,
			      &(struct diff_request){.same_process = true,
						     .match = DIFF_BY_ADDRESS,
						     .least = 1,
						     .places = 8},
			      NULL, &diff));
	AUTO(report) struct report report;
	report_init(&report, "diff", SIZE_BYTES);
	assert_ok(diff_report(&report, &diff, &(struct diff_selection){0}));
	cr_assert_str_eq(report.verdict, "-700 (-74%): -1 app.Session (-650)");
	cr_assert_str_eq(report_find(&report, "rows")->rows.items[0].cells[0].text, "app.Session");
}

/* Addresses mean nothing there: what has the same path is the same. */
HEAP_TEST(diff, matches_by_path_in_different_processes)
{
	AUTO(loaded) struct loaded a, b;
	help_load(&a, before);
	help_load(
		&b,
		"meta pid 2\nmeta process_hash bb\ntype app.Session flags=0x200\n"
		"object 0x1020 dict size=100\nobject 0x1010 dict size=150\n"
		"object 0x1050 app.Session size=50\nobject 0x1040 app.Session size=50\n"
		"edge 0x1020 0x1010 ['cache']\nedge 0x1010 0x1040 [k]\nedge 0x1010 0x1050 [k]\nroot modules m 0x1020\n");
	AUTO(diff) struct diff diff = {0};
	struct diff_request request = {.match = DIFF_BY_PATH, .least = 1, .places = 8};
	assert_ok(diff_create(a.reader, b.reader, &request, NULL, &diff));
	label_id session = help_label(&diff.names, "app.Session"), dict = help_label(&diff.names, "dict");
	cr_assert_eq(diff.join.totals[session].new, 1);
	cr_assert_eq(diff.join.totals[session].survived, 1);
	cr_assert_eq(diff.join.totals[dict].survived, 2);
	cr_assert_eq(diff.join.gone_count, 0);
	cr_assert_eq(diff.growth.count, 1);
	cr_assert_eq(diff.growth.places[0].size, 100);
	assert_ok(load_addresses(diff.after));
	cr_assert_eq(diff.after->address[diff.growth.places[0].place], 0x1010);
}

HEAP_TEST(diff, differs_only_where_selected)
{
	AUTO(loaded) struct loaded a, b;
	help_load(&a, "meta pid 1\nobject 0x10 dict\nobject 0x20 int\n");
	help_load(&b, "meta pid 1\nobject 0x10 dict\n");
	AUTO(diff) struct diff diff = {0};
	assert_ok(diff_create(a.reader, b.reader,
			      &(struct diff_request){.same_process = true,
						     .match = DIFF_BY_ADDRESS,
						     .least = 1,
						     .places = 8},
			      NULL, &diff));
	bool selected[2] = {false};
	selected[help_label(&diff.names, "dict")] = true;
	cr_assert(diff_differs(&diff, NULL));
	cr_assert_not(diff_differs(&diff, selected));
}
