#include "lab/git_history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/git.h"
#include "lab/git_call.h"
#include "util/alloc.h"
#include "util/parse.h"
#include "util/strbuf.h"

struct question {
	struct git git;
	struct git_commit from, to;
};

static void question_cleanup(struct question *question)
{
	git_commit_release(&question->from);
	git_commit_release(&question->to);
	git_close(&question->git);
}

static int run(const struct question *question, const char *const *arguments, struct strbuf *output,
	       struct err *err)
{
	const struct git_call call = {.arguments = arguments};

	strbuf_init(output, GIT_CALL_OUTPUT_BYTES);
	return git_call_run(&question->git, &call, output, err);
}

/* A whole number; 0 when it is none ("-" of a binary file). */
static uint32_t read_count(const char *text, size_t length)
{
	scoped_free char *word = alloc_strndup(text, length);
	uint64_t value = 0;

	(void)parse_u64(word, &value);
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

/* How many there are on either side: "3\t14\n". */
static int count_commits(struct git_history *history, const struct question *question,
			 struct err *err)
{
	scoped_free char *range = alloc_printf("%s...%s", question->from.id, question->to.id);
	const char *const arguments[] = {"rev-list", "--left-right", "--count", range, "--", NULL};
	scoped(strbuf_release) struct strbuf output;
	int r = run(question, arguments, &output, err);
	const char *text = strbuf_text(&output);
	size_t left = strcspn(text, "\t");

	if (r < 0)
		return r;
	history->left_total = read_count(text, left);
	text += left + (text[left] == '\t');
	history->commit_total = read_count(text, strcspn(text, "\n"));
	return 0;
}

/* A line each: the short id, a blank, the subject. */
static int list_commits(struct git_history *history, struct arena *arena,
			const struct question *question, uint32_t max, struct err *err)
{
	scoped_free char *range = alloc_printf("%s..%s", question->from.id, question->to.id);
	scoped_free char *most = alloc_printf("--max-count=%u", max);
	const char *const arguments[] = {
		"log", "--no-show-signature", "--no-color", "--format=%h %s", most, range, "--",
		NULL};
	scoped(strbuf_release) struct strbuf output;
	int r = run(question, arguments, &output, err);

	history->commits = arena_alloc(arena, max + 1ul, sizeof(*history->commits));
	for (const char *at = strbuf_text(&output);
	     r == 0 && *at != '\0' && history->commit_count < max;) {
		size_t length = strcspn(at, "\n"), id = strcspn(at, " \n");
		size_t subject = id < length ? id + 1 : length;

		history->commits[history->commit_count++] = (struct git_history_commit){
			.id = arena_strndup(arena, at, id),
			.subject = arena_strndup(arena, at + subject, length - subject)};
		at += length + (at[length] == '\n');
	}
	return r;
}

/* "12\t3\tPATH", of a binary file "-\t-\tPATH", and a NUL. */
static int list_files(struct git_history *history, struct arena *arena,
		      const struct question *question, uint32_t max, struct err *err)
{
	const char *const arguments[] = {"diff-tree",
					 "-r",
					 "-z",
					 "--numstat",
					 "--no-renames",
					 "--no-ext-diff",
					 "--no-textconv",
					 question->from.id,
					 question->to.id,
					 NULL};
	scoped(strbuf_release) struct strbuf output;
	int r = run(question, arguments, &output, err);

	history->files = arena_alloc(arena, max + 1ul, sizeof(*history->files));
	for (size_t i = 0; r == 0 && i < output.length; i += strlen(output.data + i) + 1) {
		const char *added = output.data + i, *removed = strchr(added, '\t');
		const char *path = removed != NULL ? strchr(removed + 1, '\t') : NULL;

		if (path == NULL || ++history->file_total > max)
			continue;
		history->files[history->file_count++] = (struct git_history_file){
			.path = arena_strdup(arena, path + 1),
			.added = read_count(added, (size_t)(removed - added)),
			.removed = read_count(removed + 1, (size_t)(path - removed - 1)),
			.is_binary = added[0] == '-'};
	}
	return r;
}

int git_history_list(struct git_history *ret_history, struct arena *arena, const char *directory,
		     const char *from, const char *to, uint32_t commits_max, uint32_t files_max,
		     struct err *err)
{
	scoped(question_cleanup) struct question question = {0};
	struct git_history history = {0};
	int r = git_open(&question.git, directory, err);

	if (r == 0)
		r = git_resolve(&question.git, from, &question.from, err);
	if (r == 0)
		r = git_resolve(&question.git, to, &question.to, err);
	if (r == 0)
		r = count_commits(&history, &question, err);
	if (r == 0)
		r = list_commits(&history, arena, &question, commits_max, err);
	if (r == 0)
		r = list_files(&history, arena, &question, files_max, err);
	if (r == 0)
		*ret_history = history;
	return r;
}
