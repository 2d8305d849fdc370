#include "monitor/machine_sampler.h"

#include <errno.h>
#include <string.h>

#include "monitor/machine_tasks.h"
#include "monitor/monitor_ops.h"
#include "procfs/proc_disk.h"
#include "procfs/proc_scan.h"
#include "procfs/proc_system.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { FILE_MAX_BYTES = 16 << 20, MISSING_MAX_BYTES = 4096 };

struct machine_sampler {
	struct machine_sampler_config config;
	struct procfs fs;
	struct strbuf buffer, missing;
	struct proc_system_stat stat;
	struct proc_disks disks;
	struct machine_tasks tasks;
	uint64_t memory_total_bytes; /* 0 = not read yet */
};

struct machine_sampler *machine_sampler_new(const struct machine_sampler_config *config)
{
	struct machine_sampler *sampler = alloc_new(struct machine_sampler);

	sampler->config = *config;
	sampler->config.root = NULL; /* the caller's, and may change */
	strbuf_init(&sampler->buffer, FILE_MAX_BYTES);
	strbuf_init(&sampler->missing, MISSING_MAX_BYTES);
	if (proc_file_init(&sampler->fs, config->root) < 0) {
		monitor_add_missing(
			&sampler->missing,
			"the copy of /proc: its path is too long; this machine is read");
		sampler->fs = (struct procfs){0};
	}
	machine_tasks_init(&sampler->tasks, &sampler->config, &sampler->fs, &sampler->missing);
	return sampler;
}

void machine_sampler_free(struct machine_sampler *sampler)
{
	if (sampler == NULL)
		return;
	machine_tasks_release(&sampler->tasks);
	proc_system_stat_release(&sampler->stat);
	vec_release(&sampler->disks);
	strbuf_release(&sampler->buffer);
	strbuf_release(&sampler->missing);
	free(sampler);
}

int machine_sampler_set_root(struct machine_sampler *sampler, const char *root)
{
	struct procfs fs;
	int r = proc_file_init(&fs, root);

	if (r < 0)
		return r;
	sampler->fs = fs;
	sampler->memory_total_bytes = 0;
	machine_tasks_set_root(&sampler->tasks, &fs);
	return 0;
}

const char *machine_sampler_get_missing(const struct machine_sampler *sampler)
{
	return strbuf_text(&sampler->missing);
}

/* False, and said, when it cannot be read. `what` is what is then missing. */
static bool read_file(struct machine_sampler *sampler, const char *path, const char *what)
{
	int r = proc_file_read(&sampler->fs, &sampler->buffer, "%s", path);

	if (r < 0)
		monitor_add_missing(&sampler->missing, "%s: %s cannot be read (%s)", what, path,
				    strerror(-r));
	return r == 0;
}

static void add_damaged(struct machine_sampler *sampler, const char *path, const char *what)
{
	monitor_add_missing(&sampler->missing, "%s: %s is not as the kernel writes it", what, path);
}

/* "12345.67 …": seconds with two decimals, always. */
static bool parse_uptime(const struct strbuf *text, uint64_t *ret_ns)
{
	const char *first = strbuf_text(text);
	struct proc_scan scan = {first, first + text->length};
	uint64_t seconds, hundredths;

	if (!proc_scan_u64(&scan, &seconds) || !proc_scan_char(&scan, '.') ||
	    !proc_scan_u64(&scan, &hundredths) || hundredths > 99 ||
	    seconds > UINT64_MAX / NS_PER_S - 1)
		return false;
	*ret_ns = seconds * NS_PER_S + hundredths * (NS_PER_S / 100);
	return true;
}

static void read_uptime(struct machine_sampler *sampler, struct machine_sample *sample)
{
	static const char path[] = "/proc/uptime", what[] = "lengths of intervals";

	if (read_file(sampler, path, what) && !parse_uptime(&sampler->buffer, &sample->uptime_ns))
		add_damaged(sampler, path, what);
}

static void read_stat(struct machine_sampler *sampler, struct machine_sample *sample)
{
	static const char path[] = "/proc/stat", what[] = "CPUs";
	const struct proc_system_stat *stat = &sampler->stat;

	if (!read_file(sampler, path, what))
		return;
	if (proc_system_parse_stat(strbuf_text(&sampler->buffer), sampler->buffer.length,
				   &sampler->stat) < 0) {
		add_damaged(sampler, path, what);
		return;
	}
	sample->cpu_total = stat->total;
	for (size_t i = 0; sampler->config.has_cpus && i < stat->cpus.count; i++)
		vec_push(&sample->cpus, stat->cpus.items[i]);
}

static void read_memory(struct machine_sampler *sampler, struct machine_sample *sample)
{
	static const char path[] = "/proc/meminfo", what[] = "size of the memory";
	struct proc_meminfo meminfo;

	if (sampler->memory_total_bytes == 0 && read_file(sampler, path, what)) {
		if (proc_system_parse_meminfo(strbuf_text(&sampler->buffer), sampler->buffer.length,
					      &meminfo) < 0)
			add_damaged(sampler, path, what);
		else
			sampler->memory_total_bytes = meminfo.total_bytes;
	}
	sample->memory_total_bytes = sampler->memory_total_bytes;
}

static void read_disks(struct machine_sampler *sampler, struct machine_sample *sample)
{
	static const char path[] = "/proc/diskstats", what[] = "disks";

	if (!read_file(sampler, path, what))
		return;
	if (proc_disk_parse(strbuf_text(&sampler->buffer), sampler->buffer.length,
			    &sampler->disks) < 0)
		add_damaged(sampler, path, what);
	for (size_t i = 0; i < sampler->disks.count; i++)
		vec_push(&sample->disks, sampler->disks.items[i]);
}

void machine_sampler_read(struct machine_sampler *sampler, const pid_t *pids, uint32_t pid_count,
			  struct machine_sample *sample)
{
	machine_sample_clear(sample);
	sample->time_ns = clock_now_ns();
	sample->wall_ns = clock_wall_ns();
	/* in the order in which sysstat reads, so that the interval is the tasks' */
	read_uptime(sampler, sample);
	read_stat(sampler, sample);
	if (sampler->fs.root[0] != '\0') {
		sample->time_ns = sample->uptime_ns;
		sample->wall_ns = sampler->stat.boot_wall_s * NS_PER_S + sample->uptime_ns;
	}
	if (sampler->config.has_disks)
		read_disks(sampler, sample);
	if (!sampler->config.has_tasks)
		return;
	read_memory(sampler, sample);
	machine_tasks_read(&sampler->tasks, pids, pid_count, sample);
}
