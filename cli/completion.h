/* Completion: what may stand where the cursor is, in a query or a command of the shell. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "analyzer/type_names.h"
#include "base/arena.h"
#include "base/vector.h"

struct completion {
	struct arena arena;
	size_t from; /* bytes of the line before the word that is completed */
	VECTOR(const char *) words; /* ascending, distinct; each a whole word in place of what stands there */
	bool failed; /* memory ran out, and words are missing */
};

void completion_init(struct completion *completion);
void completion_deinit(struct completion *completion);
DEFINE_AUTO_VALUE(completion, struct completion, completion_deinit);

/* `line`: what stands before the cursor. `commands`: those of the shell, without the colon, NULL at the end. */
void completion_find(struct completion *completion, const struct type_names *names, const char *const *commands,
		     const char *line);
/* Bytes that all of the words begin with. */
size_t completion_common(const struct completion *completion);

#endif
