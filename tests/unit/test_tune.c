/* A machine of the test's own making: files below a folder, that tune reads and writes. */
#include "lab/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/cpu_split.h"
#include "lab/tune_command.h"
#include "lab/tune_item.h"
#include "lab/tune_setting.h"
#include "util/fd.h"

#include "fake_proc.h"
#include "tap.h"

#define GOVERNOR "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor"
#define NO_TURBO "/sys/devices/system/cpu/intel_pstate/no_turbo"
#define PARANOID "/proc/sys/kernel/perf_event_paranoid"
#define KPTR "/proc/sys/kernel/kptr_restrict"
#define WATCHDOG "/proc/sys/kernel/nmi_watchdog"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define STATE "/run/sonde/tune.json"

static struct procfs fs;
static char last[4096];

static void format_path(char full[static 1024], const char *path)
{
	snprintf(full, 1024, "%s%s", fake_root, path);
}

/* A file with all the folders that it needs. */
static void put(const char *path, const char *text)
{
	char full[1024];
	FILE *file;

	format_path(full, path);
	for (char *slash = strchr(full + strlen(fake_root) + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			abort();
		*slash = '/';
	}
	file = fopen(full, "w");
	if (file == NULL || fprintf(file, "%s\n", text) < 0 || fclose(file) != 0)
		abort();
}

/* Its first line; "(none)" without one. */
static const char *get(const char *path)
{
	char full[1024];
	struct strbuf text;

	format_path(full, path);
	strbuf_init(&text, sizeof(last) - 1);
	if (fd_read_file(AT_FDCWD, full, &text) < 0)
		snprintf(last, sizeof(last), "(none)");
	else
		snprintf(last, sizeof(last), "%.*s", (int)strcspn(strbuf_text(&text), "\n"),
			 strbuf_text(&text));
	strbuf_release(&text);
	return last;
}

static void put_governor(int cpu, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), GOVERNOR, cpu);
	put(path, name);
}

static const char *get_governor(int cpu)
{
	char path[128];

	snprintf(path, sizeof(path), GOVERNOR, cpu);
	return get(path);
}

/* Two cores, as a laptop has them out of the box. */
static void make_noisy(void)
{
	put("/sys/devices/system/cpu/online", "0-1");
	put_governor(0, "powersave");
	put_governor(1, "powersave");
	put(NO_TURBO, "0");
	put(PARANOID, "4");
	put(KPTR, "1");
	put(WATCHDOG, "1");
	put(BOOT_ID, "a-boot");
	put("/sys/devices/system/cpu/smt/active", "1");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
	put("/run/here", "");
}

static const struct tune_item *find(const struct tune_items *items, const char *name)
{
	static const struct tune_item none = {.name = "(none)",
					      .state = TUNE_ABSENT,
					      .value = "",
					      .wanted = "",
					      .before = "",
					      .command = ""};

	for (size_t i = 0; i < items->count; i++)
		if (strcmp(items->items[i].name, name) == 0)
			return &items->items[i];
	return &none;
}

static size_t count_codes(const struct tune_changes *changes, int code)
{
	size_t count = 0;

	for (size_t i = 0; i < changes->count; i++)
		count += changes->items[i].code == code;
	return count;
}

static void test_examining(void)
{
	struct tune_items items = {0};
	struct arena arena;

	make_noisy();
	put_governor(1, "ondemand");
	arena_init(&arena);
	tune_item_examine(&fs, &arena, &items);
	is_int(find(&items, "governor")->state, TUNE_NOISY, "governor: noisy");
	is_str(find(&items, "governor")->value, "powersave, ondemand", "governor: of all CPUs");
	is_str(find(&items, "governor")->wanted, "performance", "governor: better");
	is_str(find(&items, "governor")->command,
	       "echo performance | sudo tee "
	       "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
	       "governor: its command");
	is_str(find(&items, "turbo")->command, "echo 1 | sudo tee " NO_TURBO,
	       "turbo: Intel's file");
	is_str(find(&items, "perf_event_paranoid")->command,
	       "sudo sysctl kernel.perf_event_paranoid=1", "paranoid: sysctl");
	is_int(find(&items, "ptrace_scope")->state, TUNE_ABSENT, "ptrace_scope: not there");
	is_int(find(&items, "smt")->state, TUNE_ADVICE, "smt: advice only");
	is_str(find(&items, "transparent_hugepage")->value, "madvise", "huge pages: the chosen");
	is_int(find(&items, "transparent_hugepage")->state, TUNE_KEPT, "huge pages: kept");
	is_str(get(PARANOID), "4", "nothing is changed");
	vec_clear(&items);
	put(PARANOID, "-1");
	put(NO_TURBO, "1");
	tune_item_examine(&fs, &arena, &items);
	is_int(find(&items, "perf_event_paranoid")->state, TUNE_QUIET, "lower is as good");
	is_int(find(&items, "turbo")->state, TUNE_QUIET, "turbo: off");
	arena_release(&arena);
	vec_release(&items);
}

