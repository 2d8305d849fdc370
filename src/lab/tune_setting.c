#include "lab/tune_setting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/cpu_list.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/strbuf.h"

#define CPUS "/sys/devices/system/cpu/"

static const struct tune_setting settings[] = {
	{
		.name = "governor",
		.path = CPUS "cpu*/cpufreq/scaling_governor",
		.quiet = "performance",
		.why = "the clock follows the load: the same code costs more CPU time when little "
		       "runs",
	},
	{
		.name = "turbo",
		.path = CPUS "intel_pstate/no_turbo",
		.quiet = "1",
		.why = "the clock depends on heat and on how many cores are busy: runs vary more",
	},
	{
		.name = "turbo",
		.path = CPUS "cpufreq/boost",
		.quiet = "0",
		.why = "the clock depends on heat and on how many cores are busy: runs vary more",
	},
	{
		.name = "perf_event_paranoid",
		.path = "/proc/sys/kernel/perf_event_paranoid",
		.sysctl = "kernel.perf_event_paranoid",
		.quiet = "1",
		.is_at_most = true,
		.why = "ordinary users see no kernel functions, or get no profile and no counters "
		       "at all (-1 shows them the whole machine and its tracepoints, too)",
	},
	{
		.name = "kptr_restrict",
		.path = "/proc/sys/kernel/kptr_restrict",
		.sysctl = "kernel.kptr_restrict",
		.quiet = "0",
		.why = "kernel functions have no names in profiles",
	},
	{
		.name = "ptrace_scope",
		.path = "/proc/sys/kernel/yama/ptrace_scope",
		.sysctl = "kernel.yama.ptrace_scope",
		.quiet = "0",
		.why = "ordinary users can look into what sonde started, not into services that "
		       "are up",
	},
	{
		.name = "nmi_watchdog",
		.path = "/proc/sys/kernel/nmi_watchdog",
		.sysctl = "kernel.nmi_watchdog",
		.quiet = "0",
		.why = "it takes one of the CPU's few hardware counters, and interrupts every core",
	},
	{0},
};

const struct tune_setting *tune_setting_get_all(void)
{
	return settings;
}

int tune_setting_read_file(const struct procfs *fs, const char *path, char value[static 64])
{
	scoped(strbuf_release) struct strbuf text;
	size_t length;
	int result;

	strbuf_init(&text, 4096);
	result = proc_file_read(fs, &text, "%s", path);
	if (result < 0)
		return result;
	length = strcspn(strbuf_text(&text), "\n");
	if (length >= 64)
		return -EFBIG;
	memcpy(value, strbuf_text(&text), length);
	value[length] = '\0';
	return 0;
}

static void add_file(const struct procfs *fs, const struct tune_setting *setting, const char *path,
		     struct tune_files *files)
{
	struct tune_file file = {.setting = setting};

	snprintf(file.path, sizeof(file.path), "%s", path);
	if (tune_setting_read_file(fs, path, file.value) == 0)
		vec_push(files, file);
}

static void add_files(const struct procfs *fs, const struct tune_setting *setting,
		      struct tune_files *files)
{
	const char *star = strchr(setting->path, '*');
	scoped(strbuf_release) struct strbuf text;
	struct cpu_list online = {0};
	char path[sizeof(files->items->path)];

	strbuf_init(&text, 65536);
	if (star == NULL) {
		add_file(fs, setting, setting->path, files);
		return;
	}
	if (proc_file_read(fs, &text, CPUS "online") == 0)
		cpu_list_parse(&online, strbuf_text(&text));
	for (size_t i = 0; i < online.count; i++) {
		snprintf(path, sizeof(path), "%.*s%u%s", (int)(star - setting->path), setting->path,
			 online.items[i], star + 1);
		add_file(fs, setting, path, files);
	}
	vec_release(&online);
}

const struct tune_setting *tune_setting_read(const struct procfs *fs, const char *name,
					     struct tune_files *files)
{
	vec_clear(files);
	for (const struct tune_setting *setting = settings; setting->name != NULL; setting++) {
		if (strcmp(setting->name, name) != 0)
			continue;
		add_files(fs, setting, files);
		if (files->count > 0)
			return setting;
	}
	return NULL;
}

bool tune_setting_is_quiet(const struct tune_setting *setting, const char *value)
{
	int64_t number, limit;

	if (setting->is_at_most && parse_i64(value, &number) == 0 &&
	    parse_i64(setting->quiet, &limit) == 0)
		return number <= limit;
	return strcmp(value, setting->quiet) == 0;
}

const char *tune_setting_format_command(const struct tune_setting *setting, struct arena *arena,
					const char *value)
{
	if (setting->sysctl != NULL)
		return arena_printf(arena, "sudo sysctl %s=%s", setting->sysctl, value);
	return arena_printf(arena, "echo %s | sudo tee %s", value, setting->path);
}

/* Not created: what is not there is no setting of this machine. */
static int open_file(const struct procfs *fs, const char *path)
{
	scoped_free char *full = alloc_printf("%s%s", fs->root, path);
	int fd = open(full, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

int tune_setting_write_file(const struct procfs *fs, const char *path, const char *value)
{
	scoped_free char *line = alloc_printf("%s\n", value);
	int fd = open_file(fs, path);
	char now[64];
	int result;

	if (fd < 0)
		return fd;
	result = fd_write_all(fd, line, strlen(line));
	fd_close(fd);
	if (result == 0)
		result = tune_setting_read_file(fs, path, now);
	return result < 0 ? result : strcmp(now, value) == 0 ? 0 : -EIO;
}

int tune_setting_check_file(const struct procfs *fs, const char *path)
{
	scoped_free char *full = alloc_printf("%s%s", fs->root, path);

	return faccessat(AT_FDCWD, full, W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* A "*" in the pattern stands for digits. */
static bool is_match(const char *pattern, const char *path)
{
	const char *star = strchr(pattern, '*');
	size_t before = star != NULL ? (size_t)(star - pattern) : 0, digits;

	if (star == NULL)
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, before) != 0)
		return false;
	digits = strspn(path + before, "0123456789");
	return digits > 0 && strcmp(path + before + digits, star + 1) == 0;
}

const struct tune_setting *tune_setting_find(const char *name, const char *path)
{
	for (const struct tune_setting *setting = settings; setting->name != NULL; setting++)
		if (strcmp(setting->name, name) == 0 && is_match(setting->path, path))
			return setting;
	return NULL;
}
