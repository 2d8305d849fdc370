#include "lab/git_call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/git.h"
#include "lab/interrupt.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/vec.h"

enum { ERRORS_BYTES = 8192, LINES_BYTES = 500, LOOK_MS = 100, GRACE_MS = 1000 };

struct words {
	VEC_FIELDS(char *);
};

/* A git that is running. */
struct child {
	pid_t pid;
	int output, errors; /* the ends to read from */
};

static void words_add(struct words *words, char *word)
{
	vec_push(words, word);
}

static void words_cleanup(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i]);
	vec_release(words);
}

/* Settings of the user that would start something, write something, or leave files away. */
static void add_settings(struct words *argv, const struct git_call *call)
{
	static const char *const always[] = {"core.hooksPath=/dev/null", "core.fsmonitor=false",
					     "gc.auto=0", "maintenance.auto=false",
					     "core.warnAmbiguousRefs=true"};
	static const char *const in_folder[] = {
		"core.splitIndex=false",     "core.untrackedCache=false",
		"core.sparseCheckout=false", "index.sparse=false",
		"submodule.recurse=false",   "core.logAllRefUpdates=false"};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		words_add(argv, alloc_strdup("-c"));
		words_add(argv, alloc_strdup(always[i]));
	}
	if (call->folder == NULL)
		return;
	for (size_t i = 0; i < sizeof(in_folder) / sizeof(in_folder[0]); i++) {
		words_add(argv, alloc_strdup("-c"));
		words_add(argv, alloc_strdup(in_folder[i]));
	}
	words_add(argv, alloc_strdup("-c"));
	words_add(argv, alloc_printf("lfs.storage=%s/.git/lfs", call->folder));
}

static void make_argv(struct words *argv, const struct git *git, const struct git_call *call)
{
	words_add(argv, alloc_strdup("git"));
	words_add(argv, alloc_strdup("--no-pager"));
	words_add(argv, alloc_strdup("-C"));
	words_add(argv, alloc_strdup(call->folder != NULL ? call->folder : git->root));
	add_settings(argv, call);
	for (size_t i = 0; call->arguments[i] != NULL; i++)
		words_add(argv, alloc_strdup(call->arguments[i]));
	words_add(argv, NULL);
}

