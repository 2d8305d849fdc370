#include "view/machine_view.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_machine.h"
#include "util/vec.h"

/* A count of refused calls, by errno. */
struct error_count {
	int32_t number;
	uint32_t error;
	uint64_t count;
};

struct syscall_builder {
	int32_t number;
	struct machine_view_syscall sum; /* of all runs; its name is the arena's */
};

struct machine_reader {
	struct arena *arena;
	struct machine_view *view;
	struct task_usages tasks;
	struct counters counters;
	struct lenses lenses;
	VEC(struct syscall_builder) syscalls;
	VEC(struct error_count) errors;
	uint32_t traced_count; /* runs whose system calls were counted */
	double window_sum_ns;
	uint32_t window_count;
};

/* ---- counters ---- */

static void add_counter(struct counters *sums, const struct counter *counter)
{
	struct counter *sum = NULL;

	for (size_t i = 0; i < sums->count; i++)
		if (strcmp(sums->items[i].name, counter->name) == 0)
			sum = &sums->items[i];
	if (sum == NULL) {
		vec_push(sums, *counter);
		return;
	}
	if (counter->state != COUNTER_COUNTED)
		return;
	sum->state = COUNTER_COUNTED;
	sum->value += counter->value;
	sum->enabled_ns += counter->enabled_ns;
	sum->running_ns += counter->running_ns;
}

static int add_counters(struct machine_reader *reader, struct store *store, int64_t run,
			struct err *err)
{
	struct counters counters = {0};
	int r = store_read_counters(store, run, &counters, err);

	for (size_t i = 0; r == 0 && i < counters.count; i++)
		add_counter(&reader->counters, &counters.items[i]);
	reader->view->counter_run_count += counters.count > 0;
	vec_release(&counters);
	return r;
}

/* ---- system calls ---- */

static struct machine_view_syscall *find_sum(struct machine_reader *reader,
					     const struct syscall_row *row)
{
	struct syscall_builder fresh = {.number = row->number};

	for (size_t i = 0; i < reader->syscalls.count; i++)
		if (reader->syscalls.items[i].number == row->number)
			return &reader->syscalls.items[i].sum;
	fresh.sum = (struct machine_view_syscall){.name = arena_strdup(reader->arena, row->name),
						  .top_error = ""};
	vec_push(&reader->syscalls, fresh);
	return &reader->syscalls.items[reader->syscalls.count - 1].sum;
}

/* The CPU time of a call is known when it is known of all threads. */
static void add_row(struct machine_view_syscall *sum, const struct syscall_row *row)
{
	sum->calls += (double)row->calls;
	sum->errors += (double)row->errors;
	sum->wall_ns += (double)row->wall_ns;
	sum->cpu_ns += row->cpu_ns != UINT64_MAX ? (double)row->cpu_ns : (double)NAN;
	if (row->calls > 0 && row->max_ns != UINT64_MAX)
		sum->max_ns = fmax(sum->max_ns, (double)row->max_ns);
}

static void add_error(struct machine_reader *reader, const struct syscall_error_row *row)
{
	for (size_t i = 0; i < reader->errors.count; i++) {
		struct error_count *known = &reader->errors.items[i];

		if (known->number == row->number && known->error == row->error) {
			known->count += row->count;
			return;
		}
	}
	vec_push(&reader->errors, (struct error_count){row->number, row->error, row->count});
}

/* The later run takes the place of the earlier one. */
static void copy_threads(struct machine_reader *reader, const struct syscall_table *table)
{
	struct syscall_table *copy = &reader->view->thread_syscalls;

	*copy = *table;
	copy->rows.items =
		arena_alloc(reader->arena, table->rows.count + 1, sizeof(*copy->rows.items));
	copy->errors.items =
		arena_alloc(reader->arena, table->errors.count + 1, sizeof(*copy->errors.items));
	for (size_t i = 0; i < table->rows.count; i++)
		copy->rows.items[i] = table->rows.items[i];
	for (size_t i = 0; i < table->errors.count; i++)
		copy->errors.items[i] = table->errors.items[i];
}

