/*
 * The accounting of services over fake processes: what ends, is waited for, is orphaned, is
 * replaced. Every scenario checks exact sums; `update` checks that no total ever falls and that
 * user and system make up the whole. All of it twice: with every process read each time, and with
 * the kernel's cursor, by which most are not (process_scan.h).
 */
#include "monitor/process_account.h"

#include "fake_proc.h"
#include "tap.h"

enum { TICK_MS = 10, REAPER = 50, FIRST = 100 };

static const struct monitor_target one_target = {
	.pid = FIRST, .role = "gateway", .child_role = "workers", .reaper = REAPER};

static struct process_account *account;
static struct strbuf missing;
static struct monitor_usage usage[MONITOR_USAGE_MAX];
static uint32_t usage_count;
static bool has_cursor;
static int cursor;

/* Ids are given out far from those of the scenarios, which are all known or new. */
static void move_cursor(void)
{
	char text[128];

	snprintf(text, sizeof(text), "0.10 0.20 0.30 1/100 %d\n", ++cursor);
	fake_write("loadavg", text);
	snprintf(text, sizeof(text), "processes %d\n", cursor);
	fake_write("stat", text);
}

static void put_cursor(void)
{
	fake_make_dir("proc/self");
	fake_make_dir("proc/sys");
	fake_make_dir("proc/sys/kernel");
	fake_write("self/status", "NSpid:\t7\n");
	fake_write("sys/kernel/pid_max", "32768\n");
	cursor = 20000;
}

static void begin(const struct monitor_target *targets, uint32_t count)
{
	struct monitor_config config = {.targets = targets, .target_count = count};
	struct procfs fs;

	fake_begin();
	strbuf_init(&missing, 4096);
	memset(usage, 0, sizeof(usage));
	if (proc_file_init(&fs, fake_root) < 0)
		abort();
	account = process_account_new(&config, &fs, &missing);
	fake_put((struct fake_process){
		.pid = REAPER, .parent = 1, .start = 10, .children_user = 1000});
	fake_put((struct fake_process){.pid = 1, .start = 1, .user = 5555});
	fake_put((struct fake_process){.pid = 40, .parent = 1, .start = 5, .user = 4444});
	if (has_cursor)
		put_cursor();
}

static void end(void)
{
	process_account_free(account);
	strbuf_release(&missing);
	fake_finish();
}

static void update(void)
{
	struct monitor_usage before[MONITOR_USAGE_MAX];
	bool has_fallen = false, is_split = true;

	if (has_cursor)
		move_cursor();
	memcpy(before, usage, sizeof(usage));
	process_account_update(account);
	usage_count = process_account_get_usage(account, usage);
	for (uint32_t i = 0; i < usage_count; i++) {
		const struct monitor_usage *old = &before[i], *new = &usage[i];

		has_fallen |= new->cpu_ns < old->cpu_ns || new->user_ns < old->user_ns ||
			      new->system_ns < old->system_ns || new->wait_ns < old->wait_ns ||
			      new->switches_voluntary < old->switches_voluntary ||
			      new->switches_involuntary < old->switches_involuntary ||
			      new->faults_minor < old->faults_minor ||
			      new->faults_major < old->faults_major;
		is_split &= new->user_ns + new->system_ns == new->cpu_ns;
	}
	if (has_fallen || !is_split)
		ok(false, has_fallen ? "a total fell" : "user and system are not the whole");
}

static int64_t cpu_ms(uint32_t entry)
{
	return (int64_t)(usage[entry].cpu_ns / 1000000);
}

static void test_growth(void)
{
	struct fake_process first = {.pid = FIRST,
				     .parent = REAPER,
				     .start = 20,
				     .user = 30,
				     .system = 10,
				     .minflt = 500,
				     .majflt = 2,
				     .rss_pages = 100,
				     .threads = 2,
				     .wait = 1000,
				     .voluntary = 7,
				     .involuntary = 3};

	begin(&one_target, 1);
	fake_put(first);
	fake_put_task(FIRST, 101, 50000, 70, 30);
	update();
	is_int(usage_count, 2, "growth: the total and one role");
	is_str(usage[0].role, "", "growth: the total has no name");
	is_str(usage[1].role, "gateway", "growth: the first process's role");
	is_int(cpu_ms(1), 400, "growth: CPU time since the start");
	is_int(usage[1].user_ns, 300000000, "growth: its user part");
	is_int(usage[1].wait_ns, 51000, "growth: wait is the sum over threads");
	ok(usage[1].switches_voluntary == 77 && usage[1].switches_involuntary == 33,
	   "growth: switches too");
	ok(usage[1].faults_minor == 500 && usage[1].faults_major == 2, "growth: faults");
	is_int(usage[1].rss_bytes, 100 * sysconf(_SC_PAGESIZE), "growth: memory");
	ok(usage[1].process_count == 1 && usage[1].thread_count == 2,
	   "growth: one process, two threads");

	fake_end_task(FIRST, 101);
	fake_put_task(FIRST, 102, 4000, 1, 1);
	first.system = 20;
	fake_put(first);
	fake_put((struct fake_process){
		.pid = 110, .parent = FIRST, .start = 30, .user = 5, .voluntary = 9});
	update();
	is_int(usage[1].wait_ns, 55000, "growth: an ended thread's wait stays");
	ok(usage[1].switches_voluntary == 78 && usage[1].switches_involuntary == 34,
	   "growth: its switches too");
	is_int(usage[1].system_ns, 200000000, "growth: the system part grew");
	is_int(usage_count, 3, "growth: a child brings its role");
	is_str(usage[2].role, "workers", "growth: the children's role");
	ok(cpu_ms(2) == 50 && cpu_ms(0) == 550, "growth: the total is the sum");
	is_int(usage[0].switches_voluntary, 87, "growth: of switches too");
	ok(process_account_is_alive(account, 0) && !process_account_is_alive(account, 1),
	   "growth: it is alive");
	end();
}

