#include "cmd/event_args.h"

#include <errno.h>
#include <string.h>

#include "capture/event_name.h"
#include "util/alloc.h"

struct known_event {
	char *text;
	struct event_name name;
	bool is_here; /* name is filled: not a tracepoint that this machine lacks, or hides */
};

struct known_events {
	VEC_FIELDS(struct known_event);
};

static bool is_same(const struct known_event *a, const struct known_event *b)
{
	if (a->is_here && b->is_here)
		return event_name_is_same(&a->name, &b->name);
	return strcmp(a->text, b->text) == 0;
}

static int check_event(struct known_events *known, const struct known_event *event, struct err *err)
{
	for (size_t i = 0; i < known->count; i++) {
		const char *other = known->items[i].text;

		if (!is_same(&known->items[i], event))
			continue;
		return strcmp(other, event->text) == 0
			       ? err_set(err, -EINVAL, "the event '%s' is there twice", other)
			       : err_set(err, -EINVAL, "'%s' and '%s' are the same event", other,
					 event->text);
	}
	return 0;
}

static int add_event(struct known_events *known, const char *text, size_t length, struct err *err)
{
	struct known_event event = {0};
	struct procfs fs = {0};
	int r;

	if (length == 0)
		return err_set(err, -EINVAL,
			       "'' is not an event: there is a comma too many, or nothing");
	event.text = alloc_strndup(text, length);
	r = event_name_parse(&event.name, event.text, &fs, err);
	event.is_here = r == 0;
	if (r != -EINVAL)
		r = check_event(known, &event, err);
	vec_push(known, event);
	return r;
}

int event_args_check(const struct option_list *lists, struct err *err)
{
	struct known_events known = {0};
	int r = 0;

	for (size_t i = 0; i < lists->count && r == 0; i++) {
		const char *list = lists->items[i], *name;
		size_t length;

		while (r == 0 && event_name_next(&list, &name, &length))
			r = add_event(&known, name, length, err);
	}
	for (size_t i = 0; i < known.count; i++)
		free(known.items[i].text);
	vec_release(&known);
	return r;
}
