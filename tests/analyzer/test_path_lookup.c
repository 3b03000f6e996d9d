/* What a path means: by hand, and of random heaps by writing every path there is. */
#include "analyzer/path_lookup.h"

#include "analyzer/load.h"
#include "analyzer/path.h"
#include "analyzer/path_syntax.h"
#include "analyzer/place_name.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

/* Addresses of the objects that the path means, in hexadecimal; those that are only a `__dict__` in parentheses. */
static void describe(const struct loaded *loaded, const struct path_nodes *nodes, struct text *text)
{
	for (size_t i = 0; i < nodes->items.count; i++)
		text_printf(text, "%s%lx", text->length > 0 ? " " : "",
			    (unsigned long)loaded->graph->address[nodes->items.items[i]]);
	for (size_t i = 0; i < nodes->folded.count; i++)
		text_printf(text, "%s(%lx)", text->length > 0 ? " " : "",
			    (unsigned long)loaded->graph->address[nodes->folded.items[i]]);
}

static struct error *look_up(const struct graph *graph, const char *path, struct path_nodes *result)
{
	AUTO(path_lookup) struct path_lookup lookup = {0};
	assert_ok(path_lookup_init(&lookup, graph));
	return path_lookup_find(&lookup, path, result);
}

static void check(const char *heap, const char *path, const char *expected)
{
	AUTO(loaded) struct loaded loaded;
	AUTO(path_nodes) struct path_nodes nodes = {0};
	AUTO(text) struct text text = {0};
	help_load(&loaded, heap);
	assert_ok(look_up(loaded.graph, path, &nodes));
	describe(&loaded, &nodes, &text);
	cr_assert_str_eq(text_string(&text), expected, "%s means '%s', not '%s'", path, text_string(&text), expected);
	cr_assert(nodes.items.count == 0 || nodes.known == strlen(path));
}

#define MODULE                                                                                                         \
	"object 0x10 dict\nobject 0x20 module\nobject 0x30 dict\nedge 0x10 0x20 ['app']\nedge 0x20 0x30 .__dict__\n"   \
	"object 0x40 x.Y\nobject 0x50 z.Z\nedge 0x30 0x40 ['CACHE']\nroot modules sys.modules 0x10\n"
#define NAMED(edge) MODULE "edge 0x40 0x50 " edge "\n"

HEAP_TEST(path_lookup, follows_names)
{
	check(MODULE, "app", "20 (30)");
	check(MODULE, "app.CACHE", "40");
	check(MODULE, "sys.modules", "10");
	check(MODULE, "sys.modules['app'].CACHE", "40");
	check(NAMED(".sessions"), "app.CACHE.sessions", "50");
	check(NAMED("[7]"), "app.CACHE[7]", "50");
	check(NAMED("['user']"), "app.CACHE['user']", "50");
	check(NAMED("['user']"), "app.CACHE[\"user\"]", "50");
	check(NAMED("['user']"), "app.CACHE.user", "");
	check(NAMED(".user"), "app.CACHE['user']", "");
	check(NAMED("<member>"), "app.CACHE<member>", "50");
	check(NAMED("closure:f"), "app.CACHE<closure f>", "50");
	check(NAMED("field:f"), "app.CACHE<f>", "50");
	check(NAMED("- unvisited"), "app.CACHE<...>", "50");
	check(NAMED(".sessions"), "app.CACHE.session", "");
	check(NAMED(".sessions"), "app.CACHE.sessions2", "");
	check(MODULE "edge 0x40 0x20 [i]\nedge 0x40 0x20 [i]\nedge 0x40 0x50 [i]\n", "app.CACHE[2]", "50");
	check(MODULE "edge 0x40 0x20 [i]\nedge 0x40 0x20 [i]\nedge 0x40 0x50 [i]\n", "app.CACHE[0]", "20 (30)");
	check("object 0x20 module\nobject 0x30 dict\nedge 0x20 0x30 .__dict__\nobject 0x40 x.Y\nedge 0x30 0x40 ['CACHE']\n"
	      "root modules m\nrootedge 0x20 ['app']\n",
	      "app.CACHE", "40");
}

