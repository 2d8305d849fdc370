#include "cmd/show_text.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "report/sparkline.h"
#include "report/table.h"
#include "stats/quantile.h"
#include "store/store_read.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fmt.h"

enum { SPARK_COLUMNS = 60, SECONDS_MAX = 1000000 };

static void add_title(struct strbuf *text, const struct text_layout *layout, const char *title,
		      const char *label)
{
	strbuf_add_char(text, '\n');
	text_add_styled(text, layout, TEXT_BOLD, title);
	if (label != NULL)
		strbuf_addf(text, ": %s", label);
	strbuf_add_char(text, '\n');
}

/* "name  value", the value wrapped below itself. */
static void add_line(struct strbuf *text, const struct text_layout *layout, const char *name,
		     const char *value)
{
	struct strbuf line;

	if (value[0] == '\0')
		return;
	strbuf_init(&line, 1 << 20);
	strbuf_addf(&line, "%-9s", name);
	text_add_styled(text, layout, TEXT_DIM, strbuf_text(&line));
	strbuf_release(&line);
	text_add_wrapped(text,
			 &(struct text_layout){.columns = layout->columns > 20 ? layout->columns - 9
									       : layout->columns,
					       .has_color = layout->has_color},
			 9, value);
}

static const char *get_text(const json_t *environment, const char *key)
{
	const char *text = json_string_value(json_object_get(environment, key));

	return text != NULL ? text : "";
}

/* Appends "PREFIX TEXT" with a separator; nothing when the environment does not have it. */
static void add_fact(struct strbuf *line, const char *prefix, const char *value)
{
	if (value[0] != '\0')
		strbuf_addf(line, "%s%s%s", line->length > 0 ? " · " : "", prefix, value);
}

static void add_environment(struct strbuf *text, struct arena *arena, const char *environment_text,
			    const struct text_layout *layout)
{
	json_t *environment = json_loads(environment_text, 0, NULL);
	json_int_t cpus = json_integer_value(json_object_get(environment, "cpus"));
	bool is_dirty = json_is_true(json_object_get(environment, "git_dirty"));
	const char *revision = get_text(environment, "git_revision");
	struct strbuf line;

	strbuf_init(&line, 1 << 16);
	add_fact(&line, "", get_text(environment, "host"));
	add_fact(&line, "", get_text(environment, "cpu_model"));
	if (cpus > 0)
		add_fact(&line, "",
			 arena_printf(arena, "%lld CPU%s", (long long)cpus, cpus == 1 ? "" : "s"));
	add_fact(&line, "", get_text(environment, "memory"));
	add_fact(&line, "", get_text(environment, "system"));
	add_fact(&line, "Linux ", get_text(environment, "kernel"));
	add_line(text, layout, "machine", strbuf_text(&line));
	strbuf_clear(&line);
	add_fact(&line, "governor ", get_text(environment, "governor"));
	add_fact(&line, "no_turbo ", get_text(environment, "no_turbo"));
	add_fact(&line, "SMT ", get_text(environment, "smt"));
	add_fact(&line, "perf_event_paranoid ", get_text(environment, "perf_event_paranoid"));
	add_fact(&line, "load average ", get_text(environment, "load_average"));
	add_fact(&line, "sonde ", get_text(environment, "sonde"));
	add_line(text, layout, "settings", strbuf_text(&line));
	if (revision[0] != '\0')
		add_line(text, layout, "code",
			 arena_printf(arena, "git %.12s%s", revision,
				      is_dirty ? " with changes that are not committed (the diff "
						 "is stored)"
					       : ""));
	strbuf_release(&line);
	json_decref(environment);
}

static void add_notes(struct strbuf *text, struct arena *arena, const struct selection *selection,
		      const struct text_layout *layout)
{
	struct stored_note *notes;
	uint32_t count;

	if (store_list_notes(selection->store, arena, selection->experiment.id, &notes, &count,
			     NULL) < 0)
		return; /* notes of a damaged store are not worth the whole report */
	for (uint32_t i = 0; i < count; i++) {
		char when[FMT_BYTES];

		add_line(text, layout, i == 0 ? "notes" : "",
			 arena_printf(arena, "%s  %s", fmt_wall_time(when, notes[i].wall_ns),
				      notes[i].text));
	}
}

