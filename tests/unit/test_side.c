/*
 * Sides of a proof, from words to folders, on repositories that are made here: what is in the
 * trees is held against git's own clones, copies and ids; and after all of it the user's repository
 * is what it was, to the byte and to the nanosecond.
 */
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "git_fixture.h"
#include "lab/interrupt.h"
#include "lab/side.h"

static const char plan_text[] = "name: server\n"
				"services:\n"
				"  - name: server\n"
				"    command: ./server --port ${port} --mode ${mode}\n"
				"    build: sh ./build\n"
				"load:\n"
				"  target: http://127.0.0.1:${port}\n"
				"  requests:\n"
				"    - {path: \"/${a}\", data: feed.csv}\n"
				"vars: {port: 8080, mode: plain, hosts: a}\n"
				"arms:\n"
				"  proxy: {mode: proxy}\n"
				"  main: {mode: main}\n";

static bool has(const struct err *err, const char *text)
{
	bool is_there = strstr(err_text(err), text) != NULL;

	if (!is_there)
		printf("#  got '%s'\n# want '%s' in it\n", err_text(err), text);
	return is_there;
}

static bool write_text(const char *name, const char *text)
{
	int fd = open(fixture_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool is_good = fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0;

	fd_close(fd);
	return is_good;
}

/* Two commits with all kinds of files, a submodule, a plan in a folder; then it is made dirty. */
static bool make_project(void)
{
	return write_text("plan", plan_text) &&
	       fixture_sh("set -e; git init -q lib; cd lib; echo lib >lib.c; git add .;"
			  "git commit -qm lib; cd ..; git init -q project; cd project;"
			  "mkdir -p srv docs ' sp ace'; cp ../plan srv/sonde.yaml; echo a,b "
			  ">srv/feed.csv;"
			  "printf 'cp source server\\n' >srv/build; echo v1 >srv/source;"
			  "echo x >' sp ace/f ile'; printf n >'new\nline'; ln -s srv/source link;"
			  "ln -s nowhere dangling; ln -s srv folder-link; echo '#!' >tool; chmod "
			  "755 tool;"
			  "echo secret >docs/internal; echo 'docs export-ignore' >.gitattributes;"
			  "printf 'server\\nforced\\n' >.gitignore; echo kept >forced; echo gone "
			  ">gone;"
			  "echo staged >staged-gone; mkdir turned; echo t >turned/file;"
			  "git submodule --quiet add file://$HOME/lib lib; git add .; git add -f "
			  "forced;"
			  "git commit -qm 'first'; git tag -am one v1; echo v2 >srv/source;"
			  "git commit -qam 'second'; git branch topic") &&
	       fixture_sh(
		       "set -e; cd project; echo v3 >srv/source; echo binary >srv/server;"
		       "rm gone; git rm -q staged-gone; echo new >'un tracked'; chmod 644 tool;"
		       "echo staged >added; git add added; echo changed >forced; rm -r turned;"
		       "ln -s srv turned; ln -sf srv/build link; touch -d 2020-02-02 srv/source");
}

static void read_plan(struct plan *plan, const char *path)
{
	struct err err = {0};

	is_int(plan_read(plan, fixture_path(path), NULL, 0, &err), 0, "the plan is read");
}

/* The status of a call, and its sentence when it is another one. */
#define is_status(got, want, what)                                                                 \
	do {                                                                                       \
		int status_ = (got);                                                               \
		is_int(status_, want, what);                                                       \
		if (status_ != (want))                                                             \
			printf("#  says '%s'\n", err_text(&err));                                  \
	} while (0)

/* Whether a folder has nothing but "." and "..". */
static bool is_empty(const char *name)
{
	DIR *directory = opendir(fixture_path(name));
	int count = 0;

	while (directory != NULL && readdir(directory) != NULL)
		count++;
	if (directory != NULL)
		closedir(directory);
	return count <= 2;
}

static void test_words(const struct side_setup *setup)
{
	static const struct {
		const char *word;
		int code;
		enum arm_kind kind;
		const char *name, *sentence;
	} cases[] = {
		{"arm:proxy", 0, ARM_PLAN, "proxy", NULL},
		{"proxy", 0, ARM_PLAN, "proxy", NULL},
		{"arm:proxi", -ENOENT, ARM_PLAN, NULL, "did you mean 'proxy'?"},
		{"var:mode=x,port=81", 0, ARM_VARIABLE, "mode=x,port=81", NULL},
		{"var:hosts=a,b", 0, ARM_VARIABLE, "hosts=a,b", NULL},
		{"var:mode", -EINVAL, ARM_VARIABLE, NULL, "must be var:NAME=VALUE"},
		{"var:moed=x", -EINVAL, ARM_VARIABLE, NULL, "did you mean 'mode'?"},
		{"var:", -EINVAL, ARM_VARIABLE, NULL, "says nothing after the colon"},
		{"mode=x", -EINVAL, ARM_VARIABLE, NULL, "did you mean 'var:mode=x'?"},
		{"cmd:./other --port ${port}", 0, ARM_COMMAND, "./other --port ${port}", NULL},
		{"rev:HEAD~1", 0, ARM_REVISION, "HEAD~1", NULL},
		{"topic", 0, ARM_REVISION, "topic", NULL},
		{"topik", -ENOENT, ARM_REVISION, NULL, "did you mean 'rev:topic'?"},
		{"rev:nothing", -ENOENT, ARM_REVISION, NULL, "no revision 'nothing'"},
		{"main", -EINVAL, ARM_PLAN, NULL,
		 "is an arm and a revision: say arm:main or rev:main"},
		{".", 0, ARM_TREE, "working tree", NULL},
		{"patch:good.patch", 0, ARM_PATCH, "good.patch", NULL},
		{"good.patch", 0, ARM_PATCH, "good.patch", NULL},
		{"patch:none", -ENOENT, ARM_PATCH, NULL, "no patch none"},
		{"patch:store", -EINVAL, ARM_PATCH, NULL, "is no file"},
		{"qwertzuiop", -ENOENT, ARM_PLAN, NULL, "a side is arm:NAME"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct side side;
		struct err err = {0};

		is_status(side_parse(&side, setup, cases[i].word, &err), cases[i].code,
			  cases[i].word);
		if (cases[i].code < 0) {
			ok(has(&err, cases[i].sentence), "the sentence");
		} else {
			is_int(side.source.kind, cases[i].kind, "the kind");
			is_str(side.source.name, cases[i].name, "the name");
		}
		side_release(&side, false);
	}
}

static void test_in_place(const struct side_setup *setup)
{
	static const char *const words[] = {"arm:main", "var:mode=y,hosts=a,b", "cmd:./b ${mode}",
					    "arm:main"};
	struct side sides[4];
	struct err err = {0};

	is_status(side_make_all(sides, words, 4, setup, &err), 0, "four sides without a tree");
	is_int(sides[0].arm, 1, "the arm");
	is_str(sides[0].source.vars, "{\"mode\":\"main\"}", "its variables");
	is_str(sides[0].source.content, "", "no content");
	is_str(sides[1].plan.vars[1].value, "y", "a variable that was changed");
	is_str(sides[1].plan.vars[2].value, "a,b", "one with a comma");
	is_str(sides[1].source.vars, "{\"mode\":\"y\",\"hosts\":\"a,b\"}", "both are said");
	is_str(sides[1].source.word, words[1], "as typed");
	is_str(sides[2].plan.services[0].command, "./b ${mode}", "another command");
	is_str(sides[2].plan.directory, setup->plan->directory, "where the plan stands");
	ok(side_is_same(&sides[0], &sides[3]), "the same");
	is_str(sides[3].source.name, "main (2)", "with a name of its own");
	is_int(sides[3].source.place, 3, "and place");
	ok(!side_is_same(&sides[0], &sides[1]) && !side_is_same(&sides[1], &sides[2]),
	   "not the same");
	side_release_all(sides, 4, false);
	is_status(side_make_all(sides, words, 1,
				&(struct side_setup){setup->plan, setup->store, "main"}, &err),
		  0, "with an arm");
	side_release_all(sides, 1, false);
}

static void test_revision(const struct side_setup *setup)
{
	struct side side;
	struct err err = {0};
	const char *word = "v1";
	scoped_free char *id = NULL;

	is_status(side_make_all(&side, &word, 1, setup, &err), 0, "a revision is made");
	ok(fixture_sh(
		   "git clone -q --no-hardlinks --recurse-submodules project clone && cd clone &&"
		   "git checkout -q v1 && git rev-parse HEAD HEAD^{tree} >../ids"),
	   "git makes a clone");
	ok(fixture_sh("diff -r --no-dereference -x .git clone '%s'", side.tree.folder),
	   "the same files in it, submodule and export-ignore included");
	ok(fixture_sh("test -x '%s/tool' && test ! -e '%s/srv/server'", side.tree.folder,
		      side.tree.folder),
	   "modes are there, products are not");
	id = fixture_read("ids");
	ok(strncmp(id, side.source.revision, 40) == 0, "the commit's id");
	ok(strncmp(id + 41, side.source.content, 40) == 0, "the tree's id");
	is_str(side.source.subject, "first", "the subject");
	is_str(side.source.patch, "", "no patch");
	is_str(side.source.word, "rev:v1", "the word, with its prefix");
	is_str(side.plan.directory + strlen(side.tree.folder), "/srv", "the plan's folder in it");
	is_str(side.plan.name, "server", "the plan");
	is_int(side.tree.notes.count, 0, "nothing to say");
	ok(fixture_sh("cd '%s' && git status --porcelain >../seen && test ! -s ../seen &&"
		      "git describe --dirty >../seen && test $(cat ../seen) = v1 &&"
		      "git fsck --no-dangling",
		      side.tree.folder),
	   "git within the tree: clean, and knows the tag");
	ok(fixture_sh("cd '%s' && sh ./build && git checkout -q -f HEAD && git clean -qfdx &&"
		      "test ! -e server && git commit -q --allow-empty -m x && git tag new",
		      side.plan.directory),
	   "a build may do what it wants");
	ok(strncmp(side.tree.place, fixture_path("store/trees/"),
		   strlen(fixture_path("store/trees/"))) == 0,
	   "below the store");
	side_release(&side, false);
	ok(is_empty("store/trees"), "nothing is left");
}

static void test_working_tree(const struct side_setup *setup)
{
	struct side side;
	struct err err = {0};
	const char *word = ".";
	scoped_free char *id = NULL, *patch = NULL;
	struct stat mine, theirs;

	is_status(side_make_all(&side, &word, 1, setup, &err), 0, "the working tree is copied");
	ok(fixture_sh("cp -a project copy && rm copy/srv/server &&"
		      "diff -r --no-dereference -x .git copy '%s'",
		      side.tree.folder),
	   "the same files, but for what is ignored");
	ok(fixture_sh("cd copy && git add -A && git write-tree >../ids &&"
		      "git diff --cached --binary --full-index --no-renames HEAD >../patch"),
	   "git says what it should be");
	id = fixture_read("ids");
	ok(strncmp(id, side.source.content, 40) == 0 && strlen(side.source.content) == 40,
	   "the tree's id");
	patch = fixture_read("patch");
	is_str(side.source.patch, patch, "the patch, new files included");
	ok(stat(fixture_path("project/srv/source"), &theirs) == 0 &&
		   fstatat(AT_FDCWD, fixture_path("project/srv/source"), &theirs, 0) == 0,
	   "a file");
	{
		scoped_free char *path = alloc_printf("%s/srv/source", side.tree.folder);

		ok(stat(path, &mine) == 0 && mine.st_mtim.tv_sec == theirs.st_mtim.tv_sec &&
			   mine.st_ino != theirs.st_ino,
		   "a copy with its time");
	}
	ok(fixture_sh(
		   "cd '%s' && git status --porcelain >../seen; grep -q 'M.*srv/source' ../seen &&"
		   "git describe --dirty | grep -q dirty && git fsck --no-dangling &&"
		   "git reset -q --hard",
		   side.tree.folder),
	   "git within the tree: dirty, whole, and the tree's own");
	side_release(&side, false);
	ok(is_empty("store/trees"), "nothing is left");
}

static void test_pair(const struct side_setup *setup)
{
	struct side sides[2];
	struct err err = {0};
	struct plan plan = {0};
	struct side_setup clean = {.plan = &plan, .store = setup->store};

	is_status(side_make_all(sides, NULL, 2, setup, &err), 0, "HEAD against the working tree");
	is_str(sides[0].source.name, "HEAD", "the base");
	is_str(sides[1].source.name, "working tree", "and what is new");
	ok(!side_is_same(&sides[0], &sides[1]), "are not the same");
	is_int(strlen(sides[0].tree.folder), strlen(sides[1].tree.folder),
	       "their paths are of one length");
	side_release_all(sides, 2, false);
	ok(fixture_sh("git clone -q --no-hardlinks --recurse-submodules project clean"),
	   "a clean clone");
	read_plan(&plan, "clean/srv");
	is_status(side_make_all(sides, NULL, 2, &clean, &err), -ENODATA, "nothing changed");
	ok(has(&err, "nothing changed: the working tree is HEAD"), "says so");
	side_release_all(sides, 2, false);
	is_status(side_make_all(sides, (const char *const[]){"HEAD", "."}, 2, &clean, &err), 0,
		  "both are named");
	ok(side_is_same(&sides[0], &sides[1]), "an A/A proof");
	side_release_all(sides, 2, false);
	plan_release(&plan);
}

static void test_patch(const struct side_setup *setup)
{
	struct side side;
	struct err err = {0};
	const char *word = "good.patch", *bad = "patch:bad.patch";

	is_status(side_make_all(&side, &word, 1, setup, &err), 0, "a patch on HEAD");
	ok(fixture_sh("cd clone && git checkout -q main && git apply ../good.patch &&"
		      "diff -r --no-dereference -x .git . '%s' && git add -A &&"
		      "test $(git write-tree) = %s",
		      side.tree.folder, side.source.content),
	   "as git applies it");
	ok(strstr(side.source.patch, "+patched") != NULL, "the patch");
	is_str(side.source.subject, "second", "on HEAD");
	side_release(&side, false);
	is_status(side_make_all(&side, &bad, 1, setup, &err), -EINVAL, "one that does not apply");
	ok(has(&err, "does not apply to") && has(&err, "srv/source"), "with git's words");
	side_release(&side, false);
	ok(is_empty("store/trees"), "nothing is left");
}

/* A change in the submodule is a change. */
static void test_submodule(const struct side_setup *setup)
{
	struct side side, again;
	struct err err = {0};
	struct plan plan = {0};
	const struct side_setup with = {.plan = &plan, .store = setup->store};
	const char *word = ".";

	ok(fixture_sh("cp -a clean dirty-lib && echo more >>dirty-lib/lib/lib.c"), "a change");
	read_plan(&plan, "dirty-lib/srv");
	is_status(side_make_all(&side, &word, 1, &with, &err), 0, "in a submodule");
	is_int(strlen(side.source.content), 81, "is part of the content");
	ok(strstr(side.source.patch, "+++ b/lib/lib.c\n") != NULL, "and of the patch");
	is_status(side_restore(&again, &with, &side.source, &err), 0, "and comes back");
	is_str(again.source.content, side.source.content, "as it was");
	side_release(&again, false);
	side_release(&side, false);
	plan_release(&plan);
	ok(fixture_sh("git clone -q --no-hardlinks project no-lib"), "a clone without it");
	read_plan(&plan, "no-lib/srv");
	word = "HEAD";
	is_status(side_make_all(&side, &word, 1, &with, &err), 0, "is made");
	ok(side.tree.notes.count == 1 &&
		   strstr(side.tree.notes.items[0], "submodule lib is not checked out") != NULL,
	   "with a note");
	side_release(&side, false);
	plan_release(&plan);
}

static void test_restore(const struct side_setup *setup)
{
	struct side side, again;
	struct err err = {0};
	const char *words[] = {".", "topic", "var:mode=q"};
	struct arm_source cut;

	for (size_t i = 0; i < 3; i++) {
		is_status(side_make_all(&side, &words[i], 1, setup, &err), 0, words[i]);
		is_status(side_restore(&again, setup, &side.source, &err), 0, "made again");
		ok(side_is_same(&side, &again), "is the same");
		is_str(again.source.name, side.source.name, "with its name");
		is_str(again.source.word, side.source.word, "and word");
		is_str(again.source.patch, side.source.patch, "and patch");
		side_release(&again, false);
		side_release(&side, false);
	}
	is_status(side_make_all(&side, &words[0], 1, setup, &err), 0, "once more");
	cut = side.source;
	cut.patch = "";
	is_status(side_restore(&again, setup, &cut, &err), -ESTALE, "without its patch");
	ok(has(&err, "gives other files than those that were measured"), "says so");
	side_release(&again, false);
	side_release(&side, false);
}

/* What a plan says must be the tree's. */
static void test_plans(const struct side_setup *setup)
{
	static const struct {
		const char *text, *word;
		int code;
		const char *sentence;
	} cases[] = {
		{"services: [{name: s, command: ./server}]\n", "rev:HEAD", -ENOENT,
		 "there is no ./server"},
		{"services: [{name: s, command: ./server, build: make}]\n", "rev:HEAD", 0, NULL},
		{"services: [{name: s, command: ./source}]\n", "rev:HEAD", 0, NULL},
		{"services: [{name: s, command: ./file, directory: ../turned}]\n", "rev:HEAD", 0,
		 NULL},
		{"services: [{name: s, command: sh source}]\n", "rev:HEAD", 0, NULL},
		{"services: [{name: s, command: ROOT/project/tool}]\n", "rev:HEAD", -EINVAL,
		 "is in your own tree"},
		{"services: [{name: s, command: ./source, directory: ROOT/project}]\n", ".",
		 -EINVAL, "is in your own tree"},
		{"services: [{name: s, attach: \"1\"}]\n", "rev:HEAD", -EINVAL,
		 "the plan starts no service"},
		{"services: [{name: s, attach: \"1\"}]\n", "cmd:x", -EINVAL,
		 "the plan starts no service whose command"},
		{"services: [{name: s, command: ./source}]\nload: {target: \":1\", requests: "
		 "[{path: \"/${c}\", data: none.csv}]}\n",
		 "rev:HEAD", -ENOENT, "there is no none.csv, which the load needs"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *root = strstr(cases[i].text, "ROOT");
		scoped_free char *text =
			root == NULL ? alloc_strdup(cases[i].text)
				     : alloc_printf("%.*s%s%s", (int)(root - cases[i].text),
						    cases[i].text, fixture_root, root + 4);
		struct plan plan = {0};
		const struct side_setup with = {.plan = &plan, .store = setup->store};
		struct side side;
		struct err err = {0};

		is_int(plan_parse(&plan, "p.yaml", text, strlen(text), fixture_path("project/srv"),
				  NULL, 0, &err),
		       0, "a plan");
		is_status(side_make_all(&side, &cases[i].word, 1, &with, &err), cases[i].code,
			  text);
		if (cases[i].code < 0)
			ok(has(&err, cases[i].sentence), "the sentence");
		side_release(&side, false);
		plan_release(&plan);
	}
}

/* The load's data are the revision's: when these are others, it is said. */
static void test_data_note(const struct side_setup *setup)
{
	struct plan plan = {0};
	const struct side_setup with = {.plan = &plan, .store = setup->store};
	struct side side;
	struct err err = {0};
	const char *word = "rev:HEAD";

	ok(fixture_sh("cp -a clean other-data && echo c,d >other-data/srv/feed.csv"), "other data");
	read_plan(&plan, "other-data/srv");
	is_status(side_make_all(&side, &word, 1, &with, &err), 0, "is made");
	ok(side.tree.notes.count == 1 && strstr(side.tree.notes.items[0], "feed.csv") != NULL,
	   "with a note");
	side_release(&side, false);
	plan_release(&plan);
}

/* One repository of a kind: what `.` and HEAD come to in it. */
static void check_kind(const char *name, const char *script, int code, const char *sentence,
		       bool is_same)
{
	struct plan plan = {0};
	const struct side_setup setup = {.plan = &plan, .store = fixture_path("store")};
	static const char *const words[] = {"rev:HEAD", "."};
	scoped_free char *before = NULL, *after = NULL;
	scoped_free char *store = alloc_strdup(setup.store);
	struct side sides[2];
	struct err err = {0};

	ok(fixture_sh("set -e; %s", script), name);
	before = fixture_fingerprint(name);
	is_int(plan_parse(&plan, "p.yaml", "services: [{name: s, command: sh x}]\n", 37,
			  fixture_path(name), NULL, 0, &err),
	       0, "a plan there");
	is_status(side_make_all(sides, words, 2,
				&(struct side_setup){.plan = &plan, .store = store}, &err),
		  code, "both sides");
	if (code < 0)
		ok(has(&err, sentence), "the sentence");
	else
		is_int(side_is_same(&sides[0], &sides[1]), is_same, "the same, or not");
	side_release_all(sides, 2, false);
	plan_release(&plan);
	after = fixture_fingerprint(name);
	ok(fixture_is_same(before, after), "nothing there has changed");
}

static void test_kinds(void)
{
	check_kind("shallow", "git clone -q --no-hardlinks --depth 1 file://$PWD/project shallow",
		   0, NULL, true);
	check_kind("plain", "mkdir plain", -ENOTDIR, "is in no git repository", false);
	check_kind("bare.git", "git clone -q --no-hardlinks --bare project bare.git", -EINVAL,
		   "bare repository", false);
	check_kind("unborn", "git init -q unborn; echo x >unborn/x", -EINVAL,
		   "nothing has been committed yet", false);
	check_kind("merge",
		   "git init -q merge; cd merge; echo a >x; git add .; git commit -qm a;"
		   "git checkout -qb other; echo b >x; git commit -qam b; git checkout -q main;"
		   "echo c >x; git commit -qam c; ! git merge -q other",
		   0, NULL, false);
	check_kind("sparse",
		   "git init -q sparse; cd sparse; mkdir in out; echo a >in/a; echo b >out/b;"
		   "git add .; git commit -qm a; git sparse-checkout set in; test ! -e out/b",
		   0, NULL, true);
}

/* A word that may be a revision, in a repository that cannot say so. */
static void check_lost_word(const char *name, const char *word, const char *sentence)
{
	struct plan plan = {0};
	const struct side_setup setup = {.plan = &plan, .store = "store"};
	struct side side;
	struct err err = {0};

	is_int(plan_parse(&plan, "p.yaml", "services: [{name: s, command: sh x}]\n", 37,
			  fixture_path(name), NULL, 0, &err),
	       0, "a plan there");
	is_status(side_parse(&side, &setup, word, &err), -ENOENT, word);
	ok(has(&err, sentence), sentence);
	side_release(&side, false);
	plan_release(&plan);
}

static void test_lost_words(void)
{
	check_lost_word("shallow", "HEAD~1", "git fetch --unshallow");
	check_lost_word("unborn", "HEAD", "(nothing has been committed yet)");
	check_lost_word("plain", "HEAD", "(the plan is in no git repository)");
	ok(fixture_sh("git init -q broken; echo '[core' >>broken/.git/config"), "broken");
	check_lost_word("broken", "HEAD", "cannot be known: ");
}

/* Settings and surroundings that git heeds, and that must neither change a tree nor be changed. */
static void test_settings(void)
{
	check_kind("sha256",
		   "git init -q --object-format=sha256 sha256; cd sha256; echo a >a; git add .;"
		   "git commit -qm a; git tag t",
		   0, NULL, true);
	check_kind("split",
		   "git init -q split; cd split; echo a >a; git add .; git commit -qm a;"
		   "git config core.splitIndex true; git update-index --split-index; echo b >a;"
		   "git add a",
		   0, NULL, false);
	check_kind("crlf",
		   "git init -q crlf; cd crlf; git config core.autocrlf true; printf "
		   "'a\\r\\nb\\r\\n' >a;"
		   "git add .; git commit -qm a; rm a; git checkout -q a",
		   0, NULL, true);
	check_kind("no-modes",
		   "git init -q no-modes; cd no-modes; echo a >a; chmod 755 a; git add .;"
		   "git commit -qm a; git config core.fileMode false; chmod 644 a",
		   0, NULL, true);
	check_kind(
		"hooked",
		"git init -q hooked; cd hooked; echo a >a; git add .; git commit -qm a;"
		"printf '#!/bin/sh\\ntouch ../hooked-ran\\n' >.git/hooks/post-checkout;"
		"cp .git/hooks/post-checkout .git/hooks/post-index-change; chmod 755 .git/hooks/*;"
		"git config core.fsmonitor \"$PWD/.git/hooks/post-checkout\"",
		0, NULL, true);
	ok(access(fixture_path("hooked-ran"), F_OK) < 0, "no hook has run");
	check_kind("a:colon \"quoted\"",
		   "git clone -q --no-hardlinks project 'a:colon \"quoted\"'; cd 'a:colon "
		   "\"quoted\"'; echo n >n",
		   0, NULL, false);
	check_kind("lost-module",
		   "cp -a clean lost-module; cd lost-module;"
		   "git update-index --cacheinfo 160000,$(git rev-parse HEAD),lib;"
		   "git commit -qm lost",
		   -ENOENT, "of the submodule lib, which is not there: git -C ", false);
	check_kind("linked", "git -C clean worktree add -q ../linked HEAD; echo n >linked/n", 0,
		   NULL, false);
	check_kind("nested",
		   "git clone -q --no-hardlinks project nested; git clone -q --no-hardlinks lib "
		   "nested/inner; cd nested; echo n >n",
		   0, NULL, false);
	check_kind("new-module",
		   "git clone -q --no-hardlinks clean new-module; cd new-module; git submodule "
		   "--quiet add file://$HOME/lib "
		   "two",
		   0, NULL, false);
	check_kind("pointer",
		   "git init -q pointer; cd pointer; echo '*.bin filter=lfs' >.gitattributes;"
		   "printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:0\\n' >a.bin;"
		   "git add .; git commit -qm a",
		   0, NULL, true);
}

static void test_notes(void)
{
	struct plan plan = {0};
	const struct side_setup setup = {.plan = &plan, .store = fixture_path("store")};
	scoped_free char *store = alloc_strdup(setup.store);
	const struct side_setup with = {.plan = &plan, .store = store};
	struct side side;
	const char *head = "HEAD", *tree = ".";
	static const char text[] = "services: [{name: s, command: sh x}]\n";

	plan_parse(&plan, "p.yaml", text, strlen(text), fixture_path("pointer"), NULL, 0, NULL);
	ok(side_make_all(&side, &head, 1, &with, NULL) == 0 && side.tree.notes.count == 1 &&
		   strstr(side.tree.notes.items[0], "Git LFS") != NULL,
	   "pointers of Git LFS are said");
	side_release(&side, false);
	plan_release(&plan);
	plan_parse(&plan, "p.yaml", text, strlen(text), fixture_path("nested"), NULL, 0, NULL);
	ok(side_make_all(&side, &tree, 1, &with, NULL) == 0 && side.tree.notes.count == 2 &&
		   strstr(side.tree.notes.items[0], "inner/ is a repository of its own") != NULL,
	   "a repository that is left out is said");
	side_release(&side, false);
	plan_release(&plan);
}

/* The store is where it is by default, within the user's tree; folders of others that died. */
static void test_folders(const struct side_setup *setup)
{
	struct plan plan = {0};
	const struct side_setup inside = {.plan = &plan, .store = fixture_path("clean/.sonde")};
	scoped_free char *store = alloc_strdup(inside.store), *kept = NULL;
	const struct side_setup with = {.plan = &plan, .store = store};
	const char *words[] = {".", "rev:HEAD"};
	struct side sides[2];
	struct err err = {0};

	read_plan(&plan, "clean/srv");
	ok(fixture_sh("mkdir -p clean/.sonde/trees/dead/x && chmod 555 clean/.sonde/trees/dead/x &&"
		      "echo '*' >clean/.sonde/.gitignore"),
	   "what a killed one left");
	is_status(side_make_all(sides, words, 2, &with, &err), 0, "a store in the tree");
	ok(side_is_same(&sides[0], &sides[1]), "is no change of the tree");
	ok(access(fixture_path("clean/.sonde/trees/dead"), F_OK) < 0, "what was left is gone");
	ok(access(sides[0].tree.folder, F_OK) == 0, "what is in use is not");
	ok(fixture_sh("cd '%s/srv' && test \"$(git rev-parse --show-toplevel)\" = '%s'",
		      sides[1].tree.folder, sides[1].tree.folder),
	   "git finds the tree's repository, not the user's");
	kept = alloc_strdup(sides[0].tree.folder);
	side_release(&sides[0], true);
	side_release(&sides[1], false);
	is_status(side_make_all(sides, words, 1, &with, &err), 0, "again");
	side_release_all(sides, 1, false);
	ok(access(kept, F_OK) == 0, "what was kept is kept");
	ok(fixture_sh("rm -r clean/.sonde && touch file"), "away");
	is_status(side_make_all(sides, words, 1,
				&(struct side_setup){.plan = &plan, .store = fixture_path("file")},
				&err),
		  -ENOTDIR, "a store that is none");
	ok(has(&err, "cannot make the folder"), "says so");
	side_release_all(sides, 1, false);
	plan_release(&plan);
	(void)setup;
}

static void test_big_patch(const struct side_setup *setup)
{
	struct plan plan = {0};
	const struct side_setup with = {.plan = &plan, .store = setup->store};
	struct side side, again;
	struct err err = {0};
	const char *word = ".";

	ok(fixture_sh("git clone -q --no-hardlinks project big && seq 1 400000 >big/numbers &&"
		      "printf 'caf\\351\\n' >big/A-latin"),
	   "a long change");
	read_plan(&plan, "big/srv");
	is_status(side_make_all(&side, &word, 1, &with, &err), 0, "is made");
	ok(strlen(side.source.patch) < ARM_SOURCE_PATCH_BYTES &&
		   strlen(side.source.patch) > ARM_SOURCE_PATCH_BYTES - 100,
	   "the patch is cut");
	ok(strstr(side.source.patch, "+caf?\n") != NULL, "and is a text");
	is_int(side.tree.notes.count, 2, "which is said, beside the missing submodule");
	is_status(side_restore(&again, &with, &side.source, &err), -EINVAL, "it cannot come back");
	side_release(&again, false);
	side_release(&side, false);
	plan_release(&plan);
}

static void test_interrupt(const struct side_setup *setup)
{
	struct side side;
	struct err err = {0};

	is_status(side_parse(&side, setup, ".", &err), 0, "the working tree");
	raise(SIGINT);
	is_status(side_make(&side, setup, &err), -ECANCELED, "interrupted");
	side_release(&side, false);
	ok(is_empty("store/trees"), "nothing is left");
}

int main(void)
{
	struct plan plan = {0};
	scoped_free char *before = NULL, *after = NULL, *lib = NULL, *lib_after = NULL,
			 *store = NULL;

	interrupt_install();
	ok(fixture_begin() && make_project(), "a project is made");
	ok(fixture_sh("printf 'diff --git a/srv/source b/srv/source\\n--- a/srv/source\\n+++ "
		      "b/srv/source\\n"
		      "@@ -1 +1 @@\\n-v2\\n+patched\\n' >good.patch && sed s/v2/v7/ good.patch "
		      ">bad.patch"),
	   "patches");
	store = alloc_strdup(fixture_path("store"));
	before = fixture_fingerprint("project");
	lib = fixture_fingerprint("lib");
	read_plan(&plan, "project/srv");
	{
		const struct side_setup setup = {.plan = &plan, .store = store};

		test_words(&setup);
		test_in_place(&setup);
		test_revision(&setup);
		test_working_tree(&setup);
		test_pair(&setup);
		test_patch(&setup);
		test_submodule(&setup);
		test_restore(&setup);
		test_plans(&setup);
		test_data_note(&setup);
		test_kinds();
		test_lost_words();
		test_settings();
		test_notes();
		test_folders(&setup);
		test_big_patch(&setup);
		test_interrupt(&setup);
	}
	after = fixture_fingerprint("project");
	lib_after = fixture_fingerprint("lib");
	ok(fixture_is_same(before, after), "the user's repository and files are what they were");
	ok(fixture_is_same(lib, lib_after), "and those of the submodule");
	plan_release(&plan);

	fixture_end();
	return tap_done();
}
