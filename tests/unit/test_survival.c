/* Held against R's survfit (package survival 3.5), and a case worked by hand. */
#include "stats/survival.h"

#include "stats/quantile.h"
#include "stats/rng.h"
#include "tap.h"

static void record_all(struct histogram *histogram, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		histogram_record(histogram, values[i]);
}

/* S falls to 1/2 at 10 and to 1/2 * (1 - 1/2) at 30: at 20 one of the three left is given up on. */
static void test_by_hand(void)
{
	scoped(histogram_cleanup) struct histogram *events = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	uint64_t value_ns = 0;

	record_all(events, (const uint64_t[]){10, 10, 10, 30}, 4);
	record_all(censored, (const uint64_t[]){20, 40}, 2);
	ok(survival_find_quantile(events, censored, 0.5, &value_ns) && value_ns == 10,
	   "half are answered by 10");
	ok(survival_find_quantile(events, censored, 0.51, &value_ns) && value_ns == 30,
	   "0.51 is reached at 30");
	ok(survival_find_quantile(events, censored, 0.75, &value_ns) && value_ns == 30,
	   "so is 0.75, exactly");
	ok(!survival_find_quantile(events, censored, 0.76, &value_ns) && value_ns == 30,
	   "0.76 is not: at least the fifth of the six times, 30");
	ok(!survival_find_quantile(events, censored, 1.0, &value_ns) && value_ns == 40,
	   "the slowest took at least the greatest age");
	ok(survival_find_quantile(events, censored, 0.0, &value_ns) && value_ns == 10,
	   "q = 0 is the fastest answer");
}

/*
 * library(survival)
 * t <- c(1,2,2,3,4,4,5,6,7,8, 2,4,4,6,9); s <- c(rep(1,10), rep(0,5))
 * quantile(survfit(Surv(t, s) ~ 1), c(.05,.1,.25,.3,.5,.6,.75,.8,.9,.95), conf.int = FALSE)
 *  5 10 25 30 50 60 75 80 90 95
 *  1  2  3  4  5  6  8  8 NA NA
 */
static void test_ties(void)
{
	static const double q[] = {0.05, 0.1, 0.25, 0.3, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95};
	static const uint64_t want[] = {1, 2, 3, 4, 5, 6, 8, 8, 8, 9};
	scoped(histogram_cleanup) struct histogram *events = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	struct survival_quantile got[10];

	record_all(events, (const uint64_t[]){1, 2, 2, 3, 4, 4, 5, 6, 7, 8}, 10);
	record_all(censored, (const uint64_t[]){2, 4, 4, 6, 9}, 5);
	survival_find_quantiles(events, censored, q, 10, got);
	for (int i = 0; i < 10; i++) {
		is_int(got[i].value_ns, want[i], "ties: the value, or the bound where R has none");
		ok(got[i].is_lower_bound == (i >= 8), "… and which of them it is");
	}
}

/* x <- 1; for each: x <- (x*1103+12345) %% 65536, value x %% modulus + 1 */
static void record_sequence(struct histogram *histogram, uint64_t x, uint64_t modulus, int count)
{
	for (int i = 0; i < count; i++) {
		x = (x * 1103 + 12345) % 65536;
		histogram_record(histogram, x % modulus + 1);
	}
}

/*
 * lcg <- function(n, x, m) { r <- c(); for (i in 1:n) { x <- (x*1103+12345)%%65536; r[i] <- x%%m };
 *   r + 1 }
 * a <- lcg(400, 1, 700); b <- lcg(200, 99, 900)
 * f <- survfit(Surv(c(a, b), c(rep(1, 400), rep(0, 200))) ~ 1)
 * quantile(f, c(.01,.1,.25,.5,.75,.9,.95,.99), conf.int = FALSE); sort(c(a, b))[.99 * 600]
 */
