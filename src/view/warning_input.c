#include "view/warning_input.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/clean.h"

enum { NAME_BYTES = 64, COMMAND_BYTES = 160 };

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

/* NULL = none. */
static const struct histogram *find_service_times(const struct load_view *load)
{
	if (load->total.service != NULL && load->total.service->count > 0)
		return load->total.service;
	if (load->total.response != NULL && load->total.response->count > 0)
		return load->total.response;
	return NULL;
}

static void init_load(struct warning_input *input, const struct load_view *load)
{
	const struct histogram *service = find_service_times(load);
	double runs = load->run_count > 0 ? load->run_count : 1;
	double threads_ns = (double)load->duration_ns * load->threads;
	double most = (double)load->connections * (load->depth > 1 ? load->depth : 1);

	if (load->duration_ns > 0)
		input->window_s = (double)load->duration_ns / runs / 1e9;
	input->answers = (double)load->total.counts.completed / runs;
	if (load->total.response != NULL && load->total.response->count > 0)
		input->response_ns = quantile_mean_ns(load->total.response);
	if (service != NULL) {
		input->service_ns = quantile_mean_ns(service);
		input->slowest_ns = (double)service->max_ns;
	}
	if (threads_ns > 0)
		input->generator_ratio = (double)load->client_cpu_ns / threads_ns;
	input->in_flight = input->answers / input->window_s * input->service_ns / 1e9;
	/* More than the connections take at once is waiting in the generator. */
	if (most > 0 && input->in_flight > most)
		input->in_flight = most;
}

static bool has_service(const struct warning_input *input)
{
	const struct series_view_row *row =
		machine_view_find(input->machine, "process.processes", "");

	for (uint32_t i = 0; i < input->machine->task_count; i++)
		if (warning_input_is_service(&input->machine->tasks[i]))
			return true;
	return row == NULL || row->max > 0;
}

static void init_services(struct warning_input *input)
{
	input->is_load_alone = input->side->has_load && !has_service(input);
	/* Zeros of nobody. */
	if (input->is_load_alone)
		return;
	input->cpus = first_known(warning_input_get_metric(input, "cpu_mean", ""),
				  warning_input_get_mean(input, "process.cpu_ratio", ""));
	input->wait = warning_input_get_mean(input, "process.wait_ratio", "");
	input->request_cpu_ns = warning_input_get_metric(input, "cpu_per_request", "");
	input->request_wait_ns = warning_input_get_metric(input, "wait_per_request", "");
}

void warning_input_init(struct warning_input *input, struct arena *arena,
			const struct run_summary_side *side, const struct machine_view *machine,
			const char *environment)
{
	*input = (struct warning_input){.arena = arena,
					.side = side,
					.machine = machine,
					.window_s = unknown,
					.cpus = unknown,
					.wait = unknown,
					.cpu_count = unknown,
					.answers = unknown,
					.response_ns = unknown,
					.service_ns = unknown,
					.slowest_ns = unknown,
					.request_cpu_ns = unknown,
					.request_wait_ns = unknown,
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
	input->busy = warning_input_get_mean(input, "cpu.busy_ratio", "host");
	init_services(input);
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

double warning_input_get_others_cpus(const struct warning_input *input)
{
	double sonde = warning_input_get_mean(input, "process.cpu_ratio", "sonde");
	double others = input->cpu_count * input->busy - (isnan(input->cpus) ? 0 : input->cpus) -
			(isnan(sonde) ? 0 : sonde);

	return others > 0 ? others : 0;
}

double warning_input_get_wait_share(const struct warning_input *input, double wait)
{
	double request_ns = wait * input->window_s * 1e9 / input->answers;
	double cpu_ns = isnan(input->request_cpu_ns) ? 0 : input->request_cpu_ns;

	if (input->answers > 0 && input->service_ns > 0)
		return warning_input_clamp(request_ns /
					   fmax(input->service_ns, request_ns + cpu_ns));
	return warning_input_clamp(wait / (wait + input->cpus));
}

double warning_input_count_slower(const struct warning_input *input, uint64_t time_ns)
{
	const struct histogram *service =
		input->side->has_load ? find_service_times(&input->side->load) : NULL;

	return service != NULL ? quantile_share_above(service, time_ns) * input->answers : 0;
}

static const struct stored_experiment *get_experiment(const struct warning_input *input)
{
	return input->side->selection != NULL ? &input->side->selection->experiment : NULL;
}

bool warning_input_is_run(const struct warning_input *input)
{
	const struct stored_experiment *experiment = get_experiment(input);

	return experiment != NULL && strcmp(experiment->kind, "run") == 0;
}

/* One that a terminal shows as it is, and that has its place in a line. */
static bool is_short(const char *command)
{
	size_t length = strlen(command);

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)command[i] < ' ' || command[i] == 0x7f)
			return false;
	return length <= COMMAND_BYTES;
}

const char *warning_input_get_again(const struct warning_input *input, const char *option)
{
	const struct stored_experiment *experiment = get_experiment(input);
	const char *rest = "";

	if (warning_input_is_run(input) &&
	    strncmp(experiment->command_line, "sonde run ", 10) == 0 &&
	    is_short(experiment->command_line))
		rest = experiment->command_line + 9;
	return arena_printf(input->arena, "sonde run %s%s", option, rest);
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

	if (input->is_load_alone)
		return unknown;
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
