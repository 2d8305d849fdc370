#include "store/store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sql.h"
#include "store/store_schema.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/strbuf.h"

enum { BUSY_TIMEOUT_MS = 10000 };

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/*
 * DIRECTORY/NAME in `directory` or the nearest folder above it; NULL when there is none. Caller
 * frees.
 */
static char *find_upwards(const char *directory, const char *name)
{
	scoped_free char *at = realpath(directory, NULL);

	while (at != NULL) {
		char *candidate = alloc_printf("%s/%s", strcmp(at, "/") == 0 ? "" : at, name);
		char *slash;

		if (access(candidate, F_OK) == 0)
			return candidate;
		free(candidate);
		slash = strrchr(at, '/');
		if (slash == NULL || strcmp(at, "/") == 0)
			return NULL;
		slash[slash == at ? 1 : 0] = '\0';
	}
	return NULL;
}

static char *state_path(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state != NULL && state[0] == '/')
		return alloc_printf("%s/sonde", state);
	return alloc_printf("%s/.local/state/sonde",
			    home != NULL && home[0] == '/' ? home : "/tmp");
}

char *store_find_path(const char *override, const char *directory, bool has_plan)
{
	const char *environment = getenv("SONDE_STORE");
	char *found, *repository;

	if (override != NULL)
		return alloc_strdup(override);
	if (environment != NULL && environment[0] != '\0')
		return alloc_strdup(environment);
	found = find_upwards(directory, ".sonde");
	if (found != NULL)
		return found;
	if (has_plan)
		return alloc_printf("%s/.sonde", directory);
	repository = find_upwards(directory, ".git");
	if (repository == NULL)
		return state_path();
	found = alloc_printf("%.*s/.sonde", (int)(strlen(repository) - strlen("/.git")),
			     repository);
	free(repository);
	return found;
}

void store_give_to_user(const char *path)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
	uint64_t user, group;

	if (geteuid() == 0 && uid != NULL && gid != NULL && parse_u64(uid, &user) == 0 &&
	    parse_u64(gid, &group) == 0 && lchown(path, (uid_t)user, (gid_t)group) < 0)
		return; /* still usable, by root */
}

static int make_directories(const char *path)
{
	scoped_free char *copy = alloc_strdup(path);

	for (char *at = copy + 1;; at++) {
		if (*at == '/' || *at == '\0') {
			char saved = *at;

			*at = '\0';
			if (mkdir(copy, 0755) == 0)
				store_give_to_user(copy);
			else if (errno != EEXIST)
				return -errno;
			if (saved == '\0')
				return is_directory(path) ? 0 : -ENOTDIR;
			*at = saved;
		}
	}
}

static int make_store(const char *path, struct err *err)
{
	scoped_free char *ignore = alloc_printf("%s/.gitignore", path);
	const char *verb = is_directory(path) ? "write to" : "make";
	int r = make_directories(path);

	if (r == 0 && access(ignore, F_OK) < 0) {
		r = fd_replace_file(ignore, "*\n", 2, NULL);
		store_give_to_user(ignore);
	}
	if (r < 0)
		return err_set(err, r,
			       "cannot %s the store %s: %s; use --store DIR or SONDE_STORE for "
			       "another place",
			       verb, path, strerror(-r));
	return 0;
}

/*
 * SQLite does not wait by itself for the lock that the change to WAL takes: two sondes that make a
 * store at once would get in each other's way.
 */
static int set_up_connection(struct store *store, struct err *err)
{
	uint64_t deadline_ns = clock_now_ns() + (uint64_t)BUSY_TIMEOUT_MS * NS_PER_MS;
	int r;

	for (;;) {
		r = sql_execute(store,
				"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
				" PRAGMA foreign_keys=ON;",
				err);
		if (r != -EBUSY || clock_now_ns() >= deadline_ns)
			return r;
		clock_sleep_until_ns(clock_now_ns() + 20 * NS_PER_MS);
	}
}

static int prepare_writing(struct store *store, struct err *err)
{
	int version = 0;
	/* before anything is changed: it may be somebody else's */
	int r = store_schema_read_version(store, &version, err);

	if (r == 0)
		r = set_up_connection(store, err);
	if (r == 0 && version < STORE_VERSION)
		r = store_schema_update(store, err);
	return r;
}

