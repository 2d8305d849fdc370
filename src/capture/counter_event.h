/*
 * An event to be counted: by its name, and what of it this machine and this user can have, found
 * out by opening it on this thread (or on a CPU).
 */
#ifndef CAPTURE_COUNTER_EVENT_H
#define CAPTURE_COUNTER_EVENT_H

#include <linux/perf_event.h>
#include <stdbool.h>

#include "capture/event_name.h"
#include "model/counter.h"
#include "util/err.h"

struct counter_event {
	struct event_name name;
	char label[64];	 /* name.name, with ":u" where the kernel is hidden */
	char device[64]; /* of DEVICE/TERMS/; "" = none */
	/* disabled; read gives {value, enabled ns, running ns} */
	struct perf_event_attr attr;
	enum counter_state state; /* COUNTED = it can be opened */
	struct err refusal;	  /* why it is not permitted */
};

struct counter_event_config {
	/* what it is tried on; -1 = this thread, and it will be inherited */
	int cpu;
	bool is_started_by_exec; /* enabled by the exec of the thread it is opened on */
};

/*
 * What cannot be had is a state. Errors: -EINVAL for what is no event's name (with the nearest);
 * -EMFILE, -ENFILE, -ENOMEM.
 */
int counter_event_probe(struct counter_event *ret_event, const char *text,
			const struct counter_event_config *config, struct err *err);

#endif
