#include "cmd/stat_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/event_args.h"
#include "cmd/terminal.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/parse.h"

static bool is_number(const struct options_rest *rest)
{
	uint64_t ns;

	return rest->count > 0 && parse_duration_ns(rest->arguments[0], &ns) == 0;
}

/* INTERVAL [COUNT] in the place of a command; behind them, as for pidstat, more options. */
static int read_numbers(struct stat_args *args, const struct option_spec *specs,
			struct options_rest *rest, struct err *err)
{
	uint64_t count = 0;
	uint32_t used = 1;

	parse_duration_ns(rest->arguments[0], &args->interval_ns);
	if (args->interval_ns == 0)
		return err_set(err, -EINVAL, "an interval has at least 50 ms");
	if (rest->count > 1 && rest->arguments[1][0] != '-') {
		if (parse_u64(rest->arguments[1], &count) < 0 || count == 0 || count > UINT32_MAX)
			return err_set(err, -EINVAL, "'%s' is no count of intervals",
				       rest->arguments[1]);
		used = 2;
	}
	args->count = (uint32_t)count;
	return options_parse(specs, OPTIONS_BEFORE_ARGS, (int)(rest->count - used),
			     rest->arguments + used, rest, err);
}

int stat_args_parse(struct stat_args *args, const struct option_spec *specs, int argc,
		    const char **argv, struct options_rest *rest, struct err *err)
{
	int r = options_parse(specs, OPTIONS_BEFORE_ARGS, argc, argv, rest, err);
	bool has_window = args->target != NULL || args->is_system_wide || args->like != NULL;

	return r == 0 && has_window && is_number(rest) ? read_numbers(args, specs, rest, err) : r;
}

static int check_interval(struct stat_args *args, struct err *err)
{
	double ms;

	if (args->interval_ms != NULL) {
		if (parse_double(args->interval_ms, &ms) < 0 || ms <= 0 || ms > 1e9)
			return err_set(err, -EINVAL, "-I %s: milliseconds", args->interval_ms);
		args->interval_ns = (uint64_t)(ms * 1e6);
	}
	if (args->interval_ns > 0 && args->interval_ns < 50 * NS_PER_MS)
		return err_set(err, -EINVAL, "an interval has at least 50 ms");
	if (args->separator != NULL && strcmp(args->separator, ",") != 0)
		return err_set(err, -EINVAL, "-x '%s': only commas", args->separator);
	args->is_csv |= args->separator != NULL;
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* -o FILE is also where JSON goes, and its suffix asks for it, or for CSV. */
static int choose_format(struct stat_args *args, struct err *err)
{
	const char **json = &args->common.json;

	if (args->output == NULL)
		return 0;
	if (*json != NULL && (*json)[0] != '\0')
		return err_set(err, -EINVAL, "either -o FILE or --json=FILE");
	args->is_csv |= ends_with(args->output, ".csv");
	if (*json != NULL || ends_with(args->output, ".json")) {
		*json = args->output;
		args->output = NULL;
	}
	return 0;
}

static int check_live(const struct stat_args *args, struct err *err)
{
	if (args->is_csv || args->common.json != NULL || args->output != NULL || args->like != NULL)
		return err_set(err, -EINVAL,
			       "--live is a picture: no --csv, --json, --like or -o with it");
	if (args->count > 0)
		return err_set(err, -EINVAL, "--live ends with q or -d, not after a COUNT");
	if (!terminal_is_there())
		return err_set(err, -EINVAL,
			       "--live is a picture for a terminal, and this is none: sonde stat "
			       "-p TARGET INTERVAL prints lines");
	return 0;
}

static int check_output(struct stat_args *args, struct err *err)
{
	if (choose_format(args, err) < 0)
		return err->code;
	if (args->is_csv && args->common.json != NULL)
		return err_set(err, -EINVAL, "either --csv or --json");
	return args->is_live ? check_live(args, err) : 0;
}

static int check_lenses(const struct stat_args *args, struct err *err)
{
	if (event_args_check(&args->events, err) < 0)
		return err->code;
	if (args->is_system_wide && args->lenses.syscalls != NULL &&
	    strcmp(args->lenses.syscalls, "ptrace") == 0)
		return err_set(err, -EINVAL, "--syscalls=ptrace is for a command or -p, not -a");
	return lens_args_check(&args->lenses, err);
}

static void join_events(struct stat_args *args)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	for (size_t i = 0; i < args->events.count; i++)
		strbuf_addf(&text, "%s%s", i > 0 ? "," : "", args->events.items[i]);
	args->event_list = strbuf_take(&text);
}

/* -p, -a or a command, and what stands for the whole machine. */
static int check_target(struct stat_args *args, const struct options_rest *rest,
			struct lab_record *record, struct err *err)
{
	if (args->is_system_wide && args->target != NULL)
		return err_set(err, -EINVAL, "-a is the whole machine, -p one of its services");
	/* as the tools do: all there is */
	if (args->like != NULL && args->target == NULL && rest->count == 0 &&
	    (rest->command == NULL || args->interval_ns > 0))
		args->is_system_wide = true;
	if (args->is_system_wide || args->target != NULL) {
		record->window = rest->command;
		if (rest->count > 0)
			return err_set(err, -EINVAL,
				       "'%s' is no interval: sonde stat %s INTERVAL [COUNT], in "
				       "seconds; a command goes behind --",
				       rest->arguments[0],
				       args->is_system_wide ? "-a" : "-p TARGET");
		return 0;
	}
	record->command = rest->command != NULL ? rest->command
			  : rest->count > 0	? rest->arguments
						: NULL;
	if (rest->command != NULL && rest->count > 0)
		return err_set(err, -EINVAL, "'%s' stands before --; the command goes behind it",
			       rest->arguments[0]);
	if (args->roots.count == 0 && (record->command == NULL || record->command[0] == NULL))
		return err_set(
			err, -EINVAL,
			"what is to be watched? sonde stat ./program, sonde stat -p TARGET 1, "
			"or sonde stat -a 1");
	return 0;
}

int stat_args_check(struct stat_args *args, const struct options_rest *rest,
		    struct lab_record *record, struct err *err)
{
	record->duration_ns = args->duration_ns;
	join_events(args);
	if (check_target(args, rest, record, err) < 0 || check_interval(args, err) < 0 ||
	    check_lenses(args, err) < 0)
		return err->code;
	return check_output(args, err);
}

void stat_args_release(struct stat_args *args)
{
	vec_release(&args->events);
	vec_release(&args->roots);
	free(args->event_list);
}