static int prepare_reading(struct store *store, struct err *err)
{
	int version = 0;
	int r = store_schema_read_version(store, &version, err);

	if (r == 0 && version == 0)
		r = err_set(err, -EBADMSG, "%s is empty, and not a store of sonde", store->file);
	return r < 0 ? r : store_schema_adapt(store, version, err);
}

/* `uri` is what SQLite opens: the file, or a file: URI for it. */
static int open_database(struct store **ret_store, const char *path, const char *file,
			 const char *uri, int flags, struct err *err)
{
	struct store *store = alloc_new(struct store);
	int code;

	store->path = alloc_strdup(path);
	store->file = alloc_strdup(file);
	store->is_readonly = (flags & SQLITE_OPEN_READONLY) != 0;
	code = sqlite3_open_v2(uri, &store->db, flags, NULL);
	if (code != SQLITE_OK) {
		int r = store->db != NULL ? sql_error(store, code, err)
					  : err_set(err, -ENOMEM, "SQLite: no memory");

		store_close(store);
		return r;
	}
	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
	*ret_store = store;
	return 0;
}

int store_open(struct store **ret_store, const char *path, bool *ret_is_new, struct err *err)
{
	scoped_free char *file = alloc_printf("%s/sonde.db", path);
	bool is_new = access(file, F_OK) < 0;
	struct store *store;
	int r = make_store(path, err);

	if (r < 0)
		return r;
	r = open_database(&store, path, file, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			  err);
	if (r < 0)
		return r;
	if (is_new)
		store_give_to_user(file); /* before SQLite makes files beside it, like it */
	r = prepare_writing(store, err);
	if (r < 0) {
		store_close(store);
		return r;
	}
	if (ret_is_new != NULL)
		*ret_is_new = is_new;
	*ret_store = store;
	return 0;
}

/* For a file that nobody writes. Caller frees. */
static char *format_immutable_uri(const char *file)
{
	struct strbuf uri;

	strbuf_init(&uri, 4 * PATH_MAX);
	strbuf_add_text(&uri, file[0] == '/' ? "file://" : "file:");
	for (; *file != '\0'; file++) {
		if (strchr("%?#", *file) != NULL)
			strbuf_addf(&uri, "%%%02x", (unsigned)*file);
		else
			strbuf_add_char(&uri, *file);
	}
	strbuf_add_text(&uri, "?immutable=1");
	return strbuf_take(&uri);
}

int store_open_readonly(struct store **ret_store, const char *path, struct err *err)
{
	scoped_free char *file =
		is_directory(path) ? alloc_printf("%s/sonde.db", path) : alloc_strdup(path);
	struct store *store;
	int r;

	if (access(file, F_OK) < 0 && errno == EACCES)
		return err_set(err, -EACCES, "%s may not be looked into: %s", path,
			       strerror(EACCES));
	if (access(file, F_OK) < 0)
		return err_set(err, -ENOENT,
			       "there is no store at %s yet; `sonde run` and `sonde load` make one",
			       path);
	r = open_database(&store, path, file, file, SQLITE_OPEN_READONLY, err);
	if (r < 0)
		return r;
	r = prepare_reading(store, err);
	if (r == -EACCES || r == -EROFS) {
		/*
		 * A WAL database in a folder that cannot be written opens only when nobody can be
		 * writing it.
		 */
		scoped_free char *uri = format_immutable_uri(file);

		store_close(store);
		r = open_database(&store, path, file, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
				  err);
		if (r < 0)
			return r;
		r = prepare_reading(store, err);
	}
	if (r < 0) {
		store_close(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	sqlite3_close(store->db);
	free(store->path);
	free(store->file);
	free(store);
}

const char *store_get_path(const struct store *store)
{
	return store->path;
}

char *store_make_output_path(const struct store *store, const char *name)
{
	scoped_free char *directory = alloc_printf("%s/output", store->path);

	if (mkdir(directory, 0755) == 0)
		store_give_to_user(directory);
	else if (errno != EEXIST)
		return NULL;
	return alloc_printf("%s/%s", directory, name);
}
