/* Policies to begin with: what is in one of a known heap, and that whatever a class is called, it can be read. */
#include "checks/starter.h"

#include "base/match.h"
#include "checks/policy.h"
#include "tests/checks/help_scene.h"
#include "tests/test.h"

#include <stdlib.h>

#define TODAY "2026-03-01"
#define APP "row modules name=app.part file=/srv/app/part.py\n"

/* What a snapshot's policy says; its rules are added. */
static void help_start(const char *snapshot, struct text *text, struct rules *rules)
{
	AUTO(staged) struct staged staged;
	help_stage(&staged, snapshot, NULL, DIFF_BY_ADDRESS);
	const struct scene *scene = &staged.scene;
	AUTO(free) void *memory = calloc(scene->names->count + 1, sizeof(uint64_t));
	uint64_t *retained = memory;
	cr_assert_not_null(retained);
	for (label_id l = 0; l < scene->names->count; l++) {
		help_stage_type(&staged, scene->names->labels[l].name);
		for (node_id i = 0; i < scene->graph->nodes; i++)
			retained[l] += staged.retained[i] ? graph_size(scene->graph, i) : 0;
	}
	text_init(text);
	rules_init(rules);
	struct policy policy;
	assert_ok(starter_print(scene, retained, text));
	assert_ok(policy_parse(text_string(text), text->length, "memory.ini", TODAY, rules, &policy));
}

static const struct rule *help_find(const struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->items.count; i++)
		if (strcmp(rules->items.items[i].name, name) == 0)
			return &rules->items.items[i];
	cr_assert_fail("no rule '%s'", name);
	return NULL;
}

static bool help_has(const struct rules *rules, const char *part)
{
	for (size_t i = 0; i < rules->items.count; i++)
		if (strstr(rules->items.items[i].name, part) != NULL)
			return true;
	return false;
}

static bool help_matches(const char *pattern, const char *name)
{
	AUTO(match) struct match *match = NULL;
	bool found = false;
	assert_ok(match_create(pattern, MATCH_SEARCH, &match));
	assert_ok(match_run(match, name, strlen(name), &found));
	return found;
}

/* Two sessions that share a string of 1,000,000 bytes, a cache with one of 100,000, a class of the library, garbage and what C holds. */
#define SHOP                                                                                                                                                       \
	"type shop.Session flags=0x200\ntype shop.Small flags=0x200\ntype _built.In flags=0x200\ntype shop.web.Cache flags=0x200\ntype json.Decoder flags=0x200\n" \
	"row modules name=encodings file=/usr/lib/python3.11/encodings/__init__.py\n"                                                                              \
	"row modules name=json file=/usr/lib/python3.11/json/__init__.py\n"                                                                                        \
	"row modules name=shop file=/srv/shop/__init__.py\n"                                                                                                       \
	"object 0x10 shop.Session size=100 gc\nobject 0x20 shop.Session size=100\nobject 0x30 str size=1000000 ref=2\n"                                            \
	"object 0x40 shop.web.Cache size=50\nobject 0x50 str size=100000\nobject 0x60 json.Decoder size=70\n"                                                      \
	"object 0x70 list size=500000 gen=2 flags=gc ref=1\nobject 0x80 str size=300000 ref=9\n"                                                                   \
	"object 0x90 _built.In size=20000\nobject 0xa0 shop.Small size=100\n"                                                                                      \
	"edge 0x10 0x30 .name\nedge 0x20 0x30 .name\nedge 0x40 0x50 .x\nedge 0x70 0x70 [0]\n"                                                                      \
	"root modules sys.modules 0x10 0x20 0x40 0x60 0x90 0xa0\n"

