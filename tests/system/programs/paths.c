/*
 * paths SECONDS [KINDS]: one thread, every kind of frame that C makes. Which path each leaf is
 * called on stands in test_truth.py. KINDS are letters of run_one()'s cases, all by default.
 */
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

#include "truth.h"

static volatile uint64_t sink;
static volatile uint64_t handler_rounds; /* of the handlers of raise_one() and fault_once() */

/* ---- shares of 30 and 70 ---- */

NOINLINE void thirty(uint64_t rounds)
{
	sink = truth_burn(rounds * 3 / 5);
}

NOINLINE void seventy(uint64_t rounds)
{
	sink = truth_burn(rounds * 7 / 5);
}

/* ---- one leaf, two callers ---- */

NOINLINE void shared_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void path_one(uint64_t rounds)
{
	shared_leaf(rounds / 2);
	STAY();
}

NOINLINE void path_two(uint64_t rounds)
{
	shared_leaf(rounds);
	STAY();
}

/* ---- inlined twice ---- */

static inline __attribute__((always_inline)) void inlined_inner(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

static inline __attribute__((always_inline)) void inlined_outer(uint64_t rounds)
{
	inlined_inner(rounds);
}

NOINLINE void inline_host(uint64_t rounds)
{
	inlined_outer(rounds);
}

/* ---- recursion ---- */

NOINLINE void recursion_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void recurse(int depth, uint64_t rounds)
{
	if (depth > 1)
		recurse(depth - 1, rounds);
	else
		recursion_leaf(rounds);
	STAY();
}

NOINLINE void deep_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void recurse_deep(int depth, uint64_t rounds)
{
	if (depth > 1)
		recurse_deep(depth - 1, rounds);
	else
		deep_leaf(rounds);
	STAY();
}

/* ---- stacks of an odd shape ---- */

NOINLINE void alloca_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void with_alloca(uint64_t rounds)
{
	volatile char *room = alloca(100 + rounds % 5000);

	room[0] = 1;
	alloca_leaf(rounds);
	room[99] = room[0];
}

NOINLINE void aligned_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

/*
 * The compiler keeps the old stack pointer in another register and states the frame by an
 * expression.
 */
NOINLINE void with_alignment(uint64_t rounds)
{
	_Alignas(256) char room[512];
	char *more = alloca(1 + rounds % 300);

	__asm__ volatile("" : : "r"(room), "r"(more) : "memory");
	aligned_leaf(rounds);
	__asm__ volatile("" : : "r"(room), "r"(more) : "memory");
}

NOINLINE void large_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void with_large_frame(uint64_t rounds)
{
	char room[40000];

	memset(room, 1, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
	large_leaf(rounds);
	__asm__ volatile("" : : "r"(room) : "memory");
}

NOINLINE void hole_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

/* Pages of the stack that nobody has touched: the kernel's copy of the stack ends there. */
NOINLINE void with_hole(uint64_t rounds)
{
	char room[200000];

	__asm__ volatile("" : : "r"(room) : "memory");
	hole_leaf(rounds);
	__asm__ volatile("" : : "r"(room) : "memory");
}

/* ---- signals ---- */

NOINLINE void handler_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void on_signal(int signal)
{
	uint64_t begin_ns = truth_now_ns();

	(void)signal;
	handler_leaf(TRUTH_ROUNDS_MEAN / 2);
	truth_handler_ns += truth_now_ns() - begin_ns;
}

NOINLINE void alternate_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void on_alternate_stack(int signal)
{
	(void)signal;
	alternate_leaf(handler_rounds);
	STAY();
}

NOINLINE void raise_one(uint64_t rounds, int signal)
{
	handler_rounds = rounds;
	kill(getpid(), signal);
	STAY();
}

/* A fault: what is interrupted is not a call but the instruction itself. */
NOINLINE void fault_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

static sigjmp_buf after_fault;

NOINLINE void on_fault(int signal)
{
	(void)signal;
	fault_leaf(handler_rounds);
	siglongjmp(after_fault, 1);
}

NOINLINE void fault(volatile int *where)
{
	*where = 1;
	STAY();
}

NOINLINE void fault_once(uint64_t rounds)
{
	handler_rounds = rounds;
	if (sigsetjmp(after_fault, 1) == 0)
		fault((volatile int *)16);
	STAY();
}

/* Mostly prologues and epilogues: where rules of a frame change. */
NOINLINE uint64_t tiny(uint64_t value)
{
	char room[64];

	__asm__ volatile("" : : "r"(room) : "memory", "rbx", "r12", "r13", "r14");
	return value * 3 + 1;
}

NOINLINE void call_tiny(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds / 4; i++)
		sink = tiny(i);
}

/* ---- a stack of its own ---- */

static ucontext_t main_context, own_context;
static uint64_t context_rounds;

NOINLINE void context_leaf(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void context_entry(void)
{
	for (;;) {
		context_leaf(context_rounds);
		swapcontext(&own_context, &main_context);
	}
}

NOINLINE void switch_context(uint64_t rounds)
{
	context_rounds = rounds;
	swapcontext(&main_context, &own_context);
	STAY();
}

/* ---- all of it ---- */

static void prepare(void)
{
	static char alternate[65536], own[65536];
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	sigaltstack(&stack, NULL);
	sigfillset(&action.sa_mask); /* else another one may come before its first instruction */
	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&action.sa_mask);
	action.sa_handler = on_alternate_stack;
	action.sa_flags |= SA_ONSTACK;
	sigaction(SIGUSR2, &action, NULL);
	action.sa_handler = on_fault;
	action.sa_flags = SA_NODEFER;
	sigaction(SIGSEGV, &action, NULL);
	getcontext(&own_context);
	own_context.uc_stack.ss_sp = own;
	own_context.uc_stack.ss_size = sizeof(own);
	makecontext(&own_context, context_entry, 0);
}

NOINLINE void run_one(struct truth *truth, const char *kinds)
{
	uint64_t rounds = truth_rounds(truth);

	switch (kinds[truth_draw(truth) % strlen(kinds)]) {
	case 'a':
		TRUTH(truth, "thirty", thirty(rounds));
		TRUTH(truth, "seventy", seventy(rounds));
		break;
	case 'b':
		TRUTH(truth, "path_one", path_one(rounds));
		TRUTH(truth, "path_two", path_two(rounds));
		break;
	case 'c':
		TRUTH(truth, "inline_host", inline_host(rounds));
		break;
	case 'd':
		TRUTH(truth, "recurse", recurse(200, rounds));
		break;
	case 'e':
		TRUTH(truth, "recurse_deep", recurse_deep(900, rounds));
		break;
	case 'f':
		TRUTH(truth, "with_alloca", with_alloca(rounds));
		break;
	case 'g':
		TRUTH(truth, "with_alignment", with_alignment(rounds));
		break;
	case 'h':
		TRUTH(truth, "with_large_frame", with_large_frame(rounds));
		break;
	case 'i':
		TRUTH(truth, "with_hole", with_hole(rounds));
		break;
	case 'j':
		TRUTH(truth, "raise_one", raise_one(rounds, SIGUSR2));
		break;
	case 'k':
		TRUTH(truth, "fault_once", fault_once(rounds));
		break;
	case 'l':
		TRUTH(truth, "context_entry", switch_context(rounds));
		break;
	default:
		TRUTH(truth, "call_tiny", call_tiny(rounds));
	}
}

/* A signal every 20 ms of CPU time, wherever the program then is. */
static int start_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec every = {.it_value.tv_nsec = 20000000, .it_interval.tv_nsec = 20000000};
	timer_t timer;

	return timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0
		       ? timer_settime(timer, 0, &every, NULL)
		       : -1;
}

int main(int argc, char **argv)
{
	struct truth truth = {.random = 20261121};
	uint64_t end_ns = truth_end_ns(argc, argv, 1);

	prepare();
	if (start_timer() < 0)
		return 1;
	while (truth_now_ns() < end_ns)
		run_one(&truth, argc > 2 ? argv[2] : "abcdefghijklm");
	truth_add(&truth, "on_signal", truth_handler_ns);
	truth_print(&truth);
	return 0;
}
