#include "bpf/syscalls.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

extern const unsigned char syscalls_bpf[]; /* the compiled syscalls.bpf.c */
extern const size_t syscalls_bpf_bytes;

enum { LOG_BYTES = 1 << 16, LINKS = 8 };

struct syscalls {
	struct bpf_object *object;
	struct bpf_link *links[LINKS];
	uint32_t link_count;
	struct bpf_link *look; /* of the iterator */
	struct syscalls_control *control;
	struct syscalls_row *rows;
	struct syscalls_thread *threads;
	int errors;		/* the map; borrowed */
	uint64_t missed_before; /* begin */
	char log[LOG_BYTES];
};

const char *syscalls_get_lack(void)
{
	return "";
}

/* The verifier's complaint: the last line of its log before the statistics. Cuts the log. */
static const char *find_complaint(char *log)
{
	char *statistics = strstr(log, "\nprocessed "), *line;

	if (statistics != NULL)
		*statistics = '\0';
	line = strrchr(log, '\n');
	return line != NULL ? line + 1 : log;
}

static int attach(struct syscalls *syscalls, const char *program_name, struct err *err)
{
	struct bpf_program *program =
		bpf_object__find_program_by_name(syscalls->object, program_name);
	struct bpf_link *link = program != NULL ? bpf_program__attach_trace(program) : NULL;

	if (link == NULL)
		return err_set(err, program != NULL ? -errno : -ENOENT,
			       "the kernel does not attach the program %s: %s", program_name,
			       strerror(program != NULL ? errno : ENOENT));
	syscalls->links[syscalls->link_count++] = link;
	return 0;
}

static int map_memory(const struct syscalls *syscalls, const char *map_name, size_t bytes,
		      void **ret_memory, struct err *err)
{
	int fd = bpf_object__find_map_fd_by_name(syscalls->object, map_name);
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return err_set(err, -errno, "cannot map the counters '%s': %s", map_name,
			       strerror(errno));
	*ret_memory = memory;
	return 0;
}

static int map_all(struct syscalls *syscalls, struct err *err)
{
	void *rows, *threads, *control;
	int result;

	result = map_memory(syscalls, "rows", SYSCALLS_ROWS * sizeof(struct syscalls_row), &rows,
			    err);
	if (result < 0)
		return result;
	syscalls->rows = rows;
	result = map_memory(syscalls, "threads", SYSCALLS_THREADS * sizeof(struct syscalls_thread),
			    &threads, err);
	if (result < 0)
		return result;
	syscalls->threads = threads;
	syscalls->errors = bpf_object__find_map_fd_by_name(syscalls->object, "errors");
	/* the programs' variables: there is one */
	result = map_memory(syscalls, ".bss", sizeof(struct syscalls_control), &control, err);
	if (result < 0)
		return result;
	syscalls->control = control;
	return 0;
}

static int load(struct syscalls *syscalls, struct err *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "sonde",
		    .kernel_log_buf = syscalls->log, .kernel_log_size = LOG_BYTES);
	int result;

	libbpf_set_print(NULL); /* what it would print is in the sentences here */
	syscalls->object = bpf_object__open_mem(syscalls_bpf, syscalls_bpf_bytes, &options);
	if (syscalls->object == NULL)
		return err_set(err, -errno, "libbpf cannot read the BPF programs: %s",
			       strerror(errno));
	result = bpf_object__load(syscalls->object);
	if (result < 0)
		return err_set(err, result, "the kernel does not take the BPF programs: %s%s%s",
			       strerror(-result), syscalls->log[0] != '\0' ? "; " : "",
			       find_complaint(syscalls->log));
	return map_all(syscalls, err);
}

static void set_numbers(struct syscalls_control *control)
{
	static const uint32_t clones[SYSCALLS_CLONES] = {
		SYS_clone,
		SYS_clone3,
#ifdef SYS_fork
		SYS_fork,
		SYS_vfork,
#else
		SYS_clone,
		SYS_clone,
#endif
	};

	memcpy(control->clone_numbers, clones, sizeof(clones));
	control->sigreturn_number = SYS_rt_sigreturn;
}

static int set_targets(struct syscalls *syscalls, const pid_t *pids, uint32_t pid_count,
		       struct err *err)
{
	int map = bpf_object__find_map_fd_by_name(syscalls->object, "targets");

	syscalls->control->is_system_wide = pid_count == 0;
	for (uint32_t i = 0; i < pid_count; i++) {
		uint32_t pid = (uint32_t)pids[i];
		int result = bpf_map_update_elem(map, &pid, &i, BPF_ANY);

		if (result < 0)
			return err_set(err, result, "cannot follow %u processes: %s", pid_count,
				       strerror(-result));
	}
	return 0;
}

static int attach_look(struct syscalls *syscalls, struct err *err)
{
	struct bpf_program *program = bpf_object__find_program_by_name(syscalls->object, "look");

	syscalls->look = program != NULL ? bpf_program__attach_iter(program, NULL) : NULL;
	if (syscalls->look == NULL)
		return err_set(err, -errno, "the kernel does not let BPF look at its tasks: %s",
			       strerror(errno));
	return 0;
}

int syscalls_open(struct syscalls **ret_syscalls, const pid_t *pids, uint32_t pid_count,
		  struct err *err)
{
	static const char *const programs[] = {"follow_fork", "follow_exit"};
	scoped(syscalls_cleanup) struct syscalls *syscalls = alloc_new(struct syscalls);
	int result = load(syscalls, err);