/*
 * The files of one sample are read one after the other: the parent's before or after the child's
 * end.
 */
static void test_waited_child(void)
{
	struct fake_process first = {
		.pid = FIRST, .parent = REAPER, .start = 20, .user = 10, .children_user = 3};
	struct fake_process child = {.pid = 110,
				     .parent = FIRST,
				     .start = 30,
				     .user = 40,
				     .minflt = 8,
				     .wait = 600,
				     .voluntary = 5,
				     .children_user = 2};

	begin(&one_target, 1);
	fake_put(first);
	fake_put(child);
	update();
	is_int(cpu_ms(2), 450, "waited: a child, its children, and those waited for before");
	child.state = 'Z';
	child.user = 50;
	fake_put(child);
	update();
	is_int(cpu_ms(2), 550, "waited: a zombie's time stands");
	is_int(usage[2].process_count, 0, "waited: but it is no process any more");
	fake_end(110);
	update();
	is_int(cpu_ms(2), 550, "waited: gone, and its parent was read just before it waited");
	first.children_user = 3 + 54;
	first.children_minflt = 9;
	fake_put(first);
	update();
	is_int(cpu_ms(2), 570,
	       "waited: the parent's waited-for time takes its place, with what came last");
	is_int(usage[2].faults_minor, 9, "waited: faults likewise");
	ok(usage[2].wait_ns == 600 && usage[2].switches_voluntary == 5,
	   "waited: wait and switches stay");
	first.children_user += 30;
	fake_put(first);
	update();
	is_int(cpu_ms(2), 870, "waited: children that lived and died unseen count");
	is_int(cpu_ms(1), 100, "waited: none of it is the first process's own");
	end();
}

static void test_ignored_child(void)
{
	struct fake_process child = {.pid = 110, .parent = FIRST, .start = 30, .user = 40};

	begin(&one_target, 1);
	fake_put((struct fake_process){.pid = FIRST, .parent = REAPER, .start = 20, .user = 10});
	for (int i = 0; i < 3; i++) {
		child.pid = 110 + i;
		child.user = 40;
		fake_put(child);
		update();
		fake_end(child.pid);
		update();
	}
	is_int(cpu_ms(2), 1200, "ignored: what nobody waits for keeps its last seen value");
	is_int(usage[0].process_count, 1, "ignored: they are gone");
	end();
}

static void test_orphans(void)
{
	struct fake_process reaper = {
		.pid = REAPER, .parent = 1, .start = 10, .children_user = 1000};

	begin(&one_target, 1);
	fake_put((struct fake_process){.pid = FIRST, .parent = REAPER, .start = 20, .user = 10});
	fake_put((struct fake_process){.pid = 60, .parent = REAPER, .start = 19, .user = 999});
	fake_put((struct fake_process){.pid = 110, .parent = FIRST, .start = 30, .user = 5});
	fake_put((struct fake_process){.pid = 111, .parent = 110, .start = 31, .user = 20});
	update();
	is_int(cpu_ms(0), 350, "orphans: none yet; what the reaper had before is not ours");
	fake_end(110);
	fake_put((struct fake_process){.pid = 111, .parent = REAPER, .start = 31, .user = 22});
	fake_put((struct fake_process){.pid = 112, .parent = REAPER, .start = 32, .user = 4});
	update();
	is_int(cpu_ms(2), 310,
	       "orphans: one stays ours, one that was not seen before becomes ours");
	fake_end(111);
	reaper.children_user += 24;
	fake_put(reaper);
	update();
	is_int(cpu_ms(2), 330,
	       "orphans: waited for by the reaper, counted once, though the first "
	       "process did not wait for its child");
	reaper.children_user += 7;
	fake_put(reaper);
	update();
	is_int(cpu_ms(2), 400, "orphans: those that lived and died unseen count");
	fake_end(FIRST);
	reaper.children_user += 12;
	fake_put(reaper);
	update();
	is_int(cpu_ms(1), 100, "orphans: the service itself ends, its time stays in its role");
	is_int(cpu_ms(0), 520, "orphans: and only what is beyond it is added");
	ok(!process_account_is_alive(account, 0), "orphans: it is not alive");
	end();
}

