/* Findings of heaps that are known: each sentence to the letter. */
#include "checks/explain.h"

#include "tests/checks/help_scene.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define TOP                                                                                                            \
	"meta pid 1\nmeta process_hash aa\ntype app.Session flags=0x200\n"                                             \
	"object 0x10 dict flags=gc\nobject 0x20 module flags=gc\nobject 0x30 dict flags=namespace,gc\n"                \
	"edge 0x10 0x20 ['app']\nedge 0x20 0x30 .__dict__\nroot modules modules 0x10\n"
/* A cache with a session of 100 bytes, which has a name that is its own. */
#define CACHE                                                                                                          \
	TOP "object 0x40 dict size=200\nedge 0x30 0x40 ['CACHE']\n"                                                    \
	    "object 0x100 app.Session size=100\nobject 0x108 str size=50\nedge 0x40 0x100 ['u1']\nedge 0x100 0x108 .name\n"
/* Two more, one of which is larger. */
#define CACHE_GREW                                                                                                            \
	CACHE "object 0x110 app.Session size=100\nobject 0x118 str size=60\nedge 0x40 0x110 ['u2']\nedge 0x110 0x118 .name\n" \
	      "object 0x120 app.Session size=100\nobject 0x128 str size=500\nedge 0x40 0x120 ['u3']\nedge 0x120 0x128 .name\n"

struct explanation {
	struct outcomes outcomes;
	struct outcome outcome;
	const struct finding *finding;
};

static void explanation_deinit(struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->outcome.findings.count; i++)
		vector_deinit(&explanation->outcome.findings.items[i].types);
	vector_deinit(&explanation->outcome.findings);
	outcomes_deinit(&explanation->outcomes);
}
DEFINE_AUTO_VALUE(explanation, struct explanation, explanation_deinit);

static struct limit amount(int64_t most)
{
	return (struct limit){.has_amount = true, .amount = most};
}

/* The next explanation finds the scratch as it was at first. */
static void assert_left_empty(const struct staged *staged)
{
	const struct scratch *scratch = &staged->scratch;
	for (node_id i = 0; i < staged->scene.graph->nodes; i++)
		cr_assert_eq(scratch->parts[i], 0);
	for (uint32_t n = 0; n < staged->scene.held->tree.numbers; n++)
		cr_assert(scratch->below[n] == 0 && scratch->climbed[n / 64] == 0);
}

/* Of a rule of `metric` that measured `after`, against `limit`. */
static void explain(struct explanation *explanation, const struct staged *staged, struct rule rule, int64_t before,
		    int64_t after)
{
	*explanation = (struct explanation){.outcome = {.rule = rule,
							.verdict = VERDICT_VIOLATED,
							.known = true,
							.has_before = rule.growth,
							.before = before,
							.after = after,
							.measured = rule.growth ? after - before : after,
							.whole = (uint64_t)(rule.growth ? before : 4 * after)}};
	struct outcome *outcome = &explanation->outcome;
	outcome->most = limit_most(&rule.limit, outcome->whole);
	outcomes_init(&explanation->outcomes);
	struct explained explained = help_explained(staged);
	assert_ok(explain_outcome(&staged->scene, &explained, &explanation->outcomes, outcome));
	assert_left_empty(staged);
	cr_assert_eq(outcome->findings.count, 1);
	explanation->finding = &outcome->findings.items[0];
}

static void assert_type(const struct explanation *explanation, size_t i, const char *name, int64_t count, int64_t size)
{
	cr_assert_lt(i, explanation->finding->types.count);
	const struct finding_type *type = &explanation->finding->types.items[i];
	cr_assert_str_eq(type->name, name);
	cr_assert_eq(type->count, count, "%s: %ld", name, (long)type->count);
	cr_assert_eq(type->size, size, "%s: %ld", name, (long)type->size);
}

static const struct subject sessions = {SUBJECT_TYPE, "app\\.Sess"}, everything = {SUBJECT_ALL, NULL};

