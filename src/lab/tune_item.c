#include "lab/tune_item.h"

#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "lab/tune_setting.h"
#include "lab/tune_state.h"

enum { FILES_WANTED = 65536 };

const char *tune_item_state_name(enum tune_item_state state)
{
	switch (state) {
	case TUNE_QUIET:
		return "quiet";
	case TUNE_SET:
		return "set";
	case TUNE_NOISY:
		return "noisy";
	case TUNE_ADVICE:
		return "advice";
	case TUNE_KEPT:
		return "kept";
	case TUNE_ABSENT:
		return "absent";
	}
	return "absent";
}

struct examination {
	const struct procfs *fs;
	struct arena *arena;
	struct tune_items *items;
	struct tune_changes set;
};

/* Values of several CPUs, each once, with commas. */
static const char *join_value(struct arena *arena, const char *joined, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = joined; *at != '\0'; at += strcspn(at, ","), at += strspn(at, ", "))
		if (strcspn(at, ",") == length && strncmp(at, value, length) == 0)
			return joined;
	return joined[0] != '\0' ? arena_printf(arena, "%s, %s", joined, value)
				 : arena_strdup(arena, value);
}

static void examine_setting(struct examination *examination, const struct tune_setting *first)
{
	struct arena *arena = examination->arena;
	struct tune_files files = {0};
	const struct tune_setting *setting =
		tune_setting_read(examination->fs, first->name, &files);
	struct tune_item item = {.name = first->name,
				 .state = setting != NULL ? TUNE_QUIET : TUNE_ABSENT,
				 .value = setting != NULL ? "" : "not there",
				 .wanted = "",
				 .before = "",
				 .why = first->why,
				 .command = ""};
	bool is_noisy = false;

	for (size_t i = 0; i < files.count; i++) {
		const struct tune_change *change =
			tune_state_find(&examination->set, files.items[i].path);

		item.value = join_value(arena, item.value, files.items[i].value);
		if (change != NULL)
			item.before = join_value(arena, item.before, change->before);
		is_noisy |= !tune_setting_is_quiet(setting, files.items[i].value);
	}
	if (setting != NULL && is_noisy) {
		item.state = TUNE_NOISY;
		item.wanted = setting->quiet;
		item.command = tune_setting_format_command(setting, arena, setting->quiet);
		item.before = "";
	} else if (item.before[0] != '\0') {
		item.state = TUNE_SET;
	}
	vec_push(examination->items, item);
	vec_release(&files);
}

static void examine_settings(struct examination *examination)
{
	const struct tune_setting *last = NULL;

	for (const struct tune_setting *setting = tune_setting_get_all(); setting->name != NULL;
	     setting++) {
		if (last == NULL || strcmp(last->name, setting->name) != 0)
			examine_setting(examination, setting);
		last = setting;
	}
}

/* Two threads of a core: a matter of the machine's whole use, not of a measurement. */
static void examine_smt(struct examination *examination)
{
	struct tune_item item = {
		.name = "smt",
		.state = TUNE_ABSENT,
		.value = "not there",
		.wanted = "",
		.before = "",
		.why = "two threads of a core slow each other down: pin services and generator to "
		       "cores of their own, or switch the second threads off",
		.command = ""};
	char value[64];

	if (tune_setting_read_file(examination->fs, "/sys/devices/system/cpu/smt/active", value) ==
	    0) {
		bool is_on = strcmp(value, "1") == 0;

		item.state = is_on ? TUNE_ADVICE : TUNE_QUIET;
		item.value = is_on ? "on" : "off";
		if (is_on)
			item.command = "echo off | sudo tee /sys/devices/system/cpu/smt/control";
	}
	vec_push(examination->items, item);
}

/* "always [madvise] never": the one in brackets. */
static void examine_hugepages(struct examination *examination)
{
	struct tune_item item = {
		.name = "transparent_hugepage",
		.state = TUNE_ABSENT,
		.value = "not there",
		.wanted = "",
		.before = "",
		.why = "it changes what the service does, not how well it is measured: left as "
		       "production has it",
		.command = ""};
	char value[64];

	if (tune_setting_read_file(examination->fs, "/sys/kernel/mm/transparent_hugepage/enabled",
				   value) == 0) {
		const char *open = strchr(value, '['), *close = strchr(value, ']');

		item.state = TUNE_KEPT;
		item.value = open != NULL && close > open
				     ? arena_strndup(examination->arena, open + 1,
						     (size_t)(close - open - 1))
				     : arena_strdup(examination->arena, value);
	}
	vec_push(examination->items, item);
}

/* Of this process, so only on the machine itself. */
static void examine_descriptors(struct examination *examination)
{
	struct rlimit limit;
	bool is_enough;

	if (examination->fs->root[0] != '\0' || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	is_enough = limit.rlim_cur >= FILES_WANTED;
	vec_push(examination->items,
		 (struct tune_item){
			 .name = "descriptors",
			 .state = is_enough ? TUNE_QUIET : TUNE_ADVICE,
			 .value = arena_printf(examination->arena, "%llu",
					       (unsigned long long)limit.rlim_cur),
			 .wanted = "",
			 .before = "",
			 .why = "the limit of open files bounds connections; a command behind "
				"--apply -- gets what its shell may have at most",
			 .command = is_enough ? ""
					      : arena_printf(examination->arena, "ulimit -n %d",
							     FILES_WANTED)});
}

void tune_item_examine(const struct procfs *fs, struct arena *arena, struct tune_items *items)
{
	struct examination examination = {.fs = fs, .arena = arena, .items = items};

	tune_state_read_set(fs, &examination.set);
	examine_settings(&examination);
	examine_smt(&examination);
	examine_hugepages(&examination);
	examine_descriptors(&examination);
	vec_release(&examination.set);
}
