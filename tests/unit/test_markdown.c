#include "report/markdown.h"

#include "tap.h"

int main(void)
{
	static const char *const titles[] = {"run", "p99"};
	static const bool is_right[] = {false, true};
	static const char *const cells[] = {"a|b_c", "<b>\n1 ms"};
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	markdown_add_head(&text, titles, is_right, 2);
	markdown_add_row(&text, cells, 2);
	is_str(strbuf_text(&text), "| run | p99 |\n|---|---:|\n| a\\|b\\_c | \\<b\\>?1 ms |\n",
	       "a table whose texts stay in their cells");
	strbuf_clear(&text);
	markdown_add_text(&text, "`x` [y](z) \\ *w*");
	is_str(strbuf_text(&text), "\\`x\\` \\[y\\](z) \\\\ \\*w\\*", "a text");
	strbuf_release(&text);
	return tap_done();
}
