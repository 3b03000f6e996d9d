/* Writes a large made-up snapshot, to time what reads one.
 *
 *     generate OUT OBJECTS [SEED] [LEAKED]
 *
 * Like a web application's heap: modules with functions, a cache of sessions with their dicts, strings, lists and floats, and
 * chains; some 2.3 references an object, half of the objects leaves, most with one referrer. LEAKED sessions come on top,
 * at addresses of their own: a snapshot with and one without them are a pair to compare.
 */
#include "format/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TYPE_TYPE,
	TYPE_DICT,
	TYPE_STR,
	TYPE_LIST,
	TYPE_FLOAT,
	TYPE_MODULE,
	TYPE_SESSION,
	TYPE_NODE,
	TYPE_COUNT
};

static const struct {
	const char *module, *name;
	uint64_t flags;
} types[TYPE_COUNT] = {
	[TYPE_TYPE] = {"builtins", "type", 0x80000100}, [TYPE_DICT] = {"builtins", "dict", 0x100},
	[TYPE_STR] = {"builtins", "str", 0x100},        [TYPE_LIST] = {"builtins", "list", 0x100},
	[TYPE_FLOAT] = {"builtins", "float", 0x100},    [TYPE_MODULE] = {"builtins", "module", 0x100},
	[TYPE_SESSION] = {"app", "Session", 0x200},     [TYPE_NODE] = {"app.graph", "Node", 0x200},
};

/* A session and all that is its own: SESSION_OBJECTS of them, in this order. */
#define SESSION_OBJECTS 8u
enum {
	OF_KEY,
	OF_SESSION,
	OF_DICT,
	OF_NAME,
	OF_LIST,
	OF_FLOAT,
	OF_ITEM,
	OF_NODE
};

#define FIRST_SESSION 5u /* ids before: type, sys.modules, a module, its dict, the cache */
#define BASE UINT64_C(0x7f0000000000)
#define LEAK_BASE UINT64_C(0x7f8000000000)

struct making {
	struct writer *writer;
	uint64_t state, sessions, leaked;
	string_id attributes[4], cache_name, node_name, module_name;
	node_id next;
};

static uint64_t random_next(struct making *g)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return g->state;
}

static struct error *object(struct making *g, uint64_t address, type_id type, uint64_t size, enum generation age)
{
	struct object_record record = {.address = address,
				       .type = type,
				       .size = size,
				       .getsizeof = size,
				       .refcount = 1,
				       .generation = age,
				       .flags = age == GENERATION_UNTRACKED ? 0 : OBJECT_GC_HEAD,
				       .content_hash = type == TYPE_STR || type == TYPE_FLOAT ? random_next(g) : 0};
	g->next++;
	return writer_object(g->writer, &record);
}

static struct error *edge(struct making *g, node_id target, enum edge_name name, uint64_t payload)
{
	struct edge_record record = {.target = target, .name = name, .class = EDGE_OWNED, .payload = payload};
	return writer_edge(g->writer, &record);
}

static struct error *session(struct making *g, uint64_t number, uint64_t address)
{
	node_id key = g->next, last = key + SESSION_OBJECTS;
	uint64_t sessions = g->sessions + g->leaked;
	TRY(object(g, address, TYPE_STR, 71, GENERATION_UNTRACKED));
	TRY(object(g, address + 80, TYPE_SESSION, 56, GENERATION_2));
	TRY(edge(g, key + OF_DICT, NAME_ATTRIBUTE, g->attributes[0]));
	TRY(edge(g, 0, NAME_TYPE, 0));
	TRY(object(g, address + 144, TYPE_DICT, 272, GENERATION_2));
	TRY(edge(g, key, NAME_NAMED_KEY, g->attributes[1]));
	TRY(edge(g, key + OF_NAME, NAME_NAMED_KEY, g->attributes[2]));
	TRY(edge(g, key + OF_LIST, NAME_NAMED_KEY, g->attributes[3]));
	TRY(edge(g, key + OF_NODE, NAME_NAMED_KEY, g->node_name));
	TRY(object(g, address + 432, TYPE_STR, 50 + random_next(g) % 40, GENERATION_UNTRACKED));
	TRY(object(g, address + 528, TYPE_LIST, 88, GENERATION_2));
	TRY(edge(g, key + OF_FLOAT, NAME_NEXT_INDEX, 0));
	TRY(edge(g, key + OF_ITEM, NAME_NEXT_INDEX, 0));
	TRY(object(g, address + 624, TYPE_FLOAT, 24, GENERATION_UNTRACKED));
	TRY(object(g, address + 656, TYPE_STR, 57, GENERATION_UNTRACKED));
	TRY(object(g, address + 720, TYPE_NODE, 64, GENERATION_2));
	TRY(edge(g, 0, NAME_TYPE, 0));
	/* A chain through a thousand sessions, and now and then a reference anywhere. */
	if (number + 1 < sessions && number % 1000 != 999)
		TRY(edge(g, last + OF_NODE, NAME_ATTRIBUTE, g->node_name));
	if (random_next(g) % 8 == 0)
		TRY(edge(g, (node_id)(FIRST_SESSION + random_next(g) % (g->sessions * SESSION_OBJECTS)), NAME_ATTRIBUTE,
			 g->cache_name));
	return NULL;
}

