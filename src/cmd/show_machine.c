#include "cmd/show_machine.h"

#include <math.h>

#include "report/counter_text.h"
#include "report/series_text.h"
#include "report/syscall_text.h"
#include "report/table.h"
#include "util/fmt.h"

enum { THREADS_SHOWN = 40, LENS_COLUMNS = 10 };

static void add_title(struct strbuf *text, const struct text_layout *layout, const char *title,
		      const char *label)
{
	strbuf_add_char(text, '\n');
	text_add_styled(text, layout, TEXT_BOLD, title);
	strbuf_addf(text, ": %s\n", label);
}

/* ---- counters and lenses ---- */

static void add_counters(struct strbuf *text, const struct run_summary_side *side,
			 const struct machine_view *machine, const struct text_layout *layout)
{
	struct counters counters = {.items = machine->counters, .count = machine->counter_count};
	struct counter_text_window window = {.elapsed_ns = machine->window_ns *
							   machine->counter_run_count,
					     .user_ns = (double)NAN,
					     .system_ns = (double)NAN};

	if (counters.count == 0)
		return;
	add_title(text, layout,
		  machine->counter_run_count > 1 ? "counters, all runs together" : "counters",
		  side->label);
	counter_text_add(text, &counters, &window, layout);
}

/* "0.3 % of a core"; 0 is nothing that could be measured. */
static void add_share(struct strbuf *line, const char *before, double ns, double window_ns,
		      const char *after)
{
	char share[FMT_BYTES];

	if (ns <= 0 || window_ns <= 0)
		return;
	if (ns / window_ns < 0.00005)
		strbuf_addf(line, "%sunder 0.01 %%%s", before, after);
	else
		strbuf_addf(line, "%s%s%s", before, fmt_percent(share, ns / window_ns), after);
}

static void add_lens(struct strbuf *text, const struct lens *lens, double window_ns,
		     const struct text_layout *layout)
{
	struct text_layout indented = {.columns = layout->columns > 2 * LENS_COLUMNS
							  ? layout->columns - LENS_COLUMNS
							  : layout->columns,
				       .has_color = layout->has_color};
	struct strbuf line;
	char stops[FMT_BYTES];

	strbuf_init(&line, 1 << 12);
	strbuf_addf(&line, "%s%s", lens->is_on ? "" : "off: ", lens->text);
	add_share(&line, ": ", (double)lens->cpu_ns, window_ns, " of a core");
	add_share(&line, ", and about ", lens->service_cpu_ns, window_ns,
		  " on top of what the services use");
	if (lens->stop_ns > 0)
		strbuf_addf(&line, ", threads stopped for %s",
			    fmt_duration(stops, (double)lens->stop_ns));
	strbuf_addf(text, "%-*s", LENS_COLUMNS, lens->name);
	text_add_wrapped(text, &indented, LENS_COLUMNS, strbuf_text(&line));
	strbuf_release(&line);
}

void show_machine_add(struct strbuf *text, const struct run_summary_side *side,
		      const struct machine_view *machine, bool is_all,
		      const struct text_layout *layout)
{
	bool has_runs = side->metrics.run_count > 1;
	struct strbuf table;

	strbuf_init(&table, STRBUF_MAX_DEFAULT);
	if (series_text_add_view(&table, &machine->series, is_all, has_runs, layout)) {
		add_title(text, layout, "monitors", side->label);
		strbuf_add_text(text, strbuf_text(&table));
	}
	strbuf_release(&table);
	add_counters(text, side, machine, layout);
	if (machine->lens_count > 0)
		add_title(text, layout, "lenses", side->label);
	for (uint32_t i = 0; i < machine->lens_count; i++)
		add_lens(text, &machine->lenses[i], machine->window_ns, layout);
}

/* ---- threads ---- */

/* A time as a share of the window, or as it is where the window's length is not known. */
static void add_time(struct table *table, uint64_t ns, double window_ns)
{
	char time[FMT_BYTES];

	if (ns == SAMPLE_UNKNOWN)
		table_add_cell(table, TEXT_PLAIN, "–");
	else if (window_ns > 0)
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(time, (double)ns / window_ns));
	else
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_duration(time, (double)ns));
}

static void add_rate(struct table *table, uint64_t count, double window_ns)
{
	char rate[FMT_BYTES];

	if (count == SAMPLE_UNKNOWN)
		table_add_cell(table, TEXT_PLAIN, "–");
	else
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_count(rate, window_ns > 0 ? (double)count / (window_ns / 1e9)
							     : (double)count));
}

static void add_thread(struct table *table, const struct task_usage *task, double window_ns)
{
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%s", task->name);
	table_add_cell(table, TEXT_PLAIN, "%s", task->role);
	table_add_cell(table, TEXT_PLAIN, "%u", task->tid);
	add_time(table, task->cpu_ns, window_ns);
	add_time(table, task->user_ns, window_ns);
	add_time(table, task->system_ns, window_ns);
	add_time(table, task->wait_ns, window_ns);
	add_rate(table, task->switches_voluntary, window_ns);
	add_rate(table, task->switches_involuntary, window_ns);
	table_add_cell(table, TEXT_PLAIN, "%s", task->cpus[0] != '\0' ? task->cpus : "–");
}

void show_machine_add_threads(struct strbuf *text, const struct run_summary_side *side,
			      const struct machine_view *machine, bool is_all,
			      const struct text_layout *layout)
{
	static const char *const titles[] = {"thread",	      "of",	   "tid",  "CPU",
					     "user",	      "system",	   "wait", "voluntary/s",
					     "involuntary/s", "may run on"};
	scoped(table_cleanup) struct table *table = table_new();
	uint32_t shown = machine->task_count;

	if (!is_all && shown > THREADS_SHOWN)
		shown = THREADS_SHOWN;
	add_title(text, layout,
		  side->metrics.run_count > 1 ? "threads, of the last run" : "threads",
		  side->label);
	if (machine->task_count == 0) {
		strbuf_add_text(text, "none were looked at\n");
		return;
	}
	for (uint32_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_add_column(table, i >= 2 && i <= 8 ? TABLE_RIGHT : TABLE_LEFT, titles[i]);
	table_set_cuttable(table, 0);
	table_set_cuttable(table, 9);
	for (uint32_t i = 0; i < shown; i++)
		add_thread(table, &machine->tasks[i], machine->window_ns);
	table_format(table, text, layout);
	if (shown < machine->task_count)
		strbuf_addf(text, "%u more threads: --all\n", machine->task_count - shown);
}

/* ---- system calls ---- */

void show_machine_add_syscalls(struct strbuf *text, const struct run_summary_side *side,
			       const struct machine_view *machine, bool is_all,
			       const struct text_layout *layout)
{
	const struct syscall_table *table = &machine->thread_syscalls;
	struct syscall_text_options options = {
		.is_wide = true, .is_per_thread = is_all, .has_errors = true};
	char window[FMT_BYTES], cost[FMT_BYTES];

	add_title(text, layout, "system calls", side->label);
	if (!machine->has_syscalls) {
		strbuf_add_text(text, "were not counted: sonde run --syscalls\n");
		return;
	}
	strbuf_addf(text, "run %u, %s of it, counted by %s", machine->thread_syscalls_run,
		    fmt_duration(window, (double)table->window_ns), table->method);
	if (table->cost_per_call_ns > 0)
		strbuf_addf(text, " at %s a call", fmt_duration(cost, table->cost_per_call_ns));
	strbuf_add_char(text, '\n');
	syscall_text_add(text, table, &options, layout);
}
