/*
 * A command written on one line, split into words as a shell does, without a shell: blanks
 * separate, '…' and "…" and backslashes quote. What only a shell can do (pipes, redirections,
 * variables, globs) is refused by name and not passed on as text: a service that was started with a
 * literal "|" would look started.
 */
#ifndef LAB_COMMAND_LINE_H
#define LAB_COMMAND_LINE_H

#include "util/arena.h"
#include "util/err.h"
#include "util/strbuf.h"

/*
 * The words of `text` from the arena, NULL-terminated. Inside "…" a backslash quotes " \ $ ` and
 * nothing else; line breaks at the end are dropped. -EINVAL with what is wrong and where (column
 * from 1, in bytes): | & ; < > ( ) ` * ? $NAME, ~ before a word, NAME=value before the command, a
 * line break inside, an open quote, no word at all.
 */
int command_line_split(const char *text, struct arena *arena, char ***ret_argv, struct err *err);

/* Appends the words so that a shell, and command_line_split(), would read the same again. */
void command_line_join(const char *const *argv, struct strbuf *text);

#endif
