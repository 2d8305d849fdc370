#include "lab/side_word.h"
#include "lab/git.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/parse.h"
#include "util/vec.h"

static const struct {
	const char *prefix;
	enum arm_kind kind;
} prefixes[] = {{"arm:", ARM_PLAN},
		{"var:", ARM_VARIABLE},
		{"cmd:", ARM_COMMAND},
		{"rev:", ARM_REVISION},
		{"patch:", ARM_PATCH}};

static bool has_arm(const struct plan *plan, const char *name)
{
	for (uint32_t i = 0; i < plan->arm_count; i++)
		if (strcmp(plan->arms[i].name, name) == 0)
			return true;
	return false;
}

/* `why`: of a repository that could not be opened; its code is 0 for one that was. */
static int fail_word(const struct side_setup *setup, const struct git *git, const struct err *why,
		     const char *word, struct err *err)
{
	bool is_unborn = git->root != NULL && !git_has_revision(git, "HEAD");

	scoped_free char *branch = git->root != NULL ? git_find_nearest(git, word) : NULL;
	VEC(const char *) names = {0};
	const char *arm;

	for (uint32_t i = 0; i < setup->plan->arm_count; i++)
		vec_push(&names, setup->plan->arms[i].name);
	vec_push(&names, NULL);
	arm = parse_find_nearest(word, names.items);
	vec_release(&names);
	if (strchr(word, '=') != NULL)
		return err_set(err, -EINVAL, "'%s' is no side of a proof; did you mean 'var:%s'?",
			       word, word);
	if (arm == NULL && why->code != 0 && why->code != -ENOTDIR)
		return err_set(err, -ENOENT,
			       "no arm or file '%s', and whether it is a revision cannot be known: "
			       "%s",
			       word, err_text(why));
	if (arm == NULL && git->is_shallow)
		return err_set(err, -ENOENT,
			       "no arm or file '%s', and this clone is shallow, so it may be a "
			       "revision that is missing: " GIT_UNSHALLOW,
			       word);
	if (arm != NULL || branch != NULL)
		return err_set(err, -ENOENT, "no arm, revision or file '%s'; did you mean '%s%s'?",
			       word, arm != NULL ? "arm:" : "rev:", arm != NULL ? arm : branch);
	return err_set(err, -ENOENT,
		       "no arm, revision or file '%s'%s; a side is arm:NAME, var:NAME=VALUE, "
		       "cmd:COMMAND, rev:REVISION, patch:FILE, or . for the working tree",
		       word,
		       git->root == NULL ? " (the plan is in no git repository)"
		       : is_unborn	 ? " (nothing has been committed yet)"
					 : "");
}

/* Whichever it is alone. */
static int find_kind(const struct side_setup *setup, const char *word, enum arm_kind *ret_kind,
		     struct err *err)
{
	static const struct {
		enum arm_kind kind;
		const char *what, *prefix;
	} meanings[] = {{ARM_PLAN, "an arm", "arm:"},
			{ARM_REVISION, "a revision", "rev:"},
			{ARM_PATCH, "a file", "patch:"}};
	scoped(git_cleanup) struct git git = {0};
	struct err why = {0};
	struct stat status;
	bool is_meant[3];
	int r = git_open(&git, setup->plan->directory, &why), count = 0, first = 0, last = 0;

	if (r < 0)
		git_close(&git);
	is_meant[0] = has_arm(setup->plan, word);
	is_meant[1] = r == 0 && git_has_revision(&git, word);
	is_meant[2] = stat(word, &status) == 0 && S_ISREG(status.st_mode);
	for (int i = 2; i >= 0; i--) {
		first = is_meant[i] ? i : first;
		last = is_meant[i] && count == 0 ? i : last;
		count += is_meant[i];
	}
	if (count == 0)
		return fail_word(setup, &git, &why, word, err);
	if (count == 1) {
		*ret_kind = meanings[first].kind;
		return 0;
	}
	return err_set(err, -EINVAL, "'%s' is %s%s and %s: say %s%s%s or %s%s", word,
		       meanings[first].what, count == 3 ? ", a revision" : "", meanings[last].what,
		       meanings[first].prefix, word, count == 3 ? ", rev:…" : "",
		       meanings[last].prefix, word);
}

int side_word_parse(const struct side_setup *setup, const char *word, enum arm_kind *ret_kind,
		    const char **ret_value, struct err *err)
{
	*ret_value = word;
	*ret_kind = ARM_TREE;
	if (strcmp(word, ".") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t length = strlen(prefixes[i].prefix);

		if (strncmp(word, prefixes[i].prefix, length) != 0)
			continue;
		*ret_value = word + length;
		*ret_kind = prefixes[i].kind;
		return 0;
	}
	return find_kind(setup, word, ret_kind, err);
}

char *side_word_format(enum arm_kind kind, const char *value)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (prefixes[i].kind == kind)
			return alloc_printf("%s%s", prefixes[i].prefix, value);
	return alloc_strdup(value);
}
