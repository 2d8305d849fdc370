#include "report/tree_terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/tree_picture.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/fmt.h"
#include "util/vec.h"

enum {
	PICTURES_MAX = 32, /* going on from one to the next forgets none before that */
	SEARCH_BYTES = 64,
	HEAD_ROWS = 3, /* title, heading, columns */
	FOOT_ROWS = 1,
	INDENT_STEP = 2,
	FIGURE_COLUMNS = 19,
};

struct tree_terminal {
	const struct call_tree *tree;
	const char *title;
	VEC(struct tree_picture *) pictures; /* the last is shown */
	enum tree_sort sort;
	uint32_t body_rows; /* of the last drawing */
	bool is_overlay;    /* going back from the first picture ends it */
	bool is_searching;  /* letters go to the search text */
	bool is_helping;    /* the keys are shown, until the next one */
	char search[SEARCH_BYTES];
	char message[128]; /* shown instead of the keys until the next key */
};

static struct tree_picture *get_picture(struct tree_terminal *terminal)
{
	return terminal->pictures.items[terminal->pictures.count - 1];
}

struct tree_terminal *tree_terminal_new(const struct call_tree *tree, const char *title)
{
	struct tree_terminal *terminal = alloc_new(struct tree_terminal);

	terminal->tree = tree;
	terminal->title = title;
	terminal->body_rows = 1;
	vec_push(&terminal->pictures, tree_picture_new_whole(tree));
	return terminal;
}

void tree_terminal_free(struct tree_terminal *terminal)
{
	if (terminal == NULL)
		return;
	for (size_t i = 0; i < terminal->pictures.count; i++)
		tree_picture_free(terminal->pictures.items[i]);
	vec_release(&terminal->pictures);
	free(terminal);
}

static void push_picture(struct tree_terminal *terminal, struct tree_picture *picture)
{
	tree_picture_sort(picture, terminal->sort);
	vec_push(&terminal->pictures, picture);
}

/* Whether there is one more to go on to. */
static bool has_room(struct tree_terminal *terminal)
{
	if (terminal->pictures.count < PICTURES_MAX)
		return true;
	snprintf(terminal->message, sizeof(terminal->message), "go back first: Backspace");
	return false;
}

void tree_terminal_show_callers(struct tree_terminal *terminal, const char *name,
				const char *module)
{
	tree_picture_free(get_picture(terminal));
	terminal->pictures.count--;
	push_picture(terminal, tree_picture_new_turned(terminal->tree, CALL_CALLERS, name, module));
	terminal->is_overlay = true;
}

static void turn(struct tree_terminal *terminal, enum call_direction direction)
{
	const struct call_node *node = tree_picture_get_selected(get_picture(terminal));

	if (node == NULL || node->kind == CALL_THREAD || node->kind == CALL_HIDDEN)
		snprintf(terminal->message, sizeof(terminal->message), "select a function first");
	else if (has_room(terminal))
		push_picture(terminal, tree_picture_new_turned(terminal->tree, direction,
							       node->name, node->module));
}

/* False when there is none before. */
static bool go_back(struct tree_terminal *terminal)
{
	if (terminal->pictures.count == 1)
		return !terminal->is_overlay;
	tree_picture_free(get_picture(terminal));
	terminal->pictures.count--;
	tree_picture_sort(get_picture(terminal), terminal->sort);
	return true;
}

static void invert(struct tree_terminal *terminal)
{
	if (tree_picture_is_inverted(get_picture(terminal)) && terminal->pictures.count > 1)
		go_back(terminal);
	else if (has_room(terminal))
		push_picture(terminal, tree_picture_new_inverted(terminal->tree));
}

static void search(struct tree_terminal *terminal, bool is_forward)
{
	if (terminal->search[0] == '\0')
		snprintf(terminal->message, sizeof(terminal->message), "search with / first");
	else if (!tree_picture_search(get_picture(terminal), terminal->search, is_forward))
		snprintf(terminal->message, sizeof(terminal->message), "no function has '%s'",
			 terminal->search);
}

/* The last character, however many bytes it has. */
static void cut_search(char *search)
{
	size_t length = strlen(search);

	while (length > 0 && ((unsigned char)search[length - 1] & 0xc0) == 0x80)
		length--;
	search[length > 0 ? length - 1 : 0] = '\0';
}