HEAP_TEST(starter, limits_what_the_program_has_to_half_as_much_again)
{
	AUTO(text) struct text text;
	AUTO(rules) struct rules rules;
	help_start(SHOP, &text, &rules);
	const struct rule *heap = help_find(&rules, "heap"), *package = help_find(&rules, "package shop");
	const struct rule *sessions = help_find(&rules, "retained shop.Session"),
			  *count = help_find(&rules, "count shop.Session");
	const struct rule *garbage = help_find(&rules, "garbage"), *held = help_find(&rules, "held by C alone");
	cr_assert(heap->metric == METRIC_SIZE && heap->subject.kind == SUBJECT_ALL);
	cr_assert_eq(heap->limit.amount, 3000 << 10, "1,920,420 bytes are there");
	cr_assert(package->metric == METRIC_RETAINED && package->subject.kind == SUBJECT_MODULE);
	cr_assert_str_eq(package->subject.text, "^shop(\\.|$)");
	cr_assert_eq(package->limit.amount, 2000 << 10, "1,100,350 bytes: with what two modules' classes hold");
	cr_assert(sessions->metric == METRIC_RETAINED && sessions->limit.amount == 1500 << 10);
	cr_assert_str_eq(sessions->subject.text, "^shop\\.Session$");
	cr_assert(count->metric == METRIC_COUNT && count->limit.amount == 10, "not 3: few are noise");
	cr_assert_eq(garbage->limit.amount, 800 << 10);
	cr_assert(held->metric == METRIC_EXTERNAL && held->limit.amount == 500 << 10);
	cr_assert_not(help_has(&rules, "json"), "of the library");
	cr_assert_not(help_has(&rules, "str"), "no class of the program's");
	cr_assert_not(help_has(&rules, "_built"), "from no file");
	cr_assert_not(help_has(&rules, "Small"), "less than a thousandth");
	cr_assert_eq(rules.items.count, 8);
	for (size_t i = 0; i < rules.items.count; i++)
		cr_assert(!rules.items.items[i].growth && rules.items.items[i].severity == SEVERITY_ERROR);
	cr_assert_not_null(strstr(text_string(&text), "\n# Now: 2 objects, 976.8 KiB with what only they hold.\n"));
}

/* The lines that begin with a semicolon, without it, and the rules that are there left out. */
static void help_uncomment(const char *text, struct text *result)
{
	text_init(result);
	for (const char *line = text; *line != '\0';) {
		size_t length = strcspn(line, "\n");
		if (line[0] == ';')
			text_add_bytes(result, line + 1, length);
		line += length + (line[length] == '\n');
	}
}

HEAP_TEST(starter, leaves_out_rules_that_can_be_had_by_removing_a_semicolon)
{
	AUTO(text) struct text text;
	AUTO(rules) struct rules rules;
	help_start(SHOP, &text, &rules);
	AUTO(text) struct text commented;
	help_uncomment(text_string(&text), &commented);
	const char *first = strstr(text_string(&commented), "[no debugging helpers]");
	cr_assert_not_null(first);
	AUTO(rules) struct rules more;
	rules_init(&more);
	struct policy policy;
	assert_ok(policy_parse(first, strlen(first), "memory.ini", TODAY, &more, &policy));
	cr_assert_eq(more.items.count, 10);
	cr_assert_str_eq(help_find(&more, "more objects")->subject.text, "^shop(\\.|$)");
	cr_assert(help_find(&more, "no debugging helpers")->optional);
	cr_assert(help_find(&more, "growth")->growth && help_find(&more, "new cycles")->metric == METRIC_CYCLES);
	AUTO(text) struct text general;
	text_init(&general);
	text_printf(&general, "[policy]\n%.*s",
		    (int)(strstr(text_string(&commented), "optional") - text_string(&commented)),
		    text_string(&commented));
	assert_ok(policy_parse(text_string(&general), general.length, "memory.ini", TODAY, &more, &policy));
	cr_assert(policy.match != NULL && policy.mask != NULL && policy.sigmas == 3 && policy.least == 4096);
}

HEAP_TEST(starter, has_a_policy_for_a_heap_without_classes)
{
	AUTO(text) struct text text;
	AUTO(rules) struct rules rules;
	help_start("object 0x10 dict size=100\nroot modules sys.modules 0x10\n", &text, &rules);
	cr_assert_eq(rules.items.count, 3);
	AUTO(text) struct text none;
	AUTO(rules) struct rules empty;
	help_start("root modules sys.modules\n", &none, &empty);
	cr_assert_eq(help_find(&empty, "heap")->limit.amount, 100 << 10);
}

