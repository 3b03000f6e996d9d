/* Tables: what is committed is what the headers of this machine say, and what living interpreters of this machine do.
 */
#include "tests/test.h"

#include "dumper/layout.h"
#include "dumper/runtime.h"
#include "dumper/source_live.h"
#include "tests/dumper/help_python.h"

#include <stdlib.h>
#include <unistd.h>

/* --- against the headers --- */

static int32_t value_of(const struct layout *layout, const char *wanted)
{
#define OFFSET(name, description)                                                                                      \
	if (strcmp(wanted, #name) == 0)                                                                                \
		return layout->name;
#define SIZE(name, description) OFFSET(name, description)
#define FEATURE(name, description) OFFSET(name, description)
#define DEBUG_MOVES(name, path) OFFSET(debug_##name, path)
#define DEBUG_STAYS(name, path) OFFSET(debug_##name, path)
#include "dumper/layout.def"
#include "dumper/layout_debug.def"
#undef OFFSET
#undef SIZE
#undef FEATURE
#undef DEBUG_MOVES
#undef DEBUG_STAYS
	cr_assert_fail("the probe prints a name that the layout lacks: %s", wanted);
	return LAYOUT_ABSENT;
}

/* Sizes of whole states grow with the micro version; only 3.13 and later, which publish them, rely on them. */
static bool may_differ(const char *name)
{
	return strcmp(name, "runtime_size") == 0 || strcmp(name, "interpreter_size") == 0 ||
	       strcmp(name, "thread_size") == 0;
}

static const char *class_name(enum edge_class class)
{
	return class == EDGE_OWNED ? "EDGE_OWNED" : class == EDGE_UNVISITED ? "EDGE_UNVISITED" : "EDGE_WEAK";
}

static FILE *run_probe(const struct python *python)
{
	char program[] = "/tmp/heapdiff-probe-XXXXXX", command[4096];
	const char *compiler = getenv("CC") != NULL ? getenv("CC") : "cc";
	int fd = mkstemp(program);

	cr_assert_geq(fd, 0);
	close(fd);
	/* the headers of each version have warnings of their own */
	snprintf(command, sizeof command,
		 "%s -w -I. -I'%s' -I'%s/internal' -o '%s' dumper/layouts/probe.c && '%s' values; rm '%s'", compiler,
		 python->include, python->include, program, program, program);
	FILE *output = popen(command, "r");
	cr_assert_not_null(output);
	return output;
}

static void compare_with_headers(const struct python *python)
{
	const struct layout *layout = layout_find(python->version_hex);
	const struct layout_field *field = layout->fields;
	FILE *output = run_probe(python);
	char line[512], name[256], expected[512];
	size_t values = 0;
	int value;

	while (fgets(line, sizeof line, output) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "value %255s %d", name, &value) == 2) {
			values++;
			cr_assert(may_differ(name) || value_of(layout, name) == value,
				  "%s: %s is %d in the table, %d in the headers", python->path, name,
				  value_of(layout, name), value);
		} else if (strncmp(line, "field ", 6) == 0) {
			cr_assert_not_null(field->type, "%s: the table lacks %s", python->path, line);
			snprintf(expected, sizeof expected, "field %s|%s|%d|%s|%d|%d", field->type, field->name,
				 field->offset, class_name(field->class), field->attribute, field->names);
			cr_assert_str_eq(line, expected, "%s", python->path);
			field++;
		}
	}
	cr_assert_eq(pclose(output), 0, "%s: the probe does not compile", python->path);
	cr_assert_gt(values, 200);
	cr_assert_null(field->type, "%s: the headers lack %s.%s", python->path, field->type, field->name);
}

HEAP_TEST(tables, are_what_the_headers_say)
{
	struct python pythons[PYTHONS_MAX];
	size_t count = pythons_find(pythons), compared = 0;

	for (size_t i = 0; i < count; i++) {
		if (pythons[i].include[0] == '\0')
			continue;
		compare_with_headers(&pythons[i]);
		compared++;
	}
	fprintf(stderr, "tables compared with the headers of %zu of %zu interpreters\n", compared, count);
	if (compared == 0)
		cr_skip_test("no interpreter here has its internal headers installed");
}

/* --- against living interpreters --- */

struct living {
	struct python_run run;
	struct process *process;
	struct source *source;
	struct runtime *runtime;
	struct mirror *mirror;
	struct layout layout;
};

static void living_deinit(struct living *living)
{
	mirror_destroy(living->mirror);
	runtime_destroy(living->runtime);
	source_destroy(living->source);
	process_destroy(living->process);
	python_end(&living->run);
}
DEFINE_AUTO_VALUE(living, struct living, living_deinit);

static void living_start(struct living *living, const struct python *python, const char *code)
{
	char line[64];

	*living = (struct living){.run = python_start(python, code)};
	cr_assert_not_null(fgets(line, sizeof line, living->run.output), "%s did not start", python->path);
	assert_ok(process_read(NULL, living->run.pid, &living->process));
	assert_ok(source_live_open(living->process, SOURCE_LIVE_ANY, NULL, &living->source));
	assert_ok(runtime_find(living->source, NULL, &living->runtime));
	cr_assert_eq(living->runtime->version_hex >> 8, python->version_hex >> 8);
	assert_ok(mirror_create(living->source, &living->mirror));
}

static const char idle[] = "import sys, time\nprint('ready', flush=True)\ntime.sleep(100)\n";

