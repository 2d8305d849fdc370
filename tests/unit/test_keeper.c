/*
 * The keeper with real processes, most of them this program again in one of the roles below.
 * Waiting is polling with a bound that only a failure reaches; nothing here depends on how fast
 * something is.
 */
#include "lab/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "procfs/proc_tree.h"
#include "tap.h"
#include "util/arena.h"
#include "util/clock.h"
#include "util/fd.h"

static const uint64_t PATIENCE_NS = 20ull * NS_PER_S;

static char me[4096];
static char folder[] = "/tmp/test_keeper.XXXXXX";
static struct arena paths;

/* Roles: what this program does as a service. */

static void write_pid(const char *path)
{
	char text[32];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(1);
	close(fd);
}

/*
 * The classic daemon: forks twice, leaves its session, and here also ignores what asks it to end.
 */
static int be_daemon(const char *pid_path, bool is_stubborn, bool is_parent_staying)
{
	if (fork() == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		if (is_stubborn) {
			signal(SIGTERM, SIG_IGN);
			signal(SIGHUP, SIG_IGN);
		}
		write_pid(pid_path);
		for (;;)
			pause();
	}
	while (is_parent_staying)
		pause();
	return 0;
}

/* Many grandchildren whose parents end first. */
static int make_orphans(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(fork() < 0 ? 1 : 0);
		waitpid(pid, NULL, 0);
	}
	return 0;
}

/* What a program finds at its start. */
static int tell_inheritance(void)
{
	struct sigaction action;
	sigset_t mask;
	int changed = 0;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int number = 1; number < 32; number++) {
		changed += sigismember(&mask, number) == 1;
		changed += sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
	}
	printf("signals %d fds", changed);
	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	}
	printf("\n");
	return 0;
}

static int play(char **argv)
{
	if (strcmp(argv[1], "daemon") == 0)
		return be_daemon(argv[2], true, false);
	if (strcmp(argv[1], "gentle-daemon") == 0)
		return be_daemon(argv[2], false, false);
	if (strcmp(argv[1], "daemon-and-stay") == 0)
		return be_daemon(argv[2], true, true);
	if (strcmp(argv[1], "orphans") == 0)
		return make_orphans(2000);
	return tell_inheritance();
}

/* Helpers. */

static const char *path_of(const char *name)
{
	return arena_printf(&paths, "%s/%s", folder, name);
}

static const char *read_file(const char *name)
{
	static char text[4096];
	int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0)
		printf("Bail out! cannot write %s\n", name);
	fd_close(fd);
}

static void rest(void)
{
	clock_sleep_until_ns(clock_now_ns() + 2 * NS_PER_MS);
}

/* The first line of a file that somebody is about to write; "" after a long time. */
static const char *await_line(const char *name)
{
	uint64_t end_ns = clock_now_ns() + PATIENCE_NS;

	while (clock_now_ns() < end_ns) {
		const char *text = read_file(name);

		if (strchr(text, '\n') != NULL)
			return text;
		rest();
	}
	return "";
}

static pid_t await_pid(const char *name)
{
	return (pid_t)strtol(await_line(name), NULL, 10);
}

static bool is_alive(pid_t pid)
{
	return pid > 0 && kill(pid, 0) == 0;
}

/* Buries it, should it have become this program's own child. */
static bool await_death(pid_t pid)
{
	uint64_t end_ns = clock_now_ns() + PATIENCE_NS;

	while (is_alive(pid) && clock_now_ns() < end_ns) {
		waitpid(pid, NULL, WNOHANG);
		rest();
	}
	return pid > 0 && !is_alive(pid);
}

static struct keeper *start_keeper(void)
{
	struct keeper *keeper = NULL;
	struct err err = {0};

	if (keeper_start(&keeper, &err) < 0)
		printf("Bail out! %s\n", err_text(&err));
	return keeper;
}

static pid_t spawn(struct keeper *keeper, const char *const *argv, const char *output)
{
	struct keeper_command command = {.argv = argv,
					 .output_path = output != NULL ? path_of(output) : NULL};
	struct err err = {0};
	pid_t pid = -1;

	if (keeper_spawn(keeper, &command, &pid, &err) < 0)
		printf("# %s\n", err_text(&err));
	return pid;
}

