#include "report/top_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/profile_report.h"
#include "report/table.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/fmt.h"

enum { FUNCTIONS_DEFAULT = 20, HEAD_ROWS = 3, FOOT_ROWS = 1, MODULE_COLUMNS = 20 };

struct top_text {
	char *name;
	bool is_by_total, is_paused, is_choosing; /* a thread */
	uint32_t thread;			  /* tid; 0 = all */
	/* the selected function stays so wherever it moves; NULL = the first line */
	char *function, *module;
	uint32_t choice; /* line of the list of threads */
	uint32_t first;	 /* line at the top of the window */
	uint32_t body_rows;
};

static int compare_totals(const void *a, const void *b)
{
	const struct hot_function *left = *(const struct hot_function *const *)a;
	const struct hot_function *right = *(const struct hot_function *const *)b;
	int by_name;

	if (left->total != right->total)
		return left->total > right->total ? -1 : 1;
	if (left->self != right->self)
		return left->self > right->self ? -1 : 1;
	by_name = strcmp(left->name, right->name);
	return by_name != 0 ? by_name : strcmp(left->module, right->module);
}

/* Those with samples, in the order that is shown. Caller frees. */
static const struct hot_function **order_functions(const struct hot_functions *view,
						   bool is_by_total, uint32_t *ret_count)
{
	const struct hot_function **order =
		alloc_array((size_t)view->function_count + 1, sizeof(*order));
	uint32_t count = 0;

	for (uint32_t i = 0; i < view->function_count; i++)
		if (view->functions[i].total > 0)
			order[count++] = &view->functions[i];
	if (is_by_total)
		qsort(order, count, sizeof(const struct hot_function *), compare_totals);
	*ret_count = count;
	return order;
}

/* What shares are of: of one thread its samples. */
static double get_whole(const struct hot_functions *view, uint32_t thread)
{
	if (thread == 0)
		return view->summary.samples_with_hidden;
	for (uint32_t i = 0; i < view->thread_count; i++)
		if (view->threads[i].tid == thread)
			return view->threads[i].samples;
	return 0;
}

static double get_ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

void top_text_format(struct strbuf *text, const struct hot_functions *view,
		     const struct top_text_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	uint32_t most = options->function_count > 0 ? options->function_count : FUNCTIONS_DEFAULT;
	uint32_t count;
	const struct hot_function **order = order_functions(view, options->is_by_total, &count);
	double whole = get_whole(view, 0);

	profile_report_add_quality(text, &view->summary);
	strbuf_add_char(text, '\n');
	table_add_column(table, TABLE_RIGHT, "self");
	table_add_column(table, TABLE_RIGHT, "total");
	table_add_column(table, TABLE_LEFT, "function");
	table_add_column(table, TABLE_LEFT, "module");
	table_set_cuttable(table, 2);
	for (uint32_t i = 0; i < count && i < most; i++) {
		char self[FMT_BYTES], total[FMT_BYTES];

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_percent(self, get_ratio(order[i]->self, whole)));
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_percent(total, get_ratio(order[i]->total, whole)));
		table_add_cell(table, TEXT_PLAIN, "%s", order[i]->name);
		table_add_cell(table, TEXT_PLAIN, "%s", order[i]->module);
	}
	if (count > 0)
		table_format(table, text, &options->layout);
	free(order);
}

struct top_text *top_text_new(const char *name, bool is_by_total)
{
	struct top_text *top = alloc_new(struct top_text);

	top->name = alloc_strdup(name);
	top->is_by_total = is_by_total;
	top->body_rows = 1;
	return top;
}

void top_text_free(struct top_text *top)
{
	if (top == NULL)
		return;
	free(top->name);
	free(top->function);
	free(top->module);
	free(top);
}

uint32_t top_text_get_thread(const struct top_text *top)
{
	return top->thread;
}

bool top_text_is_paused(const struct top_text *top)
{
	return top->is_paused;
}

/* The line of the selected function; the first one when it is none of those. */
static uint32_t find_line(const struct top_text *top, const struct hot_function *const *order,
			  uint32_t count)
{
	for (uint32_t i = 0; top->function != NULL && i < count; i++)
		if (strcmp(order[i]->name, top->function) == 0 &&
		    strcmp(order[i]->module, top->module) == 0)
			return i;
	return 0;
}

const struct hot_function *top_text_get_selected(const struct top_text *top,
						 const struct hot_functions *view)
{
	uint32_t count;
	const struct hot_function **order = order_functions(view, top->is_by_total, &count);
	const struct hot_function *selected =
		count > 0 ? order[find_line(top, order, count)] : NULL;

	free(order);
	return selected;
}

