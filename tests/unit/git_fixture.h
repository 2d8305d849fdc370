/*
 * Git repositories in a temporary folder, made with git itself, and a fingerprint of one: each
 * file's and folder's name, kind, mode, times and contents, .git included. Settings of the machine
 * do not count: HOME is the temporary folder.
 */
#ifndef GIT_FIXTURE_H
#define GIT_FIXTURE_H

#include <fts.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"
#include "util/hashmap.h"
#include "util/strbuf.h"

static char fixture_root[] = "/tmp/sonde-git-XXXXXX";

/* Runs a line of shell in the temporary folder; true when its status is 0. */
static inline bool __attribute__((format(printf, 1, 2))) fixture_sh(const char *format, ...)
{
	char line[8192];
	scoped_free char *command = NULL;
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	command = alloc_printf("cd %s && { %s\n} >>%s/log 2>&1", fixture_root, line, fixture_root);
	status = system(command);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static inline bool fixture_begin(void)
{
	if (mkdtemp(fixture_root) == NULL || chdir(fixture_root) < 0)
		return false;
	setenv("HOME", fixture_root, 1);
	setenv("XDG_CONFIG_HOME", fixture_root, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z", 1);
	setenv("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z", 1);
	return fixture_sh("git config --global user.name Somebody;"
			  "git config --global user.email somebody@example.org;"
			  "git config --global init.defaultBranch main;"
			  "git config --global protocol.file.allow always;"
			  "git config --global gc.auto 0; mkdir store");
}

static inline void fixture_end(void)
{
	scoped_free char *command =
		alloc_printf("chmod -R u+rwX %s; rm -rf %s", fixture_root, fixture_root);

	if (chdir("/") < 0 || system(command) != 0)
		fprintf(stderr, "%s is left\n", fixture_root);
}

/* A path in the temporary folder; valid until the fourth call after. */
static inline const char *fixture_path(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", fixture_root, name);
	return path;
}

/* The text of a file in the temporary folder, "(none)" without it; caller frees. */
static inline char *fixture_read(const char *name)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	if (fd_read_file(AT_FDCWD, name, &text) < 0)
		strbuf_add_text(&text, "(none)");
	return strbuf_take(&text);
}

static inline int fixture_compare(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A line for a file. */
static inline void fixture_describe(struct strbuf *text, const FTSENT *entry)
{
	const struct stat *status = entry->fts_statp;
	char target[PATH_MAX] = "";
	struct strbuf bytes;

	strbuf_init(&bytes, 16 << 20);
	if (entry->fts_info == FTS_F)
		fd_read_file(AT_FDCWD, entry->fts_path, &bytes);
	if (entry->fts_info == FTS_SL && readlink(entry->fts_path, target, sizeof(target) - 1) < 0)
		strbuf_add_text(text, "unreadable ");
	strbuf_addf(text, "%s %o %ju %016" PRIx64 " %s", entry->fts_path, (unsigned)status->st_mode,
		    (uintmax_t)status->st_ino,
		    hashmap_hash_bytes(strbuf_text(&bytes), bytes.length), target);
	/* whoever reads a split index, if only for `git ls-files`, marks its shared part as used */
	if (strncmp(entry->fts_name, "sharedindex.", 12) != 0)
		strbuf_addf(text, " %jd.%09ld %jd.%09ld", (intmax_t)status->st_mtim.tv_sec,
			    status->st_mtim.tv_nsec, (intmax_t)status->st_ctim.tv_sec,
			    status->st_ctim.tv_nsec);
	strbuf_add_char(text, '\n');
	strbuf_release(&bytes);
}

/* Caller frees. */
static inline char *fixture_fingerprint(const char *name)
{
	scoped_free char *path = alloc_strdup(fixture_path(name));
	char *const roots[] = {path, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, fixture_compare);
	struct strbuf text;
	FTSENT *entry;

	strbuf_init(&text, 16 << 20);
	while (walk != NULL && (entry = fts_read(walk)) != NULL)
		if (entry->fts_info != FTS_DP)
			fixture_describe(&text, entry);
	if (walk != NULL)
		fts_close(walk);
	return strbuf_take(&text);
}

/* Shows where two of them part. */
static inline bool fixture_is_same(const char *before, const char *after)
{
	size_t at = 0, begin = 0;

	for (; before[at] == after[at] && before[at] != '\0'; at++)
		begin = before[at] == '\n' ? at + 1 : begin;
	if (before[at] == after[at])
		return true;
	printf("# before %.*s\n# after  %.*s\n", (int)strcspn(before + begin, "\n"), before + begin,
	       (int)strcspn(after + begin, "\n"), after + begin);
	return false;
}

#endif