HEAP_TEST(starter, has_no_more_than_the_largest)
{
	AUTO(text) struct text snapshot;
	text_init(&snapshot);
	for (unsigned i = 0; i < 12; i++)
		text_printf(&snapshot, "type p%u.C flags=0x200\nrow modules name=p%u file=/srv/p.py\n", i, i);
	for (unsigned i = 0; i < 12; i++)
		text_printf(&snapshot, "object %u p%u.C size=%u\n", 16 + 16 * i, i, 1000000 * (1 + i * 5 % 12));
	text_add(&snapshot, "root modules sys.modules");
	for (unsigned i = 0; i < 12; i++)
		text_printf(&snapshot, " %u", 16 + 16 * i);
	text_add(&snapshot, "\n");
	AUTO(text) struct text text;
	AUTO(rules) struct rules rules;
	help_start(text_string(&snapshot), &text, &rules);
	cr_assert_eq(rules.items.count, 3 + 8 * 2 + 3);
	cr_assert_str_eq(rules.items.items[1].name, "package p7", "12,000,000 bytes");
	cr_assert_str_eq(rules.items.items[4].name, "retained p7.C");
	cr_assert_str_eq(rules.items.items[6].name, "retained p2.C", "11,000,000 bytes");
}

/* Names that the reader of policies, or a pattern, would take for something else. */
HEAP_TEST(starter, can_be_read_whatever_a_class_is_called)
{
	static const char *const names[] = {
		"app.make.<locals>.Thing",
		"app.Box[int; str]",
		"app.a ;b",
		"app.a #b",
		"app.#x",
		"app.A|B",
		"app.(A)*+?{2}\\d^$",
		"app. blanks ",
		"app.limit=5",
		"app.[policy]",
		"app.caf\u00e9",
		"app.a_rather_long_name_of_a_class_that_no_section_can_have_as_it_is",
		"app.a_rather_long_name_of_a_class_that_no_section_can_have_as_it_is_either",
		"app.\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
		"app.x;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		AUTO(text) struct text snapshot, text;
		text_init(&snapshot);
		text_printf(&snapshot,
			    APP
			    "type \"%s\" flags=0x200\nobject 0x10 \"%s\" size=5000\nroot modules sys.modules 0x10\n",
			    names[i], names[i]);
		AUTO(rules) struct rules rules;
		help_start(text_string(&snapshot), &text, &rules);
		cr_assert_eq(rules.items.count, 6, "%s", names[i]);
		const char *pattern = rules.items.items[2].subject.text;
		cr_assert_eq(rules.items.items[2].subject.kind, SUBJECT_TYPE);
		cr_assert(help_matches(pattern, names[i]), "%s doesn't find %s", pattern, names[i]);
		AUTO(text) struct text longer;
		text_init(&longer);
		text_printf(&longer, "%sx", names[i]);
		cr_assert_not(help_matches(pattern, text_string(&longer)));
		cr_assert_not(help_matches(pattern, text_string(&longer) + 1));
	}
}

HEAP_TEST(starter, takes_the_main_program_for_one_without_a_file)
{
	AUTO(text) struct text text;
	AUTO(rules) struct rules rules;
	help_start(
		"type __main__.C flags=0x200\nobject 0x10 __main__.C size=5000\nrow modules name=__main__\nroot modules sys.modules 0x10\n",
		&text, &rules);
	cr_assert(help_has(&rules, "package __main__") && help_has(&rules, "count __main__.C"));
}

HEAP_TEST(starter, leaves_out_what_no_pattern_can_say)
{
	AUTO(text) struct text text;
	AUTO(rules) struct rules rules;
	help_start(
		APP
		"type app.a\033[31m flags=0x200\ntype app.\xff flags=0x200\ntype app.Fine flags=0x200\n"
		"object 0x10 app.a\033[31m\nobject 0x20 app.\xff\nobject 0x30 app.Fine\nroot modules sys.modules 0x10 0x20 0x30\n",
		&text, &rules);
	cr_assert_eq(rules.items.count, 6);
	cr_assert(help_has(&rules, "retained app.Fine"));
}