static uint32_t move_line(uint32_t line, int32_t by, uint32_t count)
{
	int64_t to = (int64_t)line + by;

	to = to >= (int64_t)count ? (int64_t)count - 1 : to;
	return to < 0 ? 0 : (uint32_t)to;
}

/* On the first line nothing is held: what is hottest is selected, whatever it is. */
static void move_selection(struct top_text *top, const struct hot_functions *view, int32_t by)
{
	uint32_t count, line;
	const struct hot_function **order = order_functions(view, top->is_by_total, &count);

	line = move_line(find_line(top, order, count), by, count);
	free(top->function);
	free(top->module);
	top->function = line > 0 ? alloc_strdup(order[line]->name) : NULL;
	top->module = line > 0 ? alloc_strdup(order[line]->module) : NULL;
	free(order);
}

/* How many lines a key moves by; 0 = it does not. */
static int32_t get_step(const struct top_text *top, const struct terminal_key *key)
{
	switch (key->kind) {
	case KEY_UP:
		return -1;
	case KEY_DOWN:
		return 1;
	case KEY_PAGE_UP:
		return -(int32_t)top->body_rows;
	case KEY_PAGE_DOWN:
		return (int32_t)top->body_rows;
	case KEY_HOME:
		return INT32_MIN;
	case KEY_END:
		return INT32_MAX;
	case KEY_TEXT:
		return key->text[0] == 'j' ? 1 : key->text[0] == 'k' ? -1 : 0;
	case KEY_ENTER:
	case KEY_ESCAPE:
	case KEY_BACKSPACE:
	case KEY_LEFT:
	case KEY_RIGHT:
	case KEY_OTHER:
		break;
	}
	return 0;
}

/* Line 0 is all threads. */
static enum top_text_wish press_choosing(struct top_text *top, const struct hot_functions *view,
					 const struct terminal_key *key)
{
	top->choice = move_line(top->choice, get_step(top, key), view->thread_count + 1);
	if (key->kind == KEY_ENTER) {
		top->is_choosing = false;
		top->thread = top->choice > 0 ? view->threads[top->choice - 1].tid : 0;
		return TOP_TEXT_READ;
	}
	if (key->kind == KEY_ESCAPE || key->kind == KEY_BACKSPACE ||
	    (key->kind == KEY_TEXT && key->text[0] == 'f'))
		top->is_choosing = false;
	return key->kind == KEY_TEXT && key->text[0] == 'q' ? TOP_TEXT_QUIT : TOP_TEXT_NOTHING;
}

static enum top_text_wish press_letter(struct top_text *top, char letter)
{
	switch (letter) {
	case 'q':
		return TOP_TEXT_QUIT;
	case 's':
	case 't':
		top->is_by_total = letter == 't';
		break;
	case 'p':
	case ' ':
		top->is_paused = !top->is_paused;
		break;
	case 'f':
		top->is_choosing = true;
		top->choice = 0;
		top->first = 0;
		break;
	default:
		break;
	}
	return TOP_TEXT_NOTHING;
}

enum top_text_wish top_text_press(struct top_text *top, const struct hot_functions *view,
				  const struct terminal_key *key)
{
	if (top->is_choosing)
		return press_choosing(top, view, key);
	if (key->kind == KEY_ENTER)
		return top_text_get_selected(top, view) != NULL ? TOP_TEXT_CALLERS
								: TOP_TEXT_NOTHING;
	if (get_step(top, key) != 0)
		move_selection(top, view, get_step(top, key));
	return key->kind == KEY_TEXT ? press_letter(top, key->text[0]) : TOP_TEXT_NOTHING;
}

/* A line of the picture: cut, and without anything that moves the cursor. */
static void add_line(struct strbuf *text, const struct text_layout *layout, enum text_style style,
		     bool is_selected, const char *line)
{
	struct strbuf cut;

	strbuf_init(&cut, 1 << 20);
	text_add_cut(&cut, line, layout->columns);
	if (cut.length > 0)
		clean_text(cut.data, '?');
	if (is_selected && layout->has_color)
		strbuf_addf(text, "\x1b[7m%s\x1b[0m", strbuf_text(&cut));
	else
		text_add_styled(text, layout, style, strbuf_text(&cut));
	strbuf_release(&cut);
	strbuf_add_char(text, '\n');
}

