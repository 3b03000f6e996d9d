/* What may a policy say of this process, to begin with?
 *
 * Limits for what is the program's own: of its classes those whose objects retain most together (and how many there may be), of the
 * packages that these are of what goes with all objects of their classes, and the whole heap. Each is about one and a half times what
 * is there, rounded up to a number that is easily read and changed. What needs a second snapshot, or is not known of every process, is
 * written as comments. O(nodes), and a traversal for each package.
 */
#include "checks/starter.h"

#include "analyzer/library.h"
#include "analyzer/sets.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define TYPES_CHOSEN 8u
#define PACKAGES_CHOSEN 3u
#define NAME_MOST 300u     /* bytes of a class's name: whose are longer are left out */
#define SECTION_MOST 49u   /* bytes, as docs/policy.md has it */
#define LINE_WIDTH 120u    /* bytes of a pattern before it goes on in the next line */
#define SIZE_LEAST 102400u /* bytes: smaller limits would tell noise */
#define SHARE_LEAST 1000u  /* of the heap's size; classes that retain less are left out */
#define COUNT_LEAST 10u    /* objects, likewise */
#define UNIT_MOST 4096u    /* of KiB, MiB ... until the next unit is taken */

struct choice { /* a class, or a package */
	struct label label;
	uint64_t count, size; /* objects; bytes retained by all of them */
};

struct starter {
	const struct scene *scene;
	const uint64_t *retained;  /* by label, bytes */
	bool *library, *own;       /* by label: of the standard library; of the program */
	struct type_total *totals; /* by label */
	struct choice *types, *packages;
	size_t type_count, package_count; /* all there are, those that retain most first */
	struct text *text;
};

static void starter_deinit(struct starter *starter)
{
	free(starter->library);
	free(starter->own);
	free(starter->totals);
	free(starter->types);
	free(starter->packages);
}
DEFINE_AUTO_VALUE(starter, struct starter, starter_deinit);

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* --- what is the program's ------------------------------------------------------------------------------------------ */

/* A pattern and a policy can have it as it is. */
static bool is_plain(struct label label)
{
	AUTO(text) struct text escaped;
	text_init(&escaped);
	text_add_escaped(&escaped, label.name, label.length);
	return label.length > 0 && label.length <= NAME_MOST && !escaped.failed && escaped.length == label.length;
}

static int by_size(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	int order = memcmp(x->label.name, y->label.name, least_of(x->label.length, y->label.length));
	return order != 0 ? order : (x->label.length > y->label.length) - (x->label.length < y->label.length);
}

/* The first part of a module's name. */
static struct label package_in(struct label module)
{
	const char *dot = module.length > 0 ? memchr(module.name, '.', module.length) : NULL;
	if (dot != NULL)
		module.length = (size_t)(dot - module.name);
	return module;
}

static struct label package_of(const struct scene *scene, type_id type)
{
	struct label module;
	module.name =
		reader_string(scene->graph->reader, reader_types(scene->graph->reader)[type].module, &module.length);
	return package_in(module);
}

static bool is_same(struct label a, struct label b)
{
	return a.length == b.length && memcmp(a.name, b.name, a.length) == 0;
}

/* A module of the package was read from a file: of those that are built into the interpreter none was. */
static bool has_file(const struct scene *scene, struct label package, const struct module_row *modules, size_t count)
{
	static const char program[] = "__main__"; /* has none where it came from standard input, or a string */
	if (is_same(package, (struct label){program, strlen(program)}))
		return true;
	for (size_t i = 0; i < count; i++) {
		struct label name, file;
		name.name = reader_string(scene->graph->reader, modules[i].name, &name.length);
		file.name = reader_string(scene->graph->reader, modules[i].file, &file.length);
		if (file.length > 0 && is_same(package_in(name), package))
			return true;
	}
	return false;
}

/* Classes that a class statement of the program, or of a package that it uses, has made. O(classes * modules). */
static struct error *mark_own(struct starter *starter)
{
	const struct scene *scene = starter->scene;
	const struct module_row *modules;
	size_t count;
	TRY(reader_modules(scene->graph->reader, &modules, &count));
	TRY(library_mark(scene->graph->reader, scene->facts, starter->library));
	for (type_id t = 0; t < scene->facts->count; t++) {
		label_id label = scene->facts->label[t];
		struct label package = package_of(scene, t);
		if (scene->facts->owner[t] && !starter->library[label] && starter->totals[label].count > 0 &&
		    is_plain(package) && has_file(scene, package, modules, count))
			starter->own[label] = is_plain(scene->names->labels[label]);
	}
	return NULL;
}

