/* What is refused before the kernel is asked. Opens no event. */
#include "capture/perf_open.h"

#include <errno.h>

#include "tap.h"

static int probe(const struct capture_config *config, struct err *err)
{
	struct perf_setup setup;

	*err = (struct err){0};
	return perf_open_probe(&setup, config, err);
}

int main(void)
{
	static const char *const unknown[] = {"cpu-clock", "no-such-event"};
	static const char *const many[CAPTURE_EVENTS_MAX + 1] = {"cpu-clock"};
	struct err err;

	is_int(probe(&(struct capture_config){.frequency_hz = 0.5}, &err), -EINVAL, "too rare");
	is_int(probe(&(struct capture_config){.frequency_hz = 1e9}, &err), -EINVAL, "too often");
	is_int(probe(&(struct capture_config){.frequency_hz = (double)NAN}, &err), -EINVAL,
	       "no number");
	is_int(probe(&(struct capture_config){.frequency_hz = 99,
					      .events = unknown,
					      .event_count = 2},
		     &err),
	       -EINVAL, "an unknown event among others");
	ok(strstr(err.text, "no-such-event") != NULL && strstr(err.text, "cpu-clock") != NULL,
	   "names it, and those that there are");
	is_int(probe(&(struct capture_config){.frequency_hz = 99,
					      .events = many,
					      .event_count = CAPTURE_EVENTS_MAX + 1},
		     &err),
	       -EINVAL, "too many events");
	return tap_done();
}
