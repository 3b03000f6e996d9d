/* How is a line typed? libedit reads it, keeps the history, and asks here what Tab means. */
#include "cli/editor.h"

#include <errno.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HISTORY_MOST 1000 /* entries */
#define LIST_MOST 200u    /* words that are listed for one Tab */

struct editor {
	EditLine *edit;
	History *history;
	char *path; /* of the history's file, NULL: none */
	const char *prompt;
	editor_complete *complete;
	void *context;
};

static char *give_prompt(EditLine *edit)
{
	struct editor *editor;
	el_get(edit, EL_CLIENTDATA, &editor);
	return (char *)editor->prompt;
}

static void list_words(const struct completion *completion)
{
	size_t count = completion->words.count < LIST_MOST ? completion->words.count : LIST_MOST;
	putchar('\n');
	for (size_t i = 0; i < count; i++) {
		AUTO(text) struct text safe = {0};
		text_init(&safe);
		text_add_escaped(&safe, completion->words.items[i], strlen(completion->words.items[i]));
		printf("%s%s", text_string(&safe), i + 1 < count ? "  " : "");
	}
	if (count < completion->words.count)
		printf("  and %zu more", completion->words.count - count);
	putchar('\n');
	fflush(stdout);
}

static unsigned char complete(EditLine *edit, int key)
{
	(void)key;
	struct editor *editor;
	AUTO(completion) struct completion completion = {0};
	el_get(edit, EL_CLIENTDATA, &editor);
	const LineInfo *info = el_line(edit);
	AUTO(string) char *line = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	if (line == NULL)
		return CC_ERROR;
	completion_init(&completion);
	editor->complete(editor->context, line, &completion);
	size_t typed = strlen(line) - completion.from, common = completion_common(&completion);
	if (completion.words.count == 0)
		return CC_ERROR;
	AUTO(string) char *word = strndup(completion.words.items[0], common);
	bool further = word != NULL && common >= typed && strcmp(word, line + completion.from) != 0;
	if (further) {
		el_deletestr(edit, (int)typed);
		el_insertstr(edit, word);
	}
	if (completion.words.count == 1 || further)
		return CC_REFRESH;
	list_words(&completion);
	return CC_REDISPLAY;
}

static void load_history(struct editor *editor)
{
	HistEvent event;
	history(editor->history, &event, H_SETSIZE, HISTORY_MOST);
	history(editor->history, &event, H_SETUNIQUE, 1);
	if (editor->path != NULL)
		history(editor->history, &event, H_LOAD, editor->path); /* that there is none yet is no error */
}

struct error *editor_create(const char *history_path, editor_complete *completer, void *context, struct editor **result)
{
	AUTO(editor) struct editor *editor = calloc(1, sizeof *editor);
	if (editor == NULL)
		return error_memory();
	*editor = (struct editor){.complete = completer, .context = context, .prompt = ""};
	editor->path = history_path != NULL ? strdup(history_path) : NULL;
	editor->history = history_init();
	editor->edit = el_init("heapdiff", stdin, stdout, stderr);
	if (editor->history == NULL || editor->edit == NULL)
		return error_create(ERROR_IO, "the terminal can't be used for a prompt; give queries on standard input instead");
	el_set(editor->edit, EL_CLIENTDATA, editor);
	el_set(editor->edit, EL_PROMPT, give_prompt);
	el_set(editor->edit, EL_EDITOR, "emacs");
	el_set(editor->edit, EL_HIST, history, editor->history);
	/* Wide, as libedit never frees the copies that it makes of narrow ones. */
	el_wset(editor->edit, EL_ADDFN, L"heapdiff-complete", L"Complete the word", complete);
	el_set(editor->edit, EL_BIND, "^I", "heapdiff-complete", NULL);
	el_set(editor->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
	el_source(editor->edit, NULL); /* the user's .editrc */
	load_history(editor);
	*result = steal(&editor);
	return NULL;
}

void editor_destroy(struct editor *editor)
{
	HistEvent event;
	if (editor == NULL)
		return;
	/* Queries may name what is private: for the user's eyes alone. */
	mode_t mask = umask(0077);
	if (editor->path != NULL && editor->history != NULL)
		history(editor->history, &event, H_SAVE, editor->path);
	umask(mask);
	if (editor->edit != NULL)
		el_end(editor->edit);
	if (editor->history != NULL)
		history_end(editor->history);
	free(editor->path);
	free(editor);
}

enum editor_answer editor_read(struct editor *editor, const char *prompt, struct text *line)
{
	int count = 0;
	editor->prompt = prompt;
	errno = 0;
	const char *read = el_gets(editor->edit, &count);
	if (read == NULL || count <= 0) {
		bool interrupted = errno == EINTR;
		if (interrupted)
			el_reset(editor->edit);
		putchar('\n');
		return interrupted ? EDITOR_INTERRUPTED : EDITOR_END;
	}
	text_deinit(line);
	text_init(line);
	text_add_bytes(line, read, strcspn(read, "\r\n"));
	return EDITOR_LINE;
}

void editor_remember(struct editor *editor, const char *text)
{
	HistEvent event;
	AUTO(text) struct text line = {0};
	text_init(&line);
	/* One line each, as the keys that go back know lines only; a comment would swallow what follows it. */
	for (const char *at = text; *at != '\0'; at++)
		text_add_char(&line, *at == '\n' || *at == '\t' ? ' ' : *at);
	if (line.length > 0 && strstr(text, "//") == NULL)
		history(editor->history, &event, H_ENTER, text_string(&line));
}