static void choose_types(struct starter *starter)
{
	uint64_t least = starter->scene->held->retained[0] / SHARE_LEAST;
	for (label_id l = 0; l < starter->scene->names->count; l++) {
		if (starter->own[l] && starter->retained[l] != TYPES_ABSENT && starter->retained[l] >= least)
			starter->types[starter->type_count++] =
				(struct choice){starter->scene->names->labels[l], starter->totals[l].count,
						starter->retained[l]};
	}
	qsort(starter->types, starter->type_count, sizeof *starter->types, by_size);
}

/* Which packages there are, and for each the sum of what its classes retain: enough to tell the largest. */
static void gather_packages(struct starter *starter)
{
	const struct type_facts *facts = starter->scene->facts;
	uint64_t least = starter->scene->held->retained[0] / SHARE_LEAST;
	for (type_id t = 0; t < facts->count; t++) {
		uint64_t retained = starter->retained[facts->label[t]];
		if (!starter->own[facts->label[t]] || !facts->owner[t] || retained == TYPES_ABSENT || retained < least)
			continue;
		struct label package = package_of(starter->scene, t);
		size_t i = 0;
		while (i < starter->package_count && !is_same(starter->packages[i].label, package))
			i++;
		starter->package_count += i == starter->package_count;
		starter->packages[i].label = package;
		starter->packages[i].size = saturating_add(starter->packages[i].size, retained);
	}
	qsort(starter->packages, starter->package_count, sizeof *starter->packages, by_size);
}

static struct error *measure_package(const struct starter *starter, struct choice *package)
{
	const struct scene *scene = starter->scene;
	const struct graph *graph = scene->graph;
	AUTO(free) void *memory = calloc((size_t)graph->nodes + 1, 1);
	AUTO(free) void *types = calloc((size_t)scene->facts->count + 1, sizeof(bool));
	uint8_t *member = memory;
	bool *inside = types;
	if (member == NULL || inside == NULL)
		return error_memory();
	for (type_id t = 0; t < scene->facts->count; t++)
		inside[t] = is_same(package_of(scene, t), package->label);
	for (node_id i = 0; i < graph->nodes; i++) {
		member[i] = inside[graph->type[i]];
		package->count += member[i];
	}
	return set_retained(graph, scene->held->entries, scene->held->entry_count, member, &package->size);
}

static struct error *choose(struct starter *starter)
{
	const struct scene *scene = starter->scene;
	size_t labels = (size_t)scene->names->count + 1, types = (size_t)scene->facts->count + 1;
	starter->library = calloc(labels, sizeof *starter->library);
	starter->own = calloc(labels, sizeof *starter->own);
	starter->totals = calloc(labels, sizeof *starter->totals);
	starter->types = calloc(labels, sizeof *starter->types);
	starter->packages = calloc(types, sizeof *starter->packages);
	if (starter->library == NULL || starter->own == NULL || starter->totals == NULL || starter->types == NULL ||
	    starter->packages == NULL)
		return error_memory();
	types_count(scene->graph, scene->facts, scene->names->count, starter->totals);
	TRY(mark_own(starter));
	choose_types(starter);
	gather_packages(starter);
	starter->type_count = least_of(starter->type_count, TYPES_CHOSEN);
	starter->package_count = least_of(starter->package_count, PACKAGES_CHOSEN);
	for (size_t i = 0; i < starter->package_count; i++)
		TRY(measure_package(starter, &starter->packages[i]));
	return NULL;
}

/* --- numbers -------------------------------------------------------------------------------------------------------- */

/* The number itself up to 10, else the next that has a friendly beginning. */
static uint64_t round_up(uint64_t number)
{
	static const uint64_t beginnings[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100};
	uint64_t one = 1;
	size_t i = 0;
	while (number / one >= 100 && one < UINT64_C(1000000000000000))
		one *= 10;
	uint64_t ones = number / one + (number % one != 0);
	if (ones <= 10)
		return ones * one;
	while (i + 1 < sizeof beginnings / sizeof *beginnings && beginnings[i] < ones)
		i++;
	return beginnings[i] * one;
}

static uint64_t half_more(uint64_t number, uint64_t least)
{
	uint64_t more = saturating_add(number, number / 2 + 1);
	return more > least ? more : least;
}

static void count_limit(struct starter *starter, uint64_t count)
{
	text_printf(starter->text, "limit = %ju\n", (uintmax_t)round_up(half_more(count, COUNT_LEAST)));
}

static void size_limit(struct starter *starter, uint64_t bytes)
{
	static const char *const names[] = {"KiB", "MiB", "GiB", "TiB"};
	uint64_t most = half_more(bytes, SIZE_LEAST), one = 1024;
	size_t name = 0;
	while (most / one >= UNIT_MOST && name + 1 < sizeof names / sizeof *names) {
		one *= 1024;
		name++;
	}
	text_printf(starter->text, "limit = %ju %s\n", (uintmax_t)round_up(most / one + (most % one != 0)),
		    names[name]);
}