HEAP_TEST(explain, says_what_came_to_a_cache)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE, CACHE_GREW, DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_RETAINED,
			    .growth = true,
			    .subject = sessions,
			    .limit = {.has_share = true, .share = 0.1}};
	explain(&explained, &staged, rule, 150, 910);
	const struct finding *finding = explained.finding;
	cr_assert_str_eq(finding->message,
			 "what app.Session retains grew by 760 B (150 B -> 910 B), 745 B more than the limit of 10%");
	cr_assert_str_eq(finding->path, "app.CACHE['u3']");
	cr_assert_str_eq(finding->holder, "4 new objects (100% of what came) hang from app.CACHE");
	cr_assert_str_eq(finding->command, "heapdiff why a.snap b.snap --type 'app\\.Sess'");
	cr_assert_eq(finding->types.count, 2);
	assert_type(&explained, 0, "str", 2, 560);
	assert_type(&explained, 1, "app.Session", 2, 200);
	cr_assert_null(finding->source);
}

HEAP_TEST(explain, says_what_a_type_retains)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE_GREW, NULL, DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	explain(&explained, &staged,
		(struct rule){.metric = METRIC_RETAINED, .subject = sessions, .limit = amount(900)}, 0, 910);
	const struct finding *finding = explained.finding;
	cr_assert_str_eq(finding->message, "app.Session retains 910 B, 10 B more than the limit of 900 B");
	cr_assert_str_eq(finding->path, "app.CACHE['u3']");
	cr_assert_str_eq(finding->holder, "6 objects (100% of it) hang from app.CACHE");
	cr_assert_str_eq(finding->command, "heapdiff top a.snap --type 'app\\.Sess'");
	assert_type(&explained, 0, "str", 3, 610);
}

HEAP_TEST(explain, counts_what_is_forbidden)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE, NULL, DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	explain(&explained, &staged, (struct rule){.metric = METRIC_COUNT, .subject = sessions, .limit = amount(0)}, 0,
		1);
	const struct finding *finding = explained.finding;
	cr_assert_str_eq(finding->message, "the heap has 1 object of app.Session, where none is allowed");
	cr_assert_str_eq(finding->path, "app.CACHE['u1']");
	cr_assert_str_eq(finding->holder, "1 object (100% of it) hangs from app.CACHE");
	cr_assert_str_eq(finding->command, "heapdiff paths --merged a.snap --type 'app\\.Sess'");
	cr_assert_eq(finding->types.count, 1);
}

/* The list is new, too, and hangs from the module. */
HEAP_TEST(explain, names_what_is_new_below_a_module)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(
		&staged, TOP "object 0x100 app.Session\nedge 0x30 0x100 ['ONE']\n",
		TOP
		"object 0x100 app.Session\nedge 0x30 0x100 ['ONE']\nobject 0x200 list size=80\nedge 0x30 0x200 ['LOG']\n"
		"object 0x210 str size=300\nobject 0x220 str size=400\nedge 0x200 0x210 [i]\nedge 0x200 0x220 [i]\n",
		DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = everything, .limit = amount(100)};
	explain(&explained, &staged, rule, 1000, 1780);
	const struct finding *finding = explained.finding;
	cr_assert_str_eq(finding->message,
			 "what the heap retains grew by 780 B (1000 B -> 1.7 KiB), 680 B more than the limit of 100 B");
	cr_assert_str_eq(finding->path, "app.LOG");
	cr_assert_str_eq(finding->holder, "3 new objects (100% of what came) are app.LOG and what it leads to");
	cr_assert_str_eq(finding->command, "heapdiff diff a.snap b.snap");
}

