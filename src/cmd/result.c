#include "cmd/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/hypothesis_list.h"
#include "cmd/insight_block.h"
#include "cmd/load_file.h"
#include "cmd/look.h"
#include "cmd/matrix_result.h"
#include "export/json.h"
#include "export/wrk_text.h"
#include "report/flame_svg.h"
#include "report/run_report.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "view/call_tree.h"
#include "view/run_summary.h"
#include "view/selection.h"

struct footer {
	struct arena arena;
	VEC(const char *) lines;
};

static void add_line(struct footer *footer, const char *line)
{
	vec_push(&footer->lines, line);
}

/* "ID.arm.svg", and without arms "ID.svg"; arms' names may hold what file names may not. */
static char *make_name(struct footer *footer, const struct run_summary *summary, uint32_t side,
		       const char *base)
{
	const struct run_summary_side *of = &summary->sides[side];
	const char *id = of->selection->experiment.id;
	char *name;

	if (summary->side_count == 1)
		return arena_printf(&footer->arena, "%s.svg", id);
	name = base == NULL ? arena_printf(&footer->arena, "%s.%s.svg", id, of->label)
			    : arena_printf(&footer->arena, "%s.%s-to-%s.svg", id, base, of->label);
	for (char *at = name; *at != '\0'; at++)
		if (*at == '/')
			*at = '_';
	return name;
}

/* Writes one SVG into the store's output folder and names it in the footer. */
static void write_flame(struct session *session, struct footer *footer, const char *name,
			const struct call_tree *tree, const struct flame_svg_options *options)
{
	scoped_free char *path = store_make_output_path(session->store, name);
	struct strbuf svg;
	struct err err = {0};

	if (path == NULL)
		return;
	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	flame_svg_write(&svg, tree, options);
	if (fd_replace_file(path, strbuf_text(&svg), svg.length, &err) == 0) {
		store_give_to_user(path);
		add_line(footer, arena_printf(&footer->arena, "flame graph: %s", path));
	} else {
		fprintf(stderr, "sonde: %s\n", err_text(&err));
	}
	strbuf_release(&svg);
}

static void write_flames(struct session *session, struct footer *footer,
			 const struct run_summary *summary)
{
	const struct run_summary_side *base = &summary->sides[0];

	for (uint32_t i = 0; i < summary->side_count; i++) {
		const struct run_summary_side *side = &summary->sides[i];
		struct flame_svg_options options = {0};
		struct call_tree tree;

		if (!side->has_profile)
			continue;
		options.title = arena_printf(&footer->arena, "%s: %s",
					     side->selection->experiment.name, side->label);
		options.summary = &side->profile.summary;
		if (call_tree_read(&tree, &footer->arena, side->selection, side->arm, NULL, NULL) ==
		    0)
			write_flame(session, footer, make_name(footer, summary, i, NULL), &tree,
				    &options);
		if (i == 0 || !base->has_profile)
			continue;
		options.title =
			arena_printf(&footer->arena, "%s: %s to %s",
				     side->selection->experiment.name, base->label, side->label);
		options.base_summary = &base->profile.summary;
		options.base_label = base->label;
		options.head_label = side->label;
		if (call_tree_read_difference(&tree, &footer->arena, base->selection, base->arm,
					      side->selection, side->arm, NULL, NULL) == 0)
			write_flame(session, footer, make_name(footer, summary, i, base->label),
				    &tree, &options);
	}
}

static void add_next_commands(struct session *session, struct footer *footer,
			      const struct selection *selection)
{
	const char *id = selection->experiment.id, *kind = selection->experiment.kind;
	const char *program = program_invocation_name; /* as typed: build/sonde, or sonde */
	const char *option = session_get_store_option(session, &footer->arena);
	scoped_free char *logs = store_make_output_path(session->store, id);
	const char *first, *second;

	if (logs != NULL && strcmp(kind, "run") == 0)
		add_line(footer, arena_printf(&footer->arena, "logs: %s.*.log", logs));
	add_line(footer,
		 arena_printf(&footer->arena, "stored as %s in %s", id, session->store_path));
	if (selection->arm_count > 1) {
		const char *arm = arena_printf(&footer->arena, "@last/%s",
					       selection->arms[selection->arm_count - 1].name);
		scoped_free char *line = cmd_format_command_line("report", 1, &arm);

		first = "run --more 2";
		second = arena_strdup(&footer->arena, line + strlen("sonde "));
	} else if (strcmp(kind, "load") == 0) {
		first = arena_printf(&footer->arena, "show %s", id);
		second = arena_printf(&footer->arena, "export %s locust -o run", id);
	} else {
		first = arena_printf(&footer->arena, "report %s", id);
		second = "run --more 5";
	}
	add_line(footer, arena_printf(&footer->arena, "next: %s %s%s", program, first, option));
	add_line(footer, arena_printf(&footer->arena, "      %s %s%s", program, second, option));
}

