#include "lab/side_patch.h"

#include <errno.h>
#include <stdlib.h>

#include "lab/git_call.h"
#include "lab/revision_record.h"
#include "util/alloc.h"

int side_patch_apply(struct revision_tree *tree, const struct git *git,
		     const struct git_commit *commit, const char *file, struct err *err)
{
	scoped_free char *path = realpath(file, NULL);
	const char *const arguments[] = {"apply", "--whitespace=nowarn", path, NULL};
	const struct revision_part part = {
		.git = git, .commit = commit, .folder = tree->folder, .path = ""};
	const struct git_call call = {.arguments = arguments, .folder = tree->folder};
	struct err why = {0};
	int r;

	if (path == NULL)
		return err_set(err, -errno, "no patch %s", file);
	r = git_call_run(git, &call, NULL, &why);
	if (r == -ECHILD)
		return err_set(err, -EINVAL, "%s does not apply to %.12s (%s): %s", file,
			       commit->id, commit->subject, err_text(&why));
	if (r < 0)
		return err_set(err, r, "%s", err_text(&why));
	free(tree->content);
	tree->content = NULL;
	return revision_record_all(tree, &part, err);
}
