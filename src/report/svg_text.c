#include "report/svg_text.h"

#include <stdint.h>

/* Bytes of the character at `text` if XML 1.0 takes it as it is, else 0. */
static size_t measure_character(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t length = c[0] < 0x80   ? 1
			: c[0] < 0xc2 ? 0
			: c[0] < 0xe0 ? 2
			: c[0] < 0xf0 ? 3
			: c[0] < 0xf5 ? 4
				      : 0;

	if (c[0] < ' ' || c[0] == 0x7f)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f) ||
	    (c[0] == 0xc2 && c[1] < 0xa0) || (c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe))
		return 0; /* overlong, surrogate, too great, control, not a character */
	return length;
}

void svg_text_add_clipped(struct strbuf *svg, const char *text, size_t room)
{
	size_t count = 0, written = 0;

	for (const char *c = text; *c != '\0'; count++)
		c += measure_character(c) > 0 ? measure_character(c) : 1;
	for (const char *c = text; *c != '\0'; written++) {
		size_t length = measure_character(c);

		if (count > room && written + 1 >= room) {
			strbuf_add_text(svg, "…");
			return;
		}
		if (length == 0)
			strbuf_add_text(svg, "\xef\xbf\xbd");
		else if (*c == '&' || *c == '<' || *c == '>' || *c == '"' || *c == '\'')
			strbuf_addf(svg, "&#%d;", *c);
		else
			strbuf_add(svg, c, length);
		c += length > 0 ? length : 1;
	}
}

void svg_text_add(struct strbuf *svg, const char *text)
{
	svg_text_add_clipped(svg, text, SIZE_MAX);
}