/* A second index makes the module the nearest that holds each session alone. */
HEAP_TEST(explain, names_what_the_shortest_ways_lead_through)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	static const char before[] =
		TOP "object 0x40 dict\nedge 0x30 0x40 ['BY_ID']\nobject 0x50 dict\nobject 0x60 list\n"
		    "edge 0x30 0x60 ['INDEX']\nedge 0x60 0x50 [i]\n";
	AUTO(text) struct text after = {0};
	text_init(&after);
	text_add(&after, before);
	for (unsigned i = 0; i < 4; i++)
		text_printf(&after, "object 0x%x app.Session\nedge 0x40 0x%x ['%u']\nedge 0x50 0x%x ['%u']\n",
			    0x100 + 16 * i, 0x100 + 16 * i, i, 0x100 + 16 * i, i);
	help_stage(&staged, before, text_string(&after), DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_COUNT, .growth = true, .subject = sessions, .limit = amount(1)};
	explain(&explained, &staged, rule, 0, 4);
	cr_assert_str_eq(
		explained.finding->message,
		"the number of app.Session grew by 4 objects (0 objects -> 4 objects), 3 objects more than the limit of 1 object");
	cr_assert_str_eq(explained.finding->holder,
			 "4 new objects (100% of what came) hang from app; the shortest paths to 4 of them "
			 "(100% of what came) lead through app.BY_ID");
	cr_assert_str_eq(explained.finding->path, "app.BY_ID['0']");
}

HEAP_TEST(explain, says_that_a_buffer_grew_by_itself)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(
		&staged, TOP "object 0x40 bytearray size=100\nedge 0x30 0x40 ['BUF']\n",
		TOP
		"object 0x40 bytearray size=5000\nedge 0x30 0x40 ['BUF']\nobject 0x50 int size=28\nedge 0x30 0x50 ['n']\n",
		DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = everything, .limit = amount(1)};
	explain(&explained, &staged, rule, 100, 5028);
	cr_assert_str_eq(explained.finding->path, "app.BUF");
	cr_assert_str_eq(explained.finding->holder, "it grew itself, by 4.8 KiB (99% of what came)");
	assert_type(&explained, 0, "bytearray", 0, 4900);
	assert_type(&explained, 1, "int", 1, 28);
	cr_assert_str_eq(explained.finding->command, "heapdiff diff a.snap b.snap");
}

/* Each of the old sessions got a log: none has most of it, the cache does. */
HEAP_TEST(explain, climbs_to_what_holds_most)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	AUTO(text) struct text before = {0}, after = {0};
	text_init(&before);
	text_add(&before, TOP "object 0x40 dict\nedge 0x30 0x40 ['CACHE']\n");
	for (unsigned i = 0; i < 5; i++)
		text_printf(&before, "object 0x%x app.Session\nedge 0x40 0x%x ['%u']\n", 0x100 + 16 * i, 0x100 + 16 * i,
			    i);
	text_init(&after);
	text_add(&after, text_string(&before));
	for (unsigned i = 0; i < 5; i++)
		text_printf(&after, "object 0x%x list size=%u\nedge 0x%x 0x%x .log\n", 0x200 + 16 * i, 100 + i,
			    0x100 + 16 * i, 0x200 + 16 * i);
	help_stage(&staged, text_string(&before), text_string(&after), DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = sessions, .limit = amount(0)};
	explain(&explained, &staged, rule, 240, 750);
	cr_assert_str_eq(explained.finding->message,
			 "what app.Session retains grew by 510 B (240 B -> 750 B), where none is allowed");
	cr_assert_str_eq(explained.finding->path, "app.CACHE['4'].log");
	cr_assert_str_eq(explained.finding->holder, "5 new objects (100% of what came) hang from app.CACHE");
	cr_assert_str_eq(explained.finding->command, "heapdiff why a.snap b.snap --type '^list$'");
}

HEAP_TEST(explain, names_the_largest_cycle_that_came)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(
		&staged, TOP,
		TOP
		"type app.Node flags=0x200\nobject 0x100 list size=300 ref=2 gen=2 flags=gc\nobject 0x110 app.Node size=60 gen=2 flags=gc\n"
		"edge 0x30 0x100 ['RING']\nedge 0x100 0x110 [i]\nedge 0x110 0x100 .all\n"
		"object 0x120 app.Node size=70 ref=1 gen=2 flags=gc\nedge 0x120 0x120 .me\n",
		DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_CYCLES, .growth = true, .subject = everything, .limit = amount(0)};
	explain(&explained, &staged, rule, 0, 2);
	cr_assert_str_eq(explained.finding->path, "app.RING[0]");
	cr_assert_str_eq(explained.finding->holder, "the largest cycle is of 2 objects, 360 B: 1 list, 1 app.Node");
	cr_assert_str_eq(explained.finding->command, "heapdiff cycles b.snap --type '^app\\.Node$'");
	cr_assert_eq(explained.finding->types.count, 2);
}