static struct text_layout get_layout(void)
{
	return (struct text_layout){.columns = cmd_get_width(STDOUT_FILENO),
				    .has_color = cmd_has_color(STDOUT_FILENO)};
}

/* A table of all arms, without the comparisons, flame graphs and functions of each. */
static int print_matrix(struct session *session, const struct plan *plan,
			const struct selection *selection, const struct hypothesis_list *hypotheses)
{
	const struct text_layout layout = get_layout();
	struct footer footer = {0};
	struct scaling scaling;
	struct strbuf text;
	struct err err = {0};
	int status;

	arena_init(&footer.arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (scaling_read(&scaling, &footer.arena, selection, NULL, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		matrix_result_format(&text, &scaling, plan, selection, &layout);
		hypothesis_list_format(&text, hypotheses, &layout);
		add_next_commands(session, &footer, selection);
		strbuf_add_char(&text, '\n');
		for (size_t i = 0; i < footer.lines.count; i++)
			text_add_wrapped(&text, &layout, 2, footer.lines.items[i]);
		status = cmd_write_output("", strbuf_text(&text), text.length);
	}
	strbuf_release(&text);
	vec_release(&footer.lines);
	arena_release(&footer.arena);
	return status;
}

static int print_text(struct session *session, const struct selection *selection,
		      struct run_summary *summary, const struct hypothesis_list *hypotheses,
		      const struct result_options *options)
{
	struct footer footer = {0};
	struct run_report_options report = {.is_all = options->is_all,
					    .is_load_rows = run_summary_has_loads(summary)};
	struct strbuf text, insight;
	int status;

	arena_init(&footer.arena);
	strbuf_init(&insight, STRBUF_MAX_DEFAULT);
	write_flames(session, &footer, summary);
	add_next_commands(session, &footer, selection);
	report.layout = get_layout();
	insight_block_add_of_store(&insight, &footer.arena, summary,
				   session_get_store_option(session, &footer.arena),
				   &report.layout);
	hypothesis_list_format(&insight, hypotheses, &report.layout);
	report.insight = strbuf_text(&insight);
	report.footer = footer.lines.items;
	report.footer_count = (uint32_t)footer.lines.count;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	run_report_format(&text, summary, &report);
	status = cmd_write_output("", strbuf_text(&text), text.length);
	strbuf_release(&text);
	strbuf_release(&insight);
	vec_release(&footer.lines);
	arena_release(&footer.arena);
	return status;
}

/* sonde.show/1, with what became of the hypotheses. */
static int print_show_json(const struct selection *selection,
			   const struct hypothesis_list *hypotheses, const char *path)
{
	struct strbuf json;
	struct err err = {0};
	int status;

	strbuf_init(&json, STRBUF_MAX_DEFAULT);
	if (look_format_json(&json, selection, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		hypothesis_list_add_json(&json, hypotheses);
		status = cmd_write_output(path, strbuf_text(&json), json.length);
	}
	strbuf_release(&json);
	return status;
}

static int print_json(const struct selection *selection, const struct hypothesis_list *hypotheses,
		      const struct result_options *options)
{
	struct load_view load = {0};
	struct strbuf json;
	struct arena arena;
	int status;

	if (!options->is_load)
		return print_show_json(selection, hypotheses, options->json);
	arena_init(&arena);
	if (load_view_read(&load, &arena, selection, UINT32_MAX, NULL) < 0) {
		status = look_write_json(selection, options->json);
	} else {
		strbuf_init(&json, STRBUF_MAX_DEFAULT);
		json_write_load(&json, &load, selection);
		status = cmd_write_output(options->json, strbuf_text(&json), json.length);
		strbuf_release(&json);
	}
	load_view_release(&load);
	arena_release(&arena);
	return status;
}

static bool is_foreign(const char *format)
{
	return format != NULL && strcmp(format, "sonde") != 0;
}

/* A format that has no place for a verdict gets it on stderr. */
static void print_validity(const struct load_view *view)
{
	const char *at = view->reasons;

	if (!view->is_judged || view->validity == VALIDITY_VALID)
		return;
	fprintf(stderr, "sonde: the load was %s\n", validity_name(view->validity));
	while (*at != '\0') {
		size_t length = strcspn(at, "\n");

		fprintf(stderr, "sonde:   %.*s\n", (int)length, at);
		at += length + (at[length] == '\n');
	}
}

/* As wrk or wrk2 would print it, and nothing else. */
static int print_foreign(const struct selection *selection, const struct result_options *options)
{
	struct load_view view = {0};
	struct strbuf text;
	struct arena arena;
	struct err err = {0};
	int status;

	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (load_view_read(&view, &arena, selection, UINT32_MAX, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		if (strcmp(options->format, "wrk2") == 0)
			wrk_text_write_wrk2(&text, &view, options->is_latency);
		else
			wrk_text_write(&text, &view, options->is_latency);
		status = cmd_write_output("", strbuf_text(&text), text.length);
		print_validity(&view);
	}
	load_view_release(&view);
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}

static bool has_measured(const struct selection *selection)
{
	for (uint32_t arm = 0; arm < selection->arm_count; arm++)
		if (selection->arms[arm].run_count > 0)
			return true;
	return false;
}

static int print_summary(struct session *session, const struct selection *selection,
			 const struct hypothesis_list *hypotheses,
			 const struct result_options *options)
{
	struct run_summary summary = {0};
	struct arena arena;
	struct err err = {0};
	int status;

	arena_init(&arena);
	if (run_summary_read(&summary, &arena, selection, NULL, &err) < 0)
		status = cmd_fail(&err);
	else
		status = print_text(session, selection, &summary, hypotheses, options);
	run_summary_release(&summary);
	arena_release(&arena);
	return status;
}

static int print_result(struct session *session, const struct plan *plan,
			const struct selection *selection, const struct hypothesis_list *hypotheses,
			const struct result_options *options)
{
	if (options->json != NULL)
		return print_json(selection, hypotheses, options);
	if (is_foreign(options->format))
		return print_foreign(selection, options);
	if (!options->is_all && matrix_result_is_meant(plan, selection))
		return print_matrix(session, plan, selection, hypotheses);
	return print_summary(session, selection, hypotheses, options);
}

/* A bad answer is one, whatever else could not be answered. */
static int judge(const struct session *session, const struct plan *plan,
		 const struct selection *selection, const struct hypothesis_list *hypotheses)
{
	int judged = session_judge(session, plan, selection);
	int answered = hypothesis_list_get_status(hypotheses, session->is_strict);

	return answered == CMD_BAD_ANSWER || judged == CMD_OK ? answered : judged;
}

int result_show(struct session *session, const struct plan *plan, int status,
		const struct result_options *options)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct hypothesis_list hypotheses;
	struct arena arena;
	struct err err = {0};
	int shown;

	if (session->outcome.experiment[0] == '\0')
		return status;
	if (selection_open(&selection, session->store_path, session->outcome.experiment, &err) < 0)
		return status != CMD_OK ? status : cmd_fail(&err);
	if (!has_measured(&selection)) {
		fprintf(stderr, "sonde: nothing was measured; it is kept as %s in %s\n",
			session->outcome.experiment, session->store_path);
		return status;
	}
	arena_init(&arena);
	if (hypothesis_list_read(&hypotheses, &arena, plan, &selection, &err) < 0)
		shown = cmd_fail(&err);
	else
		shown = print_result(session, plan, &selection, &hypotheses, options);
	if (status == CMD_OK)
		status = shown != CMD_OK ? shown : judge(session, plan, &selection, &hypotheses);
	arena_release(&arena);
	return status;
}

static int write_files(const struct result_files *files, const struct load_view *view)
{
	const struct {
		const char *path;
		enum load_file_format format;
	} list[] = {{files->hlog, LOAD_FILE_HLOG},
		    {files->hgrm, LOAD_FILE_HGRM},
		    {files->seconds, LOAD_FILE_SECONDS}};
	int status = CMD_OK;

	if (files->csv != NULL)
		status = load_file_write_locust(files->csv, view, files->is_csv_full, false);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]) && status == CMD_OK; i++)
		if (list[i].path != NULL)
			status = load_file_write(list[i].path, list[i].format, view);
	return status;
}

int result_write_files(const struct session *session, const struct result_files *files)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct load_view view = {0};
	struct arena arena;
	struct err err = {0};
	int status;

	if (files->csv == NULL && files->hlog == NULL && files->hgrm == NULL &&
	    files->seconds == NULL)
		return CMD_OK;
	if (selection_open(&selection, session->store_path, session->outcome.experiment, &err) < 0)
		return cmd_fail(&err);
	arena_init(&arena);
	if (load_view_read(&view, &arena, &selection, UINT32_MAX, &err) < 0)
		status = cmd_fail(&err);
	else
		status = write_files(files, &view);
	load_view_release(&view);
	arena_release(&arena);
	return status;
}