static bool has_name(const char *variable, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

bool git_call_is_repository_variable(const char *variable)
{
	static const char *const names[] = {"GIT_DIR=",
					    "GIT_WORK_TREE=",
					    "GIT_INDEX_FILE=",
					    "GIT_OBJECT_DIRECTORY=",
					    "GIT_ALTERNATE_OBJECT_DIRECTORIES=",
					    "GIT_COMMON_DIR=",
					    "GIT_NAMESPACE=",
					    "GIT_PREFIX=",
					    "GIT_SHALLOW_FILE=",
					    "GIT_IMPLICIT_WORK_TREE=",
					    "GIT_CEILING_DIRECTORIES="};

	return has_name(variable, names, sizeof(names) / sizeof(names[0]));
}

/* What says where the repository is, and what is set below. */
static bool is_dropped(const char *variable)
{
	static const char *const names[] = {"GIT_EXTERNAL_DIFF=",
					    "GIT_DIFF_OPTS=",
					    "GIT_LITERAL_PATHSPECS=",
					    "GIT_GLOB_PATHSPECS=",
					    "GIT_NOGLOB_PATHSPECS=",
					    "GIT_ICASE_PATHSPECS=",
					    "GIT_OPTIONAL_LOCKS=",
					    "GIT_TERMINAL_PROMPT=",
					    "GIT_ASKPASS=",
					    "GIT_NO_LAZY_FETCH=",
					    "GIT_LFS_SKIP_SMUDGE=",
					    "GIT_TRACE",
					    "GIT_DEFAULT_HASH=",
					    "LC_ALL=",
					    "LANGUAGE="};

	return git_call_is_repository_variable(variable) ||
	       has_name(variable, names, sizeof(names) / sizeof(names[0]));
}

char *git_call_quote_path(const char *path)
{
	scoped(strbuf_release) struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_add_char(&text, '"');
	for (; *path != '\0'; path++) {
		if (*path == '\n')
			strbuf_add_text(&text, "\\n");
		else if (*path == '"' || *path == '\\')
			strbuf_addf(&text, "\\%c", *path);
		else
			strbuf_add_char(&text, *path);
	}
	strbuf_add_char(&text, '"');
	return strbuf_take(&text);
}

static void make_environment(struct words *env, const struct git *git, const struct git_call *call)
{
	for (char **at = environ; *at != NULL; at++)
		if (!is_dropped(*at))
			words_add(env, alloc_strdup(*at));
	words_add(env, alloc_strdup("LC_ALL=C"));
	words_add(env, alloc_strdup("GIT_OPTIONAL_LOCKS=0"));
	words_add(env, alloc_strdup("GIT_TERMINAL_PROMPT=0"));
	words_add(env, alloc_strdup("GIT_ASKPASS=true"));
	words_add(env, alloc_strdup("GIT_LFS_SKIP_SMUDGE=1"));
	if (call->folder == NULL) {
		words_add(env, alloc_strdup("GIT_NO_LAZY_FETCH=1"));
	} else {
		words_add(env, alloc_printf("GIT_DIR=%s", git->directory));
		words_add(env, alloc_printf("GIT_WORK_TREE=%s", call->folder));
		words_add(env, call->index != NULL ? alloc_printf("GIT_INDEX_FILE=%s", call->index)
						   : alloc_printf("GIT_INDEX_FILE=%s/.git/index",
								  call->folder));
		words_add(env, alloc_printf("GIT_OBJECT_DIRECTORY=%s/.git/objects", call->folder));
	}
	if (call->folder != NULL && !call->is_alone) {
		scoped_free char *objects = git_call_quote_path(git->objects);

		words_add(env, alloc_printf("GIT_ALTERNATE_OBJECT_DIRECTORIES=%s", objects));
	}
	words_add(env, NULL);
}

/* A file in memory that is read from its beginning: no pipe that both ends could wait for. */
static int make_input(const struct strbuf *input)
{
	int fd = input == NULL ? open("/dev/null", O_RDONLY | O_CLOEXEC)
			       : memfd_create("git input", MFD_CLOEXEC);

	if (fd >= 0 && input != NULL &&
	    (fd_write_all(fd, input->data, input->length) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		fd_close(fd);
		return -1;
	}
	return fd;
}

/* A fresh program's signals, and a process group that is signalled as a whole. */
static void set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETPGROUP);
}