/*
 * A child and its parent end between two samples: the grandparent waited for both, or the reaper
 * for the orphan.
 */
static void test_ended_together(void)
{
	struct fake_process reaper = {
		.pid = REAPER, .parent = 1, .start = 10, .children_user = 1000};

	for (int is_orphan = 0; is_orphan < 2; is_orphan++) {
		struct fake_process first = {.pid = FIRST, .parent = REAPER, .start = 20};

		begin(&one_target, 1);
		fake_put(first);
		fake_put(
			(struct fake_process){.pid = 110, .parent = FIRST, .start = 30, .user = 5});
		fake_put((struct fake_process){.pid = 111, .parent = 110, .start = 31, .user = 20});
		update();
		fake_end(110);
		fake_end(111);
		first.children_user = is_orphan ? 5 : 25;
		reaper.children_user = is_orphan ? 1020 : 1000;
		fake_put(first);
		fake_put(reaper);
		update();
		is_int(cpu_ms(2), 250,
		       is_orphan ? "together: the reaper waited for the orphan"
				 : "together: the grandparent has both");
		end();
	}
}

static void test_number_in_use_again(void)
{
	struct fake_process child = {
		.pid = 110, .parent = FIRST, .start = 30, .user = 40, .voluntary = 6};

	begin(&one_target, 1);
	fake_put((struct fake_process){.pid = FIRST, .parent = REAPER, .start = 20});
	fake_put(child);
	update();
	child.start = 31;
	child.user = 60;
	child.voluntary = 2;
	fake_put(child);
	update();
	is_int(cpu_ms(2), 1000, "again: two processes under one number are two");
	is_int(usage[2].switches_voluntary, 8, "again: with the switches of both");
	fake_put((struct fake_process){.pid = 110, .parent = 1, .start = 32, .user = 7777});
	update();
	is_int(cpu_ms(2), 1000, "again: a stranger under the number is none of ours");
	fake_put((struct fake_process){.pid = FIRST, .parent = 1, .start = 33, .user = 8888});
	update();
	is_int(cpu_ms(0), 1000, "again: nor one under the service's own number");
	ok(!process_account_is_alive(account, 0), "again: the service is not alive");
	end();
}

static void test_exec_by_thread(void)
{
	begin(&one_target, 1);
	fake_put((struct fake_process){
		.pid = FIRST, .parent = REAPER, .start = 20, .threads = 2, .voluntary = 90});
	fake_put_task(FIRST, 101, 0, 4, 0);
	update();
	fake_end_task(FIRST, 101);
	fake_put((struct fake_process){
		.pid = FIRST, .parent = REAPER, .start = 20, .threads = 1, .voluntary = 5});
	update();
	is_int(usage[1].switches_voluntary, 99, "exec: the counters that were replaced are kept");
	end();
}

static void test_several_services(void)
{
	const struct monitor_target targets[] = {
		{.pid = 100, .role = "a", .child_role = "a workers", .reaper = REAPER},
		{.pid = 200, .role = "b", .child_role = "b workers", .reaper = REAPER},
	};
	struct fake_process reaper = {
		.pid = REAPER, .parent = 1, .start = 10, .children_user = 1000};

	begin(targets, 2);
	fake_put((struct fake_process){
		.pid = 100, .parent = REAPER, .session = 100, .start = 20, .user = 1});
	fake_put((struct fake_process){
		.pid = 200, .parent = REAPER, .session = 200, .start = 21, .user = 2});
	fake_put((struct fake_process){
		.pid = 210, .parent = 200, .session = 200, .start = 22, .user = 4});
	update();
	is_int(usage_count, 4, "several: three roles");
	ok(cpu_ms(1) == 10 && cpu_ms(2) == 20 && cpu_ms(3) == 40, "several: each to its own");
	fake_put((struct fake_process){
		.pid = 211, .parent = REAPER, .session = 200, .start = 23, .user = 8});
	update();
	is_str(usage[3].role, "b workers", "several: an orphan");
	is_int(cpu_ms(3), 120, "several: is its session's");
	reaper.children_user += 16;
	fake_put(reaper);
	update();
	ok(cpu_ms(1) == 10 && cpu_ms(2) == 20 && cpu_ms(3) == 120,
	   "several: unseen orphans are in no role");
	is_int(cpu_ms(0), 310, "several: but in the total");
	fake_end(200);
	reaper.children_user += 3;
	fake_put(reaper);
	update();
	is_int(cpu_ms(0), 320, "several: one ends, and is counted once");
	ok(process_account_is_alive(account, 0) && !process_account_is_alive(account, 1),
	   "several: which is told");
	end();
}

