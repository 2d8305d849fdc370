#include "report/counter_text.h"

#include "sample_counters.h"
#include "tap.h"

static struct strbuf buffer;

static const char *format(const struct counters *counters, const struct counter_text_window *window,
			  uint32_t columns)
{
	const struct text_layout layout = {.columns = columns};

	strbuf_clear(&buffer);
	counter_text_add(&buffer, counters, window, &layout);
	return strbuf_text(&buffer);
}

static void test_whole(void)
{
	const struct counter_text_window window = {
		.elapsed_ns = 1e9, .user_ns = 1.75e9, .system_ns = 0.25e9, .refusal = ""};
	struct counters counters = {0};

	sample_counters_make(&counters);
	is_str(format(&counters, &window, 0),
	       "          2,000.00 msec task-clock                #    2.000 CPUs utilized\n"
	       "             1,500      context-switches          #  750.000 /sec\n"
	       "     6,000,000,000      cycles                    #    3.000 GHz\n"
	       "     9,000,000,000      instructions              #    1.500 insn per cycle\n"
	       "     1,000,000,000      branches                  #  500.000 M/sec\n"
	       "        25,000,000      branch-misses             #    2.50% of all branches  "
	       "(scaled from 42 %)\n"
	       "         4,000,000      cache-references          #    2.000 M/sec\n"
	       "         1,000,000      cache-misses              #   25.00% of all cache refs\n"
	       "\n"
	       "       1.000000000 seconds time elapsed\n"
	       "\n"
	       "       1.750000000 seconds user\n"
	       "       0.250000000 seconds sys\n",
	       "as perf stat");
	vec_release(&counters);
}

static void test_states(void)
{
	const struct counter_text_window window = {.elapsed_ns = (double)NAN,
						   .user_ns = (double)NAN,
						   .system_ns = (double)NAN,
						   .refusal = "sudo sonde …"};
	struct counters counters = {0};

	sample_counters_add(&counters, "page-faults:u", 12);
	sample_counters_add_other(&counters, "cycles", COUNTER_NOT_SUPPORTED);
	sample_counters_add_other(&counters, "context-switches", COUNTER_NOT_PERMITTED);
	sample_counters_add_other(&counters, "instructions", COUNTER_NOT_SUPPORTED);
	sample_counters_add_other(&counters, "branches", COUNTER_NOT_COUNTED);
	is_str(format(&counters, &window, 0),
	       "                12      page-faults:u\n"
	       "  not counted: branches (other events had the CPU's counters all the time)\n"
	       "  not supported: cycles, instructions (this machine lacks them)\n"
	       "  not permitted: context-switches (sudo sonde …)\n",
	       "what was not counted is said once");
	vec_release(&counters);
}

static void test_narrow(void)
{
	const struct counter_text_window window = {
		.elapsed_ns = 2e9, .user_ns = (double)NAN, .system_ns = (double)NAN};
	struct counters counters = {0};

	sample_counters_add(&counters, "task-clock", 1999996000);
	sample_counters_add_other(&counters, "cycles", COUNTER_NOT_SUPPORTED);
	sample_counters_add_other(&counters, "instructions", COUNTER_NOT_SUPPORTED);
	is_str(format(&counters, &window, 40),
	       "          2,000.00 msec task-clock\n"
	       "                        #    1.000 CPUs utilized\n"
	       "  not supported: cycles, instructions\n"
	       "    (this machine lacks them)\n"
	       "\n"
	       "       2.000000000 seconds time elapsed\n",
	       "on a narrow terminal; hundredths of a millisecond are rounded");
	vec_release(&counters);
}

int main(void)
{
	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	test_whole();
	test_states();
	test_narrow();
	strbuf_release(&buffer);
	return tap_done();
}
