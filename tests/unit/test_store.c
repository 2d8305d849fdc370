/* Opening a store: new ones, other people's files, versions, rights, and where it is looked for. */
#include "store/store.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample_store.h"

static struct sample_store sample;

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		sample_check(-1, NULL);
}

/* `want` is the errno, `part` what the sentence must contain. */
static void is_refused(const char *path, int want, const char *part, const char *what)
{
	struct err err = {0};
	struct store *store = NULL;

	is_int(store_open_readonly(&store, path, &err), want, what);
	if (!ok(strstr(err_text(&err), part) != NULL, "… with a sentence"))
		printf("# %s\n", err_text(&err));
	store_close(store);
}

static void test_new(void)
{
	scoped_free char *deep = alloc_printf("%s/a/b/.sonde", sample.folder);
	scoped_free char *ignore = alloc_printf("%s/.gitignore", deep);
	scoped_free char *output = NULL;
	struct err err = {0};
	struct store *store;
	struct stat status;
	bool is_new = false;

	is_refused(deep, -ENOENT, "there is no store at", "a store that is not there");
	sample_check(store_open(&store, deep, &is_new, &err), &err);
	ok(is_new, "a store is made, with the folders above it");
	is_str(store_get_path(store), deep, "it knows its path");
	ok(stat(ignore, &status) == 0 && status.st_size == 2, "git is told to ignore it");
	output = store_make_output_path(store, "k7f3m9qa.1.server.log");
	ok(output != NULL && strstr(output, "/a/b/.sonde/output/k7f3m9qa.1.server.log") != NULL,
	   "output has a place");
	store_close(store);
	sample_check(store_open(&store, deep, &is_new, &err), &err);
	ok(!is_new, "the second time it is not new");
	store_close(store);
	store_close(NULL);
}

static void test_no_folder(void)
{
	scoped_free char *file = alloc_printf("%s/file", sample.folder);
	scoped_free char *inside = alloc_printf("%s/file/.sonde", sample.folder);
	struct err err = {0};
	struct store *store;

	write_file(file, "text");
	ok(store_open(&store, inside, NULL, &err) < 0 &&
		   strstr(err_text(&err), "cannot make the store") != NULL,
	   "no store can be made inside of a file");
}

static void test_no_store(void)
{
	scoped_free char *text = alloc_printf("%s/text.sonde", sample.folder);
	scoped_free char *empty = alloc_printf("%s/empty.sonde", sample.folder);
	scoped_free char *foreign = alloc_printf("%s/foreign.sonde", sample.folder);
	scoped_free char *hollow = alloc_printf("%s/hollow.sonde", sample.folder);
	scoped_free char *hollow_sql =
		alloc_printf("CREATE TABLE friends(name); PRAGMA user_version=%d", STORE_VERSION);
	struct stored_experiment *list;
	struct arena arena;
	struct err err = {0};
	struct store *store;
	uint32_t count;

	write_file(text, "This is a letter and not a database; but it is long enough for one.\n"
			 "This is a letter and not a database; but it is long enough for one.\n");
	is_refused(text, -EBADMSG, "not a store", "a text file");
	write_file(empty, "");
	is_refused(empty, -EBADMSG, "not a store", "an empty file");
	sample_sql(foreign, "CREATE TABLE friends(name)");
	is_refused(foreign, -EBADMSG, "not a store of sonde", "a database of someone else");
	sample_sql(hollow, hollow_sql);
	arena_init(&arena);
	sample_check(store_open_readonly(&store, hollow, &err), &err);
	is_int(store_list_experiments(store, &arena, &list, &count, &err), -EBADMSG,
	       "a database without our tables");
	ok(strstr(err_text(&err), "no such table") != NULL, "… with a sentence");
	is_int(err.code, -EBADMSG, "… and the same code in it");
	store_close(store);
	arena_release(&arena);
}

static void test_damaged_for_writing(void)
{
	scoped_free char *folder = alloc_printf("%s/damaged", sample.folder);
	scoped_free char *file = alloc_printf("%s/sonde.db", folder);
	struct err err = {0};
	struct store *store;

	mkdir(folder, 0755);
	write_file(file, "This is a letter and not a database; but it is long enough for one.\n"
			 "This is a letter and not a database; but it is long enough for one.\n");
	is_int(store_open(&store, folder, NULL, &err), -EBADMSG, "nor is it written to");
	ok(strstr(err_text(&err), "damaged or not a store") != NULL, "… with a sentence");
}

static void test_newer(void)
{
	scoped_free char *folder = alloc_printf("%s/newer", sample.folder);
	scoped_free char *file = alloc_printf("%s/sonde.db", folder);
	scoped_free char *sql = alloc_printf("PRAGMA user_version=%d", STORE_VERSION + 1);
	struct err err = {0};
	struct store *store;

	sample_check(store_open(&store, folder, NULL, &err), &err);
	store_close(store);
	sample_sql(file, sql);
	is_refused(folder, -EPROTO, "newer sonde", "a store of a newer version is not read");
	is_int(store_open(&store, folder, NULL, &err), -EPROTO, "nor written");
}

