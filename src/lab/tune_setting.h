/*
 * The settings of the machine that make measurements noisy, or hide what is to be measured: where
 * each stands in /proc/sys or /sys, and the value that it should have. doctor judges them, tune
 * sets them.
 */
#ifndef LAB_TUNE_SETTING_H
#define LAB_TUNE_SETTING_H

#include <stdbool.h>

#include "procfs/proc_file.h"
#include "util/arena.h"
#include "util/vec.h"

struct tune_setting {
	const char *name;   /* "perf_event_paranoid": stable, for JSON and the state file */
	const char *path;   /* a "*" stands for every CPU's number */
	const char *sysctl; /* "kernel.perf_event_paranoid"; NULL = only a file */
	const char *quiet;  /* the value that it should have */
	bool is_at_most;    /* lower ones are as good */
	const char *why;    /* it should, one sentence */
};

/* A file of a setting, and the first line that is in it. */
struct tune_file {
	const struct tune_setting *setting;
	char path[160]; /* without the root */
	char value[64];
};

struct tune_files {
	VEC_FIELDS(struct tune_file);
};

/* All of them, in the order in which they are shown; the last is {0}. Two may share a name. */
const struct tune_setting *tune_setting_get_all(void);

/*
 * The setting of this name that the machine has: one file, or one of each CPU that has it. NULL
 * when there is none. Replaces what is in `files`.
 */
const struct tune_setting *tune_setting_read(const struct procfs *fs, const char *name,
					     struct tune_files *files);

bool tune_setting_is_quiet(const struct tune_setting *setting, const char *value);

/* The shell command that sets a value, as root until the next boot. */
const char *tune_setting_format_command(const struct tune_setting *setting, struct arena *arena,
					const char *value);

/* The value of a file of some setting now; negative errno when there is none, or it is too long. */
int tune_setting_read_file(const struct procfs *fs, const char *path, char value[static 64]);

/* 0 or negative errno; -EIO when the kernel took it and has something else all the same. */
int tune_setting_write_file(const struct procfs *fs, const char *path, const char *value);

/* 0 when this user may write it, or negative errno. */
int tune_setting_check_file(const struct procfs *fs, const char *path);

/* The setting of this name that has the file; NULL = none, and tune keeps away from it. Pure. */
const struct tune_setting *tune_setting_find(const char *name, const char *path);

#endif
