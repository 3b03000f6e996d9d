/* Where is CPython in this process, and which one is it?
 *
 * Each file that is mapped with code is opened once, as the target sees it, and asked for the symbol _PyRuntime, else
 * for the section .PyRuntime. The file must be the one that is mapped: its build-id is compared with the one in memory.
 * The version is the word that Py_Version names (3.11 and later), else it stands in the debug offsets at the beginning
 * of _PyRuntime (3.13 and later), else in the text of sys.version in the runtime's data. Several runtimes are no
 * riddle when only one is initialised: a static interpreter into which an extension module draws libpython has two, and
 * the second sleeps. Cost: one pass over the symbols of each file, some 10 ms for an interpreter and its libraries.
 */
#include "dumper/runtime.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/vector.h"
#include "dumper/elf.h"
#include "dumper/layout.h"
#include "dumper/version.h"

#include <stdlib.h>
#include <string.h>

#define FILES_MAX 10000u  /* files that are looked at */
#define FILES_LISTED 8u   /* of them named in a message */
#define HEAD_BYTES 65536u /* of a mapped file that are searched for its build-id */
#define COOKIE "xdebugpy" /* first 8 bytes of the debug offsets */
#define OFFSETS_VERSION 8 /* byte offsets in the debug offsets, the same in all versions that have them */
#define OFFSETS_FREE_THREADED 16
#define OFFSETS_INTERPRETERS 40
#define OFFSETS_BYTES 48

enum wanted_symbol { /* what each file is asked for, beside the RUNTIME_SYMBOLS */
	SYMBOL_RUNTIME,
	SYMBOL_VERSION,
	SYMBOL_DEBUG,       /* Py_REF_DEBUG, which Py_DEBUG brings along */
	SYMBOL_DEBUG_TOTAL, /* the same, in older versions */
	SYMBOL_TRACE,       /* Py_TRACE_REFS, with which every object grows, until 3.12 */
	SYMBOL_MAIN,        /* any Python */
	SYMBOL_FIRST_OBJECT
};
static const char *const symbol_names[] = {"_PyRuntime",   "Py_Version",      "_Py_NegativeRefcount",
					   "_Py_RefTotal", "_Py_AddToAllObjects", "Py_InitializeEx",
#define RUNTIME_SYMBOL(field, symbol) symbol,
					   RUNTIME_SYMBOLS
#undef RUNTIME_SYMBOL
};
#define SYMBOL_COUNT (sizeof symbol_names / sizeof symbol_names[0])

static const struct { /* other Pythons, by the beginning of a mapped file's name */
	const char *file, *name;
} foreign[] = {
	{"libpypy", "PyPy"},
	{"pypy", "PyPy"},
	{"libpythonvm", "GraalPy"},
};

enum alive {
	ALIVE_UNKNOWN,
	ALIVE_NO,
	ALIVE_YES
};

struct candidate {
	struct runtime *runtime;
	const char *debug; /* which kind of debug build it is; NULL: none */
	bool free_threaded;
	enum alive alive; /* whether it has an interpreter */
};

struct search {
	struct source *source;
	VECTOR(struct candidate) candidates;
	struct runtime_symbols executable; /* those that the executable defines: they win over a library's */
	struct text files;                 /* names of the first files looked at, for a message */
	size_t count;                      /* files looked at */
	struct text unreadable;            /* why the first file that couldn't be read couldn't; a Python's before others */
	bool python_unreadable;            /* it is a Python's */
	const char *foreign;               /* another Python that was met, NULL: none */
	const char *without;               /* path of a Python without _PyRuntime, NULL: none */
};

void runtime_destroy(struct runtime *runtime)
{
	if (runtime == NULL)
		return;
	free(runtime->version);
	free(runtime->path);
	free(runtime->build);
	free(runtime);
}

static void search_deinit(struct search *search)
{
	for (size_t i = 0; i < search->candidates.count; i++)
		runtime_destroy(search->candidates.items[i].runtime);
	vector_deinit(&search->candidates);
	text_deinit(&search->files);
	text_deinit(&search->unreadable);
}
DEFINE_AUTO_VALUE(search, struct search, search_deinit);

