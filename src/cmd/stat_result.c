#include "cmd/stat_result.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/insight_block.h"
#include "cmd/look.h"
#include "cmd/show_machine.h"
#include "report/counter_text.h"
#include "report/syscall_text.h"
#include "store/store_machine.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "view/machine_view.h"
#include "view/run_summary.h"

static double get_metric(const struct run_summary_side *side, const char *name)
{
	const struct arm_metric *metric = arm_metrics_find(&side->metrics, name, "");

	return metric != NULL ? metric->median : (double)NAN;
}

/*
 * CPU time of the services and all their children in the window. The kernel tells the sum exactly,
 * and its parts as shares. NaN unknown.
 */
static void find_times(struct counter_text_window *window, const struct run_summary_side *side)
{
	double cpu_ns = get_metric(side, "cpu_mean") * window->elapsed_ns;

	window->user_ns = cpu_ns > 0 ? cpu_ns * get_metric(side, "cpu_user_share") : cpu_ns;
	window->system_ns = cpu_ns > 0 ? cpu_ns * get_metric(side, "cpu_system_share") : cpu_ns;
}

/* Why some events were not for this user: behind what was counted (lab/run_lenses.c). */
static const char *find_refusal(const struct lens *lens)
{
	const char *behind = strstr(lens->text, "; ");

	return !lens->is_on ? lens->text : behind != NULL ? behind + 2 : NULL;
}

static void add_counters(struct strbuf *text, const struct machine_view *machine,
			 const struct run_summary_side *side, const struct text_layout *layout)
{
	struct counters counters = {.items = machine->counters, .count = machine->counter_count};
	struct counter_text_window window = {
		.elapsed_ns = machine->window_ns, .user_ns = (double)NAN, .system_ns = (double)NAN};

	if (side != NULL)
		find_times(&window, side);
	for (uint32_t i = 0; i < machine->lens_count; i++)
		if (strcmp(machine->lenses[i].name, "counters") == 0)
			window.refusal = find_refusal(&machine->lenses[i]);
	counter_text_add(text, &counters, &window, layout);
}

static void add_syscalls(struct strbuf *text, const struct selection *selection,
			 const struct text_layout *layout)
{
	struct syscall_table table = {0};

	if (selection->run_count > 0 &&
	    store_read_syscalls(selection->store, selection->runs[0].key, &table, NULL) == 0 &&
	    table.rows.count > 0)
		syscall_text_add(text, &table, &(struct syscall_text_options){0}, layout);
	syscall_table_release(&table);
}

static void add_all(struct strbuf *text, struct arena *arena, const struct selection *selection,
		    const struct stat_result_options *options, const char *store_option,
		    const struct text_layout *layout)
{
	struct machine_view machine;
	struct run_summary summary = {0};
	struct err err = {0};

	if (machine_view_read(&machine, arena, selection, UINT32_MAX, &err) < 0 ||
	    run_summary_read(&summary, arena, selection, NULL, &err) < 0) {
		strbuf_addf(text, "sonde: %s\n", err_text(&err));
		return;
	}
	add_counters(text, &machine,
		     summary.side_count > 0 && !options->is_machine ? &summary.sides[0] : NULL,
		     layout);
	if (summary.side_count > 0)
		show_machine_add_threads(text, &summary.sides[0], &machine, false, layout);
	if (options->has_syscalls)
		add_syscalls(text, selection, layout);
	strbuf_add_char(text, '\n');
	if (summary.side_count > 0)
		insight_block_add_of_store(text, arena, &summary, store_option, layout);
	run_summary_release(&summary);
}

int stat_result_show(struct session *session, const struct stat_result_options *options)
{
	scoped(selection_cleanup) struct selection selection = {0};
	struct text_layout layout = {.columns = cmd_get_width(fileno(options->file)),
				     .has_color = cmd_has_color(fileno(options->file))};
	struct err err = {0};
	struct arena arena;
	struct strbuf text;

	if (selection_open(&selection, session->store_path, session->outcome.experiment, &err) < 0)
		return cmd_fail(&err);
	if (options->json != NULL)
		return look_write_json(&selection, options->json);
	if (!options->has_figures)
		return CMD_OK;
	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	add_all(&text, &arena, &selection, options, session_get_store_option(session, &arena),
		&layout);
	strbuf_addf(&text, "stored as %s in %s\n", selection.experiment.id, session->store_path);
	fwrite(strbuf_text(&text), 1, text.length, options->file);
	fflush(options->file);
	strbuf_release(&text);
	arena_release(&arena);
	return CMD_OK;
}
