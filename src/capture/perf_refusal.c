#include "capture/perf_refusal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "procfs/proc_file.h"
#include "util/strbuf.h"

enum { CAPABILITY_SYS_ADMIN = 21, CAPABILITY_PERFMON = 38 };

bool perf_refusal_is(int code)
{
	return code == -EACCES || code == -EPERM || code == -ENOSYS;
}

int perf_refusal_describe(const struct perf_refusal *refusal, struct err *err)
{
	const char *reason = strerror(-refusal->code);

	if (refusal->code == -ENOSYS)
		return err_set(err, refusal->code,
			       "profiling is not possible here: %s hides perf_event_open",
			       refusal->is_filtered
				       ? "a seccomp filter (a container's?)"
				       : "this kernel was built without perf events, or something");
	if (refusal->paranoid >= 3 && !(refusal->is_filtered && refusal->is_privileged))
		return err_set(
			err, refusal->code,
			"profiling is not allowed here: kernel.perf_event_paranoid is %" PRId64
			"; for this boot: sudo sysctl kernel.perf_event_paranoid=1%s",
			refusal->paranoid,
			refusal->is_filtered ? "; in a container also: docker run --cap-add PERFMON"
					     : "");
	if (refusal->is_filtered)
		return err_set(
			err, refusal->code,
			"profiling is not allowed here: a seccomp filter (a container's?) refuses "
			"perf_event_open (%s); for a container: docker run --cap-add PERFMON",
			reason);
	return err_set(err, refusal->code,
		       "profiling is not allowed here: the kernel refuses perf_event_open (%s); as "
		       "root: sudo sonde …%s",
		       reason,
		       refusal->is_privileged ? " outside of this container or security policy"
					      : "");
}

/* A field of /proc/self/status as text after its colon, or NULL. */
static const char *find_status(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at != NULL ? at + strlen(name) : NULL;
}

int perf_refusal_explain(int code, struct err *err)
{
	struct perf_refusal refusal = {.code = code, .paranoid = INT64_MIN};
	struct procfs fs = {0};
	scoped(strbuf_release) struct strbuf text;
	const char *field;

	strbuf_init(&text, 65536);
	if (proc_file_read(&fs, &text, "/proc/sys/kernel/perf_event_paranoid") == 0)
		refusal.paranoid = strtoll(strbuf_text(&text), NULL, 10);
	if (proc_file_read(&fs, &text, "/proc/self/status") == 0) {
		field = find_status(strbuf_text(&text), "\nCapEff:");
		if (field != NULL)
			refusal.is_privileged = (strtoull(field, NULL, 16) &
						 (UINT64_C(1) << CAPABILITY_SYS_ADMIN |
						  UINT64_C(1) << CAPABILITY_PERFMON)) != 0;
		field = find_status(strbuf_text(&text), "\nSeccomp:");
		if (field != NULL)
			refusal.is_filtered = strtoull(field, NULL, 10) != 0;
	}
	return perf_refusal_describe(&refusal, err);
}
