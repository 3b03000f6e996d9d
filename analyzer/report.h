/* Report: what a command found, as sections of facts and tables with units; the only thing a renderer sees.
 *
 * The builders can't fail visibly: where memory runs out the report notes it and drops what follows, and report_error,
 * asked once at the end, says so. All text is copied into the report.
 */
#ifndef ANALYZER_REPORT_H
#define ANALYZER_REPORT_H

#include "analyzer/value.h"
#include "base/arena.h"
#include "base/vector.h"

struct fact {
	const char *name;  /* plain, for machines: capture_time_ns */
	const char *label; /* for people: captured */
	enum value_kind kind;
	struct cell value;
};

enum field_rank { /* what a narrow terminal leaves out first */
	RANK_ALWAYS,
	RANK_OFTEN,
	RANK_SELDOM,
	RANK_RARELY,
	RANK_MACHINE /* never in text: only JSON and CSV */
};

struct field {             /* a column of a table */
	const char *name;  /* plain: count_delta */
	const char *title; /* heading: count +/- */
	enum value_kind kind;
	enum field_rank rank;
	bool adds; /* rows left out are added up in it */
};

#define ROW_NONE SIZE_MAX

#define ROW_PARTS 2u

struct section;
struct row {
	struct cell *cells;               /* as many as the section has fields */
	size_t parent;                    /* the row that it is below, one that comes before; ROW_NONE: at the top */
	struct section *parts[ROW_PARTS]; /* tables of its own, which only JSON has room for; NULL: none */
};

struct section {
	const char *name;  /* plain: totals; the main table is called rows */
	const char *title; /* for people, NULL: none */
	VECTOR(struct fact) facts;
	VECTOR(struct field) fields;
	VECTOR(struct row) rows;
	bool plain;            /* JSON has its facts, which have no rows beside them, in the document itself */
	bool wrapped;          /* JSON has its facts and its rows in one object; else a table has rows only */
	bool asked;            /* its columns were asked for by name: each is shown, even where nothing is known in any row */
	bool for_people;       /* only in text, and a title alone is shown as well: machines find the same elsewhere */
	bool tree;             /* rows hang below one another (section_child); each is followed by those below it */
	struct cell *total;    /* a last line, NULL: none */
	struct cell *left_out; /* the rows that section_fold took away, added up; NULL: none */
	uint64_t left_out_count;
};

enum remark_kind {
	REMARK_CAUTION, /* a warning without which the verdict would be misread: it comes before that */
	REMARK_DETAIL,  /* a sentence below the verdict */
	REMARK_NOTE,    /* how to read the tables */
	REMARK_WARNING, /* something that may make the answer wrong */
	REMARK_KIND_COUNT
};
struct remark {
	enum remark_kind kind;
	const char *text; /* foreign names in it are escaped already */
};

struct report {
	struct arena arena;
	const char *command; /* types: the schema is heapdiff.types/1 */
	enum size_unit unit; /* of sizes in sentences */
	const char *verdict; /* the answer in one sentence, NULL: none */
	VECTOR(struct section *) sections, parts;
	VECTOR(struct remark) remarks;
	bool failed;
};

/* `command` must outlive the report. */
void report_init(struct report *report, const char *command, enum size_unit unit);
void report_deinit(struct report *report);
DEFINE_AUTO_VALUE(report, struct report, report_deinit);
/* Takes back every section: a search found nothing, and another one is made. */
void report_clear(struct report *report);
struct error *report_error(const struct report *report) CHECKED; /* ERROR_MEMORY where something was dropped */

/* Names, labels and titles are not copied: they are literals. NULL where memory ran out: the builders below take that. */
struct section *report_section(struct report *report, const char *name, const char *title);
/* NULL where there is no such section. */
struct section *report_find(const struct report *report, const char *name);
void report_set_verdict(struct report *report, const struct text *text);
void report_remark(struct report *report, enum remark_kind kind, const char *format, ...) PRINTF(3, 4);
/* The same, begun with a count: `1,234 more are not shown`. */
void report_remark_count(struct report *report, enum remark_kind kind, uint64_t count, const char *format, ...)
	PRINTF(4, 5);

struct cell report_text(struct report *report, const char *bytes, size_t length);
struct cell report_string(struct report *report, const char *string); /* NULL: absent */

void section_fact(struct report *report, struct section *section, const char *name, const char *label,
		  enum value_kind kind, struct cell value);
/* A table of the row that was added last, without rows as yet. */
struct section *section_part(struct report *report, struct section *section, const char *name);
void section_field(struct report *report, struct section *section, const struct field *field);
/* Cells of a new row below another: `parent`, its place in section->rows, or ROW_NONE for one at the top; the table is then
 * a tree: lines are drawn before the first cell, and machines get each row's `depth` (0 at the top). Rows come in
 * the order in which they are printed: after a row all that is below it. */
struct cell *section_child(struct report *report, struct section *section, size_t parent);
/* Cells of a new row, or of the last line, all absent: filled by row_set, which takes a NULL row too. All fields come
 * before the first row. */
struct cell *section_row(struct report *report, struct section *section);
struct cell *section_total(struct report *report, struct section *section);
void row_set(struct cell *row, size_t field, struct cell value); /* field: index in the order of section_field */

/* Sorts by a field, called by its name or its heading: numbers from great to small, text from A to Z; "-name" the other way round. Equal rows keep their
 * order; in a tree rows are sorted among those beside them. ERROR_USAGE names the nearest field where there is none of that name. */
struct error *section_sort(struct report *report, struct section *section, const char *by) CHECKED;
/* Keeps the first `top` rows and adds the others up in left_out, whose first cell becomes "(N more NOUN)". In a tree they
 * are counted only, as a row's numbers may be part of those of the row above it. */
void section_fold(struct report *report, struct section *section, uint64_t top, const char *noun);
/* A section without facts and rows: renderers leave it out. NULL counts as empty. */
bool section_empty(const struct section *section);

#endif
