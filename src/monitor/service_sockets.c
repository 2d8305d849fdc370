#include "monitor/service_sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "monitor/process_account.h"
#include "procfs/proc_scan.h"
#include "procfs/proc_stat.h"
#include "util/clock.h"

enum {
	LISTENERS_MAX = 4096,
	FILE_MAX_BYTES = 16 << 10,
	NETWORK_NAME_BYTES = 64,
	LOOKUP_PAUSE = 500, /* times what it cost */
};

static const uint8_t families[] = {AF_INET, AF_INET6};

enum { FAMILY_COUNT = sizeof(families) / sizeof(families[0]) };

struct network {
	struct service_network shown;
	char name[NETWORK_NAME_BYTES]; /* "net:[4026531840]" */
	uint32_t blind_target;	       /* a service in it whose descriptors are hidden, or NOBODY */
	uint32_t blind_uid;	       /* its user */
};

struct service_sockets {
	struct monitor_context *context;
	struct strbuf buffer;
	struct network *networks; /* NULL until the first update: services are then what they are */
	uint32_t network_count;
	uint32_t *target_networks; /* per target */
	struct socket_entries entries;
	struct proc_ids pids, pids_then; /* now, and when descriptors were looked through */
	struct proc_ids fds;
	bool has_unlooked; /* sockets came since */
	uint64_t lookup_due_ns;
};

struct service_sockets *service_sockets_new(struct monitor_context *context)
{
	struct service_sockets *sockets;

	if (context->fs.root[0] != '\0' || process_account_get_target_count(context->services) == 0)
		return NULL;
	sockets = alloc_new(struct service_sockets);
	sockets->context = context;
	strbuf_init(&sockets->buffer, FILE_MAX_BYTES);
	return sockets;
}

void service_sockets_free(struct service_sockets *sockets)
{
	if (sockets == NULL)
		return;
	for (uint32_t i = 0; i < sockets->network_count; i++) {
		socket_diag_close(sockets->networks[i].shown.diag);
		vec_release(&sockets->networks[i].shown.listeners);
	}
	free(sockets->networks);
	free(sockets->target_networks);
	vec_release(&sockets->entries);
	vec_release(&sockets->pids);
	vec_release(&sockets->pids_then);
	vec_release(&sockets->fds);
	strbuf_release(&sockets->buffer);
	free(sockets);
}

/* --- namespaces --- */

/* The namespace's name; our own when it cannot be seen (network_monitor.c says so). */
static void get_network_name(struct service_sockets *sockets, pid_t pid,
			     char name[static NETWORK_NAME_BYTES])
{
	const struct procfs *fs = &sockets->context->fs;

	if (pid <= 0 || proc_file_read_link(fs, &sockets->buffer, "/proc/%d/ns/net", (int)pid) < 0)
		if (proc_file_read_link(fs, &sockets->buffer, "/proc/self/ns/net") < 0)
			strbuf_clear(&sockets->buffer);
	snprintf(name, NETWORK_NAME_BYTES, "%s", strbuf_text(&sockets->buffer));
}

static void open_network(struct service_sockets *sockets, struct network *network,
			 const struct monitor_target *target, bool is_own)
{
	struct err err = {0};

	network->blind_target = SERVICE_SOCKETS_NOBODY;
	if (socket_diag_open(&network->shown.diag, is_own ? 0 : target->pid, &err) < 0)
		monitor_add_missing(sockets->context->missing,
				    "accept queues and connections of %s: %s%s", target->role,
				    is_own ? "" : "in its network namespace ", err_text(&err));
}

static void open_networks(struct service_sockets *sockets)
{
	uint32_t target_count = process_account_get_target_count(sockets->context->services);
	char own[NETWORK_NAME_BYTES], name[NETWORK_NAME_BYTES];

	get_network_name(sockets, 0, own);
	sockets->networks = alloc_array(target_count, sizeof(*sockets->networks));
	sockets->target_networks = alloc_array(target_count, sizeof(*sockets->target_networks));
	for (uint32_t i = 0; i < target_count; i++) {
		const struct monitor_target *target =
			process_account_get_target(sockets->context->services, i);
		uint32_t at = 0;

		get_network_name(sockets, target->pid, name);
		while (at < sockets->network_count && strcmp(sockets->networks[at].name, name) != 0)
			at++;
		sockets->target_networks[i] = at;
		if (at < sockets->network_count)
			continue;
		sockets->network_count++;
		snprintf(sockets->networks[at].name, NETWORK_NAME_BYTES, "%s", name);
		open_network(sockets, &sockets->networks[at], target, strcmp(name, own) == 0);
	}
}

