#include "lab/service.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/command_line.h"
#include "lab/git_call.h"
#include "lab/interrupt.h"
#include "lab/plan_service.h"
#include "lab/readiness.h"
#include "lab/target.h"
#include "procfs/proc_tree.h"
#include "util/alloc.h"
#include "util/arena.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"

/* "SONDE_PADDING=xxxx…" */
static const char *make_padding(uint32_t bytes, struct arena *arena)
{
	static const char name[] = "SONDE_PADDING=";
	char *text = arena_alloc(arena, sizeof(name) + bytes, 1);

	memcpy(text, name, sizeof(name));
	memset(text + sizeof(name) - 1, 'x', bytes);
	return text;
}

/* sonde's environment with the plan's variables over it; NULL-terminated, from the arena. */
static const char *const *make_environment(const struct plan_service *plan, uint32_t padding_bytes,
					   struct arena *arena)
{
	const char **result;
	size_t count = 0, used = 0;

	while (environ[count] != NULL)
		count++;
	result = arena_alloc(arena, count + plan->env_count + 2, sizeof(*result));
	for (size_t i = 0; i < count; i++) {
		size_t name = strcspn(environ[i], "=");
		/* a build in a tree of its own would find the user's repository by these */
		bool is_replaced = git_call_is_repository_variable(environ[i]);

		for (uint32_t j = 0; j < plan->env_count && !is_replaced; j++)
			is_replaced = strlen(plan->env[j].name) == name &&
				      strncmp(plan->env[j].name, environ[i], name) == 0;
		if (!is_replaced)
			result[used++] = environ[i];
	}
	for (uint32_t j = 0; j < plan->env_count; j++)
		result[used++] =
			arena_printf(arena, "%s=%s", plan->env[j].name, plan->env[j].value);
	if (padding_bytes > 0)
		result[used++] = make_padding(padding_bytes, arena);
	return result;
}

/* The folder that the service runs in, from the arena; NULL = sonde's own. */
static const char *find_directory(const struct plan *plan, const char *directory,
				  struct arena *arena)
{
	if (directory == NULL || directory[0] == '/')
		return directory != NULL ? directory : plan->directory;
	return arena_printf(arena, "%s/%s", plan->directory != NULL ? plan->directory : ".",
			    directory);
}

static int spawn(struct service *service, const struct plan *plan, struct keeper *keeper,
		 uint32_t padding_bytes, struct err *err)
{
	struct arena arena;
	struct keeper_command command = {.output_path = service->output_path};
	uint32_t cpus[CPU_SETSIZE];
	char **argv = NULL;
	int r;

	arena_init(&arena);
	r = command_line_split(service->plan->command, &arena, &argv, err);
	if (r < 0) {
		arena_release(&arena);
		return err_prefix(err, r, "service '%s': ", service->plan->name);
	}
	command.argv = (const char *const *)argv;
	command.env = make_environment(service->plan, padding_bytes, &arena);
	command.directory = find_directory(plan, service->plan->directory, &arena);
	if (service->plan->cpus != NULL) {
		int count = plan_service_parse_cpus(service->plan->cpus, cpus, CPU_SETSIZE);

		r = count < 0 ? count : 0;
		command.cpus = cpus;
		command.cpu_count = count > 0 ? (uint32_t)count : 0;
	}
	if (r == 0)
		r = keeper_spawn(keeper, &command, &service->pid, err);
	arena_release(&arena);
	return r < 0 ? err_prefix(err, r, "service '%s': ", service->plan->name) : 0;
}

/* After store_make_output_path() gave NULL. */
static int fail_output(const struct store *store, struct err *err)
{
	return err_set(err, -errno, "cannot make the folder for the services' output in %s: %s",
		       store_get_path(store), strerror(errno));
}

