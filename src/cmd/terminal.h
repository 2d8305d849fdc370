/*
 * The terminal as a screen with keys, for `top` and `report -i`: a screen of its own, keys as they
 * are pressed, the cursor hidden; everything as it was at the end, however that comes: a small
 * process of its own waits for the end of this one and puts the terminal back, also after SIGKILL.
 */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "report/terminal_key.h"
#include "report/text.h"
#include "util/err.h"
#include "util/scoped.h"
#include "util/strbuf.h"

struct terminal;

/* Whether standard input and output are one, and it is not dumb. */
bool terminal_is_there(void);

/* Before any thread. */
int terminal_open(struct terminal **ret_terminal, struct err *err);
void terminal_close(struct terminal *terminal); /* NULL accepted */
SCOPED_POINTER(terminal, terminal_close)

/* As it is now; true when it is not the same as at the last call. */
bool terminal_measure(struct terminal *terminal, struct text_layout *ret_layout,
		      uint32_t *ret_rows);

/* Shows a picture: lines parted by '\n', as many as there are rows. */
void terminal_show(struct terminal *terminal, const struct strbuf *picture);

/* What to poll for keys. */
int terminal_get_fd(const struct terminal *terminal);

/*
 * The next key that is there, without waiting (for the end of a sequence that has begun: 50 ms).
 * False when there is none. terminal_is_closed(): there will be none.
 */
bool terminal_next_key(struct terminal *terminal, struct terminal_key *ret_key);
bool terminal_is_closed(const struct terminal *terminal);

#endif
