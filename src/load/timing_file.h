/*
 * Files that say what to send when, as h2load's --timing-script-file reads them:
 *
 *	0.0	/first			milliseconds from the start, a tab, a URL or path
 *	12.345	http://host/second
 *
 * h2load lets each client send the whole file; here it is sent once, by the run.
 */
#ifndef LOAD_TIMING_FILE_H
#define LOAD_TIMING_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "load/load.h"
#include "util/arena.h"
#include "util/err.h"

enum { TIMING_FILE_LINES_MAX = 10000000, TIMING_FILE_URIS_MAX = 1000000 };

struct timing_list {
	const struct load_replay_item *items; /* ascending; request: which of `uris` */
	uint64_t count;			      /* >= 1 */
	const char *const *uris;	      /* each once, as written; ASCII without white space */
	uint32_t uri_count;
};

/*
 * Parses a whole file's text (at most 1 GiB); all of the list is in the arena. `name` is for
 * sentences. Times are 0 to 366 days, and may be equal. -EINVAL with name:line for a line of
 * another form, for one that is earlier than the line before it, and for a file without a line.
 */
int timing_file_parse(struct timing_list *ret_list, struct arena *arena, const char *name,
		      const char *text, size_t length, struct err *err);

#endif