/*
 * A service that is a descendant of another one is counted there and nowhere else, also when it was
 * waited for.
 */
static void test_service_in_service(void)
{
	const struct monitor_target targets[] = {
		{.pid = 100, .role = "outer", .child_role = "outer workers"},
		{.pid = 110, .role = "inner", .child_role = "inner workers"},
	};

	begin(targets, 2);
	fake_put((struct fake_process){.pid = 100, .parent = 1, .start = 20, .user = 1});
	fake_put((struct fake_process){.pid = 110, .parent = 100, .start = 21, .user = 2});
	update();
	fake_end(110);
	fake_put((struct fake_process){
		.pid = 100, .parent = 1, .start = 20, .user = 1, .children_user = 2});
	update();
	ok(cpu_ms(1) == 10 && cpu_ms(2) == 20 && cpu_ms(0) == 30,
	   "nested: no time moves, none is doubled");
	end();
}

static void test_many_roles(void)
{
	struct monitor_target targets[10] = {0};

	for (int i = 0; i < 10; i++) {
		targets[i].pid = 100 + i;
		snprintf(targets[i].role, sizeof(targets[i].role), "s%d", i);
		snprintf(targets[i].child_role, sizeof(targets[i].child_role), "s%d workers", i);
	}
	begin(targets, 10);
	for (int i = 0; i < 10; i++) {
		fake_put(
			(struct fake_process){.pid = 100 + i, .parent = 1, .start = 20, .user = 1});
		fake_put((struct fake_process){
			.pid = 200 + i, .parent = 100 + i, .start = 21, .user = 1});
	}
	update();
	is_int(usage_count, MONITOR_USAGE_MAX, "many: no more roles than there is room for");
	is_int(cpu_ms(0), 200, "many: the total has them all");
	ok(strstr(strbuf_text(&missing), "more than 15 roles") != NULL, "many: which is said");
	end();
}

static void test_nothing_there(void)
{
	begin(&one_target, 1);
	update();
	is_int(usage_count, 1, "nothing: no role without its process");
	ok(strstr(strbuf_text(&missing), "gateway: process 100 is not to be seen") != NULL,
	   "nothing: is said");
	fake_remove("proc");
	has_cursor = false;
	update();
	ok(strstr(strbuf_text(&missing), "/proc cannot be read") != NULL,
	   "nothing: no /proc at all is said");
	fake_make_dir("proc");
	end();
}

static void test_processes(void)
{
	const struct monitor_target targets[] = {
		{.pid = 100, .role = "a", .child_role = "a workers"},
		{.pid = 200, .role = "b", .child_role = "b workers"},
	};
	struct proc_ids pids = {0};

	begin(targets, 2);
	process_account_list_pids(account, &pids);
	is_int(pids.count, 0, "processes: none yet");
	fake_put((struct fake_process){.pid = 200, .parent = 1, .start = 20});
	fake_put((struct fake_process){.pid = 100, .parent = 1, .start = 21});
	fake_put((struct fake_process){.pid = 150, .parent = 200, .start = 22});
	fake_put((struct fake_process){.pid = 160, .parent = 200, .start = 23, .state = 'Z'});
	update();
	process_account_list_pids(account, &pids);
	ok(pids.count == 3 && pids.items[0] == 100 && pids.items[1] == 150 && pids.items[2] == 200,
	   "processes: of all services, ascending, without what has ended");
	is_str(process_account_get_role(account, 150), "b workers", "processes: a child's role");
	is_str(process_account_get_role(account, 100), "a", "processes: a first one's");
	is_str(process_account_get_role(account, 160), "", "processes: none of what has ended");
	is_str(process_account_get_role(account, 1), "", "processes: nor of others");
	is_int(process_account_find_target(account, 150), 1, "processes: whose it is");
	ok(process_account_find_target(account, 1) == UINT32_MAX, "processes: or nobody's");
	is_int(process_account_get_target_count(account), 2, "processes: of two services");
	is_str(process_account_get_target(account, 1)->role, "b", "processes: the second");
	vec_release(&pids);
	end();
}

static void test_all(void)
{
	test_growth();
	test_waited_child();
	test_ignored_child();
	test_orphans();
	test_ended_together();
	test_number_in_use_again();
	test_exec_by_thread();
	test_several_services();
	test_service_in_service();
	test_many_roles();
	test_processes();
	test_nothing_there();
}

int main(void)
{
	test_all();
	has_cursor = true;
	test_all();
	return tap_done();
}