static pid_t run(struct keeper *keeper, const char *const *argv, const char *output)
{
	struct err err = {0};
	pid_t pid = spawn(keeper, argv, output);

	if (pid > 0 && keeper_release(keeper, pid, &err) < 0)
		printf("# %s\n", err_text(&err));
	return pid;
}

static pid_t run_shell(struct keeper *keeper, const char *script, const char *output)
{
	const char *const argv[] = {"sh", "-c", script, NULL};

	return run(keeper, argv, output);
}

static int wait_for(struct keeper *keeper, pid_t pid)
{
	int status = -1;

	return keeper_wait(keeper, pid, PATIENCE_NS, &status) == 1 ? status : -1;
}

/* The sentence with which spawn or release refuses. */
static const char *refusal(struct keeper *keeper, const struct keeper_command *command,
			   int *ret_code)
{
	static struct err err;
	pid_t pid;

	err = (struct err){0};
	*ret_code = keeper_spawn(keeper, command, &pid, &err);
	if (*ret_code == 0)
		*ret_code = keeper_release(keeper, pid, &err);
	return err_text(&err);
}

/* Tests. */

static void test_start_and_end(struct keeper *keeper)
{
	const char *const argv[] = {"sh", "-c", "echo said; exit 7", NULL};
	const char *const second[] = {"sh", "-c", "echo again >&2; kill -9 $$", NULL};
	pid_t pid = spawn(keeper, argv, "output");
	struct stat status;
	int result = -1;

	ok(pid > 0 && is_alive(pid), "spawn: the process exists");
	is_int(getsid(pid), pid, "in a session of its own");
	is_int(keeper_wait(keeper, pid, 0, &result), 0, "wait: it has not ended");
	ok(stat(path_of("output"), &status) == 0 && status.st_size == 0,
	   "held: it has said nothing yet");
	is_int(keeper_release(keeper, pid, NULL), 0, "released");
	result = wait_for(keeper, pid);
	ok(WIFEXITED(result) && WEXITSTATUS(result) == 7, "wait: its exit status");
	is_int(wait_for(keeper, pid), result, "and again");
	is_str(read_file("output"), "said\n", "its output is in the file");
	ok(!is_alive(pid), "it is buried");
	is_int(keeper_release(keeper, pid, NULL), -ESRCH, "nothing to release any more");
	is_int(keeper_signal(keeper, pid, SIGTERM), -ESRCH, "nor to signal");
	is_int(keeper_stop(keeper, pid, SIGTERM, 0, NULL), 0, "what has ended is stopped");

	pid = run(keeper, second, "output");
	result = wait_for(keeper, pid);
	ok(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL, "wait: the signal that ended it");
	is_str(read_file("output"), "said\nagain\n", "output is appended, stderr too");
	is_int(keeper_wait(keeper, 1, 0, NULL), -ESRCH, "pid 1 is not ours to wait for");
	is_int(keeper_signal(keeper, getpid(), 0), -ESRCH, "nor are we ours to signal");
}

static void test_setting(struct keeper *keeper)
{
	static const char *const argv[] = {
		"sh", "-c", "pwd; echo $WORD; cat; grep Cpus_allowed_list /proc/self/status", NULL};
	static const char *const env[] = {"WORD=here", "PATH=/nowhere:/bin:/usr/bin", NULL};
	cpu_set_t allowed;
	uint32_t cpu = 0;
	char want[512], real[256];
	struct keeper_command command = {.argv = argv,
					 .env = env,
					 .directory = folder,
					 .output_path = path_of("setting"),
					 .cpus = &cpu,
					 .cpu_count = 1};
	pid_t pid = -1;

	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	is_int(keeper_spawn(keeper, &command, &pid, NULL), 0, "with directory, environment, CPU");
	is_int(keeper_release(keeper, pid, NULL), 0, "released");
	wait_for(keeper, pid);
	if (realpath(folder, real) == NULL)
		real[0] = '\0';
	snprintf(want, sizeof(want), "%s\nhere\nCpus_allowed_list:\t%u\n", real, cpu);
	is_str(read_file("setting"), want, "it finds itself there, stdin is empty");
}