/* Several edges between two objects, of which paths print the best name alone, all lead on. */
HEAP_TEST(path_lookup, takes_any_of_several_names)
{
	const char *heap = MODULE "edge 0x40 0x50 [3]\nedge 0x40 0x50 .x\nedge 0x40 0x50 <key>\n";
	check(heap, "app.CACHE.x", "50");
	check(heap, "app.CACHE[3]", "50");
	check(heap, "app.CACHE<key>", "50");
}

HEAP_TEST(path_lookup, goes_over_a_weak_edge_only_where_it_is_told)
{
	check(NAMED(".a weak"), "app.CACHE.a", "");
	check(NAMED(".a weak"), "app.CACHE.*", "");
	check(NAMED(".a weak"), "app.CACHE.a<weak>", "50");
	check(NAMED(".a weak"), "app.CACHE.*<weak>", "50");
	check(NAMED(".a"), "app.CACHE.a<weak>", "");
}

#define KEYED "edge 0x40 0x60 <key>\nedge 0x40 0x50 [k]\n"

HEAP_TEST(path_lookup, reads_data_keys)
{
	check(MODULE "object 0x60 str length=7 \"value=user 17\"\n" KEYED, "app.CACHE['user 17']", "50");
	check(MODULE "object 0x60 str length=7 \"value=user 17\"\n" KEYED, "app.CACHE[\"user 17\"]", "50");
	check(MODULE "object 0x60 str length=7 \"value=user 17\"\n" KEYED, "app.CACHE['user 1']", "");
	check(MODULE "object 0x60 bytes length=3 value=abc\n" KEYED, "app.CACHE[b'abc']", "50");
	check(MODULE "object 0x60 bytes length=3 value=abc\n" KEYED, "app.CACHE[b\"abc\"]", "50");
	check(MODULE "object 0x60 str length=3 value=abc\n" KEYED, "app.CACHE[b'abc']", "");
	check(MODULE "object 0x60 int length=1 value=-5\n" KEYED, "app.CACHE[-5]", "50");
	check(MODULE "object 0x60 str length=3 value=a]b\n" KEYED, "app.CACHE['a]b']", "50");
	check(MODULE "object 0x60 str hash=0x123456789abcdef0 length=12\n" KEYED, "app.CACHE[#12345678 len=12]", "50");
	check(MODULE "object 0x60 str hash=0x123456789abcdef0 length=12\n" KEYED, "app.CACHE[#12345678 len=11]", "");
	check(MODULE "object 0x60 str\n" KEYED, "app.CACHE[...]", "50");
	check(MODULE "object 0x60 str length=3 value=\x1b[m\n" KEYED, "app.CACHE['\\x1B[m']", "50");
}

HEAP_TEST(path_lookup, knows_any_item_and_any_attribute)
{
	const char *heap =
		MODULE "object 0x60 str length=1 value=k\nobject 0x70 z.Z\nobject 0x80 z.Z\nobject 0x90 z.Z\n"
		       "object 0xa0 dict\nobject 0xb0 z.Z\n"
		       "edge 0x40 0x60 <key>\nedge 0x40 0x50 [k]\nedge 0x40 0x70 [1]\nedge 0x40 0x80 ['n']\n"
		       "edge 0x40 0x90 <member>\nedge 0x40 0xa0 .__dict__\nedge 0x40 0x20 .up\nedge 0xa0 0xb0 ['x']\n"
		       "edge 0x50 0xb0 .b\nedge 0x70 0xb0 .b\nedge 0x80 0x70 [0]\nedge 0x40 0x30 <key>\n";
	check(heap, "app.CACHE[*]", "50 70 80 90");
	check(heap, "app.CACHE[*][*]", "70");
	check(heap, "app.CACHE[*].b", "b0");
	check(heap, "app.CACHE.*", "20 b0 (30)");
	check(heap, "app.CACHE.*.CACHE", "40 (a0)");
	check(heap, "*.CACHE.x", "b0");
	check(heap, "*", "20 (30)");
	check(heap, "app.*", "40 (a0)");
	check(heap, "app.*.x", "b0");
}

/* A module `app.util` beside a package `app` that has it, and one whose name begins like another's. */
HEAP_TEST(path_lookup, tries_every_division_of_dotted_names)
{
	const char *heap = "object 0x10 dict\nobject 0x20 x.A\nobject 0x30 x.B\nobject 0x40 x.C\nobject 0x50 x.D\n"
			   "edge 0x10 0x20 ['app']\nedge 0x10 0x30 ['app.util']\nedge 0x10 0x40 ['app.ut']\n"
			   "edge 0x20 0x40 .util\nedge 0x30 0x50 .X\nedge 0x40 0x20 .X\nroot modules m 0x10\n";
	check(heap, "app.util", "30 40");
	check(heap, "app.util.X", "20 50");
	check(heap, "app.ut.X", "20");
}

