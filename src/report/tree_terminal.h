/*
 * A call tree to walk about in: what `sonde report -i` shows, and `top` of a function. State,
 * reaction to keys and the picture; pure, so that tests press keys and read the picture. cmd/ has
 * the terminal.
 *
 *	arrows, PgUp PgDn Home End	move; right opens, left closes or goes to the caller
 *	Enter or blank			opens and closes; * opens all below
 *	c  C				callers, callees of the function
 *	i				turned over: what ran, and who called it
 *	s				sorted by total, own time, name
 *	/ n N				search; the next, the one before
 *	Backspace or Escape		back to the picture before
 *	?				these keys
 *	q				the end
 */
#ifndef REPORT_TREE_TERMINAL_H
#define REPORT_TREE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "report/terminal_key.h"
#include "report/text.h"
#include "util/scoped.h"
#include "view/call_tree.h"

struct tree_terminal;

/* `title` (the quality line) and the tree are borrowed until tree_terminal_free(). */
struct tree_terminal *tree_terminal_new(const struct call_tree *tree, const char *title);
void tree_terminal_free(struct tree_terminal *terminal); /* NULL accepted */
SCOPED_POINTER(tree_terminal, tree_terminal_free)

/*
 * Begins with the callers of a function, opened, instead of the whole tree: Escape then ends it,
 * too.
 */
void tree_terminal_show_callers(struct tree_terminal *terminal, const char *name,
				const char *module);

/* False when the key ends it. */
bool tree_terminal_press(struct tree_terminal *terminal, const struct terminal_key *key);

/*
 * Adds the whole picture: `rows` lines of at most layout->columns columns, without a newline behind
 * the last. Any size from 1 x 1 on.
 */
void tree_terminal_draw(struct tree_terminal *terminal, const struct text_layout *layout,
			uint32_t rows, struct strbuf *text);

#endif
