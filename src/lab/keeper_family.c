#include "lab/keeper_family.h"

#include <signal.h>
#include <unistd.h>

#include "procfs/proc_tree.h"

enum { NOBODY = -1, NOT_OURS = -2 };

static const struct procfs this_machine;

int keeper_family_find(const struct keeper_family *family, pid_t pid)
{
	/* From the newest: pids come round again. */
	for (size_t i = family->children.count; i-- > 0;) {
		if (family->children.items[i].pid == pid)
			return (int)i;
	}
	return NOBODY;
}

static const struct proc_stat *find_stat(const struct proc_stats *stats, pid_t pid)
{
	size_t low = 0, high = stats->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (stats->items[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < stats->count && stats->items[low].pid == pid ? &stats->items[low] : NULL;
}

static int find_claim(const struct keeper_family *family, const struct proc_stat *stat)
{
	int child = keeper_family_find(family, stat->pid);

	if (child == NOBODY)
		child = keeper_family_find(family, stat->session);
	for (size_t i = 0; i < family->adopted.count && child == NOBODY; i++) {
		if (family->adopted.items[i].session == stat->session)
			child = family->adopted.items[i].child;
	}
	return child;
}

/*
 * The child (index) that a process belongs to; NOBODY for an orphan; NOT_OURS for who is no
 * descendant at all.
 */
static int find_owner(const struct keeper_family *family, const struct proc_stats *stats,
		      const struct proc_stat *stat)
{
	pid_t keeper_pid = getpid();
	int owner = NOBODY;

	for (size_t depth = 0; stat != NULL && stat->pid != keeper_pid && depth <= stats->count;
	     depth++) {
		if (owner == NOBODY)
			owner = find_claim(family, stat);
		if (stat->parent_pid == keeper_pid)
			return owner;
		stat = find_stat(stats, stat->parent_pid);
	}
	return NOT_OURS;
}

static bool has_session(const struct proc_stats *stats, pid_t session)
{
	for (size_t i = 0; i < stats->count; i++) {
		if (stats->items[i].session == session)
			return true;
	}
	return false;
}

void keeper_family_adopt(struct keeper_family *family)
{
	struct proc_stats stats = {0};
	size_t kept = 0;

	if (family->children.count == 0 || proc_tree_read_all(&this_machine, &stats) < 0)
		return;
	for (size_t i = 0; i < family->adopted.count; i++) {
		if (has_session(&stats, family->adopted.items[i].session))
			family->adopted.items[kept++] = family->adopted.items[i];
	}
	family->adopted.count = kept;
	for (size_t i = 0; i < stats.count; i++) {
		if (find_owner(family, &stats, &stats.items[i]) == NOBODY)
			vec_push(&family->adopted,
				 (struct keeper_adopted){.session = stats.items[i].session,
							 .child = (int)family->children.count - 1});
	}
	vec_release(&stats);
}

int keeper_family_signal(const struct keeper_family *family, int child, int signal,
			 pid_t spared_group)
{
	struct proc_stats stats = {0};
	int left = 0;

	if (proc_tree_read_all(&this_machine, &stats) < 0)
		return 0;
	for (size_t i = 0; i < stats.count; i++) {
		const struct proc_stat *stat = &stats.items[i];
		int owner = find_owner(family, &stats, stat);

		if ((owner != child && owner != NOBODY) || proc_stat_is_ended(stat))
			continue;
		left++;
		if (signal > 0 && stat->group != spared_group)
			kill(stat->pid, signal);
	}
	vec_release(&stats);
	return left;
}

void keeper_family_kill(const struct keeper_family *family)
{
	struct proc_stats stats = {0};

	if (proc_tree_read_all(&this_machine, &stats) < 0)
		return;
	for (size_t i = 0; i < stats.count; i++) {
		if (find_owner(family, &stats, &stats.items[i]) != NOT_OURS)
			kill(stats.items[i].pid, SIGKILL);
	}
	vec_release(&stats);
}
