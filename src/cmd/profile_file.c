#include "cmd/profile_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/look.h"
#include "export/folded.h"
#include "export/speedscope.h"
#include "report/flame_svg.h"
#include "util/alloc.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), wanted = strlen(suffix);

	return length >= wanted && strcmp(text + length - wanted, suffix) == 0;
}

int profile_file_find_format(const char *path, enum profile_file_format *ret_format,
			     struct err *err)
{
	static const struct {
		const char *suffix;
		enum profile_file_format format;
	} formats[] = {{".svg", PROFILE_FILE_SVG},
		       {".folded", PROFILE_FILE_FOLDED},
		       {".speedscope.json", PROFILE_FILE_SPEEDSCOPE}};
	static const char *const later[] = {".html", ".pb.gz", ".json", ".txt"};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (ends_with(path, formats[i].suffix)) {
			*ret_format = formats[i].format;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (ends_with(path, later[i]))
			return err_set(err, -EOPNOTSUPP,
				       "%s: a profile as *%s is not supported yet; .svg, .folded "
				       "and .speedscope.json are",
				       path, later[i]);
	return err_set(err, -EINVAL,
		       "%s: the suffix chooses the format: .svg, .folded or .speedscope.json",
		       path);
}

int profile_file_write(struct strbuf *bytes, enum profile_file_format format,
		       const struct selection *selection, uint32_t arm, struct err *err)
{
	scoped_free char *title = alloc_printf("%s: %s", selection->experiment.name,
					       selection_arm_label(selection, arm));
	struct hot_functions view;
	struct call_tree tree;
	struct arena arena;
	int r;

	if (strcmp(selection->experiment.name, selection_arm_label(selection, arm)) == 0)
		title[strlen(selection->experiment.name)] =
			'\0'; /* without arms the label is the name */
	arena_init(&arena);
	r = hot_functions_read(&view, &arena, selection, arm, err);
	if (r == 0)
		r = call_tree_read(&tree, &arena, selection, arm, err);
	if (r == 0) {
		switch (format) {
		case PROFILE_FILE_SVG:
			flame_svg_write(bytes, &tree,
					&(struct flame_svg_options){.title = title,
								    .summary = &view.summary});
			break;
		case PROFILE_FILE_FOLDED:
			folded_write(bytes, &tree);
			break;
		case PROFILE_FILE_SPEEDSCOPE:
			speedscope_write(bytes, &tree, &view.summary, title);
			break;
		}
	}
	arena_release(&arena);
	return r;
}

static int write_arm(const char *path, enum profile_file_format format,
		     const struct selection *selection, uint32_t arm)
{
	bool is_stdout = strcmp(path, "-") == 0;
	scoped_free char *name =
		is_stdout ? alloc_strdup(path) : look_name_arm_file(path, selection, arm);
	struct err err = {0};
	struct strbuf bytes;
	int status;

	strbuf_init(&bytes, STRBUF_MAX_DEFAULT);
	if (profile_file_write(&bytes, format, selection, arm, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(name, strbuf_text(&bytes), bytes.length);
	if (status == CMD_OK && !is_stdout)
		printf("wrote %s\n", name);
	strbuf_release(&bytes);
	return status;
}

int profile_file_write_arms(const char *path, enum profile_file_format format,
			    const struct selection *selection)
{
	struct err err = {0};
	int status = CMD_OK;

	if (look_check_measured(selection, &err) < 0)
		return cmd_fail(&err);
	if (strcmp(path, "-") == 0 && look_check_one_arm(selection, &err) < 0)
		return cmd_fail(&err);
	for (uint32_t arm = 0; arm < selection->arm_count && status == CMD_OK; arm++)
		status = write_arm(path, format, selection, arm);
	return status;
}
