/*
 * Every 50th answer is 50 ms late, as if a cache had to be filled again. A thread for each of up to
 * 64 connections, so that the late ones make no others late.
 */
#include <stdatomic.h>

#include "serve.h"

static int answer(void)
{
	static atomic_uint count;

	serve_work(50);
	if (atomic_fetch_add(&count, 1) % 50 == 49)
		serve_sleep(50000);
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer, .thread_count = 64}, argc, argv);
}
