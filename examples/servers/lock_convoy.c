/*
 * Eight workers and one mutex, held for 1 ms of each request: the time that its line takes to get
 * into a log.
 */
#include <pthread.h>

#include "serve.h"

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static int answer(void)
{
	serve_work(50);
	pthread_mutex_lock(&log_lock);
	serve_sleep(1000);
	pthread_mutex_unlock(&log_lock);
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer, .thread_count = 8}, argc, argv);
}
