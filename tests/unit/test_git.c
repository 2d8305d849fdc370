/*
 * What is asked of git, against repositories that are made here; and that asking changes nothing.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "git_fixture.h"
#include "lab/git.h"
#include "lab/git_call.h"
#include "lab/git_history.h"
#include "lab/interrupt.h"

static bool has(const struct err *err, const char *text)
{
	bool is_there = strstr(err_text(err), text) != NULL;

	if (!is_there)
		printf("#  got '%s'\n# want '%s' in it\n", err_text(err), text);
	return is_there;
}

static bool make_repositories(void)
{
	return fixture_sh("set -e; mkdir 'my repo'; cd 'my repo'; git init -q; mkdir -p sub/deep;"
			  "printf 'one\\n' >a; printf 'x\\n' >sub/deep/b; git add .; git commit "
			  "-qm 'first one';"
			  "git tag v1; printf 'two\\n' >>a; head -c 300 /dev/zero >bin; git add .;"
			  "git commit -qm 'second: with a colon'; git tag -am annotated v2;"
			  "git branch topic v1; git checkout -q topic; printf 'y\\n' >'new\nline';"
			  "git add .; git commit -qm 'on topic'; git checkout -q main; git branch "
			  "both; git tag both v1;"
			  "cd ..; git init -q empty; git init -q --bare bare.git; mkdir plain;"
			  "git clone -q --depth 1 \"file://$PWD/my repo\" shallow");
}

static void test_open(void)
{
	struct git git;
	struct err err = {0};

	is_int(git_open(&git, fixture_path("my repo/sub/deep"), &err), 0, "from a folder within");
	is_str(git.root, fixture_path("my repo"), "the root, with a blank");
	is_str(git.directory, fixture_path("my repo/.git"), "the git directory");
	is_str(git.objects, fixture_path("my repo/.git/objects"), "the objects");
	ok(!git.is_shallow, "not shallow");
	git_close(&git);
	is_int(git_open(&git, fixture_path("plain"), &err), -ENOTDIR, "no repository");
	ok(has(&err, "is in no git repository"), "says so");
	git_close(&git);
	is_int(git_open(&git, fixture_path("bare.git"), &err), -EINVAL, "a bare one");
	ok(has(&err, "bare repository"), "says so");
	git_close(&git);
	is_int(git_open(&git, fixture_path("nowhere"), &err), -ENOENT, "no folder");
	git_close(&git);
	setenv("GIT_DIR", fixture_path("empty/.git"), 1);
	setenv("GIT_INDEX_FILE", "/nowhere", 1);
	is_int(git_open(&git, fixture_path("my repo"), &err), 0, "within a hook");
	is_str(git.directory, fixture_path("my repo/.git"), "its variables do not count");
	unsetenv("GIT_DIR");
	unsetenv("GIT_INDEX_FILE");
	git_close(&git);
}

static void test_no_git(void)
{
	scoped_free char *path = alloc_strdup(getenv("PATH"));
	struct git git;
	struct err err = {0};

	setenv("PATH", fixture_path("plain"), 1);
	is_int(git_open(&git, fixture_path("my repo"), &err), -ENOENT, "git is not installed");
	ok(has(&err, "git is not installed"), "says so");
	setenv("PATH", path, 1);
	git_close(&git);
}

static void test_resolve(const struct git *git)
{
	struct git_commit head = {0}, commit = {0};
	struct err err = {0};
	char *nearest;

	is_int(git_resolve(git, "HEAD", &head, &err), 0, "HEAD");
	is_str(head.subject, "second: with a colon", "its subject");
	is_int(strlen(head.id), 40, "a full id");
	is_int(strlen(head.tree), 40, "and of its tree");
	is_int(git_resolve(git, "v2", &commit, &err), 0, "an annotated tag");
	is_str(commit.id, head.id, "is the commit, not the tag");
	git_commit_release(&commit);
	is_int(git_resolve(git, "main~1", &commit, &err), 0, "main~1");
	is_str(commit.subject, "first one", "is the first");
	git_commit_release(&commit);
	is_int(git_resolve(git, "topik", &commit, &err), -ENOENT, "no such revision");
	ok(has(&err, "did you mean 'topic'?"), "the nearest is named");
	is_int(git_resolve(git, "HEAD:a", &commit, &err), -ENOENT, "a file is no commit");
	is_int(git_resolve(git, "--all", &commit, &err), -ENOENT, "an option is no revision");
	is_int(git_resolve(git, "^HEAD", &commit, &err), -ENOENT, "nor is what is not one");
	is_int(git_resolve(git, "", &commit, &err), -ENOENT, "nor is nothing");
	is_int(git_resolve(git, "0123456789012345678901234567890123456789", &commit, &err), -ENOENT,
	       "a commit that is not there");
	is_int(git_resolve(git, "both", &commit, &err), -EINVAL, "a branch and a tag");
	ok(has(&err, "say refs/heads/both or refs/tags/both"), "are told apart");
	git_commit_release(&commit);
	is_int(git_resolve(git, "refs/tags/both", &commit, &err), 0, "as it says");
	git_commit_release(&commit);
	nearest = git_find_nearest(git, "haed");
	is_str(nearest, "HEAD", "near to HEAD");
	free(nearest);
	nearest = git_find_nearest(git, "v22");
	is_str(nearest, "v2", "near to the last of all names, whole");
	free(nearest);
	git_commit_release(&head);
}

static void test_others(void)
{
	struct git git;
	struct git_commit commit;
	struct err err = {0};

	ok(git_open(&git, fixture_path("shallow"), &err) == 0 && git.is_shallow, "a shallow clone");
	is_int(git_resolve(&git, "HEAD~1", &commit, &err), -ENOENT, "lacks what is before");
	ok(has(&err, "git fetch --unshallow"), "and what makes it whole is said");
	ok(has(&err, "fetch-depth: 0"), "also for CI");
	git_close(&git);
	ok(git_open(&git, fixture_path("empty"), &err) == 0, "a new repository");
	is_int(git_resolve(&git, "HEAD", &commit, &err), -EINVAL, "has no HEAD");
	ok(has(&err, "nothing has been committed yet"), "says so");
	ok(git_find_nearest(&git, "HEAD") == NULL, "and nothing is near to it");
	git_close(&git);
}

static void test_history(void)
{
	struct git_history history;
	struct err err = {0};
	struct arena arena;

	arena_init(&arena);
	is_int(git_history_list(&history, &arena, fixture_path("my repo/sub"), "v1", "v2", 10, 10,
				&err),
	       0, "from v1 to v2");
	is_int(history.commit_total, 1, "one commit");
	is_str(history.commits[0].subject, "second: with a colon", "its subject");
	is_int(history.left_total, 0, "v2 stands on v1");
	is_int(history.file_total, 2, "two files");
	is_str(history.files[0].path, "a", "the first");
	is_int(history.files[0].added, 1, "a line more");
	is_int(history.files[0].removed, 0, "none less");
	ok(history.files[1].is_binary, "the second is no text");
	is_int(git_history_list(&history, &arena, fixture_path("my repo"), "topic", "main", 0, 1,
				&err),
	       0, "of two branches");
	is_int(history.left_total, 1, "one is on the other");
	is_int(history.commit_count, 0, "no more commits than asked for");
	is_int(history.commit_total, 1, "but all are counted");
	is_int(history.file_count, 1, "one file, as asked for");
	is_int(history.file_total, 3, "of three");
	is_int(git_history_list(&history, &arena, fixture_path("my repo"), "main", "topic", 9, 9,
				&err),
	       0, "the other way round");
	is_str(history.files[2].path, "new\nline", "a name with a line break");
	is_int(git_history_list(&history, &arena, fixture_path("shallow"), "HEAD~1", "HEAD", 9, 9,
				&err),
	       -ENOENT, "a commit that is missing");
	arena_release(&arena);
}

static void test_call(const struct git *git)
{
	static const char *const show[] = {"cat-file", "-p", "HEAD", NULL};
	static const char *const wrong[] = {"cat-file", "-p", "nothing", NULL};
	struct git_call call = {.arguments = show, .output_max = 10};
	struct strbuf output;
	struct err err = {0};

	strbuf_init(&output, 1000);
	is_int(git_call_run(git, &call, &output, &err), -EFBIG, "more output than wanted");
	call.may_be_cut = true;
	is_int(git_call_run(git, &call, &output, &err), 0, "may be cut");
	ok(output.is_full && output.length == 10, "to the byte");
	strbuf_release(&output);
	call = (struct git_call){.arguments = wrong};
	is_int(git_call_run(git, &call, NULL, &err), -ECHILD, "git says no");
	ok(has(&err, "git cat-file: Not a valid object name nothing"), "in its words");
	raise(SIGINT);
	call.arguments = show;
	is_int(git_call_run(git, &call, NULL, &err), -ECANCELED, "interrupted");
	ok(has(&err, "interrupted during git cat-file"), "says so");
}

int main(void)
{
	scoped_free char *before = NULL, *after = NULL;
	struct git git;

	interrupt_install();
	ok(fixture_begin() && make_repositories(), "repositories are made");
	test_open();
	test_no_git();
	before = fixture_fingerprint("my repo/.git");
	ok(git_open(&git, fixture_path("my repo"), NULL) == 0, "opened");
	test_resolve(&git);
	test_others();
	test_history();
	test_call(&git);
	git_close(&git);
	after = fixture_fingerprint("my repo/.git");
	ok(fixture_is_same(before, after), "nothing in .git has changed, nor when it was changed");
	fixture_end();
	return tap_done();
}