void show_text_add_head(struct strbuf *text, struct arena *arena, const struct selection *selection,
			const struct text_layout *layout)
{
	const struct stored_experiment *experiment = &selection->experiment;
	char when[FMT_BYTES];

	text_add_styled(text, layout, TEXT_BOLD, experiment->name);
	strbuf_addf(text, "  %s  %s  %s, %s\n", experiment->id,
		    fmt_wall_time(when, experiment->created_wall_ns), experiment->kind,
		    run_state_name(experiment->state));
	add_line(text, layout, "command", experiment->command_line);
	add_line(text, layout, "plan", experiment->plan_path);
	add_line(text, layout, "tags", experiment->tags);
	add_notes(text, arena, selection, layout);
	add_environment(text, arena, experiment->environment, layout);
}

/* Reasons come one a line; here "; " is between them. */
static char *join_reasons(const char *reasons)
{
	struct strbuf joined;

	strbuf_init(&joined, 1 << 16);
	for (; *reasons != '\0'; reasons++) {
		if (*reasons == '\n')
			strbuf_add_text(&joined, reasons[1] != '\0' ? "; " : "");
		else
			strbuf_add_char(&joined, *reasons);
	}
	return strbuf_take(&joined);
}

static void add_run(struct table *table, const struct stored_run *run)
{
	const struct run_record *record = &run->record;
	scoped_free char *reasons = join_reasons(run->reasons);
	enum text_style state = record->state == RUN_DONE ? TEXT_PLAIN : TEXT_WARN;
	enum text_style validity =
		run->has_validity && run->validity != VALIDITY_VALID ? TEXT_WARN : TEXT_PLAIN;
	char when[FMT_BYTES];

	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%u", record->number);
	table_add_cell(table, TEXT_PLAIN, "%s", record->arm);
	table_add_cell(table, TEXT_PLAIN, "%u", record->pair);
	table_add_cell(table, TEXT_PLAIN, "%s", fmt_wall_time(when, record->started_wall_ns));
	table_add_cell(table, state, "%s", run_state_name(record->state));
	table_add_cell(table, validity, "%s",
		       run->has_validity ? validity_name(run->validity) : "");
	table_add_cell(table, TEXT_PLAIN, "%s", reasons);
}

/* "run 3: it did not answer; it wrote last:" and what follows, indented. */
static void add_failure(struct strbuf *text, const struct run_record *record)
{
	strbuf_addf(text, "run %u: ", record->number);
	for (const char *at = record->failure; *at != '\0'; at++) {
		strbuf_add_char(text, *at);
		if (*at == '\n' && at[1] != '\0')
			strbuf_add_text(text, "    ");
	}
	strbuf_add_char(text, '\n');
}

