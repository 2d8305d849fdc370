#include "cmd/window.h"

#include <stddef.h>
#include <sys/wait.h>

int window_init_plan(struct plan *plan, const char *const *command, const char *target,
		     bool is_system_wide, struct err *err)
{
	int r;

	plan_init(plan, ".");
	r = plan_set(plan, "name",
		     command != NULL  ? command[0]
		     : is_system_wide ? "machine"
				      : target,
		     err);
	if (r == 0)
		r = plan_set(plan, "services/0/name", "service", err);
	if (r == 0 && command == NULL && !is_system_wide)
		r = plan_set(plan, "services/0/attach", target, err);
	if (r == 0 && (command != NULL || is_system_wide))
		r = plan_set(plan, "services/0/command", "command", err);
	if (r == 0 && command != NULL)
		r = plan_set(plan, "services/0/stop/signal", "INT", err);
	return r;
}

int window_pass_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
