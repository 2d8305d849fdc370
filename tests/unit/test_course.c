#include "load/course.h"

#include <math.h>

#include "tap.h"
#include "util/clock.h"

#define S (uint64_t) NS_PER_S

/* 0 to 1000/s in 10 s, 10 s of 1000/s, a spike of 5000/s for 1 s, then nothing. */
static const struct load_stage stages[] = {{10 * S, 1000}, {10 * S, 1000}, {0, 5000},
					   {1 * S, 5000},  {0, 0},	   {5 * S, 0}};

static void is_close(double got, double want, const char *what)
{
	if (!ok(fabs(got - want) <= 1e-6 * fabs(want) + 1e-9, what))
		printf("# got %.12g, want %.12g\n", got, want);
}

static void test_values(void)
{
	struct course course;

	course_init(&course, 0, stages, 6);
	is_close(course_get_value(&course, 0), 0, "it begins where it is said to");
	is_close(course_get_value(&course, 5 * S), 500, "half of a ramp");
	is_close(course_get_value(&course, 15 * S), 1000, "a hold");
	is_close(course_get_value(&course, 20 * S), 5000, "a jump has happened at its time");
	is_close(course_get_value(&course, 30 * S), 0, "the last value stays");
	is_close(course_get_integral(&course, 10 * S), 5000, "a ramp of 10 s to 1000/s is 5000");
	is_close(course_get_integral(&course, 20 * S), 15000, "and a hold 10000 more");
	is_close(course_get_integral(&course, 100 * S), 20000, "all of it");
	course_release(&course);
}

/* Each request is due when the integral reaches it. */
static void test_inverse(void)
{
	struct course course;
	uint64_t last_ns = 0;
	uint32_t hint = 0;
	bool right = true, ascends = true;

	course_init(&course, 0, stages, 6);
	for (uint32_t k = 0; k <= 20000; k++) {
		uint64_t ns = course_find_integral(&course, k, &hint);

		right = right && fabs(course_get_integral(&course, ns) - k) < 1e-4;
		ascends = ascends && ns >= last_ns;
		last_ns = ns;
	}
	ok(right, "request k is due when the integral of the rate is k");
	ok(ascends, "one after the other");
	ok(course_find_integral(&course, 20001, &hint) == COURSE_NEVER,
	   "what the course never reaches is never due");
	course_release(&course);
}

static void test_falling(void)
{
	const struct load_stage fall[] = {{10 * S, 0}};
	struct course course;
	uint32_t hint = 0;

	course_init(&course, 100, fall, 1);
	is_close((double)course_find_integral(&course, 375, &hint), 5e9,
		 "falling from 100/s to 0 in 10 s: three quarters of it in the first half");
	is_close((double)course_find_integral(&course, 500, &hint), 1e10, "the last at the end");
	ok(course_find_integral(&course, 500.001, &hint) == COURSE_NEVER, "and no more");
	course_release(&course);
}

static void test_nothing_first(void)
{
	const struct load_stage late[] = {{2 * S, 0}, {0, 100}};
	struct course course;
	uint32_t hint = 0;

	course_init(&course, 0, late, 2);
	is_close((double)course_find_integral(&course, 0, &hint), 2e9,
		 "a course that begins with nothing: the first is due when there is something");
	is_close((double)course_find_integral(&course, 1, &hint), 2.01e9, "and the next behind it");
	course_release(&course);
}

int main(void)
{
	test_values();
	test_inverse();
	test_falling();
	test_nothing_first();
	return tap_done();
}
