#include "lab/target.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "procfs/proc_tree.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/strbuf.h"
#include "wire/url.h"

enum { LISTED_MAX = 8, COMMAND_SHOWN_BYTES = 48, COMMAND_READ_BYTES = 1 << 16 };

static void processes_cleanup(struct proc_processes *processes)
{
	vec_release(processes);
}

static void ids_cleanup(struct proc_ids *ids)
{
	vec_release(ids);
}

/* "pid 123 nginx: master process": the name alone when the command line cannot be read. */
static void add_process(const struct procfs *fs, const struct proc_process *process,
			struct strbuf *text)
{
	scoped(strbuf_release) struct strbuf command;
	size_t shown;

	strbuf_addf(text, "pid %d ", (int)process->pid);
	strbuf_init(&command, COMMAND_READ_BYTES);
	if (proc_file_read(fs, &command, "/proc/%d/cmdline", (int)process->pid) < 0 ||
	    command.length == 0) {
		strbuf_add_text(text, process->name);
		return;
	}
	for (size_t i = 0; i < command.length; i++)
		if ((unsigned char)command.data[i] < ' ' || command.data[i] == 0x7f)
			/* NUL between the words, and what would move the cursor */
			command.data[i] = ' ';
	while (command.length > 0 && command.data[command.length - 1] == ' ')
		command.length--;
	shown = command.length;
	if (shown > COMMAND_SHOWN_BYTES) {
		shown = COMMAND_SHOWN_BYTES;
		while (shown > 0 && ((unsigned char)command.data[shown] & 0xc0) == 0x80)
			shown--;
	}
	strbuf_add(text, command.data, shown);
	strbuf_add_text(text, shown < command.length ? "…" : "");
}

static int fail_several(const struct procfs *fs, const struct proc_processes *processes,
			const char *what, struct err *err)
{
	scoped(strbuf_release) struct strbuf list;
	size_t shown = processes->count < LISTED_MAX ? processes->count : LISTED_MAX;

	strbuf_init(&list, STRBUF_MAX_DEFAULT);
	for (size_t i = 0; i < shown; i++) {
		strbuf_add_text(&list, i > 0 ? ", " : "");
		add_process(fs, &processes->items[i], &list);
	}
	if (shown < processes->count)
		strbuf_addf(&list, " and %zu more", processes->count - shown);
	return err_set(err, -ENOTUNIQ, "%zu processes %s: %s; choose one by its pid",
		       processes->count, what, strbuf_text(&list));
}

/* How many of `processes` are among `ids`. */
static size_t count_among(const struct proc_processes *processes, const struct proc_ids *ids)
{
	size_t count = 0;

	for (size_t i = 0; i < processes->count; i++)
		for (size_t j = 0; j < ids->count; j++)
			count += processes->items[i].pid == ids->items[j] ? 1 : 0;
	return count;
}

/* The process that all the others descend from; 0 when there is no such one. */
static pid_t find_ancestor(const struct procfs *fs, const struct proc_processes *processes)
{
	for (size_t i = 0; i < processes->count; i++) {
		scoped(ids_cleanup) struct proc_ids descendants = {0};
		pid_t pid = processes->items[i].pid;

		if (pid > 0 && proc_tree_list_descendants(fs, pid, &descendants) == 0 &&
		    count_among(processes, &descendants) == processes->count - 1)
			return pid;
	}
	return 0;
}

static int find_by_port(const struct procfs *fs, const char *text, pid_t *ret_pid, struct err *err)
{
	scoped(processes_cleanup) struct proc_processes listeners = {0};
	char what[64];
	uint64_t port;
	pid_t pid;
	int r;

	if (parse_u64(text + 1, &port) < 0 || port == 0 || port > 65535)
		return err_set(err, -EINVAL, "'%s' is not a port; write :1 to :65535", text);
	r = proc_tree_find_listeners(fs, (uint16_t)port, &listeners);
	if (r < 0)
		return err_set(err, r, "cannot read who listens on port %u: %s", (unsigned)port,
			       strerror(-r));
	if (listeners.count == 0)
		return err_set(err, -ESRCH, "no process listens on port %u", (unsigned)port);
	pid = listeners.count == 1 ? listeners.items[0].pid : find_ancestor(fs, &listeners);
	if (listeners.count == 1 && pid == 0)
		return err_set(err, -EACCES,
			       "port %u belongs to a process of another user; run sonde with sudo, "
			       "or give its pid",
			       (unsigned)port);
	snprintf(what, sizeof(what), "listen on port %u", (unsigned)port);
	if (pid == 0)
		return fail_several(fs, &listeners, what, err);
	*ret_pid = pid;
	return 0;
}

/* /proc does not show it: it is not there, or hidden (hidepid). */
static int refuse_pid(const struct procfs *fs, pid_t pid, struct err *err)
{
	if (fs->root[0] == '\0' && kill(pid, 0) < 0 && errno == EPERM)
		return err_set(err, -EACCES,
			       "process %d is not this user's, and /proc hides it: sudo sonde …",
			       (int)pid);
	return err_set(err, -ESRCH, "no process has the pid %d", (int)pid);
}

