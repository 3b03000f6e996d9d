/* Options: what the user asked of a command, parsed and checked. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "analyzer/groups.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/check_options.h"

#include <stdint.h>

struct command;

enum option_group { /* that a command has besides those that all have */
	OPTIONS_NONE = 0,
	OPTIONS_TYPE = 1,      /* --type */
	OPTIONS_EXIT_CODE = 2, /* --exit-code */
	OPTIONS_OUTPUT = 4,    /* -o, --force */
	OPTIONS_TABLE = 8,     /* --top, --sort */
	OPTIONS_MIN = 16,      /* --min */
	OPTIONS_TREE = 32,     /* --depth, --by-type */
	OPTIONS_CYCLES = 64,   /* --all-edges, --garbage */
	OPTIONS_ROWS = 128,    /* --top alone: the command says of what */
	OPTIONS_PATHS = 256,   /* --merged, --no-weak, --exclude */
	OPTIONS_REFS = 512,    /* --in, --out */
	OPTIONS_QUICK = 1024,  /* --quick */
	OPTIONS_GROUPS = 2048, /* --by, --retained */
	OPTIONS_DEEP = 4096,   /* --deep */
	OPTIONS_MODULES = 8192, /* --modules */
	OPTIONS_DIFF = 16384,   /* --by, --min-delta, --only-growth, --retained, --no-retained */
	OPTIONS_MATCH = 32768, /* --match, --mask */
	OPTIONS_QUERY = 65536, /* -f, --list, --show */
	OPTIONS_LIMITS = 131072, /* --max-memory, --max-steps */
	OPTIONS_FIND = 262144,   /* --name, --min-size ... */
	OPTIONS_PARAM = 524288,  /* --param */
	OPTIONS_CHECK = 1048576  /* cli/check_options.h; instead of --json and --csv, files to write */
};

enum output_format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV
};
enum colour_choice {
	COLOUR_AUTO,
	COLOUR_ALWAYS,
	COLOUR_NEVER
};

#define TOP_UNSET UINT64_MAX /* not given */
#define TOP_ALL (UINT64_MAX - 1)
#define FILES_MAX 1000u
#define PARAMETERS_MOST 64u

struct options {
	const char *files[FILES_MAX]; /* all borrowed from the arguments */
	unsigned file_count;
	const char *object; /* as it was written: #ID or 0xADDRESS; NULL: not given */
	enum output_format format;
	uint64_t top;     /* rows; TOP_UNSET, TOP_ALL */
	const char *sort; /* NULL: the command's own order */
	enum colour_choice colour;
	enum size_unit unit;
	bool no_pager;
	const char *type; /* pattern, NULL: all types */
	bool exit_code;
	uint64_t min;       /* bytes; 0 unless given */
	uint32_t depth;     /* levels; 0 unless given */
	bool by_type;
	bool all_edges;
	bool garbage;
	bool merged, no_weak;
	const char *exclude; /* pattern, NULL: none */
	bool in, out;        /* neither: both */
	bool quick;
	enum groups_by by;
	bool retained, no_retained; /* neither: what the command takes for best */
	bool deep;
	bool modules;
	const char *match, *mask; /* address or path; pattern; NULL: not given */
	uint64_t min_delta;       /* bytes; 0 unless given */
	bool only_growth, by_path;
	const char *output; /* NULL: not given */
	bool force;
	const char *query_file; /* NULL: not given */
	const char *parameters[PARAMETERS_MOST]; /* NAME=VALUE */
	unsigned parameter_count;
	bool list;
	const char *show;               /* name of a query; NULL: not given */
	uint64_t max_memory, max_steps; /* bytes; 0 unless given */
	const char *name, *held_by, *holding, *generation, *fate; /* NULL: not given */
	uint64_t min_size, min_retained; /* bytes; 0 unless given */
	bool explain;
	struct check_options check;
};

/* `arguments`: those of the command, arguments[0] is replaced by its full name. ERROR_USAGE names the nearest known option
 * where one is unknown. --help prints and exits. */
struct error *options_parse(const struct command *command, int count, char **arguments, struct options *options)
	CHECKED;

/* Prints the command's help. */
void options_help(const struct command *command);

/* Index of the first word that is no option and no option's value, 0 where there is none; for options before a command. */
int options_first_word(int count, char **arguments);

#endif