static void add_head(const struct top_text *top, const struct hot_functions *view, uint64_t span_ns,
		     const struct text_layout *layout, struct strbuf *text)
{
	char span[FMT_BYTES];
	struct strbuf line;

	strbuf_init(&line, 1 << 20);
	strbuf_addf(&line, "%s \xc2\xb7 %s%s \xc2\xb7 by %s", top->name,
		    top->is_paused ? "paused, of " : "last ", fmt_duration(span, (double)span_ns),
		    top->is_by_total ? "total" : "self");
	if (top->thread != 0)
		strbuf_addf(&line, " \xc2\xb7 thread %" PRIu32, top->thread);
	add_line(text, layout, TEXT_BOLD, false, strbuf_text(&line));
	strbuf_clear(&line);
	profile_report_add_quality(&line, &view->summary);
	add_line(text, layout, TEXT_PLAIN, false, strbuf_text(&line));
	add_line(text, layout, TEXT_DIM, false,
		 top->is_choosing ? " samples    thread" : "    self   total  function");
	strbuf_release(&line);
}

/* The name as far as it fits, and the module at the right edge where there is room. */
static void add_function(const struct hot_function *function, double whole, bool is_selected,
			 const struct text_layout *layout, struct strbuf *text)
{
	char self[FMT_BYTES], total[FMT_BYTES];
	struct strbuf line;

	strbuf_init(&line, 1 << 20);
	strbuf_addf(&line, "%c%7s %7s  ", is_selected ? '>' : ' ',
		    fmt_percent(self, get_ratio(function->self, whole)),
		    fmt_percent(total, get_ratio(function->total, whole)));
	if (layout->columns >= 4 * MODULE_COLUMNS) {
		uint32_t room = layout->columns - MODULE_COLUMNS - text_width(line.data) - 1;
		uint32_t width = text_width(function->name);

		text_add_cut(&line, function->name, room);
		strbuf_addf(&line, "%*s ", (int)(width < room ? room - width : 0), "");
		strbuf_add_text(&line, function->module);
	} else {
		strbuf_add_text(&line, function->name);
	}
	add_line(text, layout, TEXT_PLAIN, is_selected, strbuf_text(&line));
	strbuf_release(&line);
}

static void add_thread(const struct hot_functions *view, uint32_t line, bool is_selected,
		       const struct text_layout *layout, struct strbuf *text)
{
	char share[FMT_BYTES];
	struct strbuf row;

	strbuf_init(&row, 1 << 20);
	if (line == 0) {
		strbuf_addf(&row, "%c%7s    all threads", is_selected ? '>' : ' ', "");
	} else {
		const struct hot_threads_row *thread = &view->threads[line - 1];

		strbuf_addf(&row, "%c%7s    %s (%" PRIu32 ")", is_selected ? '>' : ' ',
			    fmt_percent(share, get_ratio(thread->samples,
							 view->summary.samples_with_hidden)),
			    thread->comm, thread->tid);
	}
	add_line(text, layout, TEXT_PLAIN, is_selected, strbuf_text(&row));
	strbuf_release(&row);
}

/* Moves the window so that it has `line`. */
static void scroll(struct top_text *top, uint32_t line, uint32_t count, uint32_t rows)
{
	if (line < top->first)
		top->first = line;
	if (line >= top->first + rows)
		top->first = line - rows + 1;
	if (top->first + rows > count)
		top->first = count > rows ? count - rows : 0;
}

static void add_body(struct top_text *top, const struct hot_functions *view,
		     const struct text_layout *layout, uint32_t rows, struct strbuf *text)
{
	uint32_t count, selected;
	const struct hot_function **order = order_functions(view, top->is_by_total, &count);
	double whole = get_whole(view, top->thread);

	selected = top->is_choosing ? top->choice : find_line(top, order, count);
	count = top->is_choosing ? view->thread_count + 1 : count;
	scroll(top, selected, count, rows);
	for (uint32_t i = 0; i < rows; i++) {
		uint32_t line = top->first + i;

		if (line >= count)
			strbuf_add_char(text, '\n');
		else if (top->is_choosing)
			add_thread(view, line, line == selected, layout, text);
		else
			add_function(order[line], whole, line == selected, layout, text);
	}
	free(order);
}

void top_text_draw(struct top_text *top, const struct hot_functions *view, uint64_t span_ns,
		   const struct text_layout *layout, uint32_t rows, struct strbuf *text)
{
	uint32_t head = rows > HEAD_ROWS + FOOT_ROWS ? HEAD_ROWS : 0;
	uint32_t foot = rows > head + FOOT_ROWS ? FOOT_ROWS : 0;

	top->body_rows = rows > head + foot ? rows - head - foot : 1;
	if (top->choice > view->thread_count)
		top->choice = view->thread_count;
	if (head > 0)
		add_head(top, view, span_ns, layout, text);
	add_body(top, view, layout, top->body_rows, text);
	if (foot > 0)
		add_line(text, layout, TEXT_DIM, false,
			 top->is_choosing ? "Enter choose  Escape back"
					  : "q end  s self  t total  f thread  p pause  Enter "
					    "callers");
	if (text->length > 0)
		text->data[--text->length] = '\0'; /* the last line has no newline */
}
