#include "load/sleepers.h"

#include "stats/rng.h"
#include "tap.h"

enum { COUNT = 500 };

/* Random additions and removals against a look through all of them. */
static void test_random(void)
{
	static struct connection connections[COUNT];
	struct sleepers sleepers;
	struct rng rng;
	bool right = true;

	rng_init(&rng, 1);
	sleepers_init(&sleepers, COUNT);
	for (int round = 0; round < 20000; round++) {
		struct connection *one = &connections[rng_next_below(&rng, COUNT)];
		const struct connection *first = NULL;

		if (sleepers_has(one)) {
			sleepers_remove(&sleepers, one);
		} else {
			one->wake_ns = rng_next_below(&rng, 1000);
			sleepers_add(&sleepers, one);
		}
		for (int i = 0; i < COUNT; i++)
			if (sleepers_has(&connections[i]) &&
			    (first == NULL || connections[i].wake_ns < first->wake_ns))
				first = &connections[i];
		right = right && (first == NULL) == (sleepers_get_first(&sleepers) == NULL) &&
			(first == NULL || first->wake_ns == sleepers_get_first(&sleepers)->wake_ns);
	}
	ok(right, "the first to wake is always first");
	while (sleepers.count > 0)
		sleepers_remove(&sleepers, sleepers_get_first(&sleepers));
	sleepers_remove(&sleepers, &connections[0]);
	ok(sleepers_get_first(&sleepers) == NULL, "removing one that is awake does nothing");
	sleepers_release(&sleepers);
}

int main(void)
{
	test_random();
	return tap_done();
}
