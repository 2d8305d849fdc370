#include "cmd/lens_args.h"

#include <errno.h>
#include <string.h>

#include "cmd/event_args.h"

int lens_args_check(const struct lens_args *args, struct err *err)
{
	const char *how = args->syscalls, *counters = args->counters;
	struct option_list list = {.items = &counters, .count = 1};

	if (how != NULL && how[0] != '\0' && strcmp(how, "ptrace") != 0 && strcmp(how, "bpf") != 0)
		return err_set(err, -EINVAL, "--syscalls=%s: there are bpf and ptrace", how);
	return counters != NULL && counters[0] != '\0' ? event_args_check(&list, err) : 0;
}

int lens_args_apply(const struct lens_args *args, struct plan *plan, struct err *err)
{
	const char *how = args->syscalls;
	int r = lens_args_check(args, err);

	if (r == 0 && how != NULL)
		r = plan_set(plan, "monitor/syscalls",
			     strcmp(how, "ptrace") == 0 ? "ptrace" : "true", err);
	if (r == 0 && args->counters != NULL)
		r = plan_set(plan, "monitor/counters",
			     args->counters[0] != '\0' ? plan_escape(plan, args->counters) : "true",
			     err);
	return r;
}