static void test_inheritance(struct keeper *keeper)
{
	const char *const argv[] = {me, "inheritance", NULL};
	int leaked = open("/dev/null", O_RDONLY); /* NOLINT: not close-on-exec on purpose */

	wait_for(keeper, run(keeper, argv, "inheritance"));
	is_str(read_file("inheritance"), "signals 0 fds 0 1 2\n",
	       "no signal is changed, no descriptor leaks");
	close(leaked);
}

static void test_refusals(struct keeper *keeper)
{
	static const char *const missing[] = {"./servce", NULL}, *const nowhere[] = {
									 "no-such-program-here",
									 NULL};
	static const char *const itself[] = {"./", NULL}, *const closed[] = {"./closed", NULL};
	static const char *const text[] = {"./text", NULL}, *const orphan[] = {"./orphan", NULL};
	static const char *const fine[] = {"true", NULL}, *const empty[] = {"", NULL},
				 *const none[] = {NULL};
	static const char *const env[] = {"PATH=.", NULL}, *const found_closed[] = {"closed", NULL};
	static const uint32_t absent = 1023;
	char want[512];
	int code;

	write_file("closed", "#!/bin/sh\n", 0644);
	write_file("text", "echo hello\n", 0755);
	write_file("orphan", "#!/no/such/interpreter\n", 0755);
#define REFUSAL(...) refusal(keeper, &(struct keeper_command){__VA_ARGS__}, &code)
	snprintf(want, sizeof(want), "cannot start './servce': no such file (in %s)", folder);
	is_str(REFUSAL(.argv = missing, .directory = folder), want, "a missing file");
	is_int(code, -ENOENT, "is -ENOENT");
	ok(strstr(REFUSAL(.argv = nowhere), "'no-such-program-here': no such program in PATH (") !=
		   NULL,
	   "a missing name");
	is_int(code, -ENOENT, "is -ENOENT");
	snprintf(want, sizeof(want), "cannot start './': it is a directory (in %s)", folder);
	is_str(REFUSAL(.argv = itself, .directory = folder), want, "a directory");
	snprintf(want, sizeof(want), "cannot start './closed': not executable (in %s); chmod +x?",
		 folder);
	is_str(REFUSAL(.argv = closed, .directory = folder), want,
	       "a file that may not be executed");
	is_int(code, -EACCES, "is -EACCES");
	is_str(REFUSAL(.argv = found_closed, .directory = folder, .env = env),
	       "cannot start 'closed': ./closed is not executable", "one in PATH");
	is_str(REFUSAL(.argv = fine, .directory = "/no/such"),
	       "cannot start 'true' in directory /no/such: No such file or directory",
	       "a missing directory");
	is_str(REFUSAL(.argv = text, .directory = folder),
	       "cannot start './text': no program of this machine's kind, and no script that "
	       "begins with #!",
	       "a script without #!");
	is_int(code, -ENOEXEC, "is -ENOEXEC");
	is_str(REFUSAL(.argv = orphan, .directory = folder),
	       "cannot start './orphan': the interpreter or loader that it names is missing",
	       "a missing interpreter");
	is_str(REFUSAL(.argv = fine, .output_path = "/no/such/log"),
	       "cannot start 'true': its output cannot go to /no/such/log: No such file or "
	       "directory",
	       "no such log");
	ok(strstr(REFUSAL(.argv = fine, .cpus = &absent, .cpu_count = 1), "cannot pin 'true'") !=
		   NULL,
	   "no such CPU");
	ok(strstr(REFUSAL(.argv = empty), "cannot start ''") != NULL, "an empty word");
	is_int((REFUSAL(.argv = none), code), -EINVAL, "no word at all");
#undef REFUSAL
}