static void press_searching(struct tree_terminal *terminal, const struct terminal_key *key)
{
	size_t length = strlen(terminal->search);

	if (key->kind == KEY_TEXT && length + strlen(key->text) < sizeof(terminal->search)) {
		memcpy(terminal->search + length, key->text, strlen(key->text) + 1);
	} else if (key->kind == KEY_BACKSPACE) {
		cut_search(terminal->search);
	} else if (key->kind == KEY_ESCAPE) {
		terminal->is_searching = false;
	} else if (key->kind == KEY_ENTER) {
		terminal->is_searching = false;
		search(terminal, true);
	}
}

static bool press_letter(struct tree_terminal *terminal, char letter)
{
	struct tree_picture *picture = get_picture(terminal);

	switch (letter) {
	case 'q':
		return false;
	case 'j':
		tree_picture_move(picture, 1);
		break;
	case 'k':
		tree_picture_move(picture, -1);
		break;
	case ' ':
		tree_picture_toggle(picture);
		break;
	case '*':
		tree_picture_open_all(picture);
		break;
	case 'c':
		turn(terminal, CALL_CALLERS);
		break;
	case 'C':
		turn(terminal, CALL_CALLEES);
		break;
	case 'i':
		invert(terminal);
		break;
	case 's':
		terminal->sort = (terminal->sort + 1) % TREE_SORT_COUNT;
		tree_picture_sort(picture, terminal->sort);
		break;
	case '/':
		terminal->is_searching = true;
		terminal->search[0] = '\0';
		break;
	case '?':
		terminal->is_helping = true;
		break;
	case 'n':
	case 'N':
		search(terminal, letter == 'n');
		break;
	default:
		break;
	}
	return true;
}

bool tree_terminal_press(struct tree_terminal *terminal, const struct terminal_key *key)
{
	struct tree_picture *picture = get_picture(terminal);
	int32_t page = (int32_t)terminal->body_rows;

	terminal->message[0] = '\0';
	terminal->is_helping = false;
	if (terminal->is_searching) {
		press_searching(terminal, key);
		return true;
	}
	switch (key->kind) {
	case KEY_TEXT:
		return press_letter(terminal, key->text[0]);
	case KEY_ENTER:
		tree_picture_toggle(picture);
		break;
	case KEY_RIGHT:
		tree_picture_open(picture);
		break;
	case KEY_LEFT:
		tree_picture_close(picture);
		break;
	case KEY_UP:
		tree_picture_move(picture, -1);
		break;
	case KEY_DOWN:
		tree_picture_move(picture, 1);
		break;
	case KEY_PAGE_UP:
		tree_picture_move(picture, -page);
		break;
	case KEY_PAGE_DOWN:
		tree_picture_move(picture, page);
		break;
	case KEY_HOME:
		tree_picture_move(picture, INT32_MIN);
		break;
	case KEY_END:
		tree_picture_move(picture, INT32_MAX);
		break;
	case KEY_ESCAPE:
	case KEY_BACKSPACE:
		return go_back(terminal);
	case KEY_OTHER:
		break;
	}
	return true;
}

static void add_line(struct strbuf *text, const struct text_layout *layout, enum text_style style,
		     const char *line)
{
	struct strbuf cut;

	strbuf_init(&cut, 1 << 20);
	text_add_cut(&cut, line, layout->columns);
	text_add_styled(text, layout, style, strbuf_text(&cut));
	strbuf_add_char(text, '\n');
	strbuf_release(&cut);
}

/* Deep calls are indented no further than that half of the line is left for names. */
static uint32_t get_indent(uint32_t depth, uint32_t columns)
{
	uint32_t most = columns > FIGURE_COLUMNS ? (columns - FIGURE_COLUMNS) / 2 : 0;

	return depth * INDENT_STEP < most ? depth * INDENT_STEP : most;
}