static int add_syscalls(struct machine_reader *reader, struct store *store,
			const struct stored_run *run, struct err *err)
{
	struct syscall_table table = {0};
	int r = store_read_syscalls(store, run->key, &table, err);

	if (r == 0 && table.method[0] != '\0') {
		reader->traced_count++;
		reader->view->syscall_method = arena_strdup(reader->arena, table.method);
		for (size_t i = 0; i < table.rows.count; i++)
			add_row(find_sum(reader, &table.rows.items[i]), &table.rows.items[i]);
		for (size_t i = 0; i < table.errors.count; i++)
			add_error(reader, &table.errors.items[i]);
		copy_threads(reader, &table);
		reader->view->thread_syscalls_run = run->record.number;
	}
	syscall_table_release(&table);
	return r;
}

static void name_top_error(struct machine_reader *reader, struct syscall_builder *builder)
{
	const struct error_count *top = NULL;
	char buffer[16];

	for (size_t i = 0; i < reader->errors.count; i++) {
		const struct error_count *error = &reader->errors.items[i];

		if (error->number == builder->number && (top == NULL || error->count > top->count))
			top = error;
	}
	if (top == NULL)
		return;
	builder->sum.top_error =
		arena_strdup(reader->arena, syscall_error_name(top->error, buffer));
	builder->sum.top_error_count = (double)top->count / reader->traced_count;
}

static int compare_syscalls(const void *a, const void *b)
{
	const struct machine_view_syscall *left = a, *right = b;

	if (left->wall_ns != right->wall_ns)
		return left->wall_ns > right->wall_ns ? -1 : 1;
	return strcmp(left->name, right->name);
}

static void settle_syscalls(struct machine_reader *reader)
{
	struct machine_view *view = reader->view;

	view->has_syscalls = reader->traced_count > 0;
	view->syscall_count = (uint32_t)reader->syscalls.count;
	view->syscalls =
		arena_alloc(reader->arena, view->syscall_count + 1, sizeof(*view->syscalls));
	for (uint32_t i = 0; i < view->syscall_count; i++) {
		struct machine_view_syscall *sum = &reader->syscalls.items[i].sum;

		sum->calls /= reader->traced_count;
		sum->errors /= reader->traced_count;
		sum->wall_ns /= reader->traced_count;
		sum->cpu_ns /= reader->traced_count;
		name_top_error(reader, &reader->syscalls.items[i]);
		view->syscalls[i] = *sum;
	}
	qsort(view->syscalls, view->syscall_count, sizeof(*view->syscalls), compare_syscalls);
}

/* ---- threads and lenses, of the last run that has them ---- */

static int take_tasks(struct machine_reader *reader, struct store *store, int64_t run,
		      struct err *err)
{
	struct task_usages tasks = {0};
	int r = store_read_tasks(store, run, &tasks, err);

	if (tasks.count == 0) {
		vec_release(&tasks);
		return r;
	}
	vec_release(&reader->tasks);
	reader->tasks = tasks;
	return r;
}

static int take_lenses(struct machine_reader *reader, struct store *store, int64_t run,
		       struct err *err)
{
	struct lenses lenses = {0};
	int r = store_read_lenses(store, run, &lenses, err);

	if (lenses.count == 0) {
		vec_release(&lenses);
		return r;
	}
	vec_release(&reader->lenses);
	reader->lenses = lenses;
	return r;
}

/* Threads of unknown CPU time come last. */
static int compare_tasks(const void *a, const void *b)
{
	const struct task_usage *left = a, *right = b;
	uint64_t left_ns = left->cpu_ns != SAMPLE_UNKNOWN ? left->cpu_ns + 1 : 0;
	uint64_t right_ns = right->cpu_ns != SAMPLE_UNKNOWN ? right->cpu_ns + 1 : 0;

	if (left_ns != right_ns)
		return left_ns > right_ns ? -1 : 1;
	return left->tid < right->tid ? -1 : left->tid > right->tid;
}

/* ---- all of it ---- */

