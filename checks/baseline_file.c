/* How does a baseline come to the next run? As JSON, which can be read, compared and committed beside the program.
 *
 * What is read is checked number by number, as anyone may have edited it: nothing that follows needs to ask again whether a
 * deviation is one. 700 B a path for the time.
 */
#include "checks/baseline.h"

#include "analyzer/render.h"
#include "format/output.h"
#include "queries/json.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "heapdiff.baseline/1"
#define FILE_MAX (UINT64_C(64) << 20) /* bytes */
#define ITEMS_MAX (1u << 18)          /* of a list */
#define RULES_MAX 10000u              /* each is compared with those before */
#define RUNS_MAX 1000000
#define NUMBER_MAX 1e19 /* 2^64 bytes are less */

/* --- writing -------------------------------------------------------------------------------------------------------- */

static struct section *add_table(struct report *report, const char *name, const struct field *fields, size_t count)
{
	struct section *table = report_section(report, name, NULL);
	for (size_t i = 0; i < count; i++)
		section_field(report, table, &fields[i]);
	return table;
}

static void add_rules(struct report *report, const struct baseline *baseline)
{
	static const struct field fields[] = {{"rule", "rule", VALUE_TEXT, RANK_ALWAYS, false},
					      {"runs", "runs", VALUE_COUNT, RANK_ALWAYS, false},
					      {"mean", "mean", VALUE_REAL, RANK_ALWAYS, false},
					      {"deviation", "+-", VALUE_REAL, RANK_ALWAYS, false}};
	struct section *table = add_table(report, "rules", fields, sizeof fields / sizeof *fields);
	for (size_t i = 0; i < baseline->rules.count; i++) {
		const struct baseline_rule *rule = &baseline->rules.items[i];
		struct cell *row = section_row(report, table);
		row_set(row, 0, report_string(report, rule->name));
		row_set(row, 1, cell_number(rule->value.runs));
		row_set(row, 2, cell_share(rule->value.mean));
		row_set(row, 3, cell_share(rule->value.deviation));
	}
}

static void add_path(struct report *report, struct section *table, const struct baseline_path *path)
{
	char key[20];
	struct cell *row = section_row(report, table);
	snprintf(key, sizeof key, "%016jx", (uintmax_t)path->key);
	row_set(row, 0, report_string(report, key));
	row_set(row, 1, report_string(report, path->name));
	row_set(row, 2, report_string(report, path->type));
	row_set(row, 3, cell_number(path->size.runs));
	row_set(row, 4, cell_share(path->count.mean));
	row_set(row, 5, cell_share(path->count.deviation));
	row_set(row, 6, cell_share(path->size.mean));
	row_set(row, 7, cell_share(path->size.deviation));
}