static const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static struct error *read_words(struct source *source, uint64_t address, void *buffer, size_t size, bool *whole)
{
	size_t got;

	TRY(source->operations->read(source, address, buffer, size, &got));
	*whole = got == size;
	return NULL;
}

/* ERROR_INPUT where the mapped file and the one that was opened have different build-ids. What has none passes. */
static struct error *check_build_id(struct search *search, const struct source_range *range, struct elf *file)
{
	AUTO(free) void *head = malloc(HEAD_BYTES);
	AUTO(elf) struct elf *mapped = NULL;
	size_t size = range->end - range->start < HEAD_BYTES ? (size_t)(range->end - range->start) : HEAD_BYTES;
	size_t got;

	if (head == NULL)
		return error_memory();
	if (range->file_offset != 0)
		return NULL;
	TRY(search->source->operations->read(search->source, range->start, head, size, &got));
	AUTO(error) struct error *error = elf_open_bytes(head, got, range->path, &mapped);
	if (error != NULL)
		return error->code == ERROR_MEMORY ? steal(&error) : NULL;
	struct elf_build_id in_memory = elf_build_id(mapped), on_disk = elf_build_id(file);
	if (in_memory.size == 0 || on_disk.size == 0 ||
	    (in_memory.size == on_disk.size && memcmp(in_memory.bytes, on_disk.bytes, on_disk.size) == 0))
		return NULL;
	return error_create(
		ERROR_INPUT,
		"%s was replaced on disk since the process mapped it (build-id %02x%02x%02x%02x... in memory, "
		"%02x%02x%02x%02x... on disk); as root heapdump can read the old file",
		range->path, in_memory.bytes[0], in_memory.bytes[1], in_memory.bytes[2], in_memory.bytes[3],
		on_disk.bytes[0], on_disk.bytes[1], on_disk.bytes[2], on_disk.bytes[3]);
}

static uint64_t biased(const struct elf_symbol *symbol, uint64_t bias)
{
	return symbol->found ? symbol->address + bias : 0;
}

static struct runtime_symbols take_objects(const struct elf_symbol *symbols, uint64_t bias)
{
	struct runtime_symbols objects;
	size_t next = SYMBOL_FIRST_OBJECT;

#define RUNTIME_SYMBOL(field, symbol) objects.field = biased(&symbols[next++], bias);
	RUNTIME_SYMBOLS
#undef RUNTIME_SYMBOL
	return objects;
}

/* A program that names PyType_Type in its own code gets a copy of the object (a copy relocation), and then everybody
 * in the process uses that copy. */
static void prefer_executable(struct runtime_symbols *symbols, const struct runtime_symbols *executable)
{
#define RUNTIME_SYMBOL(field, symbol)                                                                                  \
	if (executable->field != 0)                                                                                    \
		symbols->field = executable->field;
	RUNTIME_SYMBOLS
#undef RUNTIME_SYMBOL
}

static struct error *describe_build(struct runtime *runtime, bool fixed)
{
	AUTO(text) struct text build;

	text_init(&build);
	text_add(&build, runtime->shared ? "shared" : "static");
	if (runtime->stripped)
		text_add(&build, ", stripped");
	if (fixed)
		text_add(&build, ", fixed address");
	TRY(text_error(&build));
	runtime->build = text_steal(&build);
	return runtime->build != NULL ? NULL : error_memory();
}

/* What the debug offsets say, where _PyRuntime begins with them. */
static struct error *read_offsets(struct search *search, struct candidate *candidate)
{
	struct runtime *runtime = candidate->runtime;
	uint8_t words[OFFSETS_BYTES] = {0};
	uint64_t interpreters = 0;
	bool whole;

	TRY(read_words(search->source, runtime->address, words, sizeof words, &whole));
	if (!whole || memcmp(words, COOKIE, 8) != 0)
		return NULL;
	runtime->debug_offsets = true;
	candidate->free_threaded = load_u64(words + OFFSETS_FREE_THREADED) != 0;
	if (version_is_plausible(load_u64(words + OFFSETS_VERSION)))
		runtime->version_hex = (uint32_t)load_u64(words + OFFSETS_VERSION);
	uint64_t offset = load_u64(words + OFFSETS_INTERPRETERS);
	if (offset == 0 || offset > UINT32_MAX)
		return NULL;
	TRY(read_words(search->source, runtime->address + offset, &interpreters, sizeof interpreters, &whole));
	if (whole)
		candidate->alive = interpreters != 0 ? ALIVE_YES : ALIVE_NO;
	return NULL;
}