HEAP_TEST(explain, finds_no_path_to_garbage)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(
		&staged,
		TOP
		"type app.Parser flags=0x200\nobject 0x100 app.Parser size=300 gen=2 flags=gc\nobject 0x110 dict size=60 gen=2 flags=gc\n"
		"object 0x120 str size=1000\nedge 0x100 0x110 .x\nedge 0x110 0x100 ['p']\nedge 0x110 0x120 ['text']\n",
		NULL, DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_GARBAGE, .subject = everything, .limit = amount(1024)};
	explain(&explained, &staged, rule, 0, 1360);
	cr_assert_str_eq(explained.finding->message, "1.3 KiB is garbage, 336 B more than the limit of 1.0 KiB");
	cr_assert_null(explained.finding->path);
	cr_assert_str_eq(explained.finding->holder, "the largest cycle is of 2 objects, 360 B: 1 app.Parser, 1 dict");
	assert_type(&explained, 0, "str", 1, 1000);
	cr_assert_str_eq(explained.finding->command, "heapdiff garbage a.snap");
}

HEAP_TEST(explain, says_what_c_code_holds)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE "object 0x300 app.Session size=20 ref=2\n",
		   CACHE "object 0x300 app.Session size=20 ref=2\nobject 0x310 app.Session size=30 ref=1\n",
		   DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_EXTERNAL, .growth = true, .subject = everything, .limit = amount(0)};
	explain(&explained, &staged, rule, 20, 50);
	cr_assert_str_eq(explained.finding->message,
			 "what only C code keeps alive grew by 30 B (20 B -> 50 B), where none is allowed");
	cr_assert_str_eq(explained.finding->path, "held by C code: app.Session #7");
	cr_assert_str_eq(explained.finding->holder, "1 object (100% of what came) is held by C code");
	cr_assert_str_eq(explained.finding->command, "heapdiff refcounts b.snap");
	assert_type(&explained, 0, "app.Session", 1, 30);
	AUTO(explanation) struct explanation references;
	rule = (struct rule){.metric = METRIC_RESIDUE, .subject = sessions, .limit = amount(2)};
	help_stage_type(&staged, "app.Session");
	explain(&references, &staged, rule, 0, 3);
	cr_assert_str_eq(
		references.finding->message,
		"only C code has 3 references to app.Session, 1 reference more than the limit of 2 references");
	cr_assert_str_eq(references.finding->path, "held by C code: app.Session #6");
}

HEAP_TEST(explain, tells_the_process_by_what_came)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained, fragmented;
	help_stage(&staged, CACHE, CACHE_GREW, DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RSS, .growth = true, .subject = everything, .limit = amount(4096)};
	explain(&explained, &staged, rule, 1 << 20, 2 << 20);
	cr_assert_str_eq(
		explained.finding->message,
		"the resident memory of the process grew by 1.0 MiB (1.0 MiB -> 2.0 MiB), 1.0 MiB more than the limit of 4.0 KiB");
	cr_assert_str_eq(explained.finding->holder, "4 new objects (100% of what came) hang from app.CACHE");
	cr_assert_str_eq(explained.finding->command, "heapdiff memory a.snap b.snap");
	rule = (struct rule){.metric = METRIC_FRAGMENTATION,
			     .subject = everything,
			     .limit = {.has_share = true, .share = 0.2}};
	explain(&fragmented, &staged, rule, 0, 1 << 20);
	cr_assert_str_eq(
		fragmented.finding->message,
		"1.0 MiB of the allocator's pools is nobody's, 204.8 KiB more than the limit of 20% of the pools' size");
	cr_assert_null(fragmented.finding->path);
	cr_assert_null(fragmented.finding->holder);
	cr_assert_eq(fragmented.finding->types.count, 0);
	cr_assert_str_eq(fragmented.finding->command, "heapdiff memory b.snap");
}

