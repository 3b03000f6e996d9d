/* Types whose struct only this file knows: what they hold lies behind a pointer, and their tp_traverse visits it. */
#define Py_LIMITED_API 0x03090000
#include <Python.h>

#include <stdlib.h>

typedef struct {
	PyObject_HEAD
	PyObject *first;  /* visited */
	PyObject *second; /* counted, but not visited */
	PyObject **items; /* visited, with a NULL behind them */
} bag;

enum way {
	GOOD,
	CRASHES,
	NEVER_ENDS
};
static enum way way; /* of all tp_traverse, in an image; set right before a capture, with the collector off */

static int bag_traverse(PyObject *self, visitproc visit, void *arg)
{
	bag *own = (bag *)self;

	if (way == CRASHES)
		*(volatile int *)8 = 1;
	while (way == NEVER_ENDS)
		;
	Py_VISIT(Py_TYPE(self));
	Py_VISIT(own->first);
	for (PyObject **at = own->items; at != NULL && *at != NULL; at++)
		Py_VISIT(*at);
	return 0;
}

static PyObject *bag_new(PyTypeObject *type, PyObject *values, PyObject *words)
{
	bag *own = (bag *)PyType_GenericAlloc(type, 0);
	Py_ssize_t count = PyTuple_Size(values);

	(void)words;
	if (own == NULL || count < 2)
		return (PyObject *)own;
	own->first = PyTuple_GetItem(values, 0);
	own->second = PyTuple_GetItem(values, 1);
	own->items = calloc((size_t)count - 1, sizeof *own->items);
	for (Py_ssize_t i = 2; own->items != NULL && i < count; i++)
		Py_INCREF(own->items[i - 2] = PyTuple_GetItem(values, i));
	Py_INCREF(own->first);
	Py_INCREF(own->second);
	return (PyObject *)own;
}

static PyObject *set_way(PyObject *module, PyObject *number)
{
	(void)module;
	way = (enum way)PyLong_AsLong(number);
	Py_RETURN_NONE;
}

static PyType_Slot slots[] = {{Py_tp_new, (void *)bag_new}, {Py_tp_traverse, (void *)bag_traverse}, {0, NULL}};
static PyType_Spec spec = {"bag.Bag", sizeof(bag), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, slots};
static PyMethodDef functions[] = {{"set_way", set_way, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "bag", .m_size = -1, .m_methods = functions};

PyMODINIT_FUNC PyInit_bag(void)
{
	PyObject *module = PyModule_Create(&definition);

	if (module != NULL)
		PyModule_AddObject(module, "Bag", PyType_FromSpec(&spec));
	return module;
}
