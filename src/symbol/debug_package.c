#include "symbol/debug_package.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/fd.h"
#include "util/hashmap.h"
#include "util/strbuf.h"

#define INFO_DIR "/var/lib/dpkg/info"

enum { MAX_LIST_BYTES = 8 << 20, MAX_ALL_BYTES = 256 << 20 };

char *debug_package_format_name(const char *list_name)
{
	size_t length = strlen(list_name);
	const char *colon;

	if (length <= 5 || strcmp(list_name + length - 5, ".list") != 0)
		return NULL;
	length -= 5;
	colon = memchr(list_name, ':', length);
	if (colon != NULL)
		length = (size_t)(colon - list_name);
	if (length == 0)
		return NULL;
	/* the one that has its symbols in a package of the older kind, in Debian itself */
	if (length == 5 && memcmp(list_name, "libc6", 5) == 0)
		return alloc_strdup("libc6-dbg");
	return alloc_printf("%.*s-dbgsym", (int)length, list_name);
}

/*
 * The paths that are looked for, each also without or with "/usr": /lib may be a link to /usr/lib.
 */
struct wanted {
	struct hashmap index; /* 2 * number of the path, + 1 for the other form */
	const char *const *paths;
	char **others;
	char **names; /* what was found */
	size_t count, found_count;
};

static void init_wanted(struct wanted *wanted, const char *const *paths, size_t count, char **names)
{
	*wanted = (struct wanted){.paths = paths, .count = count, .names = names};
	wanted->others = alloc_array(count, sizeof(*wanted->others));
	hashmap_init(&wanted->index);
	for (uint32_t i = 0; i < count; i++) {
		const char *path = paths[i];

		names[i] = NULL;
		wanted->others[i] = strncmp(path, "/usr/", 5) == 0 ? alloc_strdup(path + 4)
								   : alloc_printf("/usr%s", path);
		hashmap_insert(&wanted->index, hashmap_hash_bytes(path, strlen(path)), 2 * i);
		hashmap_insert(&wanted->index,
			       hashmap_hash_bytes(wanted->others[i], strlen(wanted->others[i])),
			       2 * i + 1);
	}
}

static void release_wanted(struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		free(wanted->others[i]);
	free(wanted->others);
	hashmap_release(&wanted->index);
}

static void take_line(struct wanted *wanted, const char *line, size_t length, const char *package)
{
	uint64_t hash = hashmap_hash_bytes(line, length);
	uint32_t slot, i;

	for (i = hashmap_first(&wanted->index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&wanted->index, hash, &slot)) {
		const char *path = (i & 1) != 0 ? wanted->others[i / 2] : wanted->paths[i / 2];

		if (wanted->names[i / 2] != NULL || strlen(path) != length ||
		    memcmp(path, line, length) != 0)
			continue;
		wanted->names[i / 2] = alloc_strdup(package);
		wanted->found_count++;
	}
}

static void take_list(struct wanted *wanted, const struct strbuf *list, const char *package)
{
	const char *end = strbuf_text(list) + list->length;

	for (const char *line = strbuf_text(list), *newline; line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			newline = end;
		take_line(wanted, line, (size_t)(newline - line), package);
	}
}

void debug_package_find(const char *info_dir, const char *const *paths, size_t count,
			char **ret_names)
{
	DIR *dir = opendir(info_dir != NULL ? info_dir : INFO_DIR);
	const struct dirent *entry;
	struct wanted wanted;
	struct strbuf list;
	size_t read_bytes = 0;

	init_wanted(&wanted, paths, count, ret_names);
	strbuf_init(&list, MAX_LIST_BYTES);
	while (dir != NULL && wanted.found_count < count && read_bytes < MAX_ALL_BYTES &&
	       (entry = readdir(dir)) != NULL) {
		scoped_free char *package = debug_package_format_name(entry->d_name);

		strbuf_clear(&list);
		if (package == NULL || fd_read_file(dirfd(dir), entry->d_name, &list) < 0)
			continue;
		read_bytes += list.length;
		take_list(&wanted, &list, package);
	}
	strbuf_release(&list);
	release_wanted(&wanted);
	if (dir != NULL)
		closedir(dir);
}