int service_spawn(struct service *service, const struct plan *plan,
		  const struct plan_service *service_plan, struct keeper *keeper,
		  const struct store *store, const char *name, uint32_t padding_bytes,
		  struct err *err)
{
	*service =
		(struct service){.plan = service_plan, .is_attached = service_plan->attach != NULL};
	if (service->is_attached) {
		struct procfs fs;

		proc_file_init(&fs, "");
		return target_find(&fs, service_plan->attach, &service->pid, err);
	}
	service->output_path = store_make_output_path(store, name);
	if (service->output_path == NULL)
		return fail_output(store, err);
	fd_close(open(service->output_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	store_give_to_user(service->output_path);
	return spawn(service, plan, keeper, padding_bytes, err);
}

void service_format_end(const struct service *service, char *buffer, size_t size)
{
	if (WIFSIGNALED(service->status))
		snprintf(buffer, size, "was ended by signal %d (%s)", WTERMSIG(service->status),
			 strsignal(WTERMSIG(service->status)));
	else if (service->is_attached)
		snprintf(buffer, size, "ended");
	else
		snprintf(buffer, size, "ended with status %d", WEXITSTATUS(service->status));
}

/* Ended, or a zombie that nobody has waited for yet: kill(pid, 0) would still find that one. */
static bool is_gone(pid_t pid)
{
	struct proc_stat stat;
	struct procfs fs;
	struct strbuf text;
	bool is_known;

	proc_file_init(&fs, "");
	strbuf_init(&text, 64 * 1024);
	is_known = proc_file_read(&fs, &text, "/proc/%d/stat", (int)pid) == 0 &&
		   proc_stat_parse(strbuf_text(&text), text.length, &stat) == 0;
	strbuf_release(&text);
	return !is_known || proc_stat_is_ended(&stat);
}

/* A keeper that is gone took what it held with it (PR_SET_PDEATHSIG, lab/keeper.h). */
static bool wait_for(struct keeper *keeper, pid_t pid, uint64_t timeout_ns, int *status)
{
	int r = keeper_wait(keeper, pid, timeout_ns, status);

	if (r == -ECONNRESET || r == -ESRCH)
		*status = SIGKILL;
	return r == 1 || r == -ECONNRESET || r == -ESRCH;
}

bool service_check_ended(struct service *service, struct keeper *keeper)
{
	if (service->has_ended || service->pid <= 0)
		return service->has_ended;
	if (service->is_attached)
		service->has_ended = is_gone(service->pid);
	else
		service->has_ended = wait_for(keeper, service->pid, 0, &service->status);
	return service->has_ended;
}

struct ready_context {
	const struct plan *plan;
	struct service *service;
	struct keeper *keeper;
	int interrupts;
};

/* The sentence ends with what the service wrote last: that is where the reason stands. */
static int fail_with_tail(const struct service *service, int code, const char *what,
			  struct err *err)
{
	scoped_free char *tail =
		service_read_tail(service, SERVICE_TAIL_BYTES, SERVICE_TAIL_LINES, NULL);
	size_t length = strlen(tail);
	size_t used = strlen(what) + 80;
	size_t room = used < sizeof(err->text) ? sizeof(err->text) - used : 0;
	const char *from = length > room ? tail + length - room : tail; /* the end matters most */

	if (err == NULL)
		return code;
	return err_set(err, code, "service '%s' %s%s%s", service->plan->name, what,
		       tail[0] != '\0' ? "; it wrote last:\n" : "; it wrote nothing", from);
}

/* A daemon's first process may end with 0 while what it left behind goes on to serve. */
static bool has_ended_badly(struct service *service, struct keeper *keeper)
{
	return service_check_ended(service, keeper) &&
	       (service->is_attached ||
		!(WIFEXITED(service->status) && WEXITSTATUS(service->status) == 0));
}

/* No process of the keeper's runs any more, held ones included. */
static bool is_nothing_left(const struct keeper *keeper)
{
	struct proc_ids left = {0};
	struct procfs fs;
	bool is_empty;

	proc_file_init(&fs, "");
	is_empty = proc_tree_list_descendants(&fs, keeper_get_pid(keeper), &left) == 0 &&
		   left.count == 0;
	vec_release(&left);
	return is_empty;
}

static int look(void *context, struct err *err)
{
	struct ready_context *ready = context;
	char how[96];

	if (interrupt_get_count() > ready->interrupts)
		return err_set(err, -ECANCELED, "interrupted while waiting for service '%s'",
			       ready->service->plan->name);
	if (!has_ended_badly(ready->service, ready->keeper) &&
	    !(ready->service->has_ended && is_nothing_left(ready->keeper)))
		return 0;
	service_format_end(ready->service, how, sizeof(how));
	return fail_with_tail(ready->service, -ECHILD, how, err);
}

static int run_ready_command(void *context, const char *text, uint64_t deadline_ns,
			     struct err *why_not)
{
	struct ready_context *ready = context;
	const char *const argv[] = {"sh", "-c", text, NULL};
	struct keeper_command command = {.argv = argv, .output_path = "/dev/null"};
	uint64_t now_ns = clock_now_ns();
	struct arena arena;
	int status = 0;
	pid_t pid;
	int r;

	arena_init(&arena); /* as the service itself: its folder, its variables */
	command.directory = find_directory(ready->plan, ready->service->plan->directory, &arena);
	command.env = make_environment(ready->service->plan, 0, &arena);
	r = keeper_spawn(ready->keeper, &command, &pid, why_not);
	arena_release(&arena);
	if (r == 0)
		r = keeper_release(ready->keeper, pid, why_not);
	if (r < 0)
		return r;
	if (keeper_wait(ready->keeper, pid, deadline_ns > now_ns ? deadline_ns - now_ns : 0,
			&status) != 1) {
		bool was_killed;

		keeper_stop(ready->keeper, pid, SIGKILL, 0, &was_killed);
		return err_set(why_not, 0, "'%s' did not end", text);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 1;
	return err_set(why_not, 0, "'%s' ended with status %d", text,
		       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int service_start(struct service *service, const struct plan *plan, struct keeper *keeper,
		  struct err *err)
{
	struct ready_context context = {.plan = plan,
					.service = service,
					.keeper = keeper,
					.interrupts = interrupt_get_count()};
	struct readiness_check check = {.ready = &service->plan->ready,
					.output_path = service->output_path,
					.exec = run_ready_command,
					.look = look,
					.context = &context};
	struct err why = {0};
	int r = 0;

	if (!service->is_attached)
		r = keeper_release(keeper, service->pid, err);
	if (r < 0)
		return err_prefix(err, r, "service '%s': ", service->plan->name);
	r = readiness_wait(&check, &why);
	if (r == -ECANCELED || r == -ECHILD)
		return err_set(err, r, "%s", err_text(&why));
	if (r < 0) {
		scoped_free char *what = alloc_printf("never became ready: %s", err_text(&why));

		return fail_with_tail(service, r, what, err);
	}
	return 0;
}

/*
 * Gives the first process its grace in short waits, so that a second interrupt cuts it short;
 * returns what is left of it for what the service left behind.
 */
static uint64_t wait_for_end(struct service *service, struct keeper *keeper, uint64_t grace_ns)
{
	uint64_t now_ns = clock_now_ns(), deadline_ns = now_ns + grace_ns;

	while (now_ns < deadline_ns && interrupt_get_count() <= 1) {
		uint64_t left_ns = deadline_ns - now_ns;
		uint64_t step_ns = left_ns < 100 * NS_PER_MS ? left_ns : 100 * NS_PER_MS;

		if (keeper_wait(keeper, service->pid, step_ns, &service->status) != 0)
			break;
		now_ns = clock_now_ns();
	}
	now_ns = clock_now_ns();
	return now_ns < deadline_ns && interrupt_get_count() <= 1 ? deadline_ns - now_ns : 0;
}

void service_stop(struct service *service, struct keeper *keeper, bool is_at_once)
{
	uint64_t grace_ns = 0;

	if (service->is_attached || service->pid <= 0)
		return;
	if (!is_at_once) {
		keeper_signal(keeper, service->pid, service->plan->stop_signal);
		keeper_signal(keeper, service->pid, SIGCONT); /* a stopped one hears nothing else */
		grace_ns = wait_for_end(service, keeper, service->plan->stop_grace_ns);
	}
	keeper_stop(keeper, service->pid, grace_ns > 0 ? service->plan->stop_signal : SIGKILL,
		    grace_ns, &service->was_killed);
	service_check_ended(service, keeper); /* keeps the status */
	service->pid = 0;
}

/* Start of the last `max_lines` lines of `text`. */
static const char *last_lines(const char *text, size_t length, uint32_t max_lines)
{
	size_t at = length;
	uint32_t lines = 0;

	if (at > 0 && text[at - 1] == '\n')
		at--;
	for (; at > 0; at--)
		if (text[at - 1] == '\n' && ++lines == max_lines)
			break;
	return text + at;
}

char *service_read_tail(const struct service *service, size_t max_bytes, uint32_t max_lines,
			uint64_t *ret_total_bytes)
{
	scoped(fd_cleanup) int fd = service->output_path != NULL
					    ? open(service->output_path, O_RDONLY | O_CLOEXEC)
					    : -1;
	struct stat status;
	char *text;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size <= 0)
		return alloc_strdup("");
	if (ret_total_bytes != NULL)
		*ret_total_bytes = (uint64_t)status.st_size;
	if ((uint64_t)status.st_size < max_bytes)
		max_bytes = (size_t)status.st_size;
	text = alloc_array(max_bytes + 1, 1);
	got = pread(fd, text, max_bytes, status.st_size - (off_t)max_bytes);
	for (ssize_t i = 0; i < got; i++) /* a binary log must not end the text */
		if (text[i] == '\0')
			text[i] = ' ';
	text[got > 0 ? got : 0] = '\0';
	if (max_lines > 0) {
		const char *from = last_lines(text, strlen(text), max_lines);

		memmove(text, from, strlen(from) + 1);
	}
	return text;
}

void service_release(struct service *service)
{
	free(service->output_path);
	service->output_path = NULL;
}

int service_run_build(const struct plan *plan, const char *command_text, struct keeper *keeper,
		      const struct store *store, const char *name, struct err *err)
{
	const char *const argv[] = {"sh", "-c", command_text, NULL};
	struct plan_service as_service = {.name = "build"};
	struct service build = {.plan = &as_service,
				.output_path = store_make_output_path(store, name)};
	struct keeper_command command = {
		.argv = argv, .directory = plan->directory, .output_path = build.output_path};
	struct arena arena;
	bool was_killed;
	int r;

	if (build.output_path == NULL)
		return fail_output(store, err);
	arena_init(&arena);
	command.env = make_environment(&as_service, 0, &arena);
	r = keeper_spawn(keeper, &command, &build.pid, err);
	arena_release(&arena);
	if (r == 0)
		r = keeper_release(keeper, build.pid, err);
	while (r == 0 && !wait_for(keeper, build.pid, 100 * NS_PER_MS, &build.status)) {
		if (interrupt_get_count() == 0)
			continue;
		keeper_stop(keeper, build.pid, SIGTERM, NS_PER_S, &was_killed);
		r = err_set(err, -ECANCELED, "interrupted while building: %s", command_text);
	}
	if (r == 0 && !(WIFEXITED(build.status) && WEXITSTATUS(build.status) == 0)) {
		scoped_free char *tail =
			service_read_tail(&build, SERVICE_TAIL_BYTES, SERVICE_TAIL_LINES, NULL);
		size_t length = strlen(tail);
		char how[96];

		service_format_end(&build, how, sizeof(how));
		r = err_set(err, -ECHILD, "the build '%s' %s; it wrote %s%s", command_text, how,
			    length > 0 ? "last:\n" : "nothing",
			    length > 700 ? tail + length - 700 : tail);
	}
	service_release(&build);
	return r;
}