static struct error *read_version(struct search *search, struct candidate *candidate, uint64_t address)
{
	struct runtime *runtime = candidate->runtime;
	uint32_t word = 0;
	bool whole = false;

	if (address != 0)
		TRY(read_words(search->source, address, &word, sizeof word, &whole));
	if (whole && version_is_plausible(word))
		runtime->version_hex = word;
	if (runtime->version_hex == 0)
		TRY(version_search(search->source, runtime->data_start, runtime->data_end, &runtime->version_hex));
	return NULL;
}

/* Without debug offsets the layout's table knows where the list of interpreters begins. */
static struct error *read_alive(struct search *search, struct candidate *candidate)
{
	const struct runtime *runtime = candidate->runtime;
	const struct layout *layout = layout_find(runtime->version_hex);
	uint64_t interpreters;
	bool whole;

	if (candidate->alive != ALIVE_UNKNOWN || layout == NULL || layout->runtime_interpreters < 0)
		return NULL;
	TRY(read_words(search->source, runtime->address + (uint64_t)layout->runtime_interpreters, &interpreters,
		       sizeof interpreters, &whole));
	if (whole)
		candidate->alive = interpreters != 0 ? ALIVE_YES : ALIVE_NO;
	return NULL;
}

/* The d of a debug build's file name, python3.11d or libpython3.11d.so.1.0: all that a stripped one shows. */
static bool is_debug_name(const char *path)
{
	static const char stem[] = "python3.";
	const char *at = strstr(path_name(path), stem);

	if (at == NULL)
		return false;
	at += sizeof stem - 1;
	size_t digits = strspn(at, "0123456789");
	size_t flags = strspn(at + digits, "dmtu");
	return digits > 0 && memchr(at + digits, 'd', flags) != NULL;
}

static struct error *candidate_fill(struct search *search, struct candidate *candidate, struct elf *elf,
				    const struct elf_symbol *symbols, const char *path)
{
	struct runtime *runtime = candidate->runtime;
	struct elf_range data = {0, 0};
	char version[VERSION_TEXT];

	runtime->symbols = take_objects(symbols, runtime->bias);
	runtime->shared = elf_is_library(elf);
	runtime->stripped = elf_is_stripped(elf);
	if (symbols[SYMBOL_DEBUG].found || symbols[SYMBOL_DEBUG_TOTAL].found || is_debug_name(path))
		candidate->debug = "debug build";
	else if (symbols[SYMBOL_TRACE].found)
		candidate->debug = "debug build (configured --with-trace-refs)";
	if (elf_writable(elf, &data)) {
		runtime->data_start = data.start + runtime->bias;
		runtime->data_end = data.end + runtime->bias;
	}
	runtime->path = strdup(path);
	if (runtime->path == NULL)
		return error_memory();
	TRY(describe_build(runtime, elf_is_fixed(elf)));
	TRY(read_offsets(search, candidate));
	TRY(read_version(search, candidate, biased(&symbols[SYMBOL_VERSION], runtime->bias)));
	TRY(read_alive(search, candidate));
	version_format(runtime->version_hex, version);
	runtime->version = strdup(version);
	return runtime->version != NULL ? NULL : error_memory();
}

