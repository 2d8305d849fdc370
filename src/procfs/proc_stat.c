#include "procfs/proc_stat.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "procfs/proc_scan.h"

/*
 * Numbers of fields of stat, from 1, as proc_pid_stat(5) counts them; those after the name and the
 * state.
 */
enum {
	FIELD_PARENT = 4,
	FIELD_GROUP = 5,
	FIELD_SESSION = 6,
	FIELD_MINFLT = 10,
	FIELD_CMINFLT = 11,
	FIELD_MAJFLT = 12,
	FIELD_CMAJFLT = 13,
	FIELD_UTIME = 14,
	FIELD_STIME = 15,
	FIELD_CUTIME = 16,
	FIELD_CSTIME = 17,
	FIELD_THREADS = 20,
	FIELD_STARTTIME = 22,
	FIELD_VSIZE = 23,
	FIELD_RSS = 24,
	FIELD_NEEDED = 24, /* every kernel has at least these */
	FIELD_PROCESSOR = 39,
	FIELD_BLKIO = 42,
	FIELD_GTIME = 43,
	FIELD_MAX = 52,
};

/*
 * "PID (NAME) STATE": the name may hold blanks, parentheses and newlines, so it ends at the last
 * ')' of the text.
 */
static bool scan_head(struct proc_scan *scan, struct proc_stat *stat)
{
	const char *name_end = memrchr(scan->at, ')', (size_t)(scan->end - scan->at));
	uint64_t pid;
	size_t length;

	if (name_end == NULL || !proc_scan_u64(scan, &pid) || pid > INT_MAX ||
	    !proc_scan_text(scan, " (") || scan->at > name_end)
		return false;
	stat->pid = (pid_t)pid;
	length = (size_t)(name_end - scan->at);
	if (length >= sizeof(stat->name))
		length = sizeof(stat->name) - 1;
	memcpy(stat->name, scan->at, length);
	scan->at = name_end + 1;
	proc_scan_skip_blanks(scan);
	if (scan->at == scan->end)
		return false;
	stat->state = *scan->at++;
	return true;
}

static uint64_t ticks_to_ns(uint64_t ticks)
{
	uint64_t ns;

	return __builtin_mul_overflow(ticks, (uint64_t)PROC_TICK_NS, &ns) ? UINT64_MAX : ns;
}

static pid_t to_pid(uint64_t value)
{
	return value <= INT_MAX ? (pid_t)value : 0;
}

int proc_stat_parse(const char *text, size_t length, struct proc_stat *ret_stat)
{
	struct proc_scan scan = {text, text + length};
	uint64_t fields[FIELD_MAX + 1] = {0};
	struct proc_stat stat = {0};
	unsigned field = FIELD_PARENT;

	if (length == 0 || !scan_head(&scan, &stat))
		return -EBADMSG;
	while (field <= FIELD_MAX && proc_scan_positive(&scan, &fields[field]))
		field++;
	if (field <= FIELD_NEEDED)
		return -EBADMSG;
	stat.parent_pid = to_pid(fields[FIELD_PARENT]);
	stat.group = to_pid(fields[FIELD_GROUP]);
	stat.session = to_pid(fields[FIELD_SESSION]);
	stat.faults_minor = fields[FIELD_MINFLT];
	stat.faults_major = fields[FIELD_MAJFLT];
	stat.children_faults_minor = fields[FIELD_CMINFLT];
	stat.children_faults_major = fields[FIELD_CMAJFLT];
	stat.user_ns = ticks_to_ns(fields[FIELD_UTIME]);
	stat.system_ns = ticks_to_ns(fields[FIELD_STIME]);
	stat.children_user_ns = ticks_to_ns(fields[FIELD_CUTIME]);
	stat.children_system_ns = ticks_to_ns(fields[FIELD_CSTIME]);
	stat.thread_count = (uint32_t)(fields[FIELD_THREADS] & UINT32_MAX);
	stat.start_ns = ticks_to_ns(fields[FIELD_STARTTIME]);
	stat.virtual_bytes = fields[FIELD_VSIZE];
	stat.rss_pages = fields[FIELD_RSS];
	stat.cpu = field > FIELD_PROCESSOR ? to_pid(fields[FIELD_PROCESSOR]) : -1;
	/* fields that an old kernel does not have are 0 */
	stat.block_delay_ns = ticks_to_ns(fields[FIELD_BLKIO]);
	stat.guest_ns = ticks_to_ns(fields[FIELD_GTIME]);
	*ret_stat = stat;
	return 0;
}

