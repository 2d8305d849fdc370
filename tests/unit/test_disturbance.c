/*
 * Which runs of a proof are thrown away: those unlike the others, and never for what they measured.
 */
#include <math.h>
#include <string.h>

#include "lab/disturbance.h"
#include "tap.h"

static const struct disturbance_reading quiet = {0.003, 0.02, 0.02, 0.001};

static struct disturbance_log make_log(struct disturbance_reading reading, int count)
{
	struct disturbance_log log = {0};

	for (int i = 0; i < count; i++)
		disturbance_add(&log, (uint32_t)i % 2, &reading);
	return log;
}

static bool is_disturbed(const struct disturbance_log *log, uint32_t arm,
			 struct disturbance_reading reading, const char *why)
{
	char text[DISTURBANCE_TEXT_BYTES] = "";
	bool is_found = disturbance_find(log, arm, &reading, text);

	if (is_found && why != NULL)
		ok(strstr(text, why) != NULL, text);
	return is_found;
}

static void test_first(void)
{
	struct disturbance_log log = {0};

	ok(!is_disturbed(&log, 0, quiet, NULL), "a quiet first run counts");
	ok(!is_disturbed(&log, 0, (struct disturbance_reading){0.04, 0.4, 0.4, 0.08}, NULL),
	   "and one of which nobody knows whether it is unusual");
	ok(is_disturbed(&log, 0, (struct disturbance_reading){0.06, 0, 0, 0}, "stolen"),
	   "but not one that lost 6 % of its time");
	ok(is_disturbed(&log, 0, (struct disturbance_reading){0, 0.6, 0, 0}, "0.60 CPUs"),
	   "nor one beside another program");
	ok(!is_disturbed(&log, 0, (struct disturbance_reading){0, 0, 0.9, 0.5}, NULL),
	   "an arm that makes its own pressure is not disturbed by it");
	ok(!is_disturbed(&log, 0, (struct disturbance_reading){NAN, NAN, NAN, NAN}, NULL),
	   "what is not known is no reason");
}

static void test_usual(void)
{
	struct disturbance_log log = make_log(quiet, 6);
	struct disturbance_log robbed =
		make_log((struct disturbance_reading){0.02, 0.02, 0.02, 0.001}, 6);

	ok(!is_disturbed(&log, 0, quiet, NULL), "one like the others counts");
	ok(!is_disturbed(&log, 0, (struct disturbance_reading){0.0099, 0.09, 0.09, 0.019}, NULL),
	   "below the limits nothing matters");
	ok(is_disturbed(&log, 0, (struct disturbance_reading){0.011, 0, 0, 0}, "(0.3 % is usual)"),
	   "above it what is unusual does");
	ok(is_disturbed(&log, 1, (struct disturbance_reading){0, 0, 0, 0.03}, "generator"),
	   "a generator that had to wait");
	ok(!is_disturbed(&robbed, 0, (struct disturbance_reading){0.05, 0, 0, 0}, NULL),
	   "where 2 % is usual, 5 % is not unusual");
	ok(is_disturbed(&robbed, 0, (struct disturbance_reading){0.07, 0, 0, 0}, "stolen"),
	   "and 7 % is");
	disturbance_release(&log);
	disturbance_release(&robbed);
}

/* One arm keeps more threads busy than there are CPUs: that is its own doing. */
static void test_arms(void)
{
	const struct disturbance_reading busy = {0, 0, 0.5, 0};
	struct disturbance_log log = {0};

	for (int i = 0; i < 4; i++) {
		disturbance_add(&log, 0, &quiet);
		disturbance_add(&log, 1, &busy);
	}
	ok(is_disturbed(&log, 0, busy, "waited"), "pressure that is unusual for the arm");
	ok(!is_disturbed(&log, 1, busy, NULL), "and the same of an arm that makes it");
	disturbance_release(&log);
}

/* Against the fastest of all runs, whatever is usual; and against nothing where it is not known. */
static void test_core(void)
{
	const struct disturbance_reading fast = {0, 0, 0, 0, 9000, 8700};
	const struct disturbance_reading slow = {0, 0, 0, 0, 12000, 9500};
	struct disturbance_log log = make_log(fast, 6), slowed = make_log(slow, 6);
	struct disturbance_log unknown =
		make_log((struct disturbance_reading){0, 0, 0, 0, NAN, NAN}, 6);

	ok(!is_disturbed(&log, 0, fast, NULL), "a run as fast as the others");
	ok(is_disturbed(&log, 0, slow, "took 38 % longer for a fixed loop"), "a slow one");
	ok(!is_disturbed(&slowed, 0, slow, NULL), "which is usual elsewhere");
	disturbance_add(&slowed, 0, &fast);
	ok(!is_disturbed(&slowed, 0, slow, NULL), "and stays so beside one that was faster");
	ok(!is_disturbed(&unknown, 0, slow, NULL), "26 % above its own shortest may be usual");
	disturbance_release(&log);
	disturbance_release(&slowed);
	disturbance_release(&unknown);
}

/* Against the same arm's best: another side may well cost the generator more. */
static void test_cost(void)
{
	const struct disturbance_reading cheap = {0, 0, 0, 0, NAN, NAN, 7800};
	const struct disturbance_reading dear = {0, 0, 0, 0, NAN, NAN, 8700};
	struct disturbance_log log = {0};

	for (int i = 0; i < 4; i++) {
		disturbance_add(&log, 0, &cheap);
		disturbance_add(&log, 1, &dear);
	}
	ok(is_disturbed(&log, 0, dear, "used 12 % more CPU time per request"), "a dear run");
	ok(!is_disturbed(&log, 1, dear, NULL), "which is what the other side costs");
	ok(!is_disturbed(&log, 0, (struct disturbance_reading){0, 0, 0, 0, NAN, NAN, 8100}, NULL),
	   "4 % are nothing");
	ok(!is_disturbed(&log, 0, (struct disturbance_reading){0, 0, 0, 0, NAN, NAN, 5000}, NULL),
	   "nor is a cheaper one, which is the best from then on");
	disturbance_release(&log);
}

int main(void)
{
	test_first();
	test_usual();
	test_arms();
	test_core();
	test_cost();
	return tap_done();
}
