/*
 * Keys as a terminal sends them (ECMA-48 sequences, as xterm and the Linux console write them),
 * from bytes. Pure: cmd/ reads the bytes.
 */
#ifndef REPORT_TERMINAL_KEY_H
#define REPORT_TERMINAL_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum terminal_key_kind {
	KEY_TEXT, /* a character: its bytes are in `text` */
	KEY_ENTER,
	KEY_ESCAPE,
	KEY_BACKSPACE,
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_OTHER, /* a sequence that means nothing here */
};

struct terminal_key {
	enum terminal_key_kind kind;
	char text[8]; /* of KEY_TEXT, NUL-terminated: one UTF-8 character */
};

/*
 * The first key of `bytes`, and how many of them it is: 0 when it may go on. A lone escape is
 * either the key or the beginning of a sequence; `is_end`: nothing followed for a while, so that
 * what is there is all.
 */
size_t terminal_key_decode(const char *bytes, size_t length, bool is_end,
			   struct terminal_key *ret_key);

#endif
