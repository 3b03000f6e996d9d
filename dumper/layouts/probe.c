/* Answers: where does this version of CPython keep what the decoders read?
 *
 * Compiled against one version's headers, this program prints that version's table: every name of dumper/layout.def
 * with the value that probe_values.def gives it there (a name without one is a compile error), and the references at
 * fixed places that probe_fields.def and probe_modules.def list. Nothing of it becomes part of heapdump; the tables do.
 * To make them anew, from the top of the checkout, with INCLUDE the directory that holds Python.h:
 *
 *     cc -I. -I INCLUDE -I INCLUDE/internal -o probe dumper/layouts/probe.c
 *     ./probe table 0 4 > dumper/layouts/cpython_3_13_0.c       serves the micro versions 0 to 4
 *
 * Where a later micro version kept all offsets and changed only what they mean, its headers print the earlier table too,
 * with -DMICRO=0 (3.14, whose collector was another one until 3.14.4).
 *
 * `./probe values` prints the same as plain lines, for the test that compares the committed tables with the headers of
 * whatever interpreters are there. Builds with the GIL on x86-64 only.
 */
#define Py_BUILD_CORE 1
#include <Python.h>
#if PY_VERSION_HEX < 0x03080000
#error "no version before 3.8 is known here"
#endif
#ifdef Py_GIL_DISABLED
#error "free-threaded builds have other layouts"
#endif
#include <datetime.h>
#include <frameobject.h>
#include <opcode.h>
#include <structmember.h>

#define SINCE(minor) (PY_VERSION_HEX >= (0x03000000 | (minor) << 16))

#if SINCE(9)
#include "internal/pycore_interp.h"
#include "internal/pycore_gc.h"
#include "internal/pycore_runtime.h"
#else
#include "internal/pycore_pymem.h"
#include "internal/pycore_pystate.h"
#endif
#if !SINCE(11)
#include "internal/pycore_code.h"
#endif
#include "internal/pycore_context.h"
#include "internal/pycore_hamt.h"
#if SINCE(11)
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_moduleobject.h"
#endif
#if SINCE(12)
#include "internal/pycore_obmalloc.h"
#endif
#if SINCE(13)
#include "internal/pycore_genobject.h"
#endif
#if SINCE(14)
#include "internal/pycore_code.h"
#include "internal/pycore_interpframe_structs.h"
#endif

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dumper/layouts/probe_values.def"

struct value {
	const char *name;
	long value;
};

struct field {
	const char *type, *name;
	long offset;
	const char *class;
	int attribute, names;
};

/* How the rest of a field's line says what it is. */
#define OWNED "EDGE_OWNED"
#define UNVISITED "EDGE_UNVISITED"
#define WEAK "EDGE_WEAK"
#define ATTRIBUTE 1, 0 /* an attribute of that name reaches it */
#define SPACE 1, 1     /* and it is a dict whose keys are names */
#define INTERNAL 0, 0  /* a C-level field */
#define FIELD(struct_, member, name, class, ...) {NULL, name, (long)offsetof(struct_, member), class, __VA_ARGS__},
#define WORD(number, name, class, ...) {NULL, name, 8L * (number), class, __VA_ARGS__},
#define TYPE(name) {name, NULL, 0, NULL, 0, 0},

/* A type's line stands before its fields. */
static const struct field fields[] = {
#include "dumper/layouts/probe_fields.def"
#include "dumper/layouts/probe_modules.def"
};

static void collect(struct value *values, size_t *count)
{
	*count = 0;
#define OFFSET(name, description) values[(*count)++] = (struct value){#name, (long)VALUE_##name};
#define SIZE(name, description) OFFSET(name, description)
#define FEATURE(name, description) OFFSET(name, description)
#include "dumper/layout.def"
#undef OFFSET
#undef SIZE
#undef FEATURE
#if SINCE(13)
#define DEBUG_MOVES(name, path)                                                                                        \
	values[(*count)++] = (struct value){"debug_" #name, (long)offsetof(_PyRuntimeState, debug_offsets.path)};
#else
#define DEBUG_MOVES(name, path) values[(*count)++] = (struct value){"debug_" #name, ABSENT};
#endif
#define DEBUG_STAYS(name, path) DEBUG_MOVES(name, path)
#include "dumper/layout_debug.def"
}

static void print_beginning(int micro)
{
	printf("/* Where CPython 3.%d, from 3.%d.%d on, keeps what the decoders read. Printed by layouts/probe.c, never edited. "
	       "*/\n#include \"dumper/layouts/tables.h\"\n",
	       PY_MINOR_VERSION, PY_MINOR_VERSION, micro);
}

static void print_fields(int micro)
{
	const char *type = NULL;

	printf("\nstatic const struct layout_field fields_3_%d_%d[] = {\n", PY_MINOR_VERSION, micro);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const struct field *field = &fields[i];

		if (field->name == NULL)
			type = field->type;
		else
			printf("\t{\"%s\", \"%s\", %ld, %s, %s, %s},\n", type, field->name, field->offset, field->class,
			       field->attribute ? "true" : "false", field->names ? "true" : "false");
	}
	printf("\t{NULL, NULL, 0, EDGE_OWNED, false, false},\n};\n");
}

static void print_table(const struct value *values, size_t count, int first, int last)
{
	print_beginning(first);
	print_fields(first);
	printf("\nconst struct layout layout_3_%d_%d = {\n", PY_MINOR_VERSION, first);
	printf("\t.name = \"cpython-3.%d\",\n", PY_MINOR_VERSION);
	printf("\t.version_first = 0x03%02x%02x,\n\t.version_last = 0x03%02x%02x,\n", PY_MINOR_VERSION, first,
	       PY_MINOR_VERSION, last);
	printf("\t.fields = fields_3_%d_%d,\n", PY_MINOR_VERSION, first);
	for (size_t i = 0; i < count; i++)
		printf("\t.%s = %ld,\n", values[i].name, values[i].value);
	printf("};\n");
}

static void print_values(const struct value *values, size_t count)
{
	const char *type = NULL;

	printf("version %x\n", (unsigned)PY_VERSION_HEX);
	for (size_t i = 0; i < count; i++)
		printf("value %s %ld\n", values[i].name, values[i].value);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const struct field *field = &fields[i];

		if (field->name == NULL)
			type = field->type;
		else
			printf("field %s|%s|%ld|%s|%d|%d\n", type, field->name, field->offset, field->class,
			       field->attribute, field->names);
	}
}

int main(int argc, char **argv)
{
	static struct value values[1024];
	size_t count;

	collect(values, &count);
	if (argc == 4 && strcmp(argv[1], "table") == 0)
		print_table(values, count, atoi(argv[2]), atoi(argv[3]));
	else if (argc == 2 && strcmp(argv[1], "values") == 0)
		print_values(values, count);
	else
		return fprintf(stderr, "usage: probe table FIRST LAST | probe values\n"), 2;
	return 0;
}
