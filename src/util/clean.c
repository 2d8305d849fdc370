#include "util/clean.h"

#include <string.h>

/* RFC 3629, section 4: by its first byte how long a character is, and what the second may be. */
static size_t get_length(unsigned char first, unsigned char second)
{
	if (first < 0xc2 || first > 0xf4)
		return 1;
	if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	    (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
		return 1;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t clean_decode(const char *text, uint32_t *ret_code)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = get_length(bytes[0], bytes[1]);
	uint32_t code = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);

	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80) {
			*ret_code = bytes[0];
			return 1;
		}
		code = code << 6 | (bytes[i] & 0x3f);
	}
	*ret_code = code;
	return length;
}

bool clean_is_control(uint32_t code)
{
	return code < ' ' || (code >= 0x7f && code < 0xa0);
}

void clean_text(char *text, char instead)
{
	while (*text != '\0') {
		uint32_t code;
		size_t length = clean_decode(text, &code);

		if (clean_is_control(code))
			memset(text, instead, length);
		text += length;
	}
}

void clean_add(struct strbuf *buffer, const char *text)
{
	while (*text != '\0') {
		uint32_t code;
		size_t length = clean_decode(text, &code);

		if (clean_is_control(code))
			strbuf_add(buffer, "??", length);
		else
			strbuf_add(buffer, text, length);
		text += length;
	}
}

void clean_add_percent(struct strbuf *buffer, const char *text, const char *also)
{
	while (*text != '\0') {
		uint32_t code;
		size_t length = clean_decode(text, &code);
		bool is_kept = code != ' ' && !clean_is_control(code) &&
			       (length > 1 || strchr(also, *text) == NULL);

		for (size_t i = 0; i < length; i++) {
			if (is_kept)
				strbuf_add_char(buffer, text[i]);
			else
				strbuf_addf(buffer, "%%%02X", (unsigned char)text[i]);
		}
		text += length;
	}
}
