/* Subject: which objects a rule is about. */
#ifndef CHECKS_SUBJECT_H
#define CHECKS_SUBJECT_H

#include "base/error.h"
#include "base/text.h"

enum subject_kind {
	SUBJECT_ALL,    /* every object, or the process */
	SUBJECT_TYPE,   /* objects in whose type's name the pattern is found */
	SUBJECT_MODULE, /* objects in whose type's module the pattern is found */
	SUBJECT_PATH,   /* the object, or the objects, that reports call so: app.CACHE, app.CACHE[*].user */
	SUBJECT_QUERY   /* the objects in the first column of a query; the name of one of queries/library, or its text */
};
struct subject {
	enum subject_kind kind;
	const char *text; /* NULL for SUBJECT_ALL */
};
/* As on a command line: a pattern of types, `path:app.CACHE`, `module:^app`, `query:garbage`. Borrows the text. */
struct subject subject_parse(const char *text);
/* Adds it as it is written there, foreign bytes escaped; of SUBJECT_ALL nothing. */
void subject_print(const struct subject *subject, struct text *text);

#endif