HEAP_TEST(path_lookup, begins_at_other_roots)
{
	const char *frame = "object 0x10 x.Y\nobject 0x20 z.Z\nobject 0x30 z.Z\nedge 0x10 0x20 .log\nroot modules m\n"
			    "root frame f function=main file=app.py line=12\nrootedge 0x10 local:server\n"
			    "rootedge 0x30 stack:0\n"
			    "root frame f function=<lambda> file=app.py line=2\nrootedge 0x30 local:x\n";
	check(frame, "main() in app.py:12: server.log", "20");
	check(frame, "main() in app.py: server.log", "20");
	check(frame, "main(): server.log", "20");
	check(frame, "main() in app.py:1: server.log", "");
	check(frame, "mai(): server.log", "");
	check(frame, "main().log", "");
	check(frame, "main(): *", "10");
	check(frame, "main(): <stack 0>", "30");
	check(frame, "main() in app.py:12", "10 30");
	check(frame, "main()", "10 30");
	check(frame, "<lambda>() in app.py:2: x", "30");
	const char *thread = "object 0x10 x.Y\nobject 0x20 z.Z\nobject 0x30 z.Z\nedge 0x10 0x20 .log\n"
			     "root thread \"thread 7\" 0x10\nrootedge 0x30 field:exc\nroot builtins builtins 0x20\n";
	check(thread, "thread 7.log", "20");
	check(thread, "thread 7", "10");
	check(thread, "thread 7: <exc>", "30");
	check(thread, "builtins", "20");
}

HEAP_TEST(path_lookup, begins_at_an_object)
{
	const char *heap =
		"object 0x10 x.Y\nobject 0x20 a.Z#1\nobject 0x30 z.Z\nedge 0x10 0x20 .log\nedge 0x20 0x30 [4]\n";
	check(heap, "held by C code: x.Y #0.log", "20");
	check(heap, "immortal x.Y #0.log[4]", "30");
	check(heap, "what nothing leads to: x.Y #0", "10");
	check(heap, "a.Z#1 #1[4]", "30");
	check(heap, "#1[4]", "30");
	check(heap, "held by C code: #0.log", "20");
	check(heap, "x.Y #1", "");
	check(heap, "x.Y #3", "");
	check(heap, "x.Y #4294967296", "");
	check(heap, "#18446744073709551616", "");
}

/* An object that refers to itself by its `__dict__`, and a chain of those. */
HEAP_TEST(path_lookup, ends_where_dicts_go_round)
{
	check(MODULE "edge 0x40 0x40 .__dict__\nedge 0x40 0x50 ['x']\n", "app.CACHE.x", "50");
	check(MODULE "edge 0x40 0x40 .__dict__\nedge 0x40 0x50 .__dict__\nedge 0x50 0x40 .__dict__\n", "app.CACHE",
	      "40 (50)");
	check(MODULE "edge 0x40 0x40 ['x']\n", "app.CACHE['x']['x']['x']", "40");
}

HEAP_TEST(path_lookup, goes_over_accepted_guesses_alone)
{
	const char *heap = "object 0x10 x.Y\nobject 0x20 z.Z ref=2\nobject 0x30 z.Z ref=0\nedge 0x10 0x20 +24 guess\n"
			   "edge 0x10 0x30 +32 guess\nroot modules m\nrootedge 0x10 ['app']\n";
	AUTO(loaded) struct loaded loaded;
	AUTO(graph) struct graph *graph = NULL;
	help_load(&loaded, heap);
	assert_ok(load_graph(loaded.reader, GRAPH_HOLDING, NULL, &graph));
	AUTO(path_lookup) struct path_lookup lookup = {0};
	assert_ok(path_lookup_init(&lookup, graph));
	AUTO(path_nodes) struct path_nodes accepted = {0}, refused = {0};
	assert_ok(path_lookup_find(&lookup, "app<+24>", &accepted));
	assert_ok(path_lookup_find(&lookup, "app<+32>", &refused));
	cr_assert_eq(accepted.items.count, 1);
	cr_assert_eq(refused.items.count, 0);
}