static struct error *head(struct making *g)
{
	TRY(object(g, BASE - 4096, TYPE_TYPE, 1064, GENERATION_2));
	TRY(object(g, BASE - 3000, TYPE_DICT, 5000, GENERATION_2));
	TRY(edge(g, 2, NAME_NAMED_KEY, g->module_name));
	TRY(object(g, BASE - 2560, TYPE_MODULE, 80, GENERATION_2));
	TRY(edge(g, 3, NAME_ATTRIBUTE, g->attributes[0]));
	TRY(object(g, BASE - 2000, TYPE_DICT, 1000, GENERATION_2));
	TRY(edge(g, 4, NAME_NAMED_KEY, g->cache_name));
	TRY(object(g, BASE - 1000, TYPE_DICT, 100 * (g->sessions + g->leaked), GENERATION_2));
	for (uint64_t i = 0; i < g->sessions + g->leaked; i++) {
		node_id key = (node_id)(FIRST_SESSION + i * SESSION_OBJECTS);
		TRY(edge(g, key, NAME_KEY, 0));
		TRY(edge(g, key + OF_SESSION, NAME_VALUE, 0));
	}
	return NULL;
}

static struct error *intern(struct making *g, const char *text, size_t length, string_id *id)
{
	return writer_string(g->writer, text, length, id);
}

static struct error *prepare(struct making *g)
{
	TRY(intern(g, "__dict__", 8, &g->attributes[0]));
	TRY(intern(g, "token", 5, &g->attributes[1]));
	TRY(intern(g, "name", 4, &g->attributes[2]));
	TRY(intern(g, "basket", 6, &g->attributes[3]));
	TRY(intern(g, "CACHE", 5, &g->cache_name));
	TRY(intern(g, "node", 4, &g->node_name));
	TRY(intern(g, "app", 3, &g->module_name));
	for (int i = 0; i < TYPE_COUNT; i++) {
		struct type_record record = {.base = NO_ID, .node = 0, .address = BASE - 4096, .flags = types[i].flags};
		type_id id;
		TRY(intern(g, types[i].name, __builtin_strlen(types[i].name), &record.name));
		TRY(intern(g, types[i].module, __builtin_strlen(types[i].module), &record.module));
		TRY(writer_type(g->writer, &record, &id));
	}
	return NULL;
}

static struct error *finish(struct making *g, uint64_t seed)
{
	struct root_record root = {.kind = ROOT_MODULES, .function = NO_ID, .file = NO_ID};
	struct edge_record to_modules = {.target = 1};
	struct snapshot_meta meta;
	root_id id;
	TRY(intern(g, "sys.modules", 11, &root.name));
	TRY(writer_root(g->writer, &root, &id));
	TRY(writer_root_edge(g->writer, &to_modules));
	snapshot_meta_init(&meta);
	meta.pid = 4710 + seed; /* another seed is another process */
	meta.process_hash = (char *)"00112233445566778899aabbccddeeff";
	meta.capture_time_ns = UINT64_C(1700000000000000000) + g->leaked * 1000000;
	return writer_meta(g->writer, &meta);
}

static struct error *generate(const char *path, uint64_t objects, uint64_t seed, uint64_t leaked)
{
	AUTO(writer) struct writer *writer = NULL;
	TRY(writer_create(path, true, &writer));
	struct making g = {.writer = writer,
			   .state = seed * 2 + 1,
			   .sessions = objects / SESSION_OBJECTS,
			   .leaked = leaked};
	TRY(prepare(&g));
	TRY(head(&g));
	for (uint64_t i = 0; i < g.sessions + g.leaked; i++)
		TRY(session(&g, i, i < g.sessions ? BASE + i * 1024 : LEAK_BASE + (i - g.sessions) * 1024));
	TRY(finish(&g, seed));
	uint64_t bytes;
	TRY(writer_commit(writer, &bytes));
	printf("%s: %" PRIu32 " objects, %" PRIu64 " bytes\n", path, g.next, bytes);
	return NULL;
}

int main(int count, char **arguments)
{
	if (count < 3 || count > 5) {
		fprintf(stderr, "usage: generate OUT OBJECTS [SEED] [LEAKED]\n");
		return 2;
	}
	uint64_t objects = strtoull(arguments[2], NULL, 10);
	uint64_t seed = count > 3 ? strtoull(arguments[3], NULL, 10) : 1;
	uint64_t leaked = count > 4 ? strtoull(arguments[4], NULL, 10) : 0;
	if (objects < SESSION_OBJECTS) {
		fprintf(stderr, "generate: at least %u objects\n", SESSION_OBJECTS);
		return 2;
	}
	struct error *error = generate(arguments[1], objects, seed, leaked);
	if (error != NULL)
		fprintf(stderr, "generate: %s\n", error->message);
	int exit_code = error != NULL;
	error_destroy(error);
	return exit_code;
}
