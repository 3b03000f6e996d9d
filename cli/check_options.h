/* Check options: what the user asked of `heapdiff check`. */
#ifndef CLI_CHECK_OPTIONS_H
#define CLI_CHECK_OPTIONS_H

#include "checks/rule.h"

#include <argp.h>

#define CHECK_RULES_MOST 256u
#define CHECK_POLICIES_MOST 16u

struct check_options { /* all texts borrowed from the arguments; NULL, 0 and false: not given */
	struct {
		enum rule_option option;
		const char *text;
	} rules[CHECK_RULES_MOST];
	unsigned rule_count;
	const char *policies[CHECK_POLICIES_MOST];
	unsigned policy_count;
	const char *baseline;
	bool update_baseline;
	uint64_t runs;
	bool monotonic;
	bool init;
	double sigmas;
	bool has_least;
	uint64_t least; /* bytes */
	bool allow_partial;
	const char *json, *junit, *markdown; /* files; - is standard output */
	bool github, quiet;
};

/* argp's: the rules and how they are held; and where the answer goes. */
extern const struct argp_option check_options[], check_output_options[];

/* Takes an option's value. *known: false, and nothing is done, for keys of others. ERROR_USAGE for a value that is none. */
struct error *check_options_take(struct check_options *options, int key, const char *value, bool *known) CHECKED;

#endif