/* One that was found belongs to the search at once, which frees it whatever comes. */
static struct error *candidate_add(struct search *search, const struct source_range *range, struct elf *elf,
				   const struct elf_symbol *symbols)
{
	struct elf_section section = {0};
	bool by_symbol = symbols[SYMBOL_RUNTIME].found;
	uint64_t bias;

	if (!elf_bias(elf, range->file_offset, range->start, &bias))
		return NULL;
	if (!elf_is_library(elf))
		search->executable = take_objects(symbols, bias);
	if (!by_symbol && !elf_section(elf, ".PyRuntime", &section)) {
		if (symbols[SYMBOL_MAIN].found && search->without == NULL)
			search->without = range->path;
		return NULL;
	}
	struct candidate candidate = {.runtime = calloc(1, sizeof *candidate.runtime)};
	if (candidate.runtime == NULL)
		return error_memory();
	struct error *error = vector_push(&search->candidates, candidate);
	if (error != NULL) {
		runtime_destroy(candidate.runtime);
		return error;
	}
	candidate.runtime->bias = bias;
	candidate.runtime->address = bias + (by_symbol ? symbols[SYMBOL_RUNTIME].address : section.address);
	candidate.runtime->size = by_symbol ? symbols[SYMBOL_RUNTIME].size : section.size;
	return candidate_fill(search, &search->candidates.items[search->candidates.count - 1], elf, symbols,
			      range->path);
}

static struct error *search_open(struct search *search, const struct source_range *range)
{
	AUTO(elf) struct elf *elf = NULL;
	struct elf_symbol symbols[SYMBOL_COUNT];
	int fd;

	TRY(search->source->operations->open_file(search->source, range, &fd));
	TRY(elf_open(fd, range->path, &elf));
	TRY(check_build_id(search, range, elf));
	elf_symbols(elf, symbol_names, SYMBOL_COUNT, symbols);
	return candidate_add(search, range, elf, symbols);
}

/* One mapped file. That it can't be read matters only if no runtime is found elsewhere. */
static struct error *search_file(struct search *search, const struct source_range *range)
{
	const char *name = path_name(range->path);

	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
		if (strncmp(name, foreign[i].file, strlen(foreign[i].file)) == 0)
			search->foreign = foreign[i].name;
	}
	if (search->count++ < FILES_LISTED)
		text_printf(&search->files, "%s%s", search->count > 1 ? ", " : "", name);
	AUTO(error) struct error *error = search_open(search, range);
	if (error == NULL || (error->code != ERROR_INPUT && error->code != ERROR_IO && error->code != ERROR_REFUSED))
		return steal(&error);
	if (search->unreadable.length == 0 || (strstr(name, "python") != NULL && !search->python_unreadable)) {
		search->unreadable.length = 0;
		text_add(&search->unreadable, error->message);
		search->python_unreadable = strstr(name, "python") != NULL;
	}
	return NULL;
}

static bool is_same_file(const struct source_range *a, const struct source_range *b)
{
	return a->path != NULL && b->path != NULL && strcmp(a->path, b->path) == 0 && a->deleted == b->deleted;
}

/* The first range of each run of ranges of one file, where any of the run is code. Anonymous ranges between (.bss)
 * don't end a run. */
static struct error *search_ranges(struct search *search)
{
	const struct source_range *ranges;
	size_t count;

	TRY(search->source->operations->ranges(search->source, &ranges, &count));
	for (size_t i = 0; i < count && search->count < FILES_MAX;) {
		const struct source_range *first = &ranges[i];
		bool code = first->executable;
		for (i++; i < count && (ranges[i].path == NULL || is_same_file(first, &ranges[i])); i++)
			code = code || (ranges[i].path != NULL && ranges[i].executable);
		if (code && first->path != NULL && first->path[0] == '/')
			TRY(search_file(search, first));
	}
	return text_error(&search->files);
}

static struct error *refuse_none(const struct search *search)
{
	const char *unreadable = text_string(&search->unreadable);
	const char *files = text_string(&search->files);

	if (search->foreign != NULL)
		return error_create(ERROR_REFUSED, "this is %s; heapdump reads CPython only", search->foreign);
	if (search->without != NULL)
		return error_create(
			ERROR_REFUSED,
			"%s holds a Python without _PyRuntime, so one older than 3.7, or one of another maker; "
			"heapdump can't read it",
			search->without);
	if (search->count == 0)
		return error_create(ERROR_REFUSED, "no CPython found: no file with code is mapped there");
	return error_create(
		ERROR_REFUSED,
		"no CPython found: searched %zu mapped file%s for the symbol _PyRuntime and the section .PyRuntime "
		"(%s%s)%s%s",
		search->count, search->count == 1 ? "" : "s", files, search->count > FILES_LISTED ? ", ..." : "",
		unreadable[0] != '\0' ? "; " : "", unreadable);
}