/* 0 or a positive errno, as posix_spawn() has it. */
static int spawn(struct child *child, char *const *argv, char *const *env, int input)
{
	int output[2], errors[2], r;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	if (pipe2(output, O_CLOEXEC) < 0)
		return errno;
	if (pipe2(errors, O_CLOEXEC) < 0) {
		r = errno;
		fd_close(output[0]);
		fd_close(output[1]);
		return r;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	set_attributes(&attributes);
	r = posix_spawnp(&child->pid, argv[0], &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	fd_close(output[1]);
	fd_close(errors[1]);
	child->output = output[0];
	child->errors = errors[0];
	if (r != 0) {
		fd_close(output[0]);
		fd_close(errors[0]);
	}
	return r;
}

/* What is there now, as much of it as there is room for; false at the end. */
static bool drain(int fd, struct strbuf *text)
{
	char chunk[65536];
	ssize_t got = read(fd, chunk, sizeof(chunk));
	size_t room = text->max_bytes - text->length;

	if (got > 0) {
		strbuf_add(text, chunk, (size_t)got < room ? (size_t)got : room);
		text->is_full = text->is_full || (size_t)got > room;
	}
	return got > 0 || (got < 0 && errno == EINTR);
}

/*
 * Until the output ends: its errors may be held open for longer by what it left running (ssh keeps
 * connections), so their end is not waited for. -ECANCELED, -EFBIG when it is to be ended.
 */
static int collect(const struct child *child, struct strbuf *output, struct strbuf *errors)
{
	struct pollfd waits[] = {{.fd = child->output, .events = POLLIN},
				 {.fd = child->errors, .events = POLLIN}};

	while (waits[0].fd >= 0) {
		if (interrupt_get_count() > 0)
			return -ECANCELED;
		if (poll(waits, 2, LOOK_MS) <= 0)
			continue;
		if (waits[1].revents != 0 && !drain(child->errors, errors))
			waits[1].fd = -1;
		if (waits[0].revents != 0 && !drain(child->output, output))
			waits[0].fd = -1;
		if (output->is_full)
			return -EFBIG;
	}
	while (waits[1].fd >= 0 && poll(&waits[1], 1, 0) > 0 && drain(child->errors, errors))
		;
	return 0;
}

/* SIGTERM first: git removes its lock files. */
static int end_child(pid_t pid)
{
	uint64_t deadline_ns = clock_now_ns() + (uint64_t)GRACE_MS * NS_PER_MS;
	int status = 0;

	kill(-pid, SIGTERM);
	while (clock_now_ns() < deadline_ns) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		clock_sleep_until_ns(clock_now_ns() + 5 * NS_PER_MS);
	}
	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Closed output is not the end: git may still be at work. */
static int wait_for_end(pid_t pid, int *ret_status)
{
	pid_t ended;

	while ((ended = waitpid(pid, ret_status, WNOHANG)) == 0) {
		if (interrupt_get_count() > 0) {
			*ret_status = end_child(pid);
			return -ECANCELED;
		}
		clock_sleep_until_ns(clock_now_ns() + NS_PER_MS);
	}
	return ended < 0 ? -errno : 0;
}

/* The first lines of what it wrote, as one: hints, and the word that begins them, are left away. */
static char *format_errors(const struct strbuf *errors)
{
	scoped(strbuf_release) struct strbuf line;
	const char *at = strbuf_text(errors);
	char *text;

	strbuf_init(&line, LINES_BYTES);
	while (*at != '\0') {
		size_t length = strcspn(at, "\n");

		if (length > 0 && strncmp(at, "hint:", 5) != 0) {
			size_t skipped =
				strncmp(at, "fatal: ", 7) == 0 || strncmp(at, "error: ", 7) == 0
					? 7
					: 0;

			strbuf_add_text(&line, line.length > 0 ? "; " : "");
			strbuf_add(&line, at + skipped, length - skipped);
		}
		at += length + (at[length] != '\0');
	}
	text = strbuf_take(&line);
	clean_text(text, '?');
	return text;
}

static int fail_status(const struct git_call *call, int status, const struct strbuf *errors,
		       struct err *err)
{
	scoped_free char *text = format_errors(errors);

	if (WIFSIGNALED(status))
		return err_set(err, -ECHILD, "git %s was ended by signal %d (%s)",
			       call->arguments[0], WTERMSIG(status), strsignal(WTERMSIG(status)));
	return err_set(err, -ECHILD, "git %s: %s", call->arguments[0],
		       text[0] != '\0' ? text : "failed without a word");
}

static int fail_spawn(int code, struct err *err)
{
	if (code == ENOENT)
		return err_set(err, -ENOENT,
			       "git is not installed, and revisions and the working tree need it "
			       "(apt install git)");
	return err_set(err, -code, "cannot start git: %s", strerror(code));
}

static int run(const struct git_call *call, const struct child *child, struct strbuf *output,
	       struct strbuf *errors, struct err *err)
{
	int status = 0, r = collect(child, output, errors);

	if (r < 0)
		end_child(child->pid);
	else
		r = wait_for_end(child->pid, &status);
	if (r == -EFBIG && call->may_be_cut)
		return 0;
	if (r == -EFBIG)
		return err_set(err, r, "git %s says more than %zu MB", call->arguments[0],
			       output->max_bytes >> 20);
	if (r < 0)
		return err_set(err, r, "interrupted during git %s", call->arguments[0]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
		       ? 0
		       : fail_status(call, status, errors, err);
}

int git_call_run(const struct git *git, const struct git_call *call, struct strbuf *output,
		 struct err *err)
{
	scoped(words_cleanup) struct words argv = {0}, env = {0};
	scoped(strbuf_release) struct strbuf text, errors;
	scoped(fd_cleanup) int input = make_input(call->input);
	struct child child;
	int r;

	strbuf_init(&text, call->output_max > 0 ? call->output_max : GIT_CALL_OUTPUT_BYTES);
	strbuf_init(&errors, ERRORS_BYTES);
	if (input < 0)
		return err_set(err, -errno, "cannot make the input of git: %s", strerror(errno));
	make_argv(&argv, git, call);
	make_environment(&env, git, call);
	r = spawn(&child, argv.items, env.items, input);
	if (r != 0)
		return fail_spawn(r, err);
	r = run(call, &child, &text, &errors, err);
	fd_close(child.output);
	fd_close(child.errors);
	if (r == 0 && output != NULL) {
		strbuf_add(output, text.data, text.length);
		output->is_full = output->is_full || text.is_full;
	}
	return r;
}
