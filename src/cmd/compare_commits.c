#include "cmd/compare_commits.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "export/json_text.h"
#include "store/store_proof.h"
#include "util/clean.h"
#include "view/comparability.h"

/* The revision of the arm itself, where the store knows one. */
static const char *find_arm_revision(struct arena *arena, const struct run_summary_side *side)
{
	const struct selected_arm *arm = &side->selection->arms[side->arm];
	struct arm_source *sources;
	uint32_t count;

	if (store_list_arms(side->selection->store, arena, side->selection->experiment.id, &sources,
			    &count, NULL) < 0)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(sources[i].name, arm->name) == 0 && sources[i].revision[0] != '\0')
			return sources[i].revision;
	return NULL;
}

/* What is not hexadecimal is no id: of somebody's store nothing else goes to git. */
static const char *find_revision(struct arena *arena, const struct run_summary_side *side)
{
	const char *revision = find_arm_revision(arena, side);

	if (revision == NULL)
		revision = comparability_get_text(arena, side->selection->experiment.environment,
						  "git_revision");
	if (strlen(revision) < 7 || revision[strspn(revision, "0123456789abcdef")] != '\0')
		return NULL;
	return revision;
}

void compare_commits_read(struct compare_commits *ret_commits, struct arena *arena,
			  const struct run_summary_side *base, const struct run_summary_side *head,
			  uint32_t most)
{
	const char *from = find_revision(arena, base), *to = find_revision(arena, head);
	const char *directory =
		comparability_get_text(arena, head->selection->experiment.environment, "directory");
	struct err err = {0};

	*ret_commits = (struct compare_commits){0};
	if (from == NULL || to == NULL || strcmp(from, to) == 0)
		return;
	ret_commits->from = from;
	ret_commits->to = to;
	if (access(directory, F_OK) < 0) /* also "", which is not known */
		directory = ".";
	ret_commits->is_known = git_history_list(&ret_commits->history, arena, directory, from, to,
						 most, most, &err) == 0;
	ret_commits->why_not = ret_commits->is_known ? "" : arena_strdup(arena, err_text(&err));
}

static void add_head(struct strbuf *line, const struct compare_commits *commits)
{
	const struct git_history *history = &commits->history;

	strbuf_addf(line, "%" PRIu32 " commit%s and %" PRIu32 " changed file%s from %.10s to %.10s",
		    history->commit_total, history->commit_total == 1 ? "" : "s",
		    history->file_total, history->file_total == 1 ? "" : "s", commits->from,
		    commits->to);
	if (history->left_total > 0)
		strbuf_addf(line, ", without %" PRIu32 " that the base has", history->left_total);
	strbuf_add_char(line, ':');
}

static void add_line(struct strbuf *text, struct strbuf *line, const struct text_layout *layout)
{
	text_add_wrapped(text, layout, 4, strbuf_text(line));
	strbuf_clear(line);
}

static void add_lists(struct strbuf *text, struct strbuf *line, const struct git_history *history,
		      const struct text_layout *layout)
{
	for (uint32_t i = 0; i < history->commit_count; i++) {
		strbuf_addf(line, "  %s ", history->commits[i].id);
		clean_add(line, history->commits[i].subject);
		add_line(text, line, layout);
	}
	for (uint32_t i = 0; i < history->file_count; i++) {
		const struct git_history_file *file = &history->files[i];

		strbuf_add_text(line, "  ");
		clean_add(line, file->path);
		if (file->is_binary)
			strbuf_add_text(line, " (binary)");
		else
			strbuf_addf(line, " +%" PRIu32 " -%" PRIu32, file->added, file->removed);
		add_line(text, line, layout);
	}
	if (history->commit_total > history->commit_count ||
	    history->file_total > history->file_count) {
		strbuf_addf(line, "  %" PRIu32 " more commits and %" PRIu32 " more files: --all",
			    history->commit_total - history->commit_count,
			    history->file_total - history->file_count);
		add_line(text, line, layout);
	}
}

void compare_commits_add(struct strbuf *text, const struct compare_commits *commits,
			 const struct text_layout *layout)
{
	struct strbuf line;

	if (commits->from == NULL)
		return;
	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	if (commits->is_known) {
		add_head(&line, commits);
		add_line(text, &line, layout);
		add_lists(text, &line, &commits->history, layout);
	} else {
		strbuf_addf(&line, "commits from %.10s to %.10s: ", commits->from, commits->to);
		clean_add(&line, commits->why_not);
		add_line(text, &line, layout);
	}
	strbuf_release(&line);
}

json_t *compare_commits_make_json(const struct compare_commits *commits)
{
	const struct git_history *history = &commits->history;
	json_t *object, *list, *files;

	if (commits->from == NULL)
		return json_null();
	object = json_object();
	list = json_array();
	files = json_array();
	for (uint32_t i = 0; commits->is_known && i < history->commit_count; i++) {
		json_t *commit = json_object();

		json_object_set_new(commit, "id", json_text_make(history->commits[i].id));
		json_object_set_new(commit, "subject", json_text_make(history->commits[i].subject));
		json_array_append_new(list, commit);
	}
	for (uint32_t i = 0; commits->is_known && i < history->file_count; i++) {
		const struct git_history_file *one = &history->files[i];
		json_t *file = json_object();

		json_object_set_new(file, "path", json_text_make(one->path));
		json_object_set_new(file, "added",
				    one->is_binary ? json_null() : json_integer(one->added));
		json_object_set_new(file, "removed",
				    one->is_binary ? json_null() : json_integer(one->removed));
		json_array_append_new(files, file);
	}
	json_object_set_new(object, "from", json_text_make(commits->from));
	json_object_set_new(object, "to", json_text_make(commits->to));
	json_object_set_new(object, "list", list);
	json_object_set_new(object, "count", json_integer(history->commit_total));
	json_object_set_new(object, "files", files);
	json_object_set_new(object, "file_count", json_integer(history->file_total));
	return object;
}