/* --- names and patterns --------------------------------------------------------------------------------------------- */

/* `[retained app.Session]`. Where the name doesn't fit, its end is what says most, and a number makes it distinct. */
static void print_section(struct starter *starter, const char *what, struct label label, size_t number)
{
	char name[NAME_MOST + 1];
	size_t length = least_of(label.length, NAME_MOST), from = 0;
	memcpy(name, label.name, length);
	bool changed = strlen(what) + 1 + length > SECTION_MOST;
	for (size_t i = 0; i < length; i++) {
		if (strchr("[]; ", name[i]) == NULL)
			continue;
		name[i] = '_';
		changed = true;
	}
	text_printf(starter->text, "\n[%s ", what);
	if (changed) {
		size_t room = SECTION_MOST - strlen(what) - strlen(" #99 ...");
		from = length > room ? length - room : 0;
		while (from < length && ((unsigned char)name[from] & 0xc0) == 0x80) /* not within a character */
			from++;
		text_printf(starter->text, "#%zu %s", number, from > 0 ? "..." : "");
	}
	text_add_bytes(starter->text, name + from, length - from);
	text_add(starter->text, "]\n");
}

/* A character as a pattern that finds it and nothing else; what begins a comment, and blanks, in brackets. */
static void pattern_character(struct text *text, char c)
{
	bool alone = strchr(" ;#", c) != NULL;
	if (alone)
		text_printf(text, "[%c]", c);
	else if (strchr("\\^$.[]|()?*+{}=:", c) != NULL)
		text_printf(text, "\\%c", c);
	else
		text_add_char(text, c);
}

static void print_pattern(struct starter *starter, const char *key, struct label label, const char *end)
{
	struct text *text = starter->text;
	text_printf(text, "%s = ^", key);
	size_t line = text->length;
	for (size_t i = 0; i < label.length; i++) {
		if (text->length - line > LINE_WIDTH && ((unsigned char)label.name[i] & 0xc0) != 0x80) {
			text_add(text, "\n    ");
			line = text->length;
		}
		pattern_character(text, label.name[i]);
	}
	text_printf(text, "%s\n", end);
}

/* --- the file ------------------------------------------------------------------------------------------------------- */

static void print_amounts(struct starter *starter, uint64_t count, uint64_t size, const char *tail)
{
	text_add(starter->text, "# Now: ");
	text_add_count(starter->text, count);
	text_add(starter->text, count == 1 ? " object, " : " objects, ");
	text_add_size(starter->text, size, starter->scene->unit);
	text_printf(starter->text, "%s.\n", tail);
}

static void print_head(struct starter *starter)
{
	const struct scene *scene = starter->scene;
	text_add(starter->text, "# A policy for heapdiff check, made from ");
	text_add_escaped(starter->text, scene->after, strlen(scene->after));
	text_add(
		starter->text,
		".\n"
		"#\n"
		"# Each section but [policy] is a rule, called by its name: what it measures, of which objects, and the most that is\n"
		"# not too much. Limits are half as much again as what was there: change them to what you know. Lines that begin with\n"
		"# a semicolon are rules, or parts of them, that are left out: remove it to have them.\n"
		"#\n"
		"# A rule may have a 'reason' and an 'owner', which are printed when it is violated; 'severity = warning', so that it\n"
		"# doesn't fail the check; and 'expires = YYYY-MM-DD', after which somebody has to look at it again.\n"
		"\n"
		"[policy]\n"
		"# Judge a snapshot that lacks a part, too? Else heapdiff check ends with exit status 4.\n"
		"allow-partial = no\n"
		"# Compare two snapshots by paths, in which names that the mask is found in don't count, as they differ from run to run.\n"
		";match = path\n"
		";mask = ^worker_[0-9]+$\n"
		"# With --baseline or --runs: how many standard deviations beyond the mean are too much, and what is never too much.\n"
		";sigmas = 3\n"
		";least = 4 KiB\n"
		"\n[heap]\n"
		"# All objects, as the process has them.\n");
	print_amounts(starter, scene->graph->nodes, scene->held->retained[0], "");
	text_add(starter->text, "metric = size\n");
	size_limit(starter, scene->held->retained[0]);
}

