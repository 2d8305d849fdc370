#include "cmd/stat_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "export/stat_csv.h"
#include "export/stat_json.h"
#include "report/stat_lines.h"
#include "report/stat_text.h"
#include "util/field_text.h"
#include "util/strbuf.h"

enum { TITLES_EVERY = 20 };

int stat_watch_set_like(struct stat_watch *watch, const char *like, struct err *err)
{
	int r = stat_table_parse_kinds(like, watch->kinds, &watch->tables, err);
	int count = 0;

	for (int i = 0; i < STAT_TABLE_COUNT; i++)
		count += watch->kinds[i];
	watch->has_tables = count > 0;
	if (r == 0 && watch->is_csv && count > 1)
		return err_set(err, -EINVAL,
			       "--csv has one kind of lines: choose one table of \"%s\"", like);
	return r;
}

void stat_watch_get_tables(const struct stat_watch *watch, struct machine_sampler_config *config)
{
	config->has_cpus = watch->kinds[STAT_MPSTAT];
	config->has_disks = watch->kinds[STAT_IOSTAT];
	config->has_io = watch->kinds[STAT_PIDSTAT_IO];
	config->has_descriptors = watch->kinds[STAT_PIDSTAT_KERNEL];
	config->has_threads = watch->tables.has_threads;
	config->has_tasks = false;
	for (int i = STAT_PIDSTAT_CPU; i <= STAT_PIDSTAT_KERNEL; i++)
		config->has_tasks |= watch->kinds[i];
}

static void print(struct stat_watch *watch, struct strbuf *text)
{
	fwrite(strbuf_text(text), 1, text->length, watch->file);
	fflush(watch->file);
	strbuf_clear(text);
}

static void add_head(struct strbuf *text, const struct machine_sample *now)
{
	struct utsname name;

	if (uname(&name) < 0)
		return;
	stat_text_add_head(text, &(struct stat_text_head){
					 .system = name.sysname,
					 .release = name.release,
					 .host = name.nodename,
					 .machine = name.machine,
					 .cpu_count = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
					 .wall_ns = now->wall_ns,
				 });
}

static void add_json_line(struct strbuf *text, const struct stat_table *table)
{
	json_t *json = stat_json_make(table);
	char *line = json_dumps(json, JSON_COMPACT);

	if (line != NULL)
		strbuf_addf(text, "%s\n", line);
	free(line);
	json_decref(json);
}

/* One after the other, as the tools would print them. */
static void add_tables(struct strbuf *text, const struct stat_watch *watch,
		       const struct machine_sample *last, const struct machine_sample *now,
		       bool is_average)
{
	for (int kind = 0; kind < STAT_TABLE_COUNT; kind++) {
		struct stat_table_options options = watch->tables;
		struct stat_table table;
		struct arena arena;

		options.is_average = is_average;
		if (!watch->kinds[kind] || (is_average && watch->is_csv))
			continue;
		arena_init(&arena);
		stat_table_make(&table, &arena, (enum stat_table_kind)kind, last, now, &options);
		if (watch->is_json)
			add_json_line(text, &table);
		else if (!watch->is_csv)
			stat_text_add_table(text, &table);
		else if (watch->count <= 1)
			stat_csv_write_head(text, &table);
		if (watch->is_csv)
			stat_csv_write_rows(text, &table);
		arena_release(&arena);
	}
}

static void add_count(struct strbuf *text, const struct counter *counter, double before,
		      double seconds)
{
	strbuf_addf(text, "%6.1f s ", seconds);
	if (counter->state == COUNTER_COUNTED)
		strbuf_addf(text, "%18.0f  ", counter->value - before);
	else
		strbuf_addf(text, "%*s<%s>  ", 16 - (int)strlen(counter_state_name(counter->state)),
			    "", counter_state_name(counter->state));
	strbuf_addf(text, "%s%s\n", counter->name, counter->is_time ? " (ns)" : "");
}

/* Times in ns; a count that could not be had is empty. */
static void add_count_csv(struct strbuf *text, const struct counter *counter, double before,
			  double seconds)
{
	strbuf_addf(text, "%.3f,", seconds);
	field_text_add_csv(text, counter->name);
	strbuf_add_char(text, ',');
	if (counter->state == COUNTER_COUNTED)
		strbuf_addf(text, "%.0f", counter->value - before);
	strbuf_add_char(text, '\n');
}