static struct error *refuse_many(const struct search *search)
{
	AUTO(text) struct text list;

	text_init(&list);
	for (size_t i = 0; i < search->candidates.count; i++) {
		const struct runtime *runtime = search->candidates.items[i].runtime;
		text_printf(&list, "%s%s (%s)", i > 0 ? ", " : "", runtime->path, runtime->version);
	}
	TRY(text_error(&list));
	return error_create(ERROR_REFUSED, "the process holds %zu Python runtimes: choose one with --runtime PATH: %s",
			    search->candidates.count, text_string(&list));
}

static struct error *refuse_unknown(const struct search *search, const char *wanted)
{
	AUTO(text) struct text list;

	text_init(&list);
	for (size_t i = 0; i < search->candidates.count; i++)
		text_printf(&list, "%s%s", i > 0 ? ", " : "", search->candidates.items[i].runtime->path);
	TRY(text_error(&list));
	return error_create(ERROR_REFUSED, "no Python runtime in %s; there is: %s", wanted, text_string(&list));
}

/* The wanted one; else the only one; else the only one that has an interpreter. */
static struct error *choose(struct search *search, const char *wanted, struct candidate **chosen)
{
	struct candidate *items = search->candidates.items;
	size_t count = search->candidates.count, alive = 0;

	if (count == 0)
		return refuse_none(search);
	for (size_t i = 0; i < count; i++) {
		if (wanted != NULL && (strcmp(items[i].runtime->path, wanted) == 0 ||
				       strcmp(path_name(items[i].runtime->path), wanted) == 0)) {
			*chosen = &items[i];
			return NULL;
		}
		alive += items[i].alive != ALIVE_NO;
	}
	if (wanted != NULL)
		return refuse_unknown(search, wanted);
	if (alive > 1)
		return refuse_many(search);
	*chosen = &items[0];
	for (size_t i = 0; i < count; i++) {
		if (items[i].alive != ALIVE_NO)
			*chosen = &items[i];
	}
	return NULL;
}

/* What heapdump would read wrongly is refused by its name. */
static struct error *judge(const struct candidate *candidate)
{
	/* Up to 3.10 the version is told by what the interpreter makes when it begins. */
	static const char *const unborn[] = {
		[ALIVE_UNKNOWN] = ": perhaps it is not initialised yet, or finalized already",
		[ALIVE_NO] = ": it is not initialised yet, or finalized already",
		[ALIVE_YES] = "",
	};
	const struct runtime *runtime = candidate->runtime;

	if (runtime->version_hex == 0)
		return error_create(ERROR_REFUSED, "%s holds a Python whose version can't be told from outside%s",
				    runtime->path, unborn[candidate->alive]);
	if (candidate->free_threaded)
		return error_create(
			ERROR_REFUSED,
			"%s is a free-threaded build of CPython %s, whose objects and collector differ: heapdump "
			"reads builds with the GIL",
			runtime->path, runtime->version);
	if (candidate->debug != NULL)
		return error_create(ERROR_REFUSED,
				    "%s is a %s of CPython %s, whose structures differ: heapdump reads release builds, "
				    "so run the program with one",
				    runtime->path, candidate->debug, runtime->version);
	if (candidate->alive == ALIVE_NO)
		return error_create(
			ERROR_REFUSED,
			"CPython %s in %s has no interpreter: it is not initialised yet, or finalized already",
			runtime->version, runtime->path);
	return NULL;
}

struct error *runtime_find(struct source *source, const char *wanted, struct runtime **result)
{
	AUTO(search) struct search search = {.source = source};
	struct candidate *chosen = NULL;

	text_init(&search.files);
	text_init(&search.unreadable);
	TRY(search_ranges(&search));
	TRY(choose(&search, wanted, &chosen));
	TRY(judge(chosen));
	prefer_executable(&chosen->runtime->symbols, &search.executable);
	*result = steal(&chosen->runtime);
	return NULL;
}
