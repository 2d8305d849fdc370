/*
 * Each request waits 20 ms, as if for another service, while the CPUs have nothing to do. A thread
 * for each of up to 64 connections.
 */
#include "serve.h"

static int answer(void)
{
	serve_work(50);
	serve_sleep(20000);
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer, .thread_count = 64}, argc, argv);
}
