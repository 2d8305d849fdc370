#include "report/live_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/series_now.h"
#include "util/fmt.h"

enum { HEAD_ROWS = 7, FOOT_ROWS = 1 };

bool live_text_press(struct live_text *live, const struct terminal_key *key)
{
	static const char orders[TASK_ORDER_COUNT] = {'c', 'm', 'w', 'i'};

	switch (key->kind) {
	case KEY_TEXT:
		break;
	case KEY_UP:
		live->first -= live->first > 0;
		return true;
	case KEY_DOWN:
		live->first++;
		return true;
	case KEY_PAGE_UP:
		live->first -= live->first < live->body_rows ? live->first : live->body_rows;
		return true;
	case KEY_PAGE_DOWN:
		live->first += live->body_rows;
		return true;
	case KEY_HOME:
		live->first = 0;
		return true;
	case KEY_ENTER:
	case KEY_ESCAPE:
	case KEY_BACKSPACE:
	case KEY_LEFT:
	case KEY_RIGHT:
	case KEY_END:
	case KEY_OTHER:
		return true;
	}
	for (int i = 0; i < TASK_ORDER_COUNT; i++)
		if (key->text[0] == orders[i])
			live->order = (enum task_order)i;
	if (key->text[0] == 't')
		live->has_threads = !live->has_threads;
	if (key->text[0] == 'p' || key->text[0] == ' ')
		live->is_paused = !live->is_paused;
	return key->text[0] != 'q';
}

/* --- the machine --- */

enum fact_form { FACT_PERCENT, FACT_COUNT, FACT_BYTES };

static void add_fact(struct strbuf *line, const char *label, enum fact_form form, double value)
{
	char text[FMT_BYTES];

	if (isnan(value))
		return;
	strbuf_addf(line, "%s%s %s", line->length > 0 ? " · " : "", label,
		    form == FACT_PERCENT ? fmt_percent(text, value)
		    : form == FACT_BYTES ? fmt_bytes(text, value)
					 : fmt_count(text, value));
}

/* Ends the line, cut to the width. */
static void end_line(struct strbuf *text, const struct text_layout *layout, struct strbuf *line)
{
	text_add_cut(text, strbuf_text(line), layout->columns);
	strbuf_add_char(text, '\n');
	strbuf_clear(line);
}

static void add_cpus(struct strbuf *line, const struct machine_sample *last,
		     const struct machine_sample *now)
{
	for (size_t i = 0; i < now->cpus.count; i++) {
		const struct cpu_sample *cpu = &now->cpus.items[i], *before = NULL;
		double all = 0, idle = 0;
		char text[FMT_BYTES];

		for (size_t at = 0; at < last->cpus.count; at++)
			if (last->cpus.items[at].cpu == cpu->cpu)
				before = &last->cpus.items[at];
		if (before == NULL)
			continue;
		for (int state = 0; state < CPU_GUEST; state++) {
			double grown =
				(double)cpu->state_ns[state] - (double)before->state_ns[state];

			all += grown;
			if (state == CPU_IDLE || state == CPU_IOWAIT)
				idle += grown;
		}
		strbuf_addf(line, "%scpu%" PRIu32 " %s", line->length > 0 ? "  " : "", cpu->cpu,
			    all > 0 ? fmt_percent(text, 1 - idle / all) : "-");
	}
}

static void add_machine(struct strbuf *text, const struct text_layout *layout,
			const struct machine_sample *last, const struct machine_sample *now,
			const struct series_list *series)
{
	struct strbuf line;

	strbuf_init(&line, 1 << 16);
	add_fact(&line, "machine: busy", FACT_PERCENT,
		 series_now_get(series, "cpu.busy_ratio", "host"));
	add_fact(&line, "steal", FACT_PERCENT, series_now_get(series, "cpu.steal_ratio", "host"));
	add_fact(&line, "running", FACT_COUNT, series_now_get(series, "system.running", "host"));
	add_fact(&line, "blocked", FACT_COUNT, series_now_get(series, "system.blocked", "host"));
	add_fact(&line, "switches/s", FACT_COUNT,
		 series_now_get(series, "system.switches", "host"));
	add_fact(&line, "available", FACT_BYTES,
		 series_now_get(series, "memory.available", "host"));
	end_line(text, layout, &line);
	add_cpus(&line, last, now);
	end_line(text, layout, &line);
	add_fact(&line, "pressure: CPU", FACT_PERCENT,
		 series_now_get(series, "pressure.cpu_some_ratio", "host"));
	add_fact(&line, "I/O", FACT_PERCENT,
		 series_now_get(series, "pressure.io_some_ratio", "host"));
	add_fact(&line, "memory", FACT_PERCENT,
		 series_now_get(series, "pressure.memory_some_ratio", "host"));
	add_fact(&line, "disks read/s", FACT_BYTES, series_now_get_sum(series, "disk.read_bytes"));
	add_fact(&line, "write/s", FACT_BYTES, series_now_get_sum(series, "disk.write_bytes"));
	add_fact(&line, "network in/s", FACT_BYTES, series_now_get_sum(series, "network.in_bytes"));
	add_fact(&line, "out/s", FACT_BYTES, series_now_get_sum(series, "network.out_bytes"));
	end_line(text, layout, &line);
	strbuf_release(&line);
}