/* What is larger without anything new. */
HEAP_TEST(explain, says_that_nothing_is_new)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE "edge 0x30 0x108 ['NAME']\n", CACHE, DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = sessions, .limit = amount(10)};
	explain(&explained, &staged, rule, 100, 150);
	cr_assert_str_eq(explained.finding->holder, "nothing of it is new: something else held it before, too");
	cr_assert_null(explained.finding->path);
	cr_assert_eq(explained.finding->types.count, 0);
}

HEAP_TEST(explain, shows_the_object_of_a_path)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE_GREW, NULL, DIFF_BY_ADDRESS);
	help_stage_address(&staged, 0x40);
	struct rule rule = {.metric = METRIC_RETAINED,
			    .subject = {SUBJECT_PATH, "app.CACHE"},
			    .limit = {.has_share = true, .share = 0.05}};
	explain(&explained, &staged, rule, 0, 1110);
	cr_assert_str_eq(explained.finding->message,
			 "app.CACHE retains 1.1 KiB, 888 B more than the limit of 5% of the heap's size");
	cr_assert_str_eq(explained.finding->path, "app.CACHE");
	cr_assert_str_eq(explained.finding->holder, "7 objects (100% of it) hang from app");
	cr_assert_str_eq(explained.finding->command, "heapdiff tree a.snap '#3'");
}

HEAP_TEST(explain, names_the_line_that_allocated_most)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE,
		   CACHE_GREW
		   "row tracebacks\nrow tracebacks\nrow traceback_frames traceback=0 file=a.py line=3\n"
		   "row traceback_frames traceback=1 file=b.py line=7\nrow traces node=0x118 traceback=0 size=8\n"
		   "row traces node=0x128 traceback=1 size=8\nrow traces node=0x108 traceback=0 size=8\n",
		   DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = sessions, .limit = amount(10)};
	explain(&explained, &staged, rule, 150, 910);
	cr_assert_str_eq(explained.finding->source, "b.py");
	cr_assert_eq(explained.finding->source_line, 7);
}

/* Of two processes what came is told by paths. */
HEAP_TEST(explain, says_what_came_to_another_process)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE, CACHE_GREW, DIFF_BY_PATH);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_COUNT, .growth = true, .subject = sessions, .limit = amount(1)};
	explain(&explained, &staged, rule, 1, 3);
	cr_assert_str_eq(explained.finding->holder, "2 new objects (100% of what came) hang from app.CACHE");
	cr_assert_str_eq(explained.finding->command, "heapdiff why a.snap b.snap --type 'app\\.Sess'");
}

HEAP_TEST(explain, tells_a_query_by_its_objects)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE_GREW, NULL, DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_QUERY,
			    .subject = {SUBJECT_QUERY, "MATCH (s:`app.Session`) RETURN s"},
			    .limit = amount(0)};
	explain(&explained, &staged, rule, 0, 3);
	cr_assert_str_eq(explained.finding->message,
			 "query:MATCH (s:`app.Session`) RETURN s gives 3, where none is allowed");
	cr_assert_str_eq(explained.finding->path, "app.CACHE['u3']");
	cr_assert_str_eq(explained.finding->command, "heapdiff query a.snap 'MATCH (s:`app.Session`) RETURN s'");
}

/* Two frames hold each object together. */
HEAP_TEST(explain, says_that_no_one_place_holds_it)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	static const char heap[] =
		TOP "object 0x40 list\nobject 0x48 list\nobject 0x100 app.Session\nobject 0x108 app.Session\n"
		    "edge 0x40 0x100 [i]\nedge 0x40 0x108 [i]\nedge 0x48 0x100 [i]\nedge 0x48 0x108 [i]\n"
		    "root frame f 0x40 function=f\nroot frame g 0x48 function=g\n";
	help_stage(&staged, heap, NULL, DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	explain(&explained, &staged, (struct rule){.metric = METRIC_SIZE, .subject = sessions, .limit = amount(50)}, 0,
		96);
	cr_assert_str_eq(explained.finding->message, "app.Session occupies 96 B, 46 B more than the limit of 50 B");
	cr_assert_str_eq(explained.finding->holder,
			 "no one place holds most of 2 objects (100% of it); the shortest paths to 2 of "
			 "them (100% of it) lead through f()");
	cr_assert_str_eq(explained.finding->path, "f()[0]");
	cr_assert_str_eq(explained.finding->command, "heapdiff types a.snap --type 'app\\.Sess'");
}

