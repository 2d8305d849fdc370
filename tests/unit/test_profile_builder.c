/*
 * Records made by hand, as of an imported profile whose files are not there; and this program's own
 * registers and stack, as of a live one.
 */
#include "profile/profile_builder.h"

#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "tap.h"

enum { APP = 0x400000, LIBC = 0x7f0000, END = 0x10000, PID = 10 };

#define USER (uint64_t) PERF_CONTEXT_USER
#define KERNEL (uint64_t) PERF_CONTEXT_KERNEL

static const struct perf_layout plain_layout = {.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
							       PERF_SAMPLE_CALLCHAIN};

static void add_map(struct profile_builder *builder, uint64_t start, const char *path)
{
	struct perf_record record = {
		.type = PERF_RECORD_MMAP,
		.pid = PID,
		.tid = PID,
		.mmap = {.start = start, .length = END, .protection = PROT_EXEC, .path = path},
	};

	profile_builder_add_record(builder, &record, NULL);
}

static struct profile_builder *make_imported(void)
{
	struct profile_builder *builder =
		profile_builder_new(&(struct profile_builder_config){.arch = CFI_X86_64});
	struct profile_data *data = profile_builder_get_data(builder);

	vec_push(&data->events,
		 (struct profile_event){.name = string_table_intern(&data->strings, "cycles"),
					.period = 1000});
	add_map(builder, APP, "/nowhere/app");
	add_map(builder, LIBC, "/nowhere/libc.so.6");
	return builder;
}

static void add_chain(struct profile_builder *builder, uint16_t misc, const uint64_t *chain,
		      uint32_t count)
{
	struct sample_origin origin = {.layout = &plain_layout};
	struct perf_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = misc,
		.pid = PID,
		.tid = PID,
		.sample = {.ip = APP + 0x77,
			   .period = 3,
			   .cpu = 5,
			   .chain = (const unsigned char *)chain,
			   .chain_count = count},
	};

	profile_builder_add_record(builder, &record, &origin);
}

#define ADD(builder, misc, ...)                                                                    \
	add_chain((builder), (misc), (uint64_t[]){__VA_ARGS__},                                    \
		  sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

/* "module+svma module+svma …", leaf first. */
static const char *describe(const struct profile_data *data, size_t sample)
{
	static char text[1024];
	uint32_t frames[32];
	uint32_t count = stack_table_get_frames(&data->stacks, data->samples.items[sample].stack,
						frames, 32);
	size_t length = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		char name[128];

		profile_data_format_frame(data, frames[i], name, sizeof(name));
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   i > 0 ? " " : "", name);
	}
	return text;
}

static void test_chains(void)
{
	struct profile_builder *builder = make_imported();
	struct profile_data data;

	ADD(builder, PERF_RECORD_MISC_USER, USER, APP + 0x10, APP + 0x20, LIBC + 0x30);
	ADD(builder, PERF_RECORD_MISC_KERNEL, KERNEL, 0xffff800000000010, 0xffff800000000020, USER,
	    APP + 0x40, APP + 0x50);
	ADD(builder, PERF_RECORD_MISC_USER, USER, APP + 0x10, LIBC + 0x30, 0x1234, 0x5678);
	ADD(builder, PERF_RECORD_MISC_USER, USER, 0x1234, 0x5678);
	add_chain(builder, PERF_RECORD_MISC_USER, NULL, 0);
	ADD(builder, PERF_RECORD_MISC_USER, USER, APP + END, APP + 0x20);
	ADD(builder, PERF_RECORD_MISC_USER, USER, APP + 0x10, APP + END);
	profile_builder_take(builder, &data);
	is_str(describe(&data, 0), "app+0x10 app+0x1f libc.so.6+0x2f",
	       "the leaf as it is, callers at their call");
	is_int(data.samples.items[0].period, 3, "a sample's own period");
	is_int(data.samples.items[0].cpu, 5, "and CPU");
	is_int(data.samples.count, 7, "every sample is one");
	is_int(data.quality.truncations[TRUNCATION_FRAME_POINTERS], 7, "none ends at a start");
	/* of this machine's kernel functions may have names */
	for (uint32_t i = 0; i < data.frames.count; i++)
		data.frames.items[i].function = STRING_EMPTY;
	is_str(describe(&data, 1),
	       "[kernel]+0xffff800000000010 [kernel]+0xffff80000000001f app+0x40 app+0x4f",
	       "kernel and user part: each begins with an exact address");
	is_str(describe(&data, 2), "app+0x10 libc.so.6+0x2f", "what lies nowhere is no caller");
	is_str(describe(&data, 3), "[unknown]+0x1234", "but a leaf");
	is_str(describe(&data, 4), "app+0x77", "no chain: where it ran");
	is_str(describe(&data, 5), "[unknown]+0x410000 app+0x1f",
	       "unknown ones between known ones stay");
	is_str(describe(&data, 6), "app+0x10 app+0xffff",
	       "a call at the very end of a mapping belongs to it");
	profile_data_release(&data);
	ADD(builder, PERF_RECORD_MISC_USER, USER, LIBC + 0x10, APP + 0x20);
	profile_builder_take(builder, &data);
	is_str(describe(&data, 0), "libc.so.6+0x10 app+0x1f", "the next window knows the modules");
	is_int(data.samples.count, 1, "and only its own samples");
	is_str(profile_data_get_event(&data), "cycles", "and the events");
	profile_data_release(&data);
	profile_builder_free(builder);
}