int proc_stat_parse_schedstat(const char *text, size_t length, struct proc_schedstat *ret_schedstat)
{
	struct proc_scan scan = {text, text + length};
	struct proc_schedstat schedstat;

	if (!proc_scan_u64(&scan, &schedstat.cpu_ns) || !proc_scan_u64(&scan, &schedstat.wait_ns) ||
	    !proc_scan_u64(&scan, &schedstat.slice_count))
		return -EBADMSG;
	*ret_schedstat = schedstat;
	return 0;
}

int proc_stat_parse_status(const char *text, size_t length, struct proc_status *ret_status)
{
	struct proc_scan scan = {text, text + length}, line;
	uint64_t tgid = 0, parent = 0, real_uid = 0, uid = 0, threads = 0, rss_kib = 0,
		 peak_kib = 0;
	uint64_t voluntary = 0, involuntary = 0;
	const struct {
		const char *key;
		uint64_t *value;
	} fields[] = {
		{"Tgid:", &tgid},
		{"PPid:", &parent},
		{"Threads:", &threads},
		{"VmRSS:", &rss_kib},
		{"VmHWM:", &peak_kib},
		{"voluntary_ctxt_switches:", &voluntary},
		{"nonvoluntary_ctxt_switches:", &involuntary},
	};

	while (proc_scan_line(&scan, &line)) {
		if (proc_scan_text(&line, "Uid:")) {
			/* "Uid:	real effective saved file" */
			if (!proc_scan_u64(&line, &real_uid) || !proc_scan_u64(&line, &uid))
				return -EBADMSG;
			continue;
		}
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			/* read of every thread that ran: most lines end at their first letter */
			if (line.at == line.end || *line.at != fields[i].key[0] ||
			    !proc_scan_text(&line, fields[i].key))
				continue;
			if (!proc_scan_u64(&line, fields[i].value))
				return -EBADMSG;
			break;
		}
	}
	if (tgid == 0 || tgid > INT_MAX || parent > INT_MAX || real_uid > UINT32_MAX ||
	    uid > UINT32_MAX || threads > UINT32_MAX || rss_kib > UINT64_MAX / 1024 ||
	    peak_kib > UINT64_MAX / 1024)
		return -EBADMSG;
	*ret_status = (struct proc_status){
		.tgid = (pid_t)tgid,
		.parent_pid = (pid_t)parent,
		.real_uid = (uint32_t)real_uid,
		.uid = (uint32_t)uid,
		.thread_count = (uint32_t)threads,
		.rss_bytes = rss_kib * 1024,
		.rss_peak_bytes = peak_kib * 1024,
		.switches_voluntary = voluntary,
		.switches_involuntary = involuntary,
	};
	return 0;
}

int proc_stat_parse_statm(const char *text, size_t length, struct proc_statm *ret_statm)
{
	struct proc_scan scan = {text, text + length};
	struct proc_statm statm;

	if (!proc_scan_u64(&scan, &statm.size_pages) ||
	    !proc_scan_u64(&scan, &statm.resident_pages) ||
	    !proc_scan_u64(&scan, &statm.shared_pages))
		return -EBADMSG;
	*ret_statm = statm;
	return 0;
}

int proc_stat_parse_pss(const char *text, size_t length, uint64_t *ret_pss_bytes)
{
	struct proc_scan scan = {text, text + length}, line;
	uint64_t kib;

	while (proc_scan_line(&scan, &line)) {
		if (!proc_scan_text(&line, "Pss:"))
			continue;
		if (!proc_scan_u64(&line, &kib) || kib > UINT64_MAX / 1024)
			return -EBADMSG;
		*ret_pss_bytes = kib * 1024;
		return 0;
	}
	return -EBADMSG;
}
