#include "cmd/profile_args.h"

#include <errno.h>
#include <string.h>

#include "util/alloc.h"
#include "util/parse.h"

/* "2s-3s", "2s-", "-3s" */
static int parse_time(struct profile_filter *filter, const char *text, struct err *err)
{
	scoped_free char *from = alloc_strdup(text);
	char *dash = strchr(from, '-');
	uint64_t begin_ns = 0, end_ns = 0;
	bool is_good = dash != NULL && strcmp(text, "-") != 0;

	if (is_good) {
		*dash = '\0';
		if (from[0] != '\0')
			is_good = parse_duration_ns(from, &begin_ns) == 0;
		if (dash[1] != '\0')
			is_good = is_good && parse_duration_ns(dash + 1, &end_ns) == 0 &&
				  end_ns > begin_ns;
	}
	if (!is_good)
		return err_set(err, -EINVAL,
			       "--time %s: FROM-TO since the begin of the measured window, like "
			       "2s-3500ms, 10s- or -5s",
			       text);
	filter->begin_ns = begin_ns;
	filter->end_ns = end_ns;
	return 0;
}

int profile_args_get_filter(struct profile_filter *ret_filter, const struct profile_args *args,
			    struct err *err)
{
	struct profile_filter filter = {.event = args->event,
					.threads = args->threads.items,
					.thread_count = (uint32_t)args->threads.count,
					.role = args->role,
					.module = args->module};
	int r = args->time != NULL ? parse_time(&filter, args->time, err) : 0;

	if (r == 0)
		*ret_filter = filter;
	return r;
}

void profile_args_release(struct profile_args *args)
{
	vec_release(&args->threads);
}