/* perf's numbers (asm/perf_regs.h): ax bx cx dx si di bp sp ip, then r8 … r15 from 16 on. */
static void pack_registers(const ucontext_t *context, uint64_t *registers)
{
#ifdef __x86_64__
	static const int places[17] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI,
				       REG_RBP, REG_RSP, REG_RIP, REG_R8,  REG_R9,  REG_R10,
				       REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

	for (int i = 0; i < 17; i++)
		registers[i] = (uint64_t)context->uc_mcontext.gregs[places[i]];
#else
	(void)context;
	(void)registers;
#endif
}

struct own_sample {
	unsigned char stack[32768];
	uint64_t registers[17];
	uint32_t stack_bytes;
};

/*
 * What the kernel would have copied here: `bytes` of the stack from sp upwards, what lies between
 * variables included.
 */
static __attribute__((noinline, no_sanitize("address"))) void take_own_sample(
	struct own_sample *own)
{
	ucontext_t context;
	const unsigned char *sp;
	/* the program's file name stands in the last page of the first thread's stack */
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = (getauxval(AT_EXECFN) | (page_bytes - 1)) + 1;

	getcontext(&context);
	pack_registers(&context, own->registers);
	sp = (const unsigned char *)(uintptr_t)own->registers[7];
	for (own->stack_bytes = 0;
	     own->stack_bytes < 4096 && (uintptr_t)&sp[own->stack_bytes] < end; own->stack_bytes++)
		own->stack[own->stack_bytes] = sp[own->stack_bytes];
}

static uint32_t recurse(struct own_sample *own, uint32_t depth);

/* Through a pointer that the compiler cannot see through: every call is one. */
static uint32_t (*volatile recurse_again)(struct own_sample *own, uint32_t depth) = recurse;

static uint32_t recurse(struct own_sample *own, uint32_t depth)
{
	uint32_t result;

	if (depth == 0) {
		take_own_sample(own);
		return 1;
	}
	result = recurse_again(own, depth - 1);
	__asm__ volatile("" ::: "memory"); /* no tail call */
	return result + 1;
}

static void add_own(struct profile_builder *builder, const struct own_sample *own, uint32_t bytes,
		    bool is_full)
{
	static const struct perf_layout layout = {.user_registers = 0xff01ff};
	struct sample_origin origin = {
		.layout = &layout, .has_stack = true, .is_full = is_full, .may_join = true};
	struct perf_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.pid = (uint32_t)getpid(),
		.tid = (uint32_t)gettid(),
		.time_ns = 1,
		.sample = {.ip = own->registers[8],
			   .registers = (const unsigned char *)own->registers,
			   .stack = own->stack,
			   .stack_bytes = bytes,
			   .stack_reserved_bytes = bytes},
	};

	profile_builder_add_record(builder, &record, &origin);
}