static void test_boost(void)
{
	struct tune_items items = {0};
	struct arena arena;

	fake_remove(NO_TURBO);
	put("/sys/devices/system/cpu/cpufreq/boost", "1");
	arena_init(&arena);
	tune_item_examine(&fs, &arena, &items);
	is_str(find(&items, "turbo")->command,
	       "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost", "turbo: the other file");
	fake_remove("/sys/devices/system/cpu/cpufreq/boost");
	arena_release(&arena);
	vec_release(&items);
}

static void test_applying(void)
{
	struct tune *tune = tune_new(&fs), *second = tune_new(&fs);
	struct tune_changes changes = {0}, active = {0};
	struct tune_items items = {0};
	struct arena arena;
	struct err err = {0};

	make_noisy();
	is_int(tune_apply(tune, &changes, &err), 0, "apply");
	is_int(count_codes(&changes, 0), 6, "every noisy file is set");
	is_str(get_governor(1), "performance", "governor");
	is_str(get(NO_TURBO), "1", "turbo");
	is_str(get(PARANOID), "1", "paranoid");
	is_str(get(KPTR), "0", "kptr_restrict");
	is_str(get(WATCHDOG), "0", "nmi_watchdog");
	arena_init(&arena);
	tune_item_examine(&fs, &arena, &items);
	is_int(find(&items, "perf_event_paranoid")->state, TUNE_SET, "is shown as set");
	is_str(find(&items, "perf_event_paranoid")->before, "4", "with what it was");
	tune_read_active(&fs, &active);
	is_int(active.count, 5, "the governor of both CPUs is one");
	is_str(active.items[0].name, "governor", "the first of them");
	is_str(active.items[0].before, "powersave", "before");
	is_str(active.items[0].after, "performance", "after");
	put(KPTR, "2");
	is_int(tune_apply(second, &changes, &err), -EBUSY, "another one at the same time");
	tune_free(tune);
	is_int(tune_apply(second, &changes, &err), 0, "and after it");
	is_int(changes.count, 1, "only what is noisy again");
	is_int(tune_restore(second, &changes, &err), 0, "restore");
	is_int(count_codes(&changes, 0), 6, "everything is put back");
	is_str(get(KPTR), "1", "to the first value that was remembered");
	is_str(get(PARANOID), "4", "and all others");
	is_str(get_governor(0), "powersave", "on each CPU");
	is_str(get(STATE), "(none)", "nothing is remembered any more");
	tune_read_active(&fs, &active);
	is_int(active.count, 0, "and nothing is active");
	is_int(tune_restore(second, &changes, &err), 0, "again");
	is_int(changes.count, 0, "does nothing");
	tune_free(second);
	vec_release(&changes);
	vec_release(&active);
	vec_release(&items);
	arena_release(&arena);
}