HEAP_TEST(path_lookup, says_how_far_a_path_leads)
{
	static const struct {
		const char *path;
		size_t known;
	} cases[] = {{"ap", 0}, {"app.X", 3}, {"app.CACHE.x", 9}, {"app.CACHE[0].y", 12}};
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, NAMED("[0]"));
	AUTO(path_lookup) struct path_lookup lookup = {0};
	assert_ok(path_lookup_init(&lookup, loaded.graph));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		AUTO(path_nodes) struct path_nodes nodes = {0};
		assert_ok(path_lookup_find(&lookup, cases[i].path, &nodes));
		cr_assert_eq(nodes.items.count, 0);
		cr_assert_eq(nodes.known, cases[i].known, "%s is known to %zu", cases[i].path, nodes.known);
	}
}

static void refuse(const char *path, const char *part)
{
	AUTO(loaded) struct loaded loaded;
	AUTO(path_nodes) struct path_nodes nodes = {0};
	help_load(&loaded, MODULE);
	AUTO(error) struct error *error = look_up(loaded.graph, path, &nodes);
	cr_assert_not_null(error, "%s is looked up", path);
	cr_assert_eq(error->code, ERROR_USAGE);
	cr_assert_not_null(strstr(error->message, part), "%s, not %s", error->message, part);
}

HEAP_TEST(path_lookup, refuses_what_is_no_path)
{
	refuse("", "empty");
	refuse("app.next ... 75 more ... .next", "after 'app.next' steps are left out");
	refuse(".x", "begins with a step");
	refuse("[*]", "begins with a step");
	refuse("app.", "after 'app' a dot has no name");
	refuse("app..x", "after 'app' a dot has no name");
	refuse("app.x[3", "after 'app.x' a '[' is not closed");
	refuse("app.x['a]", "after 'app.x' a '[' is not closed");
	refuse("app.x<key", "after 'app.x' a '<' is not closed");
	refuse("app.x[3]y", "after 'app.x[3]' a step begins with");
	AUTO(text) struct text text = {0};
	for (unsigned i = 0; i <= PATH_LONGEST; i++)
		text_add_char(&text, 'a');
	refuse(text_string(&text), "are the most");
}

/* --- against all paths of random heaps ------------------------------------------------------------------------------- */

#define NODES 7u
#define DEPTH 4u

static void add_random_edge(struct text *heap, uint64_t *state, uint32_t from)
{
	static const char *const names[] = {".a",        ".b",        ".a.b",      "['a']", "['b']",
					    ".__dict__", ".__dict__", "[i]",       "[1]",   "<member>",
					    "<key>",     "local:a",   "closure:a", "-",     "<type>"};
	static const char *const classes[] = {"", "", "", " unvisited", " weak"};
	uint32_t to = (uint32_t)(help_random(state) % NODES);
	const char *name = names[help_random(state) % (sizeof names / sizeof *names)];
	if (help_random(state) % 5 == 0) /* a data key */
		text_printf(heap, "edge %u %u <key>\nedge %u %u [k]\n", 16 * (from + 1),
			    16 * (uint32_t)(1 + help_random(state) % NODES), 16 * (from + 1), 16 * (to + 1));
	else
		text_printf(heap, "edge %u %u %s%s\n", 16 * (from + 1), 16 * (to + 1), name,
			    classes[help_random(state) % (sizeof classes / sizeof *classes)]);
}

static void make_heap(struct text *heap, uint64_t *state)
{
	static const char *const objects[] = {"str length=1 value=a", "str hash=0x12345678 length=3", "x.Y", "dict",
					      "int length=1 value=1"};
	for (uint32_t i = 0; i < NODES; i++)
		text_printf(heap, "object %u %s\n", 16 * (i + 1),
			    objects[help_random(state) % (sizeof objects / sizeof *objects)]);
	for (uint32_t i = 0; i < NODES; i++)
		for (uint64_t e = help_random(state) % 4; e > 0; e--)
			add_random_edge(heap, state, i);
	text_printf(heap, "root modules m %u\n", help_random(state) % 2 ? 16 : 32);
	text_printf(heap, "rootedge %u ['a']\nrootedge 32 ['a.b']\n", 16 * (uint32_t)(1 + help_random(state) % NODES));
	text_add(heap,
		 "root frame f function=a file=f line=1\nrootedge 48 local:a\nroot thread t 64\nrootedge 80 field:b\n");
}

