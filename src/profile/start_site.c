#include "profile/start_site.h"

#include <execinfo.h>
#include <pthread.h>
#include <unistd.h>

static void *get_return_address(void *unused)
{
	(void)unused;
	return __builtin_extract_return_addr(__builtin_return_address(0));
}

uint64_t start_site_find_thread(void)
{
	pthread_t thread;
	void *address = NULL;

	if (pthread_create(&thread, NULL, get_return_address, NULL) != 0)
		return 0;
	pthread_join(thread, &address);
	return (uint64_t)(uintptr_t)address;
}

/*
 * The call table that unwinds us ends: main, its caller, that one's caller (__libc_start_main),
 * _start.
 */
uint64_t start_site_find_main(void)
{
	void *addresses[64];
	int count = gettid() == getpid() ? backtrace(addresses, 64) : 0;

	return count >= 4 && count < 64 ? (uint64_t)(uintptr_t)addresses[count - 3] : 0;
}
