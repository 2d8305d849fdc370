/*
 * What the commands that look into the store share: finding what RUN means, counting arguments,
 * naming one file per arm.
 */
#ifndef CMD_LOOK_H
#define CMD_LOOK_H

#include <stdint.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/text.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/strbuf.h"
#include "view/selection.h"

/* The common options of a command that prints no result: no --json. */
#define LOOK_STORE_OPTIONS(common)                                                                 \
	{.name = "store",                                                                          \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "DIR",                                                                           \
	 .target = &(common).store,                                                                \
	 .help = "use the store in DIR"},                                                          \
	{                                                                                          \
		.letter = 'h', .name = "help", .kind = OPTION_FLAG, .target = &(common).is_help,   \
		.help = "this text"                                                                \
	}

/*
 * The store that a looking command uses: --store, SONDE_STORE, or the one found upwards. Caller
 * frees.
 */
char *look_find_store(const struct cmd_common *common);

/* -ENOENT in a sentence when there is none: for commands that would make one. */
int look_check_store(const struct cmd_common *common, struct err *err);

/*
 * selection_open() in that store; a file that is no store of sonde's, and `-` (standard input), are
 * imported (import_file.h). Release the selection also after an error.
 */
int look_open(struct selection *selection, const struct cmd_common *common, const char *word,
	      struct err *err);

/*
 * -EINVAL in a sentence when there are fewer than `least` or more than `most` arguments, or
 * anything behind `--`.
 */
int look_check_arguments(const struct options_rest *rest, uint32_t least, uint32_t most,
			 const char *what, struct err *err);

/* -EINVAL with the words that name one arm each, when the selection has several. */
int look_check_one_arm(const struct selection *selection, struct err *err);

/* -ENOENT in a sentence when no selected run came as far as measuring. */
int look_check_measured(const struct selection *selection, struct err *err);

/*
 * PATH for the only arm; of several arms each has its name before the suffix: out.proxy.svg. Caller
 * frees.
 */
char *look_name_arm_file(const char *path, const struct selection *selection, uint32_t arm);

/* One arm of a selection as text; -ENOENT when it lacks what is to be shown. */
typedef int (*look_format_arm_fn)(struct strbuf *text, struct arena *arena,
				  const struct selection *selection, uint32_t arm, const void *args,
				  struct err *err);

/*
 * All arms, one after the other, each under its name when there are several. What only some lack is
 * said in their place; -ENOENT when all do.
 */
int look_format_arms(struct strbuf *text, struct arena *arena, const struct selection *selection,
		     look_format_arm_fn format_arm, const void *args, struct err *err);

/* The document sonde.show/1 of a selection. */
int look_format_json(struct strbuf *json, const struct selection *selection, struct err *err);

/* It, to where cmd_write_output() takes `path`. The exit status, after a message. */
int look_write_json(const struct selection *selection, const char *path);

/*
 * --delta PCT: "3", "2.5 %" → 0.03, 0.025; NULL leaves it as it is. -EINVAL in a sentence: less
 * than 2 % is never told from chance (view/run_diff.h).
 */
int look_parse_delta(double *delta, const char *text, struct err *err);

/* Width and colours of standard output. */
struct text_layout look_get_layout(void);

#endif