static void test_undoing(void)
{
	struct tune *tune = tune_new(&fs), *inner;
	struct tune_changes changes = {0};
	struct err err = {0};

	make_noisy();
	put(WATCHDOG, "0");
	tune_apply(tune, &changes, &err);
	tune_free(tune);
	put(WATCHDOG, "1");
	put(KPTR, "2");
	inner = tune_new(&fs);
	is_int(tune_apply(inner, &changes, &err), 0, "a tune within a tune");
	is_int(changes.count, 2, "sets what is noisy by now");
	is_int(tune_undo(inner, &changes, &err), 0, "and undoes");
	is_int(count_codes(&changes, 0), 2, "that alone");
	is_str(get(WATCHDOG), "1", "to what it found");
	is_str(get(KPTR), "2", "also where another value is remembered");
	is_str(get(PARANOID), "1", "the outer one's stays");
	is_int(tune_undo(inner, &changes, &err), 0, "once");
	is_int(changes.count, 0, "and not twice");
	is_int(tune_restore(inner, &changes, &err), 0, "restore of the outer one");
	is_int(count_codes(&changes, -ESTALE), 1, "leaves what somebody has changed since");
	is_str(get(KPTR), "2", "as it is");
	is_str(get(PARANOID), "4", "and puts back the rest");
	is_str(get(STATE), "(none)", "all of it is done with");
	tune_free(inner);
	vec_release(&changes);
}

/* What cannot be written even by root, but read: a file of the kernel's own. */
static void test_refusals(void)
{
	struct tune *tune = tune_new(&fs);
	struct tune_changes changes = {0};
	struct err err = {0};
	char full[1024];

	make_noisy();
	format_path(full, WATCHDOG);
	fake_remove(WATCHDOG);
	if (symlink("/proc/sys/kernel/ostype", full) < 0)
		abort();
	is_int(tune_apply(tune, &changes, &err), 0, "one that cannot be set");
	is_int(count_codes(&changes, 0), 5, "keeps no other from being set");
	is_str(changes.items[changes.count - 1].name, "nmi_watchdog", "it is told apart");
	ok(changes.items[changes.count - 1].code < 0, "with its reason");
	is_int(tune_restore(tune, &changes, &err), 0, "restore");
	is_int(changes.count, 5, "knows nothing of it");
	put_governor(0, "performance");
	put_governor(1, "performance");
	put(NO_TURBO, "1");
	put(PARANOID, "1");
	put(KPTR, "0");
	is_int(tune_apply(tune, &changes, &err), 0, "nothing else to set");
	is_int(count_codes(&changes, 0), 0, "nothing was");
	is_str(get(STATE), "(none)", "and nothing is remembered");
	tune_free(tune);
	vec_release(&changes);
	fake_remove(WATCHDOG);
}

static void test_boots(void)
{
	struct tune *tune = tune_new(&fs);
	struct tune_changes changes = {0};
	struct err err = {0};

	make_noisy();
	tune_apply(tune, &changes, &err);
	put(BOOT_ID, "another-boot");
	tune_read_active(&fs, &changes);
	is_int(changes.count, 0, "after a reboot nothing is active");
	is_int(tune_restore(tune, &changes, &err), 0, "and restore");
	is_int(changes.count, 0, "has nothing to put back");
	is_str(get(PARANOID), "1", "whatever the values are by chance");
	put(PARANOID, "3");
	is_int(tune_apply(tune, &changes, &err), 0, "apply");
	is_int(tune_restore(tune, &changes, &err), 0, "begins anew");
	is_int(changes.count, 1, "with what it has set");
	is_str(get(PARANOID), "3", "in this boot");
	tune_free(tune);
	vec_release(&changes);
}

static int restore_state(const char *state, struct err *err)
{
	struct tune *tune = tune_new(&fs);
	struct tune_changes changes = {0};
	int result;

	put(STATE, state);
	*err = (struct err){0};
	result = tune_restore(tune, &changes, err);
	tune_free(tune);
	vec_release(&changes);
	return result;
}

#define STATE_OF(changes)                                                                          \
	"{\"schema\": \"sonde.tune-state/1\", \"boot_id\": \"a-boot\", \"changes\": " changes "}"
#define ENTRY(name, path)                                                                          \
	"[{\"name\": \"" name "\", \"path\": \"" path "\", \"before\": \"1\", \"after\": \"x\"}]"

