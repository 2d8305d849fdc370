#include "lab/tune_state.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/tune_setting.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/strbuf.h"

#define SCHEMA "sonde.tune-state/1"

char *tune_state_find_folder(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return alloc_strdup(TUNE_STATE_ROOT_FOLDER);
	return runtime != NULL && runtime[0] == '/' ? alloc_printf("%s/sonde", runtime) : NULL;
}

struct tune_change *tune_state_find(const struct tune_changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->count; i++)
		if (strcmp(changes->items[i].path, path) == 0)
			return &changes->items[i];
	return NULL;
}

static char *format_path(const struct procfs *fs, const char *folder)
{
	return alloc_printf("%s%s/tune.json", fs->root, folder);
}

static void read_boot_id(const struct procfs *fs, char id[static 64])
{
	if (tune_setting_read_file(fs, "/proc/sys/kernel/random/boot_id", id) < 0)
		id[0] = '\0';
}

/* False when a text is missing or too long. */
static bool get_text(json_t *object, const char *key, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	if (value == NULL || strlen(value) >= size)
		return false;
	snprintf(text, size, "%s", value);
	return true;
}

/* False for an entry that tune cannot have written. */
static bool parse_change(json_t *item, struct tune_change *change)
{
	*change = (struct tune_change){0};
	return get_text(item, "name", change->name, sizeof(change->name)) &&
	       get_text(item, "path", change->path, sizeof(change->path)) &&
	       get_text(item, "before", change->before, sizeof(change->before)) &&
	       get_text(item, "after", change->after, sizeof(change->after)) &&
	       tune_setting_find(change->name, change->path) != NULL;
}

static int parse_state(json_t *document, const char *boot_id, const char *path,
		       struct tune_changes *changes, struct err *err)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	const char *boot = json_string_value(json_object_get(document, "boot_id"));
	json_t *list = json_object_get(document, "changes");
	struct tune_change change;

	if (schema == NULL || strcmp(schema, SCHEMA) != 0 || boot == NULL || !json_is_array(list))
		return err_set(err, -EBADMSG, "%s is not what tune writes: remove it", path);
	if (strcmp(boot, boot_id) != 0)
		return 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!parse_change(json_array_get(list, i), &change))
			return err_set(err, -EBADMSG,
				       "%s: entry %zu is no setting of tune's: remove the file",
				       path, i + 1);
		vec_push(changes, change);
	}
	return 0;
}

int tune_state_read(const struct procfs *fs, const char *folder, struct tune_changes *changes,
		    struct err *err)
{
	scoped_free char *path = format_path(fs, folder);
	scoped(strbuf_release) struct strbuf text;
	size_t known = changes->count;
	json_error_t where;
	json_t *document;
	char boot_id[64];
	int result;

	strbuf_init(&text, 1 << 20);
	result = fd_read_file(AT_FDCWD, path, &text);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return err_set(err, result, "cannot read %s: %s", path, strerror(-result));
	document = json_loadb(strbuf_text(&text), text.length, 0, &where);
	if (document == NULL)
		return err_set(err, -EBADMSG, "%s:%d: %s: remove the file", path, where.line,
			       where.text);
	read_boot_id(fs, boot_id);
	result = parse_state(document, boot_id, path, changes, err);
	if (result < 0)
		changes->count = known;
	json_decref(document);
	return result;
}

void tune_state_read_set(const struct procfs *fs, struct tune_changes *changes)
{
	scoped_free char *own = tune_state_find_folder();
	struct tune_changes remembered = {0};
	char now[64];

	tune_state_read(fs, TUNE_STATE_ROOT_FOLDER, &remembered, NULL);
	if (own != NULL && strcmp(own, TUNE_STATE_ROOT_FOLDER) != 0)
		tune_state_read(fs, own, &remembered, NULL);
	for (size_t i = 0; i < remembered.count; i++) {
		const struct tune_change *change = &remembered.items[i];

		if (tune_setting_read_file(fs, change->path, now) == 0 &&
		    strcmp(now, change->after) == 0)
			vec_push(changes, *change);
	}
	vec_release(&remembered);
}

static char *format_state(const struct procfs *fs, const struct tune_changes *changes)
{
	json_t *document = json_object(), *list = json_array();
	scoped_free char *dump = NULL;
	char boot_id[64];

	read_boot_id(fs, boot_id);
	for (size_t i = 0; i < changes->count; i++) {
		const struct tune_change *change = &changes->items[i];
		json_t *item = json_object();

		json_object_set_new(item, "name", json_string(change->name));
		json_object_set_new(item, "path", json_string(change->path));
		json_object_set_new(item, "before", json_string(change->before));
		json_object_set_new(item, "after", json_string(change->after));
		json_array_append_new(list, item);
	}
	json_object_set_new(document, "schema", json_string(SCHEMA));
	json_object_set_new(document, "boot_id", json_string(boot_id));
	json_object_set_new(document, "changes", list);
	dump = json_dumps(document, JSON_INDENT(2));
	json_decref(document);
	return alloc_printf("%s\n", dump != NULL ? dump : "");
}

static int replace_file(const char *path, const char *text)
{
	scoped_free char *temporary = alloc_printf("%s.tmp", path);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int result;

	if (fd < 0)
		return -errno;
	result = fd_write_all(fd, text, strlen(text));
	fd_close(fd);
	if (result == 0 && rename(temporary, path) < 0)
		result = -errno;
	if (result < 0)
		unlink(temporary);
	return result;
}

int tune_state_write(const struct procfs *fs, const char *folder,
		     const struct tune_changes *changes, struct err *err)
{
	scoped_free char *path = format_path(fs, folder);
	scoped_free char *text = format_state(fs, changes);
	int result = 0;

	if (changes->count > 0)
		result = replace_file(path, text);
	else if (unlink(path) < 0 && errno != ENOENT)
		result = -errno;
	return result < 0 ? err_set(err, result, "cannot write %s: %s", path, strerror(-result))
			  : 0;
}

int tune_state_lock(const struct procfs *fs, const char *folder, int *ret_fd, struct err *err)
{
	scoped_free char *path = alloc_printf("%s%s", fs->root, folder);
	int fd;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "cannot make %s, where former values are kept: %s",
			       path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "cannot open %s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int code = errno == EWOULDBLOCK ? -EBUSY : -errno;

		fd_close(fd);
		return err_set(err, code,
			       code == -EBUSY
				       ? "another sonde tune is at work, or waits for its command "
					 "to end (%s is locked)"
				       : "cannot lock %s",
			       path);
	}
	*ret_fd = fd;
	return 0;
}
