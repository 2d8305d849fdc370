/* The files of /proc/net, each parser over each text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "procfs/proc_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct proc_net_interfaces interfaces = {0};
	struct proc_net_counters counters, untouched;
	struct proc_net_sockets sockets;

	proc_net_counters_clear(&counters);
	untouched = counters;
	if (proc_net_parse_counters(text, size, &counters) < 0)
		assert(memcmp(&counters, &untouched, sizeof(counters)) == 0);
	proc_net_parse_sockets(text, size, &sockets);
	if (proc_net_parse_interfaces(text, size, &interfaces) < 0)
		assert(interfaces.count == 0);
	for (size_t i = 0; i < interfaces.count; i++)
		assert(strlen(interfaces.items[i].name) < PROC_NET_NAME_BYTES);
	vec_release(&interfaces);
	return 0;
}
