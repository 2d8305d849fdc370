#include "lab/tune_command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/program.h"
#include "util/fd.h"

enum { STATUS_NOT_STARTED = 127 }; /* as shells say it */

static sigset_t make_held_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&held, signals[i]);
	return held;
}

int tune_command_open(struct tune_command *command, const char *const *argv, struct err *err)
{
	const sigset_t held = make_held_signals();
	int result;

	*command = (struct tune_command){.argv = argv};
	result = program_find(argv[0], (const char *const *)environ, NULL, &command->path, err);
	if (result < 0)
		return result;
	sigprocmask(SIG_BLOCK, &held, &command->former_signals);
	return 0;
}

void tune_command_close(struct tune_command *command)
{
	const struct timespec at_once = {0};
	const sigset_t held = make_held_signals();

	if (command->path == NULL)
		return;
	/* what came after the command's end was meant for it */
	while (sigtimedwait(&held, NULL, &at_once) > 0)
		continue;
	sigprocmask(SIG_SETMASK, &command->former_signals, NULL);
	free(command->path);
	*command = (struct tune_command){0};
}

/* In the forked child. */
_Noreturn static void run_child(const struct tune_command *command, pid_t parent)
{
	static const char words[] = "sonde: the command could not be started\n";

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(STATUS_NOT_STARTED);
	fd_raise_limit();
	sigprocmask(SIG_SETMASK, &command->former_signals, NULL);
	execve(command->path, (char *const *)(uintptr_t)command->argv, environ);
	(void)!write(STDERR_FILENO, words, sizeof(words) - 1);
	_exit(STATUS_NOT_STARTED);
}

/* The terminal's keys reach the whole foreground group: the command has got it, too. */
static bool is_of_terminal(const siginfo_t *info)
{
	return info->si_code == SI_KERNEL;
}

int tune_command_run(const struct tune_command *command, int *ret_status, struct err *err)
{
	const sigset_t held = make_held_signals();
	pid_t self = getpid(), child = fork();
	siginfo_t info;

	if (child < 0)
		return err_set(err, -errno, "cannot start %s: %s", command->path, strerror(errno));
	if (child == 0)
		run_child(command, self);
	for (;;) {
		pid_t ended = waitpid(child, ret_status, WNOHANG);

		if (ended == child)
			return 0;
		if (ended < 0)
			return err_set(err, -errno, "lost %s: %s", command->path, strerror(errno));
		if (sigwaitinfo(&held, &info) > 0 && info.si_signo != SIGCHLD &&
		    !is_of_terminal(&info))
			kill(child, info.si_signo);
	}
}
