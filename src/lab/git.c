#include "lab/git.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/git_call.h"
#include "util/alloc.h"
#include "util/parse.h"
#include "util/strbuf.h"
#include "util/vec.h"

/* One line of output without its end; NULL after an error. Caller frees. */
static char *ask(const struct git *git, const char *const *arguments, struct err *err)
{
	const struct git_call call = {.arguments = arguments};
	struct strbuf output;

	strbuf_init(&output, GIT_CALL_OUTPUT_BYTES);
	if (git_call_run(git, &call, &output, err) < 0) {
		strbuf_release(&output);
		return NULL;
	}
	if (output.length > 0 && output.data[output.length - 1] == '\n')
		output.data[output.length - 1] = '\0';
	return strbuf_take(&output);
}

static int explain_open(const char *directory, int code, const char *why, struct err *err)
{
	if (code != -ECHILD)
		return err_set(err, code, "%s", why);
	if (strstr(why, "dubious ownership") != NULL || strstr(why, "unsafe repository") != NULL)
		return err_set(err, -EPERM,
			       "the repository of %s belongs to another user, and git does not "
			       "trust it: git config --global --add safe.directory DIRECTORY",
			       directory);
	if (strstr(why, "must be run in a work tree") != NULL)
		return err_set(err, -EINVAL,
			       "%s is in a bare repository, which has no working tree", directory);
	if (strstr(why, "not a git repository") != NULL)
		return err_set(err, -ENOTDIR,
			       "%s is in no git repository: revisions, the working tree and "
			       "patches need one",
			       directory);
	return err_set(err, -EINVAL, "%s: %s", directory, why);
}

/* The next line of `at`, and moves behind it; NULL when there is none. Caller frees. */
static char *take_line(const char **at)
{
	size_t length = strcspn(*at, "\n");
	char *line = length > 0 ? alloc_strndup(*at, length) : NULL;

	*at += length + ((*at)[length] == '\n');
	return line;
}

int git_open(struct git *ret_git, const char *directory, struct err *err)
{
	static const char *const arguments[] = {"rev-parse",
						"--is-shallow-repository",
						"--show-toplevel",
						"--absolute-git-dir",
						"--path-format=absolute",
						"--git-path",
						"objects",
						NULL};
	struct git at = {.root = realpath(directory, NULL)};
	scoped_free char *text = NULL, *shallow = NULL;
	struct err why = {0};
	const char *rest;

	*ret_git = (struct git){0};
	if (at.root == NULL)
		return err_set(err, -errno, "no folder %s: %s", directory, strerror(errno));
	text = ask(&at, arguments, &why);
	free(at.root);
	if (text == NULL)
		return explain_open(directory, why.code, err_text(&why), err);
	rest = text;
	shallow = take_line(&rest);
	ret_git->root = take_line(&rest);
	ret_git->directory = take_line(&rest);
	ret_git->objects = take_line(&rest);
	if (ret_git->objects == NULL || *rest != '\0')
		return err_set(
			err, -EINVAL,
			"the repository of %s has a line break in its path, or needs a newer "
			"git (2.31)",
			directory);
	ret_git->is_shallow = strcmp(shallow, "true") == 0;
	return 0;
}

void git_close(struct git *git)
{
	free(git->root);
	free(git->directory);
	free(git->objects);
	*git = (struct git){0};
}

/* What rev-parse takes for an option, or for "not this one", is no revision. Caller frees. */
static char *make_commit_word(const char *revision)
{
	bool is_none = revision[0] == '-' || revision[0] == '^' || revision[0] == '\0';

	return alloc_printf("%s^{commit}", is_none ? "/" : revision);
}

bool git_has_revision(const struct git *git, const char *revision)
{
	scoped_free char *word = make_commit_word(revision);
	const char *const arguments[] = {"rev-parse", "--verify", "--quiet", word, NULL};
	scoped_free char *id = ask(git, arguments, NULL);

	return id != NULL;
}

static int fail_revision(const struct git *git, const char *revision, struct err *err)
{
	scoped_free char *nearest = NULL;

	if (!git_has_revision(git, "HEAD") && !git->is_shallow)
		return err_set(err, -EINVAL, "nothing has been committed yet in %s", git->root);
	if (git->is_shallow)
		return err_set(err, -ENOENT,
			       "this clone is shallow and does not have %s: " GIT_UNSHALLOW,
			       revision);
	nearest = git_find_nearest(git, revision);
	return err_set(err, -ENOENT, "no revision '%s' in %s%s%s%s", revision, git->root,
		       nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
		       nearest != NULL ? "'?" : "");
}

/* A branch and a tag of one name: git takes the tag, with a warning that nobody would see. */
static int check_one_meaning(const struct git *git, const char *revision, struct err *err)
{
	size_t length = strcspn(revision, "~^@:");
	scoped_free char *tag = alloc_printf("refs/tags/%.*s", (int)length, revision);
	scoped_free char *branch = alloc_printf("refs/heads/%.*s", (int)length, revision);

	if (length == 0 || !git_has_revision(git, tag) || !git_has_revision(git, branch))
		return 0;
	return err_set(err, -EINVAL, "'%.*s' is a branch and a tag: say %s or %s", (int)length,
		       revision, branch, tag);
}

int git_resolve(const struct git *git, const char *revision, struct git_commit *ret_commit,
		struct err *err)
{
	scoped_free char *word = make_commit_word(revision);
	const char *const verify[] = {"rev-parse", "--verify", "--quiet", word, NULL};
	const char *show[] = {
		"log", "-1", "--no-show-signature", "--no-color", "--format=%T%n%s", NULL,
		"--",  NULL};
	struct err why = {0};
	scoped_free char *id = ask(git, verify, &why), *text = NULL;
	size_t length;
	int r;

	*ret_commit = (struct git_commit){0};
	if (id == NULL)
		return why.code == -ECHILD ? fail_revision(git, revision, err)
					   : err_set(err, why.code, "%s", err_text(&why));
	r = check_one_meaning(git, revision, err);
	if (r < 0)
		return r;
	show[5] = id;
	text = ask(git, show, &why);
	length = text != NULL ? strcspn(text, "\n") : 0;
	if (text == NULL || length >= GIT_ID_BYTES || strlen(id) >= GIT_ID_BYTES)
		return err_set(err, -EBADMSG, "cannot read the commit %s: %s", id, err_text(&why));
	memcpy(ret_commit->id, id, strlen(id) + 1);
	memcpy(ret_commit->tree, text, length);
	ret_commit->subject = alloc_strdup(text[length] == '\n' ? text + length + 1 : "");
	return 0;
}

void git_commit_release(struct git_commit *commit)
{
	free(commit->subject);
	*commit = (struct git_commit){0};
}

char *git_find_nearest(const struct git *git, const char *word)
{
	static const char *const arguments[] = {"for-each-ref",
						"--count=20000",
						"--format=%(refname:short)",
						"refs/heads",
						"refs/tags",
						"refs/remotes",
						NULL};
	scoped_free char *list = ask(git, arguments, NULL);
	VEC(const char *) names = {0};
	const char *nearest;
	char *copy;

	if (git_has_revision(git, "HEAD"))
		vec_push(&names, "HEAD");
	for (char *at = list; at != NULL && *at != '\0';) {
		char *end = at + strcspn(at, "\n");
		bool is_last = *end == '\0';

		vec_push(&names, at);
		*end = '\0';
		at = end + !is_last;
	}
	vec_push(&names, NULL);
	nearest = parse_find_nearest(word, names.items);
	copy = nearest != NULL ? alloc_strdup(nearest) : NULL;
	vec_release(&names);
	return copy;
}
