#include "view/run_insight.h"

#include <math.h>
#include <string.h>

#include "view/warning_input.h"

#define HARDLY_ANY_CPU 0.05 /* of one */
#define SYSTEM_BOUND 0.5    /* system share of CPU time */
#define USER_BOUND 0.3

enum { SAME_NAMES = 4, NOT_SEEN_MAX = 24 };

static const double unknown = (double)NAN;

/* ---- where ---- */

static void find_shares_of_request(struct run_insight *insight, const struct warning_input *input)
{
	double cpu_ns = input->request_cpu_ns, wait_ns = input->request_wait_ns;
	/* What is done behind the answer, or for one request on several CPUs, takes more. */
	double all_ns = fmax(input->response_ns, cpu_ns + (isnan(wait_ns) ? 0 : wait_ns));

	insight->is_of_request = true;
	insight->on_cpu_ratio = cpu_ns / all_ns;
	insight->run_queue_ratio = wait_ns / all_ns;
	insight->waiting_ratio = 1 - insight->on_cpu_ratio - insight->run_queue_ratio;
}

static void find_shares(struct run_insight *insight, const struct warning_input *input)
{
	double all = input->cpus + input->wait;

	if (input->response_ns > 0 && input->request_cpu_ns > 0) {
		find_shares_of_request(insight, input);
	} else if (all > 0) {
		insight->on_cpu_ratio = input->cpus / all;
		insight->run_queue_ratio = input->wait / all;
	}
}

static double find_system_share(const struct warning_input *input)
{
	double share = warning_input_get_metric(input, "cpu_system_share", "");
	double user = warning_input_get_mean(input, "process.cpu_user_ratio", "");
	double system = warning_input_get_mean(input, "process.cpu_system_ratio", "");

	if (isnan(share) && user + system > 0)
		share = system / (user + system);
	return share;
}

static enum cpu_bound find_bound(const struct run_insight *insight)
{
	if (!(insight->cpus >= HARDLY_ANY_CPU) || isnan(insight->system_share))
		return CPU_BOUND_UNKNOWN;
	if (insight->system_share >= SYSTEM_BOUND)
		return CPU_BOUND_SYSTEM;
	return insight->system_share <= USER_BOUND ? CPU_BOUND_USER : CPU_BOUND_MIXED;
}

static void find_hot(struct run_insight *insight, const struct run_summary_side *side)
{
	const struct hot_functions *profile = &side->profile;

	if (!side->has_profile || profile->function_count == 0 ||
	    !(profile->summary.samples_with_hidden > 0))
		return;
	insight->hot_function = profile->functions[0].name;
	insight->hot_ratio = profile->functions[0].self / profile->summary.samples_with_hidden;
}

/* ---- what was not seen ---- */

static void add_not_seen(struct run_insight *insight, const char *sentence)
{
	if (insight->not_seen_count < NOT_SEEN_MAX)
		insight->not_seen[insight->not_seen_count++] = sentence;
}

/* Threads of one process that all have its name: figures cannot say which of them did it. */
static const char *find_unnamed(const struct warning_input *input)
{
	const struct machine_view *machine = input->machine;

	for (uint32_t i = 0; i < machine->task_count; i++) {
		const struct task_usage *task = &machine->tasks[i];
		uint32_t same = 0, all = 0;

		for (uint32_t j = 0; j < machine->task_count; j++) {
			if (machine->tasks[j].pid != task->pid)
				continue;
			all++;
			same += strcmp(machine->tasks[j].name, task->name) == 0;
		}
		if (!warning_input_is_service(task) || all < SAME_NAMES || same < all)
			continue;
		return arena_printf(input->arena,
				    "which threads do what: all %u of %s are named '%s' "
				    "(pthread_setname_np() gives them names)",
				    all, warning_input_name_role(input, task->role),
				    warning_input_clean(input, task->name));
	}
	return NULL;
}