/* Modules retain most of a heap, and say nothing. */
HEAP_TEST(explain, leaves_modules_for_what_is_in_them)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained, counted;
	help_stage(&staged, CACHE_GREW, NULL, DIFF_BY_ADDRESS);
	explain(&explained, &staged,
		(struct rule){.metric = METRIC_RETAINED, .subject = everything, .limit = amount(1000)}, 0, 1254);
	cr_assert_str_eq(explained.finding->message, "the heap retains 1.2 KiB, 254 B more than the limit of 1000 B");
	cr_assert_str_eq(explained.finding->path, "app.CACHE");
	cr_assert_str_eq(explained.finding->holder, "7 objects (89% of it) hang from app.CACHE");
	cr_assert_str_eq(explained.finding->command, "heapdiff top a.snap");
	explain(&counted, &staged, (struct rule){.metric = METRIC_COUNT, .subject = everything, .limit = amount(9)}, 0,
		10);
	cr_assert_str_eq(counted.finding->message,
			 "the heap has 10 objects, 1 object more than the limit of 9 objects");
	cr_assert_str_eq(counted.finding->command, "heapdiff types --sort objects a.snap");
}

/* A child that came to an old parent, which refers back. */
HEAP_TEST(explain, names_a_cycle_that_grew)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	static const char parent[] = TOP "object 0x100 app.Session gen=2 flags=gc\nedge 0x30 0x100 ['ONE']\n";
	AUTO(text) struct text after = {0};
	text_init(&after);
	text_add(&after, parent);
	text_add(
		&after,
		"object 0x110 app.Session size=70 gen=2 flags=gc\nedge 0x100 0x110 .child\nedge 0x110 0x100 .parent\n");
	help_stage(&staged, parent, text_string(&after), DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_CYCLES, .growth = true, .subject = sessions, .limit = amount(0)};
	explain(&explained, &staged, rule, 0, 1);
	cr_assert_str_eq(explained.finding->message,
			 "1 cycle with app.Session appeared or grew (0 cycles -> 1 cycle), where none is allowed");
	cr_assert_str_eq(explained.finding->holder, "the largest cycle is of 2 objects, 118 B: 2 app.Session");
	cr_assert_str_eq(explained.finding->command, "heapdiff cycles b.snap --type 'app\\.Sess'");
	help_stage_type(&staged, "module");
	AUTO(explanation) struct explanation none;
	explain(&none, &staged, rule, 0, 1);
	cr_assert_null(none.finding->path);
	cr_assert_null(none.finding->holder);
}

/* Against a baseline there is no earlier snapshot: growth is told by what is there. */
HEAP_TEST(explain, tells_growth_without_an_earlier_snapshot)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, CACHE_GREW, NULL, DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.Session");
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = sessions, .limit = amount(0)};
	explain(&explained, &staged, rule, 150, 910);
	cr_assert_str_eq(explained.finding->path, "app.CACHE['u3']");
	cr_assert_str_eq(explained.finding->holder, "6 objects (100% of it) hang from app.CACHE");
	cr_assert_str_eq(explained.finding->command, "heapdiff top a.snap --type 'app\\.Sess'");
}

