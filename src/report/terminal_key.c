#include "report/terminal_key.h"

#include <string.h>

enum { SEQUENCE_BYTES_MAX = 16 };

/* What stands between the introducer and the end of a sequence, and its last byte. */
static enum terminal_key_kind name_sequence(const char *parameters, size_t length, char last)
{
	static const struct {
		const char *parameters;
		char last;
		enum terminal_key_kind kind;
	} names[] = {{"", 'A', KEY_UP},	   {"", 'B', KEY_DOWN},	    {"", 'C', KEY_RIGHT},
		     {"", 'D', KEY_LEFT},  {"", 'H', KEY_HOME},	    {"", 'F', KEY_END},
		     {"1", '~', KEY_HOME}, {"7", '~', KEY_HOME},    {"4", '~', KEY_END},
		     {"8", '~', KEY_END},  {"5", '~', KEY_PAGE_UP}, {"6", '~', KEY_PAGE_DOWN},
		     {"", 'M', KEY_ENTER}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].last == last && strlen(names[i].parameters) == length &&
		    memcmp(names[i].parameters, parameters, length) == 0)
			return names[i].kind;
	return KEY_OTHER;
}

/* Behind "ESC [" or "ESC O": parameters, then one byte from @ to ~. */
static size_t decode_sequence(const char *bytes, size_t length, bool is_end,
			      struct terminal_key *ret_key)
{
	size_t at = 2;

	while (at < length && at < SEQUENCE_BYTES_MAX && (bytes[at] < '@' || bytes[at] > '~'))
		at++;
	if (at == length && !is_end && at < SEQUENCE_BYTES_MAX)
		return 0;
	if (at == length || at == SEQUENCE_BYTES_MAX) { /* cut short, or no sequence at all */
		ret_key->kind = KEY_OTHER;
		return at;
	}
	ret_key->kind = name_sequence(bytes + 2, at - 2, bytes[at]);
	return at + 1;
}

static size_t decode_escape(const char *bytes, size_t length, bool is_end,
			    struct terminal_key *ret_key)
{
	if (length > 1 && (bytes[1] == '[' || bytes[1] == 'O'))
		return decode_sequence(bytes, length, is_end, ret_key);
	if (length == 1 && !is_end)
		return 0;
	ret_key->kind = KEY_ESCAPE;
	return 1;
}

static size_t measure_character(unsigned char first)
{
	return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static size_t decode_character(const char *bytes, size_t length, bool is_end,
			       struct terminal_key *ret_key)
{
	size_t size = measure_character((unsigned char)bytes[0]);

	if (size > length && !is_end)
		return 0;
	if (size > length || (unsigned char)bytes[0] < ' ') {
		ret_key->kind = KEY_OTHER;
		return 1;
	}
	ret_key->kind = KEY_TEXT;
	memcpy(ret_key->text, bytes, size);
	return size;
}

size_t terminal_key_decode(const char *bytes, size_t length, bool is_end,
			   struct terminal_key *ret_key)
{
	*ret_key = (struct terminal_key){.kind = KEY_OTHER};
	if (length == 0)
		return 0;
	switch (bytes[0]) {
	case '\x1b':
		return decode_escape(bytes, length, is_end, ret_key);
	case '\r':
	case '\n':
		ret_key->kind = KEY_ENTER;
		return 1;
	case '\b':
	case '\x7f':
		ret_key->kind = KEY_BACKSPACE;
		return 1;
	default:
		return decode_character(bytes, length, is_end, ret_key);
	}
}
