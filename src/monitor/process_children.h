/*
 * What the children of one process used that are gone. The kernel moves a child's whole time, with
 * that of its own children, into its parent's waited-for time when the parent waits for it; when
 * the parent ignores SIGCHLD it goes nowhere; and an orphan's goes to whoever waits for orphans. So
 * the children that are gone used
 *
 *	max(waited, waited at first sight + Σ children seen here that are gone)
 *
 * The left side holds all that was waited for, children that lived and died unseen included; the
 * right side is what is known when it was not waited for. Both only grow, and a child's time is in
 * exactly one of "alive" and this. For that a parent's waited-for time has to be read before it is
 * asked whether its children are still there: a child that ends in between is then gone, and its
 * parent's waited-for time follows one update later.
 */
#ifndef MONITOR_PROCESS_CHILDREN_H
#define MONITOR_PROCESS_CHILDREN_H

#include <stdbool.h>

#include "monitor/process_meter.h"

/*
 * Zeroed to begin with, waited_first set. Beside it stands `waited`, as last read, which the
 * functions are given.
 */
struct process_children {
	struct process_times waited_first; /* when the process was first seen */
	struct process_times gone;	   /* children that are gone and counted here */
	struct process_times elsewhere;	   /* and counted in another role: not again in `waited` */
	/* The parts of `gone` that were perhaps waited for though `waited` does not say so: */
	struct process_times recent; /* they went in the last update, after `waited` was read */
	/* their parent ended in the same interval: by us or by a reaper */
	struct process_times handed_on;
};

/* All children that are gone and are counted here. */
struct process_times process_children_get(const struct process_children *children,
					  const struct process_times *waited);

/* The part of it that was not waited for by the process, but is perhaps somebody's who did. */
struct process_times process_children_get_open(const struct process_children *children,
					       const struct process_times *waited);

/* The part of it that was lost to the kernel. */
struct process_times process_children_get_lost(const struct process_children *children,
					       const struct process_times *waited);

/*
 * A child is gone, whose own time and counted, waited-for or open children sum up to `all`; of
 * those `open` is open.
 */
void process_children_add_gone(struct process_children *children, const struct process_times *all,
			       const struct process_times *open);

#endif