/* A heap names its types as it likes. */
HEAP_TEST(explain, shows_a_terminal_nothing_but_text)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(&staged, TOP "object 0x100 app.\x1b[31m\xff size=9\nedge 0x30 0x100 ['\x1b']\n", NULL,
		   DIFF_BY_ADDRESS);
	help_stage_type(&staged, "app.\x1b[31m\xff");
	struct rule rule = {.metric = METRIC_COUNT, .subject = {SUBJECT_MODULE, "^app"}, .limit = amount(0)};
	explain(&explained, &staged, rule, 0, 1);
	assert_type(&explained, 0, "app.\\x1B[31m\\xFF", 1, 9);
	cr_assert_str_eq(explained.finding->message, "the heap has 1 object of module:^app, where none is allowed");
	cr_assert_str_eq(explained.finding->command,
			 "heapdiff paths --merged a.snap --type $'^app\\\\.\\x1b\\\\[31m\\xff$'");
	cr_assert_null(strchr(explained.finding->path, '\x1b'));
}

/* Three buffers: none is most of it. */
HEAP_TEST(explain, says_what_holds_objects_that_grew)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	AUTO(text) struct text before = {0}, after = {0};
	text_init(&before);
	text_init(&after);
	text_add(&before, TOP "object 0x40 dict\nedge 0x30 0x40 ['BUFFERS']\n");
	text_add(&after, text_string(&before));
	for (unsigned i = 0; i < 3; i++) {
		text_printf(&before, "object 0x%x bytearray size=100\nedge 0x40 0x%x ['%u']\n", 0x100 + 16 * i,
			    0x100 + 16 * i, i);
		text_printf(&after, "object 0x%x bytearray size=%u\nedge 0x40 0x%x ['%u']\n", 0x100 + 16 * i, 200 + i,
			    0x100 + 16 * i, i);
	}
	help_stage(&staged, text_string(&before), text_string(&after), DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_SIZE, .growth = true, .subject = everything, .limit = amount(0)};
	explain(&explained, &staged, rule, 300, 603);
	cr_assert_str_eq(explained.finding->path, "app.BUFFERS['2']");
	cr_assert_str_eq(explained.finding->holder,
			 "100% of what came was added to objects that were there before; these hang from app.BUFFERS");
	assert_type(&explained, 0, "bytearray", 0, 303);
}

/* What is largest alone lies elsewhere: the path is of what the holder holds. */
HEAP_TEST(explain, shows_an_object_of_where_most_gathers)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	static const char before[] = TOP "object 0x40 list\nedge 0x30 0x40 ['LOG']\n";
	AUTO(text) struct text after = {0};
	text_init(&after);
	text_add(&after, before);
	text_add(&after, "object 0x50 dict size=272\nroot frame f 0x50 function=f\n");
	for (unsigned i = 0; i < 9; i++)
		text_printf(&after, "object 0x%x str size=50\nedge 0x40 0x%x [i]\n", 0x100 + 16 * i, 0x100 + 16 * i);
	help_stage(&staged, before, text_string(&after), DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = everything, .limit = amount(0)};
	explain(&explained, &staged, rule, 100, 822);
	cr_assert_str_eq(explained.finding->path, "app.LOG[0]");
	cr_assert_str_eq(explained.finding->holder, "9 new objects (62% of what came) hang from app.LOG");
}

/* Nobody ran a collection: what came is garbage, beside something smaller that a frame has. */
HEAP_TEST(explain, says_that_a_collection_frees_what_came)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained, stuck;
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = everything, .limit = amount(0)};
	static const char garbage[] = TOP "object 0x50 dict size=272\nroot frame f 0x50 function=f\n"
					  "object 0x100 list size=900 gen=0 flags=gc\nedge 0x100 0x100 [i]\n";
	help_stage(&staged, TOP, garbage, DIFF_BY_ADDRESS);
	explain(&explained, &staged, rule, 100, 1272);
	cr_assert_null(explained.finding->path);
	cr_assert_str_eq(explained.finding->holder,
			 "nothing leads to 1 new object (77% of what came): a full collection frees it");
	help_staged_deinit(&staged);
	help_stage(&staged, TOP, TOP "object 0x100 list size=900 gen=permanent flags=gc\nedge 0x100 0x100 [i]\n",
		   DIFF_BY_ADDRESS);
	explain(&stuck, &staged, rule, 100, 1000);
	cr_assert_str_eq(stuck.finding->holder, "nothing leads to 1 new object (100% of what came)");
}

