/* Which command shows more?
 *
 * One for each metric, of one snapshot or of growth. What the rule's subject is, a pattern of types says: its own, or one that finds just the
 * type of the object that is shown.
 */
#include "checks/command_line.h"

#include "base/match.h"
#include "base/shell.h"

#include <inttypes.h>
#include <string.h>

#define TYPES_TOGETHER 8u /* new objects of more are told type by type */

enum files {
	FILES_NONE, /* there is no such command */
	FILES_LATER,
	FILES_BOTH
};

struct shown_by {
	const char *name;
	enum files files;
	bool type; /* takes --type */
};

static const struct shown_by of_one[METRIC_NUMBER] = {
	[METRIC_RETAINED] = {"top", FILES_LATER, true},          [METRIC_SIZE] = {"types", FILES_LATER, true},
	[METRIC_COUNT] = {"paths --merged", FILES_LATER, true},  [METRIC_GARBAGE] = {"garbage", FILES_LATER, true},
	[METRIC_CYCLES] = {"cycles", FILES_LATER, true},         [METRIC_RESIDUE] = {"refcounts", FILES_LATER, true},
	[METRIC_EXTERNAL] = {"refcounts", FILES_LATER, true},    [METRIC_RSS] = {"memory", FILES_LATER, false},
	[METRIC_FRAGMENTATION] = {"memory", FILES_LATER, false}, [METRIC_QUERY] = {"query", FILES_LATER, false},
};
static const struct shown_by of_growth[METRIC_NUMBER] = {
	[METRIC_RETAINED] = {"why", FILES_BOTH, true},
	[METRIC_SIZE] = {"why", FILES_BOTH, true},
	[METRIC_COUNT] = {"why", FILES_BOTH, true},
	[METRIC_RSS] = {"memory", FILES_BOTH, false},
	[METRIC_FRAGMENTATION] = {"memory", FILES_BOTH, false},
	[METRIC_QUERY] = {"query", FILES_BOTH, false},
};

/* A pattern that finds the type of this object alone. */
static void add_exactly(const struct scene *scene, node_id node, struct text *text)
{
	const struct label *label = &scene->names->labels[scene->facts->label[scene->graph->type[node]]];
	match_add_exactly(label->name, label->length, text);
}

/* Adds the pattern of --type; nothing where there is none to give. Of all cycles just those like the one that is shown. */
static void find_pattern(const struct scene *scene, const struct rule *rule, node_id shown, bool own, struct text *text)
{
	if (own && rule->subject.kind == SUBJECT_TYPE)
		text_add(text, rule->subject.text);
	else if ((rule->subject.kind != SUBJECT_ALL || rule->metric == METRIC_CYCLES) && shown != NO_ID)
		add_exactly(scene, shown, text);
}

/* Pairs are matched as they are here, unless that is what is done anyway. */
static void add_match(const struct diff *diff, struct text *text)
{
	if (diff->same_process && diff->match == DIFF_BY_PATH)
		text_add(text, " --match path");
	if (!diff->same_process && diff->match == DIFF_BY_ADDRESS)
		text_add(text, " --match address");
}

static void add_call(const struct scene *scene, const struct shown_by *by, const char *pattern, struct text *text)
{
	text_printf(text, "heapdiff %s", by->name);
	if (by->files == FILES_BOTH)
		shell_add_file(text, scene->before);
	shell_add_file(text, scene->after);
	if (by->type && pattern[0] != '\0') {
		text_add(text, " --type ");
		shell_add_word(text, pattern);
	}
	if (by->files == FILES_BOTH && by->type && scene->diff != NULL)
		add_match(scene->diff, text);
}

/* A query may ask for what is new, growth or not. */
static const struct shown_by *choose(const struct scene *scene, const struct rule *rule)
{
	bool two = scene->diff != NULL && scene->before != NULL && (rule->growth || rule->metric == METRIC_QUERY);
	const struct shown_by *by = two ? &of_growth[rule->metric] : &of_one[rule->metric];
	return by->files != FILES_NONE ? by : &of_one[rule->metric];
}

struct error *command_line_print(const struct scene *scene, const struct rule *rule, node_id shown, uint32_t came,
				 struct text *text)
{
	static const struct shown_by whole = {"diff", FILES_BOTH, true}, tree = {"tree", FILES_LATER, false},
				     counts = {"types --sort objects", FILES_LATER, false};
	const struct shown_by *by = choose(scene, rule);
	AUTO(text) struct text pattern = {0};
	text_init(&pattern);
	bool type_grew = by->files != FILES_BOTH || came > 0;
	find_pattern(scene, rule, shown, type_grew, &pattern);
	bool many = rule->subject.kind == SUBJECT_TYPE && came > TYPES_TOGETHER;
	bool object = by == &of_one[METRIC_RETAINED] && rule->subject.kind == SUBJECT_PATH && shown != NO_ID;
	if (object)
		by = &tree;
	else if (pattern.length == 0 && by == &of_one[METRIC_COUNT])
		by = &counts;
	else if (by->files == FILES_BOTH && by->type && (pattern.length == 0 || many))
		by = &whole;
	add_call(scene, by, text_string(&pattern), text);
	if (object)
		text_printf(text, " '#%" PRIu32 "'", shown);
	if (rule->metric == METRIC_QUERY) {
		text_add_char(text, ' ');
		shell_add_word(text, rule->subject.text);
	}
	text->failed |= pattern.failed;
	return text_error(text);
}