static void find_not_seen(struct run_insight *insight, const struct warning_input *input)
{
	const struct machine_view *machine = input->machine;
	const char *unnamed = find_unnamed(input);

	insight->not_seen = arena_alloc(input->arena, NOT_SEEN_MAX, sizeof(*insight->not_seen));
	/* a load alone has no services to be seen */
	for (uint32_t i = 0; i < machine->lens_count; i++)
		if (!machine->lenses[i].is_on && !(input->side->has_load && isnan(input->cpus)))
			add_not_seen(insight,
				     arena_printf(input->arena, "%s%s%s", machine->lenses[i].name,
						  machine->lenses[i].text[0] != '\0' ? ": " : "",
						  machine->lenses[i].text));
	if (input->side->has_profile && input->side->profile.summary.quality.is_kernel_hidden)
		add_not_seen(insight, "functions of the kernel: sudo sysctl "
				      "kernel.perf_event_paranoid=1");
	if (unnamed != NULL)
		add_not_seen(insight, unnamed);
}

/* ---- next ---- */

/* As a shell takes it. */
static const char *quote(struct arena *arena, const char *word)
{
	const char *quoted = "'";

	if (word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "@%_+=:,./#-")] == '\0' &&
	    word[0] != '#')
		return word;
	for (; *word != '\0'; word++)
		quoted = *word == '\'' ? arena_printf(arena, "%s'\\''", quoted)
				       : arena_printf(arena, "%s%c", quoted, *word);
	return arena_printf(arena, "%s'", quoted);
}

/* "sonde report --by thread" of a run: the word behind the verb, where the verb looks at a run. */
static const char *name_run(struct arena *arena, const char *command, const char *word)
{
	static const char *const verbs[] = {"sonde report", "sonde flame", "sonde show"};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && word[0] != '\0'; i++) {
		size_t length = strlen(verbs[i]);

		if (strncmp(command, verbs[i], length) == 0 &&
		    (command[length] == ' ' || command[length] == '\0'))
			return arena_printf(arena, "%s %s%s", verbs[i], quote(arena, word),
					    command + length);
	}
	return command;
}

static void find_next(struct run_insight *insight, const struct warning_input *input,
		      const char *word)
{
	/* not of a load alone, without a service of its own */
	bool has_calls_to_count =
		input->side->has_load && !isnan(insight->cpus) && !input->machine->has_syscalls;
	const char *const general[] = {
		input->side->has_profile ? "sonde flame -o flame.svg" : NULL,
		input->side->has_profile ? "sonde report" : NULL,
		has_calls_to_count ? warning_input_get_again(input, "--syscalls") : NULL,
		"sonde show --all",
	};
	const char *found[2] = {NULL, NULL};
	uint32_t count = 0;

	if (insight->warnings.count > 0 && insight->warnings.items[0].next[0] != '\0')
		found[count++] = insight->warnings.items[0].next;
	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]) && count < 2; i++)
		if (general[i] != NULL && (count == 0 || strcmp(general[i], found[0]) != 0))
			found[count++] = general[i];
	for (uint32_t i = 0; i < count; i++)
		insight->next[i] = name_run(input->arena, found[i], word);
}

void run_insight_find(struct run_insight *ret_insight, struct arena *arena,
		      const struct run_summary_side *side, const struct machine_view *machine,
		      const char *environment, const char *word)
{
	struct warning_input input;

	warning_input_init(&input, arena, side, machine, environment);
	*ret_insight = (struct run_insight){.on_cpu_ratio = unknown,
					    .run_queue_ratio = unknown,
					    .waiting_ratio = unknown,
					    .response_ns = input.response_ns,
					    .cpus = input.cpus,
					    .busiest_thread = warning_input_get_busiest(&input),
					    .system_share = find_system_share(&input)};
	find_shares(ret_insight, &input);
	ret_insight->bound = find_bound(ret_insight);
	memory_growth_find_last(&ret_insight->growth, arena, side, machine);
	warnings_find(&ret_insight->warnings, arena, side, machine, environment);
	find_hot(ret_insight, side);
	find_not_seen(ret_insight, &input);
	find_next(ret_insight, &input, word);
}