/* Three new lists in one module: the module holds all of it, and none of the lists most. */
HEAP_TEST(explain, names_the_largest_of_several_below_a_module)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained;
	help_stage(
		&staged, TOP,
		TOP
		"object 0x100 list size=300\nobject 0x110 list size=400\nobject 0x120 list size=100\nobject 0x130 str size=200\n"
		"edge 0x30 0x100 ['A']\nedge 0x30 0x110 ['B']\nedge 0x30 0x120 ['C']\nedge 0x120 0x130 [i]\n",
		DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = everything, .limit = amount(0)};
	explain(&explained, &staged, rule, 100, 1100);
	cr_assert_str_eq(explained.finding->path, "app.B");
	cr_assert_str_eq(explained.finding->holder,
			 "4 new objects (100% of what came) hang from app; 1 new object (40% of what came) is app.B");
}

/* Many small cycles are more than a large one; a class is none. */
HEAP_TEST(explain, puts_cycles_together_that_are_alike)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation garbage, came;
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, TOP "object 0x50 list size=150 gen=2 flags=gc\nedge 0x50 0x50 [i]\n"
			    "object 0x60 type size=999 gen=2 flags=gc\nedge 0x60 0x60 .x\n");
	for (unsigned i = 0; i < 3; i++)
		text_printf(&text,
			    "object 0x%x app.Session size=40 gen=2 flags=gc\nobject 0x%x dict size=60 gen=2 flags=gc\n"
			    "edge 0x%x 0x%x .d\nedge 0x%x 0x%x ['s']\n",
			    0x100 + 16 * i, 0x200 + 16 * i, 0x100 + 16 * i, 0x200 + 16 * i, 0x200 + 16 * i,
			    0x100 + 16 * i);
	help_stage(&staged, TOP, text_string(&text), DIFF_BY_ADDRESS);
	explain(&garbage, &staged, (struct rule){.metric = METRIC_GARBAGE, .subject = everything, .limit = amount(5)},
		0, 1449);
	cr_assert_str_eq(garbage.finding->holder,
			 "most is in 3 cycles alike, of 2 objects each, 300 B: 1 dict, 1 app.Session");
	struct rule rule = {.metric = METRIC_CYCLES, .growth = true, .subject = everything, .limit = amount(0)};
	explain(&came, &staged, rule, 0, 4);
	cr_assert_str_eq(came.finding->holder,
			 "most is in 3 cycles alike, of 2 objects each, 300 B: 1 dict, 1 app.Session");
	assert_type(&came, 0, "dict", 3, 180);
	assert_type(&came, 1, "app.Session", 3, 120);
	cr_assert_str_eq(came.finding->command, "heapdiff cycles b.snap --type '^app\\.Session$'");
}

/* The type that is shown may be one that no path leads to. */
HEAP_TEST(explain, tells_many_types_by_their_number)
{
	AUTO(staged) struct staged staged;
	AUTO(explanation) struct explanation explained, garbage;
	help_stage(&staged, TOP, TOP "object 0x100 list size=900 gen=0 flags=gc\nedge 0x100 0x100 [i]\n",
		   DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RETAINED,
			    .growth = true,
			    .subject = {SUBJECT_TYPE, "."},
			    .limit = amount(0)};
	staged.member = malloc(staged.scene.graph->nodes * sizeof *staged.member);
	cr_assert_not_null(staged.member);
	for (node_id i = 0; i < staged.scene.graph->nodes; i++)
		staged.member[i] = 1;
	explain(&explained, &staged, rule, 100, 1000);
	cr_assert_str_eq(explained.finding->message,
			 "what . (3 types) retains grew by 900 B (100 B -> 1000 B), where none is allowed");
	rule.subject = (struct subject){SUBJECT_MODULE, "builtins"};
	explain(&garbage, &staged, rule, 100, 1000);
	cr_assert_null(garbage.finding->path);
	cr_assert_str_eq(garbage.finding->command, "heapdiff why a.snap b.snap --type '^list$'");
}
