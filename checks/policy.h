/* Policy: a file of rules, and of how the whole check is to be done. */
#ifndef CHECKS_POLICY_H
#define CHECKS_POLICY_H

#include "checks/rule.h"

struct policy { /* of the section [policy]; strings lie in the rules' arena */
	bool allow_partial;
	const char *match, *mask; /* as --match (path, address) and --mask; NULL: not said */
	double sigmas;            /* as --sigmas; 0: not said */
	uint64_t least;           /* as --least, bytes; 0: not said */
};

/* Reads an INI file: each section is a rule, called by it, but [policy]; docs/policy.md lists the keys. Adds to `rules`.
 * ERROR_USAGE `memory.ini:12: ...` for what is wrong there, unknown keys with the nearest; ERROR_INPUT where it can't be read. `today`:
 * as rules_add. */
struct error *policy_read(const char *path, const char *today, struct rules *rules, struct policy *result) CHECKED;
/* The same of text in memory. `path`: for messages. */
struct error *policy_parse(const char *text, size_t length, const char *path, const char *today, struct rules *rules,
			   struct policy *result) CHECKED;

#endif
