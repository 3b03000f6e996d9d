/* Which objects of a snapshot is each rule about?
 *
 * A pattern is matched once for each type, whose objects then get a word of bits at once. What single objects are about, found by
 * a path or a query, is added to theirs.
 */
#include "checks/subject_sets.h"

#include "analyzer/memory.h"
#include "analyzer/path_lookup.h"
#include "analyzer/path_syntax.h"
#include "base/match.h"

#include <stdlib.h>
#include <string.h>

struct finding_sets { /* while they are found */
	const struct rules *rules;
	const struct graph *graph;
	const struct type_names *names;
	const struct type_facts *facts;
	struct subject_sets *sets;
	uint64_t *of_type; /* word w of type t: of_type[w * types + t] */
};

void subject_sets_deinit(struct subject_sets *sets)
{
	free(sets->member);
	free(sets->matched);
	free(sets->known);
	*sets = (struct subject_sets){0};
}

static struct label text_of(const struct finding_sets *finding, enum subject_kind kind, type_id type)
{
	struct label label = finding->names->labels[finding->facts->label[type]];
	if (kind == SUBJECT_MODULE) {
		const struct reader *reader = finding->graph->reader;
		label.name = reader_string(reader, reader_types(reader)[type].module, &label.length);
	}
	return label;
}

/* --- rules about types ------------------------------------------------------------------------------------------------ */

static struct error *match_types(struct finding_sets *finding, size_t r, const char *pattern, enum subject_kind kind, bool add)
{
	const struct rule *rule = &finding->rules->items.items[r];
	uint64_t bit = UINT64_C(1) << r % SUBJECT_BITS;
	uint64_t *of_type = finding->of_type + r / SUBJECT_BITS * finding->facts->count;
	AUTO(match) struct match *match = NULL;
	TRY(match_create(pattern, MATCH_SEARCH, &match));
	for (type_id t = 0; t < finding->facts->count; t++) {
		struct label label = text_of(finding, kind, t);
		bool found;
		struct error *error = match_run(match, label.name, label.length, &found);
		if (error != NULL) {
			AUTO(error) struct error *cause = error;
			return rule_error(rule, rule->subject_line, "%s", cause->message);
		}
		if (found && add)
			of_type[t] |= bit;
		else if (found)
			of_type[t] &= ~bit;
		finding->sets->matched[r] |= found && add;
	}
	return NULL;
}

static void take_all_types(struct finding_sets *finding, size_t r)
{
	uint64_t *of_type = finding->of_type + r / SUBJECT_BITS * finding->facts->count;
	for (type_id t = 0; t < finding->facts->count; t++)
		of_type[t] |= UINT64_C(1) << r % SUBJECT_BITS;
	finding->sets->matched[r] = true;
}

static struct error *find_types(struct finding_sets *finding, size_t r)
{
	const struct rule *rule = &finding->rules->items.items[r];
	enum subject_kind kind = rule->subject.kind;
	if (kind == SUBJECT_TYPE || kind == SUBJECT_MODULE)
		TRY(match_types(finding, r, rule->subject.text, kind, true));
	else if (kind == SUBJECT_ALL)
		take_all_types(finding, r);
	return rule->except != NULL ? match_types(finding, r, rule->except, SUBJECT_TYPE, false) : NULL;
}

static void spread(const struct finding_sets *finding)
{
	struct subject_sets *sets = finding->sets;
	for (size_t w = 0; w < sets->words; w++) {
		const uint64_t *of_type = finding->of_type + w * finding->facts->count;
		uint64_t *member = sets->member + w * sets->nodes;
		for (node_id i = 0; i < sets->nodes; i++)
			member[i] = of_type[finding->graph->type[i]];
	}
}

/* --- rules about objects ---------------------------------------------------------------------------------------------- */

static void add_nodes(struct subject_sets *sets, size_t r, const node_id *nodes, size_t count)
{
	uint64_t *member = sets->member + r / SUBJECT_BITS * sets->nodes;
	for (size_t i = 0; i < count; i++)
		member[nodes[i]] |= UINT64_C(1) << r % SUBJECT_BITS;
}

/* What was found for the path of rule r. */
static struct error *take_path(struct finding_sets *finding, size_t r, const struct path_nodes *nodes)
{
	const struct rule *rule = &finding->rules->items.items[r];
	if (nodes->items.count == 0) {
		AUTO(error) struct error *cause = path_syntax_check(rule->subject.text);
		if (cause != NULL)
			return rule_error(rule, rule->subject_line, "%s", cause->message);
	}
	add_nodes(finding->sets, r, nodes->items.items, nodes->items.count);
	finding->sets->matched[r] = nodes->items.count > 0;
	finding->sets->known[r] = nodes->known;
	return NULL;
}

