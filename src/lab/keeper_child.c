#include "lab/keeper_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"

enum { STATUS_NOT_STARTED = 127 }; /* as shells and perf say it */

/* A request's blob, taken apart; points into it. */
struct start {
	cpu_set_t cpus;
	bool is_pinned, is_stdin_kept;
	char *program, *directory, *output_path;
	char **argv, **env;
};

_Noreturn static void report_failure(int report_fd, enum keeper_step step, int code)
{
	struct keeper_report report = {.step = (int32_t)step, .code = code};

	(void)fd_write_all(report_fd, &report, sizeof(report));
	_exit(STATUS_NOT_STARTED);
}

void keeper_child_reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void redirect(const struct start *start, int report_fd)
{
	if (start->output_path[0] != '\0') {
		int fd = open(start->output_path,
			      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);

		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			report_failure(report_fd, KEEPER_STEP_OUTPUT, -errno);
	}
	if (start->is_stdin_kept)
		dup2(KEEPER_STDIN_FD, STDIN_FILENO);
}

/* In the forked child, up to its exec. */
_Noreturn static void run_child(pid_t keeper_pid, const struct start *start, int release_fd,
				int report_fd)
{
	struct keeper_report ready = {.step = KEEPER_STEP_READY};
	char go;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper_pid)
		_exit(STATUS_NOT_STARTED);
	keeper_child_reset_signals();
	close(KEEPER_SOCKET_FD); /* held, it would keep sonde from seeing the keeper end */
	if (start->is_pinned && sched_setaffinity(0, sizeof(start->cpus), &start->cpus) < 0)
		report_failure(report_fd, KEEPER_STEP_CPUS, -errno);
	redirect(start, report_fd);
	if (start->directory[0] != '\0' && chdir(start->directory) < 0)
		report_failure(report_fd, KEEPER_STEP_DIRECTORY, -errno);
	if (fd_write_all(report_fd, &ready, sizeof(ready)) < 0)
		_exit(STATUS_NOT_STARTED);
	if (read(release_fd, &go, 1) != 1)
		_exit(STATUS_NOT_STARTED);
	execve(start->program, start->argv, start->env);
	report_failure(report_fd, KEEPER_STEP_EXEC, -errno);
}

static bool take_text(char **at, const char *end, char **ret_text)
{
	char *nul = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;

	if (nul == NULL)
		return false;
	*ret_text = *at;
	*at = nul + 1;
	return true;
}

static bool take_texts(char **at, const char *end, uint32_t count, char ***ret_texts)
{
	*ret_texts = alloc_array(count + 1ull, sizeof(**ret_texts));
	for (uint32_t i = 0; i < count; i++) {
		if (!take_text(at, end, &(*ret_texts)[i]))
			return false;
	}
	return true;
}

/* The caller frees argv and env, also after false. */
static bool parse_start(const struct keeper_request *request, char *blob, struct start *start)
{
	const char *end = blob + request->blob_bytes;
	char *at = blob;

	*start = (struct start){.is_pinned = request->cpu_count > 0,
				.is_stdin_kept = request->is_stdin_kept != 0};
	if (request->blob_bytes / sizeof(uint32_t) < request->cpu_count ||
	    request->blob_bytes < (uint64_t)request->argc + request->envc)
		return false;
	for (uint32_t i = 0; i < request->cpu_count; i++, at += sizeof(uint32_t)) {
		uint32_t cpu;

		memcpy(&cpu, at, sizeof(cpu));
		if (cpu < CPU_SETSIZE)
			CPU_SET(cpu, &start->cpus);
	}
	return take_text(&at, end, &start->program) && take_text(&at, end, &start->directory) &&
	       take_text(&at, end, &start->output_path) &&
	       take_texts(&at, end, request->argc, &start->argv) &&
	       take_texts(&at, end, request->envc, &start->env);
}

static void close_pipe(const int ends[2])
{
	fd_close(ends[0]);
	fd_close(ends[1]);
}

static int fork_start(const struct start *start, struct keeper_child *ret_child)
{
	pid_t keeper_pid = getpid(), pid;
	int release[2], report[2], r;

	if (pipe2(release, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(report, O_CLOEXEC) < 0) {
		r = -errno;
		close_pipe(release);
		return r;
	}
	pid = fork();
	if (pid == 0)
		run_child(keeper_pid, start, release[0], report[1]);
	if (pid < 0) {
		r = -errno;
		close_pipe(release);
		close_pipe(report);
		return r;
	}
	fd_close(release[0]);
	fd_close(report[1]);
	fd_set_nonblocking(report[0]);
	*ret_child =
		(struct keeper_child){.pid = pid, .release_fd = release[1], .report_fd = report[0]};
	return 0;
}

int keeper_child_fork(const struct keeper_request *request, char *blob,
		      struct keeper_child *ret_child)
{
	struct start start;
	int r = -EBADMSG;

	if (parse_start(request, blob, &start))
		r = fork_start(&start, ret_child);
	free(start.argv);
	free(start.env);
	return r;
}

void keeper_child_release(struct keeper_child *child)
{
	/* One that was killed while it was held has closed the pipe: its wait status tells. */
	(void)fd_write_all(child->release_fd, "", 1);
	fd_close(child->release_fd);
	child->release_fd = -1;
}

int keeper_child_read_report(const struct keeper_child *child, struct keeper_report *ret_report)
{
	ssize_t got = read(child->report_fd, ret_report, sizeof(*ret_report));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	return got == sizeof(*ret_report);
}

void keeper_child_close(struct keeper_child *child)
{
	fd_close(child->release_fd);
	fd_close(child->report_fd);
	child->release_fd = child->report_fd = -1;
}
