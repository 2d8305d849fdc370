#include "load/mix.h"

#include <errno.h>

#include "tap.h"

static void test_shares(void)
{
	static const uint32_t weights[] = {30, 10, 20};
	uint32_t counts[3] = {0}, runs = 0;
	bool even = true;
	struct mix mix;

	is_int(mix_init(&mix, weights, 3, 42, NULL), 0, "a mix of 3 : 1 : 2");
	ok(mix.length % 6 == 0 && mix.length >= 4000, "whole blocks, many of them");
	for (uint64_t n = 0; n < mix.length; n++) {
		counts[mix_get(&mix, n)]++;
		runs += n > 0 && mix_get(&mix, n) != mix_get(&mix, n - 1);
		if (n % 6 == 5)
			even = even && counts[0] == 3 * counts[1] && counts[2] == 2 * counts[1];
	}
	ok(even, "exact shares after every block");
	is_int(counts[0] + counts[1] + counts[2], mix.length, "nothing else");
	/* Two different neighbours in a shuffled block of 3 : 1 : 2: (1 - (6+0+2)/30) = 11/15. */
	is_near((double)runs / mix.length, 11.0 / 15, 0.03,
		"neighbours differ as often as shuffling makes them");
	is_int(mix_get(&mix, mix.length), mix_get(&mix, 0), "it begins again");
	mix_release(&mix);
}

static void test_seed(void)
{
	static const uint32_t weights[] = {1, 1, 1, 1};
	struct mix a, b, c;
	size_t bytes;

	mix_init(&a, weights, 4, 1, NULL);
	mix_init(&b, weights, 4, 1, NULL);
	mix_init(&c, weights, 4, 2, NULL);
	bytes = a.length * sizeof(a.schedule[0]);
	ok(memcmp(a.schedule, b.schedule, bytes) == 0, "the same seed, the same schedule");
	ok(memcmp(a.schedule, c.schedule, bytes) != 0, "another seed, another one");
	mix_release(&a);
	mix_release(&b);
	mix_release(&c);
}

static void test_edges(void)
{
	static const uint32_t one[] = {1000000}, big[] = {65535, 1}, bigger[] = {65536, 1};
	struct err err = {0};
	struct mix mix;

	is_int(mix_init(&mix, one, 1, 0, &err), 0, "one request of any weight");
	is_int(mix.length, 1, "  is a schedule of one");
	mix_release(&mix);
	is_int(mix_init(&mix, big, 2, 0, &err), 0, "the largest weights");
	mix_release(&mix);
	is_int(mix_init(&mix, bigger, 2, 0, &err), -EINVAL, "larger ones");
	ok(strstr(err_text(&err), "smaller") != NULL, "  a sentence says what would be right");
}

int main(void)
{
	test_shares();
	test_seed();
	test_edges();
	return tap_done();
}