/* --- sockets --- */

static struct service_listener *find_listener(struct network *network, uint32_t inode)
{
	for (size_t i = 0; i < network->shown.listeners.count; i++)
		if (network->shown.listeners.items[i].inode == inode)
			return &network->shown.listeners.items[i];
	return NULL;
}

/* The listening sockets of one family, or of both, into `entries`. */
static bool list_sockets(struct service_sockets *sockets, struct network *network,
			 const bool has_family[static FAMILY_COUNT])
{
	struct err err = {0};
	int r = 0;

	vec_clear(&sockets->entries);
	for (int i = 0; i < FAMILY_COUNT && r == 0; i++)
		if (has_family[i])
			r = socket_diag_list(network->shown.diag,
					     &(struct socket_query){.family = families[i],
								    .is_listening = true,
								    .max_count = LISTENERS_MAX},
					     &sockets->entries, &err);
	if (r == 0)
		return true;
	monitor_add_missing(sockets->context->missing, "accept queues and connections: %s",
			    r == -ENOENT ? "the kernel's module tcp_diag is not there"
					 : err_text(&err));
	socket_diag_close(network->shown.diag);
	network->shown.diag = NULL;
	return false;
}

static void take_users(struct network *network)
{
	for (size_t i = 0; i < network->shown.listeners.count; i++) {
		struct service_listener *listener = &network->shown.listeners.items[i];

		if (listener->target == SERVICE_SOCKETS_NOBODY &&
		    listener->uid == network->blind_uid)
			listener->target = network->blind_target;
	}
}

/* True when there are sockets that were not there before. */
static bool list_listeners(struct service_sockets *sockets, struct network *network)
{
	static const bool both[FAMILY_COUNT] = {true, true};
	struct network fresh = {0};
	bool has_new = false;

	if (network->shown.diag == NULL || !list_sockets(sockets, network, both)) {
		vec_clear(&network->shown.listeners);
		return false;
	}
	for (size_t i = 0; i < sockets->entries.count; i++) {
		const struct socket_entry *entry = &sockets->entries.items[i];
		const struct service_listener *known = find_listener(network, entry->inode);

		has_new |= known == NULL;
		vec_push(&fresh.shown.listeners,
			 (struct service_listener){
				 .inode = entry->inode,
				 .uid = entry->uid,
				 .target = known != NULL ? known->target : SERVICE_SOCKETS_NOBODY,
				 .port = entry->local_port,
				 .family = entry->family,
				 .queue = entry->receive_queue,
				 .backlog = entry->send_queue,
			 });
	}
	vec_release(&network->shown.listeners);
	network->shown.listeners.items = fresh.shown.listeners.items;
	network->shown.listeners.count = fresh.shown.listeners.count;
	network->shown.listeners.capacity = fresh.shown.listeners.capacity;
	if (network->blind_target != SERVICE_SOCKETS_NOBODY)
		take_users(network);
	return has_new && network->blind_target == SERVICE_SOCKETS_NOBODY;
}

/* --- whose they are --- */

static bool parse_socket_link(const struct strbuf *link, uint32_t *ret_inode)
{
	struct proc_scan scan = {strbuf_text(link), strbuf_text(link) + link->length};
	uint64_t inode;

	if (!proc_scan_text(&scan, "socket:[") || !proc_scan_u64(&scan, &inode) ||
	    inode > UINT32_MAX)
		return false;
	*ret_inode = (uint32_t)inode;
	return true;
}

/* Who runs a service is for everybody to see. */
static void go_blind(struct service_sockets *sockets, struct network *network, uint32_t target,
		     pid_t pid)
{
	const struct monitor_target *config =
		process_account_get_target(sockets->context->services, target);
	struct proc_status status;

	if (proc_file_read(&sockets->context->fs, &sockets->buffer, "/proc/%d/status", (int)pid) <
		    0 ||
	    proc_stat_parse_status(strbuf_text(&sockets->buffer), sockets->buffer.length, &status) <
		    0)
		return;
	network->blind_target = target;
	network->blind_uid = status.uid;
	take_users(network);
	monitor_add_missing(sockets->context->missing,
			    "accept queues and connections of %s: its descriptors are not for this "
			    "user to see, so those of all sockets of its user (id %u) are shown "
			    "(run sonde as root, or as the service's user)",
			    config->role, status.uid);
}

