/*
 * The options that say which samples of a profile are looked at, shared by report, annotate, flame.
 */
#ifndef CMD_PROFILE_ARGS_H
#define CMD_PROFILE_ARGS_H

#include "cmd/options.h"
#include "util/err.h"
#include "view/profile_filter.h"

struct profile_args {
	const char *event, *role, *module, *time;
	struct option_list threads;
};

#define PROFILE_ARGS_OPTIONS(a)                                                                    \
	{.help = "Which samples"},                                                                 \
		{.name = "event",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "NAME",                                                                  \
		 .target = &(a).event,                                                             \
		 .help = "those of another event than the first"},                                 \
		{.name = "thread",                                                                 \
		 .kind = OPTION_LIST,                                                              \
		 .value = "NAME|TID",                                                              \
		 .target = &(a).threads,                                                           \
		 .help = "of threads of that name or number (may be repeated)"},                   \
		{.name = "role",                                                                   \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "ROLE",                                                                  \
		 .target = &(a).role,                                                              \
		 .help = "of one service, or of its workers"},                                     \
		{.name = "module",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "NAME",                                                                  \
		 .target = &(a).module,                                                            \
		 .help = "that ran in that file: libc.so.6, [kernel]"},                            \
		{.name = "time",                                                                   \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FROM-TO",                                                               \
		 .target = &(a).time,                                                              \
		 .help = "of a part of the measured window: 2s-3500ms, 10s- or -5s"},              \
	{                                                                                          \
		.help = "Other options"                                                            \
	}

/*
 * The filter borrows from the arguments; all of them are to be released by
 * profile_args_release(). -EINVAL in a sentence for a time of another form.
 */
int profile_args_get_filter(struct profile_filter *ret_filter, const struct profile_args *args,
			    struct err *err);
void profile_args_release(struct profile_args *args);

#endif
