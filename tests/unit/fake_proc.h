/*
 * A /proc of a test's own making, in a temporary folder: processes are put, changed and removed
 * between two samples. Times are in ticks of 10 ms, as in the files.
 */
#ifndef FAKE_PROC_H
#define FAKE_PROC_H

#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

struct fake_process {
	int pid, parent, session;
	char state;	  /* 0 = 'S' */
	unsigned threads; /* 0 = 1 */
	unsigned start;
	unsigned user, system, children_user, children_system;
	unsigned minflt, children_minflt, majflt;
	unsigned rss_pages;
	unsigned wait, voluntary, involuntary; /* of its first thread; wait in ns */
};

static char fake_root[256];

static inline void fake_write(const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s/proc/%s", fake_root, path);
	file = fopen(full, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static inline void fake_make_dir(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", fake_root, path);
	if (mkdir(full, 0755) < 0 && errno != EEXIST)
		abort();
}

static inline void fake_begin(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(fake_root, sizeof(fake_root), "%s/sonde-test-XXXXXX",
		 parent != NULL ? parent : "/tmp");
	if (mkdtemp(fake_root) == NULL)
		abort();
	fake_make_dir("proc");
	fake_make_dir("proc/pressure");
}

static inline void fake_put_task(int pid, int tid, unsigned wait, unsigned voluntary,
				 unsigned involuntary)
{
	char path[128], text[256];

	snprintf(path, sizeof(path), "proc/%d/task/%d", pid, tid);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "%d/task/%d/schedstat", pid, tid);
	snprintf(text, sizeof(text), "%u %u %u\n", 5 * (wait + voluntary), wait,
		 1 + voluntary + involuntary);
	fake_write(path, text);
	snprintf(path, sizeof(path), "%d/task/%d/status", pid, tid);
	snprintf(text, sizeof(text),
		 "Name:\tfake\nTgid:\t%d\nThreads:\t1\nvoluntary_ctxt_switches:\t%u\n"
		 "nonvoluntary_ctxt_switches:\t%u\n",
		 pid, voluntary, involuntary);
	fake_write(path, text);
}

static inline void fake_put(struct fake_process p)
{
	char path[128], text[512];

	snprintf(path, sizeof(path), "proc/%d", p.pid);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "proc/%d/task", p.pid);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "%d/stat", p.pid);
	snprintf(text, sizeof(text),
		 "%d (fake) %c %d %d %d 0 -1 0 %u %u %u 0 %u %u %u %u 20 0 %u 0 %u 8192 %u 0\n",
		 p.pid, p.state != 0 ? p.state : 'S', p.parent, p.pid, p.session, p.minflt,
		 p.children_minflt, p.majflt, p.user, p.system, p.children_user, p.children_system,
		 p.threads != 0 ? p.threads : 1, p.start, p.rss_pages);
	fake_write(path, text);
	fake_put_task(p.pid, p.pid, p.wait, p.voluntary, p.involuntary);
}

static inline int fake_remove_entry(const char *path, const struct stat *status, int type,
				    struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

static inline void fake_remove(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", fake_root, path);
	if (nftw(full, fake_remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
}

static inline void fake_end_task(int pid, int tid)
{
	char path[128];

	snprintf(path, sizeof(path), "proc/%d/task/%d", pid, tid);
	fake_remove(path);
}

static inline void fake_end(int pid)
{
	char path[128];

	snprintf(path, sizeof(path), "proc/%d", pid);
	fake_remove(path);
}

static inline void fake_finish(void)
{
	fake_remove("");
}

#endif
