#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "cmd/session.h"
#include "cmd/terminal.h"
#include "cmd/tree_browser.h"
#include "lab/interrupt.h"
#include "lab/live.h"
#include "lab/target.h"
#include "report/profile_report.h"
#include "report/top_text.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "view/live_functions.h"

enum { SPAN_WINDOWS_MAX = 60 };

struct top_args {
	struct cmd_common common;
	const char *target, *event, *stacks, *output;
	double frequency_hz;
	uint64_t interval_ns, span_ns;
	uint32_t count; /* of tables; 0 = until the end */
	uint32_t function_count;
	bool is_by_total;
	enum profile_stacks how; /* of `stacks` */
};

struct top {
	const struct top_args *args;
	struct live *live;
	struct live_functions *functions;
	struct terminal *terminal; /* NULL = tables */
	struct top_text *text;
	char *name;	    /* of what is watched */
	struct arena arena; /* of the view */
	struct hot_functions view;
	uint64_t span_ns; /* that the view looks back */
	uint64_t next_ns;
	uint32_t window_count;
};

static uint32_t get_window_count(const struct top_args *args)
{
	uint64_t count = args->span_ns / args->interval_ns;

	return count < 1 ? 1 : count > SPAN_WINDOWS_MAX ? SPAN_WINDOWS_MAX : (uint32_t)count;
}

static void read_view(struct top *top, uint32_t thread)
{
	arena_release(&top->arena);
	arena_init(&top->arena);
	live_functions_read(top->functions, &top->arena, thread, &top->view);
	top->span_ns = top->window_count * top->args->interval_ns;
}

static void take_window(struct top *top)
{
	struct profile_data window;

	live_take(top->live, &window);
	live_functions_take(top->functions, &window);
	profile_data_release(&window);
	if (top->window_count < get_window_count(top->args))
		top->window_count++;
	top->next_ns = clock_now_ns() + top->args->interval_ns;
}

/* Takes the window when it is time. False when it is over. */
static bool go_on(void *context)
{
	struct top *top = context;
	uint32_t events = live_wait(top->live, 0, -1);

	if (clock_now_ns() >= top->next_ns)
		take_window(top);
	return (events & (LIVE_ENDED | LIVE_INTERRUPTED)) == 0;
}

static void show_callers(struct top *top)
{
	const struct hot_function *selected = top_text_get_selected(top->text, &top->view);
	struct call_tree tree;
	struct arena arena;
	struct strbuf title;

	if (selected == NULL)
		return;
	arena_init(&arena);
	strbuf_init(&title, 1 << 20);
	live_functions_read_tree(top->functions, &arena, top_text_get_thread(top->text), &tree);
	profile_report_add_quality(&title, &top->view.summary);
	tree_browser_show_callers(top->terminal, &tree, strbuf_text(&title), selected->name,
				  selected->module, go_on, top);
	strbuf_release(&title);
	arena_release(&arena);
}

static void draw(struct top *top, const struct text_layout *layout, uint32_t rows)
{
	struct strbuf picture;

	strbuf_init(&picture, 16 << 20);
	top_text_draw(top->text, &top->view, top->span_ns, layout, rows, &picture);
	terminal_show(top->terminal, &picture);
	strbuf_release(&picture);
}

/* False when one of the keys ends it. */
static bool press_keys(struct top *top)
{
	struct terminal_key key;

	while (terminal_next_key(top->terminal, &key)) {
		switch (top_text_press(top->text, &top->view, &key)) {
		case TOP_TEXT_NOTHING:
			break;
		case TOP_TEXT_READ:
			read_view(top, top_text_get_thread(top->text));
			break;
		case TOP_TEXT_CALLERS:
			show_callers(top);
			break;
		case TOP_TEXT_QUIT:
			return false;
		}
	}
	return !terminal_is_closed(top->terminal);
}