static void print_packages(struct starter *starter)
{
	for (size_t i = 0; i < starter->package_count; i++) {
		const struct choice *package = &starter->packages[i];
		print_section(starter, "package", package->label, i + 1);
		text_add(starter->text, "# What would go if all objects of the package's classes went.\n");
		print_amounts(starter, package->count, package->size, " with what only they hold");
		text_add(starter->text, "metric = retained\n");
		print_pattern(starter, "module", package->label, "(\\.|$)");
		size_limit(starter, package->size);
	}
}

static void print_types(struct starter *starter)
{
	for (size_t i = 0; i < starter->type_count; i++) {
		const struct choice *type = &starter->types[i];
		print_section(starter, "retained", type->label, i + 1);
		if (i == 0)
			text_add(
				starter->text,
				"# What would go if all objects of this class went. That there are none is an error, as then "
				"the rule\n# would hold for ever; with 'optional = yes' it is fine.\n");
		print_amounts(starter, type->count, type->size, " with what only they hold");
		text_add(starter->text, "metric = retained\n");
		print_pattern(starter, "type", type->label, "$");
		size_limit(starter, type->size);
		text_add(starter->text, ";optional = yes\n");
		print_section(starter, "count", type->label, i + 1);
		text_add(starter->text, "metric = count\n");
		print_pattern(starter, "type", type->label, "$");
		count_limit(starter, type->count);
	}
	text_add(starter->text,
		 "\n# What should not be there at all; that no class is called so is fine.\n"
		 ";[no debugging helpers]\n;metric = count\n;type = ^app\\.debug\\.\n;limit = 0\n;optional = yes\n");
}

static void print_whole(struct starter *starter)
{
	struct fate_total totals[FATE_COUNT];
	retention_totals(starter->scene->held, totals);
	text_add(starter->text, "\n[garbage]\n# What a full collection would free now: cycles that wait for it.\n");
	print_amounts(starter, totals[FATE_GARBAGE].count, totals[FATE_GARBAGE].size, "");
	text_add(starter->text, "metric = garbage\n");
	size_limit(starter, totals[FATE_GARBAGE].size);
	text_add(
		starter->text,
		"\n[held by C alone]\n# What neither the program nor the collector can reach: a C extension that never "
		"gives it back leaks it.\n");
	print_amounts(starter, totals[FATE_HELD].count, totals[FATE_HELD].size, "");
	text_add(starter->text, "metric = external\n");
	size_limit(starter, totals[FATE_HELD].size);
	text_add(
		starter->text,
		"\n# The process as the system sees it, and what its allocator keeps in reserve.\n"
		";[resident]\n;metric = rss\n;limit = 512 MiB\n"
		";[fragmentation]\n;metric = fragmentation\n;limit = 30%\n;severity = warning\n"
		"\n# A query: its single number is compared, or else how many rows it has. 'heapdiff query --list' has more.\n"
		";[exceptions keep no frames]\n;metric = query\n;query = tracebacks\n;limit = 0\n");
}

static void print_growth(struct starter *starter)
{
	text_add(
		starter->text,
		"\n# The rest needs two snapshots: heapdiff check before.snap after.snap --policy FILE\n"
		"\n# The heap grew. Of small values 5% is nothing, and of large ones 2 MiB: only what is beyond both is too much.\n"
		";[growth]\n;metric = growth\n;limit = 5% and 2 MiB\n"
		"\n# There are more objects of a class than before.\n"
		";[more objects]\n;metric = growth of count\n");
	text_add(starter->text, ";");
	if (starter->package_count > 0 &&
	    starter->packages[0].label.length < LINE_WIDTH / 4) /* one line, as it is a comment */
		print_pattern(starter, "module", starter->packages[0].label, "(\\.|$)");
	else
		text_add(starter->text, "type = ^app\\.Session$\n");
	text_add(starter->text,
		 ";limit = 100\n"
		 "\n# One place grew, called as heapdiff's reports call it.\n"
		 ";[cache]\n;metric = growth of retained\n;path = app.CACHE\n;limit = 1 MiB\n"
		 "\n# Objects that came hold one another, so that only the collector frees them.\n"
		 ";[new cycles]\n;metric = growth of cycles\n;limit = 0\n"
		 "\n# More is kept alive by C code alone than before.\n"
		 ";[growth held by C alone]\n;metric = growth of external\n;limit = 0\n"
		 "\n# A full collection would free more than before.\n"
		 ";[growth of garbage]\n;metric = growth of garbage\n;limit = 1 MiB\n;severity = warning\n");
}

struct error *starter_print(const struct scene *scene, const uint64_t *retained, struct text *text)
{
	AUTO(starter) struct starter starter = {.scene = scene, .retained = retained, .text = text};
	TRY(choose(&starter));
	print_head(&starter);
	print_packages(&starter);
	print_types(&starter);
	print_whole(&starter);
	print_growth(&starter);
	return text_error(text);
}
