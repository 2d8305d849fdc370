/*
 * The test follows itself and counts its own page faults, each of them a sample: how many there are
 * is exact, whatever else the machine does. Where the kernel does not let it, all is skipped.
 */
#include "capture/capture.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture/perf_refusal.h"

#include "tap.h"

enum { PAGES = 40, PAGE_BYTES = 4096, ROUNDS = 5 };

struct faults {
	uint32_t by_thread[2]; /* the first thread, the other */
	uint32_t reserved_bytes;
	uint32_t wrong; /* of another event, without registers or stack, … */
	const struct perf_layout *layout;
};

extern const char __start_touching[], __stop_touching[]; /* the linker's */

static sem_t go, done;
static struct faults faults;

/*
 * Every page once: as many faults. Code that can be told from all other by its section, and that no
 * sanitizer adds memory accesses to.
 */
__attribute__((noinline, section("touching"),
	       no_sanitize("address", "undefined", "thread"))) static void
touch_pages(void)
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

/* Faults of touch_pages() itself, and nobody else's. */
static bool is_of_loop(uint64_t ip)
{
	return ip >= (uintptr_t)__start_touching && ip < (uintptr_t)__stop_touching;
}

static void take(void *arg, const struct perf_record *record, const struct capture_origin *origin)
{
	uint64_t sp;

	(void)arg;
	if (record->type != PERF_RECORD_SAMPLE || !is_of_loop(record->sample.ip))
		return;
	faults.by_thread[record->tid != (uint32_t)getpid()]++;
	faults.wrong += origin->event != 1 || !origin->is_full || record->sample.period != 1 ||
			record->sample.cpu == UINT32_MAX || record->sample.stack == NULL ||
			!perf_record_get_register(&record->sample, faults.layout, 7, &sp);
	faults.reserved_bytes = record->sample.stack_reserved_bytes;
}

static void *run_other(void *arg)
{
	(void)arg;
	for (int round = 0; round < ROUNDS; round++) {
		sem_wait(&go);
		touch_pages();
		sem_post(&done);
	}
	return NULL;
}

static bool is_round_exact(struct capture *capture)
{
	uint32_t first = faults.by_thread[0], other = faults.by_thread[1];

	touch_pages();
	sem_post(&go);
	sem_wait(&done);
	capture_flush(capture, take, NULL);
	if (faults.by_thread[0] != first + PAGES || faults.by_thread[1] != other + PAGES)
		printf("# %u and %u of %d\n", faults.by_thread[0] - first,
		       faults.by_thread[1] - other, PAGES);
	return faults.by_thread[0] == first + PAGES && faults.by_thread[1] == other + PAGES;
}

/* The other thread inherits its events, and is given its own by the first renewal. */
static void test_renewal(struct capture *capture)
{
	uint32_t first_tid = (uint32_t)getpid();
	struct capture_stack_size same = {.short_bytes = 128, .full_bytes = 256};
	struct capture_stack_size rest = {.short_bytes = 64, .full_bytes = 512},
				  sizes[2] = {{.tid = 1, .full_bytes = 8},
					      {.tid = first_tid, .full_bytes = 1023}};
	struct err err = {0};
	pthread_t other;

	touch_pages(); /* its own code has been faulted in */
	sem_init(&go, 0, 0);
	sem_init(&done, 0, 0);
	capture_enable(capture);
	if (pthread_create(&other, NULL, run_other, NULL) != 0)
		abort();
	ok(is_round_exact(capture), "every fault once");
	is_int(faults.reserved_bytes, 256, "with the first size of stacks");
	is_int(capture_set_stack_sizes(capture, NULL, 0, &same, &err), 0, "the same sizes again");
	ok(is_round_exact(capture), "every fault once, and nothing was opened anew");
	is_int(faults.reserved_bytes, 256, "with the same size");
	is_int(capture_set_stack_sizes(capture, NULL, 0, &rest, &err), 0, "other sizes");
	ok(is_round_exact(capture), "every fault once, though one thread's events were inherited");
	is_int(faults.reserved_bytes, 512, "with the new size");
	is_int(capture_set_stack_sizes(capture, sizes, 2, &rest, &err), 0, "one thread's own size");
	touch_pages();
	capture_flush(capture, take, NULL);
	is_int(faults.reserved_bytes, 1024, "rounded up");
	faults.by_thread[0] -= PAGES;
	ok(is_round_exact(capture), "every fault once, with samplers that were kept");
	is_int(faults.reserved_bytes, 512, "the other thread's");
	touch_pages(); /* in the rings while the samplers are closed */
	is_int(capture_set_stack_sizes(capture, NULL, 0, &rest, &err), 0, "the size of all again");
	capture_flush(capture, take, NULL);
	faults.by_thread[0] -= PAGES;
	ok(is_round_exact(capture), "what was in the rings is not lost");
	pthread_join(other, NULL);
	capture_disable(capture);
	touch_pages();
	capture_flush(capture, take, NULL);
	is_int(faults.by_thread[0], PAGES * ROUNDS, "nothing while disabled");
	is_int(faults.wrong, 0, "each with its event, registers and stack");
	is_int(capture_get_lost_count(capture) + capture_read_lost_samples(capture), 0,
	       "none lost");
}

int main(void)
{
	static const char *const events[] = {"cpu-clock", "software/config=2,period=1/u"};
	pid_t pid = getpid();
	struct capture_config config = {
		.pids = &pid,
		.pid_count = 1,
		.frequency_hz = 10,
		.stacks = CAPTURE_STACKS_COPY,
		.short_stack_bytes = 128,
		.full_stack_bytes = 256,
		.events = events,
		.event_count = 2,
	};
	struct capture *capture = NULL;
	struct err err = {0};
	int result = capture_open(&capture, &config, &err);

	if (perf_refusal_is(result) || result == -ENOENT) {
		printf("1..0 # SKIP %s\n", err_text(&err));
		return 0;
	}
	is_int(result, 0, "a capture of this process");
	if (result < 0) {
		printf("# %s\n", err_text(&err));
		return tap_done();
	}
	faults.layout = capture_get_layout(capture);
	is_int(capture_get_event_count(capture), 2, "two events");
	ok(capture_get_event(capture, 0)->is_clock &&
		   capture_get_event(capture, 0)->period == 100000000,
	   "a clock of 10 Hz");
	ok(!capture_get_event(capture, 1)->is_clock && capture_get_event(capture, 1)->period == 1,
	   "and every fault");
	is_int(capture_get_tasks(capture)->count, 1, "of one thread");
	test_renewal(capture);
	capture_close(capture);
	capture_close(NULL);
	config.pid_count = 0;
	is_int(capture_open(&capture, &config, &err), -ESRCH, "nobody to follow");
	return tap_done();
}