static void add_row(struct strbuf *text, const struct text_layout *layout,
		    const struct tree_row *row)
{
	char total[FMT_BYTES], self[FMT_BYTES];
	struct strbuf line, cut;

	strbuf_init(&line, 1 << 20);
	strbuf_init(&cut, 1 << 20);
	strbuf_addf(&line, "%c%7s %7s  %*s%c ", row->is_selected ? '>' : ' ',
		    fmt_percent(total, row->total_ratio),
		    row->self_ratio > 0 ? fmt_percent(self, row->self_ratio) : "",
		    (int)get_indent(row->depth, layout->columns), "",
		    !row->has_children ? ' '
		    : row->is_open     ? '-'
				       : '+');
	clean_add(&line, row->node->name);
	if (row->node->is_inlined)
		strbuf_add_text(&line, " (inlined)");
	text_add_cut(&cut, strbuf_text(&line), layout->columns);
	if (row->is_selected && layout->has_color)
		strbuf_addf(text, "\x1b[7m%s\x1b[0m", strbuf_text(&cut));
	else
		strbuf_add_text(text, strbuf_text(&cut));
	strbuf_add_char(text, '\n');
	strbuf_release(&line);
	strbuf_release(&cut);
}

static void add_head(struct tree_terminal *terminal, struct strbuf *text,
		     const struct text_layout *layout, uint32_t rows)
{
	static const char *const sorts[] = {
		[TREE_SORT_TOTAL] = "total", [TREE_SORT_SELF] = "self", [TREE_SORT_NAME] = "name"};
	struct strbuf line;

	strbuf_init(&line, 1 << 20);
	clean_add(&line, terminal->title);
	if (rows > 0)
		add_line(text, layout, TEXT_PLAIN, strbuf_text(&line));
	strbuf_clear(&line);
	clean_add(&line, tree_picture_get_heading(get_picture(terminal)));
	strbuf_addf(&line, " \xc2\xb7 by %s", sorts[terminal->sort]);
	if (rows > 1)
		add_line(text, layout, TEXT_BOLD, strbuf_text(&line));
	if (rows > 2)
		add_line(text, layout, TEXT_DIM, "   total    self  function");
	strbuf_release(&line);
}

static void add_foot(struct tree_terminal *terminal, struct strbuf *text,
		     const struct text_layout *layout)
{
	struct strbuf line, cut;

	strbuf_init(&line, 1 << 16);
	strbuf_init(&cut, 1 << 16);
	if (terminal->is_searching)
		strbuf_addf(&line, "/%s", terminal->search);
	else if (terminal->message[0] != '\0')
		strbuf_add_text(&line, terminal->message);
	else
		strbuf_add_text(&line,
				"q end  ? keys  arrows  * all  c callers  C callees  i invert  "
				"s sort  / search  Backspace back");
	text_add_cut(&cut, strbuf_text(&line), layout->columns);
	text_add_styled(text, layout, TEXT_DIM, strbuf_text(&cut));
	strbuf_release(&line);
	strbuf_release(&cut);
}

static const char *const keys[] = {
	"Up Down PgUp PgDn Home End   move",
	"Right                        open what it calls",
	"Left                         close; again: go to its caller",
	"Enter or blank               open, close",
	"*                            open everything below",
	"c                            callers of the function",
	"C                            callees of the function",
	"i                            turn over: what ran, and who called it",
	"s                            sort by total, own time, name",
	"/ text Enter                 search; n the next, N the one before",
	"Backspace or Escape          back to the picture before",
	"q                            end",
};

static void add_body(struct tree_terminal *terminal, struct strbuf *text,
		     const struct text_layout *layout, uint32_t rows)
{
	struct tree_picture *picture = get_picture(terminal);
	uint32_t first = tree_picture_scroll(picture, rows);
	struct tree_row row;

	for (uint32_t i = 0; i < rows; i++) {
		if (terminal->is_helping && i < sizeof(keys) / sizeof(keys[0]))
			add_line(text, layout, TEXT_PLAIN, keys[i]);
		else if (!terminal->is_helping && tree_picture_get_row(picture, first + i, &row))
			add_row(text, layout, &row);
		else
			strbuf_add_char(text, '\n');
	}
}

void tree_terminal_draw(struct tree_terminal *terminal, const struct text_layout *layout,
			uint32_t rows, struct strbuf *text)
{
	uint32_t head = rows > HEAD_ROWS + FOOT_ROWS ? HEAD_ROWS : 0;
	uint32_t body = rows > head + FOOT_ROWS ? rows - head - FOOT_ROWS : 1;

	terminal->body_rows = body;
	add_head(terminal, text, layout, head);
	add_body(terminal, text, layout, body);
	if (rows > head + body)
		add_foot(terminal, text, layout);
	else if (text->length > 0 && text->data[text->length - 1] == '\n')
		text->data[--text->length] = '\0';
}