/* Every way of up to DEPTH edges from every root, as the printers of edges write it. */
struct writing {
	const struct loaded *loaded;
	struct edge_names names;
	VECTOR(struct written {
		char *path;
		node_id node;
		bool folded;
	})
	all;
};

static void write_on(struct writing *writing, const char *before, bool begun, bool program, bool named,
		     const struct known_edge *edge, unsigned left)
{
	struct text path = {0};
	struct spelling spelling = {.text = &path, .begun = begun, .program = program};
	text_add(&path, before);
	size_t length = path.length;
	assert_ok(named ? edge_names_spell(&writing->names, edge, &spelling) : NULL);
	bool folded = named && path.length == length;
	struct written written = {.path = text_steal(&path), .node = edge->record.target, .folded = folded};
	assert_ok(vector_push(&writing->all, written));
	struct edge_walk walk;
	struct known_edge next;
	bool more = left > 0;
	if (more)
		assert_ok(edge_lookup_walk(&writing->names.lookup, written.node, &walk));
	while (more) {
		assert_ok(edge_lookup_next(&writing->names.lookup, &walk, &next, &more));
		if (more)
			write_on(writing, written.path, spelling.begun, spelling.program, true, &next, left - 1);
	}
}

static void write_all(struct writing *writing)
{
	const struct reader *reader = writing->loaded->reader;
	const uint64_t *offsets = reader_root_offsets(reader);
	for (root_id r = 0; r < reader_counts(reader).roots; r++) {
		for (uint64_t e = offsets[r]; e < offsets[r + 1]; e++) {
			struct known_edge edge = {.record = reader_root_edges(reader)[e], .key = NO_ID};
			bool modules = reader_roots(reader)[r].kind == ROOT_MODULES,
			     named = edge.record.name != NAME_NONE;
			AUTO(text) struct text name = {0};
			if (!modules)
				path_print_root_of(reader, r, &name);
			if (!modules && named)
				text_add(&name, ": ");
			/* An edge without a name writes none, and the next step follows. */
			if (named || !modules)
				write_on(writing, text_string(&name), !named, modules, named, &edge, DEPTH);
			else
				write_on(writing, "", false, true, false, &edge, DEPTH);
		}
	}
}

static bool is_written(const struct writing *writing, const char *path, node_id node, bool folded)
{
	for (size_t i = 0; i < writing->all.count; i++) {
		const struct written *written = &writing->all.items[i];
		if (written->node == node && written->folded == folded && strcmp(written->path, path) == 0)
			return true;
	}
	return false;
}

static bool has_node(const node_id *items, size_t count, node_id node)
{
	for (size_t i = 0; i < count; i++)
		if (items[i] == node)
			return true;
	return false;
}

/* What was written for a way is found; and of a path whose ways are all short, nothing else. */
static void check_written(const struct writing *writing, struct path_lookup *lookup, const char *path)
{
	AUTO(path_nodes) struct path_nodes found = {0};
	assert_ok(path_lookup_find(lookup, path, &found));
	for (node_id node = 0; node < NODES; node++) {
		bool named = is_written(writing, path, node, false), folded = is_written(writing, path, node, true);
		bool is_item = has_node(found.items.items, found.items.count, node);
		cr_assert(!named || is_item, "%s: #%u is not found", path, node);
		cr_assert(!folded || is_item || has_node(found.folded.items, found.folded.count, node),
			  "%s: #%u is not found among dicts", path, node);
	}
}

/* Written for ways of a few edges alone, all of which are in `all`. */
static bool is_short(const char *path)
{
	size_t steps = 0;
	for (const char *at = path; *at != '\0'; at++)
		steps += *at == '.' || *at == '[' || *at == '<' || *at == ':';
	return steps <= 1;
}

static void check_not_more(const struct writing *writing, struct path_lookup *lookup, const char *path)
{
	AUTO(path_nodes) struct path_nodes found = {0};
	assert_ok(path_lookup_find(lookup, path, &found));
	for (size_t i = 0; i < found.items.count; i++)
		cr_assert(is_written(writing, path, found.items.items[i], false), "%s: #%u is found", path,
			  found.items.items[i]);
	for (size_t i = 0; i < found.folded.count; i++)
		cr_assert(is_written(writing, path, found.folded.items[i], true), "%s: #%u is found among dicts", path,
			  found.folded.items[i]);
}