/* Until a key, an interrupt, or the end of what is watched. */
static void run_screen(struct top *top)
{
	const uint64_t look_ns = 200 * NS_PER_MS; /* at the size, whatever the interval */
	uint32_t events = 0;

	while ((events & (LIVE_ENDED | LIVE_INTERRUPTED)) == 0) {
		struct text_layout layout;
		uint64_t now_ns = clock_now_ns();
		uint32_t rows;

		if (now_ns >= top->next_ns) {
			take_window(top);
			if (!top_text_is_paused(top->text))
				read_view(top, top_text_get_thread(top->text));
		}
		terminal_measure(top->terminal, &layout, &rows);
		draw(top, &layout, rows);
		events =
			live_wait(top->live,
				  now_ns + look_ns < top->next_ns ? now_ns + look_ns : top->next_ns,
				  terminal_get_fd(top->terminal));
		if ((events & LIVE_INPUT) != 0 && !press_keys(top))
			break;
	}
}

/* A table an interval, each of what the span has. */
static int run_tables(struct top *top)
{
	struct top_text_options options = {.layout = look_get_layout(),
					   .function_count = top->args->function_count,
					   .is_by_total = top->args->is_by_total};
	uint32_t events = 0, tables = 0;
	int status = CMD_OK;

	while (status == CMD_OK && (events & (LIVE_ENDED | LIVE_INTERRUPTED)) == 0 &&
	       (top->args->count == 0 || tables < top->args->count)) {
		struct strbuf text;

		events = live_wait(top->live, top->next_ns, -1);
		take_window(top);
		read_view(top, 0);
		strbuf_init(&text, STRBUF_MAX_DEFAULT);
		if (tables++ > 0)
			strbuf_add_char(&text, '\n');
		top_text_format(&text, &top->view, &options);
		status = cmd_write_output("", strbuf_text(&text), text.length);
		strbuf_release(&text);
	}
	return status;
}

static const char *get_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The terminal is the picture's: what the command writes goes elsewhere, and it reads nothing. */
static int open_live(struct top *top, struct keeper *keeper, const char *const *command,
		     struct err *err)
{
	const struct top_args *args = top->args;
	bool is_screen = top->terminal != NULL;
	struct live_config config = {
		.keeper = keeper,
		.command = command,
		.output_path = args->output != NULL ? args->output
			       : is_screen	    ? "/dev/null"
						    : NULL,
		.is_stdin_kept = !is_screen,
		.profile = {.frequency_hz = args->frequency_hz,
			    .stacks = args->how,
			    .events = &args->event,
			    .event_count = args->event != NULL ? 1 : 0},
	};
	struct procfs fs = {0};
	int r = 0;

	if (command == NULL)
		r = target_find(&fs, args->target, &config.pid, err);
	if (r == 0)
		r = live_open(&top->live, &config, err);
	if (r == 0)
		top->name = alloc_printf("%s (pid %d)",
					 get_base(command != NULL ? command[0] : args->target),
					 (int)live_get_pid(top->live));
	return r;
}

static int watch(struct top *top, struct keeper *keeper, const char *const *command)
{
	struct err err = {0};
	int status = CMD_OK;

	if (top->args->count == 0 && terminal_is_there() && terminal_open(&top->terminal, &err) < 0)
		return cmd_fail(&err);
	if (open_live(top, keeper, command, &err) < 0) {
		terminal_close(top->terminal); /* the sentence is for the screen behind it */
		top->terminal = NULL;
		return cmd_fail(&err);
	}
	top->functions = live_functions_new(get_window_count(top->args));
	top->text = top_text_new(top->name, top->args->is_by_total);
	top->next_ns = clock_now_ns() + top->args->interval_ns;
	if (top->terminal != NULL)
		run_screen(top);
	else
		status = run_tables(top);
	return status;
}

static int run_watch(const struct top_args *args, const char *const *command)
{
	struct session session = {.is_quiet = true};
	struct top top = {.args = args};
	int status = session_begin(&session);

	arena_init(&top.arena);
	if (status == CMD_OK)
		status = watch(&top, session.keeper, command);
	top_text_free(top.text);
	live_functions_free(top.functions);
	arena_release(&top.arena);
	terminal_close(top.terminal);
	live_close(top.live);
	free(top.name);
	session_end(&session);
	return status;
}

static int find_stacks(const char *text, enum profile_stacks *ret_stacks, struct err *err)
{
	static const char *const names[] = {[PROFILE_STACKS_AUTO] = "auto",
					    [PROFILE_STACKS_DWARF] = "dwarf",
					    [PROFILE_STACKS_FP] = "fp",
					    [PROFILE_STACKS_NONE] = "none"};

	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (text == NULL || strcmp(text, names[i]) == 0) {
			*ret_stacks = (enum profile_stacks)i;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "there are no stacks '%s'; there are auto, dwarf, fp and none",
		       text);
}