	if (result < 0)
		return result;
	set_numbers(syscalls->control);
	result = set_targets(syscalls, pids, pid_count, err);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]) && result == 0; i++)
		result = attach(syscalls, programs[i], err);
	if (result == 0)
		result = attach_look(syscalls, err);
	if (result < 0)
		return result;
	*ret_syscalls = syscalls;
	syscalls = NULL;
	return 0;
}

void syscalls_close(struct syscalls *syscalls)
{
	if (syscalls == NULL)
		return;
	for (uint32_t i = 0; i < syscalls->link_count; i++)
		bpf_link__destroy(syscalls->links[i]);
	if (syscalls->look != NULL)
		bpf_link__destroy(syscalls->look);
	if (syscalls->rows != NULL)
		munmap(syscalls->rows, SYSCALLS_ROWS * sizeof(struct syscalls_row));
	if (syscalls->threads != NULL)
		munmap(syscalls->threads, SYSCALLS_THREADS * sizeof(struct syscalls_thread));
	if (syscalls->control != NULL)
		munmap(syscalls->control, sizeof(*syscalls->control));
	bpf_object__close(syscalls->object);
	free(syscalls);
}

int syscalls_attach(struct syscalls *syscalls, struct err *err)
{
	static const char *const programs[] = {"count_switch", "count_exit", "count_enter"};
	int result = 0;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]) && result == 0; i++)
		result = attach(syscalls, programs[i], err);
	return result;
}

int syscalls_look(struct syscalls *syscalls, uint32_t calibration_tid, struct err *err)
{
	scoped(fd_cleanup) int fd = bpf_iter_create(bpf_link__fd(syscalls->look));
	char nothing[64]; /* it writes nothing: a read runs it */
	ssize_t got;

	if (fd < 0)
		return err_set(err, -errno, "the kernel does not let BPF look at its tasks: %s",
			       strerror(errno));
	syscalls->control->calibration_tid = calibration_tid;
	do
		got = read(fd, nothing, sizeof(nothing));
	while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
	if (got < 0)
		return err_set(err, -errno, "a look at the kernel's tasks by BPF ended: %s",
			       strerror(errno));
	return 0;
}

/* Events for which the kernel ran no program, because it was inside of the same one; ever. */
static uint64_t read_missed(const struct syscalls *syscalls)
{
	struct bpf_program *program = NULL;
	uint64_t missed = 0;

	bpf_object__for_each_program(program, syscalls->object)
	{
		struct bpf_prog_info info = {0};
		uint32_t bytes = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes) == 0)
			missed += info.recursion_misses;
	}
	return missed;
}

static void forget_counts(struct syscalls *syscalls)
{
	struct syscalls_error_key key;
	uint32_t row_count, thread_count;

	syscalls_get_rows(syscalls, &row_count);
	for (uint32_t i = 1; i < row_count; i++) {
		struct syscalls_row *row = &syscalls->rows[i];

		*row = (struct syscalls_row){
			.thread = row->thread, .number = row->number, .min_ns = UINT64_MAX};
	}
	syscalls_get_threads(syscalls, &thread_count);
	for (uint32_t i = 0; i < thread_count; i++)
		syscalls->threads[i].open_number = SYSCALLS_NO_CALL;
	while (bpf_map_get_next_key(syscalls->errors, NULL, &key) == 0)
		if (bpf_map_delete_elem(syscalls->errors, &key) < 0)
			break;
	syscalls->control->lost = 0;
	syscalls->missed_before = read_missed(syscalls);
}

void syscalls_begin(struct syscalls *syscalls)
{
	struct syscalls_control *control = syscalls->control;

	forget_counts(syscalls);
	control->window++;
	control->begin_ns = clock_now_ns();
	atomic_thread_fence(memory_order_seq_cst);
	control->is_counting = 1;
	/* who waits in a call now; one that this misses is counted when it returns, all the same */
	(void)syscalls_look(syscalls, 0, NULL);
}

void syscalls_end(struct syscalls *syscalls)
{
	struct syscalls_control *control = syscalls->control;

	/* while it counts: who sleeps and was never seen to call has been in its call all along */
	(void)syscalls_look(syscalls, 0, NULL);
	control->end_ns = clock_now_ns();
	atomic_thread_fence(memory_order_seq_cst);
	control->is_counting = 0;
	(void)syscalls_look(syscalls, 0, NULL);
}

const struct syscalls_control *syscalls_get_control(const struct syscalls *syscalls)
{
	return syscalls->control;
}

const struct syscalls_row *syscalls_get_rows(const struct syscalls *syscalls, uint32_t *ret_count)
{
	uint32_t used = syscalls->control->row_count + 1; /* with the one that is none */

	*ret_count = used < SYSCALLS_ROWS ? used : SYSCALLS_ROWS;
	return syscalls->rows;
}

const struct syscalls_thread *syscalls_get_threads(const struct syscalls *syscalls,
						   uint32_t *ret_count)
{
	uint32_t used = syscalls->control->thread_count;

	*ret_count = used < SYSCALLS_THREADS ? used : SYSCALLS_THREADS;
	return syscalls->threads;
}

bool syscalls_next_error(const struct syscalls *syscalls, struct syscalls_error_key *key,
			 uint64_t *ret_count)
{
	struct syscalls_error_key last = *key;

	while (bpf_map_get_next_key(syscalls->errors, last.row > 0 ? &last : NULL, key) == 0) {
		if (bpf_map_lookup_elem(syscalls->errors, key, ret_count) == 0)
			return true;
		last = *key;
	}
	return false;
}

uint64_t syscalls_get_lost(const struct syscalls *syscalls)
{
	return syscalls->control->lost + read_missed(syscalls) - syscalls->missed_before;
}