static int add_run(struct machine_reader *reader, struct store *store, const struct stored_run *run,
		   struct err *err)
{
	uint64_t begin_ns = run->record.phase_begin_ns[PHASE_MEASURE];
	uint64_t end_ns = run->record.phase_end_ns[PHASE_MEASURE];
	int r = add_counters(reader, store, run->key, err);

	if (end_ns > begin_ns) {
		reader->window_sum_ns += (double)(end_ns - begin_ns);
		reader->window_count++;
	}
	if (r == 0)
		r = add_syscalls(reader, store, run, err);
	if (r == 0)
		r = take_tasks(reader, store, run->key, err);
	return r < 0 ? r : take_lenses(reader, store, run->key, err);
}

static int compare_numbers(const void *a, const void *b)
{
	const struct stored_run *const *left = a, *const *right = b;

	return (*left)->record.number < (*right)->record.number ? -1 : 1;
}

/* As they ran, so that the last one is the last. */
static int add_runs(struct machine_reader *reader, const struct selection *selection, uint32_t arm,
		    struct err *err)
{
	const struct stored_run **runs =
		arena_alloc(reader->arena, selection->run_count + 1, sizeof(*runs));
	uint32_t count = 0;
	int r = 0;

	for (uint32_t a = 0; a < selection->arm_count; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count; i++)
			if (arm == UINT32_MAX || arm == a)
				runs[count++] = &selection->arms[a].runs[i];
	qsort(runs, count, sizeof(*runs), compare_numbers);
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = add_run(reader, selection->store, runs[i], err);
	return r;
}

/* An environment that is no JSON (an old or damaged store) says nothing. */
static uint32_t read_cpu_count(const char *environment_text)
{
	json_t *environment = json_loads(environment_text, 0, NULL);
	json_int_t cpus = json_integer_value(json_object_get(environment, "cpus"));

	json_decref(environment);
	return cpus > 0 && cpus < UINT32_MAX ? (uint32_t)cpus : 0;
}

/* Gives a list's items to the arena. */
#define move_to_arena(arena, list, ret_items, ret_count)                                           \
	do {                                                                                       \
		*(ret_count) = (uint32_t)(list)->count;                                            \
		*(ret_items) = arena_alloc((arena), (list)->count + 1, sizeof(*(list)->items));    \
		if ((list)->count > 0)                                                             \
			memcpy(*(ret_items), (list)->items,                                        \
			       (list)->count * sizeof(*(list)->items));                            \
		vec_release(list);                                                                 \
	} while (0)

static void settle(struct machine_reader *reader)
{
	struct machine_view *view = reader->view;

	settle_syscalls(reader);
	move_to_arena(reader->arena, &reader->tasks, &view->tasks, &view->task_count);
	move_to_arena(reader->arena, &reader->counters, &view->counters, &view->counter_count);
	move_to_arena(reader->arena, &reader->lenses, &view->lenses, &view->lens_count);
	qsort(view->tasks, view->task_count, sizeof(*view->tasks), compare_tasks);
	if (reader->window_count > 0)
		view->window_ns = reader->window_sum_ns / reader->window_count;
	vec_release(&reader->syscalls);
	vec_release(&reader->errors);
}

int machine_view_read(struct machine_view *ret_view, struct arena *arena,
		      const struct selection *selection, uint32_t arm, struct err *err)
{
	struct machine_reader reader = {.arena = arena, .view = ret_view};
	int r;

	*ret_view = (struct machine_view){
		.syscall_method = "",
		.cpu_count = read_cpu_count(selection->experiment.environment)};
	r = series_view_read(&ret_view->series, arena, selection, arm, err);
	if (r == 0)
		r = add_runs(&reader, selection, arm, err);
	settle(&reader);
	return r;
}

const struct series_view_row *machine_view_find(const struct machine_view *view, const char *name,
						const char *scope)
{
	return series_view_find(&view->series, name, scope);
}

const struct machine_view_syscall *machine_view_find_syscall(const struct machine_view *view,
							     const char *name)
{
	for (uint32_t i = 0; i < view->syscall_count; i++)
		if (strcmp(view->syscalls[i].name, name) == 0)
			return &view->syscalls[i];
	return NULL;
}
