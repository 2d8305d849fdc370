#include "capture/task_search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "procfs/proc_file.h"
#include "procfs/proc_tree.h"
#include "util/alloc.h"
#include "util/scoped.h"

/* One look. */
struct look {
	struct task_search *search;
	struct pid_map visited;
	VEC(uint32_t) gone;
	task_search_fn fn;
	void *arg;
};

void task_search_init(struct task_search *search, const struct capture_config *config)
{
	*search = (struct task_search){
		.targets = alloc_array(config->pid_count + 1, sizeof(*search->targets)),
		.target_count = config->pid_count,
		.is_system_wide = config->is_system_wide,
	};
	if (config->pid_count > 0)
		memcpy(search->targets, config->pids, config->pid_count * sizeof(*config->pids));
	pid_map_init(&search->processes);
}

void task_search_release(struct task_search *search)
{
	free(search->targets);
	pid_map_release(&search->processes);
	*search = (struct task_search){0};
}

void task_search_add_process(struct task_search *search, uint32_t pid, uint32_t target)
{
	uint32_t ignored;

	if (!pid_map_find(&search->processes, pid, &ignored))
		pid_map_set(&search->processes, pid, target);
}

void task_search_add_record(struct task_search *search, const struct perf_record *record)
{
	uint32_t target = 0;

	if (search->is_system_wide)
		return;
	if (record->type == PERF_RECORD_FORK && record->pid != record->task.parent_pid) {
		pid_map_find(&search->processes, record->task.parent_pid, &target);
		pid_map_set(&search->processes, record->pid, target);
	} else if (record->type == PERF_RECORD_EXIT && record->pid == record->tid) {
		pid_map_remove(&search->processes, record->pid);
	}
}

static int visit_process(struct look *look, pid_t pid, uint32_t target)
{
	struct procfs fs = {0};
	struct proc_ids tids = {0};
	uint32_t ignored;
	int result = 0;

	if (pid_map_find(&look->visited, (uint32_t)pid, &ignored))
		return 0;
	pid_map_set(&look->visited, (uint32_t)pid, 0);
	if (proc_tree_list_tasks(&fs, pid, &tids) < 0) {
		tids.count = 0;
		vec_push(&look->gone, (uint32_t)pid);
	}
	for (size_t i = 0; i < tids.count && result == 0; i++) {
		result = look->fn(look->arg, &(struct capture_task){.pid = (uint32_t)pid,
								    .tid = (uint32_t)tids.items[i],
								    .target = target});
		if (result == -ENOENT || result == -ESRCH)
			result = 0;
	}
	vec_release(&tids);
	return result;
}

/* Itself and its descendants, down to other targets, which are visited for themselves. */
static int visit_family(struct look *look, pid_t root, uint32_t target)
{
	const struct task_search *search = look->search;
	struct procfs fs = {0};
	struct proc_ids pids = {0};
	int result = visit_process(look, root, target);

	if (result == 0 && proc_tree_list_descendants(&fs, root, &pids) < 0)
		pids.count = 0;
	for (size_t i = 0; i < pids.count && result == 0; i++) {
		bool is_target = false;

		for (uint32_t j = 0; j < search->target_count; j++)
			is_target |= search->targets[j] == pids.items[i];
		if (!is_target)
			result = visit_process(look, pids.items[i], target);
	}
	vec_release(&pids);
	return result;
}

static int visit_machine(struct look *look)
{
	struct procfs fs = {0};
	struct proc_ids pids = {0};
	int result = proc_file_list_ids(&fs, &pids, "/proc");

	for (size_t i = 0; i < pids.count && result == 0; i++)
		result = visit_process(look, pids.items[i], 0);
	vec_release(&pids);
	return result;
}

int task_search_look(struct task_search *search, task_search_fn fn, void *arg)
{
	struct look look = {.search = search, .fn = fn, .arg = arg};
	struct pid_map_slot known;
	uint32_t cursor = 0;
	int result = 0;

	pid_map_init(&look.visited);
	if (search->is_system_wide)
		result = visit_machine(&look);
	for (uint32_t i = 0; i < search->target_count && result == 0; i++)
		result = visit_family(&look, search->targets[i], i);
	while (result == 0 && pid_map_next(&search->processes, &cursor, &known))
		result = visit_process(&look, (pid_t)known.pid, known.value);
	for (size_t i = 0; i < look.gone.count; i++)
		pid_map_remove(&search->processes, look.gone.items[i]);
	vec_release(&look.gone);
	pid_map_release(&look.visited);
	return result;
}
