/* exactwalk: an extension module of the tests that stops its own process and then walks the heap exactly, by
 * tp_traverse, so that a snapshot taken at the stop can be compared with what the interpreter itself visits.
 *
 *     exactwalk.stop_and_walk(path)    raises SIGSTOP; once continued, writes the walk to `path`
 *     exactwalk.leak(object)           takes a reference that nobody gives back; returns the address
 *
 * The file is a sequence of little-endian 64-bit words: the number of objects, then for each its address, type,
 * refcount as it stands in memory, sys.getsizeof (all ones where it raises), number of visits, and the visited addresses.
 *
 * Public API only. The walk starts from gc.get_objects() and follows what tp_traverse visits; its own tables are mapped
 * memory, so that the heap does not change under it. sys.getsizeof is asked last, as it runs Python code.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct words { /* a growable array in mapped memory */
	uint64_t *items;
	size_t count, capacity;
};

struct walk {
	struct words objects; /* addresses */
	struct words starts;  /* index of each object's first edge */
	struct words edges;
	struct words slots;   /* hash table: index + 1 of an object */
	struct words counts;  /* refcounts */
	int failed;
};

static int words_reserve(struct words *words, size_t needed)
{
	size_t capacity = words->capacity > 0 ? words->capacity : 1 << 16;
	void *moved;

	while (capacity < needed)
		capacity *= 2;
	if (capacity == words->capacity)
		return 0;
	if (words->items == NULL)
		moved = mmap(NULL, capacity * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else
		moved = mremap(words->items, words->capacity * 8, capacity * 8, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED)
		return -1;
	words->items = moved;
	words->capacity = capacity;
	return 0;
}

static int words_push(struct words *words, uint64_t word)
{
	if (words->count == words->capacity && words_reserve(words, words->count + 1) < 0)
		return -1;
	words->items[words->count++] = word;
	return 0;
}

static void words_free(struct words *words)
{
	if (words->items != NULL)
		munmap(words->items, words->capacity * 8);
	memset(words, 0, sizeof *words);
}

static size_t slot_of(const struct walk *walk, uint64_t address)
{
	size_t mask = walk->slots.capacity - 1;
	size_t slot = (size_t)((address >> 3) * 0x9e3779b97f4a7c15u >> 20) & mask;

	while (walk->slots.items[slot] != 0 && walk->objects.items[walk->slots.items[slot] - 1] != address)
		slot = (slot + 1) & mask;
	return slot;
}

static int rehash(struct walk *walk)
{
	size_t capacity = walk->slots.capacity * 2;

	words_free(&walk->slots);
	if (words_reserve(&walk->slots, capacity) < 0)
		return -1;
	for (size_t i = 0; i < walk->objects.count; i++)
		walk->slots.items[slot_of(walk, walk->objects.items[i])] = i + 1;
	return 0;
}

static uint64_t raw_refcount(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030e0000
	uint32_t count;
#else
	uint64_t count;
#endif
	memcpy(&count, object, sizeof count);
	return count;
}

static int add(struct walk *walk, PyObject *object)
{
	size_t slot = slot_of(walk, (uint64_t)(uintptr_t)object);

	if (walk->slots.items[slot] != 0)
		return 0;
	if (words_push(&walk->objects, (uint64_t)(uintptr_t)object) < 0 ||
	    words_push(&walk->counts, raw_refcount(object)) < 0)
		return -1;
	walk->slots.items[slot] = walk->objects.count;
	return walk->objects.count * 2 > walk->slots.capacity ? rehash(walk) : 0;
}

static int visit(PyObject *object, void *context)
{
	struct walk *walk = context;

	if (object == NULL)
		return 0;
	if (words_push(&walk->edges, (uint64_t)(uintptr_t)object) < 0 || add(walk, object) < 0)
		walk->failed = 1;
	return 0;
}

/* Copies the addresses out of gc.get_objects() and gives the list back at once, so that refcounts are as they were. */
static int add_tracked(struct walk *walk, PyObject *get_objects)
{
	PyObject *list = PyObject_CallObject(get_objects, NULL);
	Py_ssize_t count = list != NULL ? PyList_Size(list) : -1;
	struct words copied = {0};
	int failed = count < 0;

	for (Py_ssize_t i = 0; i < count && !failed; i++)
		failed = words_push(&copied, (uint64_t)(uintptr_t)PyList_GetItem(list, i)) < 0;
	Py_XDECREF(list);
	for (size_t i = 0; i < copied.count && !failed; i++)
		failed = add(walk, (PyObject *)(uintptr_t)copied.items[i]) < 0;
	words_free(&copied);
	return failed ? -1 : 0;
}

static int walk_heap(struct walk *walk, PyObject *get_objects)
{
	if (words_reserve(&walk->slots, 1 << 20) < 0 || add_tracked(walk, get_objects) < 0)
		return -1;
	for (size_t i = 0; i < walk->objects.count && !walk->failed; i++) {
		PyObject *object = (PyObject *)(uintptr_t)walk->objects.items[i];

		if (words_push(&walk->starts, walk->edges.count) < 0)
			return -1;
		if (PyObject_IS_GC(object) && Py_TYPE(object)->tp_traverse != NULL)
			Py_TYPE(object)->tp_traverse(object, visit, walk);
	}
	return walk->failed || words_push(&walk->starts, walk->edges.count) < 0 ? -1 : 0;
}

static uint64_t size_of(PyObject *getsizeof, PyObject *object)
{
	PyObject *size = PyObject_CallFunctionObjArgs(getsizeof, object, NULL);
	uint64_t bytes = size != NULL ? PyLong_AsUnsignedLongLong(size) : UINT64_MAX;

	Py_XDECREF(size);
	PyErr_Clear();
	return bytes;
}

static int write_walk(const struct walk *walk, PyObject *getsizeof, const char *path)
{
	FILE *file = fopen(path, "wb");
	uint64_t count = walk->objects.count;
	int failed;

	if (file == NULL)
		return -1;
	fwrite(&count, 8, 1, file);
	for (size_t i = 0; i < count; i++) {
		PyObject *object = (PyObject *)(uintptr_t)walk->objects.items[i];
		uint64_t edges = walk->starts.items[i + 1] - walk->starts.items[i];
		uint64_t head[5] = {walk->objects.items[i], (uint64_t)(uintptr_t)Py_TYPE(object), walk->counts.items[i],
				    size_of(getsizeof, object), edges};

		fwrite(head, 8, 5, file);
		fwrite(walk->edges.items + walk->starts.items[i], 8, edges, file);
	}
	failed = ferror(file);
	return fclose(file) != 0 || failed ? -1 : 0;
}

/* sys.getsizeof runs Python code, under which a str may go that only a borrowed reference led to: from 3.14 on the
 * table of interned strings is visited. Other refcounts stay, as some sizes depend on them. */
static void hold(struct walk *walk)
{
	for (size_t i = 0; i < walk->objects.count; i++)
		if (PyUnicode_CheckExact((PyObject *)(uintptr_t)walk->objects.items[i]))
			Py_INCREF((PyObject *)(uintptr_t)walk->objects.items[i]);
}

static void release(struct walk *walk)
{
	for (size_t i = 0; i < walk->objects.count; i++)
		if (PyUnicode_CheckExact((PyObject *)(uintptr_t)walk->objects.items[i]))
			Py_DECREF((PyObject *)(uintptr_t)walk->objects.items[i]);
}

static PyObject *stop_and_walk(PyObject *module, PyObject *arguments)
{
	struct walk walk = {0};
	PyObject *get_objects = PyObject_GetAttrString(module, "_get_objects");
	PyObject *getsizeof = PyObject_GetAttrString(module, "_getsizeof");
	const char *path;
	int failed = 1;

	if (get_objects != NULL && getsizeof != NULL && PyArg_ParseTuple(arguments, "s", &path)) {
		raise(SIGSTOP);
		failed = walk_heap(&walk, get_objects) < 0;
		hold(&walk);
		failed = failed || write_walk(&walk, getsizeof, path) < 0;
		release(&walk);
		if (failed && !PyErr_Occurred())
			PyErr_SetString(PyExc_OSError, "the walk could not be written");
	}
	Py_XDECREF(get_objects);
	Py_XDECREF(getsizeof);
	words_free(&walk.objects);
	words_free(&walk.starts);
	words_free(&walk.edges);
	words_free(&walk.slots);
	words_free(&walk.counts);
	if (failed)
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *leak(PyObject *module, PyObject *object)
{
	(void)module;
	Py_INCREF(object);
	return PyLong_FromVoidPtr(object);
}

static PyMethodDef methods[] = {
	{"stop_and_walk", stop_and_walk, METH_VARARGS, "stop_and_walk(path): stop; once continued, walk the heap into path"},
	{"leak", leak, METH_O, "leak(object): take a reference and forget it; returns the address"},
	{NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT, "exactwalk", "An exact walk of the heap, for tests.", -1, methods, NULL, NULL, NULL, NULL,
};

static int take(PyObject *module, const char *from, const char *name, const char *as)
{
	PyObject *source = PyImport_ImportModule(from);
	PyObject *value = source != NULL ? PyObject_GetAttrString(source, name) : NULL;

	Py_XDECREF(source);
	if (value == NULL)
		return -1;
	if (PyModule_AddObject(module, as, value) == 0)
		return 0;
	Py_DECREF(value);
	return -1;
}

PyMODINIT_FUNC PyInit_exactwalk(void)
{
	PyObject *module = PyModule_Create(&definition);

	if (module != NULL && take(module, "gc", "get_objects", "_get_objects") == 0 &&
	    take(module, "sys", "getsizeof", "_getsizeof") == 0)
		return module;
	Py_XDECREF(module);
	return NULL;
}