static void look_through(struct service_sockets *sockets, pid_t pid)
{
	const struct procfs *fs = &sockets->context->fs;
	uint32_t target = process_account_find_target(sockets->context->services, pid);
	struct network *network;
	int r;

	if (target == SERVICE_SOCKETS_NOBODY)
		return;
	network = &sockets->networks[sockets->target_networks[target]];
	if (network->shown.diag == NULL || network->blind_target != SERVICE_SOCKETS_NOBODY)
		return;
	r = proc_file_list_ids(fs, &sockets->fds, "/proc/%d/fd", (int)pid);
	if (r == -EACCES || r == -EPERM)
		go_blind(sockets, network, target, pid);
	for (size_t i = 0; r == 0 && i < sockets->fds.count; i++) {
		struct service_listener *listener;
		uint32_t inode;

		if (proc_file_read_link(fs, &sockets->buffer, "/proc/%d/fd/%d", (int)pid,
					(int)sockets->fds.items[i]) < 0 ||
		    !parse_socket_link(&sockets->buffer, &inode))
			continue;
		listener = find_listener(network, inode);
		if (listener != NULL && listener->target == SERVICE_SOCKETS_NOBODY)
			listener->target = target;
	}
}

static bool has_strangers(const struct service_sockets *sockets)
{
	for (uint32_t i = 0; i < sockets->network_count; i++) {
		const struct service_network *network = &sockets->networks[i].shown;

		for (size_t at = 0; at < network->listeners.count; at++)
			if (network->listeners.items[at].target == SERVICE_SOCKETS_NOBODY)
				return true;
	}
	return false;
}

static bool are_same(const struct proc_ids *a, const struct proc_ids *b)
{
	return a->count == b->count &&
	       (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0);
}

static void find_owners(struct service_sockets *sockets, uint64_t now_ns)
{
	uint64_t start_ns = clock_thread_cpu_ns();
	struct proc_ids swap;

	for (size_t i = 0; i < sockets->pids.count; i++)
		look_through(sockets, sockets->pids.items[i]);
	swap = sockets->pids_then;
	sockets->pids_then = sockets->pids;
	sockets->pids = swap;
	sockets->lookup_due_ns = now_ns + LOOKUP_PAUSE * (clock_thread_cpu_ns() - start_ns);
}

void service_sockets_update(struct service_sockets *sockets, uint64_t now_ns)
{
	bool has_new = false;

	if (sockets->networks == NULL)
		open_networks(sockets);
	for (uint32_t i = 0; i < sockets->network_count; i++)
		has_new |= list_listeners(sockets, &sockets->networks[i]);
	sockets->has_unlooked |= has_new;
	process_account_list_pids(sockets->context->services, &sockets->pids);
	if (now_ns < sockets->lookup_due_ns || !has_strangers(sockets))
		return;
	if (sockets->has_unlooked || !are_same(&sockets->pids, &sockets->pids_then)) {
		find_owners(sockets, now_ns);
		sockets->has_unlooked = false;
	}
}

void service_sockets_read_queues(struct service_sockets *sockets)
{
	for (uint32_t i = 0; i < sockets->network_count; i++) {
		struct network *network = &sockets->networks[i];
		bool has_family[FAMILY_COUNT] = {false};

		for (size_t at = 0; at < network->shown.listeners.count; at++)
			for (int family = 0; family < FAMILY_COUNT; family++)
				has_family[family] |= network->shown.listeners.items[at].target !=
							      SERVICE_SOCKETS_NOBODY &&
						      network->shown.listeners.items[at].family ==
							      families[family];
		if (network->shown.diag == NULL || !list_sockets(sockets, network, has_family))
			continue;
		for (size_t at = 0; at < sockets->entries.count; at++) {
			const struct socket_entry *entry = &sockets->entries.items[at];
			struct service_listener *listener = find_listener(network, entry->inode);

			if (listener == NULL)
				continue;
			listener->queue = entry->receive_queue;
			listener->backlog = entry->send_queue;
		}
	}
}

uint32_t service_sockets_get_network_count(const struct service_sockets *sockets)
{
	return sockets->network_count;
}

const struct service_network *service_sockets_get_network(const struct service_sockets *sockets,
							  uint32_t index)
{
	return &sockets->networks[index].shown;
}