/* What each event counted within the interval, as `perf stat -I` prints it. */
static void add_counts(struct strbuf *text, struct stat_watch *watch, const struct counters *now,
		       double seconds)
{
	if (watch->count == 1)
		strbuf_addf(text, watch->is_csv ? "seconds,event,count\n" : "%8s %18s  %s\n",
			    "time", "counts", "event");
	for (size_t i = 0; i < now->count; i++) {
		double before =
			i < watch->last_counters.count ? watch->last_counters.items[i].value : 0;

		if (watch->is_csv)
			add_count_csv(text, &now->items[i], before, seconds);
		else
			add_count(text, &now->items[i], before, seconds);
	}
	vec_clear(&watch->last_counters);
	for (size_t i = 0; i < now->count; i++)
		vec_push(&watch->last_counters, now->items[i]);
}

static void add_line(struct strbuf *text, const struct stat_watch *watch,
		     const struct series_list *series, double seconds)
{
	if (watch->is_csv) {
		if (watch->count == 1)
			stat_lines_add_csv_titles(text, watch->is_machine);
		stat_lines_add_csv(text, series, watch->is_machine, seconds);
		return;
	}
	if (watch->count % TITLES_EVERY == 1)
		stat_lines_add_titles(text, watch->is_machine);
	stat_lines_add(text, series, watch->is_machine, seconds);
}

bool stat_watch_observe(void *context, const struct lab_sight *sight)
{
	struct stat_watch *watch = context;
	double seconds = (double)sight->elapsed_ns / 1e9;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (!sight->is_final && watch->has_intervals) {
		watch->count++;
		if (watch->has_tables && watch->count == 1 && !watch->is_csv && !watch->is_json)
			add_head(&text, sight->now);
		if (watch->has_tables)
			add_tables(&text, watch, sight->last, sight->now, false);
		else if (watch->has_counts)
			add_counts(&text, watch, sight->counters, seconds);
		else
			add_line(&text, watch, sight->series, seconds);
	}
	if (sight->is_final && watch->has_tables) {
		add_tables(&text, watch, sight->first, sight->now, watch->has_intervals);
	} else if (sight->is_final && watch->is_csv && !watch->has_intervals) {
		watch->count = 1;
		add_counts(&text, watch, sight->counters, seconds);
	}
	print(watch, &text);
	strbuf_release(&text);
	return watch->count_max == 0 || watch->count < watch->count_max;
}

int stat_watch_print_roots(struct stat_watch *watch, const char *const *roots, uint32_t count,
			   struct err *err)
{
	struct machine_sampler_config config = {.root = roots[0]};
	struct machine_sampler *sampler;
	struct machine_sample last = {0}, now = {0};
	struct strbuf text;
	int r = 0;

	if (!watch->has_tables)
		return err_set(err, -EINVAL, "--root needs --like: tables are made of copies");
	if (count < 2)
		return err_set(err, -EINVAL,
			       "--root goes twice at least: a table is the change from one copy to "
			       "the next");
	stat_watch_get_tables(watch, &config);
	sampler = machine_sampler_new(&config);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < count && r == 0; i++) {
		struct machine_sample swap = last;

		r = machine_sampler_set_root(sampler, roots[i]);
		if (r < 0) {
			err_set(err, r, "%s is too long a path", roots[i]);
			break;
		}
		last = now;
		now = swap;
		machine_sampler_read(sampler, NULL, 0, &now);
		watch->count = i;
		if (i > 0)
			add_tables(&text, watch, &last, &now, false);
	}
	if (machine_sampler_get_missing(sampler)[0] != '\0')
		fprintf(stderr, "sonde: %s\n", machine_sampler_get_missing(sampler));
	print(watch, &text);
	strbuf_release(&text);
	machine_sampler_free(sampler);
	machine_sample_release(&last);
	machine_sample_release(&now);
	return r;
}

void stat_watch_release(struct stat_watch *watch)
{
	vec_release(&watch->last_counters);
}
