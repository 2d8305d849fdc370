#include "cmd/look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/import_file.h"
#include "cmd/insight_block.h"
#include "export/json.h"
#include "util/alloc.h"
#include "util/parse.h"
#include "view/load_view.h"
#include "view/machine_view.h"
#include "view/run_summary.h"

char *look_find_store(const struct cmd_common *common)
{
	return store_find_path(common->store, ".", false);
}

/*
 * A name that can only be a file's: ids, tags and parts have neither dots nor slashes before them.
 */
static bool is_file_name(const char *word)
{
	return strcmp(word, "-") == 0 ||
	       (word[0] != '@' && strpbrk(word, "./") != NULL && access(word, F_OK) == 0 &&
		strstr(word, ".sonde") == NULL);
}

int look_open(struct selection *selection, const struct cmd_common *common, const char *word,
	      struct err *err)
{
	scoped_free char *path = NULL;
	struct err own = {0};
	int r;

	if (is_file_name(word))
		return import_file_open(selection, word, err);
	path = look_find_store(common);
	r = selection_open(selection, path, word, &own);
	if (r == -ENOENT && word[0] != '@' && access(word, F_OK) == 0 &&
	    strstr(word, ".sonde") == NULL) {
		selection_release(selection);
		return import_file_open(selection, word, err);
	}
	return r < 0 ? err_set(err, r, "%s", err_text(&own)) : r;
}

int look_check_arguments(const struct options_rest *rest, uint32_t least, uint32_t most,
			 const char *what, struct err *err)
{
	if (rest->command != NULL && rest->command[0] != NULL)
		return err_set(err, -EINVAL, "nothing is expected behind --, not '%s'",
			       rest->command[0]);
	if (rest->count < least)
		return err_set(err, -EINVAL, "%s expected", what);
	if (rest->count > most)
		return err_set(err, -EINVAL, "%s expected, not '%s'%s", what, rest->arguments[most],
			       most > 0 ? " as well" : "");
	return 0;
}

int look_check_one_arm(const struct selection *selection, struct err *err)
{
	struct strbuf words;
	int r;

	if (selection->arm_count == 1)
		return 0;
	if (selection->arm_count == 0)
		return err_set(err, -ENOENT, "%s has no runs", selection->word);
	strbuf_init(&words, 512);
	for (uint32_t i = 0; i < selection->arm_count; i++)
		strbuf_addf(&words, "%s%s/%s",
			    i == 0			    ? ""
			    : i + 1 == selection->arm_count ? " or "
							    : ", ",
			    selection->word, selection->arms[i].name);
	r = err_set(err, -EINVAL, "%s has %u arms; name one: %s", selection->word,
		    selection->arm_count, strbuf_text(&words));
	strbuf_release(&words);
	return r;
}

int look_check_measured(const struct selection *selection, struct err *err)
{
	for (uint32_t arm = 0; arm < selection->arm_count; arm++)
		if (selection->arms[arm].run_count > 0)
			return 0;
	return err_set(err, -ENOENT, "nothing was measured in %s; `sonde show %s` says why",
		       selection->experiment.id, selection->experiment.id);
}

/*
 * Where the suffix begins: the whole of .speedscope.json, the last dot else; the end when there is
 * none.
 */
static size_t find_suffix(const char *path)
{
	static const char *const doubles[] = {".speedscope.json", ".pb.gz"};
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t length = strlen(path);

	for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
		size_t suffix = strlen(doubles[i]);

		if (strlen(name) > suffix && strcmp(path + length - suffix, doubles[i]) == 0)
			return length - suffix;
	}
	return dot != NULL && dot != name ? (size_t)(dot - path) : length;
}

char *look_name_arm_file(const char *path, const struct selection *selection, uint32_t arm)
{
	size_t suffix = find_suffix(path);

	if (selection->arm_count == 1)
		return alloc_strdup(path);
	return alloc_printf("%.*s.%s%s", (int)suffix, path, selection->arms[arm].name,
			    path + suffix);
}

int look_format_json(struct strbuf *json, const struct selection *selection, struct err *err)
{
	struct run_summary summary = {0};
	struct machine_view machine = {0};
	struct load_view load = {0};
	struct arena arena;
	int r;

	arena_init(&arena);
	r = run_summary_read(&summary, &arena, selection, NULL, err);
	if (r == 0)
		r = machine_view_read(&machine, &arena, selection, UINT32_MAX, err);
	if (r == 0) {
		bool has_load = load_view_read(&load, &arena, selection, UINT32_MAX, NULL) == 0;

		json_write_show(json, &summary, has_load ? &load : NULL, &machine,
				insight_block_read(&arena, &summary));
	}
	load_view_release(&load);
	run_summary_release(&summary); /* what it points to is the arena's */
	arena_release(&arena);
	return r;
}

int look_write_json(const struct selection *selection, const char *path)
{
	struct strbuf json;
	struct err err = {0};
	int status;

	strbuf_init(&json, STRBUF_MAX_DEFAULT);
	if (look_format_json(&json, selection, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(path, strbuf_text(&json), json.length);
	strbuf_release(&json);
	return status;
}

int look_format_arms(struct strbuf *text, struct arena *arena, const struct selection *selection,
		     look_format_arm_fn format_arm, const void *args, struct err *err)
{
	struct text_layout layout = look_get_layout();
	uint32_t shown = 0;
	struct err own = {0};

	for (uint32_t arm = 0; arm < selection->arm_count; arm++) {
		int r;

		if (selection->arm_count > 1) {
			strbuf_add_text(text, arm > 0 ? "\n" : "");
			text_add_styled(text, &layout, TEXT_BOLD,
					selection_arm_label(selection, arm));
			strbuf_add_char(text, '\n');
		}
		own = (struct err){0};
		r = format_arm(text, arena, selection, arm, args, &own);
		shown += r == 0;
		if (r == -ENOENT && selection->arm_count > 1)
			strbuf_addf(text, "%s\n", err_text(&own));
		else if (r < 0)
			return err_set(err, r, "%s", err_text(&own));
	}
	return shown > 0 ? 0 : err_set(err, -ENOENT, "%s", err_text(&own));
}

struct text_layout look_get_layout(void)
{
	return (struct text_layout){.columns = cmd_get_width(STDOUT_FILENO),
				    .has_color = cmd_has_color(STDOUT_FILENO)};
}

int look_parse_delta(double *delta, const char *text, struct err *err)
{
	scoped_free char *number = NULL;
	size_t length;
	double percent;

	if (text == NULL)
		return 0;
	length = strlen(text);
	number = alloc_strndup(text, length > 0 && text[length - 1] == '%' ? length - 1 : length);
	if (parse_double(number, &percent) < 0 || !(percent >= 100 * RUN_DIFF_DELTA) ||
	    percent >= 100)
		return err_set(err, -EINVAL,
			       "--delta must be a percentage from 2 to 100 like 3 or 2.5, not "
			       "'%s': smaller changes are not told from chance",
			       text);
	*delta = percent / 100;
	return 0;
}

int look_check_store(const struct cmd_common *common, struct err *err)
{
	scoped_free char *path = look_find_store(common);
	scoped(store_cleanup) struct store *store = NULL;

	return store_open_readonly(&store, path, err);
}
