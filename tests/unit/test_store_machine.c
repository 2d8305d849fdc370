/* What the lenses saw comes back from the store as it went in; what is not known stays so. */
#include "store/store_machine.h"

#include <errno.h>

#include "sample_store.h"

static struct sample_store sample;
static int64_t key;

static void test_tasks(void)
{
	struct task_usages got = {0}, want = {0};
	struct err err = {0};
	bool is_same;

	sample_make_tasks(&want, 3);
	sample_check(store_read_tasks(sample.store, key, &got, &err), &err);
	is_int(got.count, want.count, "every thread");
	is_same = got.count == want.count;
	for (size_t i = 0; is_same && i < got.count; i++)
		is_same = memcmp(&got.items[i], &want.items[i], sizeof(want.items[i])) == 0;
	ok(is_same, "with all that is known and unknown of it");
	vec_release(&got);
	vec_release(&want);
}

static void test_counters(void)
{
	struct counters got = {0};
	struct err err = {0};

	sample_check(store_read_counters(sample.store, key, &got, &err), &err);
	is_int(got.count, 3, "every counter");
	is_str(got.items[1].name, "instructions:u", "its name");
	ok(got.items[0].is_time && !got.items[1].is_time, "its unit");
	is_near(got.items[1].value, 9e9, 0.5, "its value");
	is_int(got.items[1].running_ns, 1500000000, "how long it ran");
	is_int(got.items[2].state, COUNTER_NOT_SUPPORTED, "what could not be counted");
	vec_release(&got);
}

static bool is_same_row(const struct syscall_row *a, const struct syscall_row *b)
{
	return a->pid == b->pid && a->tid == b->tid && strcmp(a->comm, b->comm) == 0 &&
	       strcmp(a->role, b->role) == 0 && a->number == b->number &&
	       strcmp(a->name, b->name) == 0 && a->calls == b->calls && a->errors == b->errors &&
	       a->open == b->open && a->wall_ns == b->wall_ns && a->cpu_ns == b->cpu_ns &&
	       a->min_ns == b->min_ns && a->max_ns == b->max_ns;
}

static bool is_same_error(const struct syscall_error_row *a, const struct syscall_error_row *b)
{
	return a->tid == b->tid && a->number == b->number && a->error == b->error &&
	       a->count == b->count;
}

static void check_rows(const struct syscall_table *got, const struct syscall_table *want)
{
	uint32_t same = 0;

	is_int(got->rows.count, want->rows.count, "every thread's calls");
	for (size_t i = 0; i < got->rows.count && i < want->rows.count; i++)
		same += is_same_row(&got->rows.items[i], &want->rows.items[i]);
	is_int(same, want->rows.count, "each with its counts and times");
	is_int(got->errors.count, want->errors.count, "their errors");
	same = 0;
	for (size_t i = 0; i < got->errors.count && i < want->errors.count; i++)
		same += is_same_error(&got->errors.items[i], &want->errors.items[i]);
	is_int(same, want->errors.count, "by number");
}

static void test_syscalls(void)
{
	struct syscall_table got = {0}, want;
	struct err err = {0};

	sample_make_syscalls(&want, 3);
	sample_check(store_read_syscalls(sample.store, key, &got, &err), &err);
	is_str(got.method, "bpf", "how calls were counted");
	is_int(got.window_ns, want.window_ns, "for how long");
	is_int(got.lost, 3, "what was lost");
	is_near(got.cost_per_call_ns, 180.5, 0, "what it cost");
	check_rows(&got, &want);
	syscall_table_release(&got);
	syscall_table_release(&want);
}

static void test_lenses(void)
{
	struct lenses got = {0}, want = {0};
	struct err err = {0};

	sample_make_lenses(&want);
	sample_check(store_read_lenses(sample.store, key, &got, &err), &err);
	is_int(got.count, want.count, "every lens, on or off");
	for (size_t i = 0; i < got.count && i < want.count; i++) {
		const struct lens *a = &got.items[i], *b = &want.items[i];

		ok(strcmp(a->name, b->name) == 0 && strcmp(a->text, b->text) == 0 &&
			   a->is_on == b->is_on && a->cpu_ns == b->cpu_ns &&
			   a->stop_ns == b->stop_ns && a->service_cpu_ns == b->service_cpu_ns,
		   b->name);
	}
	vec_release(&got);
	vec_release(&want);
}

static void test_nothing(void)
{
	int64_t other = sample_add_run(&sample, SAMPLE_ID, 4, 0, 2);
	struct syscall_table table = {0};
	struct counters counters = {0};
	struct task_usages tasks = {0};
	struct lenses lenses = {0};
	struct err err = {0};

	is_int(store_read_tasks(sample.store, other, &tasks, &err), 0, "of another run");
	is_int(store_read_counters(sample.store, other, &counters, &err), 0, "nothing");
	is_int(store_read_syscalls(sample.store, other, &table, &err), 0, "is there");
	is_int(store_read_lenses(sample.store, other, &lenses, &err), 0, "to read");
	ok(tasks.count == 0 && counters.count == 0 && table.rows.count == 0 && lenses.count == 0,
	   "and the lists stay empty");
}

/* A writer that fails leaves nothing behind; what somebody else wrote is not believed. */
static void test_failure(void)
{
	struct task_usages tasks = {0};
	struct counters counters = {0};
	struct err err = {0};

	sample_make_tasks(&tasks, 3);
	ok(store_add_tasks(sample.store, 987654, &tasks, &err) < 0, "a run that is not there");
	ok(store_add_tasks(sample.store, key, &tasks, &err) < 0, "what is there already");
	vec_clear(&tasks);
	sample_check(store_read_tasks(sample.store, key, &tasks, &err), &err);
	is_int(tasks.count, 3, "stays as it was");
	sample_store_sql(&sample, "UPDATE counter SET state='eaten' WHERE name='cycles'");
	is_int(store_read_counters(sample.store, key, &counters, &err), -EBADMSG,
	       "a state that is none");
	ok(strstr(err_text(&err), "eaten") != NULL && strstr(err_text(&err), "cycles") != NULL,
	   "is said");
	vec_release(&counters);
	vec_release(&tasks);
}

int main(void)
{
	sample_store_open(&sample);
	sample_add_experiment(&sample, SAMPLE_ID, 1000);
	key = sample_add_run(&sample, SAMPLE_ID, 3, 0, 1);
	sample_add_machine(&sample, key, 3, 0);
	test_tasks();
	test_counters();
	test_syscalls();
	test_lenses();
	test_nothing();
	test_failure();
	sample_store_close(&sample);
	return tap_done();
}
