/* Each request leaves 1 KiB behind that nobody frees. */
#include <stdlib.h>
#include <string.h>

#include "serve.h"

static void *volatile lost;

static int answer(void)
{
	void *memory = malloc(1024);

	serve_work(50);
	if (memory == NULL)
		return 503;
	memset(memory, 1, 1024);
	lost = memory;
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer}, argc, argv);
}
