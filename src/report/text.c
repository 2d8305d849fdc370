#include "report/text.h"

#include <stddef.h>
#include <string.h>

#include "util/clean.h"

struct code_range {
	uint32_t first, last;
};

/* Marks that stand on the character before them, and characters without a shape. */
static const struct code_range zero_width[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
	{0x064b, 0x065f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
	{0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

/* East Asian wide and full-width blocks, and emoji. */
static const struct code_range double_width[] = {
	{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0xa4cf},   {0xac00, 0xd7a3},
	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},	{0xff00, 0xff60},   {0xffe0, 0xffe6},
	{0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool is_in(const struct code_range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

static uint32_t get_code_width(uint32_t code)
{
	if (is_in(zero_width, sizeof(zero_width) / sizeof(zero_width[0]), code))
		return 0;
	return is_in(double_width, sizeof(double_width) / sizeof(double_width[0]), code) ? 2 : 1;
}

static uint32_t measure(const char *text, size_t length)
{
	uint32_t width = 0, code;

	for (size_t i = 0; i < length;) {
		i += clean_decode(text + i, &code);
		width += get_code_width(code);
	}
	return width;
}

uint32_t text_width(const char *text)
{
	return measure(text, strlen(text));
}

void text_add_styled(struct strbuf *buffer, const struct text_layout *layout, enum text_style style,
		     const char *text)
{
	static const char *const codes[] = {
		[TEXT_PLAIN] = "",  [TEXT_BOLD] = "1", [TEXT_DIM] = "2",
		[TEXT_GOOD] = "32", [TEXT_BAD] = "31", [TEXT_WARN] = "33",
	};

	if (!layout->has_color || style == TEXT_PLAIN || text[0] == '\0')
		strbuf_add_text(buffer, text);
	else
		strbuf_addf(buffer, "\x1b[%sm%s\x1b[0m", codes[style], text);
}

/* A number is not parted from its "%". */
static bool is_break(const char *text)
{
	return (text[0] == ' ' && text[1] != '%') || text[0] == '\n';
}

void text_add_wrapped(struct strbuf *buffer, const struct text_layout *layout, uint32_t indent,
		      const char *text)
{
	uint32_t columns = layout->columns > 0 ? layout->columns : UINT32_MAX;
	uint32_t column = 0;
	bool is_line_empty = true;

	if (indent > columns / 2)
		indent = columns / 2;
	while (*text != '\0') {
		size_t blanks = 0, length = 0;
		uint32_t width;

		while (is_break(text + blanks))
			blanks++;
		text += blanks;
		while (text[length] != '\0' && !is_break(text + length))
			length++;
		if (length == 0)
			break;
		width = measure(text, length);
		if (!is_line_empty && column + blanks + width > columns) {
			strbuf_addf(buffer, "\n%*s", (int)indent, "");
			column = indent;
			blanks = 0;
		}
		strbuf_addf(buffer, "%*s", (int)blanks, "");
		strbuf_add(buffer, text, length);
		column += (uint32_t)blanks + width;
		is_line_empty = false;
		text += length;
	}
	strbuf_add_char(buffer, '\n');
}

void text_add_cut(struct strbuf *buffer, const char *text, uint32_t columns)
{
	uint32_t width = 0, code;
	size_t i = 0;

	if (text_width(text) <= columns) {
		strbuf_add_text(buffer, text);
		return;
	}
	if (columns == 0)
		return;
	while (text[i] != '\0') {
		size_t length = clean_decode(text + i, &code);

		if (width + get_code_width(code) > columns - 1)
			break;
		width += get_code_width(code);
		i += length;
	}
	strbuf_add(buffer, text, i);
	strbuf_add_text(buffer, "…");
}

void text_add_clean(struct strbuf *buffer, const char *text)
{
	while (*text != '\0') {
		uint32_t code;
		size_t length = clean_decode(text, &code);

		if (code == '\t')
			strbuf_add_text(buffer, "    ");
		else if (clean_is_control(code))
			strbuf_add(buffer, "??", length);
		else
			strbuf_add(buffer, text, length);
		text += length;
	}
}
