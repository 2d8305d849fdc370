/*
 * Command-line options as a table, from which both the parsing and the help text come, so that they
 * cannot disagree.
 *
 *	struct option_spec specs[] = {
 *		{.letter = 'c', .name = "connections", .kind = OPTION_COUNT, .value = "N",
 *		  .target = &connections,
 *		 .help = "connections in all (10)"},
 *		{0}};
 *
 * Accepted: -c N, -cN, --connections N, --connections=N, flags run together (-ab). `--` ends the
 * options. An unknown one is an error that names the nearest.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/strbuf.h"
#include "util/vec.h"

enum option_kind {
	OPTION_FLAG,	 /* bool: set to true */
	OPTION_TEXT,	 /* const char *: borrowed from argv */
	OPTION_OPTIONAL, /* const char *: --json or --json=FILE; "" without a value */
	OPTION_COUNT,	 /* uint32_t, from 1 */
	OPTION_NUMBER,	 /* uint64_t */
	OPTION_DURATION, /* uint64_t nanoseconds */
	OPTION_RATE,	 /* double per second */
	OPTION_LIST,	 /* struct option_list: may be repeated */
	/* known elsewhere or promised, not built yet: refused with .help as the reason */
	OPTION_LATER,
};

struct option_list {
	VEC_FIELDS(const char *);
};

/* Without a letter and a name, `help` is a heading over those that follow. */
struct option_spec {
	char letter;	  /* 0 = none */
	const char *name; /* NULL = only a letter */
	enum option_kind kind;
	const char *value; /* what the help calls the value */
	void *target;
	const char *help; /* NULL = not listed */
};

enum options_order {
	OPTIONS_ANYWHERE,    /* options may follow arguments: show @last --json */
	OPTIONS_BEFORE_ARGS, /* the first argument ends the options: record -F 99 ./prog -x */
};

struct options_rest {
	const char **arguments; /* count of them, then NULL; into argv, which is reordered */
	uint32_t count;
	const char **command; /* behind `--`, NULL-terminated; NULL when there was no `--` */
};

/*
 * Parses argv[0..argc) (without the program's and the command's name). -EINVAL with a sentence. The
 * specs end with {0}.
 */
int options_parse(const struct option_spec *specs, enum options_order order, int argc,
		  const char **argv, struct options_rest *ret_rest, struct err *err);

/* The list of options for a help text, below their headings or "Options:". */
void options_format_help(const struct option_spec *specs, struct strbuf *text);

#endif
