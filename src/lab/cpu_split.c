#include "lab/cpu_split.h"

#include <errno.h>
#include <stdio.h>

#include "model/cpu_list.h"
#include "util/strbuf.h"

/* A CPU, and the first of its core. */
struct member {
	uint32_t cpu, core;
};

struct members {
	VEC_FIELDS(struct member);
};

/* The first CPU of its core; itself where the kernel does not say. */
static uint32_t read_core(const struct procfs *fs, uint32_t cpu)
{
	scoped(strbuf_release) struct strbuf text;
	struct cpu_list siblings = {0};
	uint32_t first = cpu;

	strbuf_init(&text, 65536);
	if (proc_file_read(fs, &text, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list",
			   cpu) == 0 &&
	    cpu_list_parse(&siblings, strbuf_text(&text)) == 0)
		first = siblings.items[0];
	vec_release(&siblings);
	return first;
}

static int read_members(const struct procfs *fs, struct members *members)
{
	scoped(strbuf_release) struct strbuf text;
	struct cpu_list online = {0};
	int result;

	strbuf_init(&text, 65536);
	result = proc_file_read(fs, &text, "/sys/devices/system/cpu/online");
	if (result == 0)
		result = cpu_list_parse(&online, strbuf_text(&text));
	for (size_t i = 0; i < online.count; i++)
		vec_push(members, (struct member){.cpu = online.items[i],
						  .core = read_core(fs, online.items[i])});
	vec_release(&online);
	return result < 0 ? -ENOENT : 0;
}

/* How many cores come before this one. */
static uint32_t count_cores_before(const struct members *members, uint32_t core)
{
	uint32_t count = 0;

	for (size_t i = 0; i < members->count; i++)
		if (members->items[i].core < core &&
		    members->items[i].cpu == members->items[i].core)
			count++;
	return count;
}

/* The CPUs of the cores `from` up to, but not including, `to`. */
static void format_list(const struct members *members, uint32_t from, uint32_t to,
			char list[static CPU_SPLIT_BYTES])
{
	scoped(strbuf_release) struct strbuf text;
	struct cpu_list cpus = {0};

	strbuf_init(&text, 65536);
	for (size_t i = 0; i < members->count; i++) {
		uint32_t core = count_cores_before(members, members->items[i].core);

		if (core >= from && core < to)
			vec_push(&cpus, members->items[i].cpu);
	}
	cpu_list_format(&text, &cpus);
	snprintf(list, CPU_SPLIT_BYTES, "%s", strbuf_text(&text));
	vec_release(&cpus);
}

int cpu_split_propose(const struct procfs *fs, struct cpu_split *ret_split)
{
	struct cpu_split split = {0};
	struct members members = {0};
	int result = read_members(fs, &members);
	uint32_t half;

	for (size_t i = 0; i < members.count; i++) {
		split.core_count += members.items[i].cpu == members.items[i].core;
		split.has_siblings |= members.items[i].cpu != members.items[i].core;
	}
	half = (split.core_count + 1) / 2;
	if (split.core_count > 1) {
		format_list(&members, 0, half, split.services);
		format_list(&members, half, split.core_count, split.generator);
	}
	vec_release(&members);
	if (result == 0)
		*ret_split = split;
	return result;
}
