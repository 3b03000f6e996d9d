/* Option tables: every option that a command may have, as argp wants them. */
#ifndef CLI_OPTION_TABLES_H
#define CLI_OPTION_TABLES_H

#include <argp.h>
#include <stddef.h>

struct command;

enum option_key { /* of those without a letter */
	KEY_JSON = 256,
	KEY_CSV,
	KEY_TOP,
	KEY_SORT,
	KEY_COLOUR,
	KEY_SI,
	KEY_BYTES,
	KEY_NO_PAGER,
	KEY_TYPE,
	KEY_EXIT_CODE,
	KEY_FORCE,
	KEY_MIN,
	KEY_DEPTH,
	KEY_BY_TYPE,
	KEY_ALL_EDGES,
	KEY_GARBAGE,
	KEY_MERGED,
	KEY_NO_WEAK,
	KEY_EXCLUDE,
	KEY_IN,
	KEY_OUT,
	KEY_QUICK,
	KEY_MODULES,
	KEY_BY,
	KEY_RETAINED,
	KEY_NO_RETAINED,
	KEY_DEEP,
	KEY_MATCH,
	KEY_MASK,
	KEY_MIN_DELTA,
	KEY_ONLY_GROWTH,
	KEY_BY_WHAT,
	KEY_PARAM,
	KEY_LIST,
	KEY_SHOW,
	KEY_MAX_MEMORY,
	KEY_MAX_STEPS,
	KEY_NAME,
	KEY_MIN_SIZE,
	KEY_MIN_RETAINED,
	KEY_HELD_BY,
	KEY_HOLDING,
	KEY_GENERATION,
	KEY_FATE,
	KEY_EXPLAIN
};

/* The tables of a command's options; of all commands where it is NULL. They are argp's. */
#define OPTION_TABLES_MAX 25
size_t options_tables(const struct command *command, const struct argp_option *tables[OPTION_TABLES_MAX]);

#endif