static void test_stop(struct keeper *keeper)
{
	bool was_killed = true;
	int status;
	pid_t pid;

	pid = run_shell(keeper, "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done",
			"polite");
	await_line("polite");
	is_int(keeper_stop(keeper, pid, SIGTERM, PATIENCE_NS, &was_killed), 0,
	       "one that ends when asked");
	status = wait_for(keeper, pid);
	ok(!was_killed && WIFEXITED(status) && WEXITSTATUS(status) == 3, "ends in its own way");

	pid = run_shell(keeper, "trap '' TERM; echo ready; while :; do sleep 0.01; done",
			"stubborn");
	await_line("stubborn");
	is_int(keeper_stop(keeper, pid, SIGTERM, 20 * NS_PER_MS, &was_killed), 0,
	       "one that does not");
	status = wait_for(keeper, pid);
	ok(was_killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	   "is killed after the grace");

	pid = run_shell(keeper, "trap 'exit 4' INT; echo ready; kill -STOP $$; :", "stopped");
	await_line("stopped");
	is_int(keeper_stop(keeper, pid, SIGINT, PATIENCE_NS, &was_killed), 0,
	       "one that is suspended");
	status = wait_for(keeper, pid);
	ok(!was_killed && WIFEXITED(status) && WEXITSTATUS(status) == 4, "wakes up to end");

	pid = run_shell(keeper,
			"trap 'echo got; exit 5' USR1; echo ready; while :; do sleep 0.01; done",
			"signalled");
	await_line("signalled");
	is_int(keeper_signal(keeper, pid, SIGUSR1), 0, "signalled");
	status = wait_for(keeper, pid);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 5, "it got the signal");

	pid = spawn(keeper, (const char *const[]){"true", NULL}, NULL);
	is_int(keeper_stop(keeper, pid, SIGTERM, PATIENCE_NS, &was_killed), 0,
	       "one that was never released");
	ok(!was_killed && !is_alive(pid), "ends as well");
}

static void test_daemons(struct keeper *keeper)
{
	const char *const gentle[] = {me, "gentle-daemon", path_of("gentle.pid"), NULL};
	const char *const stubborn[] = {me, "daemon-and-stay", path_of("stubborn.pid"), NULL};
	bool was_killed = true;
	pid_t first, second, first_daemon, second_daemon;

	first = run(keeper, gentle, NULL);
	first_daemon = await_pid("gentle.pid");
	wait_for(keeper, first);
	ok(is_alive(first_daemon), "a service made itself a daemon and lives on");
	second = run(keeper, stubborn, NULL);
	second_daemon = await_pid("stubborn.pid");
	is_int(keeper_stop(keeper, second, SIGTERM, 20 * NS_PER_MS, &was_killed), 0,
	       "the second service is stopped");
	ok(second_daemon > 0 && was_killed && !is_alive(second) && !is_alive(second_daemon),
	   "its daemon, which ignores signals, was killed");
	ok(is_alive(first_daemon), "the first one's daemon was not touched");
	is_int(keeper_stop(keeper, first, SIGTERM, PATIENCE_NS, &was_killed), 0,
	       "the first service is stopped");
	ok(!was_killed && !is_alive(first_daemon), "its daemon got the signal and ended by itself");
}

static int count_descendants(pid_t pid)
{
	static const struct procfs this_machine;
	struct proc_stats stats = {0};
	int count = 0;

	proc_tree_read_all(&this_machine, &stats);
	for (size_t i = 0; i < stats.count; i++)
		count += stats.items[i].parent_pid == pid;
	vec_release(&stats);
	return count;
}

static void test_burials(struct keeper *keeper)
{
	const char *const orphans[] = {me, "orphans", NULL};
	int wrong = 0;

	for (int i = 0; i < 50; i++)
		wrong += wait_for(keeper, run_shell(keeper, "exit 0", NULL)) != 0;
	is_int(wrong, 0, "50 commands, one after the other");
	is_int(wait_for(keeper, run(keeper, orphans, NULL)), 0, "2000 processes without a parent");
	/*
	 * The keeper has answered that the last has ended, so it has seen the others, unless they
	 * run right now.
	 */
	for (uint64_t end_ns = clock_now_ns() + PATIENCE_NS; clock_now_ns() < end_ns; rest()) {
		if (count_descendants(keeper_get_pid(keeper)) == 0)
			break;
	}
	is_int(count_descendants(keeper_get_pid(keeper)), 0, "all are buried");
}

