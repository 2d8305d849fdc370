/*
 * A program as a function.
 *
 * The body is put into a memory file, which becomes the program's standard input: nothing has to be
 * fed while it runs. Its output comes through a pipe that the loop empties. The call is over when
 * the *program* ends (a pidfd tells); what a grandchild might still write is nobody's answer.
 */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer.h"

#define READ_BYTES 16384

struct exec_job {
	struct watch output;  /* read end of the program's standard output; fd -1 while it waits */
	struct watch process; /* pidfd */
	struct runtime_exec *exec;
	struct exec_job *previous, *next;
	const struct function *function;
	runtime_done done;
	void *owner;
	uint32_t id;
	int input_fd;	/* the body */
	pid_t pid;	/* 0 while it waits */
	bool is_failed; /* its turn came and it could not start; the sweep answers */
	uint64_t deadline_ns;
	struct buffer bytes; /* what it wrote */
};

static void start_waiting_job(struct runtime_exec *exec);

/* A memory file with the body, to be read from its start; -1 with errno. */
static int body_file(const char *body, size_t size)
{
	int fd = memfd_create("gateway-body", MFD_CLOEXEC);

	while (fd >= 0 && size > 0) {
		ssize_t written = write(fd, body, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			(void)close(fd);
			return -1;
		}
		body += written;
		size -= (size_t)written;
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Leaves no process behind: the group is killed, the program reaped. Does not call `done`. */
static void end_job(struct exec_job *job)
{
	struct runtime_exec *exec = job->exec;

	if (job->previous != NULL)
		job->previous->next = job->next;
	else
		exec->first = job->next;
	if (job->next != NULL)
		job->next->previous = job->previous;
	else
		exec->last = job->previous;
	if (job->pid > 0) {
		(void)kill(-job->pid, SIGKILL);
		while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
			;
		exec->running_count--;
	}
	loop_remove(exec->loop, &job->output);
	loop_remove(exec->loop, &job->process);
	if (job->output.fd >= 0)
		(void)close(job->output.fd);
	if (job->process.fd >= 0)
		(void)close(job->process.fd);
	if (job->input_fd >= 0)
		(void)close(job->input_fd);
	buffer_release(&job->bytes);
	free(job);
}

/*
 * Answers with the program's output for status 200, else with the status' own sentence. Frees the
 * job.
 */
static void finish_job(struct exec_job *job, int status)
{
	struct runtime_exec *exec = job->exec;
	struct answer answer = answer_status(status);

	if (status == 200) {
		answer.body = buffer_bytes(&job->bytes);
		answer.size = job->bytes.size;
	}
	job->done(job->owner, job->id, &answer);
	end_job(job);
	start_waiting_job(exec);
}

/* Reads what there is. Returns false when it is more than a function may answer. */
static bool drain_output(struct exec_job *job)
{
	for (;;) {
		ssize_t size =
			read(job->output.fd, buffer_reserve(&job->bytes, READ_BYTES), READ_BYTES);

		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0) {
			if (size == 0)
				loop_remove(job->exec->loop, &job->output);
			return true;
		}
		buffer_commit(&job->bytes, (size_t)size);
		if (job->bytes.size > FUNCTION_OUTPUT_MAX_BYTES)
			return false;
	}
}

static void output_ready(struct watch *watch, uint32_t events)
{
	struct exec_job *job = container_of(watch, struct exec_job, output);

	(void)events;
	if (!drain_output(job))
		finish_job(job, 500);
}

static void process_ready(struct watch *watch, uint32_t events)
{
	struct exec_job *job = container_of(watch, struct exec_job, process);
	siginfo_t info = {.si_pid = 0};
	bool is_whole = drain_output(job);

	(void)events;
	/*
	 * WNOWAIT: the process stays a zombie, and its number ours, until end_job() has killed its
	 * group.
	 */
	if (waitid(P_PID, (id_t)job->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid == 0)
		return;
	finish_job(job, is_whole && info.si_code == CLD_EXITED && info.si_status == 0 ? 200 : 500);
}

/* In the child: become the program. Only what is safe after fork(). */
static _Noreturn void become_program(const struct exec_job *job, int output_fd, pid_t parent)
{
	char *const arguments[] = {buffer_unconst(job->function->path),
				   buffer_unconst(job->function->handler), NULL};
	sigset_t none;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(job->input_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0)
		_exit(127);
	(void)execv(job->function->path, arguments);
	_exit(127);
}

/* Returns 0 or a negative errno; the job is whole enough for end_job() either way. */
static int start_job(struct exec_job *job)
{
	struct loop *loop = job->exec->loop;
	pid_t self = getpid();
	int pipe_fds[2];
	pid_t pid;
	int status;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	(void)fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (pid == 0)
		become_program(job, pipe_fds[1], self);
	(void)close(pipe_fds[1]);
	if (pid < 0) {
		(void)close(pipe_fds[0]);
		return -errno;
	}
	(void)setpgid(pid, pid); /* here too: whoever comes first */
	job->pid = pid;
	job->exec->running_count++;
	job->output.fd = pipe_fds[0];
	job->process.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (job->process.fd < 0)
		return -errno;
	job->deadline_ns = loop->now_ns + job->exec->time_max_ns;
	status = loop_add(loop, &job->output, EPOLLIN);
	return status < 0 ? status : loop_add(loop, &job->process, EPOLLIN);
}

/* Never calls `done`: it runs where some other call is being answered or cancelled. */
static void start_waiting_job(struct runtime_exec *exec)
{
	for (struct exec_job *job = exec->first; job != NULL; job = job->next) {
		if (exec->running_count >= RUNTIME_EXEC_RUNNING_MAX)
			return;
		if (job->pid == 0 && !job->is_failed) {
			job->is_failed = start_job(job) < 0;
			return;
		}
	}
}

struct exec_job *runtime_exec_call(struct runtime_exec *exec, const struct runtime_call *call)
{
	struct exec_job *job = buffer_zalloc(1, sizeof(*job));

	*job = (struct exec_job){
		.output = {-1, output_ready},
		.process = {-1, process_ready},
		.exec = exec,
		.previous = exec->last,
		.function = call->function,
		.done = call->done,
		.owner = call->owner,
		.id = call->id,
		.input_fd = body_file(call->body, call->size),
	};
	if (exec->last != NULL)
		exec->last->next = job;
	else
		exec->first = job;
	exec->last = job;
	if (job->input_fd >= 0 && exec->running_count >= RUNTIME_EXEC_RUNNING_MAX)
		return job;
	if (job->input_fd >= 0 && start_job(job) == 0)
		return job;
	finish_job(job, 500);
	return NULL;
}

void runtime_exec_cancel(struct exec_job *job)
{
	struct runtime_exec *exec = job->exec;

	end_job(job);
	start_waiting_job(exec);
}

void runtime_exec_sweep(struct runtime_exec *exec)
{
	struct exec_job *next;

	for (struct exec_job *job = exec->first; job != NULL; job = next) {
		next = job->next;
		if (job->is_failed)
			finish_job(job, 500);
		else if (job->pid > 0 && exec->loop->now_ns >= job->deadline_ns)
			finish_job(job, 504);
	}
}
