/*
 * The test counts its own page faults: how many there are is exact, whatever else the machine does.
 * Where the kernel does not let it, all is skipped.
 */
#include "capture/counter_set.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/perf_refusal.h"

#include "tap.h"

enum { PAGES = 40, PAGE_BYTES = 4096 };

static sem_t go, done;

/* Every page once: as many faults. */
__attribute__((noinline, no_sanitize("address", "undefined", "thread"))) static void touch_pages(
	void)
{
	volatile unsigned char *pages = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		abort();
	madvise((void *)(uintptr_t)pages, PAGES * PAGE_BYTES, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		pages[i * PAGE_BYTES] = 1;
	munmap((void *)(uintptr_t)pages, PAGES * PAGE_BYTES);
}

static void *run_other(void *arg)
{
	(void)arg;
	for (;;) {
		sem_wait(&go);
		touch_pages();
		sem_post(&done);
	}
	return NULL;
}

static void touch_there(void)
{
	sem_post(&go);
	sem_wait(&done);
}

static int open_own(struct counter_set **ret_set, const char *const *events, uint32_t count,
		    struct err *err)
{
	const pid_t pid = getpid();

	return counter_set_open(
		ret_set,
		&(struct counter_set_config){
			.pids = &pid, .pid_count = 1, .events = events, .event_count = count},
		err);
}

/* Page faults while `act` ran, the second time: whatever it needs is there by then. */
static double count_faults(struct counter_set *set, void (*act)(void))
{
	struct counters counters = {0};
	double faults = 0;

	for (int round = 0; round < 2; round++) {
		counter_set_enable(set);
		act();
		counter_set_disable(set);
		counter_set_read(set, &counters);
		faults = counters.items[0].value;
	}
	vec_release(&counters);
	return faults;
}

static void touch_in_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		touch_pages();
		touch_pages();
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void do_nothing(void)
{
}

static void test_counts(void)
{
	static const char *const events[] = {"minor-faults"};
	scoped(counter_set_cleanup) struct counter_set *set = NULL;
	struct counters counters = {0};
	struct err err = {0};

	if (!ok(open_own(&set, events, 1, &err) == 0, "open"))
		return;
	is_near(count_faults(set, do_nothing), 0, 0, "nothing happens, nothing is counted");
	is_near(count_faults(set, touch_pages), PAGES, 0, "every fault, of this window alone");
	is_near(count_faults(set, touch_there), PAGES, 0, "of a thread that was there before");
	ok(count_faults(set, touch_in_child) >= 2 * PAGES, "of a child that ended meanwhile");
	touch_pages();
	counter_set_read(set, &counters);
	ok(counters.items[0].value < 10 * PAGES, "not while it is disabled");
	is_int(counters.items[0].state, COUNTER_COUNTED, "was counted");
	ok(!counters.items[0].is_time, "is no time");
	ok(strncmp(counters.items[0].name, "minor-faults", 12) == 0, "has its name");
	vec_release(&counters);
}

static void test_states(void)
{
	static const char *const events[] = {"task-clock", "rffffffffffff", "no-such-group:event",
					     "no_such_device/event=1/", "page-faults:u"};
	scoped(counter_set_cleanup) struct counter_set *set = NULL;
	struct counters counters = {0};
	struct err err = {0};

	if (!ok(open_own(&set, events, 5, &err) == 0, "what is not there is no error"))
		return;
	counter_set_enable(set);
	touch_pages();
	counter_set_read(set, &counters);
	is_int(counters.count, 5, "one each, in order");
	is_int(counters.items[0].state, COUNTER_COUNTED, "a clock is always there");
	is_str(counters.items[0].name, "task-clock", "with its name alone");
	ok(counters.items[0].is_time && counters.items[0].value > 0, "and is CPU time in ns");
	is_near(counters.items[0].value, (double)counters.items[0].enabled_ns,
		0.2 * counters.items[0].value + 1e6, "about the time that it was enabled");
	ok(counters.items[2].state != COUNTER_COUNTED, "a tracepoint that is not there");
	is_int(counters.items[3].state, COUNTER_NOT_SUPPORTED, "a device that is not there");
	is_str(counters.items[3].name, "no_such_device/event=1/", "keeps its name");
	is_str(counters.items[4].name, "page-faults:u", "a wish is not said twice");
	ok(counters.items[4].value >= PAGES, "and is counted");
	vec_release(&counters);
}

static void test_refusals(void)
{
	static const char *const events[] = {"task-clock", "page-fault"};
	scoped(counter_set_cleanup) struct counter_set *set = NULL;
	struct err err = {0};
	pid_t gone = fork();

	is_int(open_own(&set, events, 2, &err), -EINVAL, "a word that is no event");
	ok(strstr(err.text, "page-faults") != NULL, "with the nearest");
	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	err = (struct err){0};
	is_int(counter_set_open(&set, &(struct counter_set_config){.pids = &gone, .pid_count = 1},
				&err),
	       perf_refusal_is(err.code) ? err.code : -ESRCH, "a process that has ended");
	ok(err.text[0] != '\0' && set == NULL, "has a sentence");
}

/* What ordinary windows do not have: a child that is held before its exec. */
static void test_exec(void)
{
	static const char *const events[] = {"minor-faults"};
	scoped(counter_set_cleanup) struct counter_set *set = NULL;
	struct counters counters = {0};
	struct err err = {0};
	int gate[2];
	pid_t child;
	char byte;

	if (pipe(gate) < 0)
		abort();
	child = fork();
	if (child == 0) {
		close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		for (int i = 0; i < 20; i++)
			touch_pages();
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	close(gate[0]);
	is_int(counter_set_open(&set,
				&(struct counter_set_config){.pids = &child,
							     .pid_count = 1,
							     .events = events,
							     .event_count = 1,
							     .is_started_by_exec = true},
				&err),
	       0, "a process that is held");
	if (set != NULL)
		counter_set_enable(set);
	close(gate[1]);
	waitpid(child, NULL, 0);
	if (set == NULL)
		return;
	counter_set_read(set, &counters);
	ok(counters.items[0].value > 10, "what it does after its exec");
	ok(counters.items[0].value < 20 * PAGES, "and nothing of before");
	vec_release(&counters);
}

int main(void)
{
	static const char *const events[] = {"page-faults:u"};
	struct counter_set *set = NULL;
	struct err err = {0};
	pthread_t thread;
	int result = open_own(&set, events, 1, &err);

	counter_set_close(set);
	counter_set_close(NULL);
	if (perf_refusal_is(result)) {
		printf("1..0 # SKIP %s\n", err_text(&err));
		return 0;
	}
	sem_init(&go, 0, 0);
	sem_init(&done, 0, 0);
	if (pthread_create(&thread, NULL, run_other, NULL) != 0)
		abort();
	test_counts();
	test_states();
	test_refusals();
	test_exec();
	return tap_done();
}