static void test_free(void)
{
	const char *const argv[] = {me, "daemon", path_of("free.pid"), NULL};
	struct keeper *keeper = start_keeper();
	pid_t keeper_pid = keeper_get_pid(keeper), daemon, shell, held;

	run(keeper, argv, NULL);
	daemon = await_pid("free.pid");
	shell = run_shell(keeper, "trap '' TERM INT HUP; echo ready; while :; do sleep 0.01; done",
			  "free");
	held = spawn(keeper, argv, NULL);
	await_line("free");
	ok(is_alive(daemon) && is_alive(shell) && is_alive(held),
	   "a daemon, a service and a held process");
	kill(keeper_pid, SIGTERM);
	kill(keeper_pid, SIGINT);
	is_int(keeper_signal(keeper, shell, 0), 0, "the keeper ignores what would end it");
	keeper_free(keeper);
	ok(!is_alive(daemon) && !is_alive(shell) && !is_alive(held), "none outlives the keeper");
	ok(!is_alive(keeper_pid), "nor does the keeper");
	keeper_free(NULL);
}

/* sonde is killed where it stands. This program stands in for init, to see the keeper end. */
static void test_sonde_killed(void)
{
	const char *const argv[] = {me, "daemon-and-stay", path_of("killed.pid"), NULL};
	pid_t sonde, daemon, keeper_pid;
	int status = -1;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sonde = fork();
	if (sonde == 0) {
		struct keeper *keeper = start_keeper();
		char text[32];

		run(keeper, argv, NULL);
		await_pid("killed.pid");
		snprintf(text, sizeof(text), "%d\n", (int)keeper_get_pid(keeper));
		write_file("keeper.pid", text, 0644);
		for (;;)
			pause();
	}
	keeper_pid = await_pid("keeper.pid");
	daemon = await_pid("killed.pid");
	ok(is_alive(daemon) && is_alive(keeper_pid),
	   "a daemon that ignores signals, in a session of its own");
	kill(sonde, SIGKILL);
	waitpid(sonde, NULL, 0);
	ok(await_death(daemon), "is gone after kill -9 of sonde");
	is_int(waitpid(keeper_pid, &status, 0), keeper_pid, "and so is the keeper");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "which ended by itself");
}

static void test_keeper_killed(void)
{
	struct keeper *keeper = start_keeper();
	pid_t service = run_shell(keeper, "echo ready; while :; do sleep 0.01; done", "orphaned");
	struct err err = {0};
	pid_t pid;

	await_line("orphaned");
	kill(keeper_get_pid(keeper), SIGKILL);
	is_int(keeper_spawn(keeper,
			    &(struct keeper_command){.argv = (const char *const[]){"true", NULL}},
			    &pid, &err),
	       -ECONNRESET, "a keeper that was killed");
	ok(strstr(err_text(&err), "has ended: was it killed?") != NULL, "is named in the sentence");
	ok(await_death(service), "its children died with it");
	keeper_free(keeper);
}

static void remove_folder(void)
{
	DIR *dir = opendir(folder);

	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(folder);
}

int main(int argc, char **argv)
{
	struct keeper *keeper;
	int leaked;

	if (argc > 1)
		return play(argv);
	if (readlink("/proc/self/exe", me, sizeof(me) - 1) < 0 || mkdtemp(folder) == NULL) {
		printf("Bail out! %s\n", strerror(errno));
		return 1;
	}
	arena_init(&paths);
	leaked = open("/dev/null", O_RDONLY); /* NOLINT: not close-on-exec on purpose */
	keeper = start_keeper();
	test_start_and_end(keeper);
	test_setting(keeper);
	test_inheritance(keeper);
	test_refusals(keeper);
	test_stop(keeper);
	test_daemons(keeper);
	test_burials(keeper);
	keeper_free(keeper);
	test_free();
	test_sonde_killed();
	test_keeper_killed();
	close(leaked);
	remove_folder();
	arena_release(&paths);
	return tap_done();
}