/* All at once, as rules are often about parts of the same object. */
static struct error *find_paths(struct finding_sets *finding)
{
	size_t rules = finding->rules->items.count, count = 0;
	AUTO(path_lookup) struct path_lookup lookup = {0};
	AUTO(free) void *texts_memory = calloc(rules + 1, sizeof(char *));
	AUTO(free) void *results_memory = calloc(rules + 1, sizeof(struct path_nodes));
	const char **texts = texts_memory;
	struct path_nodes *results = results_memory;
	if (texts == NULL || results == NULL)
		return error_memory();
	for (size_t r = 0; r < rules; r++)
		if (finding->rules->items.items[r].subject.kind == SUBJECT_PATH)
			texts[count++] = finding->rules->items.items[r].subject.text;
	if (count == 0)
		return NULL;
	TRY(path_lookup_init(&lookup, finding->graph));
	struct error *error = path_lookup_all(&lookup, texts, count, results);
	for (size_t r = 0, i = 0; error == NULL && r < rules; r++)
		if (finding->rules->items.items[r].subject.kind == SUBJECT_PATH)
			error = take_path(finding, r, &results[i++]);
	for (size_t i = 0; i < count; i++)
		path_nodes_deinit(&results[i]);
	return error;
}

static void take_answers(struct finding_sets *finding, const struct answers *answers)
{
	for (size_t r = 0; r < finding->rules->items.count; r++)
		if (finding->rules->items.items[r].subject.kind == SUBJECT_QUERY) {
			add_nodes(finding->sets, r, answers->items[r].nodes.items, answers->items[r].nodes.count);
			/* A query that finds nothing is an answer, no slip of the pen. */
			finding->sets->matched[r] = true;
		}
}

/* --- all --------------------------------------------------------------------------------------------------------------- */

struct error *subject_sets_find(const struct rules *rules, const struct answers *answers, const struct graph *graph,
				const struct type_names *names, const struct type_facts *facts, struct subject_sets *result)
{
	size_t count = rules->items.count, words = (count + SUBJECT_BITS - 1) / SUBJECT_BITS;
	AUTO(subject_sets) struct subject_sets sets = {.nodes = graph->nodes, .rules = count, .words = words};
	AUTO(free) void *of_type = calloc(words * facts->count + 1, sizeof(uint64_t));
	sets.member = memory_large(words * graph->nodes + 1, sizeof *sets.member);
	sets.matched = calloc(count + 1, sizeof *sets.matched);
	sets.known = calloc(count + 1, sizeof *sets.known);
	if (of_type == NULL || sets.member == NULL || sets.matched == NULL || sets.known == NULL)
		return error_memory();
	struct finding_sets finding = {rules, graph, names, facts, &sets, of_type};
	for (size_t r = 0; r < count; r++)
		TRY(find_types(&finding, r));
	spread(&finding);
	TRY(find_paths(&finding));
	take_answers(&finding, answers);
	*result = sets;
	sets = (struct subject_sets){0};
	return NULL;
}

/* --- what matches nothing ----------------------------------------------------------------------------------------------- */

/* The name of a type, or of its module, that is nearest to the pattern; NULL: none. */
static const char *nearest_name(const struct rule *rule, const struct type_names *names, const struct reader *reader,
				const char **candidates)
{
	size_t count = 0, types = (size_t)reader_counts(reader).types;
	for (label_id l = 0; rule->subject.kind == SUBJECT_TYPE && l < names->count; l++)
		candidates[count++] = names->labels[l].name;
	for (size_t t = 0; rule->subject.kind == SUBJECT_MODULE && t < types; t++)
		candidates[count++] = reader_string(reader, reader_types(reader)[t].module, NULL);
	return text_nearest(rule->subject.text, candidates, count);
}

/* `known`: of a path, the bytes that lead to something. */
static struct error *matches_nothing(const struct rule *rule, size_t known, const struct type_names *names,
				     const struct reader *reader)
{
	static const char *const what[] = {[SUBJECT_TYPE] = "type", [SUBJECT_MODULE] = "module of a type", [SUBJECT_PATH] = "object"};
	AUTO(free) void *memory = malloc((names->count + (size_t)reader_counts(reader).types + 1) * sizeof(char *));
	AUTO(text) struct text subject = {0};
	AUTO(text) struct text hint = {0};
	text_init(&subject);
	text_init(&hint);
	if (memory == NULL)
		return error_memory();
	text_add_escaped(&subject, rule->subject.text, strlen(rule->subject.text));
	const char *nearest = nearest_name(rule, names, reader, memory);
	if (nearest != NULL) {
		text_add(&hint, "; did you mean ");
		text_add_escaped(&hint, nearest, strlen(nearest));
		text_add(&hint, "?");
	}
	if (rule->subject.kind == SUBJECT_PATH && known > 0 && known < strlen(rule->subject.text)) {
		text_add(&hint, ", only '");
		text_add_escaped(&hint, rule->subject.text, known);
		text_add(&hint, "'");
	}
	return rule_error(rule, rule->subject_line, "no %s is called '%s'%s%s", what[rule->subject.kind], text_string(&subject),
			  text_string(&hint),
			  rule->file == NULL ? ""
			  : nearest != NULL  ? " If that may be so, add: optional = yes"
					     : "; if that may be so, add: optional = yes");
}

struct error *subject_sets_check(const struct rules *rules, const struct subject_sets *before, const struct subject_sets *after,
				 const struct type_names *names, const struct reader *reader)
{
	for (size_t r = 0; r < rules->items.count; r++) {
		const struct rule *rule = &rules->items.items[r];
		if (!rule->optional && !after->matched[r] && (before == NULL || !before->matched[r]))
			return matches_nothing(rule, after->known[r], names, reader);
	}
	return NULL;
}
