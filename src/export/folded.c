#include "export/folded.h"

#include <stdlib.h>
#include <string.h>

#include "util/clean.h"
#include "util/vec.h"

struct folded_line {
	char *text; /* owned */
	double count;
};

struct folded_lines {
	VEC_FIELDS(struct folded_line);
};

/*
 * The script's name for a frame without a symbol: "[libc.so.6]"; what is no file is called as `perf
 * script` calls it. NULL when the frame has a symbol.
 */
static const char *find_module_name(const struct call_node *node)
{
	static const struct {
		const char *ours, *scripts;
	} names[] = {{"[kernel]", "[[kernel.kallsyms]]"},
		     {"[vdso]", "[[vdso]]"},
		     {"[anon]", "[anon]"},
		     {"[unknown]", "[unknown]"}};
	size_t length = strlen(node->module);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(node->module, names[i].ours) == 0 &&
		    strcmp(node->name, names[i].ours) == 0)
			return names[i].scripts;
	return node->name[0] == '[' && strncmp(node->name + 1, node->module, length) == 0 &&
			       strcmp(node->name + 1 + length, "]") == 0
		       ? node->name
		       : NULL;
}

/* Go's methods, "net/http.(*Client).Do", keep their parentheses. */
static bool is_go_method(const char *name, size_t length)
{
	const char *open = memmem(name, length, ".(", 2);

	return open != NULL &&
	       memmem(open + 2, length - (size_t)(open + 2 - name), ").", 2) != NULL;
}

/* What would be a level is replaced. */
static void add_byte(struct strbuf *text, char c)
{
	strbuf_add_char(text, c == ';' ? ':' : c);
}

/*
 * A function's name as the script tidies it: without quotes, ':' for ';', and nothing from the
 * first '(' on unless that begins "(anonymous namespace)".
 */
static void add_function(struct strbuf *text, const char *name, size_t length, bool is_java)
{
	static const char anonymous[] = "(anonymous namespace)";
	bool keeps_parentheses = is_go_method(name, length);
	const char *end = name + length;

	if (is_java && length > 0 && name[0] == 'L' && memchr(name, '/', length) != NULL)
		name++;
	for (const char *c = name; c < end; c++) {
		if (*c == '(' && !keeps_parentheses &&
		    strncmp(c, anonymous, sizeof(anonymous) - 1) != 0)
			return;
		if (*c != '"' && *c != '\'')
			add_byte(text, *c);
	}
}

/*
 * ";name". perf writes inlined functions as "outer->inner": the script makes two frames of that,
 * and of any other name with an arrow.
 */
static void add_frame(struct strbuf *text, const char *name, bool is_java)
{
	bool is_inlined = false;

	if (name[0] == '(') /* the script takes it for the name of a process */
		return;
	for (;;) {
		const char *arrow = strstr(name, "->");
		size_t length = arrow != NULL ? (size_t)(arrow - name) : strlen(name);

		strbuf_add_char(text, ';');
		add_function(text, name, length, is_java);
		if (is_inlined)
			strbuf_add_text(text, "_[i]");
		if (arrow == NULL || arrow[2] == '\0')
			return;
		name = arrow + 2;
		is_inlined = true;
	}
}

static void add_thread(struct strbuf *text, const char *comm)
{
	for (const char *c = comm; *c != '\0'; c++)
		add_byte(text, *c == ' ' ? '_' : *c);
}

static void add_path(struct strbuf *text, const struct call_tree *tree, uint32_t leaf)
{
	VEC(uint32_t) path = {0};
	bool is_java = false;

	for (uint32_t at = leaf; at != CALL_TREE_NONE && at != 0; at = tree->nodes[at].parent)
		vec_push(&path, at);
	for (size_t i = path.count; i-- > 0;) {
		const struct call_node *node = &tree->nodes[path.items[i]];

		if (node->kind == CALL_THREAD) {
			is_java = strncmp(node->name, "java", 4) == 0;
			add_thread(text, node->name);
		} else {
			const char *module = find_module_name(node);

			add_frame(text, module != NULL ? module : node->name, is_java);
		}
	}
	vec_release(&path);
}

static int compare_lines(const void *a, const void *b)
{
	const struct folded_line *left = a, *right = b;

	return strcmp(left->text, right->text);
}

static void collect(struct folded_lines *lines, const struct call_tree *tree)
{
	for (uint32_t i = 1; i < tree->count; i++) {
		const struct call_node *node = &tree->nodes[i];
		struct strbuf text;
		char *line;

		if (node->self <= 0 || node->kind == CALL_HIDDEN)
			continue;
		strbuf_init(&text, STRBUF_MAX_DEFAULT);
		add_path(&text, tree, i);
		line = strbuf_take(&text);
		clean_text(line, '?');
		vec_push(lines, (struct folded_line){.text = line, .count = node->self});
	}
	if (lines->count > 0)
		qsort(lines->items, lines->count, sizeof(*lines->items), compare_lines);
}

void folded_write(struct strbuf *text, const struct call_tree *tree)
{
	struct folded_lines lines = {0};

	collect(&lines, tree);
	for (size_t i = 0; i < lines.count;) {
		double count = 0;
		size_t end = i;

		/* Frames that differ only in what the format leaves out are one line. */
		while (end < lines.count && strcmp(lines.items[end].text, lines.items[i].text) == 0)
			count += lines.items[end++].count;
		strbuf_addf(text, "%s %.0f\n", lines.items[i].text, count < 1 ? 1 : count);
		i = end;
	}
	for (size_t i = 0; i < lines.count; i++)
		free(lines.items[i].text);
	vec_release(&lines);
}
