#include "lab/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/tune.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"

enum { GIT_OUTPUT_MAX = 256 * 1024, GIT_DEADLINE_MS = 5000 };

/* The first line of a small file, or NULL. Caller frees. */
static char *read_line(const char *path)
{
	struct strbuf text;
	char *line = NULL;

	strbuf_init(&text, 64 * 1024);
	if (fd_read_file(AT_FDCWD, path, &text) == 0 && text.length > 0)
		line = alloc_strndup(text.data, strcspn(text.data, "\n"));
	strbuf_release(&text);
	return line;
}

static void add_line(json_t *object, const char *key, const char *path)
{
	scoped_free char *line = read_line(path);

	if (line != NULL && line[0] != '\0')
		json_object_set_new(object, key, json_string(line));
}

/* The value of "key : value" in a /proc text file. */
static void add_field(json_t *object, const char *key, const char *path, const char *field)
{
	struct strbuf text;
	const char *at;

	strbuf_init(&text, 1 << 20);
	/* a long file is read up to the maximum, which is enough */
	fd_read_file(AT_FDCWD, path, &text);
	at = strstr(strbuf_text(&text), field);
	if (at != NULL) {
		at += strlen(field);
		at += strspn(at, " \t:=\"");
		json_object_set_new(object, key, json_stringn(at, strcspn(at, "\"\n")));
	}
	strbuf_release(&text);
}

static void add_limits(json_t *object)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		json_object_set_new(object, "limit_nofile",
				    json_integer((json_int_t)limit.rlim_cur));
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		json_object_set_new(object, "limit_memlock_bytes",
				    json_integer((json_int_t)limit.rlim_cur));
}

/* Reads a child's output until it ends or the deadline passes; the child is reaped either way. */
static bool read_child(pid_t pid, int fd, struct strbuf *output)
{
	uint64_t deadline_ns = clock_now_ns() + (uint64_t)GIT_DEADLINE_MS * NS_PER_MS;
	bool is_at_end = false;
	int status;

	while (!is_at_end && clock_now_ns() < deadline_ns && !output->is_full) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		char chunk[8192];
		ssize_t got = poll(&wait, 1, 100) > 0 ? read(fd, chunk, sizeof(chunk)) : -1;

		if (got > 0)
			strbuf_add(output, chunk, (size_t)got);
		is_at_end = got == 0;
	}
	if (!is_at_end)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/*
 * What `git -C directory ARGS…` prints; NULL without git, outside of a repository, or when it takes
 * too long.
 */
static char *run_git(const char *directory, const char *const *arguments)
{
	char *argv[12] = {alloc_strdup("git"), alloc_strdup("-C"), alloc_strdup(directory)};
	posix_spawn_file_actions_t actions;
	struct strbuf output;
	int pipes[2];
	pid_t pid;
	bool is_good = false;

	for (int i = 0; arguments[i] != NULL; i++)
		argv[3 + i] = alloc_strdup(arguments[i]);
	strbuf_init(&output, GIT_OUTPUT_MAX);
	if (pipe2(pipes, O_CLOEXEC) == 0) {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
		if (posix_spawnp(&pid, "git", &actions, NULL, argv, environ) == 0) {
			fd_close(pipes[1]);
			pipes[1] = -1;
			is_good = read_child(pid, pipes[0], &output) || output.is_full;
		}
		posix_spawn_file_actions_destroy(&actions);
		fd_close(pipes[0]);
		fd_close(pipes[1]);
	}
	for (int i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	if (is_good)
		return strbuf_take(&output);
	strbuf_release(&output);
	return NULL;
}

/* Without the user's own diff programs and converters, and without touching the index. */
static void add_git(json_t *object, const char *directory)
{
	static const char *const revision_arguments[] = {"rev-parse", "HEAD", NULL};
	static const char *const diff_arguments[] = {"--no-optional-locks", "diff", "--no-ext-diff",
						     "--no-textconv",	    "HEAD", NULL};
	scoped_free char *revision = run_git(directory, revision_arguments);
	scoped_free char *diff = revision != NULL ? run_git(directory, diff_arguments) : NULL;
	json_t *text;

	if (revision == NULL)
		return;
	json_object_set_new(object, "git_revision",
			    json_stringn(revision, strcspn(revision, "\n")));
	if (diff == NULL || diff[0] == '\0')
		return;
	json_object_set_new(object, "git_dirty", json_true());
	if (strrchr(diff, '\n') != NULL) /* a diff that was cut ends with its last whole line */
		strrchr(diff, '\n')[1] = '\0';
	text = json_string(diff);
	if (text != NULL) /* one that is not UTF-8 is left out */
		json_object_set_new(object, "git_diff", text);
}

/* What `sonde tune` has set at the moment: [{name, before, after}]. */
static void add_tune(json_t *object)
{
	struct tune_changes changes = {0};
	struct procfs fs = {0};
	json_t *list = json_array();

	tune_read_active(&fs, &changes);
	for (size_t i = 0; i < changes.count; i++) {
		const struct tune_change *change = &changes.items[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s}", "name", change->name, "before",
						change->before, "after", change->after));
	}
	if (changes.count > 0)
		json_object_set(object, "tuned", list);
	json_decref(list);
	vec_release(&changes);
}

char *environment_read(const char *directory, const char *version)
{
	json_t *object = json_object();
	struct utsname name;
	char *text;

	scoped_free char *absolute = realpath(directory, NULL);

	json_object_set_new(object, "sonde", json_string(version));
	if (absolute != NULL)
		json_object_set_new(object, "directory", json_string(absolute));
	if (uname(&name) == 0) {
		json_object_set_new(object, "host", json_string(name.nodename));
		json_object_set_new(object, "kernel", json_string(name.release));
		json_object_set_new(object, "machine", json_string(name.machine));
	}
	add_line(object, "boot_id", "/proc/sys/kernel/random/boot_id");
	add_field(object, "system", "/etc/os-release", "PRETTY_NAME");
	add_field(object, "cpu_model", "/proc/cpuinfo", "model name");
	json_object_set_new(object, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	add_field(object, "memory", "/proc/meminfo", "MemTotal");
	add_line(object, "governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	add_line(object, "no_turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo");
	add_line(object, "clocksource",
		 "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	add_line(object, "smt", "/sys/devices/system/cpu/smt/active");
	add_line(object, "transparent_hugepage", "/sys/kernel/mm/transparent_hugepage/enabled");
	add_line(object, "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid");
	add_line(object, "somaxconn", "/proc/sys/net/core/somaxconn");
	add_line(object, "load_average", "/proc/loadavg");
	json_object_set_new(object, "uid", json_integer((json_int_t)geteuid()));
	add_limits(object);
	add_tune(object);
	add_git(object, directory);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text != NULL ? text : alloc_strdup("{}");
}
