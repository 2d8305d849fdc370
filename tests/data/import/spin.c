#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile unsigned long sink;
__attribute__((noinline)) static void leaf(void)
{
	for (int i = 0; i < 9000000; i++)
		sink += (unsigned long)i;
}
__attribute__((noinline)) static void middle(void)
{
	leaf();
	sink++;
}
static void *run(void *arg)
{
	for (int i = 0; i < 16; i++)
		middle();
	return arg;
}
int main(void)
{
	pthread_t thread;
	if (fork() == 0) {
		run(NULL);
		_exit(0);
	}
	pthread_create(&thread, NULL, run, NULL);
	run(NULL);
	pthread_join(thread, NULL);
	wait(NULL);
	return 0;
}
