/*
 * count [-p PID | -a] -e EVENT,… [-- COMMAND …]: counter_set alone, for test_counters.py. A command
 * is held before its exec while the counters are opened, and counted from there to its end; without
 * one the window is from "ready" on standard output to the end of standard input. With -a or -p the
 * command is the window. Prints {"counters": […], "refusal": …} or {"error": …, "code": …}.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/counter_set.h"
#include "capture/event_name.h"
#include "export/counter_json.h"
#include "util/alloc.h"
#include "util/clock.h"

struct options {
	struct counter_set_config config;
	pid_t pid;
	VEC(char *) events;
	char **command;
};

static void parse(struct options *options, int argc, char **argv)
{
	const char *list, *name;
	size_t length;
	int option;

	while ((option = getopt(argc, argv, "+p:ae:")) != -1) {
		if (option == 'p') {
			options->pid = (pid_t)strtol(optarg, NULL, 10);
		} else if (option == 'a') {
			options->config.is_system_wide = true;
		} else if (option == 'e') {
			for (list = optarg; event_name_next(&list, &name, &length);)
				vec_push(&options->events, alloc_strndup(name, length));
		} else {
			exit(64);
		}
	}
	options->command = optind < argc ? argv + optind : NULL;
	options->config.events = (const char *const *)options->events.items;
	options->config.event_count = (uint32_t)options->events.count;
	options->config.pids = &options->pid;
	options->config.pid_count = !options->config.is_system_wide;
}

static void release(struct options *options)
{
	for (size_t i = 0; i < options->events.count; i++)
		free(options->events.items[i]);
	vec_release(&options->events);
}

/* Its pid; it goes on when `ret_gate` is closed. */
static pid_t hold(char **command, int *ret_gate)
{
	int gate[2];
	pid_t child;
	char byte;

	if (pipe(gate) < 0 || (child = fork()) < 0)
		exit(70);
	if (child == 0) {
		close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		close(gate[0]);
		execvp(command[0], command);
		_exit(127);
	}
	close(gate[0]);
	*ret_gate = gate[1];
	return child;
}

static void print(const struct counters *counters, double elapsed_ns, const char *refusal)
{
	json_t *document = json_object();
	char *text;

	json_object_set_new(document, "counters", counter_json_make(counters, elapsed_ns));
	json_object_set_new(document, "refusal", json_string(refusal));
	json_object_set_new(document, "elapsed_ns", json_integer((json_int_t)elapsed_ns));
	text = json_dumps(document, JSON_COMPACT);
	json_decref(document);
	puts(text);
	free(text);
}

static int fail(const struct err *err)
{
	json_t *document = json_object();
	char *text;

	json_object_set_new(document, "error", json_string(err_text(err)));
	json_object_set_new(document, "code", json_integer(err->code));
	text = json_dumps(document, JSON_COMPACT);
	json_decref(document);
	puts(text);
	free(text);
	return 5;
}

int main(int argc, char **argv)
{
	scoped(counter_set_cleanup) struct counter_set *set = NULL;
	struct options options = {0};
	struct counters counters = {0};
	struct err err = {0};
	uint64_t begin_ns;
	pid_t child = 0;
	int gate = -1;

	parse(&options, argc, argv);
	if (options.command != NULL)
		child = hold(options.command, &gate);
	if (options.command != NULL && options.pid == 0) {
		options.pid = child;
		options.config.is_started_by_exec = !options.config.is_system_wide;
	}
	if (counter_set_open(&set, &options.config, &err) < 0) {
		release(&options);
		return fail(&err);
	}
	begin_ns = clock_now_ns();
	counter_set_enable(set);
	if (child > 0) {
		close(gate);
		waitpid(child, NULL, 0);
	} else {
		puts("ready");
		fflush(stdout);
		while (getchar() != EOF)
			continue;
	}
	counter_set_disable(set);
	counter_set_read(set, &counters);
	print(&counters, (double)(clock_now_ns() - begin_ns), counter_set_get_refusal(set));
	vec_release(&counters);
	release(&options);
	return 0;
}