static int check_args(struct top_args *args, const struct options_rest *rest,
		      const char *const **ret_command, struct err *err)
{
	const char *const *command = rest->command != NULL ? rest->command
				     : rest->count > 0	   ? rest->arguments
							   : NULL;

	if (rest->command != NULL && rest->count > 0)
		return err_set(err, -EINVAL, "'%s' stands before --; the command goes behind it",
			       rest->arguments[0]);
	if (args->target != NULL && command != NULL)
		return err_set(err, -EINVAL, "either -p TARGET or a command, not both");
	if (args->target == NULL && (command == NULL || command[0] == NULL))
		return err_set(
			err, -EINVAL,
			"what is to be watched? sonde top -p TARGET, or sonde top ./program");
	if (args->interval_ns < 50 * NS_PER_MS)
		return err_set(err, -EINVAL, "an interval has at least 50ms");
	*ret_command = command;
	return find_stacks(args->stacks, &args->how, err);
}

#define TOP_OPTIONS(a)                                                                             \
	{.letter = 'p',                                                                            \
	 .name = "pid",                                                                            \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "TARGET",                                                                        \
	 .target = &(a).target,                                                                    \
	 .help = "watch what is already up: PID, name or :PORT, with its children and threads"},   \
		{.letter = 'd',                                                                    \
		 .name = "delay",                                                                  \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).interval_ns,                                                       \
		 .help = "between two pictures (1s)"},                                             \
		{.name = "span",                                                                   \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).span_ns,                                                           \
		 .help = "how far back a picture looks (10s)"},                                    \
		{.letter = 'n',                                                                    \
		 .name = "count",                                                                  \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).count,                                                             \
		 .help = "print N tables, and end; no keys"},                                      \
		{.letter = 'F',                                                                    \
		 .name = "freq",                                                                   \
		 .kind = OPTION_RATE,                                                              \
		 .value = "HZ",                                                                    \
		 .target = &(a).frequency_hz,                                                      \
		 .help = "samples per second of CPU time (199)"},                                  \
		{.letter = 'e',                                                                    \
		 .name = "event",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "EVENT",                                                                 \
		 .target = &(a).event,                                                             \
		 .help = "as for record (the best there is for CPU time)"},                        \
		{.name = "stacks",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "HOW",                                                                   \
		 .target = &(a).stacks,                                                            \
		 .help = "auto, dwarf, fp or none, as for record"},                                \
		{.name = "rows",                                                                   \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).function_count,                                                    \
		 .help = "functions a table (20)"},                                                \
		{.name = "total",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_by_total,                                                       \
		 .help = "tables by total instead of own time"},                                   \
		{.letter = 'o',                                                                    \
		 .name = "output",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FILE",                                                                  \
		 .target = &(a).output,                                                            \
		 .help = "where the command's own output goes (nowhere, while there is a "         \
			 "picture)"},                                                              \
		{.letter = 'h',                                                                    \
		 .name = "help",                                                                   \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).common.is_help,                                                    \
		 .help = "this text"},                                                             \
	{                                                                                          \
		0                                                                                  \
	}

static const char help[] =
	"The functions that a running program spends its time in, again each second; a\n"
	"command is started for it and ended with it. Nothing is stored. Keys: s and t\n"
	"sort by own time and total, f chooses a thread, p pauses, Enter shows who calls\n"
	"the selected function, q ends. Without a terminal it prints a table each time.";

static int run_top(const struct cmd *cmd, int argc, const char **argv)
{
	struct top_args args = {
		.frequency_hz = 199, .interval_ns = NS_PER_S, .span_ns = 10 * (uint64_t)NS_PER_S};
	struct option_spec specs[] = {TOP_OPTIONS(args)};
	const char *const *command = NULL;
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_BEFORE_ARGS, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (check_args(&args, &rest, &command, &err) < 0)
		return cmd_usage_error(cmd, &err);
	return run_watch(&args, command);
}

const struct cmd cmd_top = {
	.name = "top",
	.group = "look",
	.summary = "hot functions of a running program, live (perf top)",
	.usage = "Usage: sonde top [options] -p TARGET\n"
		 "       sonde top [options] [--] COMMAND …",
	.run = run_top,
};