static void add_paths(struct report *report, const struct baseline *baseline)
{
	static const struct field fields[] = {{"key", "key", VALUE_TEXT, RANK_ALWAYS, false},
					      {"path", "path", VALUE_TEXT, RANK_ALWAYS, false},
					      {"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
					      {"runs", "runs", VALUE_COUNT, RANK_ALWAYS, false},
					      {"count_mean", "objects", VALUE_REAL, RANK_ALWAYS, false},
					      {"count_deviation", "+-", VALUE_REAL, RANK_ALWAYS, false},
					      {"size_mean", "size", VALUE_REAL, RANK_ALWAYS, false},
					      {"size_deviation", "+-", VALUE_REAL, RANK_ALWAYS, false}};
	struct section *table = add_table(report, "paths", fields, sizeof fields / sizeof *fields);
	for (size_t i = 0; i < baseline->paths.count; i++)
		add_path(report, table, &baseline->paths.items[i]);
}

static void add_head(struct report *report, const struct baseline *baseline)
{
	struct section *head = report_section(report, "head", NULL);
	AUTO(text) struct text least = {0};
	text_init(&least);
	if (head != NULL)
		head->plain = true;
	section_fact(report, head, "runs", NULL, VALUE_COUNT, cell_number(baseline->runs));
	section_fact(report, head, "least", NULL, VALUE_SIZE, cell_number(baseline->least));
	text_add_size(&least, baseline->least, SIZE_BINARY);
	if (baseline->left_out > 0)
		report_remark_count(report, REMARK_NOTE, baseline->left_out,
				    baseline->left_out == 1 ? "path of less than %s in every run is left out"
							    : "paths of less than %s in every run are left out",
				    text_string(&least));
}

struct error *baseline_print(const struct baseline *baseline, struct text *text)
{
	AUTO(report) struct report report;
	report_init(&report, "baseline", SIZE_BINARY);
	add_head(&report, baseline);
	add_rules(&report, baseline);
	add_paths(&report, baseline);
	TRY(report_error(&report));
	return render_json(&report, text);
}

struct error *baseline_write(const struct baseline *baseline, const char *path)
{
	AUTO(text) struct text text = {0};
	AUTO(output) struct output *output = NULL;
	text_init(&text);
	TRY(baseline_print(baseline, &text));
	TRY(output_create(path, true, &output));
	TRY(output_write(output, text_string(&text), text.length));
	return output_commit(output);
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

struct place { /* of what is being read, for messages */
	const char *file, *list; /* list: rules, paths; NULL: the document itself */
	size_t item;
};

static struct error *wrong(const struct place *place, const char *field, const char *wanted)
{
	if (place->list == NULL)
		return error_create(ERROR_INPUT, "%s: %s should be %s", place->file, field, wanted);
	return error_create(ERROR_INPUT, "%s: %s should be %s, in item %zu of %s, counted from 1", place->file, field,
			    wanted, place->item + 1, place->list);
}

static struct datum get(const struct datum_map *map, const char *field)
{
	return datum_map_get(map, field, strlen(field));
}

static struct error *read_number(const struct place *place, const struct datum_map *map, const char *field, double least,
				 double *result)
{
	struct datum datum = get(map, field);
	double value = datum.kind == DATUM_INTEGER ? (double)datum.integer : datum.kind == DATUM_FLOAT ? datum.real : NAN;
	if (!(value >= least && value <= NUMBER_MAX))
		return wrong(place, field, least < 0 ? "a number of less than 1e19" : "a number from 0 to 1e19");
	*result = value;
	return NULL;
}

static struct error *read_integer(const struct place *place, const struct datum_map *map, const char *field, int64_t least,
				  int64_t most, uint64_t *result)
{
	struct datum datum = get(map, field);
	AUTO(text) struct text wanted = {0};
	text_init(&wanted);
	if (datum.kind == DATUM_INTEGER && datum.integer >= least && datum.integer <= most) {
		*result = (uint64_t)datum.integer;
		return NULL;
	}
	text_printf(&wanted, "a whole number from %jd to %jd", (intmax_t)least, (intmax_t)most);
	return wrong(place, field, text_string(&wanted));
}

/* A text that is not empty, escaped: it is printed. */
static struct error *read_text(const struct place *place, const struct datum_map *map, const char *field,
			       struct arena *arena, const char **result)
{
	struct datum datum = get(map, field);
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	if (datum.kind != DATUM_STRING || datum.length == 0)
		return wrong(place, field, "a text");
	text_add_escaped(&safe, datum.text, datum.length);
	TRY(text_error(&safe));
	*result = arena_copy(arena, text_string(&safe), safe.length);
	return *result != NULL ? NULL : error_memory();
}

/* One run has no deviation. */
static struct error *read_learned(const struct place *place, const struct datum_map *map, const char *mean,
				  const char *deviation, double least, struct learned *result)
{
	TRY(read_number(place, map, mean, least, &result->mean));
	TRY(read_number(place, map, deviation, 0, &result->deviation));
	return result->runs == 1 && result->deviation > 0 ? wrong(place, deviation, "0, as it is of one run") : NULL;
}

static struct error *read_rule(const struct place *place, const struct datum_map *map, struct baseline *baseline)
{
	struct baseline_rule rule = {0};
	TRY(read_text(place, map, "rule", &baseline->arena, &rule.name));
	TRY(read_integer(place, map, "runs", 1, RUNS_MAX, &rule.value.runs));
	TRY(read_learned(place, map, "mean", "deviation", -NUMBER_MAX, &rule.value));
	if (baseline_find(baseline, rule.name) != NULL)
		return wrong(place, "rule", "another one than those before");
	return vector_push(&baseline->rules, rule);
}

static struct error *read_key(const struct place *place, const struct datum_map *map, uint64_t *key)
{
	struct datum datum = get(map, "key");
	if (datum.kind != DATUM_STRING || datum.length != 16 || strspn(datum.text, "0123456789abcdef") != 16)
		return wrong(place, "key", "16 hexadecimal digits");
	*key = strtoull(datum.text, NULL, 16);
	return *key == MAP_NO_KEY ? wrong(place, "key", "less than that") : NULL;
}

static struct error *read_path(const struct place *place, const struct datum_map *map, struct baseline *baseline)
{
	struct baseline_path path = {0};
	TRY(read_key(place, map, &path.key));
	TRY(read_text(place, map, "path", &baseline->arena, &path.name));
	TRY(read_text(place, map, "type", &baseline->arena, &path.type));
	TRY(read_integer(place, map, "runs", 1, RUNS_MAX, &path.size.runs));
	path.count.runs = path.size.runs;
	TRY(read_learned(place, map, "count_mean", "count_deviation", 0, &path.count));
	TRY(read_learned(place, map, "size_mean", "size_deviation", 0, &path.size));
	if (baseline_find_path(baseline, path.key) != NULL)
		return wrong(place, "key", "another one than those before");
	TRY(vector_push(&baseline->paths, path));
	return map_put(&baseline->by_key, path.key, (uint32_t)baseline->paths.count);
}

typedef struct error *item_read(const struct place *place, const struct datum_map *map, struct baseline *baseline);

static struct error *read_list(const struct place *place, const struct datum_map *document, const char *list,
			       item_read *read, struct baseline *baseline)
{
	struct datum datum = get(document, list);
	struct place item = {place->file, list, 0};
	if (datum.kind != DATUM_LIST)
		return wrong(place, list, "a list");
	if (read == read_rule && datum.list->count > RULES_MAX)
		return wrong(place, list, "at most 10,000");
	for (; item.item < datum.list->count; item.item++) {
		struct datum value = datum.list->items[item.item];
		if (value.kind != DATUM_MAP)
			return wrong(&item, "it", "an object");
		TRY(read(&item, value.map, baseline));
	}
	return NULL;
}

static struct error *read_document(const struct place *place, struct datum datum, struct baseline *baseline)
{
	if (datum.kind != DATUM_MAP)
		return wrong(place, "it", "an object of JSON");
	struct datum schema = get(datum.map, "schema");
	if (schema.kind != DATUM_STRING || strcmp(schema.text, SCHEMA) != 0)
		return wrong(place, "schema", SCHEMA);
	TRY(read_integer(place, datum.map, "runs", 0, RUNS_MAX, &baseline->runs));
	if (!datum_is_null(get(datum.map, "least")))
		TRY(read_integer(place, datum.map, "least", 0, INT64_MAX, &baseline->least));
	TRY(read_list(place, datum.map, "rules", read_rule, baseline));
	return read_list(place, datum.map, "paths", read_path, baseline);
}

static unsigned line_of(const char *text, size_t where)
{
	unsigned line = 1;
	for (size_t i = 0; i < where; i++)
		line += text[i] == '\n';
	return line;
}

/* What the reader of JSON says, at its line. */
static struct error *parse(struct arena *arena, const char *text, size_t length, const char *path, struct datum *datum)
{
	if (strlen(text) != length)
		return error_create(ERROR_INPUT, "%s:%u: no JSON: there is a byte of 0", path, line_of(text, strlen(text)));
	AUTO(error) struct error *error = json_parse(arena, text, ITEMS_MAX, datum);
	if (error == NULL || error->code != ERROR_USAGE)
		return steal(&error);
	return error_create(ERROR_INPUT, "%s:%u: no JSON: %s", path, line_of(text, error->where), error->message);
}

struct error *baseline_parse(const char *text, size_t length, const char *path, struct baseline *result)
{
	AUTO(arena) struct arena arena;
	AUTO(baseline) struct baseline baseline;
	struct datum document = datum_null();
	struct place place = {.file = path};
	arena_init(&arena);
	baseline_init(&baseline);
	TRY(parse(&arena, text, length, path, &document));
	TRY(read_document(&place, document, &baseline));
	baseline_deinit(result);
	*result = baseline;
	baseline_init(&baseline);
	return NULL;
}

/* `text`: `size` bytes and a NUL, or fewer where the file became shorter. */
static struct error *read_all(int fd, const char *path, char *text, size_t *size)
{
	size_t filled = 0;
	while (filled < *size) {
		ssize_t got = read(fd, text + filled, *size - filled);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_create_errno(ERROR_INPUT, errno, "%s: can't be read", path);
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	*size = filled;
	text[filled] = '\0';
	return NULL;
}

struct error *baseline_read(const char *path, struct baseline *result)
{
	struct stat stat;
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &stat) != 0)
		return error_create_errno(ERROR_INPUT, errno, "%s: can't be read", path);
	if (!S_ISREG(stat.st_mode) || (uint64_t)stat.st_size > FILE_MAX)
		return error_create(ERROR_INPUT, "%s: a baseline is a file of at most 64 MiB", path);
	size_t size = (size_t)stat.st_size;
	AUTO(string) char *text = malloc(size + 1);
	if (text == NULL)
		return error_memory();
	TRY(read_all(fd, path, text, &size));
	return baseline_parse(text, size, path, result);
}