static void test_damaged(void)
{
	static const char *const damaged[] = {
		"",
		"{",
		"[]",
		"{\"schema\": \"sonde.tune-state/2\", \"boot_id\": \"a-boot\", \"changes\": []}",
		STATE_OF("{}"),
		STATE_OF("[1]"),
		STATE_OF("[{}]"),
		STATE_OF(ENTRY("governor", "/proc/precious")),
		STATE_OF(ENTRY("kptr_restrict", PARANOID)),
		STATE_OF(ENTRY("governor", "/sys/devices/system/cpu/cpu/cpufreq/scaling_governor")),
		STATE_OF(ENTRY("governor", "/sys/devices/system/cpu/cpu0/../../../precious")),
	};
	struct tune *tune = tune_new(&fs);
	struct tune_changes changes = {0};
	struct err err;

	make_noisy();
	put("/proc/precious", "x");
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		is_int(restore_state(damaged[i], &err), -EBADMSG, damaged[i]);
		ok(strstr(err.text, "tune.json") != NULL, "names the file");
	}
	is_str(get("/proc/precious"), "x", "no other file is written");
	is_int(tune_apply(tune, &changes, &err), -EBADMSG, "nor is anything set over it");
	is_str(get(PARANOID), "4", "nothing at all");
	tune_free(tune);
	is_int(restore_state(STATE_OF(ENTRY("kptr_restrict", KPTR)), &err), 0, "one that is good");
	vec_release(&changes);
}

static void test_no_place(void)
{
	struct tune *tune;
	struct tune_changes changes = {0};
	struct err err = {0};

	make_noisy();
	fake_remove("/run");
	tune = tune_new(&fs);
	is_int(tune_apply(tune, &changes, &err), -ENOENT, "no folder for the former values");
	is_str(get(PARANOID), "4", "nothing is changed");
	is_int(tune_restore(tune, &changes, &err), 0, "nothing to restore");
	tune_free(tune);
	vec_release(&changes);
}

static void check_split(const char *what, const char *services, const char *generator,
			bool has_siblings)
{
	struct cpu_split split = {0};

	is_int(cpu_split_propose(&fs, &split), 0, what);
	is_str(split.services, services, "CPUs of the services");
	is_str(split.generator, generator, "CPUs of the generator");
	ok(split.has_siblings == has_siblings, "whether cores have threads");
}

static void put_siblings(int cpu, const char *list)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		 cpu);
	put(path, list);
}

static void test_splitting(void)
{
	struct cpu_split split;

	put("/sys/devices/system/cpu/online", "0-3");
	check_split("four cores", "0-1", "2-3", false);
	put("/sys/devices/system/cpu/online", "0-2");
	check_split("three", "0-1", "2", false);
	put("/sys/devices/system/cpu/online", "0,2,4-5");
	check_split("some are off", "0,2", "4-5", false);
	put("/sys/devices/system/cpu/online", "0");
	check_split("one", "", "", false);
	put("/sys/devices/system/cpu/online", "0-7");
	for (int cpu = 0; cpu < 8; cpu++) {
		char list[16];

		snprintf(list, sizeof(list), "%d,%d", cpu % 4, cpu % 4 + 4);
		put_siblings(cpu, list);
	}
	check_split("threads far apart", "0-1,4-5", "2-3,6-7", true);
	for (int cpu = 0; cpu < 8; cpu++) {
		char list[32];

		snprintf(list, sizeof(list), "%d-%d", cpu & ~1, cpu | 1);
		put_siblings(cpu, list);
	}
	check_split("threads side by side", "0-3", "4-7", true);
	fake_remove("/sys");
	is_int(cpu_split_propose(&fs, &split), -ENOENT, "nothing is known");
}

static void test_command(void)
{
	static const char *const words[] = {"sh", "-c", "exit 7", NULL};
	static const char *const nothing[] = {"/no-such-folder/program", NULL};
	struct tune_command command;
	struct err err = {0};
	int status = 0;

	is_int(tune_command_open(&command, nothing, &err), -ENOENT, "no such program");
	tune_command_close(&command);
	is_int(tune_command_open(&command, words, &err), 0, "a program");
	is_int(tune_command_run(&command, &status, &err), 0, "runs to its end");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 7, "which is told");
	tune_command_close(&command);
}

int main(void)
{
	setenv("XDG_RUNTIME_DIR", "/run", 1); /* where root's is, too */
	fake_begin();
	if (proc_file_init(&fs, fake_root) < 0)
		abort();
	test_examining();
	test_boost();
	test_applying();
	test_undoing();
	test_refusals();
	test_boots();
	test_damaged();
	test_no_place();
	test_splitting();
	test_command();
	fake_finish();
	return tap_done();
}
