#include "procfs/proc_cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "procfs/proc_scan.h"

static const char *const controllers[PROC_CGROUP_HIERARCHY_COUNT] = {
	[PROC_CGROUP_CPU] = "cpu",
	[PROC_CGROUP_CPUACCT] = "cpuacct",
	[PROC_CGROUP_MEMORY] = "memory",
};

static bool is_word(const struct proc_scan *word, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(word->end - word->at) == length && memcmp(word->at, text, length) == 0;
}

/* Up to, and over, the next `end`; false when there is none. */
static bool scan_until(struct proc_scan *scan, char end, struct proc_scan *ret_part)
{
	const char *found = memchr(scan->at, end, (size_t)(scan->end - scan->at));

	if (found == NULL)
		return false;
	*ret_part = (struct proc_scan){scan->at, found};
	scan->at = found + 1;
	return true;
}

/* Whether "rw,cpu,cpuacct" has `wanted`. */
static bool has_option(struct proc_scan list, const char *wanted)
{
	struct proc_scan option;

	while (scan_until(&list, ',', &option))
		if (is_word(&option, wanted))
			return true;
	return is_word(&list, wanted);
}

/* Too long a path is left out: a part of it would be another group's. */
static void copy_path(char path[static PROC_CGROUP_PATH_BYTES], const struct proc_scan *text)
{
	size_t length = (size_t)(text->end - text->at);

	if (length >= PROC_CGROUP_PATH_BYTES)
		length = 0;
	memcpy(path, text->at, length);
	path[length] = '\0';
}

/* "4:cpu,cpuacct:/a.slice", "0::/a.slice" */
int proc_cgroup_parse_paths(const char *text, size_t length, struct proc_cgroup_paths *ret_paths)
{
	struct proc_scan scan = {text, text + length}, line, names;
	struct proc_cgroup_paths paths = {0};
	uint64_t id;

	while (proc_scan_line(&scan, &line)) {
		if (!proc_scan_u64(&line, &id) || !proc_scan_char(&line, ':') ||
		    !scan_until(&line, ':', &names) || line.at == line.end || *line.at != '/')
			return -EBADMSG;
		if (names.at == names.end)
			copy_path(paths.paths[PROC_CGROUP_UNIFIED], &line);
		for (int i = PROC_CGROUP_CPU; i < PROC_CGROUP_HIERARCHY_COUNT; i++)
			if (has_option(names, controllers[i]))
				copy_path(paths.paths[i], &line);
	}
	*ret_paths = paths;
	return 0;
}

static int octal(const char *at)
{
	int value = 0;

	for (int i = 0; i < 3; i++) {
		if (at[i] < '0' || at[i] > '7')
			return -1;
		value = value * 8 + (at[i] - '0');
	}
	return value <= 255 ? value : -1;
}

/* Blanks, newlines and backslashes in a path stand as three octal digits. */
static void copy_escaped(char path[static PROC_CGROUP_PATH_BYTES], struct proc_scan text)
{
	size_t length = 0;

	while (text.at < text.end && length < PROC_CGROUP_PATH_BYTES - 1) {
		int code = *text.at == '\\' && text.end - text.at >= 4 ? octal(text.at + 1) : -1;

		path[length++] = code >= 0 ? (char)code : *text.at;
		text.at += code >= 0 ? 4 : 1;
	}
	path[text.at < text.end ? 0 : length] = '\0';
}

/*
 * "31 23 0:28 ROOT POINT rw,relatime shared:1 - cgroup SOURCE rw,cpu"; what stands before the dash
 * is of any number.
 */
static bool scan_mount(struct proc_scan line, struct proc_cgroup_mounts *mounts)
{
	struct proc_scan root, point, word, options = {0};
	bool is_unified;

	for (int i = 0; i < 3; i++)
		if (!proc_scan_word(&line, &word))
			return false;
	if (!proc_scan_word(&line, &root) || !proc_scan_word(&line, &point))
		return false;
	do {
		if (!proc_scan_word(&line, &word))
			return false;
	} while (!is_word(&word, "-"));
	if (!proc_scan_word(&line, &word))
		return false;
	is_unified = is_word(&word, "cgroup2");
	if (!is_unified && !is_word(&word, "cgroup"))
		return true;
	while (proc_scan_word(&line, &word))
		options = word;
	if (options.at == NULL)
		return false;
	for (int i = 0; i < PROC_CGROUP_HIERARCHY_COUNT; i++) {
		struct proc_cgroup_mount *mount = &mounts->mounts[i];

		if (i == PROC_CGROUP_UNIFIED ? !is_unified
					     : is_unified || !has_option(options, controllers[i]))
			continue;
		if (mount->point[0] != '\0') /* mounted again elsewhere */
			continue;
		copy_escaped(mount->point, point);
		copy_escaped(mount->root, root);
	}
	return true;
}

int proc_cgroup_parse_mounts(const char *text, size_t length, struct proc_cgroup_mounts *ret_mounts)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_cgroup_mounts mounts = {0};

	while (proc_scan_line(&scan, &line))
		if (!scan_mount(line, &mounts))
			return -EBADMSG;
	*ret_mounts = mounts;
	return 0;
}

bool proc_cgroup_locate(const struct proc_cgroup_mount *mount, const char *path,
			char ret_folder[static PROC_CGROUP_PATH_BYTES])
{
	size_t length = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);
	int written;

	if (mount->point[0] == '\0' || path[0] != '/' || strncmp(path, mount->root, length) != 0 ||
	    (path[length] != '/' && path[length] != '\0'))
		return false;
	path += length;
	if (strcmp(path, "/") == 0)
		path = "";
	/* a path out of our own namespace of groups ("/../x") leads nowhere */
	if (strncmp(path, "/..", 3) == 0)
		return false;
	written = snprintf(ret_folder, PROC_CGROUP_PATH_BYTES, "%s%s", mount->point, path);
	return written > 0 && written < PROC_CGROUP_PATH_BYTES;
}

bool proc_cgroup_find_value(const char *text, size_t length, const char *key, uint64_t *ret_value)
{
	struct proc_scan scan = {text, text + length}, line, word;

	while (proc_scan_line(&scan, &line))
		if (proc_scan_word(&line, &word) && is_word(&word, key))
			return proc_scan_u64(&line, ret_value);
	return false;
}

int proc_cgroup_parse_number(const char *text, size_t length, uint64_t *ret_value)
{
	struct proc_scan scan = {text, text + length};

	if (proc_scan_text(&scan, "max") || proc_scan_text(&scan, "-"))
		*ret_value = PROC_CGROUP_NO_LIMIT;
	else if (!proc_scan_u64(&scan, ret_value))
		return -EBADMSG;
	return 0;
}

int proc_cgroup_parse_cpu_max(const char *text, size_t length, double *ret_cpus)
{
	struct proc_scan scan = {text, text + length};
	uint64_t quota = 0, period;
	bool is_limited = !proc_scan_text(&scan, "max");

	if ((is_limited && !proc_scan_u64(&scan, &quota)) || !proc_scan_u64(&scan, &period) ||
	    period == 0)
		return -EBADMSG;
	*ret_cpus = is_limited ? (double)quota / (double)period : 0;
	return 0;
}
