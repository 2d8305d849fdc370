#include "cmd/tree_browser.h"

#include <poll.h>

#include "cmd/cmd.h"
#include "lab/interrupt.h"
#include "report/profile_report.h"
#include "report/tree_terminal.h"

enum { IDLE_MS = 100, PICTURE_BYTES_MAX = 16 << 20 };

static void show(struct terminal *terminal, struct tree_terminal *tree,
		 const struct text_layout *layout, uint32_t rows)
{
	struct strbuf picture;

	strbuf_init(&picture, PICTURE_BYTES_MAX);
	tree_terminal_draw(tree, layout, rows, &picture);
	terminal_show(terminal, &picture);
	strbuf_release(&picture);
}

/* False when one of them ends it. `ret_any`: there was a key. */
static bool press_keys(struct terminal *terminal, struct tree_terminal *tree, bool *ret_any)
{
	struct terminal_key key;

	while (terminal_next_key(terminal, &key)) {
		*ret_any = true;
		if (!tree_terminal_press(tree, &key))
			return false;
	}
	return !terminal_is_closed(terminal);
}

/* The size is looked at each time around: a terminal that was resized gets a new picture. */
static void browse(struct terminal *terminal, struct tree_terminal *tree,
		   bool (*idle)(void *context), void *context)
{
	bool is_stale = true;

	while (interrupt_get_count() == 0) {
		struct pollfd wait = {.fd = terminal_get_fd(terminal), .events = POLLIN};
		struct text_layout layout;
		uint32_t rows;

		if (terminal_measure(terminal, &layout, &rows) || is_stale)
			show(terminal, tree, &layout, rows);
		poll(&wait, 1, IDLE_MS);
		is_stale = false;
		if (!press_keys(terminal, tree, &is_stale) || (idle != NULL && !idle(context)))
			break;
	}
}

void tree_browser_show_callers(struct terminal *terminal, const struct call_tree *tree,
			       const char *title, const char *name, const char *module,
			       bool (*idle)(void *context), void *context)
{
	scoped(tree_terminal_cleanup) struct tree_terminal *shown = tree_terminal_new(tree, title);

	tree_terminal_show_callers(shown, name, module);
	browse(terminal, shown, idle, context);
}

int tree_browser_run(const struct call_tree *tree, const struct profile_summary *summary)
{
	scoped(terminal_cleanup) struct terminal *terminal = NULL;
	struct tree_terminal *shown;
	struct strbuf title;
	struct err err = {0};

	interrupt_install();
	if (terminal_open(&terminal, &err) < 0)
		return cmd_fail(&err);
	strbuf_init(&title, 1 << 20);
	profile_report_add_quality(&title, summary);
	shown = tree_terminal_new(tree, strbuf_text(&title));
	browse(terminal, shown, NULL, NULL);
	tree_terminal_free(shown);
	strbuf_release(&title);
	return CMD_OK;
}