void show_text_add_runs(struct strbuf *text, const struct selection *selection,
			const struct text_layout *layout)
{
	static const char *const titles[] = {"run",   "arm",  "pair",	"started",
					     "state", "load", "because"};
	scoped(table_cleanup) struct table *table = table_new();

	if (selection->run_count == 0)
		return;
	for (uint32_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_add_column(table, i == 0 || i == 2 ? TABLE_RIGHT : TABLE_LEFT, titles[i]);
	table_set_cuttable(table, 1);
	table_set_cuttable(table, 6);
	for (uint32_t i = 0; i < selection->run_count; i++)
		add_run(table, &selection->runs[i]);
	add_title(text, layout, "runs", NULL);
	table_format(table, text, layout);
	for (uint32_t i = 0; i < selection->run_count; i++)
		if (selection->runs[i].record.failure[0] != '\0')
			add_failure(text, &selection->runs[i].record);
}

/*
 * Whole seconds of the measured window; what came in a begun one, or behind the window, has no bar.
 */
static uint32_t count_seconds(const struct load_view *load)
{
	uint64_t seconds = load->run_count > 0 ? load->duration_ns / load->run_count / NS_PER_S : 0;

	return seconds < SECONDS_MAX ? (uint32_t)seconds : SECONDS_MAX;
}

/* A second without an answer has no record: its bar is 0. */
static void add_rates(struct strbuf *text, const struct load_view *load, double *values,
		      uint32_t count)
{
	double seconds = (double)load->duration_ns / 1e9, max = 0;
	char mean[FMT_BYTES], most[FMT_BYTES];

	for (uint32_t i = 0; i < load->second_count; i++) {
		const struct load_view_second *second = &load->seconds[i];

		if (second->second >= count)
			continue;
		values[second->second] = (double)second->counts.answered / load->run_count;
		max = values[second->second] > max ? values[second->second] : max;
	}
	strbuf_add_text(text, "  requests/s  ");
	sparkline_add(text, values, count, SPARK_COLUMNS);
	strbuf_addf(text, "  mean %s, max %s\n",
		    fmt_count(mean, (double)load->total.counts.completed / seconds),
		    fmt_count(most, max));
}

/* A second has a p99 when it has the answers for it; the others are blanks. */
static void add_p99(struct strbuf *text, const struct load_view *load, double *values,
		    uint32_t count)
{
	uint64_t needed = quantile_needed_count(0.99), max_ns = 0;
	char most[FMT_BYTES];

	for (uint32_t i = 0; i < count; i++)
		values[i] = (double)NAN;
	for (uint32_t i = 0; i < load->second_count; i++) {
		const struct load_view_second *second = &load->seconds[i];

		if (second->second >= count || second->counts.answered < needed)
			continue;
		values[second->second] = (double)second->p99_ns;
		max_ns = second->p99_ns > max_ns ? second->p99_ns : max_ns;
	}
	strbuf_add_text(text, "  p99         ");
	if (max_ns == 0) {
		strbuf_addf(text, "– needs %s answers in a second\n",
			    fmt_count(most, (double)needed));
		return;
	}
	sparkline_add(text, values, count, SPARK_COLUMNS);
	strbuf_addf(text, "  max %s\n", fmt_duration(most, (double)max_ns));
}

static void add_failures(struct strbuf *text, const struct load_view *load,
			 const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	char count[FMT_BYTES];

	table_add_column(table, TABLE_RIGHT, "count");
	table_add_column(table, TABLE_LEFT, "class");
	table_add_column(table, TABLE_LEFT, "request");
	table_add_column(table, TABLE_LEFT, "for example");
	table_set_cuttable(table, 3);
	for (uint32_t i = 0; i < load->failure_count; i++) {
		const struct load_failure *failure = &load->failures[i];

		table_add_row(table);
		table_add_cell(table, TEXT_BAD, "%s", fmt_count(count, (double)failure->count));
		table_add_cell(table, TEXT_PLAIN, "%s", load_error_name(failure->error));
		table_add_cell(table, TEXT_PLAIN, "%s",
			       failure->name < load->name_count ? load->names[failure->name].name
								: "");
		table_add_cell(table, TEXT_PLAIN, "%s", failure->text);
	}
	table_format(table, text, layout);
}

void show_text_add_load(struct strbuf *text, const struct run_summary_side *side,
			const struct text_layout *layout)
{
	uint32_t count = side->has_load ? count_seconds(&side->load) : 0;
	scoped_free double *values = alloc_array(count + 1, sizeof(*values));

	if (count > 0) {
		add_title(text, layout,
			  side->load.run_count > 1 ? "second by second (mean of the runs)"
						   : "second by second",
			  side->label);
		add_rates(text, &side->load, values, count);
		add_p99(text, &side->load, values, count);
	}
	if (side->has_load && side->load.failure_count > 0) {
		add_title(text, layout, "failures", side->label);
		add_failures(text, &side->load, layout);
	}
}
