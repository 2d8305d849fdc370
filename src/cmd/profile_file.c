#include "cmd/profile_file.h"

#include <errno.h>
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
		       {".html", PROFILE_FILE_HTML},
		       {".folded", PROFILE_FILE_FOLDED},
		       {".speedscope.json", PROFILE_FILE_SPEEDSCOPE}};
	static const char *const others[] = {".pb.gz", ".json.gz", ".json", ".txt", ".sonde"};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (ends_with(path, formats[i].suffix)) {
			*ret_format = formats[i].format;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (ends_with(path, others[i]))
			return err_set(err, -EOPNOTSUPP,
				       "%s: no flame graph is *%s, but .svg, .html, .folded and "
				       ".speedscope.json are; `sonde export` writes other formats",
				       path, others[i]);
	return err_set(
		err, -EINVAL,
		"%s: the suffix chooses the format: .svg, .html, .folded or .speedscope.json",
		path);
}

/* The SVG without its XML declaration is HTML. */
static void write_html(struct strbuf *html, const struct call_tree *tree,
		       const struct flame_svg_options *options)
{
	struct strbuf svg;
	const char *begin;

	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	flame_svg_write(&svg, tree, options);
	begin = strstr(strbuf_text(&svg), "<svg");
	strbuf_add_text(html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			      "<title>flame graph</title></head><body>\n");
	strbuf_add_text(html, begin != NULL ? begin : "");
	strbuf_add_text(html, "</body></html>\n");
	strbuf_release(&svg);
}

int profile_file_write(struct strbuf *bytes, enum profile_file_format format,
		       const struct selection *selection, uint32_t arm,
		       const struct profile_filter *filter, struct err *err)
{
	scoped_free char *title = alloc_printf("%s: %s", selection->experiment.name,
					       selection_arm_label(selection, arm));
	struct flame_svg_options options = {.title = title};
	struct hot_functions view;
	struct call_tree tree;
	struct arena arena;
	int r;

	if (strcmp(selection->experiment.name, selection_arm_label(selection, arm)) == 0)
		title[strlen(selection->experiment.name)] =
			'\0'; /* without arms the label is the name */
	arena_init(&arena);
	r = hot_functions_read(&view, &arena, selection, arm, filter, err);
	if (r == 0)
		r = call_tree_read(&tree, &arena, selection, arm, filter, err);
	options.summary = &view.summary;
	if (r == 0) {
		switch (format) {
		case PROFILE_FILE_SVG:
			flame_svg_write(bytes, &tree, &options);
			break;
		case PROFILE_FILE_HTML:
			write_html(bytes, &tree, &options);
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
		     const struct selection *selection, uint32_t arm,
		     const struct profile_filter *filter)
{
	bool is_stdout = strcmp(path, "-") == 0;
	scoped_free char *name =
		is_stdout ? alloc_strdup(path) : look_name_arm_file(path, selection, arm);
	struct err err = {0};
	struct strbuf bytes;
	int status;

	strbuf_init(&bytes, STRBUF_MAX_DEFAULT);
	if (profile_file_write(&bytes, format, selection, arm, filter, &err) < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_file(name, strbuf_text(&bytes), bytes.length);
	strbuf_release(&bytes);
	return status;
}

int profile_file_write_filtered(const char *path, enum profile_file_format format,
				const struct selection *selection,
				const struct profile_filter *filter)
{
	struct err err = {0};
	int status = CMD_OK;

	if (look_check_measured(selection, &err) < 0)
		return cmd_fail(&err);
	if (strcmp(path, "-") == 0 && look_check_one_arm(selection, &err) < 0)
		return cmd_fail(&err);
	for (uint32_t arm = 0; arm < selection->arm_count && status == CMD_OK; arm++)
		status = write_arm(path, format, selection, arm, filter);
	return status;
}

int profile_file_write_arms(const char *path, enum profile_file_format format,
			    const struct selection *selection)
{
	return profile_file_write_filtered(path, format, selection, NULL);
}
