#include "model/counter.h"

#include <string.h>
#include <strings.h>

const char *counter_state_name(enum counter_state state)
{
	switch (state) {
	case COUNTER_COUNTED:
		return "counted";
	case COUNTER_NOT_COUNTED:
		return "not counted";
	case COUNTER_NOT_SUPPORTED:
		return "not supported";
	case COUNTER_NOT_PERMITTED:
		return "not permitted";
	}
	return "not supported";
}

const struct counter *counters_find(const struct counters *counters, const char *name)
{
	const struct counter *hidden = NULL;
	size_t length = strlen(name);

	for (size_t i = 0; i < counters->count; i++) {
		const struct counter *counter = &counters->items[i];

		if (counter->state != COUNTER_COUNTED ||
		    strncasecmp(counter->name, name, length) != 0)
			continue;
		if (counter->name[length] == '\0')
			return counter;
		if (hidden == NULL && strcmp(counter->name + length, ":u") == 0)
			hidden = counter;
	}
	return hidden;
}