static uint32_t count_function(const struct profile_data *data, size_t sample, const char *name)
{
	uint32_t frames[128], found = 0;
	uint32_t count = stack_table_get_frames(&data->stacks, data->samples.items[sample].stack,
						frames, 128);

	for (uint32_t i = 0; i < count; i++)
		found += strcmp(string_table_get(&data->strings,
						 data->frames.items[frames[i]].function),
				name) == 0;
	return found;
}

/* Of the first event, which has no fixed period; in each window anew. */
static void test_periods(void)
{
	struct profile_builder *builder = make_imported();
	struct profile_data data;

	profile_builder_get_data(builder)->events.items[0].period = 0;
	ADD(builder, PERF_RECORD_MISC_USER, USER, APP + 0x10);
	profile_builder_take(builder, &data);
	is_int(data.events.items[0].period, 3, "what a sample stood for on average");
	profile_data_release(&data);
	is_int(profile_builder_get_data(builder)->events.items[0].period, 0,
	       "says nothing of the next window");
	profile_builder_free(builder);
}

/* Two samplers of one event, with periods of their own: each sample stands for the event's. */
static void test_two_samplers(void)
{
	struct sample_origin origin = {.layout = &plain_layout, .is_of_two = true};
	struct perf_record record = {
		.type = PERF_RECORD_SAMPLE,
		.misc = PERF_RECORD_MISC_USER,
		.pid = PID,
		.tid = PID,
		.sample = {.ip = APP + 0x77, .period = 50000},
	};
	struct profile_builder *builder = make_imported();
	struct profile_data data;

	profile_builder_add_record(builder, &record, &origin);
	profile_builder_take(builder, &data);
	is_int(data.samples.items[0].period, 1000, "neither for 50 times as much nor for more");
	profile_data_release(&data);
	profile_builder_free(builder);
}

static void test_own_stack(void)
{
	struct profile_builder *builder = profile_builder_new(
		&(struct profile_builder_config){.is_live = true, .arch = CFI_X86_64});
	struct profile_data *tables = profile_builder_get_data(builder);
	static struct own_sample own;
	const struct stack_need *needs;
	struct profile_data data;

	vec_push(&tables->events,
		 (struct profile_event){.name = string_table_intern(&tables->strings, "cpu-clock"),
					.period = 77,
					.is_clock = true});
	recurse_again(&own, 9);
	add_own(builder, &own, 256, false); /* too short, and nothing is known: waits */
	add_own(builder, &own, own.stack_bytes, true);
	add_own(builder, &own, 256, false);	       /* joined at once */
	add_own(builder, &own, own.stack_bytes, true); /* audited */
	is_int(profile_builder_get_needs(builder, &needs), 1, "one thread needs copies");
	is_int(needs[0].sample_count, 4, "and was seen so often");
	profile_builder_take(builder, &data);
	for (size_t i = 0; i < 4; i++) {
		is_int(count_function(&data, i, "recurse"), 10, "ten calls deep");
		is_int(count_function(&data, i, "main"), 1, "from main");
	}
	is_int(data.quality.complete_count, 2, "whole ones");
	is_int(data.quality.joined_count, 2, "joined ones, one of them later");
	is_int(data.quality.audited_count, 1, "a join was audited");
	is_int(data.quality.audit_mismatch_count, 0, "and right");
	is_int(data.samples.items[0].period, 77, "a clock's samples stand for its period");
	ok(data.codes.count > 0, "the code of hot functions is kept");
	profile_data_release(&data);
	profile_builder_free(builder);
}

static struct profile_builder *make_live(void)
{
	struct profile_builder *builder = profile_builder_new(
		&(struct profile_builder_config){.is_live = true, .arch = CFI_X86_64});
	struct profile_data *tables = profile_builder_get_data(builder);

	vec_push(&tables->events,
		 (struct profile_event){.name = string_table_intern(&tables->strings, "cpu-clock"),
					.period = 77,
					.is_clock = true});
	return builder;
}