static bool are_equal(const node_id *a, size_t a_count, const node_id *b, size_t b_count)
{
	return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * sizeof *a) == 0);
}

/* Together they are what each is alone, also with wildcards, and what is no path at all. */
static void check_together(const struct writing *writing, struct path_lookup *lookup)
{
	const char *texts[32] = {"",    "a",        "a.*",    "a[*]", "*",    "*.a",       "a[*].*",
				 "a()", "a() in f", "a(): *", "t",    "#1.a", "a.b[\"a\"]"};
	struct path_nodes results[32];
	for (size_t i = 13; i < 32; i++)
		texts[i] = writing->all.items[i * 31 % writing->all.count].path;
	assert_ok(path_lookup_all(lookup, texts, 32, results));
	for (size_t i = 0; i < 32; i++) {
		AUTO(path_nodes) struct path_nodes alone = {0};
		if (*texts[i] != '\0')
			assert_ok(path_lookup_find(lookup, texts[i], &alone));
		cr_assert(are_equal(results[i].items.items, results[i].items.count, alone.items.items,
				    alone.items.count),
			  "%s", texts[i]);
		cr_assert(are_equal(results[i].folded.items, results[i].folded.count, alone.folded.items,
				    alone.folded.count),
			  "%s", texts[i]);
		cr_assert_eq(results[i].known, alone.known, "%s", texts[i]);
		path_nodes_deinit(&results[i]);
	}
}

HEAP_TEST(path_lookup, finds_what_is_written_and_nothing_else)
{
	uint64_t state = 3;
	for (int round = 0; round < 60; round++) {
		AUTO(text) struct text heap = {0};
		AUTO(loaded) struct loaded loaded;
		make_heap(&heap, &state);
		help_load(&loaded, text_string(&heap));
		AUTO(path_lookup) struct path_lookup lookup = {0};
		assert_ok(path_lookup_init(&lookup, loaded.graph));
		struct writing writing = {.loaded = &loaded};
		edge_names_init(&writing.names, loaded.reader);
		write_all(&writing);
		check_together(&writing, &lookup);
		for (size_t i = 0; i < writing.all.count; i += 1 + writing.all.count / 40) {
			const char *path = writing.all.items[i].path;
			if (*path != '\0')
				check_written(&writing, &lookup, path);
			if (*path != '\0' && is_short(path))
				check_not_more(&writing, &lookup, path);
		}
		edge_names_deinit(&writing.names);
		for (size_t i = 0; i < writing.all.count; i++)
			free(writing.all.items[i].path);
		vector_deinit(&writing.all);
	}
}

/* What reports print for any object of such heaps leads to it. */
HEAP_TEST(path_lookup, finds_every_object_by_what_is_printed_for_it)
{
	uint64_t state = 17;
	for (int round = 0; round < HEAP_TEST_ROUNDS(150); round++) {
		AUTO(text) struct text heap = {0};
		AUTO(loaded) struct loaded loaded;
		make_heap(&heap, &state);
		help_load(&loaded, text_string(&heap));
		AUTO(graph) struct graph *graph = NULL;
		assert_ok(load_graph(loaded.reader, GRAPH_HOLDING | GRAPH_MORTAL, NULL, &graph));
		AUTO(path_lookup) struct path_lookup lookup = {0};
		assert_ok(path_lookup_init(&lookup, graph));
		AUTO(place_names) struct place_names names = {0};
		assert_ok(place_names_init(&names, graph));
		for (node_id node = 0; node < NODES; node++) {
			AUTO(text) struct text path = {0};
			AUTO(path_nodes) struct path_nodes found = {0};
			assert_ok(place_name_print(&names, node, &path));
			if (path.length == 0) /* a dict of a dict of modules has no name */
				continue;
			assert_ok(path_lookup_find(&lookup, text_string(&path), &found));
			cr_assert(has_node(found.items.items, found.items.count, node) ||
					  has_node(found.folded.items, found.folded.count, node),
				  "'%s' doesn't lead to #%u of\n%s", text_string(&path), node, text_string(&heap));
		}
	}
}
