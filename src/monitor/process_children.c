#include "monitor/process_children.h"

struct process_times process_children_get(const struct process_children *children,
					  const struct process_times *waited)
{
	struct process_times result = *waited, known = children->waited_first;

	process_times_subtract(&result, &children->elsewhere);
	process_times_add(&known, &children->gone);
	process_times_raise(&result, &known);
	return result;
}

/* What the process did not wait for of its known children. */
static struct process_times get_missing(const struct process_children *children,
					const struct process_times *waited)
{
	struct process_times missing = process_children_get(children, waited), here = *waited;

	process_times_subtract(&here, &children->elsewhere);
	process_times_subtract(&missing, &here);
	return missing;
}

struct process_times process_children_get_open(const struct process_children *children,
					       const struct process_times *waited)
{
	struct process_times open = get_missing(children, waited), ceiling = children->handed_on;

	process_times_add(&ceiling, &children->recent);
	process_times_lower(&open, &ceiling);
	return open;
}

static uint64_t drop_below(uint64_t value, uint64_t least)
{
	return value > least ? value : 0;
}

/*
 * Waited-for times are cut off to ticks, user and system each, and the children's own are not: up
 * to that much is missing of every child that was waited for. To take it for lost would count it
 * again with each parent that ends.
 */
struct process_times process_children_get_lost(const struct process_children *children,
					       const struct process_times *waited)
{
	struct process_times lost = get_missing(children, waited);
	struct process_times open = process_children_get_open(children, waited);

	process_times_subtract(&lost, &open);
	lost.cpu_ns = drop_below(lost.cpu_ns, 2 * PROC_TICK_NS);
	lost.user_ns = drop_below(lost.user_ns, PROC_TICK_NS);
	lost.system_ns = drop_below(lost.system_ns, PROC_TICK_NS);
	return lost;
}

void process_children_add_gone(struct process_children *children, const struct process_times *all,
			       const struct process_times *open)
{
	process_times_add(&children->gone, all);
	process_times_add(&children->recent, all);
	process_times_add(&children->handed_on, open);
}
