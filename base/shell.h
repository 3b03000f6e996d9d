/* Shell: words written so that a shell reads them as they are, for command lines to paste. */
#ifndef BASE_SHELL_H
#define BASE_SHELL_H

#include "base/text.h"

/* Adds the word: as it is where a shell leaves it alone, else in quotes. What a terminal must not see becomes \xHH in $'...', which
 * bash, zsh and ksh read. `word` holds no NUL. */
void shell_add_word(struct text *text, const char *word);
/* Adds a space and the name of a file, which no program takes for an option. */
void shell_add_file(struct text *text, const char *path);

#endif