static int find_by_pid(const struct procfs *fs, const char *text, pid_t *ret_pid, struct err *err)
{
	scoped(ids_cleanup) struct proc_ids tasks = {0};
	uint64_t pid;

	if (parse_u64(text, &pid) < 0 || pid == 0 || pid > INT32_MAX)
		return err_set(err, -EINVAL, "'%s' is not a pid", text);
	if (proc_tree_list_tasks(fs, (pid_t)pid, &tasks) < 0)
		return refuse_pid(fs, (pid_t)pid, err);
	*ret_pid = (pid_t)pid;
	return 0;
}

static int find_by_name(const struct procfs *fs, const char *name, pid_t *ret_pid, struct err *err)
{
	scoped(processes_cleanup) struct proc_processes processes = {0};
	scoped_free char *what = alloc_printf("are named '%s'", name);
	size_t kept = 0;
	int r = proc_tree_find_by_name(fs, name, &processes);

	if (r < 0)
		return err_set(err, r, "cannot list the processes: %s", strerror(-r));
	for (size_t i = 0; i < processes.count; i++) /* sonde itself is never meant */
		if (processes.items[i].pid != getpid())
			processes.items[kept++] = processes.items[i];
	processes.count = kept;
	if (kept == 0)
		return err_set(err, -ESRCH, "no process is named '%s'", name);
	if (kept > 1)
		return fail_several(fs, &processes, what, err);
	*ret_pid = processes.items[0].pid;
	return 0;
}

int target_find(const struct procfs *fs, const char *text, pid_t *ret_pid, struct err *err)
{
	if (text[0] == '\0')
		return err_set(err, -EINVAL,
			       "no target; write a pid, the name of a process, or :PORT");
	if (text[0] == ':')
		return find_by_port(fs, text, ret_pid, err);
	if (text[strspn(text, "0123456789")] == '\0')
		return find_by_pid(fs, text, ret_pid, err);
	return find_by_name(fs, text, ret_pid, err);
}

static int fail_in_use(const struct procfs *fs, uint16_t port, struct err *err)
{
	scoped(processes_cleanup) struct proc_processes listeners = {0};
	const struct proc_process *first;

	if (proc_tree_find_listeners(fs, port, &listeners) < 0 || listeners.count == 0 ||
	    listeners.items[0].pid == 0)
		return err_set(err, -EADDRINUSE,
			       "port %u is already in use by a process that cannot be seen",
			       (unsigned)port);
	first = &listeners.items[0];
	return err_set(err, -EADDRINUSE, "port %u is already in use by pid %d (%s)", (unsigned)port,
		       (int)first->pid, first->name);
}

static bool has_listeners(const struct procfs *fs, uint16_t port)
{
	scoped(processes_cleanup) struct proc_processes listeners = {0};

	return proc_tree_find_listeners(fs, port, &listeners) == 0 && listeners.count > 0;
}

/*
 * Whether binding fails because somebody else did. An address of another machine cannot be bound,
 * for another reason.
 */
static bool is_in_use(const struct procfs *fs, const struct addrinfo *address, uint16_t port)
{
	scoped(fd_cleanup) int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int yes = 1;

	/* as servers do: old connections in TIME_WAIT are no obstacle */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(fd, address->ai_addr, address->ai_addrlen) == 0)
		return false;
	if (errno == EACCES) /* a privileged port, which the service may well be allowed */
		return has_listeners(fs, port);
	return errno == EADDRINUSE;
}

int target_check_port_free(const struct procfs *fs, const char *host, uint16_t port,
			   struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses;
	char service[8];
	bool is_taken = false;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(host, service, &hints, &addresses) != 0)
		return 0; /* whoever connects to it says why */
	for (const struct addrinfo *address = addresses; !is_taken && address != NULL;
	     address = address->ai_next)
		is_taken = is_in_use(fs, address, port);
	freeaddrinfo(addresses);
	return is_taken ? fail_in_use(fs, port, err) : 0;
}

static int check_url(const struct procfs *fs, const char *text, struct err *err)
{
	struct url url;

	return url_parse(&url, text, NULL) < 0 || url.socket_path[0] != '\0'
		       ? 0
		       : target_check_port_free(fs, url.host, url.port, err);
}

int target_check_plan(const struct procfs *fs, const struct plan *plan, struct err *err)
{
	bool is_all_ours = plan->service_count > 0;

	for (uint32_t i = 0; i < plan->service_count; i++) {
		const struct plan_service *service = &plan->services[i];
		const struct plan_ready *ready = &service->ready;
		int r;

		is_all_ours = is_all_ours && service->attach == NULL;
		if (service->attach != NULL ||
		    (ready->kind != PLAN_READY_HTTP && ready->kind != PLAN_READY_TCP))
			continue;
		r = check_url(fs, ready->what, err);
		if (r < 0)
			return err_prefix(err, r, "service '%s' cannot start: ", service->name);
	}
	return is_all_ours && plan->has_load ? check_url(fs, plan->load.target, err) : 0;
}

int target_check_arms(const struct plan *plan, struct err *err)
{
	struct procfs fs;
	int r = proc_file_init(&fs, "");

	for (uint32_t arm = 0; arm < plan->arm_count && r == 0; arm++) {
		struct plan expanded = {0};

		r = plan_expand(plan, arm, &expanded, err);
		if (r == 0)
			r = target_check_plan(&fs, &expanded, err);
		plan_release(&expanded);
	}
	return r;
}
