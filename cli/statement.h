/* Statement: lines of input up to the end of a query, which a semicolon or an empty line is. */
#ifndef CLI_STATEMENT_H
#define CLI_STATEMENT_H

#include "base/text.h"

enum statement_state { /* within what the next character is */
	STATEMENT_PLAIN,
	STATEMENT_QUOTED, /* '...' "..." `...` */
	STATEMENT_COMMENT /* between slash-star and star-slash */
};

struct statement {
	struct text text;   /* that is no whole query yet */
	size_t scanned;     /* bytes of it that `state` is about */
	enum statement_state state;
	char quote;         /* QUOTED: by which mark it ends */
	bool begun;         /* there is more than white space and comments */
	bool blank;         /* the last line was empty, and ends what has begun */
};

void statement_init(struct statement *statement);
void statement_deinit(struct statement *statement);
DEFINE_AUTO_VALUE(statement, struct statement, statement_deinit);

/* A line without its end. */
void statement_add(struct statement *statement, const char *line);
/* Moves the first whole query into `query`, which is cleared before, and without the semicolon. False: there is none. `end`: no line
 * follows, so that what has begun is whole. */
bool statement_take(struct statement *statement, bool end, struct text *query);
/* Forgets what has begun. */
void statement_clear(struct statement *statement);

#endif