HEAP_TEST(tables, fit_living_interpreters)
{
	struct python pythons[PYTHONS_MAX];
	size_t count = pythons_find(pythons);

	for (size_t i = 0; i < count; i++) {
		AUTO(living) struct living living;

		living_start(&living, &pythons[i], idle);
		const struct layout *table = layout_find(pythons[i].version_hex);
		assert_ok(layout_adapt(table, living.mirror, living.runtime->address, &living.layout));
		cr_assert_eq(living.layout.gc_generations, table->gc_generations, "%s", pythons[i].path);
		cr_assert_eq(living.layout.interpreter_statics, table->interpreter_statics, "%s", pythons[i].path);
		cr_assert_eq(living.layout.interpreter_interned, table->interpreter_interned, "%s", pythons[i].path);
	}
	fprintf(stderr, "layouts proved on %zu living interpreters\n", count);
	if (count == 0)
		cr_skip_test("no interpreter here");
}

HEAP_TEST(tables, fit_no_other_version)
{
	struct python pythons[PYTHONS_MAX];
	size_t count = pythons_find(pythons);

	for (size_t i = 0; i < count; i++) {
		AUTO(living) struct living living;

		living_start(&living, &pythons[i], idle);
		for (const struct layout *const *table = layout_all(); *table != NULL; table++) {
			if ((*table)->version_first >> 8 != pythons[i].version_hex >> 16)
				assert_error(layout_adapt(*table, living.mirror, living.runtime->address,
							  &living.layout),
					     ERROR_REFUSED);
		}
	}
}

/* Every field of every type, against what gc.get_referents says: tests/dumper/fields.py prints, for an instance of each
 * type it can make, address, C name, whether it has a class that is visited, and the addresses of its referents. */
struct sample {
	uint64_t address;
	char type[64];
	uint64_t referents[64];
	size_t count;
};

static bool sample_parse(const char *line, struct sample *sample)
{
	int used = 0;

	if (sscanf(line, "%lx %63[^|]|%n", &sample->address, sample->type, &used) != 2 || used == 0)
		return false;
	sample->count = 0;
	for (const char *at = line + used; *at != '\0' && *at != '\n' && sample->count < 64;) {
		char *end;
		sample->referents[sample->count++] = strtoul(at, &end, 16);
		at = *end == ' ' ? end + 1 : end;
		if (end == at && *at != '\0' && *at != '\n')
			return false;
	}
	return true;
}

static bool takes(struct sample *sample, uint64_t referent)
{
	for (size_t i = 0; i < sample->count; i++) {
		if (sample->referents[i] == referent) {
			sample->referents[i] = sample->referents[--sample->count];
			return true;
		}
	}
	return false;
}

/* Since 3.11 they hold a frame, which is no field. */
static bool holds_frame(const struct layout *layout, const char *type)
{
	return layout->generator_frame >= 0 && (strcmp(type, "generator") == 0 || strcmp(type, "coroutine") == 0 ||
						strcmp(type, "async_generator") == 0);
}

/* Owned fields and referents are the same. */
static size_t compare_with_referents(const struct living *living, const struct python *python, struct sample *sample)
{
	size_t fields = 0;

	for (const struct layout_field *field = living->layout.fields; field->type != NULL; field++) {
		if (strcmp(field->type, sample->type) != 0)
			continue;
		uint64_t target = mirror_u64(living->mirror, sample->address + (uint64_t)field->offset);
		fields++;
		if (target == 0 || field->class != EDGE_OWNED)
			continue;
		cr_expect(takes(sample, target), "%s: %s.%s at %d is not visited", python->path, field->type,
			  field->name, field->offset);
	}
	cr_expect(fields == 0 || sample->count == 0 || holds_frame(&living->layout, sample->type),
		  "%s: %zu referents of %s (the first at %#lx) are in no field", python->path, sample->count,
		  sample->type, (unsigned long)sample->referents[0]);
	return fields;
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	cr_assert(file != NULL && text != NULL, "%s can't be read", path);
	cr_assert_lt(fread(text, 1, 65535, file), 65535);
	fclose(file);
	return text;
}

static size_t compare_samples(const struct python *python, const char *code)
{
	AUTO(living) struct living living;
	char line[4096];
	size_t types = 0;

	living_start(&living, python, code);
	assert_ok(
		layout_adapt(layout_find(python->version_hex), living.mirror, living.runtime->address, &living.layout));
	while (fgets(line, sizeof line, living.run.output) != NULL && strcmp(line, "end\n") != 0) {
		struct sample sample;

		cr_assert(sample_parse(line, &sample), "%s", line);
		types += compare_with_referents(&living, python, &sample) > 0;
	}
	cr_assert_str_eq(line, "end\n", "%s: the samples broke off", python->path);
	return types;
}

HEAP_TEST(tables, fields_are_what_is_visited)
{
	struct python pythons[PYTHONS_MAX];
	size_t count = pythons_find(pythons);
	AUTO(free) void *code = read_text("tests/dumper/fields.py");

	for (size_t i = 0; i < count; i++) {
		size_t types = compare_samples(&pythons[i], code);
		fprintf(stderr, "%s: fields of %zu instances are what gc.get_referents says\n", pythons[i].path, types);
		cr_assert_gt(types, 60);
	}
	if (count == 0)
		cr_skip_test("no interpreter here");
}