static void test_many(void)
{
	static const double q[] = {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
	static const uint64_t want[] = {13, 113, 245, 453, 650};
	scoped(histogram_cleanup) struct histogram *events = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	struct survival_quantile got[8];
	int wrong = 0;

	record_sequence(events, 1, 700, 400);
	record_sequence(censored, 99, 900, 200);
	survival_find_quantiles(events, censored, q, 8, got);
	for (int i = 0; i < 5; i++)
		wrong += got[i].is_lower_bound || got[i].value_ns != want[i];
	is_int(wrong, 0, "600 times, a third of them censored: five quantiles of R");
	ok(got[5].is_lower_bound && got[6].is_lower_bound && got[7].is_lower_bound,
	   "and three that it says NA of");
	is_int(got[7].value_ns, 875, "p99 is at least the 594th of all times");
}

/* The plain histogram's rules, to the bit. */
static void test_without_censored(void)
{
	scoped(histogram_cleanup) struct histogram *events = histogram_new();
	scoped(histogram_cleanup) struct histogram *none = histogram_new();
	scoped(histogram_cleanup) struct histogram *late = histogram_new();
	struct rng rng;
	int wrong = 0, wrong_late = 0;

	rng_init(&rng, 5);
	for (int i = 0; i < 9999; i++)
		histogram_record(events, (uint64_t)(1000.0 * exp(12.0 * rng_next_double(&rng))));
	histogram_record(late, UINT64_C(10000000000));
	for (int i = 0; i <= 10000; i += 10) {
		double q = i / 10000.0, among = (double)i / 9999.0;
		uint64_t a = 0, b = 0, c = 0;
		bool is_value = survival_find_quantile(events, none, q, &a) &&
				survival_find_quantile(events, NULL, q, &b);

		wrong += !is_value || a != quantile_of_histogram(events, q) || a != b;
		/* one more, slower than all: rank i of 10,000 is rank i of the 9,999 */
		is_value = survival_find_quantile(events, late, q, &c);
		wrong_late += i < 10000 ? !is_value || c != quantile_of_histogram(events, among)
					: is_value || c != UINT64_C(10000000000);
	}
	is_int(wrong, 0, "without censored ones: quantile_of_histogram() at 1,001 places");
	is_int(wrong_late, 0, "with one after all answers: as if it were the slowest of them");
}

static void test_bounds(void)
{
	scoped(histogram_cleanup) struct histogram *events = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	uint64_t value_ns = 1;

	ok(survival_find_quantile(events, censored, 0.5, &value_ns) && value_ns == 0,
	   "nothing at all: 0");
	histogram_record_count(censored, UINT64_C(2000000001), 10);
	ok(!survival_find_quantile(events, censored, 0.5, &value_ns) &&
		   value_ns == UINT64_C(2000000001),
	   "no answer at all: at least the age of all");
	/*
	 * S ends at 1/3 * (1 - 1/2): p90 is past the greatest event, though 9 of 10 times are not.
	 */
	histogram_clear(censored);
	histogram_record_count(events, 1, 100);
	histogram_record(events, 1000);
	histogram_record_count(censored, 5, 198);
	histogram_record(censored, 2000);
	ok(!survival_find_quantile(events, censored, 0.9, &value_ns) && value_ns == 1000,
	   "a bound is at least the slowest answer");
	histogram_clear(events);
	/* A server that hangs for the last 3.5 s of 15 at 1,000/s. */
	histogram_clear(censored);
	histogram_record_count(events, 1000000, 11500);
	for (uint64_t i = 0; i < 3500; i++)
		histogram_record(censored, (i + 1) * 1000000);
	ok(survival_find_quantile(events, censored, 0.75, &value_ns) && value_ns == 1000000,
	   "three quarters were answered");
	ok(!survival_find_quantile(events, censored, 0.99, &value_ns), "99 % were not");
	is_near((double)value_ns, 3.35e9, 3.35e6, "p99 is at least F (1 - 0.01 T/F)");
	ok(value_ns <= UINT64_C(3350000000), "and the bound is rounded down");
}

int main(void)
{
	test_by_hand();
	test_ties();
	test_many();
	test_without_censored();
	test_bounds();
	return tap_done();
}
