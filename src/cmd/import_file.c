#include "cmd/import_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/home.h"
#include "import/import_store.h"
#include "util/alloc.h"
#include "util/disk_cache.h"

/* Memory, where there is such a folder: what is written there is read once. */
static char *make_folder(struct err *err)
{
	const char *const places[] = {getenv("TMPDIR"), "/dev/shm", "/tmp"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path;

		if (places[i] == NULL || places[i][0] == '\0')
			continue;
		path = alloc_printf("%s/sonde-XXXXXX", places[i]);
		if (mkdtemp(path) != NULL)
			return path;
		free(path);
	}
	err_set(err, -errno, "cannot make a folder for the import in /tmp: %s; set TMPDIR",
		strerror(errno));
	return NULL;
}

/* An open database goes on without its name. */
static void remove_folder(const char *path)
{
	static const char *const names[] = {"sonde.db", "sonde.db-wal", "sonde.db-shm",
					    ".gitignore"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		scoped_free char *file = alloc_printf("%s/%s", path, names[i]);

		unlink(file);
	}
	rmdir(path);
}

static int write_store(const struct import *import, const char *path, struct err *err)
{
	scoped(store_cleanup) struct store *store = NULL;
	char id[EXPERIMENT_ID_BYTES];
	int r = store_open(&store, path, NULL, err);

	return r < 0 ? r : import_store(import, store, "", home_version(), id, err);
}

void import_file_print_warnings(const struct import *import)
{
	for (size_t i = 0; i < import->warnings.count; i++)
		fprintf(stderr, "sonde: %s\n", import->warnings.items[i]);
}

int import_file_open(struct selection *selection, const char *word, struct err *err)
{
	scoped(import_cleanup) struct import import = {0};
	scoped_free char *cache = disk_cache_find_dir();
	scoped_free char *folder = NULL;
	int r;

	*selection = (struct selection){0};
	r = import_read(&import, word, &(struct import_options){.cache_dir = cache}, err);
	if (r < 0)
		return r;
	import_file_print_warnings(&import);
	folder = make_folder(err);
	if (folder == NULL)
		return -EACCES;
	r = write_store(&import, folder, err);
	if (r == 0)
		r = selection_open(selection, folder, "@last", err);
	if (r == 0)
		selection->word = arena_strdup(&selection->arena, word);
	remove_folder(folder);
	return r;
}