/* As somebody who may read everything and write nothing; root takes the part of nobody. */
static void test_read_only_folder(void)
{
	scoped_free char *folder = alloc_printf("%s/read only?#%%", sample.folder);
	scoped_free char *copy = alloc_printf("%s/copy.sonde", sample.folder);
	struct stored_experiment *list;
	struct arena arena;
	struct err err = {0};
	struct sample_store other;
	struct store *store;
	uint32_t count = 0;
	bool is_root = geteuid() == 0;

	arena_init(&arena);
	sample_check(store_open(&other.store, folder, NULL, &err), &err);
	sample_add_experiment(&other, SAMPLE_ID, 5);
	store_close(other.store);
	chmod(folder, 0555);
	chmod(sample.folder, 0777);
	if (is_root)
		sample_check(seteuid(65534), NULL);
	sample_check(store_open_readonly(&store, folder, &err), &err);
	is_int(store_list_experiments(store, &arena, &list, &count, &err), 0, "and lists");
	is_int(count, 1, "what is in it");
	is_int(store_export_experiment(store, SAMPLE_ID, copy, &err), 0, "and can be exported");
	store_close(store);
	is_int(store_open(&store, folder, NULL, &err), -EROFS, "but not for writing");
	ok(strstr(err_text(&err), "--store DIR") != NULL, "… which says where to go");
	if (is_root)
		sample_check(seteuid(0), NULL);
	chmod(folder, 0755);
	arena_release(&arena);
}

static bool belongs_to(const char *folder, const char *name, uid_t uid, gid_t gid)
{
	scoped_free char *path = alloc_printf("%s%s", folder, name);
	struct stat status;

	return lstat(path, &status) == 0 && status.st_uid == uid && status.st_gid == gid;
}

static void test_sudo(void)
{
	scoped_free char *folder = alloc_printf("%s/s/.sonde", sample.folder);
	scoped_free char *output = NULL;
	struct err err = {0};
	struct store *store;

	if (geteuid() != 0) {
		ok(true, "ownership under sudo # SKIP needs root");
		return;
	}
	setenv("SUDO_UID", "12345", 1);
	setenv("SUDO_GID", "23456", 1);
	sample_check(store_open(&store, folder, NULL, &err), &err);
	output = store_make_output_path(store, "x");
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	ok(belongs_to(folder, "", 12345, 23456), "under sudo the folder is the user's");
	ok(belongs_to(folder, "/..", 12345, 23456), "and the one above that was made");
	ok(!belongs_to(folder, "/../..", 12345, 23456), "but not the one that was there");
	ok(belongs_to(folder, "/.gitignore", 12345, 23456), ".gitignore");
	ok(belongs_to(folder, "/output", 12345, 23456), "output/");
	ok(belongs_to(folder, "/sonde.db", 12345, 23456), "the database");
	ok(belongs_to(folder, "/sonde.db-wal", 12345, 23456), "its log");
	ok(belongs_to(folder, "/sonde.db-shm", 12345, 23456), "and its index");
	store_close(store);
}

static void is_found(const char *override, const char *directory, bool has_plan, const char *want,
		     const char *what)
{
	scoped_free char *found = store_find_path(override, directory, has_plan);
	scoped_free char *full =
		want[0] == '/' ? alloc_strdup(want) : alloc_printf("%s/%s", sample.folder, want);

	is_str(found, full, what);
}

static void test_find_path(void)
{
	scoped_free char *repository = alloc_printf("%s/repo", sample.folder);
	scoped_free char *git = alloc_printf("%s/.git", repository);
	scoped_free char *deep = alloc_printf("%s/deep", repository);
	scoped_free char *held = alloc_printf("%s/.sonde", deep);
	scoped_free char *outside = alloc_printf("%s/outside", sample.folder);
	scoped_free char *own = alloc_printf("%s/.sonde", sample.folder);
	scoped_free char *aside = alloc_printf("%s/aside", sample.folder);

	rename(own, aside); /* it would be found from everywhere below */
	mkdir(repository, 0755);
	mkdir(git, 0755);
	mkdir(deep, 0755);
	mkdir(outside, 0755);
	unsetenv("SONDE_STORE");
	setenv("HOME", "/home/me", 1);
	setenv("XDG_STATE_HOME", "", 1);
	is_found(NULL, outside, false, "/home/me/.local/state/sonde", "nothing near: at home");
	setenv("XDG_STATE_HOME", "/state", 1);
	is_found(NULL, outside, false, "/state/sonde", "or where state is kept");
	is_found(NULL, outside, true, "outside/.sonde", "beside a plan");
	is_found(NULL, deep, false, "repo/.sonde", "without a plan at the root of the repository");
	mkdir(held, 0755);
	is_found(NULL, deep, true, "repo/deep/.sonde", "one that is there");
	setenv("SONDE_STORE", "/by/environment", 1);
	is_found(NULL, deep, true, "/by/environment", "SONDE_STORE goes before it");
	is_found("/by/option", deep, true, "/by/option", "--store before all");
	unsetenv("SONDE_STORE");
	rename(aside, own);
}

int main(void)
{
	sample_store_open(&sample);
	test_new();
	test_no_folder();
	test_no_store();
	test_damaged_for_writing();
	test_newer();
	test_read_only_folder();
	test_sudo();
	test_find_path();
	sample_store_close(&sample);
	return tap_done();
}