static void add_services(struct strbuf *text, const struct text_layout *layout,
			 const struct series_list *series)
{
	struct strbuf line;

	strbuf_init(&line, 1 << 16);
	add_fact(&line, "watched: CPU", FACT_PERCENT,
		 series_now_get(series, "process.cpu_ratio", ""));
	add_fact(&line, "user", FACT_PERCENT, series_now_get(series, "process.cpu_user_ratio", ""));
	add_fact(&line, "system", FACT_PERCENT,
		 series_now_get(series, "process.cpu_system_ratio", ""));
	add_fact(&line, "waiting for a CPU", FACT_PERCENT,
		 series_now_get(series, "process.wait_ratio", ""));
	add_fact(&line, "RSS", FACT_BYTES, series_now_get(series, "process.rss", ""));
	add_fact(&line, "threads", FACT_COUNT, series_now_get(series, "process.threads", ""));
	end_line(text, layout, &line);
	strbuf_release(&line);
}

/* --- the table --- */

static const char *format_rate(char text[static FMT_BYTES], enum fact_form form, double value)
{
	if (isnan(value))
		return "-";
	return form == FACT_PERCENT ? fmt_percent(text, value)
	       : form == FACT_BYTES ? fmt_bytes(text, value)
				    : fmt_count(text, value);
}

static void add_row(struct strbuf *text, const struct text_layout *layout,
		    const struct task_row *row)
{
	const struct {
		int width;
		enum fact_form form;
		double value;
	} cells[] = {
		{8, FACT_PERCENT, row->cpu},
		{8, FACT_PERCENT, row->user},
		{8, FACT_PERCENT, row->system},
		{8, FACT_PERCENT, row->wait},
		{8, FACT_COUNT, row->switches_voluntary_per_s},
		{8, FACT_COUNT, row->switches_involuntary_per_s},
		{9, FACT_BYTES, (double)row->task->rss_bytes},
		{9, FACT_BYTES, row->read_bytes_per_s},
		{9, FACT_BYTES, row->write_bytes_per_s},
	};
	struct strbuf line;

	strbuf_init(&line, 1 << 16);
	strbuf_addf(&line, "%8d %c",
		    row->task->tid != 0 ? (int)row->task->tid : (int)row->task->pid,
		    row->task->state >= ' ' ? row->task->state : '?');
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		char value[FMT_BYTES];

		strbuf_addf(&line, " %*s", cells[i].width,
			    format_rate(value, cells[i].form, cells[i].value));
	}
	strbuf_addf(&line, "%4d  ", row->task->cpu);
	text_add_clean(&line, row->task->name);
	end_line(text, layout, &line);
	strbuf_release(&line);
}

static void add_table(struct live_text *live, const struct machine_sample *last,
		      const struct machine_sample *now, const struct text_layout *layout,
		      struct strbuf *text)
{
	struct task_rows rows;
	struct arena arena;
	struct strbuf titles;
	uint32_t first_max;

	arena_init(&arena);
	strbuf_init(&titles, 1 << 12);
	task_rows_make(&rows, &arena, last, now, live->has_threads, live->order);
	first_max = rows.row_count > live->body_rows ? rows.row_count - live->body_rows : 0;
	if (live->first > first_max)
		live->first = first_max;
	strbuf_addf(&titles, "%8s S %8s %8s %8s %8s %8s %8s %9s %9s %9s cpu  name",
		    live->has_threads ? "TID" : "PID", "CPU", "user", "system", "wait", "vol/s",
		    "invol/s", "RSS", "read/s", "write/s");
	end_line(text, layout, &titles);
	for (uint32_t i = 0; i < live->body_rows; i++) {
		if (live->first + i < rows.row_count)
			add_row(text, layout, &rows.rows[live->first + i]);
		else
			strbuf_add_char(text, '\n');
	}
	strbuf_release(&titles);
	arena_release(&arena);
}

/* At most `rows` lines. */
static void add_lines(struct strbuf *text, const char *lines, uint32_t rows)
{
	size_t length = 0;

	for (uint32_t row = 0; row < rows; row++) {
		length += row > 0 && lines[length] == '\n';
		length += strcspn(lines + length, "\n");
	}
	strbuf_add(text, lines, length);
}

void live_text_draw(struct live_text *live, const struct machine_sample *last,
		    const struct machine_sample *now, const struct series_list *series,
		    double seconds, const struct text_layout *layout, uint32_t rows,
		    struct strbuf *text)
{
	struct strbuf line, all;
	char elapsed[FMT_BYTES];

	strbuf_init(&line, 1 << 16);
	strbuf_init(&all, 16 << 20);
	live->body_rows = rows > HEAD_ROWS + FOOT_ROWS ? rows - HEAD_ROWS - FOOT_ROWS : 0;
	text_add_clean(&line, live->name);
	strbuf_addf(&line, " · %s%s · %s by %s", fmt_duration(elapsed, seconds * 1e9),
		    live->is_paused ? " · PAUSED" : "", live->has_threads ? "threads" : "processes",
		    task_order_name(live->order));
	end_line(&all, layout, &line);
	add_machine(&all, layout, last, now, series);
	add_services(&all, layout, series);
	strbuf_add_char(&all, '\n');
	add_table(live, last, now, layout, &all);
	text_add_cut(&all,
		     "c m w i: sort by CPU, memory, waiting, I/O · t: threads · p: pause · q: end",
		     layout->columns);
	add_lines(text, strbuf_text(&all), rows);
	strbuf_release(&line);
	strbuf_release(&all);
}
