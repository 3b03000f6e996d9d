/* Editor: lines that are typed on a terminal, with history and completion. The only file that knows libedit. */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include "base/error.h"
#include "base/text.h"
#include "cli/completion.h"

struct editor;

/* Fills in what may stand at the end of the line. */
typedef void editor_complete(void *context, const char *line, struct completion *completion);

/* `history`: a file that is read now and written when the editor goes; NULL: none. */
struct error *editor_create(const char *history, editor_complete *complete, void *context, struct editor **result) CHECKED;
void editor_destroy(struct editor *editor);
DEFINE_AUTO(editor, struct editor *, editor_destroy);

enum editor_answer {
	EDITOR_LINE,
	EDITOR_INTERRUPTED, /* Ctrl-C: what was typed is dropped */
	EDITOR_END          /* Ctrl-D, or the terminal is gone */
};
/* A line without its end. `prompt` must live until the next call. */
enum editor_answer editor_read(struct editor *editor, const char *prompt, struct text *line);
/* Adds a query or a command, of one line or more, to the history. */
void editor_remember(struct editor *editor, const char *text);

#endif
