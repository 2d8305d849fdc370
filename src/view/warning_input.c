#include "view/warning_input.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/clean.h"

enum { NAME_BYTES = 64 };

static const double unknown = (double)NAN;

static double first_known(double first, double second)
{
	return isnan(first) ? second : first;
}

static double read_number(const char *environment_text, const char *key)
{
	json_t *environment = json_loads(environment_text, 0, NULL);
	const char *text = json_string_value(json_object_get(environment, key));
	double value = text != NULL ? strtod(text, NULL) : unknown;

	json_decref(environment);
	return value > 0 ? value : unknown;
}

static void init_load(struct warning_input *input, const struct load_view *load)
{
	double runs = load->run_count > 0 ? load->run_count : 1;
	double threads_ns = (double)load->duration_ns * load->threads;

	if (load->duration_ns > 0)
		input->window_s = (double)load->duration_ns / runs / 1e9;
	input->answers = (double)load->total.counts.answered / runs;
	if (load->total.response != NULL && load->total.response->count > 0) {
		input->response_ns = quantile_mean_ns(load->total.response);
		input->slowest_ns = (double)load->total.response->max_ns;
	}
	if (threads_ns > 0)
		input->generator_ratio = (double)load->client_cpu_ns / threads_ns;
	input->in_flight = input->answers / input->window_s * input->response_ns / 1e9;
}

void warning_input_init(struct warning_input *input, struct arena *arena,
			const struct run_summary_side *side, const struct machine_view *machine,
			const char *environment)
{
	*input = (struct warning_input){.arena = arena,
					.side = side,
					.machine = machine,
					.window_s = unknown,
					.cpu_count = unknown,
					.answers = unknown,
					.response_ns = unknown,
					.slowest_ns = unknown,
					.in_flight = unknown,
					.generator_ratio = unknown,
					.somaxconn = read_number(environment, "somaxconn")};
	if (side->has_load)
		init_load(input, &side->load);
	/* What the monitors count is of their window. */
	if (machine->window_ns > 0)
		input->window_s = machine->window_ns / 1e9;
	if (machine->cpu_count > 0)
		input->cpu_count = machine->cpu_count;
	input->cpus = first_known(warning_input_get_metric(input, "cpu_mean", ""),
				  warning_input_get_mean(input, "process.cpu_ratio", ""));
	input->wait = warning_input_get_mean(input, "process.wait_ratio", "");
	input->busy = warning_input_get_mean(input, "cpu.busy_ratio", "host");
	input->request_cpu_ns = warning_input_get_metric(input, "cpu_per_request", "");
	input->request_wait_ns = warning_input_get_metric(input, "wait_per_request", "");
}

double warning_input_get_metric(const struct warning_input *input, const char *name,
				const char *scope)
{
	const struct arm_metric *metric = arm_metrics_find(&input->side->metrics, name, scope);

	return metric != NULL ? metric->median : unknown;
}

double warning_input_get_mean(const struct warning_input *input, const char *name,
			      const char *scope)
{
	const struct series_view_row *row = machine_view_find(input->machine, name, scope);

	return row != NULL ? row->mean : unknown;
}

double warning_input_get_max(const struct warning_input *input, const char *name, const char *scope)
{
	const struct series_view_row *row = machine_view_find(input->machine, name, scope);

	return row != NULL ? row->max : unknown;
}

double warning_input_get_events(const struct warning_input *input, const char *name,
				const char *scope)
{
	return warning_input_get_mean(input, name, scope) * input->window_s;
}

const struct series_view_row *warning_input_find_highest(const struct warning_input *input,
							 const char *name)
{
	const struct series_view *series = &input->machine->series;
	const struct series_view_row *highest = NULL;

	for (uint32_t i = 0; i < series->row_count; i++) {
		const struct series_view_row *row = &series->rows[i];

		if (strcmp(row->name, name) != 0 || strcmp(row->scope, "sonde") == 0)
			continue;
		if (highest == NULL || highest->scope[0] == '\0' ||
		    (row->scope[0] != '\0' && row->mean > highest->mean))
			highest = row;
	}
	return highest;
}

double warning_input_get_idle_cpus(const struct warning_input *input)
{
	return input->cpu_count * (1 - input->busy);
}

double warning_input_get_wait_ratio(const struct warning_input *input)
{
	return input->cpus > 0 ? input->wait / input->cpus : unknown;
}

bool warning_input_is_service(const struct task_usage *task)
{
	return strcmp(task->role, "sonde") != 0;
}

double warning_input_get_task_cpus(const struct warning_input *input, const struct task_usage *task)
{
	if (task->cpu_ns == SAMPLE_UNKNOWN)
		return unknown;
	return (double)task->cpu_ns / 1e9 / input->window_s;
}

double warning_input_get_busiest(const struct warning_input *input)
{
	const struct series_view_row *row =
		warning_input_find_highest(input, "process.thread_max_ratio");
	double busiest = unknown;

	for (uint32_t i = 0; i < input->machine->task_count; i++)
		if (warning_input_is_service(&input->machine->tasks[i]))
			busiest =
				fmax(busiest,
				     warning_input_get_task_cpus(input, &input->machine->tasks[i]));
	if (isnan(busiest) && row != NULL)
		busiest = row->mean;
	return busiest;
}

const char *warning_input_clean(const struct warning_input *input, const char *name)
{
	size_t length = strlen(name), end = length > NAME_BYTES ? NAME_BYTES : length;
	char *clean;

	while (end < length && ((unsigned char)name[end] & 0xc0) == 0x80 && end > 0)
		end--; /* not in the middle of a character */
	clean = arena_printf(input->arena, "%.*s%s", (int)end, name, end < length ? "…" : "");
	clean_text(clean, '?');
	return clean;
}

const char *warning_input_name_task(const struct warning_input *input,
				    const struct task_usage *task)
{
	const char *name = warning_input_clean(input, task->name);
	const char *role = warning_input_clean(input, task->role);

	if (name[0] == '\0' || strcmp(name, role) == 0)
		return warning_input_name_role(input, task->role);
	if (role[0] == '\0')
		return name;
	return arena_printf(input->arena, "%s of %s", name, role);
}

const char *warning_input_name_role(const struct warning_input *input, const char *role)
{
	return role[0] != '\0' ? warning_input_clean(input, role) : "the services";
}

double warning_input_clamp(double strength)
{
	return strength > 0 ? fmin(strength, 1) : 0;
}
