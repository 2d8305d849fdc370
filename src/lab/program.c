#include "lab/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"

/* What a shell uses when there is no PATH. */
static const char PATH_DEFAULT[] = "/usr/local/bin:/usr/bin:/bin";

static const char *find_path_variable(const char *const *env)
{
	for (; *env != NULL; env++) {
		if (strncmp(*env, "PATH=", 5) == 0)
			return *env + 5;
	}
	return PATH_DEFAULT;
}

/* Whether `path`, seen from dir_fd, can be executed: 0, -ENOENT, -EISDIR, -EACCES, … */
static int check_file(int dir_fd, const char *path)
{
	struct stat status;

	if (fstatat(dir_fd, path, &status, 0) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	return faccessat(dir_fd, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int explain(const char *name, int code, const char *directory, struct err *err)
{
	scoped_free char *here = directory == NULL ? getcwd(NULL, 0) : NULL;
	const char *where = directory != NULL ? directory : here != NULL ? here : "?";

	if (code == -ENOENT)
		return err_set(err, code, "cannot start '%s': no such file (in %s)", name, where);
	if (code == -EISDIR)
		return err_set(err, code, "cannot start '%s': it is a directory (in %s)", name,
			       where);
	if (code == -EACCES)
		return err_set(err, code, "cannot start '%s': not executable (in %s); chmod +x?",
			       name, where);
	return err_set(err, code, "cannot start '%s': %s (in %s)", name, strerror(-code), where);
}

static int search_path(const char *name, const char *path, int dir_fd, char **ret_path,
		       struct err *err)
{
	scoped_free char *unusable = NULL;

	for (const char *entry = path; name[0] != '\0' && entry != NULL;) {
		const char *colon = strchrnul(entry, ':');
		int length = (int)(colon - entry);
		/* An empty entry is the working directory. */
		scoped_free char *candidate =
			alloc_printf("%.*s%s%s", length, entry, length > 0 ? "/" : "./", name);
		int r = check_file(dir_fd, candidate);

		entry = *colon != '\0' ? colon + 1 : NULL;
		if (r == 0) {
			*ret_path = candidate;
			candidate = NULL;
			return 0;
		}
		if (r == -EACCES && unusable == NULL) {
			unusable = candidate;
			candidate = NULL;
		}
	}
	if (unusable != NULL)
		return err_set(err, -EACCES, "cannot start '%s': %s is not executable", name,
			       unusable);
	return err_set(err, -ENOENT, "cannot start '%s': no such program in PATH (%s)", name, path);
}

int program_find(const char *name, const char *const *env, const char *directory, char **ret_path,
		 struct err *err)
{
	scoped(fd_cleanup) int opened = -1;
	int dir_fd = AT_FDCWD, r;

	if (directory != NULL) {
		dir_fd = opened = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (opened < 0)
			return err_set(err, -errno, "cannot start '%s' in directory %s: %s", name,
				       directory, strerror(errno));
	}
	if (strchr(name, '/') == NULL)
		return search_path(name, find_path_variable(env), dir_fd, ret_path, err);
	r = check_file(dir_fd, name);
	if (r < 0)
		return explain(name, r, directory, err);
	*ret_path = alloc_strdup(name);
	return 0;
}