static void add_fork(struct profile_builder *builder, uint32_t tid, uint32_t parent_tid)
{
	profile_builder_add_record(
		builder,
		&(struct perf_record){
			.type = PERF_RECORD_FORK,
			.pid = (uint32_t)getpid(),
			.tid = tid,
			.time_ns = UINT64_MAX,
			.task = {.parent_pid = (uint32_t)getpid(), .parent_tid = parent_tid},
		},
		NULL);
}

/* Threads inherit how much is copied of their stacks from who creates them. */
static void test_newcomers(void)
{
	struct profile_builder *builder = make_live();
	static struct own_sample own;
	const struct stack_need *needs;
	uint32_t tid = (uint32_t)gettid();

	recurse_again(&own, 9);
	profile_builder_add_thread(builder, (uint32_t)getpid(), tid);
	add_own(builder, &own, own.stack_bytes, false); /* the first sizes, of all */
	add_own(builder, &own, 256, false);
	is_int(profile_builder_get_needs(builder, &needs), 1, "one thread");
	is_int(needs[0].short_bytes, 256, "that gets by with little");
	ok(!profile_builder_has_new_creator(builder), "and creates none");
	add_fork(builder, tid + 1, tid);
	ok(profile_builder_has_new_creator(builder), "until it does");
	is_int(profile_builder_get_needs(builder, &needs), 1, "there is still one to be seen");
	is_int(needs[0].short_bytes, own.stack_bytes, "it has what new ones need");
	ok(needs[0].has_changed, "which is news");
	ok(!profile_builder_has_new_creator(builder), "and known now");
	profile_builder_restart_needs(builder);
	is_int(profile_builder_get_needs(builder, &needs), 1, "also when it was not sampled since");
	add_own(builder, &own, own.stack_bytes, false);
	profile_builder_get_needs(builder, &needs);
	ok(!needs[0].has_changed, "no news any more");
	for (int i = 0; i < 1000; i++)
		add_own(builder, &own, 256, false);
	profile_builder_get_needs(builder, &needs);
	ok(needs[0].short_bytes < own.stack_bytes,
	   "who has not created any for long is not made to pay for it");
	profile_builder_free(builder);
}

/* A thread whose end was lost: who has its tid next has other stacks. */
static void test_reused_tid(void)
{
	struct profile_builder *builder = make_live();
	static struct own_sample own;
	struct profile_data data;

	recurse_again(&own, 9);
	profile_builder_add_thread(builder, (uint32_t)getpid(), (uint32_t)gettid() + 1);
	add_own(builder, &own, own.stack_bytes, true);
	add_fork(builder, (uint32_t)gettid(), (uint32_t)gettid() + 1);
	add_own(builder, &own, 256, false);
	profile_builder_take(builder, &data);
	is_int(data.quality.joined_count, 0, "nothing is joined to what another one did");
	profile_data_release(&data);
	profile_builder_free(builder);
}

/* The ptrace sampler's: it may look too late. */
static void test_refresh(void)
{
	struct profile_builder *builder = make_live();
	struct unwind_frame frame = {.lookup_addr = (uint64_t)(uintptr_t)test_refresh + 1};
	struct unwound_sample sample = {
		.time_ns = 1, .period = 77, .frames = &frame, .frame_count = 1};
	struct profile_data data;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	sample.pid = sample.tid = (uint32_t)pid;
	profile_builder_add_unwound(builder, &sample);
	ok(profile_builder_refresh(builder, sample.pid, UINT64_MAX), "it is looked at again");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	profile_builder_refresh(builder, sample.pid, UINT64_MAX);
	profile_builder_add_unwound(builder, &sample);
	ok(!profile_builder_refresh(builder, sample.pid, 1), "not if it was since");
	profile_builder_take(builder, &data);
	for (size_t i = 0; i < 2; i++)
		is_int(count_function(&data, i, "test_refresh"), 1,
		       "what is gone has the code that it had");
	profile_data_release(&data);
	profile_builder_free(builder);
}

int main(void)
{
	test_chains();
	test_periods();
	test_two_samplers();
	test_refresh();
#ifdef __x86_64__
	test_own_stack();
	test_newcomers();
	test_reused_tid();
#endif
	return tap_done();
}
