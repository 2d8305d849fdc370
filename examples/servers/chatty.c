/* 100 system calls for each request: whoever stops it at each of them makes it another program. */
#include <sys/syscall.h>
#include <unistd.h>

#include "serve.h"

static int answer(void)
{
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer}, argc, argv);
}
